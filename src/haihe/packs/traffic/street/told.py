"""The records of the street: events, counts of roads and of the lane, connected vehicles."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import Rows
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.stream import Stream
from haihe.packs.traffic.measures.events import Events, joined
from haihe.packs.traffic.streams import SIGNAL_EVENT, VEHICLE
from haihe.packs.traffic.street.layout import Strips
from haihe.packs.traffic.street.vehicles import CLASSES, Vehicles
from haihe.packs.traffic.tidal.control import CONFIRM, LANE_EVENT, LANE_HAND
from haihe.packs.traffic.zone import placed

DEGREE_DIGITS: Final = 7  # T/CSAE 53-2017: positions in tenths of a microdegree.
SPEED_DIGITS: Final = 2  # The same: 0.02 m/s.


def rows_of(
    stream: Stream, ids: tuple[str, ...], *, codes: IntArray, at: IntArray, table: FloatArray
) -> Rows:
    """Records of a stream of numbers.

    codes: int64 (row,), into ``ids``. at: int64 (row,), ns.
    table: float64 (row, field), in the stream's order.
    """
    names = [field.name for field in stream.fields]
    return Rows(
        stream=stream.name,
        ids=ids,
        codes=codes.astype(np.int32),
        observed_at=at,
        numbers={name: table[:, column].copy() for column, name in enumerate(names)},
        texts={},
    )


def signal_rows(parts: Sequence[Events], ids: tuple[str, ...]) -> Rows:
    """The events of junctions; devices are junctions in order from 1."""
    events = joined(parts)
    table = np.stack([events.code, events.parameter], axis=1).astype(np.float64)
    return rows_of(SIGNAL_EVENT, ids, codes=events.device - 1, at=events.at, table=table)


def lane_rows(parts: Sequence[Events], lane: str) -> Rows:
    """The events of the reversible lane's controllers."""
    events = joined(parts)
    table = np.stack([events.device, events.code, events.parameter], axis=1).astype(np.float64)
    codes = np.zeros(len(events), np.int64)
    return rows_of(LANE_EVENT, (lane,), codes=codes, at=events.at, table=table)


def vehicle_rows(cars: Vehicles, strips: Strips, *, ids: tuple[str, ...], at: int) -> Rows:
    """Where those of ``cars``, all connected, are; ns."""
    begin, end = strips.ends_m[cars.strip, 0], strips.ends_m[cars.strip, 1]
    along = (end - begin) / strips.length_m[cars.strip, None]
    point = begin + along * np.minimum(cars.at_m, strips.length_m[cars.strip])[:, None]
    places = [placed(x, y) for x, y in point.tolist()]
    heading = np.degrees(np.arctan2(along[:, 0], along[:, 1])) % 360.0
    table = np.column_stack(
        [
            np.array(places).reshape(-1, 2).round(DEGREE_DIGITS),
            cars.speed_m_s.round(SPEED_DIGITS),
            heading.round(1),
            CLASSES[cars.kind],
        ]
    )
    stamps = np.full(len(cars), at, np.int64)
    return rows_of(VEHICLE, ids, codes=cars.told, at=stamps, table=table)


def patrol_rows(lane: str, *, at: int) -> Rows:
    """The word of somebody who drove through the lane before it is opened."""
    words = {
        "act": CONFIRM,
        "who": "巡逻员赵 / patrol Zhao",
        "reason": "今早驶过全程, 车道内无人车 / drove through it this morning, nobody in it",
    }
    return Rows(
        stream=LANE_HAND.name,
        ids=(lane,),
        codes=np.zeros(1, np.int32),
        observed_at=np.array([at], np.int64),
        numbers={},
        texts={name: np.array([word], dtype=object) for name, word in words.items()},
    )


def merged(rows: Sequence[Rows]) -> list[Rows]:
    """One for each stream, in the order in which the streams first came; only what has records."""
    by_stream: dict[str, list[Rows]] = {}
    for one in rows:
        if len(one):
            by_stream.setdefault(one.stream, []).append(one)
    return [found[0] if len(found) == 1 else _one(found) for found in by_stream.values()]


def _one(found: Sequence[Rows]) -> Rows:
    first = found[0]
    numbers: Mapping[str, FloatArray] = {
        name: np.concatenate([one.numbers[name] for one in found]) for name in first.numbers
    }
    return Rows(
        stream=first.stream,
        ids=first.ids,
        codes=np.concatenate([one.codes for one in found]),
        observed_at=np.concatenate([one.observed_at for one in found]),
        numbers=numbers,
        texts={name: np.concatenate([one.texts[name] for one in found]) for name in first.texts},
    )
