"""Photos, files and messages: kept before they are named, shown to who may, never doubled."""

import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import httpx
import pytest

from haihe.cli.main import main
from haihe.errors import LogUnavailable
from haihe.feed.attachment import FILE_BYTES_MAX
from haihe.log.blobs import LEFT_OVER_S, Blobs
from haihe.run.audit import why
from haihe.run.node import Node
from haihe.run.thread import named_files, thread_of, verify_attached
from haihe.serve import files
from haihe.serve.access import Role
from tests.pictures import PDF, jpeg, png
from tests.serve.people import PAGE, Person, another, first
from tests.serve.world import BASE, World

ORDER = "t-1/2"
PHOTO = png()


def attach(
    world: World, subject: str, data: bytes, *, key: str = "", **query: str
) -> httpx.Response:
    """The answer to a file sent by the operator of the machine."""
    heads = {"idempotency-key": key} if key else {}
    kind = "orders" if "/" in subject else "cases"
    path = f"{BASE}/{kind}/{subject}/files"
    return world.client.post(path, content=data, headers=heads, params=query)


def attached(world: World, case_id: str = "t-1") -> list[dict[str, Any]]:
    """The files of a case, as its thread shows them."""
    said = world.get(f"/cases/{case_id}/messages")["messages"]
    return [one["file"] for one in said if one["file"]]


def test_a_photo_of_an_order_stands_in_its_case_with_words_time_and_hash(world: World) -> None:
    case_id = world.leak()
    taken_at = "2026-01-01T08:00:00Z"
    answer = attach(
        world, ORDER, PHOTO, name="../seal.png", reason="seal mended", when=taken_at, by="Li"
    )
    assert answer.status_code == 201, answer.text
    file = answer.json()["file"]
    assert (file["name"], file["media_type"], file["size"]) == ("seal.png", "image/png", len(PHOTO))
    (said,) = world.get(f"/cases/{case_id}/messages")["messages"]
    assert (said["by"], said["words"], said["subject"]) == ("Li", "seal mended", ORDER)
    assert (said["observed_at"], said["verb"], said["file"]) == (taken_at, "attach", file)
    timeline = world.get(f"/cases/{case_id}")["timeline"]
    (line,) = [told["line"] for told in timeline if told["line"].get("file")]
    assert line["file"]["sha256"] == file["sha256"]
    proof = world.client.get(f"{BASE}/cases/{case_id}/proof").json()
    assert any(said["offset"] == entry_first(entry, said) for entry in proof["entries"])


def entry_first(entry: dict[str, Any], said: dict[str, Any]) -> int:
    """The offset of the line that an entry of a proof shows, if it is the message's."""
    return int(said["offset"]) if entry.get("lines") and entry["says"]["stream"] == "fact" else -1


def test_a_file_comes_back_as_it_was_and_can_do_nothing(world: World) -> None:
    world.leak()
    for data, kind, way in (
        (PHOTO, "image/png", "inline"),
        (jpeg(), "image/jpeg", "inline"),
        (PDF, "application/pdf", "attachment"),
        ("阀门".encode(), "text/plain; charset=utf-8", "attachment"),
    ):
        sha256 = attach(world, "t-1", data, name="甲 é").json()["file"]["sha256"]
        answer = world.client.get(f"{BASE}/cases/t-1/files/{sha256}")
        assert (answer.status_code, answer.content) == (200, data)
        assert answer.headers["content-type"] == kind
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        told = answer.headers["content-disposition"]
        assert told.startswith(f"{way}; filename*=UTF-8''%E7%94%B2%20%C3%A9.")
    assert world.client.get(f"{BASE}/cases/t-1/files/{'0' * 64}").status_code == 404
    assert world.client.get(f"{BASE}/cases/t-1/files/..%2Fhaihe.db").status_code in (400, 404)


@pytest.mark.parametrize(
    ("data", "status", "why_not"),
    [
        (b"", 415, "empty"),
        (b"<html>", 415, "web page"),
        (b"MZ", 415, "Windows"),
        (png(60_000, 60_000), 415, "pixels"),
        (b"\xff" * (FILE_BYTES_MAX + 1), 413, "at most"),
    ],
)
def test_what_is_not_taken_leaves_no_trace_and_says_why(
    world: World, data: bytes, status: int, why_not: str
) -> None:
    world.leak()
    before = world.node.log.next_offset
    answer = attach(world, ORDER, data)
    assert answer.status_code == status, answer.text
    assert why_not in answer.json()["error"]["message"]
    assert world.node.log.next_offset == before
    assert not (world.folder / "files").exists()


def test_a_body_is_judged_by_its_bytes_whatever_its_sender_calls_it(world: World) -> None:
    world.leak()
    path = f"{BASE}/cases/t-1/files"
    lied = {"content-type": "text/html"}
    answer = world.client.post(path, content=PHOTO, headers=lied, params={"name": "x.html"})
    assert answer.json()["file"]["media_type"] == "image/png"
    assert answer.json()["file"]["name"] == "x.html.png"


def test_the_same_key_is_one_photo_and_another_one_under_it_is_refused(world: World) -> None:
    world.leak()
    first_time = attach(world, ORDER, PHOTO, key="a", name="1.png")
    again = attach(world, ORDER, PHOTO, key="a", name="1.png")
    assert (first_time.status_code, again.status_code) == (201, 200)
    assert first_time.json() == again.json()
    assert len(attached(world)) == 1
    other = attach(world, ORDER, png(shade=9), key="a", name="1.png")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "key-taken")
    assert attach(world, ORDER, PHOTO, key="b", name="1.png").status_code == 201
    assert len(attached(world)) == 2
    assert attach(world, ORDER, PHOTO, key="x" * 201).status_code == 400


def test_the_same_key_at_once_is_one_line(world: World) -> None:
    world.leak()
    path = f"{BASE}/orders/{ORDER}/actions"
    heads = {"idempotency-key": "once"}
    before = world.node.log.next_offset

    async def both() -> list[httpx.Response]:
        body = {"verb": "accept", "by": "Li"}
        one = world.client._client.post(path, json=body, headers=heads)
        two = world.client._client.post(path, json=body, headers=heads)
        return [await one, await two]

    answers = world.client.run(both())
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert world.node.log.next_offset == before + 2  # The act, and its one step.


def test_a_refusal_is_the_same_refusal_when_it_is_asked_again(world: World) -> None:
    world.leak()
    world.post(f"/orders/{ORDER}/actions", {"verb": "cancel", "reason": "a drill", "by": "Ann"})
    report = {"verb": "report", "reason": "done", "by": "Li"}
    path, heads = f"{BASE}/orders/{ORDER}/actions", {"idempotency-key": "k"}
    answers = [world.client.post(path, json=report, headers=heads) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].json() == answers[1].json()
    said = world.get("/cases/t-1/messages")["messages"]
    assert [(one["by"], bool(one["refused"])) for one in said] == [("Ann", False), ("Li", True)]


def test_a_full_disk_takes_no_file_and_the_log_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.leak()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 5, 5))
    answer = attach(world, ORDER, PHOTO)
    assert answer.status_code == 503
    assert "Make room" in answer.json()["error"]["message"]
    assert answer.headers["retry-after"]
    assert world.post(f"/orders/{ORDER}/actions", {"verb": "accept", "by": "Li"})


def test_a_death_between_file_and_line_leaves_a_file_that_no_line_names(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.leak()

    def dies(*_: object, **__: object) -> None:
        raise LogUnavailable("the power went")

    with monkeypatch.context() as power:
        power.setattr(Node, "tell", dies)
        assert attach(world, ORDER, PHOTO, key="a").status_code == 503
    log, blobs = world.node.log, Blobs(world.folder)
    assert thread_of(log, "t-1") == ()
    assert len(list((world.folder / "files").rglob("*.*"))) == 0
    assert verify_attached(log, blobs) == ()
    assert attach(world, ORDER, PHOTO, key="a").status_code == 201  # The phone sends it again.
    assert len(attached(world)) == 1
    blobs.put(b"left behind")
    assert blobs.sweep(named_files(log)) == 0, f"younger than {LEFT_OVER_S} s"


def test_verify_names_a_changed_and_a_missing_file(world: World, tmp_path: Path) -> None:
    world.leak()
    one = attach(world, ORDER, PHOTO).json()["file"]["sha256"]
    other = attach(world, "t-1", PDF).json()["file"]["sha256"]
    log, blobs = world.node.log, Blobs(world.folder)
    assert verify_attached(log, blobs) == ()
    paths = {path.name: path for path in (world.folder / "files").rglob("*") if path.is_file()}
    paths[one].write_bytes(PHOTO[:-1] + b"x")
    paths[other].unlink()
    found = " ".join(verify_attached(log, blobs))
    assert f"file {one} was changed" in found
    assert f"file {other} is missing" in found
    assert main(["verify", "--data", str(tmp_path)]) == 1
    for sha256 in (one, other):
        answer = world.client.get(f"{BASE}/cases/t-1/files/{sha256}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "file-lost")


def test_why_prints_what_was_attached(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.leak()
    sha256 = attach(world, ORDER, PHOTO, name="a.png", reason="see").json()["file"]["sha256"]
    assert main(["why", "t-1", "--data", str(world.folder)]) == 0
    said = capsys.readouterr().out
    assert f"attach {ORDER} see [a.png, image/png, {len(PHOTO)} bytes, sha256 {sha256}]" in said


def test_a_case_takes_so_many_files_and_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.leak()
    monkeypatch.setattr(files, "FILES_MAX", 1)
    assert attach(world, ORDER, PHOTO, key="a", by="Li").status_code == 201
    assert attach(world, ORDER, PHOTO, key="a", by="Li").status_code == 200
    assert attach(world, "t-1", PDF).status_code == 409


def test_a_closed_case_still_takes_a_message_and_a_photo(world: World) -> None:
    world.leak()
    world.post("/cases/t-1/actions", {"verb": "override", "reason": "drill", "by": "Ann"})
    assert attach(world, ORDER, PHOTO).status_code == 201
    world.post(f"/orders/{ORDER}/actions", {"verb": "note", "reason": "seen", "by": "Li"})
    said = world.get("/cases/t-1/messages")["messages"]
    assert [one["verb"] for one in said] == ["override", "attach", "note"]


def test_a_photo_is_seen_by_who_sees_its_case_and_the_look_is_noted(world: World) -> None:
    ann = first(world)
    told = {"title": {"zh": "站", "en": "station"}, "owner": "acme"}
    ann.does("PUT", "/entities/plant/1", told, status=201)
    air = {"entity": "plant/1", "methane": 40, "observed_at": world.now()}
    ann.does("POST", "/streams/t.air", air, status=201)
    acme = another(ann, "Mei", Role.ENTERPRISE, owner="acme")
    rival = another(ann, "Rui", Role.ENTERPRISE, owner="rival")
    sha256 = sent(ann, "/cases/t-1/files?name=a.png").json()["file"]["sha256"]
    for person, status in ((ann, 200), (acme, 200), (rival, 404)):
        assert person.ask("GET", f"/cases/t-1/files/{sha256}").status_code == status
        assert person.ask("GET", "/cases/t-1/messages").status_code == status
    assert sent(acme, "/cases/t-1/files").status_code == 403
    looks = acme.get("/access")["records"]
    assert [look for look in looks if "file a.png of case t-1" in str(look)]
    assert why(world.node.log, "t-1")


def sent(person: Person, path: str) -> httpx.Response:
    """The answer to a photo sent from somebody's page."""
    heads = {**PAGE, "cookie": "; ".join(f"{k}={v}" for k, v in person.cookies.items())}
    answer = person.world.client.post(BASE + path, content=PHOTO, headers=heads)
    person.world.client.forget()
    return answer
