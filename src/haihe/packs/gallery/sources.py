"""Sources that fall silent or stick: cases about the watch itself."""

import math
from typing import Final

from haihe.decide import joined
from haihe.detect import Silence, Stuck
from haihe.model import HOUR, MINUTE, SECOND, Case, Decision, Observation, Severity, Text
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import TECHNICIAN, device_order, recent, visit
from haihe.packs.gallery.streams import AIR, CAMERA, GATEWAY, QUIET_LEL, WATER

REPAIR_SOURCE: Final = Text(zh="检查网关、供电与传感器", en="Check gateway, power and sensor")
REPLACE_SENSOR: Final = Text(
    zh="通标准气校验甲烷传感器，必要时更换",
    en="Check the methane sensor with test gas, replace it if need be",
)
NOT_AUTOMATIC: Final = Text(
    zh="等待自行恢复：不选，沉默不等于正常",
    en="waiting for it to come back: not chosen, silence is not health",
)

REPAIR_GATEWAY: Final = Text(
    zh="携备件检查网关电源、光纤与主机，恢复后核对各分区数据",
    en="Check the gateway's power, fibre and computer with spares; then compare every zone's data",
)
REPAIR_CAMERA: Final = Text(
    zh="检查摄像机供电与网络，清洁镜头", en="Check the camera's power and network, clean the lens"
)
NO_GAS_BEFORE: Final = Text(
    zh="预防性通风：不选，中断前各分区甲烷正常",
    en="ventilating unseen: not chosen, no zone behind it had gas before",
)
FRAMES_LEAST_HZ: Final = 10.0  # Ours: below it a running person is a blur between two pictures.
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
    why = _silence(case, what=Text(zh="甲烷读数", en="methane"))
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


def tells_gateway(seen: Observation) -> bool:
    """Whether a record is a gateway's sign of life."""
    return seen.numbers["load"] >= 0.0


def sends_pictures(seen: Observation) -> bool:
    """Whether a record shows pictures arriving at a rate that shows people moving."""
    return seen.numbers["frames"] >= FRAMES_LEAST_HZ


def revive_gateway(case: Case, view: View) -> Decision:
    """Send a technician to the gateway; ventilate the zones behind it that had gas when it died.

    case: a ``gateway-silent`` case.
    view: knows the zones it serves and the last methane of each, and of those beside.
    """
    repair = tuple(
        visit("repair-gateway", one, title=REPAIR_GATEWAY, assignee=TECHNICIAN)
        for one in case.entities
    )
    blind = tuple(zone for one in case.entities for zone in view.related(one, "serves"))
    why = _silence(case, what=Text(zh="网关", en="heartbeat"))
    if blind:
        why = joined(
            why,
            Text(
                zh=f"{blind[0]} 至 {blind[-1]} 共 {len(blind)} 个分区不可见",
                en=f"{len(blind)} zones from {blind[0]} to {blind[-1]} cannot be seen",
            ),
        )
    gassy = tuple(zone for zone in blind if _last_lel(view, zone) > QUIET_LEL)
    if gassy:
        names = ", ".join(gassy)
        why = joined(
            why,
            Text(
                zh=f"{names} 中断前甲烷超过 {QUIET_LEL:.1f} %LEL，先行通风",
                en=f"methane in {names} was over {QUIET_LEL:.1f} %LEL before, "
                "so they are ventilated unseen",
            ),
        )
        fans = tuple(device_order("fan-start", zone) for zone in gassy)
        return Decision(orders=(*fans, *repair), why=why, alternatives=(NOT_AUTOMATIC,))
    return Decision(orders=repair, why=why, alternatives=(NOT_AUTOMATIC, NO_GAS_BEFORE))


def mend_camera(case: Case, view: View) -> Decision:
    """Send a technician to the camera.

    case: a ``camera-silent`` case.
    view: is not needed.
    """
    del view
    repair = tuple(
        visit("repair-camera", one, title=REPAIR_CAMERA, assignee=TECHNICIAN)
        for one in case.entities
    )
    why = _silence(case, what=Text(zh="摄像机", en="picture"))
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


def _last_lel(view: View, zone: str) -> float:
    """The last methane a zone told, however old; 0 where it told none."""
    seen = view.latest(AIR.name, zone)
    lel = seen.numbers["methane"] if seen is not None else math.nan
    return 0.0 if math.isnan(lel) else lel


def _silence(case: Case, *, what: Text) -> Text:
    alarm = case.alarms[-1]
    return Text(
        zh=f"{alarm.entity} {what.zh}已 {alarm.value:.0f} 秒无数据，限值 {alarm.limit:.0f} 秒",
        en=f"no record of the {what.en} of {alarm.entity} for {alarm.value:.0f} s, "
        f"limit {alarm.limit:.0f} s",
    )


# What a zone's sources have in common: those beside it, and the gateway that carries them.
BEHIND: Final = RollUp(relations=("neighbour", "gateway"))
SOURCE_PLAYBOOKS: Final = (
    Playbook(
        name="gateway-silent",
        title=Text(zh="网关中断", en="Gateway silent"),
        stream=GATEWAY,
        # Ours: three signs of life in a row are lost; sooner than any station behind it is missed.
        detect=Silence(90 * SECOND, severity=Severity.SEVERE),
        decide=revive_gateway,
        close=Closure(window=5 * MINUTE, at_least=5, holds=tells_gateway),
        due_in=2 * HOUR,  # Ours: 1.2 km of gallery cannot be seen meanwhile.
        roll_up=RollUp(relations=()),
    ),
    Playbook(
        name="air-silent",
        title=Text(zh="空气监测中断", en="Air station silent"),
        stream=AIR,
        # Ours: twelve readings in a row are lost; a leak can reach its alarm in about that time.
        # A record without methane is silence too: it is what lives hang on.
        detect=Silence(2 * MINUTE, field="methane", severity=Severity.MODERATE),
        decide=find_silent_air,
        close=Closure(window=5 * MINUTE, at_least=5, holds=tells_air),
        roll_up=BEHIND,
        under=("gateway-silent",),
    ),
    Playbook(
        name="water-silent",
        title=Text(zh="水位监测中断", en="Water level silent"),
        stream=WATER,
        # Ours: ten reports in a row are lost.
        detect=Silence(5 * MINUTE, severity=Severity.MODERATE),
        decide=find_silent_water,
        close=Closure(window=5 * MINUTE, at_least=5, holds=tells_level),
        roll_up=BEHIND,
        under=("gateway-silent", "air-silent"),  # Both sensors of a zone share their power.
    ),
    Playbook(
        name="camera-silent",
        title=Text(zh="摄像机中断", en="Camera silent"),
        stream=CAMERA,
        # Ours: a camera that starts anew is back within three minutes.
        detect=Silence(5 * MINUTE, severity=Severity.MINOR),
        decide=mend_camera,
        close=Closure(window=5 * MINUTE, at_least=5, holds=sends_pictures),
        due_in=24 * HOUR,  # Ours: the next day's round; security walks meanwhile.
        roll_up=BEHIND,
        under=("gateway-silent",),
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
