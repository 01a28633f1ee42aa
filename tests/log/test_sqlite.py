import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haihe.errors import LogDamaged, LogUnavailable
from haihe.log import LINES, Entry, SqliteLog, decode_batch, sqlite
from haihe.log.directory import Directory
from haihe.log.entry import chain_hash, encode_header
from haihe.log.merkle import Frontier, leaf_hash
from haihe.log.store import position, set_position
from haihe.model import Rows
from haihe.model.line import Clock, decode_lines
from tests.log.rows import AIR, appended, rows

NAMES = st.lists(st.sampled_from(["zone/1", "zone/2", "zone/3", "泵/4"]), min_size=1, max_size=4)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    opened = SqliteLog(tmp_path / "data")
    yield opened
    opened.close()


def entries(log: SqliteLog, from_offset: int = 0) -> list[Entry]:
    return list(log.read(from_offset))


def state(log: SqliteLog) -> tuple[object, ...]:
    """All that an append moves on."""
    stored = [(e.header, e.body) for e in log.read()]
    ids = tuple(log.directory.ids(AIR))
    return log.next_offset, log.received_at, log.size, log.chain, log.frontier.root, ids, stored


def test_a_new_log_is_empty(log: SqliteLog) -> None:
    assert (log.next_offset, log.size, log.chain) == (0, 0, bytes(32))
    assert entries(log) == []


def test_what_was_appended_is_there_after_opening_again(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    appended(log, rows(["zone/1", "zone/2"]), rows(["泵/4"], stream="t.pump"), at=7)
    with log.transaction() as transaction:
        transaction.append_lines([Clock(at=9)], author="fact")
    before = state(log)
    log.close()
    again = SqliteLog(tmp_path)
    assert state(again) == before
    assert again.directory.slot("t.pump", "泵/4") == 0
    first, second, third = entries(again)
    assert first.body is not None
    batch = decode_batch(first.header, first.body)
    assert batch.numbers["value"].tolist() == [0.0, 1.0]
    assert batch.texts["note"].tolist() == [None, "ok"]
    assert batch.received_at.tolist() == [7, 7]
    assert (second.header.stream, second.header.first_offset) == ("t.pump", 2)
    assert (third.header.kind, decode_lines(third.body or b"")) == (LINES, [Clock(at=9)])
    again.close()


@settings(max_examples=25)
@given(
    rounds=st.lists(st.tuples(NAMES, st.integers(0, 50), st.booleans(), st.booleans()), max_size=9)
)
def test_offsets_are_dense_and_the_logs_time_never_falls(
    tmp_path_factory: pytest.TempPathFactory,
    rounds: list[tuple[list[str], int, bool, bool]],
) -> None:
    with closing(SqliteLog(tmp_path_factory.mktemp("log"))) as log:
        for names, at, is_recording, fails in rounds:
            own = [at + 3 * (-1) ** place for place in range(len(names))] if is_recording else []
            with suppress(KeyError):
                append_or_fail(log, rows(names, own_clock=own), at=at, fails=fails)
        check_whole(log)


def append_or_fail(log: SqliteLog, some: Rows, *, at: int, fails: bool) -> None:
    with log.transaction() as transaction:
        transaction.append_rows(some, received_at=at)
        transaction.append_lines([Clock(at=at)], author="fact")
        if fails:
            raise KeyError("a sender's mistake")


def check_whole(log: SqliteLog) -> None:
    received = [0]
    end, chain, frontier = 0, bytes(32), Frontier()
    directory = Directory()
    for seq, entry in enumerate(log.read()):
        header = entry.header
        assert (header.seq, header.first_offset) == (seq, end)
        end = entry.end_offset
        directory.apply(header)
        if header.kind != LINES and entry.body is not None:
            batch = decode_batch(header, entry.body)
            received += batch.received_at.tolist()
            assert batch.offsets.tolist() == list(range(header.first_offset, end))
        received.append(header.received_at)
        leaf = leaf_hash(encode_header(header))
        chain, (frontier, _) = chain_hash(chain, leaf), frontier.append(leaf)
    assert received == sorted(received)
    assert (end, chain, frontier.root) == (log.next_offset, log.chain, log.frontier.root)
    assert list(directory.ids(AIR)) == list(log.directory.ids(AIR))


def fail_after_appending(log: SqliteLog) -> None:
    with log.transaction() as transaction:
        transaction.append_rows(rows(["zone/2", "zone/1"]), received_at=9)
        transaction.append_rows(rows(["zone/3"], stream="t.other"), received_at=9)
        set_position(transaction.db, "tick", next_offset=3)
        raise RuntimeError


def test_a_failed_transaction_leaves_everything_as_it_was(log: SqliteLog) -> None:
    appended(log, rows(["zone/1"]), at=5)
    before = state(log)
    with pytest.raises(RuntimeError):
        fail_after_appending(log)
    assert state(log) == before
    assert position(log.reader(), "tick") == 0
    assert log.directory.slot(AIR, "zone/2") == -1
    assert log.directory.slot("t.other", "zone/3") == -1
    assert appended(log, rows(["zone/3"]), at=9)[0].slots.tolist() == [1]


def test_a_failure_in_the_middle_of_the_writing_is_told_and_leaves_nothing(
    log: SqliteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    appended(log, rows(["zone/1"]), at=5)
    before = state(log)
    for failing in ("INSERT INTO body", "INSERT INTO entry", "COMMIT", "BEGIN"):
        real = log._db
        monkeypatch.setattr(log, "_db", Failing(real, failing))
        with pytest.raises(LogUnavailable, match="disk I/O error") as caught:
            appended(log, rows(["zone/2"]), at=9)
        assert "Make room" in str(caught.value)
        monkeypatch.setattr(log, "_db", real)
        assert state(log) == before, failing
    appended(log, rows(["zone/2"]), at=9)
    assert log.directory.slot(AIR, "zone/2") == 1


class Failing:
    """A connection whose disk fails at one kind of statement."""

    def __init__(self, db: sqlite3.Connection, failing: str) -> None:
        self.db = db
        self.failing = failing

    def execute(self, sql: str, values: Sequence[int | bytes | str] = ()) -> sqlite3.Cursor:
        if sql.startswith(self.failing):
            raise sqlite3.OperationalError("disk I/O error")
        return self.db.execute(sql, values)

    def __getattr__(self, name: str) -> object:
        return getattr(self.db, name)


def test_a_full_disk_is_told_and_the_log_goes_on_when_there_is_room(log: SqliteLog) -> None:
    appended(log, rows(["zone/1"]), at=5)
    before = state(log)
    fill(log)
    with pytest.raises(LogUnavailable, match="full"):
        appended(log, rows([f"zone/{n}" for n in range(9)] * 3_000), at=9)
    assert state(log) == before
    make_room(log)
    assert int(appended(log, rows(["zone/2"]), at=9)[0].offsets[0]) == 1


def fill(log: SqliteLog) -> None:
    """Let the file grow no more."""
    pages = log._db.execute("PRAGMA page_count").fetchone()[0]
    log._db.execute(f"PRAGMA max_page_count = {pages + 2}")


def make_room(log: SqliteLog) -> None:
    log._db.execute("PRAGMA max_page_count = 1000000")


def test_reading_from_any_offset_begins_with_the_entry_that_holds_it(log: SqliteLog) -> None:
    for count in (3, 1, 2):
        appended(log, rows([f"zone/{n}" for n in range(count)]))
    firsts = [entries(log, offset)[0].header.first_offset for offset in range(6)]
    assert firsts == [0, 0, 0, 3, 4, 4]
    assert entries(log, 6) == []


def test_reading_some_streams_passes_over_the_others(log: SqliteLog) -> None:
    appended(log, rows(["zone/1"]), rows(["zone/1"], stream="t.other"), rows(["zone/2"]))
    found = list(log.read(streams=["t.other"]))
    assert [entry.header.first_offset for entry in found] == [1]
    assert list(log.read(streams=[])) == []


def test_a_reader_sees_only_what_was_committed(log: SqliteLog) -> None:
    appended(log, rows(["zone/1"]))
    with log.transaction() as transaction:
        transaction.append_rows(rows(["zone/2"]), received_at=1)
        assert len(entries(log)) == 1
    assert len(entries(log)) == 2


def test_the_offset_since_an_instant_is_that_of_the_first_entry_not_over_by_then(
    log: SqliteLog,
) -> None:
    for at in (10, 20, 20, 30):
        appended(log, rows(["zone/1", "zone/2"]), at=at)
    assert [log.offset_since(at) for at in (0, 10, 11, 20, 21, 30, 31)] == [0, 0, 2, 2, 6, 6, 8]


OPEN = """
import sys
from pathlib import Path
from haihe.errors import LogUnavailable
from haihe.log import SqliteLog
try:
    SqliteLog(Path(sys.argv[1]))
except LogUnavailable as error:
    print(error)
"""


def test_a_second_process_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    command = [sys.executable, "-c", OPEN, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "another Haihe has" in said.stdout
    with pytest.raises(LogUnavailable, match="another Haihe"):
        SqliteLog(tmp_path)
    log.close()
    SqliteLog(tmp_path).close()


def test_a_log_can_be_looked_at_while_another_object_writes(log: SqliteLog) -> None:
    appended(log, rows(["zone/1"]))
    looking = SqliteLog(log.path.parent, read_only=True)
    appended(log, rows(["zone/2"]))
    assert looking.next_offset == 1
    with pytest.raises(LogUnavailable):
        appended(looking, rows(["zone/3"]))
    looking.close()


@pytest.mark.parametrize(
    "harm", [lambda body: body[:-1], lambda body: b"x" + body[1:], lambda _: b""]
)
def test_a_changed_body_is_named_with_its_entry(
    log: SqliteLog, harm: Callable[[bytes], bytes]
) -> None:
    appended(log, rows(["zone/1"]), rows(["zone/2", "zone/3"]), rows(["zone/1"]))
    (body,) = log._db.execute("SELECT bytes FROM body WHERE seq = 1").fetchone()
    log._db.execute("UPDATE body SET bytes = ? WHERE seq = 1", (harm(body),))
    with pytest.raises(LogDamaged, match=r"entry 1 \(records 1 to 2\)"):
        entries(log)
    assert len(entries(log, 3)) == 1


@pytest.mark.parametrize("column", ["head", "body"])
def test_a_log_whose_last_entry_was_torn_is_not_opened(tmp_path: Path, column: str) -> None:
    log = SqliteLog(tmp_path)
    appended(log, rows(["zone/1"]))
    table = "entry" if column == "head" else "body"
    name = "head" if column == "head" else "bytes"
    log._db.execute(f"UPDATE {table} SET {name} = substr({name}, 1, 20)")
    log.close()
    with pytest.raises(LogDamaged, match=r"entry 0|haihe\.db cannot be read"):
        SqliteLog(tmp_path)


def read_all(folder: Path) -> None:
    log = SqliteLog(folder)
    try:
        list(log.read())
    finally:
        log.close()


def test_a_file_with_overwritten_pages_is_damage_not_a_riddle(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    for number in range(40):
        appended(log, rows([f"zone/{number}"] * 300), at=number)
    log.close()
    with (tmp_path / "haihe.db").open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(size // 4)
        file.write(os.urandom(size // 2))
    with pytest.raises((LogDamaged, LogUnavailable)) as caught:
        read_all(tmp_path)
    assert "haihe.db" in str(caught.value) or "entry" in str(caught.value)


def test_a_file_that_is_no_log_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "haihe.db").write_bytes(b"not a database, but a letter to my aunt" * 100)
    with pytest.raises(LogUnavailable, match=r"haihe\.db"):
        SqliteLog(tmp_path)
    (tmp_path / "haihe.db").unlink()
    SqliteLog(tmp_path).close()


def test_a_log_of_another_format_is_refused(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    log._db.execute("PRAGMA user_version = 99")
    log.close()
    with pytest.raises(LogUnavailable, match="format 99"):
        SqliteLog(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LogUnavailable, match="cannot write"):
        SqliteLog(tmp_path)
    tmp_path.chmod(0o700)


def test_a_place_where_no_folder_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogUnavailable, match="cannot write"):
        SqliteLog(tmp_path / "file" / "data")


def test_a_read_only_file_is_refused_for_writing_and_loses_nothing(log: SqliteLog) -> None:
    appended(log, rows(["zone/1"]))
    before = state(log)
    log._db.execute("PRAGMA query_only = ON")
    with pytest.raises(LogUnavailable, match="readonly"):
        appended(log, rows(["zone/2"]))
    log._db.execute("PRAGMA query_only = OFF")
    assert state(log) == before


def test_pages_move_to_the_main_file_beside_the_writer(log: SqliteLog) -> None:
    appended(log, rows(["zone/1"] * 2_000))
    log.checkpoint_wal()
    appended(log, rows(["zone/2"]))
    assert np.array_equal([entry.header.rows for entry in log.read()], [2_000, 1])


def test_a_wal_that_no_fold_could_end_is_emptied_as_soon_as_nobody_reads_it(
    log: SqliteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a writer goes on writing a fold never ends, and the WAL grew without a bound."""
    monkeypatch.setattr(sqlite, "WAL_MAX", 0)
    monkeypatch.setattr(sqlite, "FOLD_WAIT_S", 0.01)
    wal = log.path.with_name(f"{log.path.name}-wal")
    appended(log, rows(["zone/1"] * 2_000))
    with closing(sqlite3.connect(log.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entry").fetchone()
        appended(log, rows(["zone/2"]))
        log.checkpoint_wal()
        assert wal.stat().st_size > 0, "somebody reads it"
        reader.execute("COMMIT")
    log.checkpoint_wal()
    assert wal.stat().st_size == 0
    appended(log, rows(["zone/3"]))
    assert np.array_equal([entry.header.rows for entry in log.read()], [2_000, 1, 1])
