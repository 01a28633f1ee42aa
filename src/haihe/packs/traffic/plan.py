"""Signal plans: which stage a program asks for at an instant, with offsets and day plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from haihe.model.arrays import IntArray
from haihe.model.time import DAY, HOUR, SECOND
from haihe.packs.traffic.network.model import Junction, Signal
from haihe.packs.traffic.network.stages import signals_of

THERE: Final = 8 * HOUR  # GB/T 7408.1: China's time is eight hours ahead of UTC all year.


@dataclass(frozen=True, slots=True)
class Plan:
    """One junction's plan: a cycle of stages.

    stage: int64 (second of the cycle,), the stage that is green or comes next.
    offset_s: when its cycle begins after midnight.
    """

    stage: IntArray
    offset_s: int

    @property
    def cycle_s(self) -> int:
        """Seconds of a cycle."""
        return len(self.stage)

    def at(self, now: int) -> int:
        """The stage at that instant; ns."""
        return int(self.stage[(now // SECOND - self.offset_s) % self.cycle_s])


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Which plan is in force when.

    begins_s: seconds after midnight there, rising, the first 0.
    plans: one for each.
    """

    begins_s: tuple[int, ...]
    plans: tuple[Plan, ...]

    def __post_init__(self) -> None:
        """Refuse a day with a gap or out of order.

        Raises ValueError if the first does not begin at 0, or the times do not rise.
        """
        times = self.begins_s
        rises = all(a < b for a, b in pairwise(times))
        if len(times) != len(self.plans) or not times or times[0] != 0 or not rises:
            raise ValueError(
                f"the day plan begins at {times} s for {len(self.plans)} plans; the first must be "
                "0, and each later than the one before."
            )

    def at(self, now: int) -> Plan:
        """The plan in force at that instant; ns."""
        second = (now + THERE) % DAY // SECOND
        index = sum(begin <= second for begin in self.begins_s) - 1
        return self.plans[index]


def plan_of(junction: Junction) -> Plan:
    """The junction's own program as a cycle of its stages.

    A second of yellow, clearing, or a step that is no stage belongs to the stage that comes next.
    Raises ValueError if it has no program, or no stage.
    """
    if not junction.stages or not junction.program:
        raise ValueError(f"junction {junction.id} has no stages; it stays on its own plan.")
    steps = [_stage_of(junction, step.heads) for step in junction.program]
    stages: list[int] = []
    for at, step in enumerate(junction.program):
        ahead = next(one for one in (*steps[at:], *steps) if one >= 0)
        stages += [ahead] * step.seconds
    return Plan(np.array(stages, dtype=np.int64), junction.offset_s)


def stages_now(plans: Sequence[Plan], now: int) -> IntArray:
    """int64 (junction,): the stage each plan asks for."""
    return np.array([plan.at(now) for plan in plans], dtype=np.int64)


def _stage_of(junction: Junction, heads: str) -> int:
    """The stage a step of the program shows; -1 for a step between stages."""
    if set(heads) & set("yYuU"):
        return -1
    shown = signals_of(heads)
    for at, stage in enumerate(junction.stages):
        if stage.signals == shown:
            return at
    given = {at for at, one in enumerate(shown) if one > Signal.RED}
    for at, stage in enumerate(junction.stages):
        if given <= {k for k, one in enumerate(stage.signals) if one > Signal.RED} and given:
            return at
    return -1
