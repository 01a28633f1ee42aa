"""Where documents are kept: one stream per entity type, each record a whole document.

``ngsi.<short type>`` has the text field ``document``, ``lon`` and ``lat`` where the entity is at a
point, and a number field for each attribute that is a number, so that rules and history work on
it. A deleted entity's newest record is a tombstone. A partial update is read, changed and written
under the entity's turn, so nothing is lost between two callers.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec
import numpy as np

from haihe.feed.cefact import CODE_UNIT
from haihe.model.line import StreamDeclared
from haihe.model.record import Rows
from haihe.model.stream import FIELDS_MAX, Field, FieldKind, Stream
from haihe.model.units import UNITS
from haihe.run.appending import Arrival
from haihe.serve.ngsi.changing import attributes_of
from haihe.serve.ngsi.contexts import CORE, Json
from haihe.serve.ngsi.expanding import Document
from haihe.serve.ngsi.holding import Turns
from haihe.serve.ngsi.refusal import bad_data
from haihe.serve.platform import Platform

PREFIX: Final = "ngsi."
DOCUMENT: Final = "document"
DOCUMENT_MAX: Final = 1 << 20  # Ours: characters; the log keeps a whole document for each change.
NUMBERS_MAX: Final = FIELDS_MAX // 4  # Ours: attributes of one type that are kept as numbers too.
SHORT_MAX: Final = 60  # Ours: characters of a stream's name that come from the type's.
NUMBER_MAX: Final = 1e300  # Ours: what is larger may be no float64.
NAMES_MAX: Final = 20_000  # Ours: attributes' names remembered as fields.
TOMBSTONE: Final = '{"deletedAt"'
_RESERVED: Final = frozenset(
    {"entity", "observed_at", "received_at", "offset", "lon", "lat", DOCUMENT}
)
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_Numbers: TypeAlias = dict[str, tuple[float, str]]  # Field to number and unit code.
_encode: Final = msgspec.json.Encoder().encode
LOCATION: Final = CORE.expand("location")
_LON: Final = Field("lon", "deg", -180.0, 180.0)
_LAT: Final = Field("lat", "deg", -90.0, 90.0)


@dataclass(frozen=True, slots=True)
class Found:
    """A kept entity: the stream it is in, and its document."""

    stream: str
    document: Document


class Kept:
    """The kept documents of a node."""

    def __init__(self, platform: Platform) -> None:
        """Keep them in the platform's node."""
        self.platform = platform
        self.turns = Turns()
        self._homes: dict[str, str] = {}

    def streams(self) -> list[str]:
        """The streams that hold documents."""
        live = self.platform.node.engine.live
        return [one.stream.name for one in live.streams() if holds_documents(one.stream)]

    def find(self, entity: str) -> Found | None:
        """An entity; None if there is none, or no more."""
        return self.find_all([entity]).get(entity)

    def find_all(self, entities: Sequence[str]) -> Mapping[str, Found]:
        """Those of the entities that are kept.

        Their newest record counts: ``save`` answers when that is in the live view.
        """
        directory, live = self.platform.node.log.directory, self.platform.node.engine.live
        found: dict[str, Found] = {}
        for stream in self.streams():
            texts = live[stream].texts[DOCUMENT]
            slots = directory.slots(stream, tuple(entities))
            for place in np.flatnonzero((slots >= 0) & (slots < len(texts))).tolist():
                document = decode_document(texts[slots[place]])
                if document is not None:
                    found[entities[place]] = Found(stream, document)
        return found

    def instant(self) -> int:
        """The instant of a change, later than any before; ns."""
        return self.platform.moments.next()

    async def save(self, changes: Sequence[Found], *, at: int) -> None:
        """Keep documents (or tombstones); done when they are durable and in the live view.

        changes: each entity once.
        at: the instant of the change; ns.
        Raises HaiheError if they cannot be kept.
        """
        by_stream: dict[str, list[Document]] = {}
        for one in changes:
            by_stream.setdefault(one.stream, []).append(one.document)
        arrivals = []
        for stream, documents in by_stream.items():
            numbers = [_numbers(document) for document in documents]
            fields = await self._fields(stream, numbers)
            rows = rows_of(stream, documents, numbers=numbers, fields=fields, at=at)
            arrivals.append(Arrival(rows))
        answers = [self.platform.answers.of(self.platform.node.submit(one)) for one in arrivals]
        for answer in answers:
            await answer

    async def home(self, kind: str, by: str) -> str:
        """The stream for a new entity of a type, declared now if it is the type's first.

        kind: the type's IRI.
        """
        live = self.platform.node.engine.live
        if kind in self._homes:
            return self._homes[kind]
        names = stream_names(kind)
        async with self.platform.declaring:
            for name in names:
                if name not in live:
                    first = (Field(DOCUMENT, kind=FieldKind.TEXT), _LON, _LAT)
                    await self._declare(Stream(name, first, source=kind), by=by)
                if live[name].stream.source == kind and holds_documents(live[name].stream):
                    self._homes[kind] = name
                    return name
        raise bad_data(f"type '{kind}' can have no stream; {' and '.join(names)} are taken.")

    async def _declare(self, stream: Stream, *, by: str) -> None:
        fact = StreamDeclared(at=self.platform.moments.next(), stream=stream, by=by)
        await self.platform.answers.of(self.platform.node.tell(fact))

    async def _fields(self, stream: str, numbers: Sequence[_Numbers]) -> Mapping[str, Field]:
        """The stream's fields by name, with those that the documents bring for the first time."""
        live = self.platform.node.engine.live
        known = {field.name: field for field in live[stream].stream.fields}
        if not _new_numbers(numbers, known):
            return known
        async with self.platform.declaring:
            declared = live[stream].stream
            known = {field.name: field for field in declared.fields}
            more = _new_numbers(numbers, known)
            room = max(0, NUMBERS_MAX - len(known))
            fields = (*declared.fields, *list(more.values())[:room])
            if len(fields) > len(known):
                await self._declare(Stream(stream, fields, declared.source), by="ngsi-ld")
            return {field.name: field for field in fields}


def holds_documents(stream: Stream) -> bool:
    """Whether a stream is one of documents."""
    return stream.name.startswith(PREFIX) and any(f.name == DOCUMENT for f in stream.texts)


def stream_names(kind: str) -> tuple[str, str]:
    """What a type's stream may be called: by its short name, or that and a hash of the IRI.

    >>> stream_names("https://uri.etsi.org/ngsi-ld/default-context/Room")[0]
    'ngsi.Room'
    """
    short = re.sub(r"[^A-Za-z0-9_-]", "_", short_name(kind))[:SHORT_MAX] or "thing"
    return PREFIX + short, f"{PREFIX}{short}-{hashlib.sha256(kind.encode()).hexdigest()[:12]}"


def short_name(iri: str) -> str:
    """The last part of an IRI."""
    return re.split(r"[/#:]", iri.rstrip("/#:"))[-1]


def decode_document(text: object) -> Document | None:
    """A document as it was kept; None for none, a tombstone, or what somebody else wrote there."""
    if not isinstance(text, str) or text.startswith(TOMBSTONE):
        return None
    try:
        document: Json = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    fits = isinstance(document, dict) and isinstance(document.get("type"), list)
    return document if fits else None


def tombstone(found: Found, at: str) -> Found:
    """What is kept of an entity that was deleted."""
    kept = {"deletedAt": at, "id": found.document["id"], "type": found.document["type"]}
    return Found(found.stream, kept)


def rows_of(
    stream: str,
    documents: Sequence[Document],
    *,
    numbers: Sequence[_Numbers],
    fields: Mapping[str, Field],
    at: int,
) -> Rows:
    """Documents as records of their stream.

    numbers: those of each document.
    Raises Refusal if one is too long to keep.
    """
    texts = [_encode(document).decode() for document in documents]
    if max(map(len, texts)) > DOCUMENT_MAX:
        raise bad_data(f"an entity has more than {DOCUMENT_MAX} characters as a document.")
    names = [name for name, field in fields.items() if field.kind is FieldKind.NUMBER]
    table = {name: np.full(len(documents), np.nan) for name in names}
    for row, found in enumerate(numbers):
        for name, (number, code) in found.items():
            if name in table and _fits(fields[name], number, code=code):
                table[name][row] = number
    return Rows(
        stream=stream,
        ids=tuple(document["id"] for document in documents),
        codes=np.arange(len(documents), dtype=np.int32),
        observed_at=np.full(len(documents), at, dtype=np.int64),
        numbers=table,
        texts={DOCUMENT: np.array(texts, dtype=object)},
    )


def _fits(field: Field, number: float, *, code: str) -> bool:
    is_within = (field.low is None or number >= field.low) and (
        field.high is None or number <= field.high
    )
    return is_within and (field.name in ("lon", "lat") or _unit(code) == field.unit)


def _unit(code: str) -> str:
    unit = CODE_UNIT.get(code, code)
    return unit if unit in UNITS else "1"


def _new_numbers(numbers: Sequence[_Numbers], known: Mapping[str, Field]) -> dict[str, Field]:
    """Fields for number attributes that the stream does not have yet."""
    return {
        name: Field(name, _unit(code))
        for found in numbers
        if not found.keys() <= known.keys()
        for name, (_, code) in found.items()
        if name not in known
    }


def _numbers(document: Document) -> _Numbers:
    """The document's numbers by field name, each with its unit code; and its point."""
    found: _Numbers = {}
    for name in attributes_of(document):
        one = next((i for i in document[name] if "datasetId" not in i), None)
        value = one.get("value") if one is not None else None
        if one is None or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        short = _field_name(name)
        if short and short not in found and abs(value) < NUMBER_MAX:
            found[short] = (float(value), one.get("unitCode", ""))
    for name, degrees in zip(("lon", "lat"), _point(document), strict=False):
        found[name] = (degrees, "")
    return found


@lru_cache(maxsize=NAMES_MAX)
def _field_name(iri: str) -> str:
    """The field in which an attribute's number is kept; "" for none."""
    short = short_name(iri)
    return short if short not in _RESERVED and _FIELD.fullmatch(short) else ""


def _point(document: Document) -> tuple[float, ...]:
    """Longitude and latitude of its location; () where that is no point."""
    for one in document.get(LOCATION, ()):
        value = one.get("value")
        if isinstance(value, dict) and value.get("type") == "Point":
            return tuple(float(number) for number in value["coordinates"][:2])
    return ()
