"""What the routes of a drill ask for, whoever holds it: the zone's server, or the copy's own."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import msgspec

from haihe.model.text import Text
from haihe.run.drill.copy import Stand, Wanted
from haihe.run.drill.sheet import Sheet

SOCKET: Final = "door"  # In the folder of a drill.


class Begin(msgspec.Struct, frozen=True):
    """What the parent says first.

    source: data folder of the zone; folder: of the copy, removed in the end.
    packs: only these; () means every installed one.
    secret: by which the zone's server is known.
    """

    source: str
    folder: str
    wanted: Wanted
    packs: tuple[str, ...]
    secret: str
    title: Text


class Call(msgspec.Struct, frozen=True):
    """What the parent says from then on.

    verb: "stand", "go" or "sheet".
    number: counts the calls: an answer that came too late is not taken for that of a later one.
    """

    verb: str
    number: int = 0
    speed: float | None = None
    paused: bool | None = None


class Answer(msgspec.Struct, frozen=True):
    """What it is answered: one of the three.

    number: the call's.
    """

    number: int = 0
    stand: Stand | None = None
    sheet: Sheet | None = None
    refused: str = ""


@dataclass
class Running:
    """One drill's process.

    folder: of its copy, and of the socket by which its server is reached.
    secret: by which its server knows this one.
    is_cut_off: whether the machine gave it no network at all.
    entered: who has been in it.
    calls: how many it was asked.
    heard: what of an answer has come so far.
    """

    process: "subprocess.Popen[bytes]"
    folder: Path
    secret: str
    wanted: Wanted
    is_cut_off: bool
    entered: set[str] = field(default_factory=set)
    calls: int = 0
    heard: bytearray = field(default_factory=bytearray)


class Drills(Protocol):
    """The one drill there is, or could be. Called from threads; each call ends soon."""

    @property
    def is_inside(self) -> bool:
        """Whether this is the copy itself, in which no further drill can begin."""
        ...

    @property
    def running(self) -> Running | None:
        """The process of the drill there is; None inside it."""
        ...

    def stand(self) -> Stand | None:
        """Where it stands; None if there is none."""
        ...

    def begin(self, wanted: Wanted) -> Stand:
        """Begin one.

        Raises ValueError if there is no such span; MoveIllegal if one is on.
        """
        ...

    def go(self, *, speed: float | None, paused: bool | None) -> Stand:
        """Another speed, or stand, or go on.

        Raises MoveIllegal if there is none.
        """
        ...

    def sheet(self) -> Sheet:
        """What came of it so far.

        Raises MoveIllegal if there is none.
        """
        ...

    def end(self, by: str) -> Sheet:
        """End it; its sheet.

        by: who ends it.
        Raises MoveIllegal if there is none.
        """
        ...

    def give_up(self) -> None:
        """End one that failed or is being prepared; it has no sheet."""
        ...
