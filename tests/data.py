"""Where the recorded data lies that some tests hold the code against."""

import gzip
import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
ABSENT: Final = "no recorded data: set HAIHE_DATA to its folder, or put it at ../shared/data"


def data_dir() -> Path | None:
    """The folder of recorded data: ``HAIHE_DATA``, else ``../shared/data``; None without either."""
    named = os.environ.get("HAIHE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def read_lines(name: str) -> list[Any]:
    """The JSON lines of a packed file there; skips the test, saying why, where it is absent."""
    folder = data_dir()
    if folder is None or not (folder / name).is_file():
        pytest.skip(f"{ABSENT} ({name})")
    with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
