import math

import numpy as np
import pytest

from haihe.detect import SeasonalBand
from haihe.model.time import DAY, HOUR, parse_instant
from tests.detect.streams import column, find, turns_at

MIDNIGHT = parse_instant("2026-01-01T00:00:00+08:00")
BAND = SeasonalBand("level", width=3.0, ready=5, learn=0.05)


def days(count: int) -> list[float]:
    """Every hour: 10 by night, 50 from 08:00 to 20:00, one more and one less on alternate days."""
    by_day = [50.0 if 8 <= hour < 20 else 10.0 for hour in range(24)]
    return [value + (-1) ** day for day in range(count) for value in by_day]


def test_buckets_are_hours_of_the_local_day() -> None:
    at = MIDNIGHT + np.array([0, 8, 23]) * HOUR
    assert BAND.bucket_of(at).tolist() == [0, 8, 23]
    utc = SeasonalBand("level", zone=0)
    assert utc.bucket_of(at).tolist() == [16, 0, 15]


def test_a_value_of_another_hour_is_outside_the_band() -> None:
    values = [*days(9), *days(1)]
    values[9 * 24 + 3] = 50.0  # At three in the night what is normal at noon.
    found = find(BAND, column(values, every=HOUR, start_at=MIDNIGHT))
    assert turns_at(found) == [(9 * 24 + 3, True), (9 * 24 + 4, False)]
    # Nine readings of 11, 9, 11, ...: mean 10 + 1/9, variance 80/81; the band is three sigma.
    assert found[0].value == 50.0
    assert found[0].limit == pytest.approx(10 + 1 / 9 + 3 * math.sqrt(80 / 81))


def test_a_bucket_judges_only_after_enough_earlier_days() -> None:
    early = days(5)
    early[4 * 24 + 3] = 500.0
    assert find(BAND, column(early, every=HOUR, start_at=MIDNIGHT)) == []
    late = days(6)
    late[5 * 24 + 3] = 500.0
    found = find(BAND, column(late, every=HOUR, start_at=MIDNIGHT))
    assert turns_at(found)[0] == (5 * 24 + 3, True)


def test_many_readings_of_one_day_are_not_many_days() -> None:
    one_hour = [10.0] * 50 + [99.0]
    assert find(BAND, column(one_hour, every=HOUR // 60, start_at=MIDNIGHT)) == []


def test_a_new_pattern_is_learnt_slowly_but_is_learnt() -> None:
    values = days(20) + [value + 30.0 for value in days(200)]
    found = find(BAND, column(values, every=HOUR, start_at=MIDNIGHT))
    days_raised = [f.offset // 24 for f in found if f.raised]
    assert days_raised[0] == 20
    last_at = found[-1].offset // 24
    assert 23 < last_at < 150
    assert not found[-1].raised


@pytest.mark.parametrize("value", [0.1, 0.0, 1e99, math.nan])
def test_a_constant_stays_in_its_band(value: float) -> None:
    assert find(BAND, column([value] * 400, every=HOUR, start_at=MIDNIGHT)) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"buckets": 0}, "buckets is 0"),
        ({"buckets": 5000}, "buckets is 5000"),
        ({"period": 5}, "period is 5"),
        ({"learn": 0.0}, "learn is 0.0"),
        ({"ready": 0}, "ready is 0"),
        ({"width": 0.0}, "width is 0.0"),
    ],
)
def test_settings_without_sense_are_refused(settings: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SeasonalBand("level", **settings)  # type: ignore[arg-type]  # One dictionary for all.


def test_the_week_can_be_the_period() -> None:
    week = SeasonalBand("level", period=7 * DAY, buckets=168)
    at = MIDNIGHT + np.array([0, DAY, 7 * DAY, 7 * DAY - 1])
    first, next_day, next_week, before = week.bucket_of(at).tolist()
    assert next_day - first == 24
    assert next_week == first
    assert before == (first - 1) % 168
