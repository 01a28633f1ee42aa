"""When each light will likely change, from how long it took before since something else changed.

A controller on a fixed plan, one that adapts to every vehicle and one steered from here are all
foretold alike, from their own events. For each light that is to change, every light of the
junction is an anchor: how long after its last change this one came, the last times. The anchor
with the least spread now is asked; on a fixed plan every one of them is exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.measures.events import Events
from haihe.packs.traffic.measures.groups import Table

GREEN, YELLOW, CLEARANCE, RED = 1, 8, 9, 10  # As ``Code``; 9 is the end of yellow.
KEPT: Final = 24  # Ours: half an hour of cycles; older ones are of another demand.
LEAST: Final = 3  # Ours: of fewer a median is none.
FEW: Final = 3.0  # Ours: how much an anchor with few cases left must be better than one with many.
NEAR_S: Final = 2.0  # Ours: what counts as hit; a driver makes no more of it.
LOW, HIGH = 0.1, 0.9  # Ours: one change in ten may come sooner, one in ten later.


class Light(IntEnum):
    """What a phase shows."""

    GREEN = 0
    YELLOW = 1
    RED = 2


@dataclass(frozen=True, slots=True)
class Changes:
    """Every change of a light of one controller, in order of time.

    phases: int64 (phase,), the phase numbers, rising.
    at: for each phase, int64 (change,), ns; ``light``: to which ``Light``.
    """

    phases: IntArray
    at: tuple[IntArray, ...]
    light: tuple[IntArray, ...]


@dataclass(frozen=True, slots=True)
class Foretold:
    """What one phase shows, and how long yet; NaN where nothing can be said.

    phase: its number.
    light: what it shows since ``since``; ns.
    likely_s: the middle of what is expected, from now.
    least_s, most_s: one change in ten comes sooner, one in ten later.
    sure: how likely the change comes within two seconds of ``likely_s``; 0 to 1.
    """

    phase: int
    light: Light
    since: int
    likely_s: float
    least_s: float
    most_s: float
    sure: float


def changes_of(events: Events) -> Changes:
    """The changes of one controller's lights; what says again what is shown is left out.

    Raises ValueError if the events are of several.
    """
    if len(np.unique(events.device)) > 1:
        raise ValueError("the events are of several controllers; give one at a time.")
    lit = events.of(GREEN, YELLOW, CLEARANCE, RED)
    lit = lit.take(np.argsort(lit.at, kind="stable"))
    light = np.full(len(lit), Light.RED, dtype=np.int64)
    light[lit.code == GREEN] = Light.GREEN
    light[lit.code == YELLOW] = Light.YELLOW
    phases = np.unique(lit.parameter)
    at, lights = [], []
    for phase in phases:
        of = np.flatnonzero(lit.parameter == phase)
        new = of[np.diff(light[of], prepend=-1) != 0]
        at.append(lit.at[new])
        lights.append(light[new])
    return Changes(phases, tuple(at), tuple(lights))


def foretell(changes: Changes, now: int) -> tuple[Foretold, ...]:
    """Each phase that has shown something by now, in order of its number.

    now: ns; what the record says of later is not looked at.
    """
    anchors = [
        times[(lights == light) & (times <= now)]
        for times, lights in zip(changes.at, changes.light, strict=True)
        for light in (Light.GREEN, Light.RED)
    ]
    found = []
    for phase, times, lights in zip(
        changes.phases.tolist(), changes.at, changes.light, strict=True
    ):
        last = int(np.searchsorted(times, now, side="right")) - 1
        if last >= 0:
            left = _left(anchors, times[: last + 1], lights=lights[: last + 1], now=now)
            shown = Light(int(lights[last]))
            found.append(Foretold(phase, shown, int(times[last]), *_summed(left)))
    return tuple(found)


def _left(anchors: list[IntArray], times: IntArray, *, lights: IntArray, now: int) -> FloatArray:
    """Seconds from now to the change, as it was the last times after the best anchor.

    anchors: of all lights, when each began.
    times, lights: of one phase, the last one what it shows now.
    """
    own = times[lights == lights[-1]]
    ends = times[np.flatnonzero(lights[:-1] == lights[-1])[-KEPT:] + 1]
    best, best_spread = _since(own, ends, now=now), np.inf
    for anchor in (own, *anchors):
        left = _since(anchor, ends, now=now)
        if len(left) >= LEAST:
            spread = np.abs(left - np.median(left)).mean() * (1 + FEW / len(left))
            if spread < best_spread:
                best, best_spread = left, spread
    return best


def _since(anchor: IntArray, ends: IntArray, *, now: int) -> FloatArray:
    """Seconds yet to come, from how long after the anchor each end came; those over are left out.

    anchor, ends: int64, rising, ns.
    """
    current = int(np.searchsorted(anchor, now, side="right")) - 1
    place = np.searchsorted(anchor, ends, side="left") - 1
    if current < 0:
        return np.empty(0)
    took = (ends - anchor[place])[place >= 0]
    left: FloatArray = (took - (now - anchor[current])) / SECOND
    return left[left > 0]


def _summed(left: FloatArray) -> tuple[float, float, float, float]:
    """Likely, least and most seconds, and how sure."""
    if not len(left):
        return np.nan, np.nan, np.nan, 0.0
    likely, least, most = np.quantile(left, (0.5, LOW, HIGH)).tolist()
    hits = int((np.abs(left - likely) <= NEAR_S).sum())
    return likely, least, most, hits / (len(left) + LEAST)  # Few cases are sure of little.


def misses(changes: Changes, *, begin: int, end: int, every: int) -> Table:
    """How far off the likely ends were: one row for each phase and instant whose change came.

    begin, end, every: the instants asked at; ns.
    Returns phase, light, left_s (how long it really took yet), missed_s (likely less that) and
    sure.
    """
    rows: list[tuple[float, ...]] = []
    for now in range(begin, end, every):
        for told, times in _paired(changes, foretell(changes, now)):
            after = int(np.searchsorted(times, now, side="right"))
            if after < len(times) and np.isfinite(told.likely_s):
                left_s = (int(times[after]) - now) / SECOND
                rows.append((told.phase, told.light, left_s, told.likely_s - left_s, told.sure))
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    return {
        "phase": table[:, 0].astype(np.int64),
        "light": table[:, 1].astype(np.int64),
        "left_s": table[:, 2],
        "missed_s": table[:, 3],
        "sure": table[:, 4],
    }


def _paired(changes: Changes, found: tuple[Foretold, ...]) -> Iterator[tuple[Foretold, IntArray]]:
    times = dict(zip(changes.phases.tolist(), changes.at, strict=True))
    return ((told, times[told.phase]) for told in found)
