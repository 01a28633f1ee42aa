"""Bad air: methane, too little oxygen, poison gas, heat; what opens, decides and closes a case.

Fans are the first answer to all of it, except where there is fire: fans would feed it.
"""

from collections.abc import Callable, Iterable
from typing import Final

from haihe.decide import joined, value_and_limit
from haihe.detect import Limit
from haihe.model import MINUTE, SECOND, Case, Decision, Observation, Order, Severity, Text
from haihe.pack import Closure, Playbook, View
from haihe.packs.gallery.orders import (
    around,
    device_order,
    recent,
    visit,
)
from haihe.packs.gallery.streams import (
    AIR,
    ALARM_CO_PPM,
    ALARM_DEGC,
    ALARM_H2S_PPM,
    ALARM_LEL,
    ALARM_OXYGEN_VOL,
    CUT_OFF_LEL,
    FIRE_DEGC,
    QUIET_CO_PPM,
    QUIET_DEGC,
    QUIET_H2S_PPM,
    QUIET_LEL,
    QUIET_OXYGEN_VOL,
)

WINDOW: Final = 10 * MINUTE  # Ours: two changes of the whole air at 12 an hour.
AT_LEAST: Final = 10  # Ours: one reading a minute, the slowest station in use.
INSPECT_LEAK: Final = Text(
    zh="携带检漏仪检查并处置泄漏，未经允许不得进入",
    en="Find and stop the leak; no entry without leave",
)
INSPECT_AIR: Final = Text(
    zh="佩戴呼吸器检查空气来源，先检测后进入",
    en="Find the cause with breathing apparatus; measure before entry",
)
CHECK_HEAT: Final = Text(
    zh="热像仪检查电缆与热力管线", en="Check cables and heating pipes with a thermal camera"
)
FIGHT_FIRE: Final = Text(
    zh="疑似火灾，联系消防并确认封闭",
    en="Suspected fire: call the fire brigade, confirm it is sealed",
)
ONLY_OWN_FANS: Final = Text(
    zh="仅启动本分区风机：不选，气体会窜入相邻分区",
    en="only this zone's fans: not chosen, gas passes into the zones beside it",
)


def is_free_of_methane(seen: Observation) -> bool:
    """Whether a record shows methane at or under ``QUIET_LEL``; a missing value shows nothing.

    >>> is_free_of_methane(Observation("gallery.air", "zone/7", 0, {"methane": 3.0}, {}))
    True
    """
    return seen.numbers["methane"] <= QUIET_LEL


def has_oxygen(seen: Observation) -> bool:
    """Whether a record shows oxygen at or above ``QUIET_OXYGEN_VOL``."""
    return seen.numbers["oxygen"] >= QUIET_OXYGEN_VOL


def is_free_of_h2s(seen: Observation) -> bool:
    """Whether a record shows H2S at or under ``QUIET_H2S_PPM``."""
    return seen.numbers["h2s"] <= QUIET_H2S_PPM


def is_free_of_co(seen: Observation) -> bool:
    """Whether a record shows CO at or under ``QUIET_CO_PPM``."""
    return seen.numbers["co"] <= QUIET_CO_PPM


def is_cool(seen: Observation) -> bool:
    """Whether a record shows air at or under ``QUIET_DEGC``."""
    return seen.numbers["temperature"] <= QUIET_DEGC


IS_GOOD: Final = (is_free_of_methane, has_oxygen, is_free_of_h2s, is_free_of_co, is_cool)


def vent_methane(case: Case, view: View) -> Decision:
    """Start the fans of the leaking zones and those beside them; cut the gas off if it is near.

    case: a ``methane-high`` case; every entity is a zone with gas.
    view: gives the newest methane of each, which may be above the value that raised the alarm.
    A leak that is still under the cut-off one minute after the alarm rises by less than 5 %LEL a
    minute; fans of 12 air changes an hour carry that much away at the cut-off, so they hold it.
    Source: GB 50838-2015, 7.5.8 (fans of the zone and of the zones beside it; cut-off).
    """
    worst_lel = max(
        (case.alarms[-1].value, *_values(view, case.entities, field="methane")),
    )
    fans = _fans("fan-start", around(case.entities, view))
    crew = tuple(visit("inspect-leak", zone, title=INSPECT_LEAK) for zone in case.entities)
    why = value_and_limit(case, what=Text(zh="甲烷", en="methane"), unit=" %LEL")
    if worst_lel < CUT_OFF_LEL:
        spared = Text(
            zh=f"切断燃气：不选，最高 {worst_lel:.1f} %LEL 低于切断值 {CUT_OFF_LEL:.1f} %LEL",
            en=f"cutting the gas off: not chosen, the highest value {worst_lel:.1f} %LEL is under "
            f"the cut-off of {CUT_OFF_LEL:.1f} %LEL",
        )
        return Decision(orders=(*fans, *crew), why=why, alternatives=(ONLY_OWN_FANS, spared))
    cut = tuple(device_order("gas-shut-off", zone) for zone in case.entities)
    reached = Text(
        zh=f"最高 {worst_lel:.1f} %LEL 达到切断值 {CUT_OFF_LEL:.1f} %LEL",
        en=f"the highest value {worst_lel:.1f} %LEL has reached the cut-off of "
        f"{CUT_OFF_LEL:.1f} %LEL",
    )
    only_fans = Text(
        zh="仅通风：不选，气源不断则浓度不降",
        en="ventilation alone: not chosen, the source would outrun it",
    )
    return Decision(
        orders=(*fans, *cut, *crew),
        why=joined(why, reached),
        alternatives=(ONLY_OWN_FANS, only_fans),
    )


def vent_for_oxygen(case: Case, view: View) -> Decision:
    """Bring fresh air and send a crew with breathing apparatus.

    case: an ``oxygen-low`` case.
    view: knows the zones beside it.
    """
    return _vented(case, view, what=Text(zh="氧气", en="oxygen"), unit=" %VOL")


def vent_h2s(case: Case, view: View) -> Decision:
    """Bring fresh air and send a crew with breathing apparatus.

    case: an ``h2s-high`` case.
    view: knows the zones beside it.
    """
    return _vented(case, view, what=Text(zh="硫化氢", en="H2S"), unit=" ppm")


def answer_co(case: Case, view: View) -> Decision:
    """Bring fresh air; but where it is hot as well, take it for fire and stop the fans.

    case: a ``co-high`` case.
    view: gives the temperature beside the CO.
    """
    what = Text(zh="一氧化碳", en="CO")
    if _looks_like_fire(case, view):
        return _sealed(case, view, what=what, unit=" ppm")
    return _vented(case, view, what=what, unit=" ppm")


def answer_heat(case: Case, view: View) -> Decision:
    """Cool the zone with its own fans; but where it looks like fire, stop them.

    case: a ``temperature-high`` case.
    view: gives the CO beside the temperature.
    Source: GB 50838-2015, 7.2 (ventilate above 40 degC; in a fire the fans of the compartment and
    of those beside it stop).
    """
    what = Text(zh="温度", en="temperature")
    if _looks_like_fire(case, view):
        return _sealed(case, view, what=what, unit=" degC")
    why = value_and_limit(case, what=what, unit=" degC")
    hottest = max((case.alarms[-1].value, *_values(view, case.entities, field="temperature")))
    spared = Text(
        zh=f"按火灾封闭：不选，最高 {hottest:.1f} degC 低于 {FIRE_DEGC:.1f} degC 且无一氧化碳超限",
        en=f"sealing it as a fire: not chosen, the highest value {hottest:.1f} degC is under "
        f"{FIRE_DEGC:.1f} degC and no CO is over its limit",
    )
    crew = tuple(visit("check-heat", zone, title=CHECK_HEAT) for zone in case.entities)
    fans = _fans("fan-start", case.entities)
    return Decision(orders=(*fans, *crew), why=why, alternatives=(spared,))


def stop_fans(case: Case, view: View) -> Decision:
    """Stop the fans that the case had started, except around air that is still bad or unseen.

    case: a closed case of this page.
    view: gives the newest air of every zone around.
    """
    zones = around(case.entities, view)
    kept = tuple(
        zone for zone in zones if not all(_is_good(view, near) for near in around((zone,), view))
    )
    stopped = _fans("fan-stop", (zone for zone in zones if zone not in kept))
    names = ", ".join(kept)
    why = Text(
        zh=f"空气恢复正常：停 {len(stopped)} 个分区的风机"
        + (f"；{names} 及相邻空气未证实正常，继续通风" if kept else ""),
        en=f"the air is good again: the fans of {len(stopped)} zones stop"
        + (f"; those of {names} run on, air there or beside is not proven good" if kept else ""),
    )
    return Decision(orders=stopped, why=why)


def _vented(case: Case, view: View, *, what: Text, unit: str) -> Decision:
    fans = _fans("fan-start", around(case.entities, view))
    crew = tuple(visit("inspect-air", zone, title=INSPECT_AIR) for zone in case.entities)
    why = value_and_limit(case, what=what, unit=unit)
    return Decision(orders=(*fans, *crew), why=why, alternatives=(ONLY_OWN_FANS,))


def _sealed(case: Case, view: View, *, what: Text, unit: str) -> Decision:
    """No air for what looks like a fire, and its doors shut; people push them open to leave."""
    fans = _fans("fan-stop", around(case.entities, view))
    doors = tuple(device_order("door-close", zone) for zone in case.entities)
    crew = tuple(visit("check-fire", zone, title=FIGHT_FIRE) for zone in case.entities)
    fire = Text(
        zh=f"疑似火灾（温度达 {FIRE_DEGC:.1f} degC，或超 {ALARM_DEGC:.1f} degC 且一氧化碳超 "
        f"{ALARM_CO_PPM:.1f} ppm）",
        en=f"it looks like fire (at least {FIRE_DEGC:.1f} degC, or {ALARM_DEGC:.1f} degC with CO "
        f"of {ALARM_CO_PPM:.1f} ppm)",
    )
    aired = Text(
        zh="通风：不选，送风会助燃", en="ventilation: not chosen, fresh air would feed a fire"
    )
    why = joined(value_and_limit(case, what=what, unit=unit), fire)
    return Decision(orders=(*fans, *doors, *crew), why=why, alternatives=(aired,))


def _looks_like_fire(case: Case, view: View) -> bool:
    """Great heat, or heat and CO together, in any zone of the case."""
    for zone in case.entities:
        heat = recent(view, AIR.name, entity=zone, field="temperature") or 0.0
        co = recent(view, AIR.name, entity=zone, field="co") or 0.0
        if heat >= FIRE_DEGC or (heat >= ALARM_DEGC and co >= ALARM_CO_PPM):
            return True
    return False


def _values(view: View, zones: Iterable[str], *, field: str) -> list[float]:
    found = (recent(view, AIR.name, entity=zone, field=field) for zone in zones)
    return [value for value in found if value is not None]


def _is_good(view: View, zone: str) -> bool:
    """Whether a recent record proves every part of a zone's air good."""
    seen = view.latest(AIR.name, zone)
    if seen is None or recent(view, AIR.name, entity=zone, field="methane") is None:
        return False
    return all(is_good(seen) for is_good in IS_GOOD)


def _fans(action: str, zones: Iterable[str]) -> tuple[Order, ...]:
    return tuple(device_order(action, zone) for zone in zones)


def _closure(holds: Callable[[Observation], bool]) -> Closure:
    return Closure(window=WINDOW, at_least=AT_LEAST, holds=holds)


AIR_PLAYBOOKS: Final = (
    Playbook(
        name="methane-high",
        title=Text(zh="甲烷浓度高", en="Methane high"),
        stream=AIR,
        detect=Limit(
            "methane",
            high=ALARM_LEL,
            deadband=5.0,  # Ours: wider than sensor noise, so that one leak is one alarm.
            on_delay=1 * MINUTE,  # Ours: a puff from an opened cabinet is gone by then.
            severity=Severity.SEVERE,
        ),
        decide=vent_methane,
        close=_closure(is_free_of_methane),
        stand_down=stop_fans,
    ),
    Playbook(
        name="oxygen-low",
        title=Text(zh="氧气含量低", en="Oxygen low"),
        stream=AIR,
        detect=Limit(
            "oxygen",
            low=ALARM_OXYGEN_VOL,
            deadband=0.3,  # Ours: six times the noise of an electrochemical cell.
            on_delay=1 * MINUTE,  # Ours: as for methane.
            severity=Severity.SEVERE,
        ),
        decide=vent_for_oxygen,
        close=_closure(has_oxygen),
        stand_down=stop_fans,
    ),
    Playbook(
        name="h2s-high",
        title=Text(zh="硫化氢超限", en="H2S high"),
        stream=AIR,
        detect=Limit(
            "h2s",
            high=ALARM_H2S_PPM,
            deadband=2.0,  # Ours: twenty times the noise of an electrochemical cell.
            on_delay=30 * SECOND,  # Ours: GBZ 2.1 gives a ceiling, not a mean; three readings.
            severity=Severity.SEVERE,
        ),
        decide=vent_h2s,
        close=_closure(is_free_of_h2s),
        stand_down=stop_fans,
    ),
    Playbook(
        name="co-high",
        title=Text(zh="一氧化碳超限", en="CO high"),
        stream=AIR,
        detect=Limit(
            "co",
            high=ALARM_CO_PPM,
            deadband=5.0,  # Ours: ten times the noise of an electrochemical cell.
            on_delay=1 * MINUTE,  # Ours: GBZ 2.1 means 15 minutes; a fire must be seen sooner.
            severity=Severity.SEVERE,
        ),
        decide=answer_co,
        close=_closure(is_free_of_co),
        stand_down=stop_fans,
    ),
    Playbook(
        name="temperature-high",
        title=Text(zh="温度高", en="Temperature high"),
        stream=AIR,
        detect=Limit(
            "temperature",
            high=ALARM_DEGC,
            deadband=ALARM_DEGC - QUIET_DEGC,
            on_delay=2 * MINUTE,  # Ours: air of 1,400 m3 does not warm and cool again in less.
            severity=Severity.MODERATE,
        ),
        decide=answer_heat,
        close=_closure(is_cool),
        stand_down=stop_fans,
    ),
)
