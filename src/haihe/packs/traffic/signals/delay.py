"""How long orders are on their way, as the heads tell: from an order to the change it began."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model import Decision
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.signals import words
from haihe.packs.traffic.signals.given import Given
from haihe.packs.traffic.signals.heads import Shown
from haihe.packs.traffic.signals.site import Site

KEPT: Final = 8  # Ours: of one junction, some minutes' worth.
OWN: Final = 3  # Ours: of fewer those of all junctions say more.
ENOUGH: Final = 6  # Ours: of fewer a median is no median.
MOST_S: Final = 90.0  # Ours: what takes longer is no delay, it is a fault.
LAST: Final = 5  # Ours: chance lets one or two wait, or be shown before they came.
LATE_S: Final = 30.0  # Measured on the zone's morning (decision 36): later, the plan does better.
REST: Final = 60 * MINUTE  # Ours: each trial holds a stage for as long as orders take; it is rare.
# Ours: quantiles, so that one stage that was shown by chance is no lateness.
SOONEST, USUAL, LATEST = 0.2, 0.5, 0.8


@dataclass(frozen=True, slots=True)
class Delays:
    """The newest delays of each junction.

    seconds: float64 (junction, ``KEPT``), the newest last; NaN where there is none yet.
    rests_until: int64 (junction,), until when a junction is on its plan, because its orders came
        too late; ns.
    """

    seconds: FloatArray
    rests_until: IntArray

    @property
    def known(self) -> BoolArray:
        """bool (junction,): whether it can be said how late orders are."""
        count = np.isfinite(self.seconds).sum(axis=1)
        known: BoolArray = (count >= OWN) | (count.sum() >= ENOUGH)
        return known

    @property
    def usual_s(self) -> FloatArray:
        """float64 (junction,): the median; of all junctions where it has few; 0 if unknown."""
        return self._quantile(USUAL)

    @property
    def soonest_s(self) -> FloatArray:
        """float64 (junction,): few orders are there before that; 0 if unknown."""
        return self._quantile(SOONEST)

    @property
    def latest_s(self) -> FloatArray:
        """float64 (junction,): few orders are there after that; 0 if unknown."""
        return self._quantile(LATEST)

    @property
    def whole_s(self) -> float:
        """The median of all junctions together; 0 while little is known."""
        told = self.seconds[np.isfinite(self.seconds)]
        return float(np.median(told)) if len(told) >= ENOUGH else 0.0

    @property
    def last(self) -> FloatArray:
        """float64 (junction, ``LAST``): of its own orders; NaN while they are fewer."""
        return self.seconds[:, -LAST:]

    def _quantile(self, part: float) -> FloatArray:
        seconds = self.seconds
        told = seconds[np.isfinite(seconds)]
        whole = float(np.quantile(told, part)) if len(told) >= ENOUGH else 0.0
        count = np.isfinite(seconds).sum(axis=1)
        found = np.full(len(seconds), whole)
        for at in np.flatnonzero(count >= OWN).tolist():
            found[at] = np.nanquantile(seconds[at], part)
        return found

    def usual_beside_s(self, junction: int) -> float:
        """The median of what all other junctions took of late; 0 while little is known of them."""
        others = np.delete(self.last, junction, axis=0)
        known = others[np.isfinite(others)]
        return float(np.median(known)) if len(known) >= ENOUGH else 0.0


def no_delays(junctions: int) -> Delays:
    """Nothing known."""
    return Delays(np.full((junctions, KEPT), np.nan), np.zeros(junctions, dtype=np.int64))


def timed(delays: Delays, site: Site, *, before: Given, after: Given, shown: Shown) -> Delays:
    """With those of the orders that are shown now for the first time.

    before, after: what is in force, before and after the turn's events.
    """
    met = (before.stage >= 0) & ~before.kept & after.kept & before.turned & (after.stage >= 0)
    # Of one that has not said yet who steers it, what it shows may be chance.
    met &= (shown.pattern == site.by_centre) | (site.by_centre == 0)
    at = np.flatnonzero(met)
    change_s = site.tables.change_s[at, before.left[at], before.stage[at]]
    # What a controller says of its plan tells best when the first order came.
    taken = shown.pattern_at[at] > before.asked_at[at]
    begun_at = np.where(taken, shown.pattern_at[at], shown.stage_at[at] - change_s * SECOND)
    took = (begun_at - before.asked_at[at]) / SECOND
    new = (took > -1.0) & (took <= MOST_S)
    seconds = delays.seconds.copy()
    seconds[at[new], :-1] = seconds[at[new], 1:]
    seconds[at[new], -1] = np.maximum(took[new], 0.0)
    return replace(delays, seconds=seconds)


def rested(site: Site, delays: Delays, *, now: int) -> tuple[Delays, list[Decision]]:
    """Junctions whose orders come too late are given back for a while, each with a word.

    What was measured of them is forgotten when they are tried again.
    """
    count = np.isfinite(delays.seconds).sum(axis=1)
    sure = (count >= OWN) | ((count > 0) & (delays.whole_s > LATE_S))
    usual_s = delays.usual_s
    late = sure & (usual_s > LATE_S) & (delays.rests_until == 0)
    again = (delays.rests_until > 0) & (delays.rests_until <= now)
    decisions = [words.tried_again(site, at) for at in np.flatnonzero(again).tolist()]
    for at in np.flatnonzero(late).tolist():
        reason = words.late(site, at, late_s=float(usual_s[at]), most_s=LATE_S, rest=REST)
        decisions.append(words.local(site, at, why=reason))
    until = np.where(again, 0, np.where(late, now + REST, delays.rests_until))
    return Delays(np.where(again[:, None], np.nan, delays.seconds), until), decisions
