"""What answers about papers and digests look like. Days are texts as 2026-01-31."""

import msgspec

from haihe.model.line import Attached
from haihe.model.text import Text


class PaperShown(msgspec.Struct, frozen=True):
    """One paper of an enterprise's file.

    name: what it is, as schemes call it; title: the same in words.
    day, valid_to: of the paper; "" for no end. filed_at: ns; by: who filed it.
    state: "valid", "ending", "expired", "replaced" or "withdrawn".
    workdays_left: until its end, where that is near.
    wanted_by: schemes in force that ask for it.
    """

    name: str
    title: Text
    file: Attached
    day: str
    valid_to: str
    filed_at: int
    by: str
    state: str
    workdays_left: int | None
    wanted_by: tuple[Text, ...]


class PaperAsked(msgspec.Struct, frozen=True):
    """A paper that schemes in force ask for.

    is_had: it need not be brought. is_named: it was named only, and never filed.
    """

    name: str
    title: Text
    wanted_by: tuple[Text, ...]
    is_had: bool
    is_named: bool


class PapersShown(msgspec.Struct, frozen=True):
    """The papers of an enterprise's file, the newest first, and what is asked for."""

    code: str
    papers: tuple[PaperShown, ...]
    asked: tuple[PaperAsked, ...]


class CitedShown(msgspec.Struct, frozen=True):
    """A paper as an application brought it.

    at: when; ns. state: what became of it since, as in ``PaperShown``.
    """

    file: Attached
    day: str
    valid_to: str
    at: int
    state: str


class BroughtShown(msgspec.Struct, frozen=True):
    """A paper that an application has to bring.

    cited: what it brought, the newest last. is_named: it was named only, and never filed.
    is_lacking: it has yet to come.
    """

    name: str
    title: Text
    cited: tuple[CitedShown, ...]
    is_named: bool
    is_lacking: bool


class RhythmShown(msgspec.Struct, frozen=True):
    """When digests go out by themselves, in China's time.

    weekday: 1 (Monday) to 7; 0 for never. time: such as "09:00".
    next_at, last_at: ns; 0 for none. is_moved: whether a day off moves the next one.
    agreed: enterprises that agreed to be told. by, told_at: who said so, and when.
    """

    weekday: int
    time: str
    next_at: int
    last_at: int
    is_moved: bool
    agreed: int
    by: str
    told_at: int
