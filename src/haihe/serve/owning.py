"""Whose an entity is: an enterprise sees only its own, and every look at it is in the log."""

import asyncio
from collections.abc import Collection
from typing import Any, Final

import numpy as np

from haihe.model.record import Rows
from haihe.run.appending import Arrival
from haihe.run.house import ACCESS
from haihe.run.node import Node
from haihe.serve.access import Caller
from haihe.serve.calling import Asked
from haihe.serve.problem import unknown

MANY: Final = 1_000  # Ours: looking up more takes longer than others should wait.


def owned_ids(node: Node, caller: Caller) -> frozenset[str] | None:
    """The entities a caller is held to; None where they see everybody's."""
    if not caller.owner:
        return None
    entities = tuple(node.engine.graph.entities())  # Copied at once: the writer adds to it.
    return frozenset(entity.id for entity in entities if entity.owner == caller.owner)


def owner_of(node: Node, entity: str) -> str:
    """The enterprise whose an entity is; "" if nobody's."""
    known = node.engine.graph.entity(entity)
    return known.owner if known is not None else ""


def check_owner(node: Node, caller: Caller, *, entity: str) -> None:
    """Refuse an enterprise that asks for what is not its own, as if it did not exist.

    Raises Problem.
    """
    if caller.owner and owner_of(node, entity) != caller.owner:
        raise unknown(f"there is no entity '{entity}'.")


async def note_read(asked: Asked[Any, Any], *, subject: str, entities: Collection[str]) -> None:
    """Put into the log that somebody reads enterprises' data, before they get it.

    subject: what they read.
    entities: whose data it holds.
    """
    platform = asked.platform
    if len(entities) > MANY:
        owners = await asyncio.to_thread(_owners, platform.node, tuple(entities))
    else:
        owners = _owners(platform.node, entities)
    if not owners:
        return
    route = f"{asked.scope['method']} {asked.scope['path']}"
    told = {"person": asked.caller.name, "route": route, "subject": subject}
    rows = Rows(
        stream=ACCESS.name,
        ids=tuple(f"enterprise/{owner}" for owner in owners),
        codes=np.arange(len(owners), dtype=np.int32),
        observed_at=np.full(len(owners), platform.moments.next(), dtype=np.int64),
        numbers={},
        texts={name: np.array([text] * len(owners), dtype=object) for name, text in told.items()},
    )
    await platform.answers.of(platform.node.submit(Arrival(rows)))


def _owners(node: Node, entities: Collection[str]) -> list[str]:
    """The enterprises among the owners."""
    return sorted({owner_of(node, entity) for entity in entities} - {""})
