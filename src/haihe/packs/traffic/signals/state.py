"""What a screen needs of the loop: each junction's heads, who steers it, its queues and its why.

Pure values, read from the loop's memory by ``signals.shown.states_of``.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from haihe.model import Text


class Light(IntEnum):
    """What a signal group shows, as its controller told."""

    UNKNOWN = -1
    RED = 0
    YELLOW = 1
    GREEN = 2


class Steering(StrEnum):
    """Who decides what a junction shows."""

    PLAN = "plan"  # Its local plan: the loop has not ordered anything, or wants what it runs.
    LOOP = "loop"
    HAND = "hand"  # A person holds a stage, or holds the junction on the platform.
    LOST = "lost"  # Its data does not come: it runs its local plan.


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A signal group.

    name: such as "N-left".
    light: what it shows.
    since_at: since when; ns; 0 if unknown.
    """

    name: str
    light: Light
    since_at: int


@dataclass(frozen=True, slots=True)
class ApproachSeen:
    """An approach lane as the controller of the loop sees it.

    lane: its id; road: the road it belongs to, as in ``road/...``.
    name: what people call it, such as "N-through/right".
    channel: of its stop-line detector.
    works: whether that detector is not known to lie; is_idle: whether it has told of no vehicle
        yet, which is no traffic as far as anybody knows.
    occupied: whether somebody stands on it.
    waiting_veh: vehicles estimated to wait.
    arriving_veh_h: arrivals, averaged over some minutes.
    waited_s: for how long somebody has waited without anybody leaving.
    room: share of its flow that finds room behind the junction, 0 to 1.
    """

    lane: str
    road: str
    name: str
    channel: int
    works: bool
    is_idle: bool
    occupied: bool
    waiting_veh: float
    arriving_veh_h: float
    waited_s: float
    room: float


@dataclass(frozen=True, slots=True)
class StageWeighed:
    """A stage as the last call weighed it.

    stage: its ordinal. groups: what it gives green, by name.
    cost: person-seconds of waiting if it comes next; None where it was not allowed then.
    pressure: weighted vehicles waiting for it or about to arrive.
    """

    stage: int
    groups: tuple[str, ...]
    cost: float | None
    pressure: float


@dataclass(frozen=True, slots=True)
class JunctionState:
    """One junction.

    junction: its id, such as "J0101"; entity: "junction/J0101".
    steering: who decides.
    stage: the stage that is green or was last; -1 if never told. since_at: since when; ns.
    changing: whether a change is under way.
    plan_stage: what its local plan would show now.
    ordered: the stage last ordered; -1 if none is in force. until_at: until when; ns.
    pending: whether that order is not shown yet.
    held_stage: what a person holds; -1 if nothing. who, reason: of the last act of a person.
    heard_at: when it was last heard; ns; 0 if never. skew_s: how far its clock is off, 0 if not.
    groups, approaches, stages: in the network's order.
    called: the stage the last call asked for; -1 before the first.
    why, alternatives: the reason of the last decision; None before the first.
    """

    junction: str
    entity: str
    steering: Steering
    stage: int
    since_at: int
    changing: bool
    plan_stage: int
    ordered: int
    until_at: int
    pending: bool
    held_stage: int
    who: str
    reason: str
    heard_at: int
    skew_s: float
    groups: tuple[GroupShown, ...]
    approaches: tuple[ApproachSeen, ...]
    stages: tuple[StageWeighed, ...]
    called: int
    why: Text | None
    alternatives: tuple[Text, ...]
