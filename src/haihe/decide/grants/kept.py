"""What the ledger of the schemes remembers."""

from dataclasses import dataclass
from typing import Final

import msgspec

from haihe.decide.grants.application import Application
from haihe.decide.grants.enterprise import EnterpriseFile, usable
from haihe.decide.grants.money import Pool, PoolState, pool_key, state_of
from haihe.decide.grants.register import SchemeBook, texts_on
from haihe.decide.grants.rhythm import Rhythm
from haihe.decide.scheme.facts import FactSchema, Given
from haihe.decide.scheme.reading import Library, read_library
from haihe.decide.workday import year_of

REFUSED_KEPT: Final = 50  # Ours: the newest; all of them are in the log.
FILES_MAX: Final = 200_000  # Ours: a city's enterprises.
APPLICATIONS_MAX: Final = 200_000  # Ours: beyond it the oldest that are closed are let go.
LISTS_KEPT: Final = 1_000  # Ours: payment lists; a list a week for twenty years.
PROPOSALS_KEPT: Final = 200  # Ours: that wait for a second person; more wait for nobody.


class PaymentList(msgspec.Struct, frozen=True):
    """拨付清单: a list of awards whose Merkle root stands in the log.

    id: such as "2026-1". root: hex. awards: applications in the order of the leaves.
    amounts: fen of each. secret: what the leaves are salted with, hex.
    total_fen: of all of them. by, at: who made it, when (ns).
    """

    id: str
    root: str
    awards: tuple[str, ...]
    total_fen: int
    by: str
    second: str
    at: int
    amounts: tuple[int, ...] = ()
    secret: str = ""


class Proposed(msgspec.Struct, frozen=True):
    """提请: what one person wants done, until another agrees or declines.

    sha256: of what they were shown, hex.
    by, reason: who proposes it, and why.
    at, until: the log's time; ns. From ``until`` on nobody can agree any more.
    settings: what is done when somebody agrees.
    """

    sha256: str
    by: str
    reason: str
    at: int
    until: int
    settings: dict[str, str] = {}


class Kept(msgspec.Struct, frozen=True):
    """What a snapshot keeps.

    files: code to file. books: name to book. applications: entity to application.
    cases: open case to the application it is of. pools: key to pool.
    sums: "code fact year" to what was metered. metered: facts that are such sums: what was not
        metered in a year is 0 then, not unknown.
    payments: lists, oldest first. refused: what could not be used at all, the newest last.
    proposals: ``book/NAME`` or ``payments/NAME`` to what waits for a second person.
    rhythm: when digests go out by themselves; None if they do not.
    digest_at, round_at: when the next round is due, and the last one was; ns, 0 for none.
    told: code to what its last digest said: each line's key to its amount in fen, 0 for none.
    """

    files: dict[str, EnterpriseFile] = {}
    books: dict[str, SchemeBook] = {}
    applications: dict[str, Application] = {}
    cases: dict[str, str] = {}
    pools: dict[str, Pool] = {}
    sums: dict[str, int] = {}
    metered: tuple[str, ...] = ()
    payments: tuple[PaymentList, ...] = ()
    refused: tuple[str, ...] = ()
    proposals: dict[str, Proposed] = {}
    rhythm: Rhythm | None = None
    digest_at: int = 0
    round_at: int = 0
    told: dict[str, dict[str, int]] = {}

    def usable(
        self, file: EnterpriseFile, schema: FactSchema, *, day: int
    ) -> tuple[dict[str, Given], dict[str, str]]:
        """What books of this schema can be held against on a day, and what cannot be used and why.

        day: since 1970; what is metered is of its calendar year.
        """
        found, wrong = usable(file, schema)
        if file.facts:
            for fact in self.metered:
                if schema.find(fact) is not None:
                    found[fact] = self.sums.get(f"{file.code} {fact} {year_of(day)}", 0)
        return found, wrong


@dataclass(frozen=True, slots=True, eq=False)
class Grants:
    """The ledger's memory.

    kept: all of it.
    texts: the books in force on the day it was last changed; library: what they say.
    """

    kept: Kept
    texts: dict[str, str]
    library: Library

    def library_on(self, day: int) -> Library:
        """What the books in force on a day say; a day since 1970."""
        texts = texts_on(self.kept.books, day)
        return self.library if texts == self.texts else read_library(texts)

    def pool(self, scheme: str, year: int) -> PoolState | None:
        """A pool and what became of it; None if nobody set one."""
        pool = self.kept.pools.get(pool_key(scheme, year))
        return None if pool is None else state_of(pool, self.kept.applications.values())


@dataclass(frozen=True, slots=True)
class Sum:
    """A metered stream whose numbers add up to a fact of the calendar year.

    stream, field: what is added. fact: what it makes.
    """

    stream: str
    field: str
    fact: str


def grants_on(kept: Kept, *, day: int) -> Grants:
    """The memory with its books read as they are in force on a day since 1970."""
    texts = texts_on(kept.books, day)
    return Grants(kept, texts, read_library(texts))


def with_kept(grants: Grants, kept: Kept) -> Grants:
    """The memory with the same books."""
    return grants if kept is grants.kept else Grants(kept, grants.texts, grants.library)
