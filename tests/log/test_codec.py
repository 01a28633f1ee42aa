import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.errors import LogDamaged
from haihe.log import BATCH, Header, decode_batch, encode_batch
from haihe.log.codec import SMALL_ROWS
from haihe.log.entry import body_sha256
from haihe.model import Batch

VALUES = st.lists(
    st.tuples(
        st.integers(0, 2**31 - 1),
        st.integers(0, 2**62),
        st.floats(allow_nan=True, allow_infinity=True),
        st.one_of(st.none(), st.text(max_size=5)),
    ),
    min_size=1,
    max_size=2 * SMALL_ROWS,
)
Row = tuple[int, int, float, str | None]


def batch_of(rows: list[Row], *, first_offset: int = 0) -> Batch:
    slots, times, numbers, texts = zip(*rows, strict=True)
    return Batch(
        stream="t.air",
        offsets=np.arange(first_offset, first_offset + len(rows), dtype=np.int64),
        slots=np.array(slots, dtype=np.int32),
        observed_at=np.array(times, dtype=np.int64),
        received_at=np.array(times, dtype=np.int64),
        numbers={"value": np.array(numbers, dtype=np.float64)},
        texts={"note": np.array(texts, dtype=object)},
    )


def header_of(batch: Batch, body: bytes) -> Header:
    return Header(
        seq=0,
        first_offset=int(batch.offsets[0]),
        rows=len(batch),
        kind=BATCH,
        stream=batch.stream,
        received_at=int(batch.received_at[-1]),
        body_sha256=body_sha256(body),
    )


@given(VALUES, st.integers(0, 2**40))
def test_a_batch_comes_back_bit_for_bit(rows: list[Row], first_offset: int) -> None:
    batch = batch_of(rows, first_offset=first_offset)
    body = encode_batch(batch)
    again = decode_batch(header_of(batch, body), body)
    assert again.stream == batch.stream
    for name in ("offsets", "slots", "observed_at", "received_at"):
        column = getattr(again, name)
        assert column.dtype == getattr(batch, name).dtype
        assert column.tolist() == getattr(batch, name).tolist()
    assert again.numbers["value"].tobytes() == batch.numbers["value"].tobytes()
    assert again.texts["note"].tolist() == batch.texts["note"].tolist()


@given(VALUES)
def test_equal_batches_give_equal_bytes(rows: list[Row]) -> None:
    assert encode_batch(batch_of(rows)) == encode_batch(batch_of(list(rows)))


def test_anything_that_reads_arrow_reads_a_body() -> None:
    body = encode_batch(batch_of([(3, 5, 1.5, "ok"), (4, 6, 2.5, None)]))
    table = pa.ipc.open_stream(io.BytesIO(body)).read_all()
    assert table.column_names == ["slot", "observed_at", "received_at", "value", "note"]
    assert table.column("value").to_pylist() == [1.5, 2.5]
    assert table.column("note").to_pylist() == ["ok", None]


def test_only_the_asked_fields_are_unpacked() -> None:
    batch = batch_of([(3, 5, 1.5, "ok")] * (SMALL_ROWS + 1))
    body = encode_batch(batch)
    again = decode_batch(header_of(batch, body), body, fields=["note", "absent"])
    assert (list(again.numbers), list(again.texts)) == ([], ["note"])
    assert again.slots.tolist() == batch.slots.tolist()


@pytest.mark.parametrize("body", [b"", b"not Arrow at all", b"\xff\xff\xff\xff\x10\0\0\0"])
def test_bytes_that_are_no_batch_are_damage(body: bytes) -> None:
    batch = batch_of([(3, 5, 1.5, "ok")])
    with pytest.raises(LogDamaged, match="entry 0"):
        decode_batch(header_of(batch, body), body)


@pytest.mark.parametrize("length", [8, 100, -9, -1])
def test_a_body_cut_off_is_damage_or_whole(length: int) -> None:
    batch = batch_of([(3, 5, 1.5, "ok")] * 100)
    body = encode_batch(batch)
    cut = body[:length]
    try:
        again = decode_batch(header_of(batch, cut), cut)
    except LogDamaged:
        return
    assert again.numbers["value"].tolist() == batch.numbers["value"].tolist()
