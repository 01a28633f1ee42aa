"""The gallery's twin: its physics, its faults, its orders, and its bytes always the same."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haihe.model import HOUR, MINUTE, SECOND, Rows
from haihe.packs.gallery import GalleryTwin, demo_faults, pack, physics
from haihe.packs.gallery.orders import device_order
from haihe.packs.gallery.physics import Inflow
from haihe.twin import Fault

START_AT = 1_767_225_600 * SECOND  # 2026-01-01T08:00:00+08:00.
LEAK = Fault("gas-leak", "zone/4", START_AT, START_AT + 10 * HOUR, 300.0)
NO_AIR = np.zeros(6)


def a_twin(*faults: Fault, seed: int = 1, zones: int = 8) -> GalleryTwin:
    twin = GalleryTwin(seed, zones=zones)
    twin.advance(START_AT)
    for fault in faults:
        twin.inject(fault)
    return twin


def digest(many: Sequence[Rows]) -> str:
    found = hashlib.sha256()
    for rows in many:
        found.update(f"{rows.stream} {rows.ids}".encode())
        found.update(rows.codes.tobytes() + rows.observed_at.tobytes())
        for name, column in rows.numbers.items():
            found.update(name.encode() + column.tobytes())
    return found.hexdigest()


def told(many: Sequence[Rows], stream: str, *, entity: str, field: str) -> list[float]:
    return [
        float(rows.numbers[field][rows.ids.index(entity)])
        for rows in many
        if rows.stream == stream and entity in rows.ids
    ]


def busy_twin(seed: int = 1) -> GalleryTwin:
    twin = a_twin(LEAK, seed=seed)
    end_at = START_AT + 9 * MINUTE
    twin.inject(Fault("flood", "zone/2", START_AT + MINUTE, end_at, 60.0))
    twin.inject(Fault("sensor-silent", "zone/6", START_AT + 2 * MINUTE, end_at))
    twin.inject(Fault("pump-failing", "pump/2-1", START_AT, end_at, 8.0))
    twin.obey(device_order("fan-start", "zone/4"), at=START_AT + 3 * MINUTE)
    twin.obey(device_order("pump-start", "pump/2-2"), at=START_AT + 4 * MINUTE)
    return twin


@settings(max_examples=10)
@given(st.lists(st.integers(0, 300), max_size=4))
def test_however_advance_is_cut_the_bytes_are_the_same(cuts: list[int]) -> None:
    whole, parts = busy_twin(), busy_twin()
    found: list[Rows] = []
    for cut in [*sorted(cuts), 300]:
        found += parts.advance(START_AT + cut * SECOND)
    assert digest(found) == digest(whole.advance(START_AT + 300 * SECOND))


def test_another_seed_gives_other_observations() -> None:
    until = START_AT + MINUTE
    assert digest(busy_twin(1).advance(until)) != digest(busy_twin(2).advance(until))


def test_observations_come_in_order_of_time_and_within_their_range() -> None:
    streams = {stream.name: stream for stream in pack.all_streams}
    many = busy_twin().advance(START_AT + 10 * MINUTE)
    at = [int(rows.observed_at[0]) for rows in many]
    assert at == sorted(at)
    seen = {rows.stream for rows in many}
    assert seen | {"gallery.patrol", "gallery.machine"} == set(streams)  # Told when they happen.
    for rows in many:
        stream = streams[rows.stream]
        assert list(rows.numbers) == [field.name for field in stream.numbers]
        for field in stream.numbers:
            column = rows.numbers[field.name]
            assert field.low is not None
            assert field.high is not None
            told = column[~np.isnan(column)]
            assert np.all((told >= field.low) & (told <= field.high))


def test_mixing_between_zones_neither_makes_nor_loses_gas() -> None:
    air = np.arange(30.0).reshape(5, 6)
    after = physics.mixed(air, [], volume_m3=1000.0, door_m3_h=np.full(4, 200.0), hours=0.1)
    assert after.sum(axis=0) == pytest.approx(air.sum(axis=0), rel=1e-12)
    assert np.ptp(after[:, physics.METHANE]) < np.ptp(air[:, physics.METHANE])


def test_a_leak_adds_its_volume_and_pushes_oxygen_out() -> None:
    air = np.array([[0.0, 20.9, 0.0, 0.0, 18.0, 10.0]])
    leak = Inflow(np.array([60.0]), np.array([100.0, 0.0, 0.0, 0.0, 18.0, 10.0]))
    after = physics.mixed(air, [leak], volume_m3=1440.0, door_m3_h=np.empty(0), hours=1 / 60)
    # One cubic metre of methane in 1,440: 100 / 1440 %VOL more, 20.9 / 1440 %VOL oxygen less.
    assert after[0, physics.METHANE] == pytest.approx(100.0 / 1440.0)
    assert after[0, physics.OXYGEN] == pytest.approx(20.9 - 20.9 / 1440.0)


def test_fresh_air_carries_gas_off_at_the_rate_of_its_air_changes() -> None:
    air = np.array([[1.0, 20.9, 0.0, 0.0, 18.0, 10.0]])
    fresh = Inflow(np.array([17_280.0]), np.array([0.0, 20.9, 0.0, 0.0, 18.0, 10.0]))
    for _ in range(300):
        air = physics.mixed(air, [fresh], volume_m3=1440.0, door_m3_h=np.empty(0), hours=1 / 3600)
    # Twelve changes an hour over five minutes: exp(-1).
    assert air[0, physics.METHANE] == pytest.approx(np.exp(-1.0), rel=0.01)


@given(st.floats(0.0, 20_000.0), st.floats(1.0, 20_000.0))
def test_more_ventilation_never_leaves_more_gas(slow_m3_h: float, more_m3_h: float) -> None:
    air = np.array([[2.0, 20.0, 5.0, 30.0, 18.0, 10.0]])

    def after(fresh_m3_h: float) -> float:
        fresh = Inflow(np.array([fresh_m3_h]), NO_AIR)
        mixed = physics.mixed(air, [fresh], volume_m3=1440.0, door_m3_h=np.empty(0), hours=1 / 360)
        return float(mixed[0, physics.METHANE])

    assert after(slow_m3_h + more_m3_h) < after(slow_m3_h)


def test_saturation_follows_the_tables_of_moist_air() -> None:
    # CRC Handbook: 4.85, 9.40, 17.3 and 30.4 g/m3 at 0, 10, 20 and 30 degC.
    found = physics.saturation_g_m3(np.array([0.0, 10.0, 20.0, 30.0]))
    assert found == pytest.approx([4.85, 9.40, 17.3, 30.4], rel=0.005)


def test_the_street_is_warmest_in_the_afternoon_and_coldest_before_dawn() -> None:
    hours = range(24)  # START_AT is eight in the morning in Beijing.
    degc = [physics.outside_air(START_AT + hour * HOUR)[physics.DEGC] for hour in hours]
    assert (int(np.argmax(degc)), int(np.argmin(degc))) == (7, 19)
    assert max(degc) == pytest.approx(18.0)
    assert min(degc) == pytest.approx(8.0)


def test_without_orders_a_leak_stays_high() -> None:
    twin = a_twin(LEAK)
    twin.advance(START_AT + 30 * MINUTE)
    assert twin.methane_lel[3] > 100.0


def test_fans_and_shut_off_clear_a_leak_within_minutes() -> None:
    twin = a_twin(LEAK)
    twin.advance(START_AT + 4 * MINUTE)
    assert twin.methane_lel[3] > 20.0
    for zone in ("zone/3", "zone/4", "zone/5"):
        twin.obey(device_order("fan-start", zone), at=START_AT + 4 * MINUTE)
    twin.obey(device_order("gas-shut-off", "zone/4"), at=START_AT + 4 * MINUTE)
    twin.advance(START_AT + 15 * MINUTE)
    assert twin.methane_lel.max() < 5.0


def test_fans_alone_hold_a_leak_of_five_lel_a_minute_under_the_cut_off() -> None:
    # 4.9 %LEL a minute in 1,440 m3 are 212 m3/h; see ``vent_methane``.
    twin = a_twin(Fault("gas-leak", "zone/4", START_AT, START_AT + 10 * HOUR, 212.0))
    twin.obey(device_order("fan-start", "zone/4"), at=START_AT + 5 * MINUTE)
    twin.advance(START_AT + 2 * HOUR)
    assert 20.0 < twin.methane_lel[3] < 25.0


def test_a_repaired_leak_is_vented() -> None:
    twin = a_twin(Fault("gas-leak", "zone/4", START_AT, START_AT + 10 * MINUTE, 300.0))
    twin.obey(device_order("fan-start", "fan/4"), at=START_AT + 5 * MINUTE)
    twin.advance(START_AT + 10 * MINUTE)
    assert twin.methane_lel[3] > 20.0
    twin.advance(START_AT + 25 * MINUTE)
    assert twin.methane_lel[3] < 5.0


def test_nitrogen_drives_the_oxygen_out_and_a_fan_brings_it_back() -> None:
    twin = a_twin(Fault("oxygen-low", "zone/4", START_AT, START_AT + 3 * HOUR, 500.0))
    low = told(twin.advance(START_AT + 20 * MINUTE), "gallery.air", entity="zone/4", field="oxygen")
    assert low[-1] < 19.5
    twin.obey(device_order("fan-start", "zone/4"), at=START_AT + 20 * MINUTE)
    high = told(
        twin.advance(START_AT + 50 * MINUTE), "gallery.air", entity="zone/4", field="oxygen"
    )
    assert high[-1] > 20.0


def test_a_calm_day_raises_no_reading_near_a_limit() -> None:
    twin = GalleryTwin(1, zones=8, step=MINUTE)
    twin.advance(START_AT)
    for rows in twin.advance(START_AT + 24 * HOUR):
        if rows.stream == "gallery.air":
            assert rows.numbers["methane"].max() < 2.0
            assert rows.numbers["oxygen"].min() > 20.0
            assert rows.numbers["h2s"].max() < 2.0
            assert rows.numbers["co"].max() < 5.0
            assert rows.numbers["temperature"].max() < 30.0
        elif rows.stream == "gallery.water":
            assert rows.numbers["level"].max() < 1.0
        elif rows.stream == "gallery.pump":
            assert rows.numbers["vibration"].max() < 2.8


def test_a_flood_beats_the_duty_pump_and_the_standby_beats_the_flood() -> None:
    flood = Fault("flood", "zone/2", START_AT, START_AT + 10 * HOUR, 50.0)
    twin = a_twin(flood)
    level = told(
        twin.advance(START_AT + 8 * MINUTE), "gallery.water", entity="zone/2", field="level"
    )
    assert level[-1] > 1.2
    twin.obey(device_order("pump-start", "pump/2-2"), at=START_AT + 8 * MINUTE)
    level = told(
        twin.advance(START_AT + 40 * MINUTE), "gallery.water", entity="zone/2", field="level"
    )
    assert level[-1] < 1.0


def test_no_order_makes_a_pump_run_dry() -> None:
    twin = a_twin()
    twin.obey(device_order("pump-start", "zone/2"), at=START_AT)
    level = told(twin.advance(START_AT + 2 * HOUR), "gallery.water", entity="zone/2", field="level")
    assert min(level) > 0.1


def test_a_failing_pump_shakes_and_gives_less_until_it_is_repaired() -> None:
    fault = Fault("pump-failing", "pump/2-1", START_AT, START_AT + HOUR, 8.0)
    twin = a_twin(fault)
    twin.obey(device_order("pump-start", "pump/2-1"), at=START_AT)
    twin.inject(Fault("flood", "zone/2", START_AT, START_AT + HOUR, 50.0))
    many = twin.advance(START_AT + 30 * MINUTE)
    assert told(many, "gallery.pump", entity="pump/2-1", field="vibration")[-1] > 7.1
    assert told(many, "gallery.pump", entity="pump/2-1", field="flow")[-1] < 20.0
    later = twin.advance(START_AT + 4 * HOUR)
    assert max(told(later[-200:], "gallery.pump", entity="pump/2-1", field="vibration")) < 2.8


def test_sensor_faults_are_silent_stuck_or_absurd_and_end() -> None:
    until = START_AT + 5 * MINUTE
    twin = a_twin(
        Fault("sensor-silent", "zone/1", START_AT, until),
        Fault("sensor-stuck", "zone/2", START_AT, until),
        Fault("sensor-absurd", "zone/3", START_AT, until, 250.0),
    )
    many = twin.advance(until - SECOND)
    assert told(many, "gallery.air", entity="zone/1", field="methane") == []
    assert len(set(told(many, "gallery.air", entity="zone/2", field="methane"))) == 1
    assert set(told(many, "gallery.air", entity="zone/3", field="methane")) == {250.0}
    many = twin.advance(until + MINUTE)
    assert len(told(many, "gallery.air", entity="zone/1", field="methane")) == 7
    assert len(set(told(many, "gallery.air", entity="zone/2", field="methane"))) > 1
    assert max(told(many, "gallery.air", entity="zone/3", field="methane")) < 2.0


def test_an_order_to_anything_else_changes_nothing() -> None:
    calm, told_off = a_twin(), a_twin()
    told_off.obey(device_order("fan-start", "zone/99"), at=START_AT)
    told_off.obey(device_order("pump-start", "fan/1"), at=START_AT)
    until = START_AT + 30 * MINUTE
    assert digest(calm.advance(until)) == digest(told_off.advance(until))


def test_a_leak_beyond_all_measure_is_refused_with_its_value() -> None:
    with pytest.raises(ValueError, match=r"size 1000000000\.0 m3/h"):
        a_twin(Fault("gas-leak", "zone/1", START_AT, START_AT + HOUR, 1e9))


def test_every_fault_of_the_demonstration_can_happen_and_its_truth_is_kept() -> None:
    twin = GalleryTwin(1)
    faults = demo_faults(START_AT)
    for fault in faults:
        twin.inject(fault)
    assert twin.truth == faults
    assert {fault.kind for fault in faults} <= set(twin.faults)


def test_the_demonstration_begins_with_a_leak_a_burst_a_failing_pump_and_a_dead_gateway() -> None:
    early = {one.kind for one in demo_faults(START_AT) if one.starts_at <= START_AT + 5 * MINUTE}
    assert {"gas-leak", "pipe-burst", "pump-failing", "gateway-dead"} <= early


def test_neighbours_are_told_both_ways_and_every_relation_leads_somewhere() -> None:
    entities = {entity.id: entity for entity in GalleryTwin(1).entities()}
    for entity in entities.values():
        for other in entity.relations.get("neighbour", ()):
            assert entity.id in entities[other].relations["neighbour"]
        for ends in entity.relations.values():
            assert set(ends) <= set(entities)
        if entity.lon is not None and entity.lat is not None:  # People and permits walk about.
            assert 117.6 < entity.lon < 117.8
            assert 39.0 < entity.lat < 39.1
