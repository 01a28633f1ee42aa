"""JSON and NDJSON bodies of one stream to columns.

A record is one flat object, ``{"entity": "zone/7", "observed_at": ..., <field>: <value>, ...}``:

* ``entity``: an id ``kind/name``; it may be absent only where the sender's place tells it.
* ``observed_at``: ISO 8601 with an offset, or an integer since 1970 whose unit its size tells (see
  ``door.instant_of``); absent or null means now.
* a field: a JSON number or text as the stream declares it; absent or null means missing. Where a
  name is repeated the last one wins.

NaN and Infinity are not JSON (RFC 8259): a body or line that has them is malformed.

Clean bodies go the fast way, typed and in columns. Where anything is out of order, the records of
that body are looked at one by one and the bad ones judged, so that each refusal has its reason.
The caller keeps the cyclic collector quiet (``gc.freeze``); nothing made here needs it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from haihe.errors import RecordRefused
from haihe.feed.columns import to_columns
from haihe.feed.door import Taken
from haihe.feed.judge import Judged, judge, malformed_message
from haihe.feed.shape import Shape, shape_of
from haihe.model.stream import Stream

UNREADABLE: Final = (ValueError, RecursionError)  # msgspec.DecodeError is a ValueError.
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_RAW: Final = msgspec.json.Decoder(msgspec.Raw)


def decode_json(body: bytes, stream: Stream, *, now: int, entity: str = "") -> Taken:
    """One record as a JSON object, or several as an array of them.

    now: the clock, int, ns.
    entity: whose records they are where they do not say so themselves.
    Raises RecordRefused if the body is empty or is not JSON; then nothing of it is taken.
    """
    shape = shape_of(stream)
    is_array = body.startswith(b"[") or body.lstrip().startswith(b"[")
    try:
        records = shape.many.decode(body) if is_array else [shape.one.decode(body)]
    except UNREADABLE:
        return _decode_each(split_json(body), shape, now=now, entity=entity)
    if not records:
        return Taken(None)
    columns = to_columns(records, shape, now=now, entity=entity)
    if not columns.bad:
        return Taken(columns.rows)
    raws = split_json(body)
    judged = {row: judge(raws[row], shape, now=now, entity=entity) for row in columns.bad}
    return _settle(records, judged, shape=shape, now=now, entity=entity)


def decode_ndjson(body: bytes, stream: Stream, *, now: int, entity: str = "") -> Taken:
    """One record a line; a malformed line is refused alone. Blank lines are passed over.

    now, entity: as for ``decode_json``.
    Raises RecordRefused if the body is empty.
    """
    shape = shape_of(stream)
    try:
        records = shape.one.decode_lines(body)
    except UNREADABLE:
        return _decode_each(split_lines(body), shape, now=now, entity=entity)
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    if not records or len(records) != lines:  # Blank lines, or objects not one to a line.
        return _decode_each(split_lines(body), shape, now=now, entity=entity)
    columns = to_columns(records, shape, now=now, entity=entity)
    if not columns.bad:
        return Taken(columns.rows)
    return _decode_each(split_lines(body), shape, now=now, entity=entity)


def split_json(body: bytes) -> Sequence[bytes]:
    """The bytes of each record of a JSON body.

    Raises RecordRefused if the body is empty or is not JSON.
    """
    start = body.lstrip()[:1]
    if not start:
        raise RecordRefused("the body is empty; expected a JSON object or an array of them.")
    try:
        if start == b"[":
            return [bytes(raw) for raw in _RAWS.decode(body)]
        return [bytes(_RAW.decode(body))]
    except UNREADABLE as error:
        raise RecordRefused(
            f"{malformed_message(error, body)} Nothing of the body was taken."
        ) from error


def split_lines(body: bytes) -> Sequence[bytes]:
    """The lines of an NDJSON body that are not blank.

    Raises RecordRefused if there is none.
    """
    lines = [line for line in body.split(b"\n") if line.strip()]
    if not lines:
        raise RecordRefused("the body is empty; expected one JSON object a line.")
    return lines


def _decode_each(raws: Sequence[bytes], shape: Shape, *, now: int, entity: str) -> Taken:
    """As the fast way, one record at a time, with judgement where it is needed."""
    records: list[msgspec.Struct | None] = []
    judged: dict[int, Judged] = {}
    for place, raw in enumerate(raws):
        try:
            records.append(shape.one.decode(raw))
        except UNREADABLE:
            judged[place] = judge(raw, shape, now=now, entity=entity)
            records.append(judged[place].record)
    kept = [record for record in records if record is not None]
    if kept:
        places = [place for place, record in enumerate(records) if record is not None]
        for row in to_columns(kept, shape, now=now, entity=entity).bad:
            place = places[row]
            judged[place] = judge(raws[place], shape, now=now, entity=entity)
    return _settle(records, judged, shape=shape, now=now, entity=entity)


def _settle(
    records: Sequence[msgspec.Struct | None],
    judged: Mapping[int, Judged],
    *,
    shape: Shape,
    now: int,
    entity: str,
) -> Taken:
    """The records, those that were judged replaced by what was left of them."""
    settled = list(records)
    for place, verdict in judged.items():
        settled[place] = verdict.record
    refused = tuple(one for place in sorted(judged) for one in judged[place].refused)
    kept = [record for record in settled if record is not None]
    if not kept:
        return Taken(None, refused)
    columns = to_columns(kept, shape, now=now, entity=entity)
    assert not columns.bad, "a judged record is in order"
    return Taken(columns.rows, refused)
