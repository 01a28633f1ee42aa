"""报警: something that needs a response now, and how bad it is."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import msgspec

from haihe.model.text import Text


class Severity(IntEnum):
    """级别: minor 蓝, moderate 黄, severe 橙, extreme 红."""

    MINOR = 1
    MODERATE = 2
    SEVERE = 3
    EXTREME = 4


SEVERITY_TITLE: Final = {
    Severity.MINOR: Text(zh="蓝色(一般)", en="minor"),
    Severity.MODERATE: Text(zh="黄色(较重)", en="moderate"),
    Severity.SEVERE: Text(zh="橙色(严重)", en="severe"),
    Severity.EXTREME: Text(zh="红色(特别严重)", en="extreme"),
}


class Alarm(msgspec.Struct, frozen=True):
    """报警: one rule's finding on one entity, from raised until cleared.

    rule: ``pack.playbook``.
    entity, stream, field: what it is about.
    severity: how bad.
    value: what was seen, in the field's unit.
    limit: what it was held against, in the same unit.
    observed_at: when the deciding record was observed; ns.
    raised_at: the log's time at which it was raised; ns.
    offset: the record that showed it; -1 where the passing of time did (silence).
    detail: the rest of the reason in plain words, such as each channel's share; "" if none.
    """

    rule: str
    entity: str
    stream: str
    field: str
    severity: Severity
    value: float
    limit: float
    observed_at: int
    raised_at: int
    offset: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a ledger or loop found that needs a case; an alarm of one of its pack's playbooks.

    playbook: its name.
    entity: what it is about.
    field: the field it is about, in the playbook's stream.
    value, limit: what was found, and what it was held against.
    detail: the rest of the reason.
    stands: whether it stands until it is noted as over, so that its case cannot close before.
    is_over: whether this is that word; where nothing stands it changes nothing.
    """

    playbook: str
    entity: str
    field: str
    value: float
    limit: float
    detail: str = ""
    stands: bool = False
    is_over: bool = False
