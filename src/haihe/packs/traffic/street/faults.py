"""What goes wrong on the street, and what it does to records, orders and vehicles."""

from collections.abc import Mapping, Sequence, Set
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.measures.events import PARAMETERS, Code, Events
from haihe.packs.traffic.street.layout import Layout
from haihe.packs.traffic.street.loops import TENTH
from haihe.twin import Fault

STUCK_ON, STUCK_OFF, CHATTER = "detector-stuck-on", "detector-stuck-off", "detector-chatter"
SILENT, SKEW = "controller-silent", "clock-skew"
REFUSES, LATE = "controller-refuses", "controller-late"
ACCIDENT, SURGE = "accident", "surge"
DETECTOR: Final = (STUCK_ON, STUCK_OFF, CHATTER)  # Size: the channel.
TIMES: Final = frozenset({SKEW, LATE})  # Size: seconds.
CHATTER_S: Final = 5  # Ours: on and off times a second; far beyond any vehicle.
TIMES_MOST_S: Final = 3600.0  # Ours: an hour of daylight saving that somebody left in.
SURGE_MOST_VEH_H: Final = 4000.0  # Ours: more than the road's lanes let through.


class Faults:
    """Which faults there can be, and their effects."""

    def __init__(self, layout: Layout, junctions: tuple[str, ...], *, seed: int) -> None:
        """Nothing is wrong.

        junctions: their entities, in order of devices.
        """
        self._layout = layout
        self._junctions = junctions
        self._seed = seed
        roads = frozenset(f"road/{name}" for name in layout.roads if "-from-" in name)
        starts = frozenset(f"road/{flow.start}" for flow in layout.flows)
        controllers = (*DETECTOR, SILENT, SKEW, REFUSES, LATE)
        self.places: Mapping[str, frozenset[str]] = {
            **dict.fromkeys(controllers, frozenset(junctions)),
            ACCIDENT: roads,
            SURGE: starts,
        }
        self._wrong: dict[tuple[int, int], bool] = {}
        self._silent: frozenset[int] = frozenset()

    def check(self, fault: Fault) -> None:
        """Refuse a size that cannot be.

        Raises ValueError naming it.
        """
        if fault.kind in TIMES and fault.size > TIMES_MOST_S:
            raise ValueError(f"fault '{fault.kind}' has size {fault.size} s; at most 3600.")
        if fault.kind == SURGE and fault.size > SURGE_MOST_VEH_H:
            raise ValueError(f"fault 'surge' has size {fault.size} veh/h; at most 4000.")

    def late(self, truth: Sequence[Fault], entity: str, *, at: int) -> int:
        """How much later an order to the entity takes effect; ns."""
        return sum(
            int(one.size * SECOND)
            for one in truth
            if one.kind == LATE and one.entity == entity and one.starts_at <= at < one.ends_at
        )

    def blocks_m(self, active: Sequence[Fault]) -> FloatArray:
        """float64 (strip,): where an accident stands in a lane; infinite where none does.

        It stands in the middle of the road's lane of the ordinal ``size`` - 1.
        """
        strips = self._layout.strips
        blocks = np.full(len(strips.names), np.inf)
        for fault in active:
            if fault.kind == ACCIDENT:
                road = self._layout.roads.index(fault.entity.partition("/")[2])
                own = np.flatnonzero(strips.road == road)
                strip = own[min(int(fault.size), len(own)) - 1]
                blocks[strip] = strips.length_m[strip] / 2
        return blocks

    def extra_veh_h(self, active: Sequence[Fault]) -> FloatArray:
        """float64 (flow,): what an event sends beside the usual, as cars of the first such flow."""
        flows = self._layout.flows
        extra = np.zeros(len(flows))
        for fault in active:
            if fault.kind == SURGE:
                road = fault.entity.partition("/")[2]
                extra[next(at for at, flow in enumerate(flows) if flow.start == road)] += fault.size
        return extra

    def felt(
        self, active: Sequence[Fault], *, over: tuple[IntArray, IntArray, IntArray]
    ) -> BoolArray:
        """bool (loop,): what each loop tells its own controller: somebody is there.

        over: device and channel of every loop, and how many truly stand over it.
        """
        device, channel, many = over
        on: BoolArray = many > 0
        for fault in active:
            if fault.kind in DETECTOR:
                own = (device == self._device(fault)) & (channel == int(fault.size))
                on = np.where(own, fault.kind != STUCK_OFF, on)
        return on

    def distorted(
        self, parts: Sequence[Events], active: Sequence[Fault], *,
        over: tuple[IntArray, IntArray, IntArray], at: int,
    ) -> list[Events]:  # fmt: skip
        """The events as they are heard: with loops that lie, clocks that are wrong, silence.

        over: device and channel of every loop, and how many truly stand over it.
        """
        if not active and not self._wrong:
            return list(parts)
        lies = {
            (self._device(fault), int(fault.size)): fault
            for fault in active
            if fault.kind in DETECTOR
        }
        silent = self.silent(active)
        mute = [device for device in silent if device in self._silent]
        self._silent = silent
        # What a loop says in the second in which it is whole again is told as one change.
        events = [_without(one, {*lies, *self._wrong}) for one in parts]
        events.append(self._lies(lies, over=over, at=at))
        events = [one.where(~np.isin(one.device, mute)) for one in events]
        for fault in active:
            if fault.kind == SKEW:
                events = [self._skewed(one, fault) for one in events]
        return events

    def silent(self, active: Sequence[Fault]) -> frozenset[int]:
        """The devices that nobody hears."""
        return frozenset(self._device(fault) for fault in active if fault.kind == SILENT)

    def _device(self, fault: Fault) -> int:
        return self._junctions.index(fault.entity) + 1

    def _skewed(self, events: Events, fault: Fault) -> Events:
        off = np.where(events.device == self._device(fault), int(fault.size * 10) * TENTH, 0)
        return Events(events.at + off, events.device, events.code, events.parameter)

    def _lies(
        self, lies: Mapping[tuple[int, int], Fault], *,
        over: tuple[IntArray, IntArray, IntArray], at: int,
    ) -> Events:  # fmt: skip
        """What the loops that lie say, and what is so at the end of it."""
        rows: list[tuple[int, int, int, int]] = []
        true_on = {
            (device, channel): many > 0
            for device, channel, many in zip(*(one.tolist() for one in over), strict=True)
        }
        for key, fault in lies.items():
            if key not in true_on:
                continue
            was = self._wrong.get(key, true_on[key])
            if fault.kind == CHATTER:
                for turn in range(2 * CHATTER_S):
                    was = not was
                    code = Code.DETECTOR_ON if was else Code.DETECTOR_OFF
                    rows.append((at - SECOND + turn * TENTH, key[0], code, key[1]))
                self._wrong[key] = was
                continue
            says = fault.kind == STUCK_ON
            if was != says:
                rows.append((at, key[0], Code.DETECTOR_ON if says else Code.DETECTOR_OFF, key[1]))
            self._wrong[key] = says
        for key, is_on in true_on.items():
            if key[0] in self._silent:
                self._wrong.setdefault(key, is_on)
        whole = [key for key in self._wrong if key not in lies and key[0] not in self._silent]
        for key in whole:
            if self._wrong.pop(key) != true_on[key]:
                code = Code.DETECTOR_ON if true_on[key] else Code.DETECTOR_OFF
                rows.append((at, key[0], code, key[1]))
        table = np.array(rows, np.int64).reshape(-1, 4).T
        return Events(table[0], table[1], table[2], table[3])


def _without(events: Events, loops: Set[tuple[int, int]]) -> Events:
    """The events without those of some loops, by device and channel."""
    wrong = np.array([device * PARAMETERS + channel for device, channel in loops], np.int64)
    detects = (events.code == Code.DETECTOR_ON) | (events.code == Code.DETECTOR_OFF)
    return events.where(~(detects & np.isin(events.source, wrong)))
