"""企业门户: what an enterprise sees of itself: its points, what is wanted of it, its orders.

Its tokens, and who read its data, come by the routes that everybody has. Policies, applications,
awards and certificates are routes of their own below ``/portal``, added to ``PORTAL`` beside these.
"""

import asyncio
from typing import Any, Final

import msgspec

from haihe.log import store
from haihe.model.alarm import Severity
from haihe.model.case import Case, CaseState
from haihe.model.decision import OrderState, WorkOrder
from haihe.model.entity import Entity
from haihe.model.text import Text
from haihe.run.engine import Engine
from haihe.serve.access import OWNERS
from haihe.serve.calling import Asked, Operation
from haihe.serve.kinds import Limit, Skip
from haihe.serve.newest import Newest
from haihe.serve.owning import note_read
from haihe.serve.present import flat_states, newest_states
from haihe.serve.problem import forbidden
from haihe.serve.reach import seen_cases
from haihe.serve.sight import Sight, enterprise_of

OPEN: Final = (CaseState.OPEN, CaseState.HELD)


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a list."""

    limit: Limit = 100
    skip: Skip = 0


class PointShown(msgspec.Struct, frozen=True):
    """A thing of the enterprise, and its newest state in every stream that it speaks in."""

    entity: Entity
    records: tuple[dict[str, object], ...]


class PointsShown(msgspec.Struct, frozen=True):
    """Part of an enterprise's things; ``total`` is how many there are."""

    total: int
    points: tuple[PointShown, ...]


class Wanted(msgspec.Struct, frozen=True):
    """What the enterprise is asked to do, and by when; ``is_done`` once nothing more is owed."""

    order: str
    title: Text
    state: OrderState
    due_at: int
    is_done: bool


class CaseForOwner(msgspec.Struct, frozen=True):
    """A case that is about the enterprise alone.

    title: what the rule is called. why: what was decided last, and on what grounds.
    wanted: the orders that are the enterprise's own to carry out.
    """

    id: str
    title: Text
    entities: tuple[str, ...]
    severity: Severity
    state: CaseState
    opened_at: int
    due_at: int
    closed_at: int | None
    why: Text
    wanted: tuple[Wanted, ...]


class OwnCasesShown(msgspec.Struct, frozen=True):
    """Part of an enterprise's cases: open ones first, the worst of them first."""

    cases: tuple[CaseForOwner, ...]


async def list_points(asked: Asked[PageQuery, None]) -> PointsShown:
    """The enterprise's own things as they are now."""
    node, query = asked.platform.node, asked.query
    sight = _own(asked)
    own = sorted(
        (entity for entity in tuple(node.engine.graph.entities()) if entity.id in sight),
        key=lambda entity: entity.id,
    )
    part = own[query.skip : query.skip + query.limit]
    streams = [
        live.stream.name
        for live in node.engine.live.streams()
        if asked.caller.sees(live.stream.name) and not live.stream.name.startswith("haihe.")
    ]
    slot = node.log.directory.slot
    places = [[(name, slot(name, entity.id)) for name in streams] for entity in part]

    def look(engine: Engine) -> list[tuple[Newest, ...]]:
        return [newest_states(engine, each) for each in places]

    found = await asked.platform.answers.of(node.ask(look))
    await note_read(asked, subject="own points", entities=[entity.id for entity in part])
    points = tuple(
        PointShown(entity, flat_states(states)) for entity, states in zip(part, found, strict=True)
    )
    return PointsShown(len(own), points)


async def list_own_cases(asked: Asked[PageQuery, None]) -> OwnCasesShown:
    """The cases about the enterprise alone, and what is wanted of it in each."""
    node, query, caller = asked.platform.node, asked.query, asked.caller
    _own(asked)
    titles = {name: rule.playbook.title for name, rule in dict(node.engine.rules).items()}
    window = query.skip + query.limit

    def read() -> list[CaseForOwner]:
        found: list[Case] = []
        for state in (*OPEN, CaseState.CLOSED):
            if len(found) < window:
                for pack in [f"{pack}." for pack in caller.packs] or [""]:
                    found += seen_cases(node, caller, state=state.value, pack=pack, limit=window)
        db, own = node.log.reader(), enterprise_of(caller)
        return [
            _for_owner(case, titles, orders=store.orders_of_case(db, case.id), own=own)
            for case in found[query.skip : window]
        ]

    shown = await asyncio.to_thread(read)
    touched = {entity for case in shown for entity in case.entities}
    await note_read(asked, subject="own cases", entities=touched)
    return OwnCasesShown(tuple(shown))


def _for_owner(
    case: Case, titles: dict[str, Text], *, orders: list[WorkOrder], own: str
) -> CaseForOwner:
    wanted = tuple(
        Wanted(order.id, order.order.title, order.state, order.due_at, order.is_settled)
        for order in orders
        if order.order.assignee == own
    )
    return CaseForOwner(
        id=case.id,
        title=titles.get(case.rule, Text(zh=case.rule, en=case.rule)),
        entities=case.entities,
        severity=case.severity,
        state=case.state,
        opened_at=case.opened_at,
        due_at=case.due_at,
        closed_at=case.closed_at,
        why=case.why,
        wanted=wanted,
    )


def _own(asked: Asked[Any, None]) -> Sight:
    """What is the enterprise's own.

    Raises Problem for who is none: the machine's operator has every role, and owns nothing.
    """
    if not asked.caller.owner:
        raise forbidden(
            f"{asked.caller.name} is no enterprise.",
            what_to_do="Sign in with an account of role enterprise, which names its owner.",
        )
    return Sight(asked.platform.node, asked.caller)


PORTAL: Final = (
    Operation(
        "GET", "/portal/points", OWNERS, "An enterprise's own things as they are now",
        list_points, query=PageQuery, answer=PointsShown,
    ),
    Operation(
        "GET", "/portal/cases", OWNERS, "An enterprise's own cases, and what is wanted of it",
        list_own_cases, query=PageQuery, answer=OwnCasesShown,
    ),
)  # fmt: skip
