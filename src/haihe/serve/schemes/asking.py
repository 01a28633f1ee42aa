"""What may be asked about schemes, and the bodies of what is told."""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from haihe.decide.grants.application import PERSON_MAX
from haihe.decide.grants.enterprise import Purpose, Source
from haihe.decide.scheme.quantity import AMOUNT_MAX
from haihe.serve import kinds
from haihe.serve.acting import Who
from haihe.serve.kinds import Limit, Offset, Reason, When

TEXT_MAX = 900_000  # Ours: characters of a book; beside the rest it fits into a small body.
READ_MAX = 200_000  # Ours: characters; a statute book has more, and is read on the command line.
DOCUMENTS_MAX = 20  # Ours: of one book; a measure cites its own text and two or three others.
Day: TypeAlias = Annotated[str, Meta(max_length=10)]
Word: TypeAlias = Annotated[str, Meta(max_length=100)]
Kind: TypeAlias = Annotated[str, Meta(max_length=8, pattern="^(eligible|unknown|near)$")]
Sha256: TypeAlias = Annotated[str, Meta(max_length=64, pattern="^([0-9a-f]{64})?$")]
Number: TypeAlias = Annotated[int, Meta(ge=0, le=10_000)]
FACT_MAX: Final = 2_000  # Ours: characters of a fact; what is longer is a document.
FACTS_LISTED: Final = 500  # Ours: values of one fact, such as an enterprise's product lines.
_Fact: TypeAlias = Annotated[str, Meta(max_length=FACT_MAX)]
Raw: TypeAlias = (
    kinds.Whole
    | kinds.Number
    | _Fact
    | bool
    | Annotated[list[_Fact], Meta(max_length=FACTS_LISTED)]
    | None
)
Document: TypeAlias = Annotated[str, Meta(max_length=TEXT_MAX)]


class DayQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As of when.

    day: whose books and dates hold; "" for today, or for the day of ``known_by``.
    known_by: an instant, ISO 8601 with an offset, or a day, whose end in China is meant: nothing
        counts that was told later. "" for the end of ``day`` if that is past, else for now.
    """

    day: Day = ""
    known_by: When = ""


class HitsQuery(DayQuery, frozen=True, forbid_unknown_fields=True):
    """Which enterprises of a scheme."""

    kind: Kind = "eligible"
    limit: Limit = 100
    skip: Offset = 0


class ListQuery(DayQuery, frozen=True, forbid_unknown_fields=True):
    """Which enterprises; find is part of a code or name."""

    find: Word = ""
    limit: Limit = 100
    skip: Offset = 0


class ApplicationsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which applications; "" for all.

    turn: who they wait for. find: part of an enterprise's code or name. sort: "due" for what is
        due first, else the newest first.
    """

    stage: Word = ""
    turn: Literal["", "office", "waiting", "over"] = ""
    find: Word = ""
    sort: Literal["new", "due"] = "new"
    scheme: Word = ""
    enterprise: Word = ""
    limit: Limit = 100
    skip: Offset = 0


class DiffQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which versions are compared; 0 for the one in force, and the newest."""

    old: Number = 0
    new: Number = 0


class BookQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version's text; 0 for the newest."""

    version: Number = 0


class BookDone(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done to a book.

    text: of a draft. documents: policies it cites, by name; {} for those it had. sha256: for
        agree: the proposal's, as it was shown. day: the last day in force, for ended.
    """

    move: Literal[
        "draft", "final", "shadow", "propose", "agree", "decline", "ended", "withdrawn"
    ]  # fmt: skip
    text: Annotated[str, Meta(max_length=TEXT_MAX)] = ""
    documents: Annotated[dict[Word, Document], Meta(max_length=DOCUMENTS_MAX)] = msgspec.field(
        default_factory=dict
    )
    sha256: Sha256 = ""
    day: Day = ""


class EffectBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draft whose effect is asked."""

    book: Word
    text: Annotated[str, Meta(max_length=TEXT_MAX)]


class TextQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file is called; the file itself is the body."""

    name: Annotated[str, Meta(max_length=1_000)] = ""


class ReadBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy text that is to be read into draft clauses.

    document: what it is called. prefix: how the names of its schemes begin. book: that the draft
        is for; facts that other books declare are not declared again.
    """

    document: Annotated[str, Meta(min_length=1, max_length=100)]
    text: Annotated[str, Meta(max_length=READ_MAX)]
    prefix: Annotated[str, Meta(max_length=41, pattern="^[a-z][a-z0-9-]{0,40}$")] = "draft"
    book: Word = ""


class FactsBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Facts of an enterprise.

    as_of: the day they are true of. document: the paper that proves it.
    """

    source: Source
    as_of: Day
    facts: Annotated[dict[str, Raw], Meta(max_length=500)]
    document: Word = ""


class ConsentBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an enterprise agrees to, or takes back."""

    purpose: Purpose
    agreed: bool


class ApplicationBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who asks for which scheme, and how. person: for whom, where the scheme caps by person."""

    enterprise: Word
    scheme: Word
    channel: Word = "portal"
    person: Annotated[str, Meta(max_length=PERSON_MAX)] = ""


class MoveBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an enterprise does with its application; account: its account was put right."""

    move: Literal["withdraw", "supplement", "object", "account"]
    note: Reason = ""
    document: Word = ""


class PaperQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a paper; the file itself is the body.

    paper: what it is, as schemes call it. name: what the file is called.
    day: of the paper. valid_to: the last day it is valid; "" for no end.
    application: that it is handed in for, where it was asked for a supplement; "" for none.
    by: a name, from the operator of this machine only.
    """

    paper: Annotated[str, Meta(min_length=1, max_length=100)]
    day: Day
    application: Word = ""
    valid_to: Day = ""
    name: Annotated[str, Meta(max_length=1_000)] = ""
    reason: Reason = ""
    by: kinds.Person = ""


class PaperMove(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done with a paper that stands in the file."""

    move: Literal["withdraw"]
    paper: Annotated[str, Meta(min_length=1, max_length=100)]


class PoolBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The money of a scheme and year."""

    limit_fen: Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]


class DigestBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A round of digests; the same period is told once."""

    period: Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9-]+$")]


class RhythmBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When digests go out by themselves, in China's time.

    weekday: 1 (Monday) to 7; 0 for never. time: such as 09:00.
    """

    weekday: Annotated[int, Meta(ge=0, le=7)]
    time: Annotated[str, Meta(max_length=5, pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "09:00"


class PaymentBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payment list, to be proposed, of all that is approved and in no list yet."""

    payment: Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9-]+$")]


class PaymentMove(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What another person says to a proposed payment list. sha256: for agree: as it was shown."""

    move: Literal["agree", "decline"]
    sha256: Sha256 = ""


class ProofQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which award is proven."""

    application: Word
