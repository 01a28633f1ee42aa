"""The reversible lane as its own controllers have it: gates, zones, signs, and who is inside."""

from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.measures.events import PARAMETERS, Code, Events
from haihe.packs.traffic.street.layout import Strips
from haihe.packs.traffic.street.loops import Passing, edges, told
from haihe.packs.traffic.street.motion import Moved
from haihe.packs.traffic.street.vehicles import LENGTH_M, Vehicles
from haihe.packs.traffic.tidal.lanes import PLAIN_NAMES, Lane, Limits, Way

GATE_M: Final = 1.5  # Ours: shorter than the least gap between vehicles.
GATES_M: Final = (1.0, 6.0)  # Ours: from the lane's end to the outer and the inner loop.
POLL: Final = 10 * SECOND  # Ours: three polls before a controller counts as silent.
REST: Final = 15 * SECOND  # Ours: who was about to enter is over the first loop by then.
LONG_AGO: Final = -(10**6) * SECOND  # Ours: longer than any rest before the start.
HEAD_ON_M: Final = 2.0  # Ours: between two that met where they never should have.
WAYS: Final = {name: way for way, name in PLAIN_NAMES.items()}


class Avenue:
    """One lane's signs, which have a rule of their own, and its loops."""

    def __init__(self, lane: Lane, strips: Strips, *, limits: Limits) -> None:
        """Dark at both ends, nobody inside."""
        self._lane = lane
        self._strips = strips
        self._amber = limits.warn_s * SECOND
        length = lane.length_m
        at_a = [(near, near + GATE_M) for near in GATES_M]
        at_b = [(length - begin - GATE_M, length - begin) for begin in reversed(GATES_M)]
        step = length / len(lane.zones)
        zones = [(at * step, (at + 1) * step) for at in range(len(lane.zones))]
        self._spans = np.array([*at_a, *at_b, *zones])
        self._device = np.array(lane.sources) // PARAMETERS
        self._detector = np.array(lane.sources) % PARAMETERS
        self._count = np.zeros(len(self._spans), np.int64)
        self.way = Way.NONE
        self._last = Way.NONE
        self._dark_at = 0
        self._closed_at = LONG_AGO
        self.refused = 0
        self._sections = np.flatnonzero(strips.way != Way.NONE)
        self.stranded = 0
        self._met: frozenset[int] = frozenset()

    @property
    def channels(self) -> tuple[IntArray, IntArray]:
        """Device and detector of every loop, gates first."""
        return self._device, self._detector

    @property
    def is_on(self) -> BoolArray:
        """bool (loop,): who has somebody over it."""
        return self._count > 0

    def order(self, way: Way, *, now: int) -> None:
        """Show another way, or stay as it is and count the refusal.

        One that was open is amber first. The way it was last may come back at any time; another
        one only when no loop sees anybody and the red X has been shown for ``REST``.
        now: ns.
        """
        if way is Way.NONE:
            if self.way is not Way.NONE and self._dark_at == 0:
                self._dark_at = now + self._amber
            return
        if not self._is_clear(way, now=now):
            self.refused += 1
            return
        self.open(way)

    def open(self, way: Way) -> None:
        """Show a way at once, whoever is inside: what the signs' own rule is there to prevent."""
        self.way = self._last = way
        self._dark_at = 0

    def opens(self, now: int) -> Way:
        """The way in which it may be entered; amber included."""
        if self._dark_at and now >= self._dark_at:
            self.way, self._dark_at, self._closed_at = Way.NONE, 0, self._dark_at
        return self.way

    def signs(self, now: int) -> Events:
        """What both signs say at a poll; nothing at other times."""
        if now % POLL:
            return _nothing()
        way = self.opens(now)
        lit = Code.YELLOW if self._dark_at else Code.GREEN
        enters = [way is Way.IN, way is Way.OUT]
        codes = np.array([lit if enter else Code.RED for enter in enters], np.int64)
        devices = np.array(self._lane.devices, np.int64)
        return Events(np.full(2, now), devices, codes, np.array(self._lane.signs, np.int64))

    def inside(self, cars: Vehicles) -> IntArray:
        """int64: the numbers of the vehicles with any part in the lane."""
        front_m, _ = self._fronts(cars)
        return cars.number[np.nan_to_num(front_m, nan=-1.0) > 0]

    def loops(self, moved: Moved, *, at: int) -> Events:
        """What gates and zones saw in the second that ends at ``at``; ns."""
        cars = moved.before
        front_m, way = self._fronts(cars)
        row = np.flatnonzero(np.isfinite(front_m))
        if not len(row):
            return _nothing()
        front_m, way = front_m[row], way[row]
        loops = len(self._spans)
        back = np.repeat(way == Way.OUT, loops)
        spans = np.tile(self._spans, (len(row), 1))
        length = self._lane.length_m
        passing = Passing(
            np.repeat(front_m, loops),
            np.repeat(moved.step_m[row], loops),
            np.repeat(LENGTH_M[cars.kind[row]], loops),
        )
        found = edges(
            np.tile(np.arange(loops), len(row)),
            passing,
            begin_m=np.where(back, length - spans[:, 1], spans[:, 0]),
            end_m=np.where(back, length - spans[:, 0], spans[:, 1]),
        )
        self._count, events = told(
            self._count, found, device=self._device, detector=self._detector, at=at
        )
        return events

    def count_stranded(self, cars: Vehicles, *, now: int) -> None:
        """Count who is met by the lane being open the other way; each once while it is inside."""
        way = self.opens(now)
        if way is Way.NONE:
            return
        front_m, heading = self._fronts(cars)
        against = np.isfinite(front_m) & (heading != way)
        numbers = frozenset(cars.number[against].tolist())
        self.stranded += len(numbers - self._met)
        self._met |= numbers

    def head_on(self, cars: Vehicles) -> FloatArray:
        """float64 (strip,): where each section ends for those who meet others head on."""
        blocks = np.full(len(self._strips.names), np.inf)
        front_m, way = self._fronts(cars)
        there, back = (front_m[(way == one) & np.isfinite(front_m)] for one in (Way.IN, Way.OUT))
        if not len(there) or not len(back):
            return blocks
        for own, other, heading in ((there, back, Way.IN), (back, there, Way.OUT)):
            reach = self._lane.length_m - other
            ahead = reach[reach > own.min()]
            limit = ahead.min() if len(ahead) else np.inf
            foremost = own[own < limit].max(initial=0.0)
            middle = (foremost + limit) / 2 - HEAD_ON_M
            for strip in self._sections[self._strips.way[self._sections] == heading].tolist():
                blocks[strip] = max(middle, foremost) - self._strips.before_m[strip]
        return blocks

    def _is_clear(self, way: Way, *, now: int) -> bool:
        """Whether the signs' own rule lets them show a way."""
        if way is self._last:
            return True
        dark = self.opens(now) is Way.NONE and now - self._closed_at >= REST
        return dark and not self.is_on.any()

    def _fronts(self, cars: Vehicles) -> tuple[FloatArray, IntArray]:
        """Fronts along their way in metres, NaN where not inside, and the way.

        A front below 0 is over the junction, on its way in.
        """
        strips = self._strips
        way = strips.way[cars.strip]
        front_m = np.where(way != Way.NONE, cars.at_m + strips.before_m[cars.strip], np.nan)
        gone = (way == Way.NONE) & (cars.behind >= 0) & (strips.way[cars.behind] != Way.NONE)
        if gone.any():
            was = cars.behind[gone]
            past_m = cars.at_m[gone] + cars.behind_m[gone] + strips.before_m[was]
            rear_m = past_m - cars.length_m[gone]
            front_m[gone] = np.where(rear_m <= self._lane.length_m, past_m, np.nan)
            way = way.copy()
            way[gone] = strips.way[was]
        return front_m, way


def _nothing() -> Events:
    nothing = np.empty(0, np.int64)
    return Events(nothing, nothing, nothing, nothing)
