"""Measures that only count or average a bin's events."""

from typing import Final

import numpy as np

from haihe.model.arrays import IntArray
from haihe.model.time import MINUTE
from haihe.packs.traffic.measures.events import STANDARD_LAST, Code, Events
from haihe.packs.traffic.measures.groups import Column, Steps, Table, binned

NO_DATA: Final = 5 * MINUTE  # As the public tools do: a controller is never silent for so long.
LEAST_EVENTS: Final = 3  # The same; fewer in five minutes is a controller that is losing events.
COMMUNICATIONS: Final = (400, 502, 503)  # MAXTIME: round trip, timeouts, losses.
ENDINGS: Final = {
    Code.GAP_OUT: "gap-out",
    Code.MAX_OUT: "max-out",
    Code.FORCE_OFF: "force-off",
}


def has_data(events: Events, length: int) -> Table:
    """Bins in which no five minutes lacked data: bin_at, device."""
    events = events.where(events.code <= STANDARD_LAST)
    parts = binned(events.at, NO_DATA, events.device)
    full = parts.counts >= LEAST_EVENTS
    starts, devices = parts.keys
    bins = binned(starts[full], length, devices[full])
    whole = bins.counts == length // NO_DATA
    return {"bin_at": bins.keys[0][whole], "device": bins.keys[1][whole]}


def actuations(events: Events, length: int) -> Table:
    """How often each detector went on: bin_at, device, detector, total."""
    events = events.of(Code.DETECTOR_ON)
    bins = binned(events.at, length, events.device, events.parameter)
    return _table(bins.keys, "detector") | {"total": bins.counts}


def terminations(events: Events, length: int) -> Table:
    """How greens ended: bin_at, device, phase, ending, total."""
    events = events.of(*ENDINGS)
    bins = binned(events.at, length, events.device, events.parameter, events.code)
    ending = np.array([ENDINGS[Code(code)] for code in bins.keys[3]], dtype=object)
    return _table(bins.keys, "phase") | {"ending": ending, "total": bins.counts}


def splits(events: Events, length: int) -> Table:
    """What a vendor's split monitor says: bin_at, device, code, services, average (s)."""
    mask = (events.code >= Code.SPLIT_FIRST) & (events.code <= Code.SPLIT_LAST)
    return _averages(events.where(mask), length, services=True)


def communications(
    events: Events, length: int, *, codes: tuple[int, ...] = COMMUNICATIONS
) -> Table:
    """What a vendor's controller says of its line: bin_at, device, code, average."""
    return _averages(events.of(*codes), length, services=False)


def coordination(events: Events, length: int) -> Table:
    """Changes of pattern, cycle and offset as they happened: bin_at, at, device, code, value."""
    found = events.of(Code.PATTERN, Code.CYCLE_LENGTH, Code.ACTUAL_CYCLE, Code.ACTUAL_OFFSET)
    return {
        "bin_at": found.at // length * length,
        "at": found.at,
        "device": found.device,
        "code": found.code,
        "value": found.parameter,
    }


def pedestrians(events: Events, length: int) -> Table:
    """Walks served and buttons pressed: bin_at, device, phase, services, presses."""
    events = events.of(Code.WALK, Code.OVERLAP_WALK, Code.PED_CALL)
    bins = binned(events.at, length, events.device, events.parameter)
    presses = bins.total(events.code == Code.PED_CALL).astype(np.int64)
    return _table(bins.keys, "phase") | {"services": bins.counts - presses, "presses": presses}


def coordination_state(events: Events, length: int) -> Table:
    """What was in force at the end of each whole bin, 0 where never told.

    bin_at, device, pattern, cycle_length (s), actual_cycle (s), actual_offset (s).
    """
    whole = has_data(events, length)
    end_at = np.asarray(whole["bin_at"]) + length
    device = np.asarray(whole["device"])
    codes = {
        "pattern": Code.PATTERN,
        "cycle_length": Code.CYCLE_LENGTH,
        "actual_cycle": Code.ACTUAL_CYCLE,
        "actual_offset": Code.ACTUAL_OFFSET,
    }
    known = {
        name: _last_before(events.of(code), device, end_at=end_at) for name, code in codes.items()
    }
    return {**whole, **known}


def _last_before(events: Events, device: IntArray, *, end_at: IntArray) -> IntArray:
    """The newest parameter of each device before an instant; of one instant the largest."""
    told = events.take(np.lexsort((events.parameter, events.at, events.device)))
    row = Steps(told.device, told.at).last(device, end_at, strictly=True)
    return np.where(row >= 0, told.parameter[row] if len(told) else 0, 0)


def _averages(events: Events, length: int, *, services: bool) -> Table:
    bins = binned(events.at, length, events.device, events.code)
    table = _table(bins.keys, "code") | ({"services": bins.counts} if services else {})
    return table | {"average": bins.mean(events.parameter)}


def _table(keys: tuple[IntArray, ...], third: str) -> dict[str, Column]:
    return {"bin_at": keys[0], "device": keys[1], third: keys[2]}
