"""What a reversible lane has: its two ends, its detectors, its signs, and what it may do."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.measures.events import PARAMETERS

GATES: Final = 4  # Ours: two loops at each end, so that one alone never speaks for an end.


class Way(IntEnum):
    """Which way a lane is open. Inbound runs from end A to end B."""

    NONE = 0
    IN = 1
    OUT = 2


WAY_NAMES: Final = {
    Way.NONE: Text(zh="关闭", en="closed"),
    Way.IN: Text(zh="进城方向", en="inbound"),
    Way.OUT: Text(zh="出城方向", en="outbound"),
}
PLAIN_NAMES: Final = {Way.NONE: "closed", Way.IN: "inbound", Way.OUT: "outbound"}


@dataclass(frozen=True, slots=True)
class Lane:
    """A reversible lane between two ends, entered and left at its ends only.

    name: of the entity.
    devices: the controller's number at end A and at end B.
    gates: detectors: outer and inner loop at A (on the controller of A), inner and outer at B.
    zones: presence detectors from A to B that cover the lane without a gap; the first half is on
        the controller of A. At least one.
    signs: the phase that stands for the lane's sign at A and at B.
    length_m: from end to end; more than 0.
    lanes: ordinary lanes inbound and outbound, each at least one.
    capacity_veh_h: what one lane's end lets through; more than 0.
    home: the way it is open without a tide; IN or OUT.
    plans: signal plans for closed, inbound and outbound.
    """

    name: str
    devices: tuple[int, int]
    gates: tuple[int, int, int, int]
    zones: tuple[int, ...]
    signs: tuple[int, int]
    length_m: float
    lanes: tuple[int, int]
    capacity_veh_h: float
    home: Way = Way.OUT
    plans: tuple[str, str, str] = ("balanced", "tide-in", "tide-out")

    def __post_init__(self) -> None:
        """Refuse a lane that could never be proved empty."""
        if not self.zones:
            raise ValueError(
                f"lane '{self.name}' has no zone detectors; cover it from end to end, "
                "counts alone cannot prove it empty."
            )
        if self.length_m <= 0 or self.capacity_veh_h <= 0 or min(self.lanes) < 1:
            raise ValueError(
                f"lane '{self.name}' has length {self.length_m} m, capacity "
                f"{self.capacity_veh_h} veh/h, lanes {self.lanes}; all must be more than 0."
            )
        if len(set(self.sources)) < len(self.sources):
            raise ValueError(
                f"lane '{self.name}' names a detector twice: gates {self.gates}, zones "
                f"{self.zones}; each must be one of its own."
            )

    @property
    def sources(self) -> tuple[int, ...]:
        """One number for each detector: the four gates, then the zones."""
        a, b = self.devices
        half = (len(self.zones) + 1) // 2
        gates = [a, a, b, b]
        zones = [a] * half + [b] * (len(self.zones) - half)
        pairs = zip([*gates, *zones], [*self.gates, *self.zones], strict=True)
        return tuple(device * PARAMETERS + detector for device, detector in pairs)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each step of turning a lane lasts at least, or may last; seconds.

    warn_s: amber before the red X.
    speed_m_s: at which the lane's length is run through at least once before it may turn.
    dwell_s: for which no detector may have changed or been on.
    hold_s: red at both ends after the lane is proved empty.
    late_s: how late, or early by its own stamp, an event may come.
    silent_s: after which a controller that says nothing is lost.
    confirm_s: how long a person's confirmation counts.
    ask_s: how long proving may last before a person is asked.
    """

    warn_s: int = 20  # Ours: a driver at 50 km/h sees it, and 280 m are left to merge.
    speed_m_s: float = 13.9  # Ours: 50 km/h, the limit of an urban arterial.
    dwell_s: int = 15  # Ours: 3 times late_s; a vehicle that moves enters the next zone by then.
    hold_s: int = 5  # Ours: as the longest all-red of a wide junction.
    late_s: int = 5  # Ours: a poll of a second over a bad line.
    silent_s: int = 30  # Ours: three polls of ten seconds.
    confirm_s: int = 120  # Ours: what a camera showed longer ago says nothing of now.
    ask_s: int = 900  # Ours: a full lane of 1.5 km needs 20 min; the rule asks well before.

    def __post_init__(self) -> None:
        """Refuse a dwell that a late event could outlast."""
        if self.dwell_s <= self.late_s or self.late_s < 0 or self.speed_m_s <= 0:
            raise ValueError(
                f"dwell_s is {self.dwell_s}, late_s {self.late_s}, speed_m_s {self.speed_m_s}; "
                "the dwell must be longer than an event may be late, the speed more than 0."
            )


@dataclass(frozen=True, slots=True)
class Tables:
    """Many lanes in columns, as all that steers them reads them.

    names: (lane,).
    source: int64 (known detector,), sorted; ``place``: where each stands in (lane, detector).
    has: bool (lane, detector), False where a lane has fewer than others.
    end: int64 (lane, detector), 0 for the controller at A, 1 at B.
    device: int64 (end,), sorted, of both ends of all lanes; ``device_place`` in (lane, end).
    sign: int64 (sign,), sorted; ``sign_place`` in (lane, end).
    traverse_s: float64 (lane,), the least time from end to end.
    """

    names: tuple[str, ...]
    source: IntArray
    place: IntArray
    has: BoolArray
    end: IntArray
    device: IntArray
    device_place: IntArray
    sign: IntArray
    sign_place: IntArray
    traverse_s: FloatArray
    limits: Limits

    @property
    def shape(self) -> tuple[int, int]:
        """Lanes and the most detectors of one."""
        return self.has.shape[0], self.has.shape[1]


def tables_of(lanes: tuple[Lane, ...], limits: Limits) -> Tables:
    """The lanes in columns.

    Raises ValueError if a detector, a controller or a sign serves two lanes, or a name is twice.
    """
    width = max((len(lane.sources) for lane in lanes), default=GATES + 1)
    has = np.zeros((len(lanes), width), dtype=np.bool_)
    end = np.zeros((len(lanes), width), dtype=np.int64)
    source: list[int] = []
    place: list[int] = []
    for row, lane in enumerate(lanes):
        many = len(lane.sources)
        has[row, :many] = True
        end[row, :many] = [one // PARAMETERS == lane.devices[1] for one in lane.sources]
        source += lane.sources
        place += [row * width + column for column in range(many)]
    device = [one for lane in lanes for one in lane.devices]
    sign = [
        of * PARAMETERS + phase
        for lane in lanes
        for of, phase in zip(lane.devices, lane.signs, strict=True)
    ]
    names = tuple(lane.name for lane in lanes)
    _refuse_shared(names=names, source=source, device=device, sign=sign)
    by_source, by_device, by_sign = (
        np.argsort(np.array(x, np.int64)) for x in (source, device, sign)
    )
    return Tables(
        names=names,
        source=np.array(source, np.int64)[by_source],
        place=np.array(place, np.int64)[by_source],
        has=has,
        end=end,
        device=np.array(device, np.int64)[by_device],
        device_place=by_device.astype(np.int64),
        sign=np.array(sign, np.int64)[by_sign],
        sign_place=by_sign.astype(np.int64),
        traverse_s=np.array([lane.length_m for lane in lanes]) / limits.speed_m_s,
        limits=limits,
    )


def _refuse_shared(
    *, names: tuple[str, ...], source: list[int], device: list[int], sign: list[int]
) -> None:
    for what, found in (("name", names), ("detector", source), ("sign", sign), ("end", device)):
        if len(set(found)) < len(found):
            twice = sorted({str(one) for one in found if list(found).count(one) > 1})
            raise ValueError(
                f"{what} {twice[0]} belongs to two lanes or ends; each lane needs its own, "
                "or one vehicle would prove two lanes empty."
            )


def located(known: IntArray, found: IntArray) -> tuple[IntArray, BoolArray]:
    """Where each found number stands among the sorted known ones, and whether it is there."""
    if len(known) == 0:
        return np.zeros(len(found), np.int64), np.zeros(len(found), np.bool_)
    at = np.minimum(np.searchsorted(known, found), len(known) - 1)
    return at.astype(np.int64), known[at] == found
