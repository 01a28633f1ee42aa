"""What patrols and crews of the twin plan to do: rounds of visits, and shifts of hot work.

Both are vectorised over sections. A plan says where people want to be; whether they can is not its
business.
"""

from typing import Final

import numpy as np

from haihe.model import HOUR, MINUTE
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.packs.gallery.patrols import EVERY
from haihe.packs.gallery.people_streams import (
    CHECKED,
    CLOSED,
    COOLING,
    ISSUED,
    LEFT,
    SUSPENDED,
    WORKING,
)

SECTION: Final = 24  # Ours: zones that one patrol and one crew look after; one avenue.
LOOKS: Final = 3  # Minutes of a visit after the arrival, one scan each.
REST: Final = 30 * MINUTE  # Ours: a patrol that was called out reports and waits so long.
CYCLE: Final = 4 * HOUR  # Ours: a half shift: one permit.
# When each state of a permit begins in its cycle: prepared, work, watch for embers, found cold.
STATES: Final = (
    (0 * MINUTE, ISSUED),
    (1 * MINUTE, WORKING),  # Ours: the demonstration begins with people at work.
    (120 * MINUTE, COOLING),
    (150 * MINUTE, CHECKED),  # Ours: half an hour of watch.
    (160 * MINUTE, CLOSED),
)


class Rounds:
    """The patrols of all sections: each visits every zone of its section once a round.

    A visit is a scan on arrival and one a minute after it, ``LOOKS`` times. A patrol that is
    called out rests, then goes on with the zones that are left.
    """

    def __init__(self, zones: int, *, step: int) -> None:
        """Nobody is on a round yet.

        zones: how many; 1 or more.
        step: ns.
        """
        sections = -(-zones // SECTION)
        self._zone = np.arange(sections * SECTION).reshape(sections, SECTION)
        self._exists = self._zone < zones
        self._pending = np.zeros_like(self._exists)
        self._phase = np.zeros(sections, np.int64)
        self._free_at = np.zeros(sections, np.int64)  # In steps.
        self._round = EVERY // step
        self._look = MINUTE // step
        self._rest = REST // step
        self.place: IntArray = np.full(sections, -1, np.int64)

    def step(self, since: int, *, out: BoolArray, missed: BoolArray) -> None:
        """Go on by one step; ``place`` is then the row of each patrol's zone, -1 outside.

        since: steps since the plan began.
        out: bool (zone,), called out.
        missed: bool (zone,), passed by without a look.
        """
        if since % self._round == 0:
            self._pending = self._exists.copy()
        inside = self.place >= 0
        driven = inside & out[self.place]
        self._free_at[driven] = since + self._rest
        self._phase[inside] += 1
        done = inside & ~driven & (self._phase > LOOKS * self._look)
        self._pending[done, self.place[done] % SECTION] = False
        self.place[driven | done] = -1
        self._go_on(since, out=out, missed=missed)

    def _go_on(self, since: int, *, out: BoolArray, missed: BoolArray) -> None:
        free = np.flatnonzero((self.place < 0) & (self._free_at <= since))
        if not len(free) or not self._pending[free].any():
            return
        row = np.minimum(self._zone, len(out) - 1)
        self._pending[free] &= ~missed[row[free]]
        ready = self._pending[free] & ~out[row[free]]
        going = ready.any(axis=1)
        sections, which = free[going], ready[going].argmax(axis=1)
        self.place[sections] = self._zone[sections, which]
        self._phase[sections] = 0

    def scans(self) -> tuple[IndexArray, FloatArray]:
        """The rows of the zones scanned at this step, and which scan of the visit it is."""
        scanning = np.flatnonzero((self.place >= 0) & (self._phase % self._look == 0))
        steps: FloatArray = 1.0 + np.asarray(self._phase[scanning] // self._look, np.float64)
        return self.place[scanning], steps


class Shifts:
    """The hot work of all sections: one permit each, again and again in the same zone.

    state: float64 (section,), as ``gallery.permit`` has it.
    """

    def __init__(self, zones: int, *, step: int) -> None:
        """Every permit is closed.

        zones: how many; 1 or more.
        step: ns.
        """
        sections = -(-zones // SECTION)
        first = np.arange(sections) * SECTION
        self.zone: IntArray = np.minimum(first + 6, zones - 1)  # Ours: the seventh, where gas is.
        self.state: FloatArray = np.full(sections, CLOSED)
        self._suspended = np.zeros(sections, np.bool_)
        self._step = step

    def suspend(self, sections: BoolArray) -> None:
        """Stop the work of sections until the next permit; bool (section,)."""
        self._suspended |= sections

    def step(self, since: int, *, out: BoolArray, forced: BoolArray, uncooled: BoolArray) -> None:
        """Go on by one step; a permit is not issued anew while its zone is called out.

        since: steps since the plan began.
        out: bool (zone,), called out.
        forced: bool (section,), at work whatever the plan says.
        uncooled: bool (section,), never checked for embers.
        """
        phase = since * self._step % CYCLE
        if phase == 0:
            self._suspended = out[self.zone]
        planned = max((start, state) for start, state in STATES if start <= phase)[1]
        state = np.full(len(self.zone), planned)
        state[uncooled] = COOLING
        state[forced] = WORKING
        # A permit that is closed anyway has nothing to suspend.
        state[self._suspended & (state != CLOSED) & (state != CHECKED)] = SUSPENDED
        self.state = state


assert LEFT == 1.0 + LOOKS  # The last scan of a visit is the one on leaving.
