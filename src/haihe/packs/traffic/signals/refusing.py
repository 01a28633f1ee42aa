"""Controllers that do not take orders: local plan, another try after growing pauses, then people.

An order that is refused, or that nobody takes in time, is over: what is wanted later is decided
later. Meanwhile the junction is on its plan in force, by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model import Decision
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.decision import OrderState, WorkOrder
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.signals import given as orders
from haihe.packs.traffic.signals import words
from haihe.packs.traffic.signals.given import Given
from haihe.packs.traffic.signals.site import Site

FIRST_PAUSE: Final = 30 * SECOND  # Ours: as long as a controller is tried out by hand for a moment.
LONGEST_PAUSE: Final = 10 * MINUTE  # Ours: one that works again is steered again within it.
DOUBLINGS: Final = 8  # Ours: enough to come from the first pause to the longest.


@dataclass(frozen=True, slots=True)
class Refusing:
    """Who does not take orders; (junction,) each.

    times: int64, how many orders in a row were not taken; 0 where they are.
    again_at: int64, before that it gets no order; ns.
    """

    times: IntArray
    again_at: IntArray

    def pauses(self, now: int) -> BoolArray:
        """bool (junction,): no order is given to it yet."""
        waits: BoolArray = self.again_at > now
        return waits


def none_refusing(junctions: int) -> Refusing:
    """Every controller is thought to obey."""
    return Refusing(np.zeros(junctions, np.int64), np.zeros(junctions, np.int64))


def refused(
    site: Site, refusing: Refusing, *, given: Given, undone: Sequence[WorkOrder], now: int
) -> tuple[Refusing, Given, list[tuple[int, Decision]]]:
    """After the orders that were not taken; what is said of it, by junction.

    given: as watched in this turn. An order that was taken and shown ends the count.
    """
    shown = given.kept & (given.stage != orders.NONE) & given.turned
    times, again_at = np.where(shown, 0, refusing.times), refusing.again_at.copy()
    faults, drop = given.faults.copy(), np.zeros(len(times), np.bool_)
    told: list[tuple[int, Decision]] = []
    for order in undone:
        at = site.rows.get(order.order.entity, -1)
        if at < 0 or order.order.action != words.STAGE:
            continue
        times[at] += 1
        pause = min(FIRST_PAUSE << min(int(times[at]) - 1, DOUBLINGS), LONGEST_PAUSE)
        again_at[at], drop[at] = now + pause, True
        is_refused = order.state is OrderState.UNDELIVERED
        faults[at] = min(faults[at] + orders.DISOBEYED, orders.REFUSES)
        by = order.words if is_refused else ""
        told.append((at, words.not_taken(site, at, by=by, times=int(times[at]), pause=pause)))
    given = orders.dropped(replace(given, faults=faults), drop)
    return Refusing(times, again_at), given, told
