"""A value that moves: too fast (``Rate``), or slowly off its normal level (``Ewma``, ``Cusum``)."""

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.learn import Normal
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
from haihe.model.arrays import FloatArray, IntArray

_RATE_FILLS: Final = {"value": np.nan, "at": 0, "standing": 0, "streak": 0}
_CHART_FILLS: Final = {
    "count": 0, "mean": 0, "variance": 0, "upper": 0, "lower": 0, "standing": 0, "streak": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RateMemory:
    """What a ``Rate`` remembers.

    value: float64 (entity,), the reading the next one is compared with; NaN before the first.
    at: int64 (entity,), when it was observed; ns.
    standing, streak: as in ``Marks``.
    """

    value: FloatArray
    at: IntArray
    standing: IntArray
    streak: IntArray


@dataclass(frozen=True)
class Rate(RowsOnly):
    """Raised when a value rises or falls too fast from one reading to the next.

    ``value`` and ``limit`` of a finding are the change in the field's unit per ``per``. A reading
    that follows too closely is passed over, and the next is compared with the one before it.

    field: the number field.
    per: the duration over which the change is counted; ns, more than 0.
    rise, fall: the change that raises, more than 0; one may be None, not both.
    min_spacing: how far apart two readings must lie to be compared; ns, more than 0.
    clear_after: readings in a row at an ordinary pace that clear it; 1 or more.
    severity: how bad it is.

    >>> from haihe.model.time import MINUTE
    >>> Rate("level", MINUTE, rise=0.05).fields
    ('level',)
    """

    field: str
    per: int
    _: KW_ONLY
    rise: float | None = None
    fall: float | None = None
    min_spacing: int = 1
    clear_after: int = 1
    severity: Severity = Severity.MODERATE

    def __post_init__(self) -> None:
        """Refuse settings that could never raise."""
        if self.rise is None and self.fall is None:
            raise ValueError(f"Rate('{self.field}') has neither rise nor fall; give at least one.")
        for name in ("rise", "fall"):
            if (value := getattr(self, name)) is not None:
                check_more(f"Rate.{name}", value, than=0)
        check_more("Rate.per", self.per, than=0)
        check_least("Rate.min_spacing", self.min_spacing, least=1)
        check_least("Rate.clear_after", self.clear_after, least=1)

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def start(self) -> RateMemory:
        """No reading yet."""
        none = np.empty(0, np.int64)
        return RateMemory(np.empty(0), none, none, none)

    def step(self, memory: RateMemory, seen: Seen) -> tuple[RateMemory, list[Finding]]:
        """Compare each reading with the one before it."""
        if len(memory.value) < seen.entities:
            memory = with_room(memory, seen.entities, fills=_RATE_FILLS)
        found: list[Finding] = []
        for turn in turns(seen, self.field):
            found += self._turn(memory, seen, turn=turn)
        return memory, found

    def _turn(self, memory: RateMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        before, spacing = memory.value[turn.slots], turn.at - memory.at[turn.slots]
        first = np.isnan(before)
        apart = first | (spacing >= self.min_spacing)
        compared = apart & ~first
        memory.value[turn.slots[apart]] = turn.values[apart]
        memory.at[turn.slots[apart]] = turn.at[apart]
        if not compared.any():
            return []
        part = turn.only(compared)
        rate = (part.values - before[compared]) * (self.per / spacing[compared])
        return self._judge(memory, seen, part=part, rate=rate)

    def _judge(
        self, memory: RateMemory, seen: Seen, *, part: Turn, rate: FloatArray
    ) -> list[Finding]:
        rise = np.inf if self.rise is None else self.rise
        fall = np.inf if self.fall is None else self.fall
        slots = part.slots
        side = (rate >= rise).astype(np.int64) - (rate <= -fall)
        was = memory.standing[slots]
        latch = Latch(clear_after=self.clear_after)
        flips = latch.turn(Marks(memory.standing, memory.streak), slots, side=side)
        if not flips.any():
            return []
        which = np.where(side != 0, side, was)[flips]
        limits = np.where(which > 0, rise, -fall)
        change = Change(part.only(flips), side[flips] != 0, rate[flips], limits)
        return findings(seen, self.field, change=change)


@dataclass(frozen=True, slots=True)
class ChartMemory:
    """What a control chart remembers.

    count, mean, variance: as in ``Normal``.
    upper, lower: float64 (entity,); ``Cusum``: its two sums; ``Ewma``: the average less the mean,
        and the weight that its start still has, squared.
    standing, streak: as in ``Marks``.
    """

    count: IntArray
    mean: FloatArray
    variance: FloatArray
    upper: FloatArray
    lower: FloatArray
    standing: IntArray
    streak: IntArray


@dataclass(frozen=True)
class Chart(RowsOnly, ABC):
    """Settings and learning that control charts share.

    field: the number field.
    mean, sigma: what is normal, in the field's unit, where it is known; give both or none.
    warm_up: readings from which each entity's own mean and sigma are learnt where it is not.
    sigma_min: sigma is taken to be at least this; the sensor's resolution is a good value.
    learn: weight with which mean and variance follow later readings while no alarm stands; 0 to 1.
    clear_after: readings in a row inside the limits that clear it; 1 or more.
    severity: how bad it is.
    """

    field: str
    _: KW_ONLY
    mean: float | None = None
    sigma: float | None = None
    warm_up: int = 30  # Montgomery: 20 to 25 samples at the least to set up a chart; a few spare.
    sigma_min: float = 0.0
    learn: float = 0.0
    clear_after: int = 1
    severity: Severity = Severity.MODERATE

    def __post_init__(self) -> None:
        """Refuse settings no chart can be drawn with."""
        if (self.mean is None) != (self.sigma is None):
            raise ValueError(f"{type(self).__name__}: give both mean and sigma, or neither.")
        check_least("warm_up", self.warm_up, least=2)
        check_least("sigma_min", self.sigma_min, least=0)
        check_least("clear_after", self.clear_after, least=1)
        if self.sigma is not None:
            check_more("sigma", self.sigma, than=0)
        if not 0 <= self.learn < 1:
            raise ValueError(f"learn is {self.learn}; it must be from 0 to less than 1.")

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def start(self) -> ChartMemory:
        """Nothing learnt."""
        none, whole = np.empty(0), np.empty(0, np.int64)
        return ChartMemory(whole, none, none, none, none, whole, whole)

    def step(self, memory: ChartMemory, seen: Seen) -> tuple[ChartMemory, list[Finding]]:
        """Learn from the first readings, then hold each against the chart."""
        if len(memory.count) < seen.entities:
            memory = with_room(memory, seen.entities, fills=self._fills())
        normal = Normal(memory.count, memory.mean, memory.variance)
        warm_up = 0 if self.mean is not None else self.warm_up
        found: list[Finding] = []
        for turn in turns(seen, self.field):
            ready = normal.learn(turn, warm_up=warm_up)
            if ready.any():
                found += self._judge(memory, seen, turn=turn if ready.all() else turn.only(ready))
        return memory, found

    def _fills(self) -> dict[str, float]:
        known = {} if self.sigma is None else {"mean": self.mean or 0.0, "variance": self.sigma**2}
        return {**_CHART_FILLS, **known}

    def _sigma(self, memory: ChartMemory, turn: Turn) -> FloatArray:
        normal = Normal(memory.count, memory.mean, memory.variance)
        return normal.sigma(turn.slots, least=self.sigma_min)

    @abstractmethod
    def _judge(self, memory: ChartMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        """What the rows of a turn change, once their entities' normal is known."""

    def _settle(self, memory: ChartMemory, seen: Seen, *, change: Change) -> list[Finding]:
        """Latch the sides (``change.limits`` beyond ``change.values``), learn, and word it."""
        turn = change.turn
        side = np.where(change.raised, np.where(change.values > change.limits, 1, -1), 0)
        latch = Latch(clear_after=self.clear_after)
        flips = latch.turn(Marks(memory.standing, memory.streak), turn.slots, side=side)
        if self.learn > 0:
            calm = turn.only(memory.standing[turn.slots] == 0)
            Normal(memory.count, memory.mean, memory.variance).follow(calm, weight=self.learn)
        if not flips.any():
            return []
        part = Change(
            turn.only(flips), side[flips] != 0, change.values[flips], change.limits[flips]
        )
        return findings(seen, self.field, change=part)


@dataclass(frozen=True, kw_only=True)
class Ewma(Chart):
    """Raised when the exponentially weighted average leaves its control limits.

    ``value`` of a finding is the average, ``limit`` the nearer control limit. For the settings not
    named here see ``Chart``: mean and sigma known, or learnt from ``warm_up`` readings.

    field: the number field.
    weight: of the newest reading, more than 0, at most 1; small for small shifts.
    width: control limits in standard deviations of the average; more than 0.
    Source: Roberts, Technometrics 1(3), 1959; Montgomery, Statistical Quality Control, ch. 9.

    >>> Ewma("flow", weight=0.1, width=2.7).fields
    ('flow',)
    """

    weight: float = 0.2  # Montgomery: 0.05 to 0.25 work well in practice.
    width: float = 3.0  # Montgomery: 3 for the larger weights, 2.6 to 2.8 for 0.1 and less.

    def __post_init__(self) -> None:
        """Refuse settings no chart can be drawn with."""
        super().__post_init__()
        check_more("Ewma.weight", self.weight, than=0)
        check_least("1 - Ewma.weight", 1 - self.weight, least=0)
        check_more("Ewma.width", self.width, than=0)

    def _fills(self) -> dict[str, float]:
        return {**super()._fills(), "lower": 1.0}

    def _judge(self, memory: ChartMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        slots = turn.slots
        mean = memory.mean[slots]
        away = memory.upper[slots]
        away = away + self.weight * (turn.values - mean - away)
        faded = memory.lower[slots] * (1 - self.weight) ** 2
        memory.upper[slots], memory.lower[slots] = away, faded
        share = self.weight / (2 - self.weight)
        band = self.width * self._sigma(memory, turn) * np.sqrt(share * (1 - faded))
        side = side_of(away, low=-band, high=band)
        edge = mean + np.where(away < 0, -band, band)
        return self._settle(memory, seen, change=Change(turn, side != 0, mean + away, edge))


@dataclass(frozen=True, kw_only=True)
class Cusum(Chart):
    """Raised when what readings differ from the mean by adds up, upwards or downwards.

    It stands as long as the shift lasts and clears when its sum is used up; the sums stop growing
    at twice the limit, so that this takes no longer than the alarm is worth. ``value`` of a finding
    is the sum and ``limit`` what it may reach, both negative for a downward shift.
    For the settings not named here see ``Chart``: mean and sigma known, or learnt.

    field: the number field.
    slack: what each reading may differ by without counting, in sigma; half the shift to be found.
    width: what the sum may reach, in sigma; more than 0.
    Source: Page, Biometrika 41, 1954; Montgomery, Statistical Quality Control, ch. 9 (tabular).

    >>> Cusum("flow", mean=10.0, sigma=1.0).width
    5.0
    """

    slack: float = 0.5  # Montgomery: k = 1/2 finds a shift of one sigma.
    width: float = 5.0  # Montgomery: h = 5 with k = 1/2 gives one false alarm in 465 readings.

    def __post_init__(self) -> None:
        """Refuse settings no chart can be drawn with."""
        super().__post_init__()
        check_least("Cusum.slack", self.slack, least=0)
        check_more("Cusum.width", self.width, than=0)

    def _judge(self, memory: ChartMemory, seen: Seen, *, turn: Turn) -> list[Finding]:
        slots = turn.slots
        sigma = self._sigma(memory, turn)
        away, slack, limit = (
            turn.values - memory.mean[slots],
            self.slack * sigma,
            self.width * sigma,
        )
        most = 2 * limit  # Ours: without it an hour of alarm would take hours to clear.
        upper = np.minimum(np.maximum(0.0, memory.upper[slots] + (away - slack)), most)
        lower = np.minimum(np.maximum(0.0, memory.lower[slots] + (-away - slack)), most)
        memory.upper[slots], memory.lower[slots] = upper, lower
        was = memory.standing[slots]
        left = ((was > 0) & (upper > 0)) | ((was < 0) & (lower > 0))
        beyond = (upper > limit) | (lower > limit) | left
        down = np.where(was == 0, lower > upper, was < 0)
        value, edge = np.where(down, -lower, upper), np.where(down, -limit, limit)
        return self._settle(memory, seen, change=Change(turn, beyond, value, edge))
