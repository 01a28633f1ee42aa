"""Stages from a signal program: which of its steps are worth choosing between."""

from collections.abc import Sequence
from typing import Final

from haihe.packs.traffic.network.model import Signal, Stage, Step

LETTERS: Final = {"G": Signal.GREEN, "g": Signal.YIELD}  # SUMO's; all else is no green.


def signals_of(heads: str) -> tuple[Signal, ...]:
    """What each letter of the heads gives its group.

    >>> [int(one) for one in signals_of("Ggry")]
    [2, 1, 0, 0]
    """
    return tuple(LETTERS.get(letter, Signal.RED) for letter in heads)


def stages_of(program: Sequence[Step]) -> tuple[Stage, ...]:
    """The stages a controller may choose from, in the program's order.

    program: the steps of the plan in force.
    Returns each step without yellow that gives more than what is always green, once, unless
    another step gives every group at least as much.
    """
    greens: dict[tuple[Signal, ...], Stage] = {}
    for step in program:
        signals = signals_of(step.heads)
        if not set(step.heads) & set("yYuU") and any(signals):
            held = greens.get(signals)
            least = min(step.least_s, held.least_s) if held else step.least_s
            most = max(step.most_s, held.most_s) if held else step.most_s
            greens[signals] = Stage(signals, least, most)
    return tuple(
        stage
        for signals, stage in greens.items()
        if not any(_gives_more(other, signals) for other in greens)
    )


def _gives_more(more: tuple[Signal, ...], less: tuple[Signal, ...]) -> bool:
    return more != less and all(a >= b for a, b in zip(more, less, strict=True))
