"""Entities shown together with those that they link to.

Source: ETSI GS CIM 009, 4.5.23, 5.7.1, 5.7.2.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from haihe.serve.access import Caller
from haihe.serve.ngsi.call import Call
from haihe.serve.ngsi.changing import attributes_of
from haihe.serve.ngsi.contexts import Json
from haihe.serve.ngsi.expanding import Document
from haihe.serve.ngsi.measured import house_id
from haihe.serve.ngsi.provision import find
from haihe.serve.ngsi.refusal import Kind, Refusal, bad_data, invalid
from haihe.serve.ngsi.selecting import whole_number
from haihe.serve.ngsi.showing import Look, show
from haihe.serve.owning import note_read
from haihe.serve.sight import sight_of

LEVELS_MAX: Final = 10  # Ours: links of links.
LINKED_MAX: Final = 1_000  # Ours: linked entities of one answer.
_JOINS: Final = ("@none", "inline", "flat")


def join_of(asked: Mapping[str, str]) -> tuple[str, int]:
    """How linked entities are shown ("" for not at all), and links of links down to which level.

    Raises Refusal if it cannot be.
    """
    join = asked.get("join", "@none")
    if join not in _JOINS:
        raise invalid(f"join is '{join[:30]}'; expected {', '.join(_JOINS)}.")
    level = whole_number(asked, "joinLevel", default=1, most=LEVELS_MAX)
    if not level:
        raise bad_data("joinLevel must be 1 or more.")
    return ("", 0) if join == "@none" else (join, level)


async def show_joined(
    call: Call, documents: Sequence[Document], *, look: Look, asked: Mapping[str, str]
) -> list[Json]:
    """Entities with those that they link to: inside of them, or after them."""
    join, level = join_of(asked)
    if not join:
        return [show(document, look) for document in documents]
    levels = await _levels(call, documents, look=look, depth=level)
    linked = {one["id"]: one for found, _ in levels for one in found}
    await note_read(call.asked, subject="ngsi-ld join", entities=[*map(house_id, linked.values())])
    if join == "inline":
        inside = replace(look, linked=linked, level=level)
        return [show(document, inside) for document in documents]
    shown = {document["id"]: show(document, look) for document in documents}
    for found, below in levels:
        shown |= {one["id"]: show(one, below) for one in found if one["id"] not in shown}
    return [*shown.values()]


async def _levels(
    call: Call, documents: Sequence[Document], *, look: Look, depth: int
) -> list[tuple[list[Document], Look]]:
    """The linked entities level by level, each with how it is shown."""
    levels: list[tuple[list[Document], Look]] = []
    known = {document["id"] for document in documents}
    fringe = [(document, look) for document in documents]
    for _ in range(depth):
        nearer: list[tuple[Document, Look]] = []
        for document, above in fringe:
            for name, entity in _links(document, above):
                if entity in known:
                    continue
                known.add(entity)
                if len(known) > LINKED_MAX + len(documents):
                    raise Refusal(
                        Kind.TOO_MANY, f"more than {LINKED_MAX} entities are linked; ask for less."
                    )
                found = await find(call, entity)
                if found is not None and _may_see(call, found.document, stream=found.stream):
                    nearer.append((found.document, above.below(name)))
        levels += [([document], below) for document, below in nearer]
        fringe = nearer
    return levels


def _may_see(call: Call, document: Document, *, stream: str) -> bool:
    caller: Caller = call.asked.caller
    node = call.asked.platform.node
    sight = sight_of(node, caller)
    return (sight is None or house_id(document) in sight) and caller.sees(stream)


def _links(document: Document, look: Look) -> Iterator[tuple[str, str]]:
    """The Relationships that are shown, and the entities at their other ends."""
    for name in attributes_of(document):
        if not look.shows(name):
            continue
        for one in document[name]:
            ends = one.get("object", ())
            for end in [ends] if isinstance(ends, str) else ends:
                yield name, end
            for end in one.get("objectList", ()):
                yield name, end["object"]
