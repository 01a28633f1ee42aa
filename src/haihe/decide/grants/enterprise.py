"""企业档案: what is known of an enterprise, each fact with its source and date; and its consent."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from haihe.decide.grants.paper import FiledPaper, is_had
from haihe.decide.scheme.facts import FactKind, FactSchema, Given, as_words
from haihe.decide.scheme.quantity import format_day
from haihe.model.text import Text

Raw: TypeAlias = int | float | str | bool | tuple[str, ...] | None
FACTS_MAX: Final = 500  # Ours: of one enterprise; the yearbook asks some two hundred.
PROBLEMS_KEPT: Final = 20  # Ours: the newest; all of them are in the log.


class Source(StrEnum):
    """Who told a fact."""

    REGISTRY = "registry"
    TAX = "tax"
    STATISTICS = "statistics"
    DEPARTMENT = "department"
    METER = "meter"
    BANK = "bank"
    ENTERPRISE = "enterprise"


SOURCE_TITLE: Final[Mapping[Source, Text]] = {
    Source.REGISTRY: Text(zh="市场监管登记", en="company registry"),
    Source.TAX: Text(zh="税务", en="tax office"),
    Source.STATISTICS: Text(zh="统计", en="statistics office"),
    Source.DEPARTMENT: Text(zh="主管部门", en="department in charge"),
    Source.METER: Text(zh="平台计量", en="metered by the platform"),
    Source.BANK: Text(zh="银行", en="bank"),
    Source.ENTERPRISE: Text(zh="企业自报", en="told by the enterprise"),
}
# Ours: whoever measures or registers by duty is believed before who reports, and both before the
# enterprise itself, whose word is what a check is for.
TRUST: Final[Mapping[Source, int]] = {
    Source.REGISTRY: 3,
    Source.TAX: 3,
    Source.METER: 3,
    Source.STATISTICS: 2,
    Source.DEPARTMENT: 2,
    Source.BANK: 2,
    Source.ENTERPRISE: 1,
}
# What these tell is the enterprise's secret: it is used only with its consent (Data Security Law,
# article 38; Tax Collection and Administration Law, article 8).
PRIVATE: Final = frozenset({Source.TAX, Source.BANK})


class Purpose(StrEnum):
    """What an enterprise may agree to."""

    MATCH = "match"  # Its private facts may be held against schemes.
    DIGEST = "digest"  # It wants to be told.
    AUTOMATIC = "automatic"  # 免申即享: applications may be made ready for it.


class Told(msgspec.Struct, frozen=True, array_like=True):
    """A fact as one source told it last.

    given: as it was told; None if the source took it back.
    as_of: the day it is true of, since 1970.
    told_at: when it came; ns.
    document: what proves it; "" if nothing was named.
    """

    source: Source
    given: Raw
    as_of: int
    told_at: int
    document: str = ""

    @property
    def rank(self) -> tuple[int, int, int]:
        """The newest of the most trusted source comes last."""
        return TRUST[self.source], self.as_of, self.told_at


class Consent(msgspec.Struct, frozen=True, array_like=True):
    """What an enterprise said to a purpose, when, and by whom."""

    agreed: bool
    at: int
    by: str


class EnterpriseFile(msgspec.Struct, frozen=True):
    """All that is known of one enterprise.

    code: its unified social credit code.
    facts: name to what each source told last, the one that counts first.
    consents: purpose to what it said.
    documents: certificate to the day it was last named, since 1970.
    problems: what could not be used, the newest last.
    papers: certificates that were filed, oldest first, also what stands no more.
    """

    code: str
    facts: dict[str, tuple[Told, ...]] = {}
    consents: dict[Purpose, Consent] = {}
    documents: dict[str, int] = {}
    problems: tuple[str, ...] = ()
    papers: tuple[FiledPaper, ...] = ()

    def agreed(self, purpose: Purpose) -> bool:
        """Whether it agreed to a purpose and did not take that back."""
        said = self.consents.get(purpose)
        return said is not None and said.agreed

    def has_paper(self, name: str, *, day: int) -> bool:
        """Whether it need not bring a paper on a day since 1970."""
        return is_had(self.papers, self.documents, name=name, day=day)

    def with_problem(self, words: str) -> "EnterpriseFile":
        """The file with one more thing that could not be used."""
        return replace(self, problems=(*self.problems, words)[-PROBLEMS_KEPT:])


class Filing(msgspec.Struct, frozen=True):
    """One record of facts: who told what, true of which day."""

    source: Source
    as_of: int
    told_at: int
    facts: dict[str, Raw]
    document: str = ""


def filed(file: EnterpriseFile, filing: Filing, *, today: int) -> EnterpriseFile:
    """The file after a record of facts.

    today: the day it came, since 1970. A fact of a later day is refused; one that is older than
    what the same source told is passed over; the same again changes nothing.
    """
    if filing.as_of > today:
        return file.with_problem(
            f"{filing.source} told facts of {format_day(filing.as_of)}, which is still to come; "
            "they are not used. Send them again when they are true."
        )
    facts, full = dict(file.facts), False
    for name, given in filing.facts.items():
        told = Told(filing.source, given, filing.as_of, filing.told_at, filing.document)
        known = facts.get(name, ())
        if not known and len(facts) >= FACTS_MAX:
            full = True
            continue
        facts[name] = _with(known, told)
    changed = replace(file, facts=facts)
    if filing.document:
        day = max(filing.as_of, file.documents.get(filing.document, 0))
        changed = replace(changed, documents={**file.documents, filing.document: day})
    return changed.with_problem(f"more than {FACTS_MAX} facts; split them up.") if full else changed


def _with(known: tuple[Told, ...], told: Told) -> tuple[Told, ...]:
    own = next((one for one in known if one.source == told.source), None)
    if own is not None and (
        own.as_of > told.as_of or (own.as_of == told.as_of and own.given == told.given)
    ):
        return known
    others = [one for one in known if one.source != told.source]
    return tuple(sorted((*others, told), key=lambda one: one.rank, reverse=True))


def counts(file: EnterpriseFile, name: str) -> Told | None:
    """What counts of a fact: the newest of the most trusted source that may be used."""
    private = file.agreed(Purpose.MATCH)
    for told in file.facts.get(name, ()):
        if told.given is not None and (private or told.source not in PRIVATE):
            return told
    return None


def conflicts(file: EnterpriseFile) -> tuple[str, ...]:
    """Facts of which two sources that may be used tell different things."""
    private = file.agreed(Purpose.MATCH)
    return tuple(
        name
        for name, all_told in file.facts.items()
        if len(
            {
                str(told.given)
                for told in all_told
                if told.given is not None and (private or told.source not in PRIVATE)
            }
        )
        > 1
    )


def usable(file: EnterpriseFile, schema: FactSchema) -> tuple[dict[str, Given], dict[str, str]]:
    """What of the file a book of this schema can be held against, and what it cannot and why."""
    found: dict[str, Given] = {}
    wrong: dict[str, str] = {}
    for fact in schema.facts:
        told = counts(file, fact.name)
        if told is None:
            continue
        given = list(told.given) if isinstance(told.given, tuple) else told.given
        try:
            if fact.kind in (FactKind.CATEGORY, FactKind.TAGS):
                as_words(fact, given)
            else:
                fact.encode(given)
        except ValueError as error:
            wrong[fact.name] = f"{told.source}: {error}"
            continue
        found[fact.name] = given
    return found, wrong
