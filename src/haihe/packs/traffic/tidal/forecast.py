"""What the tide will bring: what is usual at that hour of that weekday, moved by what is there."""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import DAY, HOUR, MINUTE

SLOT: Final = 5 * MINUTE  # Ours: 100 vehicles at 1,200 an hour, so chance is a tenth of it.
SLOTS: Final = DAY // SLOT
WEEK: Final = 7  # Days.
SAME_LEAST: Final = 3  # Ours: of fewer days of that weekday a median is no median.
MEMORY_SLOTS: Final = 9.0  # Ours: 45 min; about half a rush hour away the present says little.
COUNTED: Final = 10 * MINUTE  # Ours: over which the present is counted; two slots.
NEWEST: Final = 5 * MINUTE  # Ours: the half of it that says most; of less, chance says more.
SURE: Final = 1.0  # James and Stein: what chance explains is taken off once. Measured: 2 is slower.
TINY: Final = 1e-9  # Ours: of a vehicle an hour; so that nothing is divided by nothing.
NORMAL: Final = 1.4826  # Of a normal distribution: its standard deviation by its median deviation.


@dataclass(frozen=True, slots=True, repr=False)
class Tide:
    """What is usual; both float64 (weekday, lane, way, slot), vehicles an hour.

    usual: the median of the days.
    spread: standard deviation about it, from the median deviation.
    days: int64 (weekday,), how many days each rests on.
    """

    usual: FloatArray
    spread: FloatArray
    days: IntArray

    def __repr__(self) -> str:
        """By its content, whole: settings are told apart by how they are shown."""
        parts = (self.usual, self.spread, self.days)
        digest = hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
        return f"Tide({self.usual.shape[1]} lanes, {digest})"


@dataclass(frozen=True, slots=True)
class Present:
    """The demand of late; both float64 (lane, way).

    flow_veh_h: NaN where unknown.
    chance_h: its variance by chance alone over itself; 1/h.
    """

    flow_veh_h: FloatArray
    chance_h: FloatArray


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected; both float64 (lane, way, slot), vehicles an hour, from the slot under way.

    spread: one standard deviation: by two thirds it stays within.
    """

    expected: FloatArray
    spread: FloatArray


def tide_of(counts: FloatArray, weekday: IntArray) -> Tide:
    """What is usual, of recorded days.

    counts: float64 (day, lane, way, slot), vehicles an hour; NaN where nothing was recorded.
    weekday: int64 (day,), 0 for Monday.
    A weekday with fewer than three days takes all working days, or all of a weekend; with fewer
    than three of those too, all days. A slot that no day has is 0, with a spread of 0.
    Raises ValueError if a weekday is not 0 to 6, or days and weekdays differ in number.
    """
    if len(counts) != len(weekday) or ((weekday < 0) | (weekday >= WEEK)).any():
        raise ValueError(
            f"{len(counts)} days have weekdays {weekday.tolist()}; each needs one of 0 to 6."
        )
    usual = np.zeros((WEEK, *counts.shape[1:]))
    spread, days = np.zeros_like(usual), np.zeros(WEEK, np.int64)
    known: dict[bytes, tuple[FloatArray, FloatArray]] = {}  # Weekdays often rest on the same days.
    for day in range(WEEK):
        kin = (weekday == day, (weekday >= 5) == (day >= 5), weekday >= 0)
        mask = next((one for one in kin if one.sum() >= SAME_LEAST), kin[-1])
        days[day], key = mask.sum(), mask.tobytes()
        if key not in known:
            known[key] = _middle(counts[mask])
        usual[day], spread[day] = known[key]
    return Tide(usual, spread, days)


def _middle(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median and robust deviation over the first axis; 0 where all is NaN."""
    middle = _median(counts)
    return middle, NORMAL * _median(np.abs(counts - middle))


def _median(values: FloatArray) -> FloatArray:
    """The median over the first axis, NaN left out; 0 where all is NaN."""
    if len(values) == 0:
        return np.zeros(values.shape[1:])
    many = np.isfinite(values).sum(axis=0)[None]
    ordered = np.sort(values, axis=0)  # NaN last.
    low = np.take_along_axis(ordered, np.maximum(many - 1, 0) // 2, axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(many // 2, len(values) - 1), axis=0)[0]
    return np.where(many[0] > 0, (low + high) / 2, 0.0)


def present_of(counted: FloatArray, before: FloatArray) -> Present:
    """The newest five minutes, as near as counts over ten tell of them.

    counted: float64 (lane, way), vehicles an hour over the last ten minutes; NaN where unknown.
    before: the same as it was told five minutes ago; where it is NaN the ten minutes stand.
    Two such counts differ by half of what the newest five minutes differ from those ten minutes
    before; so newest = before + 2 (counted - before), if the demand was steady until then. That
    has the chance of five minutes and half of it again, from what is taken off.
    """
    known = np.isfinite(counted) & np.isfinite(before)
    flow = np.where(known, np.maximum(2 * counted - before, 0.0), counted)
    # A count varies by its root; by the hour that is times what an hour holds of such counts.
    return Present(flow, np.where(known, 1.5 * HOUR / NEWEST, HOUR / COUNTED))


def outlook(tide: Tide, present: Present, *, now: int, offset: int, slots: int) -> Outlook:
    """What is expected from the slot under way on.

    present: where it is unknown, the usual.
    now: ns. offset: of the local clock from UTC; ns.
    slots: how many, of five minutes.
    What the present differs from the usual, beyond chance, fades with 45 min: a tide that is late
    comes late, one that does not come is not expected for long, one nobody knew of is seen.
    """
    local = now + offset
    weekday = (local // DAY + 3) % WEEK  # 1 January 1970 was a Thursday.
    first = local % DAY // SLOT
    ahead = first + np.arange(slots)
    day, slot = (weekday + ahead // SLOTS) % WEEK, ahead % SLOTS
    usual = np.moveaxis(tide.usual[day, :, :, slot], 0, -1)
    spread = np.moveaxis(tide.spread[day, :, :, slot], 0, -1)
    fade = np.exp(-np.arange(slots) / MEMORY_SLOTS)
    known = np.isfinite(present.flow_veh_h)
    beyond = np.where(known, present.flow_veh_h - usual[..., 0], 0.0)
    flow = np.maximum(np.where(known, present.flow_veh_h, 0.0), usual[..., 0])
    chance = np.sqrt(flow * present.chance_h)
    beyond = _beyond_chance(beyond, chance)
    expected = np.maximum(usual + beyond[..., None] * fade, 0.0)
    faded = np.where(known[..., None], fade, 0.0)
    variance = spread**2 * (1 - faded**2) + (chance[..., None] * faded) ** 2
    return Outlook(expected, np.sqrt(variance))


def _beyond_chance(beyond: FloatArray, chance: FloatArray) -> FloatArray:
    """What both ways together, and one against the other, differ from the usual, less chance.

    beyond, chance: float64 (lane, way). A day that is busier both ways is no tide.
    Source: James and Stein, Fourth Berkeley Symposium, 1961 (shrinking by what chance explains).
    """
    both, against = beyond.sum(axis=1), beyond[:, 0] - beyond[:, 1]
    deviation = SURE * np.sqrt((chance**2).sum(axis=1))
    sure_both, sure_against = (
        part * np.maximum(1 - (deviation / np.maximum(np.abs(part), TINY)) ** 2, 0.0)
        for part in (both, against)
    )
    return np.stack([sure_both + sure_against, sure_both - sure_against], axis=1) / 2
