"""What answers about books look like: their versions, what is wrong, and what a draft changes."""

import msgspec

from haihe.decide.grants.effect import SchemeEffect, Shift, ShiftGroup
from haihe.decide.grants.register import BookMove, SchemeChange
from haihe.model.text import Text


class VersionShown(msgspec.Struct, frozen=True):
    """A version of a book, without its text. live_from, live_to: days, "" for none."""

    number: int
    state: str
    moves: tuple[BookMove, ...]
    live_from: str
    live_to: str
    schemes: tuple[str, ...]


class ProposalShown(msgspec.Struct, frozen=True):
    """What waits for a second person. sha256: what an agreement must bring. at, until: ns."""

    by: str
    reason: str
    at: int
    until: int
    sha256: str


class BookShown(msgspec.Struct, frozen=True):
    """A book; text and documents are those of the version asked for.

    proposal: that its version in shadow goes live; None if nobody proposes it.
    """

    name: str
    versions: tuple[VersionShown, ...]
    text: str = ""
    documents: dict[str, str] = {}
    proposal: ProposalShown | None = None


class BooksShown(msgspec.Struct, frozen=True):
    """All books."""

    books: tuple[BookShown, ...]


class ProblemShown(msgspec.Struct, frozen=True):
    """What is wrong with a text, and where."""

    book: str
    line: int
    clause: str
    words: str
    warning: bool


class DiffShown(msgspec.Struct, frozen=True):
    """The clauses that differ between two versions."""

    old: int
    new: int
    changes: tuple[SchemeChange, ...]


class EffectShown(msgspec.Struct, frozen=True):
    """What a draft would change for everybody; nothing is signed yet.

    took_ms: how long it took to find out.
    facts, words: what the facts of ``by`` are called, and each of their words.
    titles: what people call the enterprises that gain or lose most, by code.
    """

    problems: tuple[ProblemShown, ...]
    changes: tuple[SchemeChange, ...]
    schemes: tuple[SchemeEffect, ...]
    cost_fen: int
    gains: int
    loses: int
    gainers: tuple[Shift, ...]
    losers: tuple[Shift, ...]
    by: dict[str, tuple[ShiftGroup, ...]]
    took_ms: float
    facts: dict[str, Text]
    words: dict[str, dict[str, Text]]
    titles: dict[str, Text]


class TextRead(msgspec.Struct, frozen=True):
    """A file as plain text.

    format: pdf, docx, ofd, html or text. notes: such as pages without text. pages: 0 where the
        format has none.
    """

    name: str
    format: str
    text: str
    notes: tuple[str, ...]
    pages: int


class DraftRead(msgspec.Struct, frozen=True):
    """Draft clauses of a policy text; a person looks through them.

    text: YAML; its spans count the characters of the text that was sent, from 0.
    clauses: how many were understood. unread: how many sentences were not.
    """

    text: str
    clauses: int
    unread: int
