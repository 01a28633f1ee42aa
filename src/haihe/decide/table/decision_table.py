"""Decision tables of DMN: every hit policy, and which rules were met."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cmp_to_key
from typing import Final

from haihe.decide.feel.answers import TESTED
from haihe.decide.feel.arithmetic import operate
from haihe.decide.feel.nodes import Node, Running, Scope
from haihe.decide.feel.values import Value, below, equal, show


class Hit(StrEnum):
    """What is made of the rules that are met."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    FIRST = "FIRST"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"
    COLLECT = "COLLECT"


LISTS: Final = frozenset({Hit.RULE_ORDER, Hit.OUTPUT_ORDER, Hit.COLLECT})
AGGREGATIONS: Final = ("", "SUM", "MIN", "MAX", "COUNT")  # C, C+, C<, C>, C#.


@dataclass(frozen=True, slots=True)
class Input:
    """A column that is tested.

    text: its expression as written.
    expression: the same, read.
    allowed: tests that its value must pass; None for all.
    """

    text: str
    expression: Node
    allowed: Node | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A column that is given.

    name: in the context of several; "" of a single one.
    order: its values, the first the most important; () if nobody says.
    default: what it is if no rule is met; None for null.
    """

    name: str
    order: tuple[Node, ...] = ()
    default: Node | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A line.

    tests: one for each input.
    outputs: one for each output.
    texts: all its cells as written, inputs first.
    name: as the file calls it; "" if it does not.
    line: where it stands in the file.
    """

    tests: tuple[Node, ...]
    outputs: tuple[Node, ...]
    texts: tuple[str, ...]
    name: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table.

    name: of the decision it belongs to.
    hit, aggregation: as in ``Hit`` and ``AGGREGATIONS``.
    inputs, outputs, rules: columns and lines in the order of the file.
    """

    name: str
    hit: Hit
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def decide(self, running: Running, scope: Scope) -> Value:
        """What the table gives; null where its rules contradict each other."""
        given = [running.value(one.expression, scope) for one in self.inputs]
        for column, told in zip(self.inputs, given, strict=True):
            if column.allowed is not None and told is not None:
                passed = running.value(column.allowed, {**scope, TESTED: told})
                if passed is not True:
                    running.note(
                        f"{self.name}: {column.text} is {show(told)}, which is no value it may have"
                    )
                    return None
        met = [
            at for at, rule in enumerate(self.rules)
            if self._is_met(rule, running, scope=scope, given=given)
        ]  # fmt: skip
        if self.hit is Hit.FIRST:
            met = met[:1]
        numbers = ", ".join(str(at + 1) for at in met) or "none"
        shown = ", ".join(f"{c.text} = {show(v)}" for c, v in zip(self.inputs, given, strict=True))
        running.note(f"{self.name}: {shown}; rules met: {numbers}")
        if not met and self.aggregation != "COUNT":
            return self._default(running, scope)
        rows = [tuple(running.value(one, scope) for one in self.rules[at].outputs) for at in met]
        return self._made(rows, running, scope=scope)

    def _is_met(
        self, rule: Rule, running: Running, *, scope: Scope, given: Sequence[Value]
    ) -> bool:
        return all(
            running.value(test, {**scope, TESTED: told}) is True
            for test, told in zip(rule.tests, given, strict=True)
        )

    def _default(self, running: Running, scope: Scope) -> Value:
        if all(one.default is None for one in self.outputs):
            return None
        told = tuple(
            None if one.default is None else running.value(one.default, scope)
            for one in self.outputs
        )
        return self._row(told)

    def _row(self, told: tuple[Value, ...]) -> Value:
        if len(self.outputs) == 1:
            return told[0]
        return {one.name: given for one, given in zip(self.outputs, told, strict=True)}

    def _made(self, rows: list[tuple[Value, ...]], running: Running, *, scope: Scope) -> Value:
        if self.hit in (Hit.PRIORITY, Hit.OUTPUT_ORDER):
            orders = [
                [running.value(one, scope) for one in column.order] for column in self.outputs
            ]
            rows = sorted(
                rows, key=lambda row: [_rank(v, o) for v, o in zip(row, orders, strict=True)]
            )
        told = [self._row(row) for row in rows]
        if self.hit in (Hit.UNIQUE, Hit.ANY) and len(told) > 1:
            alike = all(equal(told[0], one) is True for one in told[1:])
            if self.hit is Hit.UNIQUE or not alike:
                running.note(f"{self.name}: {len(told)} rules are met, which {self.hit} forbids")
                return None
        if self.aggregation:
            return self._aggregated(rows)
        return tuple(told) if self.hit in LISTS else told[0]

    def _aggregated(self, rows: list[tuple[Value, ...]]) -> Value:
        if self.aggregation == "COUNT":
            return Decimal(len(rows))
        columns = [_AGGREGATE[self.aggregation](column) for column in zip(*rows, strict=True)]
        return self._row(tuple(columns))


def _rank(told: Value, order: Sequence[Value]) -> int:
    return next((at for at, one in enumerate(order) if equal(one, told)), len(order))


def _sum(column: tuple[Value, ...]) -> Value:
    total = column[0]
    for one in column[1:]:
        total = operate("+", total, other=one)
    return total


def _compare(one: Value, other: Value) -> int:
    return -1 if below(one, other) else 1 if below(other, one) else 0


def _sorted(column: tuple[Value, ...]) -> list[Value]:
    return sorted(column, key=cmp_to_key(_compare))


_AGGREGATE: Final[dict[str, Callable[[tuple[Value, ...]], Value]]] = {
    "SUM": _sum,
    "MIN": lambda column: _sorted(column)[0],
    "MAX": lambda column: _sorted(column)[-1],
}
