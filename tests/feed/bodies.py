"""Streams and bodies that the tests of the feeds share."""

import math
from typing import Final

import msgspec

from haihe.feed.door import RefusedRecord
from haihe.model.record import Rows
from haihe.model.stream import Field, FieldKind, Stream
from haihe.model.time import MINUTE, SECOND

NOW: Final = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z, as the calendar has it.

GAS: Final = Stream(
    "gallery.gas",
    fields=(
        Field("methane", unit="%LEL", low=0, high=100),
        Field("oxygen", unit="%VOL", low=0, high=30),
        Field("state", kind=FieldKind.TEXT),
    ),
    source="GB 50838",
    future_by=5 * MINUTE,
)
CART: Final = Stream(
    "port.cart",
    fields=(
        Field("lon", unit="deg", low=-180, high=180),
        Field("lat", unit="deg", low=-90, high=90),
        Field("temperature", unit="degC", low=-50, high=80),
        Field("driver", kind=FieldKind.TEXT),
    ),
)


def records_of(rows: Rows | None) -> list[dict[str, object]]:
    """The rows as flat records, missing values left out, in order."""
    if rows is None:
        return []
    records = []
    for row in range(len(rows)):
        record: dict[str, object] = {
            "entity": rows.ids[rows.codes[row]],
            "observed_at": int(rows.observed_at[row]),
        }
        numbers = {name: float(values[row]) for name, values in rows.numbers.items()}
        record |= {name: value for name, value in numbers.items() if not math.isnan(value)}
        texts = {name: values[row] for name, values in rows.texts.items()}
        record |= {name: value for name, value in texts.items() if value is not None}
        records.append(record)
    return records


def body_of(*records: object) -> bytes:
    """Records as a JSON array."""
    return msgspec.json.encode(records)


def only(refused: tuple[RefusedRecord, ...]) -> RefusedRecord:
    """The one refusal there should be."""
    assert len(refused) == 1, refused
    return refused[0]
