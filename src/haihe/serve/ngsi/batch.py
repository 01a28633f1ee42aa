"""Entities told many at once: create, upsert, update, merge, delete.

Each entity stands for itself: what cannot be is named in the answer, and the rest is kept. A body
whose entities all belong to one declared stream is never looked at one by one.

Source: ETSI GS CIM 009, 5.6.7 to 5.6.10, 5.6.20; 6.14 to 6.17, 6.31.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

import msgspec
from starlette.responses import Response

from haihe.feed.door import shown
from haihe.model.stream import Stream
from haihe.model.time import format_instant
from haihe.serve.access import check_scope
from haihe.serve.ngsi.call import Call, done, read_json
from haihe.serve.ngsi.changing import appended, attributes_of, created, merged, replaced
from haihe.serve.ngsi.contexts import Json
from haihe.serve.ngsi.expanding import Document, Reading, check_id, expand_entity, expand_fragment
from haihe.serve.ngsi.expanding import types_of
from haihe.serve.ngsi.kept import DOCUMENT_MAX, PREFIX, Found, tombstone
from haihe.serve.ngsi.measured import body_of
from haihe.serve.ngsi.refusal import Kind, Refusal, bad_data, not_found, not_supported, of_problem
from haihe.serve.problem import Problem

BATCH_MAX: Final = 100_000  # Ours: entities of one body; some 60 MB.
FEW: Final = 50  # Measured: more than 2 ms of reading keeps everybody else waiting.
_LASTING: Final = "it is measured by a stream; its records last and cannot be taken away."

# What becomes of an entity: the kept one (or None) and the sent one to the new document.
Make: TypeAlias = Callable[[Document | None, Document, str], Document]


@dataclass(slots=True)
class _Result:
    """What became of each entity so far."""

    created: dict[str, None] = field(default_factory=dict)
    changed: dict[str, None] = field(default_factory=dict)
    errors: list[Json] = field(default_factory=list)

    def fail(self, entity: object, refusal: Refusal) -> None:
        """One more that could not be."""
        error = msgspec.to_builtins(refusal.said)
        self.errors.append({"entityId": entity if isinstance(entity, str) else "", "error": error})

    def answer(self) -> Response:
        """207 with both lists where something failed; 201 with what is new; 204."""
        if self.errors:
            success = [*self.created, *(one for one in self.changed if one not in self.created)]
            return done(207, value={"success": success, "errors": self.errors})
        return done(201, value=[*self.created]) if self.created else done()


@dataclass(frozen=True, slots=True)
class _Item:
    """One entity of a body, read."""

    entity: str
    document: Document


async def create(call: Call) -> Response:
    """POST /entityOperations/create."""

    def make(old: Document | None, new: Document, at: str) -> Document:
        if old is not None:
            raise Refusal(Kind.ALREADY_EXISTS, f"there is an entity '{new['id']}' already.")
        return created(new, at)

    return await _batch(call, make, may_create=True, may_change=False)


async def upsert(call: Call) -> Response:
    """POST /entityOperations/upsert: new ones are created, others replaced or updated."""
    options = call.options or frozenset({"replace"})
    if len(options) > 1 or not options <= {"replace", "update"}:
        raise bad_data("options must be replace or update.")

    def make(old: Document | None, new: Document, at: str) -> Document:
        if old is None:
            return created(new, at)
        if "update" in options:
            return appended(old, new, at=at).document
        return replaced(old, new, at=at)

    return await _batch(call, make, may_create=True, may_change=True)


async def update(call: Call) -> Response:
    """POST /entityOperations/update: attributes added and, unless noOverwrite, changed."""
    overwrite = "noOverwrite" not in call.options

    def make(old: Document | None, new: Document, at: str) -> Document:
        if old is None:
            raise not_found(f"there is no entity '{new['id']}'.")
        changed = appended(old, new, at=at, overwrite=overwrite)
        if changed.left:
            names = ", ".join(name for name, _ in changed.left)
            raise bad_data(f"noOverwrite was asked for, and there are {names} already.")
        return changed.document

    return await _batch(call, make, may_create=False, may_change=True)


async def merge(call: Call) -> Response:
    """POST /entityOperations/merge: each laid over its entity; null takes away."""

    def make(old: Document | None, new: Document, at: str) -> Document:
        if old is None:
            raise not_found(f"there is no entity '{new['id']}'.")
        return merged(old, new, at=at).document

    return await _batch(call, make, may_create=False, may_change=True, is_patch=True)


async def delete(call: Call) -> Response:
    """POST /entityOperations/delete: an array of ids."""
    sent = _many(await call.json())
    result = _Result()
    ids: dict[str, None] = {}
    for one in sent:
        try:
            ids[check_id(one)] = None
        except Refusal as refusal:
            result.fail(one, refusal)
    kept = call.house.kept
    async with kept.locks.holding(ids):
        found = kept.find_all([*ids])
        at = kept.instant()
        gone = []
        for entity in ids:
            try:
                gone.append(
                    tombstone(await _to_delete(call, found.get(entity), entity), format_instant(at))
                )
                result.changed[entity] = None
            except (Refusal, Problem) as refusal:
                result.fail(
                    entity, refusal if isinstance(refusal, Refusal) else of_problem(refusal)
                )
        await kept.save(gone, at=at)
    return result.answer()


async def _to_delete(call: Call, found: Found | None, entity: str) -> Found:
    if found is None:
        if await call.house.measured.find(entity) is not None:
            raise not_supported(f"'{entity}' cannot be deleted: {_LASTING}")
        raise not_found(f"there is no entity '{entity}'.")
    check_scope(call.asked.caller, found.stream)
    return found


async def _batch(
    call: Call, make: Make, *, may_create: bool, may_change: bool, is_patch: bool = False
) -> Response:
    """Every entity of a body through ``make``, and what comes of it into the log."""
    body = await call.body()
    if not is_patch:
        fast = await _typed(call, body, may_create=may_create, may_change=may_change)
        if fast is not None:
            return fast
    sent = _many(await read_json(body))
    result = _Result()
    read = partial(
        _read, call, sent, result=result, is_patch=is_patch, is_large=len(body) > DOCUMENT_MAX
    )
    items = read() if len(sent) <= FEW else await asyncio.to_thread(read)
    async with call.house.kept.locks.holding(item.entity for item in items):
        measured = await _changed(call, items, make, result=result)
        for stream, documents in measured.items():
            await _send(call, stream, documents, result=result, may=(may_create, may_change))
    return result.answer()


async def _typed(call: Call, body: bytes, *, may_create: bool, may_change: bool) -> Response | None:
    """The fast way, for a body whose entities all go to one declared stream; None if not all do."""
    measured = call.house.measured
    fit = measured.whole_batch(body, call.context_of)
    if fit is None:
        return None
    stream, ids = fit
    slots = (
        [measured.slot(stream.name, entity) for entity in ids]
        if not (may_create and may_change)
        else []
    )
    if any((slot >= 0) != may_change for slot in slots):
        return None
    check_scope(call.asked.caller, stream.name)
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
    call: Call, items: Sequence[_Item], make: Make, *, result: _Result
) -> dict[str, list[Document]]:
    """Change and keep what is kept as documents; gives back what streams measure."""
    kept = call.house.kept
    known = dict(kept.find_all([*{item.entity: None for item in items}]))
    at = kept.instant()
    written = format_instant(at)
    changes: dict[str, Found] = {}
    measured: dict[str, list[Document]] = {}
    for item in items:
        try:
            old = known.get(item.entity)
            stream = (
                call.house.measured.stream_of(item.document.get("type", ()))
                if old is None
                else None
            )
            if stream is not None:
                measured.setdefault(stream.name, []).append(item.document)
                continue
            new = make(old.document if old is not None else None, item.document, written)
            name = old.stream if old is not None else PREFIX
            check_scope(call.asked.caller, name)
            if old is None:
                name = await kept.home(new["type"][0], call.by)
        except (Refusal, Problem) as refusal:
            result.fail(
                item.entity, refusal if isinstance(refusal, Refusal) else of_problem(refusal)
            )
            continue
        known[item.entity] = changes[item.entity] = Found(name, new)
        (result.created if old is None else result.changed)[item.entity] = None
    await kept.save([*changes.values()], at=at)
    return measured


async def _send(
    call: Call, name: str, documents: Sequence[Document], *, result: _Result, may: tuple[bool, bool]
) -> None:
    """Tell a stream what some of its entities say.

    may: whether it may create entities, and change them.
    """
    measured = call.house.measured
    stream: Stream = call.asked.platform.node.engine.live[name].stream
    for document in documents:
        entity = document["id"]
        try:
            check_scope(call.asked.caller, name)
            is_known = measured.slot(name, entity) >= 0
            if is_known and not may[1]:
                raise Refusal(Kind.ALREADY_EXISTS, f"there is an entity '{entity}' already.")
            if not is_known and not may[0]:
                raise not_found(f"there is no entity '{entity}'.")
            if not attributes_of(document):
                raise bad_data(f"an entity of type {name} must have one of its attributes.")
            sent = await measured.send(body_of(document, stream), stream)
            if sent.refused:
                raise bad_data(" ".join(one.message for one in sent.refused[:3]))
        except (Refusal, Problem) as refusal:
            result.fail(entity, refusal if isinstance(refusal, Refusal) else of_problem(refusal))
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
    if len(sent) > BATCH_MAX:
        raise bad_data(f"the array has {len(sent)} entities; at most {BATCH_MAX} are taken.")
    return sent
