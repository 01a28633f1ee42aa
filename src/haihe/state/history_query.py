"""What is asked of history and how it is put to DuckDB, over files and the tail as one relation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from haihe.log.manifest import HistoryFile
from haihe.model.arrays import BoolArray, SlotArray
from haihe.model.time import BEFORE_ALL, HOUR, NEVER, format_duration
from haihe.state.columns import OBSERVED_AT, OFFSET, OWN, RECEIVED_AT, SLOT

TAIL: Final = "tail"  # The name of the tail's table in a query.
SLOTS: Final = "wanted"  # The name of the table of wanted slots, where there are many.
SLOTS_INLINE_MAX: Final = 100  # Ours: more are joined as a table.
BUCKETS_MAX: Final = 1_000_000  # Ours: no chart and no report has more.


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of ``observed_at``: from an instant up to, not including, another; ns."""

    from_at: int = BEFORE_ALL
    to_at: int = NEVER

    def __post_init__(self) -> None:
        """Refuse a stretch that ends before it begins."""
        if self.from_at > self.to_at:
            raise ValueError(
                f"the span begins at {self.from_at} and ends at {self.to_at}; give the earlier "
                "instant first."
            )

    def covers(self, file: HistoryFile) -> bool:
        """Whether a file may hold records of it."""
        return file.from_at < self.to_at and file.to_at >= self.from_at


ALL_TIME: Final = Span()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records of a stream.

    slots: int32 (entity,); None means all entities.
    fields: in the order they are wanted; None means all.
    """

    span: Span
    slots: SlotArray | None
    fields: tuple[str, ...] | None

    def choose(self, table: pa.Table) -> pa.Table:
        """What is wanted of a table of records."""
        observed_at = table.column(OBSERVED_AT).to_numpy()
        mask: BoolArray = (observed_at >= self.span.from_at) & (observed_at < self.span.to_at)
        if self.slots is not None:
            slots = table.column(SLOT).to_numpy()
            one = len(self.slots) == 1
            mask &= slots == self.slots[0] if one else np.isin(slots, self.slots)
        if self.fields is not None:
            table = table.select(
                [*OWN, *(name for name in self.fields if name in table.schema.names)]
            )
        return table if mask.all() else table.filter(pa.array(mask))


@dataclass(frozen=True, slots=True)
class Found:
    """Where a stream's records stand at one moment.

    raw: the files of records that may hold wanted ones.
    hours: the files of hours of the same days.
    tail: the wanted unsealed records; None if there are none.
    """

    raw: tuple[HistoryFile, ...]
    hours: tuple[HistoryFile, ...]
    tail: pa.Table | None

    @property
    def files(self) -> tuple[HistoryFile, ...]:
        """All files a query may read."""
        return (*self.raw, *self.hours)

    def types(self) -> dict[str, str]:
        """Every field there is, and its type in SQL."""
        names: dict[str, str] = {}
        for file in self.raw:
            names.update(dict.fromkeys(file.numbers, "DOUBLE"))
            names.update(dict.fromkeys(file.texts, "VARCHAR"))
        if self.tail is not None:
            for field in self.tail.schema:
                if field.name not in OWN:
                    is_number = pa.types.is_float64(field.type)
                    names[field.name] = "DOUBLE" if is_number else "VARCHAR"
        return names


def quoted(name: str) -> str:
    """A name as SQL writes it.

    >>> quoted("offset")
    '"offset"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it.

    >>> literal("o'clock")
    "'o''clock'"
    """
    return "'" + text.replace("'", "''") + "'"


def condition(wanted: Wanted) -> str:
    """The WHERE of wanted records."""
    parts = []
    if wanted.span.from_at > BEFORE_ALL:
        parts.append(f"{OBSERVED_AT} >= {wanted.span.from_at}")
    if wanted.span.to_at < NEVER:
        parts.append(f"{OBSERVED_AT} < {wanted.span.to_at}")
    if (chosen := slot_condition(wanted.slots)) is not None:
        parts.append(chosen)
    return " AND ".join(parts) or "true"


def slot_condition(slots: SlotArray | None) -> str | None:
    """What holds of the wanted slots; None where all are wanted."""
    if slots is None:
        return None
    if not len(slots):
        return "false"
    if len(slots) == 1:
        return f"{SLOT} = {int(slots[0])}"
    if len(slots) <= SLOTS_INLINE_MAX:
        return f"{SLOT} IN ({', '.join(str(int(slot)) for slot in slots)})"
    low, high = int(slots.min()), int(slots.max())
    return f"{SLOT} BETWEEN {low} AND {high} AND {SLOT} IN (SELECT {SLOT} FROM {SLOTS})"


def rows_sql(folder: Path, found: Found, *, wanted: Wanted, fields: Sequence[str]) -> str:
    """A SELECT of the wanted records of files and tail; a field that a part lacks is missing."""
    types = found.types()
    parts = []
    for names, files in _alike(found.raw):
        columns = _columns(fields, names, types=types)
        parts.append(f"SELECT {columns} FROM {_scan(folder, files)} WHERE {condition(wanted)}")
    if found.tail is not None:
        columns = _columns(fields, found.tail.schema.names, types=types)
        parts.append(f"SELECT {columns} FROM {TAIL}")
    if not parts:
        columns = _columns(fields, (), types=types)
        empty = f"NULL::INTEGER AS {SLOT}, NULL::BIGINT AS {OBSERVED_AT}"
        empty += f", NULL::BIGINT AS {RECEIVED_AT}, NULL::BIGINT AS {quoted(OFFSET)}"
        parts.append(f"SELECT {columns} FROM (SELECT {empty}) WHERE false")
    return " UNION ALL ".join(parts)


def check_buckets(span: Span, every: int) -> None:
    """Refuse buckets without an end or a length.

    Raises ValueError.
    """
    if every <= 0:
        raise ValueError(f"every is {every}; a bucket's length must be more than 0 ns.")
    if span.from_at == BEFORE_ALL or span.to_at == NEVER:
        raise ValueError(f"{span} has no begin or no end; buckets need both.")
    if (span.to_at - span.from_at) // every >= BUCKETS_MAX:
        raise ValueError(
            f"{span} in steps of {format_duration(every)} has more than {BUCKETS_MAX} buckets; "
            "take longer steps or a shorter span."
        )


def series_sql(folder: Path, found: Found, *, wanted: Wanted, every: int) -> str:
    """A SELECT of what the one wanted field comes to in buckets from the span's begin on.

    Where buckets are whole hours, sealed hours come from rollups, and records of files only for the
    part of an hour at the end.
    """
    span = wanted.span
    hours = whole_hours(span)
    sources = [found]
    parts = []
    if every % HOUR == 0 and hours.from_at == span.from_at:
        edge = Span(hours.to_at, span.to_at)
        at_edge = tuple(file for file in found.raw if edge.covers(file))
        sources = [replace(found, raw=()), replace(found, raw=at_edge, tail=None)]
        inside = [file for file in found.hours if hours.covers(file)]
        if inside:
            of_hours = replace(wanted, span=hours)
            parts.append(_hours_sql(folder, inside, wanted=of_hours))
        wanted = replace(wanted, span=edge)  # The tail's part is chosen already.
    (field,) = wanted.fields or ()
    for source in sources:
        rows = rows_sql(folder, source, wanted=wanted, fields=[field])
        parts.append(_values_sql(rows, field))
    place = f"((moment - {span.from_at}) // {every})"
    return (
        f'SELECT {span.from_at} + {place} * {every} AS "at", sum(n)::BIGINT AS count, '
        "min(lo) AS min, sum(total) / sum(n) AS mean, max(hi) AS max, "
        "arg_max(latest, (latest_at, latest_offset)) AS last "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY {place} ORDER BY 1"
    )


def _values_sql(rows: str, field: str) -> str:
    """Each value of some records as a part of an aggregate."""
    value = quoted(field)
    return (
        f"SELECT {OBSERVED_AT} AS moment, 1::BIGINT AS n, {value} AS lo, {value} AS hi, "
        f"{value} AS total, {value} AS latest, {OBSERVED_AT} AS latest_at, "
        f"{quoted(OFFSET)} AS latest_offset FROM ({rows}) WHERE {value} IS NOT NULL"
    )


def _hours_sql(folder: Path, files: Sequence[HistoryFile], *, wanted: Wanted) -> str:
    """Each hour of some rollups as a part of an aggregate; the span is of whole hours."""
    (field,) = wanted.fields or ()
    span = wanted.span
    return (
        'SELECT hour_at AS moment, "count" AS n, "min" AS lo, "max" AS hi, "sum" AS total, '
        '"last" AS latest, last_at AS latest_at, last_offset AS latest_offset '
        f"FROM {_scan(folder, files)} WHERE field = {literal(field)} "
        f"AND {slot_condition(wanted.slots) or 'true'} "
        f"AND hour_at >= {span.from_at} AND hour_at < {span.to_at}"
    )


def whole_hours(span: Span) -> Span:
    """The whole hours within a span; empty where there is none."""
    from_at = -(-span.from_at // HOUR) * HOUR if span.from_at > BEFORE_ALL else BEFORE_ALL
    to_at = span.to_at // HOUR * HOUR if span.to_at < NEVER else NEVER
    return Span(from_at, max(from_at, to_at))


def _alike(
    files: Sequence[HistoryFile],
) -> Iterator[tuple[tuple[str, ...], list[HistoryFile]]]:
    """The files by the fields they have."""

    def names(file: HistoryFile) -> tuple[str, ...]:
        return (*file.numbers, *file.texts)

    for found, alike in groupby(sorted(files, key=names), key=names):
        yield found, list(alike)


def _scan(folder: Path, files: Sequence[HistoryFile]) -> str:
    paths = ", ".join(literal(str(folder / file.path)) for file in files)
    return f"read_parquet([{paths}], hive_partitioning = false)"


def _columns(fields: Sequence[str], names: Sequence[str], *, types: dict[str, str]) -> str:
    own = [SLOT, OBSERVED_AT, RECEIVED_AT, quoted(OFFSET)]
    told = []
    for name in fields:
        kind = types.get(name, "DOUBLE")
        source = quoted(name) if name in names else "NULL"
        told.append(f"{source}::{kind} AS {quoted(name)}")
    return ", ".join([*own, *told])
