"""Entities told many at once: create, upsert, update, merge, delete.

Each entity stands for itself: what cannot be is named in the answer, and the rest is kept. A body
whose entities all belong to one declared stream is never looked at one by one.

Source: ETSI GS CIM 009, 5.6.7 to 5.6.10, 5.6.20; 6.14 to 6.17, 6.31.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

import msgspec
from starlette.responses import Response

from haihe.feed.door import shown
from haihe.model.stream import Stream
from haihe.model.time import format_instant
from haihe.serve.access import check_scope
from haihe.serve.byhand import check_not_by_hand
from haihe.serve.ngsi.call import INLINE_BYTES, Call, done, read_json
from haihe.serve.ngsi.changing import Changed, appended, attributes_of, created, merged, replaced
from haihe.serve.ngsi.contexts import Json
from haihe.serve.ngsi.expanding import Document, Reading, expand_entity, expand_fragment, types_of
from haihe.serve.ngsi.kept import DOCUMENT_MAX, PREFIX, Found, tombstone
from haihe.serve.ngsi.measured import body_of
from haihe.serve.ngsi.refusal import Kind, Refusal, bad_data, not_found, not_supported, of_problem
from haihe.serve.ngsi.values import check_id
from haihe.serve.problem import Problem

BATCH_MAX: Final = 100_000  # Ours: entities of one body; some 60 MB.
FEW: Final = 50  # Measured: more than 2 ms of reading keeps everybody else waiting.
_LASTING: Final = "it is measured by a stream; its records last and cannot be taken away."


class Make(Protocol):
    """What becomes of an entity."""

    def __call__(self, old: Document | None, new: Document, *, at: str) -> Changed:
        """What is kept (or None) and what was sent, to the new document; ``at`` as text.

        Raises Refusal if it cannot be.
        """
        ...


@dataclass(slots=True)
class _Result:
    """What became of each entity so far."""

    created: dict[str, None] = field(default_factory=dict)
    changed: dict[str, None] = field(default_factory=dict)
    errors: list[Json] = field(default_factory=list)

    def fail(self, entity: object, refusal: Refusal | Problem) -> None:
        """One more that could not be."""
        if isinstance(refusal, Problem):
            refusal = of_problem(refusal)
        error = msgspec.to_builtins(refusal.said)
        self.errors.append({"entityId": entity if isinstance(entity, str) else "", "error": error})

    def answer(self) -> Response:
        """207 with both lists where something failed; 201 with what is new; 204."""
        if self.errors:
            success = [*self.created, *(one for one in self.changed if one not in self.created)]
            return done(207, value={"success": success, "errors": self.errors})
        return done(201, value=[*self.created]) if self.created else done()


@dataclass(frozen=True, slots=True)
class _May:
    """What a batch may do: create entities, change those that are there."""

    create: bool
    change: bool


@dataclass(frozen=True, slots=True)
class _Item:
    """One entity of a body, read."""

    entity: str
    document: Document


async def create(call: Call) -> Response:
    """POST /entityOperations/create."""

    def make(old: Document | None, new: Document, *, at: str) -> Changed:
        if old is not None:
            raise Refusal(Kind.ALREADY_EXISTS, f"there is an entity '{new['id']}' already.")
        return Changed(created(new, at))

    return await _batch(call, make, may=_May(create=True, change=False))


async def upsert(call: Call) -> Response:
    """POST /entityOperations/upsert: new ones are created, others replaced or updated."""
    options = call.options or frozenset({"replace"})
    if len(options) > 1 or not options <= {"replace", "update"}:
        raise bad_data("options must be replace or update.")

    def make(old: Document | None, new: Document, *, at: str) -> Changed:
        if old is None:
            return Changed(created(new, at))
        if "update" in options:
            return appended(old, new, at=at)
        return Changed(replaced(old, new, at=at))

    return await _batch(call, make, may=_May(create=True, change=True))


async def update(call: Call) -> Response:
    """POST /entityOperations/update: attributes added and, unless noOverwrite, changed."""
    overwrite = "noOverwrite" not in call.options

    def make(old: Document | None, new: Document, *, at: str) -> Changed:
        if old is None:
            raise not_found(f"there is no entity '{new['id']}'.")
        return appended(old, new, at=at, overwrite=overwrite)

    return await _batch(call, make, may=_May(create=False, change=True))


async def merge(call: Call) -> Response:
    """POST /entityOperations/merge: each laid over its entity; null takes away."""

    def make(old: Document | None, new: Document, *, at: str) -> Changed:
        if old is None:
            raise not_found(f"there is no entity '{new['id']}'.")
        return merged(old, new, at=at)

    return await _batch(call, make, may=_May(create=False, change=True), is_patch=True)


async def delete(call: Call) -> Response:
    """POST /entityOperations/delete: an array of ids."""
    sent = _many(await call.json())
    result = _Result()
    kept = call.house.kept
    ids = [one for one in sent if isinstance(one, str)]
    async with kept.turns.holding(ids):
        found = dict(kept.find_all(ids))
        at = kept.instant()
        gone: dict[str, Found] = {}
        for one in sent:
            try:
                entity = check_id(one)
                known = await _to_delete(call, entity, found=found)
            except (Refusal, Problem) as refusal:
                result.fail(one, refusal)
                continue
            gone[entity] = tombstone(known, format_instant(at))
            del found[entity]  # Named again, it does not exist any more.
            result.changed[entity] = None
        await kept.save([*gone.values()], at=at)
    return result.answer()


async def _to_delete(call: Call, entity: str, *, found: Mapping[str, Found]) -> Found:
    known = found.get(entity)
    if known is None:
        if await call.house.measured.find(entity) is not None:
            raise not_supported(f"'{entity}' cannot be deleted: {_LASTING}")
        raise not_found(f"there is no entity '{entity}'.")
    check_scope(call.asked.caller, known.stream)
    return known


async def _batch(call: Call, make: Make, *, may: _May, is_patch: bool = False) -> Response:
    """Every entity of a body through ``make``, and what comes of it into the log."""
    body = await call.body()
    call.check_link()
    if not is_patch:
        fast = await _typed(call, body, may=may)
        if fast is not None:
            return fast
    sent = _many(await read_json(body))
    result = _Result()
    read = partial(
        _read, call, sent, result=result, is_patch=is_patch, is_large=len(body) > DOCUMENT_MAX
    )
    items = read() if len(sent) <= FEW else await asyncio.to_thread(read)
    async with call.house.kept.turns.holding(item.entity for item in items):
        measured = await _changed(call, items, make=make, result=result)
        for stream, documents in measured.items():
            await _send(call, documents, name=stream, result=result, may=may)
    return result.answer()


async def _typed(call: Call, body: bytes, *, may: _May) -> Response | None:
    """The fast way, for a body whose entities all go to one declared stream; None if not all do."""
    measured = call.house.measured
    if len(body) <= INLINE_BYTES:
        fit = measured.whole_batch(body, call.context_of)
    else:
        fit = await asyncio.to_thread(measured.whole_batch, body, call.context_of)
    if fit is None:
        return None
    stream, ids = fit
    is_either = may.create and may.change
    if not is_either and any((measured.slot(stream.name, one) >= 0) != may.change for one in ids):
        return None
    check_scope(call.asked.caller, stream.name)
    check_not_by_hand(call.asked.platform.node, call.asked.caller, stream=stream.name)
    result = _Result()
    sent = await measured.send(body, stream)
    for one in sent.refused:
        result.fail(one.entity, bad_data(one.message))
    result.created.update(dict.fromkeys(sent.created))
    if result.errors:
        failed = {one["entityId"] for one in result.errors}
        result.changed.update((one, None) for one in sent.ids if one not in failed)
        result.created = {one: None for one in sent.created if one not in failed}
    return result.answer()


def _read(
    call: Call, sent: Sequence[Json], *, result: _Result, is_patch: bool, is_large: bool
) -> list[_Item]:
    """The entities that can be read; the others go into the result."""
    items = []
    for one in sent:
        entity = one.get("id") if isinstance(one, dict) else None
        try:
            document = _document(call, one, is_patch=is_patch)
            if is_large and len(msgspec.json.encode(document)) > DOCUMENT_MAX:
                raise bad_data(f"the entity has more than {DOCUMENT_MAX} characters as a document.")
        except Refusal as refusal:
            result.fail(entity, refusal)
            continue
        items.append(_Item(document["id"], document))
    return items


def _document(call: Call, sent: Json, *, is_patch: bool) -> Document:
    if not isinstance(sent, dict):
        raise bad_data(f"an entity must be a JSON object; found {shown(sent)}.")
    reading = Reading(call.context_of(sent), nulls=is_patch)
    if not is_patch:
        return expand_entity(sent, reading)
    document = {"id": check_id(sent.get("id")), **expand_fragment(sent, reading)}
    if "type" in sent:
        document["type"] = types_of(sent["type"], reading.context)
    return document


async def _changed(
    call: Call, items: Sequence[_Item], *, make: Make, result: _Result
) -> dict[str, list[Document]]:
    """Change and keep what is kept as documents; gives back what streams measure."""
    kept = call.house.kept
    known = dict(kept.find_all([*{item.entity: None for item in items}]))
    at = kept.instant()
    written = format_instant(at)
    changes: dict[str, Found] = {}
    measured: dict[str, list[Document]] = {}
    for item in items:
        old = known.get(item.entity)
        if old is None:
            stream = call.house.measured.stream_of(item.document.get("type", ()))
            if stream is not None:
                measured.setdefault(stream.name, []).append(item.document)
                continue
        try:
            document = old.document if old is not None else None
            changed = make(document, item.document, at=written)
            name = await _home(call, changed.document, old=old)
        except (Refusal, Problem) as refusal:
            result.fail(item.entity, refusal)
            continue
        known[item.entity] = changes[item.entity] = Found(name, changed.document)
        if changed.left:
            names = ", ".join(name for name, _ in changed.left)
            result.fail(item.entity, bad_data(f"noOverwrite, and there are already: {names}."))
            continue
        (result.created if old is None else result.changed)[item.entity] = None
    await kept.save([*changes.values()], at=at)
    return measured


async def _home(call: Call, document: Document, *, old: Found | None) -> str:
    """The stream of a document.

    Raises Problem if the caller may not write to it.
    """
    check_scope(call.asked.caller, PREFIX if old is None else old.stream)
    if old is not None:
        return old.stream
    return await call.house.kept.home(document["type"][0], call.by)


async def _send(
    call: Call, documents: Sequence[Document], *, name: str, result: _Result, may: _May
) -> None:
    """Tell the stream ``name`` what some of its entities say."""
    measured = call.house.measured
    stream: Stream = call.asked.platform.node.engine.live[name].stream
    for document in documents:
        entity = document["id"]
        try:
            check_scope(call.asked.caller, name)
            check_not_by_hand(call.asked.platform.node, call.asked.caller, stream=name)
            is_known = measured.slot(name, entity) >= 0
            if is_known and not may.change:
                raise Refusal(Kind.ALREADY_EXISTS, f"there is an entity '{entity}' already.")
            if not is_known and not may.create:
                raise not_found(f"there is no entity '{entity}'.")
            if not attributes_of(document):
                raise bad_data(f"an entity of type {name} must have one of its attributes.")
            sent = await measured.send(body_of(document, stream), stream)
            if sent.refused:
                raise bad_data(" ".join(one.message for one in sent.refused[:3]))
        except (Refusal, Problem) as refusal:
            result.fail(entity, refusal)
            continue
        (result.changed if is_known else result.created)[entity] = None


def _many(sent: Json) -> Sequence[Json]:
    """A body that is an array of something.

    Raises Refusal if it is not one.
    """
    if not isinstance(sent, list):
        raise bad_data("the body must be a JSON array.")
    if not sent:
        raise bad_data("the array is empty.")
    if None in sent:
        raise bad_data("the array has null among the entities.")
    if len(sent) > BATCH_MAX:
        raise bad_data(f"the array has {len(sent)} entities; at most {BATCH_MAX} are taken.")
    return sent
