"""A promise as something that can be checked, and ways to break it that the check must notice."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Sabotage:
    """One way to break a promise.

    name: what is broken, as the page on promises says it.
    breaks: does so through the patch, until the patch is undone.
    """

    name: str
    breaks: Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Promise:
    """One of the ten.

    number, title: as in ARCHITECTURE.md, section 2.
    holds: (empty folder) raises AssertionError where the promise is broken.
    sabotages: ways to break it.
    """

    number: int
    title: str
    holds: Callable[[Path], None]
    sabotages: tuple[Sabotage, ...]


def sabotage(name: str, target: str, value: object) -> Sabotage:
    """Puts a value where another stood, named by its dotted path."""
    return Sabotage(name, lambda patch: patch.setattr(target, value))
