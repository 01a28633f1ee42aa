"""办件: what a case's orders, all together, say of it."""

from collections.abc import Iterator, Sequence
from typing import Final

from haihe.model.case import Case
from haihe.model.decision import Decision, OrderState, Settled, WorkOrder
from haihe.model.line import CaseClosed, OrderMoved
from haihe.model.text import Text

PROCEDURE: Final = (
    "procedure"  # In whose name orders that are not asked for any more are cancelled.
)
CLOCK: Final = "clock"  # And in whose name what waits for a time goes on.


def is_done(orders: Sequence[WorkOrder]) -> bool:
    """Whether nothing is owed any more."""
    return all(order.is_settled for order in orders)


def dropped(orders: Sequence[WorkOrder], decision: Decision, *, at: int) -> Iterator[OrderMoved]:
    """Open orders that the decision does not ask for any more, cancelled."""
    asked = {order.key for order in decision.orders}
    for order in orders:
        if not order.is_settled and order.order.key not in asked:
            yield OrderMoved(
                at=at,
                id=order.id,
                state=OrderState.CANCELLED,
                by=PROCEDURE,
                reason="not asked for any more",
            )


def lapsed(order: WorkOrder, *, at: int) -> OrderMoved:
    """An order whose time has passed while nobody had anything to say."""
    return OrderMoved(
        at=at, id=order.id, state=OrderState.VERIFIED, by=CLOCK, reason="its time has passed"
    )


def closing(case: Case, orders: Sequence[WorkOrder], *, at: int) -> CaseClosed:
    """The end of a procedure all of whose steps are done."""
    offsets = [alarm.offset for alarm in case.alarms]
    return CaseClosed(
        at=at,
        case=case.id,
        why=Text(
            zh=f"{len(orders)} 个步骤全部办结：{case.why.zh}",
            en=f"all {len(orders)} steps are done: {case.why.en}",
        ),
        first_offset=min(offsets, default=-1),
        last_offset=max(offsets, default=-1),
    )


def is_untouched(order: WorkOrder) -> bool:
    """Whether nobody has had a hand in an order, and no device obeys it."""
    waits = order.state in (OrderState.DISPATCHED, OrderState.DELIVERED, OrderState.UNDELIVERED)
    return waits and order.order.settled is Settled.BY_VERIFICATION
