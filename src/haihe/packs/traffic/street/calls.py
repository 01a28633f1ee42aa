"""Who asks the controllers for green: what stands over the loops at their stop lines."""

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.packs.traffic.interlock import UNCALLED, Heads
from haihe.packs.traffic.measures.events import Code, Events, events_at
from haihe.packs.traffic.network.model import Network
from haihe.packs.traffic.tables import Tables
from haihe.packs.traffic.zone import approaches

UNSAID = -1  # Nobody has heard yet whether there is a call.


class Calls:
    """The calls of every group, and what was said of them: 43 registered, 44 dropped."""

    def __init__(self, network: Network, tables: Tables) -> None:
        """Nothing is said yet."""
        self._shape = tables.unseen.shape
        self._always = tables.unseen
        self._known = np.arange(self._shape[1])[None, :] < np.array(tables.widths)[:, None]
        pairs = [
            (loop, at * self._shape[1] + move.group)
            for loop, (at, lane) in enumerate(
                (at, lane) for at, one in enumerate(network.junctions) for lane in approaches(one)
            )
            for move in network.junctions[at].movements
            if move.from_lane == lane
        ]
        self._loop, self._group = np.array(pairs, np.int64).T.copy()
        self._said = np.full(self._shape, UNSAID)

    def asked(self, on: BoolArray) -> BoolArray:
        """bool (junction, group): who stands before each group's heads.

        on: bool (loop,), whether a vehicle is over it; stop lines in the order of junctions and
            their approaches.
        """
        found = np.zeros(self._shape, np.bool_)
        found.flat[self._group[on[self._loop]]] = True
        return found

    def announce(self, junction: int) -> None:
        """Say everything anew."""
        self._said[junction] = UNSAID

    def changes(self, heads: Heads, *, now: int) -> Events:
        """What is new. Of a group that is always asked for it is said once."""
        stands = (heads.called_at != UNCALLED) | self._always
        changed = (stands != self._said) & self._known
        self._said = stands.astype(np.int64)
        junction, group = np.nonzero(changed)
        code: IntArray = np.where(stands[changed], Code.PHASE_CALL, Code.CALL_DROPPED)
        return events_at(now, junction=junction, code=code.astype(np.int64), parameter=group + 1)
