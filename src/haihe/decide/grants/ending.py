"""临近截止: until which day an enterprise may still have what it may have now.

It is not the sunset alone that ends a claim: a book is ended, a firm outgrows an age, a year's sums
begin anew. So the enterprise is held against the books of the days to come, its facts as they are.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from haihe.decide.grants.kept import Grants
from haihe.decide.grants.paper import NEAR_WORKDAYS
from haihe.decide.scheme.book import Book, write_book
from haihe.decide.scheme.explain import VERDICTS, Verdict
from haihe.decide.scheme.facts import gather
from haihe.decide.scheme.present import answer
from haihe.decide.scheme.reading import Library
from haihe.decide.workday import workday_after, workdays_between

BOOKS_MAX: Final = 64  # Days whose books are kept: twenty working days are some forty at most.


class Ahead:
    """The days just ahead of one; their books are compiled once for everybody who is looked at."""

    def __init__(self, grants: Grants, *, day: int) -> None:
        """Look ahead from a day, since 1970, at the ledger as it is."""
        self.day = day
        self.to = workday_after(day, NEAR_WORKDAYS)  # The last day that is looked at.
        self._grants = grants
        self._books: dict[int, tuple[Library, Book]] = {}

    def workdays_to(self, last_day: int) -> int:
        """How many working days are left after today, up to and with a day since 1970."""
        return workdays_between(self.day, last_day)

    def last_days(self, code: str, schemes: Iterable[str]) -> Mapping[str, int]:
        """Scheme to the last day on which an enterprise may have it, where that is near.

        schemes: what it may have now. Days are since 1970; what lasts beyond ``to`` is left out.
        """
        wanted = tuple(schemes)
        later = self._eligible(code, day=self.to + 1) if wanted else frozenset()
        return {one: self._last_day(code, one) for one in wanted if one not in later}

    def _last_day(self, code: str, scheme: str) -> int:
        good, bad = self.day, self.to + 1
        while bad - good > 1:
            middle = (good + bad) // 2
            if scheme in self._eligible(code, day=middle):
                good = middle
            else:
                bad = middle
        return good

    def _eligible(self, code: str, *, day: int) -> frozenset[str]:
        """What an enterprise may have on a day to come."""
        library, book = self._on(day)
        kept = self._grants.kept
        found, _wrong = kept.usable(kept.files[code], library.schema, day=day)
        told = answer(book, gather(library.schema, [found]).one(0))
        return frozenset(
            one.name
            for one, verdict in zip(book.schemes, told.verdicts.tolist(), strict=True)
            if VERDICTS[verdict] is Verdict.ELIGIBLE
        )

    def _on(self, day: int) -> tuple[Library, Book]:
        found = self._books.get(day)
        if found is None:
            library = self._grants.library_on(day)
            found = library, write_book(library.schemes, library.schema, day=day)
            if len(self._books) < BOOKS_MAX:
                self._books[day] = found
        return found
