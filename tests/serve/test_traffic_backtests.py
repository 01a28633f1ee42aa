"""``/traffic/backtests``: one at a time beside the server, bounded, what came of it kept."""

import csv
import io
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from haihe.model.time import format_instant
from haihe.packs.traffic import pack
from haihe.serve.access import Role
from haihe.serve.traffic import backtests
from haihe.serve.traffic.backtests import BacktestBody, command_of
from haihe.serve.traffic.lane_days import TurnBody
from tests.packs.lane_days import FROM_AT
from tests.serve.street_answers import ANSWER, REFUSED, ROAD, program
from tests.serve.world import BASE, World, a_world

PATH = "/traffic/backtests"
BODY: dict[str, Any] = {
    "day": "2026-11-20",
    "reason": "longer patience",
    "settings": {"signals.patience_s": 90},
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    plain = replace(pack, loops=pack.loops, twin=None, demo=None)
    with a_world(tmp_path, pack=plain) as made:
        yield made


def plays(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    """Let the answer be another program's."""
    monkeypatch.setattr(backtests, "command_of", lambda *_, **__: command)


def over(world: World, number: int) -> Any:
    """A backtest once it is over."""
    for _ in range(500):
        found = world.get(f"{PATH}/{number}")
        if found["done_at"]:
            return found
        time.sleep(0.01)
    pytest.fail("it never ended")


def test_one_is_begun_ends_and_is_kept_with_its_table(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(monkeypatch, program(ANSWER))
    assert set(BODY["settings"]) < set(world.get("/traffic/backtest-settings"))
    begun = world.post(PATH, BODY, status=202)
    assert (begun["number"], begun["answer"], begun["done_at"]) == (1, None, None)
    assert begun["question"]["other"] == [["signals.patience_s", 90.0]]
    found = over(world, 1)
    assert found["answer"]["sentence"]["en"].startswith("the loops: 54")
    assert found["answer"]["from_at"] == format_instant(FROM_AT)
    assert len(found["sha256"]) == 64
    (listed,) = world.get(PATH)
    assert (listed["is_running"], listed["reason"]) == (False, "longer patience")
    told = world.client.get(f"{BASE}{PATH}/1/table", params={"language": "en"})
    assert told.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(told.content.decode("utf-8-sig"))))
    assert ["the plan in force", "100.0", "2.0", "103.0", "0.0", "2.5", "-4.0"] in [
        row[:7] for row in rows
    ]
    assert [row[1] for row in rows if row[:1] == ["the loops, other settings"]][-1] == ROAD
    assert any("signals.patience_s=90" in row for row in rows)
    # Another server on the same folder still has it.
    kept = world.app.platform.backtests
    assert kept.find(1).sha256 == found["sha256"]
    assert world.client.request("DELETE", f"{BASE}{PATH}/1").status_code == 204
    assert world.client.get(f"{BASE}{PATH}/1").status_code == 404
    assert world.client.get(f"{BASE}{PATH}/1/table").status_code == 404


def test_a_refusal_and_what_the_program_says_against_it_are_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(monkeypatch, program(REFUSED, code=1))
    world.post(PATH, BODY, status=202)
    assert over(world, 1)["answer"]["refused"]["en"].startswith("the twin does not")
    said = "import sys; sys.stderr.write('7\\nhaihe: nothing was read\\n'); sys.exit(3)"
    plays(monkeypatch, [sys.executable, "-c", said])
    world.post(PATH, BODY, status=202)
    assert over(world, 2)["error"] == "nothing was read"
    plays(monkeypatch, [sys.executable, "-c", "print('no JSON')"])
    world.post(PATH, BODY, status=202)
    assert over(world, 3)["error"]
    assert world.client.get(f"{BASE}{PATH}/3/table").status_code == 404
    assert [one["number"] for one in world.get(PATH)] == [3, 2, 1]


def test_how_much_is_done_is_shown_one_runs_at_a_time_and_can_be_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = "import sys, time; sys.stderr.write('42\\n'); sys.stderr.flush(); time.sleep(60)"
    plays(monkeypatch, [sys.executable, "-c", wait])
    world.post(PATH, BODY, status=202)
    while (seen := world.get(f"{PATH}/1"))["done"] == 0.0:
        time.sleep(0.01)
    assert seen["done"] == 0.42
    assert "backtest 1 is running" in world.post(PATH, BODY, status=409)["error"]["message"]
    assert world.get(PATH)[0]["is_running"]
    assert world.client.request("DELETE", f"{BASE}{PATH}/1").status_code == 204
    assert world.get(PATH) == []
    assert world.app.platform.asked_days.process is None
    assert world.client.request("DELETE", f"{BASE}{PATH}/1").status_code == 404


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"day": "2026-13-01"}, ""),
        ({"from": "--json"}, ""),
        ({"seeds": 99}, ""),
        ({"to": "07:05"}, "10 min to 24 h"),
        ({"to": "07:00", "seeds": 10}, "hours of streets to drive"),
        ({"settings": {"signals.speed": 3}}, "there is no setting 'signals.speed'"),
        ({"settings": {"signals.platoon": 7}}, "give 0 to 1"),
        ({"settings": {"plan.J0101.offset_s": 900}}, "the cycle's seconds"),
        ({"settings": {"signals.full": "a lot"}}, ""),
        ({"turns": [{"time": "06:10", "way": "inbound"}]}, "outside of the stretch"),
    ],
)
def test_what_is_no_question_is_refused_before_anything_runs(
    world: World, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], words: str
) -> None:
    plays(monkeypatch, ["/nowhere/python"])
    error = world.post(PATH, {**BODY, **more}, status=422)["error"]
    assert words in error["message"]
    assert world.get(PATH) == []


def test_nobody_asks_of_streams_that_are_not_theirs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(monkeypatch, program(ANSWER))
    world.give_token(Role.ADMIN)
    tokens = {
        "gallery": world.give_token(Role.ENGINEER, packs=("gallery",)),
        "viewer": world.give_token(Role.VIEWER),
        "engineer": world.give_token(Role.ENGINEER, packs=("traffic",)),
    }
    found = {
        name: world.client.post(
            BASE + PATH, json=BODY, headers={"authorization": f"Bearer {token}"}
        ).status_code
        for name, token in tokens.items()
    }
    assert found == {"gallery": 403, "viewer": 403, "engineer": 202}
    while world.app.platform.backtests.running is not None:
        assert world.client.get(f"{BASE}/version").status_code
        time.sleep(0.01)


def test_the_program_is_told_everything_that_was_asked(tmp_path: Path) -> None:
    body = BacktestBody(
        "2026-11-20", start="06:30", to="08:00", seeds=4, settings={"tidal.hold_min": 10.0},
        turns=(TurnBody("07:10", "inbound"),),
    )  # fmt: skip
    told = command_of(tmp_path, body=body, running=(("signals.full", 4.0),))
    assert told[told.index("backtest") + 1 :] == [
        str(tmp_path), "--day=2026-11-20", "--from=06:30", "--to=08:00", "--seeds=4", "--json",
        "--parts", "--set=tidal.hold_min=10.0", "--running=signals.full=4.0", "--in=07:10",
    ]  # fmt: skip
