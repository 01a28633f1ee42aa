"""The table of history files that count."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, IntegrityError

import pytest

from haihe.log import manifest
from haihe.log.manifest import FileKind, HistoryFile
from haihe.log.schema import connect


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    with closing(connect(tmp_path / "haihe.db")) as opened:
        yield opened


def a_file(path: str, day: str, *, first: int, last: int) -> HistoryFile:
    kind = FileKind.HOURLY if "hourly" in path else FileKind.RAW
    return HistoryFile(
        path=path,
        stream=path.partition("/")[0],
        kind=kind,
        day=day,
        rows=last - first + 1,
        first_offset=first,
        last_offset=last,
        from_at=first * 10,
        to_at=last * 10,
        sha256="ab" * 32,
        numbers=("pm25", "no2"),
        texts=(),
    )


FILES = (
    a_file("air/a.parquet", "2026-01-01", first=0, last=9),
    a_file("air/a.hourly.parquet", "2026-01-01", first=0, last=9),
    a_file("air/b.parquet", "2026-01-02", first=5, last=14),
    a_file("air/c.parquet", "2026-01-03", first=20, last=29),
    a_file("water/a.parquet", "2026-01-02", first=15, last=19),
)


def test_a_file_comes_back_as_it_was_put(db: Connection) -> None:
    manifest.put_files(db, FILES)
    assert manifest.list_files(db) == sorted(FILES, key=lambda file: file.path)
    assert manifest.streams_with_files(db) == ["air", "water"]


def test_a_file_counts_once(db: Connection) -> None:
    manifest.put_files(db, FILES[:1])
    with pytest.raises(IntegrityError):
        manifest.put_files(db, FILES[:1])


def test_files_are_found_by_day_and_kind(db: Connection) -> None:
    manifest.put_files(db, FILES)
    found = manifest.files_of_days(
        db, "air", kind=FileKind.RAW, from_day="2026-01-01", to_day="2026-01-02"
    )
    assert found == [FILES[0], FILES[2]]
    hours = manifest.files_of_days(
        db, "air", kind=FileKind.HOURLY, from_day="2026-01-01", to_day="2026-01-09"
    )
    assert hours == [FILES[1]]


@pytest.mark.parametrize(
    ("start", "end", "places"),
    [(0, 100, [0, 2, 3]), (10, 20, [2]), (14, 21, [2, 3]), (15, 20, []), (0, 5, [0])],
)
def test_files_are_found_by_offset(db: Connection, start: int, end: int, places: list[int]) -> None:
    manifest.put_files(db, FILES)
    found = manifest.files_of_offsets(db, "air", from_offset=start, to_offset=end)
    assert found == [FILES[place] for place in places]


def test_a_dropped_file_counts_no_more_and_is_dropped_once(db: Connection) -> None:
    manifest.put_files(db, FILES)
    assert manifest.drop_files(db, ["air/a.parquet", "air/none.parquet"]) == 1
    assert manifest.drop_files(db, ["air/a.parquet"]) == 0
    assert "air/a.parquet" not in [file.path for file in manifest.list_files(db)]


def test_each_stream_is_sealed_as_far_as_it_was_said(db: Connection) -> None:
    assert manifest.sealed_until(db, "air") == 0
    manifest.set_sealed_until(db, "air", next_offset=15)
    manifest.set_sealed_until(db, "air", next_offset=30)
    assert manifest.sealed_until(db, "air") == 30
    assert manifest.sealed_until(db, "water") == 0
