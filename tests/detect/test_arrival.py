"""What comes is found once, and does not stand."""

import numpy as np

from haihe.detect import Arrived, ByLedger, Seen


def seen(slots: list[int], first_offset: int = 0) -> Seen:
    at = np.arange(len(slots), dtype=np.int64) + first_offset + 1
    return Seen(
        entities=8,
        slots=np.array(slots, dtype=np.int32),
        observed_at=at,
        received_at=at,
        offsets=at - 1,
        numbers={},
        now=int(at[-1]) if len(at) else 99,
    )


def test_the_first_record_of_each_entity_is_found_and_cleared_at_once() -> None:
    detector = Arrived()
    memory, found = detector.step(detector.start(), seen([3, 5, 3]))
    assert [(one.slot, one.offset, one.raised) for one in found] == [
        (3, 0, True), (3, 0, False), (5, 1, True), (5, 1, False),
    ]  # fmt: skip
    memory, found = detector.step(memory, seen([5, 2, 3], first_offset=3))
    assert [(one.slot, one.offset) for one in found if one.raised] == [(2, 4)]
    assert detector.step(memory, seen([]))[1] == []


def test_what_a_ledger_notes_is_not_found_by_its_detector() -> None:
    detector = ByLedger()
    assert detector.step(detector.start(), seen([1]))[1] == []
