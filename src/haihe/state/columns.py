"""Records of one stream as an Arrow table: the form they have on their way into history.

Columns: offset int64, slot int32, observed_at and received_at int64 ns, then the fields: float64
for numbers, a dictionary of strings for texts. A missing value is null, a number's too.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from haihe.errors import LogDamaged
from haihe.log.entry import Entry

OFFSET, SLOT, OBSERVED_AT, RECEIVED_AT = "offset", "slot", "observed_at", "received_at"
ENTITY: Final = "entity"
OWN: Final = (OFFSET, SLOT, OBSERVED_AT, RECEIVED_AT)  # What every record has beside its fields.
TEXT_TYPE: Final = pa.dictionary(pa.int32(), pa.string())
_READ: Final = pa.ipc.IpcReadOptions(use_threads=False)  # Measured: threads cost 4 times the work.


def entries_table(entries: Sequence[Entry]) -> pa.Table:
    """The records of some batches of one stream, with their offsets.

    entries: at least one, in order; each with its body.
    Raises LogDamaged if a body is missing or is no Arrow stream.
    """
    tables = [pa.Table.from_batches([_record_batch(entry)]) for entry in entries]
    table = pa.concat_tables(tables, promote_options="default").unify_dictionaries()
    rows = np.array([entry.header.rows for entry in entries])
    first_offsets = np.array([entry.header.first_offset for entry in entries], dtype=np.int64)
    before = np.cumsum(rows) - rows
    offsets = np.repeat(first_offsets - before, rows) + np.arange(len(table), dtype=np.int64)
    table = table.add_column(0, OFFSET, pa.array(offsets)).combine_chunks()
    return without_nan(table)


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of one stream as one without seams; a field that one lacks is missing there.

    tables: at least one.
    """
    if len(tables) == 1:
        return tables[0]
    table = pa.concat_tables(tables, promote_options="default")
    return table.unify_dictionaries().combine_chunks()


def without_nan(table: pa.Table) -> pa.Table:
    """The table with null where a number was NaN: what aggregates must pass over."""
    for place, field in enumerate(table.schema):
        if pa.types.is_float64(field.type):
            column = table.column(place)
            missing = pc.is_nan(column)
            if pc.any(missing).as_py():
                nothing = pa.scalar(None, type=pa.float64())
                table = table.set_column(place, field, pc.if_else(missing, nothing, column))
    return table


def number_names(schema: pa.Schema) -> tuple[str, ...]:
    """The number fields of a table, in order."""
    return tuple(field.name for field in schema if pa.types.is_float64(field.type))


def text_names(schema: pa.Schema) -> tuple[str, ...]:
    """The text fields of a table, in order."""
    own = (*OWN, ENTITY)
    numbers = number_names(schema)
    return tuple(name for name in schema.names if name not in own and name not in numbers)


def check_names(stream: str, names: Sequence[str]) -> None:
    """Refuse fields that a table of history could not tell apart; DuckDB ignores case.

    Raises ValueError naming them.
    """
    seen = {name: name for name in (*OWN, ENTITY)}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name or name in (*OWN, ENTITY):
            raise ValueError(
                f"stream '{stream}' has the field '{name}', which history cannot tell from "
                f"'{other}'; name one of them otherwise."
            )


def _record_batch(entry: Entry) -> pa.RecordBatch:
    header = entry.header
    if entry.body is None:
        raise LogDamaged(
            f"entry {header.seq} of '{header.stream}' has neither a body nor a history file; "
            "restore a backup. 'haihe verify' lists what else is missing."
        )
    try:
        with pa.ipc.open_stream(pa.BufferReader(entry.body), options=_READ) as reader:
            found = reader.read_next_batch()
    except (pa.ArrowException, StopIteration, OSError) as error:
        raise LogDamaged(
            f"the body of entry {header.seq} is not an Arrow stream ({error}); run 'haihe verify'."
        ) from error
    if found.num_rows != header.rows:
        raise LogDamaged(
            f"entry {header.seq} has {found.num_rows} records, its header says {header.rows}; "
            "run 'haihe verify'."
        )
    return found
