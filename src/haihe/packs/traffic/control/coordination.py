"""Platoons: what the junctions upstream let go, lately and from now on, and when it arrives."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray, SlotArray
from haihe.packs.traffic.control.settings import Settings
from haihe.packs.traffic.control.sight import Detectors

# Robertson, TRANSYT, RRL LR 253, 1969: a platoon's head needs 0.8 of the mean travel time, and it
# spreads by 0.35 of that.
HEAD, SPREAD = 0.8, 0.35
PAST_S: Final = 60.0  # Ours: a street of 800 m at 50 km/h; what is farther away arrives evenly.
OTHERS: Final = 2.0  # Ours: of what is counted, as many times what the drawing lets expect.
MOST: Final = 2.0  # Ours: times saturation; two turns' records may come at once, no more is true.


@dataclass(frozen=True, slots=True)
class Links:
    """Ways from a stop line to the next one; one row each.

    start, end: int32 (link,), cells: junction * lanes + approach lane.
    travel_s: float64 (link,), from one to the other if nothing holds it.
    share: float64 (link,), of what leaves the start that comes to the end.
    """

    start: SlotArray
    end: SlotArray
    travel_s: FloatArray
    share: FloatArray


def platoons(
    links: Links, settings: Settings, *, arrivals: FloatArray, rate: FloatArray
) -> FloatArray:
    """Vehicles that arrive because the green upstream lets them go; float64, as ``arrivals``.

    arrivals: float64 (junction, bin, lane), at each stop line itself.
    rate: float64 (junction, bin, lane), what is let through, vehicles a second.
    """
    count, bins, wide = arrivals.shape
    leaves = _leaves(arrivals, rate * settings.bin_s)
    found = np.zeros((count * wide, bins))
    flat = leaves.transpose(0, 2, 1).reshape(count * wide, bins)
    late = (links.travel_s // settings.bin_s).astype(np.int64)
    for at in range(bins):
        reached = at + late
        seen = reached < bins
        moved = flat[links.start[seen], at] * links.share[seen]
        np.add.at(found, (links.end[seen], reached[seen]), moved)
    return found.reshape(count, wide, bins).transpose(0, 2, 1)


def _leaves(arrivals: FloatArray, capacity: FloatArray) -> FloatArray:
    """Vehicles that leave in each bin."""
    leaves = np.zeros_like(arrivals)
    queue = np.zeros_like(arrivals[:, 0])
    for at in range(arrivals.shape[1]):
        queue = queue + arrivals[:, at]
        leaves[:, at] = np.minimum(queue, capacity[:, at])
        queue = queue - leaves[:, at]
    return leaves


def slots_of(settings: Settings) -> int:
    """How many slots back from now who passed the stop lines is kept."""
    return int(np.ceil(PAST_S / settings.slot_s))


def dispersed(links: Links, settings: Settings) -> FloatArray:
    """Of what passed a stop line in a slot, the share that reaches the next one in each bin ahead.

    Returns float64 (link, slot, bin), 0 to 1; slots back from now, as many as ``PAST_S`` holds.
    Source: Robertson, TRANSYT, RRL LR 253, 1969.
    """
    slots = slots_of(settings)
    seconds = np.arange(slots * settings.slot_s) + 0.5  # Ago, when each passed.
    head_s = HEAD * links.travel_s
    keep = 1 - 1 / (1 + SPREAD * head_s)
    edges = np.arange(settings.bins + 1) * settings.bin_s
    since_s = edges[None, None, :] + seconds[None, :, None] - head_s[:, None, None]
    there = 1 - keep[:, None, None] ** np.maximum(since_s, 0.0)
    by_second = np.diff(there, axis=2)
    shape = (len(head_s), slots, settings.slot_s, settings.bins)
    found: FloatArray = by_second.reshape(shape).mean(axis=2)
    return found


def coming(
    links: Links, share: FloatArray, *, passed: FloatArray, flow: FloatArray, settings: Settings
) -> FloatArray:
    """Vehicles that arrive in each bin, as those come who passed the stop lines upstream.

    What has not passed there yet, and what comes from elsewhere, arrives evenly. On the mean as
    many come as are counted; the drawing says when, not how many, and is believed the less the more
    it lets expect beyond that. Who turns back to the junction is no platoon.

    share: float64 (link, slot, bin), of ``dispersed``.
    passed: float64 (slot, junction, lane), vehicles that passed in each slot back from now; NaN
        where no detector told.
    flow: float64 (junction, lane), vehicles a second, averaged.
    Returns float64 (junction, bin, lane).
    """
    count, wide = flow.shape
    mean = flow.ravel()
    usual = mean * settings.slot_s
    some = passed.reshape(len(passed), -1)
    some = np.where(np.isnan(some), usual, some)
    whole = np.bincount(links.end, weights=links.share * mean[links.start], minlength=len(mean))
    times = np.minimum(mean / np.maximum(whole, 1e-9), OTHERS)
    times = np.where(times < 1, times * times, times)
    away = links.start // wide != links.end // wide
    unlike = (some - usual)[:, links.start].T
    more = np.einsum("lsb,ls->lb", share, unlike) * (away * links.share * times[links.end])[:, None]
    found = np.zeros((count * wide, settings.bins))
    np.add.at(found, links.end, more)
    found += (mean * settings.bin_s)[:, None]
    return np.maximum(found, 0.0).reshape(count, wide, settings.bins).transpose(0, 2, 1)


def pushed(passed: FloatArray, loops: Detectors, *, settings: Settings) -> FloatArray:
    """The slots back from now with a new one."""
    most = MOST * settings.saturation_veh_s * settings.slot_s
    newest = np.where(loops.works, np.minimum(loops.passed, most), np.nan)
    return np.concatenate([newest[None], passed[:-1]])
