"""Why a rule did not fire at an entity in a time: from the log, by running its detector once more.

Nothing is guessed: what the rule ran on, what came in, what was set aside, what stood already, and
how near it came, all stand in the log.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np

from haihe.errors import PackInvalid
from haihe.log.sqlite import SqliteLog
from haihe.model.line import AlarmRaised
from haihe.model.record import Batch
from haihe.model.text import Text
from haihe.model.time import BEIJING, MINUTE, SECOND, format_instant
from haihe.pack.contract import Pack
from haihe.run.engine import Item
from haihe.run.house import QUARANTINE
from haihe.run.nearest import Nearest, nearest
from haihe.run.records import items_between
from haihe.run.rerun import Heard, Rerun, RulePast, past_of, rerun
from haihe.run.rule import FIRST_VERSION, Rule, in_words, rules_of, tuned
from haihe.state.history import History

AROUND: Final = 30 * MINUTE  # Ours: how far to either side of an instant one is asked about.
REASONS_MAX: Final = 5  # Ours: of what was set aside; the quarantine has the rest.


class Verdict(StrEnum):
    """What it was, in one word."""

    FIRED = "fired"  # It did.
    SHELVED = "shelved"  # It did, on a shelf.
    UNDER = "under"  # It did, and a case of another rule answered for it.
    STANDING = "standing"  # It stood already.
    STOPPED = "stopped"  # The rule did not run.
    NOT_YET = "not-in-force"  # The rule as it is today would have; it was not in force so.
    UNHEARD = "unheard"  # The entity never spoke in the stream.
    SILENT = "silent"  # No record came in that time.
    MISSING = "missing"  # Records came without the value, or their values were set aside.
    TOO_SHORT = "too-short"  # It was beyond the limit, but not for long enough.
    CALM = "calm"  # It was not beyond the limit.


class WhyNot(msgspec.Struct, frozen=True):
    """Why a rule did or did not fire.

    verdict, why: in one word, and in a sentence.
    from_at, to_at: the time asked about; ns of the log.
    version, settings: what the rule ran on at its end; detect: all of the detector's settings.
    records, missing: how many records came, and how many of them lacked a value that is watched.
    late: how many of the entity's records ever came after a newer one, and were passed over.
    set_aside: how many records or values of it were quarantined in that time; reasons: the first.
    newest_at: when its newest record before the end was observed; ns; 0 if it never spoke.
    nearest: how near it came; null where the detector has no one limit.
    cases: the cases its alarms of that time are in.
    memory: what the detector remembered at the end.
    """

    rule: str
    entity: str
    verdict: Verdict
    why: Text
    from_at: int
    to_at: int
    version: str
    settings: dict[str, str]
    detect: str
    records: int
    missing: int
    late: int
    set_aside: int
    reasons: tuple[str, ...]
    newest_at: int
    nearest: Nearest | None
    cases: tuple[str, ...]
    memory: dict[str, str]


class Question(msgspec.Struct, frozen=True):
    """What is asked.

    rule: its name.
    from_at, to_at: the time; ns of the log, ``to_at`` later.
    """

    rule: str
    entity: str
    from_at: int
    to_at: int


def why_not(
    log: SqliteLog, packs: Iterable[Pack], *, question: Question, history: History | None = None
) -> WhyNot:
    """The answer, from the log.

    history: needed where records were sealed.
    Raises PackInvalid if there is no such rule; ValueError if the time is none.
    """
    if question.from_at >= question.to_at:
        raise ValueError(f"'from' ({question.from_at}) must lie before 'to' ({question.to_at}).")
    rules = rules_of(tuple(packs))
    rule = rules.get(question.rule)
    if rule is None:
        raise PackInvalid(
            f"there is no rule '{question.rule}'; there are {', '.join(sorted(rules))}."
        )
    stream = rule.playbook.stream.name
    together = frozenset(
        name for name, other in rules.items()
        if other.pack == rule.pack and other.playbook.stream.name == stream
    )  # fmt: skip
    past = past_of(log, rule, entity=question.entity, together=together)
    slot = log.directory.slot(stream, question.entity)
    items: Iterable[Item] = ()
    if slot >= 0:
        items = items_between(log, stream, to_at=question.to_at, history=history)
    again = rerun(items, past, rule=rule, slot=slot, to_at=question.to_at)
    turn = past.turn_at(question.to_at)
    ran = dataclasses.replace(
        tuned(rule, turn.settings if turn is not None else {}),
        version=turn.version if turn is not None else FIRST_VERSION,
    )
    reached = _reaching_back(again.heard, question)
    found = _Found(
        question,
        past,
        again,
        again.heard.between(question.from_at, question.to_at),
        [step for step in past.raised if question.from_at <= step.at < question.to_at],
        _standing(past, question.from_at),
        nearest(ran.playbook.detect, reached, until=question.to_at),
        _set_aside(log, question, stream=stream, history=history),
    )
    return _answer(found, ran)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the log and the rerun gave for the time asked about.

    heard: the records of that time.
    raised: alarms of that time; stood: the one that stood at its beginning; None if none did.
    reasons: of what was set aside.
    """

    question: Question
    past: RulePast
    again: Rerun
    heard: Heard
    raised: list[AlarmRaised]
    stood: AlarmRaised | None
    near: Nearest | None
    reasons: tuple[str, ...]


def _answer(found: _Found, rule: Rule) -> WhyNot:
    """All of it, with a verdict.

    rule: as it ran at the end.
    """
    verdict, why = _verdict(found)
    alarms = [*([found.stood] if found.stood is not None else []), *found.raised]
    return WhyNot(
        rule=rule.name,
        entity=found.question.entity,
        verdict=verdict,
        why=why,
        from_at=found.question.from_at,
        to_at=found.question.to_at,
        version=rule.version,
        settings=dict(rule.settings),
        detect=in_words(rule.playbook.detect),
        records=len(found.heard.observed_at),
        missing=_missing(found.heard),
        late=found.again.late,
        set_aside=len(found.reasons),
        reasons=tuple(dict.fromkeys(found.reasons))[:REASONS_MAX],
        newest_at=int(found.again.heard.observed_at.max(initial=0)),
        nearest=found.near,
        cases=tuple(dict.fromkeys(step.case for step in alarms if step.case)),
        memory=dict(found.again.memory),
    )


def _verdict(found: _Found) -> tuple[Verdict, Text]:
    """What it was: first what the log says of alarms, then of the rule, then of the records."""
    if found.raised:
        return _fired(found.raised[0])
    if found.stood is not None:
        at, case = _shown(found.stood.at), found.stood.case
        return Verdict.STANDING, Text(
            zh=f"{at} 已报警且未恢复，不会再次报警；见案卷 {case or '（搁置中）'}",
            en=f"it had been raised at {at} and stood, so it could not be raised again; "
            f"see case {case or '(it was shelved)'}",
        )
    turn = found.past.turn_at(found.question.to_at)
    if turn is not None and turn.failed:
        return Verdict.STOPPED, Text(
            zh=f"规则自 {_shown(turn.at)} 起停止运行：{turn.failed}",
            en=f"the rule has been stopped since {_shown(turn.at)}: {turn.failed}",
        )
    question = found.question
    would = [
        finding.at
        for finding in found.again.findings
        if finding.raised and question.from_at <= finding.at < question.to_at
    ]
    if would:
        at = _shown(would[0])
        return Verdict.NOT_YET, Text(
            zh=f"现行规则会在 {at} 报警，但日志中没有：当时此规则未按现行版本运行",
            en=f"the rule as it is now would have been raised at {at}, but the log has no such "
            "alarm: it did not run like this then",
        )
    return _unseen(found) or _near(found.near)


def _fired(step: AlarmRaised) -> tuple[Verdict, Text]:
    at, alarm = _shown(step.at), step.alarm
    told = f"{alarm.field} {alarm.value:g}".strip()
    if step.because:
        return Verdict.UNDER, Text(
            zh=f"{at} 已报警（{told}，限值 {alarm.limit:g}），"
            f"归入案卷 {step.case}（{step.because}）",
            en=f"it was raised at {at} ({told}, limit {alarm.limit:g}); "
            f"case {step.case} answers for it ({step.because})",
        )
    if not step.case:
        return Verdict.SHELVED, Text(
            zh=f"{at} 已报警（{told}，限值 {alarm.limit:g}），但该规则已搁置，未立案",
            en=f"it was raised at {at} ({told}, limit {alarm.limit:g}), but it was shelved",
        )
    return Verdict.FIRED, Text(
        zh=f"{at} 已报警（{told}，限值 {alarm.limit:g}），见案卷 {step.case}",
        en=f"it did: raised at {at} ({told}, limit {alarm.limit:g}), case {step.case}",
    )


def _unseen(found: _Found) -> tuple[Verdict, Text] | None:
    """What kept the detector from seeing anything; None if it saw."""
    count, aside = len(found.heard.observed_at), len(found.reasons)
    zh = f"；另有 {aside} 条（项）被隔离：{found.reasons[0]}" if aside else ""
    en = f"; {aside} were set aside: {found.reasons[0]}" if aside else ""
    if not len(found.again.heard.observed_at):
        return Verdict.UNHEARD, Text(
            zh=f"此前该对象从未上报{zh}",
            en=f"it had never reported before the end of that time{en}",
        )
    if not found.heard.numbers:
        return None  # It watches the records' times alone.
    if not count:
        last = _shown(int(found.again.heard.observed_at.max()))
        return Verdict.SILENT, Text(
            zh=f"该时段没有记录，最后一条观测于 {last}{zh}",
            en=f"no record came in that time; the newest before was observed at {last}{en}",
        )
    if _missing(found.heard) == count:
        names = ", ".join(found.heard.numbers)
        return Verdict.MISSING, Text(
            zh=f"{count} 条记录都缺少 {names}{zh}", en=f"all {count} records lacked {names}{en}"
        )
    return None


def _near(near: Nearest | None) -> tuple[Verdict, Text]:
    if near is None:
        return Verdict.CALM, Text(
            zh="检测器按全部记录重新运行，没有发现",
            en="the detector, run once more on all records, found nothing",
        )
    verdict = Verdict.TOO_SHORT if near.is_beyond else Verdict.CALM
    return verdict, near.words


def _standing(past: RulePast, at: int) -> AlarmRaised | None:
    """The alarm that stood at an instant: raised before it, and not cleared or forgotten since."""
    before = [step for step in past.raised if step.at < at]
    if not before:
        return None
    ends = [step.at for step in past.cleared] + [turn.at for turn in past.turns]
    is_over = any(before[-1].at <= end <= at for end in ends)
    return None if is_over else before[-1]


def _reaching_back(heard: Heard, question: Question) -> Heard:
    """The records of the time, and the one before them: a silence may begin there."""
    before = heard.received_at[heard.received_at < question.from_at]
    begin = int(before[-1]) if len(before) else question.from_at
    return heard.between(begin, question.to_at)


def _missing(heard: Heard) -> int:
    """How many records lack one of the watched values."""
    if not heard.numbers:
        return 0
    lacking = np.any([np.isnan(column) for column in heard.numbers.values()], axis=0)
    return int(np.count_nonzero(lacking))


def _set_aside(
    log: SqliteLog, question: Question, *, stream: str, history: History | None
) -> tuple[str, ...]:
    """Why records or values of the entity in a stream were quarantined in that time."""
    slot = log.directory.slot(QUARANTINE.name, question.entity)
    if slot < 0:
        return ()
    found: list[str] = []
    items = items_between(
        log, QUARANTINE.name, from_at=question.from_at, to_at=question.to_at, history=history
    )
    for item in items:
        if isinstance(item, Batch):
            for row in item.rows_of(slot).tolist():
                inside = question.from_at <= int(item.received_at[row]) < question.to_at
                if inside and item.texts["stream"][row] == stream:
                    found.append(f"{item.texts['reason'][row]}: {item.texts['message'][row]}")
    return tuple(found)


def _shown(at: int) -> str:
    return format_instant(at - at % SECOND, zone=BEIJING)
