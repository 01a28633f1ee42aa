"""Steps of one ladder: 超过5000万元的，奖励50万元；超过1亿元的，奖励100万元 is one award.

Read as two they would both be paid.
"""

import re
from dataclasses import replace
from typing import Final

from haihe.decide.extract.grammar import Clause, Kind, Op, Part, Role

JOINTS: Final = " ，；"
REACHED: Final = frozenset({Op.GE, Op.GT})
# 再奖励50万元: on top of the step before, so it is an award of its own.
ON_TOP: Final = re.compile("再|另|额外|追加|叠加|增加奖励|增加补助")
# What may stand before a step without naming another case: 首次达到.
LEAD: Final = re.compile("(?:首次|当年|累计|年|则)*(?:达到?|超过|突破|满|不低于|不少于|在|为)?")
# 贴息总额, 累计: all that one award comes to; 其他项目: the rest of what was told apart.
TOTAL: Final = re.compile(
    "(?:补贴|补助|奖励|贴息|奖补|资助|支持)(?:资金)?(?:总额|总金额)|累计|合计|共计"
)
REST: Final = re.compile("其[他余][^，。；最不]{0,12}(?=最高|不超过)")
SEVERAL: Final = re.compile("(?:以上|上述|前述|本|各项|同一|所有|全部)")
SAID: Final = frozenset({Role.DEMAND, Role.AMOUNT, Role.PER})


def joined(last: Clause, told: Clause, *, folded: str) -> Clause | None:
    """Two awards as one with a level more; None if the second is no step above the first."""
    step = _step(told)
    if last.kind is not Kind.SUPPORT or step is None or folded[last.end : told.start].strip(JOINTS):
        return None
    lead = folded[told.start : step.start]
    if LEAD.fullmatch(lead) is None and lead not in folded[last.start : last.end]:
        return None  # 对引进老店满二年的: another case.
    sums = last.of(Role.AMOUNT)
    reached = [one for one in last.of(Role.DEMAND) if _is_below(one, step)]
    plain = bool(sums) and not last.of(Role.SHARE, Role.CAP, Role.STAGE) and not last.any
    if not plain or not reached or "\n" in folded[last.end : told.start]:
        return None
    if ON_TOP.search(folded[told.start : told.end]) or not _rises(sums, reached[-1], step=step):
        return None
    if len(sums) == 1:
        below = _level(reached[-1])
        first = tuple(replace(one, level=below) if one in sums else one for one in last.parts)
    else:
        first = last.parts
    award = replace(told.of(Role.AMOUNT)[0], level=_level(step))
    return replace(last, end=told.end, parts=(*first, award))


def bounded(last: Clause, told: Clause, *, folded: str) -> Clause | None:
    """An award with the limit of the sentence behind it; None if that says more, or of others.

    其中，A最高5000万元，B最高3000万元; 每部作品补助总额不超过150万元: what is given stands before.
    """
    text = folded[told.start : told.end]
    only = {one.role for one in told.parts} <= {Role.CAP, Role.CAP_SCOPE, Role.YEARS}
    between = folded[last.end : told.start]
    if told.kind is not last.kind or last.kind is not Kind.SUPPORT or not only:
        return None
    if between.strip(" ，；。") or not told.of(Role.CAP) or SEVERAL.match(text):
        return None
    given, limits = last.of(Role.AMOUNT, Role.SHARE), last.of(Role.CAP)
    rest = REST.match(text)
    among = text.startswith("其中") or rest is not None
    levelled = all(one.level is not None for one in limits)
    if not given or (limits and not (rest and levelled)) or not (among or TOTAL.search(text)):
        return None
    parts = told.parts
    if rest is not None and len(parts) == 1:
        level = Part(Role.LEVEL, told.start, told.start + rest.end())
        parts = (replace(parts[0], level=level),)
    return replace(last, end=told.end, parts=(*last.parts, *parts))


def gone_on(last: Clause, told: Clause, *, folded: str) -> Clause | None:
    """到2027年，产值达到100亿元；企业达到200家: one target with its day; None for another one."""
    alike = last.kind is told.kind is Kind.TARGET and last.of(Role.TO) and not told.of(Role.TO)
    if not alike or folded[last.end : told.start].strip() != "；":
        return None
    return replace(last, end=told.end, parts=(*last.parts, *told.parts))


def _step(told: Clause) -> Part | None:
    """What must be reached for an award that says nothing else."""
    demands = told.of(Role.DEMAND)
    bare = told.kind is Kind.SUPPORT and {one.role for one in told.parts} <= SAID
    single = len(demands) == 1 and len(told.of(Role.AMOUNT)) == 1
    return demands[0] if bare and single and demands[0].op in REACHED else None


def _is_below(one: Part, step: Part) -> bool:
    """Whether the same is asked, and less of it."""
    if one.quantity is None or step.quantity is None or one.op is not step.op:
        return False
    alike = (one.quantity.unit == step.quantity.unit and one.about in (step.about, "")) or (
        one.quantity.unit == step.quantity.unit and not step.about
    )
    return alike and one.quantity.value < step.quantity.value


def _rises(sums: tuple[Part, ...], reached: Part, *, step: Part) -> bool:
    """Whether the sums before are one, or steps that end below this one."""
    level = sums[-1].level
    if len(sums) == 1:
        return level is None
    if level is None or level.quantity is None or step.quantity is None:
        return False
    return reached.quantity is not None and level.quantity.value < step.quantity.value


def _level(step: Part) -> Part:
    return replace(step, role=Role.LEVEL, about="", level=None)
