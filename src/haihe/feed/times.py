"""The times in files: texts of any format, in the zone the mapping states, to ns."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from haihe.errors import RecordRefused
from haihe.feed.arrow import UNIT_NS
from haihe.feed.columns import scale_epochs, to_nanoseconds
from haihe.feed.mapping import TimePart
from haihe.model.arrays import IntArray
from haihe.model.time import BEFORE_ALL


def parse_times(columns: Sequence[pa.Array], time: TimePart) -> IntArray:
    """Int64 (row,), ns; ``BEFORE_ALL`` where the cells are no instant of 1970 to 2100.

    columns: the cells, as text, timestamps or integers.
    Raises RecordRefused if the zone does not exist.
    """
    column = columns[0]
    if len(columns) > 1:
        column = pc.binary_join_element_wise(*(one.cast(pa.string()) for one in columns), " ")
    if time.format == "epoch":
        return _epochs(column)
    if not pa.types.is_timestamp(column.type):
        column = _from_text(column.cast(pa.string()), time)
    if column.type.tz is None:
        column = _zoned(column, time.zone)
    counts = pc.fill_null(column.cast(pa.int64()), BEFORE_ALL).to_numpy()
    return to_nanoseconds(counts, UNIT_NS[column.type.unit])


def _epochs(column: pa.Array) -> IntArray:
    if not pa.types.is_integer(column.type):
        texts = column.cast(pa.string())
        is_epoch = pc.match_substring_regex(texts, r"^[0-8]?\d{1,18}$")  # So int64 holds it.
        column = pc.if_else(is_epoch, texts, None).cast(pa.int64())
    at = scale_epochs(pc.fill_null(column.cast(pa.int64()), 0).to_numpy())
    return np.where(column.is_null().to_numpy(zero_copy_only=False), BEFORE_ALL, at)


def _from_text(texts: pa.Array, time: TimePart) -> pa.Array:
    """Timestamps, without a zone unless the texts carry an offset; null where they are none."""
    if time.format != "iso":
        return pc.strptime(texts, format=time.format, unit="s", error_is_null=True)
    kind = pa.timestamp("ns", tz=None if time.zone else "UTC")
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        return pa.concat_arrays(
            [_one_from_text(texts.slice(row, 1), kind) for row in range(len(texts))]
        )


def _one_from_text(text: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return text.cast(kind)
    except pa.ArrowInvalid:
        return pa.nulls(1, kind)


def _zoned(column: pa.Array, zone: str) -> pa.Array:
    """The instants that wall-clock times of a zone name; the first where an hour comes twice."""
    try:
        return pc.assume_timezone(column, zone or "UTC", ambiguous="earliest", nonexistent="latest")
    except pa.ArrowInvalid as error:
        raise RecordRefused(
            f"time.zone '{zone}' is not known ({error}); write it as '+08:00'."
        ) from error
