import math

import pytest

from haihe.detect import LevelShift
from tests.detect.streams import column, find, turns_at


def test_a_lasting_shift_is_raised_when_half_the_newer_window_shows_it() -> None:
    # Window 5: the median of the newer five is 20 once three of them are, at row 12.
    found = find(LevelShift("level", least=5.0, window=5), column([10.0] * 10 + [20.0] * 12))
    assert [(f.offset, f.raised, f.value, f.limit) for f in found] == [
        (12, True, 20.0, 10.0),
        (17, False, 20.0, 20.0),  # Three of the older five are 20: the new level is normal.
    ]


def test_wild_readings_neither_make_nor_hide_a_shift() -> None:
    shift = LevelShift("level", least=5.0, window=5)
    assert find(shift, column([10.0] * 10 + [999.0, 999.0] + [10.0] * 10)) == []
    wild = [10.0, 10.0, -999.0, 10.0, 10.0] * 2 + [20.0] * 12
    assert turns_at(find(shift, column(wild))) == [(12, True), (17, False)]


def test_a_change_less_than_the_least_or_within_the_noise_is_no_shift() -> None:
    assert find(LevelShift("level", least=5.0, window=5), column([10.0] * 10 + [14.9] * 10)) == []
    noise = [0.0, 40.0, 20.0, 10.0, 30.0]
    shifted = [value + 10.0 for value in noise]
    assert find(LevelShift("level", least=5.0, window=5), column(noise * 3 + shifted * 3)) == []


def test_missing_and_constant_values_are_no_shift() -> None:
    shift = LevelShift("level", least=1e-9, window=3)
    assert find(shift, column([0.1] * 50)) == []
    assert find(shift, column([math.nan] * 50)) == []
    dotted = [10.0, math.nan] * 6 + [20.0, math.inf] * 3
    assert turns_at(find(LevelShift("level", least=5.0, window=3), column(dotted))) == [(14, True)]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"least": 0.0}, "least is 0.0"),
        ({"least": 1.0, "window": 2}, "window is 2"),
        ({"least": 1.0, "width": -1.0}, "width is -1.0"),
    ],
)
def test_settings_without_sense_are_refused(settings: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LevelShift("level", **settings)  # type: ignore[arg-type]  # One dictionary for all.
