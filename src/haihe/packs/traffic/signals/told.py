"""What controllers told since the last turn, on one clock: events of known junctions, in order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.record import Batch
from haihe.model.time import BEFORE_ALL, MINUTE, NEVER, SECOND
from haihe.packs.traffic.measures.events import PARAMETERS
from haihe.packs.traffic.signals.site import Site

SKEW_MOST: Final = 5 * SECOND  # Ours: a poll of a second over a bad line; more is a wrong clock.
AGAIN: Final = 15 * MINUTE  # Ours: a gateway that restarts tells again what it told within it.
TOLD_MOST: Final = 1_000_000  # Ours: events of that time; 300 junctions at rush hour make 500,000.
CODES: Final = 1 << 8  # Indiana enumerations: codes are of one byte.


@dataclass(frozen=True, slots=True)
class Told:
    """Events in order of their time; one row each.

    junction: int64 (event,), ordinal in the site.
    at: int64 (event,), ns, as far as its controller's clock can be believed.
    code, parameter: int64 (event,).
    heard_at: int64 (junction,), when each was last received; 0 where it was not.
    """

    junction: IntArray
    at: IntArray
    code: IntArray
    parameter: IntArray
    heard_at: IntArray


@dataclass(frozen=True, slots=True)
class Clocks:
    """How late events come at least, junction by junction: what is always late is a wrong clock.

    minute: of the log's time, the one under way.
    least, before: int64 (junction,), ns, in that minute and in the last one that had events;
        NEVER where none came.
    newest: int64 (junction,), when its newest event was, by its own clock; ns.
    told_at, told: int64 (event,), the events of the last ``AGAIN``: when each was, by its own
        clock, and what it said of where.
    """

    minute: int
    least: IntArray
    before: IntArray
    newest: IntArray
    told_at: IntArray
    told: IntArray

    @property
    def off(self) -> IntArray:
        """int64 (junction,): by how much each clock is behind (ahead if negative); ns; else 0."""
        least = np.minimum(self.least, self.before)
        wrong = (least != NEVER) & (np.abs(np.where(least == NEVER, 0, least)) > SKEW_MOST)
        return np.where(wrong, least, 0)


def no_clocks(junctions: int) -> Clocks:
    """Nothing heard yet."""
    never = np.full(junctions, NEVER, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    newest = np.full(junctions, BEFORE_ALL, dtype=np.int64)
    return Clocks(-1, never, never.copy(), newest, nothing, nothing.copy())


def told_by(
    site: Site, clocks: Clocks, *, rows: Batch | None, ids: Sequence[str], now: int
) -> tuple[Clocks, Told]:
    """The turn's events, on one clock.

    Where a controller's clock is off by more than ``SKEW_MOST``, its events are moved by the least
    lateness seen of it, so that none is older than its receipt allows. What was told before is no
    event, and no sign of life.

    rows: of ``SIGNAL_EVENT``; ids: its entities by slot.
    """
    count = len(site.junctions)
    clocks = _turned(clocks, now // MINUTE)
    if rows is None:
        nothing = np.empty(0, dtype=np.int64)
        silent = np.zeros(count, dtype=np.int64)
        return clocks, Told(nothing, nothing, nothing, nothing, silent)
    own = np.array([site.rows.get(name, -1) for name in ids], dtype=np.int64)
    junction = own[rows.slots]
    code, parameter = rows.numbers["code"], rows.numbers["parameter"]
    whole: BoolArray = (junction >= 0) & np.isfinite(code) & np.isfinite(parameter)
    what = np.zeros(len(junction), dtype=np.int64)
    what[whole] = code[whole].astype(np.int64) * PARAMETERS + parameter[whole].astype(np.int64)
    what += junction * (CODES * PARAMETERS)
    whole &= ~_told_before(clocks, junction, at=rows.observed_at, what=what)
    junction, observed = junction[whole], rows.observed_at[whole]
    received = rows.received_at[whole]
    least, newest = clocks.least.copy(), clocks.newest.copy()
    np.minimum.at(least, junction, received - observed)
    np.maximum.at(newest, junction, observed)
    old = clocks.told_at > now - AGAIN
    clocks = replace(
        clocks,
        least=least,
        newest=newest,
        told_at=np.concatenate([clocks.told_at[old], observed])[-TOLD_MOST:],
        told=np.concatenate([clocks.told[old], what[whole]])[-TOLD_MOST:],
    )
    at = np.minimum(observed + clocks.off[junction], received)
    heard_at = np.zeros(count, dtype=np.int64)
    np.maximum.at(heard_at, junction, received)
    order = np.argsort(at, kind="stable")
    return clocks, Told(
        junction=junction[order],
        at=at[order],
        code=code[whole].astype(np.int64)[order],
        parameter=parameter[whole].astype(np.int64)[order],
        heard_at=heard_at,
    )


def _turned(clocks: Clocks, minute: int) -> Clocks:
    if minute == clocks.minute:
        return clocks
    before = np.where(clocks.least != NEVER, clocks.least, clocks.before)
    return replace(clocks, minute=minute, least=np.full_like(clocks.least, NEVER), before=before)


def _told_before(clocks: Clocks, junction: IntArray, *, at: IntArray, what: IntArray) -> BoolArray:
    """bool (event,): whether the same was told of the same instant, in this turn or before.

    junction: int64 (event,), -1 where it is not known. at: ns. what: as in ``Clocks.told``.
    """
    order = np.lexsort((what, at))
    again = np.zeros(len(at), dtype=np.bool_)
    again[order[1:]] = (np.diff(at[order]) == 0) & (np.diff(what[order]) == 0)
    # Few are not newer than all that was told before: only those are looked up.
    late = np.flatnonzero((junction >= 0) & (at <= clocks.newest[junction]) & ~again)
    if len(late):
        near = np.isin(clocks.told_at, at[late])
        known = set(zip(clocks.told_at[near].tolist(), clocks.told[near].tolist(), strict=True))
        mine = zip(at[late].tolist(), what[late].tolist(), strict=True)
        again[late] = [one in known for one in mine]
    return again
