"""Sealing: what is planned, what stands in the files, and a crash at every step."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from haihe.errors import LogDamaged, LogUnavailable
from haihe.log import manifest
from haihe.model.line import Sealed, decode_lines
from haihe.model.time import DAY, MINUTE
from haihe.state import history_file
from haihe.state.columns import check_names
from haihe.state.history_check import verify_files
from haihe.state.history_file import sha256_of
from haihe.state.seal import WrittenSeal, commit_seal, plan_seal, sweep, write_seal
from tests.state.past import START_AT, Past, a_past, rows_of

NIGHT = 24 * 60


def fill(past: Past) -> None:
    """Three batches: across midnight, late, and of another stream between them."""
    past.append("city.air", [(1, NIGHT - 1, 1.0, "on"), (0, NIGHT - 1, 2.0, None)])
    past.append("city.water", [(0, 5, 9.0, None)])
    past.append("city.air", [(1, NIGHT + 1, 3.0, "off"), (0, NIGHT + 1, None, "on")])
    past.append("city.air", [(1, 7, 4.0, "late"), (1, NIGHT + 2, 5.0, None)])


def check_whole(past: Past) -> None:
    """Every record is there once, and the files are what the log says."""
    for stream in ("city.air", "city.water"):
        assert rows_of(past.history.rows(stream)) == past.by_time(stream)
    assert verify_files(past.log, past.files) == []
    on_disk = {p.relative_to(past.files).as_posix() for p in past.files.rglob("*.parquet")}
    assert on_disk == {file.path for file in manifest.list_files(past.log.reader())}
    assert not list(past.files.rglob("*.part"))


def test_a_seal_makes_one_file_for_each_day_and_one_for_its_hours(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        kept = past.seal("city.air")
        assert kept is not None
        assert [fact.path for fact in kept.facts] == [
            "city.air/day=2024-10-04/0-5.parquet",
            "city.air/day=2024-10-04/0-5.hourly.parquet",
            "city.air/day=2024-10-05/3-6.parquet",
            "city.air/day=2024-10-05/3-6.hourly.parquet",
        ]
        check_whole(past)


def test_a_file_stands_sorted_by_entity_and_time_with_the_log_offset(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        past.seal("city.air")
        found = pq.read_table(past.files / "city.air/day=2024-10-04/0-5.parquet")
        columns = ["entity", "slot", "observed_at", "offset", "value", "state"]
        assert [list(row.values()) for row in found.select(columns).to_pylist()] == [
            ["sensor/1", 0, START_AT + 7 * MINUTE, 5, 4.0, "late"],
            ["sensor/1", 0, START_AT + (NIGHT - 1) * MINUTE, 0, 1.0, "on"],
            ["sensor/0", 1, START_AT + (NIGHT - 1) * MINUTE, 1, 2.0, None],
        ]


def test_an_hour_holds_count_least_greatest_sum_and_last(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        told = [(0, 61, 3.0, None), (0, 119, 1.5, None), (0, 90, 7.0, None), (0, 119, None, None)]
        past.append("city.air", told)
        past.seal("city.air")
        (row,) = pq.read_table(next(past.files.rglob("*.hourly.parquet"))).to_pylist()
        assert row == {
            "field": "value",
            "slot": 0,
            "hour_at": START_AT + 60 * MINUTE,
            "count": 3,
            "min": 1.5,
            "max": 7.0,
            "sum": 11.5,
            "last": 1.5,
            "last_at": START_AT + 119 * MINUTE,
            "last_offset": 1,
        }


def test_offsets_and_instants_are_packed_as_differences(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        past.seal("city.air")
        with pq.ParquetFile(past.files / "city.air/day=2024-10-04/0-5.parquet") as file:
            group = file.metadata.row_group(0)
        told = {
            group.column(place).path_in_schema: group.column(place)
            for place in range(group.num_columns)
        }
        assert {column.compression for column in told.values()} == {"ZSTD"}
        for name in ("offset", "observed_at", "received_at"):
            assert "DELTA_BINARY_PACKED" in told[name].encodings


def test_nothing_at_or_after_the_bound_is_planned(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)  # Entries of city.air at offsets 0-1, 3-4 and 5-6.
        for bound, rows in ((0, 0), (1, 0), (2, 2), (4, 2), (5, 4), (6, 4), (7, 6)):
            plan = plan_seal(past.log, "city.air", before_offset=bound)
            assert (plan.rows if plan else 0) == rows
        assert plan_seal(past.log, "city.unheard", before_offset=100) is None


def test_young_entries_and_more_rows_than_wanted_stay_out_of_a_plan(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)  # Received one minute after the other, the first at START_AT.
        plan = plan_seal(
            past.log, "city.air", before_offset=7, received_before_at=START_AT + 2 * MINUTE
        )
        assert plan is not None
        assert plan.rows == 2
        small = plan_seal(past.log, "city.air", before_offset=7, rows_max=3)
        assert small is not None
        assert (small.entries, small.rows, small.next_offset) == (1, 2, 2)
        assert (small.is_full, plan.is_full) == (True, False)
        with pytest.raises(ValueError, match="rows_max is 0"):
            plan_seal(past.log, "city.air", before_offset=7, rows_max=0)


def test_bodies_of_sealed_entries_go_and_of_no_other(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        past.seal("city.air", before_offset=5)
        bodies = {entry.header.first_offset: entry.body for entry in past.log.read()}
        assert [at for at, body in bodies.items() if body is None] == [0, 3]


def test_the_log_says_what_was_sealed_with_its_hash(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        kept = past.seal("city.air")
        (entry,) = past.log.read(streams=["fact"])
        assert entry.body is not None
        assert kept is not None
        assert tuple(decode_lines(entry.body)) == kept.facts
        assert entry.header.first_offset == kept.first_offset
        for fact in kept.facts:
            assert isinstance(fact, Sealed)
            assert fact.sha256 == sha256_of(past.files / fact.path)
            assert fact.at == past.log.received_at  # A seal does not move the log's time.


@pytest.mark.parametrize("step", ["plan", "part", "files", "commit undone", "committed"])
def test_a_crash_at_any_step_loses_and_doubles_nothing(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        plan = plan_seal(past.log, "city.air", before_offset=past.log.next_offset)
        assert plan is not None
        if step == "part":
            monkeypatch.setattr(Path, "rename", fail)
            with pytest.raises(KeyboardInterrupt):
                write_seal(past.log, past.files, plan=plan)
            monkeypatch.undo()
            assert list(past.files.rglob("*.part"))
        elif step != "plan":
            seal = write_seal(past.log, past.files, plan=plan)
            if step == "commit undone":
                with pytest.raises(KeyboardInterrupt):
                    commit_and_die(past, seal)
            elif step == "committed":
                with past.log.transaction() as transaction:
                    commit_seal(transaction, seal)
        assert rows_of(past.history.rows("city.air")) == past.by_time("city.air")
        past.restart()
        removed = sweep(past.log, past.files)
        assert bool(removed) == (step not in ("plan", "committed"))
        check_whole(past)
        past.append("city.air", [(2, NIGHT + 9, 6.0, None)])
        past.seal("city.air")
        check_whole(past)
        assert next(past.history.batches(["city.air"])).offsets[0] == 0


def commit_and_die(past: Past, seal: WrittenSeal) -> None:
    with past.log.transaction() as transaction:
        commit_seal(transaction, seal)
        raise KeyboardInterrupt


def fail(*_: object) -> None:
    raise KeyboardInterrupt


def test_of_two_seals_of_one_plan_the_second_does_nothing(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        plan = plan_seal(past.log, "city.air", before_offset=past.log.next_offset)
        assert plan is not None
        seals = [write_seal(past.log, past.files, plan=plan) for _ in range(2)]
        assert seals[0] == seals[1]  # Equal bytes: the second changed nothing on the disk.
        with past.log.transaction() as transaction:
            assert commit_seal(transaction, seals[0]) is not None
        with past.log.transaction() as transaction:
            assert commit_seal(transaction, seals[1]) is None
        check_whole(past)


def test_a_full_disk_leaves_the_records_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(part: Path, *_: object, **__: object) -> None:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with a_past(tmp_path) as past:
        fill(past)
        monkeypatch.setattr(history_file, "_write_records", full)
        with pytest.raises(LogUnavailable, match=r"city\.air.*No space left.*still in the log"):
            past.seal("city.air")
        monkeypatch.undo()
        check_whole(past)


def test_a_body_that_was_changed_is_never_sealed(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        with past.log.transaction() as transaction:
            transaction.db.execute("UPDATE body SET bytes = zeroblob(100) WHERE seq = 0")
        with pytest.raises(LogDamaged, match="entry 0"):
            past.seal("city.air")


def test_slots_beyond_sixteen_bits_are_sorted_too() -> None:
    slots = np.array([70_000, 3, 70_000, 65_536, 3], dtype="int32")
    observed_at = np.array([9, 8, 7, 6, 5])
    order = history_file.by_entity_and_time(slots, observed_at)
    assert order.tolist() == [4, 1, 3, 2, 0]


def test_a_day_is_that_of_utc() -> None:
    assert history_file.day_of(START_AT) == "2024-10-04"
    assert history_file.day_of(START_AT - 1) == "2024-10-03"
    assert history_file.day_of(START_AT + DAY) == "2024-10-05"


def test_sweep_leaves_what_is_not_ours(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        past.seal("city.air")
        note = past.files / "README.txt"
        note.write_text(json.dumps("mine"), encoding="utf-8")
        orphan = past.files / "city.air/day=2024-10-04/90-99.parquet"
        orphan.write_bytes(b"left over")
        assert sweep(past.log, past.files) == [orphan]
        assert note.exists()
        check_whole(past)


@pytest.mark.parametrize(
    ("names", "other"), [(["co", "CO"], "co"), (["Offset"], "offset"), (["slot"], "slot")]
)
def test_fields_that_history_cannot_tell_apart_are_refused(names: list[str], other: str) -> None:
    with pytest.raises(ValueError, match=f"the field '{names[-1]}'.*from '{other}'"):
        check_names("city.air", names)
