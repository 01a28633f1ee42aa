"""A value unlike what this entity usually shows at this hour."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import Final

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.learn import RESOLVED, SIGMA_LEAST
from haihe.detect.turns import (
    Change,
    Latch,
    Marks,
    RowsOnly,
    Turn,
    check_least,
    check_more,
    findings,
    side_of,
    turns,
    with_room,
)
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.time import DAY, HOUR

BUCKETS_MAX: Final = 2016  # Ours: a week in five-minute buckets; 40 bytes each for every entity.
# Ours: a reading outside the band teaches a tenth of what one inside does, and no more than one at
# the band's edge: a lasting new pattern is learnt in weeks, a bad week does not become the norm.
BEYOND_SHARE: Final = 0.1
_FILLS: Final = {
    "count": 0, "periods": 0, "last_period": -1, "mean": 0, "variance": 0,
    "standing": 0, "streak": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeasonMemory:
    """What a ``SeasonalBand`` remembers.

    count: int64 (entity, bucket), readings learnt from.
    periods: int64 (entity, bucket), different periods they came from.
    last_period: int64 (entity, bucket), the newest of these; -1 before the first.
    mean, variance: float64 (entity, bucket), in the field's unit and its square.
    standing, streak: as in ``Marks``.
    """

    count: IntArray
    periods: IntArray
    last_period: IntArray
    mean: FloatArray
    variance: FloatArray
    standing: IntArray
    streak: IntArray


@dataclass(frozen=True)
class SeasonalBand(RowsOnly):
    """Raised outside the band that an entity's own past draws for each part of the day or week.

    Each bucket keeps a mean and a variance that follow the readings with weight ``learn`` (at first
    all readings weigh the same). It judges once it has seen ``ready`` periods before this one.

    field: the number field.
    period: ns, such as DAY or 7 * DAY; more than 0.
    buckets: parts of the period, 1 to ``BUCKETS_MAX``; 24 with DAY are the hours of the day.
    width: half the band, in standard deviations; more than 0.
    learn: weight of a new reading, more than 0, at most 1.
    ready: earlier periods a bucket must have seen; 1 or more.
    sigma_min: the standard deviation is taken to be at least this, in the field's unit.
    zone: the local clock's offset from UTC; ns.
    clear_after: readings in a row inside the band that clear it; 1 or more.
    severity: how bad it is.
    Source: Finch, Incremental calculation of weighted mean and variance, Cambridge 2009.

    >>> SeasonalBand("power", period=7 * DAY, buckets=168).bucket_of(np.array([0])).tolist()
    [8]
    """

    field: str
    _: KW_ONLY
    period: int = DAY
    buckets: int = 24
    width: float = 4.0  # Ours: with 1,440 readings a day, 3 would raise four times a day by chance.
    learn: float = 0.01  # Ours: at a reading a minute, an hour's bucket then spans about two days.
    ready: int = 5  # Ours: a working week.
    sigma_min: float = 0.0
    zone: int = 8 * HOUR  # China keeps one zone, UTC+8.
    clear_after: int = 1
    severity: Severity = Severity.MINOR

    def __post_init__(self) -> None:
        """Refuse settings that could not judge or learn."""
        check_least("SeasonalBand.period", self.period, least=max(1, self.buckets))
        if not 1 <= self.buckets <= BUCKETS_MAX:
            raise ValueError(f"buckets is {self.buckets}; it must be 1 to {BUCKETS_MAX}.")
        check_more("SeasonalBand.width", self.width, than=0)
        if not 0 < self.learn <= 1:
            raise ValueError(f"learn is {self.learn}; it must be more than 0 and at most 1.")
        check_least("SeasonalBand.ready", self.ready, least=1)
        check_least("SeasonalBand.sigma_min", self.sigma_min, least=0)
        check_least("SeasonalBand.clear_after", self.clear_after, least=1)

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def start(self) -> SeasonMemory:
        """Nothing learnt."""
        whole, real = np.empty((0, self.buckets), np.int64), np.empty((0, self.buckets))
        flat = np.empty(0, np.int64)
        return SeasonMemory(whole, whole, whole, real, real, flat, flat)

    def bucket_of(self, at: IntArray) -> IntArray:
        """The part of the period an instant falls in: int64, 0 to ``buckets`` - 1.

        at: int64, ns.
        """
        return (at + self.zone) % self.period // -(-self.period // self.buckets)

    def step(self, memory: SeasonMemory, seen: Seen) -> tuple[SeasonMemory, list[Finding]]:
        """Hold each reading against its bucket, then let the bucket learn from it."""
        if len(memory.standing) < seen.entities:
            memory = with_room(memory, seen.entities, fills=_FILLS)
        found: list[Finding] = []
        for turn in turns(seen, self.field):
            found += self._turn(memory, seen, turn=turn)
        return memory, found

    def _turn(self, memory: SeasonMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        cells = turn.slots * self.buckets + self.bucket_of(turn.at)
        flat = _flat(memory)
        mean = flat.mean[cells]
        band = self.width * self._sigma(mean, flat.variance[cells])
        ready = self._count_period(flat, cells, at=turn.at)
        side = np.where(ready, side_of(turn.values, low=mean - band, high=mean + band), 0)
        step = turn.values - mean
        self._learn(flat, cells, step=step, most=np.where(side == 0, np.inf, band))
        was = memory.standing[turn.slots]
        latch = Latch(clear_after=self.clear_after)
        flips = latch.turn(Marks(memory.standing, memory.streak), turn.slots, side=side)
        if not flips.any():
            return []
        limits = np.where(np.where(side != 0, side, was) > 0, mean + band, mean - band)[flips]
        part = turn.only(flips)
        return findings(
            seen, self.field, change=Change(part, side[flips] != 0, part.values, limits)
        )

    def _sigma(self, mean: FloatArray, variance: FloatArray) -> FloatArray:
        floor = np.maximum(RESOLVED * np.abs(mean), max(self.sigma_min, SIGMA_LEAST))
        return np.maximum(np.sqrt(variance), floor)

    def _count_period(self, flat: SeasonMemory, cells: IndexArray, *, at: IntArray) -> BoolArray:
        """Note the period; True where the bucket had seen enough earlier ones."""
        period = (at + self.zone) // self.period
        periods = flat.periods[cells] + (period > flat.last_period[cells])
        flat.periods[cells], flat.last_period[cells] = periods, period
        enough: BoolArray = periods > self.ready
        return enough

    def _learn(
        self, flat: SeasonMemory, cells: IndexArray, *, step: FloatArray, most: FloatArray
    ) -> None:
        """Learn from deviations; ``most`` is finite, the band, where one lies outside it."""
        count = flat.count[cells] + 1
        weight = np.maximum(self.learn, 1.0 / count)
        weight = np.where(np.isinf(most), weight, BEYOND_SHARE * weight)
        step = step.clip(-most, most)
        flat.count[cells] = count
        flat.mean[cells] += weight * step
        flat.variance[cells] = (1 - weight) * (flat.variance[cells] + weight * step * step)


def _flat(memory: SeasonMemory) -> SeasonMemory:
    """The same memory with entity and bucket in one axis; views, so that writing writes it."""
    assert memory.mean.flags.c_contiguous, "reshaping would copy"
    return replace(
        memory,
        count=memory.count.reshape(-1),
        periods=memory.periods.reshape(-1),
        last_period=memory.last_period.reshape(-1),
        mean=memory.mean.reshape(-1),
        variance=memory.variance.reshape(-1),
    )
