import math

import numpy as np
import pytest

from haihe.detect import Seen, Silence
from haihe.model.time import MINUTE, NEVER, SECOND
from tests.detect.streams import DELAY, START_AT, column, find, only_time

HEARD_AT = START_AT + DELAY


def test_silence_is_raised_at_the_last_reception_plus_the_timeout() -> None:
    silence = Silence(10 * MINUTE)
    memory, found = silence.step(silence.start(), column([1.0]))
    assert found == []
    assert silence.due_at(memory) == HEARD_AT + 10 * MINUTE
    memory, found = silence.step(memory, only_time(HEARD_AT + 10 * MINUTE - 1))
    assert found == []
    memory, found = silence.step(memory, only_time(HEARD_AT + 99 * MINUTE))
    (raised,) = found
    assert (raised.at, raised.offset, raised.raised) == (HEARD_AT + 10 * MINUTE, -1, True)
    assert (raised.observed_at, raised.value, raised.limit) == (START_AT, 600.0, 600.0)
    assert silence.due_at(memory) == NEVER


def test_it_is_raised_once_and_cleared_by_the_next_row_even_one_without_values() -> None:
    silence = Silence(10 * MINUTE)
    memory, _ = silence.step(silence.start(), column([1.0]))
    memory, first = silence.step(memory, only_time(HEARD_AT + 20 * MINUTE))
    memory, second = silence.step(memory, only_time(HEARD_AT + 25 * MINUTE))
    assert (len(first), second) == (1, [])
    later = column([math.nan], start_at=START_AT + 30 * MINUTE)
    memory, (cleared,) = silence.step(memory, later)
    assert (cleared.at, cleared.offset, cleared.raised) == (HEARD_AT + 30 * MINUTE, 0, False)
    assert (cleared.value, cleared.limit) == (1800.0, 600.0)
    assert silence.due_at(memory) <= HEARD_AT + 40 * MINUTE


def test_a_gap_inside_a_batch_raises_and_clears() -> None:
    found = find(Silence(10 * MINUTE), column([1.0, 1.0], every=10 * MINUTE))
    assert [(f.at - HEARD_AT, f.offset, f.raised) for f in found] == [
        (10 * MINUTE, -1, True),
        (10 * MINUTE, 1, False),
    ]


def test_an_entity_that_keeps_talking_is_never_silent() -> None:
    assert find(Silence(MINUTE + SECOND), column([math.nan] * 100)) == []


def test_an_entity_that_never_spoke_is_not_silent() -> None:
    silence = Silence(MINUTE)
    seen = column([1.0])
    known = Seen(9, seen.slots, seen.observed_at, seen.received_at, seen.offsets, seen.numbers, 0)
    memory, _ = silence.step(silence.start(), known)
    _, found = silence.step(memory, only_time(HEARD_AT + MINUTE, entities=9))
    assert [finding.slot for finding in found] == [0]


def test_the_due_time_is_never_too_late() -> None:
    silence = Silence(5 * MINUTE)
    slots = np.array([0, 1, 0], dtype=np.int32)
    at = START_AT + MINUTE * np.array([0, 1, 4])
    memory, _ = silence.step(silence.start(), Seen(2, slots, at, at, np.arange(3), {}, int(at[-1])))
    assert silence.due_at(memory) <= START_AT + 6 * MINUTE
    memory, found = silence.step(memory, only_time(START_AT + 6 * MINUTE, entities=2))
    assert [(f.slot, f.at) for f in found] == [(1, START_AT + 6 * MINUTE)]
    assert silence.due_at(memory) == START_AT + 9 * MINUTE


def test_a_timeout_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="timeout is 0"):
        Silence(0)
