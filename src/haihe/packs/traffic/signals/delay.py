"""How long orders are on their way, as the heads tell: from an order to the change it began."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray
from haihe.model.time import SECOND
from haihe.packs.traffic.signals.given import Given
from haihe.packs.traffic.signals.heads import Shown
from haihe.packs.traffic.tables import Tables

KEPT: Final = 24  # Ours: of all junctions together, some minutes' worth.
ENOUGH: Final = 6  # Ours: of fewer a median is no median.
MOST_S: Final = 90.0  # Ours: what takes longer is no delay, it is a fault.
OWN: Final = 5  # Ours: of one junction; chance lets one or two wait, or be shown before they came.


@dataclass(frozen=True, slots=True)
class Delays:
    """The newest delays.

    seconds: float64 (``KEPT``,), the newest last; NaN where there is none yet.
    each: float64 (junction, ``OWN``), the same of each junction's own orders.
    """

    seconds: FloatArray
    each: FloatArray

    @property
    def usual_s(self) -> float:
        """The median; 0 while little is known."""
        known = self.seconds[np.isfinite(self.seconds)]
        return float(np.median(known)) if len(known) >= ENOUGH else 0.0

    @property
    def least_s(self) -> float:
        """The least; 0 while little is known. No order is sooner there, as far as was seen."""
        known = self.seconds[np.isfinite(self.seconds)]
        return float(known.min()) if len(known) >= ENOUGH else 0.0

    def usual_beside_s(self, junction: int) -> float:
        """The median of what all other junctions took of late; 0 while little is known of them."""
        others = np.delete(self.each, junction, axis=0)
        known = others[np.isfinite(others)]
        return float(np.median(known)) if len(known) >= ENOUGH else 0.0


def no_delays(junctions: int) -> Delays:
    """Nothing known."""
    return Delays(np.full(KEPT, np.nan), np.full((junctions, OWN), np.nan))


def timed(delays: Delays, tables: Tables, *, before: Given, after: Given, shown: Shown) -> Delays:
    """With those of the orders that are shown now for the first time.

    before, after: what is in force, before and after the turn's events.
    """
    met = (before.stage >= 0) & ~before.kept & after.kept & before.turned & (after.stage >= 0)
    at = np.flatnonzero(met)
    change_s = tables.change_s[at, before.left[at], before.stage[at]]
    took = (shown.stage_at[at] - before.asked_at[at]) / SECOND - change_s
    good = (took > -1.0) & (took <= MOST_S)
    at, new = at[good], np.maximum(took[good], 0.0)
    each = delays.each.copy()
    each[at] = np.column_stack([each[at, 1:], new])
    return Delays(np.concatenate([delays.seconds, new])[-KEPT:], each)
