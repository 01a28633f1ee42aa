"""Several recordings as one: every row once, in the order of the clocks, always the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.feed.door import Reason, RefusedRecord, Taken
from haihe.feed.file import Recording
from haihe.feed.label import Label
from haihe.feed.merge import concatenate, merge
from haihe.model.record import Rows
from haihe.model.stream import Field, Stream
from tests.feed.bodies import records_of

STREAMS = {name: Stream(name, fields=(Field("x", unit="m"),)) for name in ("a.a", "b.b")}
STEP = 10


def rows_at(stream: str, times: list[int], *, entity: str) -> Rows:
    at = np.array(times, np.int64)
    codes = np.zeros(len(times), np.int32)
    values = at.astype(np.float64)
    return Rows(stream, (entity,), codes, at, {"x": values}, {}, received_at=at)


def recording(stream: str, chunks: list[list[int]], *, entity: str) -> Recording:
    taken = [Taken(rows_at(stream, times, entity=entity)) for times in chunks if times]
    return Recording(streams=(STREAMS[stream],), chunks=taken)


def rows_of(merged: Recording) -> list[Rows]:
    return [taken.rows for taken in merged.chunks if taken.rows is not None]


def test_two_recordings_of_one_stream_become_full_chunks_in_order() -> None:
    merged = merge([
        recording("a.a", [[1, 3], [5, 7]], entity="e/1"),
        recording("a.a", [[2, 4, 6, 8]], entity="e/2"),
    ])  # fmt: skip
    rows = concatenate(rows_of(merged))
    assert rows.observed_at.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [rows.ids[code] for code in rows.codes] == ["e/1", "e/2"] * 4


def test_streams_that_alternate_alternate_in_the_merge() -> None:
    merged = merge([
        recording("a.a", [[1, 2, 5]], entity="e/1"), recording("b.b", [[3, 4, 6]], entity="e/2"),
    ])  # fmt: skip
    chunks = [(rows.stream, rows.observed_at.tolist()) for rows in rows_of(merged)]
    assert chunks == [("a.a", [1, 2]), ("b.b", [3, 4]), ("a.a", [5]), ("b.b", [6])]


def test_a_step_makes_rows_wait_for_its_end() -> None:
    merged = merge([
        recording("a.a", [[1, 9, 10, 11]], entity="e/1"), recording("b.b", [[5]], entity="e/2"),
    ], step=STEP)  # fmt: skip
    chunks = [(rows.stream, rows.observed_at.tolist()) for rows in rows_of(merged)]
    assert chunks == [("a.a", [1, 9, 10]), ("b.b", [5]), ("a.a", [11])]
    clocks = [rows.received_at.tolist() for rows in rows_of(merged) if rows.received_at is not None]
    assert clocks == [[10, 10, 10], [10], [20]]


def test_refusals_and_labels_go_along() -> None:
    refusal = RefusedRecord("a.a", "", None, Reason.MALFORMED, "no", "raw")
    labels = tuple(Label("x", "a.a", "e/1", at, at) for at in (5, 1))
    sources = [
        Recording((STREAMS["a.a"],), [Taken(None, (refusal,))], labels[:1]),
        Recording((STREAMS["a.a"],), [Taken(None, (refusal,))], labels[1:]),
    ]
    merged = merge(sources)
    assert [one for taken in merged.chunks for one in taken.refused] == [refusal, refusal]
    assert merged.labels == (labels[1], labels[0])


def test_two_streams_by_one_name_are_an_error() -> None:
    other = Stream("a.a", fields=(Field("y", unit="m"),))
    with pytest.raises(ValueError, match=r"'a.a' with different fields"):
        merge([Recording((STREAMS["a.a"],), []), Recording((other,), [])])


chunked = st.lists(st.lists(st.integers(0, 60), max_size=6).map(sorted), max_size=5)


def ordered(chunks: list[list[int]]) -> list[list[int]]:
    """The same chunk sizes, the times sorted over all of them."""
    times = iter(sorted(time for chunk in chunks for time in chunk))
    return [[next(times) for _ in chunk] for chunk in chunks]


@given(st.lists(st.tuples(st.sampled_from(["a.a", "b.b"]), chunked), min_size=1, max_size=5))
def test_every_row_comes_once_in_order_and_always_alike(
    found: list[tuple[str, list[list[int]]]],
) -> None:
    sources = [
        recording(stream, ordered(chunks), entity=f"e/{place}")
        for place, (stream, chunks) in enumerate(found)
    ]
    merged = merge(sources)
    first = [records_of(rows) for rows in rows_of(merged)]
    assert first == [records_of(rows) for rows in rows_of(merged)]
    flat = [record for records in first for record in records]
    times = [record["observed_at"] for record in flat]
    assert times == sorted(time for _, chunks in found for chunk in chunks for time in chunk)
    for place, (_, chunks) in enumerate(found):
        mine = [record["x"] for record in flat if record["entity"] == f"e/{place}"]
        assert mine == [float(time) for chunk in ordered(chunks) for time in chunk]
