"""Clauses to a draft in the YAML of schemes: every number with its place, nothing left out.

What the grammar can say exactly becomes a condition or a formula; what it cannot becomes a question
to a person (a yes/no fact, so that the verdict is *unknown* until it is answered) or a comment.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final

from haihe.decide.extract.benefit import Formula, formula
from haihe.decide.extract.document import Document
from haihe.decide.extract.extract import Extraction
from haihe.decide.extract.grammar import TITLES, Clause, Kind, Part, Role
from haihe.decide.extract.known import FACTS, Known, need
from haihe.decide.extract.outline import scope, starts_of_articles, titles
from haihe.decide.extract.sheet import TITLE_MAX, Sheet, clean, quote
from haihe.decide.extract.terms import (
    days_of,
    is_overall,
    purses_of,
    says_when,
    stacking,
    stages_of,
)
from haihe.decide.scheme.facts import FactSchema

COMMON_MAX: Final = 100  # Ours: conditions beside the schemes; the most we have met is 20.
UNSET_DAY: Final = "9999-12-31"  # The last day there is: what has no first day is never in force.
APPLICANTS: Final = frozenset(
    {"企业", "单位", "申报企业", "申报单位", "申请企业", "申请单位", "申请人"}
)
PROPOSED: Final = "proposed by a model, not read by the grammar: look at it twice"
HEAD: Final = """\
# A draft, read by machine from {name}. It is in no book that anything is paid from.
# Look every clause through beside its text, answer what is "to be confirmed", write cases,
# and only then set 'status: final'. Spans are characters of the text, from 0.
"""


@dataclass(frozen=True, slots=True)
class _Common:
    """What a text says of all its schemes.

    conditions: clauses of their own.
    scopes: of each, where the awards stand that hang on it; None for all.
    days: the first and the last in force; "" for none.
    purses: as YAML; "" for none.
    """

    conditions: tuple[Clause, ...]
    scopes: tuple[range | None, ...]
    days: tuple[str, str]
    purses: str

    def conditions_of(self, award: Clause) -> tuple[Clause, ...]:
        """Those that an award hangs on."""
        pairs = zip(self.conditions, self.scopes, strict=True)
        return tuple(one for one, where in pairs if where is None or award.start in where)


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
    sheet = Sheet(document, prefix)
    given = [one for one in told.clauses if one.kind is Kind.SUPPORT and not says_when(one)]
    alone = [one for one in given if not is_overall(one, document.folded)]
    awards = alone or given  # A limit of awards that are not there stands for itself.
    articles = starts_of_articles(document.folded)
    conditions = [one for one in told.clauses if _is_asked(one)]
    begins = [one.start for one in awards]
    common = _Common(
        tuple(conditions[:COMMON_MAX]),
        tuple(
            scope(document.folded, one.start, articles=articles, awards=begins)
            for one in conditions[:COMMON_MAX]
        ),
        days_of(told.clauses),
        purses_of(told.clauses),
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
    lines += stacking(sheet, told.clauses if alone else (), awards=awards, articles=articles)
    lines += _rest(sheet, told, shown={id(one) for one in (*awards, *conditions)})
    return "\n".join(lines) + "\n"


def _is_asked(clause: Clause) -> bool:
    """Whether a clause asks something of who applies; a definition asks nothing."""
    return clause.kind is Kind.CONDITION and bool(clause.parts) and not clause.of(Role.OUTCOME)


def _facts(sheet: Sheet, declared: FactSchema | None) -> Iterator[str]:
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


def _titles(sheet: Sheet, told: Extraction, *, awards: Sequence[Clause]) -> Iterator[str]:
    """The heading of each award, with its words where it shares the heading with others."""
    headings = titles(sheet.document.folded, told.headings, starts=[one.start for one in awards])
    count = Counter(headings)
    for heading, clause in zip(headings, awards, strict=True):
        words = sheet.words(clause.start, clause.end)
        shared = f"{heading}：{words}" if heading else words
        yield (heading if heading and count[heading] == 1 else shared)[:TITLE_MAX]


def _scheme(
    sheet: Sheet,
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
    lines += _benefit(sheet, clause, told=told, common=common)
    return lines


def _benefit(sheet: Sheet, clause: Clause, *, told: Formula, common: _Common) -> list[str]:
    line = f"        benefit: {{{told.yaml}, source: {sheet.source(told.start, told.end)}"
    stages = stages_of(clause, sheet)
    if "discretionary" not in told.yaml:
        line += f", stages: {stages}" if stages else ""
        line += f", purses: {common.purses}" if common.purses else ""
    return [*_numbers(sheet, clause), f"{line}}}"]


def _numbers(sheet: Sheet, clause: Clause) -> Iterator[str]:
    """Where each number stands."""
    for part in clause.parts:
        if part.quantity is not None:
            words = sheet.words(part.start, part.end)
            yield f"        # {part.role.value} {words} at [{part.start}, {part.end}]"


def _conditions(sheet: Sheet, clauses: Sequence[Clause]) -> Iterator[str]:
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


def _requirements(sheet: Sheet, clause: Clause) -> Iterator[tuple[int, int, str]]:
    """Start, end and YAML of each; alternatives are one."""
    if clause.any and clause.kind is Kind.CONDITION:
        yield _either(sheet, clause)
        return
    for part in clause.of(Role.BENEFICIARY, Role.CONDITION, Role.AFTER):
        if part.role is Role.BENEFICIARY and _says_nothing(sheet, part, clause=clause):
            continue
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


def _says_nothing(sheet: Sheet, part: Part, *, clause: Clause) -> bool:
    """给予企业: whoever applies is one; 对新发展500亩以上: a demand asks it already."""
    spans = {(one.start, one.end) for one in clause.of(Role.DEMAND)}
    plain = sheet.words(part.start, part.end) in APPLICANTS
    return plain or (part.start, part.end) in spans


def _either(sheet: Sheet, clause: Clause) -> tuple[int, int, str]:
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


def _asked(sheet: Sheet, demand: Part) -> str:
    found = need(demand)
    if found is None:
        return sheet.question(demand.start, end=demand.end)
    name, told = found
    sheet.facts[name] = FACTS[name]
    return told


def _rest(sheet: Sheet, told: Extraction, *, shown: Set[int]) -> Iterator[str]:
    """What is said but no part of a scheme, and what is not understood.

    shown: the clauses, by their ids, that stand above.
    """
    others = [one for one in told.clauses if id(one) not in shown]
    if others:
        yield "# Said beside the schemes:"
    for one in others:
        title = f"{TITLES[one.kind].zh} ({one.kind.value})"
        yield f"# {title} [{one.start}, {one.end}] {sheet.words(one.start, one.end)}"
        if says_when(one) and stages_of(one, sheet):
            yield f"#   for the benefits it is about: stages: {stages_of(one, sheet)}"
    if told.unread:
        yield "# Not understood; read it yourself:"
    for gap in told.unread:
        yield f"# {gap.why} [{gap.start}, {gap.end}] {sheet.words(gap.start, gap.end)}"
