"""The water main in the gallery: a burst to be cut out at once, a leak to be found."""

from typing import Final

from haihe.decide import joined, value_and_limit
from haihe.detect import Leak, LeakSize, Limit
from haihe.model import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Case,
    Decision,
    Observation,
    Order,
    Severity,
    Text,
)
from haihe.model.time import format_instant
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import device_order, recent, visit
from haihe.packs.gallery.streams import MAIN, METER

BURST_M3_H: Final = 50.0  # Ours: a fifth of what the avenue takes; a sump's pumps hold 60.
LEAK_M3_H: Final = 2.5  # Ours: three and a half times the noise of two meters of 0.5 % at 100 m3/h.
QUIET_LOSS_M3_H: Final = 2.0  # Ours: what a sound main's balance stays below, but for one reading
# in four hundred.
# Ours: 20 m of water at the street, for houses of four floors; CJJ 92-2016 leaves it to the works.
SERVICE_KPA: Final = 200.0
REPAIR_MAIN: Final = Text(
    zh="抢修给水管段，冲洗后恢复阀位", en="Repair the main, flush it, put its valves back"
)
FIND_LEAK: Final = Text(
    zh="听音检漏，查接口与阀门并修复", en="Listen along the main, mend the joint or valve"
)
CHECK_METERS: Final = Text(
    zh="核对两端流量计，现场查看有无积水", en="Compare both flow meters; look for water on site"
)
SEARCH_DISTRICT: Final = Text(
    zh="逐段关阀测夜间流量，定位漏点并修复",
    en="Shut section by section at night, locate the leak and mend it",
)
MORE_USE: Final = Text(
    zh="视为用水增加：不选，昼夜同量增加的是漏水，不是用水",
    en="taking it for more use: not chosen, what runs day and night alike is not used but lost",
)
ONE_VALVE: Final = Text(
    zh="只关上游阀：不选，联络阀打开后水会从下游倒流",
    en="shutting the upstream valve alone: not chosen, the boundary would feed it from behind",
)
RUN_TO_REPAIR: Final = Text(
    zh="关阀断水：不选，渗漏量小，排水泵能应付，先定位",
    en="cutting the water off: not chosen, the pumps carry that much; it is found first",
)


def holds_water(seen: Observation) -> bool:
    """Whether a record shows a main that loses at most ``QUIET_LOSS_M3_H`` and serves again.

    A section that is cut out loses nothing either, and proves nothing.

    >>> told = {"pressure": 0.0, "loss": 0.0}
    >>> holds_water(Observation("gallery.main", "main/7", 0, told, {}))
    False
    """
    return seen.numbers["loss"] <= QUIET_LOSS_M3_H and seen.numbers["pressure"] >= SERVICE_KPA


def is_metered(seen: Observation) -> bool:
    """Whether a record shows that a district is served and its meter tells the flow."""
    return seen.numbers["flow"] >= 0.0 and seen.numbers["pressure"] >= SERVICE_KPA


def cut_out(case: Case, view: View) -> Decision:
    """Shut the valves at both ends, feed the rest from the boundary, pump the zone out.

    Water that never entered the district cannot be lost in it: where the district meter says less
    than the loss, the balance is at fault, and people look first.

    case: a ``pipe-burst`` case; every entity is a section of the main.
    view: knows its valves, and what the district meter says.
    """
    why = _told(case, view)
    loss = case.alarms[-1].value
    inlet = min(
        (
            flow
            for meter in _ends(case, view, relation="meter")
            if (flow := recent(view, METER.name, entity=meter, field="flow")) is not None
        ),
        default=None,
    )
    if inlet is not None and inlet < loss:
        doubt = Text(
            zh=f"分区表仅 {inlet:.1f} m3/h，小于漏失量，疑似计量故障",
            en=f"the district meter says {inlet:.1f} m3/h, less than is lost: a meter is at fault",
        )
        look = tuple(visit("check-meters", main, title=CHECK_METERS) for main in case.entities)
        cut = Text(
            zh="立即关阀：不选，两种计量互相矛盾",
            en="shutting the valves at once: not chosen, the meters contradict each other",
        )
        return Decision(orders=look, why=joined(why, doubt), alternatives=(cut,))
    if inlet is not None:
        why = joined(
            why,
            Text(zh=f"分区表 {inlet:.1f} m3/h", en=f"the district meter says {inlet:.1f} m3/h"),
        )
    boundaries = _ends(case, view, relation="boundary")
    valves = tuple(valve for valve in _ends(case, view, relation="valve"))
    shut = tuple(device_order("valve-shut", valve) for valve in valves)
    fed = tuple(
        device_order("valve-open", boundary) for boundary in boundaries if boundary not in valves
    )
    pumps = tuple(device_order("pump-start", pump) for pump in _pumps(case, view))
    repair = tuple(visit("repair-main", main, title=REPAIR_MAIN) for main in case.entities)
    return Decision(orders=(*shut, *fed, *pumps, *repair), why=why, alternatives=(ONE_VALVE,))


def hand_back_pumps(case: Case, view: View) -> Decision:
    """Hand the pumps that the case had started back to their float switches.

    The valves were put back by whoever repaired the main; no playbook lets water into a pipe.

    case: a closed ``pipe-burst`` case.
    view: knows the zones' pumps.
    """
    pumps = _pumps(case, view)
    why = Text(
        zh=f"管段压力不低于 {SERVICE_KPA:.0f} kPa 且不再漏失：{len(pumps)} 台水泵转自动",
        en=f"the main holds at least {SERVICE_KPA:.0f} kPa and loses nothing: "
        f"{len(pumps)} pumps go back to their float switches",
    )
    return Decision(orders=tuple(device_order("pump-auto", pump) for pump in pumps), why=why)


def find_leak(case: Case, view: View) -> Decision:
    """Send a crew with a listening stick to the section; the water stays on.

    case: a ``pipe-leak`` case.
    view: gives the pressure beside the loss.
    """
    crew: tuple[Order, ...] = tuple(
        visit("find-leak", main, title=FIND_LEAK) for main in case.entities
    )
    return Decision(orders=crew, why=_told(case, view), alternatives=(RUN_TO_REPAIR,))


def search_district(case: Case, view: View) -> Decision:
    """Have a district searched whose use has risen day and night alike.

    case: a ``district-leak`` case; its newest alarm says how much is lost, and since when.
    view: gives what flows in by now.
    """
    alarm = case.alarms[-1]
    why = value_and_limit(case, what=Text(zh="分区漏损", en="leak in the district"), unit=" m3/h")
    size = LeakSize.read(alarm.detail)
    if size is not None:
        low, high = f"{size.low_m3_h:.1f}", f"{size.high_m3_h:.1f}"
        since = format_instant(size.since_at)
        why = joined(
            why,
            Text(
                zh=f"可信区间 {low} 至 {high} m3/h，起于 {since}",
                en=f"{low} to {high} m3/h is likely, since {since}",
            ),
        )
    flow = recent(view, METER.name, entity=alarm.entity, field="flow")
    if flow is not None:
        why = joined(why, Text(zh=f"现进水 {flow:.0f} m3/h", en=f"{flow:.0f} m3/h flow in now"))
    crew = tuple(visit("search-district", one, title=SEARCH_DISTRICT) for one in case.entities)
    return Decision(orders=crew, why=why, alternatives=(MORE_USE,))


def _told(case: Case, view: View) -> Text:
    why = value_and_limit(case, what=Text(zh="管段漏失", en="loss of the main"), unit=" m3/h")
    kpa = recent(view, MAIN.name, entity=case.alarms[-1].entity, field="pressure")
    if kpa is None:
        return why
    return joined(why, Text(zh=f"压力 {kpa:.0f} kPa", en=f"pressure {kpa:.0f} kPa"))


def _ends(case: Case, view: View, *, relation: str) -> tuple[str, ...]:
    """What the sections of a case are related to, each once."""
    found = [other for main in case.entities for other in view.related(main, relation)]
    return tuple(dict.fromkeys(found))


def _pumps(case: Case, view: View) -> tuple[str, ...]:
    zones = _ends(case, view, relation="zone")
    return tuple(pump for zone in zones for pump in view.related(zone, "pump"))


PIPE_PLAYBOOKS: Final = (
    Playbook(
        name="pipe-burst",
        title=Text(zh="给水管爆管", en="Water main burst"),
        stream=MAIN,
        detect=Limit(
            "loss",
            high=BURST_M3_H,
            deadband=BURST_M3_H - QUIET_LOSS_M3_H,
            on_delay=30 * SECOND,  # Ours: a valve that moves upsets one reading, not two.
            severity=Severity.EXTREME,
        ),
        decide=cut_out,
        close=Closure(window=10 * MINUTE, at_least=10, holds=holds_water),
        stand_down=hand_back_pumps,
    ),
    Playbook(
        name="pipe-leak",
        title=Text(zh="给水管渗漏", en="Water main leaking"),
        stream=MAIN,
        # Ours: ten readings in a row beyond three sigma of the balance are not met by chance.
        detect=Limit(
            "loss",
            high=LEAK_M3_H,
            deadband=LEAK_M3_H - QUIET_LOSS_M3_H,
            on_delay=5 * MINUTE,
            severity=Severity.MODERATE,
        ),
        decide=find_leak,
        close=Closure(window=10 * MINUTE, at_least=10, holds=holds_water),
        due_in=24 * HOUR,  # Ours: what the pumps carry can wait for the next day's crew.
        roll_up=RollUp(relations=()),
        under=("pipe-burst",),
    ),
    Playbook(
        name="district-leak",
        title=Text(zh="供水分区漏损", en="District leaking"),
        stream=METER,
        # Ours: 3 m3/h, a hundredth of what an avenue takes; the section balances find the rest.
        detect=Leak("flow", least=3.0, severity=Severity.MINOR),
        decide=search_district,
        # Ours: the verified report that it is mended is the proof; the records show that the
        # district is served and metered. What was missed is raised again as the next leak.
        close=Closure(window=6 * HOUR, at_least=6, holds=is_metered),
        due_in=7 * DAY,  # Ours: a week of nights to search.
        roll_up=RollUp(relations=()),
    ),
)
