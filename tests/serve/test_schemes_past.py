"""What stood on a day, over HTTP: the bytes that were answered then, or why they cannot be had."""

import sys
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from haihe.decide.workday import day_of
from haihe.model import DAY, HOUR
from haihe.model.time import format_instant
from haihe.packs.schemes.books import BOOKS
from haihe.run.recall import Gone, RecalledOrGone
from haihe.serve.access import Role
from haihe.serve.schemes import pasts
from tests.serve.office import MINE, OTHER, HandClock, an_office, filing, today, with_patience
from tests.serve.world import BASE, World

FIRM = f"/schemes/enterprises/{MINE}"
LOOKS = (
    f"{FIRM}/standing", FIRM, "/schemes/enterprises", "/schemes/research-grant",
    "/schemes/research-grant/enterprises",
)  # fmt: skip


def looked(world: World, path: str, **query: str) -> bytes:
    """An answer's bytes."""
    answer = world.client.get(BASE + path, params=query)
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


def refused(world: World, path: str, *, code: int, **query: str) -> dict[str, Any]:
    """A refusal's code and words."""
    answer = world.client.get(BASE + path, params=query)
    assert answer.status_code == code, answer.text
    found: dict[str, Any] = answer.json()["error"]
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Any]]:
    """An office on its second day, what it answered on the first at noon and in the evening."""
    patience = with_patience()
    clock = HandClock(day_of(time.time_ns()) * DAY)  # Eight in the morning, in China.
    with an_office(tmp_path_factory.mktemp("past"), clock=clock) as world:
        live = {path: looked(world, path) for path in LOOKS}
        listed = world.get("/schemes")
        noon = format_instant(clock.at + HOUR)
        clock.at += 2 * HOUR
        world.post(f"{FIRM}/facts", filing("registry", {"staff": 65, "research": 100_000_000}))
        asks = {"enterprise": MINE, "scheme": "research-grant", "by": "li"}
        world.post("/schemes/applications", asks, status=201)
        evening = {path: looked(world, path) for path in LOOKS}
        clock.at += DAY
        world.post(f"{FIRM}/facts", filing("registry", {"registered_here": False}))
        world.post(f"/schemes/enterprises/{OTHER}/facts", filing("tax", {"staff": 1}))
        draft = {"move": "draft", "by": "ann", "text": BOOKS["innovation"]}
        world.post("/schemes/books/innovation/moves", draft)
        yield world, (live, listed, noon, evening)
    patience.undo()


def test_a_past_day_answers_with_the_bytes_that_were_true_at_its_end(told: Any) -> None:
    world, (_, _, _, evening) = told
    for path in LOOKS:
        assert looked(world, path, day=today()) == evening[path]
        assert looked(world, path) != evening[path]
    assert msgspec.json.decode(evening[FIRM])["facts_day"] == today()


def test_an_instant_answers_with_the_bytes_that_were_true_then(told: Any) -> None:
    world, (live, listed, noon, evening) = told
    for path in LOOKS:
        assert looked(world, path, known_by=noon) == live[path]
        assert looked(world, path, known_by=noon, day=today()) == live[path] != evening[path]
    assert world.get("/schemes", known_by=noon) == {**listed, "redone": -1}


def test_both_times_are_apart_where_one_says_so(told: Any) -> None:
    world, _ = told
    later = world.get(f"{FIRM}/standing", day="2028-12-01", known_by=today())
    assert (later["day"], later["facts_day"]) == ("2028-12-01", today())
    now = world.get(f"{FIRM}/standing", day=today(), known_by="2099-01-01")
    assert (now["day"], now["facts_day"]) == (today(), today(ahead=1))
    assert now["offers"][0]["kind"] == "not"  # It is not registered here any more.
    ahead = world.get("/schemes", day="2027-02-01")
    assert (ahead["day"], ahead["facts_day"]) == ("2027-02-01", today(ahead=1))


def test_what_cannot_be_asked_is_said_so(told: Any) -> None:
    world, _ = told
    assert "the log begins" in refused(world, "/schemes", code=404, day="2020-01-01")["message"]
    assert "no day" in refused(world, FIRM, code=400, day="soon")["message"]
    assert "offset" in refused(world, FIRM, code=400, known_by="2026-01-01T00:00")["message"]
    assert "instant" in refused(world, FIRM, code=400, known_by="yesterday noon")["message"]


def says(text: str, *, code: int = 0, wait_s: float = 0) -> list[str]:
    """A program that waits, prints something and ends."""
    script = (
        f"import sys, time; time.sleep({wait_s}); sys.stdout.write({text!r}); "
        f"sys.stderr.write('17\\nno luck\\n'); sys.exit({code})"
    )
    return [sys.executable, "-c", script]


GONE = msgspec.json.encode(RecalledOrGone(Gone("schemes", 10**18, 3, 2 * 10**18))).decode()


@pytest.mark.parametrize(
    ("command", "status", "word", "words"),
    [
        (says(GONE),
         404, "expired", "not kept any more"),
        (says("", code=2), 409, "conflict", "no luck"),
        (says("", wait_s=30), 503, "working", "is done"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_never_todays_facts(
    told: Any, monkeypatch: pytest.MonkeyPatch, *, command: list[str], status: int, word: str,
    words: str,
) -> None:  # fmt: skip
    world, (_, _, noon, _) = told
    kept = world.app.platform.schemes.pasts
    known, kept.known = kept.known, type(kept.known)()
    monkeypatch.setattr(pasts, "command_of", lambda *_, **__: command)
    monkeypatch.setattr(pasts, "WAIT_S", 240.0 if status != 503 else 0.05)
    error = refused(world, FIRM, code=status, known_by=noon)
    assert error["code"] == word
    assert words in error["message"]
    if status == 503:
        world.client.run(kept.end())
    kept.known = known


def test_more_days_than_can_wait_are_told_to_wait(
    told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, (_, _, noon, _) = told
    kept = world.app.platform.schemes.pasts
    known, kept.known = kept.known, type(kept.known)()
    monkeypatch.setattr(pasts, "WAITING_MOST", 0)
    assert refused(world, FIRM, code=429, known_by=noon)["code"] == "overloaded"
    kept.known = known


def test_an_enterprise_sees_its_own_past_alone_and_the_look_is_noted(told: Any) -> None:
    world, (_, _, _, evening) = told
    world.client.forget()
    firm = world.give_token(Role.ENTERPRISE, owner=MINE)
    head = {"authorization": f"Bearer {firm}"}
    past = {"day": today()}
    mine = world.client.get(f"{BASE}{FIRM}", params=past, headers=head)
    assert mine.content == evening[FIRM]
    other = world.client.get(f"{BASE}/schemes/enterprises/{OTHER}", params=past, headers=head)
    assert other.status_code == 404
    every = world.client.get(f"{BASE}/schemes/enterprises", params=past, headers=head).json()
    assert [one["code"] for one in every["enterprises"]] == [MINE]
    seen = world.client.get(f"{BASE}/access", headers=head).text
    assert f"file of {MINE} as of {today()}" in seen
