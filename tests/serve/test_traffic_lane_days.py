"""``POST /traffic/lanes/{lane}/what-if``: bounded, one at a time, beside the server."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haihe.model.time import format_instant
from haihe.serve.access import Role
from haihe.serve.traffic import lane_days
from haihe.serve.traffic.lane_days import TurnBody, WhatIfBody, command_of
from tests.packs.lane_days import FROM_AT, NAME, pack_of, settings_of
from tests.serve.lane_answers import ANSWER, REFUSED, program
from tests.serve.world import BASE, World, a_world

PATH = f"/traffic/lanes/{NAME}/what-if"
BODY = {"day": "2026-11-20", "turns": [{"time": "07:10", "way": "inbound"}]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, pack=pack_of(settings_of())) as made:
        yield made


def plays(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    """Let the answer be another program's."""
    monkeypatch.setattr(lane_days, "command_of", lambda *_, **__: command)
    monkeypatch.setattr(lane_days, "check_study", lambda _: None)


def test_the_answer_is_given_with_instants_as_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(monkeypatch, program(ANSWER))
    told = world.post(PATH, BODY)
    assert told["sentence"]["en"].startswith("turning at 07:10 instead of 07:32")
    assert told["from_at"] == format_instant(FROM_AT)
    assert [run["name"] for run in told["runs"]] == ["recorded", "asked"]
    plays(monkeypatch, program(REFUSED, code=1))
    assert world.post(PATH, BODY)["refused"]["en"] == "the record has holes"


def test_what_the_program_says_against_it_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "import sys; sys.stderr.write('haihe: there is no lane x\\n'); sys.exit(3)"
    plays(monkeypatch, [sys.executable, "-c", said])
    assert world.post(PATH, BODY, status=422)["error"]["message"] == "there is no lane x"
    plays(monkeypatch, [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(lane_days, "WAIT_S", 0.2)
    assert "shorter stretch" in world.post(PATH, BODY, status=422)["error"]["message"]
    process = world.app.platform.asked_days.process
    assert process is None


def test_one_day_is_driven_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    wait = f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)\n"
    one = program(ANSWER)
    plays(monkeypatch, [one[0], "-c", wait + one[2]])
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(world.post(PATH, BODY)))
    first.start()
    while not world.app.platform.asked_days.is_running:
        time.sleep(0.01)
    assert "another day" in world.post(PATH, BODY, status=409)["error"]["message"]
    go.touch()
    first.join()
    assert answers[0]["lane"] == NAME


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"day": "2026-13-01"},
        {"day": "2026-11-20; rm"},
        {**BODY, "turns": [{"time": "24:10", "way": "inbound"}]},
        {**BODY, "turns": [{"time": "07:10", "way": "up"}]},
        {**BODY, "turns": BODY["turns"] * 13},  # type: ignore[operator]  # A list.
        {**BODY, "seeds": 11},
        {**BODY, "share": 1.5},
        {**BODY, "from": "--json"},
        {**BODY, "lanes": 3},
    ],
)
def test_what_is_no_question_is_refused_before_anything_runs(
    world: World, monkeypatch: pytest.MonkeyPatch, body: dict[str, object]
) -> None:
    plays(monkeypatch, ["/nowhere/python"])
    assert world.post(PATH, body, status=422)["error"]["code"] == "malformed"


def test_nobody_asks_of_streams_that_are_not_theirs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(monkeypatch, program(ANSWER))
    world.give_token(Role.ADMIN)
    of = {
        "other": world.give_token(Role.OFFICER, packs=("gallery",)),
        "own": world.give_token(Role.OFFICER, packs=("traffic",)),
        "crew": world.give_token(Role.CREW),
    }
    found = {
        name: world.client.post(
            BASE + PATH, json=BODY, headers={"authorization": f"Bearer {token}"}
        ).status_code
        for name, token in of.items()
    }
    assert found == {"other": 403, "own": 200, "crew": 403}
    assert world.client.post(BASE + PATH, json=BODY).status_code == 401


def test_the_program_is_told_everything_that_was_asked(tmp_path: Path) -> None:
    turns = (
        TurnBody("07:10", "inbound"),
        TurnBody("09:20", "outbound"),
        TurnBody("10:00", "closed"),
    )
    body = WhatIfBody(
        "2026-11-20", turns, start="06:00", to="11:00", seeds=3, search=True, hold_min=10.0,
        factor=1.2,
    )  # fmt: skip
    told = command_of(tmp_path, NAME, body=body)
    assert told[told.index("what-if") + 1 :] == [
        str(tmp_path), "--day=2026-11-20", f"--lane={NAME}", "--seeds=3", "--json", "--in=07:10",
        "--out=09:20", "--close=10:00", "--from=06:00", "--to=11:00", "--set=hold=10.0min",
        "--set=factor=1.2", "--search",
    ]  # fmt: skip
