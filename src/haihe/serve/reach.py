"""What of cases and orders a caller sees: by packs, by sight, crew by the teams they work for."""

from collections.abc import Callable
from typing import Final

import msgspec

from haihe.log import store
from haihe.model.case import Case
from haihe.model.decision import WorkOrder
from haihe.model.line import (
    Action,
    AlarmCleared,
    AlarmRaised,
    CaseMerged,
    Dispatched,
    Escalated,
    Line,
    OrderMoved,
    Refused,
)
from haihe.run.audit import Why
from haihe.run.node import Node
from haihe.serve.access import Caller
from haihe.serve.push import pack_of_subject
from haihe.serve.sight import enterprise_of, sight_of

LOOKED_MAX: Final = 10_000  # Ours: cases looked through for one enterprise's or one crew's own.
LOOKED_AT_ONCE: Final = 500  # Cases fetched at once meanwhile.


def is_held(node: Node, caller: Caller) -> bool:
    """Whether a caller sees a part of the cases and orders only, beside their packs."""
    return caller.is_tied or sight_of(node, caller) is not None


def sees_case(node: Node, caller: Caller, *, case: Case) -> bool:
    """Whether a caller sees a case; crew do if one of its orders is for a team of theirs."""
    sight = sight_of(node, caller)
    if not caller.sees(case.rule) or (sight is not None and not sight.holds(case.shows)):
        return False
    if not caller.is_tied:
        return True
    orders = store.orders_of_case(node.log.reader(), case.id)
    return any(caller.works_for(order.order.assignee) for order in orders)


def sees_order(node: Node, caller: Caller, *, order: WorkOrder) -> bool:
    """Whether a caller sees an order; an enterprise those that it is to carry out itself."""
    sight = sight_of(node, caller)
    if caller.owner:
        is_seen = order.order.assignee == enterprise_of(caller)
    else:
        is_seen = sight is None or order.order.entity in sight
    return is_seen and caller.sees(pack_of_subject(order.id)) and caller.works_for(
        order.order.assignee
    )  # fmt: skip


def seen_cases(
    node: Node, caller: Caller, *, state: str | None, pack: str, limit: int
) -> list[Case]:
    """The first cases that somebody sees who is held to a part of them."""
    found: list[Case] = []
    for skip in range(0, LOOKED_MAX, LOOKED_AT_ONCE):
        cases = store.list_cases(
            node.log.reader(), state=state, rule_prefix=pack, limit=LOOKED_AT_ONCE, skip=skip
        )
        found += [case for case in cases if sees_case(node, caller, case=case)]
        if len(cases) < LOOKED_AT_ONCE or len(found) >= limit:
            break
    return found[:limit]


def own_part(node: Node, caller: Caller, *, answer: Why) -> Why:
    """What of a case's lineage a caller sees: records within their sight, orders of their teams."""
    sight = sight_of(node, caller)
    if sight is not None:
        saw = tuple(seen for seen in answer.saw if seen.entity in sight)
        answer = msgspec.structs.replace(answer, saw=saw)
    if not caller.is_tied:
        return answer
    sees = subjects_seen(node, caller)
    return msgspec.structs.replace(
        answer,
        orders=tuple(one for one in answer.orders if caller.works_for(one.order.assignee)),
        timeline=tuple(told for told in answer.timeline if sees(subject_of(told.line))),
    )


def subjects_seen(node: Node, caller: Caller) -> Callable[[str], bool]:
    """Whether a tied caller sees what is told of an order or a case; each is looked up once."""
    known: dict[str, bool] = {}

    def sees(subject: str) -> bool:
        if subject not in known:
            known[subject] = _sees(node, caller, subject=subject)
        return known[subject]

    return sees


def lines_seen(node: Node, caller: Caller) -> Callable[[Line], bool] | None:
    """Which lines a caller sees; None for every one within their packs and sight."""
    if not caller.is_tied:
        return None
    sees = subjects_seen(node, caller)
    return lambda line: sees(subject_of(line))


def subject_of(line: Line) -> str:
    """The order a line is about, else the case; "" if it is about neither."""
    match line:
        case Dispatched(id=order) | OrderMoved(id=order):
            return order
        case Escalated():
            return line.order or line.case
        case Action(subject=subject) | Refused(subject=subject):
            return subject
        case CaseMerged(into=into):
            return into
        case AlarmCleared():
            return ""
        case AlarmRaised(case=case):
            return case
        case _:
            return str(getattr(line, "case", ""))


def _sees(node: Node, caller: Caller, *, subject: str) -> bool:
    db = node.log.reader()
    if "/" in subject:
        order = store.find_order(db, subject)
        return order is not None and caller.works_for(order.order.assignee)
    orders = store.orders_of_case(db, subject) if subject else []
    return any(caller.works_for(order.order.assignee) for order in orders)
