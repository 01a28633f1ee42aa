"""案卷 and 工单: lists, one case whole, and what people do to them."""

import asyncio
from typing import Annotated, Final, Literal

import msgspec
from starlette.responses import Response

from haihe.log import store
from haihe.model.case import Case, CaseState
from haihe.model.decision import OrderState, WorkOrder
from haihe.model.line import Verb
from haihe.run.audit import Why, why
from haihe.run.node import Node
from haihe.serve.access import Caller, check_verb
from haihe.serve.acting import Doing, Who, do, person_of, until_of
from haihe.serve.calling import HEADERS, JSON, Asked
from haihe.serve.kinds import Limit, Nothing, Offset, PackName, When
from haihe.serve.owning import note_read
from haihe.serve.problem import Problem, unknown
from haihe.serve.push import pack_of_subject
from haihe.serve.sight import Sight, sight_of

LOOKED_MAX: Final = 10_000  # Ours: cases looked through for one enterprise's own.
LOOKED_AT_ONCE: Final = 500  # Cases fetched at once meanwhile.
NOT_SETTLED: Final = tuple(
    state for state in OrderState if state not in (OrderState.VERIFIED, OrderState.CANCELLED)
)


class CasesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which cases; the worst first, among equals the newest.

    state: null for all.
    pack: only this pack's.
    """

    state: CaseState | None = None
    pack: PackName | None = None
    limit: Limit = 100
    skip: Offset = 0


class CasesShown(msgspec.Struct, frozen=True):
    """Part of a list of cases.

    counts: how many are in each state, within what the caller sees of them.
    """

    cases: tuple[Case, ...]
    counts: dict[str, int]


class OrdersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which orders; the most urgent first.

    state: null for all that are not settled.
    assignee: only theirs.
    """

    state: OrderState | None = None
    assignee: Annotated[str, msgspec.Meta(max_length=100)] = ""
    limit: Limit = 100


class OrdersShown(msgspec.Struct, frozen=True):
    """A list of orders."""

    orders: tuple[WorkOrder, ...]


class CaseAction(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done to a case: 挂起, 恢复, 人工结案, 批注.

    until: for hold: until when.
    """

    verb: Literal["hold", "resume", "override", "note"]
    until: When = ""


class OrderAction(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done to an order: 签收, 处置, 反馈, 核查, 退回, 撤销."""

    verb: Literal["accept", "handle", "report", "verify", "send-back", "cancel"]


async def list_cases(asked: Asked[CasesQuery, None]) -> CasesShown:
    """Cases the caller may see."""
    query, caller, node = asked.query, asked.caller, asked.platform.node
    state = query.state.value if query.state is not None else None
    if query.pack is not None:
        packs = [f"{query.pack}."] if caller.sees(query.pack) else []
    else:
        packs = [f"{pack}." for pack in caller.packs] or [""]
    sight = sight_of(node, caller)
    window = query.skip + query.limit

    def read() -> CasesShown:
        db = node.log.reader()
        found: list[Case] = []
        for pack in packs:
            if sight is not None:
                found += _seen_cases(node, sight, state=state, pack=pack, limit=window)
            else:
                found += store.list_cases(db, state=state, rule_prefix=pack, limit=window)
        if len(packs) > 1:
            found.sort(key=lambda case: (-case.severity, -case.opened_at, case.id))
        held = sight is not None or bool(caller.packs)
        counts = _counted(found) if held else store.count_cases(db)
        return CasesShown(tuple(found[query.skip : window]), counts)

    shown = await asyncio.to_thread(read)
    touched = {entity for case in shown.cases for entity in case.shows}
    await note_read(asked, subject="cases", entities=touched)
    return shown


async def show_case(asked: Asked[Nothing, None]) -> Why:
    """One case whole: as it is now, its orders, all that happened, the records it rests on."""
    node, case_id = asked.platform.node, asked.path["case"]
    case = await _case(asked, case_id)
    answer = await asyncio.to_thread(why, node.log, case.id)
    sight = sight_of(node, asked.caller)
    if sight is not None:
        saw = tuple(seen for seen in answer.saw if seen.entity in sight)
        answer = msgspec.structs.replace(answer, saw=saw)
    entities = {*case.shows, *(seen.entity for seen in answer.saw)}
    await note_read(asked, subject=f"case {case_id}", entities=entities)
    return answer


async def prove_case(asked: Asked[Nothing, None]) -> Response:
    """The case's proof, to be checked offline."""
    prove = asked.platform.settings.services.proof
    case = await _case(asked, asked.path["case"])
    if prove is None:
        raise _without_key()
    await note_read(asked, subject=f"proof of case {case.id}", entities=case.shows)
    body = await asyncio.to_thread(prove, case.id)
    name = f'attachment; filename="{case.id}.proof.json"'
    return Response(body, 200, {**HEADERS, "content-disposition": name}, media_type=JSON)


async def act_on_case(asked: Asked[Nothing, CaseAction]) -> Case:
    """Do something to a case; the case as it is then."""
    platform, body = asked.platform, asked.body
    check_verb(asked.caller, Verb(body.verb))
    case = await _case(asked, asked.path["case"])
    doing = Doing(Verb(body.verb), case.id, reason=body.reason, until=until_of(body.until))
    if doing.verb is Verb.NOTE and not body.reason.strip():
        raise Problem(422, "malformed", message="a note without words; say it in 'reason'.")
    await do(platform, doing, by=person_of(asked.caller, body.by))
    return await asyncio.to_thread(_find_case, platform.node, case.id) or case


async def list_orders(asked: Asked[OrdersQuery, None]) -> OrdersShown:
    """Orders the caller may see."""
    query, caller, node = asked.query, asked.caller, asked.platform.node
    states = NOT_SETTLED if query.state is None else (query.state,)
    sight = sight_of(node, caller)
    is_held = bool(caller.packs) or sight is not None
    limit = LOOKED_MAX if is_held else query.limit

    def read() -> list[WorkOrder]:
        return store.list_orders(
            node.log.reader(), states=states, assignee=query.assignee, limit=limit
        )

    orders = await asyncio.to_thread(read)
    seen = [order for order in orders if _sees_order(node, caller, order=order)][: query.limit]
    await note_read(asked, subject="orders", entities={order.order.entity for order in seen})
    return OrdersShown(tuple(seen))


async def act_on_order(asked: Asked[Nothing, OrderAction]) -> WorkOrder:
    """Do something to an order; the order as it is then."""
    platform, order_id = asked.platform, asked.path["order"]
    check_verb(asked.caller, Verb(asked.body.verb))
    order = await asyncio.to_thread(_find_order, platform.node, order_id)
    if order is None or not _sees_order(platform.node, asked.caller, order=order):
        raise unknown(f"there is no order '{order_id}'.")
    doing = Doing(Verb(asked.body.verb), order.id, reason=asked.body.reason)
    await do(platform, doing, by=person_of(asked.caller, asked.body.by))
    return await asyncio.to_thread(_find_order, platform.node, order_id) or order


async def _case(asked: Asked[Nothing, CaseAction] | Asked[Nothing, None], case_id: str) -> Case:
    """A case the caller may see.

    Raises Problem if there is none.
    """
    node, caller = asked.platform.node, asked.caller
    case = await asyncio.to_thread(_find_case, node, case_id)
    if case is None or not _sees(node, caller, case=case):
        raise unknown(f"there is no case '{case_id}'.")
    return case


def _sees(node: Node, caller: Caller, *, case: Case) -> bool:
    sight = sight_of(node, caller)
    return caller.sees(case.rule) and (sight is None or sight.holds(case.shows))


def _sees_order(node: Node, caller: Caller, *, order: WorkOrder) -> bool:
    sight = sight_of(node, caller)
    is_seen = sight is None or order.order.entity in sight
    return is_seen and caller.sees(pack_of_subject(order.id))


def _seen_cases(
    node: Node, sight: Sight, *, state: str | None, pack: str, limit: int
) -> list[Case]:
    """The first cases that somebody sees who is held to some entities."""
    found: list[Case] = []
    for skip in range(0, LOOKED_MAX, LOOKED_AT_ONCE):
        cases = store.list_cases(
            node.log.reader(), state=state, rule_prefix=pack, limit=LOOKED_AT_ONCE, skip=skip
        )
        found += [case for case in cases if sight.holds(case.shows)]
        if len(cases) < LOOKED_AT_ONCE or len(found) >= limit:
            break
    return found[:limit]


def _counted(cases: list[Case]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for case in cases:
        counts[case.state.value] = counts.get(case.state.value, 0) + 1
    return counts


def _find_case(node: Node, case_id: str) -> Case | None:
    return store.find_case(node.log.reader(), case_id)


def _find_order(node: Node, order_id: str) -> WorkOrder | None:
    return store.find_order(node.log.reader(), order_id)


def _without_key() -> Problem:
    return Problem(
        501,
        "no-key",
        message="this server has no signing key for the log, so it proves nothing.",
        what_to_do="Start it with 'haihe up', which makes one, or run 'haihe why --proof'.",
    )
