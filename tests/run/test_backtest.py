from pathlib import Path

import pytest

from haihe.errors import PackInvalid
from haihe.log.sqlite import SqliteLog
from haihe.model.line import AlarmRaised, CaseOpened
from haihe.model.time import MINUTE, SECOND
from haihe.run.backtest import Label, Trial, run_trial, scored, what_if
from haihe.run.records import items_between
from haihe.run.shadow import Opening
from tests.run.world import air, lines, node_on, sent
from tests.run.zone import PACK_A, T0

RULE = "a.methane-high"


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Two leaks: zone/1 reaches 30 %LEL at minute 1, zone/3 only 18 at minute 11."""
    with node_on(tmp_path) as node:
        sent(node, air("zone/1", [0, 1, 2, 3, 4, 5], [1, 30, 1, 1, 1, 1]))
        sent(node, air("zone/3", [10, 11, 12, 13, 14, 15], [1, 18, 1, 1, 1, 1]))
    return tmp_path


def trial(log: SqliteLog, **settings: str) -> Trial:
    return Trial(PACK_A, RULE, settings=settings, directory=log.directory)


def test_a_backtest_finds_what_the_live_rule_found(recorded: Path) -> None:
    log = SqliteLog(recorded, read_only=True)
    result = run_trial(items_between(log, "a.air"), trial(log))
    with node_on(recorded) as node:
        live = [step for step in lines(node) if isinstance(step, CaseOpened) and step.rule == RULE]
        alarms = [
            step
            for step in lines(node)
            if isinstance(step, AlarmRaised) and step.alarm.rule == RULE
        ]
    assert result.openings == tuple(Opening(step.entity, step.at) for step in live)
    assert result.alarms == len(alarms) == 1
    assert (result.records, result.closed) == (12, 1)


def test_a_lower_limit_gains_the_second_leak_and_loses_nothing(recorded: Path) -> None:
    log = SqliteLog(recorded, read_only=True)
    items = items_between(log, "a.air")
    change = what_if(items, trial(log), after=trial(log, high="15"))
    assert (change.both, change.lost) == (1, ())
    assert change.gained == (Opening("zone/3", T0 + 11 * MINUTE),)


def test_labels_are_scored_with_misses_and_false_cases_both_shown(recorded: Path) -> None:
    log = SqliteLog(recorded, read_only=True)
    labels = [
        Label("zone/1", T0 + 30 * SECOND, T0 + 3 * MINUTE),
        Label("zone/3", T0 + 11 * MINUTE, T0 + 12 * MINUTE),
    ]
    score = run_trial(items_between(log, "a.air"), trial(log), labels=labels).score
    assert score is not None
    assert (score.events, score.found, score.false) == (2, 1, 0)
    assert score.missed == (labels[1],)
    assert score.delay_s == 30.0


def test_a_case_outside_every_label_is_false() -> None:
    score = scored([Opening("pump/1", 10**15)], [Label("pump/2", 10**15, 10**15 + 1)])
    assert (score.found, score.false) == (0, 1)


def test_a_time_range_keeps_earlier_and_later_records_out(recorded: Path) -> None:
    log = SqliteLog(recorded, read_only=True)
    items = items_between(log, "a.air", from_at=T0 + 9 * MINUTE)
    assert run_trial(items, trial(log, high="15")).openings == (
        Opening("zone/3", T0 + 11 * MINUTE),
    )
    items = items_between(log, "a.air", to_at=T0 + 9 * MINUTE)
    assert run_trial(items, trial(log, high="15")).openings == (Opening("zone/1", T0 + MINUTE),)


@pytest.mark.parametrize(
    ("rule", "settings", "words"),
    [
        ("a.nothing", {}, "there is no rule 'a.nothing'"),
        (RULE, {"hihg": "3"}, "no setting 'hihg'; it has field, high"),
        (RULE, {"high": "three"}, "not JSON"),
        (RULE, {"high": '"3"'}, "another type"),
        (RULE, {"close.window": "0"}, "window"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_was_expected(
    recorded: Path, rule: str, settings: dict[str, str], words: str
) -> None:
    log = SqliteLog(recorded, read_only=True)
    with pytest.raises(PackInvalid, match=words):
        Trial(PACK_A, rule, settings=settings, directory=log.directory)
