"""案卷: from opened 立案 to closed 结案, with the evidence, decisions and orders between."""

from enum import StrEnum
from typing import Final

import msgspec

from haihe.model.alarm import Alarm, Severity
from haihe.model.text import Text


class CaseState(StrEnum):
    """立案, 挂起, 结案."""

    OPEN = "open"
    HELD = "held"  # A person has taken it out of the clocks for a while, with a reason.
    CLOSED = "closed"


CASE_MOVES: Final[dict[CaseState, frozenset[CaseState]]] = {
    CaseState.OPEN: frozenset({CaseState.HELD, CaseState.CLOSED}),
    CaseState.HELD: frozenset({CaseState.OPEN, CaseState.CLOSED}),
    CaseState.CLOSED: frozenset(),
}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a playbook works on. ``decide`` gets one and never changes it.

    id: ``pack-number``, such as "gallery-17".
    rule: ``pack.playbook``.
    version: the setting's version the rule ran with, such as "1" or "3".
    entity: where it began.
    entities: every entity that joined it, the first one first.
    severity: the worst of its alarms.
    state: open, held or closed.
    opened_at, due_at: the log's time; ns. ``due_at`` is when it is overdue.
    alarms: what opened or joined it, oldest first; at most ``ALARMS_KEPT`` are kept.
    alarms_total: how many there were.
    why: the latest decision's reason.
    also: alarms of other rules that this case answers for, the newest of each rule and entity,
        oldest first; at most ``ALARMS_KEPT`` are kept.
    also_total: how many there were.
    again: the case of the same episode that had closed here before; "" if none had.
    into: the case that this one went on in; "" if it did not.
    """

    id: str
    rule: str
    version: str
    entity: str
    entities: tuple[str, ...]
    severity: Severity
    state: CaseState
    opened_at: int
    due_at: int
    alarms: tuple[Alarm, ...]
    alarms_total: int = 1
    why: Text = Text(zh="", en="")
    closed_at: int | None = None
    also: tuple[Alarm, ...] = ()
    also_total: int = 0
    again: str = ""
    into: str = ""

    @property
    def shows(self) -> tuple[str, ...]:
        """Every entity that who sees the case is told of: its own, and those of its signs."""
        return tuple(dict.fromkeys((*self.entities, *(alarm.entity for alarm in self.also))))


ALARMS_KEPT: Final = 64  # Ours: a case is read by a person; the rest is in the log and counted.
