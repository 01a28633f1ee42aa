"""What truly happened in a recording, kept aside from its rows so that a backtest can be scored."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from haihe.errors import RecordRefused
from haihe.feed.cells import column_of, entities_of, flags_of
from haihe.feed.mapping import LabelPart, Mapping, fill, path_parts
from haihe.feed.sheet import open_file, read_sheets
from haihe.feed.times import parse_times
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import BEFORE_ALL

_WINDOWS: Final = msgspec.json.Decoder(dict[str, list[tuple[str, str]]])


@dataclass(frozen=True, slots=True)
class Label:
    """A stretch of time in which something was truly the case.

    name: what, as the mapping calls it, such as "anomaly".
    stream: whose records it is about.
    entity: where; it need not be an entity of the stream (a leaking pipe between two gauges).
    start_at, end_at: int, ns; the first and the last instant of it.
    """

    name: str
    stream: str
    entity: str
    start_at: int
    end_at: int


def read_labels(path: Path, mapping: Mapping) -> tuple[Label, ...]:
    """The labels of a file, oldest first.

    Raises RecordRefused if the file that holds them cannot be read or understood.
    """
    found: list[Label] = []
    try:
        for part in mapping.labels:
            if part.windows:
                found += _from_windows(path, mapping, part=part)
            elif part.table:
                found += _from_table(path, mapping, part=part)
        found += _from_columns(path, mapping)
    except (OSError, UnicodeError, ValueError, KeyError) as error:
        raise RecordRefused(f"the labels of {path} cannot be read: {error!r}.") from error
    return tuple(sorted(found, key=lambda label: (label.start_at, label.entity, label.name)))


def _from_columns(path: Path, mapping: Mapping) -> Iterator[Label]:
    """Runs of rows whose cell in the label's column is a number and not 0."""
    parts = [part for part in mapping.labels if part.column]
    if not parts:
        return
    seen: dict[tuple[str, str], list[tuple[IntArray, BoolArray]]] = {}
    for sheet in read_sheets(path, mapping):
        times = [column_of(sheet, name) for name in mapping.time.columns]
        at = parse_times(times, mapping.time)
        entities = np.asarray(entities_of(sheet, mapping, path=path).to_pylist(), object)
        for part in parts:
            if part.column not in sheet.cells.column_names:
                continue
            flags = flags_of(sheet, part.column, mapping=mapping)
            for entity in dict.fromkeys(entities.tolist()):
                mine = (entities == entity) & (at != BEFORE_ALL)
                seen.setdefault((part.name, entity), []).append((at[mine], flags[mine]))
    for (name, entity), pieces in seen.items():
        at = np.concatenate([piece for piece, _ in pieces])
        flags = np.concatenate([piece for _, piece in pieces])
        for start_at, end_at in _runs(at, flags):
            yield Label(name, mapping.stream.name, entity, start_at, end_at)


def _runs(at: IntArray, flags: BoolArray) -> list[tuple[int, int]]:
    """First and last instant of each run of True."""
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    starts, ends = at[np.flatnonzero(edges == 1)], at[np.flatnonzero(edges == -1) - 1]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _from_windows(path: Path, mapping: Mapping, *, part: LabelPart) -> Iterator[Label]:
    """Windows of a JSON file, ``{key: [[start, end], ...]}``, as NAB keeps them."""
    source = path.parent / part.windows
    windows = _WINDOWS.decode(source.read_bytes())
    key = fill(part.key, path_parts(path))
    if key not in windows:
        raise ValueError(f"{source} says nothing of '{key}'")
    entity = fill(mapping.entity, path_parts(path))
    for start, end in windows[key]:
        start_at, end_at = _instants(start, end, mapping=mapping)
        yield Label(part.name, mapping.stream.name, entity, start_at, end_at)


def _from_table(path: Path, mapping: Mapping, *, part: LabelPart) -> Iterator[Label]:
    """Rows of a csv with a start and an end each."""
    with open_file(path.parent / part.table) as file:
        text = io.TextIOWrapper(file, encoding=mapping.encoding, newline="")
        for row in csv.DictReader(text, skipinitialspace=True):
            start_at, end_at = _instants(row[part.start], row[part.end], mapping=mapping)
            entity = fill(part.entity, {**path_parts(path), **row})
            yield Label(part.name, mapping.stream.name, entity, start_at, end_at)


def _instants(start: str, end: str, *, mapping: Mapping) -> tuple[int, int]:
    """A label's two instants: ISO, in the zone of the mapping."""
    time = msgspec.structs.replace(mapping.time, format="iso")
    start_at, end_at = parse_times([pa.array([start, end])], time).tolist()
    if not BEFORE_ALL < start_at <= end_at:
        raise ValueError(f"'{start}' to '{end}' is no stretch of time")
    return start_at, end_at
