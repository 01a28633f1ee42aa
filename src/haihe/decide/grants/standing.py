"""Everybody held against everything in force, kept current: what changed is all that is done again.

A ``Standing`` is a value that follows from the ledger's memory and a day alone: whether it was
brought there step by step or made anew, it is the same, byte for byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from haihe.decide.grants.enterprise import EnterpriseFile
from haihe.decide.grants.kept import Grants, Kept
from haihe.decide.scheme.book import Book, write_book
from haihe.decide.scheme.facts import Given, gather
from haihe.decide.scheme.present import Present, begin
from haihe.decide.scheme.reading import Library

FRESH_FROM: Final = 400  # Measured: from so many changed facts on, beginning anew is sooner.


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Who may have what.

    day: that it is true of, since 1970.
    kept: as the ledger had it.
    library: the books in force that day.
    codes: enterprises in the order of every result.
    found: what of each file could be used.
    wrong: what could not, and why.
    present: the results.
    redone: how many facts and schemes were looked at again to come here; -1 if all were.
    """

    day: int
    kept: Kept
    library: Library
    codes: tuple[str, ...]
    found: tuple[Mapping[str, Given], ...]
    wrong: Mapping[str, Mapping[str, str]]
    present: Present
    redone: int

    @property
    def files(self) -> Mapping[str, EnterpriseFile]:
        """The enterprises' files."""
        return self.kept.files

    @property
    def book(self) -> Book:
        """The compiled books."""
        return self.present.book

    def place(self, code: str) -> int:
        """An enterprise's place in every result.

        Raises LookupError if there is no such enterprise.
        """
        try:
            return self.codes.index(code)
        except ValueError:
            raise LookupError(f"there is no enterprise '{code}'.") from None


def stand(grants: Grants, *, day: int) -> Standing:
    """From nothing; ``day`` since 1970."""
    return stand_on(grants.kept, grants.library_on(day), day=day)


def stand_on(kept: Kept, library: Library, *, day: int, drafts: bool = False) -> Standing:
    """These files against these books; ``day`` since 1970.

    drafts: whether drafts count, to look ahead.
    """
    codes = tuple(kept.files)
    found, wrong = [], {}
    for code, file in kept.files.items():
        good, bad = kept.usable(file, library.schema, day=day)
        found.append(good)
        if bad:
            wrong[code] = bad
    book = write_book(library.schemes, library.schema, day=day, drafts=drafts)
    facts = gather(library.schema, found)
    return Standing(day, kept, library, codes, tuple(found), wrong, begin(book, facts), -1)


def brought(standing: Standing | None, grants: Grants, *, day: int) -> Standing:
    """The standing as of the ledger's memory and a day, from an older one.

    standing: None to begin.
    """
    if standing is None or standing.day != day:
        return stand(grants, day=day)
    library = grants.library_on(day)
    if standing.library is not library:
        if standing.library.schema != library.schema:
            return stand(grants, day=day)
        standing = _with_books(standing, library)
    if standing.files is grants.kept.files:
        return standing if standing.kept is grants.kept else replace(standing, kept=grants.kept)
    return _with_files(standing, grants.kept)


def _with_books(standing: Standing, library: Library) -> Standing:
    """Only what schemes say differs: those are matched again."""
    before = {one.name: one for one in standing.library.schemes}
    after = {one.name: one for one in library.schemes}
    if list(before) != list(after)[: len(before)]:  # One is gone, or the order is another.
        facts = standing.present.facts
        book = write_book(library.schemes, library.schema, day=standing.day)
        return replace(standing, library=library, present=begin(book, facts), redone=-1)
    present, redone = standing.present, 0
    for name, scheme in after.items():
        if before.get(name) != scheme:
            present, redone = present.scheme_changed(scheme), redone + 1
    return replace(standing, library=library, present=present, redone=redone)


def _with_files(standing: Standing, kept: Kept) -> Standing:
    """Only what is known of some enterprises differs: those facts are matched again."""
    files = kept.files
    codes = tuple(files)
    if codes != standing.codes:
        return stand_on(kept, standing.library, day=standing.day)
    found, wrong = list(standing.found), dict(standing.wrong)
    changes: list[tuple[int, str, Given]] = []
    for at, code in enumerate(codes):
        if files[code] is standing.files[code]:
            continue
        good, bad = kept.usable(files[code], standing.library.schema, day=standing.day)
        for name in dict.fromkeys((*found[at], *good)):
            if found[at].get(name) != good.get(name):
                changes.append((at, name, good.get(name)))
        found[at] = good
        wrong.pop(code, None)
        if bad:
            wrong[code] = bad
    if len(changes) > FRESH_FROM:
        return stand_on(kept, standing.library, day=standing.day)
    present = standing.present
    for at, name, given in changes:
        present = present.fact_changed(at, name=name, given=given)
    return replace(
        standing,
        kept=kept,
        found=tuple(found),
        wrong=wrong,
        present=present,
        redone=len(changes),
    )
