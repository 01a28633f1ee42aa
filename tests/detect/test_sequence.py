import math

import pytest

from haihe.detect import Precedence, Sequence
from haihe.model.time import MINUTE, NEVER
from tests.detect.streams import DELAY, START_AT, column, find, only_time, turns_at

OPENING, OPEN, IDLE = 1.0, 2.0, 0.0
HEARD_AT = START_AT + DELAY
OPENS = Sequence("level", first=OPENING, then=OPEN, within=3 * MINUTE)


def test_a_state_that_follows_in_time_is_fine() -> None:
    assert find(OPENS, column([OPENING, OPENING, OPEN, IDLE, OPEN])) == []


def test_a_state_that_does_not_follow_is_raised_at_its_deadline() -> None:
    memory, found = OPENS.step(OPENS.start(), column([OPENING, IDLE]))
    assert found == []
    assert OPENS.due_at(memory) == HEARD_AT + 3 * MINUTE
    memory, (late,) = OPENS.step(memory, only_time(HEARD_AT + 3 * MINUTE))
    assert (late.at, late.offset, late.observed_at) == (HEARD_AT + 3 * MINUTE, -1, START_AT)
    assert (late.value, late.limit) == (OPENING, OPEN)
    assert late.detail == "no 2 within 3 min of 1"
    assert OPENS.due_at(memory) == NEVER


def test_one_that_comes_too_late_raises_and_clears() -> None:
    found = find(OPENS, column([OPENING, IDLE, IDLE, math.nan, OPEN, OPENING]))
    assert turns_at(found) == [(-1, True), (4, False)]
    assert found[0].at == HEARD_AT + 3 * MINUTE


def test_a_repeated_first_does_not_put_off_the_deadline() -> None:
    found = find(OPENS, column([OPENING] * 4))
    assert [f.at for f in found] == [HEARD_AT + 3 * MINUTE]


def test_the_deadline_itself_is_too_late() -> None:
    found = find(OPENS, column([OPENING, IDLE, IDLE, OPEN]))
    assert turns_at(found) == [(-1, True), (3, False)]


def test_several_codes_count_alike() -> None:
    either = Sequence("level", first=(1, 5), then=(2, 3), within=2 * MINUTE)
    assert find(either, column([5, 3, 1, 2])) == []
    assert find(either, column([5, 0, 0]))[0].detail == "no 2 or 3 within 2 min of 5"


def test_a_state_nobody_announced_is_raised_until_it_is() -> None:
    gate = Precedence("level", first=4, then=5, within=2 * MINUTE)
    found = find(gate, column([0, 5, 5, 4, 5]))
    assert [(f.offset, f.raised, f.value, f.limit) for f in found] == [
        (1, True, 5.0, 4.0),
        (3, False, 4.0, 4.0),
    ]


def test_an_announcement_holds_for_its_time_and_one_entering() -> None:
    gate = Precedence("level", first=4, then=5, within=2 * MINUTE)
    assert find(gate, column([4, 0, 5, 5, 5, 5, 5])) == []  # Entered once, told often.
    assert turns_at(find(gate, column([4, 0, 0, 5]))) == [(3, True)]
    assert find(gate, column([4, math.nan, 5, math.nan, math.nan, 5])) == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Sequence("level", first=1, then=1, within=MINUTE), "in first and in then"),
        (lambda: Sequence("level", first=(), then=1, within=MINUTE), "at least one code"),
        (lambda: Sequence("level", first=1, then=math.nan, within=MINUTE), "numbers only"),
        (lambda: Sequence("level", first=1, then=2, within=0), "within is 0"),
        (lambda: Precedence("level", first=1, then=1, within=MINUTE), "in first and in then"),
    ],
)
def test_settings_without_sense_are_refused(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=words):
        make()
