"""The live view against a plain dictionary that takes one record after the other."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.model import Batch, Field, FieldKind, Stream
from haihe.state.live import Live, LiveStream

POINTS = Stream(
    "t.points",
    (
        Field("lon", "deg", -180, 180),
        Field("lat", "deg", -90, 90),
        Field("value", "1"),
        Field("state", kind=FieldKind.TEXT),
    ),
)
PLAIN = Stream("t.plain", (Field("value", "1"), Field("state", kind=FieldKind.TEXT)))
NAMES = tuple(f"thing/{number}" for number in range(90))


@dataclass(frozen=True)
class Record:
    slot: int
    observed_at: int
    value: float
    state: str | None


RECORDS = st.lists(
    st.builds(
        Record,
        st.integers(0, 4) | st.integers(0, len(NAMES) - 1),
        st.integers(0, 6),
        st.sampled_from([0.0, 1.5, float("nan"), float("inf")]),
        st.sampled_from(["ok", "worn", None]),
    ),
    min_size=1,
    max_size=12,
)


def batch_of(records: list[Record], *, first_offset: int) -> Batch:
    count = len(records)
    return Batch(
        stream="t.plain",
        offsets=np.arange(first_offset, first_offset + count, dtype=np.int64),
        slots=np.array([record.slot for record in records], dtype=np.int32),
        observed_at=np.array([record.observed_at for record in records], dtype=np.int64),
        received_at=np.arange(first_offset, first_offset + count, dtype=np.int64) + 100,
        numbers={"value": np.array([record.value for record in records])},
        texts={"state": np.array([record.state for record in records], dtype=object)},
    )


class Plain:
    """The newest of each entity, one record after the other, as a person would write it."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[int, int, float, str | None]] = {}

    def take(self, record: Record, offset: int) -> None:
        observed_at, _, value, state = self.known.get(record.slot, (-1, -1, float("nan"), None))
        if record.observed_at < observed_at:
            return
        self.known[record.slot] = (
            record.observed_at,
            offset,
            value if np.isnan(record.value) else record.value,
            state if record.state is None else record.state,
        )


@given(st.lists(RECORDS, max_size=6))
def test_the_newest_values_are_those_of_one_record_after_the_other(
    batches: list[list[Record]],
) -> None:
    live, plain = LiveStream(PLAIN), Plain()
    offset = heard = 0
    for records in batches:
        heard = max(heard, *(record.slot + 1 for record in records))
        live.update(batch_of(records, first_offset=offset), NAMES[:heard])
        for record in records:
            plain.take(record, offset)
            offset += 1
    assert live.count == heard
    for slot in range(heard):
        seen = live.observation(slot)
        if slot not in plain.known:
            assert seen.offset == -1
            continue
        found = (seen.observed_at, seen.offset, seen.numbers["value"], seen.texts["state"])
        assert found == pytest.approx(plain.known[slot], nan_ok=True)
        assert (seen.entity, int(live.received_at[slot])) == (NAMES[slot], seen.offset + 100)


def test_an_older_record_in_the_same_batch_fills_nothing_in() -> None:
    """As if it had come in a batch of its own: it was history when it arrived."""
    records = [Record(0, 10, float("nan"), "ok"), Record(0, 5, 7.0, "worn")]
    together, apart = LiveStream(PLAIN), LiveStream(PLAIN)
    together.update(batch_of(records, first_offset=0), NAMES[:1])
    for place, record in enumerate(records):
        apart.update(batch_of([record], first_offset=place), NAMES[:1])
    assert repr(together.observation(0)) == repr(apart.observation(0))
    assert np.isnan(together.observation(0).numbers["value"])


def test_a_field_declared_later_is_missing_until_it_is_told() -> None:
    live = Live()
    live.declare(PLAIN)
    stream = live["t.plain"]
    old = batch_of([Record(0, 1, 2.0, "ok")], first_offset=0)
    stream.update(old, NAMES[:1])
    live.declare(Stream("t.plain", (*PLAIN.fields, Field("more", "1"))))
    assert np.isnan(stream.observation(0).numbers["more"])
    whole = stream.completed(old)
    assert np.isnan(whole.numbers["more"]).all()
    assert stream.completed(whole) is whole
    stream.update(whole, NAMES[:1])
    assert stream.observation(0).numbers["value"] == 2.0


def test_a_stream_nobody_declared_is_refused_with_those_that_are() -> None:
    live = Live()
    live.declare(PLAIN)
    assert "t.plain" in live
    assert "t.other" not in live
    with pytest.raises(ValueError, match=r"'t\.other' is not declared; declared are: t\.plain"):
        live["t.other"]


def moved(slot: int, lon: float, lat: float, *, at: int) -> Batch:
    return Batch(
        stream="t.points",
        offsets=np.array([at], dtype=np.int64),
        slots=np.array([slot], dtype=np.int32),
        observed_at=np.array([at], dtype=np.int64),
        received_at=np.array([at], dtype=np.int64),
        numbers={
            "lon": np.array([lon]),
            "lat": np.array([lat]),
            "value": np.array([np.nan]),
        },
        texts={"state": np.array([None], dtype=object)},
    )


def test_a_moving_thing_is_where_it_was_last() -> None:
    live = LiveStream(POINTS)
    live.update(moved(0, 117.7, 39.0, at=1), NAMES[:2])
    live.update(moved(1, 117.8, 39.1, at=2), NAMES[:2])
    assert live.in_box((117.69, 38.9, 117.71, 39.05)).tolist() == [0]
    live.update(moved(0, 117.81, 39.1, at=3), NAMES[:2])
    assert live.in_box((117.69, 38.9, 117.71, 39.05)).tolist() == []
    assert live.nearest(117.8, 39.1, count=2).tolist() == [1, 0]
    live.update(moved(0, 117.7, 39.0, at=2), NAMES[:2])  # Late: it has moved on since.
    assert live.nearest(117.8, 39.1, count=9).tolist() == [1, 0]


def test_a_thing_that_never_told_its_place_is_nowhere() -> None:
    live = LiveStream(POINTS)
    live.update(moved(0, np.nan, np.nan, at=1), NAMES[:1])
    assert live.in_box((-180, -90, 180, 90)).tolist() == []
    assert live.nearest(0, 0, count=1).tolist() == []


def test_a_stream_without_a_place_cannot_be_asked_where() -> None:
    live = LiveStream(PLAIN)
    with pytest.raises(ValueError, match="no fields lon and lat"):
        live.in_box((0, 0, 1, 1))
    with pytest.raises(ValueError, match="no fields lon and lat"):
        live.nearest(0, 0, count=1)


def test_a_stream_that_gets_a_place_later_can_be_asked_where_from_then_on() -> None:
    live = Live()
    live.declare(Stream("t.points", (Field("value", "1"),)))
    live.declare(POINTS)
    stream = live["t.points"]
    stream.update(moved(0, 117.7, 39.0, at=1), NAMES[:1])
    assert stream.in_box((117.0, 38.0, 118.0, 40.0)).tolist() == [0]


def test_a_field_that_is_declared_no_more_is_kept() -> None:
    live = Live()
    live.declare(POINTS)
    live.declare(Stream("t.points", (Field("value", "1"),)))
    names = [field.name for field in live["t.points"].stream.fields]
    assert sorted(names) == ["lat", "lon", "state", "value"]
