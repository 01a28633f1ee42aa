"""Which entities stand beside a case's, so that one can ask why the rule did not fire there."""

import asyncio
from typing import Final

import msgspec

from haihe.log import store
from haihe.model.case import Case
from haihe.run.engine import Engine
from haihe.serve.access import READERS
from haihe.serve.calling import Asked, Operation
from haihe.serve.kinds import Nothing
from haihe.serve.owning import note_read
from haihe.serve.problem import unknown
from haihe.serve.sight import sight_of

BESIDE: Final = "neighbour"  # The relation that is asked for where a rule rolls up by none.
SHOWN_MAX: Final = 12  # Ours: each is a run of the rule over the log.


class Neighbour(msgspec.Struct, frozen=True):
    """An entity beside one of the case's, by which relation."""

    entity: str
    relation: str
    of: str


async def list_neighbours(asked: Asked[Nothing, None]) -> tuple[Neighbour, ...]:
    """The entities related to a case's by what its rule rolls up, that are not in the case."""
    platform, caller, case_id = asked.platform, asked.caller, asked.path["case"]
    node = platform.node
    case = await asyncio.to_thread(lambda: store.find_case(node.log.reader(), case_id))
    sight = sight_of(node, caller)
    is_seen = case is not None and (sight is None or sight.holds(case.shows))
    if case is None or not caller.sees(case.rule) or not is_seen:
        raise unknown(f"there is no case '{case_id}'.")
    around = await platform.answers.of(node.ask(lambda engine: _around(engine, case)))
    found = tuple(one for one in around if sight is None or one.entity in sight)[:SHOWN_MAX]
    await note_read(
        asked, subject=f"neighbours of {case_id}", entities={one.entity for one in found}
    )
    return found


def _around(engine: Engine, case: Case) -> list[Neighbour]:
    """Every neighbour once, in the order they were told."""
    rule = engine.rules.get(case.rule)
    relations = (rule.playbook.roll_up.relations if rule is not None else ()) or (BESIDE,)
    found: dict[str, Neighbour] = {}
    for entity in case.entities:
        for relation in relations:
            for other in engine.graph.related(entity, relation):
                if other not in case.entities:
                    found.setdefault(other, Neighbour(other, relation, entity))
    return list(found.values())


NEIGHBOURS: Final = (
    Operation(
        "GET", "/cases/{case}/neighbours", READERS, "What stands beside a case and is not in it",
        list_neighbours, answer=tuple[Neighbour, ...],
    ),
)  # fmt: skip
