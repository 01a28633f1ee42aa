"""Channels that no longer move together as they used to: Hotelling's T2 and the residual Q."""

from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from haihe.detect.components import (
    eigen,
    project,
    q_limit,
    t2_limit,
    trained_shares,
)
from haihe.detect.contract import Finding, Seen
from haihe.detect.learn import RESOLVED, SIGMA_LEAST
from haihe.detect.turns import (
    Latch,
    Marks,
    RowsOnly,
    check_least,
    finite,
    is_told,
    sum_last,
    with_room,
)
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray

CHANNELS_MAX: Final = (
    32  # Ours: an entity's memory is 16 * k * k bytes; beyond, split the channels.
)
BLAMED: Final = 3  # Ours: a person checks the first few channels; the rest is a page's worth.
_FILLS: Final = {
    "count": 0, "mean": 0, "scatter": 0, "scale": 0, "vectors": 0, "t2_weight": 0, "q_weight": 0,
    "t2_limit": np.inf, "q_limit": np.inf, "standing": 0, "streak": 0, "blamed": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MultivariateMemory:
    """What a ``Multivariate`` remembers; k is the number of channels.

    count: int64 (entity,), complete rows learnt from, up to ``train``.
    mean: float64 (entity, k), in each channel's unit.
    scatter: float64 (entity, k, k), sums of products of deviations.
    scale: float64 (entity, k), 1 / standard deviation; 0 for a channel that never moved.
    vectors: float64 (entity, k, k), eigenvectors of the correlations, in columns.
    t2_weight, q_weight: float64 (entity, k), what each squared score counts in T2 and Q.
    t2_limit, q_limit: float64 (entity,).
    standing, streak: as in ``Marks``; standing is 1 for T2 and -1 for Q.
    blamed: int64 (entity,), the channel named when it was raised.
    """

    count: IntArray
    mean: FloatArray
    scatter: FloatArray
    scale: FloatArray
    vectors: FloatArray
    t2_weight: FloatArray
    q_weight: FloatArray
    t2_limit: FloatArray
    q_limit: FloatArray
    standing: IntArray
    streak: IntArray
    blamed: IntArray


@dataclass(frozen=True, slots=True)
class _Judged:
    """Rows of one turn that raise or clear."""

    rows: IndexArray
    slots: IndexArray
    raised: BoolArray
    by_t2: BoolArray
    values: FloatArray
    limits: FloatArray
    scores: FloatArray


@dataclass(frozen=True)
class Multivariate(RowsOnly):
    """Raised when channels leave the pattern in which each entity's own first rows moved together.

    T2 says that the usual pattern has gone too far, Q that the pattern itself is broken. A row
    with a missing channel tells nothing. A channel that never moved while learning is left out for
    that entity. ``value`` and ``limit`` of a finding are T2 or Q, whichever is further beyond its
    limit; ``field`` is the channel that contributes most and ``detail`` names the first three.

    channels: the number fields, 2 to ``CHANNELS_MAX``.
    train: complete rows to learn from; more than twice the channels, 20 or more.
    explained: share of the variance that the kept components explain; more than 0, at most 1.
    confidence: with which an ordinary reading stays below each limit; more than 0.5, less than 1.
    raise_after, clear_after: readings in a row it takes; 1 or more.
    severity: how bad it is.
    Source: MacGregor and Kourti, Control Engineering Practice 3(3), 1995; contributions by complete
        decomposition: Alcala and Qin, Automatica 45, 2009.

    >>> Multivariate(("methane", "oxygen", "temperature")).fields
    ('methane', 'oxygen', 'temperature')
    """

    channels: tuple[str, ...]
    _: KW_ONLY
    train: int = 200  # Ours: correlations are then known to about 0.1.
    explained: float = 0.9  # MacGregor and Kourti: the components that describe most of it.
    confidence: float = 0.999  # Ours: 0.99 would raise by chance every 100 readings.
    raise_after: int = 2  # Ours: one wild row is a matter of ``Absurd``.
    clear_after: int = 3
    severity: Severity = Severity.MINOR

    def __post_init__(self) -> None:
        """Refuse what cannot be learnt."""
        count = len(self.channels)
        if not 2 <= count <= CHANNELS_MAX or len(set(self.channels)) != count:
            raise ValueError(
                f"Multivariate has channels {self.channels}; give 2 to {CHANNELS_MAX}, each once."
            )
        check_least("Multivariate.train", self.train, least=max(20, 2 * count + 1))
        check_least("Multivariate.raise_after", self.raise_after, least=1)
        check_least("Multivariate.clear_after", self.clear_after, least=1)
        if not 0 < self.explained <= 1:
            raise ValueError(f"explained is {self.explained}; it must be above 0 and at most 1.")
        if not 0.5 < self.confidence < 1:
            raise ValueError(f"confidence is {self.confidence}; it must lie between 0.5 and 1.")

    @property
    def fields(self) -> tuple[str, ...]:
        """The channels."""
        return self.channels

    def start(self) -> MultivariateMemory:
        """Nothing learnt."""
        k = len(self.channels)
        flat, row, square = np.empty(0), np.empty((0, k)), np.empty((0, k, k))
        whole = np.empty(0, np.int64)
        return MultivariateMemory(
            whole, row, square, row, square, row, row, flat, flat, whole, whole, whole
        )

    def step(
        self, memory: MultivariateMemory, seen: Seen
    ) -> tuple[MultivariateMemory, list[Finding]]:
        """Learn from the first complete rows, then score each."""
        if len(memory.count) < seen.entities:
            memory = with_room(memory, seen.entities, fills=_FILLS)
        readings = np.stack([seen.numbers[name] for name in self.channels], axis=1)
        complete: BoolArray = np.all(is_told(readings), axis=1)
        found: list[Finding] = []
        for turn in seen.rounds:
            rows = turn[complete[turn]]
            ready = memory.count[seen.indices[rows]] >= self.train
            if not ready.all():
                self._learn(memory, seen.indices[rows[~ready]], rows=readings[rows[~ready]])
            if ready.any():
                found += self._score(memory, seen, rows=rows[ready], readings=readings)
        return memory, found

    def _learn(self, memory: MultivariateMemory, slots: IndexArray, *, rows: FloatArray) -> None:
        count = memory.count[slots] + 1
        step = rows - memory.mean[slots]
        mean = memory.mean[slots] + step / count[:, None]
        memory.scatter[slots] += step[:, :, None] * (rows - mean)[:, None, :]
        memory.count[slots], memory.mean[slots] = count, mean
        done = slots[count == self.train]
        if len(done):
            self._finish(memory, done)

    def _finish(self, memory: MultivariateMemory, slots: IndexArray) -> None:
        """Draw components and limits from what was learnt."""
        covariance = memory.scatter[slots] / (self.train - 1)
        sigma = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        moves = sigma > np.maximum(RESOLVED * np.abs(memory.mean[slots]), SIGMA_LEAST)
        scale = np.where(moves, 1 / np.where(moves, sigma, 1.0), 0.0)
        correlation = covariance * scale[:, :, None] * scale[:, None, :]
        values, vectors = eigen((correlation + correlation.transpose(0, 2, 1)) / 2)
        kept = trained_shares(values, explained=self.explained)
        memory.scale[slots], memory.vectors[slots] = scale, vectors
        memory.t2_weight[slots] = kept / np.where(kept > 0, values, 1.0)
        memory.q_weight[slots] = 1 - kept
        number = np.maximum(sum_last(kept), 1.0)
        memory.t2_limit[slots] = t2_limit(number, trained=self.train, confidence=self.confidence)
        memory.q_limit[slots] = q_limit(values * (1 - kept), confidence=self.confidence)

    def _score(
        self, memory: MultivariateMemory, seen: Seen, *, rows: IndexArray, readings: FloatArray
    ) -> list[Finding]:
        slots = seen.indices[rows]
        deviation = (readings[rows] - memory.mean[slots]) * memory.scale[slots]
        scores = project(deviation, memory.vectors[slots])
        squares = scores * scores
        t2 = sum_last(squares * memory.t2_weight[slots])
        q = sum_last(squares * memory.q_weight[slots])
        limits = memory.t2_limit[slots], memory.q_limit[slots]
        over = t2 / limits[0], q / limits[1]
        side = np.where(over[0] >= over[1], 1, -1) * ((over[0] > 1) | (over[1] > 1))
        was = memory.standing[slots]
        latch = Latch(raise_after=self.raise_after, clear_after=self.clear_after)
        flips = latch.turn(Marks(memory.standing, memory.streak), slots, side=side)
        by_t2 = np.where(side != 0, side, was) > 0
        value, limit = np.where(by_t2, t2, q), np.where(by_t2, *limits)
        raised = side[flips] != 0
        judged = _Judged(
            rows[flips], slots[flips], raised, by_t2[flips], value[flips], limit[flips],
            scores[flips],
        )  # fmt: skip
        return [self._word(memory, seen, judged=judged, i=i) for i in range(len(judged.rows))]

    def _word(self, memory: MultivariateMemory, seen: Seen, *, judged: _Judged, i: int) -> Finding:
        row, slot = int(judged.rows[i]), int(judged.slots[i])
        raised, by_t2 = bool(judged.raised[i]), bool(judged.by_t2[i])
        detail = ""
        if raised:
            weight = (memory.t2_weight if by_t2 else memory.q_weight)[slot]
            share = contributions(memory.vectors[slot], judged.scores[i] * np.sqrt(weight))
            first = np.argsort(-share, kind="stable")[:BLAMED].tolist()
            memory.blamed[slot] = first[0]
            parts = ", ".join(f"{self.channels[j]} {100 * float(share[j]):.0f} %" for j in first)
            detail = f"{'T2' if by_t2 else 'Q'}: {parts}"
        return Finding(
            at=int(seen.received_at[row]), offset=int(seen.offsets[row]), slot=slot,
            observed_at=int(seen.observed_at[row]), raised=raised,
            field=self.channels[int(memory.blamed[slot])],
            value=finite(float(judged.values[i])), limit=finite(float(judged.limits[i])),
            detail=detail,
        )  # fmt: skip


def contributions(vectors: FloatArray, scores: FloatArray) -> FloatArray:
    """Each channel's share in a statistic: float64 (k,), none negative, together 1.

    vectors: float64 (k, k), in columns; their signs do not matter.
    scores: float64 (k,), each times the square root of its weight; not all 0.

    >>> contributions(np.eye(2), np.array([3.0, 1.0])).round(6).tolist()
    [0.9, 0.1]
    """
    parts = sum_last(vectors * scores)
    largest = np.abs(parts).max()
    squares = (parts / largest) * (parts / largest)
    shares: FloatArray = squares / sum_last(squares)
    return shares
