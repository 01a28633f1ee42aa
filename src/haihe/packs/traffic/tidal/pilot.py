"""A turn for many reversible lanes: hear, decide, step the machine, ask the interlock."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import HOUR, MINUTE
from haihe.packs.traffic.measures.events import Events
from haihe.packs.traffic.tidal.decide import (
    HORIZON_SLOTS,
    WORTH,
    Balance,
    Streams,
    Worth,
    balance,
    reason,
)
from haihe.packs.traffic.tidal.forecast import NEWEST, Tide, outlook, present_of
from haihe.packs.traffic.tidal.interlock import LONG_AGO, Guard, Interlock, Refusal
from haihe.packs.traffic.tidal.lanes import Lane, Limits, Way, tables_of
from haihe.packs.traffic.tidal.machine import MINIMUM_HOLD, Act, Course, Machine

DECIDE_EVERY: Final = 1 * MINUTE  # Ours: each minute an unforeseen tide waits is ten vehicles more.
COUNTS: Final = (
    NEWEST // DECIDE_EVERY
)  # Counts of the last minutes; the oldest says what came before.


HOLD: Final = "hold_min"
# Ours: beyond them a lane turns at every wave, or never.
REACH: Final[Mapping[str, tuple[float, float]]] = {
    HOLD: (0.0, 720.0),
    "factor": (0.0, 100.0),
    "gain_least_veh_h": (0.0, 1000.0),
    "share_least": (0.0, 1.0),
}


@dataclass(frozen=True)
class Settings:
    """What lanes there are and what is usual there.

    tide: of the same lanes, in their order.
    offset: of the local clock from UTC; ns.
    minimum_hold: from opening a lane to closing it again by decision; ns.
    worth: what a turn has to bring.
    """

    lanes: tuple[Lane, ...]
    tide: Tide
    limits: Limits
    offset: int = 8 * HOUR
    minimum_hold: int = MINIMUM_HOLD
    worth: Worth = WORTH

    @cached_property
    def machine(self) -> Machine:
        """The machine of these lanes, with their interlock."""
        return Machine(Interlock(tables_of(self.lanes, self.limits)), self.minimum_hold)

    @property
    def numbers(self) -> Mapping[str, float]:
        """What a turn must bring, and how long a lane stays as it is; minutes."""
        return {HOLD: self.minimum_hold / MINUTE, **asdict(self.worth)}

    def with_numbers(self, told: Mapping[str, float]) -> "Settings":
        """The same with others.

        Raises ValueError if one is not there, or out of reason.
        """
        for name, value in told.items():
            if name not in REACH:
                raise ValueError(f"there is no setting '{name}'; there are {', '.join(REACH)}.")
            low, high = REACH[name]
            if not low <= value <= high:
                raise ValueError(f"{name} is {value:g}; give {low:g} to {high:g}.")
        worth = {name: value for name, value in told.items() if name != HOLD}
        hold = told.get(HOLD, self.minimum_hold / MINUTE)
        return replace(self, worth=replace(self.worth, **worth), minimum_hold=round(hold * MINUTE))


@dataclass(frozen=True, slots=True)
class Flight:
    """The pilot's memory.

    wanted: int64 (lane,), the ``Way`` the tide asks for.
    blocked: bool (lane,), the tide asked for a turn that no proof could follow; since it opened.
    counted: float64 (count, lane, way), the demand heard at the last decisions, the oldest first;
        NaN where unknown. counted_at: int64 (count,), when; ns.
    """

    guard: Guard
    course: Course
    wanted: IntArray
    blocked: BoolArray
    counted: FloatArray
    counted_at: IntArray

    def before(self, now: int) -> FloatArray:
        """float64 (lane, way): the demand as it was heard ``NEWEST`` ago; NaN where unknown."""
        is_then = self.counted_at[0] == now - NEWEST
        return self.counted[0] if is_then else np.full_like(self.counted[0], np.nan)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came since the last turn.

    events: of the lanes' controllers, in the order received.
    flow_veh_h: float64 (lane, way), the demand of late; NaN if unknown.
    queue_veh: float64 (lane, way), vehicles waiting; NaN if unknown.
    inside_veh: float64 (lane,), vehicles in the lane; NaN if unknown.
    acts: int64 (lane,), what people want: ``Act``.
    confirmed: bool (lane,), a named person saw that it is empty.
    held: bool (lane,), the platform drops what is ordered for it: it stays as it is.
    """

    events: Events
    flow_veh_h: FloatArray
    queue_veh: FloatArray
    inside_veh: FloatArray
    acts: IntArray
    confirmed: BoolArray
    held: BoolArray


@dataclass(frozen=True, slots=True)
class Told:
    """What a turn brought.

    shown: int64 (lane,), the ``Way`` it may be entered now.
    changed: lanes (rows) that began to close or opened.
    asks: lanes (rows) for which a person is asked now.
    decided: lanes (rows) that the tide wants turned, and why.
    blocked: lanes (rows) that it would turn now if their detectors could be believed.
    refusals: what the interlock refused.
    """

    shown: IntArray
    changed: tuple[int, ...]
    asks: tuple[int, ...]
    decided: tuple[tuple[int, Text], ...]
    blocked: tuple[int, ...]
    refusals: tuple[Refusal, ...]


def start(settings: Settings, *, at: int) -> Flight:
    """Memory at the first instant: lanes are closed until a person confirms that they are empty."""
    machine = settings.machine
    home = np.array([lane.home for lane in settings.lanes], dtype=np.int64)
    nobody = np.zeros(len(home), np.bool_)
    unknown, never = np.full((COUNTS, len(home), 2), np.nan), np.full(COUNTS, LONG_AGO)
    return Flight(machine.interlock.start(at=at), machine.start(), home, nobody, unknown, never)


def turn(settings: Settings, flight: Flight, *, heard: Heard, now: int) -> tuple[Flight, Told]:
    """The lanes one turn later."""
    machine = settings.machine
    interlock = machine.interlock
    before = interlock.hear(flight.guard, heard.events, now=now)
    before = interlock.confirm(before, heard.confirmed, now=now)
    course = machine.act(flight.course, heard.acts)
    wanted, blocked = flight.wanted, flight.blocked
    counted, counted_at = flight.counted, flight.counted_at
    decided: tuple[tuple[int, Text], ...] = ()
    if now % DECIDE_EVERY == 0:
        asked_for = replace(flight, guard=before, course=course)
        wanted, blocked, decided = _decided(settings, asked_for, heard=heard, now=now)
        counted = np.concatenate([counted[1:], heard.flow_veh_h[None]])
        counted_at = np.append(counted_at[1:], now)
    course = machine.aim(course, before, wanted=wanted, now=now)
    stays = np.where(before.lit, before.way, Way.NONE)
    wish = np.where(heard.held, stays, machine.wish(course, before, now=now))
    after, refusals = interlock.step(before, wish, now=now)
    asked = course.asked
    course = machine.stepped(course, before=before, after=after, now=now)
    changed = (before.lit != after.lit) | (before.way != after.way)
    told = Told(
        shown=interlock.shown(after, now=now),
        changed=tuple(np.flatnonzero(changed).tolist()),
        asks=tuple(np.flatnonzero(course.asked & ~asked).tolist()),
        decided=decided,
        blocked=tuple(np.flatnonzero(blocked & ~flight.blocked).tolist()),
        refusals=refusals,
    )
    return Flight(after, course, wanted, blocked & after.lit, counted, counted_at), told


def _decided(
    settings: Settings, flight: Flight, *, heard: Heard, now: int
) -> tuple[IntArray, BoolArray, tuple[tuple[int, Text], ...]]:
    """The way the tide asks for, where it asks in vain, and why where that is new.

    Only what is open is asked about.
    """
    guard = flight.guard
    found, streams = weighed(settings, guard, heard=heard, now=now, before=flight.before(now))
    young = now - flight.course.opened_at < settings.machine.minimum_hold
    hopeless = settings.machine.hopeless(guard, now=now)
    may = guard.lit & ~young & ~heard.held & (flight.course.act == Act.NONE)
    pays = may & found.pays(settings.worth)
    turns = pays & ~hopeless
    blocked = flight.blocked | (pays & hopeless)
    other = np.where(guard.way == Way.IN, Way.OUT, Way.IN)
    wanted = np.where(turns, other, np.where(guard.lit, guard.way, flight.wanted))
    rows = np.flatnonzero(turns).tolist()
    whys = (
        reason(settings.lanes[at], streams, found=found, at=at, way=Way(other[at])) for at in rows
    )
    return wanted, blocked, tuple(zip(rows, whys, strict=True))


def weighed(
    settings: Settings,
    guard: Guard,
    *,
    heard: Heard,
    now: int,
    before: FloatArray | None = None,
) -> tuple[Balance, Streams]:
    """What turning each lane now would bring, and of what that was computed.

    before: float64 (lane, way), ``Flight.before``; None where it is not known.
    What is unknown of a queue or of the lane counts as nothing there: it only delays a turn.
    """
    flow = heard.flow_veh_h
    present = present_of(flow, np.full_like(flow, np.nan) if before is None else before)
    ahead = outlook(settings.tide, present, now=now, offset=settings.offset, slots=HORIZON_SLOTS)
    streams = Streams(
        queue_veh=np.nan_to_num(heard.queue_veh),
        inside_veh=np.nan_to_num(heard.inside_veh),
        outlook=ahead,
    )
    found = balance(settings.lanes, streams, way=guard.way, limits=settings.limits)
    return found, streams
