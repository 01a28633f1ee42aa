"""A machine whose channels no longer stand to each other as they did."""

from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.settle import (
    HALF,
    QUIET,
    RAISED,
    RESTING,
    SETTLING,
    ZEROS,
    MultivariateMemory,
    adjusted,
    blank,
    distances,
    empty,
    finish,
    gather,
    learn,
    rest,
    settle,
)
from haihe.detect.turns import (
    RowsOnly,
    check_least,
    check_more,
    finite,
    is_told,
    sum_last,
    with_room,
)
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray, FloatArray, IndexArray

CHANNELS_MAX: Final = (
    32  # Ours: an entity's memory is 24 * k * k bytes; beyond, split the channels.
)
WINDOWS_LEAST: Final = 10  # Ours: a spread of means is known to a fifth from ten of them.
MEMORY: Final = 4  # Ours: quiet machines remember four times what they settled on.
RETURNED: Final = 0.1  # Ours: nine tenths of the way back is back; the rest is a new level.
CALM: Final = 0.5  # Ours: half the limit; a window beyond it teaches nothing, as it may be a start.
EXCURSION: Final = 1000.0  # Ours: a shift beyond this many spreads tells no more than one of it.
BLAMED: Final = 3  # Ours: a person checks the first few channels; the rest is a page's worth.


@dataclass(frozen=True, slots=True)
class _Turn:
    """Rows of settled machines, no machine twice.

    slots: intp (row,).
    values: float64 (row, k), adjusted channels in standard deviations from ``usual``; or NaN.
    inverse: float64 (row, k), 1 / scale.
    distance: float64 (row, k), of the smoothed level from its centre, in scales; signed.
    farthest: float64 (row,), of these, the largest, without its sign.
    """

    slots: IndexArray
    values: FloatArray
    inverse: FloatArray
    distance: FloatArray
    farthest: FloatArray

    def only(self, row: int) -> "_Turn":
        """One of the rows."""
        part = slice(row, row + 1)
        return _Turn(
            self.slots[part],
            self.values[part],
            self.inverse[part],
            self.distance[part],
            self.farthest[part],
        )


@dataclass(frozen=True)
class Multivariate(RowsOnly):
    """Raised when a machine's channels leave the levels, or the relations, it has settled on.

    Each channel is adjusted for what the others tell of it, smoothed, and held against its own
    wandering from window to window. A change of regime that keeps a channel's relation to the
    others moves it by nothing; one that follows something unmeasured (weather, say) counts the
    less the more it wanders. A machine goes on learning while it is calm, so slow drift becomes
    normal; after an alarm its first window is its new level. It clears when it has come nine
    tenths of the way back, or back within half the limit. One wild row raises nothing.

    A missing channel keeps its level and holds up only channels that are adjusted for it; an alarm
    on it stands until it speaks again. One that told nothing while the machine settled is left
    out, one that never moved until it does.

    ``value`` and ``limit`` of a finding are of the channel that is farthest out, in its unit, as
    if the others stood where they usually do; ``detail`` names the first three channels, whether
    each is high or low, and their shares in the sum of squared distances.

    channels: the number fields, 2 to ``CHANNELS_MAX``.
    train: rows to settle on; ten windows or more.
    window: rows over which means are compared; 2 or more.
    width: the limit, in spreads of a window's mean; more than 0.
    renew_after: rows after which a standing alarm is taken for a new normal (a machine repaired,
        a sensor of another range): it clears and the machine settles anew; at least ``train``.
    severity: how bad it is.
    Source: Hawkins, Technometrics 33(1), 1991 (regression-adjusted variables); Lowry et al.,
        Technometrics 34(1), 1992 (their exponentially weighted means).

    >>> Multivariate(("current", "pressure", "flow")).fields
    ('current', 'pressure', 'flow')
    """

    channels: tuple[str, ...]
    _: KW_ONLY
    train: int = 400  # The public board of pumps, SKAB, gives 400; 26 windows.
    window: int = 15  # Measured on SKAB: 10 to 25 do as well; shorter is faster, longer finer.
    width: float = 5.0  # Measured on SKAB, each folder left out: 5 to 6 is a plateau.
    renew_after: int = 3600  # Ours: an hour of a reading a second; by then people know.
    severity: Severity = Severity.MINOR

    def __post_init__(self) -> None:
        """Refuse what cannot be learnt."""
        count = len(self.channels)
        if not 2 <= count <= CHANNELS_MAX or len(set(self.channels)) != count:
            raise ValueError(
                f"Multivariate has channels {self.channels}; give 2 to {CHANNELS_MAX}, each once."
            )
        check_least("Multivariate.window", self.window, least=2)
        check_least("Multivariate.train", self.train, least=WINDOWS_LEAST * self.window)
        check_least("Multivariate.renew_after", self.renew_after, least=self.train)
        check_more("Multivariate.width", self.width, than=0)

    @property
    def fields(self) -> tuple[str, ...]:
        """The channels."""
        return self.channels

    def start(self) -> MultivariateMemory:
        """No machine known."""
        return blank(len(self.channels))

    def step(
        self, memory: MultivariateMemory, seen: Seen
    ) -> tuple[MultivariateMemory, list[Finding]]:
        """Settle on each machine's first rows, then hold each row against them."""
        if len(memory.phase) < seen.entities:
            memory = with_room(memory, seen.entities, fills=dict.fromkeys(ZEROS, 0))
        readings = np.stack([seen.numbers[name] for name in self.channels], axis=1)
        told = is_told(readings)
        readings = np.where(told, readings, np.nan)
        some: BoolArray = np.any(told, axis=1)
        found: list[Finding] = []
        for turn in seen.rounds:
            rows = turn if some.all() else turn[some[turn]]
            fresh = memory.phase[seen.indices[rows]] == SETTLING
            if fresh.any():
                self._settle(memory, seen.indices[rows[fresh]], rows=readings[rows[fresh]])
            if not fresh.all():
                rows = rows[~fresh]
                watched = self._scored(memory, seen.indices[rows], rows=readings[rows])
                found += self._judge(memory, seen, rows=rows, turn=watched)
        return memory, found

    def _settle(self, memory: MultivariateMemory, slots: IndexArray, *, rows: FloatArray) -> None:
        settle(memory, slots, rows=rows, window=self.window)
        done = slots[memory.since[slots] == self._windows * self.window]
        if len(done):
            finish(memory, done, windows=self._windows, window=self.window)

    @property
    def _windows(self) -> int:
        return self.train // self.window

    def _scored(self, memory: MultivariateMemory, slots: IndexArray, *, rows: FloatArray) -> _Turn:
        """Smooth the rows into the levels and measure how far these have come."""
        values = adjusted(memory, slots, rows=rows)
        told = ~np.isnan(values)
        inverse = distances(memory, slots, known=self._windows // HALF)
        centre, level = memory.centre[slots], memory.level[slots]
        weight = 2 / (self.window + 1)  # The weighted mean then scatters as a window's plain one.
        alone = self.width * CALM / weight
        most = np.where(memory.phase[slots] == RAISED, EXCURSION, alone)[:, None]
        scale = 1 / np.where(inverse > 0, inverse, 1.0)
        near = centre + np.clip((values - centre) * inverse, -most, most) * scale
        level = np.where(told, level + weight * (near - level), level)
        memory.level[slots] = level
        distance = (level - centre) * inverse
        return _Turn(slots, values, inverse, distance, np.abs(distance).max(axis=1))

    def _judge(
        self, memory: MultivariateMemory, seen: Seen, *, rows: IndexArray, turn: _Turn
    ) -> list[Finding]:
        """Raise, clear and go on learning."""
        slots, phase = turn.slots, memory.phase[turn.slots]
        memory.since[slots] += 1
        raises = (phase == QUIET) & (turn.farthest > self.width)
        stands = phase == RAISED
        peak = np.where(stands, np.maximum(memory.peak[slots], turn.farthest), turn.farthest)
        memory.peak[slots] = peak
        back = stands & (turn.farthest <= np.maximum(CALM * self.width, RETURNED * peak))
        speaks = ~np.isnan(turn.values[np.arange(len(slots)), memory.blamed[slots]])
        old = stands & ~back & speaks & (memory.since[slots] >= self.renew_after)
        self._take(memory, turn, calm=~stands & ~raises)
        if not (raises | back | old).any():
            return []
        memory.phase[slots[raises]] = RAISED
        memory.phase[slots[back]] = RESTING
        turned = slots[raises | back]
        memory.since[turned] = 0
        empty(memory, turned)
        memory.blamed[slots[raises]] = np.argmax(np.abs(turn.distance[raises]), axis=1)
        found = [
            self._word(memory, seen, row=int(rows[i]), turn=turn.only(i), raised=bool(raises[i]))
            for i in np.flatnonzero(raises | back | old).tolist()
        ]
        memory.forget(slots[old])
        return found

    def _take(self, memory: MultivariateMemory, turn: _Turn, *, calm: BoolArray) -> None:
        """Let calm machines go on learning, and those at rest find their new level."""
        slots, values = turn.slots[calm], turn.values[calm]
        before, after = gather(memory, slots, rows=values)
        memory.square[slots] += before * after
        full = memory.filled[slots] == self.window
        if not full.any():
            return
        still = turn.farthest[calm][full] <= CALM * self.width
        slots = slots[full]
        rests = memory.phase[slots] == RESTING
        rest(memory, slots[rests])
        learn(
            memory, slots[still & ~rests], windows_most=MEMORY * self._windows, window=self.window
        )
        memory.phase[slots[rests]] = QUIET
        empty(memory, slots)

    def _word(
        self, memory: MultivariateMemory, seen: Seen, *, row: int, turn: _Turn, raised: bool
    ) -> Finding:
        slot, distance = int(turn.slots[0]), turn.distance[0]
        blamed = int(memory.blamed[slot])
        side = 1.0 if distance[blamed] >= 0 else -1.0
        limit = memory.centre[slot, blamed]
        usual, unit = memory.usual[slot, blamed], memory.unit[slot, blamed]
        if turn.inverse[0, blamed] > 0:
            limit = limit + side * self.width / turn.inverse[0, blamed]
        return Finding(
            at=int(seen.received_at[row]), offset=int(seen.offsets[row]), slot=slot,
            observed_at=int(seen.observed_at[row]), raised=raised, field=self.channels[blamed],
            value=finite(float(usual + memory.level[slot, blamed] / unit)),
            limit=finite(float(usual + limit / unit)),
            detail=self._shares(distance) if raised else "",
        )  # fmt: skip

    def _shares(self, distance: FloatArray) -> str:
        """The channels that are farthest out, their side and their share."""
        shares = distance * distance / sum_last(distance * distance)
        return ", ".join(
            f"{self.channels[i]} {'high' if distance[i] > 0 else 'low'} {100 * shares[i]:.0f} %"
            for i in np.argsort(-shares, kind="stable")[:BLAMED].tolist()
            if shares[i] > 0
        )
