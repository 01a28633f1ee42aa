"""When each light will likely change, from how long it took before since something else changed.

A controller on a fixed plan, one that adapts to every vehicle and one steered from here are all
foretold alike, from their own events. For each light that is to change, every light of the
junction is an anchor: how long after its last change this one came, the last times. The anchor
with the least spread now is asked; on a fixed plan every one of them is exact.
"""

from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, slots=True)
class _Past:
    """How long after each light began every change came, whatever instant is asked about.

    anchors: of all phases' greens and reds, when each began; int64, ns.
    ends: by phase and light, when it ended; int64 (end,), ns, rising.
    took: likewise, float64 (1 + anchor, end), ns from the last begin of that light itself, then of
        each anchor; inf where there was none.
    own: likewise, when that light itself began; int64, ns.
    """

    anchors: tuple[IntArray, ...]
    ends: Mapping[tuple[int, int], IntArray]
    took: Mapping[tuple[int, int], FloatArray]
    own: Mapping[tuple[int, int], IntArray]


def _past_of(changes: Changes) -> _Past:
    anchors = tuple(
        times[lights == light]
        for times, lights in zip(changes.at, changes.light, strict=True)
        for light in (Light.GREEN, Light.RED)
    )
    ends, took, own = {}, {}, {}
    for number, (times, lights) in enumerate(zip(changes.at, changes.light, strict=True)):
        for light in Light:
            key = (number, int(light))
            own[key] = times[lights == light]
            ends[key] = times[np.flatnonzero(lights[:-1] == light) + 1]
            took[key] = np.stack([_took(one, ends[key]) for one in (own[key], *anchors)])
    return _Past(anchors, ends, took, own)


def _took(anchor: IntArray, ends: IntArray) -> FloatArray:
    """float64 (end,): ns from the last begin before each end; inf where there was none."""
    place = anchor.searchsorted(ends, side="left") - 1
    if not len(anchor):
        return np.full(len(ends), np.inf)
    return np.where(place >= 0, ends - anchor[place], np.inf)


def foretell(changes: Changes, now: int) -> tuple[Foretold, ...]:
    """Each phase that has shown something by now, in order of its number.

    now: ns; what the record says of later is not looked at.
    """
    return _foretold(changes, _past_of(changes), now=now)


def _foretold(changes: Changes, past: _Past, *, now: int) -> tuple[Foretold, ...]:
    since = [_since(anchor, now) for anchor in past.anchors]
    found = []
    for number, (phase, times, lights) in enumerate(
        zip(changes.phases.tolist(), changes.at, changes.light, strict=True)
    ):
        last = int(times.searchsorted(now, side="right")) - 1
        if last >= 0:
            key = (number, int(lights[last]))
            over = int(past.ends[key].searchsorted(now, side="right"))
            took = past.took[key][:, max(over - KEPT, 0) : over]
            left = _left(took, np.array([_since(past.own[key], now), *since]))
            found.append(Foretold(phase, Light(key[1]), int(times[last]), *_summed(left)))
    return tuple(found)


def _since(anchor: IntArray, now: int) -> float:
    """How long ago it last began; ns, inf if it never did."""
    current = int(anchor.searchsorted(now, side="right")) - 1
    return float(now - int(anchor[current])) if current >= 0 else np.inf


def _left(took: FloatArray, since: FloatArray) -> FloatArray:
    """Seconds from now to the change, as it was the last times after the best anchor.

    took: float64 (anchor, end), as of ``_Past``; since: float64 (anchor,), ns.
    """
    if not took.shape[1]:
        return np.empty(0)
    known = np.isfinite(took) & np.isfinite(since)[:, None]
    gone = np.where(np.isfinite(since), since, 0.0)[:, None]
    left = np.where(known & (took > gone), (took - gone) / SECOND, np.inf)
    many = np.isfinite(left).sum(axis=1)
    ordered, rows = np.sort(left, axis=1), np.arange(len(left))
    # The middle of those that are finite; they stand first.
    low, high = np.maximum(many - 1, 0) // 2, np.minimum(many // 2, took.shape[1] - 1)
    is_known = many >= LEAST
    middle = np.where(is_known, (ordered[rows, low] + ordered[rows, high]) / 2, 0.0)
    away = np.where(np.isfinite(left), np.abs(left - middle[:, None]), 0.0).sum(axis=1)
    count = np.maximum(many, 1)
    spread = np.where(is_known, away / count * (1 + FEW / count), np.inf)
    best = left[int(spread.argmin())]
    found: FloatArray = best[np.isfinite(best)]
    return found


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
    past = _past_of(changes)
    for now in range(begin, end, every):
        for told, times in _paired(changes, _foretold(changes, past, now=now)):
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
