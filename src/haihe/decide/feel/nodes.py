"""What a FEEL expression is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from haihe.decide.feel.values import Value

Scope: TypeAlias = Mapping[str, Value]


class Running(Protocol):
    """What a part that is no FEEL may ask while it is evaluated."""

    def value(self, node: "Node", scope: Scope) -> Value:
        """The value of an expression."""

    def note(self, words: str) -> None:
        """Say what was decided, for the reason."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """What a name stands for in the scope."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """A member of a context, or a property of a moment, a duration or a range."""

    source: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Members of a list for which something holds, or the one at a place."""

    source: "Node"
    condition: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; ``names`` where they are named, else empty."""

    function: "Node"
    given: tuple["Node", ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and a sign between them."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Negative:
    """The negative of a number or duration."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Among:
    """Whether something passes one of some tests."""

    operand: "Node"
    tests: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Test:
    """A sign and an operand with which the tested value is compared."""

    sign: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Tests:
    """Tests of which one must pass, or none if ``negated``; none at all: anything passes."""

    tests: tuple["Node", ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """Whether a value is of a type."""

    operand: "Node"
    kind: "TypeName"


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as it is written.

    name: such as "number", "list", "context", "function", or that of an item definition.
    inner: what a list or range holds, what a function takes.
    fields: of a context.
    result: of a function.
    """

    name: str
    inner: tuple["TypeName", ...] = ()
    fields: tuple[tuple[str, "TypeName"], ...] = ()
    result: "TypeName | None" = None


@dataclass(frozen=True, slots=True)
class If:
    """One of two."""

    condition: "Node"
    then: "Node"
    other: "Node"


@dataclass(frozen=True, slots=True)
class Iterator:
    """A name that runs through a list, or from one number or day to another."""

    name: str
    source: "Node"
    until: "Node | None" = None


@dataclass(frozen=True, slots=True)
class Loop:
    """The value of a body for every member: ``for``, ``some`` or ``every``."""

    kind: str
    iterators: tuple[Iterator, ...]
    body: "Node"


@dataclass(frozen=True, slots=True)
class Listed:
    """Values in a row."""

    members: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Named values; each sees those before it."""

    members: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A range with its ends; None for no end."""

    low: "Node | None"
    high: "Node | None"
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function that is written out; ``kinds`` are the types its parameters must be of."""

    names: tuple[str, ...]
    body: "Node"
    kinds: tuple[TypeName | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitted:
    """A value that must be of a type, else it is null."""

    operand: "Node"
    kind: TypeName


@dataclass(frozen=True, slots=True)
class Native:
    """A part with a way of its own, such as a decision table."""

    work: Callable[[Running, Scope], Value]


Node: TypeAlias = (
    Literal | Name | Path | Filter | Call | Binary | Negative | Among | Test | Tests | Instance
    | If | Loop | Listed | Entries | Between | Lambda | Fitted | Native
)  # fmt: skip
