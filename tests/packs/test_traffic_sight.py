"""What the loop sees: lanes of connected vehicles, detectors that lie, what an order brought."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

from haihe.model import MINUTE, SECOND, Batch, Observation, OrderState
from haihe.model.decision import WorkOrder
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.signals import fleet as fleets
from haihe.packs.traffic.signals import sensing
from haihe.packs.traffic.signals.effect import StageEffect
from haihe.packs.traffic.signals.told import Told
from haihe.packs.traffic.signals.words import stage_order
from haihe.packs.traffic.signals.zone import ZONE_SITE
from haihe.packs.traffic.streams import ROAD_FLOW, VEHICLE
from haihe.packs.traffic.zone import placed
from tests.packs.town import T0, site

ZONE = ZONE_SITE
LANE = "J0101-from-W_1"


def on_lane(name: str, to_end_m: float) -> dict[str, float]:
    """Where a vehicle on a lane of the zone is, and where it heads."""
    lane = ZONE.network.lanes[name]
    (x0, y0), (x1, y1) = lane.shape
    part = 1 - to_end_m / lane.length_m
    lon, lat = placed(x0 + (x1 - x0) * part, y0 + (y1 - y0) * part)
    heading = float(np.degrees(np.arctan2(x1 - x0, y1 - y0)) % 360)
    return {"lon": lon, "lat": lat, "heading": heading}


def columns(*places: Mapping[str, float]) -> dict[str, np.ndarray]:
    return {name: np.array([one[name] for one in places]) for name in ("lon", "lat", "heading")}


def vehicles(at: int, *rows: tuple[int, str, float, float]) -> Batch:
    """Records of vehicles: slot, lane, metres to its end, class."""
    places = columns(*(on_lane(lane, to_end) for _, lane, to_end, _ in rows))
    count = len(rows)
    return Batch(
        stream=VEHICLE.name,
        offsets=np.arange(count),
        slots=np.array([slot for slot, *_ in rows], dtype=np.int32),
        observed_at=np.full(count, at),
        received_at=np.full(count, at),
        numbers={
            **places,
            "speed": np.full(count, 10.0),
            "vehicle_class": np.array([kind for *_, kind in rows]),
        },
        texts={},
    )


@pytest.mark.parametrize("name", [LANE, "J0000-from-N_0", "J0301-to-E_2", "J0202-from-S_1"])
def test_a_vehicle_is_found_on_its_lane_and_so_far_from_the_stop_line(name: str) -> None:
    lane, to_end_m = fleets.matched(ZONE, columns(on_lane(name, 42.0)))
    assert ZONE.layout.lanes[lane[0]] == name
    assert to_end_m[0] == pytest.approx(42.0, abs=0.1)


def test_who_heads_elsewhere_or_is_off_the_road_is_on_no_lane() -> None:
    across = {**on_lane(LANE, 42.0), "heading": 0.0}
    far = {**on_lane(LANE, 42.0), "lat": 39.2}
    lane, _ = fleets.matched(ZONE, columns(across, far))
    assert lane.tolist() == [-1, -1]


def test_the_connected_share_is_who_passed_and_told_so_of_all_that_passed() -> None:
    fleet, cells = fleets.no_fleet(), ZONE.layout.approach.shape
    counted = np.full(cells, np.nan)
    cell = int(ZONE.cell_of[ZONE.layout.lanes.index(LANE)])
    for turn in range(100):
        at = T0 + turn * 10 * SECOND
        before = vehicles(at, (0, LANE, 5.0, 10.0))
        fleet = fleets.heard_of(ZONE, fleet, rows=before, counted=counted, elapsed_s=5)
        passed = np.zeros(cells)
        passed.ravel()[cell] = 4.0
        after = vehicles(at + 5 * SECOND, (0, "J0201-from-W_1", 300.0, 10.0))
        fleet = fleets.heard_of(ZONE, fleet, rows=after, counted=passed, elapsed_s=5)
    assert 0.2 < fleet.share < 0.26


def test_a_bus_counts_its_people_and_who_was_not_heard_is_forgotten() -> None:
    rows = vehicles(T0, (0, LANE, 50.0, 52.0), (1, LANE, 80.0, 10.0))
    none = np.full(ZONE.layout.approach.shape, np.nan)
    fleet = fleets.heard_of(ZONE, fleets.no_fleet(), rows=rows, counted=none, elapsed_s=5)
    seen = fleets.vehicles_of(fleet, now=T0 + 2 * SECOND)
    assert seen.persons.tolist() == [30.0, 1.0]
    assert seen.to_end_m.tolist() == pytest.approx([30.0, 60.0], abs=0.1)
    assert len(fleets.vehicles_of(fleet, now=T0 + 20 * SECOND).id) == 0


def test_a_record_that_is_missing_a_place_moves_nobody() -> None:
    rows = vehicles(T0, (0, LANE, 50.0, 10.0))
    rows.numbers["lat"][0] = np.nan
    none = np.full(ZONE.layout.approach.shape, np.nan)
    fleet = fleets.heard_of(ZONE, fleets.no_fleet(), rows=rows, counted=none, elapsed_s=5)
    assert len(fleets.vehicles_of(fleet, now=T0).id) == 0


ONE = site(1)


def events(*rows: tuple[float, int, int]) -> Told:
    """Events of the one junction: second, code, channel."""
    count = len(rows)
    return Told(
        junction=np.zeros(count, dtype=np.int64),
        at=np.array([T0 + round(second * SECOND) for second, _, _ in rows], dtype=np.int64),
        code=np.array([code for _, code, _ in rows], dtype=np.int64),
        parameter=np.array([channel for _, _, channel in rows], dtype=np.int64),
        heard_at=np.array([T0], dtype=np.int64),
    )


def felt(*parts: tuple[Told, float]) -> sensing.Sensing:
    """After events, each taken at a second."""
    found = sensing.no_sensing(ONE)
    for told, second in parts:
        found = sensing.sensed(ONE, found, told=told, now=T0 + round(second * SECOND))
    return found


ON, OFF = int(Code.DETECTOR_ON), int(Code.DETECTOR_OFF)


def test_a_stop_line_counts_who_left_and_tells_who_stands() -> None:
    rows = events((1, ON, 1), (2, OFF, 1), (3, ON, 1), (1, ON, 2), (4, OFF, 2), (4.5, OFF, 2))
    found = felt((rows, 5))
    seen = sensing.detectors_of(ONE, found, now=T0 + 10 * SECOND)
    assert seen.passed[0, :3].tolist() == [1.0, 1.0, 0.0]
    assert seen.occupied[0, :2].tolist() == [True, False]
    assert seen.quiet_s[0, :2].tolist() == [0.0, 5.5]
    assert seen.works[0, :3].tolist() == [True, True, False]


def test_a_detector_that_is_on_for_ten_minutes_is_not_believed() -> None:
    late = (events(), 610.0)
    found = felt((events((1, ON, 1), (1, ON, 2), (300, OFF, 2)), 305.0), late)
    assert not sensing.detectors_of(ONE, found, now=T0 + 610 * SECOND).works[0, 0]
    assert sensing.liars(ONE, found, now=T0 + 610 * SECOND) == {0: [(1, "stuck-on", 609.0)]}


def chatter(begin_s: float) -> Told:
    rows = [(begin_s + k * 0.2, (ON, OFF)[k % 2], 3) for k in range(250)]
    return events(*rows)


def test_a_detector_that_chatters_is_not_believed_until_a_quarter_of_an_hour_is_good() -> None:
    quiet = [
        (events((60.0 * k, ON, 3), (60.0 * k + 1, OFF, 3)), 60.0 * k + 2) for k in range(2, 34)
    ]
    bad = felt((chatter(0), 55.0), *quiet[:10])
    assert sensing.liars(ONE, bad, now=T0)[0][0][:2] == (3, "chattering")
    assert sensing.liars(ONE, felt((chatter(0), 55.0), *quiet), now=T0) == {}


def test_what_a_bin_holds_is_let_go_with_it() -> None:
    rows = [(events((60.0 * k, ON, 3), (60.0 * k + 1, OFF, 3)), 60.0 * k + 2) for k in range(100)]
    assert len(felt(*rows).kept_at) < 40


class Counts:
    """A view that knows the newest counts of roads."""

    def __init__(self, flow: float, waiting: float, *, at: int) -> None:
        self.numbers = {"flow": flow, "occupied": 10.0, "waiting": waiting}
        self.at = at

    def latest(self, stream: str, entity: str) -> Observation | None:
        assert stream == ROAD_FLOW.name
        return Observation(stream, entity, self.at, self.numbers, {})


def given_order(**parameters: str) -> WorkOrder:
    told = {"until": "x", "waiting": "12", "expected": "10", **parameters}
    order = stage_order(ZONE, 4, stage=2, parameters=told)
    done = WorkOrder.dispatched("traffic.signals/1", "traffic.signals", order=order, at=T0)
    return structs.replace(done, state=OrderState.DELIVERED)


def test_an_order_is_judged_by_who_passed_in_the_minute_after_it() -> None:
    measure = StageEffect(ZONE)
    effect = measure(given_order(), Counts(300.0, 2.0, at=T0 + MINUTE))  # type: ignore[arg-type]  # Only looks.
    assert effect is not None
    assert (effect.value, effect.expected, effect.is_good) == (10.0, 10.0, True)
    assert "12 waited before, 4" in effect.why.en
    few = measure(given_order(), Counts(60.0, 9.0, at=T0 + MINUTE))  # type: ignore[arg-type]  # As above.
    assert few is not None
    assert not few.is_good


def test_nothing_is_said_of_an_order_where_nothing_can_be() -> None:
    measure = StageEffect(ZONE)
    fresh = Counts(300.0, 2.0, at=T0 + MINUTE)
    old = Counts(300.0, 2.0, at=T0 - MINUTE)
    blank = Counts(float("nan"), 2.0, at=T0 + MINUTE)
    never_left = structs.replace(given_order(), state=OrderState.UNDELIVERED)
    for order, view in (
        (given_order(), old), (given_order(), blank), (given_order(expected="1"), fresh),
        (never_left, fresh),
    ):  # fmt: skip
        assert measure(order, view) is None  # type: ignore[arg-type]  # As above.


def test_a_site_is_told_apart_by_all_that_it_is() -> None:
    assert repr(ZONE) == repr(replace(ZONE))
    assert repr(ZONE) != repr(replace(ZONE, origin=(117.0, 39.0)))
    assert len(repr(ZONE)) < 120
