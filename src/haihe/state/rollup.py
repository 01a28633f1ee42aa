"""What each hour of each entity comes to: count, least, greatest, sum and last of every number.

A rollup stands beside each history file of records and is merged when it is read: late records give
an hour several parts. ``last`` is the value observed latest and, of those, with the highest offset.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from haihe.model.arrays import FloatArray, IndexArray, IntArray
from haihe.model.time import HOUR
from haihe.state.columns import OBSERVED_AT, OFFSET, SLOT, number_names

HOUR_AT: Final = "hour_at"
SCHEMA: Final = pa.schema(
    [
        ("field", pa.dictionary(pa.int32(), pa.string())),
        (SLOT, pa.int32()),
        (HOUR_AT, pa.int64()),
        ("count", pa.int64()),
        ("min", pa.float64()),
        ("max", pa.float64()),
        ("sum", pa.float64()),
        ("last", pa.float64()),
        ("last_at", pa.int64()),
        ("last_offset", pa.int64()),
    ]
)


def hourly(table: pa.Table) -> pa.Table:
    """The rollup of records.

    table: records of one stream, sorted by slot, ``observed_at`` and offset.
    Returns a table of ``SCHEMA``, sorted by field, slot and hour; no row for hours without a value.
    """
    slots = table.column(SLOT).to_numpy()
    observed_at = table.column(OBSERVED_AT).to_numpy()
    offsets = table.column(OFFSET).to_numpy()
    hours_at = observed_at - observed_at % HOUR
    is_new = np.ones(len(slots), dtype=bool)
    is_new[1:] = (slots[1:] != slots[:-1]) | (hours_at[1:] != hours_at[:-1])
    starts = np.flatnonzero(is_new)
    names = number_names(table.schema)
    parts = []
    for place, name in enumerate(names):
        values = table.column(name).to_numpy()
        found = _hours(values, starts)
        some = np.flatnonzero(found.count)
        codes = np.full(len(some), place, dtype=np.int32)
        last = found.last_row[some]
        arrays = [
            pa.DictionaryArray.from_arrays(codes, pa.array(names, type=pa.string())),
            pa.array(slots[starts[some]]),
            pa.array(hours_at[starts[some]]),
            pa.array(found.count[some]),
            *(pa.array(column[some]) for column in (found.least, found.greatest, found.total)),
            pa.array(values[last]),
            pa.array(observed_at[last]),
            pa.array(offsets[last]),
        ]
        parts.append(pa.Table.from_arrays(arrays, schema=SCHEMA))
    return pa.concat_tables(parts).combine_chunks() if parts else SCHEMA.empty_table()


@dataclass(frozen=True, slots=True)
class _Hours:
    """One field's figures for each group of rows."""

    count: IntArray
    least: FloatArray
    greatest: FloatArray
    total: FloatArray
    last_row: IndexArray


def _hours(values: FloatArray, starts: IndexArray) -> _Hours:
    """The figures of groups of rows that begin at ``starts``; NaN is passed over."""
    known = ~np.isnan(values)
    rows = np.where(known, np.arange(len(values)), -1)
    return _Hours(
        count=np.add.reduceat(known, starts, dtype=np.int64),
        least=np.minimum.reduceat(np.where(known, values, np.inf), starts),
        greatest=np.maximum.reduceat(np.where(known, values, -np.inf), starts),
        total=np.add.reduceat(np.where(known, values, 0.0), starts),
        last_row=np.maximum.reduceat(rows, starts),
    )
