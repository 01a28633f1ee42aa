"""申请: one enterprise asks for one scheme; a fold of records and of its case's steps."""

from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from haihe.decide.grants.paper import Cited
from haihe.decide.workday import day_of, year_of
from haihe.model.decision import OrderState
from haihe.model.line import Dispatched, OrderMoved

KIND: Final = "application/"
PERSON_MAX: Final = 60  # Ours: characters of a certificate's number or a name.
STEPS_MAX: Final = 200  # Ours: of one application; the log has all.


class Stage(StrEnum):
    """How far an application is."""

    SUBMITTED = "submitted"  # 已提交
    ACCEPTED = "accepted"  # 已受理
    SUPPLEMENT = "supplement"  # 待补正
    REVIEWED = "reviewed"  # 已审核
    PUBLISHED = "published"  # 公示中
    OBJECTED = "objected"  # 有异议
    APPROVED = "approved"  # 已批准, its money reserved
    PAID = "paid"  # 已拨付
    REFUSED = "refused"  # 不予支持
    WITHDRAWN = "withdrawn"  # 已撤回


OVER: Final = frozenset({Stage.PAID, Stage.REFUSED, Stage.WITHDRAWN})
# An order's action without its number, and how it ended, to the stage that follows.
AFTER: Final = {
    ("accept", "accept"): Stage.ACCEPTED,
    ("accept", "supplement"): Stage.SUPPLEMENT,
    ("supplement", "given"): Stage.SUBMITTED,
    ("review", "pass"): Stage.REVIEWED,
    ("review", "supplement"): Stage.SUPPLEMENT,
    ("publish", "objected"): Stage.OBJECTED,
    ("hear", "dismissed"): Stage.REVIEWED,
    ("pay", "paid"): Stage.PAID,
}
# While it is looked at, what it lacked may still come; what is approved is approved on what it had.
TAKES_PAPERS: Final = frozenset({Stage.SUBMITTED, Stage.ACCEPTED, Stage.SUPPLEMENT})
REFUSING: Final = frozenset({"refuse", "upheld"})
AT_ONCE: Final = {"publish": Stage.PUBLISHED, "pay": Stage.APPROVED, "refused": Stage.REFUSED}


class Turn(StrEnum):
    """Who an application waits for."""

    OFFICE = "office"  # 待办理.
    WAITING = "waiting"  # 等企业, or until 公示 is over.
    OVER = "over"  # 已办结.


# An order's action without its number, to those that no officer need do.
NOT_OURS: Final = frozenset({"supplement", "account", "publish", "paid", "refused"})
STEP_OVER: Final = frozenset({"reported", "verified", "cancelled"})


class LifeStep(msgspec.Struct, frozen=True):
    """One step of an application's life.

    at: the log's time; ns.
    action: the order's, such as "review"; or the record's move.
    order: its id; "" for a record.
    state: "given", or the order's.
    by: who; "" for the office's own rule.
    outcome, words: how it ended, and what was said; of a refusal that was given, its reason.
    due_at: of one that was given; ns; 0 else.
    words_en: the reason of a refusal in English; "" else.
    """

    at: int
    action: str
    order: str
    state: str
    by: str = ""
    outcome: str = ""
    words: str = ""
    due_at: int = 0
    words_en: str = ""


class Application(msgspec.Struct, frozen=True):
    """One enterprise's request for one scheme, and what became of it.

    id: its entity, ``application/...``.
    enterprise: the code. scheme: what it asks for.
    asked_at: when it came; ns. asked_day: the Chinese day, which the book is read on.
    by, channel: who sent it, by which way.
    case: its case; "" until one is opened.
    stage: how far it is.
    steps: its life, oldest first.
    amount_fen: reserved, or paid.
    paid_fen: what was paid.
    year: of the budget.
    is_closed: whether its case is over.
    clawed_back: whether a condition was found broken after it was paid.
    person: whom it is for, where the scheme caps what one person brings; "" where it is for none.
    papers: what it brought, oldest first; of two of a name the newer is the last.
    """

    id: str
    enterprise: str
    scheme: str
    asked_at: int
    asked_day: int
    by: str
    channel: str
    case: str = ""
    stage: Stage = Stage.SUBMITTED
    steps: tuple[LifeStep, ...] = ()
    amount_fen: int = 0
    paid_fen: int = 0
    year: int = 0
    is_closed: bool = False
    clawed_back: bool = False
    person: str = ""
    papers: tuple[Cited, ...] = ()

    @property
    def holds_fen(self) -> int:
        """What it takes of pools and caps: reserved or paid."""
        return max(self.amount_fen, self.paid_fen)

    @property
    def is_open(self) -> bool:
        """Whether it is still under way."""
        return self.stage not in OVER

    @property
    def open_step(self) -> LifeStep | None:
        """The step that was given and is not done, the newest of several; None if there is none."""
        done = {one.order for one in self.steps if one.state in STEP_OVER}
        given = (one for one in reversed(self.steps) if one.state == "given")
        return next((one for one in given if one.order not in done), None)

    @property
    def turn(self) -> Turn:
        """Who it waits for."""
        step = self.open_step
        if self.is_closed or not self.is_open:
            return Turn.OVER
        return Turn.WAITING if step and base_of(step.action) in NOT_OURS else Turn.OFFICE

    def with_step(self, step: LifeStep) -> "Application":
        """One step further."""
        return replace(self, steps=(*self.steps, step)[-STEPS_MAX:])


def begun(entity: str, *, enterprise: str, scheme: str, at: int, by: str = "") -> Application:
    """An application that has just come at the log's time ``at``, ns."""
    day = day_of(at)
    return Application(
        id=entity,
        enterprise=enterprise,
        scheme=scheme,
        asked_at=at,
        asked_day=day,
        by=by,
        channel="",
        year=year_of(day),
    )


def base_of(action: str) -> str:
    """An order's action without its number: the second supplement is one, too.

    >>> base_of("supplement-2"), base_of("pay")
    ('supplement', 'pay')
    """
    head, _, tail = action.rpartition("-")
    return head if head and tail.isdecimal() else action


def given(application: Application, step: Dispatched) -> Application:
    """After an order of its case was given."""
    order, base = step.order, base_of(step.order.action)
    told = order.parameters if base == "refused" else {}
    life = LifeStep(
        step.at, order.action, step.id, "given", due_at=step.due_at, words=told.get("zh", ""),
        words_en=told.get("en", ""),
    )  # fmt: skip
    application = replace(application.with_step(life), stage=AT_ONCE.get(base, application.stage))
    if base == "pay":
        year = year_of(day_of(step.at))
        application = replace(
            application, amount_fen=int(order.parameters["amount_fen"]), year=year
        )
    return application


def went_on(application: Application, step: OrderMoved) -> Application:
    """After an order of its case was moved."""
    action = next((one.action for one in application.steps if one.order == step.id), "")
    base = base_of(action)
    life = LifeStep(step.at, action, step.id, step.state.value, step.by, step.outcome, step.reason)
    application = application.with_step(life)
    if step.state is OrderState.CANCELLED and base == "pay":
        return replace(application, amount_fen=0)
    if step.state is not OrderState.REPORTED:
        return application
    if base == "pay" and step.outcome == "paid":
        application = replace(application, paid_fen=application.amount_fen)
    if step.outcome in REFUSING:
        return replace(application, stage=Stage.REFUSED, amount_fen=0)
    stage = AFTER.get((base, step.outcome), application.stage)
    return replace(application, stage=stage)


def person_key(told: str) -> str:
    """A person as caps count them: blanks and letters' case make no second one.

    >>> person_key(" z-100  "), person_key("Z 100")
    ('Z-100', 'Z100')
    """
    return "".join(told.split()).upper()[:PERSON_MAX]
