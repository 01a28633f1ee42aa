"""Clauses as plain fields: names and numbers as a table or another program takes them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from haihe.decide.extract.blanks import without_blanks
from haihe.decide.extract.document import Document
from haihe.decide.extract.grammar import Clause, Kind, Op, Part, Role
from haihe.decide.extract.lexer import Quantity
from haihe.decide.scheme.quantity import format_day

Field: TypeAlias = (
    "str | int | float | bool | Sequence[Field] | Mapping[str, Field] | None"  # As JSON has it.
)
YUAN: Final = "元"


def fields(document: Document, clause: Clause) -> dict[str, Field]:
    """What a clause says, by name; money in yuan, shares as parts of one, days as 2026-01-31."""
    told: dict[str, Field] = {"kind": clause.kind.value}
    if clause.kind in (Kind.SUPPORT, Kind.BUDGET, Kind.CONFLICT_RULE):
        told.update(_support(document, clause))
    elif clause.kind is Kind.EFFECTIVE or clause.kind is Kind.DEADLINE:
        told.update(_dates(clause))
    elif clause.kind is Kind.OWNER:
        told["depts"] = [_words(document, one) for one in clause.of(Role.DEPARTMENT)]
    elif clause.kind is Kind.FUNDING_SPLIT:
        told.update({one.about: plain(one.quantity) for one in clause.of(Role.PURSE)})
    elif clause.kind in (Kind.TARGET, Kind.ACHIEVED):
        told.update(_dates(clause))
        told["goals"] = [_goal(one) for one in clause.of(Role.DEMAND)]
    else:
        told.update(_rule(document, clause))
    return told


def plain(quantity: Quantity | None) -> int | float | str | None:
    """A number as JSON has it: whole where it is whole; a day as its date."""
    if quantity is None:
        return None
    if quantity.precision == "yearly":
        return f"--{int(quantity.value) // 100:02d}-{int(quantity.value) % 100:02d}"
    if quantity.precision:
        return format_day(int(quantity.value))[
            : {"year": 4, "month": 7, "day": 10}[quantity.precision]
        ]
    return _number(quantity.value)


def _number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _share(quantity: Quantity | None) -> float | None:
    return None if quantity is None else float(quantity.value)


def _words(document: Document, part: Part) -> str:
    return without_blanks(document.text[part.start : part.end])


def _support(document: Document, clause: Clause) -> dict[str, Field]:
    told: dict[str, Field] = {}
    for role in (Role.BENEFICIARY, Role.AFTER, Role.BASE, Role.CAP_SCOPE):
        for one in clause.of(role)[:1]:
            words = _words(document, one)
            told[role.value] = words.removesuffix("后") if role is Role.AFTER else words
    for one in clause.of(Role.RULE):
        told["rule"] = one.about
    demands = _groups(document, clause, projects=True)
    worded = [_words(document, one) for one in clause.of(Role.CONDITION)]
    if demands or worded:
        told["condition"] = _in_order(clause, worded, demands=demands)
    if len(demands) > 1:
        told["logic"] = "any"
    shares = clause.of(Role.SHARE)
    if len(shares) > 1:
        told["shares"] = [_share(one.quantity) for one in shares]
    for one in shares[:1]:
        told["share"] = _share(one.quantity)
        told.update(_to("share", one))
        if one.op is not Op.EQ:
            told["share_op"] = one.op.value
    told.update(_money(document, clause))
    told.update(_how(clause))
    told.update(_levels(document, clause))
    return told


def _in_order(clause: Clause, worded: Sequence[Field], *, demands: Sequence[Field]) -> list[Field]:
    """Conditions in words and with numbers, as the text has them one after the other."""
    starts: dict[int, int] = {}
    for one in clause.of(Role.DEMAND):
        starts.setdefault(one.group, one.start)
    spots = [*(one.start for one in clause.of(Role.CONDITION)), *starts.values()]
    both = zip(spots, (*worded, *demands), strict=True)
    return [one for _, one in sorted(both, key=lambda pair: pair[0])]


def _how(clause: Clause) -> dict[str, Field]:
    """For how long, how often, in stages, case by case."""
    told: dict[str, Field] = {}
    limits = {f"{one.about}_{one.op.value}": plain(one.quantity) for one in clause.of(Role.LIMIT)}
    if limits:
        told["limits"] = limits
    for one in clause.of(Role.YEARS)[:1]:
        months = one.quantity is not None and one.quantity.unit == "月"
        told["months" if months else "years"] = plain(one.quantity)
    for one in clause.of(Role.PER):
        told["per"] = one.about
    if clause.of(Role.STAGED, Role.STAGE):
        told["note"] = "staged"
    shares = [one for one in clause.of(Role.STAGE) if one.level is None]
    if shares:
        told["stages"] = [_share(one.quantity) for one in shares]
    if clause.of(Role.DISCRETIONARY):
        told["discretionary"] = True
    return told


def _money(document: Document, clause: Clause) -> dict[str, Field]:
    """One limit, or several each for its own; one sum, or several."""
    told: dict[str, Field] = {}
    caps, sums = clause.of(Role.CAP), clause.of(Role.AMOUNT)
    if len(caps) == 1:
        told["cap"] = plain(caps[0].quantity)
        told.update(_to("cap", caps[0]))
        if caps[0].about:
            # A total is of the limit, never what an award is for each of.
            whole = caps[0].about.endswith("累计")
            told["cap_per" if sums or whole else "per"] = _per(caps[0])
    elif caps:
        told.update(_caps(document, caps, beside_sums=bool(sums)))
    if len(sums) == 1:
        told["amount"] = plain(sums[0].quantity)
        told.update(_to("amount", sums[0]))
        if sums[0].op is not Op.EQ:
            told["amount_op"] = sums[0].op.value
        if sums[0].about:
            told["per"] = _per(sums[0])
    paid = [one for one in clause.of(Role.STAGE) if one.level is not None]
    if paid and len(sums) == 1:
        told["amounts"] = [plain(one.quantity) for one in paid]
    elif len(sums) > 1:
        told["amounts"] = [plain(one.quantity) for one in sums]
        if len({one.about for one in sums}) == 1 and sums[0].about:
            told["per"] = _per(sums[0])
    money = [*caps, *sums]
    foreign = {one.quantity.unit for one in money if one.quantity} - {YUAN, ""}
    if foreign:
        told["currency"] = sorted(foreign)
    return told


def _caps(document: Document, caps: Sequence[Part], *, beside_sums: bool) -> dict[str, Field]:
    """Several limits, each with what it is for each of; said once where it is the same of all."""
    whose = {one.about for one in caps}
    alike = len(whose) == 1 and all(one.level is not None for one in caps)
    told: dict[str, Field] = {
        "caps": [
            {
                **({"per": one.about} if one.about and not alike else {}),
                **({"level": _words(document, one.level)} if one.level is not None else {}),
                "cap": plain(one.quantity),
            }
            for one in caps
        ]
    }
    if alike and caps[0].about:
        told["cap_per" if beside_sums else "per"] = caps[0].about
    return told


def _levels(document: Document, clause: Clause) -> dict[str, Field]:
    """Of several sums or shares, what each is for."""
    names = {Role.AMOUNT: "amount", Role.STAGE: "amount", Role.CAP: "cap", Role.SHARE: "share"}
    told: list[Field] = [
        {"of": _words(document, one.level), names[one.role]: plain(one.quantity)}
        for one in clause.of(*names)
        if one.level is not None
    ]
    return {"levels": told} if told else {}


def _per(part: Part) -> str:
    """For each of what a sum is; a month alone is called as a year is."""
    return "month" if part.about == "月" else part.about


def _to(name: str, part: Part) -> dict[str, Field]:
    """The upper end where the text gives a range."""
    if part.quantity is None or part.quantity.high is None:
        return {}
    return {f"{name}_to": _number(part.quantity.high)}


def _groups(document: Document, clause: Clause, *, projects: bool = False) -> list[Field]:
    """One mapping for each alternative: measure_op to number."""
    groups: dict[int, dict[str, Field]] = {}
    several = len({one.group for one in clause.of(Role.DEMAND)}) > 1
    for one in clause.of(Role.DEMAND):
        group = groups.setdefault(one.group, {})
        if projects and several:
            name = _project(document, clause, part=one)
            if name:
                group["project"] = name
        group.update(_bounds(one))
    if several:
        for group in groups.values():
            _more_than_none(group)
    return list(groups.values())


def _bounds(part: Part) -> dict[str, Field]:
    """measure_op to number; both ends of a range."""
    name = part.about or "number"
    if part.about == "area" and part.quantity is not None and part.quantity.unit == "亩":
        name = "area_mu"
    if part.quantity is None or part.quantity.high is None:
        return {f"{name}_{part.op.value}": plain(part.quantity)}
    low = part.op if part.op in (Op.GE, Op.GT) else Op.GE
    high = Op.LT if part.quantity.below else Op.LE
    return {
        f"{name}_{low.value}": plain(part.quantity),
        f"{name}_{high.value}": _number(part.quantity.high),
    }


def _more_than_none(group: dict[str, Field]) -> None:
    """Beside others, an alternative of only 不满1万人 is not met by who has none of it."""
    ends = [name.rpartition("_") for name in group if name != "project"]
    if ends and all(op in (Op.LT, Op.LE) for _, _, op in ends):
        group[f"{ends[0][0]}_gt"] = 0


def _project(document: Document, clause: Clause, *, part: Part) -> str:
    """What kind of project an alternative is about: the words behind its last 的."""
    end = clause.end
    for sign in "，,":
        at = document.text.find(sign, part.end, clause.end)
        end = at if 0 <= at < end else end
    text = document.text[part.end : end]
    name = text[text.rfind("的") + 1 :]
    return name if name.endswith("项目") else ""


def _dates(clause: Clause) -> dict[str, Field]:
    told: dict[str, Field] = {}
    by = "by" if clause.kind in (Kind.TARGET, Kind.DEADLINE) else "to"
    by = "as_of" if clause.kind is Kind.ACHIEVED else by
    for one in clause.of(Role.FROM):
        told["from"] = plain(one.quantity)
    for one in clause.of(Role.TO):
        told[by] = plain(one.quantity)
    for one in clause.of(Role.YEARS):
        if one.quantity is not None and one.quantity.unit == "年":
            told["years"] = plain(one.quantity)
    for one in clause.of(Role.WITHIN):
        told.setdefault("within", plain(one.quantity))
        told.setdefault("unit", one.quantity.unit if one.quantity else "")
    return told


def _goal(part: Part) -> dict[str, Field]:
    assert part.quantity is not None
    return {
        "measure": part.about,
        "op": part.op.value,
        "value": plain(part.quantity),
        "unit": part.quantity.unit,
    }


def _rule(document: Document, clause: Clause) -> dict[str, Field]:
    told: dict[str, Field] = {}
    for role in (Role.ACTOR, Role.OUTCOME):
        for one in clause.of(role)[:1]:
            told[role.value] = _words(document, one)
    groups = _groups(document, clause)
    worded: list[Field] = [_words(document, one) for one in clause.of(Role.CONDITION)]
    if groups or worded:
        either = len(groups) > 1 or (clause.any and len(groups) + len(worded) > 1)
        told["any" if either else "all"] = [*groups, *worded]
    return told
