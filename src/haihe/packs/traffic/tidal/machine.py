"""The steps of turning a lane: open, warning, proving empty, all red, open the other way."""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.tidal.interlock import LONG_AGO, Guard, Interlock, Rule
from haihe.packs.traffic.tidal.lanes import Way

MINIMUM_HOLD: Final = 20 * MINUTE  # Ours: drivers must find today what they found at the last sign.
# What is known of a lane while it is open and would keep it closed for good once it is closed.
HOPELESS: Final = (Rule.SILENT, Rule.FAULT, Rule.ASLEEP)


class Phase(IntEnum):
    """How far a lane is."""

    OPEN = 0
    WARNING = 1
    PROVING = 2
    ALL_RED = 3
    CLOSED = 4
    ASKING = 5


PHASES: Final = {
    Phase.OPEN: Text(zh="开放", en="open"),
    Phase.WARNING: Text(zh="清空预告", en="warning"),
    Phase.PROVING: Text(zh="确认清空", en="proving empty"),
    Phase.ALL_RED: Text(zh="全红保持", en="all red"),
    Phase.CLOSED: Text(zh="关闭", en="closed"),
    Phase.ASKING: Text(zh="等待人工确认", en="waiting for a person"),
}


class Act(IntEnum):
    """What a person wants of a lane."""

    NONE = 0
    CLOSE = 1  # At once; it stays closed until released.
    IN = 2  # Open inbound as soon as it is proved or confirmed, whatever the tide.
    OUT = 3
    RELEASE = 4  # Give it back to the decision.


@dataclass(frozen=True, slots=True)
class Course:
    """The machine's memory.

    goal: int64 (lane,), the ``Way`` it is to be open, or NONE.
    opened_at: int64 (lane,), when it was last opened; ns.
    closed_at: int64 (lane,), when its goal last turned against what is open; ns.
    act: int64 (lane,), what a person holds it at: NONE, CLOSE, IN or OUT.
    asked: bool (lane,), whether a person has been asked since it was last open.
    """

    goal: IntArray
    opened_at: IntArray
    closed_at: IntArray
    act: IntArray
    asked: BoolArray


@dataclass(frozen=True, slots=True)
class Machine:
    """Turns lanes to the way that is wanted, one step at a time.

    interlock: what is asked what is lacking. It is asked again when the wish is carried out.
    minimum_hold: from opening a lane to closing it again by decision; ns.
    """

    interlock: Interlock
    minimum_hold: int = MINIMUM_HOLD

    def start(self) -> Course:
        """Memory of lanes that nobody has opened yet."""
        lanes = self.interlock.tables.shape[0]
        return Course(
            goal=np.zeros(lanes, np.int64),
            opened_at=np.full(lanes, LONG_AGO),
            closed_at=np.full(lanes, LONG_AGO),
            act=np.zeros(lanes, np.int64),
            asked=np.zeros(lanes, np.bool_),
        )

    def act(self, course: Course, acts: IntArray) -> Course:
        """The memory after what people want; int64 (lane,) of ``Act``, NONE where nothing new."""
        held = np.where(acts == Act.RELEASE, Act.NONE, acts)
        return replace(course, act=np.where(acts == Act.NONE, course.act, held))

    def aim(self, course: Course, guard: Guard, *, wanted: IntArray, now: int) -> Course:
        """The memory with the way that is wanted, where it may be.

        wanted: int64 (lane,), the decision's ``Way``; the same as before where nothing changes.
        A person's act goes before it. By decision no lane is closed that was opened less than the
        minimum hold ago, or that could not be proved empty once it is closed.
        """
        held = course.act != Act.NONE
        by_hand = np.select(
            [course.act == Act.IN, course.act == Act.OUT], [Way.IN, Way.OUT], Way.NONE
        )
        young = guard.lit & (now - course.opened_at < self.minimum_hold)
        stays = guard.lit & (wanted != guard.way) & (young | self.hopeless(guard, now=now))
        goal = np.where(held, by_hand, np.where(stays, guard.way, wanted))
        turns = guard.lit & (goal != guard.way)
        fresh = turns & ((course.goal == guard.way) | (course.goal == Way.NONE))
        return replace(course, goal=goal, closed_at=np.where(fresh, now, course.closed_at))

    def hopeless(self, guard: Guard, *, now: int) -> BoolArray:
        """bool (lane,): open, and already known to need a person once it is closed."""
        other = np.where(guard.way == Way.IN, Way.OUT, Way.IN)
        lacking = self.interlock.lacks(guard, other, now=now)
        found: BoolArray = lacking[:, HOPELESS].any(axis=1) & guard.lit
        return found

    def wish(self, course: Course, guard: Guard, *, now: int) -> IntArray:
        """int64 (lane,): what to ask of the interlock: to close first, to open what is proved.

        A lane that lacks something stays closed; going back to the way it was is not turning.
        """
        against = guard.lit & (course.goal != guard.way)
        ready = ~self.interlock.lacks(guard, course.goal, now=now).any(axis=1)
        return np.where(~against & (guard.lit | ready), course.goal, Way.NONE)

    def stepped(self, course: Course, *, before: Guard, after: Guard, now: int) -> Course:
        """The memory after the interlock's step."""
        opened = after.lit & (~before.lit | (after.way != before.way))
        waits = ~after.lit & (course.goal != Way.NONE)
        asked = (course.asked | (waits & self.overdue(after, now=now))) & ~after.lit
        return replace(course, opened_at=np.where(opened, now, course.opened_at), asked=asked)

    def overdue(self, guard: Guard, *, now: int) -> BoolArray:
        """bool (lane,): only a person can open it, or proving has lasted for too long."""
        tables = self.interlock.tables
        other = np.where(guard.way == Way.IN, Way.OUT, Way.IN)
        lacking = self.interlock.lacks(guard, other, now=now)
        # While vehicles are on their way out the counts cannot balance yet.
        quiet = now - guard.quiet_at >= (tables.traverse_s + tables.limits.dwell_s) * SECOND
        stuck = lacking[:, HOPELESS].any(axis=1) | (lacking[:, Rule.BALANCE] & quiet)
        long = now - guard.dark_at >= tables.limits.ask_s * SECOND
        return ~guard.lit & (now >= guard.dark_at) & (stuck | long)

    def phases(self, course: Course, guard: Guard, *, now: int) -> IntArray:
        """int64 (lane,) of ``Phase``."""
        other = np.where(guard.way == Way.IN, Way.OUT, Way.IN)
        lacking = self.interlock.lacks(guard, other, now=now)
        only_hold = lacking[:, Rule.HOLD] & ~lacking[:, : Rule.HOLD].any(axis=1)
        closing = [
            guard.lit,
            now < guard.dark_at,
            course.goal == Way.NONE,
            course.asked,
            only_hold,
        ]
        named = [Phase.OPEN, Phase.WARNING, Phase.CLOSED, Phase.ASKING, Phase.ALL_RED]
        return np.select(closing, named, Phase.PROVING)
