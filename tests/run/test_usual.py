"""What is usual for an hour: the same hour of the days before, and no opinion on too few."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.model.time import DAY, HOUR
from haihe.run.usual import (
    BEYOND,
    DAYS_NEEDED,
    Standing,
    Usual,
    counted,
    spreads_away,
    standing_of,
    usual_at,
)

NOON = 20_000 * DAY + 12 * HOUR


def days_before(values: list[float], *, at: int = NOON) -> tuple[np.ndarray, np.ndarray]:
    """Values of the same hour on the days before, and an absurd one at every other hour."""
    same = [at - (back + 1) * DAY for back in range(len(values))]
    other = [hour - HOUR for hour in same]
    hours_at = np.array([*same, *other], dtype=np.int64)
    return hours_at, np.array([*values, *(1e6 for _ in other)])


def test_only_the_same_hour_of_earlier_days_counts() -> None:
    hours_at, values = days_before([1, 2, 3, 4, 5, 6, 7, 8, 9])
    usual = usual_at(np.append(hours_at, NOON), np.append(values, 500.0), hour_at=NOON)
    # Median and median absolute deviation by hand: 5 and 2.
    assert (usual.median, usual.days) == (5.0, 9)
    assert usual.spread == pytest.approx(2 * 1.4826)


def test_one_odd_day_moves_neither_median_nor_spread() -> None:
    calm = usual_at(*days_before([9, 10, 11, 9, 10, 11, 10, 10]), hour_at=NOON)
    odd = usual_at(*days_before([9, 10, 11, 9, 10, 11, 10, 900]), hour_at=NOON)
    assert odd.median == calm.median
    assert odd.spread <= 2 * calm.spread


def test_days_that_told_nothing_are_not_counted() -> None:
    usual = usual_at(*days_before([5, float("nan"), 5]), hour_at=NOON)
    assert usual.days == 2


def test_more_than_four_weeks_back_is_forgotten() -> None:
    assert usual_at(*days_before([1.0] * 40), hour_at=NOON).days == 28


@pytest.mark.parametrize("days", range(DAYS_NEEDED))
def test_fewer_days_than_a_week_are_no_ground_for_a_word(days: int) -> None:
    usual = usual_at(*days_before([5.0] * days), hour_at=NOON)
    assert standing_of(spreads_away(500.0, usual)) is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (10.0, Standing.USUAL), (11.9, Standing.USUAL), (12.1, Standing.HIGHER),
        (7.9, Standing.LOWER), (14.1, Standing.FAR_HIGHER), (5.9, Standing.FAR_LOWER),
        (float("nan"), Standing.UNKNOWN),
    ],
)  # fmt: skip
def test_a_word_for_how_far_it_is_from_usual(value: float, word: Standing) -> None:
    assert standing_of(spreads_away(value, Usual(median=10.0, spread=1.0, days=14))) is word


def test_what_was_always_nothing_and_is_something_now_is_far_higher() -> None:
    away = spreads_away(1.0, Usual(median=0.0, spread=0.0, days=28))
    assert (away, standing_of(away)) == (BEYOND, Standing.FAR_HIGHER)


@given(
    values=st.lists(st.floats(-1e9, 1e9), min_size=DAYS_NEEDED, max_size=28),
    value=st.floats(-1e9, 1e9),
)
def test_higher_is_never_called_lower(values: list[float], value: float) -> None:
    usual = usual_at(*days_before(values), hour_at=NOON)
    word = standing_of(spreads_away(value, usual))
    if value > usual.median:
        assert word in (Standing.USUAL, Standing.HIGHER, Standing.FAR_HIGHER)
    elif value < usual.median:
        assert word in (Standing.USUAL, Standing.LOWER, Standing.FAR_LOWER)


def test_hours_without_any_count_as_none_and_broken_hours_not_at_all() -> None:
    instants = np.array([NOON + 1, NOON + 2, NOON + 2 * HOUR, NOON + 3 * HOUR + 5])
    hours_at, counts = counted(instants, from_at=NOON - 1, to_at=NOON + 3 * HOUR + HOUR // 2)
    assert hours_at.tolist() == [NOON, NOON + HOUR, NOON + 2 * HOUR]
    assert counts.tolist() == [2.0, 0.0, 1.0]
    assert not len(counted(instants, from_at=NOON + 1, to_at=NOON + HOUR)[0])
