"""A zone, whole: sealing, recovery from history files, expiry, and a clean stop."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from haihe.log import store
from haihe.log.blobs import Blobs
from haihe.log.sqlite import SqliteLog
from haihe.model import DAY, MINUTE, Rows
from haihe.model.line import Action, Attached, Verb, encode_lines
from haihe.run import snapshot_file
from haihe.run.appending import Arrival
from haihe.run.audit import verify
from haihe.run.backtest import Trial, run_trial
from haihe.run.clock import DataClock
from haihe.run.config import Config, HistorySetting
from haihe.run.records import items_between
from haihe.run.thread import verify_attached
from haihe.run.zone import Zone
from haihe.state.history_check import verify_files
from tests.run.world import air, lines
from tests.run.zone import PACK_A, PACKS, T0

AT_ONCE = Config(history=HistorySetting(seal_after_h=0, keep_days=1))


@contextmanager
def zone_on(folder: Path) -> Iterator[Zone]:
    """A running zone on a recording's clock that seals at once."""
    after = 0
    if (folder / "haihe.db").exists():
        log = SqliteLog(folder, read_only=True)
        after = log.received_at
        log.close()
    zone = Zone(folder, PACKS, config=AT_ONCE, clock=DataClock(max(after, T0)))
    zone.start(())
    try:
        yield zone
    finally:
        zone.stop()


def send(zone: Zone, rows: Rows) -> None:
    zone.node.submit(Arrival(rows)).result()


def leak_and_calm(zone: Zone, *, minute: int = 0) -> None:
    """A leak at a minute after ``T0``, then good air."""
    minutes = [minute + step for step in range(8)]
    for at, methane in zip(minutes, [1, 30, 30, 1, 1, 1, 1, 1], strict=True):
        send(zone, air("zone/1", [at], [methane]))


def test_sealed_records_leave_the_log_file_and_stay_in_every_answer(tmp_path: Path) -> None:
    with zone_on(tmp_path) as zone:
        leak_and_calm(zone)
        before = [row["methane"] for row in zone.history.rows("a.air").to_pylist()]
        zone.node.save_snapshot()
        zone.node.clock.reach(T0 + 60 * MINUTE)  # type: ignore[attr-defined]  # A DataClock.
        send(zone, air("zone/1", [60], [2.0]))
        assert zone.seal() == 8
        after = [row["methane"] for row in zone.history.rows("a.air").to_pylist()]
        assert after == [*before, 2.0]
        assert verify(zone.node.log).faults == ()
        assert verify_files(zone.node.log, zone.history.folder) == []


def test_nothing_is_sealed_that_the_newest_snapshot_has_not_seen(tmp_path: Path) -> None:
    with zone_on(tmp_path) as zone:
        leak_and_calm(zone)
        assert zone.seal() == 0


def test_without_a_snapshot_the_state_is_rebuilt_from_history_files(tmp_path: Path) -> None:
    with zone_on(tmp_path) as zone:
        leak_and_calm(zone)
        zone.node.save_snapshot()
        zone.node.clock.reach(T0 + 60 * MINUTE)  # type: ignore[attr-defined]  # A DataClock.
        send(zone, air("zone/1", [60], [2.0]))
        assert zone.seal() == 8
        steps = encode_lines(lines(zone.node))
        open_cases = dict(zone.node.engine.track.casework.desk.cases)
    (tmp_path / snapshot_file.FILE_NAME).unlink()
    with zone_on(tmp_path) as zone:
        assert zone.node.engine.track.casework.desk.cases == open_cases
        assert encode_lines(lines(zone.node)) == steps


def test_a_backtest_reads_sealed_records_as_it_reads_others(tmp_path: Path) -> None:
    with zone_on(tmp_path) as zone:
        leak_and_calm(zone)
        zone.node.save_snapshot()
        zone.node.clock.reach(T0 + 60 * MINUTE)  # type: ignore[attr-defined]  # A DataClock.
        send(zone, air("zone/1", [60], [2.0]))
        log = zone.node.log

        def found() -> object:
            trial = Trial(PACK_A, "a.methane-high", settings={}, directory=log.directory)
            return run_trial(items_between(log, "a.air", history=zone.history), trial)

        before = found()
        assert zone.seal() == 8
        assert found() == before


def test_old_history_goes_by_whole_days_and_the_log_says_so(tmp_path: Path) -> None:
    with zone_on(tmp_path) as zone:
        leak_and_calm(zone)
        zone.node.save_snapshot()
        zone.node.clock.reach(T0 + 5 * DAY)  # type: ignore[attr-defined]  # A DataClock.
        send(zone, air("zone/1", [5 * 24 * 60], [2.0]))
        assert zone.seal() == 8
        assert zone.expire() >= 1
        assert [row["methane"] for row in zone.history.rows("a.air").to_pylist()] == [2.0]
        assert verify(zone.node.log).faults == ()


def test_a_clean_stop_leaves_one_file_and_a_start_that_reads_nothing_again(tmp_path: Path) -> None:
    with zone_on(tmp_path) as zone:
        leak_and_calm(zone)
    assert not (tmp_path / "haihe.db-wal").exists()
    with zone_on(tmp_path) as zone:
        assert zone.node.snapshot_offset == zone.node.engine.next_offset
        assert store.last_checkpoint(zone.node.log.reader()) is not None


@pytest.mark.parametrize("count", [1, 3])
def test_every_start_goes_on_where_the_last_one_stopped(tmp_path: Path, count: int) -> None:
    for turn in range(count):
        with zone_on(tmp_path) as zone:
            leak_and_calm(zone, minute=20 * turn)
    with zone_on(tmp_path) as zone:
        table = zone.history.rows("a.air")
        assert np.all(np.diff(table.column("offset").to_numpy()) > 0)
        assert len(table) == 8 * count


def test_housekeeping_sweeps_files_that_a_death_left_and_no_other(tmp_path: Path) -> None:
    with zone_on(tmp_path) as zone:
        blobs = Blobs(tmp_path)
        kept, left = blobs.put(b"named"), blobs.put(b"left behind")
        file = Attached(sha256=kept, size=5, media_type="text/plain", name="a.txt")
        act = Action(at=T0, verb=Verb.ATTACH, subject="a-1", by="Li", file=file)
        zone.node.tell(act).result()
        for path in (tmp_path / "files").rglob("*"):
            os.utime(path, (1, 1))
        assert zone.sweep_files() == 1
        assert (blobs.get(kept), blobs.get(left)) == (b"named", None)
        assert verify_attached(zone.node.log, blobs) == ()
