"""What a clause takes from the one before it: its kind, its case, the measure of its number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from haihe.decide.extract.grammar import Clause, Kind, Op, Part, Role
from haihe.decide.extract.lexicon import NAMES
from haihe.decide.extract.phrases import CLEAR, THRESHOLD

STATES: Final = frozenset({Kind.TARGET, Kind.ACHIEVED})
# What could be either: numbers that are reached, with no word that says when.
BESIDE: Final = "beside"
CUE_MAX: Final = 3  # Ours: letters of 达到, 不低于 before a number.
OPEN: Final = frozenset({Kind.TARGET, Kind.CONDITION, Kind.ACHIEVED})


@dataclass(frozen=True, slots=True)
class Unread:
    """A sentence that says something the grammar does not understand.

    start, end: characters of the document.
    why: "number" if it has a number that no clause explains, "words" if only words, BESIDE if the
        number stands within a clause that gives something and is no part of it.
    """

    start: int
    end: int
    why: str


def in_context(
    clause: Clause | Unread, before: Sequence[Clause], *, folded: str
) -> Clause | Unread:
    """A clause with what it takes from those before it; one that cannot stand alone is unread."""
    told = _continued(clause, before, folded=folded)
    if isinstance(told, Unread) or told.kind is not Kind.SUPPORT or not before:
        return told
    return _measured(_inherited(told, before, folded=folded), before[-1], folded=folded)


def _continued(
    clause: Clause | Unread, before: Sequence[Clause], *, folded: str
) -> Clause | Unread:
    """A number behind targets or facts of the same paragraph, without a word of its own, is one.

    One that stands alone and is too weak is not understood.
    """
    if isinstance(clause, Unread) or clause.kind not in OPEN or clause.score >= CLEAR:
        return clause
    weak = clause.score < THRESHOLD
    last = before[-1] if before and before[-1].kind in STATES else None
    if last is None or folded[last.end : clause.start].strip(" ，；。"):
        return Unread(clause.start, clause.end, "number") if weak else clause
    bounded = any(one.op is not Op.EQ for one in clause.of(Role.DEMAND))
    if last.kind is Kind.ACHIEVED and bounded and "以上" in folded[clause.start : clause.end]:
        return replace(clause, kind=Kind.TARGET)  # What has been reached is told exactly.
    return replace(clause, kind=last.kind)


def _inherited(clause: Clause, before: Sequence[Clause], *, folded: str) -> Clause:
    """给予承接方…, behind another award: it is for the same case, in the same sentence."""
    if before[-1].kind is not Kind.SUPPORT:
        return clause
    last = before[-1]
    between = folded[last.end : clause.start]
    bare = folded.startswith(("给予", "予以", "再给予"), clause.start)
    if not bare or clause.of(Role.CONDITION, Role.DEMAND) or len(between.strip(" ，；。\n")) > 0:
        return clause
    kept = last.of(Role.CONDITION, Role.DEMAND, Role.AFTER)
    per = next((one.about for one in last.of(Role.CAP, Role.AMOUNT) if one.about), "")
    parts = tuple(
        replace(one, about=one.about or per) if one.role in (Role.CAP, Role.AMOUNT) else one
        for one in clause.parts
    )
    return replace(clause, parts=(*kept, *parts), any=last.any)


def _measured(clause: Clause, last: Clause, *, folded: str) -> Clause:
    """超过1亿元的，…, behind 票房超过5000万元的，…: the next step of a ladder is on its measure."""
    named = next((one for one in last.of(Role.DEMAND) if one.about), None)
    bare = [one for one in clause.of(Role.DEMAND) if _is_bare(one, clause)]
    if last.kind is not Kind.SUPPORT or named is None or "\n" in folded[last.end : clause.start]:
        return clause
    alike = {
        id(one)
        for one in bare
        if one.quantity is not None
        and named.quantity is not None
        and one.quantity.unit == named.quantity.unit
    }
    parts = (replace(one, about=named.about) if id(one) in alike else one for one in clause.parts)
    return replace(clause, parts=tuple(parts))


def _is_bare(part: Part, clause: Clause) -> bool:
    """Whether a clause begins with a number, or 超过 before it, and nothing says what it is of."""
    begins = part.start - clause.start <= CUE_MAX
    return part.about not in NAMES and part.quantity is not None and begins
