"""A reversible lane as a duty officer reads it: how far it is, and what it still lacks."""

from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import FloatArray
from haihe.model.time import SECOND
from haihe.pack.room import (
    Charge,
    DetectorShown,
    EndShown,
    Hold,
    Lack,
    LaneState,
    Seen,
    SideShown,
    Steered,
    StepShown,
    Sums,
)
from haihe.packs.traffic.measures.events import joined
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.control import Memory, TidalControl
from haihe.packs.traffic.tidal.forecast import SLOT
from haihe.packs.traffic.tidal.interlock import CONFIRMED, REASONS, Guard, Rule
from haihe.packs.traffic.tidal.lanes import GATES, PLAIN_NAMES, WAY_NAMES, Lane, Way
from haihe.packs.traffic.tidal.machine import HOPELESS, PHASES, Act, Phase

TIDAL: Final = "tidal"  # The loop, by its name within the pack.
ENDS: Final = ("A", "B")  # Inbound runs from A to B.
# What a lane goes through; closed or waiting for a person, it is where its emptiness is proved.
WAYPOINTS: Final = (Phase.OPEN, Phase.WARNING, Phase.PROVING, Phase.ALL_RED)
ASIDE: Final = (Phase.CLOSED, Phase.ASKING)
BY_HAND: Final = {Act.CLOSE: "close", Act.IN: "in", Act.OUT: "out"}
NEVER: Final = tuple(
    Lack(rule.name.lower(), REASONS[rule], is_confirmable=False, left_s=None)
    for rule in Rule
    if not CONFIRMED[rule] and rule is not Rule.KNOWN
)
DIGITS: Final = 2  # Ours: of a vehicle hour; a screen shows one.


def lanes_shown(steered: Steered, seen: Seen) -> tuple[LaneState, ...]:
    """Every lane of the loop as it is."""
    control, memory = steered.control, steered.memory
    assert isinstance(control, TidalControl)
    assert isinstance(memory, Memory)
    look = _Look(control, memory, steered=steered, now=seen.now)
    return tuple(look.lane(row) for row in range(len(control.settings.lanes)))


def _heard(memory: Memory, *, now: int) -> pilot.Heard:
    flow = memory.fresh_flow(now)
    nobody = np.zeros(len(flow), np.bool_)
    return pilot.Heard(
        events=joined([]),
        flow_veh_h=flow[:, :2],
        queue_veh=flow[:, 2:4],
        inside_veh=flow[:, 4],
        acts=np.zeros(len(flow), np.int64),
        confirmed=nobody,
        held=nobody,
    )


class _Look:
    """One look at all lanes."""

    def __init__(
        self, control: TidalControl, memory: Memory, *, steered: Steered, now: int
    ) -> None:
        self.steered = steered
        self.settings, self.memory, self.now = control.settings, memory, now
        self.machine = control.settings.machine
        self.flow = memory.fresh_flow(now)
        flight = memory.flight
        self.found, self.streams = pilot.weighed(
            control.settings,
            flight.guard,
            heard=_heard(memory, now=now),
            now=now,
            before=flight.before(int(flight.counted_at[-1])),  # As at the last decision.
        )
        guard, course = flight.guard, flight.course
        self.guard: Guard = guard
        self.phase = self.machine.phases(course, guard, now=now)
        self.shown = self.machine.interlock.shown(guard, now=now)
        other = np.where(guard.way == Way.IN, Way.OUT, Way.IN)
        self.wish = np.where((course.goal == Way.NONE) | guard.lit, other, course.goal)
        self.lacking = self.machine.interlock.lacks(guard, self.wish, now=now)

    def lane(self, row: int) -> LaneState:
        """One lane."""
        lane, flight = self.settings.lanes[row], self.memory.flight
        phase = Phase(int(self.phase[row]))
        way = Way(int(self.shown[row]))
        ordered = Way(int(self.guard.way[row])) if self.guard.lit[row] else Way.NONE
        offset = self.settings.offset
        confirmed = int(self.guard.confirmed_at[row])
        until = confirmed + self.machine.interlock.tables.limits.confirm_s * SECOND
        return LaneState(
            entity=lane.name,
            title=_title(lane),
            loop=TIDAL,
            way=PLAIN_NAMES[way],
            way_title=WAY_NAMES[way],
            goal=PLAIN_NAMES[Way(int(flight.course.goal[row]))],
            step=phase.name.lower(),
            since_at=self._since(row, phase),
            steps=_steps(phase, way=Way(int(self.guard.way[row])), goal=Way(int(self.wish[row]))),
            charge=self._charge(row),
            hold=self._hold(row),
            is_asked=bool(flight.course.asked[row]),
            confirmed_until=until if confirmed > 0 and until > self.now else 0,
            confirm_s=float(self.machine.interlock.tables.limits.confirm_s),
            lacks=self._lacks(row),
            never=NEVER,
            detectors=self._detectors(row, lane),
            ends=self._ends(row),
            inside_veh=_told(self.flow[row, 4]),
            ahead_at=(self.now + offset) // SLOT * SLOT - offset,
            slot_s=SLOT / SECOND,
            sides=(self._side(row, lane, way=Way.IN), self._side(row, lane, way=Way.OUT)),
            sums=self._sums(row) if self.guard.lit[row] else None,
            plan=lane.plans[ordered],
        )

    def _since(self, row: int, phase: Phase) -> int:
        """Since when the lane is in its step; 0 if nobody knows."""
        limits = self.machine.interlock.tables.limits
        dark_at = int(self.guard.dark_at[row])
        at = {
            Phase.OPEN: int(self.memory.flight.course.opened_at[row]),
            Phase.WARNING: dark_at - limits.warn_s * SECOND,
            Phase.ALL_RED: int(self.guard.proved_at[row]),
        }.get(phase, dark_at)
        return at if 0 < at <= self.now else 0

    def _charge(self, row: int) -> Charge:
        if self.memory.flight.course.act[row] != Act.NONE:
            return Charge.HAND
        name = self.settings.lanes[row].name
        is_shelved = self.steered.all_held or name in self.steered.held
        return Charge.SHELF if is_shelved else Charge.LOOP

    def _hold(self, row: int) -> Hold | None:
        act, hand = Act(int(self.memory.flight.course.act[row])), self.memory.hands[row]
        return Hold(BY_HAND[act], hand.who, hand.reason, hand.at) if act in BY_HAND else None

    def _lacks(self, row: int) -> tuple[Lack, ...]:
        """What it lacks for where it is to go; of an open lane, what would keep it closed."""
        rules = HOPELESS if self.guard.lit[row] else tuple(Rule)
        return tuple(
            Lack(
                name=rule.name.lower(),
                title=REASONS[rule],
                is_confirmable=bool(CONFIRMED[rule]),
                left_s=self._left(row, rule),
            )
            for rule in rules
            if self.lacking[row, rule]
        )

    def _left(self, row: int, rule: Rule) -> float | None:
        """For how long a rule of time will be lacking at least; s."""
        guard, tables = self.guard, self.machine.interlock.tables
        needed_s, since_at = {
            Rule.TRAVERSE: (float(tables.traverse_s[row]), int(guard.dark_at[row])),
            Rule.DWELL: (float(tables.limits.dwell_s), int(guard.quiet_at[row])),
            Rule.HOLD: (float(tables.limits.hold_s), int(guard.proved_at[row])),
        }.get(rule, (0.0, 0))
        if not 0 < since_at <= self.now:
            return None
        return round(max(needed_s - (self.now - since_at) / SECOND, 0.0), DIGITS)

    def _detectors(self, row: int, lane: Lane) -> tuple[DetectorShown, ...]:
        return tuple(
            DetectorShown(
                number=number,
                is_gate=place < GATES,
                count=int(self.guard.count[row, place]),
                is_on=bool(self.guard.on[row, place]),
                has_failed=bool(self.guard.failed[row, place]),
            )
            for place, number in enumerate((*lane.gates, *lane.zones))
        )

    def _ends(self, row: int) -> tuple[EndShown, ...]:
        limits = self.machine.interlock.tables.limits
        return tuple(
            EndShown(
                name=name,
                says_red=bool(self.guard.red[row, end]),
                heard_at=int(self.guard.alive_at[row, end]),
                is_silent=self.now - int(self.guard.alive_at[row, end]) > limits.silent_s * SECOND,
            )
            for end, name in enumerate(ENDS)
        )

    def _side(self, row: int, lane: Lane, *, way: Way) -> SideShown:
        side, ahead = way - Way.IN, self.streams.outlook
        carried = lane.lanes[side] * lane.capacity_veh_h
        return SideShown(
            way=PLAIN_NAMES[way],
            title=WAY_NAMES[way],
            flow_veh_h=_told(self.flow[row, side]),
            waiting_veh=_told(self.flow[row, 2 + side]),
            carried_veh_h=carried,
            with_lane_veh_h=carried + lane.capacity_veh_h,
            expected_veh_h=_rounded(ahead.expected[row, side]),
            spread_veh_h=_rounded(ahead.spread[row, side]),
        )

    def _sums(self, row: int) -> Sums:
        found, pays = self.found, self.found.pays(self.settings.worth)
        gain, cost, later, share, clear = (
            round(float(column[row]), DIGITS)
            for column in (
                found.gain_veh_h, found.cost_veh_h, found.later_veh_h, found.share, found.clear_s
            )
        )  # fmt: skip
        return Sums(gain, cost, later, share, clear, pays=bool(pays[row]))


def _steps(phase: Phase, *, way: Way, goal: Way) -> tuple[StepShown, ...]:
    """The way from open to open the other way, and where on it the lane is.

    way: it is open, or was last. goal: where it is to go next.
    """
    points = [phase if phase in ASIDE and one is Phase.PROVING else one for one in WAYPOINTS]
    now = points.index(phase)
    first = PHASES[Phase.OPEN] if way is Way.NONE else _open(way)
    titles = [first, *(PHASES[one] for one in points[1:]), _open(goal)]
    names = [*(one.name.lower() for one in points), "opened"]
    return tuple(
        StepShown(name, title, is_done=at < now and way is not Way.NONE, is_now=at == now)
        for at, (name, title) in enumerate(zip(names, titles, strict=True))
    )


def _title(lane: Lane) -> Text:
    name = lane.name.partition("/")[2] or lane.name
    return Text(zh=f"可变车道 {name}", en=f"reversible lane {name}")


def _open(way: Way) -> Text:
    name = WAY_NAMES[way]
    return Text(zh=f"开放 {name.zh}", en=f"open {name.en}")


def _told(value: float) -> float | None:
    """A value; None if it is unknown."""
    return float(value) if np.isfinite(value) else None


def _rounded(values: FloatArray) -> tuple[float, ...]:
    return tuple(np.round(values, 1).tolist())
