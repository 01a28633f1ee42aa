"""Water in the sump and the pumps that keep it down; what opens, decides and closes a case."""

from typing import Final

from haihe.decide import joined, value_and_limit
from haihe.detect import Limit, Multivariate
from haihe.model import HOUR, MINUTE, SECOND, Case, Decision, Observation, Severity, Text
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import device_order, recent, visit
from haihe.packs.gallery.streams import (
    ALARM_LEVEL_M,
    ALARM_VIBRATION_MM_S,
    MACHINE,
    PUMP,
    QUIET_LEVEL_M,
    QUIET_VIBRATION_MM_S,
    WATER,
)

INSPECT_WATER: Final = Text(
    zh="查找进水点并处置，检查水泵", en="Find and stop the inflow, check the pumps"
)
REPAIR_PUMP: Final = Text(
    zh="检修水泵，试运行两分钟以上", en="Repair the pump, then run it for two minutes at least"
)
SHED_POWER: Final = Text(
    zh="切断分区低压电源：不选，水泵与通风须供电，水未到地面",
    en="cutting the zone's power: not chosen, pumps and fans need it and the floor is dry",
)
# The eight channels of a pump's condition, as its monitor tells them while it runs.
CHANNELS: Final = {
    "current": "电流",
    "voltage": "电压",
    "pressure": "压力",
    "flow": "流量",
    "vibration": "驱动端振动",
    "vibration_free": "自由端振动",
    "temperature": "绕组温度",
    "bearing": "轴承温度",
}
FLOW_AS_NEW_M3_H: Final = 27.0  # Ours: nine tenths of what its plate says.
CHECK_PUMP: Final = Text(
    zh="检查水泵轴承、叶轮与滤网，试运行两分钟以上",
    en="Check bearings, impeller and strainer, then run the pump for two minutes at least",
)
NOT_YET: Final = Text(
    zh=f"换备用泵：不选，振动未到 {ALARM_VIBRATION_MM_S:.1f} mm/s，仍能排水",
    en="changing to the standby: not chosen, vibration is still under "
    f"{ALARM_VIBRATION_MM_S:.1f} mm/s and it pumps",
)
RUN_ON: Final = Text(
    zh="继续运行至检修：不选，损坏会扩大，且有备用泵",
    en="running on until repair: not chosen, the damage would grow and there is a standby",
)


def is_low(seen: Observation) -> bool:
    """Whether a record shows the sump at or under ``QUIET_LEVEL_M``; a missing value shows nothing.

    >>> is_low(Observation("gallery.water", "zone/7", 0, {"level": 0.7}, {}))
    True
    """
    return seen.numbers["level"] <= QUIET_LEVEL_M


def runs_smoothly(seen: Observation) -> bool:
    """Whether a record shows the pump running at or under ``QUIET_VIBRATION_MM_S``.

    A pump at rest does not shake either, and proves nothing.

    >>> told = {"running": 0.0, "vibration": 0.0}
    >>> runs_smoothly(Observation("gallery.pump", "pump/7-1", 0, told, {}))
    False
    """
    running = seen.numbers["running"] >= 1.0
    return running and seen.numbers["vibration"] <= QUIET_VIBRATION_MM_S


def runs_as_new(seen: Observation) -> bool:
    """Whether a record of its monitor shows the pump smooth and giving what it should.

    >>> told = {"vibration": 1.8, "flow": 12.0}
    >>> runs_as_new(Observation("gallery.machine", "pump/7-1", 0, told, {}))
    False
    """
    smooth = seen.numbers["vibration"] <= QUIET_VIBRATION_MM_S
    return smooth and seen.numbers["flow"] >= FLOW_AS_NEW_M3_H


def pump_out(case: Case, view: View) -> Decision:
    """Start every pump of the flooded zones, except one that shakes itself to pieces; send a crew.

    case: a ``flooding`` case.
    view: knows the zones' pumps and how they run.
    """
    pumps = tuple(pump for zone in case.entities for pump in view.related(zone, "pump"))
    spared = tuple(pump for pump in pumps if _shakes(view, pump))
    started = tuple(device_order("pump-start", pump) for pump in pumps if pump not in spared)
    crew = tuple(visit("inspect-water", zone, title=INSPECT_WATER) for zone in case.entities)
    why = value_and_limit(case, what=Text(zh="集水坑水位", en="water level of the sump"), unit=" m")
    if spared:
        names = ", ".join(spared)
        left = Text(
            zh=f"不启动 {names}：振动达到 {ALARM_VIBRATION_MM_S:.1f} mm/s",
            en=f"{names} not started: vibration has reached {ALARM_VIBRATION_MM_S:.1f} mm/s",
        )
        why = joined(why, left)
    return Decision(orders=(*started, *crew), why=why, alternatives=(SHED_POWER,))


def hand_back_pumps(case: Case, view: View) -> Decision:
    """Hand the pumps that the case had started back to their float switches.

    case: a closed ``flooding`` case.
    view: knows the zones' pumps and how they run.
    """
    pumps = tuple(pump for zone in case.entities for pump in view.related(zone, "pump"))
    kept = tuple(pump for pump in pumps if not _shakes(view, pump))
    why = Text(
        zh=f"水位已稳定在 {QUIET_LEVEL_M:.1f} m 以下：{len(kept)} 台水泵转自动",
        en=f"the level has stayed under {QUIET_LEVEL_M:.1f} m: "
        f"{len(kept)} pumps go back to their float switches",
    )
    return Decision(orders=tuple(device_order("pump-auto", pump) for pump in kept), why=why)


def spare_pump(case: Case, view: View) -> Decision:
    """Stop the failing pump, let its standby take over, and have it repaired.

    case: a ``pump-failing`` case; the entity is the pump.
    view: knows its standby, and what else the pump shows.
    """
    pump = case.entity
    # The standby first: the sump is never without a pump.
    standby = tuple(
        device_order("pump-start", other)
        for other in view.related(pump, "standby")
        if not _shakes(view, other)
    )
    repair = visit("repair-pump", pump, title=REPAIR_PUMP)
    why = value_and_limit(case, what=Text(zh="水泵振动", en="pump vibration"), unit=" mm/s")
    flow = recent(view, PUMP.name, entity=pump, field="flow")
    if flow is not None:
        why = joined(why, Text(zh=f"流量 {flow:.1f} m3/h", en=f"flow {flow:.1f} m3/h"))
    if standby:
        orders = (*standby, device_order("pump-stop", pump), repair)
        return Decision(orders=orders, why=why, alternatives=(RUN_ON,))
    alone = Text(
        zh="停泵：不选，没有可用的备用泵", en="stopping it: not chosen, no sound standby is known"
    )
    return Decision(orders=(repair,), why=why, alternatives=(alone,))


def hand_back_standby(case: Case, view: View) -> Decision:
    """Hand the repaired pump and its standby back to their float switches.

    case: a closed ``pump-failing`` case.
    view: knows its standby.
    """
    pumps = (case.entity, *view.related(case.entity, "standby"))
    why = Text(
        zh=f"{case.entity} 运行振动不超过 {QUIET_VIBRATION_MM_S:.1f} mm/s：转自动",
        en=f"{case.entity} runs with at most {QUIET_VIBRATION_MM_S:.1f} mm/s: back to automatic",
    )
    return Decision(orders=tuple(device_order("pump-auto", pump) for pump in pumps), why=why)


def look_at_pump(case: Case, view: View) -> Decision:
    """Have a pump looked at whose channels left their usual levels, while it still works.

    case: a ``pump-ailing`` case; its newest alarm says which channels.
    view: gives its vibration.
    """
    alarm = case.alarms[-1]
    names_zh = names_en = alarm.detail
    for channel in sorted(CHANNELS, key=len, reverse=True):  # The longer name holds the shorter.
        names_zh = names_zh.replace(channel, CHANNELS[channel])
        names_en = names_en.replace(channel, channel.replace("_", " "))
    names_zh = names_zh.replace("high", "偏高").replace("low", "偏低")
    unit = MACHINE.field(alarm.field).unit if alarm.field else ""
    channel = alarm.field.replace("_", " ")
    why = Text(
        zh=f"{alarm.entity} {CHANNELS.get(alarm.field, '通道')} {alarm.value:.2f} {unit}，"
        f"常态限 {alarm.limit:.2f} {unit}（{names_zh}）",
        en=f"{channel} of {alarm.entity} {alarm.value:.2f} {unit}, usual limit "
        f"{alarm.limit:.2f} {unit} ({names_en})",
    )
    shake = recent(view, PUMP.name, entity=case.entity, field="vibration")
    if shake is not None:
        why = joined(why, Text(zh=f"振动 {shake:.1f} mm/s", en=f"vibration {shake:.1f} mm/s"))
    orders = (visit("check-pump", case.entity, title=CHECK_PUMP),)
    return Decision(orders=orders, why=why, alternatives=(NOT_YET,))


def _shakes(view: View, pump: str) -> bool:
    vibration = recent(view, PUMP.name, entity=pump, field="vibration")
    return vibration is not None and vibration >= ALARM_VIBRATION_MM_S


WATER_PLAYBOOKS: Final = (
    Playbook(
        name="flooding",
        title=Text(zh="集水坑水位高", en="Flooding"),
        stream=WATER,
        detect=Limit(
            "level",
            high=ALARM_LEVEL_M,
            deadband=ALARM_LEVEL_M - QUIET_LEVEL_M,
            on_delay=1 * MINUTE,  # Ours: waves and a pump's start are over by then.
            severity=Severity.SEVERE,
        ),
        decide=pump_out,
        # Ours: ten minutes outlast the duty pump's longest run.
        close=Closure(window=10 * MINUTE, at_least=10, holds=is_low),
        # Ours: what a burst main left stands for hours after the main is shut.
        roll_up=RollUp(relations=("neighbour", "main"), window=3 * HOUR),
        under=("pipe-burst",),
        stand_down=hand_back_pumps,
    ),
    Playbook(
        name="pump-failing",
        title=Text(zh="水泵故障征兆", en="Pump failing"),
        stream=PUMP,
        detect=Limit(
            "vibration",
            high=ALARM_VIBRATION_MM_S,
            deadband=2.6,  # ISO 10816-1, class II: down to 4.5 mm/s, acceptable for long operation.
            on_delay=1 * MINUTE,  # Ours: a pump shakes while it starts.
            severity=Severity.MODERATE,
        ),
        decide=spare_pump,
        # Ours: the duty pump empties its sump in three minutes; a window must fit into one run.
        close=Closure(window=2 * MINUTE, at_least=4, holds=runs_smoothly, gap=90 * SECOND),
        due_in=24 * HOUR,  # Ours: there is a standby; the repair is the next day's work.
        roll_up=RollUp(relations=()),
        stand_down=hand_back_standby,
    ),
    Playbook(
        name="pump-ailing",
        title=Text(zh="水泵早期异常", en="Pump ailing"),
        stream=MACHINE,  # It tells only while the pump runs, so rest is never held against work.
        detect=Multivariate(
            tuple(CHANNELS),
            train=200,  # Ours: 33 minutes of running, some four hours of a duty pump's day.
            # Measured on 300 sound pumps of the twin over two days: at 7, five are suspected; at
            # 10, none, and wear shows at a third of a millimetre a second.
            width=10.0,
            severity=Severity.MINOR,
        ),
        decide=look_at_pump,
        close=Closure(window=2 * MINUTE, at_least=4, holds=runs_as_new, gap=90 * SECOND),
        due_in=72 * HOUR,  # Ours: it still works; the next round of maintenance takes it.
        roll_up=RollUp(relations=()),
        under=("pump-failing",),
    ),
)
