import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.detect.contract import by_slot, grown, is_unique, split_rounds
from haihe.model.time import NEVER

SLOTS = st.one_of(
    st.lists(st.integers(0, 5), max_size=30),
    st.lists(st.integers(0, 200_000), max_size=30),
    st.permutations(range(20)),
)


@given(SLOTS)
def test_rounds_hold_every_row_once_each_entity_in_order(slots: list[int]) -> None:
    rows_of = np.array(slots, dtype=np.int32)
    rounds = split_rounds(rows_of)
    assert sorted(row for rows in rounds for row in rows.tolist()) == list(range(len(slots)))
    assert len(rounds) == max((slots.count(slot) for slot in slots), default=0)
    for rows in rounds:
        assert len(set(rows_of[rows].tolist())) == len(rows)
    for slot in set(slots):
        mine = [row for turn in rounds for row in turn.tolist() if slots[row] == slot]
        assert mine == sorted(mine)


@given(SLOTS)
def test_rows_by_slot_are_as_python_sorts_them(slots: list[int]) -> None:
    expected = sorted(range(len(slots)), key=lambda row: slots[row])
    assert by_slot(np.array(slots, dtype=np.int32)).tolist() == expected


@given(SLOTS)
def test_slots_are_never_called_unique_when_they_are_not(slots: list[int]) -> None:
    if is_unique(np.array(slots, dtype=np.int32)):
        assert len(set(slots)) == len(slots)


def test_a_single_round_is_the_rows_as_they_lie() -> None:
    far_apart = np.array([100_000, 5], dtype=np.int32)  # Too sparse to see at a glance.
    assert [rows.tolist() for rows in split_rounds(far_apart)] == [[0, 1]]


def test_a_grown_array_keeps_its_rows_and_fills_the_rest() -> None:
    array = np.array([[1, 2]], dtype=np.int64)
    wider = grown(array, 3, fill=NEVER)
    assert wider.tolist() == [[1, 2], [NEVER, NEVER], [NEVER, NEVER]]
    assert grown(wider, 2, fill=0) is wider


@pytest.mark.parametrize("entities", [1, 10, 11, 1000])
def test_a_grown_array_has_at_least_half_as_much_again(entities: int) -> None:
    wider = grown(np.zeros(10), entities, fill=0.0)
    assert len(wider) == (10 if entities <= 10 else max(entities, 15))
