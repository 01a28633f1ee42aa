"""The slow way: one record, judged value by value, with a reason for all that is refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from haihe.feed.door import (
    TEXT_MAX,
    Reason,
    RefusedRecord,
    future_message,
    instant_of,
    latest_allowed,
    raw_text,
    shown,
)
from haihe.feed.shape import Shape
from haihe.model.entity import check_entity_id
from haihe.model.stream import Field, FieldKind, Stream

_HEAD: Final = frozenset({"entity", "observed_at"})
_ANY: Final = msgspec.json.Decoder()
_PARTS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KIND: Final = {
    bool: "a boolean", str: "text", int: "a number", float: "a number", list: "an array",
    dict: "an object", type(None): "null",
}  # fmt: skip


class UnfitError(Exception):
    """Why a record or a value cannot be taken; it never leaves this package."""

    def __init__(self, reason: Reason, message: str) -> None:
        """Carry the reason and the message."""
        super().__init__(message)
        self.reason = reason
        self.message = message


class Unwritten:
    """A JSON value that cannot be held: too large, too deep, or not text."""

    def __init__(self, unfit: UnfitError) -> None:
        """Keep why."""
        self.unfit = unfit


def refusal(
    unfit: UnfitError, raw: bytes, *, shape: Shape, entity: str = "", at: int | None = None
) -> RefusedRecord:
    """The refusal of a whole record of the shape's stream."""
    return RefusedRecord(
        stream=shape.stream.name,
        entity=entity,
        observed_at=at,
        reason=unfit.reason,
        message=unfit.message,
        raw=raw_text(raw),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one record.

    record: the good part as ``shape.record``; None if there is none.
    refused: the bad part.
    """

    record: msgspec.Struct | None
    refused: tuple[RefusedRecord, ...]


def judge(raw: bytes, shape: Shape, *, now: int, entity: str = "") -> Judged:
    """One JSON record: what of it can be taken, and what not.

    raw: the record's own bytes.
    now: the clock; ns.
    entity: whose record it is where it does not say so itself.
    """
    try:
        parts = read_parts(raw)
    except UnfitError as unfit:
        return Judged(None, (refusal(unfit, raw, shape=shape),))
    return judge_parts(parts, raw, shape=shape, now=now, entity=entity)


def judge_parts(
    parts: Mapping[str, object], raw: bytes, *, shape: Shape, now: int, entity: str = ""
) -> Judged:
    """As ``judge``, for a record that is read already.

    parts: name to value, as JSON reads; ``Unwritten`` where it could not be read.
    """
    found, at = "", None
    try:
        found = entity_of(parts.get("entity"), default=entity)
        at = time_of(parts.get("observed_at"), now=now)
        check_not_ahead(at, shape.stream, now=now)
    except UnfitError as unfit:
        return Judged(None, (refusal(unfit, raw, shape=shape, entity=found, at=at),))
    values, unfits = _judge_values(parts, shape)
    if not values and not unfits:
        unfits[""] = empty_record(shape.stream)
    refused = tuple(
        replace(refusal(unfit, raw, shape=shape, entity=found, at=at), field=name)
        for name, unfit in unfits.items()
    )
    if not values:
        return Judged(None, refused)
    ordered = [values.get(name) for name in (*shape.numbers, *shape.texts)]
    return Judged(shape.record(found, parts.get("observed_at"), *ordered), refused)


def read_parts(raw: bytes) -> dict[str, object]:
    """The members of a flat JSON object; the last one wins where a name is repeated.

    Raises UnfitError if it is not a JSON object.
    """
    try:
        parts = _PARTS.decode(raw)
    except msgspec.ValidationError as error:
        found = raw_text(raw).strip()
        raise UnfitError(
            Reason.MALFORMED, f"a record must be a JSON object; found {shown(found)}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnfitError(Reason.MALFORMED, malformed_message(error, raw)) from error
    return {name: _read_value(part) for name, part in parts.items()}


def malformed_message(error: Exception, raw: bytes) -> str:
    """What to say of bytes that are not JSON, with the position if it is known."""
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply; a record is a flat object."
    if isinstance(error, UnicodeDecodeError):
        return f"the JSON is not UTF-8 ({error.reason}: {error.object[error.start]:#04x})."
    message = f"{error}".rstrip(".")
    if b"NaN" in raw or b"Infinity" in raw:
        message += "; NaN and Infinity are no JSON (RFC 8259), write null for a missing value"
    return message + "."


def _read_value(part: msgspec.Raw) -> Any:
    try:
        return _ANY.decode(part)
    except msgspec.ValidationError:
        value = shown(raw_text(bytes(part)))
        return Unwritten(UnfitError(Reason.NOT_FINITE, f"{value} is too large for a float64."))
    except (ValueError, RecursionError) as error:
        return Unwritten(UnfitError(Reason.MALFORMED, malformed_message(error, bytes(part))))


def entity_of(value: object, *, default: str = "") -> str:
    """The entity a record names.

    Raises UnfitError if it names none, or one that is not an id.
    """
    if value is None or value == "":
        value = default
    if value == "":
        raise UnfitError(
            Reason.MISSING_ENTITY, 'the record has no entity; add one, such as "entity": "zone/7".'
        )
    if not isinstance(value, str):
        raise UnfitError(
            Reason.BAD_ENTITY, f"entity is {_describe(value)}; expected text such as 'zone/7'."
        )
    try:
        check_entity_id(value)
    except ValueError as error:
        raise UnfitError(Reason.BAD_ENTITY, str(error)) from error
    return value


def time_of(value: object, *, now: int) -> int:
    """When a record was observed, ns; ``now`` where it does not say.

    Raises UnfitError if what it says is no instant.
    """
    if value is None:
        return now
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise UnfitError(
            Reason.BAD_TIME,
            f"observed_at is {_describe(value)}; expected ISO 8601 text with an offset, or an "
            "integer of s, ms, us or ns since 1970.",
        )
    try:
        return instant_of(value)
    except ValueError as error:
        raise UnfitError(Reason.BAD_TIME, f"observed_at {error}") from error


def check_not_ahead(at: int, stream: Stream, *, now: int) -> None:
    """Refuse a record of the future.

    Raises UnfitError if it is further ahead than the stream allows.
    """
    if at > latest_allowed(stream, now=now):
        raise UnfitError(Reason.FUTURE, future_message(stream, ahead=at - now))


def _judge_values(
    parts: Mapping[str, object], shape: Shape
) -> tuple[dict[str, float | str], dict[str, UnfitError]]:
    values: dict[str, float | str] = {}
    unfits: dict[str, UnfitError] = {}
    for name in parts:
        if name in _HEAD:
            continue
        try:
            value = value_of(name, parts[name], shape=shape)
        except UnfitError as unfit:
            unfits[name] = unfit
            continue
        if value is not None:
            values[name] = value
    return values, unfits


def value_of(name: str, value: object, *, shape: Shape) -> float | str | None:
    """A value as its field keeps it; None where it is missing.

    Raises UnfitError if the field does not exist or cannot hold it.
    """
    field = shape.fields.get(name)
    if field is None:
        raise unknown_field(name, shape.stream)
    if value is None:
        return None
    if isinstance(value, Unwritten):
        raise value.unfit
    return _number(field, value) if field.kind is FieldKind.NUMBER else _text(field, value)


def _number(field: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(field, _describe(value))
    try:
        number = float(value)
    except OverflowError as error:
        raise not_finite(field, shown(value)) from error
    if not math.isfinite(number):
        raise not_finite(field, str(number))
    below = field.low is not None and number < field.low
    if below or (field.high is not None and number > field.high):
        raise absurd(field, number)
    return number


def wrong_type(field: Field, found: str) -> UnfitError:
    """What to say of a value that its field cannot hold."""
    is_text = field.kind is FieldKind.TEXT
    expected = "text in quotes" if is_text else f"a number in {field.unit}"
    return UnfitError(Reason.WRONG_TYPE, f"{field.name} is {found}; expected {expected}.")


def not_finite(field: Field, value: str) -> UnfitError:
    """What to say of a number that no float64 holds."""
    message = f"{field.name} is {value}; expected a finite number in {field.unit}."
    return UnfitError(Reason.NOT_FINITE, message)


def absurd(field: Field, number: float) -> UnfitError:
    """What to say of a value outside its field's range."""
    if field.low is None:
        allowed = f"at most {field.high:g}"
    elif field.high is None:
        allowed = f"at least {field.low:g}"
    else:
        allowed = f"{field.low:g} to {field.high:g}"
    message = f"{field.name} is {number!r} {field.unit}; it must be {allowed} {field.unit}."
    return UnfitError(Reason.ABSURD, message)


def too_long(field: Field, length: int) -> UnfitError:
    """What to say of a text that is a document."""
    message = f"{field.name} has {length} characters; at most {TEXT_MAX} are allowed."
    return UnfitError(Reason.TOO_LONG, message)


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise wrong_type(field, _describe(value))
    if len(value) > TEXT_MAX:
        raise too_long(field, len(value))
    return value


def _describe(value: object) -> str:
    if isinstance(value, Unwritten):
        return value.unfit.message.rstrip(".")
    kind = _KIND.get(type(value), "something else")
    return kind if isinstance(value, list | dict | None) else f"{kind} ({shown(value)})"


def unknown_field(name: str, stream: Stream) -> UnfitError:
    """What to say of a field that the stream does not have."""
    message = f"stream '{stream.name}' has no field '{shown(name)}'; it has {field_names(stream)}."
    return UnfitError(Reason.UNKNOWN_FIELD, message)


def empty_record(stream: Stream) -> UnfitError:
    """What to say of a record without any value."""
    message = f"the record carries no value; expected one of {field_names(stream)}."
    return UnfitError(Reason.EMPTY, message)


def field_names(stream: Stream) -> str:
    """The stream's fields, to be read in a message."""
    return ", ".join(field.name for field in stream.fields)
