"""``PressurePairs`` on a district of six sensors that breathe together."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pytest

from haihe.detect import Finding, PressurePairs, Seen
from haihe.model.arrays import FloatArray
from haihe.model.time import DAY, HOUR
from tests.detect.streams import cut, plain, restored

NAMES: Final = ("p1", "p2", "p3", "p4", "p5", "p6")
BEGIN_AT: Final = 2400 * 7 * DAY
WATCH: Final = PressurePairs(NAMES, zone=0)
HOURS_WEEK: Final = 168


def pressures(days: int, *, seed: int = 1) -> FloatArray:
    """Heads of 40 to 60 m that fall with use, the last sensors more than the first."""
    draw = np.random.default_rng(seed)
    hour = np.arange(24 * days)
    drawn = 1 - 0.6 * np.cos(2 * np.pi * hour / 24) + 0.05 * draw.standard_normal(len(hour))
    loss = np.linspace(1.0, 4.0, len(NAMES))
    heads = np.linspace(60.0, 40.0, len(NAMES)) - drawn[:, None] ** 2 * loss
    return np.asarray(heads + 0.03 * draw.standard_normal(heads.shape))


def records(values: FloatArray, *, slots: int = 1) -> Seen:
    rows = len(values)
    at = BEGIN_AT + HOUR * (np.arange(rows) // slots)
    numbers = {name: values[:, i].copy() for i, name in enumerate(NAMES)}
    slot = (np.arange(rows) % slots).astype(np.int32)
    return Seen(slots, slot, at, at, np.arange(rows), numbers, int(at[-1]))


def found(values: FloatArray, *, watch: PressurePairs = WATCH) -> list[Finding]:
    _, findings = watch.step(watch.start(), records(values))
    return list(findings)


def fallen(days: int, *, at: int, by: Sequence[float]) -> FloatArray:
    values = pressures(days)
    values[24 * at :] -= np.array(by)
    return values


def test_a_fall_around_one_sensor_is_told_with_its_name_and_size() -> None:
    first, second = found(fallen(21, at=14, by=(0, 0.02, 0.3, 0.05, 0, 0)))
    assert (first.raised, first.field) == (True, "p3")
    assert 14 * 24 < first.offset < 14 * 24 + 12
    assert 0.15 < first.value < 0.35
    assert first.value > first.limit
    assert re.search(r"below what p\d tells, since 2016-01-1(3T2|4T0)", first.detail)
    assert (second.raised, second.offset - first.offset) == (False, 48)


def test_what_was_measured_is_usual_and_the_next_fall_is_told() -> None:
    values = fallen(28, at=14, by=(0, 0, 0.3, 0, 0, 0))
    values[24 * 22 :] -= np.array((0, 0, 0, 0, 0.4, 0))
    assert [(one.field, one.raised) for one in found(values)] == [
        ("p3", True), ("p3", False), ("p5", True), ("p5", False),
    ]  # fmt: skip


def test_a_repair_raises_nothing_though_the_others_now_lie_below() -> None:
    assert found(fallen(21, at=14, by=(0, -0.02, -0.3, -0.05, 0, 0))) == []


def test_a_fall_of_all_with_use_and_six_quiet_weeks_raise_nothing() -> None:
    assert found(pressures(42)) == []


def test_a_missing_sensor_and_wild_values_hide_nothing_else() -> None:
    values = fallen(21, at=14, by=(0, 0.02, 0.3, 0.05, 0, 0))
    values[24 * 12 :, 5] = np.nan
    values[24 * 13 + 5, 0] = 1e300
    values[24 * 13 + 7] = np.inf
    assert [one.field for one in found(values) if one.raised] == ["p3"]


def test_hours_with_a_missing_sensor_are_learnt_a_week_later() -> None:
    values = fallen(28, at=21, by=(0, 0.02, 0.3, 0.05, 0, 0))
    values[10:20, 2] = np.nan
    memory, findings = WATCH.step(WATCH.start(), records(values))
    assert int(memory.count[0]) == HOURS_WEEK
    assert [one.field for one in findings if one.raised] == ["p3"]


@pytest.mark.parametrize("value", [0.0, 50.0, np.nan, 1e300], ids=["zero", "steady", "nan", "huge"])
def test_pressures_that_never_move_raise_nothing(value: float) -> None:
    assert found(np.full((24 * 12, len(NAMES)), value)) == []


def test_least_keeps_small_falls_from_being_told() -> None:
    values = fallen(21, at=14, by=(0, 0.02, 0.3, 0.05, 0, 0))
    assert found(values, watch=PressurePairs(NAMES, zone=0, least=2.0)) == []


def test_districts_cuts_and_snapshots_change_nothing() -> None:
    parts = [fallen(18, at=14 + i, by=(0, 0, 0.3, 0, 0, 0.2 * i)) for i in range(3)]
    seen = records(np.stack(parts, axis=1).reshape(-1, len(NAMES)), slots=3)
    _, whole = WATCH.step(WATCH.start(), seen)
    ends = sorted({*np.random.default_rng(3).integers(1, len(seen.slots), 30).tolist()})
    ends.append(len(seen.slots))
    memory, again = WATCH.start(), []
    for batch in cut(seen, ends, nows=[int(seen.observed_at[end - 1]) for end in ends]):
        memory, some = WATCH.step(restored(plain(memory)), batch)
        again += some

    def order(one: Finding) -> tuple[int, int]:
        return one.offset, one.slot

    assert repr(sorted(again, key=order)) == repr(sorted(whole, key=order))
    for slot, values in enumerate(parts):
        alone = [(one.value, one.detail) for one in found(values)]
        assert [(one.value, one.detail) for one in whole if one.slot == slot] == alone


@pytest.mark.parametrize(
    ("fields", "told"),
    [(("a", "b", "c"), "4 to 64"), (("a", "b", "c", "a"), "each once")],
    ids=["few", "twice"],
)
def test_sensors_that_cannot_be_compared_are_refused(fields: tuple[str, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        PressurePairs(fields)
