"""Power cables: joints that warm up, sheaths that are hot, insulation that discharges."""

from typing import Final

from haihe.decide import joined, value_and_limit
from haihe.detect import Limit, Rate
from haihe.model import DAY, MINUTE, Case, Decision, Observation, Severity, Text
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import device_order, recent, visit
from haihe.packs.gallery.streams import CABLE

# GB/T 12706.2-2020: the conductor of an XLPE cable may reach 90 degC; ours: its sheath stays 20 K
# cooler at the rated current.
ALARM_SHEATH_DEGC: Final = 70.0
QUIET_SHEATH_DEGC: Final = 55.0  # Ours: what the rated current alone makes of a sheath, 18 + 35 K.
RISE_K_MIN: Final = 1.0  # Ours: ten times what the steepest hour of load does.
# GB/T 12706.2-2020 allows 10 pC at the works; ours: ten times that in service asks for a look.
ALARM_DISCHARGE_PC: Final = 100.0
QUIET_DISCHARGE_PC: Final = 30.0  # Ours: ten times what is left of noise.
PHASES: Final = ("a", "b", "c")
LOOK_AT_JOINT: Final = Text(
    zh="热像仪检查电缆接头，测接地环流",
    en="Check the joint with a thermal camera and its earth current",
)
LOCATE_DISCHARGE: Final = Text(
    zh="局放复测定位，安排停电检修", en="Measure again, locate the discharge, plan an outage"
)
TRIP: Final = Text(
    zh="立即停电：不选，减载后温度可控，停电影响全线用户",
    en="tripping the feeder: not chosen, less load holds it, and the whole avenue hangs on it",
)
WATCH_ON: Final = Text(
    zh="等到超过温度限值：不选，升温快于负荷，接头已在恶化",
    en="waiting for the limit: not chosen, it warms faster than its load and will not mend itself",
)
SHED_FOR_DISCHARGE: Final = Text(
    zh="减载：不选，局放由电压引起，与负荷无关",
    en="taking load off: not chosen, voltage makes the discharge, not the load",
)


def is_cool_sheath(seen: Observation) -> bool:
    """Whether a record shows a sheath at or under ``QUIET_SHEATH_DEGC``; a missing value none.

    >>> is_cool_sheath(Observation("gallery.cable", "cable/7", 0, {"temperature": 40.0}, {}))
    True
    """
    return seen.numbers["temperature"] <= QUIET_SHEATH_DEGC


def is_quiet(seen: Observation) -> bool:
    """Whether a record shows at most ``QUIET_DISCHARGE_PC``; a missing value shows nothing."""
    return seen.numbers["discharge"] <= QUIET_DISCHARGE_PC


def relieve(case: Case, view: View) -> Decision:
    """Take load off a feeder whose sheath is hot and have the joint looked at.

    case: a ``cable-hot`` case.
    view: gives the load beside the heat.
    """
    what = Text(zh="电缆护层温度", en="cable sheath")
    why = _with_load(value_and_limit(case, what=what, unit=" degC"), case, view=view)
    less = tuple(device_order("load-reduce", cable) for cable in case.entities)
    crew = tuple(visit("check-joint", cable, title=LOOK_AT_JOINT) for cable in case.entities)
    return Decision(orders=(*less, *crew), why=why, alternatives=(TRIP,))


def relieve_early(case: Case, view: View) -> Decision:
    """Take load off a feeder that warms faster than its load explains, before it is hot.

    case: a ``cable-warming`` case.
    view: gives how warm it is by now, and the load.
    """
    what = Text(zh="电缆升温速率", en="cable warming")
    why = value_and_limit(case, what=what, unit=" K/min")
    degc = recent(view, CABLE.name, entity=case.entity, field="temperature")
    if degc is not None:
        why = joined(why, Text(zh=f"现 {degc:.1f} degC", en=f"now at {degc:.1f} degC"))
    less = tuple(device_order("load-reduce", cable) for cable in case.entities)
    crew = tuple(visit("check-joint", cable, title=LOOK_AT_JOINT) for cable in case.entities)
    return Decision(
        orders=(*less, *crew), why=_with_load(why, case, view=view), alternatives=(WATCH_ON,)
    )


def give_load_back(case: Case, view: View) -> Decision:
    """Give the feeder its load again.

    case: a closed case of a warm cable.
    view: gives how warm it is by now.
    """
    degc = recent(view, CABLE.name, entity=case.entity, field="temperature")
    now = "" if degc is None else f" {degc:.1f} degC"
    why = Text(
        zh=f"{case.entity} 护层{now} 不超过 {QUIET_SHEATH_DEGC:.0f} degC：恢复负荷",
        en=f"the sheath of {case.entity} has cooled{now}, at most {QUIET_SHEATH_DEGC:.0f} degC: "
        "its load comes back",
    )
    orders = tuple(device_order("load-restore", cable) for cable in case.entities)
    return Decision(orders=orders, why=why)


def locate_discharge(case: Case, view: View) -> Decision:
    """Have the discharge measured again and located.

    case: a ``partial-discharge`` case.
    view: gives each phase.
    """
    why = value_and_limit(case, what=Text(zh="局部放电", en="partial discharge"), unit=" pC")
    told = [
        (value, phase)
        for phase in PHASES
        if (value := recent(view, CABLE.name, entity=case.entity, field=f"discharge_{phase}"))
        is not None
    ]
    if told:
        worst = max(told)[1].upper()
        names = ", ".join(f"{phase.upper()} {value:.0f}" for value, phase in told)
        why = joined(
            why,
            Text(zh=f"{worst} 相最大（{names} pC）", en=f"phase {worst} is worst ({names} pC)"),
        )
    crew = tuple(visit("locate-discharge", one, title=LOCATE_DISCHARGE) for one in case.entities)
    return Decision(orders=crew, why=why, alternatives=(SHED_FOR_DISCHARGE,))


def _with_load(why: Text, case: Case, *, view: View) -> Text:
    amperes = recent(view, CABLE.name, entity=case.entity, field="current")
    if amperes is None:
        return why
    return joined(why, Text(zh=f"负荷 {amperes:.0f} A", en=f"load {amperes:.0f} A"))


CABLE_PLAYBOOKS: Final = (
    Playbook(
        name="cable-warming",
        title=Text(zh="电缆异常升温", en="Cable warming"),
        stream=CABLE,
        # Ours: two readings two minutes apart tell 1 K/min from the fibre's noise of 0.3 K.
        detect=Rate(
            "temperature",
            MINUTE,
            rise=RISE_K_MIN,
            min_spacing=2 * MINUTE,
            severity=Severity.MODERATE,
        ),
        decide=relieve_early,
        close=Closure(window=10 * MINUTE, at_least=10, holds=is_cool_sheath),
        stand_down=give_load_back,
    ),
    Playbook(
        name="cable-hot",
        title=Text(zh="电缆温度高", en="Cable hot"),
        stream=CABLE,
        detect=Limit(
            "temperature",
            high=ALARM_SHEATH_DEGC,
            deadband=ALARM_SHEATH_DEGC - QUIET_SHEATH_DEGC,
            on_delay=1 * MINUTE,  # Ours: twice the fibre's scan, so that one bad trace is none.
            severity=Severity.SEVERE,
        ),
        decide=relieve,
        close=Closure(window=10 * MINUTE, at_least=10, holds=is_cool_sheath),
        under=("cable-warming",),
        stand_down=give_load_back,
    ),
    Playbook(
        name="partial-discharge",
        title=Text(zh="电缆局部放电", en="Partial discharge"),
        stream=CABLE,
        detect=Limit(
            "discharge",
            high=ALARM_DISCHARGE_PC,
            deadband=ALARM_DISCHARGE_PC - QUIET_DISCHARGE_PC,
            on_delay=5 * MINUTE,  # Ours: switching on the network is over by then.
            severity=Severity.MODERATE,
        ),
        decide=locate_discharge,
        close=Closure(window=30 * MINUTE, at_least=30, holds=is_quiet),
        due_in=3 * DAY,  # Ours: an outage has to be planned.
        roll_up=RollUp(relations=()),
    ),
)
