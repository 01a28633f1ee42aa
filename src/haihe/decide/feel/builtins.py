"""Every function of FEEL by its name."""

from collections.abc import Callable
from typing import Final

from haihe.decide.feel import (
    builtins_lists,
    builtins_moments,
    builtins_numbers,
    builtins_ranges,
    builtins_texts,
)
from haihe.decide.feel.values import Args, Builtin, Value

# Name: how it may be called ("a?" may be left out, "*a" takes the rest; "|" separates ways), work.
_TABLES: Final[tuple[dict[str, tuple[str, Callable[[Args], Value]]], ...]] = (
    builtins_numbers.TABLE, builtins_texts.TABLE, builtins_lists.TABLE, builtins_moments.TABLE,
    builtins_ranges.TABLE,
)  # fmt: skip


def _built(name: str, told: tuple[str, Callable[[Args], Value]]) -> Builtin:
    ways = tuple(
        tuple(part.strip() for part in way.split(",") if part.strip()) for way in told[0].split("|")
    )
    return Builtin(name, ways, told[1])


BUILTINS: Final[dict[str, Builtin]] = {
    name: _built(name, told) for table in _TABLES for name, told in table.items()
}
