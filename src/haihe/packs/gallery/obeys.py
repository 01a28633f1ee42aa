"""Fans, pumps, doors and valves that do not do what they are told."""

from typing import Final

from haihe.detect import Sequence
from haihe.model import HOUR, MINUTE, Case, Decision, Observation, Severity, Stream, Text
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import TECHNICIAN, visit
from haihe.packs.gallery.streams import (
    DOOR,
    FAN,
    PUMP,
    RUNS,
    RUNS_UNTOLD,
    STANDS,
    STANDS_TOLD,
    VALVE,
)

DISOBEYS: Final = (RUNS_UNTOLD, STANDS_TOLD)
OBEYS: Final = (STANDS, RUNS)
MEND_DRIVE: Final = Text(
    zh="就地检查电源、驱动与反馈，修复后试动作",
    en="Check power, drive and feedback on site; let it act once when mended",
)
ORDER_AGAIN: Final = Text(
    zh="重复下令：不选，控制器一直保持该指令",
    en="ordering again: not chosen, its controller holds the order all the while",
)
_WORDS: Final = {
    FAN.name: (Text(zh="风机", en="fan"), Text(zh="转", en="turn")),
    PUMP.name: (Text(zh="水泵", en="pump"), Text(zh="转", en="turn")),
    DOOR.name: (Text(zh="防火门", en="fire door"), Text(zh="关", en="shut")),
    VALVE.name: (Text(zh="阀门", en="valve"), Text(zh="开", en="open")),
}


def obeys(seen: Observation) -> bool:
    """Whether a record shows an actuator that does what it is told.

    >>> obeys(Observation("gallery.fan", "fan/7", 0, {"state": RUNS}, {}))
    True
    """
    return seen.numbers["state"] in OBEYS


def mend(case: Case, view: View) -> Decision:
    """Send a technician; the others that the open cases have started carry on meanwhile.

    case: a case of an actuator that does not obey.
    view: is not needed.
    """
    del view
    alarm = case.alarms[-1]
    what, does = _WORDS[alarm.stream]
    told = alarm.value == STANDS_TOLD
    why = Text(
        zh=f"{alarm.entity} {what.zh}令{'' if told else '不'}{does.zh}而未从："
        f"反馈码 {alarm.value:.0f}，限值 {alarm.limit:.0f}（或 {RUNS:.0f}），已超过一分钟",
        en=f"{what.en} {alarm.entity} was told {'to' if told else 'not to'} {does.en} and does not "
        f"obey: feedback {alarm.value:.0f}, limit {alarm.limit:.0f} (or {RUNS:.0f}), "
        "for more than a minute",
    )
    orders = tuple(
        visit("mend-drive", one, title=MEND_DRIVE, assignee=TECHNICIAN) for one in case.entities
    )
    return Decision(orders=orders, why=why, alternatives=(ORDER_AGAIN,))


def _playbook(name: str, stream: Stream, *, title: Text, severity: Severity) -> Playbook:
    return Playbook(
        name=name,
        title=title,
        stream=stream,
        # Ours: a fan is up to speed in 15 s and a valve has turned in half a minute.
        detect=Sequence("state", first=DISOBEYS, then=OBEYS, within=1 * MINUTE, severity=severity),
        decide=mend,
        # Ours: the technician's verified report says that it acted; the records that it is so.
        close=Closure(window=3 * MINUTE, at_least=5, holds=obeys),
        due_in=8 * HOUR,  # Ours: a shift; each of them has another beside it.
        roll_up=RollUp(relations=()),
    )


OBEY_PLAYBOOKS: Final = (
    _playbook(
        "fan-disobeys",
        FAN,
        title=Text(zh="风机不受控", en="Fan does not obey"),
        severity=Severity.SEVERE,
    ),
    _playbook(
        "door-disobeys",
        DOOR,
        title=Text(zh="防火门不受控", en="Fire door does not obey"),
        severity=Severity.MODERATE,
    ),
    _playbook(
        "pump-disobeys",
        PUMP,
        title=Text(zh="水泵不受控", en="Pump does not obey"),
        severity=Severity.MODERATE,
    ),
    _playbook(
        "valve-disobeys",
        VALVE,
        title=Text(zh="阀门不受控", en="Valve does not obey"),
        severity=Severity.SEVERE,
    ),
)
