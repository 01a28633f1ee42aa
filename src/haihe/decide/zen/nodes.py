"""What an expression of the zen language is made of."""

from dataclasses import dataclass
from typing import TypeAlias

from haihe.decide.feel.values import Value


@dataclass(frozen=True, slots=True)
class Const:
    """A value that is written out."""

    value: Value


@dataclass(frozen=True, slots=True)
class Ident:
    """A field of the input, ``$`` or ``$root``."""

    name: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """``#``, what a closure is at."""


@dataclass(frozen=True, slots=True)
class Member:
    """A field, or a place in a list or text."""

    source: "Node"
    key: "Node"


@dataclass(frozen=True, slots=True)
class Slice:
    """Places from one to another, both or either left out."""

    source: "Node"
    first: "Node | None"
    last: "Node | None"


@dataclass(frozen=True, slots=True)
class Unary:
    """``not``, ``-`` or ``+``."""

    sign: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and what stands between them."""

    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Choice:
    """``condition ? one : other``."""

    condition: "Node"
    then: "Node"
    other: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language."""

    name: str
    given: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Closure:
    """A function that looks at each member: ``map(list as x, x * 2)``."""

    name: str
    source: "Node"
    alias: str
    body: "Node"


@dataclass(frozen=True, slots=True)
class Listed:
    """Values in a row."""

    members: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Named values; names may be computed."""

    members: tuple[tuple["Node", "Node"], ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """What lies between two ends."""

    low: "Node"
    high: "Node"
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class Template:
    """Text with values in it."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """``a = 1; b.c = a + 1; a``; without the last, what was assigned."""

    steps: tuple[tuple[str, "Node"], ...]
    result: "Node | None"


Node: TypeAlias = (
    Const | Ident | Pointer | Member | Slice | Unary | Binary | Choice | Call | Closure | Listed
    | Entries | Interval | Template | Assigned
)  # fmt: skip
