"""What opens a case: an application, a round of digests, a broken promise, a pool that runs low."""

from typing import Final

from haihe.decide.scheme.quantity import say_money
from haihe.detect import Arrived, ByLedger
from haihe.model import DAY, Case, Decision, Severity, Text
from haihe.pack import Playbook, Procedure, RollUp, View, office_of
from haihe.packs.schemes.digest import tell_everybody
from haihe.packs.schemes.procedure import proceed
from haihe.packs.schemes.steps import order_of
from haihe.packs.schemes.streams import APPLICATION, ROUND

EACH: Final = RollUp(relations=())
# Ours: a year; what is due is each step, in working days.
YEAR: Final = 365 * DAY
OFFICE: Final = "schemes-lead"


def claim_back(case: Case, view: View) -> Decision:
    """Claim back what was paid on a promise that was broken.

    case: of ``claw-back``; the entity is the application.
    view: gives its orders.
    """
    alarm = case.alarms[-1]
    given = tuple(one.order for one in office_of(view).orders(case.id))
    paid, limit = say_money(round(alarm.value)), say_money(round(alarm.limit))
    order = order_of(
        "claw-back",
        case.entity,
        now=view.now,
        parameters={"paid_fen": f"{alarm.value:.0f}", "broken": alarm.detail},
    )
    why = Text(
        zh=f"已拨付{paid.zh}，承诺的条件（{alarm.detail}）不再成立，应留{limit.zh}",
        en=f"{paid.en} were paid; the kept condition ({alarm.detail}) holds no more, so "
        f"{limit.en} may be kept",
    )
    return Decision(orders=given or (order,), why=why)


def refill(case: Case, view: View) -> Decision:
    """Ask what happens when a pool runs out.

    case: of ``pool-low``; the entity is the pool.
    view: gives its orders.
    """
    alarm = case.alarms[-1]
    given = tuple(one.order for one in office_of(view).orders(case.id))
    left, limit = say_money(round(alarm.value)), say_money(round(alarm.limit))
    why = Text(
        zh=f"资金池剩{left.zh}，低于警戒{limit.zh}",
        en=f"{left.en} are left, the warning is at {limit.en}",
    )
    return Decision(orders=given or (order_of("fund-pool", case.entity, now=view.now),), why=why)


PLAYBOOKS: Final = (
    Playbook(
        name="application",
        title=Text(zh="政策申请", en="Application for a scheme"),
        stream=APPLICATION,
        detect=Arrived(),
        decide=proceed,
        close=Procedure(),
        due_in=YEAR,
        roll_up=EACH,
        escalate_to=OFFICE,
    ),
    Playbook(
        name="digest",
        title=Text(zh="政策推送", en="Digests of what enterprises may have"),
        stream=ROUND,
        detect=Arrived(),
        decide=tell_everybody,
        close=Procedure(),
        due_in=7 * DAY,
        roll_up=EACH,
        escalate_to=OFFICE,
    ),
    Playbook(
        name="claw-back",
        title=Text(zh="资金追回", en="Money to claim back"),
        stream=APPLICATION,
        detect=ByLedger(Severity.SEVERE),
        decide=claim_back,
        close=Procedure(),
        due_in=YEAR,
        roll_up=EACH,
        escalate_to=OFFICE,
    ),
    Playbook(
        name="pool-low",
        title=Text(zh="资金池将尽", en="A pool runs low"),
        stream=APPLICATION,
        detect=ByLedger(Severity.MODERATE),
        decide=refill,
        close=Procedure(),
        due_in=30 * DAY,
        roll_up=EACH,
        escalate_to=OFFICE,
    ),
)
