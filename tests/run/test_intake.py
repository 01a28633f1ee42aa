"""The last look before the log: what is repeated, late or new; and rows joined and thinned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.log.directory import Directory
from haihe.model import DAY, SECOND, Batch, Field, FieldKind, Rows, Stream
from haihe.run.intake import joined, kept, look, too_late
from haihe.state.live import LiveStream

STREAM = Stream("t.value", (Field("value", "1"), Field("note", kind=FieldKind.TEXT)), late_by=DAY)
Told = tuple[str, int, float, str | None]


def rows(*told: Told, own_clock: int | None = None) -> Rows:
    entities = [one[0] for one in told]
    ids = tuple(dict.fromkeys(entities))
    return Rows(
        stream="t.value",
        ids=ids,
        codes=np.array([ids.index(entity) for entity in entities], dtype=np.int32),
        observed_at=np.array([one[1] for one in told], dtype=np.int64),
        numbers={"value": np.array([one[2] for one in told], dtype=np.float64)},
        texts={"note": np.array([one[3] for one in told], dtype=object)},
        received_at=None if own_clock is None else np.full(len(told), own_clock, dtype=np.int64),
    )


def told_by(some: Rows) -> list[Told]:
    columns = (some.codes, some.observed_at, some.numbers["value"], some.texts["note"])
    parts = zip(*(column.tolist() for column in columns), strict=True)
    return [(some.ids[code], at, value, note) for code, at, value, note in parts]


@pytest.fixture
def known() -> tuple[LiveStream, Directory]:
    """thing/1 spoke last on the tenth day: 5.0, "ok"."""
    live, directory = LiveStream(STREAM), Directory()
    slots, _ = directory.assign("t.value", ("thing/1", "thing/2"))
    at = np.array([10 * DAY], dtype=np.int64)
    note = np.array(["ok"], dtype=object)
    batch = Batch("t.value", at, slots[:1], at, at, {"value": np.array([5.0])}, {"note": note})
    live.update(batch, directory.ids("t.value"))
    return live, directory


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (("thing/1", 10 * DAY, 5.0, "ok"), "repeated"),
        (("thing/1", 10 * DAY, 5.0, None), "repeated"),  # Less of the same is nothing new.
        (("thing/1", 10 * DAY, np.nan, "ok"), "repeated"),
        (("thing/1", 10 * DAY, 6.0, "ok"), "new"),  # The newer word on the same moment.
        (("thing/1", 10 * DAY, 5.0, "worn"), "new"),
        (("thing/1", 10 * DAY + 1, 5.0, "ok"), "new"),
        (("thing/1", 9 * DAY, 5.0, "ok"), "new"),  # Late, but not too late.
        (("thing/1", 9 * DAY - 1, 5.0, "ok"), "late"),
        (("thing/2", 0, 5.0, "ok"), "new"),  # Known by name, but it has never spoken.
        (("thing/3", 0, 5.0, "ok"), "new"),
    ],
)
def test_one_record_against_the_newest_of_its_entity(
    known: tuple[LiveStream, Directory], told: Told, verdict: str
) -> None:
    live, directory = known
    found = look(rows(told), live, directory=directory)
    said = "late" if found.late[0] else "new" if found.keep[0] else "repeated"
    assert said == verdict


def test_what_is_said_twice_in_one_body_is_taken_once(
    known: tuple[LiveStream, Directory],
) -> None:
    live, directory = known
    one, other = ("thing/9", 5, 1.0, "a"), ("thing/9", 5, 2.0, "a")
    gap = ("thing/9", 5, np.nan, None)
    body = rows(one, other, gap, ("thing/8", 5, 1.0, "a"), gap)
    assert look(body, live, directory=directory).keep.tolist() == [True, True, True, True, False]


def test_a_late_record_goes_to_quarantine_with_all_it_said(
    known: tuple[LiveStream, Directory],
) -> None:
    live, directory = known
    refused = too_late(rows(("thing/1", 8 * DAY, 7.5, "worn")), 0, live=live, directory=directory)
    assert (refused.stream, refused.entity, refused.reason) == ("t.value", "thing/1", "late")
    assert refused.observed_at == 8 * DAY
    assert '"value":7.5' in refused.raw
    assert '"note":"worn"' in refused.raw
    assert "2 d before the newest" in refused.message


TOLD = st.tuples(
    st.sampled_from(["a/1", "a/2", "a/3"]),
    st.integers(0, 9),
    st.floats(-5, 5),
    st.sampled_from(["x", None]),
)
BODIES = st.lists(st.lists(TOLD, min_size=1, max_size=5), min_size=1, max_size=4)


@given(BODIES)
def test_joined_rows_are_the_rows_one_after_the_other(bodies: list[list[Told]]) -> None:
    whole = joined([rows(*body) for body in bodies], now=0)
    assert told_by(whole) == [told for body in bodies for told in body]
    assert len(set(whole.ids)) == len(whole.ids)
    assert whole.received_at is None


@given(BODIES, st.data())
def test_kept_rows_are_those_asked_for_and_name_nobody_else(
    bodies: list[list[Told]], data: st.DataObject
) -> None:
    told = [one for body in bodies for one in body]
    mask = data.draw(st.lists(st.booleans(), min_size=len(told), max_size=len(told)))
    some = kept(rows(*told), np.array(mask, dtype=bool))
    assert told_by(some) == [one for one, keep in zip(told, mask, strict=True) if keep]
    assert set(some.ids) == {one[0] for one, keep in zip(told, mask, strict=True) if keep} or all(
        mask
    )


def test_rows_with_and_without_a_clock_of_their_own_are_stamped_each_in_its_way() -> None:
    recorded, live = ("a/1", 1, 1.0, None), ("a/1", 2, 2.0, None)
    whole = joined([rows(recorded, own_clock=7 * SECOND), rows(live)], now=9 * SECOND)
    assert whole.received_at is not None
    assert whole.received_at.tolist() == [7 * SECOND, 9 * SECOND]


def test_a_field_that_some_rows_are_older_than_is_missing_there() -> None:
    old, new = rows(("a/1", 1, 1.0, None)), rows(("a/2", 2, 2.0, "x"))
    new.numbers["more"] = np.array([5.0])  # type: ignore[index]  # A dict, seen as a Mapping.
    for order in ([old, new], [new, old]):
        whole = joined(order, now=0)
        more = dict(zip([one[0] for one in told_by(whole)], whole.numbers["more"], strict=True))
        assert more == pytest.approx({"a/1": np.nan, "a/2": 5.0}, nan_ok=True)
