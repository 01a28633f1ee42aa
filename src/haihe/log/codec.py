"""Batches as bytes: one compressed Arrow stream each, readable by anything that reads Arrow."""

from collections.abc import Collection
from typing import Final

import numpy as np
import pyarrow as pa

from haihe.errors import LogDamaged
from haihe.log.entry import Header
from haihe.model.arrays import FloatArray, TextArray
from haihe.model.record import Batch

SMALL_ROWS: Final = 64  # Measured: below this, compressing costs more time than it saves bytes.
_PLAIN: Final = pa.ipc.IpcWriteOptions()
# Measured: with Arrow's own threads 1,000 rows cost 1.5 times the CPU, and gain no time.
_READ: Final = pa.ipc.IpcReadOptions(use_threads=False)  # Measured: 12 us instead of 42.
_COMPRESSED: Final = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
_FIXED: Final = 3  # slot, observed_at and received_at stand before the fields.


def encode_batch(batch: Batch) -> bytes:
    """The batch as an Arrow stream of one record batch; offsets are the header's to tell."""
    arrays = [pa.array(batch.slots), pa.array(batch.observed_at), pa.array(batch.received_at)]
    arrays += [pa.array(column, type=pa.float64()) for column in batch.numbers.values()]
    arrays += [_text_column(column) for column in batch.texts.values()]
    names = ["slot", "observed_at", "received_at", *batch.numbers, *batch.texts]
    record_batch = pa.RecordBatch.from_arrays(arrays, names)
    sink = pa.BufferOutputStream()
    options = _PLAIN if len(batch) < SMALL_ROWS else _COMPRESSED
    with pa.ipc.new_stream(sink, record_batch.schema, options=options) as writer:
        writer.write_batch(record_batch)
    return bytes(memoryview(sink.getvalue()))


def decode_batch(header: Header, body: bytes, *, fields: Collection[str] | None = None) -> Batch:
    """The batch of an entry.

    fields: only these; None means all. Fields the batch lacks are left out.
    Raises LogDamaged if the bytes are no such stream.
    """
    try:
        with pa.ipc.open_stream(pa.BufferReader(body), options=_only(body, fields)) as reader:
            table = reader.read_next_batch()
    except (pa.ArrowException, StopIteration, OSError) as error:
        raise LogDamaged(
            f"the body of entry {header.seq} is not an Arrow stream ({error}); run 'haihe verify'."
        ) from error
    numbers: dict[str, FloatArray] = {}
    texts: dict[str, TextArray] = {}
    for name, column in zip(table.schema.names, table.columns, strict=True):
        if pa.types.is_float64(column.type):
            numbers[name] = column.to_numpy(zero_copy_only=False)
        elif not pa.types.is_integer(column.type):
            texts[name] = _to_objects(column)
    return Batch(
        stream=header.stream,
        offsets=np.arange(header.first_offset, header.first_offset + header.rows, dtype=np.int64),
        slots=table.column("slot").to_numpy(),
        observed_at=table.column("observed_at").to_numpy(),
        received_at=table.column("received_at").to_numpy(),
        numbers=numbers,
        texts=texts,
    )


def _only(body: bytes, fields: Collection[str] | None) -> pa.ipc.IpcReadOptions:
    """Read options that unpack the asked fields alone."""
    if fields is None:
        return _READ
    names = pa.ipc.read_schema(pa.BufferReader(body)).names
    wanted = [at for at, name in enumerate(names) if at < _FIXED or name in fields]
    return pa.ipc.IpcReadOptions(included_fields=wanted, use_threads=False)


def _text_column(column: TextArray) -> pa.Array:
    """Texts as a dictionary: city texts repeat (states, names, reasons)."""
    return pa.array(column, type=pa.string()).dictionary_encode()


def _to_objects(column: pa.Array) -> TextArray:
    return np.asarray(column.to_pylist(), dtype=object)
