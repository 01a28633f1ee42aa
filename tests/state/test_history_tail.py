"""The decoded tail: what is kept between queries never shows in an answer."""

from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

import pyarrow as pa
import pytest

from haihe.log import manifest
from haihe.log.entry import Entry
from haihe.log.schema import connect
from haihe.model.time import MINUTE
from haihe.state import tail
from haihe.state.columns import entries_table
from haihe.state.history_query import ALL_TIME, Span, Wanted
from haihe.state.tail import Tail
from tests.state.past import START_AT, a_past

ALL = Wanted(ALL_TIME, None, None)


def offsets_of(kept: Tail, db: Connection, *, wanted: Wanted = ALL) -> list[int]:
    """The offsets of the unsealed records in the connection's view."""
    from_offset = manifest.sealed_until(db, "city.air")
    tables = kept.tables(db, "city.air", from_offset=from_offset, wanted=wanted)
    return [offset for table in tables for offset in table.column("offset").to_pylist()]


def minutes(first: int, last: int) -> Wanted:
    """What was observed from one minute up to, not including, another."""
    return Wanted(Span(START_AT + first * MINUTE, START_AT + last * MINUTE), None, None)


@pytest.mark.parametrize("bytes_kept_max", [0, 200, 1 << 20])
def test_an_older_view_sees_what_it_saw_whatever_a_newer_one_left(
    bytes_kept_max: int, tmp_path: Path
) -> None:
    kept = Tail(bytes_kept_max)
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


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries were decoded, each time."""
    found: list[int] = []

    def count(entries: list[Entry]) -> pa.Table:
        found.append(len(entries))
        return entries_table(entries)

    monkeypatch.setattr(tail, "entries_table", count)
    return found


def test_what_is_kept_is_decoded_once(tmp_path: Path, decoded: list[int]) -> None:
    kept = Tail()
    with a_past(tmp_path) as past:
        for minute in range(5):
            past.append("city.air", [(0, minute, 1.0, None)])
        assert offsets_of(kept, past.log.reader()) == [0, 1, 2, 3, 4]
        past.append("city.air", [(0, 5, 1.0, None)])
        assert offsets_of(kept, past.log.reader()) == [0, 1, 2, 3, 4, 5]
        assert decoded == [5, 1]


def test_no_more_is_kept_than_may_be_and_the_newest_of_it(
    tmp_path: Path, decoded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tail that was kept from its begin on made a server grow, and new records were read anew."""
    monkeypatch.setattr(tail, "PAGE_ENTRIES", 2)
    monkeypatch.setattr(tail, "SEAM_ROWS", 2)
    kept = Tail(200)
    with a_past(tmp_path) as past:
        db = past.log.reader()
        for minute in range(20):
            past.append("city.air", [(0, minute, 1.0, None)])
        assert offsets_of(kept, db) == list(range(20))
        assert 0 < kept.bytes_kept <= 200
        decoded.clear()
        assert offsets_of(kept, db, wanted=minutes(18, 20)) == [18, 19]
        assert decoded == []
        assert offsets_of(kept, db, wanted=minutes(3, 5)) == [3, 4]
        assert decoded == [2, 2], "only pages that hold a wanted instant"
        assert offsets_of(kept, db) == list(range(20))
        assert kept.bytes_kept <= 200


@pytest.mark.parametrize("bytes_kept_max", [0, 150, 400, 1 << 20])
def test_what_is_kept_never_shows_in_an_answer(bytes_kept_max: int, tmp_path: Path) -> None:
    """Records that come late or are of the future too, and a seal in the middle of a page."""
    told = [5, 0, 90, 7, 8, 2, 9, 10, 3, 11, 12, 60, 13]
    kept = Tail(bytes_kept_max)
    with a_past(tmp_path) as past:
        db = past.log.reader()
        sealed = 0
        for number, minute in enumerate(told):
            past.append("city.air", [(number % 4, minute, 1.0, None)])
            for first, last in ((0, 6), (7, 12), (50, 100), (0, 100)):
                offsets = [at for at in range(sealed, number + 1) if first <= told[at] < last]
                found = offsets_of(kept, db, wanted=minutes(first, last))
                assert len(found) == len(offsets)
            if number == 6:
                past.seal("city.air", before_offset=4)
                sealed = 4
