"""What comes of Arrow IPC bodies: columns kept as they are, and bad ones refused."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.errors import RecordRefused
from haihe.feed.arrow import decode_arrow
from haihe.feed.decode import decode_json
from haihe.feed.door import TEXT_MAX, Reason
from haihe.model.stream import Field, Stream
from haihe.model.time import MINUTE, SECOND
from tests.feed.bodies import GAS, NOW, body_of, only, records_of

INSTANT = pa.timestamp("ns", tz="UTC")


def ipc(*batches: pa.RecordBatch, is_file: bool = False) -> bytes:
    sink = pa.BufferOutputStream()
    new = pa.ipc.new_file if is_file else pa.ipc.new_stream
    with new(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return bytes(sink.getvalue())


def batch(**columns: Any) -> pa.RecordBatch:
    rows = max(len(column) for column in columns.values())
    given = {"entity": pa.array([f"zone/{row % 2}" for row in range(rows)]), **columns}
    return pa.record_batch(list(given.values()), list(given))


def test_a_body_comes_out_as_it_went_in_whether_stream_or_file() -> None:
    one = batch(
        observed_at=pa.array([NOW, NOW + SECOND, None], INSTANT),
        methane=pa.array([1.0, None, 3.0]),
        state=pa.array(["a", "b", None]),
    )
    expected = [
        {"entity": "zone/0", "observed_at": NOW, "methane": 1.0, "state": "a"},
        {"entity": "zone/1", "observed_at": NOW + SECOND, "state": "b"},
        {"entity": "zone/0", "observed_at": NOW, "methane": 3.0},
    ]
    for is_file in (False, True):
        taken = decode_arrow(ipc(one, is_file=is_file), GAS, now=NOW)
        assert records_of(taken.rows) == expected
        assert taken.refused == ()


def test_a_number_column_without_gaps_is_not_copied() -> None:
    body = ipc(batch(methane=pa.array(np.arange(50.0))))
    rows = decode_arrow(body, GAS, now=NOW).rows
    assert rows is not None
    within = np.frombuffer(body, np.uint8)
    assert np.shares_memory(rows.numbers["methane"], within)


def test_batches_that_share_a_dictionary_become_one() -> None:
    ids = pa.array(["zone/1", "zone/2", "zone/3"])
    parts = [
        batch(entity=pa.DictionaryArray.from_arrays(pa.array(codes), ids), methane=pa.array(values))
        for codes, values in (([0, 2], [1.0, 2.0]), ([2, 0], [3.0, 4.0]))
    ]
    rows = decode_arrow(ipc(*parts), GAS, now=NOW).rows
    assert rows is not None
    assert rows.ids == ("zone/1", "zone/3"), "an id nobody speaks of is not kept"
    assert rows.codes.tolist() == [0, 1, 1, 0]
    assert rows.codes.dtype == np.int32
    assert rows.numbers["methane"].tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint16(), pa.int64()])
def test_dictionary_codes_of_any_width_and_repeated_ids_are_understood(kind: pa.DataType) -> None:
    ids = pa.array(["zone/1", "zone/1", "zone/2"])
    codes = pa.array([2, 1, 0], kind)
    column = pa.DictionaryArray.from_arrays(codes, ids)
    body = ipc(batch(entity=column, methane=pa.array([1.0, 2.0, 3.0])))
    rows = decode_arrow(body, GAS, now=NOW).rows
    assert rows is not None
    assert [rows.ids[code] for code in rows.codes] == ["zone/2", "zone/1", "zone/1"]
    assert len(set(rows.ids)) == len(rows.ids)


@pytest.mark.parametrize(
    "times",
    [
        pa.array([NOW // 10**9], pa.timestamp("s", tz="Asia/Shanghai")),
        pa.array([NOW // 10**6], pa.timestamp("ms", tz="UTC")),
        pa.array([NOW], INSTANT),
        pa.array([NOW // 10**9]),
        pa.array([NOW // 10**3]),
        pa.array(["2026-01-01T08:00:00+08:00"]),
        pa.array(["2026-01-01T00:00:00,0Z"]),
        pa.nulls(1),
    ],
)
def test_times_of_every_kind_mean_the_same_instant(times: pa.Array) -> None:
    rows = decode_arrow(ipc(batch(observed_at=times, methane=pa.array([1.0]))), GAS, now=NOW).rows
    assert rows is not None
    assert rows.observed_at.tolist() == [NOW]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([20], pa.uint8()),
        pa.array([20], pa.int64()),
        pa.array([20.0], pa.float32()),
        pa.array([Decimal("20.0")]),
    ],
)
def test_numbers_of_every_width_are_numbers(values: pa.Array) -> None:
    rows = decode_arrow(ipc(batch(oxygen=values)), GAS, now=NOW).rows
    assert rows is not None
    assert rows.numbers["oxygen"].tolist() == [20.0]


def test_bad_values_are_refused_alone_with_the_same_words_as_in_json() -> None:
    values = [5.0, 120.0, float("inf"), float("nan")]
    oxygen = [20.0, 20.0, 20.0, 20.0]
    body = ipc(batch(methane=pa.array(values, from_pandas=False), oxygen=pa.array(oxygen)))
    taken = decode_arrow(body, GAS, now=NOW)
    assert [record.get("methane") for record in records_of(taken.rows)] == [5.0, None, None, None]
    absurd, infinite = taken.refused
    assert (absurd.reason, infinite.reason) == (Reason.ABSURD, Reason.NOT_FINITE)
    as_json = decode_json(body_of({"entity": "zone/1", "methane": 120.0}), GAS, now=NOW)
    assert absurd.message == only(as_json.refused).message
    assert (absurd.entity, absurd.observed_at, absurd.field) == ("zone/1", NOW, "methane")
    assert msgspec.json.decode(absurd.raw)["methane"] == 120.0


def test_columns_unknown_or_of_the_wrong_type_are_refused_once_each() -> None:
    body = ipc(
        batch(
            methane=pa.array(["1", "2"]),
            oxygen=pa.array([True, False]),
            state=pa.array([1, 2]),
            argon=pa.array([1.0, 2.0]),
        )
    )
    taken = decode_arrow(body, GAS, now=NOW)
    assert taken.rows is None
    wrong, empty = Reason.WRONG_TYPE, Reason.EMPTY
    assert [(refusal.field, refusal.reason) for refusal in taken.refused] == [
        ("argon", Reason.UNKNOWN_FIELD), ("methane", wrong), ("oxygen", wrong), ("state", wrong),
        ("", empty), ("", empty),
    ]  # fmt: skip
    message = {refusal.field: refusal.message for refusal in taken.refused}["methane"]
    assert message == "column methane is string; expected a number in %LEL."


def test_rows_that_cannot_be_placed_are_refused_whole() -> None:
    late = NOW + 6 * MINUTE
    body = ipc(
        batch(
            entity=pa.array(["zone/1", None, "zone 3", "zone/4", "zone/5", "zone/6"]),
            observed_at=pa.array([NOW, NOW, NOW, late, -5, NOW], INSTANT),
            methane=pa.array([1.0, 1.0, 1.0, 1.0, 1.0, None]),
        )
    )
    taken = decode_arrow(body, GAS, now=NOW)
    assert [record["entity"] for record in records_of(taken.rows)] == ["zone/1"]
    assert [refusal.reason for refusal in taken.refused] == [
        Reason.MISSING_ENTITY, Reason.BAD_ENTITY, Reason.FUTURE, Reason.BAD_TIME, Reason.EMPTY,
    ]  # fmt: skip


def test_a_text_that_is_a_document_is_refused() -> None:
    texts = pa.array(["x" * TEXT_MAX, "é" * (TEXT_MAX + 1)])
    taken = decode_arrow(ipc(batch(state=texts)), GAS, now=NOW)
    assert len(records_of(taken.rows)) == 1
    assert only(taken.refused).reason is Reason.TOO_LONG


def test_instants_that_ns_cannot_hold_are_refused_and_do_not_wrap() -> None:
    year_3000 = int(datetime(3000, 1, 1, tzinfo=UTC).timestamp())
    times = pa.array([year_3000, NOW // SECOND], pa.timestamp("s", tz="UTC"))
    taken = decode_arrow(ipc(batch(observed_at=times, methane=pa.array([1.0, 1.0]))), GAS, now=NOW)
    assert [record["observed_at"] for record in records_of(taken.rows)] == [NOW]
    assert only(taken.refused).reason is Reason.BAD_TIME


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"entity": pa.array([1]), "methane": pa.array([1.0])}, "column entity is int64"),
        (
            {"observed_at": pa.array([NOW], pa.timestamp("ns")), "methane": pa.array([1.0])},
            "without a zone",
        ),
        ({"observed_at": pa.array([1.5]), "methane": pa.array([1.0])}, "column observed_at is"),
    ],
)
def test_a_body_no_row_of_which_can_be_placed_is_refused(
    columns: dict[str, Any], told: str
) -> None:
    with pytest.raises(RecordRefused, match=told):
        decode_arrow(ipc(batch(**columns)), GAS, now=NOW)


def test_a_column_named_twice_is_refused() -> None:
    twice = pa.record_batch([pa.array(["a/1"]), pa.array([1.0]), pa.array([2.0])],
                            ["entity", "methane", "methane"])  # fmt: skip
    with pytest.raises(RecordRefused, match="a column twice"):
        decode_arrow(ipc(twice), GAS, now=NOW)


def test_the_place_it_came_from_can_name_the_entity() -> None:
    body = ipc(pa.record_batch([pa.array([1.0, 2.0])], ["methane"]))
    assert only(decode_arrow(body, GAS, now=NOW).refused[:1]).reason is Reason.MISSING_ENTITY
    rows = decode_arrow(body, GAS, now=NOW, entity="zone/7").rows
    assert rows is not None
    assert rows.ids == ("zone/7",)


def test_a_body_without_rows_is_nothing_and_an_empty_one_an_error() -> None:
    nothing = batch(methane=pa.array([1.0])).slice(0, 0)
    assert decode_arrow(ipc(nothing), GAS, now=NOW).rows is None
    with pytest.raises(RecordRefused, match="empty; expected an Arrow IPC"):
        decode_arrow(b"", GAS, now=NOW)


def test_a_stream_of_text_alone_keeps_its_rows() -> None:
    stream = Stream("lab.note", fields=(Field("a", unit="m"), Field("b", unit="m")))
    body = ipc(batch(a=pa.array([1.0, None, None]), b=pa.array([None, 2.0, None], pa.float64())))
    taken = decode_arrow(body, stream, now=NOW)
    assert len(records_of(taken.rows)) == 2
    assert only(taken.refused).reason is Reason.EMPTY


WHOLE = ipc(
    batch(
        entity=pa.array(["zone/1", "zone/2"]).dictionary_encode(),
        observed_at=pa.array([NOW, NOW], INSTANT),
        methane=pa.array([1.0, None]),
        state=pa.array(["a", "b"]),
    )
)


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_body_is_refused_or_taken_and_nothing_else(place: int, damage: bytes) -> None:
    broken = WHOLE[:place] + damage + WHOLE[place + len(damage) :]
    try:
        taken = decode_arrow(broken, GAS, now=NOW)
    except RecordRefused:
        return
    assert taken.rows is None or len(taken.rows) <= 2


@given(st.integers(0, len(WHOLE)), st.binary(max_size=100))
def test_a_body_cut_short_or_random_is_refused_or_taken(length: int, noise: bytes) -> None:
    for body in (WHOLE[:length], noise, b"ARROW1\0\0" + noise):
        with suppress(RecordRefused):
            decode_arrow(body, GAS, now=NOW)
