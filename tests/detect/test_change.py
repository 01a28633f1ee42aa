import math

import pytest

from haihe.detect import Cusum, Ewma, Rate
from haihe.model.time import HOUR, MINUTE, SECOND
from tests.detect.streams import column, find, turns_at

# Montgomery, Introduction to Statistical Quality Control, table 9.1: twenty readings of mean 10,
# then ten of mean 11; sigma is 1.
MONTGOMERY = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34,
    9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84,
    10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
]  # fmt: skip


def test_cusum_finds_at_reading_29_the_shift_of_montgomerys_table() -> None:
    found = find(Cusum("level", mean=10.0, sigma=1.0), column(MONTGOMERY))
    assert turns_at(found) == [(28, True)]
    assert found[0].value == pytest.approx(5.28)  # His C+ of reading 29.
    assert found[0].limit == 5.0


def test_ewma_finds_at_reading_29_the_shift_of_montgomerys_table() -> None:
    chart = Ewma("level", mean=10.0, sigma=1.0, weight=0.1, width=2.7)
    found = find(chart, column(MONTGOMERY))
    assert turns_at(found) == [(28, True)]
    assert found[0].value == pytest.approx(10.6468, abs=5e-5)  # z of reading 29 in his table 9.10.
    assert found[0].limit == pytest.approx(10.62, abs=0.005)  # His upper control limit.


def test_cusum_tells_a_downward_shift_with_negative_numbers() -> None:
    found = find(Cusum("level", mean=10.0, sigma=1.0), column([20 - value for value in MONTGOMERY]))
    assert turns_at(found) == [(28, True)]
    assert found[0].value == pytest.approx(-5.28)
    assert found[0].limit == -5.0


def test_cusum_clears_when_the_sum_is_used_up() -> None:
    # Sums: 2.5, 5.0, 7.5 raises; capped at 10; then each reading of 9 takes 1.5 off: 7 of them.
    found = find(Cusum("level", mean=10.0, sigma=1.0), column([13.0] * 10 + [9.0] * 10))
    assert turns_at(found) == [(2, True), (16, False)]


def test_a_chart_learns_mean_and_sigma_from_its_warm_up() -> None:
    # Mean 10, sample variance 4 * 1 / 3; the limit of a sum is 5 * sqrt(4 / 3).
    warm_up = [9.0, 11.0, 9.0, 11.0]
    found = find(Cusum("level", warm_up=4), column([*warm_up, 20.0]))
    assert turns_at(found) == [(4, True)]
    assert found[0].limit == pytest.approx(5 * math.sqrt(4 / 3))
    assert found[0].value == pytest.approx(10 - 0.5 * math.sqrt(4 / 3))


def test_ewma_first_limits_are_narrow_as_robert_drew_them() -> None:
    # At the first reading the average is 0.2 * x and its sigma 0.2: 3 sigma of x, so 3.1 is out.
    chart = Ewma("level", mean=0.0, sigma=1.0, weight=0.2, width=3.0)
    assert turns_at(find(chart, column([2.9]))) == []
    found = find(chart, column([3.1]))
    assert turns_at(found) == [(0, True)]
    assert found[0].value == pytest.approx(0.62)
    assert found[0].limit == pytest.approx(0.6)


def test_a_chart_that_learns_follows_a_slow_drift() -> None:
    drift = [10 + 0.02 * i + (-1) ** i for i in range(400)]
    assert turns_at(find(Ewma("level", warm_up=20), column(drift)))
    assert turns_at(find(Ewma("level", warm_up=20, learn=0.1), column(drift))) == []


@pytest.mark.parametrize("chart", [Ewma("level", warm_up=5), Cusum("level", warm_up=5)])
@pytest.mark.parametrize("value", [0.1, 0.0, 1e99, -7.3])
def test_a_constant_never_leaves_its_chart(chart: Ewma | Cusum, value: float) -> None:
    assert find(chart, column([value] * 50)) == []


@pytest.mark.parametrize("chart", [Ewma("level", warm_up=5), Cusum("level", warm_up=5)])
def test_a_process_without_spread_that_moves_raises_and_clears(chart: Ewma | Cusum) -> None:
    found = find(chart, column([5.0] * 6 + [6.0] + [5.0] * 200))
    assert [finding.raised for finding in found] == [True, False]
    assert found[0].offset == 6


def test_sigma_min_keeps_the_sensors_last_digit_quiet() -> None:
    steps = [5.0] * 6 + [5.1, 5.0] * 20
    assert find(Ewma("level", warm_up=5, sigma_min=0.2), column(steps)) == []


def test_rate_is_counted_per_duration_whatever_the_pace() -> None:
    # 3 in 30 s are 6 a minute; 3 in two minutes are 1.5.
    fast = find(Rate("level", MINUTE, rise=5.0), column([0.0, 3.0, 3.0], every=30 * SECOND))
    assert [(f.offset, f.raised, f.value, f.limit) for f in fast] == [
        (1, True, 6.0, 5.0),
        (2, False, 0.0, 5.0),
    ]
    assert find(Rate("level", MINUTE, rise=5.0), column([0.0, 3.0], every=2 * MINUTE)) == []


def test_rate_tells_a_fall_with_negative_numbers() -> None:
    found = find(Rate("level", HOUR, fall=60.0), column([10.0, 9.0, 8.5]))
    assert [(f.offset, f.value, f.limit) for f in found] == [(1, -60.0, -60.0), (2, -30.0, -60.0)]


def test_rate_compares_across_missing_values_and_passes_over_close_readings() -> None:
    assert turns_at(find(Rate("level", MINUTE, rise=5), column([0, math.nan, 12]))) == [(2, True)]
    noisy = column([0.0, 1.0, 0.0, 1.0, 1.0], every=SECOND)
    assert find(Rate("level", MINUTE, rise=20.0, min_spacing=4 * SECOND), noisy) == []
    assert find(Rate("level", MINUTE, rise=20.0), noisy)


def test_rate_clears_after_as_many_calm_readings_as_told() -> None:
    rate = Rate("level", MINUTE, rise=5.0, clear_after=2)
    assert turns_at(find(rate, column([0, 9, 9, 20, 20, 20]))) == [(1, True), (5, False)]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Rate("level", MINUTE), "neither rise nor fall"),
        (lambda: Rate("level", 0, rise=1.0), "per is 0"),
        (lambda: Rate("level", MINUTE, rise=-1.0), "rise is -1.0"),
        (lambda: Ewma("level", mean=1.0), "both mean and sigma"),
        (lambda: Ewma("level", weight=1.5), "weight"),
        (lambda: Ewma("level", learn=1.0), "learn is 1.0"),
        (lambda: Cusum("level", warm_up=1), "warm_up is 1"),
        (lambda: Cusum("level", mean=0.0, sigma=0.0), "sigma is 0.0"),
    ],
)
def test_settings_without_sense_are_refused(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=words):
        make()
