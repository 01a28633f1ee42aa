"""What the watch over the signals opens cases for, who goes there, and when it is over."""

import math
from typing import Final

from haihe.decide import joined, value_and_limit
from haihe.detect import ByLedger, Silence
from haihe.model import (
    HOUR,
    MINUTE,
    Case,
    Decision,
    Observation,
    Order,
    Settled,
    Severity,
    Text,
)
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.traffic.naming import movement_title
from haihe.packs.traffic.signals.blocked import BLOCKED
from haihe.packs.traffic.signals.cares import CLOCK, LATE, LIES, REFUSAL, SPILLS, in_chinese
from haihe.packs.traffic.streams import ROAD_FLOW, SIGNAL_EVENT

TECHNICIAN: Final = "traffic-technician"  # 信号维护员.
POLICE: Final = "traffic-police"  # 交警: directs traffic on the spot.
ROAD_DUE: Final = 15 * MINUTE  # Ours: a patrol within the zone.
MEND_DUE: Final = 2 * HOUR  # Ours: a technician with spares, by day or night.
EACH: Final = RollUp(relations=())
PLAN_GOES_ON: Final = Text(
    zh="关闭信号: 不选, 本地方案继续安全放行",
    en="switching the signals off: not chosen, the local plan goes on and is safe",
)
GIVEN_BACK: Final = Text(
    zh="交还本地方案: 不选, 晚到的指令仍优于固定配时; 需要时可在交通值班室挂起该路口",
    en="giving it back to its local plan: not chosen, late orders still beat fixed times; a person "
    "can shelve the junction in the traffic room",
)
WAIT_FOR_CALL: Final = Text(
    zh="等待报警电话: 不选, 绕行车辆每个周期都在并线, 二次事故风险高",
    en="waiting for somebody to call: not chosen, everyone squeezes past it, a second accident is "
    "near",
)
NOT_BELIEVED: Final = Text(
    zh="照信该检测器: 不选, 控制回路改按平均流量估计该车道",
    en="believing it: not chosen, the loop estimates that lane from its average flow",
)
LONGER_GREEN: Final = Text(
    zh="单独延长该方向绿灯: 控制回路已按排队加权, 下游无空位时无效",
    en="more green for it alone: the loop weighs its queue already, and without room behind the "
    "junction it is of no use",
)


def tells_event(seen: Observation) -> bool:
    """Whether a record is an event at all.

    >>> tells_event(Observation("traffic.signal_event", "junction/J0101", 0, {"code": 1.0}, {}))
    True
    """
    return math.isfinite(seen.numbers["code"])


def tells_queue(seen: Observation) -> bool:
    """Whether a record tells the queue; whether it has eased the loop says."""
    return math.isfinite(seen.numbers["waiting"])


def mend_detector(case: Case, view: View) -> Decision:  # noqa: ARG001
    """Send a technician to a detector that lies.

    case: of ``detector-lies``; the entity is the junction.
    """
    detail = case.alarms[-1].detail
    order = _visit(
        "detector-mend",
        case.entity,
        assignee=TECHNICIAN,
        title=Text(
            zh=f"检查线圈与接线: {in_chinese(detail)}",
            en=f"Check the loops and their wires: {detail}",
        ),
    )
    told = value_and_limit(case, what=Text(zh="检测器读数", en="a detector's reading"), unit="")
    why = joined(told, Text(zh=f"不可信: {in_chinese(detail)}", en=f"not believed: {detail}"))
    return Decision(orders=(order,), why=why, alternatives=(NOT_BELIEVED,))


def find_controller(case: Case, view: View) -> Decision:  # noqa: ARG001
    """Send a technician to a controller that says nothing.

    case: of ``controller-silent``.
    """
    order = _visit(
        "controller-look",
        case.entity,
        assignee=TECHNICIAN,
        title=Text(
            zh="检查信号机供电与通信, 恢复后核对时钟",
            en="Check the controller's power and line, then its clock",
        ),
    )
    told = value_and_limit(case, what=Text(zh="已静默", en="silence"), unit=" s")
    why = joined(
        told, Text(zh="该路口按本地方案运行", en="the junction runs its local plan meanwhile")
    )
    return Decision(orders=(order,), why=why, alternatives=(PLAN_GOES_ON,))


def ask_controller(case: Case, view: View) -> Decision:  # noqa: ARG001
    """Send a technician to a controller that does not show what was ordered.

    case: of ``controller-refuses``.
    """
    order = _visit(
        "controller-check",
        case.entity,
        assignee=TECHNICIAN,
        title=Text(
            zh="检查信号机是否被置于本地手动, 以及指令链路",
            en="See whether the controller was set to local, and check the way orders take",
        ),
    )
    told = value_and_limit(
        case, what=Text(zh="未执行指令计分", en="score of orders not shown"), unit=""
    )
    why = joined(
        told,
        Text(
            zh="显示阶段与指令不符, 该路口实际按本地方案运行",
            en="what it shows is not what was ordered; in truth it runs its local plan",
        ),
    )
    return Decision(orders=(order,), why=why, alternatives=(PLAN_GOES_ON,))


def set_clock(case: Case, view: View) -> Decision:  # noqa: ARG001
    """Send a technician to a controller whose clock is wrong.

    case: of ``clock-wrong``.
    """
    order = _visit(
        "clock-set",
        case.entity,
        assignee=TECHNICIAN,
        title=Text(
            zh="校准信号机时钟, 检查对时", en="Set the controller's clock and see who sets it"
        ),
    )
    told = value_and_limit(case, what=Text(zh="时钟偏差", en="its clock's error"), unit=" s")
    why = joined(
        told,
        Text(
            zh="其事件按入库时间计, 指令期限和协调按其时钟会偏移",
            en="its events count as of their receipt; by its clock orders end at other instants",
        ),
    )
    return Decision(orders=(order,), why=why, alternatives=(PLAN_GOES_ON,))


def time_controller(case: Case, view: View) -> Decision:  # noqa: ARG001
    """Send a technician to a controller that carries orders out late.

    case: of ``controller-late``.
    """
    order = _visit(
        "controller-line-check",
        case.entity,
        assignee=TECHNICIAN,
        title=Text(
            zh="检查信号机通信链路和负载, 查明指令为何晚执行",
            en="Check the controller's line and its load: why does it carry orders out late",
        ),
    )
    told = value_and_limit(
        case,
        what=Text(
            zh="最近五条指令执行延迟的中位数", en="delay of its last five orders, in the median"
        ),
        unit=" s",
    )
    why = joined(
        told,
        Text(
            zh="指令照常下达, 信号机按自身限值安全执行, 但放行已不合当时排队",
            en="orders still go out and its own limits keep it safe, but by then other queues wait",
        ),
    )
    return Decision(orders=(order,), why=why, alternatives=(GIVEN_BACK,))


def clear_road(case: Case, view: View) -> Decision:  # noqa: ARG001
    """Ask the police to keep the junction upstream free.

    case: of ``queue-spills``; the entity is the road.
    """
    order = _visit(
        "traffic-direct",
        case.entity,
        assignee=POLICE,
        title=Text(
            zh="到上游路口疏导, 防止车辆滞留路口内",
            en="Direct traffic at the junction upstream and keep its middle free",
        ),
        due_in=ROAD_DUE,
    )
    told = value_and_limit(case, what=Text(zh="排队车辆", en="vehicles waiting"), unit=" veh")
    why = joined(
        told,
        Text(zh="排队即将溢出到上游路口", en="the queue is about to reach the junction upstream"),
    )
    return Decision(orders=(order,), why=why, alternatives=(LONGER_GREEN,))


def look_at_lane(case: Case, view: View) -> Decision:  # noqa: ARG001
    """Have a camera or a patrol look at a lane that is blocked, and clear it.

    case: of ``lane-blocked``; the entity is the road.
    """
    where = lane_place(case.alarms[-1].detail)
    order = _visit(
        "lane-clear",
        case.entity,
        assignee=POLICE,
        title=Text(
            zh=f"先用摄像头查看, 再派巡逻到场清障: {where.zh}",
            en=f"Look by camera, then send a patrol to clear it: {where.en}",
        ),
        due_in=ROAD_DUE,
    )
    told = value_and_limit(
        case, what=Text(zh="绿灯亮起后仍有车停驶", en="standing still after its green"), unit=" s"
    )
    why = joined(
        told,
        Text(
            zh=f"{where.zh}, 前方无排队却有车停驶, 车道可能被事故或故障车占用; "
            "信号控制不再为停在其后的车辆放行",
            en=f"{where.en}: nobody waits before those who stand, so an accident or a broken car "
            "may block it; signals give no green for those behind it",
        ),
    )
    return Decision(orders=(order,), why=why, alternatives=(WAIT_FOR_CALL,))


def lane_place(detail: str) -> Text:
    """The lane and the metres of a finding, in both languages.

    >>> lane_place("lane W-through, 176 m before the stop line").zh
    '西直行车道, 停止线前约 176 米'
    """
    lane, _, rest = detail.removeprefix("lane ").partition(", ")
    name, metres = movement_title(lane), rest.partition(" ")[0]
    return Text(
        zh=f"{name.zh}车道, 停止线前约 {metres} 米",
        en=f"lane {name.en}, about {metres} m before the stop line",
    )


def _visit(
    action: str, entity: str, *, assignee: str, title: Text, due_in: int = MEND_DUE
) -> Order:
    """An order that sends people; someone else verifies what they report."""
    return Order(
        action=action,
        entity=entity,
        assignee=assignee,
        due_in=due_in,
        title=Text(zh=f"{title.zh} ({entity})", en=f"{title.en} ({entity})"),
        settled=Settled.BY_VERIFICATION,
    )


# Each closes on records that go on, and not before the loop has called what stands over.
EVENTS_GO_ON: Final = Closure(window=10 * MINUTE, at_least=20, holds=tells_event, gap=3 * MINUTE)
PLAYBOOKS: Final = (
    Playbook(
        name=LIES,
        title=Text(zh="检测器不可信", en="Detector not believed"),
        stream=SIGNAL_EVENT,
        detect=ByLedger(Severity.MINOR),
        decide=mend_detector,
        close=EVENTS_GO_ON,
        roll_up=EACH,
    ),
    Playbook(
        name="controller-silent",
        title=Text(zh="信号机失联", en="Controller silent"),
        stream=SIGNAL_EVENT,
        # Ours: the most red and a change are 130 s; no controller says nothing for longer.
        detect=Silence(3 * MINUTE, severity=Severity.MODERATE),
        decide=find_controller,
        close=EVENTS_GO_ON,
        roll_up=EACH,
    ),
    Playbook(
        name=REFUSAL,
        title=Text(zh="信号机不执行指令", en="Controller does not obey"),
        stream=SIGNAL_EVENT,
        detect=ByLedger(Severity.MODERATE),
        decide=ask_controller,
        # Two orders that were shown are the evidence; minutes of events, that its line is up.
        close=Closure(window=3 * MINUTE, at_least=10, holds=tells_event, gap=1 * MINUTE),
        roll_up=EACH,
        under=("controller-silent",),
    ),
    Playbook(
        name=CLOCK,
        title=Text(zh="信号机时钟不准", en="Controller's clock is wrong"),
        stream=SIGNAL_EVENT,
        detect=ByLedger(Severity.MINOR),
        decide=set_clock,
        close=EVENTS_GO_ON,
        roll_up=EACH,
    ),
    Playbook(
        name=LATE,
        title=Text(zh="信号机执行迟缓", en="Controller answers late"),
        stream=SIGNAL_EVENT,
        detect=ByLedger(Severity.MINOR),
        decide=time_controller,
        # Three orders that were carried out in time are the evidence; minutes of events, its line.
        close=Closure(window=3 * MINUTE, at_least=10, holds=tells_event, gap=1 * MINUTE),
        roll_up=EACH,
        under=("controller-silent", REFUSAL),
    ),
    Playbook(
        name=SPILLS,
        title=Text(zh="排队溢出", en="Queue spills back"),
        stream=ROAD_FLOW,
        detect=ByLedger(Severity.SEVERE),
        decide=clear_road,
        close=Closure(window=5 * MINUTE, at_least=5, holds=tells_queue, gap=3 * MINUTE),
        roll_up=EACH,
    ),
    Playbook(
        name=BLOCKED,
        title=Text(zh="车道受阻", en="Lane blocked"),
        stream=ROAD_FLOW,
        detect=ByLedger(Severity.SEVERE),
        decide=look_at_lane,
        # Greens in which everybody drove are the evidence; minutes of counts, that the line is up.
        close=Closure(window=5 * MINUTE, at_least=5, holds=tells_queue, gap=3 * MINUTE),
        roll_up=EACH,
    ),
)
