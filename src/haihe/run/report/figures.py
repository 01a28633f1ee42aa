"""The figures of a shift or a day: what the log says of it, as it stood at the end of the span."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from haihe.detect.absence import Silence
from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import Severity
from haihe.model.decision import Settled
from haihe.model.line import Action, RuleChanged, RuleFailed, Verb, decode_lines
from haihe.model.record import Batch
from haihe.model.text import Text
from haihe.model.time import DAY, HOUR
from haihe.run.alarm_report import OperatorLoad, RuleLoad, alarm_report
from haihe.run.alarms import AlarmBook
from haihe.run.house import QUARANTINE
from haihe.run.records import items_between
from haihe.run.report.standing import CaseThen, OrderThen, cases_of
from haihe.run.rule import Rule
from haihe.run.span import Span
from haihe.state.history import History

SPAN_MAX: Final = 31 * DAY  # Ours: a month is one document; more is for the alarm report.
LISTED_MAX: Final = 200  # Ours: of each list; the counts beside it hold all.
SOON: Final = 8 * HOUR  # Ours: what falls due in the next shift is to be watched.
NOISY_SHOWN: Final = 5  # Ours: as many as can be done something about in a shift.


class CaseFigure(msgspec.Struct, frozen=True):
    """One case at the end of the span.

    owner: who had it in hand; by: who closed it by hand.
    missed: deadlines that passed in the span.
    closed_at: ns; 0 while it was open.
    """

    id: str
    rule: str
    entity: str
    severity: Severity
    state: str
    opened_at: int
    due_at: int
    closed_at: int
    owner: str
    by: str
    again: str
    missed: int
    is_overdue: bool


class OrderFigure(msgspec.Struct, frozen=True):
    """One order that was under way at the end of the span, for people to do."""

    id: str
    title: Text
    entity: str
    assignee: str
    handler: str
    state: str
    due_at: int
    is_overdue: bool


class Counts(msgspec.Struct, frozen=True):
    """How many.

    opened, closed: cases in the span; by_hand: of those closed, without evidence; open, overdue:
        at its end.
    dispatched, settled: orders in the span; under_way, late: orders for people at its end.
    missed: deadlines that passed in the span.
    set_aside: records and values that were quarantined in it.
    severities: how many cases were opened at each level.
    """

    opened: int
    closed: int
    by_hand: int
    open: int
    overdue: int
    dispatched: int
    settled: int
    under_way: int
    late: int
    missed: int
    set_aside: int
    severities: dict[str, int]


class SilentSource(msgspec.Struct, frozen=True):
    """A source that did not speak at the end of the span; raised_at: since when that is known."""

    rule: str
    entity: str
    raised_at: int


class AsideFigure(msgspec.Struct, frozen=True):
    """What was quarantined of a source, and why; how often in the span."""

    stream: str
    entity: str
    reason: str
    count: int


class RuleNote(msgspec.Struct, frozen=True):
    """A rule that was changed, stopped or shelved.

    what: "changed", "failed", "shelved" or "unshelved".
    subject: the rule, or the rule and the entity.
    until: for a shelf; ns, 0 for none.
    """

    at: int
    subject: str
    what: str
    by: str
    detail: str
    until: int = 0


class Watch(msgspec.Struct, frozen=True):
    """Something whoever comes next should look after."""

    subject: str
    what: Text


class Figures(msgspec.Struct, frozen=True):
    """All figures of a span.

    span: which.
    next_offset: how far the log went when they were made; what came later is not in them.
    is_all: whether every case of the span is in them.
    """

    span: Span
    next_offset: int
    is_all: bool
    counts: Counts
    opened: tuple[CaseFigure, ...]
    closed: tuple[CaseFigure, ...]
    open: tuple[CaseFigure, ...]
    orders: tuple[OrderFigure, ...]
    loads: tuple[OperatorLoad, ...]
    noisiest: tuple[RuleLoad, ...]
    silent: tuple[SilentSource, ...]
    set_aside: tuple[AsideFigure, ...]
    rules: tuple[RuleNote, ...]
    shelved: tuple[RuleNote, ...]
    watch: tuple[Watch, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from.

    rules: as they run now, by name.
    book: of the alarms of the whole log.
    """

    log: SqliteLog
    rules: Mapping[str, Rule]
    book: AlarmBook
    history: History | None = None


def figures_of(source: Source, span: Span) -> Figures:
    """The figures of a span.

    Raises ValueError if it is none, or too long.
    """
    if not 0 < span.to_at - span.from_at <= SPAN_MAX:
        raise ValueError(
            f"'from' ({span.from_at}) must lie before 'to' ({span.to_at}), by "
            f"{SPAN_MAX // DAY} days at most."
        )
    next_offset = source.log.next_offset
    cases, is_all = cases_of(source.log, span.from_at, to_at=span.to_at)
    operators = {name: rule.playbook.escalate_to for name, rule in source.rules.items()}
    report = alarm_report(source.book, operators=operators, from_at=span.from_at, to_at=span.to_at)
    aside = _set_aside(source, span)
    orders = _under_way(cases, span)
    shelved, changed = _rule_notes(source, span)
    silent = _silent(source, span)
    listed = [_figure(case, span) for case in cases]
    still = sorted(
        (one for one in listed if not one.closed_at), key=lambda one: (-one.severity, one.due_at)
    )
    return Figures(
        span=span,
        next_offset=next_offset,
        is_all=is_all,
        counts=_counts(cases, span, orders=orders, set_aside=sum(one.count for one in aside)),
        opened=tuple(one for one in listed if one.opened_at >= span.from_at)[:LISTED_MAX],
        closed=tuple(one for one in listed if one.closed_at >= span.from_at)[:LISTED_MAX],
        open=tuple(still[:LISTED_MAX]),
        orders=orders[:LISTED_MAX],
        loads=report.operators,
        noisiest=report.rules[:NOISY_SHOWN],
        silent=silent[:LISTED_MAX],
        set_aside=aside[:LISTED_MAX],
        rules=changed,
        shelved=shelved,
        watch=_watch(still, shelved, silent=silent, span=span),
    )


def _counts(
    cases: Sequence[CaseThen], span: Span, *, orders: Sequence[OrderFigure], set_aside: int
) -> Counts:
    opened = [case for case in cases if case.opened_at >= span.from_at]
    closed = [case for case in cases if case.closed_at]
    still = [case for case in cases if not case.closed_at]
    given = [order for case in cases for order in case.orders.values()]
    levels = Counter(case.severity for case in opened)
    return Counts(
        opened=len(opened),
        closed=len(closed),
        by_hand=sum(bool(case.by) for case in closed),
        open=len(still),
        overdue=sum(case.due_at < span.to_at for case in still),
        dispatched=sum(order.dispatched_at >= span.from_at for order in given),
        settled=sum(order.settled_at >= span.from_at for order in given),
        under_way=len(orders),
        late=sum(order.is_overdue for order in orders),
        missed=sum(at >= span.from_at for case in cases for at in case.missed),
        set_aside=set_aside,
        severities={level.name.lower(): levels[level] for level in Severity if levels[level]},
    )


def _figure(case: CaseThen, span: Span) -> CaseFigure:
    return CaseFigure(
        id=case.id,
        rule=case.rule,
        entity=case.entity,
        severity=case.severity,
        state=case.state.value,
        opened_at=case.opened_at,
        due_at=case.due_at,
        closed_at=case.closed_at,
        owner=case.owner,
        by=case.by,
        again=case.again,
        missed=sum(at >= span.from_at for at in case.missed),
        is_overdue=not case.closed_at and case.due_at < span.to_at,
    )


def _under_way(cases: Sequence[CaseThen], span: Span) -> tuple[OrderFigure, ...]:
    """The orders for people that were not settled at the end, the most urgent first."""
    left = [
        order
        for case in cases
        for order in case.orders.values()
        if not order.settled_at and order.order.settled is not Settled.BY_RECEIPT
    ]
    return tuple(_order(one, span) for one in sorted(left, key=lambda one: (one.due_at, one.id)))


def _order(order: OrderThen, span: Span) -> OrderFigure:
    return OrderFigure(
        id=order.id,
        title=order.order.title,
        entity=order.order.entity,
        assignee=order.order.assignee,
        handler=order.handler,
        state=order.state.value,
        due_at=order.due_at,
        is_overdue=order.due_at < span.to_at,
    )


def _silent(source: Source, span: Span) -> tuple[SilentSource, ...]:
    """Alarms of silence that stood at the end of the span, the oldest first."""
    silence = {
        name for name, rule in source.rules.items() if isinstance(rule.playbook.detect, Silence)
    }
    stood = [
        one
        for one in source.book.alarms
        if one.rule in silence and one.raised_at < span.to_at <= one.cleared_at
    ]
    stood.sort(key=lambda one: (one.raised_at, one.rule, one.entity))
    return tuple(SilentSource(one.rule, one.entity, one.raised_at) for one in stood)


def _set_aside(source: Source, span: Span) -> tuple[AsideFigure, ...]:
    """What was quarantined in the span, the most frequent first."""
    found: Counter[tuple[str, str, str]] = Counter()
    ids = source.log.directory.ids(QUARANTINE.name)
    items = items_between(
        source.log, QUARANTINE.name, from_at=span.from_at, to_at=span.to_at, history=source.history
    )
    for item in items:
        if isinstance(item, Batch):
            for row in range(len(item)):
                if span.from_at <= int(item.received_at[row]) < span.to_at:
                    stream, reason = item.texts["stream"][row], item.texts["reason"][row]
                    found[str(stream), ids[int(item.slots[row])], str(reason)] += 1
    most = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return tuple(AsideFigure(*place, count) for place, count in most)


def _rule_notes(source: Source, span: Span) -> tuple[tuple[RuleNote, ...], tuple[RuleNote, ...]]:
    """The shelves that held at the end, and what was done to rules in the span."""
    shelves: dict[str, RuleNote] = {}
    notes: list[RuleNote] = []
    for name in source.rules:
        for note in _notes_of(source.log, name):
            if note.at >= span.to_at:
                break
            if note.what == "shelved":
                shelves[note.subject] = note
            elif note.what == "unshelved":
                shelves.pop(note.subject, None)
            if note.at >= span.from_at:
                notes.append(note)
    held = sorted(
        (one for one in shelves.values() if one.until > span.to_at), key=lambda one: one.until
    )
    return tuple(held), tuple(sorted(notes, key=lambda one: (one.at, one.subject)))[:LISTED_MAX]


def _notes_of(log: SqliteLog, rule: str) -> list[RuleNote]:
    """What the log says was done to a rule, as a whole or at an entity, oldest first."""
    offsets = log.reader().execute(  # Shelves at an entity stand under "rule entity".
        "SELECT DISTINCT first_offset FROM trace WHERE subject = ? OR (subject > ? AND subject < ?)"
        " ORDER BY first_offset",
        (rule, f"{rule} ", f"{rule}!"),
    )
    notes: list[RuleNote] = []
    for (offset,) in offsets.fetchall():
        entry = log.entry_of(offset)
        for line in decode_lines(entry.body) if entry is not None and entry.body else ():
            match line:
                case RuleChanged(rule=name) if name == rule:
                    told = ", ".join(f"{key}={value}" for key, value in line.settings.items())
                    detail = f"{line.version} {told}: {line.reason}"
                    notes.append(RuleNote(line.at, rule, "changed", line.by, detail))
                case RuleFailed(rule=name) if name == rule:
                    notes.append(RuleNote(line.at, rule, "failed", "", line.failed))
                case Action(verb=Verb.SHELVE | Verb.UNSHELVE) if line.subject.split(" ")[0] == rule:
                    what = "shelved" if line.verb is Verb.SHELVE else "unshelved"
                    notes.append(
                        RuleNote(line.at, line.subject, what, line.by, line.reason, line.until)
                    )
    return notes


def _watch(
    still: Sequence[CaseFigure],
    shelved: Sequence[RuleNote],
    *,
    silent: Sequence[SilentSource],
    span: Span,
) -> tuple[Watch, ...]:
    """What the next shift should look after, the most pressing first."""
    found = [
        Watch(one.id, Text(zh=f"已超期：{one.entity}", en=f"overdue: {one.entity}"))
        for one in still
        if one.is_overdue
    ]
    found += [
        Watch(one.id, Text(zh=f"下一班内到期：{one.entity}", en=f"falls due next: {one.entity}"))
        for one in still
        if span.to_at <= one.due_at < span.to_at + SOON
    ]
    found += [
        Watch(one.id, Text(zh=f"反复发生，前案 {one.again}", en=f"came back after {one.again}"))
        for one in still
        if one.again
    ]
    found += [
        Watch(one.subject, Text(zh="搁置将到期", en="its shelf ends next"))
        for one in shelved
        if one.until < span.to_at + SOON
    ]
    found += [
        Watch(one.entity, Text(zh=f"数据中断（{one.rule}）", en=f"silent ({one.rule})"))
        for one in silent
    ]
    return tuple(found[:LISTED_MAX])
