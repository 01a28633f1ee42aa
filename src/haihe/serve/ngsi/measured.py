"""Entities of a declared stream: sent as its records, and its records shown as entities.

An entity whose one type is the name of a declared stream goes the typed way: its attributes are
the stream's fields, checked by unit and range like any record. It cannot be deleted, because
records are not; what it has not said lately stays as it was.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np

from haihe.errors import RecordRefused
from haihe.feed.cefact import CODE_UNIT
from haihe.feed.door import RefusedRecord
from haihe.feed.ngsild import decode_ngsild
from haihe.model.record import Observation, Rows
from haihe.model.stream import Field, Stream
from haihe.model.time import format_instant
from haihe.run.appending import Arrival
from haihe.run.engine import Engine
from haihe.serve.ingest import INLINE_BYTES
from haihe.serve.ngsi.changing import attributes_of
from haihe.serve.ngsi.contexts import CORE, Context, Json
from haihe.serve.ngsi.expanding import Document, Instance
from haihe.serve.ngsi.kept import LOCATION, Found, holds_documents
from haihe.serve.ngsi.refusal import Refusal, bad_data
from haihe.serve.ngsi.vocabulary import DEFAULT
from haihe.serve.platform import Platform
from haihe.serve.streams import HOUSE

URN: Final = "urn:ngsi-ld:"
HOUSE_ID: Final = "entity"  # In a document, but never shown: what the house calls the entity.
_UNIT_CODE: Final = {unit: code for code, unit in reversed(CODE_UNIT.items()) if unit != "1"}
_PLACE: Final = ("lon", "lat")
_NOT_IN_URIS: Final = ' <>"{}|\\^`'
_SCHEME: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*")


class Head(msgspec.Struct, gc=False):
    """What tells where an entity goes; the rest is passed over."""

    id: str
    type: str
    context: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="@context")


_heads: Final = msgspec.json.Decoder(list[Head])


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of entities on the typed way.

    created: ids that the stream did not know.
    refused: what was set aside, with its reason.
    """

    created: tuple[str, ...]
    ids: tuple[str, ...]
    refused: tuple[RefusedRecord, ...] = ()


class Measured:
    """The streams of a node whose records are entities too."""

    def __init__(self, platform: Platform) -> None:
        """Look into the platform's node."""
        self.platform = platform

    def streams(self) -> list[Stream]:
        """The streams shown as entities."""
        streams = [live.stream for live in self.platform.node.engine.live.streams()]
        return [
            one for one in streams if not one.name.startswith(HOUSE) and not holds_documents(one)
        ]

    def stream_of(self, kinds: Sequence[str]) -> Stream | None:
        """The stream that an entity of these types goes to; None if it is kept as a document."""
        if len(kinds) != 1 or not kinds[0].startswith(DEFAULT):
            return None
        name = kinds[0][len(DEFAULT) :]
        live = self.platform.node.engine.live
        if name.startswith(HOUSE) or name not in live or holds_documents(live[name].stream):
            return None
        return live[name].stream

    def whole_batch(
        self, body: bytes, context_of: Callable[[Json], Context]
    ) -> tuple[Stream, Sequence[str]] | None:
        """The one stream that every entity of a body goes to under its plain names, and their ids.

        None where the entities must be looked at one by one.
        context_of: the names that an entity with such a head is written in.
        """
        try:
            heads = _heads.decode(body)
            (kind,) = {head.type for head in heads}
            (said,) = {bytes(head.context) for head in heads} if b"@context" in body else {b""}
            context = context_of({"@context": msgspec.json.decode(said)} if said else {})
        except (ValueError, RecursionError, Refusal):
            return None
        ids = [head.id for head in heads]
        if not are_uris(ids):
            return None
        stream = self.stream_of([context.expand(kind)])
        if stream is None or (not context.is_core and any(
            context.expand(field.name) != CORE.expand(field.name) for field in stream.fields
        )):  # fmt: skip
            return None
        return stream, ids

    async def send(self, body: bytes, stream: Stream) -> Sent:
        """Entities in normalised form, with plain names, as records of the stream.

        Raises HaiheError if they cannot be taken.
        """
        platform = self.platform
        now = platform.node.clock.now()
        try:
            if len(body) <= INLINE_BYTES:
                taken = decode_ngsild(body, stream, now=now)
            else:
                taken = await asyncio.to_thread(decode_ngsild, body, stream, now=now)
        except RecordRefused as error:
            raise bad_data(str(error)) from error
        rows, known = taken.rows, platform.node.log.directory
        created: tuple[str, ...] = ()
        if rows is not None:
            sent = rows.ids
            rows = replace(rows, ids=self._own_ids(rows))
            slots = known.slots(stream.name, rows.ids)
            created = tuple(sent[place] for place in np.flatnonzero(slots < 0).tolist())
        if rows is not None or taken.refused:
            await platform.answers.of(platform.node.submit(Arrival(rows, taken.refused)))
        return Sent(created, taken.rows.ids if taken.rows is not None else (), taken.refused)

    async def find(self, entity: str, kinds: frozenset[str] | None = None) -> Found | None:
        """An entity that a stream knows; in the first that does."""
        places = [
            (stream, slot)
            for stream in self.streams()
            if kinds is None or DEFAULT + stream.name in kinds
            if (slot := self.slot(stream.name, entity)) >= 0
        ]
        if not places:
            return None
        stream, slot = places[0]

        def look(engine: Engine) -> Document | None:
            live = engine.live[stream.name]
            if slot >= live.count or live.offset[slot] < 0:
                return None
            return document_of(live.observation(slot), stream, at=int(live.received_at[slot]))

        document = await self.platform.answers.of(self.platform.node.ask(look))
        return None if document is None else Found(stream.name, document)

    def slot(self, stream: str, entity: str) -> int:
        """The slot of an entity by its NGSI-LD id; -1 if the stream does not know it."""
        directory = self.platform.node.log.directory
        slot = directory.slot(stream, entity)
        prefix = f"{URN}{stream}:"
        if slot < 0 and entity.startswith(prefix):
            slot = directory.slot(stream, entity[len(prefix) :])
        return int(slot)

    def _own_ids(self, rows: Rows) -> tuple[str, ...]:
        """The ids as the stream knows them: what it calls zone/7 is a URN outside."""
        prefix = f"{URN}{rows.stream}:"
        if prefix not in "\n".join(rows.ids):
            return rows.ids
        directory = self.platform.node.log.directory
        ids = []
        for name in rows.ids:
            own = name[len(prefix) :] if name.startswith(prefix) else name
            is_own = own != name and own not in rows.ids and directory.slot(rows.stream, own) >= 0
            ids.append(own if is_own else name)
        return tuple(ids)


def are_uris(ids: Sequence[str]) -> bool:
    """Whether every id is a URI, at the price of some scans of all of them together."""
    joined = "".join(ids)
    schemes = {one.partition(":")[0] for one in ids}
    return (
        joined.isprintable()
        and not any(sign in joined for sign in _NOT_IN_URIS)
        and all(_SCHEME.fullmatch(scheme) for scheme in schemes)
        and all(":" in one for one in ids)
    )


def id_of(entity: str, stream: str) -> str:
    """An entity's id as a URI."""
    return entity if ":" in entity else f"{URN}{stream}:{entity}"


def house_id(document: Document) -> str:
    """What the house calls an entity."""
    return str(document.get(HOUSE_ID, document["id"]))


def body_of(document: Document, stream: Stream) -> bytes:
    """A document in normalised form with the stream's own names.

    Raises Refusal if an attribute is more than a field can hold.
    """
    names = {CORE.expand(field.name): field.name for field in stream.fields}
    entity: dict[str, object] = {"id": document["id"], "type": stream.name}
    for iri in attributes_of(document):
        instances: list[Instance] = document[iri]
        name = names.get(iri, CORE.compact(iri))
        if len(instances) > 1 or "datasetId" in instances[0]:
            raise bad_data(f"'{name}' of a {stream.name} has one value; datasetId is not taken.")
        entity[name] = instances[0]
    return msgspec.json.encode([entity])


def document_of(seen: Observation, stream: Stream, *, at: int) -> Document:
    """The newest values of an entity as a document.

    at: when the newest record came in; ns.
    """
    times = {"observedAt": format_instant(seen.observed_at), "modifiedAt": format_instant(at)}
    document: Document = {
        HOUSE_ID: seen.entity,
        "id": id_of(seen.entity, stream.name),
        "type": [DEFAULT + stream.name],
        "modifiedAt": times["modifiedAt"],
    }
    for field in stream.fields:
        value = _value_of(field, seen.numbers, texts=seen.texts)
        if value is None or (stream.is_placed and field.name in _PLACE):
            continue
        instance: Instance = {"type": "Property", "value": value, **times}
        if field.unit in _UNIT_CODE:
            instance["unitCode"] = _UNIT_CODE[field.unit]
        document[CORE.expand(field.name)] = [instance]
    if stream.is_placed:
        point = [seen.numbers[name] for name in _PLACE]
        if all(number == number for number in point):
            place = {"type": "Point", "coordinates": point}
            document[LOCATION] = [{"type": "GeoProperty", "value": place, **times}]
    return document


def _value_of(
    field: Field, numbers: Mapping[str, float], *, texts: Mapping[str, str | None]
) -> float | str | None:
    """A field's newest value; None where it was never told."""
    number = numbers.get(field.name)
    if number is None:
        return texts.get(field.name)
    return number if number == number else None
