"""What the gallery's decisions share: their orders, and what was seen of late."""

import math
from collections.abc import Iterable
from typing import Final

from haihe.model import MINUTE, Order, Settled, Text
from haihe.pack import View

SCADA: Final = "gallery-scada"  # The gallery's control system: it takes device orders at once.
CREW: Final = "gallery-crew"  # 管廊运维班: goes there, reports, and is verified by someone else.
TECHNICIAN: Final = "gallery-technician"  # 仪表维护员.
DEVICE_DUE_IN: Final = 1 * MINUTE  # Ours: a control system answers within seconds.
CREW_DUE_IN: Final = 15 * MINUTE  # Ours: from the zone's duty room to any entrance by car.
STALE_AFTER: Final = 5 * MINUTE  # Ours: an older reading says nothing of the present.

DEVICE_TITLES: Final = {
    "fan-start": Text(zh="启动风机", en="Start the fans of"),
    "fan-stop": Text(zh="停止风机", en="Stop the fans of"),
    "gas-shut-off": Text(zh="紧急切断燃气", en="Shut the gas off in"),
    "pump-start": Text(zh="启动水泵", en="Start"),
    "pump-stop": Text(zh="停止水泵", en="Stop"),
    "pump-auto": Text(zh="水泵转自动", en="Hand back to its float switch"),
    "door-close": Text(zh="关闭防火门", en="Shut the fire doors of"),
    "valve-shut": Text(zh="关闭阀门", en="Shut"),
    "valve-open": Text(zh="打开阀门", en="Open"),
    "load-reduce": Text(zh="降低电缆负荷", en="Take load off"),
    "load-restore": Text(zh="恢复电缆负荷", en="Give its load back to"),
    "camera-record": Text(zh="摄像机转向并录像", en="Record with"),
}


def device_order(action: str, entity: str) -> Order:
    """An order that the control system carries out by itself.

    action: one of ``DEVICE_TITLES``.
    entity: the device, or the zone whose devices are meant.

    >>> device_order("fan-start", "zone/6").key
    'fan-start zone/6'
    """
    title = DEVICE_TITLES[action]
    return Order(
        action=action,
        entity=entity,
        assignee=SCADA,
        due_in=DEVICE_DUE_IN,
        title=Text(zh=f"{title.zh}：{entity}", en=f"{title.en} {entity}"),
        settled=Settled.BY_RECEIPT,
    )


def visit(action: str, entity: str, *, title: Text, assignee: str = CREW) -> Order:
    """An order that sends people; someone else verifies what they report.

    title: what they are to do there.
    """
    return Order(
        action=action,
        entity=entity,
        assignee=assignee,
        due_in=CREW_DUE_IN,
        title=Text(zh=f"{title.zh}：{entity}", en=f"{title.en}: {entity}"),
    )


def around(entities: Iterable[str], view: View) -> tuple[str, ...]:
    """The entities and everything beside them, each once, the entities first.

    view: knows who is beside whom.
    """
    own = tuple(entities)
    beside = tuple(other for entity in own for other in view.neighbours(entity))
    return tuple(dict.fromkeys((*own, *beside)))


def recent(view: View, stream: str, *, entity: str, field: str) -> float | None:
    """The newest value of a field if it is no older than ``STALE_AFTER``; else None.

    stream, entity, field: what to look up.
    """
    seen = view.latest(stream, entity)
    if seen is None or view.now - seen.observed_at > STALE_AFTER:
        return None
    value = seen.numbers[field]
    return None if math.isnan(value) else value
