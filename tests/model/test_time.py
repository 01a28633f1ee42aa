from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.model.time import (
    BEIJING,
    LATEST_AT,
    MICROSECOND,
    MINUTE,
    SECOND,
    format_duration,
    format_instant,
    parse_instant,
)


@given(st.integers(0, LATEST_AT), st.sampled_from([UTC, BEIJING]))
def test_an_instant_comes_back_to_the_nanosecond_in_any_zone(at: int, zone: object) -> None:
    assert parse_instant(format_instant(at, zone=zone)) == at  # type: ignore[arg-type]  # Zones.


@given(st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)))
def test_an_instant_means_what_python_says_it_means(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_instant(moment.isoformat()) == expected * MICROSECOND


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T00:00:00.1234567891234Z", 123_456_789),
    ],
)
def test_instants_in_their_many_spellings(text: str, at: int) -> None:
    assert parse_instant(text) == at


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-01-01T08:00:00", "2026-13-01T00:00:00Z", "2026-01-01T25:00Z"]
)
def test_what_is_no_instant_is_refused_with_what_was_found(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}'"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("duration", "text"),
    [(0, "0 ms"), (1_500_000, "1.5 ms"), (59 * SECOND, "59 s"), (90 * MINUTE, "1.5 h")],
)
def test_durations_are_short_to_read(duration: int, text: str) -> None:
    assert format_duration(duration) == text
