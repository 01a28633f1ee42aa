"""值班室: what a pack shows a duty officer of the junctions, roads and lanes that it steers.

The platform knows no pack, and a screen knows no arrays: a pack's room turns what its loops
remember into values that can be drawn and read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from haihe.model.record import Observation
from haihe.model.stream import Stream
from haihe.model.text import Text


class Charge(StrEnum):
    """Who decides what is shown."""

    PLAN = "plan"  # 现行方案: the controller's own plan.
    LOOP = "loop"  # 控制回路.
    HAND = "hand"  # 人工: somebody holds it, by name and reason.
    SHELF = "shelf"  # 搁置: somebody keeps the loop's orders from it for a while.
    LOST = "lost"  # 数据中断: its data does not come; the plan goes on.
    STOPPED = "stopped"  # The loop failed.


class Shows(StrEnum):
    """What a signal head shows."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    DARK = "dark"  # Nobody has said.


class RoadDrawn(msgspec.Struct, frozen=True):
    """A road up to its stop line.

    line: (longitude, latitude) from its beginning to the stop line; degrees of WGS-84.
    lanes: how many.
    junction: the one it leads to; "" where it leaves the network.
    """

    entity: str
    line: tuple[tuple[float, float], ...]
    lanes: int
    junction: str


class JunctionDrawn(msgspec.Struct, frozen=True):
    """A junction's middle; degrees of WGS-84."""

    entity: str
    lon: float
    lat: float


class LaneDrawn(msgspec.Struct, frozen=True):
    """A reversible lane from end A to end B; (longitude, latitude), degrees of WGS-84."""

    entity: str
    line: tuple[tuple[float, float], ...]


class Corridor(msgspec.Struct, frozen=True):
    """Junctions one behind another along a road, from end A to end B."""

    name: str
    title: Text
    junctions: tuple[str, ...]


class Drawing(msgspec.Struct, frozen=True):
    """What does not move."""

    roads: tuple[RoadDrawn, ...]
    junctions: tuple[JunctionDrawn, ...]
    lanes: tuple[LaneDrawn, ...]
    corridors: tuple[Corridor, ...]


class Hold(msgspec.Struct, frozen=True):
    """What a person holds something at.

    act: what they want, as the room's hand stream says it.
    at: since when; ns.
    """

    act: str
    who: str
    reason: str
    at: int


class StageShown(msgspec.Struct, frozen=True):
    """A stage that a junction may show.

    number: as an order names it.
    greens: names of the signal groups that are green in it.
    cost: person-seconds of waiting if it came next, by the loop's last sums; None if it was not
        allowed then, or nobody summed.
    pressure: vehicles that wait for it or are about to arrive, weighted; None as above.
    """

    number: int
    greens: tuple[str, ...]
    cost: float | None = None
    pressure: float | None = None


class HeadShown(msgspec.Struct, frozen=True):
    """What a signal group shows.

    name: such as "N-left".
    since_at: ns; 0 if nobody has said.
    """

    name: str
    shows: Shows
    since_at: int


class ApproachShown(msgspec.Struct, frozen=True):
    """A road before its stop line; None where nothing was told of late.

    entity: the road.
    side: where it comes from, such as "N".
    waiting_veh: vehicles that stand. flow_veh_h: passed the stop line. occupied: of the time, %.
    observed_at: ns; 0 for never.
    """

    entity: str
    side: str
    waiting_veh: float | None
    flow_veh_h: float | None
    occupied: float | None
    observed_at: int


class QueueShown(msgspec.Struct, frozen=True):
    """An approach lane as the loop sees it.

    name: such as "N-through".
    road: the road it belongs to.
    waiting_veh: estimated. arriving_veh_h: averaged over some minutes.
    waited_s: for how long somebody has waited without anybody leaving.
    is_blocked: whether hardly anybody finds room behind the junction.
    works: whether its stop-line detector is believed; is_idle: whether it has told of no vehicle
        yet: no traffic, as far as anybody knows. is_occupied: whether somebody stands on it.
    """

    name: str
    road: str
    waiting_veh: float
    arriving_veh_h: float
    waited_s: float
    is_blocked: bool
    works: bool
    is_occupied: bool
    is_idle: bool = False


class JunctionState(msgspec.Struct, frozen=True, kw_only=True):
    """What a junction shows, who decides it and what waits there.

    loop: the one that steers it, by its name within the pack; "" if none is at work.
    stage: the one that is green, or was last; -1 if nobody knows.
    since_at: since when; ns, 0 if nobody knows.
    is_changing: whether yellow or all-red is on the way to another one.
    plan_stage: what its own plan would show now; -1 if nobody knows.
    ordered: the stage last ordered, -1 if no order is in force; until: until when; ns.
    is_pending: whether that order is not shown yet.
    hold: what a person holds it at; None if nobody does.
    heard_at: when its controller was last heard; ns, 0 for never.
    skew_s: how far its clock is off.
    why, alternatives: of what the loop last called for; None before the first.
    """

    entity: str
    title: Text
    loop: str
    stage: int
    since_at: int
    is_changing: bool
    plan_stage: int
    ordered: int
    until: int
    is_pending: bool
    charge: Charge
    hold: Hold | None
    heard_at: int
    skew_s: float
    stages: tuple[StageShown, ...]
    heads: tuple[HeadShown, ...]
    approaches: tuple[ApproachShown, ...]
    queues: tuple[QueueShown, ...]
    why: Text | None
    alternatives: tuple[Text, ...]


class StepShown(msgspec.Struct, frozen=True):
    """A step of turning a lane.

    is_done: whether it lies behind; is_now: whether it is this one.
    """

    name: str
    title: Text
    is_done: bool
    is_now: bool


class Lack(msgspec.Struct, frozen=True):
    """What a lane lacks to be opened.

    is_confirmable: whether a person who looked can answer for it.
    left_s: for how long at least it will be lacking; None where time alone does not help.
    """

    name: str
    title: Text
    is_confirmable: bool
    left_s: float | None


class DetectorShown(msgspec.Struct, frozen=True):
    """A detector of a lane.

    number: its channel.
    count: vehicles since the lane was last proved empty.
    is_on: whether it sees one. has_failed: whether it said that it is broken.
    """

    number: int
    is_gate: bool
    count: int
    is_on: bool
    has_failed: bool


class EndShown(msgspec.Struct, frozen=True):
    """An end of a lane.

    says_red: whether its sign has said red since the amber ended.
    heard_at: the last word of its controller; ns.
    is_silent: whether that is too long ago.
    """

    name: str
    says_red: bool
    heard_at: int
    is_silent: bool


class SideShown(msgspec.Struct, frozen=True):
    """Traffic one way along a lane.

    flow_veh_h, waiting_veh: of late; None if unknown.
    carried_veh_h: what the ordinary lanes let through; with_lane_veh_h: with this one added.
    expected_veh_h, spread_veh_h: slot by slot, as ``LaneState`` says.
    """

    way: str
    title: Text
    flow_veh_h: float | None
    waiting_veh: float | None
    carried_veh_h: float
    with_lane_veh_h: float
    expected_veh_h: tuple[float, ...]
    spread_veh_h: tuple[float, ...]


class Sums(msgspec.Struct, frozen=True):
    """What turning the lane now would bring, and whether that is enough.

    gain_veh_h: vehicle hours of waiting saved in the next hour; cost_veh_h: what clearing takes.
    later_veh_h: the most that turning later would save.
    share: of the gaining way in the demand of both; 0 to 1.
    clear_s: how long it would serve nobody.
    """

    gain_veh_h: float
    cost_veh_h: float
    later_veh_h: float
    share: float
    clear_s: float
    pays: bool


class LaneState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a reversible lane is, what it lacks and what the tide asks.

    loop: the one that steers it, by its name within the pack.
    way: "inbound", "outbound" or "closed": how it may be entered now, amber included.
    goal: what it is to be.
    step: the name of the one of ``steps`` that is now. since_at: since when; ns, 0 for unknown.
    is_asked: whether a person was asked to look.
    never: what nobody can stand for, lacking or not.
    confirm_s: how long a person's word that it is empty counts.
    confirmed_until: until when a person's word that it is empty counts; ns, 0 for none.
    ahead_at: when the first slot of what is expected begins; ns. slot_s: how long each is.
    plan: the signal plan that goes with it.
    """

    entity: str
    title: Text
    loop: str
    way: str
    way_title: Text
    goal: str
    step: str
    since_at: int
    steps: tuple[StepShown, ...]
    charge: Charge
    hold: Hold | None
    is_asked: bool
    confirmed_until: int
    confirm_s: float
    lacks: tuple[Lack, ...]
    never: tuple[Lack, ...]
    detectors: tuple[DetectorShown, ...]
    ends: tuple[EndShown, ...]
    inside_veh: float | None
    ahead_at: int
    slot_s: float
    sides: tuple[SideShown, ...]
    sums: Sums | None
    plan: str


class RoomShown(msgspec.Struct, frozen=True):
    """All that moves."""

    junctions: tuple[JunctionState, ...]
    lanes: tuple[LaneState, ...]


@dataclass(frozen=True, slots=True)
class Steered:
    """A loop at work.

    control: with the settings in force; memory: its own.
    held: entities that a person keeps its orders from; all_held: whether from everything.
    """

    control: Any
    memory: Any
    held: frozenset[str] = frozenset()
    all_held: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a room shows things from.

    now: the log's time; ns.
    loops: those of the pack that are at work, by their name within it.
    latest: the newest record of what the room watches, by stream and entity.
    """

    now: int
    loops: Mapping[str, Steered] = field(default_factory=dict)
    latest: Mapping[tuple[str, str], Observation] = field(default_factory=dict)


class Room(Protocol):
    """What a pack shows, as a frozen value. Pure: it is asked beside the engine, not in it."""

    @property
    def junction_hand(self) -> Stream:
        """Where people's words on a junction go: act, stage, who, reason."""
        ...

    @property
    def lane_hand(self) -> Stream:
        """Where people's words on a lane go: act, who, reason."""
        ...

    @property
    def watches(self) -> tuple[tuple[str, str], ...]:
        """Stream and entity of every record it wants to see beside the loops' memories."""
        ...

    def drawing(self) -> Drawing:
        """What does not move."""
        ...

    def shown(self, seen: Seen) -> RoomShown:
        """What moves, as it is."""
        ...
