"""What a check is made of: the gate, purity, words, spoiled feeds and a twin's day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from haihe.detect import Limit
from haihe.model import (
    HOUR,
    MINUTE,
    Alarm,
    Case,
    Decision,
    Entity,
    Field,
    Observation,
    Order,
    Rows,
    Severity,
    Stream,
    Text,
)
from haihe.pack import Closure, Pack, Playbook, View
from haihe.pack.cases import parse_cases
from haihe.run.check.cases import is_dirty
from haihe.run.check.day import noticed, plain, run_again, run_day, tally_day
from haihe.run.check.exam import examine
from haihe.run.check.report import Mark
from haihe.run.check.scan import impurities
from haihe.run.check.source import PackSource
from haihe.run.check.spoil import SPOILED, cut, spoiled
from haihe.run.check.trusted import leaves_time, notices, tallies_of
from haihe.run.check.words import names
from haihe.run.gate import admitted
from haihe.twin.contract import Fault, Twin

LEVEL = Stream("yard.tank", (Field("level", unit="m", low=0.0, high=10.0),), source="a gauge")
TITLE = Text(zh="液位", en="level")


def rows_of(values: Sequence[float], *, every: int = MINUTE, start_at: int = HOUR) -> Rows:
    observed_at = start_at + np.arange(len(values), dtype=np.int64) * every
    codes = np.zeros(len(values), np.int32)
    numbers = {"level": np.array(values, np.float64)}
    return Rows(LEVEL.name, ("tank/1",), codes, observed_at, numbers, {}, observed_at)


@dataclass
class Tank:
    """A twin whose level leaps over the limit every other minute while a fault lasts."""

    seed: int
    at: int = 0
    fault: Fault | None = None

    @property
    def faults(self) -> tuple[str, ...]:
        return ("leap",)

    def entities(self) -> tuple[Entity, ...]:
        return (Entity(id="tank/1", title=TITLE),)

    def inject(self, fault: Fault) -> None:
        self.fault = fault

    def obey(self, order: Order, *, at: int) -> None:
        del order, at

    def advance(self, until: int) -> Sequence[Rows]:
        fault = self.fault
        leaps = fault is not None and fault.starts_at <= until < fault.ends_at
        high = leaps and until // MINUTE % 2 == 0
        return [replace(rows_of([5.0 if high else 1.0], start_at=until), received_at=None)]


def decide(case: Case, view: View) -> Decision:
    del view
    return Decision(orders=(), why=Text(zh=f"液位 {case.alarms[-1].value}", en="level"))


def is_quiet(seen: Observation) -> bool:
    return seen.numbers["level"] <= 1.0


def leap(start_at: int) -> tuple[Fault, ...]:
    return (Fault("leap", "tank/1", start_at + 10 * MINUTE, start_at + 40 * MINUTE),)


def yard(on_delay: int, *, twin: Callable[[int], Twin] = Tank) -> Pack:
    playbook = Playbook(
        name="level-high",
        title=TITLE,
        stream=LEVEL,
        detect=Limit("level", high=2.0, on_delay=on_delay),
        decide=decide,
        close=Closure(window=10 * MINUTE, at_least=5, holds=is_quiet),
    )
    return Pack(name="yard", title=TITLE, playbooks=(playbook,), twin=twin, demo=leap)


def source_of(pack: Pack) -> PackSource:
    return PackSource(pack, (), "yard", ())


def trusted(pack: Pack) -> tuple[Mark, Mark]:
    exam = examine(source_of(pack), hours=1, say=lambda words: None)
    return leaves_time(exam), notices(exam, tallies_of(exam))


def test_a_chattering_pack_asks_too_much_of_its_operator() -> None:
    load, _ = trusted(yard(0))
    assert load.passed is False
    assert load.found.startswith("15 on the twin's day, 15.00 an hour, 5 in the worst ten minutes")


def test_a_pack_that_waits_too_long_misses_what_the_baseline_finds() -> None:
    day = run_day(pack := yard(5 * MINUTE), hours=1)
    base = plain(pack)
    assert base is not None
    plainly = run_again(base, [day.items], directory=day.directory, withheld=True)
    assert [one.by for one in noticed(day, day.steps)] == [""]
    assert [one.by for one in noticed(day, plainly)] == ["yard.level-high"]
    tally = tally_day(day, plainly, watch="plain limit")
    assert (tally.events, tally.found, tally.false, tally.alarms) == (1, 1, 0, 15)
    _, backtest = trusted(pack)
    assert "nobody noticed leap at tank/1" in backtest.found


def test_what_is_noticed_at_one_fault_is_no_merit_for_the_one_beside_it() -> None:
    day = run_day(yard(0), hours=1)
    beside = replace(day.faults[0], entity="tank/2")
    near = {"tank/1": frozenset({"tank/2"}), "tank/2": frozenset({"tank/1"})}
    both = replace(day, faults=(*day.faults, beside), related=near)
    assert [one.by for one in noticed(both, day.steps)] == ["yard.level-high", ""]
    alone = replace(both, faults=(beside,))
    assert [one.by for one in noticed(alone, day.steps)] == ["yard.level-high"]


def test_a_day_is_the_same_however_its_log_is_cut() -> None:
    day = run_day(pack := yard(0), hours=1)
    again = run_again(pack, cut(day.items), directory=day.directory)
    assert again == list(day.steps)


def test_a_twin_that_fails_costs_the_marks_and_not_the_check() -> None:
    def broken(seed: int) -> Twin:
        raise RuntimeError(f"no twin for seed {seed}")

    load, backtest = trusted(yard(0, twin=broken))
    assert load.passed is False
    assert backtest.passed is False
    assert "no twin for seed" in load.found


def test_the_gate_refuses_what_live_intake_refuses_and_keeps_the_rest() -> None:
    rows = rows_of([1.0, 99.0, float("inf"), float("nan"), 2.0])
    taken = admitted(rows, LEVEL, now=2 * HOUR)
    assert taken.rows is not None
    assert taken.rows.numbers["level"].tolist() == [1.0, 2.0]
    assert [one.reason.value for one in taken.refused] == ["absurd", "not-finite", "empty"]


def test_the_gate_refuses_a_record_of_the_future() -> None:
    taken = admitted(rows_of([1.0, 1.0], every=HOUR), LEVEL, now=HOUR)
    assert [one.reason.value for one in taken.refused] == ["future"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os.path", "imports os.path"),
        ("from numpy.random import normal", "has no seed"),
        ("import numpy as np\nx = np.random.normal()", "has no seed"),
        ("import numpy as np\nx = np.random.default_rng()", "without a seed"),
        ("from haihe import run", "above the pack contract"),
        ("from haihe.packs import gallery", "above the pack contract"),
        ("def f():\n    global x\n    x = 1", "global x"),
        ("def f():\n    print(1)", "calls print()"),
        ("def f(moment):\n    return moment.now()", "reads a clock"),
        ("x = {}\ndef f(a):\n    x[a] = 1", "changes x"),
    ],
)
def test_a_module_that_is_not_pure_is_found_out(code: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(code, encoding="utf-8")
    found = impurities(path, package="haihe_pack_yard")
    assert len(found) == 1
    assert found[0].startswith("module.py:")
    assert told in found[0]


def test_a_pure_module_passes(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "from haihe_pack_yard.words import A\nfrom haihe.model import MINUTE\nX = {}\n"
        "def f(view):\n    found = []\n    found.append(view.now)\n    return found\n",
        encoding="utf-8",
    )
    assert impurities(path, package="haihe_pack_yard") == []


def alarm(value: float, limit: float) -> Alarm:
    return Alarm("yard.x", "tank/25", "yard.tank", "level", Severity.MINOR, value, limit, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "value", "limit", "is_named"),
    [
        ("甲烷 26.7 %LEL，限值 20.0 %LEL", 26.68, 20.0, True),
        ("甲烷26.7，限值20", 26.68, 20.0, True),
        ("methane 26.6, limit 20.0", 26.68, 20.0, False),
        ("methane 26.7 in tank/25", 26.68, 25.0, False),  # An id is no limit.
        ("flow 1,250 of -3.5", 1250.0, -3.5, True),
    ],
)
def test_a_reason_names_value_and_limit_as_far_as_it_rounds(
    text: str, value: float, limit: float, *, is_named: bool
) -> None:
    assert names(text, alarm(value, limit)) is is_named


def test_a_duration_may_be_told_in_minutes() -> None:
    assert names("silent for 5 min, limit 5 min", alarm(300.0, 300.0), units=(1.0, 60.0))
    assert not names("silent for 5 min, limit 5 min", alarm(300.0, 300.0))


CASES = """
- {name: clean, rule: level-high, feed: {tank/1: {level: [1, 3 x 3]}}, expect: {opened: 1}}
- {name: late, rule: level-high, feed: {tank/1: {level: [1, 3 late 1 min]}}, expect: {opened: 1}}
- {name: again, rule: level-high, feed: {tank/1: {level: [1, 3 again]}}, expect: {opened: 1}}
- {name: missing, rule: level-high, feed: {tank/1: {level: [1, _, 3]}}, expect: {opened: 1}}
- {name: silent, rule: level-high, feed: {tank/1: {level: [1, 1, silent, 3]}}, expect: {opened: 1}}
- {name: absurd, rule: level-high, feed: {tank/1: {level: [1, 99]}}, expect: {opened: 0}}
"""


def test_every_kind_of_dirt_is_seen_as_dirt() -> None:
    cases = parse_cases(CASES, pack := yard(0))
    assert [case.name for case in cases if not is_dirty(case, pack)] == ["clean"]


@pytest.mark.parametrize("kind", SPOILED)
def test_a_spoiled_feed_stays_in_order_and_is_the_same_each_time(kind: str) -> None:
    text = (
        "[{name: a, rule: level-high, feed: {tank/1: {level: [1, 3 x 30]}}, expect: {opened: 1}}]"
    )
    (case,) = parse_cases(text, yard(0))
    first, second = spoiled(case, kind), spoiled(case, kind)
    for one, other in zip(first.rows, second.rows, strict=True):
        np.testing.assert_array_equal(one.numbers["level"], other.numbers["level"])
    received = [int(rows.received_at[0]) for rows in first.rows if rows.received_at is not None]
    assert received == sorted(set(received))
    assert len(received) == len(first.rows)
    assert first.end_at >= received[-1]
    for rows in first.rows:
        assert rows.received_at is not None
        assert (rows.received_at >= rows.observed_at).all()
    assert any(
        len(one) != len(other) or not np.array_equal(one.observed_at, other.observed_at)
        for one, other in zip(first.rows, case.rows, strict=False)
    )
