"""The ledger of the schemes: files, books, applications and money, as a fold over the log."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from haihe.decide.grants.acting import asked_of, with_consent, with_payments, with_pool
from haihe.decide.grants.agreeing import MOVES, consented, still_as_shown
from haihe.decide.grants.breach import breaches, low_pools
from haihe.decide.grants.bringing import with_brought, with_paper
from haihe.decide.grants.folding import followed, take_application, take_filing, take_metered
from haihe.decide.grants.kept import Grants, Kept, Sum, grants_on, with_kept
from haihe.decide.grants.register import moved
from haihe.decide.grants.weekly import round_due, with_rhythm
from haihe.decide.scheme.reading import read_library
from haihe.decide.workday import day_of
from haihe.errors import MoveIllegal
from haihe.model.alarm import Noted
from haihe.model.line import Action, Step
from haihe.model.record import Observation
from haihe.model.time import NEVER


@dataclass(frozen=True, slots=True)
class Office:
    """The ledger: what each line of the log changes.

    pack: whose it is. files, applications: its streams of facts and of applications.
    rule: the playbook that opens a case for an application.
    sums: metered streams.
    """

    pack: str
    files: str
    applications: str
    rule: str
    sums: tuple[Sum, ...] = ()

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams whose records it takes."""
        metered = (one.stream for one in self.sums)
        return tuple(dict.fromkeys((self.files, self.applications, *metered)))

    def start(self) -> Grants:
        """Nothing is known."""
        return grants_on(Kept(metered=tuple(one.fact for one in self.sums)), day=0)

    def dump(self, memory: Grants) -> bytes:
        """All of it, and the day it was read on is found again from the books."""
        return msgspec.msgpack.encode((memory.kept, memory.texts))

    def load(self, data: bytes) -> Grants:
        """What ``dump`` gave."""
        kept, texts = msgspec.msgpack.decode(data, type=tuple[Kept, dict[str, str]])
        return Grants(kept, texts, read_library(texts))

    def take(
        self, memory: Grants, seen: Observation, *, now: int
    ) -> tuple[Grants, Sequence[Noted]]:
        """A filing, a metered number or an application's move."""
        if seen.stream == self.applications:
            after = with_kept(memory, take_application(memory.kept, seen, now=now))
            return with_kept(after, with_brought(after, seen, now=now)), ()
        if seen.stream == self.files:
            after = with_kept(memory, take_filing(memory.kept, seen, now=now))
        else:
            sums = tuple(one for one in self.sums if one.stream == seen.stream)
            after = with_kept(memory, take_metered(memory.kept, seen, sums=sums, now=now))
        return breaches(memory, after, entity=seen.entity, day=day_of(now))

    def follow(self, memory: Grants, step: Step) -> tuple[Grants, Sequence[Noted]]:
        """A step of one of its cases."""
        after = with_kept(memory, followed(memory.kept, step, rule=f"{self.pack}.{self.rule}"))
        return after, low_pools(memory, after, step=step)

    def due_at(self, memory: Grants) -> int:
        """When the next round of digests is due; ns."""
        return memory.kept.digest_at or NEVER

    def due(self, memory: Grants, *, at: int, now: int) -> tuple[Grants, Sequence[Noted]]:
        """A round of digests is due."""
        kept, notes = round_due(memory.kept, at=at, now=now)
        return with_kept(memory, kept), notes

    def act(self, memory: Grants, action: Action) -> tuple[Grants, Sequence[Noted]]:
        """A book's move, a pool, a consent, a payment list, a paper, when digests go out.

        Raises MoveIllegal.
        """
        what = action.subject.partition(" ")[2]
        kind, _, name = what.partition("/")
        today = day_of(action.at)
        if kind in ("book", "payments") and action.settings.get("move") in MOVES:
            kept = consented(memory.kept, what, action=action, today=today)
            after = kept.books is not memory.kept.books
            return (grants_on(kept, day=today) if after else with_kept(memory, kept)), ()
        match kind:
            case "book":
                books = moved(memory.kept.books, name, asked=asked_of(action, today=today))
                kept = still_as_shown(replace(memory.kept, books=books), name)
                return grants_on(kept, day=today), ()
            case "pool":
                return with_kept(memory, with_pool(memory.kept, name, action=action)), ()
            case "consent":
                return with_kept(memory, with_consent(memory.kept, name, action=action)), ()
            case "payments":
                return with_kept(memory, with_payments(memory.kept, name, action=action)), ()
            case "paper":
                return with_kept(memory, with_paper(memory, name, action=action)), ()
            case "rhythm":
                return with_kept(memory, with_rhythm(memory.kept, action)), ()
        raise MoveIllegal(
            f"nothing is called '{what}'; tell a book, pool, consent, payments, paper or rhythm."
        )
