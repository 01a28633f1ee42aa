"""Old files go, damaged files are named, and the rest still answers."""

from pathlib import Path

import pytest

from haihe.errors import LogDamaged
from haihe.log import manifest
from haihe.log.manifest import FileKind
from haihe.model.line import Expired, decode_lines
from haihe.model.time import DAY, HOUR, MINUTE
from haihe.state.history_check import verify_files
from haihe.state.history_query import Span
from haihe.state.retention import Retention, commit_expiry, plan_expiry, remove_files
from haihe.state.seal import KeptFacts, sweep
from tests.state.past import START_AT, Past, a_past

DAYS = 5
KEEP = Retention(raw_days=2, hourly_days=4)
NOW_AT = START_AT + DAYS * DAY + HOUR  # Early on the sixth day.


def fill(past: Past) -> None:
    """A record a day at five past midnight, each day sealed."""
    for day in range(DAYS):
        past.append("city.air", [(0, day * 24 * 60 + 5, float(day), None)])
        past.seal("city.air")


def expire(past: Past, now_at: int = NOW_AT) -> KeptFacts[Expired] | None:
    old = plan_expiry(past.log, "city.air", retention=KEEP, now_at=now_at)
    with past.log.transaction() as transaction:
        return commit_expiry(transaction, old)


def day_span(day: int) -> Span:
    return Span(START_AT + day * DAY, START_AT + (day + 1) * DAY)


def series(past: Past, every: int) -> list[float]:
    span = Span(START_AT, START_AT + DAYS * DAY)
    table = past.history.series("city.air", "sensor/0", field="value", span=span, every=every)
    return [float(value) for value in table.column("last").to_pylist()]


def test_records_go_before_their_hours_and_whole_days_only(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        old = plan_expiry(past.log, "city.air", retention=KEEP, now_at=NOW_AT)
        assert [(file.kind, file.day) for file in old] == [
            (FileKind.RAW, "2024-10-04"),
            (FileKind.RAW, "2024-10-05"),
            (FileKind.RAW, "2024-10-06"),
            (FileKind.HOURLY, "2024-10-04"),
        ]
        just_before = plan_expiry(
            past.log, "city.air", retention=KEEP, now_at=START_AT + 3 * DAY - 1
        )
        assert just_before == ()


def test_what_expired_is_gone_from_answers_and_told_in_the_log(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        kept = expire(past)
        assert kept is not None
        assert remove_files(past.files, kept) == 4
        assert past.history.rows("city.air").column("value").to_pylist() == [3.0, 4.0]
        assert series(past, HOUR) == [1.0, 2.0, 3.0, 4.0]  # Hours answer where records expired.
        assert series(past, 30 * MINUTE) == [3.0, 4.0]
        *_, entry = past.log.read(streams=["fact"])
        assert entry.body is not None
        assert tuple(decode_lines(entry.body)) == kept.facts
        assert all(isinstance(fact, Expired) for fact in kept.facts)
        assert verify_files(past.log, past.files) == []
        assert not (past.files / "city.air/day=2024-10-04").exists()
        assert expire(past) is None


def test_a_crash_between_expiry_and_removal_is_swept(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        assert expire(past) is not None
        past.restart()
        assert len(sweep(past.log, past.files)) == 4
        assert past.history.rows("city.air").column("value").to_pylist() == [3.0, 4.0]
        assert verify_files(past.log, past.files) == []


def test_a_query_whose_file_is_removed_meanwhile_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        find = past.history._find
        asked = []

        def find_then_expire(*given: object) -> object:
            found = find(*given)  # type: ignore[arg-type]  # Passed on as it came.
            asked.append(len(found.raw))
            if len(asked) == 1:
                kept = expire(past)
                assert kept is not None
                remove_files(past.files, kept)
            return found

        monkeypatch.setattr(past.history, "_find", find_then_expire)
        assert past.history.rows("city.air").column("value").to_pylist() == [3.0, 4.0]
        assert asked == [5, 2]


@pytest.mark.parametrize(("raw_days", "hourly_days"), [(0, 5), (5, 4), (-1, -1)])
def test_hours_are_never_dropped_before_their_records(raw_days: int, hourly_days: int) -> None:
    with pytest.raises(ValueError, match=f"{raw_days} days and hours {hourly_days}"):
        Retention(raw_days=raw_days, hourly_days=hourly_days)


def broken_file(past: Past, day: str) -> Path:
    return next((past.files / "city.air" / f"day={day}").glob("*[0-9].parquet"))


@pytest.mark.parametrize("fault", ["missing", "cut", "overwritten"])
def test_a_damaged_file_is_named_and_other_days_still_answer(fault: str, tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        path = broken_file(past, "2024-10-06")
        whole = path.read_bytes()
        if fault == "missing":
            path.unlink()
        else:
            path.write_bytes(whole[:-20] if fault == "cut" else bytes(len(whole)))
        words = r"city\.air/day=2024-10-06/.*stream 'city\.air', day 2024-10-06.*backup"
        with pytest.raises(LogDamaged, match=words):
            past.history.rows("city.air")
        with pytest.raises(LogDamaged, match=words):
            list(past.history.batches(["city.air"]))
        for day in (0, 1, 3, 4):
            found = past.history.rows("city.air", span=day_span(day))
            assert found.column("value").to_pylist() == [float(day)]
        assert series(past, HOUR) == [
            0.0,
            1.0,
            2.0,
            3.0,
            4.0,
        ]  # Hours stand in a file of their own.
        (finding,) = verify_files(past.log, past.files)
        assert path.name in finding
        path.write_bytes(whole)
        assert verify_files(past.log, past.files) == []
        assert len(past.history.rows("city.air")) == DAYS


def test_a_bit_that_flipped_anywhere_stops_a_replay_or_changes_nothing(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        told = [(0, minute, 1 / (minute + 3), None) for minute in range(100)]
        past.append("city.air", told)
        past.seal("city.air")
        path = broken_file(past, "2024-10-04")
        whole = path.read_bytes()
        stopped = 0
        for place in range(4, len(whole), 61):
            data = bytearray(whole)
            data[place] ^= 1
            path.write_bytes(data)
            try:
                (batch,) = past.history.batches(["city.air"], fields=["value"])
            except LogDamaged:
                stopped += 1
            else:
                assert batch.numbers["value"].tolist() == [value for *_, value, _ in told]
        assert stopped
        assert len(verify_files(past.log, past.files)) == 1


def test_verify_finds_a_manifest_that_does_not_fit_the_log(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        files = manifest.list_files(past.log.reader())
        gone = next(file for file in files if file.kind is FileKind.RAW)
        with past.log.transaction() as transaction:
            manifest.drop_files(transaction.db, [gone.path])
        assert any(
            gone.path in finding and "not in the manifest" in finding
            for finding in verify_files(past.log, past.files)
        )
        with past.log.transaction() as transaction:
            transaction.db.execute("DELETE FROM body WHERE seq IN (SELECT max(seq) FROM entry)")
        findings = " ".join(verify_files(past.log, past.files))
        assert "no line of the log says that it was sealed" in findings


def test_verify_counts_what_left_the_log_against_what_came_into_files(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        fill(past)
        past.append("city.air", [(0, 9000, 1.0, None), (1, 9000, 1.0, None)])
        with past.log.transaction() as transaction:
            transaction.db.execute("DELETE FROM body WHERE seq IN (SELECT max(seq) FROM entry)")
        (finding,) = verify_files(past.log, past.files)
        assert "7 records of 'city.air' left the log, 5 came into files" in finding
        with pytest.raises(LogDamaged, match="neither a body nor a history file"):
            past.history.rows("city.air")
        with pytest.raises(LogDamaged, match="neither a body nor a history file"):
            list(past.history.batches(["city.air"]))
