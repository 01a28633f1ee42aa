"""What answers about schemes look like. Money is whole fen, days are texts as 2026-01-31."""

import msgspec

from haihe.decide.grants.application import Application
from haihe.decide.grants.money import PoolState
from haihe.model.text import Text
from haihe.serve.schemes.shown_books import ProposalShown
from haihe.serve.schemes.shown_papers import BroughtShown


class ReachShown(msgspec.Struct, frozen=True):
    """One scheme in force, over all enterprises.

    valid_from, valid_to: days; "" for no end.
    cost_fen: what all who are eligible would get; uncounted: eligible without a computed amount.
    missed: eligible, and have not asked. clawed_back: paid, and a promise was broken since.
    """

    scheme: str
    title: Text
    issuer: Text
    book: str
    valid_from: str
    valid_to: str
    automatic: bool
    eligible: int
    unknown: int
    near: int
    cost_fen: int
    uncounted: int
    asked: int
    paid: int
    missed: int
    paid_fen: int
    clawed_back: int


class SchemesShown(msgspec.Struct, frozen=True):
    """All schemes in force on a day.

    redone: how many facts and schemes had to be looked at again since the last answer; -1 for all.
    calendar_known: whether the year's holidays are announced; if not, deadlines count weekends
        alone.
    facts_day: the day whose facts are used: of a past day that day's, unless ``known_by`` was
        said; of a day to come, today's.
    """

    day: str
    facts_day: str
    enterprises: int
    redone: int
    calendar_known: bool
    schemes: tuple[ReachShown, ...]


class SpanShown(msgspec.Struct, frozen=True):
    """Where a clause stands: characters from 0, the end behind the last."""

    document: str
    start: int
    end: int


class ClauseShown(msgspec.Struct, frozen=True):
    """One condition, in words."""

    name: str
    title: Text
    words: Text
    source: SpanShown | None


class GroupShown(msgspec.Struct, frozen=True):
    """Enterprises that share a word; "" for those of whom it is not known. title: of the word."""

    word: str
    title: Text
    all: int
    eligible: int
    unknown: int
    near: int
    asked: int
    paid: int
    missed: int


class SchemeShown(msgspec.Struct, frozen=True):
    """One scheme whole.

    day: it is in force on. facts_day: as in ``SchemesShown``.
    by: category fact to who is reached and missed. facts: what those facts are called.
    """

    day: str
    facts_day: str
    reach: ReachShown
    clauses: tuple[ClauseShown, ...]
    benefit: Text
    papers: tuple[Text, ...]
    by: dict[str, tuple[GroupShown, ...]]
    pools: tuple[PoolState, ...]
    facts: dict[str, Text]


class PersonalHit(msgspec.Struct, frozen=True):
    """One enterprise of a scheme.

    amount_fen: null where nothing is computed. condition, short: what alone is missing, and how
        much of it, in the fact's whole units, fen or days.
    """

    code: str
    title: Text
    verdict: str
    amount_fen: int | None = None
    condition: str = ""
    short: int | None = None


class HitsShown(msgspec.Struct, frozen=True):
    """Part of a scheme's enterprises; ``total`` counts all of this kind.

    day, facts_day: as in ``SchemesShown``.
    """

    day: str
    facts_day: str
    total: int
    hits: tuple[PersonalHit, ...]


class ToldShown(msgspec.Struct, frozen=True):
    """One condition for one enterprise. facts: those it looks at."""

    name: str
    title: Text
    verdict: str
    words: Text
    missing: tuple[str, ...]
    short: int | None
    facts: tuple[str, ...]
    source: SpanShown | None


class OnFile(msgspec.Struct, frozen=True):
    """A paper that an application would bring by itself; sha256 "" where it was named only."""

    name: str
    title: Text
    sha256: str
    valid_to: str


class OfferShown(msgspec.Struct, frozen=True):
    """One scheme for one enterprise.

    kind: "now", "nearly", "unknown" or "not".
    amount_fen: computed; up_to_fen: 最高, where none is; both null for 一事一议 or without a
        limit.
    near_on: the day from which it is eligible if nothing else changes; "" for none.
    bring: papers it has yet to bring; on_file: those it need not.
    last_day, workdays_left: where it may be had now and not much longer; "" and null elsewhere.
    is_ready: nothing is to be done but confirm.
    per_person: it is capped by person, so an application names whom it is for.
    prefilled: the application's fields, as far as they are known. benefit: what it gives, in words.
    """

    scheme: str
    title: Text
    issuer: Text
    kind: str
    verdict: str
    amount_fen: int | None
    up_to_fen: int | None
    discretionary: bool
    conditions: tuple[ToldShown, ...]
    near: str
    near_short: int | None
    near_on: str
    bring: tuple[str, ...]
    bring_titles: tuple[Text, ...]
    is_ready: bool
    per_person: bool
    is_open: bool
    is_done: bool
    valid_to: str
    prefilled: dict[str, str]
    source: SpanShown | None
    benefit: Text
    on_file: tuple[OnFile, ...] = ()
    last_day: str = ""
    workdays_left: int | None = None


class LaterShown(msgspec.Struct, frozen=True):
    """What changes on a day to come if its facts stay as they are."""

    scheme: str
    title: Text
    day: str
    was: str
    verdict: str
    amount_fen: int | None


class FactAsked(msgspec.Struct, frozen=True):
    """What a fact may be.

    kind: as in books. unit: of a number. words: of a category or tags. titles: of those words.
    """

    kind: str
    unit: str
    words: tuple[str, ...]
    titles: dict[str, Text]


class StandingShown(msgspec.Struct, frozen=True):
    """What one enterprise may have.

    facts: what each fact is called. kinds: what each may be.
    facts_day: as in ``SchemesShown``.
    """

    code: str
    day: str
    facts_day: str
    offers: tuple[OfferShown, ...]
    later: tuple[LaterShown, ...]
    digest: Text | None
    facts: dict[str, Text]
    kinds: dict[str, FactAsked]


class EnterpriseShown(msgspec.Struct, frozen=True):
    """One line of the list of enterprises.

    may_have: schemes; amount_fen: their sum before stacking.
    """

    code: str
    title: Text
    may_have: int
    unknown: int
    amount_fen: int
    open_applications: int


class EnterprisesShown(msgspec.Struct, frozen=True):
    """Part of the list of enterprises.

    day, facts_day: as in ``SchemesShown``.
    """

    day: str
    facts_day: str
    total: int
    enterprises: tuple[EnterpriseShown, ...]


class StepNow(msgspec.Struct, frozen=True):
    """The open step of an application: what ``POST /orders/{order}/actions`` takes.

    outcomes: name to title. barred: who must not do it. asks_reason: outcomes that need words.
    """

    order: str
    action: str
    title: Text
    assignee: str
    due_at: int
    is_overdue: bool
    outcomes: dict[str, Text]
    barred: tuple[str, ...]
    asks_reason: tuple[str, ...]


class ApplicationShown(msgspec.Struct, frozen=True):
    """An application whole.

    title: of the scheme. now: its open steps. payment: the list it stands in; "" for none.
    calendar_to: the last day whose holidays are announced; a deadline behind it counts weekends.
    papers: what it has to bring, and what it brought.
    """

    application: Application
    title: Text
    enterprise_title: Text
    now: tuple[StepNow, ...]
    payment: str
    calendar_to: str
    papers: tuple[BroughtShown, ...] = ()


class ApplicationsShown(msgspec.Struct, frozen=True):
    """Part of the applications; total counts those that were asked for.

    counts, turns: of all the caller may see, by stage, and by who they wait for.
    calendar_to: the last day whose holidays are announced; a deadline behind it counts weekends.
    titles: enterprise to what people call it, of this part.
    """

    total: int
    counts: dict[str, int]
    applications: tuple[Application, ...]
    calendar_to: str
    turns: dict[str, int]
    titles: dict[str, Text]


class RoundShown(msgspec.Struct, frozen=True):
    """A round of digests that has begun."""

    period: str


class PoolsShown(msgspec.Struct, frozen=True):
    """All pools and what became of them."""

    pools: tuple[PoolState, ...]


class PaymentsShown(msgspec.Struct, frozen=True):
    """Payment lists, the newest first, and those that wait for a second person.

    awards: how many each holds.
    """

    payments: tuple["PaymentShown", ...]
    proposed: tuple["PaymentProposed", ...] = ()


class PaymentProposed(msgspec.Struct, frozen=True):
    """A payment list that waits for a second person."""

    id: str
    root: str
    awards: int
    total_fen: int
    proposal: ProposalShown


class PaymentShown(msgspec.Struct, frozen=True):
    """A payment list without its awards."""

    id: str
    root: str
    awards: int
    total_fen: int
    by: str
    second: str
    at: int
