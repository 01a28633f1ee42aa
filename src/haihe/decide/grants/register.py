"""政策库: every book of schemes with its versions, who confirmed them, and what is in force when.

draft -> final -> shadow -> live -> ended. A draft is never pushed. Going live takes two people.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from haihe.decide.scheme.check import check_library
from haihe.decide.scheme.clause import Scheme, Status
from haihe.decide.scheme.reading import Library, read_library
from haihe.decide.scheme.stacking import Stacking
from haihe.decide.scheme.words import Change, changes, say_stacking
from haihe.errors import MoveIllegal
from haihe.model.text import Text

VERSIONS_MAX: Final = 200  # Ours: of one book; more is a program that writes drafts.
BOOKS_MAX: Final = 2_000  # Ours: a province has some hundreds in force.
PROBLEMS_SHOWN: Final = 5  # Of a draft that cannot be confirmed.


class BookState(StrEnum):
    """How far a version is."""

    DRAFT = "draft"  # 草稿: can be looked at and its effect tried, nothing else.
    FINAL = "final"  # 定稿: confirmed by a person who did not write it.
    SHADOW = "shadow"  # 影子: held against all enterprises beside what is live; not pushed.
    LIVE = "live"  # 生效.
    ENDED = "ended"  # 废止.
    WITHDRAWN = "withdrawn"  # 撤回, before it was live.


NEXT: Final[Mapping[BookState, frozenset[BookState]]] = {
    BookState.DRAFT: frozenset({BookState.FINAL, BookState.WITHDRAWN}),
    BookState.FINAL: frozenset({BookState.SHADOW, BookState.WITHDRAWN}),
    BookState.SHADOW: frozenset({BookState.LIVE, BookState.WITHDRAWN}),
    BookState.LIVE: frozenset({BookState.ENDED}),
    BookState.ENDED: frozenset(),
    BookState.WITHDRAWN: frozenset(),
}


class BookMove(msgspec.Struct, frozen=True):
    """Who brought a version to a state, when and why."""

    at: int
    state: BookState
    by: str
    second: str = ""
    reason: str = ""


class BookVersion(msgspec.Struct, frozen=True):
    """One text of a book.

    number: 1, 2, ... within the book.
    text: YAML.
    documents: name to the text of the policy whose characters the clauses cite.
    state: how far it is.
    moves: how it came there, the first one its writing.
    live_from, live_to: days since 1970 on which it is in force, both included; None where it never
        was, or no end is set.
    """

    number: int
    text: str
    state: BookState
    moves: tuple[BookMove, ...]
    live_from: int | None = None
    live_to: int | None = None
    documents: dict[str, str] = {}

    def in_force(self, day: int) -> bool:
        """Whether it counts on a day since 1970."""
        return (
            self.live_from is not None
            and self.live_from <= day
            and (self.live_to is None or day <= self.live_to)
        )


class SchemeBook(msgspec.Struct, frozen=True):
    """A book of the register: one text with its facts, schemes and stacking, in versions."""

    name: str
    versions: tuple[BookVersion, ...]

    def on(self, day: int) -> BookVersion | None:
        """The version in force on a day since 1970; None if none is."""
        found = [one for one in self.versions if one.in_force(day)]
        return found[-1] if found else None

    def in_state(self, state: BookState) -> BookVersion | None:
        """The newest version in a state; None if none is."""
        return next((one for one in reversed(self.versions) if one.state is state), None)

    def version(self, number: int) -> BookVersion:
        """The version of a number.

        Raises LookupError if there is none.
        """
        for one in self.versions:
            if one.number == number:
                return one
        raise LookupError(f"book '{self.name}' has no version {number}; {len(self.versions)} is.")


class Asked(msgspec.Struct, frozen=True):
    """What a person asks of a book.

    text: of a new draft; "" for every other move. documents: of it; {} for those of the version
        before.
    day: of the sunset, since 1970; None for today.
    """

    state: BookState
    at: int
    today: int
    by: str
    second: str = ""
    reason: str = ""
    text: str = ""
    day: int | None = None
    documents: dict[str, str] = {}


Register = Mapping[str, SchemeBook]


def texts_on(register: Register, day: int) -> dict[str, str]:
    """Book to the text in force on a day since 1970."""
    found = {name: book.on(day) for name, book in register.items()}
    return {name: version.text for name, version in found.items() if version is not None}


def moved(register: Register, name: str, *, asked: Asked) -> dict[str, SchemeBook]:
    """The register after a person's move.

    Raises MoveIllegal if it may not be; the message says what is missing.
    """
    book = register.get(name)
    if asked.state is BookState.DRAFT:
        return {**register, name: _drafted(book, name, asked=asked, books=len(register))}
    if book is None:
        raise MoveIllegal(f"there is no book '{name}'; write a draft of it first.")
    version = _movable(book, asked.state)
    _check_people(version, asked)
    if asked.state is BookState.FINAL:
        _check_text(register, name, text=version.text, day=asked.today)
    move = BookMove(asked.at, asked.state, asked.by, asked.second, asked.reason)
    version = replace(version, state=asked.state, moves=(*version.moves, move))
    if asked.state is BookState.LIVE:
        _check_text(register, name, text=version.text, day=asked.today)
        book = _ended(book, asked, last_day=asked.today - 1)
        version = replace(version, live_from=asked.today, live_to=None)
    if asked.state is BookState.ENDED:
        last = asked.today if asked.day is None else asked.day
        if last < asked.today:
            raise MoveIllegal(f"book '{name}' cannot have ended before today; give today or later.")
        version = replace(version, live_to=last)
    return {**register, name: _with(book, version)}


def check_live(register: Register, name: str, *, day: int) -> BookVersion:
    """The version that can go live; a day since 1970.

    Raises MoveIllegal if there is none, or its text cannot be used with what is in force.
    """
    book = register.get(name)
    if book is None:
        raise MoveIllegal(f"there is no book '{name}'; write a draft of it first.")
    version = _movable(book, BookState.LIVE)
    _check_text(register, name, text=version.text, day=day)
    return version


def _drafted(book: SchemeBook | None, name: str, *, asked: Asked, books: int) -> SchemeBook:
    if book is None and books >= BOOKS_MAX:
        raise MoveIllegal(f"there are {BOOKS_MAX} books; put '{name}' into one of them.")
    if not asked.text.strip():
        raise MoveIllegal(f"the draft of '{name}' has no text.")
    book = book or SchemeBook(name, ())
    if len(book.versions) >= VERSIONS_MAX:
        raise MoveIllegal(f"book '{name}' has {VERSIONS_MAX} versions; begin another book.")
    open_draft = book.in_state(BookState.DRAFT)
    if open_draft is not None:
        if open_draft.text == asked.text and asked.documents in ({}, open_draft.documents):
            raise MoveIllegal(f"version {open_draft.number} of '{name}' is this very draft.")
        gone = BookMove(asked.at, BookState.WITHDRAWN, asked.by, reason="a newer draft came")
        open_draft = replace(open_draft, state=BookState.WITHDRAWN, moves=(*open_draft.moves, gone))
        book = _with(book, open_draft)
    move = BookMove(asked.at, BookState.DRAFT, asked.by, reason=asked.reason)
    before = book.versions[-1].documents if book.versions else {}
    version = BookVersion(
        len(book.versions) + 1,
        asked.text,
        BookState.DRAFT,
        (move,),
        documents=asked.documents or before,
    )
    return SchemeBook(name, (*book.versions, version))


def _movable(book: SchemeBook, state: BookState) -> BookVersion:
    """The newest version that may go to a state.

    Raises MoveIllegal if none may.
    """
    for version in reversed(book.versions):
        if state in NEXT[version.state]:
            return version
    before = ", ".join(one.value for one, after in NEXT.items() if state in after)
    raise MoveIllegal(
        f"no version of '{book.name}' can become {state}; it takes one that is {before}."
    )


def _check_people(version: BookVersion, asked: Asked) -> None:
    """Who may not confirm what.

    Raises MoveIllegal.
    """
    writer = version.moves[0].by
    if asked.state is BookState.FINAL and asked.by == writer:
        raise MoveIllegal(f"{writer} wrote this draft; someone else must confirm it.")
    if asked.state is BookState.LIVE and asked.second in ("", asked.by):
        raise MoveIllegal("going live takes two people; name another one in 'second'.")
    if asked.state in (BookState.LIVE, BookState.ENDED) and not asked.reason.strip():
        raise MoveIllegal(f"'{asked.state}' needs a reason; say why in 'reason'.")


def _check_text(register: Register, name: str, *, text: str, day: int) -> None:
    """Refuse a text that cannot be used together with what is in force.

    Raises MoveIllegal with the first problems.
    """
    library = read_library({**texts_on(register, day), name: text})
    problems = [one for one in check_library(library) if not one.warning]
    if problems:
        told = "; ".join(str(one) for one in problems[:PROBLEMS_SHOWN])
        raise MoveIllegal(f"book '{name}' has {len(problems)} problems: {told}")
    own = [scheme for scheme in library.schemes if scheme.file == name]
    if own and not any(
        version.status is Status.FINAL for scheme in own for version in scheme.versions
    ):
        raise MoveIllegal(f"nothing in '{name}' is final; write 'status: final' where it is.")


def _ended(book: SchemeBook, asked: Asked, *, last_day: int) -> SchemeBook:
    """The book with what was live ended."""
    for version in book.versions:
        if version.state is BookState.LIVE:
            move = BookMove(
                asked.at, BookState.ENDED, asked.by, asked.second, "a newer one is live"
            )
            book = _with(
                book,
                replace(
                    version,
                    state=BookState.ENDED,
                    moves=(*version.moves, move),
                    live_to=min(last_day, last_day if version.live_to is None else version.live_to),
                ),
            )
    return book


def _with(book: SchemeBook, version: BookVersion) -> SchemeBook:
    return SchemeBook(
        book.name,
        tuple(version if one.number == version.number else one for one in book.versions),
    )


class SchemeChange(msgspec.Struct, frozen=True):
    """One clause of a scheme that differs between two texts."""

    scheme: str
    clause: str
    before: Text
    after: Text


NONE: Final = Text(zh="无", en="none")
ALL_OF_IT: Final = Text(zh="全部条款", en="all of it")


def compared(old: Library, new: Library) -> tuple[SchemeChange, ...]:
    """What differs between two libraries, scheme by scheme, version by version."""
    before = {scheme.name: scheme for scheme in old.schemes}
    after = {scheme.name: scheme for scheme in new.schemes}
    found: list[SchemeChange] = []
    for name in dict.fromkeys((*before, *after)):
        if name not in before:
            found.append(SchemeChange(name, "scheme", NONE, ALL_OF_IT))
        elif name not in after:
            found.append(SchemeChange(name, "scheme", ALL_OF_IT, NONE))
        else:
            found += [
                SchemeChange(name, one.clause, one.before, one.after)
                for one in _between(before[name], after[name], library=new)
            ]
    return (*found, *_met(old.stacking, new.stacking))


def _met(old: Stacking, new: Stacking) -> tuple[SchemeChange, ...]:
    """Rules for awards that meet that differ, by their names."""
    before, after = dict(say_stacking(old)), dict(say_stacking(new))
    return tuple(
        SchemeChange(name, "stacking", before.get(name, NONE), after.get(name, NONE))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def _between(old: Scheme, new: Scheme, *, library: Library) -> list[Change]:
    found: list[Change] = []
    for at in range(max(len(old.versions), len(new.versions))):
        if at >= len(old.versions):
            found.append(Change(f"version {at + 1}", NONE, ALL_OF_IT))
        elif at >= len(new.versions):
            found.append(Change(f"version {at + 1}", ALL_OF_IT, NONE))
        else:
            found += changes(old.versions[at], new.versions[at], schema=library.schema)
    return found
