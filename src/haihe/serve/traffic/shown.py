"""What is answered about a room: in short for a list and a map, whole for a page."""

import msgspec

from haihe.model.text import Text
from haihe.pack.room import (
    Charge,
    Corridor,
    Hold,
    JunctionDrawn,
    JunctionState,
    LaneDrawn,
    LaneState,
    QueueShown,
    RoadDrawn,
    Shows,
)
from haihe.run.spoken import Measured, Said
from haihe.serve.rules import Shelf

BRIGHTEST = (Shows.GREEN, Shows.YELLOW, Shows.RED)


class LoopBrief(msgspec.Struct, frozen=True):
    """A loop that steers some of it.

    failed: why it was stopped; "" while it runs. every: from turn to turn; ns.
    turn_at: when its last turn was; ns. shelved: the whole of it, by whom and why.
    """

    name: str
    title: Text
    failed: str
    every: int
    turn_at: int
    shelved: tuple[Shelf, ...]


class HeadBrief(msgspec.Struct, frozen=True):
    """The brightest light of a road's stop line.

    road: the road; shows: green if any of its groups is.
    """

    road: str
    shows: Shows


class JunctionBrief(msgspec.Struct, frozen=True):
    """A junction on a list.

    waiting_veh: on all its roads; None if nobody told.
    worst: the queue that has waited longest; None if nobody told.
    """

    entity: str
    title: Text
    stage: int
    since_at: int
    is_changing: bool
    charge: Charge
    hold: Hold | None
    waiting_veh: float | None
    worst: QueueShown | None
    heads: tuple[HeadBrief, ...]
    why: Text | None


class LaneBrief(msgspec.Struct, frozen=True):
    """A lane on a list; as of ``LaneState``, and how many things it lacks to be opened."""

    entity: str
    title: Text
    way: str
    way_title: Text
    goal: str
    step: str
    step_title: Text
    since_at: int
    charge: Charge
    hold: Hold | None
    is_asked: bool
    lacking: int


class RoadBrief(msgspec.Struct, frozen=True):
    """A road before its stop line; None where nothing was told of late."""

    entity: str
    waiting_veh: float | None
    flow_veh_h: float | None


class RoomView(msgspec.Struct, frozen=True):
    """Everything in short; at: the log's time, ns."""

    at: int
    pack: str
    loops: tuple[LoopBrief, ...]
    junctions: tuple[JunctionBrief, ...]
    lanes: tuple[LaneBrief, ...]
    roads: tuple[RoadBrief, ...]


class MapView(msgspec.Struct, frozen=True):
    """What does not move."""

    pack: str
    title: Text
    roads: tuple[RoadDrawn, ...]
    junctions: tuple[JunctionDrawn, ...]
    lanes: tuple[LaneDrawn, ...]
    corridors: tuple[Corridor, ...]


class JunctionView(msgspec.Struct, frozen=True, kw_only=True):
    """One junction whole.

    at: the log's time; ns.
    decisions: on it, the newest first. effects: what its orders brought about, likewise.
    shelved: who keeps its loop's orders from it, and why.
    """

    at: int
    state: JunctionState
    decisions: tuple[Said, ...]
    effects: tuple[Measured, ...]
    shelved: tuple[Shelf, ...]
    loops: tuple[LoopBrief, ...]


class LaneView(msgspec.Struct, frozen=True, kw_only=True):
    """One lane whole; as of a junction."""

    at: int
    state: LaneState
    decisions: tuple[Said, ...]
    effects: tuple[Measured, ...]
    shelved: tuple[Shelf, ...]
    loops: tuple[LoopBrief, ...]


def brief_junction(one: JunctionState) -> JunctionBrief:
    """A junction in short."""
    known = [each.waiting_veh for each in one.approaches if each.waiting_veh is not None]
    shows = {
        each.entity: {head.shows for head in one.heads if head.name.startswith(f"{each.side}-")}
        for each in one.approaches
    }
    return JunctionBrief(
        entity=one.entity,
        title=one.title,
        stage=one.stage,
        since_at=one.since_at,
        is_changing=one.is_changing,
        charge=one.charge,
        hold=one.hold,
        waiting_veh=sum(known) if known else None,
        worst=max(one.queues, key=lambda queue: queue.waited_s, default=None),
        heads=tuple(
            HeadBrief(road, next((light for light in BRIGHTEST if light in lit), Shows.DARK))
            for road, lit in shows.items()
        ),
        why=one.why,
    )


def brief_lane(one: LaneState) -> LaneBrief:
    """A lane in short."""
    step = next(each for each in one.steps if each.is_now)
    return LaneBrief(
        entity=one.entity,
        title=one.title,
        way=one.way,
        way_title=one.way_title,
        goal=one.goal,
        step=one.step,
        step_title=step.title,
        since_at=one.since_at,
        charge=one.charge,
        hold=one.hold,
        is_asked=one.is_asked,
        lacking=len(one.lacks),
    )
