"""The twin's parts: what each models, and that together they are one clockwork."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from haihe.model import HOUR, MINUTE, SECOND, Order, Rows
from haihe.packs.gallery import GalleryTwin, pack
from haihe.packs.gallery.devices import feedback
from haihe.packs.gallery.orders import DEVICE_TITLES, device_order
from haihe.packs.gallery.part import Base, grown, sized, struck
from haihe.packs.gallery.place import valves_beside
from haihe.twin import Fault

START_AT = 1_767_225_600 * SECOND  # 2026-01-01T08:00:00+08:00.


def lived(*faults: Fault, minutes: int, orders: Sequence[Order] = ()) -> list[Rows]:
    twin = GalleryTwin(1, zones=8)
    twin.advance(START_AT)
    for fault in faults:
        twin.inject(fault)
    for order in orders:
        twin.obey(order, at=START_AT)
    return list(twin.advance(START_AT + minutes * MINUTE))


def told(many: Sequence[Rows], stream: str, *, entity: str, field: str) -> list[float]:
    return [
        float(rows.numbers[field][rows.ids.index(entity)])
        for rows in many
        if rows.stream == stream and entity in rows.ids
    ]


def fault(kind: str, entity: str, size: float = 1.0, *, minutes: int = 600) -> Fault:
    return Fault(kind, entity, START_AT, START_AT + minutes * MINUTE, size)


def test_every_device_order_of_a_playbook_is_obeyed_by_the_twin() -> None:
    actions = {action for part in GalleryTwin(1)._parts for action in part.actions}
    assert set(DEVICE_TITLES) - actions == {"camera-record"}  # It changes nothing that is measured.


def test_no_two_parts_share_a_kind_of_fault_and_every_fault_has_a_place() -> None:
    twin = GalleryTwin(1)
    kinds = [kind for part in twin._parts for kind in part.faults]
    assert len(set(kinds)) == len(kinds)
    known = {entity.id for entity in twin.entities()}
    for part in twin._parts:
        for places in part.faults.values():
            assert places
            assert places <= known


def test_no_two_entities_share_an_id() -> None:
    ids = [entity.id for entity in GalleryTwin(1).entities()]
    assert len(set(ids)) == len(ids)


def test_channels_of_noise_lie_apart() -> None:
    bases = sorted(Base)
    assert all(later - first >= 50 for first, later in pairwise(bases))


def test_a_fault_counts_at_its_place_and_grows_to_its_size() -> None:
    places = {"a/1": 0, "a/2": 1}
    both = [fault("x", "a/2", 4.0), fault("y", "a/1", 9.0)]
    assert sized(both, "x", places=places).tolist() == [0.0, 4.0]
    assert struck(both, "y", places=places).tolist() == [True, False]
    half = grown(both, "x", places=places, at=START_AT + 5 * MINUTE, over=10 * MINUTE)
    assert half.tolist() == [0.0, 2.0]


def test_feedback_tells_obedience_from_disobedience() -> None:
    codes = feedback(np.array([False, False, True, True]), np.array([False, True, False, True]))
    assert codes[:, 2].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_a_dead_fan_is_told_to_run_and_stands() -> None:
    many = lived(
        fault("fan-dead", "fan/4"), minutes=3, orders=[device_order("fan-start", "zone/4")]
    )
    assert told(many, "gallery.fan", entity="fan/4", field="state")[-1] == 2.0
    assert told(many, "gallery.fan", entity="fan/4", field="speed")[-1] == 0.0


def test_a_door_that_is_stuck_lets_air_through_and_says_so() -> None:
    leak = fault("gas-leak", "zone/4", 300.0)
    shut, ajar = lived(leak, minutes=10), lived(leak, fault("door-stuck", "door/4"), minutes=10)
    assert told(ajar, "gallery.door", entity="door/4", field="state")[-1] == 2.0
    lel = [told(many, "gallery.air", entity="zone/5", field="methane")[-1] for many in (shut, ajar)]
    assert lel[1] > 3 * lel[0]


def test_a_dead_pump_is_told_to_run_and_the_sump_fills() -> None:
    many = lived(fault("pump-dead", "pump/4-1"), minutes=60)
    assert 2.0 in told(many, "gallery.pump", entity="pump/4-1", field="state")
    assert told(many, "gallery.water", entity="zone/4", field="level")[-1] > 1.2


def test_the_monitor_of_a_pump_tells_eight_channels_and_only_while_it_runs() -> None:
    many = lived(minutes=60)
    rows = [one for one in many if one.stream == "gallery.machine"]
    assert len(rows[0].numbers) == 8
    running = told(many, "gallery.pump", entity="pump/4-1", field="running")
    heard = told(many, "gallery.machine", entity="pump/4-1", field="vibration")
    assert 0 < sum(running) < len(running)
    assert len(heard) == pytest.approx(3 * sum(running), abs=6)
    assert min(heard) > 1.0


def test_a_clogged_pump_gives_less_and_does_not_shake() -> None:
    many = lived(fault("pump-clogged", "pump/4-1", 40.0), minutes=60)
    assert told(many, "gallery.machine", entity="pump/4-1", field="flow")[-1] < 20.0
    assert max(told(many, "gallery.machine", entity="pump/4-1", field="vibration")) < 2.8


def test_a_bad_joint_is_warm_until_its_load_is_taken_off() -> None:
    hot = fault("cable-hot", "cable/4", 200.0)
    warm = told(lived(hot, minutes=60), "gallery.cable", entity="cable/4", field="temperature")
    assert warm[-1] > 70.0
    orders = [device_order("load-reduce", "cable/2")]  # Of the same feeder.
    many = lived(hot, minutes=60, orders=orders)
    assert told(many, "gallery.cable", entity="cable/4", field="temperature")[-1] < 55.0


def test_discharge_shows_in_its_phase_and_is_heard_in_the_others() -> None:
    many = lived(fault("partial-discharge", "cable/2", 400.0), minutes=40)
    phases = [
        told(many, "gallery.cable", entity="cable/2", field=f"discharge_{one}")[-1] for one in "abc"
    ]
    assert phases[1] > 250.0
    assert all(20.0 < phases[other] < 80.0 for other in (0, 2))
    assert told(many, "gallery.cable", entity="cable/2", field="discharge")[-1] == phases[1]


def test_covers_open_and_shift_and_strangers_are_told_from_those_with_tags() -> None:
    many = lived(
        fault("cover-open", "cover/2", 40.0), fault("cover-shifted", "cover/3", 12.0),
        fault("intrusion", "zone/4"), minutes=2,
    )  # fmt: skip
    assert told(many, "gallery.cover", entity="cover/2", field="open")[-1] == 1.0
    assert told(many, "gallery.cover", entity="cover/3", field="open")[-1] == 0.0
    assert told(many, "gallery.cover", entity="cover/3", field="tilt")[-1] >= 12.0
    assert told(many, "gallery.entry", entity="zone/4", field="presence")[-1] == 2.0


def test_a_dead_gateway_silences_everything_behind_it_and_nothing_else() -> None:
    many = lived(fault("gateway-dead", "gateway/1"), minutes=3)
    behind = {
        entity.id
        for entity in GalleryTwin(1, zones=8).entities()
        if "gateway/1" in entity.relations.get("gateway", ())
    }
    late = [rows for rows in many if rows.observed_at[0] > START_AT + 30 * SECOND]
    heard = {entity for rows in late for entity in rows.ids}
    assert {"zone/1", "pump/6-2", "camera/3", "main/4"} <= behind
    assert not heard & (behind | {"gateway/1"})
    assert {"zone/7", "camera/8", "gateway/2"} <= heard


def test_a_burst_main_floods_its_zone() -> None:
    many = lived(fault("pipe-burst", "main/4", 300.0), minutes=10)
    assert told(many, "gallery.water", entity="zone/4", field="level")[-1] > 1.2
    assert told(many, "gallery.water", entity="zone/6", field="level")[-1] < 1.2


def test_a_blank_sensor_sends_records_without_methane() -> None:
    many = lived(fault("sensor-blank", "zone/4"), minutes=2)
    assert np.isnan(told(many, "gallery.air", entity="zone/4", field="methane")[-1])
    assert told(many, "gallery.air", entity="zone/4", field="oxygen")[-1] > 20.0


def test_the_last_main_of_a_district_ends_at_its_boundary() -> None:
    assert valves_beside(48, 60) == ("valve/48", "boundary/2")
    assert valves_beside(49, 60) == ("valve/49", "valve/50")
    assert valves_beside(60, 60) == ("valve/60", "boundary/3")


def test_a_thousand_zones_report_every_stream() -> None:
    twin = GalleryTwin(1, zones=1000)
    twin.advance(START_AT)
    many = twin.advance(START_AT + 30 * SECOND)
    rows = sum(len(one) for one in many)
    assert {one.stream for one in many} >= {one.name for one in pack.all_streams} - {
        "gallery.patrol", "gallery.machine",
    }  # fmt: skip
    assert rows > 10_000


def test_an_hour_of_calm_asks_for_nobody() -> None:
    many = lived(minutes=60)
    for rows in many:
        if rows.stream == "gallery.main":
            assert rows.numbers["loss"].max() < 5.0
            assert rows.numbers["pressure"].min() > 200.0
        elif "state" in rows.numbers and rows.stream != "gallery.permit":
            assert set(np.unique(rows.numbers["state"])) <= {0.0, 3.0}
        elif rows.stream == "gallery.cable":
            assert rows.numbers["discharge"].max() < 10.0
            assert rows.numbers["temperature"].max() < 55.0
    assert int(many[-1].observed_at[0]) == START_AT + HOUR
