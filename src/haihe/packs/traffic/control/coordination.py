"""Platoons: what the junctions upstream are letting go now, and when it arrives downstream."""

from dataclasses import dataclass

import numpy as np

from haihe.model.arrays import FloatArray, SlotArray
from haihe.packs.traffic.control.settings import Settings


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
