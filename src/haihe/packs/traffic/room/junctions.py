"""A junction as a duty officer reads it: what it shows, who decides, and who waits."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.record import Observation
from haihe.model.time import MINUTE
from haihe.pack.room import (
    ApproachShown,
    Charge,
    HeadShown,
    Hold,
    JunctionState,
    QueueShown,
    Seen,
    Shows,
    StageShown,
    Steered,
)
from haihe.packs.traffic.network.model import Junction, Network, Signal
from haihe.packs.traffic.room.drawing import road_entity, roads_into
from haihe.packs.traffic.signals.state import ApproachSeen, Light, Steering
from haihe.packs.traffic.signals.state import JunctionState as Known
from haihe.packs.traffic.streams import ROAD_FLOW
from haihe.packs.traffic.zone import junction_entity

SIGNALS: Final = "signals"  # The loop, by its name within the pack.
FLOW_FRESH: Final = 5 * MINUTE  # Ours: five of its minutes; what is older says nothing of now.
ROOM_LEAST: Final = 0.2  # Ours: below it a green lets nearly nobody out.
LIGHTS: Final = {
    Light.UNKNOWN: Shows.DARK,
    Light.RED: Shows.RED,
    Light.YELLOW: Shows.YELLOW,
    Light.GREEN: Shows.GREEN,
}
CHARGES: Final = {
    Steering.PLAN: Charge.PLAN,
    Steering.LOOP: Charge.LOOP,
    Steering.HAND: Charge.HAND,
    Steering.LOST: Charge.LOST,
}


def junctions_shown(
    network: Network,
    seen: Seen,
    *,
    states: Sequence[Known] = (),
    steered: Steered | None = None,
) -> tuple[JunctionState, ...]:
    """Every junction as it is.

    states: of those that the loop on signals steers; steered: that loop, None while none works.
    """
    known = {one.junction: one for one in states}
    return tuple(
        under_loop(known[one.id], one, seen=seen, steered=steered)
        if steered is not None and one.id in known
        else _plain(one, seen)
        for one in network.junctions
    )


def under_loop(state: Known, junction: Junction, *, seen: Seen, steered: Steered) -> JunctionState:
    """A junction as the loop that steers it sees it."""
    is_shelved = steered.all_held or state.entity in steered.held
    charge = Charge.SHELF if is_shelved and state.held_stage < 0 else CHARGES[state.steering]
    return JunctionState(
        entity=state.entity,
        title=_title(junction),
        loop=SIGNALS,
        stage=state.stage,
        since_at=state.since_at,
        is_changing=state.changing,
        plan_stage=state.plan_stage,
        ordered=state.ordered,
        until=state.until_at if state.ordered >= 0 else 0,
        is_pending=state.pending,
        charge=charge,
        hold=_hold(state),
        heard_at=state.heard_at,
        skew_s=round(state.skew_s, 1),
        stages=tuple(
            StageShown(one.stage, one.groups, _rounded(one.cost), _rounded(one.pressure))
            for one in state.stages
        ),
        heads=tuple(HeadShown(one.name, LIGHTS[one.light], one.since_at) for one in state.groups),
        approaches=approaches_of(junction, seen),
        queues=tuple(_queue(one) for one in state.approaches),
        why=state.why,
        alternatives=state.alternatives,
    )


def _hold(state: Known) -> Hold | None:
    """What a person holds; None where nobody does."""
    if state.held_stage < 0:
        return None
    return Hold(f"hold {state.held_stage}", state.who, state.reason, 0)


def _queue(one: ApproachSeen) -> QueueShown:
    return QueueShown(
        name=one.name,
        road=road_entity(one.road),
        waiting_veh=round(one.waiting_veh, 1),
        arriving_veh_h=round(one.arriving_veh_h, 1),
        waited_s=round(one.waited_s, 1),
        is_blocked=one.room < ROOM_LEAST,
        works=one.works,
        is_idle=one.is_idle,
        is_occupied=one.occupied,
    )


def _rounded(value: float | None) -> float | None:
    return round(value, 1) if value is not None and np.isfinite(value) else None


def _plain(junction: Junction, seen: Seen) -> JunctionState:
    """A junction of which only its roads have spoken."""
    return JunctionState(
        entity=junction_entity(junction.id),
        title=_title(junction),
        loop="",
        stage=-1,
        since_at=0,
        is_changing=False,
        plan_stage=-1,
        ordered=-1,
        until=0,
        is_pending=False,
        charge=Charge.PLAN,
        hold=None,
        heard_at=0,
        skew_s=0.0,
        stages=stages_of(junction),
        heads=tuple(HeadShown(group.name, Shows.DARK, 0) for group in junction.groups),
        approaches=approaches_of(junction, seen),
        queues=(),
        why=None,
        alternatives=(),
    )


def _title(junction: Junction) -> Text:
    return Text(zh=f"路口 {junction.id}", en=f"junction {junction.id}")


def stages_of(junction: Junction) -> tuple[StageShown, ...]:
    """What a junction may show."""
    names = [group.name for group in junction.groups]
    return tuple(
        StageShown(
            number,
            tuple(
                name
                for name, signal in zip(names, stage.signals, strict=True)
                if signal is not Signal.RED
            ),
        )
        for number, stage in enumerate(junction.stages)
    )


def approaches_of(junction: Junction, seen: Seen) -> tuple[ApproachShown, ...]:
    """Its roads, with what was told of each of late."""
    return tuple(
        _approach(road, seen.latest.get((ROAD_FLOW.name, road_entity(road))), now=seen.now)
        for road in roads_into(junction)
    )


def _approach(road: str, told: Observation | None, *, now: int) -> ApproachShown:
    side = road.rpartition("-")[2]
    if told is None or now - told.observed_at > FLOW_FRESH:
        at = told.observed_at if told is not None else 0
        return ApproachShown(road_entity(road), side, None, None, None, at)
    waiting, flow, occupied = (
        _known(told.numbers[name]) for name in ("waiting", "flow", "occupied")
    )
    return ApproachShown(road_entity(road), side, waiting, flow, occupied, told.observed_at)


def _known(value: float) -> float | None:
    return float(value) if value == value else None  # NaN is no value.
