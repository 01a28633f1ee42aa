"""What of a case goes on paper: its lineage as the page shows it, a chart, and its proof.

All of it follows from the case's own lines and the records before the last of them, so that the
same state of a case gives the same paper, whatever else the log holds by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from haihe.log import store
from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import Alarm
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.record import Batch
from haihe.model.text import Text
from haihe.model.time import MINUTE
from haihe.run.audit import Why, why
from haihe.run.records import items_between
from haihe.run.rule import Rule
from haihe.state.history import History

BEFORE: Final = 30 * MINUTE  # Ours: what is drawn of the time before the case; as on the page.
POINTS_MAX: Final = 2_000  # Ours: more than a line of a printed page can show.


class Language(StrEnum):
    """In which a paper is written."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Chart:
    """What raised the newest alarm, against its limit.

    at: int64 (point,), observed, ns, rising; value: float64 (point,).
    """

    alarm: Alarm
    unit: str
    at: IntArray
    value: FloatArray


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry of the log that the case rests on: its number, first offset and leaf hash in hex."""

    number: int
    first_offset: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Seal:
    """By what the paper is checked against the log.

    leaves: every entry that holds a line of the case or a record it rests on.
    chain: the hash chain after the last of them, in hex.
    signed_entries, note: the first signed checkpoint that covers them; 0 and "" if none does yet.
    """

    leaves: tuple[Leaf, ...]
    chain: str
    signed_entries: int
    note: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A case on paper.

    title: the rule's.
    chart: None where there is nothing to draw.
    """

    why: Why
    title: Text
    chart: Chart | None
    seal: Seal


def paper_of(
    log: SqliteLog,
    case_id: str,
    *,
    rules: Mapping[str, Rule],
    history: History | None = None,
    found: Why | None = None,
) -> Paper:
    """A case on paper.

    rules: by name, as they run.
    history: needed where records were sealed.
    found: its lineage as somebody may see it; None for all of it.
    Raises ValueError if there is no such case.
    """
    answer = found or why(log, case_id)
    rule = rules.get(answer.case.rule)
    name = answer.case.rule
    return Paper(
        why=answer,
        title=rule.playbook.title if rule is not None else Text(zh=name, en=name),
        chart=_chart(log, answer, rule=rule, history=history),
        seal=_seal(log, answer),
    )


def _chart(
    log: SqliteLog, answer: Why, *, rule: Rule | None, history: History | None
) -> Chart | None:
    """The field of the newest alarm, from before the case up to its last line."""
    if rule is None or not answer.case.alarms or not answer.timeline:
        return None
    alarm = answer.case.alarms[-1]
    stream = rule.playbook.stream
    fields = {one.name: one.unit for one in stream.numbers}
    slot = log.directory.slot(stream.name, alarm.entity)
    if alarm.field not in fields or slot < 0:
        return None
    last = answer.timeline[-1]
    begin_at = answer.case.opened_at - BEFORE
    at: list[IntArray] = []
    value: list[FloatArray] = []
    items = items_between(log, stream.name, from_at=begin_at, to_at=last.line.at, history=history)
    for item in items:
        if isinstance(item, Batch) and alarm.field in item.numbers:
            rows = item.rows_of(slot)
            rows = rows[(item.received_at[rows] >= begin_at) & (item.offsets[rows] <= last.offset)]
            at.append(item.observed_at[rows])
            value.append(item.numbers[alarm.field][rows])
    if not at:
        return None
    return _drawn(alarm, fields[alarm.field], at=np.concatenate(at), value=np.concatenate(value))


def _drawn(alarm: Alarm, unit: str, *, at: IntArray, value: FloatArray) -> Chart | None:
    """The points in order of time; of too many, the lowest and highest of each stretch."""
    told = ~np.isnan(value)
    order = np.argsort(at[told], kind="stable")
    at, value = at[told][order], value[told][order]
    if len(at) < 2:
        return None
    if len(at) > POINTS_MAX:
        parts = np.array_split(np.arange(len(at)), POINTS_MAX // 2)
        ends = [
            (int(part[value[part].argmin()]), int(part[value[part].argmax()])) for part in parts
        ]
        chosen = np.unique(np.array(ends).ravel())
        at, value = at[chosen], value[chosen]
    return Chart(alarm, unit, at, value)


def _seal(log: SqliteLog, answer: Why) -> Seal:
    """The entries the case rests on, and what was signed over them first."""
    db = log.reader()
    offsets = {told.offset for told in answer.timeline} | {seen.offset for seen in answer.saw}
    numbers = sorted({log.entry_at(offset) for offset in offsets})
    leaves: list[Leaf] = []
    for number in numbers:
        first_offset, leaf = db.execute(
            "SELECT first_offset, leaf FROM entry WHERE seq = ?", (number,)
        ).fetchone()
        leaves.append(Leaf(number, int(first_offset), bytes(leaf).hex()))
    end = numbers[-1] + 1 if numbers else 0
    signed_entries, note = store.first_checkpoint(db, covering=end) or (0, "")
    return Seal(tuple(leaves), log.chain_at(end).hex(), signed_entries, note)
