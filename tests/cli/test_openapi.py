"""The document of the API as the command prints it, and what the console's types are made from."""

import hashlib
import json

import pytest

from haihe.cli.main import OK, main
from tests.tidy import ROOT

TYPES = ROOT / "console" / "src" / "api" / "schema.d.ts"


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["openapi"]) == OK
    return capsys.readouterr().out


def test_openapi_prints_the_same_document_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys)
    assert json.loads(text)["openapi"].startswith("3.1")
    assert "/api/v1/cases" in json.loads(text)["paths"]
    assert printed(capsys) == text


def test_the_consoles_types_are_made_from_this_very_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sha256 = hashlib.sha256(printed(capsys).encode()).hexdigest()
    with TYPES.open(encoding="utf-8") as file:
        first = file.readline()
    if sha256 not in first:
        pytest.fail("the API has changed; run 'npm run types' in console/", pytrace=False)
