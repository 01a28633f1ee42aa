import math

import pytest

from haihe.detect import Absurd, Stuck
from haihe.model.time import MINUTE
from tests.detect.streams import column, find, turns_at


def test_a_stuck_value_raises_after_duration_and_readings_and_clears_on_change() -> None:
    found = find(Stuck("level", 3 * MINUTE, at_least=3), column([1, 7, 7, 7, 7, 7, 8]))
    assert [(f.offset, f.raised, f.value, f.limit) for f in found] == [
        (4, True, 7.0, 7.0),  # The run began at reading 1; three minutes later is reading 4.
        (6, False, 8.0, 7.0),
    ]


def test_a_stuck_value_needs_the_readings_too() -> None:
    assert turns_at(find(Stuck("level", MINUTE, at_least=4), column([7] * 5))) == [(3, True)]


def test_a_slow_drift_is_not_stuck() -> None:
    drift = [0.04 * i for i in range(30)]
    assert find(Stuck("level", 3 * MINUTE, tolerance=0.1, at_least=3), column(drift)) == []
    jitter = [5.0, 5.05, 4.95, 5.0, 5.1]
    found = find(Stuck("level", 4 * MINUTE, tolerance=0.11, at_least=3), column(jitter))
    assert turns_at(found) == [(4, True)]


def test_missing_and_infinite_values_neither_lengthen_nor_end_a_run() -> None:
    values = [7, math.nan, 7, math.inf, 7]
    assert turns_at(find(Stuck("level", 4 * MINUTE, at_least=3), column(values))) == [(4, True)]
    assert find(Stuck("level", MINUTE, at_least=2), column([math.nan] * 9)) == []


def test_two_values_that_alternate_are_not_stuck() -> None:
    assert find(Stuck("level", MINUTE, at_least=2), column([0, 1] * 20)) == []


def test_a_value_outside_its_range_is_absurd_until_three_are_sane() -> None:
    absurd = Absurd("level", low=0.0, high=100.0)
    found = find(absurd, column([50, -1, 50, 50, 120, 50, 50, 50, 50]))
    assert [(f.offset, f.raised, f.value, f.limit) for f in found] == [
        (1, True, -1.0, 0.0),
        (7, False, 50.0, 0.0),
    ]


def test_the_bounds_themselves_are_sane() -> None:
    assert find(Absurd("level", low=0.0, high=100.0), column([0, 100, math.nan])) == []


def test_an_impossible_jump_is_absurd_and_its_limit_is_what_could_have_been() -> None:
    absurd = Absurd("level", max_rate=5.0, per=MINUTE, clear_after=1)
    found = find(absurd, column([10, 14, 30, 31, 25]))
    assert [(f.offset, f.raised, f.value, f.limit) for f in found] == [
        (2, True, 30.0, 19.0),
        (3, False, 31.0, 35.0),
        (4, True, 25.0, 26.0),
    ]


def test_an_absurd_value_is_not_what_the_next_is_compared_with() -> None:
    absurd = Absurd("level", high=100.0, max_rate=5.0, clear_after=1)
    assert turns_at(find(absurd, column([10, 900, 12]))) == [(1, True), (2, False)]


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e300, -1e300])
def test_infinite_and_immeasurable_values_are_always_absurd(value: float) -> None:
    found = find(Absurd("level", max_rate=5.0), column([1.0, value]))
    assert turns_at(found) == [(1, True)]
    assert math.isfinite(found[0].value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Stuck("level", 0), "for_ is 0"),
        (lambda: Stuck("level", MINUTE, at_least=1), "at_least is 1"),
        (lambda: Stuck("level", MINUTE, tolerance=-1.0), "tolerance is -1.0"),
        (lambda: Absurd("level", low=1.0, high=1.0), "low must be less"),
        (lambda: Absurd("level", max_rate=0.0), "max_rate is 0.0"),
    ],
)
def test_settings_without_sense_are_refused(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=words):
        make()
