"""The door for rows that never were bytes: examples and twins meet the same rules as live records.

A number outside its field's range, a time of the future or a record without a value is refused by
the same judge that looks at what comes in over the network.
"""

import json
from dataclasses import replace

import numpy as np

from haihe.feed.door import RefusedRecord, Taken, latest_allowed
from haihe.feed.judge import judge_parts
from haihe.feed.shape import Shape, shape_of
from haihe.model.arrays import BoolArray, FloatArray
from haihe.model.record import Rows
from haihe.model.stream import Stream
from haihe.model.time import EARLIEST_AT, LATEST_AT, format_instant
from haihe.run.intake import kept


def admitted(rows: Rows, stream: Stream, *, now: int) -> Taken:
    """The rows without what live intake would refuse, and that with its reason.

    rows: of the stream; NaN is missing, an infinity is refused.
    now: the log's time; ns.
    """
    bad = suspects(rows, stream, now=now)
    if not bad.any():
        return Taken(rows)
    shape = shape_of(stream)
    keep = np.ones(len(rows), np.bool_)
    numbers: dict[str, FloatArray] = {name: column.copy() for name, column in rows.numbers.items()}
    refused: list[RefusedRecord] = []
    for row in np.flatnonzero(bad).tolist():
        unfit, is_kept = _judged(rows, row, shape=shape, now=now)
        refused += unfit
        keep[row] = is_kept
        for one in unfit:
            if one.field in numbers:
                numbers[one.field][row] = np.nan
    good = kept(replace(rows, numbers=numbers), keep)
    return Taken(good if len(good) else None, tuple(refused))


def suspects(rows: Rows, stream: Stream, *, now: int) -> BoolArray:
    """The rows that may have to be refused, in whole or in part; bool (row,).

    rows, now: as for ``admitted``.
    """
    latest_at = latest_allowed(stream, now=now)
    bad: BoolArray = (rows.observed_at > latest_at) | (rows.observed_at < EARLIEST_AT)
    empty = np.ones(len(rows), np.bool_)
    for field in stream.numbers:
        column = rows.numbers[field.name]
        empty &= np.isnan(column)
        bad |= np.isinf(column)
        if field.low is not None:
            bad |= column < field.low
        if field.high is not None:
            bad |= column > field.high
    for texts in rows.texts.values():
        empty &= np.array([text is None for text in texts], np.bool_)
    return bad | empty


def _judged(
    rows: Rows, row: int, *, shape: Shape, now: int
) -> tuple[tuple[RefusedRecord, ...], bool]:
    """What is refused of one row, and whether anything is left of it."""
    told: dict[str, object] = {
        name: float(column[row])
        for name, column in rows.numbers.items()
        if not np.isnan(column[row])
    }
    told |= {name: texts[row] for name, texts in rows.texts.items() if texts[row] is not None}
    at = int(rows.observed_at[row])
    observed_at = format_instant(at) if EARLIEST_AT <= at <= LATEST_AT else at
    parts = {"entity": rows.ids[rows.codes[row]], "observed_at": observed_at, **told}
    raw = json.dumps(parts, ensure_ascii=False).encode()
    judged = judge_parts(parts, raw, shape=shape, now=now)
    return judged.refused, judged.record is not None
