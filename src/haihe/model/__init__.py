"""The words of the house as values: records, entities, streams, alarms, cases, orders, time."""

from haihe.model.alarm import SEVERITY_TITLE, Alarm, Noted, Severity
from haihe.model.case import Case, CaseState
from haihe.model.decision import (
    Answered,
    Decision,
    Order,
    OrderState,
    Outcome,
    Settled,
    WorkOrder,
)
from haihe.model.entity import Entity
from haihe.model.record import Batch, Observation, Rows
from haihe.model.stream import Field, FieldKind, Stream
from haihe.model.text import Text
from haihe.model.time import DAY, HOUR, MILLISECOND, MINUTE, NEVER, SECOND

__all__ = [
    "Alarm", "Answered", "Batch", "Case", "CaseState", "DAY", "Decision", "Entity", "Field",
    "FieldKind", "HOUR", "MILLISECOND", "MINUTE", "NEVER", "Noted", "Observation", "Order",
    "OrderState", "Outcome", "Rows", "SECOND", "SEVERITY_TITLE", "Settled", "Severity",
    "Stream", "Text", "WorkOrder",
]  # fmt: skip
