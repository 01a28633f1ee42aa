"""What a measurement gives: a row, the machine it was measured on, and what was asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

HIGHER: Final = "higher"
LOWER: Final = "lower"


class Machine(msgspec.Struct, frozen=True):
    """The machine and its own floor, measured in the same run.

    cpu, cores, memory_gb, python: what it is.
    load: jobs running in the minute before the start; more than 0 means others were at work.
    memcpy_gb_s: one core copying 64 MB.
    fdatasync_p50_ms, fdatasync_p99_ms: 4 KB appended and synced where the benches write.
    json_gb_s: bytes of plain records a core can read as JSON at all, without keeping anything.
    json_by: who read them.
    """

    cpu: str
    cores: int
    memory_gb: float
    python: str
    load: float
    memcpy_gb_s: float
    fdatasync_p50_ms: float
    fdatasync_p99_ms: float
    json_gb_s: float
    json_by: str


class Row(msgspec.Struct, frozen=True):
    """One figure of one case.

    bench, case, figure: what was measured.
    unit: of ``value``, ``goal`` and every value of ``beside``.
    value: what it came to.
    goal: what it should reach; None where there is none.
    better: which way is better.
    beside: what the same came to with something else, in the same run.
    machine: where; None until the frame fills it in.
    """

    bench: str
    case: str
    figure: str
    unit: str
    value: float
    goal: float | None
    better: Literal["higher", "lower"]
    beside: Mapping[str, float] = {}
    machine: Machine | None = None

    @property
    def is_reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.better == HIGHER else self.value <= self.goal


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for.

    quick: True for less than a minute in all: fewer rounds, smaller cities.
    data: a folder of recorded files; None means what the bench makes itself.
    peers: whether to run what people would use instead, where it is installed.
    against: the peers to run, such as "zen"; () for all. Only benches that say so look at it.
    scores: a folder for the raw scores of each recorded file; None for nowhere.
    say: told what is being measured, for whoever waits.
    skip: told (who, why) where something was left out.
    only: parts of the bench to run, such as "resco"; () for all. Only traffic looks at it.
    """

    quick: bool
    data: Path | None
    peers: bool
    scores: Path | None
    say: Callable[[str], None]
    skip: Callable[[str, str], None]
    against: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    def wants(self, peer: str) -> bool:
        """Whether to run the peer of that name."""
        return self.peers and (not self.against or peer in self.against)


@dataclass(frozen=True, slots=True)
class Figure:
    """A row without its bench and machine, as the parts of a bench make them.

    As in ``Row``.
    """

    case: str
    figure: str
    unit: str
    value: float
    goal: float | None = None
    better: Literal["higher", "lower"] = "lower"


def row(bench: str, figure: Figure, *, beside: Mapping[str, float] | None = None) -> Row:
    """The figure as a row."""
    return Row(
        bench=bench,
        case=figure.case,
        figure=figure.figure,
        unit=figure.unit,
        value=figure.value,
        goal=figure.goal,
        better=figure.better,
        beside=beside or {},
    )
