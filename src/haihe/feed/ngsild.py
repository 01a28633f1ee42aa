"""NGSI-LD entities to columns of a stream whose fields are attribute names.

Taken are an entity or an array of them, normalised or concise (attributes are objects with
``value``), or simplified (attributes are plain values). ``id`` is the entity; a ``location`` Point
gives ``lon`` and ``lat`` where the stream is placed (a third coordinate is passed over);
``observedAt`` of the attributes is the time. Where attributes of one entity were observed at
different times, each time makes its own record; attributes without a time go with the first.
Without any ``observedAt`` the time is now.

A ``unitCode`` that stands for another unit than the field's refuses the value. Sub-attributes
(properties of properties) are no values of the stream and are passed over; an attribute that the
stream does not have is refused. Names are short names: JSON-LD is expanded before, at the edge.

Source: ETSI GS CIM 009, NGSI-LD API, 4.5.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final, Literal

import msgspec

from haihe.feed.cefact import CODE_UNIT, codes_of
from haihe.feed.columns import assemble, to_columns, transpose
from haihe.feed.decode import UNREADABLE, split_json
from haihe.feed.door import Reason, RefusedRecord, Taken, shown
from haihe.feed.judge import (
    Judged,
    UnfitError,
    Unwritten,
    entity_of,
    judge_parts,
    read_parts,
    refusal,
    unknown_field,
)
from haihe.feed.shape import SHAPES_MAX, Shape, shape_of, value_type
from haihe.model.stream import Field, Stream

NULL: Final = "urn:ngsi-ld:null"  # How NGSI-LD writes null.
_PLACE: Final = ("lon", "lat")
_LOCATION: Final = "location"
_SYSTEM: Final = ("id", "type", "@context", "scope", "createdAt", "modifiedAt")


@dataclass(frozen=True, slots=True)
class _Form:
    """How entities of one stream look to the typed decoders.

    shape: the stream's shape.
    attributes: the fields read from attributes, in order; ``lon`` and ``lat`` come from
        ``location`` where the stream is placed.
    normalised, simplified: decoders of an array of entities.
    """

    shape: Shape
    attributes: tuple[str, ...]
    normalised: "msgspec.json.Decoder[list[Any]]"
    simplified: "msgspec.json.Decoder[list[Any]]"


_forms: Final[dict[str, _Form]] = {}
_lock: Final = Lock()


def decode_ngsild(body: bytes, stream: Stream, *, now: int) -> Taken:
    """The good part and the bad part of a body of NGSI-LD entities.

    now: the clock, int, ns.
    Raises RecordRefused if the body is empty or is not JSON; then nothing of it is taken.
    """
    form = _form_of(stream)
    is_array = body.lstrip().startswith(b"[")
    table = _table(body if is_array else b"[" + body + b"]", form)
    if table is not None and (is_array or len(table[0]) == 1):
        columns = assemble(table, form.shape, now=now)
        if not columns.bad:
            return Taken(columns.rows)
    raws = split_json(body)
    judged = [one for raw in raws for one in _judge_entity(raw, form.shape, now=now)]
    kept = [one.record for one in judged if one.record is not None]
    refused = tuple(refusal for one in judged for refusal in one.refused)
    if not kept:
        return Taken(None, refused)
    columns = to_columns(kept, form.shape, now=now)
    assert not columns.bad, "a judged record is in order"
    return Taken(columns.rows, refused)


def _form_of(stream: Stream) -> _Form:
    shape = shape_of(stream)
    form = _forms.get(stream.name)
    if form is None or form.shape is not shape:
        form = _build(shape)
        with _lock:
            while len(_forms) >= SHAPES_MAX:
                del _forms[next(iter(_forms))]
            _forms[stream.name] = form
    return form


def _build(shape: Shape) -> _Form:
    stream = shape.stream
    fields = [
        field
        for field in (*stream.numbers, *stream.texts)
        if not (stream.is_placed and field.name in _PLACE)
    ]
    point: Any = None
    if stream.is_placed:
        degrees = tuple(value_type(stream.field(name)) for name in _PLACE)
        members = [("type", Literal["Point"]), ("coordinates", tuple.__class_getitem__(degrees))]
        point = msgspec.defstruct("Point", members)
    return _Form(
        shape=shape,
        attributes=tuple(field.name for field in fields),
        normalised=_decoder(
            [_property(field) for field in fields], fields, place=_attribute_of(point)
        ),
        simplified=_decoder([value_type(field) for field in fields], fields, place=point),
    )


def _decoder(
    kinds: Sequence[Any], fields: Sequence[Field], *, place: Any
) -> "msgspec.json.Decoder[list[Any]]":
    """A decoder of entities; the place comes after the attributes, then what is passed over."""
    members: list[tuple[str, Any, Any]] = [("id", str, "")]
    for at, (field, kind) in enumerate(zip(fields, kinds, strict=True)):
        members.append((f"f{at}", kind | None, msgspec.field(default=None, name=field.name)))
    if place is not None:
        members.append(("place", place | None, msgspec.field(default=None, name=_LOCATION)))
    nothing = msgspec.Raw(b"")
    for at, name in enumerate(_SYSTEM[1:]):
        members.append((f"s{at}", msgspec.Raw, msgspec.field(default=nothing, name=name)))
    entity = msgspec.defstruct("Entity", members, gc=False, forbid_unknown_fields=True)
    return msgspec.json.Decoder(list[entity])  # type: ignore[valid-type]  # Built at run time.


def _property(field: Field) -> Any:
    """A property of the field; the decoder itself refuses a foreign unit."""
    codes = codes_of(field.unit)
    unit: Any = Literal[codes] if len(codes) > 1 else str
    return _attribute_of(value_type(field), unit=unit)


def _attribute_of(value: Any, *, unit: Any = str) -> Any:
    if value is None:
        return None
    observed_at = msgspec.field(default=None, name="observedAt")
    unit_code = msgspec.field(default=None, name="unitCode")
    members: list[Any] = [
        ("value", value),
        ("at", str | None, observed_at),
        ("unit", unit | None, unit_code),
    ]
    return msgspec.defstruct("Attribute", members, gc=False)


def _table(body: bytes, form: _Form) -> Sequence[Sequence[Any]] | None:
    """The entities in columns; None where they must be looked at one by one."""
    try:
        return _normalised_table(form.normalised.decode(body), form)
    except UNREADABLE:
        pass  # It may be simplified.
    try:
        return _simplified_table(form.simplified.decode(body), form)
    except UNREADABLE:
        return None


def _normalised_table(entities: Sequence[Any], form: _Form) -> Sequence[Sequence[Any]] | None:
    if not entities:
        return None
    columns = transpose(entities)
    count = len(form.attributes) + form.shape.stream.is_placed
    attributes = columns[1 : 1 + count]
    values = [[None if one is None else one.value for one in column] for column in attributes]
    times = [[None if one is None else one.at for one in column] for column in attributes]
    at = _common_times(times)
    return None if at is None else _ordered(columns[0], at, values=values, form=form)


def _simplified_table(entities: Sequence[Any], form: _Form) -> Sequence[Sequence[Any]] | None:
    if not entities:
        return None
    columns = transpose(entities)
    count = len(form.attributes) + form.shape.stream.is_placed
    return _ordered(columns[0], [None] * len(entities), values=columns[1 : 1 + count], form=form)


def _common_times(times: Sequence[Sequence[str | None]]) -> Sequence[str | None] | None:
    """The one time of each entity; None if some entity has several."""
    timed = [column for column in times if any(column)]
    if not timed:
        return times[0]
    if all(column == timed[0] for column in timed[1:]):
        return timed[0]
    common: list[str | None] = []
    for entity in zip(*timed, strict=True):
        found = set(entity) - {None}
        if len(found) > 1:
            return None
        common.append(found.pop() if found else None)
    return common


def _ordered(
    ids: Sequence[str], at: Sequence[str | None], *, values: Sequence[Sequence[Any]], form: _Form
) -> Sequence[Sequence[Any]]:
    """The columns in the order of ``shape.record``."""
    named = dict(zip(form.attributes, values, strict=False))
    if form.shape.stream.is_placed:
        points = [(None, None) if one is None else one.coordinates for one in values[-1]]
        # Measured: two passes take a fifth of the time of ``zip(*points)``.
        named.update(lon=[point[0] for point in points], lat=[point[1] for point in points])
    return [ids, at, *(named[name] for name in (*form.shape.numbers, *form.shape.texts))]


def _judge_entity(raw: bytes, shape: Shape, *, now: int) -> Iterator[Judged]:
    """The slow way: an entity attribute by attribute, a record for each time."""
    try:
        parts = read_parts(raw)
        entity = entity_of(parts.get("id"))
    except UnfitError as unfit:
        yield Judged(None, (refusal(unfit, raw, shape=shape),))
        return
    records: dict[str | None, dict[str, Any]] = {}
    refused: list[RefusedRecord] = []
    for name in parts:
        if name in _SYSTEM:
            continue
        try:
            at, values = _attribute(name, parts[name], shape=shape)
        except UnfitError as unfit:
            refused.append(replace(refusal(unfit, raw, shape=shape, entity=entity), field=name))
            continue
        records.setdefault(at, {}).update(values)
    if refused:
        yield Judged(None, tuple(refused))
    for record in _timed(records, entity=entity):
        yield judge_parts(record, raw, shape=shape, now=now)
    if not refused and not records:
        yield judge_parts({"entity": entity}, raw, shape=shape, now=now)


def _timed(
    records: Mapping[str | None, Mapping[str, object]], *, entity: str
) -> Iterator[Mapping[str, object]]:
    """A flat record for each time; what has no time goes with the first."""
    times: list[str | None] = [at for at in records if at is not None] or [*records]
    for at in times:
        untimed = records.get(None, {}) if at == times[0] else {}
        yield {"entity": entity, "observed_at": at, **untimed, **records[at]}


def _attribute(name: str, found: Any, *, shape: Shape) -> tuple[str | None, Mapping[str, object]]:
    """When an attribute was observed, and the field (or place) it tells.

    Raises UnfitError if the stream cannot take it.
    """
    if isinstance(found, Unwritten):
        raise found.unfit
    is_place = name == _LOCATION and shape.stream.is_placed
    field = shape.fields.get(name)
    if field is None and not is_place:
        raise unknown_field(name, shape.stream)
    at = None
    if isinstance(found, dict) and not (is_place and "coordinates" in found):
        if "value" not in found:
            raise UnfitError(Reason.WRONG_TYPE, f"{name} has no value; expected a Property.")
        at = _text_or_none(found.get("observedAt"), name=f"{name}.observedAt")
        if field is not None:
            _check_unit(field, found.get("unitCode"))
        found = found["value"]
    if found is None or found == NULL:
        return at, {}
    if field is None:
        return at, _place(found)
    return at, {name: found}


def _text_or_none(value: object, *, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise UnfitError(Reason.BAD_TIME, f"{name} is {shown(value)}; expected ISO 8601 text.")


def _check_unit(field: Field, code: object) -> None:
    """Refuse a value in a unit that is known to be another.

    Raises UnfitError if it is.
    """
    if code is None or len(codes_of(field.unit)) == 1 or code in codes_of(field.unit):
        return
    meaning = CODE_UNIT.get(str(code), "not known here")
    raise UnfitError(
        Reason.WRONG_UNIT,
        f"{field.name} has unitCode {shown(code)} ({meaning}); expected {field.unit} "
        f"({', '.join(codes_of(field.unit))}).",
    )


def _place(geometry: object) -> Mapping[str, object]:
    """Longitude and latitude of a GeoJSON Point.

    Raises UnfitError if it is something else.
    """
    found = geometry if isinstance(geometry, dict) else {}
    coordinates: Any = found.get("coordinates")
    is_point = found.get("type") == "Point" and isinstance(coordinates, list)
    if not is_point or len(coordinates) not in (2, 3):
        raise UnfitError(
            Reason.WRONG_TYPE,
            f"location is {shown(geometry)}; expected a GeoJSON Point of [lon, lat].",
        )
    return dict(zip(_PLACE, coordinates, strict=False))
