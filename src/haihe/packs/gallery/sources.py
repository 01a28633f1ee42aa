"""Sources that fall silent or stick: cases about the watch itself."""

from typing import Final

from haihe.decide import joined
from haihe.detect import Silence, Stuck
from haihe.model import HOUR, MINUTE, Case, Decision, Observation, Severity, Text
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import TECHNICIAN, device_order, recent, visit
from haihe.packs.gallery.streams import AIR, QUIET_LEL, WATER

REPAIR_SOURCE: Final = Text(zh="检查网关、供电与传感器", en="Check gateway, power and sensor")
REPLACE_SENSOR: Final = Text(
    zh="通标准气校验甲烷传感器，必要时更换",
    en="Check the methane sensor with test gas, replace it if need be",
)
NOT_AUTOMATIC: Final = Text(
    zh="等待自行恢复：不选，沉默不等于正常",
    en="waiting for it to come back: not chosen, silence is not health",
)

UNKNOWN_BESIDE: Final = Text(
    zh="预防性通风：相邻分区读数不明，由值班员决定",
    en="ventilating unseen: left to the duty officer, the zones beside it tell nothing either",
)


def tells_air(seen: Observation) -> bool:
    """Whether a record tells methane and oxygen, the two that people's lives hang on.

    >>> told = {"methane": 0.8, "oxygen": float("nan")}
    >>> tells_air(Observation("gallery.air", "zone/7", 0, told, {}))
    False
    """
    return all(seen.numbers[field] >= 0.0 for field in ("methane", "oxygen"))


def tells_level(seen: Observation) -> bool:
    """Whether a record tells the water level.

    >>> tells_level(Observation("gallery.water", "zone/7", 0, {"level": 0.5}, {}))
    True
    """
    return seen.numbers["level"] >= 0.0


def find_silent_air(case: Case, view: View) -> Decision:
    """Send a technician; if there is gas beside the zone nobody can see into, ventilate it as well.

    case: an ``air-silent`` case.
    view: gives the newest methane of the zones beside.
    """
    repair = tuple(
        visit("repair-source", zone, title=REPAIR_SOURCE, assignee=TECHNICIAN)
        for zone in case.entities
    )
    near_lel = [
        value
        for zone in case.entities
        for other in view.neighbours(zone)
        if (value := recent(view, AIR.name, entity=other, field="methane")) is not None
    ]
    why = _silence(case, what=Text(zh="空气监测", en="air station"))
    if near_lel and max(near_lel) > QUIET_LEL:
        danger = Text(
            zh=f"相邻分区甲烷 {max(near_lel):.1f} %LEL，超过 {QUIET_LEL:.1f} %LEL，先行通风",
            en=f"methane {max(near_lel):.1f} %LEL beside it is over {QUIET_LEL:.1f} %LEL, "
            "so it is ventilated unseen",
        )
        fans = tuple(device_order("fan-start", zone) for zone in case.entities)
        return Decision(
            orders=(*fans, *repair), why=joined(why, danger), alternatives=(NOT_AUTOMATIC,)
        )
    calm = UNKNOWN_BESIDE
    if near_lel:
        calm = Text(
            zh=f"预防性通风：不选，相邻分区甲烷最高 {max(near_lel):.1f} %LEL",
            en="ventilating unseen: not chosen, methane beside it is at most "
            f"{max(near_lel):.1f} %LEL",
        )
    return Decision(orders=repair, why=why, alternatives=(NOT_AUTOMATIC, calm))


def find_silent_water(case: Case, view: View) -> Decision:
    """Send a technician to the level sensor.

    case: a ``water-silent`` case.
    view: gives the last level that was told.
    """
    repair = tuple(
        visit("repair-source", zone, title=REPAIR_SOURCE, assignee=TECHNICIAN)
        for zone in case.entities
    )
    why = _silence(case, what=Text(zh="水位监测", en="water level sensor"))
    seen = view.latest(WATER.name, case.entity)
    if seen is not None:
        level = seen.numbers["level"]
        why = joined(why, Text(zh=f"最后水位 {level:.2f} m", en=f"last level {level:.2f} m"))
    return Decision(orders=repair, why=why, alternatives=(NOT_AUTOMATIC,))


def check_sensor(case: Case, view: View) -> Decision:
    """Have a sensor that always says the same checked with test gas.

    case: a ``methane-stuck`` case.
    view: gives what the zones beside it say.
    """
    alarm = case.alarms[-1]
    beside = [
        f"{other} {value:.2f}"
        for other in view.neighbours(case.entity)
        if (value := recent(view, AIR.name, entity=other, field="methane")) is not None
    ]
    why = Text(
        zh=f"{alarm.entity} 甲烷读数 {alarm.value:.2f} %LEL 一小时未变，"
        f"与首值 {alarm.limit:.2f} %LEL 相同",
        en=f"methane of {alarm.entity} has read {alarm.value:.2f} %LEL for an hour, "
        f"the same as its first value {alarm.limit:.2f} %LEL",
    )
    if beside:
        names = ", ".join(beside)
        why = joined(why, Text(zh=f"相邻 {names} %LEL", en=f"beside it {names} %LEL"))
    order = visit("check-sensor", case.entity, title=REPLACE_SENSOR, assignee=TECHNICIAN)
    believed = Text(
        zh="视为稳定空气：不选，模拟量回路总有微小波动",
        en="taking it for still air: not chosen, an analogue loop always moves a little",
    )
    return Decision(orders=(order,), why=why, alternatives=(believed,))


def _silence(case: Case, *, what: Text) -> Text:
    alarm = case.alarms[-1]
    return Text(
        zh=f"{alarm.entity} {what.zh}已 {alarm.value:.0f} 秒无数据，限值 {alarm.limit:.0f} 秒",
        en=f"no record of the {what.en} of {alarm.entity} for {alarm.value:.0f} s, "
        f"limit {alarm.limit:.0f} s",
    )


SOURCE_PLAYBOOKS: Final = (
    Playbook(
        name="air-silent",
        title=Text(zh="空气监测中断", en="Air station silent"),
        stream=AIR,
        # Ours: twelve reports in a row are lost; a leak can reach its alarm in about that time.
        detect=Silence(2 * MINUTE, severity=Severity.MODERATE),
        decide=find_silent_air,
        close=Closure(window=5 * MINUTE, at_least=5, holds=tells_air),
    ),
    Playbook(
        name="water-silent",
        title=Text(zh="水位监测中断", en="Water level silent"),
        stream=WATER,
        # Ours: ten reports in a row are lost.
        detect=Silence(5 * MINUTE, severity=Severity.MODERATE),
        decide=find_silent_water,
        close=Closure(window=5 * MINUTE, at_least=5, holds=tells_level),
    ),
    Playbook(
        name="methane-stuck",
        title=Text(zh="甲烷传感器卡滞", en="Methane sensor stuck"),
        stream=AIR,
        # Ours: a 4-20 mA loop behind a 16-bit converter moves in its last digit all the time.
        detect=Stuck("methane", 1 * HOUR, severity=Severity.MINOR),
        decide=check_sensor,
        # Ours: the technician's verified report is the proof; the records show that it talks.
        close=Closure(window=10 * MINUTE, at_least=10, holds=tells_air),
        roll_up=RollUp(relations=()),
    ),
)
