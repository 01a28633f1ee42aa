"""The types that message sets are made of, and what their values are in Python.

A type is a frozen value. Values are plain: int, str for a name or text, bytes, ``Bits``, tuple for
a list, dict for a sequence (absent fields are not in it), (name, value) for a choice.
Source: ITU-T X.691 (02/2021).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

EXTENSIONS: Final = "..."  # Where a sequence keeps what a later version added, as it came.
Value: TypeAlias = Any  # Of a type, as said above.


class Bits(NamedTuple):
    """A string of bits: ``value`` holds them, the first one highest."""

    value: int
    length: int


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number from ``low`` to ``high``."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Enumerated:
    """One of some names."""

    names: tuple[str, ...]
    grows: bool = False  # Later versions may add names.


@dataclass(frozen=True, slots=True)
class BitString:
    """``size`` bits."""

    size: int
    grows: bool = False


@dataclass(frozen=True, slots=True)
class Octets:
    """``low`` to ``high`` bytes."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Characters:
    """``low`` to ``high`` characters of seven bits."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """``low`` to ``high`` of another type."""

    of: "Type"
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a sequence, or an option of a choice."""

    name: str
    type: "Type"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """Named parts, one after another."""

    parts: tuple[Part, ...]
    grows: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some parts."""

    parts: tuple[Part, ...]
    grows: bool = False


Type: TypeAlias = (
    Integer | Enumerated | BitString | Octets | Characters | ListOf | Sequence | Choice
)


def names_of(bits: Bits, names: Mapping[int, str]) -> tuple[str, ...]:
    """What the bits that are set stand for.

    >>> names_of(Bits(0b101, 3), {0: "manual", 2: "flashing"})
    ('manual', 'flashing')
    """
    return tuple(
        name for place, name in names.items() if bits.value >> (bits.length - 1 - place) & 1
    )
