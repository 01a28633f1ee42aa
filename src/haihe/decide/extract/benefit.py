"""A support clause as a formula in the YAML of schemes; only what is exact is computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from haihe.decide.extract.blanks import without_blanks
from haihe.decide.extract.document import Document
from haihe.decide.extract.grammar import Clause, Op, Part, Role
from haihe.decide.extract.known import FACTS, Known, money, need, share
from haihe.decide.extract.lexicon import LEXICON

# Awards for each of these are one award for the applicant; for each of others they are counted.
APPLICANTS: Final = frozenset(
    {"", "once", "year", "企业", "单位", "机构", "项目", "平台", "团队", "主体", "园区"}
)
NOT_COMPUTED: Final = "discretionary: yes"
BASE_TITLE_MAX: Final = 40  # Ours: letters of a base's title.
HEADS: Final = ("其", "企业", "实际", "年度", "上年度", "年", "当年", "上一年度", "企业实际")


@dataclass(frozen=True, slots=True)
class Formula:
    """A benefit as YAML.

    yaml: without braces and source.
    start, end: where its numbers stand.
    facts: what it asks beyond the conditions.
    remarks: what a person must settle.
    """

    yaml: str
    start: int
    end: int
    facts: Mapping[str, Known] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def formula(document: Document, clause: Clause, *, prefix: str) -> Formula:
    """What a support clause gives; discretionary, with a remark, where it cannot be computed."""
    caps, sums = clause.of(Role.CAP), clause.of(Role.AMOUNT)
    shares, bases = clause.of(Role.SHARE), clause.of(Role.BASE)
    numbers = (*caps, *sums, *shares)
    start = min((one.start for one in numbers), default=clause.start)
    end = max((one.end for one in numbers), default=clause.end)
    told = _told(document, clause, prefix=prefix)
    if told is None:
        why = _why_not(clause)
        return Formula(NOT_COMPUTED, start, end, {}, (f"not computed: {why}",))
    yaml, facts, remarks = told
    inner = len(shares) > 1 and bool(caps) and all(one.level is not None for one in caps)
    limit = None if inner else _limit(caps)
    if yaml and limit:
        yaml += f", up_to: {limit}"
    elif limit:
        yaml = f"up_to: {limit}"
    if len(caps) > 1 and not inner:
        remarks = (*remarks, "to be confirmed: several limits; the one for each applicant is taken")
    for one in clause.of(Role.LIMIT):
        words = document.folded[one.start : one.end]
        remarks = (*remarks, f"to be confirmed: {words} bounds what is counted, not who may ask")
    if len({document.folded[one.start : one.end] for one in bases}) > 1:
        remarks = (*remarks, "to be confirmed: several shares; see the text")
    return Formula(yaml, start, end, facts, remarks)


def _told(
    document: Document, clause: Clause, *, prefix: str
) -> tuple[str, dict[str, Known], tuple[str, ...]] | None:
    """The formula without its limit ("" if only a limit is said), facts and remarks."""
    sums, shares = clause.of(Role.AMOUNT), clause.of(Role.SHARE)
    if clause.of(Role.DISCRETIONARY) or (sums and shares) or _is_foreign(clause):
        return None
    if len(shares) > 1:
        return _share_choice(document, clause, prefix=prefix)
    if not sums and not shares:
        return ("", {}, ()) if _limit(clause.of(Role.CAP)) else None
    if shares:
        return _share(document, clause, prefix=prefix)
    if any(one.op is not Op.EQ or (one.quantity and one.quantity.high) for one in sums):
        return None
    if len(sums) > 1:
        return _choice(document, clause, prefix=prefix)
    assert sums[0].quantity is not None
    amount = money(sums[0].quantity)
    if amount is None:
        return None
    facts: dict[str, Known] = {}
    return _paid(sums[0], amount, facts=facts, prefix=prefix), facts, ()


def _paid(one: Part, amount: str, *, facts: dict[str, Known], prefix: str, of: str = "") -> str:
    """A sum for the applicant, or for each of what is counted, which is then asked.

    facts: takes the number that is asked. of: the grade it is of; "" for none.
    """
    per = one.about.removesuffix("·年").removesuffix("累计")
    if per in APPLICANTS:
        return f"amount: {amount}"
    name = f"{prefix}-count-{one.start}"
    facts[name] = Known("number", f"符合条件的{of}数量（{per}）", f"how many ({per})", per)
    return f"each: {amount}, of: {name}"


def _share(
    document: Document, clause: Clause, *, prefix: str
) -> tuple[str, dict[str, Known], tuple[str, ...]] | None:
    one, bases = clause.of(Role.SHARE)[0], clause.of(Role.BASE)
    assert one.quantity is not None
    if one.op is not Op.EQ or one.quantity.high is not None or not bases:
        limit = _limit(clause.of(Role.CAP))
        remark = "the share is a bound, a range or of nothing that is named; only the limit is kept"
        return ("", {}, (f"to be confirmed: {remark}",)) if limit else None
    name, known = _base(document, bases[0], prefix=prefix)
    return f"share: {share(one.quantity)}, of: {name}", {name: known}, ()


def _base(document: Document, base: Part, *, prefix: str) -> tuple[str, Known]:
    """The money that a share is of: a standard fact, or one to be confirmed."""
    words = without_blanks(document.folded[base.start : base.end])
    measure = _measure(words)
    if measure in FACTS and FACTS[measure].kind == "money":
        return measure, FACTS[measure]
    known = Known("money", words[:BASE_TITLE_MAX], "base of the share, to be confirmed")
    return f"{prefix}-base-{base.start}", known


def _share_choice(
    document: Document, clause: Clause, *, prefix: str
) -> tuple[str, dict[str, Known], tuple[str, ...]] | None:
    """前三年80%、后两年50%: several shares of one base, each for its level."""
    shares, bases = clause.of(Role.SHARE), clause.of(Role.BASE)
    names = {_base(document, one, prefix=prefix)[1].zh for one in bases}
    plain = all(
        one.level is not None and one.op is Op.EQ and one.quantity and one.quantity.high is None
        for one in shares
    )
    if not plain or len(names) != 1:
        return None
    of, known = _base(document, bases[0], prefix=prefix)
    facts = {of: known}
    limits = {one.level: one for one in clause.of(Role.CAP) if one.level is not None}
    parts: list[str] = []
    for one in shares:
        assert one.quantity is not None
        assert one.level is not None
        name, fact, asked = _asked(document, clause, one=one, name=f"{prefix}-case-{one.start}")
        facts[name] = fact
        limit = _limit((limits[one.level],)) if one.level in limits else None
        most = f", up_to: {limit}" if limit else ""
        parts.append(f"{{share: {share(one.quantity)}, of: {of}{most}, when: {asked}}}")
    return (
        f"highest: [{', '.join(parts)}]",
        facts,
        ("to be confirmed: the highest that holds is given",),
    )


def _measure(words: str) -> str:
    """The standard name of a base that is nothing more than a measure; "" for others."""
    for head in sorted(HEADS, key=len, reverse=True):
        if words.startswith(head) and words not in LEXICON.measures:
            words = words.removeprefix(head)
    return LEXICON.measures.get(words, "")


def _choice(
    document: Document, clause: Clause, *, prefix: str
) -> tuple[str, dict[str, Known], tuple[str, ...]] | None:
    """分别给予…: several sums, each for its own case.

    A step on a known measure (超过1亿元、5亿元) is asked of that; a grade (国家级) and what is not
    said is for a person to confirm.
    """
    sums = clause.of(Role.AMOUNT)
    facts: dict[str, Known] = {}
    parts: list[str] = []
    unsaid = False
    if all(_counted(one) for one in sums):
        return _total(document, sums, prefix=prefix)
    for at, one in enumerate(sums, start=1):
        assert one.quantity is not None
        amount = money(one.quantity)
        if amount is None:
            return None
        unsaid = unsaid or one.level is None
        title = f"属于第{at}种情形（{amount}）"
        case = f"{prefix}-case-{one.start}"
        name, fact, asked = _asked(document, clause, one=one, name=case, title=title)
        facts[name] = fact
        parts.append(f"{{{_paid(one, amount, facts=facts, prefix=prefix)}, when: {asked}}}")
    remarks = ("to be confirmed: which sum is for which case",) if unsaid else ()
    told = "to be confirmed: the highest that holds is given"
    return f"highest: [{', '.join(parts)}]", facts, (*remarks, told)


def _asked(
    document: Document, clause: Clause, *, one: Part, name: str, title: str = ""
) -> tuple[str, Known, str]:
    """Of one level the fact that is asked, and the question as YAML.

    name: of a fact for a person to confirm. title: of a level that the text does not name.
    """
    step = _step(clause, one.level)
    if step is not None:
        return step[0], FACTS[step[0]], step[1]
    said = _said(document, one.level)
    known = Known("yes_no", f"属于“{said}”" if said else title, "to be confirmed")
    return name, known, f"{{fact: {name}, is: yes}}"


def _said(document: Document, level: Part | None) -> str:
    return "" if level is None else without_blanks(document.folded[level.start : level.end])


def _counted(one: Part) -> bool:
    return one.about.removesuffix("·年").removesuffix("累计") not in APPLICANTS


def _total(
    document: Document, sums: tuple[Part, ...], *, prefix: str
) -> tuple[str, dict[str, Known], tuple[str, ...]] | None:
    """博士、硕士每人每月…: what is counted of each grade adds up."""
    facts: dict[str, Known] = {}
    parts: list[str] = []
    for one in sums:
        assert one.quantity is not None
        amount = money(one.quantity)
        if amount is None:
            return None
        said = _said(document, one.level)
        parts.append(f"{{{_paid(one, amount, facts=facts, prefix=prefix, of=said)}}}")
    return f"total: [{', '.join(parts)}]", facts, ()


def _step(clause: Clause, level: Part | None) -> tuple[str, str] | None:
    """The fact and the question of a step that is a number; None for words."""
    if level is None or level.quantity is None:
        return None
    unit = level.quantity.unit
    asked = (one for one in clause.of(Role.DEMAND) if one.quantity and one.quantity.unit == unit)
    first = next((one for one in asked if one.about in FACTS), None)
    if first is None or first.op not in (Op.GE, Op.GT):
        return None
    values = [
        one.level.quantity.value
        for one in clause.of(Role.AMOUNT, Role.SHARE)
        if one.level is not None and one.level.quantity is not None
    ]
    if level.quantity.high is not None and values != sorted(values):
        return None
    # Of ranges that rise the lower end is asked, for the highest that holds is given.
    low = msgspec.structs.replace(level.quantity, high=None, below=False)
    return need(replace(level, role=Role.DEMAND, op=first.op, about=first.about, quantity=low))


def _limit(caps: tuple[Part, ...]) -> str | None:
    """The limit for one applicant: of several the highest, for those for each person are lower."""
    numbers = [one.quantity for one in caps if one.quantity is not None and money(one.quantity)]
    best = max(numbers, key=lambda one: one.value, default=None)
    return None if best is None else money(best)


def _is_foreign(clause: Clause) -> bool:
    """Whether an award is in another currency, which is never converted."""
    parts = clause.of(Role.CAP, Role.AMOUNT)
    return any(one.quantity is not None and money(one.quantity) is None for one in parts)


def _why_not(clause: Clause) -> str:
    if clause.of(Role.DISCRETIONARY):
        return "一事一议"
    if _is_foreign(clause):
        return "it is not in yuan, or finer than a fen"
    return "the text gives no single sum, share or limit; see it"
