"""One rule on one entity once more: what it ran on, what it saw, and what its detector made of it.

Detectors keep every entity apart, so one entity's records alone give what they gave among all.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.operator import Operator, OperatorMemory
from haihe.log.sqlite import SqliteLog
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.line import (
    Action,
    AlarmCleared,
    AlarmRaised,
    Line,
    RuleChanged,
    RuleFailed,
    Verb,
    decode_lines,
)
from haihe.model.record import Batch
from haihe.run.engine import Item
from haihe.run.keeping import STEP
from haihe.run.records import FACT
from haihe.run.rule import Rule, tuned


@dataclass(frozen=True, slots=True)
class Turned:
    """A moment at which a rule was changed, stopped, or began anew.

    offset: of what brought it about; records from there on met the rule so.
    at: the log's time; ns.
    version, settings: what it ran on from there.
    failed: why it ran no more; "" if it ran.
    """

    offset: int
    at: int
    version: str
    settings: Mapping[str, str]
    failed: str = ""


@dataclass
class RulePast:
    """What the log says of a rule at an entity, oldest first.

    turns: when its settings changed, or it stopped.
    shelves: (from, until) of the shelves that held it there; ns.
    raised, cleared: its alarms there.
    """

    turns: list[Turned] = field(default_factory=list)
    shelves: list[tuple[int, int]] = field(default_factory=list)
    raised: list[AlarmRaised] = field(default_factory=list)
    cleared: list[AlarmCleared] = field(default_factory=list)

    def turn_at(self, at: int) -> Turned | None:
        """What the rule ran on at an instant; None if it ran as shipped."""
        return next((turn for turn in reversed(self.turns) if turn.at <= at), None)

    def is_shelved(self, at: int) -> bool:
        """Whether a shelf held it at an instant."""
        return any(begin <= at < end for begin, end in self.shelves)


@dataclass(frozen=True, slots=True)
class Heard:
    """Records of one entity in a time, as the detector met them.

    observed_at, received_at: int64 (row,), ns.
    numbers: float64 (row,) for each field it watches; missing is NaN.
    """

    observed_at: IntArray
    received_at: IntArray
    numbers: Mapping[str, FloatArray]

    def between(self, from_at: int, to_at: int) -> "Heard":
        """Those received in [from, to)."""
        kept = (self.received_at >= from_at) & (self.received_at < to_at)
        return Heard(
            self.observed_at[kept],
            self.received_at[kept],
            {name: column[kept] for name, column in self.numbers.items()},
        )


@dataclass(frozen=True, slots=True)
class Rerun:
    """What came of it.

    heard: every record of the entity.
    late: how many came after a newer one, and were passed over.
    findings: what the detector found.
    memory: what it remembered of the entity at the end, field by field.
    """

    heard: Heard
    late: int
    findings: tuple[Finding, ...]
    memory: Mapping[str, str]


def past_of(log: SqliteLog, rule: Rule, *, entity: str, together: frozenset[str]) -> RulePast:
    """What the log says of a rule at an entity.

    together: the rules of the same pack on the same stream: they stop, and begin anew, as one.
    """
    past = RulePast()
    done: dict[int, int] = {}  # Instants of promotions and steps back, to their offsets.
    for entry in log.read(0, streams=(FACT, STEP)):
        for place, line in enumerate(decode_lines(entry.body or b"")):
            offset = entry.header.first_offset + place
            if isinstance(line, Action):
                if line.verb in (Verb.PROMOTE, Verb.AGREE, Verb.STEP_BACK):
                    done[line.at] = offset
                elif line.subject in (rule.name, f"{rule.name} {entity}"):
                    _shelve(past, line)
            elif isinstance(line, RuleChanged | RuleFailed) and line.rule in together:
                _turn(past, line, rule=rule.name, offset=done.get(line.at, offset))
            else:
                _note(past, line, place=(rule.name, entity))
    return past


def rerun(items: Iterable[Item], past: RulePast, *, rule: Rule, slot: int, to_at: int) -> Rerun:
    """The rule once more on an entity's records, from the log's beginning.

    items: the rule's stream, in order.
    rule: as shipped.
    slot: of the entity in that stream.
    to_at: the log's time up to which it runs; ns.
    """
    turns = list(past.turns)
    operator = Operator(((rule.name, rule.playbook.detect),))
    memory = operator.start()
    runs, parts, found = True, list[Batch](), list[Finding]()
    for item in items:
        if not isinstance(item, Batch):
            continue
        rows = item.rows_of(slot)
        rows = rows[item.received_at[rows] < to_at]
        while len(rows) and turns and turns[0].offset <= int(item.offsets[rows[0]]):
            turn = turns.pop(0)
            runs = not turn.failed
            detector = tuned(rule, turn.settings).playbook.detect
            operator = Operator(((rule.name, detector),))
            memory = dataclasses.replace(memory, memories=(detector.start(),))
        if not len(rows):
            continue
        part = _some(item, rows)
        parts.append(part)
        if runs:
            memory, more = operator.step(memory, _seen(part, rule, now=int(part.received_at[-1])))
            found += [each.finding for each in more]
    if runs:
        memory, more = operator.step(memory, _seen(None, rule, now=to_at))
        found += [each.finding for each in more]
    return Rerun(_heard(parts, rule), memory.late, tuple(found), _remembered(memory))


def _turn(past: RulePast, line: RuleChanged | RuleFailed, *, rule: str, offset: int) -> None:
    """Note a change of the rule itself, or of one it stops and begins anew with."""
    last = past.turns[-1] if past.turns else Turned(0, 0, "1", {})
    if isinstance(line, RuleChanged) and line.rule == rule:
        past.turns.append(Turned(offset, line.at, line.version, line.settings))
    elif isinstance(line, RuleChanged) and last.failed:
        past.turns.append(Turned(offset, line.at, last.version, last.settings))
    elif isinstance(line, RuleFailed) and line.rule == rule:
        past.turns.append(Turned(offset, line.at, last.version, last.settings, line.failed))


def _shelve(past: RulePast, action: Action) -> None:
    if action.verb is Verb.SHELVE:
        past.shelves.append((action.at, action.until))
    elif action.verb is Verb.UNSHELVE and past.shelves:
        begin, end = past.shelves[-1]
        past.shelves[-1] = (begin, min(end, action.at))


def _note(past: RulePast, line: Line, *, place: tuple[str, str]) -> None:
    """Keep what the log says of the rule's alarms at the entity."""
    if isinstance(line, AlarmRaised) and (line.alarm.rule, line.alarm.entity) == place:
        past.raised.append(line)
    elif isinstance(line, AlarmCleared) and (line.rule, line.entity) == place:
        past.cleared.append(line)


def _some(batch: Batch, rows: IntArray) -> Batch:
    return Batch(
        stream=batch.stream,
        offsets=batch.offsets[rows],
        slots=np.zeros(len(rows), np.int32),
        observed_at=batch.observed_at[rows],
        received_at=batch.received_at[rows],
        numbers={name: column[rows] for name, column in batch.numbers.items()},
        texts={},
    )


def _seen(batch: Batch | None, rule: Rule, *, now: int) -> Seen:
    """One entity's records as its detector sees them; only time, if there are none."""
    nothing = np.empty(0, dtype=np.int64)
    count = len(batch) if batch is not None else 0
    return Seen(
        entities=1,
        slots=np.zeros(count, np.int32),
        observed_at=batch.observed_at if batch is not None else nothing,
        received_at=batch.received_at if batch is not None else nothing,
        offsets=batch.offsets if batch is not None else nothing,
        numbers={name: _column(batch, name) for name in rule.playbook.detect.fields},
        now=now,
    )


def _column(batch: Batch | None, name: str) -> FloatArray:
    if batch is None:
        return np.empty(0)
    found = batch.numbers.get(name)
    return found if found is not None else np.full(len(batch), np.nan)


def _heard(parts: list[Batch], rule: Rule) -> Heard:
    if not parts:
        nothing = np.empty(0, dtype=np.int64)
        return Heard(nothing, nothing, {name: np.empty(0) for name in rule.playbook.detect.fields})
    return Heard(
        np.concatenate([part.observed_at for part in parts]),
        np.concatenate([part.received_at for part in parts]),
        {
            name: np.concatenate([_column(part, name) for part in parts])
            for name in rule.playbook.detect.fields
        },
    )


def _remembered(memory: OperatorMemory) -> dict[str, str]:
    """What the detector remembers of the entity, as texts; arrays that have room for it."""
    (own,) = memory.memories
    names = [each.name for each in dataclasses.fields(own)]
    return {
        name: str(value[0].tolist() if isinstance(value, np.ndarray) and len(value) else value)
        for name in names
        if not isinstance(value := getattr(own, name), np.ndarray) or len(value)
    }
