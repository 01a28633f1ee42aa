"""The entities that a sender names in every body."""

import pyarrow as pa
import pytest

from haihe.feed.roster import IDS_MAX, ROSTERS_MAX, roster_of
from haihe.log.directory import Directory
from haihe.log.entry import Header
from haihe.model.record import Roster


def test_the_same_ids_in_another_body_are_the_same_object() -> None:
    first, second = (roster_of(pa.array(["zone/1", "zone/2"])) for _ in range(2))
    assert first is second
    assert first == ("zone/1", "zone/2")


def test_ids_of_the_same_letters_but_other_ends_are_told_apart() -> None:
    assert roster_of(pa.array(["ab", "c"])) == ("ab", "c")
    assert roster_of(pa.array(["a", "bc"])) == ("a", "bc")
    assert roster_of(pa.array(["abc"])) == ("abc",)


@pytest.mark.parametrize(
    "ids",
    [
        ["zone/1", "zone/1"],
        ["zone/1", "with space"],
        ["zone/1", ""],
        [],
        ["zone/\x00"],
        [f"zone/{number}" for number in range(IDS_MAX + 1)],
    ],
    ids=["twice", "space", "empty", "none", "zero byte", "too many"],
)
def test_what_must_be_looked_at_each_time_is_no_roster(ids: list[str]) -> None:
    assert roster_of(pa.array(ids, pa.string())) is None


def test_a_part_of_a_larger_dictionary_is_no_roster() -> None:
    assert roster_of(pa.array(["zone/1", "zone/2", "zone/3"]).slice(1)) is None


def test_a_roster_that_was_let_go_is_read_anew() -> None:
    first = roster_of(pa.array(["old/1"]))
    for number in range(ROSTERS_MAX):
        roster_of(pa.array([f"new/{number}"]))
    again = roster_of(pa.array(["old/1"]))
    assert again == first
    assert again is not first


def test_a_rosters_slots_are_kept_for_each_stream_by_itself() -> None:
    directory = Directory()
    roster = Roster(("zone/1", "zone/2"))
    directory.assign("air", ("zone/2", "zone/1"))
    directory.assign("water", ("zone/1", "zone/2"))
    for _ in range(2):
        assert directory.slots("air", roster).tolist() == [1, 0]
        assert directory.slots("water", roster).tolist() == [0, 1]


def test_a_rosters_slots_are_forgotten_with_the_entities_of_a_failed_transaction() -> None:
    directory = Directory()
    roster = Roster(("zone/1",))
    _, new = directory.assign("air", roster)
    assert directory.slots("air", roster).tolist() == [0]
    directory.forget("air", new)
    assert directory.slots("air", roster).tolist() == [-1]
    directory.apply(
        Header(
            seq=0, first_offset=0, rows=1, kind="batch", stream="air", received_at=0,
            first_slot=0, new=("zone/9", "zone/1"), body_sha256="",
        )
    )  # fmt: skip
    assert directory.slots("air", roster).tolist() == [1]
