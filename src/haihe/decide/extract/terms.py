"""What a text says of all its schemes: its days, who pays, when it is paid, what holds together."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from haihe.decide.extract.grammar import Clause, Kind, Part, Role
from haihe.decide.extract.known import money, share
from haihe.decide.extract.numbers import parse_number
from haihe.decide.extract.sheet import TITLE_MAX, Sheet, quote
from haihe.decide.scheme.quantity import format_day

PURSE_TITLES: Final = {
    "state": "中央", "province": "省", "city": "市", "district": "区县", "street": "街镇",
}  # fmt: skip
STAGES_MAX: Final = 12  # Ours: more is no plan of payment.
STAGE_TITLES: Final = "第{}次"
PPM: Final = 1_000_000  # Shares are kept in millionths.
# A limit over several awards, and not of one: 以上两项, 本政策各项, 同一企业…合计.
OVERALL: Final = re.compile(
    r"^(?:以上|上述|前述|前款|本[条款章])(?P<count>[一二两三四五六七八九十\d]{1,2})?(?:项|条|款|类)?"
    r"|^本?(?:政策|办法|措施|意见|细则|规定)?(?:的)?(?:各项|各类|所有|全部|多项)"
    r"|^(?:同一|单个|单户|单家|每[家户个]|各)(?:家|个|户)?(?:申报)?(?:企业|单位|主体|机构|法人)[^，；。]{0,10}"
    r"(?:本(?:政策|办法|措施|意见|细则|规定)|各项|各类|多项|全部|所有|累计享受|累计获得|累计申请)"
)
NEAR: Final = re.compile("^(?:以上|上述|前述|前款|本[条款])")
# Only other texts are meant: 与其他政策规定不一致的; and what is meant of this one as well.
OUTWARD: Final = re.compile(
    "已?(?:享受|获得)[^，。；]{0,20}(?:其他|国家|省|市|区|县|上级)[^，。；]{0,12}(?:政策|资金|奖励|补助|补贴)"
    "|与[^，。；]{0,12}(?:其他|国家|省|市|区|县|上级)[^，。；]{0,20}(?:政策|规定|文件|资金|奖励|补助|补贴)"
)
INWARD: Final = re.compile(
    "本(?:政策|办法|措施|意见|细则|规定)?(?:内|中|各|项下|所列)|有重复或|两项|多项|多个|以上条款|不同条款|各条款|各项"
    "|同时(?:符合|满足|享受|适用)"
)
PERSONS: Final = ("人", "个人")


def days_of(clauses: Sequence[Clause]) -> tuple[str, str]:
    """First and last day in force, as they stand in the text; "" for none."""
    found = {Role.FROM: "", Role.TO: ""}
    for clause in clauses:
        for part in clause.parts if clause.kind is Kind.EFFECTIVE else ():
            exact = part.quantity is not None and part.quantity.precision == "day"
            if part.role in found and exact and part.quantity is not None:
                found[part.role] = found[part.role] or format_day(int(part.quantity.value))
    begins, ends = found[Role.FROM], found[Role.TO]
    return (begins, ends if not begins or ends >= begins else "")


def purses_of(clauses: Sequence[Clause]) -> str:
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


def stages_of(clause: Clause, sheet: Sheet) -> str:
    """When which part of an award is paid, if the text says all of it and it adds up; as YAML."""
    parts = clause.of(Role.STAGE)[:STAGES_MAX]
    numbers = [part.quantity.value for part in parts if part.quantity is not None]
    whole = sum(numbers)
    exact = bool(whole) and all((one * PPM) % whole == 0 for one in numbers)
    if len(parts) < 2 or not exact or (parts[0].level is None and whole != 1):
        return ""
    told = []
    for at, (part, number) in enumerate(zip(parts, numbers, strict=True), start=1):
        level = part.level
        title = STAGE_TITLES.format(at) if level is None else sheet.words(level.start, level.end)
        cut = f"{(number / whole * 100).normalize():f}%"
        told.append(f"{{id: stage-{at}, zh: {quote(title)}, share: {cut}}}")
    return f"[{', '.join(told)}]"


def says_when(clause: Clause) -> bool:
    """Whether a clause gives nothing itself, and says when awards are paid."""
    gives = clause.of(Role.AMOUNT, Role.CAP, Role.DISCRETIONARY)
    return clause.kind is Kind.SUPPORT and bool(clause.of(Role.STAGE)) and not gives


def is_overall(clause: Clause, folded: str) -> bool:
    """Whether a clause is a limit of several awards together and no award."""
    other = clause.of(Role.AMOUNT, Role.SHARE, Role.DEMAND, Role.CONDITION, Role.DISCRETIONARY)
    if clause.kind is not Kind.SUPPORT or other or len(clause.of(Role.CAP)) != 1:
        return False
    cap = clause.of(Role.CAP)[0].quantity
    said = OVERALL.search(folded[clause.start : clause.end])
    return said is not None and cap is not None and money(cap) is not None


def stacking(
    sheet: Sheet, clauses: Sequence[Clause], *, awards: Sequence[Clause], articles: Sequence[int]
) -> Iterator[str]:
    """Which awards of a text exclude each other, and which limits they share.

    awards: those that became schemes, in order. articles: where articles begin.
    """
    names = [f"{sheet.prefix}-{number}" for number in range(1, len(awards) + 1)]
    lines = [*_rule(sheet, clauses, names=names)]
    for clause in clauses:
        if is_overall(clause, sheet.document.folded):
            lines += _cap(
                sheet, clause, among=_meant(sheet, clause, awards=awards, articles=articles)
            )
    if lines:
        yield "stacking:  # to be confirmed: whether these schemes are meant"
        yield from lines


def _rule(sheet: Sheet, clauses: Sequence[Clause], *, names: Sequence[str]) -> Iterator[str]:
    """就高不重复 holds for all schemes of a text, unless it speaks of other texts."""
    rules = [one for one in clauses if one.kind is Kind.CONFLICT_RULE]
    meant = [one for one in rules if not _speaks_of_others(sheet.document.folded, one)]
    abouts = {part.about for one in meant[:1] for part in one.of(Role.RULE)}
    if not meant or len(names) < 2 or "stacking_allowed" in abouts:
        return
    words = sheet.words(meant[0].start, meant[0].end)[:TITLE_MAX]
    kind = "highest" if "max_no_stacking" in abouts else "exclusive"
    yield f"  # from [{meant[0].start}, {meant[0].end}]"
    yield f"  - {{id: {sheet.prefix}-once, zh: {quote(words)}, {kind}: [{', '.join(names)}]}}"


def _speaks_of_others(folded: str, rule: Clause) -> bool:
    words = folded[rule.start : rule.end]
    return OUTWARD.search(words) is not None and INWARD.search(words) is None


def _meant(
    sheet: Sheet, clause: Clause, *, awards: Sequence[Clause], articles: Sequence[int]
) -> list[str]:
    """What a limit is over: 以上两项 the two before, 上述 those of its article, else all."""
    folded = sheet.document.folded
    words = folded[clause.start : clause.end]
    numbered = [(f"{sheet.prefix}-{at}", one) for at, one in enumerate(awards, start=1)]
    if NEAR.search(words) is None:
        return [name for name, _ in numbered]
    own = bisect_right(articles, clause.start)
    near = [
        name
        for name, one in numbered
        if one.start < clause.start and bisect_right(articles, one.start) == own
    ]
    said = OVERALL.search(words)
    count = int(parse_number(said["count"])) if said is not None and said["count"] else 0
    return near[-count:] if 0 < count <= len(near) else near


def _cap(sheet: Sheet, clause: Clause, *, among: Sequence[str]) -> Iterator[str]:
    cap: Part = clause.of(Role.CAP)[0]
    if not among or cap.quantity is None:
        return
    per = "person" if cap.about.split("·")[0] in PERSONS else "legal_person"
    words = quote(sheet.words(clause.start, clause.end)[:TITLE_MAX])
    yearly = "年" in cap.about or cap.about == "year"
    doubt = "" if yearly else "; the text names no year, and caps count by the year"
    yield f"  # from [{clause.start}, {clause.end}]{doubt}"
    yield (
        f"  - {{id: {sheet.prefix}-cap-{cap.start}, zh: {words}, cap: {money(cap.quantity)}, "
        f"per: {per}, of: [{', '.join(among)}]}}"
    )
