from dataclasses import replace
from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haihe.detect import Anomaly, Finding, Operator, Seen
from haihe.detect.anomaly import QUIET, AnomalyMemory
from haihe.detect.reading import WARM_UP
from haihe.detect.surprise import hour_of
from haihe.model.arrays import FloatArray
from haihe.model.time import DAY, HOUR, MINUTE
from tests.detect.streams import (
    START_AT,
    column,
    cut,
    find,
    mixed_stream,
    plain,
    restored,
    turns_at,
)

ANOMALY = Anomaly("level")
EAGER = Anomaly("level", threshold=0.2)  # Raises and clears all the time, for the promises.
SEEDS = st.integers(0, 2**32 - 1)


def noise(rows: int, *, seed: int = 1) -> FloatArray:
    return np.random.default_rng(seed).normal(50.0, 1.0, rows)


def raised(found: list[Finding]) -> list[int]:
    return [row for row, up in turns_at(found) if up]


def many(seed: int, *, rounds: int, entities: int = 40) -> Seen:
    """Rows of many entities, so many at a time that arrays carry them; some missing or absurd."""
    draw = np.random.default_rng(seed)
    rows = rounds * entities
    slots = np.concatenate([draw.permutation(entities) for _ in range(rounds)]).astype(np.int32)
    scale = 10.0 ** draw.integers(-3, 4, entities)
    level = draw.normal(0, 1, rows)
    level[draw.random(rows) < 0.02] += 20.0
    level *= scale[slots]
    level[draw.random(rows) < 0.2] = 0.0
    bad = np.array([np.nan, np.inf, -np.inf, 1e300, -0.0, 1e99])
    spots = draw.random(rows) < 0.03
    level[spots] = draw.choice(bad, int(spots.sum()))
    at = START_AT + np.repeat(np.cumsum(draw.integers(1, 3 * HOUR, rounds)), entities)
    at += draw.integers(0, 2, rows) * HOUR  # Not all rows of a round fall into one hour.
    at = START_AT + np.repeat(np.arange(rounds), entities) * 5 * HOUR + at % HOUR
    return Seen(entities, slots, at, at, np.arange(rows), {"level": level}, int(at[-1]))


def one_by_one(detector: Anomaly, seen: Seen) -> tuple[AnomalyMemory, list[Finding]]:
    memory, found = detector.start(), []
    ends = list(range(1, len(seen.slots) + 1))
    for batch in cut(seen, ends, nows=seen.received_at.tolist()):
        whole = replace(batch, entities=seen.entities)
        memory, some = detector.step(memory, whole)
        found += some
    return memory, found


def ordered(found: list[Finding]) -> list[str]:
    return [repr(finding) for finding in sorted(found, key=lambda one: (one.offset, one.raised))]


@settings(max_examples=20)  # Each is a thousand rows one by one.
@given(seed=SEEDS)
def test_rows_one_by_one_and_in_columns_leave_the_same_bits(seed: int) -> None:
    seen = many(seed, rounds=12)
    eager = replace(EAGER, threshold=0.05)
    for detector in (ANOMALY, eager):
        memory, found = detector.step(detector.start(), seen)
        alone, told = one_by_one(detector, seen)
        assert plain(memory) == plain(alone)
        assert ordered(found) == ordered(told)


def test_they_still_do_once_alarms_are_raised() -> None:
    seen = many(3, rounds=WARM_UP + 200, entities=30)
    often = Anomaly("level", threshold=0.8)
    memory, found = often.step(often.start(), seen)
    alone, told = one_by_one(often, seen)
    assert {finding.raised for finding in found} == {True, False}
    assert plain(memory) == plain(alone)
    assert ordered(found) == ordered(told)


@settings(max_examples=30)
@given(seed=SEEDS, cuts=SEEDS)
def test_neither_a_cut_nor_a_snapshot_changes_a_finding(seed: int, cuts: int) -> None:
    seen = mixed_stream(seed, rows=700)
    operator = Operator((("a", EAGER),))
    _, whole = operator.step(operator.start(), seen)
    ends = sorted({*np.random.default_rng(cuts).integers(1, 700, 5).tolist(), 700})
    memory, found = operator.start(), []
    for batch in cut(seen, ends, nows=[int(seen.received_at[end - 1]) for end in ends]):
        memory, some = operator.step(restored(plain(memory)), batch)
        found += some
    assert repr(found) == repr(whole)
    assert all(isfinite(one.finding.value) and isfinite(one.finding.limit) for one in whole)


def test_an_entity_does_not_feel_the_others() -> None:
    seen = many(5, rounds=WARM_UP + 30, entities=30)
    _, found = EAGER.step(EAGER.start(), seen)
    mine = np.flatnonzero(seen.slots == 7)
    alone = Seen(
        30, seen.slots[mine], seen.observed_at[mine], seen.received_at[mine], seen.offsets[mine],
        {"level": seen.numbers["level"][mine]}, seen.now,
    )  # fmt: skip
    assert ordered(find(EAGER, alone)) == ordered([one for one in found if one.slot == 7])


def test_it_never_looks_ahead() -> None:
    values = noise(900)
    values[700] = 90.0
    _, whole = ANOMALY.score(ANOMALY.start(), column(values.tolist()))
    _, part = ANOMALY.score(ANOMALY.start(), column(values[:750].tolist()))
    assert whole[:750].tolist() == part.tolist()


def test_a_score_of_half_is_where_it_raises() -> None:
    values = noise(3000)
    values[[1000, 2000]] = [80.0, 10.0]
    seen = column(values.tolist())
    _, scores = ANOMALY.score(ANOMALY.start(), seen)
    assert np.flatnonzero(scores >= 0.5).tolist() == raised(find(ANOMALY, seen))
    assert {1000, 2000} <= set(raised(find(ANOMALY, seen)))
    assert scores.min() >= 0.0
    assert scores.max() < 1.0


def test_the_reason_names_the_value_the_edge_and_the_view() -> None:
    # Ten for ever, so level and hour are 10 and nothing was ever away from them.
    (up, down) = find(ANOMALY, column([10.0] * 300 + [13.0] + [10.0] * 299))[:2]
    assert (up.raised, up.offset, up.value, up.limit) == (True, 300, 13.0, 10.0)
    assert up.detail == "unlike its level: 999 times the greatest before"
    assert (down.raised, down.detail) == (False, "")


def test_one_episode_is_one_alarm_and_ends_after_a_quiet_time() -> None:
    values = noise(2000)
    values[1500:1505] = 90.0
    found = [one for one in find(ANOMALY, column(values.tolist())) if one.offset >= 1500]
    assert [one.raised for one in found[:2]] == [True, False]
    assert found[0].offset == 1500
    assert 1504 + QUIET <= found[1].offset <= 1520 + QUIET


def test_a_new_level_is_told_once_and_becomes_normal() -> None:
    values = noise(6000)
    values[3000:] += 30.0
    found = [row for row in raised(find(ANOMALY, column(values.tolist()))) if row >= 3000]
    assert found[0] == 3000
    assert len([row for row in found if row < 4000]) <= 2


def test_slow_drift_is_no_news() -> None:
    still = noise(20_000)
    drifting = still + np.arange(20_000) * 0.005
    told = [raised(find(ANOMALY, column(values.tolist()))) for values in (still, drifting)]
    assert len(told[1]) <= len(told[0]) + 5


def by_hour(days: int, *, every: int = 10 * MINUTE) -> FloatArray:
    """10 by night, 50 by day, a little noise."""
    at = START_AT + np.arange(days * DAY // every) * every
    night = at // HOUR % 24 < 12
    return np.where(night, 10.0, 50.0) + np.random.default_rng(4).normal(0, 0.5, len(at))


def test_what_is_normal_at_noon_is_told_at_night() -> None:
    values = by_hour(28)
    at = START_AT + np.arange(len(values)) * 10 * MINUTE
    night = int(np.flatnonzero((at >= START_AT + 24 * DAY) & (at // HOUR % 24 == 5))[0])
    values[night] = 50.0
    found = find(ANOMALY, column(values.tolist(), every=10 * MINUTE))
    told = next(one for one in found if one.offset == night)
    assert (told.raised, told.value) == (True, 50.0)
    assert told.detail.startswith("unlike this hour of the week")
    assert 10.0 < told.limit < 50.0


def test_unrest_is_told_where_no_single_value_is_unusual() -> None:
    steady = 50 + 10 * np.sin(np.arange(4000) / 40)
    restless = steady.copy()
    restless[3000:3100] = np.where(np.arange(100) % 2, 59.0, 41.0)
    found = find(ANOMALY, column(restless.tolist()))
    told = next(one for one in found if one.raised and one.offset >= 3000)
    assert told.offset < 3020
    assert told.detail.startswith(("more unrest", "unlike"))


@pytest.mark.parametrize(
    "values",
    [
        [7.0] * 3000,
        [0.1] * 3000,
        [np.nan] * 3000,
        [np.inf, -np.inf] * 1500,
        [1e300, -1e300] * 1500,
        [0.0, 1.0] * 1500,
        [7.0] * 1500 + [np.nan] * 1500,
    ],
    ids=["constant", "tenths", "missing", "infinite", "absurd", "two values", "falls silent"],
)
def test_nothing_is_told_of(values: list[float]) -> None:
    assert find(ANOMALY, column(values)) == []


def test_absurd_values_are_passed_over() -> None:
    values = noise(2000)
    dirty = values.copy()
    dirty[[600, 900, 1200]] = [np.inf, 1e300, np.nan]
    kept = np.isin(np.arange(2000), [600, 900, 1200], invert=True)
    seen = column(dirty.tolist())
    clean = Seen(
        1, seen.slots[kept], seen.observed_at[kept], seen.received_at[kept], seen.offsets[kept],
        {"level": values[kept]}, seen.now,
    )  # fmt: skip
    assert ordered(find(ANOMALY, seen)) == ordered(find(ANOMALY, clean))


def test_the_largest_values_it_takes_overflow_nowhere() -> None:
    values = [1e100, -1e100] * 200 + [0.0] * 200 + [1e100] * 50
    for finding in find(EAGER, column(values)):
        assert isfinite(finding.value)
        assert isfinite(finding.limit)


def test_a_sensor_of_another_range_is_told_of_and_then_watched_in_its_own() -> None:
    before, after = noise(3000) * 100, noise(40_000, seed=2) / 50
    after[39_000] = 30.0
    found = raised(find(ANOMALY, column(np.concatenate([before, after]).tolist())))
    assert 3000 in found
    assert 42_000 in found


def test_a_clock_change_is_learnt_within_a_week() -> None:
    values = by_hour(70)
    shifted = np.concatenate([values[: 35 * 144], values[35 * 144 - 6 : -6]])
    found = np.array(raised(find(ANOMALY, column(shifted.tolist(), every=10 * MINUTE)))) // 144
    quiet, change, after = found < 35, (found >= 35) & (found < 42), found >= 42
    assert change.any()
    assert after.sum() <= 28 / 35 * quiet.sum() + 2


def test_irregular_and_lost_readings_make_no_difference_to_what_is_usual() -> None:
    draw = np.random.default_rng(6)
    seen = column(by_hour(28).tolist(), every=10 * MINUTE)
    kept = np.sort(draw.permutation(len(seen.slots))[: len(seen.slots) // 2])
    some = Seen(
        1, seen.slots[kept], seen.observed_at[kept], seen.received_at[kept], seen.offsets[kept],
        {"level": seen.numbers["level"][kept]}, seen.now,
    )  # fmt: skip
    assert len(raised(find(ANOMALY, some))) <= 8


def test_nothing_is_told_before_it_knows_the_entity() -> None:
    values = noise(WARM_UP)
    values[-1] = 1e6
    assert find(ANOMALY, column(values.tolist())) == []


def test_hours_of_the_week_repeat_after_seven_days() -> None:
    at = np.array([START_AT, START_AT + 7 * DAY, START_AT + 7 * DAY + HOUR])
    first, again, next_hour = hour_of(at).tolist()
    assert first == again
    assert next_hour == (first + 1) % 168


def test_a_threshold_that_all_would_pass_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Anomaly\.threshold is 0"):
        Anomaly("level", threshold=0)
