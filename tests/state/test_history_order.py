"""The log in its own order again, from files and tail."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.model.record import gather
from haihe.state import tail
from haihe.state.history_order import CHUNK_ROWS
from haihe.state.retention import Retention, commit_expiry, plan_expiry, remove_files
from tests.state.past import STREAMS, Past, Row, a_past, hour, rows_of_batches
from tests.state.test_history import STORIES, play


def in_log_order(past: Past, low: int, high: int) -> list[Row]:
    every = [row for rows in past.rows.values() for row in rows if low <= row.offset < high]
    return sorted(every, key=lambda row: row.offset)


@given(STORIES, st.lists(st.integers(0, 60), min_size=2, unique=True).map(sorted))
def test_batches_come_in_the_order_of_the_log_and_end_at_the_cuts(
    story: list[tuple],  # type: ignore[type-arg]  # Three kinds of steps.
    cuts: list[int],
) -> None:
    with TemporaryDirectory() as folder, a_past(Path(folder)) as past:
        play(past, story)
        whole = list(past.history.batches(STREAMS, cuts=cuts))
        assert rows_of_batches(past, whole) == in_log_order(past, 0, past.log.next_offset)
        assert not any(b.offsets[0] < cut <= b.offsets[-1] for b in whole for cut in cuts)
        low, high = cuts[0], cuts[-1]
        part = list(past.history.batches(STREAMS, from_offset=low, to_offset=high))
        assert rows_of_batches(past, part) == in_log_order(past, low, high)
        check_windows(past, cuts)


def check_windows(past: Past, cuts: list[int]) -> None:
    """Windows follow on each other, end at the cuts, and hold everything once."""
    place = 0
    seen: list[Row] = []
    for window in past.history.windows(STREAMS, cuts=cuts):
        offsets = np.sort(np.concatenate([batch.offsets for batch in window]))
        assert offsets[0] >= place
        place = int(offsets[-1]) + 1
        assert not any(offsets[0] < cut <= offsets[-1] for cut in cuts)
        assert len({batch.stream for batch in window}) == len(window)
        seen += sorted(rows_of_batches(past, window), key=lambda row: row.offset)
    assert seen == in_log_order(past, 0, past.log.next_offset)


def test_a_batch_of_one_stream_is_as_it_was_appended(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        past.append("city.air", [(1, 9, 1.0, "on"), (0, 3, None, None), (1, 1, 2.0, "off")])
        (before,) = past.history.batches(["city.air"])
        past.seal("city.air")
        (after,) = past.history.batches(["city.air"])
        assert after.offsets.tolist() == before.offsets.tolist() == [0, 1, 2]
        assert after.slots.dtype == before.slots.dtype == np.int32
        assert after.slots.tolist() == before.slots.tolist()
        assert after.observed_at.tolist() == before.observed_at.tolist()
        assert after.received_at.tolist() == before.received_at.tolist()
        np.testing.assert_array_equal(after.numbers["value"], before.numbers["value"])
        assert after.texts["state"].tolist() == before.texts["state"].tolist()
        gather([before, after])  # They go together.


def test_only_the_wanted_fields_are_read(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        past.append("city.air", [(1, 9, 1.0, "on")], has_other=True)
        past.seal("city.air")
        past.append("city.air", [(1, 9, 1.0, "on")], has_other=True)
        for batch in past.history.batches(["city.air"], fields=["other"]):
            assert (list(batch.numbers), list(batch.texts)) == (["other"], [])


def test_a_batch_is_never_larger_than_a_chunk(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        told = [(0, minute % 1000, 1.0, None) for minute in range(CHUNK_ROWS + 10)]
        past.append("city.air", told)
        past.append("city.air", told)
        past.seal("city.air")
        past.append("city.air", told)
        sizes = [len(batch) for batch in past.history.batches(["city.air"])]
        assert sum(sizes) == 3 * len(told)
        assert max(sizes) <= CHUNK_ROWS


def test_a_reading_goes_on_where_a_seal_moved_what_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "PAGE_ENTRIES", 4)
    with a_past(tmp_path) as past:
        for number in range(50):
            past.append("city.air", [(number % 4, number % 1000, 1.0, None)])
        offsets: list[int] = []
        for batch in past.history.batches(["city.air"]):
            offsets += batch.offsets.tolist()
            past.seal("city.air", before_offset=offsets[-1] + 8)
        assert any(entry.body is None for entry in past.log.read())
        assert offsets == [row.offset for row in past.rows["city.air"]]


def test_what_expires_under_a_reading_is_left_out_and_the_rest_read(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        for day in range(3):
            past.append("city.air", [(0, day * 24 * 60 + 5, float(day), None)])
            past.seal("city.air")
        reading = past.history.batches(["city.air"])
        assert next(reading).offsets.tolist() == [0]
        keep = Retention(raw_days=1, hourly_days=1)
        old = plan_expiry(past.log, "city.air", retention=keep, now_at=hour(24 * 3))
        with past.log.transaction() as transaction:
            kept = commit_expiry(transaction, old)
        assert kept is not None
        remove_files(past.files, kept)
        last = past.rows["city.air"][-1].offset
        assert [batch.offsets.tolist() for batch in reading] == [[last]]
