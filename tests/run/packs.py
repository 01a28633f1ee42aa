"""Packs made for one test: a sensor, a limit, and whatever decides or detects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.limit import Limit
from haihe.log.directory import Directory
from haihe.model import (
    MINUTE,
    SECOND,
    Batch,
    Case,
    Decision,
    Field,
    Observation,
    Order,
    Settled,
    Severity,
    Stream,
    Text,
)
from haihe.model.line import Fact, Step, StreamDeclared
from haihe.pack import Closure, Pack, Playbook, RollUp, View
from haihe.run.engine import Engine, Told

T0 = 1_767_225_600 * SECOND
NAME = Text(zh="名", en="name")
VALUE = Stream("t.value", (Field("value", "1"),))
Decide = Callable[[Case, View], Decision]


def order(action: str = "act", *, by_receipt: bool = False) -> Order:
    """An order to somebody, due in five minutes."""
    return Order(
        action=action,
        entity="thing/1",
        assignee="crew",
        due_in=5 * MINUTE,
        title=NAME,
        settled=Settled.BY_RECEIPT if by_receipt else Settled.BY_VERIFICATION,
    )


def one_order(case: Case, view: View) -> Decision:
    """One order, whatever is seen."""
    return Decision(orders=(order(),), why=NAME)


def no_order(case: Case, view: View) -> Decision:
    """Nothing to do."""
    return Decision(orders=(), why=NAME)


def is_low(seen: Observation) -> bool:
    """Whether it is over."""
    return seen.numbers["value"] < 5


def pack_of(name: str = "t", **parts: object) -> Pack:
    """A pack with one playbook on ``t.value``: high from 10 on, closed after two minutes of low."""
    whole: dict[str, object] = {
        "name": "high",
        "title": NAME,
        "stream": VALUE,
        "detect": Limit("value", high=10.0),
        "decide": no_order,
        "close": Closure(window=2 * MINUTE, at_least=2, holds=is_low, gap=2 * MINUTE),
        "roll_up": RollUp(relations=()),
    }
    playbook = Playbook(**{**whole, **parts})  # type: ignore[arg-type]  # Named by the caller.
    return Pack(name=name, title=NAME, playbooks=(playbook,))


@dataclass(frozen=True)
class Nothing:
    """The memory of a detector that needs none."""


@dataclass(frozen=True)
class Odd:
    """A detector that does what a test tells it to with each batch."""

    does: Callable[[Seen], Sequence[Finding]]
    fields: tuple[str, ...] = ("value",)
    severity: Severity = Severity.MODERATE

    def start(self) -> Nothing:
        return Nothing()

    def due_at(self, memory: Nothing) -> int:
        return 2**63 - 1

    def step(self, memory: Nothing, seen: Seen) -> tuple[Nothing, Sequence[Finding]]:
        return memory, self.does(seen)


class Zone:
    """An engine with some packs, told and fed by the minute."""

    def __init__(self, *packs: Pack) -> None:
        self.directory = Directory()
        self.engine = Engine(packs, self.directory)
        self.next_offset = 0
        self.steps: list[Step] = []
        self.tell(StreamDeclared(at=T0, stream=VALUE))

    def tell(self, *facts: Fact) -> list[Step]:
        """What follows from facts."""
        told = Told(self.next_offset, facts)
        self.next_offset += len(facts)
        return self._kept(self.engine.take([told]).steps)

    def hear(self, *readings: tuple[float, float], entity: str = "thing/1") -> list[Step]:
        """What follows from readings: (minute, value), in one batch."""
        return self._kept(self.engine.take([self.batch(*readings, entity=entity)]).steps)

    def batch(self, *readings: tuple[float, float], entity: str = "thing/1") -> Batch:
        """Readings as they stand in the log."""
        count = len(readings)
        slots, _ = self.directory.assign("t.value", (entity,))
        at = np.array([T0 + round(minute * MINUTE) for minute, _ in readings], dtype=np.int64)
        batch = Batch(
            stream="t.value",
            offsets=np.arange(self.next_offset, self.next_offset + count, dtype=np.int64),
            slots=np.repeat(slots, count),
            observed_at=at,
            received_at=at,
            numbers={"value": np.array([value for _, value in readings], dtype=np.float64)},
            texts={},
        )
        self.next_offset += count
        return batch

    def _kept(self, steps: list[Step]) -> list[Step]:
        self.steps += steps
        return steps


def kinds(steps: Sequence[Step]) -> list[str]:
    """What the steps are, in order."""
    return [type(step).__name__ for step in steps]


def minute(at: float) -> int:
    """An instant by the minute; ns."""
    return T0 + round(at * MINUTE)
