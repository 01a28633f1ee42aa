"""What an act was answered, read from the log once more: the same key gets the same answer."""

from collections.abc import Sequence

from haihe.log import store
from haihe.log.sqlite import SqliteLog
from haihe.model.case import Case
from haihe.model.decision import WorkOrder
from haihe.model.line import FACTS, Action, CaseMerged, Line, Refused, Step, decode_lines
from haihe.run.keeping import STEP, head_of, traced
from haihe.state.desk import Desk


def act_at(log: SqliteLog, offset: int) -> Action:
    """The act that stands at an offset.

    Raises LookupError if there is none.
    """
    entry = log.entry_of(offset)
    if entry is not None and entry.body is not None:
        line = decode_lines(entry.body)[offset - entry.header.first_offset]
        if isinstance(line, Action):
            return line
    raise LookupError(f"there is no act at offset {offset}.")


def is_same(one: Action, other: Action) -> bool:
    """Whether two acts say the same, whenever each was told."""
    return _said(one) == _said(other)


def _said(act: Action) -> tuple[object, ...]:
    words = (act.verb, act.subject, act.by, act.reason, act.until, act.second)
    return (*words, act.observed_at, act.settings, act.file)


def as_it_was(log: SqliteLog, subject: str, *, offset: int) -> WorkOrder | Case | None:
    """An order or a case as it was when the steps of the act at an offset were kept.

    Folded from the lines of its case and of all it is one with; None if it was not there.
    """
    case_id, slash = head_of(subject), "/" in subject
    end_offset = _end_of(log, offset)
    cases = [case_id]
    for one in cases:  # It grows on the way: cases go on in cases that go on in others.
        for step in _steps(log, [one], end_offset=end_offset):
            if isinstance(step, CaseMerged):
                cases += [each for each in (step.case, step.into) if each not in cases]
    desk = Desk()
    for step in _steps(log, cases, end_offset=end_offset):
        desk.apply(step)
    return desk.changed_orders.get(subject) if slash else desk.changed_cases.get(subject)


def _end_of(log: SqliteLog, offset: int) -> int:
    """Up to where the lines count that were there when an act was answered."""
    act = act_at(log, offset)
    entry = next(log.read(offset, streams=(STEP,)), None)
    if entry is None or entry.body is None:
        return offset
    lines = decode_lines(entry.body)
    told = (line for line in lines if not isinstance(line, Refused))
    is_its = any((line.at, getattr(line, "by", "")) == (act.at, act.by) for line in told)
    return entry.end_offset if is_its else offset


def _steps(log: SqliteLog, cases: Sequence[str], *, end_offset: int) -> list[Step]:
    """What happened to some cases before an offset, oldest first."""
    found: list[Step] = []
    traces = {offset for case in cases for offset in store.traces_of(log.reader(), case)}
    for first_offset in sorted(traces):
        entry = log.entry_of(first_offset)
        if first_offset >= end_offset or entry is None or entry.header.stream != STEP:
            continue
        lines: list[Line] = decode_lines(entry.body or b"")
        for line in lines:
            if not isinstance(line, FACTS) and not set(cases).isdisjoint(traced(line)):
                found.append(line)
    return found
