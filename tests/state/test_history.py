"""Questions to the past, held against plain rows."""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.model.time import BEFORE_ALL, DAY, HOUR, MINUTE, NEVER
from haihe.state.history import History
from haihe.state.history_query import Span
from tests.state.past import ENTITIES, START_AT, STREAMS, Past, Row, a_past, rows_of

MINUTES = st.integers(-2 * 24 * 60, 2 * 24 * 60)
VALUES = st.one_of(st.none(), st.integers(-50, 50).map(lambda tenths: tenths / 8))
RECORDS = st.lists(
    st.tuples(st.integers(0, 3), MINUTES, VALUES, st.sampled_from([None, "on", "off"])),
    min_size=1,
    max_size=12,
)
APPENDS = st.tuples(st.just("append"), st.sampled_from(STREAMS), RECORDS, st.booleans())
SEALS = st.tuples(st.just("seal"), st.sampled_from(STREAMS), st.integers(0, 3))
ASKS = st.tuples(st.just("ask"), st.sampled_from(STREAMS), MINUTES, MINUTES)
STORIES = st.lists(st.one_of(APPENDS, APPENDS, SEALS, ASKS), min_size=1, max_size=10)


def play(past: Past, story: list[tuple]) -> None:  # type: ignore[type-arg]  # Three kinds of steps.
    for kind, stream, *rest in story:
        if kind == "append":
            past.append(stream, rest[0], has_other=rest[1])
        elif kind == "seal":
            past.seal(stream, before_offset=past.log.next_offset - rest[0] * 5)
        else:
            low, high = sorted(rest)
            check_rows(past, stream, Span(START_AT + low * MINUTE, START_AT + high * MINUTE))


def check_rows(past: Past, stream: str, span: Span) -> None:
    inside = [r for r in past.by_time(stream) if span.from_at <= r.observed_at < span.to_at]
    assert rows_of(past.history.rows(stream, span=span)) == inside


@given(STORIES, MINUTES)
def test_rows_are_those_appended_whatever_is_sealed_when(
    story: list[tuple],  # type: ignore[type-arg]  # As above.
    minutes: int,
) -> None:
    at = START_AT + minutes * MINUTE
    with TemporaryDirectory() as folder, a_past(Path(folder)) as past:
        play(past, story)
        for stream in STREAMS:
            assert rows_of(past.history.rows(stream)) == past.by_time(stream)
        for entity in ENTITIES[:2]:
            rows = past.by_time("city.air", [entity])
            assert rows_of(past.history.rows("city.air", entities=[entity])) == rows
            before = [row.offset for row in rows if row.observed_at < at]
            found = past.history.latest_before("city.air", entity, at=at)
            assert (found.offset if found else None) == (before[-1] if before else None)


@given(
    STORIES,
    st.one_of(st.integers(-48, 40).map(lambda hours: hours * 60), MINUTES),
    st.one_of(st.integers(0, 72).map(lambda hours: hours * 60), st.integers(0, 72 * 60)),
    st.sampled_from([7 * MINUTE, 90 * MINUTE, HOUR, 3 * HOUR, DAY]),
)
def test_a_series_from_rollups_equals_one_from_records(
    story: list[tuple],  # type: ignore[type-arg]  # As above.
    begin: int,
    minutes: int,
    every: int,
) -> None:
    span = Span(START_AT + begin * MINUTE, START_AT + (begin + minutes) * MINUTE)
    with TemporaryDirectory() as folder, a_past(Path(folder)) as past:
        play(past, story)
        for entity in ENTITIES[:2]:
            table = past.history.series("city.air", entity, field="value", span=span, every=every)
            rows = past.by_time("city.air", [entity])
            assert table.to_pylist() == expected(rows, span, every=every)


def expected(rows: list[Row], span: Span, *, every: int) -> list[dict[str, float]]:
    """The series as a person would reckon it; values are eighths, so that sums are exact."""
    buckets: dict[int, list[Row]] = {}
    for row in rows:
        if row.value is not None and span.from_at <= row.observed_at < span.to_at:
            begin = span.from_at + (row.observed_at - span.from_at) // every * every
            buckets.setdefault(begin, []).append(row)
    series = []
    for begin, inside in sorted(buckets.items()):
        values = [row.value for row in inside if row.value is not None]
        series.append(
            {
                "at": begin,
                "count": len(values),
                "min": min(values),
                "mean": sum(values) / len(values),
                "max": max(values),
                "last": values[-1],
            }
        )
    return series


def test_the_latest_before_is_found_years_back(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        past.append("city.air", [(0, 5, 1.5, "on")])
        past.append("city.air", [(1, 5, 2.5, None)])
        past.seal("city.air")
        found = past.history.latest_before("city.air", "sensor/0", at=START_AT + 3000 * DAY)
        assert found is not None
        assert (found.entity, found.observed_at) == ("sensor/0", START_AT + 5 * MINUTE)
        assert (dict(found.numbers), dict(found.texts)) == ({"value": 1.5}, {"state": "on"})
        assert past.history.latest_before("city.air", "sensor/0", at=found.observed_at) is None


def test_a_series_that_ends_within_a_sealed_hour_counts_up_to_there(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        past.append("city.air", [(0, minute, float(minute), None) for minute in range(180)])
        past.seal("city.air")
        span = Span(START_AT, START_AT + 150 * MINUTE)
        table = past.history.series("city.air", "sensor/0", field="value", span=span, every=HOUR)
        assert table.column("count").to_pylist() == [60, 60, 30]
        assert table.column("last").to_pylist() == [59.0, 119.0, 149.0]


@pytest.mark.parametrize("every", [HOUR, 20 * MINUTE])
def test_of_values_of_one_instant_the_last_in_the_log_is_the_last(
    every: int, tmp_path: Path
) -> None:
    with a_past(tmp_path) as past:
        for value in (2.0, 1.0, 3.0, 0.5):
            past.append("city.air", [(0, 5, value, None), (1, 5, -value, None)])
            past.seal("city.air")
            span = Span(START_AT, START_AT + DAY)
            for entity, sign in (("sensor/0", 1.0), ("sensor/1", -1.0)):
                table = past.history.series(
                    "city.air", entity, field="value", span=span, every=every
                )
                assert table.column("last").to_pylist() == [sign * value]


def test_a_field_that_older_records_lack_is_missing_there(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        past.append("city.air", [(0, 1, 1.0, None)])
        past.seal("city.air")
        past.append("city.air", [(0, 2, 2.0, None)], has_other=True)
        past.seal("city.air")
        past.append("city.air", [(0, 3, 3.0, None)])
        table = past.history.rows("city.air", fields=["other", "value"])
        assert table.column_names[-2:] == ["other", "value"]
        assert table.column("other").to_pylist() == [None, 20.0, None]
        unknown = past.history.rows("city.air", fields=["never_told"])
        assert unknown.column("never_told").to_pylist() == [None, None, None]


def test_a_limit_gives_the_earliest(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        past.append("city.air", [(0, minute, float(minute), None) for minute in range(10)])
        past.seal("city.air")
        past.append("city.air", [(0, -5, -5.0, None)])
        found = past.history.rows("city.air", limit=3)
        assert found.column("value").to_pylist() == [-5.0, 0.0, 1.0]


def test_nothing_is_found_of_what_nobody_heard_of(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        assert len(past.history.rows("city.air")) == 0
        past.append("city.air", [(0, 0, 1.0, None)])
        past.seal("city.air")
        assert len(past.history.rows("city.air", entities=["sensor/none"])) == 0
        assert len(past.history.rows("city.air", entities=[])) == 0
        assert past.history.latest_before("city.air", "sensor/none", at=NEVER) is None


def test_many_entities_may_be_asked_at_once(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        past.append("city.air", [(entity, 0, float(entity), None) for entity in range(4)])
        past.seal("city.air")
        wanted = [*(f"sensor/none{number}" for number in range(200)), "sensor/3", "sensor/1"]
        assert past.history.rows("city.air", entities=wanted).column("value").to_pylist() == [1, 3]


def test_every_nanosecond_of_an_instant_is_kept(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        past.append("city.air", [(0, 0, 1.0, None)])
        past.seal("city.air")
        table = past.history.rows("city.air")
        assert table.schema.field("observed_at").type == pa.int64()
        span = Span(START_AT, START_AT + 1)
        assert len(past.history.rows("city.air", span=span)) == 1
        assert len(past.history.rows("city.air", span=Span(START_AT + 1, START_AT + HOUR))) == 0


def test_no_record_is_hidden_or_doubled_while_seals_commit(tmp_path: Path) -> None:
    counts: list[int] = []
    with a_past(tmp_path) as past:
        for number in range(40):
            past.append("city.air", [(e, number * 30, 1.0, "on") for e in range(4)])
        done = threading.Event()

        def ask() -> None:
            while not done.is_set():
                counts.append(len(past.history.rows("city.air")))

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for bound in range(20, 161, 20):
            past.seal("city.air", before_offset=bound)
        done.set()
        for thread in threads:
            thread.join()
        assert set(counts) == {160}


@pytest.mark.parametrize(
    ("span", "every", "words"),
    [
        (Span(START_AT, NEVER), HOUR, "buckets need both"),
        (Span(BEFORE_ALL, START_AT), HOUR, "buckets need both"),
        (Span(START_AT, START_AT + DAY), 0, "more than 0"),
        (Span(START_AT, START_AT + DAY), 1, "longer steps"),
    ],
)
def test_a_series_without_end_is_refused(
    span: Span, every: int, words: str, tmp_path: Path
) -> None:
    with a_past(tmp_path) as past, pytest.raises(ValueError, match=words):
        past.history.series("city.air", "sensor/0", field="value", span=span, every=every)


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="earlier instant first"):
        Span(2, 1)


def test_an_answer_that_needs_too_much_memory_says_so(tmp_path: Path) -> None:
    with a_past(tmp_path) as past:
        past.append("city.air", [(0, minute, 1.0, None) for minute in range(60_000)])
        past.seal("city.air")
        small = History(past.log, past.files, memory_mb=1)
        with pytest.raises(ValueError, match="shorter span"):
            small.rows("city.air")
        small.close()
