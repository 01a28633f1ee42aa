"""决策 and 工单: what is decided and why, and each order's life until it is verified."""

from enum import StrEnum
from typing import Final

import msgspec

from haihe.model.text import Text


class Settled(StrEnum):
    """What must happen before an order counts as done."""

    BY_RECEIPT = "receipt"  # A device took it: the sink's answer is enough.
    BY_VERIFICATION = "verification"  # A person reports it, and another person verifies it.
    BY_REPORT = "report"  # One person's word is enough; who else must judge it has an order too.
    BY_TIME = "time"  # Its time passes and nobody has reported anything: 公示, a time to object.


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """One way an order may end; who reports it names one.

    name: short, such as "refuse".
    title: what people read.
    asks_reason: whether who reports it must say why, since somebody is told.
    """

    name: str
    title: Text
    asks_reason: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """工单 / 指令 as a decision words it. Two orders with the same ``key`` are the same order.

    action: what to do, such as "fan-start".
    entity: what to do it to.
    assignee: who or what does it: a crew, a device gateway.
    due_in: how long it may take from dispatch; ns, more than 0.
    valid_for: how long after dispatch it may still leave; ns. 0 for as long as it is owed.
    title: what a person reads.
    settled: what makes it done.
    parameters: what the receiver needs beside, as plain text values.
    outcomes: ways it may end; () where there is only done.
    barred: people who must not do it, such as who did what it judges.
    """

    action: str
    entity: str
    assignee: str
    due_in: int
    title: Text
    settled: Settled = Settled.BY_VERIFICATION
    parameters: dict[str, str] = {}
    outcomes: tuple[Outcome, ...] = ()
    barred: tuple[str, ...] = ()
    valid_for: int = 0

    @property
    def key(self) -> str:
        """What makes two orders of one case the same order."""
        return f"{self.action} {self.entity}"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Orders and the reason for them, from one case and one view.

    orders: every order the case should have by now; those it has already are not given again.
    why: names the value and the limit.
    alternatives: what else was possible and why it was not chosen.
    """

    orders: tuple[Order, ...]
    why: Text
    alternatives: tuple[Text, ...] = ()


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What a loop heard that answers an order it gave to people: it counts as reported by them.

    action, entity: of the order.
    by: who said it.
    words: what was said.
    """

    action: str
    entity: str
    by: str
    words: str


class OrderState(StrEnum):
    """派单, 送达, 签收, 处置, 反馈, 核查; or cancelled, undeliverable, or overtaken.

    Overtaken (被取代) is a loop's order that never left and is not wanted any more: a newer one
    took its place, it was refused, or its time was over.
    """

    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    HANDLED = "handled"
    REPORTED = "reported"
    VERIFIED = "verified"
    CANCELLED = "cancelled"
    UNDELIVERED = "undelivered"
    OVERTAKEN = "overtaken"


_S: Final = OrderState
ORDER_MOVES: Final[dict[OrderState, frozenset[OrderState]]] = {
    _S.DISPATCHED: frozenset(
        {
            _S.DELIVERED,
            _S.ACCEPTED,
            _S.HANDLED,
            _S.REPORTED,
            _S.CANCELLED,
            _S.UNDELIVERED,
            _S.OVERTAKEN,
        }
    ),
    _S.UNDELIVERED: frozenset(
        {_S.DELIVERED, _S.ACCEPTED, _S.HANDLED, _S.REPORTED, _S.CANCELLED, _S.OVERTAKEN}
    ),
    _S.DELIVERED: frozenset({_S.ACCEPTED, _S.HANDLED, _S.REPORTED, _S.CANCELLED}),
    _S.ACCEPTED: frozenset({_S.HANDLED, _S.REPORTED, _S.CANCELLED}),
    _S.HANDLED: frozenset({_S.REPORTED, _S.CANCELLED}),
    _S.REPORTED: frozenset({_S.VERIFIED, _S.ACCEPTED, _S.CANCELLED}),
    _S.VERIFIED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.OVERTAKEN: frozenset(),
}  # From ``reported`` back to ``accepted``: the verifier sent it back.
# Nothing follows these.
ENDED: Final = frozenset({_S.VERIFIED, _S.CANCELLED, _S.OVERTAKEN})


class WorkOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was given: its number, its state, and who moved it.

    id: ``case/number``, such as "gallery-17/3"; also its idempotency key outside.
    case: the case's id.
    order: what was ordered.
    state: how far it is.
    dispatched_at, due_at: the log's time; ns.
    handler: who last accepted, handled or reported it; "" before that.
    hands: everyone who did one of these. The verifier must be someone else.
    overdue: whether its deadline has passed while it was not yet done.
    outcome, words: how it ended and what was said of it, as last reported, or why it did not
        leave; "" before that.
    """

    id: str
    case: str
    order: Order
    state: OrderState
    dispatched_at: int
    due_at: int
    handler: str = ""
    hands: tuple[str, ...] = ()
    overdue: bool = False
    outcome: str = ""
    words: str = ""

    @classmethod
    def dispatched(cls, order_id: str, case: str, *, order: Order, at: int) -> "WorkOrder":
        """An order as it is when it has just been given at the log's time ``at``; ns."""
        return cls(
            id=order_id,
            case=case,
            order=order,
            state=OrderState.DISPATCHED,
            dispatched_at=at,
            due_at=at + order.due_in,
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is owed: verified, cancelled, or what else is enough for it."""
        if self.order.settled is Settled.BY_RECEIPT and self.state is OrderState.DELIVERED:
            return True
        if self.state is OrderState.REPORTED:
            return self.order.settled in (Settled.BY_REPORT, Settled.BY_TIME)
        return self.state in ENDED

    def is_stale(self, now: int) -> bool:
        """Whether it has not left and must not leave any more; ``now``: the log's time, ns."""
        waits = self.state in (OrderState.DISPATCHED, OrderState.UNDELIVERED)
        valid_for = self.order.valid_for
        return waits and bool(valid_for) and now >= self.dispatched_at + valid_for
