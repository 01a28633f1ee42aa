"""Papers of enterprises: kept once, brought by themselves, opened by who may, and never lost."""

import dataclasses
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from haihe.errors import LogUnavailable
from haihe.feed.attachment import FILE_BYTES_MAX
from haihe.log.blobs import Blobs
from haihe.packs.schemes import pack
from haihe.run.audit import log_key, proof
from haihe.run.engine import Engine
from haihe.run.node import Node
from haihe.run.recovery import recover
from haihe.run.thread import named_files, verify_attached
from haihe.serve.access import Role
from tests.pictures import PDF, jpeg, png
from tests.serve.office import MINE, OTHER, an_office, today
from tests.serve.world import BASE, World

GRANT = "research-grant"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A zone with the schemes pack, its books live, and two enterprises."""
    with an_office(tmp_path_factory.mktemp("papers")) as made:
        yield made


def heads(token: str, **more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", **more}


@pytest.fixture(scope="module")
def firm(world: World) -> str:
    return world.give_token(Role.ENTERPRISE, owner=MINE)


@pytest.fixture(scope="module")
def officer(world: World) -> str:
    return world.give_token(Role.OFFICER)


def does(
    world: World, token: str, path: str, body: object, *, method: str = "POST", status: int = 200
) -> Any:
    """The JSON of what somebody does."""
    answer = world.client.request(method, BASE + path, json=body, headers=heads(token))
    assert answer.status_code == status, answer.text
    return answer.json()


def file_paper(
    world: World, token: str, data: bytes, *, key: str = "", code: str = MINE, **query: str
) -> httpx.Response:
    """The answer to a paper that an enterprise files."""
    said = {"paper": "audit-report", "day": today(), **query}
    more = {"idempotency-key": key} if key else {}
    return world.client.post(
        f"{BASE}/schemes/enterprises/{code}/papers",
        content=data, headers=heads(token, **more), params=said,
    )  # fmt: skip


def get(world: World, token: str, path: str) -> httpx.Response:
    return world.client.get(BASE + path, headers=heads(token))


def newest(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()["papers"][0]
    return found


def brought_by(world: World, token: str, application: str) -> dict[str, dict[str, Any]]:
    shown = get(world, token, f"/schemes/applications/{application}").json()
    return {one["name"]: one for one in shown["papers"]}


def test_a_paper_filed_once_is_brought_opened_from_the_queue_and_proven(
    world: World, firm: str, officer: str
) -> None:
    until = today(ahead=5)
    paper = newest(file_paper(world, firm, PDF, name="../审计 report.exe", valid_to=until))
    assert (paper["file"]["name"], paper["state"]) == ("审计 report.exe.pdf", "ending")
    assert paper["workdays_left"] <= 5
    assert paper["wanted_by"][0]["zh"] == "企业研发投入补助"
    offers = get(world, officer, f"/schemes/enterprises/{MINE}/standing").json()["offers"]
    (offer,) = [one for one in offers if one["scheme"] == GRANT]
    assert (offer["bring"], offer["on_file"][0]["sha256"]) == (
        ["research-ledger"], paper["file"]["sha256"],
    )  # fmt: skip
    body = {"enterprise": MINE, "scheme": GRANT}
    made = world.client.post(f"{BASE}/schemes/applications", json=body, headers=heads(firm)).json()
    name = made["application"]["id"].removeprefix("application/")
    brought = brought_by(world, officer, name)
    assert [one["state"] for one in brought["audit-report"]["cited"]] == ["ending"]
    assert brought["research-ledger"]["is_lacking"]
    photo = newest(file_paper(world, firm, jpeg(), paper="research-ledger", name="a.jpg"))
    assert not brought_by(world, officer, name)["research-ledger"]["is_lacking"]  # It came in time.

    sha256 = paper["file"]["sha256"]
    answer = get(world, officer, f"/schemes/applications/{name}/papers/{sha256}")
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    shown = get(world, officer, f"/schemes/enterprises/{MINE}/papers/{photo['file']['sha256']}")
    assert shown.headers["content-disposition"].startswith("inline")
    looks = str(get(world, firm, "/access").json()["records"])
    assert f"paper audit-report of application/{name}" in looks
    assert f"paper research-ledger of {MINE}" in looks
    case = made["application"]["case"]
    report = {"verb": "report", "outcome": "accept", "reason": "so"}
    does(world, officer, f"/orders/{made['now'][0]['order']}/actions", report)
    bundle = json.loads(proof(world.node.log, case, key=log_key(world.folder, name="t")))
    proven = b"".join(b64decode(one["body"] or "") for one in bundle["entries"]).decode(
        errors="replace"
    )
    for one in (paper, photo):
        assert one["file"]["sha256"] in proven


def test_a_withdrawn_paper_stays_with_what_brought_it(
    world: World, firm: str, officer: str
) -> None:
    paper = newest(file_paper(world, firm, PDF + b"old"))
    body = {"enterprise": MINE, "scheme": GRANT}
    for one in get(world, firm, "/schemes/applications").json()["applications"]:
        if one["scheme"] == GRANT:
            move = {"move": "withdraw"}
            does(world, firm, f"/schemes/applications/{one['id'][12:]}/moves", move)
    made = does(world, firm, "/schemes/applications", body, status=201)
    name = made["application"]["id"].removeprefix("application/")
    sha256 = paper["file"]["sha256"]
    moves = f"{BASE}/schemes/enterprises/{MINE}/papers/moves"
    gone = world.client.post(
        moves, json={"move": "withdraw", "paper": "audit-report"}, headers=heads(firm)
    )
    assert gone.json()["papers"][0]["state"] == "withdrawn"
    assert brought_by(world, officer, name)["audit-report"]["cited"][0]["state"] == "withdrawn"
    path = f"/schemes/enterprises/{MINE}/papers/{sha256}"
    assert get(world, officer, path).status_code == 404
    assert get(world, firm, path).status_code == 200  # Its own, it still sees.
    answer = get(world, officer, f"/schemes/applications/{name}/papers/{sha256}")
    assert answer.content == PDF + b"old"


def test_a_paper_of_another_enterprise_does_not_exist(world: World, firm: str) -> None:
    rival = world.give_token(Role.ENTERPRISE, owner=OTHER)
    sha256 = newest(file_paper(world, firm, PDF + b"mine"))["file"]["sha256"]
    base = f"/schemes/enterprises/{MINE}/papers"
    for path in (base, f"{base}/{sha256}", f"/schemes/enterprises/{OTHER}/papers/{sha256}"):
        assert get(world, rival, path).status_code == 404
    assert file_paper(world, rival, PDF).status_code == 404
    assert newest(file_paper(world, rival, PDF + b"mine", code=OTHER))["state"] == "valid"
    body = {"enterprise": OTHER, "scheme": GRANT}
    made = does(world, rival, "/schemes/applications", body, status=201)
    name = made["application"]["id"].removeprefix("application/")
    assert get(world, rival, f"/schemes/applications/{name}/papers/{sha256}").status_code == 200
    assert get(world, firm, f"/schemes/applications/{name}/papers/{sha256}").status_code == 404
    crew = world.give_token(Role.SOURCE)
    assert get(world, crew, f"{base}/{sha256}").status_code == 403


@pytest.mark.parametrize(
    ("data", "query", "status", "words"),
    [
        (b"", {}, 415, "empty"),
        (b"<svg onload=alert(1)>", {}, 415, "web page"),
        (b"MZ\x00", {"name": "a.pdf"}, 415, "Windows"),
        (b"PK\x03\x04", {}, 415, "ZIP"),
        (png(60_000, 60_000), {}, 415, "pixels"),
        (b"plain text", {}, 415, "application/pdf, image/jpeg, image/png"),
        (b"%PDF-" + b"x" * FILE_BYTES_MAX, {}, 413, "at most"),
        (PDF, {"paper": "moon-rock"}, 422, "asked for are audit-report"),
        (PDF, {"day": "2099-01-01"}, 422, "still to come"),
        (PDF, {"day": ""}, 422, "day of the paper"),
        (PDF, {"day": "2020-01-01", "valid_to": "2021-01-01"}, 422, "ended on 2021-01-01"),
        (PDF, {"valid_to": "soon"}, 422, "no day"),
    ],
)
def test_what_is_not_taken_leaves_no_line_and_says_why(
    world: World, firm: str, data: bytes, query: dict[str, str], status: int, words: str
) -> None:
    mine = f"/schemes/enterprises/{MINE}/papers"
    before = len(get(world, firm, mine).json()["papers"])
    answer = file_paper(world, firm, data, **query)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]["message"]
    assert len(get(world, firm, mine).json()["papers"]) == before


def test_the_same_paper_told_again_is_one_and_a_newer_one_takes_its_place(
    world: World, firm: str
) -> None:
    first = file_paper(world, firm, png(), key="p1", paper="invoices")
    again = file_paper(world, firm, png(), key="p1", paper="invoices")
    assert (first.status_code, again.status_code) == (201, 200)
    other = file_paper(world, firm, jpeg(), key="p1", paper="invoices")
    assert other.json()["error"]["code"] == "key-taken"
    newer = file_paper(world, firm, jpeg(), paper="invoices", key="p2").json()["papers"]
    mine = [one for one in newer if one["name"] == "invoices"]
    assert [one["state"] for one in mine] == ["valid", "replaced"]


def test_a_death_between_file_and_line_leaves_a_file_that_no_line_names(
    world: World, firm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise LogUnavailable("the power went")

    data = PDF + b"death"
    with monkeypatch.context() as power:
        power.setattr(Node, "tell", dies)
        assert file_paper(world, firm, data, key="d").status_code == 503
    log, blobs = world.node.log, Blobs(world.folder)
    kept = {path.name for path in (world.folder / "files").rglob("*") if path.is_file()}
    assert len(kept - named_files(log).keys()) == 1
    assert verify_attached(log, blobs) == ()
    assert file_paper(world, firm, data, key="d").status_code == 201
    assert kept <= named_files(log).keys()


def test_a_supplement_may_be_any_paper_and_is_for_its_application_alone(
    world: World, firm: str, officer: str
) -> None:
    body = {"enterprise": MINE, "scheme": "loan-interest"}
    name = does(world, firm, "/schemes/applications", body, status=201)["application"]["id"]
    for order, outcome in (("accept", "supplement"),):
        (now,) = get(world, officer, f"/schemes/applications/{name[12:]}").json()["now"]
        assert now["action"] == order
        report = {"verb": "report", "outcome": outcome, "reason": "the contract, please"}
        does(world, officer, f"/orders/{now['order']}/actions", report)
    answer = file_paper(world, firm, PDF + b"lent", paper="贷款合同", application=name)
    assert answer.status_code == 201, answer.text
    (one,) = brought_by(world, officer, name[12:]).values()
    assert (one["name"], one["is_lacking"], len(one["cited"])) == ("贷款合同", False, 1)
    rival = world.give_token(Role.ENTERPRISE, owner=OTHER)
    strange = file_paper(world, rival, PDF, code=OTHER, paper="贷款合同", application=name)
    assert strange.status_code == 404
    does(world, firm, f"/schemes/applications/{name[12:]}/moves", {"move": "withdraw"})
    late = file_paper(world, firm, PDF, paper="贷款合同", application=name)
    assert (late.status_code, "takes no papers" in late.text) == (409, True)


def test_the_office_files_a_paper_that_came_over_the_counter(world: World, officer: str) -> None:
    paper = newest(file_paper(world, officer, png(), code=OTHER, paper="invoices"))
    assert paper["by"].startswith("officer")
    moves = f"/schemes/enterprises/{OTHER}/papers/moves"
    body = {"move": "withdraw", "paper": "invoices"}
    does(world, officer, moves, body)
    refused = does(world, officer, moves, body, status=409)
    assert "no paper 'invoices'" in refused["error"]["message"]


def test_when_digests_go_out_is_set_by_who_decides_and_shown(
    world: World, firm: str, officer: str
) -> None:
    path = "/schemes/digests"
    assert get(world, officer, path).json()["weekday"] == 0
    told = {"weekday": 2, "time": "08:30"}
    shown = does(world, officer, path, told, method="PUT")
    assert (shown["weekday"], shown["time"]) == (2, "08:30")
    assert shown["next_at"]
    does(world, officer, path, {"weekday": 9}, method="PUT", status=422)
    does(world, officer, path, {"weekday": 1, "time": "24:00"}, method="PUT", status=422)
    does(world, firm, path, told, method="PUT", status=403)
    does(world, officer, path, {"period": "weekly-2026-01-05-1"}, status=422)
    assert not does(world, officer, path, {"weekday": 0}, method="PUT")["next_at"]


def test_the_log_read_again_has_the_same_papers(world: World, firm: str) -> None:
    newest(file_paper(world, firm, PDF + b"again"))
    kept = world.node.engine.track.casework.ledgers.memory("schemes").kept
    again = Engine([dataclasses.replace(pack, twin=None)], world.node.log.directory)
    recover(again, world.node.log)
    assert again.track.casework.ledgers.memory("schemes").kept == kept
