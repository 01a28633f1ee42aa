"""A stream as a typed decoder knows it: built once, then every record costs a fraction of a µs."""

from dataclasses import dataclass
from threading import Lock
from typing import Annotated, Any, Final

import msgspec

from haihe.feed.door import INSTANT_MAX, TEXT_MAX
from haihe.model.stream import Field, FieldKind, Stream

SHAPES_MAX: Final = 1_024  # Ours: more streams than a zone has; past it the oldest is built anew.

_Epoch = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Instant = _Epoch | Annotated[str, msgspec.Meta(max_length=INSTANT_MAX)] | None


@dataclass(frozen=True, slots=True)
class Shape:
    """What is worked out once for a stream.

    stream: the stream itself.
    record: a msgspec Struct: entity, observed_at, then the numbers and the texts in order.
    one, many: decoders of one record and of an array of them.
    fields: the stream's fields by name.
    numbers, texts: names of the fields in the order of ``record``.
    """

    stream: Stream
    record: type[msgspec.Struct]
    one: "msgspec.json.Decoder[Any]"
    many: "msgspec.json.Decoder[list[Any]]"
    fields: dict[str, Field]
    numbers: tuple[str, ...]
    texts: tuple[str, ...]


_shapes: Final[dict[str, Shape]] = {}
_lock: Final = Lock()


def shape_of(stream: Stream) -> Shape:
    """The stream's shape, built on first use and again after the stream was declared anew."""
    shape = _shapes.get(stream.name)
    if shape is not None and (shape.stream is stream or shape.stream == stream):
        return shape
    shape = _build(stream)
    with _lock:
        while len(_shapes) >= SHAPES_MAX:
            del _shapes[next(iter(_shapes))]
        _shapes[stream.name] = shape
    return shape


def value_type(field: Field) -> Any:
    """The type that lets the decoder itself refuse what the field cannot hold."""
    if field.kind is FieldKind.TEXT:
        return Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]
    return Annotated[float, msgspec.Meta(ge=field.low, le=field.high)]


def _build(stream: Stream) -> Shape:
    numbers = tuple(field.name for field in stream.numbers)
    texts = tuple(field.name for field in stream.texts)
    fields = (*stream.numbers, *stream.texts)
    members: list[tuple[str, Any, Any]] = [
        ("entity", str, ""),
        ("observed_at", _Instant, None),
        *((f"f{at}", value_type(field) | None, msgspec.field(default=None, name=field.name))
          for at, field in enumerate(fields)),
    ]  # fmt: skip
    record = msgspec.defstruct("Record", members, gc=False, forbid_unknown_fields=True)
    return Shape(
        stream=stream,
        record=record,
        one=msgspec.json.Decoder(record),
        many=msgspec.json.Decoder(list[record]),  # type: ignore[valid-type]  # Built at run time.
        fields={field.name: field for field in stream.fields},
        numbers=numbers,
        texts=texts,
    )
