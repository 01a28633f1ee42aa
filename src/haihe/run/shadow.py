"""影子运行: a rule with other settings beside the live one, orders withheld, and how they agree."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from haihe.model.decision import Order
from haihe.model.line import CaseOpened, Dispatched, Step
from haihe.model.time import MINUTE
from haihe.pack.loop import Beside, Compares
from haihe.run.loop_rule import LoopRule
from haihe.run.rule import Rule
from haihe.run.track import Track
from haihe.run.view import AsOf
from haihe.run.watching import Segment

SAME_WITHIN: Final = 10 * MINUTE  # Ours: two cases of one rule and place so near are one event.
CASES_KEPT: Final = 1_000  # What a report compares; older ones are counted as compared already.


class Opening(msgspec.Struct, frozen=True):
    """A case, or an order of a loop, as the comparison sees it."""

    entity: str
    at: int


class Agreement(msgspec.Struct, frozen=True):
    """How a shadow and the live rule agree since the shadow began.

    rule, settings: what runs in the shadow.
    began_at, now: the log's time; ns.
    records: how many of its stream the shadow has seen.
    both: cases both opened for the same entity within ``SAME_WITHIN``.
    only_live, only_shadow: cases of one alone, oldest first.
    beside: of a loop that counts it: how what it called for and what was shown agree.
    """

    rule: str
    settings: dict[str, str]
    began_at: int
    now: int
    records: int
    both: int
    only_live: tuple[Opening, ...]
    only_shadow: tuple[Opening, ...]
    beside: tuple[Beside, ...] = ()

    @property
    def share(self) -> float:
        """Cases both opened, of all cases; 1.0 where there were none."""
        total = self.both + len(self.only_live) + len(self.only_shadow)
        return self.both / total if total else 1.0


@dataclass
class Shadow:
    """A rule under trial.

    rule: with the settings on trial.
    track: its own detectors' memory and desk.
    began_at: the log's time; ns.
    records: how many of its stream it has seen.
    """

    rule: Rule | LoopRule
    track: Track
    began_at: int
    records: int = 0
    live_cases: list[Opening] = field(default_factory=list)
    shadow_cases: list[Opening] = field(default_factory=list)

    def work(
        self, segment: Segment, view: Callable[[int, int], AsOf], *, live_steps: list[Step]
    ) -> list[Step]:
        """The shadow's own steps; none of them leaves the platform."""
        steps = self.track.work(segment, view)
        self.records += sum(len(segment.batches.get(name, ())) for name in self.rule.streams)
        self.live_cases += openings(live_steps, self.rule.name)
        self.shadow_cases += openings(steps, self.rule.name)
        del self.live_cases[:-CASES_KEPT], self.shadow_cases[:-CASES_KEPT]
        return steps

    def agreement(self, now: int) -> Agreement:
        """The report so far."""
        within = self.rule.loop.every if isinstance(self.rule, LoopRule) else SAME_WITHIN
        both, only_live, only_shadow = compared(self.live_cases, self.shadow_cases, within=within)
        return Agreement(
            rule=self.rule.name,
            settings=dict(self.rule.settings),
            began_at=self.began_at,
            now=now,
            records=self.records,
            both=both,
            only_live=only_live,
            only_shadow=only_shadow,
            beside=self._beside(),
        )

    def _beside(self) -> tuple[Beside, ...]:
        """What the loop's own memory has counted; () for a rule, or one that was stopped."""
        running = self.track.loops.running.get(self.rule.name)
        control = running.rule.loop.control if running is not None else None
        if running is None or not isinstance(control, Compares):
            return ()
        return control.beside(running.memory)


def openings(steps: list[Step], rule: str) -> list[Opening]:
    """The cases the steps opened under a rule, or the orders that they gave by a loop."""
    found = []
    for step in steps:
        if isinstance(step, CaseOpened) and step.rule == rule:
            found.append(Opening(step.entity, step.at))
        elif isinstance(step, Dispatched) and step.case == rule:
            found.append(Opening(_ordered(step.order), step.at))
    return found


def compared(
    one: list[Opening], other: list[Opening], *, within: int = SAME_WITHIN
) -> tuple[int, tuple[Opening, ...], tuple[Opening, ...]]:
    """How many cases pair up, one to one in order of time, and what each side has alone.

    within: how far apart two may be and still be the same; ns.

    >>> compared([Opening("zone/7", 0)], [Opening("zone/7", 60), Opening("zone/9", 60)])
    (1, (), (Opening(entity='zone/9', at=60),))
    """
    free = list(other)
    alone: list[Opening] = []
    both = 0
    for opening in one:
        match = next((seen for seen in free if _is_same(opening, seen, within=within)), None)
        if match is None:
            alone.append(opening)
        else:
            free.remove(match)
            both += 1
    return both, tuple(alone), tuple(free)


def _is_same(one: Opening, other: Opening, *, within: int) -> bool:
    return one.entity == other.entity and abs(one.at - other.at) <= within


def _ordered(order: Order) -> str:
    """An order in words that tell it from any other."""
    told = " ".join(f"{name}={value}" for name, value in sorted(order.parameters.items()))
    return f"{order.key} {told}".strip()
