"""Entities told one at a time: create, update, merge, replace, delete.

Source: ETSI GS CIM 009, 5.6.1 to 5.6.6, 5.6.17 to 5.6.19; 6.4 to 6.7.
"""

from collections.abc import Callable
from typing import Final, Protocol

from starlette.responses import Response

from haihe.model.stream import Stream
from haihe.model.time import format_instant
from haihe.serve.access import check_scope
from haihe.serve.byhand import check_not_by_hand
from haihe.serve.ngsi.call import Call, done
from haihe.serve.ngsi.changing import (
    Changed,
    appended,
    attributes_of,
    created,
    merged,
    partly_updated,
    replaced,
    updated,
    without,
)
from haihe.serve.ngsi.contexts import Context, Json
from haihe.serve.ngsi.expanding import (
    ENTITY_MEMBERS,
    HOLDS,
    Document,
    Instance,
    Reading,
    attribute_name,
    expand_attribute,
    expand_entity,
    expand_fragment,
    types_of,
)
from haihe.serve.ngsi.kept import PREFIX, Found, tombstone
from haihe.serve.ngsi.measured import Sent, body_of
from haihe.serve.ngsi.refusal import Kind, Refusal, bad_data, invalid, not_found, not_supported
from haihe.serve.ngsi.selecting import is_asked, types_test
from haihe.serve.ngsi.values import check_id, check_uri


class Change(Protocol):
    """What a fragment makes of a document."""

    def __call__(self, old: Document, fragment: Document, /, *, at: str) -> Changed:
        """The document after it; ``at`` is the instant as text."""
        ...


_LASTING: Final = "is measured by a stream; its records last and cannot be taken away."


async def create(call: Call) -> Response:
    """POST /entities: a new entity."""
    sent = _object(await call.json())
    document = expand_entity(sent, Reading(call.context_of(sent)))
    entity = document["id"]
    async with call.house.kept.turns.holding([entity]):
        if await find(call, entity) is not None:
            raise Refusal(Kind.ALREADY_EXISTS, f"there is an entity '{entity}' already.")
        await put_new(call, document)
    return done(201, location=entity)


async def delete(call: Call) -> Response:
    """DELETE /entities/{id}."""
    entity = check_id(call.names["id"])
    async with call.house.kept.turns.holding([entity]):
        found = await existing(call, entity)
        if not found.stream.startswith(PREFIX):
            raise not_supported(f"'{entity}' {_LASTING}")
        kept = call.house.kept
        at = kept.instant()
        await kept.save([tombstone(found, format_instant(at))], at=at)
    return done()


async def append(call: Call) -> Response:
    """POST /entities/{id}/attrs: more attributes, over those that are there unless noOverwrite."""
    overwrite = "noOverwrite" not in call.options

    def change(old: Document, fragment: Document, *, at: str) -> Changed:
        return appended(old, fragment, at=at, overwrite=overwrite)

    return await _change(call, change, nulls=False)


async def update(call: Call) -> Response:
    """PATCH /entities/{id}/attrs: other values for attributes that are there."""
    return await _change(call, updated, nulls=True)


async def merge(call: Call) -> Response:
    """PATCH /entities/{id}: the body laid over the entity; null takes away."""
    return await _change(call, merged, nulls=True, told=False)


async def replace(call: Call) -> Response:
    """PUT /entities/{id}: another entity in its place."""
    entity = check_id(call.names["id"])
    sent = _object(await call.json())
    context = call.context_of(sent)
    if sent.get("id", entity) != entity:
        raise bad_data(f"the body has the id of another entity than '{entity}'.")
    fragment = expand_fragment(sent, Reading(context))
    async with call.house.kept.turns.holding([entity]):
        found = await existing(call, entity)
        kinds = types_of(sent["type"], context) if "type" in sent else found.document["type"]
        new = {"id": entity, "type": kinds, **fragment}
        if not found.stream.startswith(PREFIX):
            raise not_supported(f"'{entity}' {_LASTING}")
        await _keep(call, found, make=lambda at: replaced(found.document, new, at=at))
    return done()


async def update_attribute(call: Call) -> Response:
    """PATCH /entities/{id}/attrs/{attr}: some members of one attribute."""
    entity, sent, context = await _fragment(call)
    name = _attribute(call, context)
    async with call.house.kept.turns.holding([entity]):
        found = await existing(call, entity)
        old = _instance_of(found.document, name, sent=sent)
        part = part_of(sent, old, reading=Reading(context, nulls=True))
        if not found.stream.startswith(PREFIX):
            whole = {k: value for k, value in {**old, **part}.items() if k != "modifiedAt"}
            await tell(call, found, attributes={name: [whole]})
        else:
            await _keep(
                call, found, make=lambda at: partly_updated(found.document, name, part=part, at=at)
            )
    return done()


async def replace_attribute(call: Call) -> Response:
    """PUT /entities/{id}/attrs/{attr}: another attribute in its place."""
    entity, sent, context = await _fragment(call)
    name = _attribute(call, context)
    instances = expand_attribute(call.names["attr"], sent, reading=Reading(context))
    async with call.house.kept.turns.holding([entity]):
        found = await existing(call, entity)
        _instance_of(found.document, name, sent=sent)
        if not found.stream.startswith(PREFIX):
            await tell(call, found, attributes={name: instances})
        else:
            new = {name: instances}
            await _keep(call, found, make=lambda at: updated(found.document, new, at=at).document)
    return done()


async def delete_attribute(call: Call) -> Response:
    """DELETE /entities/{id}/attrs/{attr}: one instance, or with deleteAll every one."""
    entity = check_id(call.names["id"])
    attr = call.names["attr"]
    name = attr if attr == "scope" else attribute_name(attr, call.context())
    dataset = call.query.get("datasetId") or None
    if dataset is not None and dataset != "@none":
        check_uri(dataset, what="datasetId")
    every = is_asked(call.query, "deleteAll")
    async with call.house.kept.turns.holding([entity]):
        found = await existing(call, entity)
        if not found.stream.startswith(PREFIX):
            raise not_supported(f"'{entity}' {_LASTING}")
        await _keep(
            call, found,
            make=lambda at: without(
                found.document, name, dataset=None if dataset == "@none" else dataset,
                every=every, at=at,
            ),
        )  # fmt: skip
    return done()


def _attribute(call: Call, context: Context) -> str:
    """The attribute of the path.

    Raises Refusal if it is none.
    """
    name = call.names["attr"]
    if name in ENTITY_MEMBERS:
        raise bad_data(f"'{name}' is no attribute.")
    return attribute_name(name, context)


async def find(call: Call, entity: str) -> Found | None:
    """An entity: kept as a document, or measured; None if there is none."""
    found = call.house.kept.find(entity)
    return found if found is not None else await call.house.measured.find(entity)


async def existing(call: Call, entity: str) -> Found:
    """An entity that the caller may change.

    Raises Refusal if there is none; Problem if they may not.
    """
    found = await find(call, entity)
    if found is None:
        raise not_found(f"there is no entity '{entity}'.")
    if call.query.get("type"):
        test, _ = types_test(call.query["type"], call.context())
        if not test(frozenset(found.document["type"])):
            raise not_found(f"entity '{entity}' is not of the type asked for.")
    check_scope(call.asked.caller, found.stream)
    return found


async def put_new(call: Call, document: Document) -> None:
    """Keep an entity that is not there yet, where its type belongs.

    Raises Refusal if it cannot be kept; Problem if the caller may not.
    """
    house = call.house
    stream = house.measured.stream_of(document["type"])
    if stream is not None:
        check_scope(call.asked.caller, stream.name)
        check_sent(await send(call, document, stream=stream))
        return
    check_scope(call.asked.caller, PREFIX)
    name = await house.kept.home(document["type"][0], call.by)
    at = house.kept.instant()
    await house.kept.save([Found(name, created(document, format_instant(at)))], at=at)


async def send(call: Call, document: Document, *, stream: Stream) -> Sent:
    """Tell a stream what an entity's attributes are."""
    if not attributes_of(document):
        raise bad_data(f"an entity of type {stream.name} must have one of its attributes.")
    check_not_by_hand(call.asked.platform.node, call.asked.caller, stream=stream.name)
    return await call.house.measured.send(body_of(document, stream), stream)


def check_sent(sent: Sent) -> None:
    """Refuse what a stream did not take.

    Raises Refusal.
    """
    if sent.refused:
        raise bad_data(" ".join(one.message for one in sent.refused[:3]))


async def tell(call: Call, found: Found, *, attributes: Document) -> None:
    """Other values for a measured entity."""
    stream = call.asked.platform.node.engine.live[found.stream].stream
    check_sent(
        await send(call, {"id": found.document["id"], "type": [], **attributes}, stream=stream)
    )


def part_of(sent: Instance, old: Instance, *, reading: Reading) -> Instance:
    """Some members of an attribute, in whole names; what null takes away is ``NULL``.

    sent: a fragment that may lack the type and the value.
    Raises Refusal naming what cannot be.
    """
    kind = sent.get("type", old["type"])
    member = HOLDS.get(kind) if isinstance(kind, str) else None
    if member is None or kind != old["type"]:
        raise bad_data(f"the attribute is a {old['type']}; the fragment says otherwise.")
    lent = {} if member in sent else {member: old[member]}
    (whole,) = expand_attribute("attribute", {**sent, "type": kind, **lent}, reading=reading)
    if lent:
        del whole[member]
    return whole


async def _change(
    call: Call,
    change: Change,
    *,
    nulls: bool,
    told: bool = True,
) -> Response:
    """Lay a fragment over an entity.

    told: whether the answer says what was left out.
    """
    entity, sent, context = await _fragment(call)
    fragment = expand_fragment(sent, Reading(context, nulls=nulls))
    if "type" in sent:
        fragment["type"] = types_of(sent["type"], context)
    async with call.house.kept.turns.holding([entity]):
        found = await existing(call, entity)
        if not found.stream.startswith(PREFIX):
            await tell(call, found, attributes={k: v for k, v in fragment.items() if k != "type"})
            return done()
        at = call.house.kept.instant()
        changed = change(found.document, fragment, at=format_instant(at))
        if changed.updated:
            await call.house.kept.save([Found(found.stream, changed.document)], at=at)
    if not changed.left or not told:
        return done()
    return done(207, value=update_result(changed))


def update_result(changed: Changed) -> Json:
    """The standard's UpdateResult; attributes by their IRIs."""
    return {
        "updated": [*changed.updated],
        "notUpdated": [{"attributeName": name, "reason": reason} for name, reason in changed.left],
    }


async def _fragment(call: Call) -> tuple[str, Json, Context]:
    """The entity of the path, the body, and its names."""
    entity = check_id(call.names["id"])
    sent = _object(await call.json())
    context = call.context_of(sent)
    return entity, {name: part for name, part in sent.items() if name != "@context"}, context


async def _keep(call: Call, found: Found, *, make: Callable[[str], Document]) -> None:
    kept = call.house.kept
    at = kept.instant()
    await kept.save([Found(found.stream, make(format_instant(at)))], at=at)


def _instance_of(document: Document, name: str, *, sent: Json) -> Instance:
    """The instance of an attribute that a fragment is about.

    Raises Refusal if there is none.
    """
    dataset = sent.get("datasetId") if isinstance(sent, dict) else None
    for one in document.get(name, ()):
        if one.get("datasetId") == (None if dataset == "@none" else dataset):
            return dict(one)
    raise not_found(f"the entity has no attribute '{name}' (or no instance of that datasetId).")


def _object(sent: Json) -> Json:
    """A body that is an object and not empty.

    Raises Refusal if it is not one.
    """
    if not isinstance(sent, dict):
        raise invalid("the body must be a JSON object.")
    if not sent:
        raise bad_data("the body is empty.")
    return sent
