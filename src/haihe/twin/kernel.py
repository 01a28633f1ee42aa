"""A small deterministic kernel for twins: time in equal steps, known faults, waiting orders, noise.

Steps lie on multiples of the step since 1970, and noise depends on the seed and the step alone, so
the observations do not depend on how ``advance`` was cut.
"""

import math
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray
from haihe.model.decision import Order
from haihe.twin.contract import Fault

FAULTS_MAX: Final = 100_000  # Ours: a year of a city's faults; more is a loop that went wrong.
ORDERS_MAX: Final = 100_000  # Ours: waiting for their step; a twin that is never advanced.
NOISE_MAX: Final = 2 * math.sqrt(3)  # Four uniform parts add up to at most this many sigma.
_PARTS: Final = 4  # 16-bit parts of a 64-bit word.
_PART_MAX: Final = 2**16 - 1  # The largest of them.


@dataclass(frozen=True, slots=True)
class Noise:
    """Seeded noise that is a function of the step, never of what was drawn before.

    It is made from raw bits with whole-number sums, because NumPy keeps those the same from
    version to version, and its normal numbers not.

    seed: 0 or more.
    """

    seed: int

    def __post_init__(self) -> None:
        """Refuse a seed NumPy cannot take."""
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; it must be 0 or more.")

    def draw(self, count: int, *, step: int, channel: int = 0) -> FloatArray:
        """Nearly normal numbers: mean 0, standard deviation 1, never beyond ``NOISE_MAX``.

        count: how many.
        step: number of the step; 0 or more.
        channel: what the noise is for; 0 or more. Channels are independent.
        Returns float64 (count,).
        Source: the sum of four uniform numbers (Irwin-Hall); NEP 19 for what NumPy keeps.

        >>> noise = Noise(7)
        >>> bool((noise.draw(3, step=5) == noise.draw(3, step=5)).all())
        True
        """
        bits = np.random.PCG64(np.random.SeedSequence((self.seed, channel, step)))
        words = bits.random_raw(count)
        total = np.zeros(count)
        for part in range(_PARTS):
            total += (words >> np.uint64(16 * part)) & np.uint64(_PART_MAX)
        return (total / _PART_MAX - _PARTS / 2) * math.sqrt(12 / _PARTS)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that takes effect at the first step at or after ``at``; ns."""

    at: int
    order: Order


class Kernel:
    """The clock of a twin, the faults injected into it and the orders given to it."""

    def __init__(self, *, step: int, places: Mapping[str, frozenset[str]]) -> None:
        """Stand still until the first ``steps``.

        step: ns, more than 0.
        places: each kind of fault to the entities that can have it.
        """
        if step <= 0:
            raise ValueError(f"step is {step} ns; it must be more than 0.")
        self._step = step
        self._places = places
        self._at: int | None = None
        self._truth: list[Fault] = []
        self._coming: list[Fault] = []
        self._active: tuple[Fault, ...] = ()
        self._waiting: list[Waiting] = []

    @property
    def truth(self) -> tuple[Fault, ...]:
        """Every fault that was injected, in that order: what a perfect watch would find."""
        return tuple(self._truth)

    def inject(self, fault: Fault) -> None:
        """Let a fault happen; one that begins in the past begins at the next step.

        Raises ValueError if the kind, the entity, the times or the size cannot be.
        """
        places = self._places.get(fault.kind)
        if places is None:
            known = ", ".join(sorted(self._places))
            raise ValueError(f"fault '{fault.kind}' is not known; this twin has {known}.")
        if fault.entity not in places:
            raise ValueError(
                f"fault '{fault.kind}' cannot happen to '{fault.entity}'; it can to "
                f"{len(places)} entities such as '{min(places, default='none')}'."
            )
        if not fault.starts_at < fault.ends_at:
            raise ValueError(
                f"fault '{fault.kind}' starts at {fault.starts_at} and ends at {fault.ends_at}; "
                "the end must be later."
            )
        if not (math.isfinite(fault.size) and fault.size > 0):
            raise ValueError(f"fault '{fault.kind}' has size {fault.size}; it must be more than 0.")
        if len(self._truth) >= FAULTS_MAX:
            raise ValueError(f"the twin has {FAULTS_MAX} faults already; make a new twin.")
        self._truth.append(fault)
        insort(self._coming, fault, key=attrgetter("starts_at"))

    def obey(self, order: Order, *, at: int) -> None:
        """Keep an order until its step; one given late takes effect at the next step."""
        if len(self._waiting) >= ORDERS_MAX:
            raise ValueError(f"{ORDERS_MAX} orders wait for time to pass; call advance.")
        insort(self._waiting, Waiting(at, order), key=attrgetter("at"))

    def steps(self, until: int) -> range:
        """The instants to take now: every step after the last one, up to ``until``; ns.

        The first call only sets the clock: it gives the one step at or before ``until``.
        Raises ValueError if ``until`` lies before an instant that was already asked for.
        """
        last_at = until - until % self._step
        if self._at is None:
            self._at = last_at - self._step
        if until < self._at:
            raise ValueError(
                f"advance until {until}, but the twin is at {self._at}; time only passes."
            )
        due = range(self._at + self._step, last_at + 1, self._step)
        self._at = last_at
        return due

    def number(self, at: int) -> int:
        """The number of the step at that instant."""
        return at // self._step

    def orders_due(self, at: int) -> tuple[Order, ...]:
        """The orders that take effect at this step, oldest first; each is given once."""
        count = 0
        while count < len(self._waiting) and self._waiting[count].at <= at:
            count += 1
        due = tuple(waiting.order for waiting in self._waiting[:count])
        del self._waiting[:count]
        return due

    def active(self, at: int) -> tuple[Fault, ...]:
        """The faults that are going on at this step: from ``starts_at`` to before ``ends_at``."""
        started = []
        while self._coming and self._coming[0].starts_at <= at:
            started.append(self._coming.pop(0))
        if started or any(fault.ends_at <= at for fault in self._active):
            both = (*self._active, *started)
            self._active = tuple(fault for fault in both if at < fault.ends_at)
        return self._active
