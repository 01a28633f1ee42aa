"""The last look before the log: what is repeated or much too late is set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import msgspec
import numpy as np

from haihe.feed.door import Reason, RefusedRecord
from haihe.log.directory import Directory
from haihe.model.arrays import (
    BoolArray,
    FloatArray,
    IndexArray,
    IntArray,
    SlotArray,
    TextArray,
)
from haihe.model.record import Rows
from haihe.model.time import BEFORE_ALL, format_duration, format_instant
from haihe.state.live import LiveStream


class Receipt(msgspec.Struct, frozen=True):
    """What became of what was sent.

    first_offset: the offset of the first record taken; -1 if none was.
    taken: how many records are in the log because of it, next to each other.
    repeated: how many were there already and were not taken again.
    quarantined: how many records or values were set aside, with their reasons.
    reasons: the first reasons, in words.
    """

    first_offset: int
    taken: int
    repeated: int = 0
    quarantined: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """Rows after the last look.

    keep: bool (row,), what goes into the log.
    late: bool (row,), what is too late to be taken; the rest of what is not kept is repeated.
    """

    keep: BoolArray
    late: BoolArray


def look(
    rows: Rows, live: LiveStream, *, directory: Directory, released: BoolArray | None = None
) -> Looked:
    """Tell new records from repeated and much too late ones.

    A record is repeated if the entity's newest has the same time and the same values; one at the
    same time with other values is kept, as the newer word. What lies further behind the newest than
    the stream's ``late_by`` goes to quarantine.

    released: bool (row,), records a person let out of it, which are never too late.
    """
    slots = _slots(rows, directory)
    known = np.flatnonzero((slots >= 0) & (slots < live.count))
    again = np.zeros(len(rows), dtype=bool)
    late = np.zeros(len(rows), dtype=bool)
    if len(known):
        newest = live.observed_at[slots[known]]
        observed_at = rows.observed_at[known]
        same = known[observed_at == newest]
        again[same] = _says_the_same(rows, live, same=same, slots=slots[same])
        late[known] = (newest != BEFORE_ALL) & (observed_at < newest - live.stream.late_by)
    if released is not None:
        late &= ~released
    again |= _repeats_within(rows)
    return Looked(keep=~(again | late), late=late)


def kept(rows: Rows, mask: BoolArray) -> Rows:
    """The rows for which ``mask`` is true; entities without a row are left out."""
    if mask.all():
        return rows
    codes = rows.codes[mask]
    used, narrow = np.unique(codes, return_inverse=True)
    return Rows(
        stream=rows.stream,
        ids=tuple(rows.ids[code] for code in used),
        codes=narrow.astype(np.int32),
        observed_at=rows.observed_at[mask],
        numbers={name: column[mask] for name, column in rows.numbers.items()},
        texts={name: column[mask] for name, column in rows.texts.items()},
        received_at=None if rows.received_at is None else rows.received_at[mask],
    )


def joined(many: Sequence[Rows], *, now: int) -> Rows:
    """Rows of one stream as one, in order; a field that some are older than is missing there.

    now: the log's time for those that bring no clock of their own, where others do; ns.
    """
    if len(many) == 1:
        return many[0]
    ids = tuple(dict.fromkeys(chain.from_iterable(rows.ids for rows in many)))
    numbers = dict.fromkeys(name for rows in many for name in rows.numbers)
    texts = dict.fromkeys(name for rows in many for name in rows.texts)
    own_clock = any(rows.received_at is not None for rows in many)
    return Rows(
        stream=many[0].stream,
        ids=ids,
        codes=_joined_codes(many, ids),
        observed_at=np.concatenate([rows.observed_at for rows in many]),
        numbers={name: np.concatenate([_number(rows, name) for rows in many]) for name in numbers},
        texts={name: np.concatenate([_text(rows, name) for rows in many]) for name in texts},
        received_at=np.concatenate([_time(rows, now) for rows in many]) if own_clock else None,
    )


def _joined_codes(many: Sequence[Rows], ids: tuple[str, ...]) -> SlotArray:
    """Which of the ids each row of them all means.

    ids: all of theirs, each once, in order of appearance.
    """
    sizes = [len(rows.ids) for rows in many]
    if sum(sizes) == len(ids):  # No entity is in two of them: they follow on.
        if len(ids) == sum(map(len, many)) == len(many):
            return np.arange(len(ids), dtype=np.int32)
        starts = accumulate(sizes, initial=0)
        return np.concatenate(
            [rows.codes + np.int32(start) for rows, start in zip(many, starts, strict=False)]
        )
    place = dict(zip(ids, range(len(ids)), strict=True)).__getitem__
    wide = [np.fromiter(map(place, rows.ids), np.int32, len(rows.ids)) for rows in many]
    return np.concatenate([own[rows.codes] for rows, own in zip(many, wide, strict=True)])


def _number(rows: Rows, name: str) -> FloatArray:
    return rows.numbers[name] if name in rows.numbers else np.full(len(rows), np.nan)


def _text(rows: Rows, name: str) -> TextArray:
    return rows.texts[name] if name in rows.texts else np.full(len(rows), None, dtype=object)


def _time(rows: Rows, now: int) -> IntArray:
    own = rows.received_at
    return own if own is not None else np.full(len(rows), now, dtype=np.int64)


def _slots(rows: Rows, directory: Directory) -> SlotArray:
    """Each row's slot; -1 where the entity is new."""
    return directory.slots(rows.stream, rows.ids)[rows.codes]


def _says_the_same(
    rows: Rows, live: LiveStream, *, same: IndexArray, slots: SlotArray
) -> BoolArray:
    """Of rows observed when their entity's newest was: whether they bring nothing new."""
    agrees = np.ones(len(same), dtype=bool)
    for name, column in rows.numbers.items():
        value = column[same]
        agrees &= np.isnan(value) | (value == live.numbers[name][slots])
    for name, texts in rows.texts.items():
        told = texts[same]
        agrees &= np.array([text is None for text in told], dtype=bool) | (
            told == live.texts[name][slots]
        )
    return agrees


def _repeats_within(rows: Rows) -> BoolArray:
    """Rows that say word for word what an earlier row of the same body says."""
    again = np.zeros(len(rows), dtype=bool)
    if len(rows) < 2 or len(rows.ids) == len(rows):
        return again
    if bool(np.all(rows.observed_at[1:] > rows.observed_at[:-1])):
        return again
    order = np.lexsort((np.arange(len(rows)), rows.observed_at, rows.codes))
    codes, observed_at = rows.codes[order], rows.observed_at[order]
    twin = (codes[1:] == codes[:-1]) & (observed_at[1:] == observed_at[:-1])
    for column in rows.numbers.values():
        value = column[order]
        twin &= (value[1:] == value[:-1]) | (np.isnan(value[1:]) & np.isnan(value[:-1]))
    for texts in rows.texts.values():
        told = texts[order]
        twin &= np.asarray(told[1:] == told[:-1], dtype=bool)
    again[order[1:][twin]] = True
    return again


def too_late(rows: Rows, row: int, *, live: LiveStream, directory: Directory) -> RefusedRecord:
    """A record that came too late, for the quarantine."""
    entity = rows.ids[rows.codes[row]]
    observed_at = int(rows.observed_at[row])
    newest = int(live.observed_at[directory.slot(rows.stream, entity)])
    values = {name: float(column[row]) for name, column in rows.numbers.items()}
    raw = {name: value for name, value in values.items() if not np.isnan(value)}
    told = {name: column[row] for name, column in rows.texts.items() if column[row] is not None}
    record = {"entity": entity, "observed_at": format_instant(observed_at), **raw, **told}
    return RefusedRecord(
        stream=rows.stream,
        entity=entity,
        observed_at=observed_at,
        reason=Reason.LATE,
        message=f"observed {format_duration(newest - observed_at)} before the newest record of "
        f"{entity}; at most {format_duration(live.stream.late_by)} is taken. Release it if true.",
        raw=msgspec.json.encode(record).decode(),
    )
