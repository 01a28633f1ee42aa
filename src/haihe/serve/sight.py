"""Whose an entity is and where: who is held to some entities sees those alone."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from haihe.run.node import Node
from haihe.serve.access import Caller
from haihe.serve.problem import forbidden, unknown

WITHIN: Final = ("area", "zone", "in")  # Relations that say in what a thing lies.
DEPTH_MAX: Final = 8  # Ours: a pump in a zone in a gallery in a district; more is a ring.


class Sight:
    """The entities that somebody is held to: an enterprise its own, others their areas."""

    def __init__(self, node: Node, caller: Caller) -> None:
        """What of a node's entities a caller sees."""
        self._graph = node.engine.graph
        self._owner = caller.owner
        self._heads = tuple(area for area in caller.areas if area.endswith("/"))
        self._areas = frozenset(caller.areas)

    def __contains__(self, entity: str) -> bool:
        """Whether they see an entity."""
        if self._owner:
            known = self._graph.entity(entity)
            if known is None or known.owner != self._owner:
                return False
        return not self._areas or self._is_within(entity)

    def holds(self, entities: Iterable[str]) -> bool:
        """Whether they see what all of these are part of.

        An enterprise sees it if all are its own; who has areas if one lies in them.
        """
        every = tuple(entities)
        return bool(every) and (all if self._owner else any)(each in self for each in every)

    def _is_within(self, entity: str) -> bool:
        """Whether an entity is one of the areas, or lies in one, however deep."""
        level, looked = {entity}, {entity}
        for _ in range(DEPTH_MAX):
            if any(each in self._areas or each.startswith(self._heads) for each in level):
                return True
            level = {end for each in level for end in self._around(each)} - looked
            if not level:
                return False
            looked |= level
        return False

    def _around(self, entity: str) -> Iterator[str]:
        """In what an entity lies, one step on."""
        known = self._graph.entity(entity)
        if known is not None and known.relations:
            for name in WITHIN:
                yield from known.relations.get(name, ())


def sight_of(node: Node, caller: Caller) -> Sight | None:
    """What a caller is held to; None where they see everybody's."""
    return Sight(node, caller) if caller.owner or caller.areas else None


def owner_of(node: Node, entity: str) -> str:
    """The enterprise whose an entity is; "" if nobody's."""
    known = node.engine.graph.entity(entity)
    return known.owner if known is not None else ""


def enterprise_of(caller: Caller) -> str:
    """What an enterprise is called where orders are assigned and reads are noted; "" for others."""
    return enterprise(caller.owner) if caller.owner else ""


def enterprise(owner: str) -> str:
    """The same, by whose things are.

    >>> enterprise("acme")
    'enterprise/acme'
    """
    return f"enterprise/{owner}"


def check_sight(node: Node, caller: Caller, *, entity: str) -> None:
    """Refuse who asks for what they do not see, as if it did not exist.

    Raises Problem.
    """
    sight = sight_of(node, caller)
    if sight is not None and entity not in sight:
        raise unknown(f"there is no entity '{entity}'.")


def check_reach(node: Node, caller: Caller, *, entities: Iterable[str]) -> None:
    """Refuse who writes to what lies outside their areas.

    Raises Problem.
    """
    sight = sight_of(node, caller)
    if sight is not None:
        for entity in entities:
            if entity not in sight:
                raise forbidden(f"'{entity}' is outside the areas of {caller.name}.")


def owners_of(node: Node, entities: Collection[str]) -> list[str]:
    """The enterprises among the owners, by name."""
    return sorted({owner_of(node, entity) for entity in entities} - {""})
