"""``Leak`` on districts whose truth is made here: use with days, weekends and a season."""

from typing import Final

import numpy as np
import pytest

from haihe.detect import Balance, Finding, Leak, LeakSize, Operator, Seen, Store
from haihe.detect.leak_size import lost_since, read_since
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import DAY, HOUR, MINUTE
from tests.detect.streams import cut, find, only_time, plain, restored

MONDAY_AT: Final = 2400 * 7 * DAY + 4 * DAY  # 1970-01-01 was a Thursday.
STEP: Final = 30 * MINUTE
STEPS_DAY: Final = DAY // STEP
WATCH: Final = Leak("flow", zone=0)


def instants(days: int) -> IntArray:
    return MONDAY_AT + STEP * np.arange(days * STEPS_DAY, dtype=np.int64)


def use(days: int, *, seed: int = 1, noise: float = 2.0) -> FloatArray:
    """A district of some 100 m3/h that uses little at night, more at weekends."""
    at = instants(days)
    clock = 2 * np.pi * (at % DAY) / DAY
    weekend = (at - MONDAY_AT) // DAY % 7 >= 5
    shape = 100 - 50 * np.cos(clock) + 15 * np.sin(2 * clock) + 10 * weekend
    flow: FloatArray = shape + noise * np.random.default_rng(seed).standard_normal(len(at))
    return flow


def leaking(flow: FloatArray, *, day: float, size: float, until: float = 1e9) -> FloatArray:
    days = np.arange(len(flow)) / STEPS_DAY
    return flow + size * ((days >= day) & (days < until))


def district(flow: FloatArray) -> Seen:
    at = instants(len(flow) // STEPS_DAY)
    rows = np.arange(len(flow))
    return Seen(1, np.zeros(len(flow), np.int32), at, at, rows, {"flow": flow}, int(at[-1]))


def found_in(flows: list[FloatArray]) -> list[Finding]:
    """What is found in many districts at once, fed one reading of each at a time."""
    count, days = len(flows), len(flows[0]) // STEPS_DAY
    memory, found = WATCH.start(), []
    table, at = np.stack(flows, axis=1), instants(days)
    for row in range(len(at)):
        rows = count * row + np.arange(count)
        now = np.full(count, at[row])
        numbers = {"flow": table[row].copy()}
        slots = np.arange(count, dtype=np.int32)
        memory, some = WATCH.step(memory, Seen(count, slots, now, now, rows, numbers, int(at[row])))
        found += some
    return found


def day_of(finding: Finding) -> float:
    return (finding.observed_at - MONDAY_AT) / DAY


def size_of(finding: Finding) -> LeakSize:
    size = LeakSize.read(finding.detail)
    assert size is not None
    return size


def raised(flow: FloatArray, watch: Leak = WATCH) -> list[Finding]:
    return [finding for finding in find(watch, district(flow)) if finding.raised]


def test_a_leak_of_a_twelfth_of_use_is_told_within_half_a_day_with_size_and_start() -> None:
    found = find(WATCH, district(leaking(use(28), day=20.25, size=8.0)))
    assert [finding.raised for finding in found] == [True, False]
    assert 20.25 < day_of(found[0]) < 20.75
    size = size_of(found[0])
    assert size.low_m3_h < 8.0 < size.high_m3_h
    assert abs(size.since_at - (MONDAY_AT + 20 * DAY + 6 * HOUR)) <= 3 * HOUR
    assert found[0].value > found[0].limit


def test_an_alarm_clears_after_two_days_with_a_narrower_size() -> None:
    first, second = find(WATCH, district(leaking(use(28), day=20.25, size=8.0)))
    assert day_of(second) - day_of(first) == pytest.approx(2.0, abs=0.1)
    early, late = size_of(first), size_of(second)
    assert late.high_m3_h - late.low_m3_h < early.high_m3_h - early.low_m3_h
    assert late.low_m3_h < 8.0 < late.high_m3_h


def test_a_second_leak_is_told_although_the_first_was_never_repaired() -> None:
    flow = leaking(leaking(use(35), day=15.0, size=10.0), day=25.0, size=12.0)
    assert [round(day_of(finding)) for finding in raised(flow)] == [15, 25]


def test_a_second_leak_while_the_first_still_stands_clears_it_and_is_told() -> None:
    found = find(WATCH, district(leaking(leaking(use(28), day=20, size=10), day=20.9, size=20)))
    assert [finding.raised for finding in found] == [True, False, True, False]
    assert found[1].observed_at == found[2].observed_at


def test_ten_quiet_weeks_of_twenty_districts_raise_nothing() -> None:
    assert found_in([use(70, seed=seed) for seed in range(20)]) == []


def test_a_season_that_lifts_demand_by_a_tenth_in_ten_weeks_is_no_leak() -> None:
    flow = use(70)
    assert raised(flow * (1 + 0.1 * np.arange(len(flow)) / len(flow))) == []


def test_a_leak_that_grows_for_weeks_is_told_before_it_is_a_sixth_of_use() -> None:
    flow = use(70)
    days = np.arange(len(flow)) / STEPS_DAY
    found = raised(flow + 30 * np.clip((days - 21) / 42, 0, 1) ** 2)
    assert 21 < day_of(found[0]) < 21 + 42 * (15 / 30) ** 0.5


def test_a_repair_and_what_is_flushed_in_an_hour_raise_nothing() -> None:
    flow = leaking(use(42), day=-1.0, size=15.0, until=25.0)
    flow[30 * STEPS_DAY + 20 : 30 * STEPS_DAY + 22] += 80.0
    assert raised(flow) == []


def test_use_that_falls_back_clears_the_alarm_within_a_day() -> None:
    found = find(WATCH, district(leaking(use(28), day=20.0, size=20.0, until=20.5)))
    assert [finding.raised for finding in found] == [True, False]
    assert day_of(found[1]) < 21.5


def test_a_closed_valve_for_a_day_is_no_leak_when_it_opens() -> None:
    flow = use(35)
    flow[20 * STEPS_DAY : 21 * STEPS_DAY] = 0.0
    assert raised(flow) == []


def test_least_keeps_small_leaks_from_being_told() -> None:
    flow = leaking(use(28), day=20.0, size=8.0)
    assert raised(flow, Leak("flow", zone=0, least=20.0)) == []
    assert raised(leaking(flow, day=24.0, size=40.0), Leak("flow", zone=0, least=20.0))


def test_the_unit_of_the_meter_does_not_matter() -> None:
    flow = leaking(use(28), day=20.0, size=8.0)
    here, there = raised(flow), raised(flow / 3.6, Leak("flow", unit="L/s", zone=0))
    assert [one.value for one in here] == pytest.approx([3.6 * one.value for one in there])
    assert here[0].detail == there[0].detail


def test_a_meter_of_another_range_is_told_once_and_then_learnt_anew() -> None:
    flow = use(60)
    flow[20 * STEPS_DAY :] *= 1000.0
    found = find(WATCH, district(leaking(flow, day=45.0, size=8000.0)))
    assert [round(day_of(one)) for one in found if one.raised] == [20, 45]


def test_missing_hours_and_wild_values_hide_no_leak_and_make_none() -> None:
    flow = leaking(use(28), day=20.0, size=10.0)
    draw = np.random.default_rng(5)
    flow[draw.random(len(flow)) < 0.2] = np.nan
    flow[draw.random(len(flow)) < 0.01] = 1e300
    assert [round(day_of(finding)) for finding in raised(flow)] == [20]


def test_a_balance_finds_in_three_meters_and_a_tank_what_one_meter_shows() -> None:
    flow = leaking(use(28, noise=1.0), day=20.0, size=8.0)
    swing = 1.5 * np.sin(np.arange(len(flow)) / 9.0)
    stored = np.gradient(200.0 * swing, STEP / HOUR)
    out = np.full(len(flow), 30.0)
    numbers = {"a": flow / 2 + stored, "b": flow / 2 + out, "out": out, "level": 3.0 + swing}
    seen = district(flow)
    told = Seen(1, seen.slots, seen.observed_at, seen.received_at, seen.offsets, numbers, seen.now)
    balance = Balance(("a", "b"), outflows=("out",), stores=(Store("level", area_m2=200.0),))
    found = [one for one in find(Leak(balance, zone=0), told) if one.raised]
    assert [round(day_of(finding)) for finding in found] == [20]
    assert size_of(found[0]).low_m3_h < 8.0 < size_of(found[0]).high_m3_h
    assert found[0].field == "a"


def test_districts_cuts_and_snapshots_do_not_change_a_finding() -> None:
    flows = [leaking(use(24, seed=seed), day=17.0 + seed, size=12.0) for seed in range(3)]
    at = np.repeat(instants(24), 3)
    slots = np.tile(np.arange(3, dtype=np.int32), len(flows[0]))
    numbers = {"flow": np.stack(flows, axis=1).ravel()}
    seen = Seen(3, slots, at, at, np.arange(len(at)), numbers, int(at[-1]))
    watch = Operator((("leak", WATCH),))
    _, whole = watch.step(watch.start(), seen)
    memory, parts = watch.start(), []
    ends = sorted({*np.random.default_rng(2).integers(1, len(at), 40).tolist(), len(at)})
    for batch in cut(seen, ends, nows=[int(at[end - 1]) for end in ends]):
        memory, some = watch.step(restored(plain(memory)), batch)
        parts += some
    assert repr(parts) == repr(whole)
    for slot, flow in enumerate(flows):
        alone = [one.detail for one in find(WATCH, district(flow))]
        assert [one.finding.detail for one in whole if one.finding.slot == slot] == alone


def test_time_alone_changes_nothing() -> None:
    memory, found = WATCH.step(WATCH.start(), only_time(MONDAY_AT, names=("flow",)))
    assert found == []
    assert WATCH.due_at(memory) > MONDAY_AT + 1000 * DAY


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Leak("flow", unit="bar"), "unit is 'bar'"),
        (lambda: Leak("flow", least=-1.0), "least is -1.0"),
        (lambda: Balance(()), "at least one inflow"),
        (lambda: Balance(("a",), outflows=("a",)), "each field once"),
        (lambda: Store("level", area_m2=0.0), "area_m2 is 0.0"),
    ],
    ids=["unit", "least", "no inflow", "twice", "no surface"],
)
def test_settings_that_cannot_be_are_refused(make: object, told: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=told):
        make()


def test_a_detail_of_another_detector_is_no_leak_size() -> None:
    assert LeakSize.read("T2: flow 60 %") is None
    assert read_since("T2: flow 60 %") is None


def test_a_known_start_tells_a_size_before_flow_alone_is_sure_and_whatever_the_season() -> None:
    hourly = use(18)[::2] * (1 + 0.02 * np.arange(18 * 24) / 168)
    hourly[15 * 24 :] += 4.0
    size = lost_since(hourly, start=15 * 24, start_at=MONDAY_AT)
    assert size.low_m3_h < 4.0 < size.high_m3_h
    assert size.high_m3_h - size.low_m3_h < 4.0
    with pytest.raises(ValueError, match="336 must lie before"):
        lost_since(hourly, start=300, start_at=MONDAY_AT)
