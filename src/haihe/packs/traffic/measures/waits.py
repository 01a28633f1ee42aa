"""How long phases and people on foot wait, and how many people there are."""

from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.measures.counts import pedestrians
from haihe.packs.traffic.measures.events import PARAMETERS, Code, Events
from haihe.packs.traffic.measures.groups import Steps, Table, binned
from haihe.packs.traffic.measures.timeline import (
    PREEMPT,
    SHORTEST,
    Intervals,
    paired,
    phase_waits,
    walk_waits,
)

RECOVERY: Final = 120 * SECOND  # After a preempt phases wait longer; that is no skip.
ASSUMED_CYCLE: Final = 140  # s; where a signal runs free: a long cycle, so that few are blamed.
SKIP_AFTER: Final = 1.5  # Cycles; a phase that waited longer was passed over.
ANEW_AFTER: Final = 15 * SECOND  # Source: doi.org/10.1177/0361198121994126; one person presses on.
PRESS, PRESS_SQUARED, BASE = 0.7167, 0.0599, 1.1063  # The same: people an hour, by new presses.
HOUR_BINS: Final = 4  # The same: presses of this bin and the three after it.


def phase_wait(events: Events, length: int) -> Table:
    """How long called phases waited: bin_at (of the green), device, phase, wait (s), skips.

    Waits that began during a preempt or soon after are left out.
    """
    waits = _long_enough(phase_waits(events))
    waits = _of(waits, ~_preempted(events, waits))
    told = events.of(Code.CYCLE_LENGTH)
    order = np.lexsort((told.parameter, told.at, told.device))
    told = told.take(order)
    row = Steps(told.device, told.at).last(waits.device, waits.begin_at)
    cycle = np.where(row >= 0, told.parameter[row] if len(told) else 0, 0)
    cycle = np.where(cycle > 0, cycle, ASSUMED_CYCLE)
    wait = (waits.end_at - waits.begin_at) / SECOND
    bins = binned(waits.end_at, length, waits.device, waits.value)
    return {
        "bin_at": bins.keys[0],
        "device": bins.keys[1],
        "phase": bins.keys[2],
        "wait": bins.mean(wait),
        "skips": bins.total(wait > cycle * SKIP_AFTER).astype(np.int64),
    }


def walk_wait(events: Events, length: int) -> Table:
    """How long people on foot waited: bin_at (of the walk), device, phase, wait (s), samples."""
    waits = _long_enough(walk_waits(events))
    bins = binned(waits.end_at, length, waits.device, waits.value)
    return {
        "bin_at": bins.keys[0],
        "device": bins.keys[1],
        "phase": bins.keys[2],
        "wait": bins.mean((waits.end_at - waits.begin_at) / SECOND),
        "samples": bins.counts,
    }


def new_presses(events: Events, length: int, *, anew_after: int = ANEW_AFTER) -> Table:
    """Presses by somebody else than the one before: bin_at, device, phase, total.

    anew_after: ns. The first press there ever was has none before it and does not count.
    """
    presses = events.of(Code.PED_CALL)
    presses = presses.take(np.lexsort((presses.at, presses.source)))
    is_new = np.zeros(len(presses), np.bool_)
    same = presses.source[1:] == presses.source[:-1]
    is_new[1:] = same & (presses.at[1:] - presses.at[:-1] > anew_after)
    presses = presses.where(is_new)
    bins = binned(presses.at, length, presses.device, presses.parameter)
    return {
        "bin_at": bins.keys[0],
        "device": bins.keys[1],
        "phase": bins.keys[2],
        "total": bins.counts,
    }


def people(events: Events, length: int) -> Table:
    """People on foot, estimated; every bin of every phase that has a button or a walk.

    bin_at, device, phase, services, presses, new_presses, people. Bins are of a quarter of an hour;
    an estimate rests on the bin and the three after it.
    """
    if len(events) == 0:
        names = ("bin_at", "device", "phase", "services", "presses", "new_presses", "people")
        return {name: np.empty(0, np.int64) for name in names}
    counted, anew = pedestrians(events, length), new_presses(events, length)
    place = np.concatenate([_place(counted), _place(anew)])
    places = np.unique(place)
    first, last = int(events.at.min()) // length, int(events.at.max()) // length
    shape = (len(places), last - first + 1)
    columns = {}
    for name, table, column in (
        ("services", counted, "services"),
        ("presses", counted, "presses"),
        ("new_presses", anew, "total"),
    ):
        found = np.zeros(shape, dtype=np.int64)
        at = np.asarray(table["bin_at"]) // length - first
        found[np.searchsorted(places, _place(table)), at] = table[column]
        columns[name] = found
    new = columns["new_presses"]
    padded = np.pad(new, ((0, 0), (0, HOUR_BINS - 1)))
    hourly = sum(padded[:, shift : shift + shape[1]] for shift in range(HOUR_BINS))
    share = np.divide(new, hourly, out=np.zeros(shape), where=hourly > 0)
    estimate = (PRESS * hourly + PRESS_SQUARED * hourly**2) * share + BASE / HOUR_BINS
    bins = (np.arange(shape[1]) + first) * length
    return {
        "bin_at": np.tile(bins, shape[0]),
        "device": np.repeat(places // PARAMETERS, shape[1]),
        "phase": np.repeat(places % PARAMETERS, shape[1]),
        **{name: column.ravel() for name, column in columns.items()},
        "people": estimate.ravel(),
    }


def _place(table: Table) -> IntArray:
    found: IntArray = np.asarray(table["device"]) * PARAMETERS + np.asarray(table["phase"])
    return found


def _preempted(events: Events, waits: Intervals) -> BoolArray:
    """Whether each wait began between a preempt's beginning and ``RECOVERY`` after its end."""
    preempts = _long_enough(paired(events, PREEMPT))
    preempts = _of(preempts, preempts.is_valid)
    found = np.zeros(len(waits), np.bool_)
    for device, begin_at, end_at in zip(
        preempts.device, preempts.begin_at, preempts.end_at + RECOVERY, strict=True
    ):
        found |= (waits.device == device) & (waits.begin_at >= begin_at) & (waits.begin_at < end_at)
    return found


def _long_enough(found: Intervals) -> Intervals:
    return _of(found, found.end_at - found.begin_at >= SHORTEST)


def _of(found: Intervals, mask: BoolArray) -> Intervals:
    return Intervals(
        found.kind,
        found.device[mask],
        found.begin_at[mask],
        found.end_at[mask],
        found.value[mask],
        found.is_valid[mask],
    )
