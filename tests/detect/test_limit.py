import math

import numpy as np
import pytest

from haihe.detect import Limit, Seen
from haihe.model.time import MINUTE
from tests.detect.streams import DELAY, START_AT, column, find, turns_at


def test_a_limit_without_delay_raises_at_once_with_value_and_limit() -> None:
    found = find(Limit("level", high=20.0), column([19.9, 20.0, 25.0, 19.9]))
    assert [(f.offset, f.raised, f.value, f.limit) for f in found] == [
        (1, True, 20.0, 20.0),
        (3, False, 19.9, 20.0),
    ]
    assert found[0].at == START_AT + MINUTE + DELAY
    assert found[0].observed_at == START_AT + MINUTE


def test_a_low_limit_raises_below_it() -> None:
    found = find(Limit("level", low=5.0), column([6.0, 5.0, 5.1]))
    assert turns_at(found) == [(1, True), (2, False)]


def test_the_deadband_keeps_a_value_at_the_edge_from_chattering() -> None:
    limit = Limit("level", high=20.0, deadband=5.0)
    found = find(limit, column([20.0, 19.0, 15.1, 20.0, 15.0, 19.9]))
    assert [(f.offset, f.raised, f.limit) for f in found] == [(0, True, 20.0), (4, False, 15.0)]


def test_the_on_delay_counts_observed_time_and_starts_anew() -> None:
    limit = Limit("level", high=20.0, on_delay=2 * MINUTE)
    found = find(limit, column([21, 21, 1, 21, 21, 21, 21]))
    assert turns_at(found) == [(5, True)]


def test_a_missing_value_does_not_end_the_waiting() -> None:
    limit = Limit("level", high=20.0, on_delay=2 * MINUTE)
    assert turns_at(find(limit, column([21, math.nan, 21]))) == [(2, True)]


def test_the_off_delay_wants_the_whole_time_inside() -> None:
    limit = Limit("level", high=20.0, deadband=5.0, off_delay=2 * MINUTE)
    found = find(limit, column([25, 10, 16, 10, 10, 10, 10]))
    assert turns_at(found) == [(0, True), (5, False)]


def test_going_from_one_limit_to_the_other_keeps_the_alarm_and_restarts_the_delay() -> None:
    both = Limit("level", high=20.0, low=0.0)
    assert turns_at(find(both, column([25, -5, 10]))) == [(0, True), (2, False)]
    slow = Limit("level", high=20.0, low=0.0, on_delay=2 * MINUTE)
    found = find(slow, column([25, 25, -5, -5, -5]))
    assert [(f.offset, f.value, f.limit) for f in found] == [(4, -5.0, 0.0)]


def test_an_infinity_is_beyond_the_limit_on_its_side_and_is_told_as_a_number() -> None:
    found = find(Limit("level", high=20.0), column([math.inf, -math.inf, 1.0]))
    assert turns_at(found) == [(0, True), (2, False)]
    assert math.isfinite(found[0].value)


def test_missing_values_alone_find_nothing() -> None:
    assert find(Limit("level", high=0.0, low=-1.0), column([math.nan] * 5)) == []


def test_two_entities_wait_on_their_own() -> None:
    limit = Limit("level", high=20.0, on_delay=MINUTE)
    at = np.array([START_AT, START_AT, START_AT + MINUTE, START_AT + MINUTE])
    slots = np.array([0, 1, 0, 1], dtype=np.int32)
    values = {"level": np.array([30.0, 10.0, 30.0, 30.0])}
    seen = Seen(2, slots, at, at, np.arange(4), values, int(at[-1]))
    assert [(f.slot, f.offset) for f in find(limit, seen)] == [(0, 2)]


def test_a_calm_batch_leaves_the_memory_as_it_was() -> None:
    limit = Limit("level", high=20.0)
    start = limit.start()
    memory, found = limit.step(start, column([1.0, 2.0]))
    assert memory is start
    assert found == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "neither high nor low"),
        ({"high": 10.0, "low": 10.0}, "leaves no value"),
        ({"high": 10.0, "low": 0.0, "deadband": 6.0}, "leaves no value"),
        ({"high": 10.0, "deadband": -1.0}, "deadband is -1.0"),
        ({"high": math.nan}, "leaves no value"),
    ],
)
def test_limits_that_cannot_be_left_are_refused(settings: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Limit("level", **settings)  # type: ignore[arg-type]  # The delays are not among them.
