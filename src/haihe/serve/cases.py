"""案卷 and 工单: lists, one case whole, and what people do to them."""

import asyncio
from typing import Annotated, Any, Final, Literal

import msgspec
from starlette.responses import Response

from haihe.log import store
from haihe.model.case import Case, CaseState
from haihe.model.decision import ENDED, OrderState, WorkOrder
from haihe.model.line import Verb
from haihe.run.answered import as_it_was
from haihe.run.audit import Why, why
from haihe.run.node import Node
from haihe.run.paper.gather import Language, paper_of
from haihe.run.paper.pdf import pdf_of
from haihe.serve.access import check_verb
from haihe.serve.acting import Did, Doing, Who, do, instant_said, key_said, person_of, until_of
from haihe.serve.calling import HEADERS, JSON, Asked
from haihe.serve.kinds import Limit, Nothing, PackName, Skip, When
from haihe.serve.owning import note_read
from haihe.serve.problem import Problem, forbidden, unknown
from haihe.serve.reach import LOOKED_MAX, is_held, own_part, seen_cases, sees_case, sees_order
from haihe.serve.sight import enterprise_of

PDF: Final = "application/pdf"
NOT_SETTLED: Final = tuple(state for state in OrderState if state not in ENDED)


class CasesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which cases; the worst first, among equals the newest.

    state: null for all.
    pack: only this pack's.
    """

    state: CaseState | None = None
    pack: PackName | None = None
    limit: Limit = 100
    skip: Skip = 0


class CasesShown(msgspec.Struct, frozen=True):
    """Part of a list of cases.

    counts: how many are in each state, within what the caller sees of them.
    """

    cases: tuple[Case, ...]
    counts: dict[str, int]


class PrintQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In which language a case is printed."""

    language: Language = Language.ZH


class OrdersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which orders; the most urgent first.

    state: null for all that are not settled.
    assignee: only theirs.
    """

    state: OrderState | None = None
    assignee: Annotated[str, msgspec.Meta(max_length=100)] = ""
    limit: Limit = 100


class OrdersShown(msgspec.Struct, frozen=True):
    """A list of orders; ``now`` is the platform's time, by which they are due."""

    orders: tuple[WorkOrder, ...]
    now: int


class CaseAction(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done to a case: 挂起, 恢复, 人工结案, 批注.

    until: for hold: until when.
    when: it was done, by the doer's own clock; "" for now.
    """

    verb: Literal["hold", "resume", "override", "note"]
    until: When = ""
    when: When = ""


class OrderAction(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done to an order: 签收, 处置, 反馈, 核查, 退回, 撤销, 批注.

    when: it was done, by the doer's own clock; "" for now.
    outcome: for report: how it ended, where the order knows several ways.
    """

    verb: Literal["accept", "handle", "report", "verify", "send-back", "cancel", "note"]
    when: When = ""
    outcome: Annotated[str, msgspec.Meta(max_length=40)] = ""


async def list_cases(asked: Asked[CasesQuery, None]) -> CasesShown:
    """Cases the caller may see."""
    query, caller, node = asked.query, asked.caller, asked.platform.node
    state = query.state.value if query.state is not None else None
    if query.pack is not None:
        packs = [f"{query.pack}."] if caller.sees(query.pack) else []
    else:
        packs = [f"{pack}." for pack in caller.packs] or [""]
    window = query.skip + query.limit
    is_part = is_held(node, caller)

    def read() -> CasesShown:
        db = node.log.reader()
        if not is_part and not caller.packs:  # Who is held to no part skips without looking.
            part = store.list_cases(
                db, state=state, rule_prefix=packs[0], limit=query.limit, skip=query.skip
            )
            return CasesShown(tuple(part), store.count_cases(db))
        found: list[Case] = []
        for pack in packs:
            if is_part:
                found += seen_cases(node, caller, state=state, pack=pack, limit=window)
            else:
                found += store.list_cases(db, state=state, rule_prefix=pack, limit=window)
        if len(packs) > 1:
            found.sort(key=lambda case: (-case.severity, -case.opened_at, case.id))
        return CasesShown(tuple(found[query.skip : window]), _counted(found))

    shown = await asyncio.to_thread(read)
    touched = {entity for case in shown.cases for entity in case.shows}
    await note_read(asked, subject="cases", entities=touched)
    return shown


async def show_case(asked: Asked[Any, None]) -> Why:
    """One case whole: as it is now, its orders, all that happened, the records it rests on."""
    node, case_id = asked.platform.node, asked.path["case"]
    case = await case_of(asked, case_id)
    answer = await asyncio.to_thread(why, node.log, case.id)
    answer = await asyncio.to_thread(own_part, node, asked.caller, answer=answer)
    entities = {*case.shows, *(seen.entity for seen in answer.saw)}
    await note_read(asked, subject=f"case {case_id}", entities=entities)
    return answer


async def prove_case(asked: Asked[Nothing, None]) -> Response:
    """The case's proof, to be checked offline."""
    prove = asked.platform.settings.services.proof
    case = await case_of(asked, asked.path["case"])
    if prove is None:
        raise without_key()
    await note_read(asked, subject=f"proof of case {case.id}", entities=case.shows)
    body = await asyncio.to_thread(prove, case.id)
    name = f'attachment; filename="{case.id}.proof.json"'
    return Response(body, 200, {**HEADERS, "content-disposition": name}, media_type=JSON)


async def print_case(asked: Asked[PrintQuery, None]) -> Response:
    """The case on paper, as PDF: the same state of it gives the same bytes."""
    platform, case_id = asked.platform, asked.path["case"]
    found = await show_case(asked)
    services = platform.settings.services

    def draw() -> bytes:
        rules = dict(platform.node.engine.rules)
        paper = paper_of(
            platform.node.log, case_id, rules=rules, history=services.history, found=found
        )
        return pdf_of(paper, language=asked.query.language, font=services.font)

    async with platform.quality.trial():  # It costs a core for a moment.
        body = await asyncio.to_thread(draw)
    name = f'inline; filename="{case_id}.{asked.query.language.value}.pdf"'
    return Response(body, 200, {**HEADERS, "content-disposition": name}, media_type=PDF)


async def act_on_case(asked: Asked[Nothing, CaseAction]) -> Case:
    """Do something to a case; the case as it is then."""
    platform, body = asked.platform, asked.body
    check_verb(asked.caller, Verb(body.verb))
    case = await case_of(asked, asked.path["case"])
    doing = Doing(
        Verb(body.verb),
        case.id,
        reason=_words(body),
        until=until_of(body.until),
        observed_at=instant_said(body.when, "when"),
        key=key_said(asked.scope),
    )
    did = await do(platform, doing, by=person_of(asked.caller, body.by))
    now = await asyncio.to_thread(_after, platform.node, did)
    return now if isinstance(now, Case) else case


async def list_orders(asked: Asked[OrdersQuery, None]) -> OrdersShown:
    """Orders the caller may see."""
    query, caller, node = asked.query, asked.caller, asked.platform.node
    states = NOT_SETTLED if query.state is None else (query.state,)
    assignee = query.assignee or enterprise_of(caller)
    limit = LOOKED_MAX if caller.packs or is_held(node, caller) else query.limit

    def read() -> list[WorkOrder]:
        return store.list_orders(node.log.reader(), states=states, assignee=assignee, limit=limit)

    orders = await asyncio.to_thread(read)
    seen = [order for order in orders if sees_order(node, caller, order=order)][: query.limit]
    await note_read(asked, subject="orders", entities={order.order.entity for order in seen})
    return OrdersShown(tuple(seen), max(node.clock.now(), node.log.received_at))


async def act_on_order(asked: Asked[Nothing, OrderAction]) -> WorkOrder:
    """Do something to an order; the order as it is then."""
    platform, body = asked.platform, asked.body
    check_verb(asked.caller, Verb(body.verb))
    order = await order_of(asked, asked.path["order"])
    _check_reason(order, body)
    doing = Doing(
        Verb(body.verb),
        order.id,
        reason=_words(body),
        observed_at=instant_said(body.when, "when"),
        key=key_said(asked.scope),
        outcome=body.outcome,
    )
    did = await do(platform, doing, by=person_of(asked.caller, body.by))
    now = await asyncio.to_thread(_after, platform.node, did)
    return now if isinstance(now, WorkOrder) else order


def _check_reason(order: WorkOrder, body: OrderAction) -> None:
    """Refuse a report without words where somebody is told why.

    Raises Problem.
    """
    asks = [one.name for one in order.order.outcomes if one.asks_reason]
    if body.verb == "report" and body.outcome in asks and not _words(body).strip():
        raise Problem(
            422,
            "no-reason",
            message=f"'{body.outcome}' of {order.id} says nothing of why.",
            what_to_do="Give a 'reason' in words that who is told can understand.",
        )


async def case_of(asked: Asked[Any, Any], case_id: str) -> Case:
    """A case the caller may see.

    Raises Problem if there is none.
    """
    node, caller = asked.platform.node, asked.caller

    def look() -> Case | None:
        case = store.find_case(node.log.reader(), case_id)
        return case if case is not None and sees_case(node, caller, case=case) else None

    case = await asyncio.to_thread(look)
    if case is None:
        raise unknown(f"there is no case '{case_id}'.")
    return case


async def order_of(asked: Asked[Any, Any], order_id: str) -> WorkOrder:
    """An order the caller may do something about.

    Raises Problem if there is none, or it is an enterprise's and no person acts for it.
    """
    node = asked.platform.node
    order = await asyncio.to_thread(_find_order, node, order_id)
    if order is None or not sees_order(node, asked.caller, order=order):
        raise unknown(f"there is no order '{order_id}'.")
    if asked.caller.owner and not asked.caller.account:
        raise forbidden(
            f"{asked.caller.name} is nobody's account; what acts is a person.",
            what_to_do="Sign in with an account of the enterprise, or use a token made by one.",
        )
    return order


def _after(node: Node, did: Did) -> Case | WorkOrder | None:
    """What somebody acted on, as it was then: now, or at the first of several times."""
    subject = did.act.subject
    if did.is_repeated:
        return as_it_was(node.log, subject, offset=did.offset)
    return _find_order(node, subject) if "/" in subject else _find_case(node, subject)


def _words(body: CaseAction | OrderAction) -> str:
    """The reason; a note is nothing without.

    Raises Problem.
    """
    if body.verb == "note" and not body.reason.strip():
        raise Problem(422, "malformed", message="a note without words; say it in 'reason'.")
    return body.reason


def _counted(cases: list[Case]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for case in cases:
        counts[case.state.value] = counts.get(case.state.value, 0) + 1
    return counts


def _find_case(node: Node, case_id: str) -> Case | None:
    return store.find_case(node.log.reader(), case_id)


def _find_order(node: Node, order_id: str) -> WorkOrder | None:
    return store.find_order(node.log.reader(), order_id)


def without_key() -> Problem:
    """That this server proves nothing."""
    return Problem(
        501,
        "no-key",
        message="this server has no signing key for the log, so it proves nothing.",
        what_to_do="Start it with 'haihe up', which makes one, or run 'haihe why --proof'.",
    )
