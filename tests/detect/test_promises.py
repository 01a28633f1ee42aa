"""What every detector owes: no cut of a stream, and no snapshot between, changes a finding."""

from collections import defaultdict
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.detect import (
    Absurd,
    Cusum,
    Detector,
    Ewma,
    LevelShift,
    Limit,
    Multivariate,
    Operator,
    Precedence,
    Rate,
    RuleFinding,
    SeasonalBand,
    Seen,
    Sequence,
    Silence,
    Stuck,
    shard_of,
    split_shards,
)
from haihe.model.time import MINUTE, SECOND
from tests.detect.streams import cut, entity_rows, mixed_stream, only_time, plain, restored, rising

DETECTORS: Final[dict[str, Detector[Any]]] = {
    "limit": Limit("level", high=52.0, low=48.0, deadband=0.5),
    "limit-slow": Limit("level", high=52.0, on_delay=9 * SECOND, off_delay=9 * SECOND),
    "rate": Rate("level", MINUTE, rise=20.0, fall=20.0, min_spacing=3 * SECOND, clear_after=2),
    "ewma": Ewma("level", warm_up=4, learn=0.05, width=2.0),
    "ewma-known": Ewma("level", mean=50.0, sigma=2.0, weight=0.4),
    "cusum": Cusum("level", warm_up=4, width=2.0),
    "shift": LevelShift("level", least=2.0, window=3, width=1.0),
    "stuck": Stuck("level", 5 * SECOND, tolerance=0.1, at_least=2),
    "absurd": Absurd("level", low=0.0, high=100.0, clear_after=2),
    "absurd-jump": Absurd("level", max_rate=60.0, per=MINUTE, clear_after=2),
    "silence": Silence(45 * SECOND),
    "sequence": Sequence("state", first=1, then=(2, 3), within=40 * SECOND),
    "precedence": Precedence("state", first=1, then=2, within=40 * SECOND),
    "season": SeasonalBand("level", period=MINUTE, buckets=3, width=1.5, ready=2),
    "multivariate": Multivariate(
        ("level", "flow", "quality"), train=20, window=2, width=0.1, renew_after=40
    ),
}
NAMES: Final = ("level", "flow", "state", "quality")
ALL: Final = Operator(tuple(DETECTORS.items()))
SEEDS: Final = st.integers(0, 2**32 - 1)


def run(operator: Operator, batches: list[Seen]) -> list[RuleFinding]:
    memory, found = operator.start(), []
    for batch in batches:
        memory, some = operator.step(memory, batch)
        found += some
    return found


def ragged(seen: Seen, seed: int) -> list[Seen]:
    """The stream in batches of any size, with empty ones that only bring time between."""
    draw = np.random.default_rng(seed)
    rows = len(seen.slots)
    chance = draw.choice([0.03, 0.3, 1.0])
    ends = np.append(np.flatnonzero(draw.random(rows - 1) < chance) + 1, rows).tolist()
    last = [int(seen.received_at[end - 1]) for end in ends]
    following = [int(seen.received_at[end]) for end in ends[:-1]] + [seen.now]
    nows = [int(draw.integers(a, b + 1)) for a, b in zip(last, following, strict=True)]
    batches = []
    for batch, latest in zip(cut(seen, ends, nows=nows), following, strict=True):
        batches.append(batch)
        if draw.random() < 0.5:
            now = int(draw.integers(batch.now, latest + 1))
            batches.append(only_time(now, entities=batch.entities, names=NAMES))
    return [*batches, only_time(seen.now, entities=seen.entities, names=NAMES)]


@pytest.mark.parametrize("name", DETECTORS)
def test_the_mixed_stream_makes_every_detector_raise_and_clear(name: str) -> None:
    operator = Operator(((name, DETECTORS[name]),))
    found = run(operator, [mixed_stream(1, rows=400)])
    assert {finding.finding.raised for finding in found} == {True, False}


@pytest.mark.parametrize("name", DETECTORS)
@given(seed=SEEDS, rows=st.integers(2, 150), cuts=SEEDS)
def test_no_cut_into_batches_changes_a_finding(name: str, seed: int, rows: int, cuts: int) -> None:
    operator = Operator(((name, DETECTORS[name]),))
    seen = mixed_stream(seed, rows=rows)
    assert repr(run(operator, ragged(seen, cuts))) == repr(run(operator, [seen]))


@given(seed=SEEDS, rows=st.integers(2, 150), cuts=SEEDS)
def test_all_rules_together_find_the_same_in_the_same_order(
    seed: int, rows: int, cuts: int
) -> None:
    seen = mixed_stream(seed, rows=rows)
    whole = run(ALL, [seen])
    places = [(f.finding.at, f.finding.offset, f.rule, f.finding.slot) for f in whole]
    assert places == sorted(places)
    assert repr(run(ALL, ragged(seen, cuts))) == repr(whole)


@given(seed=SEEDS, rows=st.integers(2, 150), cuts=SEEDS)
def test_a_snapshot_between_batches_changes_nothing(seed: int, rows: int, cuts: int) -> None:
    seen = mixed_stream(seed, rows=rows)
    memory, found = ALL.start(), []
    for batch in ragged(seen, cuts):
        memory, some = ALL.step(restored(plain(memory)), batch)
        found += some
    assert repr(found) == repr(run(ALL, [seen]))


@given(seed=SEEDS, rows=st.integers(2, 150), cuts=SEEDS)
def test_as_many_rows_are_late_however_the_stream_is_cut(seed: int, rows: int, cuts: int) -> None:
    seen = mixed_stream(seed, rows=rows)
    mine = [entity_rows(seen, slot) for slot in range(seen.entities)]
    late = sum(len(rows) - int(rising(seen.observed_at[rows]).sum()) for rows in mine)
    memory = ALL.start()
    for batch in ragged(seen, cuts):
        memory, _ = ALL.step(memory, batch)
    assert memory.late == late


@given(seed=SEEDS, rows=st.integers(2, 150))
def test_alarms_are_raised_and_cleared_in_turn_with_numbers_json_can_hold(
    seed: int, rows: int
) -> None:
    by_alarm = defaultdict(list)
    for found in run(ALL, [mixed_stream(seed, rows=rows)]):
        by_alarm[found.rule, found.finding.slot].append(found.finding)
    for findings in by_alarm.values():
        expected = [turn % 2 == 0 for turn in range(len(findings))]
        assert [finding.raised for finding in findings] == expected
        assert np.isfinite([(f.value, f.limit) for f in findings]).all()


@given(seed=SEEDS, rows=st.integers(2, 100))
def test_time_alone_changes_nothing_before_it_is_due(seed: int, rows: int) -> None:
    seen = mixed_stream(seed, rows=rows)
    last = int(seen.received_at[-1])
    memory, _ = ALL.step(ALL.start(), cut(seen, [rows], nows=[last])[0])
    for _ in range(200):
        due = ALL.due_at(memory)
        if due > seen.now:
            return
        memory, found = ALL.step(memory, only_time(due - 1, entities=3, names=NAMES))
        assert found == []
        memory, found = ALL.step(memory, only_time(due, entities=3, names=NAMES))
        assert all(finding.finding.at == due for finding in found)
    raise AssertionError("the due time does not move on")


@given(seed=SEEDS, rows=st.integers(2, 150), cuts=SEEDS)
def test_two_shards_find_what_one_finds(seed: int, rows: int, cuts: int) -> None:
    ids = [f"zone/{i}" for i in range(5)]
    home = shard_of(ids, 2)
    seen = mixed_stream(seed, rows=rows, entities=5)
    parts = [split_shards(batch, home, shards=2) for batch in ragged(seen, cuts)]
    apart = []
    for shard in range(2):
        names = [name for name, place in zip(ids, home.tolist(), strict=True) if place == shard]
        apart += [told(found, names) for found in run(ALL, [part[shard] for part in parts])]
    whole = [told(found, ids) for found in run(ALL, [seen])]
    assert repr(sorted(apart)) == repr(sorted(whole))


def told(found: RuleFinding, names: list[str]) -> tuple[object, ...]:
    """A finding with the entity's id for its slot, the log's order first."""
    one = found.finding
    rest = (one.observed_at, one.raised, one.field, one.value, one.limit, one.detail)
    return (one.at, one.offset, found.rule, names[one.slot], *rest)


BAD_STREAMS: Final = {
    "all missing": [np.nan] * 60,
    "constant": [50.1] * 60,
    "huge": [1e300, -1e300] * 30,
    "infinite": [np.inf, -np.inf, np.nan] * 20,
    "almost huge": [1e100, -1e100, 1e99, 0.0] * 15,
    "tiny": [5e-324, 0.0, -5e-324, 1e-310] * 15,
    "two values": [0.0, 1.0] * 30,
}


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("kind", BAD_STREAMS)
def test_bad_streams_pass_without_a_numerical_warning(name: str, kind: str) -> None:
    values = np.array(BAD_STREAMS[kind])
    rows = len(values)
    at = 10**15 + SECOND * np.arange(rows)
    numbers = {field: values.copy() for field in NAMES}
    seen = Seen(1, np.zeros(rows, np.int32), at, at, np.arange(rows), numbers, int(at[-1]))
    operator = Operator(((name, DETECTORS[name]),))
    one_by_one = cut(seen, range(1, rows + 1), nows=at.tolist())
    whole = run(operator, [seen])
    assert repr(run(operator, one_by_one)) == repr(whole)
    assert all(np.isfinite((f.finding.value, f.finding.limit)).all() for f in whole)
    if kind == "all missing":
        assert whole == []
