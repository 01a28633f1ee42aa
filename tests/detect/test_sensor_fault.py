"""One sensor of seven made faulty in every way, and events that are no fault."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pytest

from haihe.detect import Finding, Kin, Seen, SensorFault
from haihe.model.arrays import FloatArray
from haihe.model.time import MINUTE
from tests.detect.streams import START_AT, cut, plain, restored

ENTITIES: Final = 7
CELLS: Final = 12
BLOCKS: Final = 60
ONSET: Final = 30 * CELLS  # The cell in which a fault begins.
FAULTY: Final = 2  # Its entity.
WATCH: Final = SensorFault(
    "level", MINUTE, kin=(Kin("flow", swaps=True),), cells=CELLS, ready=10, memory=20
)
BEGIN_AT: Final = START_AT // (CELLS * MINUTE) * CELLS * MINUTE
Worlds = tuple[FloatArray, FloatArray]


def calm(blocks: int = BLOCKS, seed: int = 3) -> Worlds:
    """Level and flow of every entity: float64 (entity, cell) each; a city that breathes."""
    draw = np.random.default_rng(seed)
    cells = blocks * CELLS
    city = 20 + 5 * np.sin(np.arange(cells) / 9) + np.cumsum(draw.normal(0, 0.2, cells))
    place = draw.normal(0, 0.3, (ENTITIES, cells))
    height = np.arange(ENTITIES)[:, None] * 3.0
    level = city + height + place + draw.normal(0, 0.2, (ENTITIES, cells))
    flow = 100 - 2 * city + 2 * place + draw.normal(0, 0.05, (ENTITIES, cells))
    return level, flow


def rows(level: FloatArray, flow: FloatArray) -> Seen:
    """Every entity's reading of every minute, in one batch."""
    entities, cells = level.shape
    at = BEGIN_AT + np.repeat(np.arange(cells, dtype=np.int64), entities) * MINUTE
    slots = np.tile(np.arange(entities, dtype=np.int32), cells)
    numbers = {"level": level.T.ravel(), "flow": flow.T.ravel()}
    return Seen(entities, slots, at, at, np.arange(len(at)), numbers, int(at[-1]))


def verdicts(level: FloatArray, flow: FloatArray) -> list[Finding]:
    _, found = WATCH.step(WATCH.start(), rows(level, flow))
    return found


def first(level: FloatArray, flow: FloatArray) -> tuple[int, str]:
    """Who was named first, and as what."""
    found = verdicts(level, flow)[0]
    assert found.raised
    assert found.observed_at > BEGIN_AT + ONSET * MINUTE
    return found.slot, found.detail.partition(":")[0].split(" for ")[0]


def stuck(level: FloatArray, flow: FloatArray) -> None:
    level[FAULTY, ONSET:] = level[FAULTY, ONSET]


def offset(level: FloatArray, flow: FloatArray) -> None:
    level[FAULTY, ONSET:] += 3.0


def drifting(level: FloatArray, flow: FloatArray) -> None:
    level[FAULTY, ONSET:] += np.arange(level.shape[1] - ONSET) * 0.5 / CELLS


def spiking(level: FloatArray, flow: FloatArray) -> None:
    level[FAULTY, ONSET + 3 :: CELLS // 2] += 15.0


def swapped_kin(level: FloatArray, flow: FloatArray) -> None:
    told = level[FAULTY, ONSET:].copy()
    level[FAULTY, ONSET:], flow[FAULTY, ONSET:] = flow[FAULTY, ONSET:], told


def swapped_peer(level: FloatArray, flow: FloatArray) -> None:
    level[FAULTY, ONSET:], level[0, ONSET:] = level[0, ONSET:].copy(), level[FAULTY, ONSET:].copy()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (stuck, "stuck"),
        (offset, "offset"),
        (drifting, "drifting"),
        (spiking, "spiking"),
        (swapped_kin, "swapped with flow"),
    ],
)
def test_each_fault_is_named_on_its_sensor(
    fault: Callable[[FloatArray, FloatArray], None], kind: str
) -> None:
    level, flow = calm()
    fault(level, flow)
    assert first(level, flow) == (FAULTY, kind)


def test_two_sensors_exchanged_are_both_named_with_each_other() -> None:
    level, flow = calm()
    swapped_peer(level, flow)
    found = verdicts(level, flow)
    told = {(each.slot, each.detail.partition(":")[0]) for each in found}
    assert told == {
        (0, f"swapped with entity number {FAULTY}"),
        (FAULTY, "swapped with entity number 0"),
    }


def test_a_calm_city_is_left_alone() -> None:
    assert verdicts(*calm(200)) == []


def test_what_all_peers_show_is_an_event() -> None:
    level, flow = calm()
    level[:, ONSET : ONSET + 80] += 40.0
    level[:, ONSET + 200] += 60.0
    assert verdicts(level, flow) == []


def test_what_the_kin_of_one_place_confirm_is_an_event() -> None:
    level, flow = calm()
    level[FAULTY, ONSET:] += 1.5
    flow[FAULTY, ONSET:] += 3.0  # As learnt: what lifts the level of a place lifts its flow twice.
    assert verdicts(level, flow) == []


def test_physics_confirms_what_was_never_seen_before() -> None:
    level, flow = calm()
    flow[:] = np.random.default_rng(1).normal(0, 0.02, flow.shape)
    leak = np.minimum(np.arange(level.shape[1] - ONSET) * 0.2, 12.0)
    level[FAULTY, ONSET:] += leak
    flow[FAULTY, ONSET:] -= leak / 10
    known = SensorFault(
        "level", MINUTE, kin=(Kin("flow", slope=-10.0),), cells=CELLS, ready=10, memory=20
    )
    _, found = known.step(known.start(), rows(level, flow))
    assert FAULTY not in {each.slot for each in found}
    assert FAULTY in {each.slot for each in verdicts(level, flow)}


def test_a_finding_says_what_was_seen_and_what_was_expected() -> None:
    level, flow = calm()
    offset(level, flow)
    (raised,) = verdicts(level, flow)
    assert raised.value - raised.limit == pytest.approx(3.0, abs=0.5)
    assert (raised.field, raised.raised) == ("level", True)
    assert "left over: offset" in raised.detail


def test_a_verdict_is_cleared_when_the_sensor_is_mended() -> None:
    level, flow = calm()
    level[FAULTY, ONSET : ONSET + 10 * CELLS] += 3.0
    assert [each.raised for each in verdicts(level, flow)] == [True, False]


def test_a_sensor_of_another_range_is_named_and_in_time_becomes_the_normal() -> None:
    level, flow = calm(160)
    level[FAULTY, ONSET:] += 300
    found = verdicts(level, flow)
    assert [(each.slot, each.raised) for each in found] == [(FAULTY, True), (FAULTY, False)]
    after = (found[1].observed_at - found[0].observed_at) // (CELLS * MINUTE)
    assert after == 60


def test_a_sensor_at_rest_at_the_end_of_its_range_is_not_stuck() -> None:
    level, flow = calm()
    level -= level.min() + 4.0
    flow[:] = 0.0
    told = np.maximum(level, 0.0)
    limited = SensorFault("level", MINUTE, cells=CELLS, ready=10, memory=20, low=0.0)
    _, found = limited.step(limited.start(), rows(told, flow))
    assert [each for each in found if each.detail.startswith("stuck")] == []


def test_two_entities_cannot_judge_each_other() -> None:
    level, flow = calm()
    offset(level, flow)
    assert verdicts(level[1:3], flow[1:3]) == []


def test_missing_peers_do_not_blame_those_who_speak() -> None:
    level, flow = calm()
    level[0, ONSET : ONSET + 100] = np.nan
    flow[1, ONSET + 50 :] = np.nan
    assert verdicts(level, flow) == []


def test_an_entity_that_joins_late_is_judged_once_it_is_known() -> None:
    level, flow = calm(90)
    level[FAULTY, : 20 * CELLS] = flow[FAULTY, : 20 * CELLS] = np.nan
    level[FAULTY, 60 * CELLS :] += 3.0
    assert [each.slot for each in verdicts(level, flow)] == [FAULTY]


def worst(seed: int) -> Seen:
    """All faults at once, and values as bad as they come, in rows that are lost, late or jump."""
    draw = np.random.default_rng(seed)
    level, flow = calm(45, seed=seed % 7)
    for fault in (stuck, offset, drifting, spiking, swapped_kin):
        fault(level, flow) if draw.random() < 0.3 else None
    for values in (level, flow):
        spots = draw.random(values.shape) < 0.03
        bad = [np.nan, np.inf, -np.inf, 1e300, -1e300, 1e99, 0.0]
        values[spots] = draw.choice(bad, int(spots.sum()))
    seen = rows(level, flow)
    jump = np.where(seen.observed_at > BEGIN_AT + 20 * CELLS * MINUTE, 61 * MINUTE, 0)
    kept = draw.random(len(seen.slots)) > 0.1
    at = (seen.observed_at + jump)[kept]
    return Seen(
        ENTITIES, seen.slots[kept], at + draw.integers(0, 9, len(at)), at, np.arange(len(at)),
        {name: values[kept] for name, values in seen.numbers.items()}, int(at[-1]),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_no_cut_and_no_snapshot_changes_a_finding(seed: int) -> None:
    seen = worst(seed)
    draw = np.random.default_rng(seed)
    ends = [*np.flatnonzero(draw.random(len(seen.slots) - 1) < 0.1) + 1, len(seen.slots)]
    memory, found = WATCH.start(), []
    for batch in cut(seen, ends, nows=[int(seen.received_at[end - 1]) for end in ends]):
        memory, some = WATCH.step(restored(plain(memory)), batch)
        found += some
    _, whole = WATCH.step(WATCH.start(), seen)
    assert repr(found) == repr(whole)
    assert np.isfinite([(each.value, each.limit) for each in whole]).all()


def test_row_by_row_is_the_same_as_all_at_once() -> None:
    level, flow = calm(40)
    drifting(level, flow)
    seen = rows(level, flow)
    memory, found = WATCH.start(), []
    for batch in cut(seen, range(1, len(seen.slots) + 1), nows=seen.received_at.tolist()):
        memory, some = WATCH.step(memory, batch)
        found += some
    assert repr(found) == repr(verdicts(level, flow))
    assert found


@pytest.mark.parametrize(
    "values",
    [[np.nan], [50.1], [1e300, -1e300], [np.inf, np.nan], [1e100, -1e100], [5e-324], [0.0, 1.0]],
)
def test_bad_streams_pass_without_a_numerical_warning(values: list[float]) -> None:
    told = np.resize(np.array(values), (ENTITIES, 30 * CELLS))
    verdicts(told, told.copy())
    level, flow = calm(30)
    level[FAULTY] = told[FAULTY]
    verdicts(level, flow)
    rooted = SensorFault("level", MINUTE, floor=5.0, cells=CELLS, ready=3)
    rooted.step(rooted.start(), rows(level, flow))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SensorFault("level", 0), "every is 0"),
        (lambda: SensorFault("level", MINUTE, cells=11), "cells is 11"),
        (lambda: SensorFault("level", MINUTE, ready=2), "ready is 2"),
        (lambda: SensorFault("level", MINUTE, memory=5), "memory is 5"),
        (lambda: SensorFault("level", MINUTE, kin=(Kin("level"),)), "each once"),
        (lambda: SensorFault("level", MINUTE, floor=0.0), "floor is 0.0"),
        (lambda: SensorFault("level", MINUTE, low=1.0, high=1.0), "high is 1.0"),
        (
            lambda: SensorFault("level", MINUTE, floor=1.0, kin=(Kin("flow", slope=2.0),)),
            "plain units",
        ),
    ],
)
def test_settings_without_sense_are_refused(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()
