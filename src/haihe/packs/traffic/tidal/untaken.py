"""Signs that do not take an order: it is given again after growing pauses, then people go there.

The interlock of the lane goes on by what the signs themselves say, so nothing is opened meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.decision import WorkOrder
from haihe.model.time import MINUTE, SECOND

FIRST_PAUSE: Final = 10 * SECOND  # Ours: two turns; a sign that is out of step is seen by drivers.
LONGEST_PAUSE: Final = 5 * MINUTE  # Ours: a sign that works again shows what it should within it.
DOUBLINGS: Final = 8  # Ours: enough to come from the first pause to the longest.
FORGET: Final = 2 * LONGEST_PAUSE  # Ours: not refused for so long, it is taken to obey.
PEOPLE_AT: Final = 3  # Ours: orders in a row that were not taken; then somebody goes there.


@dataclass(frozen=True, slots=True)
class Untaken:
    """The orders that a lane's signs did not take; (lane,) each.

    times: int64, how many in a row; 0 for none.
    last_at: int64, when the last was known not to be taken. again_at: int64, when it is given
        again; 0 for not at all; ns.
    """

    times: IntArray
    last_at: IntArray
    again_at: IntArray


def none_untaken(lanes: int) -> Untaken:
    """Every sign is thought to obey."""
    return Untaken(*np.zeros((3, lanes), np.int64))


def followed(
    untaken: Untaken, lanes: Sequence[str], *, undone: Sequence[WorkOrder], now: int
) -> tuple[Untaken, dict[int, str]]:
    """After the orders that were not taken; by lane, what was said of the newest."""
    past = now - untaken.last_at > FORGET
    times = np.where(past & (untaken.again_at == 0), 0, untaken.times)
    last_at, again_at = untaken.last_at.copy(), untaken.again_at.copy()
    said: dict[int, str] = {}
    for order in undone:
        if order.order.action != "lane-sign" or order.order.entity not in lanes:
            continue
        at = lanes.index(order.order.entity)
        times[at] += 1
        last_at[at] = now
        again_at[at] = now + min(FIRST_PAUSE << min(int(times[at]) - 1, DOUBLINGS), LONGEST_PAUSE)
        said[at] = order.words
    return Untaken(times, last_at, again_at), said


def due(
    untaken: Untaken, *, changed: Sequence[int], held: BoolArray, now: int
) -> tuple[Untaken, list[int]]:
    """The lanes whose newest order is given again now.

    changed: lanes that get another order in this turn anyhow.
    held: bool (lane,), those that get none now.
    """
    again_at = untaken.again_at.copy()
    again_at[list(changed)] = 0
    rows = np.flatnonzero((again_at > 0) & (again_at <= now) & ~held).tolist()
    again_at[rows] = 0
    return Untaken(untaken.times, untaken.last_at, again_at), rows
