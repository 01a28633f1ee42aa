import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.errors import LogDamaged
from haihe.log.directory import Directory
from haihe.log.entry import Header

IDS = st.lists(st.integers(0, 12).map("zone/{}".format), unique=True, max_size=6)
ROUNDS = st.lists(st.tuples(st.sampled_from(["a.air", "b.air"]), IDS, st.booleans()), max_size=12)


def header(*, stream: str, first_slot: int, new: tuple[str, ...]) -> Header:
    return Header(
        seq=4,
        first_offset=0,
        rows=1,
        kind="batch",
        stream=stream,
        received_at=0,
        first_slot=first_slot,
        new=new,
        body_sha256="",
    )


@given(ROUNDS)
def test_slots_are_the_order_of_first_appearance_of_what_was_kept(
    rounds: list[tuple[str, list[str], bool]],
) -> None:
    directory = Directory()
    model: dict[str, list[str]] = {"a.air": [], "b.air": []}
    for stream, ids, is_kept in rounds:
        slots, new = directory.assign(stream, ids)
        known = [*model[stream], *(name for name in ids if name not in model[stream])]
        assert slots.tolist() == [known.index(name) for name in ids]
        assert list(new) == known[len(model[stream]) :]
        if is_kept:
            model[stream] = known
        elif new:
            directory.forget(stream, new)
        assert list(directory.ids(stream)) == model[stream]
        for name in ids:
            expected = model[stream].index(name) if name in model[stream] else -1
            assert directory.slot(stream, name) == expected


def test_nothing_is_known_of_a_stream_never_heard_of() -> None:
    directory = Directory()
    assert list(directory.ids("a.air")) == []
    assert directory.slot("a.air", "zone/1") == -1


def test_the_headers_alone_rebuild_it() -> None:
    directory = Directory()
    directory.apply(header(stream="a.air", first_slot=0, new=("zone/1", "zone/2")))
    directory.apply(header(stream="a.air", first_slot=0, new=()))
    directory.apply(header(stream="a.air", first_slot=2, new=("zone/3",)))
    assert list(directory.ids("a.air")) == ["zone/1", "zone/2", "zone/3"]


def test_a_missing_entry_is_found_by_the_gap_it_leaves() -> None:
    with pytest.raises(LogDamaged, match="entry 4 gives slots from 2"):
        Directory().apply(header(stream="a.air", first_slot=2, new=("zone/3",)))
