import math

import numpy as np
import pytest

from haihe.detect import Seen, Silence
from haihe.model.time import MINUTE, NEVER, SECOND
from tests.detect.streams import DELAY, START_AT, column, cut, find, only_time

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


def test_a_field_that_falls_silent_inside_records_that_still_come_is_a_silence() -> None:
    told = [1.0, math.nan, math.nan, math.nan, 1.0]
    found = find(Silence(3 * MINUTE, field="level"), column(told))
    assert [(f.at - HEARD_AT, f.offset, f.raised, f.field) for f in found] == [
        (3 * MINUTE, -1, True, "level"),
        (4 * MINUTE, 4, False, "level"),
    ]
    assert find(Silence(3 * MINUTE), column(told)) == []


def test_a_field_silence_is_the_same_row_by_row_and_in_one_batch() -> None:
    seen = column([1.0, math.nan, 2.0, math.nan, math.nan, math.nan, 3.0, math.nan])
    silence = Silence(2 * MINUTE, field="level")
    memory, found = silence.step(silence.start(), only_time(START_AT))
    for row in cut(seen, range(1, 9), nows=seen.received_at.tolist()):
        memory, some = silence.step(memory, row)
        found += some
    assert found == find(silence, seen)
    assert [finding.raised for finding in found] == [True, False, True, False]


def test_a_field_that_was_never_told_is_not_silent() -> None:
    silence = Silence(MINUTE, field="level")
    memory, found = silence.step(silence.start(), column([math.nan] * 9))
    assert (found, silence.due_at(memory), silence.fields) == ([], NEVER, ("level",))


def test_other_values_of_a_row_do_not_speak_for_a_field() -> None:
    seen = column([1.0, math.nan, math.nan, math.nan])
    beside = {**seen.numbers, "flow": np.ones(4)}
    both = Seen(1, seen.slots, seen.observed_at, seen.received_at, seen.offsets, beside, seen.now)
    assert [f.raised for f in find(Silence(2 * MINUTE, field="level"), both)] == [True]
    assert find(Silence(2 * MINUTE, field="flow"), both) == []
