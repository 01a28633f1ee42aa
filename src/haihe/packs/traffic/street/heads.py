"""The controllers at the junctions: local plans, orders from the centre, an interlock of their own.

Each shows what its own interlock allows. An order holds until its instant; after that, without a
newer one, the junction is back on its local plan by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray
from haihe.model.time import SECOND
from haihe.packs.traffic.dayplans import PATTERNS
from haihe.packs.traffic.interlock import LONG_AGO, Interlock, Refusal
from haihe.packs.traffic.limits import LAWFUL
from haihe.packs.traffic.measures.events import Code, Events, events_at, joined
from haihe.packs.traffic.network.build import WALK_S
from haihe.packs.traffic.network.model import Network
from haihe.packs.traffic.plan import Plan
from haihe.packs.traffic.street.calls import Calls
from haihe.packs.traffic.street.motion import ENDING, GO, STOP, YIELD
from haihe.packs.traffic.tables import tables_of

SHOWN: Final = np.full(256, STOP, np.int8)  # By letter: what it says to vehicles.
SHOWN[[ord(letter) for letter in "Ggy"]] = GO, YIELD, ENDING
CODES: Final = {GO: Code.GREEN, YIELD: Code.GREEN, ENDING: Code.YELLOW, STOP: Code.RED}
# Indiana enumerations, 131: 254 is "free", which here is called by the centre.
BY_CENTRE: Final = 254
HEARD_MOST: Final = 600 * SECOND  # Ours: no order steers a junction for longer than ten minutes.
REFUSALS_KEPT: Final = 1000  # Ours: the newest; a day has some dozens.


class Controllers:
    """Every junction's controller, side by side."""

    def __init__(self, network: Network, *, plans: Mapping[str, Sequence[Plan]]) -> None:
        """Stand still until the first ``step``.

        plans: by name, one for each junction; "balanced" must be there.
        """
        self._junctions = network.junctions
        self.interlock = Interlock(tables_of(network.junctions, LAWFUL))
        self._plans = plans
        count, groups = self.interlock.tables.least_s.shape
        self._through = np.zeros((count, groups), np.bool_)
        for at, one in enumerate(network.junctions):
            for move in one.movements:
                self._through[at, move.group] |= move.turn == "through"
        self._known = np.arange(groups)[None, :] < np.array(self.interlock.tables.widths)[:, None]
        self._named = ["balanced"] * count
        self._wished = np.full(count, -1)
        self._until = np.full(count, LONG_AGO)
        self._pattern = np.zeros(count, np.int64)
        self._lit = np.full((count, groups), STOP, np.int8)
        self._said = np.full((count, groups), -1, np.int8)
        self._walk_ends = np.full((count, groups), LONG_AGO)
        self._calls = Calls(network, self.interlock.tables)
        self._heads = self.interlock.start(np.zeros(count, np.int64), at=0)
        self._has_begun = False
        self.refusals: tuple[Refusal, ...] = ()

    @property
    def shown(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int8]]:
        """int8 (junction, group): what vehicles see, as in ``motion``."""
        return self._lit

    def lines(self, now: int) -> tuple[str, ...]:
        """The letters of every junction at an instant not before the last step; ns."""
        return self.interlock.shown(self._heads, now=now)

    def call(self, junction: int, *, stage: int, until: int) -> None:
        """Take an order for a stage, until an instant; ns."""
        self._wished[junction] = stage
        self._until[junction] = until

    def release(self, junction: int) -> None:
        """Back to the local plan."""
        self._until[junction] = LONG_AGO

    def plan(self, junction: int, name: str) -> None:
        """Run another local plan; a name that is not known changes nothing."""
        if name in self._plans:
            self._named[junction] = name

    def announce(self, junction: int) -> None:
        """Say everything anew at the next step: nobody has heard the last of it."""
        self._said[junction] = -1
        self._pattern[junction] = 0
        self._calls.announce(junction)

    def step(self, now: int, *, on: BoolArray) -> Events:
        """Let the signals go on to ``now`` (ns), and what the controllers say of it.

        on: bool (loop,), as for ``Calls.asked``.
        """
        local = np.array(
            [self._plans[name][at].at(now) for at, name in enumerate(self._named)], np.int64
        )
        if not self._has_begun:
            self._heads = self.interlock.start(local, at=now)
            self._has_begun = True
        until = np.minimum(self._until, now + HEARD_MOST)
        centre = now < until
        wish = np.where(centre, self._wished, local)
        heads = self.interlock.called(self._heads, self._calls.asked(on), now=now)
        self._heads, refused = self.interlock.step(heads, wish, local=local, now=now)
        if refused:
            self.refusals = (*self.refusals, *refused)[-REFUSALS_KEPT:]
        calls = self._calls.changes(self._heads, now=now)
        return joined([self._patterns(centre, now=now), *self._changes(now), calls])

    def _patterns(self, centre: BoolArray, *, now: int) -> Events:
        named = np.array([PATTERNS[name] for name in self._named], np.int64)
        pattern = np.where(centre, BY_CENTRE, named)
        new = np.flatnonzero(pattern != self._pattern)
        self._pattern = pattern
        return events_at(
            now, junction=new, code=np.full(len(new), Code.PATTERN), parameter=pattern[new]
        )

    def _changes(self, now: int) -> list[Events]:
        letters = self.interlock.shown(self._heads, now=now)
        lit = np.full_like(self._lit, STOP)
        for at, line in enumerate(letters):
            lit[at, : len(line)] = SHOWN[np.frombuffer(line.encode(), np.uint8)]
        green = (lit == GO) | (lit == YIELD)
        was_green = (self._said == GO) | (self._said == YIELD)
        changed = (lit != self._said) & self._known & ~(green & was_green)
        begins = changed & green & self._through
        ends = (self._walk_ends <= now) & (self._walk_ends > LONG_AGO)
        ends |= (self._walk_ends > now) & ~green
        self._walk_ends[ends] = LONG_AGO
        self._walk_ends[begins] = now + WALK_S * SECOND
        self._lit = self._said = lit
        out = []
        for mask, code in ((ends, Code.PED_CLEARANCE), (begins, Code.WALK)):
            junction, group = np.nonzero(mask)
            codes = np.full(len(group), code)
            out.append(events_at(now, junction=junction, code=codes, parameter=group + 1))
        junction, group = np.nonzero(changed)
        codes = np.array([CODES[one] for one in lit[changed].tolist()], np.int64)
        return [events_at(now, junction=junction, code=codes, parameter=group + 1), *out]
