"""Clauses to a draft in the YAML of schemes: every number with its place, nothing left out.

What the grammar can say exactly becomes a condition or a formula; what it cannot becomes a question
to a person (a yes/no fact, so that the verdict is *unknown* until it is answered) or a comment.
"""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from haihe.decide.extract.benefit import Formula, formula
from haihe.decide.extract.document import Document
from haihe.decide.extract.extract import Extraction
from haihe.decide.extract.grammar import TITLES, Clause, Kind, Part, Role
from haihe.decide.extract.known import FACTS, Known, need, share
from haihe.decide.extract.outline import starts_of_articles, titles
from haihe.decide.scheme.facts import FactSchema
from haihe.decide.scheme.quantity import format_day

TITLE_MAX: Final = 60  # Ours: letters of a title; the span has the rest.
COMMON_MAX: Final = 100  # Ours: conditions beside the schemes; the most we have met is 20.
UNSET_DAY: Final = "9999-12-31"  # The last day there is: what has no first day is never in force.
PURSE_TITLES: Final = {
    "state": "中央", "province": "省", "city": "市", "district": "区县", "street": "街镇",
}  # fmt: skip
PROPOSED: Final = "proposed by a model, not read by the grammar: look at it twice"
HEAD: Final = """\
# A draft, read by machine from {name}. It is in no book that anything is paid from.
# Look every clause through beside its text, answer what is "to be confirmed", write cases,
# and only then set 'status: final'. Spans are characters of the text, from 0.
"""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where a draft is laid down."""

    document: Document
    prefix: str
    facts: dict[str, Known] = field(default_factory=dict)

    def words(self, start: int, end: int) -> str:
        """A stretch of the text as a title."""
        return clean(self.document.text[start:end])

    def question(self, start: int, *, end: int) -> str:
        """A yes/no fact for words that only a person can judge."""
        name = f"{self.prefix}-confirm-{start}"
        self.facts[name] = Known("yes_no", self.words(start, end)[:TITLE_MAX], "to be confirmed")
        return f"{{fact: {name}, is: yes}}"

    def source(self, start: int, end: int) -> str:
        """A place, as YAML."""
        return f"{{document: {quote(clean(self.document.name))}, span: [{start}, {end}]}}"


@dataclass(frozen=True, slots=True)
class _Common:
    """What a text says of all its schemes.

    conditions: clauses of their own.
    articles: where articles begin; conditions in one that gives something are for that alone.
    giving: the articles, by number, that give something.
    days: the first and the last in force; "" for none.
    purses: as YAML; "" for none.
    """

    conditions: tuple[Clause, ...]
    articles: tuple[int, ...]
    giving: frozenset[int]
    days: tuple[str, str]
    purses: str

    def conditions_of(self, award: Clause) -> tuple[Clause, ...]:
        """Those that an award hangs on."""
        own = bisect_right(self.articles, award.start)
        return tuple(
            one
            for one in self.conditions
            if (at := bisect_right(self.articles, one.start)) == own or at not in self.giving
        )


def clean(text: str) -> str:
    """One line without what YAML and terminals take amiss."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def quote(text: str) -> str:
    """Text as a YAML scalar that can only be text."""
    return json.dumps(text, ensure_ascii=False)


def write_draft(
    document: Document,
    told: Extraction,
    *,
    prefix: str = "draft",
    declared: FactSchema | None = None,
) -> str:
    """A draft of everything a document says.

    prefix: of the schemes' names: lower-case letters, digits and hyphens.
    declared: facts that other books have already, and that are not declared again; None for none.
    Returns YAML that ``haihe scheme check`` reads.
    """
    sheet = _Sheet(document, prefix)
    awards = [one for one in told.clauses if one.kind is Kind.SUPPORT]
    articles = starts_of_articles(document.folded)
    conditions = [one for one in told.clauses if one.kind is Kind.CONDITION and one.parts]
    common = _Common(
        tuple(conditions[:COMMON_MAX]),
        articles,
        frozenset(bisect_right(articles, one.start) for one in awards),
        _days(told.clauses),
        _purses(told.clauses),
    )
    body: list[str] = []
    named = _titles(sheet, told, awards=awards)
    for number, (clause, title) in enumerate(zip(awards, named, strict=True), start=1):
        body += _scheme(sheet, clause, common=common, named=(number, title))
    lines = [
        HEAD.format(name=clean(document.name) or "a text").rstrip(),
        *_facts(sheet, declared),
    ]
    lines += ["schemes:" if body else "schemes: []", *body]
    for one in conditions[COMMON_MAX:]:
        lines.append(f"# too many to ask of each: {sheet.words(one.start, one.end)}")
    lines += _stacking(sheet, told.clauses, count=len(awards))
    lines += _rest(sheet, told)
    return "\n".join(lines) + "\n"


def _facts(sheet: _Sheet, declared: FactSchema | None) -> Iterator[str]:
    """What the draft declares, and which facts of other books it asks."""
    had = {fact.name: fact for fact in declared.facts} if declared is not None else {}
    asked = {
        name: had[name]
        for name, known in sheet.facts.items()
        if name in had and had[name].kind == known.kind  # Else the checker names the two.
    }
    fresh = {name: known for name, known in sheet.facts.items() if name not in asked}
    if asked:
        told = ", ".join(f"{name} ({clean(fact.title.zh)})" for name, fact in asked.items())
        yield f"# Facts that other books declare; see whether the text means them: {told}"
    yield "facts:" if fresh else "facts: {}"
    yield from (_fact(name, known) for name, known in fresh.items())


def _fact(name: str, known: Known) -> str:
    unit = f", unit: {known.unit}" if known.unit else ""
    return f"  {name}: {{kind: {known.kind}, zh: {quote(known.zh)}, en: {quote(known.en)}{unit}}}"


def _days(clauses: Sequence[Clause]) -> tuple[str, str]:
    """First and last day in force, as they stand in the text; "" for none."""
    found = {Role.FROM: "", Role.TO: ""}
    for clause in clauses:
        for part in clause.parts if clause.kind is Kind.EFFECTIVE else ():
            exact = part.quantity is not None and part.quantity.precision == "day"
            if part.role in found and exact and part.quantity is not None:
                found[part.role] = found[part.role] or format_day(int(part.quantity.value))
    begins, ends = found[Role.FROM], found[Role.TO]
    return (begins, ends if not begins or ends >= begins else "")


def _purses(clauses: Sequence[Clause]) -> str:
    """Who bears which share, if the text says so once and it adds up."""
    found = [one for one in clauses if one.kind is Kind.FUNDING_SPLIT]
    parts = found[0].parts if len(found) == 1 else ()
    shares = [part.quantity.value for part in parts if part.quantity is not None]
    if sum(shares) != 1 or len({part.about for part in parts}) != len(parts):
        return ""
    told = (
        f"{{id: {part.about}, zh: {PURSE_TITLES[part.about]}, share: {share(part.quantity)}}}"
        for part in parts
        if part.quantity is not None
    )
    return f"[{', '.join(told)}]"


def _titles(sheet: _Sheet, told: Extraction, *, awards: Sequence[Clause]) -> Iterator[str]:
    """The heading of each award, with its words where it shares the heading with others."""
    headings = titles(sheet.document.folded, told.headings, starts=[one.start for one in awards])
    count = Counter(headings)
    for heading, clause in zip(headings, awards, strict=True):
        words = sheet.words(clause.start, clause.end)
        shared = f"{heading}：{words}" if heading else words
        yield (heading if heading and count[heading] == 1 else shared)[:TITLE_MAX]


def _scheme(
    sheet: _Sheet,
    clause: Clause,
    *,
    common: _Common,
    named: tuple[int, str],
) -> list[str]:
    number, title = named
    begins, ends = common.days
    told = formula(sheet.document, clause, prefix=sheet.prefix)
    unsure = "" if begins else "  # to be confirmed: the text names no first day"
    ends = ends if begins else ""
    lines = [
        f"  - id: {sheet.prefix}-{number}",
        f"    zh: {quote(title)}",
        f"    en: {quote(f'Clause {number} of {clean(sheet.document.name)}')}",
        "    versions:",
        f"      - from: {begins or UNSET_DAY}{unsure}",
        *([f"        to: {ends}"] if ends else []),
        "        status: draft",
        f"        source: {sheet.source(clause.start, clause.end)}",
    ]
    conditions = list(_conditions(sheet, (*common.conditions_of(clause), clause)))
    if conditions:
        lines += ["        conditions:", *conditions]
    sheet.facts.update(told.facts)
    remarks = (PROPOSED, *told.remarks) if clause.proposed else told.remarks
    lines += [f"        # {one}" for one in remarks]
    lines += _benefit(sheet, clause, told=told, purses=common.purses)
    return lines


def _benefit(sheet: _Sheet, clause: Clause, *, told: Formula, purses: str) -> list[str]:
    lines = [f"        benefit: {{{told.yaml}, source: {sheet.source(told.start, told.end)}"]
    if purses and "discretionary" not in told.yaml:
        lines[-1] += f", purses: {purses}"
    lines[-1] += "}"
    return [*_numbers(sheet, clause), *lines]


def _numbers(sheet: _Sheet, clause: Clause) -> Iterator[str]:
    """Where each number stands."""
    for part in clause.parts:
        if part.quantity is not None:
            words = sheet.words(part.start, part.end)
            yield f"        # {part.role.value} {words} at [{part.start}, {part.end}]"


def _conditions(sheet: _Sheet, clauses: Sequence[Clause]) -> Iterator[str]:
    number = 0
    for clause in clauses:
        found = list(_requirements(sheet, clause))
        if clause.kind is Kind.SUPPORT and not found:
            # A clause that names nobody would reach everybody: a person says whom it is for.
            asked = sheet.question(clause.start, end=clause.end)
            found = [(clause.start, clause.end, asked)]
        for start, end, require in found:
            number += 1
            yield f"          - id: c{number}"
            yield f"            zh: {quote(sheet.words(start, end)[:TITLE_MAX])}"
            yield f"            source: {sheet.source(start, end)}"
            yield f"            require: {require}"


def _requirements(sheet: _Sheet, clause: Clause) -> Iterator[tuple[int, int, str]]:
    """Start, end and YAML of each; alternatives are one."""
    if clause.any and clause.kind is Kind.CONDITION:
        yield _either(sheet, clause)
        return
    for part in clause.of(Role.BENEFICIARY, Role.CONDITION, Role.AFTER):
        end = _lead_end(clause, part)
        yield part.start, end, sheet.question(part.start, end=end)
    demands = clause.of(Role.DEMAND)
    groups: dict[int, list[Part]] = {}
    for part in demands:
        groups.setdefault(part.group, []).append(part)
    if clause.any and len(groups) > 1:
        told = (
            f"{{all: [{', '.join(_asked(sheet, part) for part in group)}]}}"
            for group in groups.values()
        )
        yield demands[0].start, demands[-1].end, f"{{any: [{', '.join(told)}]}}"
        return
    for part in demands:
        yield part.start, part.end, _asked(sheet, part)


def _either(sheet: _Sheet, clause: Clause) -> tuple[int, int, str]:
    """One condition of a list of which one is enough."""
    groups: dict[int, list[str]] = {}
    for part in clause.parts:
        told = (
            _asked(sheet, part)
            if part.role is Role.DEMAND
            else sheet.question(part.start, end=part.end)
        )
        groups.setdefault(part.group, []).append(told)
    listed = (f"{{all: [{', '.join(group)}]}}" for group in groups.values())
    return clause.start, clause.end, f"{{any: [{', '.join(listed)}]}}"


def _lead_end(clause: Clause, part: Part) -> int:
    """Where a question ends: among alternatives, behind all of them, for it is about all."""
    if not clause.any or part.role is not Role.BENEFICIARY:
        return part.end
    behind = clause.of(Role.AFTER, Role.BASE, Role.SHARE, Role.AMOUNT, Role.CAP)
    return max(part.end, min((one.start for one in behind), default=part.end) - 1)


def _asked(sheet: _Sheet, demand: Part) -> str:
    found = need(demand)
    if found is None:
        return sheet.question(demand.start, end=demand.end)
    name, told = found
    sheet.facts[name] = FACTS[name]
    return told


def _stacking(sheet: _Sheet, clauses: Sequence[Clause], *, count: int) -> Iterator[str]:
    """就高不重复 holds for all schemes of the text that says it."""
    rules = [one for one in clauses if one.kind is Kind.CONFLICT_RULE]
    if rules and count > 1:
        names = ", ".join(f"{sheet.prefix}-{number}" for number in range(1, count + 1))
        words = sheet.words(rules[0].start, rules[0].end)[:TITLE_MAX]
        highest = any(part.about == "max_no_stacking" for part in rules[0].of(Role.RULE))
        yield f"stacking:  # to be confirmed: from [{rules[0].start}, {rules[0].end}]"
        kind = "highest" if highest else "exclusive"
        yield f"  - {{id: {sheet.prefix}-once, zh: {quote(words)}, {kind}: [{names}]}}"


def _rest(sheet: _Sheet, told: Extraction) -> Iterator[str]:
    """What is said but no part of a scheme, and what is not understood."""
    others = [one for one in told.clauses if one.kind not in (Kind.SUPPORT, Kind.CONDITION)]
    if others:
        yield "# Said beside the schemes:"
    for one in others:
        title = f"{TITLES[one.kind].zh} ({one.kind.value})"
        yield f"# {title} [{one.start}, {one.end}] {sheet.words(one.start, one.end)}"
    if told.unread:
        yield "# Not understood; read it yourself:"
    for gap in told.unread:
        yield f"# {gap.why} [{gap.start}, {gap.end}] {sheet.words(gap.start, gap.end)}"
