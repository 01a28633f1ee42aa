"""The decoded tail: what is kept between queries never shows in an answer."""

from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

import pyarrow as pa
import pytest

from haihe.log import manifest
from haihe.log.entry import Entry
from haihe.log.schema import connect
from haihe.state import tail
from haihe.state.columns import entries_table
from haihe.state.tail import Tail
from tests.state.past import a_past


def offsets_of(kept: Tail, db: Connection) -> list[int]:
    """The offsets of the unsealed records in the connection's view."""
    from_offset = manifest.sealed_until(db, "city.air")
    tables = kept.tables(db, "city.air", from_offset=from_offset, choose=whole)
    return [offset for table in tables for offset in table.column("offset").to_pylist()]


def whole(table: pa.Table) -> pa.Table:
    return table


@pytest.mark.parametrize("rows_kept_max", [0, 3, 1000])
def test_an_older_view_sees_what_it_saw_whatever_a_newer_one_left(
    rows_kept_max: int, tmp_path: Path
) -> None:
    kept = Tail(rows_kept_max)
    with (
        a_past(tmp_path) as past,
        closing(connect(past.log.path, read_only=True)) as older,
        closing(connect(past.log.path, read_only=True)) as newer,
    ):
        for minute in range(6):
            past.append("city.air", [(0, minute, 1.0, None)])
        older.execute("BEGIN")
        assert offsets_of(kept, older) == [0, 1, 2, 3, 4, 5]
        past.append("city.air", [(0, 9, 1.0, None)])
        assert offsets_of(kept, newer) == [0, 1, 2, 3, 4, 5, 6]
        assert offsets_of(kept, older) == [0, 1, 2, 3, 4, 5]
        past.seal("city.air", before_offset=4)
        assert offsets_of(kept, newer) == [4, 5, 6]
        assert offsets_of(kept, older) == [0, 1, 2, 3, 4, 5]
        past.seal("city.air")
        assert offsets_of(kept, newer) == []
        assert offsets_of(kept, older) == [0, 1, 2, 3, 4, 5]
        past.append("city.air", [(0, 10, 1.0, None)])
        last = past.rows["city.air"][-1].offset
        assert offsets_of(kept, newer) == [last]
        older.execute("COMMIT")
        assert offsets_of(kept, older) == [last]


def test_what_is_kept_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []

    def count(entries: list[Entry]) -> pa.Table:
        decoded.append(len(entries))
        return entries_table(entries)

    monkeypatch.setattr(tail, "entries_table", count)
    kept = Tail()
    with a_past(tmp_path) as past:
        for minute in range(5):
            past.append("city.air", [(0, minute, 1.0, None)])
        assert offsets_of(kept, past.log.reader()) == [0, 1, 2, 3, 4]
        past.append("city.air", [(0, 5, 1.0, None)])
        assert offsets_of(kept, past.log.reader()) == [0, 1, 2, 3, 4, 5]
        assert decoded == [5, 1]
