"""Alarm quality over a time, held against ISA-18.2: load, floods, nuisances, worst sources.

Every figure counts what the steps of the log say; nothing is reckoned from what should have been.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeVar

import msgspec
import numpy as np
from msgspec.structs import replace

from haihe.model.alarm import Severity
from haihe.model.text import Text
from haihe.model.time import DAY, MINUTE, NEVER
from haihe.run.alarms import AlarmBook, Opened, Raised
from haihe.run.load import FLOOD, MANAGEABLE, AlarmLoad, Flood, alarm_load, floods

CHATTER: Final = 3  # ISA-18.2: raised three times or more
CHATTER_WITHIN: Final = 1 * MINUTE  # within a minute.
FLEETING: Final = 1 * MINUTE  # Ours: gone before anyone can read it, let alone do something.
BACK_WITHIN: Final = 10 * MINUTE  # Ours: raised again so soon after it cleared, it is the same.
STALE: Final = 1 * DAY  # ISA-18.2: stands for longer than a day.
STALE_MAX: Final = 5  # ISA-18.2: fewer than five on any day.
FLOOD_SHARE_MAX: Final = 0.01  # ISA-18.2: at most one per cent of the time.
TOP: Final = 10  # ISA-18.2: the ten most frequent sources,
TOP_SHARE_MAX: Final = 0.05  # which should be at most five per cent of the load.
# Fewer alarms than this have no most frequent source worth the name. Ours: two for each of ten.
TOP_LEAST: Final = 20
# ISA-18.2: four in five low, 15 % medium, 5 % high; with four levels, the highest 1 %.
ADVISED: Final[Mapping[Severity, float]] = {
    Severity.MINOR: 0.80,
    Severity.MODERATE: 0.15,
    Severity.SEVERE: 0.04,
    Severity.EXTREME: 0.01,
}
AVERAGE: Final = Text(zh="每十分钟平均报警数", en="alarms in ten minutes on average")
WORST: Final = Text(zh="报警最多的十分钟", en="alarms in the worst ten minutes")
FLOODED: Final = Text(zh="处于报警泛滥的时间占比", en="share of the time in flood")
NUISANCE: Final = Text(zh="抖动与瞬时报警数", en="chattering and fleeting alarms")
STALE_NOW: Final = Text(zh="超过一天未恢复的报警数", en="alarms that stand for over a day")
LOUDEST: Final = Text(zh="最频繁十个来源占比", en="share of the ten loudest sources")
NOBODY: Final = "unknown"  # Who answers for a rule that no pack has any more.


Counted = TypeVar("Counted", Raised, Opened)


class Check(msgspec.Struct, frozen=True):
    """One figure against its target.

    title: what is counted.
    value, target: the value should be at most the target.
    kept: whether it is.
    """

    title: Text
    value: float
    target: float
    kept: bool


class OperatorLoad(msgspec.Struct, frozen=True):
    """What the time asked of one operator.

    operator: whom the rules escalate to.
    alarms: those put before them; cases: those opened.
    floods: when more came than anybody can answer.
    checks: against ISA-18.2.
    """

    operator: str
    alarms: AlarmLoad
    cases: AlarmLoad
    floods: tuple[Flood, ...]
    checks: tuple[Check, ...]


class RuleLoad(msgspec.Struct, frozen=True):
    """A rule's part in the load.

    raised: its alarms; shown: those put before an operator; under: those a case of another rule
        answered for.
    share: of all that was shown, 0 to 1.
    cases, again: cases it opened, and those of them that were the same episode once more.
    merged, confirmed, by_hand: cases that went on in another, that a person verified on site, and
        that a person closed without evidence.
    chattering: alarms that were part of three or more within a minute; fleeting: that were over
        within a minute; repeating: raised again within ten minutes of clearing.
    stale, standing: alarms that stand now for more than a day, and all that stand now.
    median_s: how long its alarms stood, the median of those that are over; 0 if none is.
    """

    rule: str
    raised: int = 0
    shown: int = 0
    under: int = 0
    share: float = 0.0
    cases: int = 0
    again: int = 0
    merged: int = 0
    confirmed: int = 0
    by_hand: int = 0
    chattering: int = 0
    fleeting: int = 0
    repeating: int = 0
    stale: int = 0
    standing: int = 0
    median_s: float = 0.0

    @property
    def is_noisy(self) -> bool:
        """Whether it asks for attention that leads nowhere."""
        return bool(self.chattering or self.fleeting or self.repeating or self.again)


class SourceLoad(msgspec.Struct, frozen=True):
    """One rule at one entity, and its share of all that was shown."""

    rule: str
    entity: str
    alarms: int
    share: float


class SeverityLoad(msgspec.Struct, frozen=True):
    """How many alarms of a severity, their share, and the share ISA-18.2 advises."""

    severity: Severity
    alarms: int
    share: float
    advised: float


class Standing(msgspec.Struct, frozen=True):
    """An alarm that has stood for more than a day."""

    rule: str
    entity: str
    raised_at: int
    case: str


class AlarmReport(msgspec.Struct, frozen=True):
    """Alarm quality over a time.

    from_at, to_at: the time; ns.
    operators: each one's load; rules: the loudest first; sources: the ten most frequent.
    stale: alarms that stand for more than a day, the oldest first.
    """

    from_at: int
    to_at: int
    operators: tuple[OperatorLoad, ...]
    rules: tuple[RuleLoad, ...]
    sources: tuple[SourceLoad, ...]
    severities: tuple[SeverityLoad, ...]
    stale: tuple[Standing, ...]


def alarm_report(
    book: AlarmBook, *, operators: Mapping[str, str], from_at: int, to_at: int
) -> AlarmReport:
    """The report over a time.

    operators: rule to whom it escalates to; a rule that is not in it is nobody's.
    from_at, to_at: ns, ``to_at`` later.
    """
    alarms = [one for one in book.alarms if from_at <= one.raised_at < to_at]
    cases = [one for one in book.cases if from_at <= one.opened_at < to_at]
    shown = [one for one in book.alarms if from_at <= one.shown_at < to_at]
    standing = [one for one in book.standing.values() if one.raised_at < to_at]
    stale = sorted(
        (one for one in standing if to_at - one.raised_at > STALE), key=lambda one: one.raised_at
    )
    rules = {one.rule for one in shown} | {one.rule for one in cases}
    who = {rule: operators.get(rule, NOBODY) for rule in rules}
    span = (from_at, to_at)
    loads = [
        _operator_load(
            name,
            [one for one in shown if who[one.rule] == name],
            cases=[one for one in cases if who[one.rule] == name],
            stale=sum(operators.get(one.rule, NOBODY) == name for one in stale),
            span=span,
        )
        for name in sorted({*who.values(), *operators.values()})
    ]
    return AlarmReport(
        from_at=from_at,
        to_at=to_at,
        operators=tuple(loads),
        rules=_rule_loads(alarms, shown, cases=cases, standing=standing, to_at=to_at),
        sources=_sources(shown),
        severities=_severities(shown),
        stale=tuple(Standing(one.rule, one.entity, one.raised_at, one.case) for one in stale),
    )


def _operator_load(
    name: str,
    shown: Sequence[Raised],
    *,
    cases: Sequence[Opened],
    stale: int,
    span: tuple[int, int],
) -> OperatorLoad:
    from_at, to_at = span
    times = [one.shown_at for one in shown]
    load = alarm_load(times, from_at=from_at, to_at=to_at)
    flooded = floods(times, from_at=from_at, to_at=to_at)
    in_flood = sum(flood.to_at - flood.from_at for flood in flooded) / max(to_at - from_at, 1)
    nuisance = len(_chattering(shown) | _fleeting(shown))
    top = sum(source.share for source in _sources(shown))
    checks = [
        _check(AVERAGE, load.per_period, target=MANAGEABLE),
        _check(WORST, load.worst, target=FLOOD),
        _check(FLOODED, in_flood, target=FLOOD_SHARE_MAX),
        _check(NUISANCE, nuisance, target=0),
        _check(STALE_NOW, stale, target=STALE_MAX - 1),
    ]
    if len(shown) >= TOP_LEAST:
        checks.append(_check(LOUDEST, top, target=TOP_SHARE_MAX))
    opened = alarm_load([one.opened_at for one in cases], from_at=from_at, to_at=to_at)
    return OperatorLoad(name, load, opened, flooded, tuple(checks))


def _check(title: Text, value: float, *, target: float) -> Check:
    return Check(title, round(value, 4), target, value <= target)


def _rule_loads(
    alarms: Sequence[Raised],
    shown: Sequence[Raised],
    *,
    cases: Sequence[Opened],
    standing: Sequence[Raised],
    to_at: int,
) -> tuple[RuleLoad, ...]:
    raised, opened, stands = _by_rule(alarms), _by_rule(cases), _by_rule(standing)
    counted = Counter(one.rule for one in shown)
    loads = [
        _rule_load(
            raised.get(name, []),
            cases=opened.get(name, []),
            counts=RuleLoad(
                rule=name,
                shown=counted[name],
                share=round(counted[name] / len(shown), 4) if shown else 0.0,
                standing=len(stands.get(name, ())),
                stale=sum(to_at - one.raised_at > STALE for one in stands.get(name, ())),
            ),
        )
        for name in {*raised, *opened, *stands, *counted}
    ]
    return tuple(sorted(loads, key=lambda one: (-one.shown, -one.raised, one.rule)))


def _rule_load(own: Sequence[Raised], *, cases: Sequence[Opened], counts: RuleLoad) -> RuleLoad:
    """The rule's counts with what its own alarms and cases come to."""
    lasted = [one.cleared_at - one.raised_at for one in own if one.cleared_at != NEVER]
    return replace(
        counts,
        raised=len(own),
        under=sum(one.is_under for one in own),
        cases=len(cases),
        again=sum(one.again for one in cases),
        merged=sum(one.merged for one in cases),
        confirmed=sum(one.confirmed for one in cases),
        by_hand=sum(bool(one.by) for one in cases),
        chattering=len(_chattering(own)),
        fleeting=len(_fleeting(own)),
        repeating=len(_repeating(own)),
        median_s=float(np.median(lasted)) / 1e9 if lasted else 0.0,
    )


def _by_rule(many: Sequence[Counted]) -> dict[str, list[Counted]]:
    found: dict[str, list[Counted]] = {}
    for one in many:
        found.setdefault(one.rule, []).append(one)
    return found


def _by_source(alarms: Sequence[Raised]) -> list[list[Raised]]:
    """Each source's alarms, in order of time."""
    found: dict[tuple[str, str], list[Raised]] = {}
    for one in alarms:
        found.setdefault((one.rule, one.entity), []).append(one)
    return list(found.values())


def _chattering(alarms: Sequence[Raised]) -> set[int]:
    """Those that are part of ``CHATTER`` of one source within ``CHATTER_WITHIN``, by identity."""
    found: set[int] = set()
    for own in _by_source(alarms):
        for first in range(len(own) - CHATTER + 1):
            some = own[first : first + CHATTER]
            if some[-1].raised_at - some[0].raised_at <= CHATTER_WITHIN:
                found |= {id(one) for one in some}
    return found


def _fleeting(alarms: Sequence[Raised]) -> set[int]:
    return {id(one) for one in alarms if one.cleared_at - one.raised_at <= FLEETING}


def _repeating(alarms: Sequence[Raised]) -> set[int]:
    """Those raised again within ``BACK_WITHIN`` of the same source's last one clearing."""
    return {
        id(later)
        for own in _by_source(alarms)
        for one, later in pairwise(own)
        if 0 <= later.raised_at - one.cleared_at <= BACK_WITHIN
    }


def _sources(shown: Sequence[Raised]) -> tuple[SourceLoad, ...]:
    counted = Counter((one.rule, one.entity) for one in shown)
    loudest = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return tuple(
        SourceLoad(rule, entity, count, round(count / len(shown), 4))
        for (rule, entity), count in loudest
    )


def _severities(shown: Sequence[Raised]) -> tuple[SeverityLoad, ...]:
    counted = Counter(one.severity for one in shown)
    return tuple(
        SeverityLoad(
            severity,
            counted[severity],
            round(counted[severity] / len(shown), 4) if shown else 0.0,
            ADVISED[severity],
        )
        for severity in Severity
    )
