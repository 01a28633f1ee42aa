"""How the feed of an example is read: readings of fields, as the records that are received.

A reading is a number, a word where the field is a text, ``_`` (the record comes without it) or
``silent`` (no record comes at all). ``30 late 5 min`` is received that much later than it was
observed, ``30 again`` is received twice; ``x 11`` behind any of them repeats it.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import yaml

from haihe.model.entity import check_entity_id
from haihe.model.record import Rows
from haihe.model.stream import Field, FieldKind, Stream
from haihe.model.time import DAY, HOUR, MILLISECOND, MINUTE, SECOND
from haihe.pack.nodes import Spot

READINGS_MAX: Final = 100_000  # Ours: of one field; a day of a second each, with some to spare.
_UNITS: Final = {"ms": MILLISECOND, "s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min|h|d)")
_READING: Final = re.compile(
    r"(?P<what>\S+?)(?: late (?P<late>.+?)| (?P<again>again))?(?: x (?P<times>\d{1,6}))?"
)
_INFINITY: Final = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf}

_Value: TypeAlias = float | str | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of one field; NaN where a number is missing, None where a text is."""

    value: _Value
    silent: bool = False
    late: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Arrival:
    """One record on its way in."""

    received_at: int
    observed_at: int
    entity: str
    values: tuple[_Value, ...]  # One for each field of the stream.


@dataclass(frozen=True, slots=True)
class Fed:
    """What one stream says.

    rows: what is received, in order, with ``received_at``; one ``Rows`` an instant.
    end_at: when the last reading is due or received, silent or not; ns.
    """

    rows: tuple[Rows, ...]
    end_at: int


def read_feed(node: yaml.Node, stream: Stream, *, times: range, spot: Spot) -> Fed:
    """What a stream's entities say.

    node: entity to field to its readings.
    times: when readings are observed, ns; at least ``READINGS_MAX`` of them.
    Raises PackInvalid naming the line if it makes no sense.
    """
    feed = {
        entity: _table(table, stream, entity=entity, spot=spot)
        for entity, table in spot.mapping(node).items()
    }
    arrivals = [
        arrival
        for entity, table in feed.items()
        for at, readings in zip(times, zip(*table, strict=True), strict=False)
        for arrival in _arrivals(readings, entity, observed_at=at)
    ]
    last = max((len(table[0]) for table in feed.values()), default=1) - 1
    instants = [arrival.received_at for arrival in arrivals]
    return Fed(tuple(_rows(arrivals, stream)), max([*instants, times[last]]))


def received_at(rows: Rows) -> int:
    """When the first of some rows is received; ns."""
    assert rows.received_at is not None  # Every row has its instant.
    return int(rows.received_at[0])


def parse_duration(text: str) -> int:
    """A duration written as a number and ms, s, min, h or d; ns.

    Raises ValueError if it is none.

    >>> parse_duration("13 min") == 13 * MINUTE
    True
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is not a duration; write it as 13 min, 30 s or 2 h.")
    return round(float(found[1]) * _UNITS[found[2]])


def _table(
    node: yaml.Node, stream: Stream, *, entity: str, spot: Spot
) -> tuple[tuple[_Reading, ...], ...]:
    """One column of readings for each field of the stream, all of the same length."""
    try:
        check_entity_id(entity)
    except ValueError as error:
        raise spot.wrong(node, str(error)) from error
    names = frozenset(field.name for field in stream.fields)
    told = {
        name: _column(column, stream.field(name), spot=spot)
        for name, column in spot.mapping(node, names).items()
    }
    lengths = {name: len(column) for name, column in told.items()}
    if len(set(lengths.values())) != 1:
        shown = ", ".join(f"{name} {length}" for name, length in lengths.items()) or "none"
        raise spot.wrong(
            node, f"fields of {entity} must have equally many readings; found {shown}."
        )
    for step, readings in enumerate(zip(*told.values(), strict=True)):
        if len({(one.silent, one.late, one.again) for one in readings}) > 1:
            raise spot.wrong(
                node,
                f"reading {step + 1} of {entity} is silent, late or again in one field and not in "
                "another; a record comes as a whole.",
            )
    shape = next(iter(told.values()))
    return tuple(
        told.get(field.name)
        or tuple(_Reading(_blank(field), one.silent, one.late, one.again) for one in shape)
        for field in stream.fields
    )


def _blank(field: Field) -> _Value:
    """What stands where the record comes without the field."""
    return math.nan if field.kind is FieldKind.NUMBER else None


def _column(node: yaml.Node, field: Field, *, spot: Spot) -> tuple[_Reading, ...]:
    found: list[_Reading] = []
    for item in spot.items(node):
        found += _readings(item, field, spot=spot)
        if len(found) > READINGS_MAX:
            raise spot.wrong(item, f"a field has more than {READINGS_MAX} readings.")
    if not found:
        raise spot.wrong(node, f"a field has {len(found)} readings; give one at least.")
    return tuple(found)


def _readings(node: yaml.Node, field: Field, *, spot: Spot) -> list[_Reading]:
    text = spot.text(node)
    parts = _READING.fullmatch(text)
    hint = "write a number, _, silent, '30 late 5 min' or '30 again', each with ' x 11' if repeated"
    if parts is None:
        raise spot.wrong(node, f"'{text}' is not a reading; {hint}.")
    what = parts["what"]
    try:
        late = parse_duration(parts["late"]) if parts["late"] else 0
        if what in ("_", "silent"):
            value = _blank(field)
        elif field.kind is FieldKind.TEXT:
            value = what
        else:
            value = _INFINITY.get(what) or float(what)
    except ValueError as error:
        raise spot.wrong(node, f"'{text}' is not a reading; {hint}.") from error
    reading = _Reading(value, what == "silent", late, parts["again"] is not None)
    return [reading] * min(int(parts["times"] or 1), READINGS_MAX + 1)


def _arrivals(readings: Sequence[_Reading], entity: str, *, observed_at: int) -> Iterator[_Arrival]:
    """The record of one step: none, one, or the same one twice."""
    first = readings[0]
    if first.silent:
        return
    values = tuple(reading.value for reading in readings)
    arrival = _Arrival(observed_at + first.late, observed_at, entity, values)
    yield arrival
    if first.again:
        yield arrival


def _rows(arrivals: list[_Arrival], stream: Stream) -> Iterator[Rows]:
    """The records as they are received: by time, then in the file's order."""
    by_time: dict[int, list[_Arrival]] = {}
    for arrival in arrivals:
        by_time.setdefault(arrival.received_at, []).append(arrival)
    for received_at in sorted(by_time):
        together = by_time[received_at]
        ids = tuple(dict.fromkeys(arrival.entity for arrival in together))
        codes = [ids.index(arrival.entity) for arrival in together]
        count = len(together)
        yield Rows(
            stream=stream.name,
            ids=ids,
            codes=np.array(codes, np.int32),
            observed_at=np.array([arrival.observed_at for arrival in together], np.int64),
            numbers={
                field.name: np.array([arrival.values[place] for arrival in together], np.float64)
                for place, field in enumerate(stream.fields)
                if field.kind is FieldKind.NUMBER
            },
            texts={
                field.name: np.array([arrival.values[place] for arrival in together], np.object_)
                for place, field in enumerate(stream.fields)
                if field.kind is FieldKind.TEXT
            },
            received_at=np.full(count, received_at, np.int64),
        )
