"""Ways into the gallery: shaft covers that are open or shifted, people nobody let in."""

from typing import Final

from haihe.decide import joined, value_and_limit
from haihe.detect import Limit
from haihe.model import HOUR, MINUTE, SECOND, Case, Decision, Observation, Order, Severity, Text
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import device_order, recent, visit
from haihe.packs.gallery.streams import COVER, ENTRY, NOBODY

SECURITY: Final = "gallery-security"  # 管廊安保.
IS_OPEN: Final = 0.5  # Ours: half of the way between a contact's 0 and 1.
IS_STRANGER: Final = 1.5  # Ours: half of the way between somebody known and a stranger.
SHIFTED_DEG: Final = 8.0  # Ours: a cover of 0.7 m that stands up 10 cm at one side.
FLAT_DEG: Final = 3.0  # Ours: well above a tilt sensor's noise under traffic.
GUARD_SHAFT: Final = Text(
    zh="立即围挡井口，查明是谁打开，复位并锁好",
    en="Fence the shaft off at once, find out who opened it, shut and lock it",
)
RESEAT_COVER: Final = Text(
    zh="检查井盖与井座，复位或更换", en="Check cover and seat, put it back or replace it"
)
FIND_STRANGER: Final = Text(
    zh="两人以上到场核查闯入人员，必要时报警",
    en="Find the stranger, two at least; call the police if need be",
)
CLOSE_OTHERS: Final = Text(
    zh="远程锁闭其他出入口：不选，不得困住井下人员",
    en="locking the other ways out: not chosen, nobody may be trapped below",
)
TRUST_CONTACT: Final = Text(
    zh="视为接触不良：不选，无盖井口会致人坠落",
    en="taking it for a bad contact: not chosen, people fall into open shafts",
)
WAIT_FOR_TRAFFIC: Final = Text(
    zh="等下次巡检：不选，翘起的井盖会被车轮掀翻",
    en="leaving it to the next patrol: not chosen, a wheel throws a raised cover over",
)


def is_shut(seen: Observation) -> bool:
    """Whether a record shows a cover that is shut and lies flat; a missing value shows nothing.

    >>> is_shut(Observation("gallery.cover", "cover/7", 0, {"open": 0.0, "tilt": 0.3}, {}))
    True
    """
    return seen.numbers["open"] < IS_OPEN and seen.numbers["tilt"] <= FLAT_DEG


def is_empty(seen: Observation) -> bool:
    """Whether a record shows nobody, by the sensor and by the access controller."""
    return seen.numbers["presence"] == NOBODY and seen.numbers["infrared"] == 0.0


def guard_shaft(case: Case, view: View) -> Decision:
    """Send security to fence off and shut an open shaft, and turn the camera to it.

    case: a ``cover-open`` case.
    view: gives the tilt, and knows the camera of the zone.
    """
    what = Text(zh="井盖开合触点（1 为打开）", en="contact of the cover (1 is open)")
    why = _with_tilt(value_and_limit(case, what=what, unit=""), case, view=view)
    guards = tuple(
        visit("guard-shaft", cover, title=GUARD_SHAFT, assignee=SECURITY) for cover in case.entities
    )
    return Decision(orders=(*_cameras(case, view), *guards), why=why, alternatives=(TRUST_CONTACT,))


def reseat_cover(case: Case, view: View) -> Decision:
    """Have a cover that has moved put back.

    case: a ``cover-shifted`` case.
    view: is not needed.
    """
    del view
    why = value_and_limit(case, what=Text(zh="井盖倾角", en="tilt of the cover"), unit=" deg")
    crew = tuple(visit("reseat-cover", cover, title=RESEAT_COVER) for cover in case.entities)
    return Decision(orders=crew, why=why, alternatives=(WAIT_FOR_TRAFFIC,))


def find_stranger(case: Case, view: View) -> Decision:
    """Record what the cameras see and send security, never one alone.

    case: an ``intrusion`` case; a stranger who walks on takes the case along.
    view: knows the cameras of the zones.
    """
    what = Text(zh="在廊状态码（1 已许可，2 陌生人）", en="presence code (1 let in, 2 a stranger)")
    guards = tuple(
        visit("find-stranger", zone, title=FIND_STRANGER, assignee=SECURITY)
        for zone in case.entities
    )
    return Decision(
        orders=(*_cameras(case, view), *guards),
        why=value_and_limit(case, what=what, unit=""),
        alternatives=(CLOSE_OTHERS,),
    )


def _cameras(case: Case, view: View) -> tuple[Order, ...]:
    """Orders to record, for the cameras of every zone concerned."""
    zones = [
        zone for entity in case.entities for zone in (view.related(entity, "zone") or (entity,))
    ]
    cameras = [camera for zone in zones for camera in view.related(zone, "camera")]
    return tuple(device_order("camera-record", camera) for camera in dict.fromkeys(cameras))


def _with_tilt(why: Text, case: Case, *, view: View) -> Text:
    tilt = recent(view, COVER.name, entity=case.entity, field="tilt")
    if tilt is None:
        return why
    return joined(why, Text(zh=f"倾角 {tilt:.1f} deg", en=f"tilt {tilt:.1f} deg"))


WAY_PLAYBOOKS: Final = (
    Playbook(
        name="cover-open",
        title=Text(zh="井盖打开", en="Shaft cover open"),
        stream=COVER,
        detect=Limit(
            "open",
            high=IS_OPEN,
            on_delay=30 * SECOND,  # Ours: two readings; a contact bounces under a lorry.
            severity=Severity.SEVERE,
        ),
        decide=guard_shaft,
        close=Closure(window=5 * MINUTE, at_least=5, holds=is_shut),
        due_in=1 * HOUR,  # Ours: an open shaft in a street is not left to the next shift.
        roll_up=RollUp(relations=()),
    ),
    Playbook(
        name="cover-shifted",
        title=Text(zh="井盖移位", en="Shaft cover shifted"),
        stream=COVER,
        detect=Limit(
            "tilt",
            high=SHIFTED_DEG,
            deadband=SHIFTED_DEG - FLAT_DEG,
            on_delay=2 * MINUTE,  # Ours: a wheel that rests on it has gone by then.
            severity=Severity.MODERATE,
        ),
        decide=reseat_cover,
        close=Closure(window=5 * MINUTE, at_least=5, holds=is_shut),
        roll_up=RollUp(relations=()),
        under=("cover-open",),
    ),
    Playbook(
        name="intrusion",
        title=Text(zh="陌生人闯入", en="Intrusion"),
        stream=ENTRY,
        detect=Limit(
            "presence",
            high=IS_STRANGER,
            on_delay=30 * SECOND,  # Ours: two readings; a rat does not fool two sensors twice.
            severity=Severity.SEVERE,
        ),
        decide=find_stranger,
        # Ours: two full rounds of the sensor's hold time, in every zone the stranger was seen in.
        close=Closure(window=10 * MINUTE, at_least=10, holds=is_empty),
        due_in=2 * HOUR,  # Ours: then the police have been there.
    ),
)
