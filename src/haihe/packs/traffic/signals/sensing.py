"""The stop lines' detectors from events, and which of them are to be believed."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.control import sight
from haihe.packs.traffic.measures.events import PARAMETERS, Code, Events
from haihe.packs.traffic.measures.health import (
    BURST,
    GOOD,
    LONG_ON,
    STUCK_OFF,
    health,
)
from haihe.packs.traffic.measures.recorder import BIN
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.signals.told import Told
from haihe.packs.traffic.zone import ADVANCE, STOP_LINE

KEPT_MOST: Final = 1_000_000  # Ours: changes of a bin; 300 junctions at rush hour make 300,000.
VERDICTS: Final = (GOOD, "stuck-on", STUCK_OFF, "chattering", "losing-events")


@dataclass(frozen=True, slots=True)
class Sensing:
    """What is remembered of detectors.

    on: bool (junction, lane), the stop line's detector is occupied.
    changed_at: int64 (junction, lane), when it last changed; ns; 0 if never.
    passed: float64 (junction, lane), vehicles that left over it in the last turn.
    entered: float64 (junction, lane), vehicles that came over the detector before it meanwhile.
    minute: of the log's time; times_on: int64 (detector,), how often each went on in it.
    on_at: int64 (detector,), since when each has been on; 0 while it is off.
    kept_at, kept_source, kept_on: the changes of the bin under way, and each detector's last
        change before it; int64, int64 and int8 (change,).
    bin_at: when that bin began; ns.
    verdict: int64 (detector,), what is wrong with each, an index of ``VERDICTS``; 0 if nothing.
    """

    on: BoolArray
    changed_at: IntArray
    passed: FloatArray
    entered: FloatArray
    minute: int
    times_on: IntArray
    on_at: IntArray
    kept_at: IntArray
    kept_source: IntArray
    kept_on: np.ndarray[tuple[int, ...], np.dtype[np.int8]]
    bin_at: int
    verdict: IntArray


def no_sensing(site: Site) -> Sensing:
    """Nothing told yet; every detector is believed."""
    shape, known = site.layout.approach.shape, len(site.sources)
    nothing, zeros = np.empty(0, dtype=np.int64), np.zeros(known, dtype=np.int64)
    return Sensing(
        on=np.zeros(shape, dtype=np.bool_),
        changed_at=np.zeros(shape, dtype=np.int64),
        passed=np.zeros(shape),
        entered=np.zeros(shape),
        minute=-1,
        times_on=zeros,
        on_at=zeros.copy(),
        kept_at=nothing,
        kept_source=nothing.copy(),
        kept_on=np.empty(0, dtype=np.int8),
        bin_at=0,
        verdict=zeros.copy(),
    )


def sensed(site: Site, sensing: Sensing, *, told: Told, now: int) -> Sensing:
    """After the turn's events."""
    of = np.isin(told.code, (Code.DETECTOR_OFF, Code.DETECTOR_ON))
    is_on = told.code[of] == Code.DETECTOR_ON
    changes = _Changes(told.junction[of], told.parameter[of], told.at[of], is_on)
    sensing = _stop_lines(site, sensing, changes=changes)
    source, at = changes.junction * PARAMETERS + changes.channel, changes.at
    place = np.minimum(np.searchsorted(site.sources, source), max(len(site.sources) - 1, 0))
    known = site.sources[place] == source if len(site.sources) else np.zeros(0, np.bool_)
    place, at, is_on = place[known], at[known], is_on[known]
    on_at = _on_since(sensing.on_at, place, at=at, is_on=is_on)
    minute = now // MINUTE
    fresh = np.zeros_like(sensing.times_on) if minute != sensing.minute else sensing.times_on
    times_on = fresh + np.bincount(place[is_on], minlength=len(fresh))
    sensing = replace(
        sensing,
        minute=minute,
        times_on=times_on,
        on_at=on_at,
        kept_at=np.concatenate([sensing.kept_at, at])[-KEPT_MOST:],
        kept_source=np.concatenate([sensing.kept_source, source[known]])[-KEPT_MOST:],
        kept_on=np.concatenate([sensing.kept_on, is_on.astype(np.int8)])[-KEPT_MOST:],
    )
    return _judged(site, sensing, now=now)


def detectors_of(site: Site, sensing: Sensing, *, now: int) -> sight.Detectors:
    """What the controller sees of them; one that has never said anything is not believed."""
    there = site.layout.approach >= 0
    has_spoken = spoke(sensing)
    quiet_s = np.where(sensing.on | ~has_spoken, 0, (now - sensing.changed_at) / SECOND)
    return sight.Detectors(
        works=there & has_spoken & ~doubted(site, sensing),
        passed=sensing.passed,
        occupied=sensing.on,
        quiet_s=np.maximum(quiet_s, 0.0),
    )


def spoke(sensing: Sensing) -> BoolArray:
    """bool (junction, lane): whether its detector has ever told of a vehicle."""
    has_spoken: BoolArray = sensing.changed_at > 0
    return has_spoken


def doubted(site: Site, sensing: Sensing) -> BoolArray:
    """bool (junction, lane): whether its detector is known to lie."""
    return np.isin(_sources(site, first=STOP_LINE), site.sources[sensing.verdict > 0])


def liars(site: Site, sensing: Sensing, *, now: int) -> dict[int, list[tuple[int, str, float]]]:
    """By junction, the channels that are not believed, each with its verdict and a number.

    The number is seconds on, times on in a minute, or 0.
    """
    found: dict[int, list[tuple[int, str, float]]] = {}
    for at in np.flatnonzero(sensing.verdict).tolist():
        junction, channel = divmod(int(site.sources[at]), PARAMETERS)
        verdict = VERDICTS[int(sensing.verdict[at])]
        on_s = (now - int(sensing.on_at[at])) / SECOND if sensing.on_at[at] else 0.0
        number = {"stuck-on": on_s, "chattering": float(sensing.times_on[at])}.get(verdict, 0.0)
        found.setdefault(junction, []).append((channel, verdict, number))
    return found


def advance_of(site: Site, sensing: Sensing) -> BoolArray:
    """bool (junction, lane): whether a detector lies before the stop line and is believed."""
    source = _sources(site, first=ADVANCE)
    return np.isin(source, site.sources[sensing.verdict == 0])


def _sources(site: Site, *, first: int) -> IntArray:
    """int64 (junction, lane): the detector of each approach lane, of those from a channel on."""
    count, wide = site.layout.approach.shape
    lanes = np.arange(wide) + first
    return np.arange(count)[:, None] * PARAMETERS + lanes[None, :]


@dataclass(frozen=True, slots=True)
class _Changes:
    """Detectors that went on or off; one row each, in order of time.

    junction, channel, at: int64 (change,). is_on: bool (change,).
    """

    junction: IntArray
    channel: IntArray
    at: IntArray
    is_on: BoolArray


def _stop_lines(site: Site, sensing: Sensing, *, changes: _Changes) -> Sensing:
    shape = site.layout.approach.shape
    lane = changes.channel - STOP_LINE
    own = (lane >= 0) & (lane < shape[1])
    cell = (changes.junction * shape[1] + lane)[own]
    at, is_on = changes.at[own], changes.is_on[own]
    order = np.argsort(cell, kind="stable")
    cell, at, is_on = cell[order], at[order], is_on[order]
    first = np.ones(len(cell), dtype=np.bool_)
    first[1:] = cell[1:] != cell[:-1]
    before = np.empty(len(cell), dtype=np.bool_)
    before[1:] = is_on[:-1]
    on, changed_at = sensing.on.ravel().copy(), sensing.changed_at.ravel().copy()
    before[first] = on[cell[first]]
    passed = np.bincount(cell[before & ~is_on], minlength=on.size).astype(np.float64)
    on[cell], changed_at[cell] = is_on, at
    return replace(
        sensing,
        on=on.reshape(shape),
        changed_at=changed_at.reshape(shape),
        passed=passed.reshape(shape),
        entered=_entered(changes, shape=shape),
    )


def _entered(changes: _Changes, *, shape: tuple[int, ...]) -> FloatArray:
    """float64 (junction, lane): how often the detector before each stop line went on."""
    lane = changes.channel - ADVANCE
    own = (lane >= 0) & (lane < shape[1]) & changes.is_on
    cell = changes.junction[own] * shape[1] + lane[own]
    found = np.bincount(cell, minlength=int(np.prod(shape))).astype(np.float64)
    return found.reshape(shape)


def _on_since(on_at: IntArray, place: IntArray, *, at: IntArray, is_on: BoolArray) -> IntArray:
    """int64 (detector,): since when each has been on; 0 while it is off.

    A detector that says "on" once more has been off meanwhile.
    """
    found = on_at.copy()
    found[place] = np.where(is_on, at, 0)
    return found


def _judged(site: Site, sensing: Sensing, *, now: int) -> Sensing:
    """What is wrong with each: at once where it is plain, else by the bins of the health watch.

    A detector is believed again after a whole bin without fault.
    """
    if now // BIN * BIN > sensing.bin_at:
        sensing = _binned(site, sensing, now=now)
    stuck = (sensing.on_at > 0) & (now - sensing.on_at >= LONG_ON)
    chatters = sensing.times_on > BURST
    verdict = np.select(
        [stuck, chatters],
        [VERDICTS.index("stuck-on"), VERDICTS.index("chattering")],
        sensing.verdict,
    )
    return replace(sensing, verdict=verdict)


def _binned(site: Site, sensing: Sensing, *, now: int) -> Sensing:
    """The bins that are over are judged by ``measures.health``; the newest change is kept."""
    begin_at = now // BIN * BIN
    order = np.argsort(sensing.kept_at, kind="stable")
    at, source = sensing.kept_at[order], sensing.kept_source[order]
    on = sensing.kept_on[order]
    over = at < begin_at
    verdict = sensing.verdict
    if sensing.bin_at and over.any():
        events = Events(
            at=at[over],
            device=source[over] // PARAMETERS,
            code=np.where(on[over] > 0, Code.DETECTOR_ON, Code.DETECTOR_OFF),
            parameter=source[over] % PARAMETERS,
        )
        verdict = _verdicts(site, verdict, events=events, bin_at=begin_at - BIN)
    newest = np.zeros(len(at), dtype=np.bool_)
    _, last = np.unique(source[over][::-1], return_index=True)
    newest[np.flatnonzero(over)[::-1][last]] = True
    kept = ~over | newest
    return replace(
        sensing,
        kept_at=at[kept],
        kept_source=source[kept],
        kept_on=on[kept],
        bin_at=begin_at,
        verdict=verdict,
    )


def _verdicts(site: Site, verdict: IntArray, *, events: Events, bin_at: int) -> IntArray:
    """Of the bin that is over. A detector that said nothing, and need not have, is as before.

    Beside one that lies nobody is called silent: perhaps only the liar says that there was traffic.
    """
    table = health(events, BIN, detectors=site.detectors)
    mine = np.asarray(table["bin_at"]) == bin_at
    found = verdict.copy()
    source = np.asarray(table["device"])[mine] * PARAMETERS + np.asarray(table["detector"])[mine]
    names, totals = np.asarray(table["verdict"])[mine], np.asarray(table["total"])[mine]
    lying = {
        one // PARAMETERS
        for one, name in zip(source.tolist(), names.tolist(), strict=True)
        if name not in (GOOD, STUCK_OFF)
    }
    for one, name, total in zip(source.tolist(), names.tolist(), totals.tolist(), strict=True):
        place = int(np.searchsorted(site.sources, one))
        if name == STUCK_OFF and one // PARAMETERS in lying:
            continue
        if name != GOOD or total > 0:
            found[place] = VERDICTS.index(name)
    return found
