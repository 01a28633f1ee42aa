"""The watchdog over detectors: what each one did in a bin, and whether that can be traffic."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.measures.events import PARAMETERS, Code, Detectors, Events
from haihe.packs.traffic.measures.groups import Column, Table, binned, by_key, numbered
from haihe.packs.traffic.measures.split_failures import Changes, mended

GOOD, STUCK_ON, STUCK_OFF, CHATTERING, LOSING = (
    "good", "stuck-on", "stuck-off", "chattering", "losing-events",
)  # fmt: skip
LONG_ON: Final = 10 * MINUTE  # Ours: four long cycles; no queue stands still for as long.
BURST: Final = 100  # Ours: times on in a minute; two lanes on one channel, saturated, make 70.
SIBLINGS_LEAST: Final = 20  # Ours: with as many beside it, chance is not why it saw none.
LOST_SHARE: Final = 0.25  # Ours: of its changes; an occupancy of so many guesses says nothing.
BLOCK: Final = 1 << 17  # Measured: so many rows of some columns stay in the cache of a core.

COLUMNS: Final = (
    "bin_at", "device", "detector", "total", "on", "longest_on", "burst", "lost", "verdict",
)  # fmt: skip


def health(events: Events, length: int, *, detectors: Detectors) -> Table:
    """What every detector did and whether it is to be trusted.

    bin_at, device, detector, total (times on), on (share of the bin, 0 to 1), longest_on (s),
    burst (most in a minute), lost (changes that must have been lost), verdict.

    A detector that never changed has no row unless others of its phase were busy: then it is
    stuck off.
    """
    told = events.of(Code.DETECTOR_OFF, Code.DETECTOR_ON)
    if len(told) == 0:
        return {name: np.empty(0, np.int64) for name in COLUMNS}
    number, count = numbered(told.source)  # Once: it is what everything here goes by.
    name = np.zeros(count, dtype=np.int64)
    name[number] = told.source
    parts = [
        mended(own, own, at=at, change=change)
        for own, at, change in _blocks(told, number, count=count)
    ]
    pulses = [_pulses(part) for part in parts]
    newest_at = max(int(part.from_at.max(initial=0)) for part in pulses)
    last_at = (newest_at // length + 1) * length
    found = [
        _counted(part, own.in_bins(length, last_at=last_at), length=length)
        for part, own in zip(parts, pulses, strict=True)
    ]
    table = {one: np.concatenate([part[one] for part in found]) for one in found[0]}
    order = np.lexsort((table["number"], table["bin_at"]))
    table = {one: column[order] for one, column in table.items()}
    own = name[table.pop("number")]
    verdict = np.full(len(own), GOOD, dtype=object)
    verdict[table["lost"] > LOST_SHARE * table.pop("changes")] = LOSING
    verdict[table["burst"] > BURST] = CHATTERING
    verdict[table["longest_on"] >= LONG_ON / SECOND] = STUCK_ON
    whole = {"device": own // PARAMETERS, "detector": own % PARAMETERS, "verdict": verdict}
    return _with_silent({one: (table | whole)[one] for one in COLUMNS}, own, detectors=detectors)


def _blocks(
    told: Events, number: IntArray, *, count: int
) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """The changes of some detectors at a time, in order of time: number, instant, change.

    A block fits a processor's cache, where the many passes over it are twice as fast.
    """
    change = np.where(told.code == Code.DETECTOR_ON, 1, -1)
    every = min(-(-len(told) // BLOCK), count)
    block = number * every // count
    order = by_key(block)
    ends = np.cumsum(np.bincount(block, minlength=every))
    at, number, change = told.at[order], number[order], change[order]
    for begin, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        rows = slice(begin, end)
        yield number[rows], at[rows], change[rows]


def _counted(changes: Changes, pulses: "_Pulses", *, length: int) -> dict[str, Column]:
    """What each detector did in each bin; by bin, then number."""
    at, lost = changes.at, changes.lost
    bins = binned(
        np.concatenate([at, pulses.from_at]),
        length,
        np.concatenate([changes.source, pulses.source]),
    )
    of_change, of_pulse = bins.of[: len(at)], bins.of[len(at) :]
    count = len(bins.counts)
    on = np.bincount(of_pulse, weights=pulses.to_at - pulses.from_at, minlength=count)
    longest = np.zeros(count, dtype=np.int64)
    np.maximum.at(longest, of_pulse, pulses.to_at - pulses.began_at)
    is_on = (changes.change == 1) & ~lost
    return {
        "bin_at": bins.keys[0],
        "number": bins.keys[1],
        "total": np.bincount(of_change[is_on], minlength=count),
        "on": on / length,
        "longest_on": longest / SECOND,
        "burst": _burst(of_change[is_on], at[is_on], count=count),
        "lost": np.bincount(of_change[lost], minlength=count),
        "changes": np.bincount(of_change, minlength=count),
    }


@dataclass(frozen=True)
class _Pulses:
    """When detectors were on: columns of one length; instants in ns.

    began_at: when the pulse began, which may be before ``from_at``.
    """

    source: IntArray
    began_at: IntArray
    from_at: IntArray
    to_at: IntArray

    def in_bins(self, length: int, *, last_at: int) -> "_Pulses":
        """The same cut at the ends of bins; what is still on lasts to ``last_at``."""
        to_at = np.where(self.to_at < 0, last_at, self.to_at)
        first, times = self.from_at // length, to_at // length - self.from_at // length + 1
        row = np.repeat(np.arange(len(times)), times)
        turn = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
        begin_at = (first[row] + turn) * length
        from_at = np.maximum(self.from_at[row], begin_at)
        until = np.minimum(to_at[row], begin_at + length)
        keep = until > from_at
        return _Pulses(self.source[row][keep], self.began_at[row][keep], from_at[keep], until[keep])


def _pulses(changes: Changes) -> _Pulses:
    """From each "on" to its "off"; ``to_at`` is -1 where none came."""
    order = by_key(changes.source)
    at, source, change = changes.at[order], changes.source[order], changes.change[order]
    ends = np.full(len(at), -1, dtype=np.int64)
    ends[:-1] = np.where((source[1:] == source[:-1]) & (change[1:] == -1), at[1:], -1)
    is_on = change == 1
    return _Pulses(source[is_on], at[is_on], at[is_on], ends[is_on])


def _burst(of: IntArray, at: IntArray, *, count: int) -> IntArray:
    """How often each group's detector went on in its busiest minute; int64 (group,)."""
    minutes = binned(at, MINUTE, of)
    found = np.zeros(count, dtype=np.int64)
    np.maximum.at(found, minutes.keys[1], minutes.counts)
    return found


def _with_silent(table: dict[str, Column], own: IntArray, *, detectors: Detectors) -> Table:
    """The table with a row for each detector that said nothing while its siblings were busy."""
    source = detectors.device * PARAMETERS + detectors.detector
    phase = detectors.device * PARAMETERS + detectors.phase
    found: list[tuple[int, int]] = []
    for bin_at in np.unique(table["bin_at"]).tolist():
        here = table["bin_at"] == bin_at
        spoke, total = own[here], table["total"][here]
        found += [(bin_at, one) for one in _silent(source, phase, spoke=spoke, total=total)]
    if not found:
        return table
    at, silent = np.array(found, dtype=np.int64).T
    more = {
        "bin_at": at,
        "device": silent // PARAMETERS,
        "detector": silent % PARAMETERS,
        "verdict": np.full(len(at), STUCK_OFF, dtype=object),
    }
    nothing = np.zeros(len(at))
    whole = {
        name: np.concatenate([column, more.get(name, nothing.astype(column.dtype))])
        for name, column in table.items()
    }
    order = np.lexsort((whole["detector"], whole["device"], whole["bin_at"]))
    return {name: column[order] for name, column in whole.items()}


def _silent(source: IntArray, phase: IntArray, *, spoke: IntArray, total: IntArray) -> list[int]:
    """Detectors that said nothing while others of one of their phases went on often enough."""
    place = np.searchsorted(spoke, source)
    inside = np.minimum(place, max(len(spoke) - 1, 0))
    is_there = spoke[inside] == source if len(spoke) else np.zeros(len(source), np.bool_)
    heard = np.where(is_there, total[inside] if len(total) else 0, 0)
    _, of = np.unique(phase, return_inverse=True)
    busy = np.zeros(of.max() + 1 if len(of) else 0, dtype=np.int64)
    np.maximum.at(busy, of, heard)
    return sorted(set(source[~is_there & (busy[of] >= SIBLINGS_LEAST)].tolist()))
