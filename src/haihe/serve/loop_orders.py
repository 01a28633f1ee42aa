"""A loop's orders to a thing, one of them whole, and its proof."""

import asyncio
from typing import Any, Final

import msgspec
from starlette.responses import Response

from haihe.model.decision import WorkOrder
from haihe.run.why_order import OrderWhy, is_loops, orders_before, streams_of, why_order
from haihe.serve.access import READERS
from haihe.serve.calling import HEADERS, JSON, Asked, Operation
from haihe.serve.cases import order_of, without_key
from haihe.serve.kinds import EntityId, Limit, Nothing, When
from haihe.serve.loops import loop_named
from haihe.serve.owning import note_read
from haihe.serve.problem import unknown
from haihe.serve.sight import check_sight, sight_of
from haihe.serve.spans import instant_in


class LoopOrdersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which orders of a loop; the newest first.

    entity: those to this thing. at: given by then; now where left out.
    """

    entity: EntityId
    at: When = ""
    limit: Limit = 20


class LoopOrdersShown(msgspec.Struct, frozen=True):
    """A loop's orders to one thing."""

    orders: tuple[WorkOrder, ...]


async def list_loop_orders(asked: Asked[LoopOrdersQuery, None]) -> LoopOrdersShown:
    """What a loop ordered of a thing before an instant."""
    query, node = asked.query, asked.platform.node
    loop = loop_named(asked)
    check_sight(node, asked.caller, entity=query.entity)
    at = instant_in(query.at, node.log.received_at)
    await note_read(asked, subject=f"orders {loop.name}", entities=[query.entity])
    found = await asyncio.to_thread(
        orders_before, node.log, loop.name, entity=query.entity, at=at, limit=query.limit
    )
    return LoopOrdersShown(found)


async def show_order_why(asked: Asked[Nothing, None]) -> OrderWhy:
    """Why a loop gave an order: records, settings, alternatives, what became of it."""
    node, order = asked.platform.node, await _order_of(asked)
    await note_read(asked, subject=f"order {order.id}", entities=[order.order.entity])
    streams = tuple(
        stream for stream in streams_of(node.engine.loops, order.id) if asked.caller.sees(stream)
    )
    try:
        answer = await asyncio.to_thread(why_order, node.log, order.id, streams=streams)
    except ValueError as error:
        raise unknown(str(error)) from error
    sight = sight_of(node, asked.caller)
    saw = tuple(
        one
        for one in answer.saw
        if asked.caller.sees(one.stream) and (sight is None or one.entity in sight)
    )
    return msgspec.structs.replace(answer, saw=saw)


async def prove_order(asked: Asked[Nothing, None]) -> Response:
    """The order's proof, to be checked offline."""
    prove = asked.platform.settings.services.proof
    order = await _order_of(asked)
    if prove is None:
        raise without_key()
    await note_read(asked, subject=f"proof of order {order.id}", entities=[order.order.entity])
    try:
        body = await asyncio.to_thread(prove, order.id)
    except ValueError as error:
        raise unknown(str(error)) from error
    name = f'attachment; filename="{order.id.replace("/", "-")}.proof.json"'
    return Response(body, 200, {**HEADERS, "content-disposition": name}, media_type=JSON)


async def _order_of(asked: Asked[Any, Any]) -> WorkOrder:
    """A loop's order that the caller sees.

    Raises Problem if there is none.
    """
    order = await order_of(asked, asked.path["order"])
    if not is_loops(order.id):
        raise unknown(
            f"'{order.id}' is no loop's order; its case answers for it.",
            what_to_do=f"GET /api/v1/cases/{order.case} tells why, /proof proves it.",
        )
    return order


LOOP_ORDERS: Final = (
    Operation(
        "GET", "/loops/{rule}/orders", READERS, "A loop's orders to a thing, the newest first",
        list_loop_orders, query=LoopOrdersQuery, answer=LoopOrdersShown,
    ),
    Operation(
        "GET", "/orders/{order:path}/why", READERS,
        "Why a loop gave an order: records, settings, alternatives, what became of it",
        show_order_why, answer=OrderWhy,
    ),
    Operation(
        "GET", "/orders/{order:path}/proof", READERS, "A loop's order with its proof, offline",
        prove_order, answer=dict[str, object],
    ),
)  # fmt: skip
