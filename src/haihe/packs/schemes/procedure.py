"""办件: what is to be done next with an application, from its orders so far."""

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from haihe.decide.grants.application import Application, Stage, base_of
from haihe.decide.grants.assess import assess, version_of
from haihe.decide.grants.bringing import lacking
from haihe.decide.grants.identity import check_code
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.money import allowed, is_per_person
from haihe.decide.grants.paper import in_one_line
from haihe.decide.grants.wording import in_words
from haihe.decide.scheme import Explanation, Verdict
from haihe.decide.scheme.quantity import parse_money, say_money
from haihe.decide.workday import day_of, due_after
from haihe.model import Case, Decision, Order, OrderState, Text, WorkOrder
from haihe.pack import View, office_of
from haihe.packs.schemes.steps import STEPS, order_of
from haihe.packs.schemes.streams import NAME

# A step and how it ended to the step that follows.
NEXT: Final = {
    ("accept", "accept"): "review",
    ("accept", "supplement"): "supplement",
    ("supplement", "given"): "accept",
    ("review", "pass"): "publish",
    ("review", "supplement"): "supplement",
    ("publish", ""): "approve",
    ("publish", "objected"): "hear",
    ("hear", "dismissed"): "approve",
    ("approve", "approve"): "pay",
    ("fund", "funded"): "pay",
    ("pay", "paid"): "paid",
    ("pay", "bank-refused"): "account",
    ("account", "given"): "pay",
}
# A move of the enterprise (or of whoever objects) that does a step's work.
DONE_BY_MOVE: Final = {
    "supplement": ("supplement", "given"),
    "account": ("account", "given"),
    "publish": ("object", "objected"),
}
ROUNDS_MAX: Final = 20  # Ours: of one step; more supplements are a quarrel for people.
BY_HAND: Final = Text(
    zh="由系统自动批准：不选，资金由具名的人批准",
    en="approving it by rule: not chosen, money is approved by a named person",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies on the desk.

    application: as the ledger has it.
    grants: the ledger.
    orders: of its case, oldest first.
    now: the log's time; ns.
    """

    application: Application
    grants: Grants
    orders: tuple[WorkOrder, ...]
    now: int

    @property
    def why(self) -> Explanation | None:
        """Its enterprise held against its scheme, on the text of the day it came."""
        asked = self.application
        return assess(self.grants, asked.enterprise, scheme=asked.scheme, day=asked.asked_day)


def proceed(case: Case, view: View) -> Decision:
    """All orders of an application so far, and the next one.

    case: of an application, whose entity it is.
    view: gives its orders and the ledger.
    """
    office = office_of(view)
    grants: Grants = office.ledger(NAME)
    application = grants.kept.applications.get(case.entity)
    orders = office.orders(case.id)
    if application is None:
        return Decision(orders=(), why=_said("不是有效的申请", f"{case.entity} is no application"))
    desk = Desk(application, grants, orders, view.now)
    if application.stage is Stage.WITHDRAWN:
        return Decision(orders=(), why=_said("企业已撤回申请", "the enterprise withdrew it"))
    if not orders:
        return _begin(desk)
    last = orders[-1]
    outcome = _outcome(desk, last)
    if outcome is None:  # Something else came while the step is open.
        return Decision(orders=_so_far(orders), why=_step_words(last))
    return _after(desk, last, outcome=outcome)


def _begin(desk: Desk) -> Decision:
    wrong = _impossible(desk)
    if wrong is not None:
        return _refused(desk, wrong)
    why = desk.why
    assert why is not None  # What is not in force is impossible.
    order = order_of("accept", desk.application.id, now=desk.now, parameters=_facts_for(desk, why))
    words = in_words(why)
    return Decision(
        orders=(order,),
        why=_said(f"收到 1 份申请。{words.zh}", f"1 application came. {words.en}"),
        alternatives=(BY_HAND,),
    )


def _impossible(desk: Desk) -> Text | None:
    """Why nobody need look at it; None if somebody must."""
    asked = desk.application
    try:
        check_code(asked.enterprise)
    except ValueError as error:
        return _said("统一社会信用代码有误", str(error))
    if version_of(desk.grants, asked.scheme, day=asked.asked_day) is None:
        return _said(
            f"申请当日没有生效的政策“{asked.scheme}”",
            f"no scheme '{asked.scheme}' was in force on the day it came",
        )
    stacking = desk.grants.library_on(asked.asked_day).stacking
    if is_per_person(stacking, asked.scheme) and not asked.person:
        return _said("该政策按人限额，申请没有写明人员", "it caps per person and names nobody")
    for one in desk.grants.kept.applications.values():
        if (
            (one.enterprise, one.scheme, one.year, one.person)
            == (asked.enterprise, asked.scheme, asked.year, asked.person)
            and one.id != asked.id
            and one.stage not in (Stage.REFUSED, Stage.WITHDRAWN)
            and (one.asked_at, one.id) < (asked.asked_at, asked.id)
        ):
            return _said(f"本年度已有申请 {one.id}", f"{one.id} asks for the same this year")
    return None


def _outcome(desk: Desk, last: WorkOrder) -> str | None:
    """How the last step ended; None while it is open."""
    base = base_of(last.order.action)
    if last.state is OrderState.CANCELLED:
        return "refuse"
    if last.is_settled:
        return last.outcome
    move, outcome = DONE_BY_MOVE.get(base, ("", ""))
    came = any(
        step.action == move and not step.order and step.at >= last.dispatched_at
        for step in desk.application.steps
    )
    return outcome if came else None


def _after(desk: Desk, last: WorkOrder, *, outcome: str) -> Decision:
    base = base_of(last.order.action)
    if base in ("paid", "refused"):
        return Decision(orders=_so_far(desk.orders), why=_step_words(last))
    following = NEXT.get((base, outcome))
    if following == "publish" and not _publish_days(desk):
        following = "approve"
    if following is None:
        return _refused(desk, _why_refused(desk, last))
    if following == "pay":
        return _pay(desk, last)
    name = _numbered(desk, following)
    barred = _hands(desk, "review") if following == "approve" else ()
    why = desk.why
    parameters = {} if why is None else _facts_for(desk, why)
    order = order_of(name, desk.application.id, now=desk.now, parameters=parameters, barred=barred)
    if following == "publish":
        order = replace(order, due_in=due_after(desk.now, _publish_days(desk)))
    return Decision(orders=(*_done(desk, last), order), why=_moved(last, following, why=why))


def _publish_days(desk: Desk) -> int:
    """公示, in working days, as the scheme says."""
    asked = desk.application
    version = version_of(desk.grants, asked.scheme, day=asked.asked_day)
    return 0 if version is None else version.publish_days


def _pay(desk: Desk, last: WorkOrder) -> Decision:
    """What is reserved and paid: first approved, first served."""
    why, asked = desk.why, desk.application
    if why is None or why.verdict is not Verdict.ELIGIBLE:
        words = in_words(why) if why is not None else _said("政策不存在", "there is no such scheme")
        return _refused(
            desk, _said(f"批准时条件不成立：{words.zh}", f"a condition does not hold: {words.en}")
        )
    fen = why.amount_fen if why.amount_fen is not None else _set_by_hand(desk, why)
    if fen is None:
        return _again(desk, why)
    library = desk.grants.library_on(asked.asked_day)
    pool = desk.grants.pool(asked.scheme, asked.year)
    others = desk.grants.kept.applications.values()
    left = allowed(asked, fen, others=others, stacking=library.stacking, pool=pool)
    if left.fen <= 0:
        rule = left.cut_by or Text(zh="金额为零", en="the amount is 0")
        return _refused(desk, _said(f"“{rule.zh}”已用尽", f"nothing is left under '{rule.en}'"))
    amount = say_money(left.fen)
    if left.short_fen:
        short = say_money(left.short_fen)
        order = order_of(_numbered(desk, "fund"), asked.id, now=desk.now)
        words = _said(
            f"应付{amount.zh}，资金池缺{short.zh}", f"{amount.en} due, the pool lacks {short.en}"
        )
        return Decision(orders=(*_done(desk, last), order), why=words)
    cut = "" if left.cut_by is None else f"，按“{left.cut_by.zh}”封顶"
    cut_en = "" if left.cut_by is None else f", cut by '{left.cut_by.en}'"
    order = order_of(
        _numbered(desk, "pay"),
        asked.id,
        now=desk.now,
        parameters={"amount_fen": str(left.fen), "enterprise": asked.enterprise},
    )
    return Decision(
        orders=(*_done(desk, last), order),
        why=_said(f"批准{amount.zh}{cut}", f"approved: {amount.en}{cut_en}"),
    )


def _set_by_hand(desk: Desk, why: Explanation) -> int | None:
    """The amount that the approver wrote, where no formula gives one; None if there is none."""
    words = next(
        (one.words for one in reversed(desk.orders) if base_of(one.order.action) == "approve"), ""
    )
    try:
        fen = parse_money(words.split()[0] if words.split() else "")
    except ValueError:
        return None
    most = why.up_to_fen
    return fen if fen > 0 and (most is None or fen <= most) else None


def _again(desk: Desk, why: Explanation) -> Decision:
    most = "" if why.up_to_fen is None else f"，不超过{say_money(why.up_to_fen).zh}"
    most_en = "" if why.up_to_fen is None else f", up to {say_money(why.up_to_fen).en}"
    order = order_of(
        _numbered(desk, "approve"),
        desk.application.id,
        now=desk.now,
        barred=_hands(desk, "review"),
    )
    return Decision(
        orders=(*_so_far(desk.orders), order),
        why=_said(
            f"金额由人核定：请在理由开头写明金额，如“20万元”{most}",
            f"a person sets the amount: begin the reason with it, such as '200000 yuan'{most_en}",
        ),
    )


def _refused(desk: Desk, why: Text) -> Decision:
    order = order_of(
        "refused", desk.application.id, now=desk.now, parameters={"zh": why.zh, "en": why.en}
    )
    kept = tuple(one.order for one in desk.orders if one.is_settled)
    return Decision(orders=(*kept, order), why=_said(f"不予支持：{why.zh}", f"refused: {why.en}"))


def _why_refused(desk: Desk, last: WorkOrder) -> Text:
    """What the person said, then each condition that does not hold or is open."""
    said = last.words.strip().rstrip("。.")
    why = desk.why
    if why is None or why.verdict is Verdict.ELIGIBLE:
        if said:
            return _said(said, said)
        step = last.order.title
        return _said(f"{step.zh}：未通过", f"{step.en}: not passed")
    found = in_words(why)
    return _said(f"{said}。{found.zh}", f"{said}. {found.en}") if said else found


def _facts_for(desk: Desk, why: Explanation) -> dict[str, str]:
    """What who looks at it must know: verdict, amount, what is missing, what it must bring."""
    asked = desk.application
    version = version_of(desk.grants, asked.scheme, day=asked.asked_day)
    file = desk.grants.kept.files.get(asked.enterprise)
    wanted = () if version is None else version.papers
    told = {
        "enterprise": asked.enterprise,
        "scheme": asked.scheme,
        "verdict": why.verdict.value,
        "missing": " ".join(dict.fromkeys(name for one in why.conditions for name in one.missing)),
        "fails": " ".join(one.name for one in why.conditions if one.verdict is Verdict.NOT),
        "bring": " ".join(lacking(wanted, asked, file=file, day=day_of(desk.now))),
    }
    if asked.papers:
        told["papers"] = in_one_line(asked.papers)
    if why.amount_fen is not None:
        told["computed_fen"] = str(why.amount_fen)
    return told


def _numbered(desk: Desk, name: str) -> str:
    """The step's name, with a number from the second time on."""
    times = sum(1 for one in desk.orders if base_of(one.order.action) == name)
    return name if not times else f"{name}-{times + 1}"


def _done(desk: Desk, last: WorkOrder) -> tuple[Order, ...]:
    """The orders so far; one that a move made needless is left out."""
    return tuple(one.order for one in desk.orders if one.is_settled or one.id != last.id)


def _so_far(orders: tuple[WorkOrder, ...]) -> tuple[Order, ...]:
    return tuple(one.order for one in orders)


def _hands(desk: Desk, step: str) -> tuple[str, ...]:
    """Everybody who did a step."""
    hands = [who for one in desk.orders if base_of(one.order.action) == step for who in one.hands]
    return tuple(dict.fromkeys(hands))


def _step_words(order: WorkOrder) -> Text:
    return Text(zh=f"进行到：{order.order.title.zh}", en=f"at this step: {order.order.title.en}")


def _moved(last: WorkOrder, following: str, *, why: Explanation | None) -> Text:
    found = in_words(why) if why is not None else _said("未评估", "not assessed")
    done, then = last.order.title, STEPS[following].title
    who = _said(last.handler or "系统", last.handler or "the clock")
    return _said(
        f"“{done.zh}”由 {who.zh} 办结，下一步：{then.zh}。{found.zh}",
        f"'{done.en}' was done by {who.en}; next: {then.en}. {found.en}",
    )


def _said(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)
