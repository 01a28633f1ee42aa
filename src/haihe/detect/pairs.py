"""Pressures that no longer go together: each sensor against those that tell it best.

One entity is one district, whose pressures stand in one record with a field for each sensor: a
leak shows in how they differ, so they must be judged together.
"""

from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.learn import RESOLVED, SIGMA_LEAST
from haihe.detect.linear import products
from haihe.detect.shift import median
from haihe.detect.turns import RowsOnly, check_least, finite, is_told, with_room
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.time import HOUR, format_instant

SENSORS_MAX: Final = 64  # Ours: 100 kB a district; beyond, split it.
TRAIN_HOURS: Final = 168  # A week, so that each day and hour is in it.
PARTNERS: Final = 3  # Measured on scenarios: with 3 few false alarms, with 33 one a day.
CLIP: Final = 3.0  # Huber, Robust Statistics: what lies further off counts as three sigma.
SHIFT: Final = 1.0  # Montgomery: in sigma; the usual shift a CUSUM is tuned to.
WIDTH: Final = 20.0  # Ours: exp(20) hours for each of a hundred pairs; errors last, so 12 is few.
SETTLE_HOURS: Final = 48  # As long as ``Leak`` takes.
DAY_HOURS: Final = 24  # By definition.
_FILLS: Final = {
    "hour": -1, "total": 0, "told": 0, "count": 0, "week": np.nan, "partner": 0, "slope": 0,
    "offset": 0, "sigma": 0, "excess": 1, "sums": 0, "fall": 0, "hours": 0,
    "middle": 0, "covariance": 0, "recent": 0, "start": 0,
    "standing": 0, "began": 0, "named": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PairsMemory:
    """What a ``PressurePairs`` remembers; k sensors, p partners each.

    hour: int64 (entity,), the open hour; hours since 1970; -1 before the first.
    total, told: float64 (entity, k), sum and number of the readings in it.
    count: int64 (entity,), hours of the week that were learnt, all sensors told.
    week: float64 (entity, hour of the week, k), their pressures; NaN before.
    partner: int64 (entity, k, p), the sensors that tell each best.
    slope, offset: float64 (entity, k, p), what they tell: offset + slope * partner.
    sigma: float64 (entity, k, p), of an hour's error; m.
    excess: float64 (entity, k, p), 1 or more; how much more a day's mean errs than it would if
        each hour erred by itself.
    sums: float64 (entity, k, p), log-likelihood ratio of a fall against none.
    fall, hours: float64 (entity, k, p), how far it lay below in all hours since it
        last rose from 0, together,
        and how many; while something stands, since that began.
    middle: float64 (entity, k), mean pressure of the week; m.
    covariance: float64 (entity, k, k), of the week's pressures; m2.
    recent: float64 (entity, k), mean pressure of the last day or so; m.
    start: int64 (entity, k, p), the hour in which it last rose from 0.
    standing: int64 (entity,), 1 an alarm, -1 settling after a rise, 0 neither.
    began: int64 (entity,), the hour since which that stands.
    named: int64 (entity,), the pair it names: sensor * p + partner.
    """

    hour: IntArray
    total: FloatArray
    told: FloatArray
    count: IntArray
    week: FloatArray
    partner: IntArray
    slope: FloatArray
    offset: FloatArray
    sigma: FloatArray
    excess: FloatArray
    sums: FloatArray
    fall: FloatArray
    hours: FloatArray
    middle: FloatArray
    covariance: FloatArray
    recent: FloatArray
    start: IntArray
    standing: IntArray
    began: IntArray
    named: IntArray


@dataclass(frozen=True)
class PressurePairs(RowsOnly):
    """Raised when a sensor of a district shows less pressure than the others say it should.

    Readings become hourly means. In a first week of complete hours each sensor learns a line
    (least squares) on each of the sensors that tell it best; then a CUSUM adds up by how much it
    lies below them. The alarm stands two days, while the new difference is measured; then it
    clears and that difference is usual. A repair lets pressures rise: the same charts fill, but
    for all the sensors around one; nothing is raised, and the new difference becomes usual.

    ``field`` of a finding is the sensor, ``value`` how far it lies below and ``limit`` what that
    had to exceed, in the fields' unit; ``detail`` names its partner and the start.

    fields: the sensors, 4 to ``SENSORS_MAX``.
    least: the smallest fall worth a word, in their unit; 0 or more.
    zone: the local clock's offset from UTC; ns.
    severity: how bad it is.
    Source: Daniel et al., J. Water Resources Planning and Management 148(6), 2022 (pairwise
        regression and CUSUM); Page, Biometrika 41, 1954.

    >>> PressurePairs(("p1", "p2", "p3", "p4")).severity.name
    'MODERATE'
    """

    fields: tuple[str, ...]
    _: KW_ONLY
    least: float = 0.0
    zone: int = 8 * HOUR  # China keeps one zone, UTC+8.
    severity: Severity = Severity.MODERATE

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        count = len(self.fields)
        if not PARTNERS < count <= SENSORS_MAX or len(set(self.fields)) != count:
            raise ValueError(
                f"PressurePairs has sensors {self.fields}; give {PARTNERS + 1} to {SENSORS_MAX}, "
                "each once."
            )
        check_least("PressurePairs.least", self.least, least=0)

    def start(self) -> PairsMemory:
        """Nothing learnt."""
        k = len(self.fields)
        whole, row, pairs = np.empty(0, np.int64), np.empty((0, k)), np.empty((0, k, PARTNERS))
        of_pairs = np.empty((0, k, PARTNERS), np.int64)
        return PairsMemory(
            hour=whole, total=row, told=row, count=whole, week=np.empty((0, TRAIN_HOURS, k)),
            partner=of_pairs, slope=pairs, offset=pairs, sigma=pairs, excess=pairs,
            sums=pairs, fall=pairs, hours=pairs, middle=row,
            covariance=np.empty((0, k, k)), recent=row, start=of_pairs,
            standing=whole, began=whole, named=whole,
        )  # fmt: skip

    def step(self, memory: PairsMemory, seen: Seen) -> tuple[PairsMemory, list[Finding]]:
        """Gather readings into hours, and judge each hour that ended."""
        if len(memory.hour) < seen.entities:
            memory = with_room(memory, seen.entities, fills=_FILLS)
        readings = np.stack([seen.numbers[name] for name in self.fields], axis=1)
        told: BoolArray = is_told(readings)
        readings = np.where(told, readings, 0.0)
        found: list[Finding] = []
        for rows in seen.rounds:
            slots = seen.indices[rows]
            hour = (seen.observed_at[rows] + self.zone) // HOUR
            ended = hour != memory.hour[slots]
            closed = ended & (memory.hour[slots] >= 0)
            if closed.any():
                found += self._judge(memory, seen, rows=rows[closed])
            memory.total[slots] = np.where(ended[:, None], 0.0, memory.total[slots])
            memory.told[slots] = np.where(ended[:, None], 0.0, memory.told[slots])
            memory.total[slots] += readings[rows]
            memory.told[slots] += told[rows]
            memory.hour[slots] = hour
        return memory, found

    def _judge(self, memory: PairsMemory, seen: Seen, *, rows: IndexArray) -> list[Finding]:
        """Take the hours that ended: learn, chart or settle."""
        slots = seen.indices[rows]
        number = memory.told[slots]
        mean = memory.total[slots] / np.maximum(number, 1.0)
        mean = np.where(number > 0, mean, np.nan)
        new = memory.count[slots] < TRAIN_HOURS
        whole = new & ~np.isnan(mean).any(axis=1)
        _learn(memory, slots[whole], mean=mean[whole])
        rows, slots, mean = rows[~new], slots[~new], mean[~new]
        if not len(rows):
            return []
        recent = memory.recent[slots]
        step = np.where(np.isnan(mean), 0.0, mean - recent)
        memory.recent[slots] = recent + step / DAY_HOURS
        error = _errors(memory, slots, mean=mean)
        lasted = memory.hour[slots] - memory.began[slots] >= SETTLE_HOURS
        over = (memory.standing[slots] != 0) & lasted
        found = self._settle(memory, seen, rows=rows[over]) if over.any() else []
        calm = memory.standing[slots] == 0
        _follow(memory, slots[~calm], error=error[~calm])
        if calm.any():
            found += self._chart(memory, seen, rows=rows[calm], error=error[calm])
        return found

    def _chart(
        self, memory: PairsMemory, seen: Seen, *, rows: IndexArray, error: FloatArray
    ) -> list[Finding]:
        """Add the hours to the charts; where one is full something stands."""
        slots = seen.indices[rows]
        excess, sigma = memory.excess[slots], memory.sigma[slots]
        shift = np.maximum(SHIFT * np.sqrt(excess), self.least / sigma)
        most = np.maximum(CLIP, shift)
        known = ~np.isnan(error)
        fall = np.where(known, -error, 0.0)
        ratio = shift * (np.clip(fall / sigma, -most, most) - shift / 2) / excess
        ratio = np.where(known, np.minimum(ratio, WIDTH / PARTNERS), 0.0)
        idle = memory.sums[slots] == 0
        sums = np.maximum(memory.sums[slots] + ratio, 0.0)
        memory.sums[slots] = sums
        memory.fall[slots] = np.where(idle, 0.0, memory.fall[slots]) + fall
        memory.hours[slots] = np.where(idle, 0.0, memory.hours[slots]) + known
        opened = memory.hour[slots][:, None, None]
        memory.start[slots] = np.where(idle, opened, memory.start[slots])
        full = np.flatnonzero((sums > WIDTH).any(axis=(1, 2)))
        found = []
        for i in full.tolist():
            slot, pair = int(slots[i]), int(np.argmax(sums[i]))
            fallen = _has_fallen(memory, slot)
            memory.standing[slot], memory.named[slot] = 1 if fallen else -1, pair
            memory.began[slot] = memory.hour[slot]
            if fallen:
                limit = float((shift[i] * sigma[i]).flat[pair]) / 2
                found.append(self._word(memory, seen, row=int(rows[i]), limit=limit))
        for array in (memory.sums, memory.fall, memory.hours):
            array[slots[full]] = 0.0
        return found

    def _settle(self, memory: PairsMemory, seen: Seen, *, rows: IndexArray) -> list[Finding]:
        """What has stood for two days is usual from now on."""
        slots = seen.indices[rows]
        found = [
            self._word(memory, seen, row=row, limit=0.0)
            for row, slot in zip(rows.tolist(), slots.tolist(), strict=True)
            if memory.standing[slot] == 1
        ]
        memory.offset[slots] -= memory.fall[slots] / np.maximum(memory.hours[slots], 1.0)
        memory.standing[slots] = 0
        for array in (memory.sums, memory.fall, memory.hours):
            array[slots] = 0.0
        return found

    def _word(self, memory: PairsMemory, seen: Seen, *, row: int, limit: float) -> Finding:
        """A limit of 0 clears."""
        slot = int(seen.slots[row])
        pair = int(memory.named[slot])
        fall = float(memory.fall[slot].flat[pair] / max(memory.hours[slot].flat[pair], 1.0))
        since_at = int(memory.start[slot].flat[pair]) * HOUR - self.zone
        partner = self.fields[int(memory.partner[slot].flat[pair])]
        return Finding(
            at=int(seen.received_at[row]), offset=int(seen.offsets[row]), slot=slot,
            observed_at=int(seen.observed_at[row]), raised=limit > 0,
            field=self.fields[pair // PARTNERS], value=finite(fall), limit=finite(limit),
            detail=f"below what {partner} tells, since {format_instant(since_at)}",
        )  # fmt: skip


def _learn(memory: PairsMemory, slots: IndexArray, *, mean: FloatArray) -> None:
    """Keep the hours; where a week is complete, draw the lines. ``memory`` is written.

    mean: float64 (row, k), hours in which all sensors told.
    """
    place = memory.hour[slots] % TRAIN_HOURS
    memory.count[slots] += np.isnan(memory.week[slots, place, 0])
    memory.week[slots, place] = mean
    for slot in slots[memory.count[slots] == TRAIN_HOURS].tolist():
        week = memory.week[slot]
        middle = np.add.accumulate(week, axis=0)[-1] / TRAIN_HOURS
        covariance = products(week - middle, week - middle) / TRAIN_HOURS
        slope, left = _lines(covariance)
        left = left + np.diag(np.full(len(left), np.inf))
        partner = np.argsort(left, axis=1, kind="stable")[:, :PARTNERS]
        memory.middle[slot], memory.covariance[slot] = middle, covariance
        memory.recent[slot] = middle
        memory.partner[slot] = partner
        memory.slope[slot] = np.take_along_axis(slope, partner, axis=1)
        memory.offset[slot] = middle[:, None] - memory.slope[slot] * middle[partner]
        floor = np.maximum(RESOLVED * np.abs(middle), SIGMA_LEAST)[:, None]
        variance = np.take_along_axis(left, partner, axis=1)
        sigma = np.maximum(np.sqrt(np.maximum(variance, 0.0)), floor)
        here = np.full(TRAIN_HOURS, slot)
        error = _errors(memory, here, mean=week).reshape(-1, DAY_HOURS, *sigma.shape)
        daily = np.add.accumulate(error, axis=1)[:, -1] / DAY_HOURS / sigma
        square = np.add.accumulate(daily * daily, axis=0)[-1] / len(daily)
        memory.sigma[slot], memory.excess[slot] = sigma, np.maximum(square * DAY_HOURS, 1.0)


def _errors(memory: PairsMemory, slots: IndexArray, *, mean: FloatArray) -> FloatArray:
    """How far each sensor lies above what its partners tell: float64 (row, k, p); NaN unknown."""
    partner = memory.partner[slots]
    told = np.take_along_axis(mean[:, None, :], partner.reshape(len(mean), 1, -1), axis=2)
    told = told.reshape(partner.shape)
    return mean[:, :, None] - memory.offset[slots] - memory.slope[slots] * told


def _follow(memory: PairsMemory, slots: IndexArray, *, error: FloatArray) -> None:
    """Measure the new difference while something stands; ``memory`` is written."""
    known = ~np.isnan(error)
    memory.fall[slots] -= np.where(known, error, 0.0)
    memory.hours[slots] += known


def _has_fallen(memory: PairsMemory, slot: int) -> bool:
    """Whether the sensor that lies furthest from what most others tell lies below it.

    A leak lets the pressure around it fall, a repair lets it rise; either fills charts, since a
    sensor lies below its partner also when that has risen.
    """
    away = memory.recent[slot] - memory.middle[slot]
    covariance = memory.covariance[slot]
    slope, left = _lines(covariance)
    error = (away[:, None] - slope * away[None, :]) / np.sqrt(left)
    count = len(away)
    others = error[~np.eye(count, dtype=bool)].reshape(count, count - 1)
    alone = median(others)
    return bool(alone[np.argmax(np.abs(alone))] <= 0)


def _lines(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slope of each sensor on each other, and the variance left: float64 (k, k) both."""
    own = np.diagonal(covariance)
    slope = covariance / np.where(own > 0, own, 1.0)
    left = own[:, None] - slope * covariance
    return slope, np.maximum(left, np.maximum(RESOLVED * own[:, None], SIGMA_LEAST**2))
