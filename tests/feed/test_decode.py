"""What comes of JSON and NDJSON: the good part kept, the bad part refused with its reason."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from haihe.errors import RecordRefused
from haihe.feed.decode import decode_json, decode_ndjson
from haihe.feed.door import RAW_MAX, TEXT_MAX, Reason, Taken, instant_of
from haihe.feed.judge import judge
from haihe.feed.shape import shape_of
from haihe.model.stream import Field, Stream
from haihe.model.time import DAY, MINUTE, SECOND, format_instant
from tests.feed.bodies import GAS, NOW, body_of, only, records_of

GOOD = {"entity": "zone/7", "observed_at": NOW, "methane": 3.5, "oxygen": 20.9, "state": "ok"}


def take(*records: object) -> Taken:
    return decode_json(body_of(*records), GAS, now=NOW)


def test_a_good_record_comes_out_as_it_went_in() -> None:
    taken = take(GOOD)
    assert records_of(taken.rows) == [GOOD]
    assert taken.refused == ()


def test_a_single_object_is_one_record() -> None:
    taken = decode_json(b' {"entity":"zone/7","methane":1}', GAS, now=NOW)
    assert records_of(taken.rows) == [{"entity": "zone/7", "observed_at": NOW, "methane": 1.0}]


def test_rows_have_the_types_the_log_expects() -> None:
    rows = take(GOOD, GOOD | {"entity": "zone/8"}, {"entity": "zone/7", "state": "x"}).rows
    assert rows is not None
    assert rows.ids == ("zone/7", "zone/8")
    assert rows.codes.dtype == np.int32
    assert rows.codes.tolist() == [0, 1, 0]
    assert rows.observed_at.dtype == np.int64
    assert rows.numbers["methane"].dtype == np.float64
    assert rows.texts["state"].dtype == object
    assert np.isnan(rows.numbers["methane"][2])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1_767_225_600, 0.0),
        (1_767_225_600_500, 0.5),
        (1_767_225_600_500_000, 0.5),
        (1_767_225_600_500_000_000, 0.5),
        ("2026-01-01T08:00:00.5+08:00", 0.5),
        ("2026-01-01T00:00:00Z", 0.0),
        ("2026-01-01 00:00:00.250Z", 0.25),
        (None, 0.0),
    ],
)
def test_an_instant_is_understood_in_every_unit_and_as_text(
    value: int | str | None, seconds: float
) -> None:
    expected = NOW + int(seconds * SECOND)
    for count in (1, 40):  # Few and many go different ways.
        rows = take(*[GOOD | {"observed_at": value}] * count).rows
        assert rows is not None
        assert rows.observed_at.tolist() == [expected] * count


def test_times_of_all_kinds_mix_in_one_body() -> None:
    times: list[Any] = [NOW, "2026-01-01T00:00:00Z", None, 1_767_225_600] * 10
    rows = take(*[GOOD | {"observed_at": time} for time in times]).rows
    assert rows is not None
    assert set(rows.observed_at.tolist()) == {NOW}


BAD_VALUES = [
    ("methane", 120, Reason.ABSURD, ["methane", "120", "0 to 100", "%LEL"]),
    ("methane", -1, Reason.ABSURD, ["-1", "0 to 100"]),
    ("methane", "3.5", Reason.WRONG_TYPE, ["methane", "3.5", "a number in %LEL"]),
    ("methane", True, Reason.WRONG_TYPE, ["methane", "boolean", "number"]),
    ("methane", [1], Reason.WRONG_TYPE, ["an array", "number"]),
    ("methane", {"value": 1}, Reason.WRONG_TYPE, ["an object", "number"]),
    ("state", 5, Reason.WRONG_TYPE, ["state", "5", "text"]),
    ("state", "x" * (TEXT_MAX + 1), Reason.TOO_LONG, ["65537", "65536"]),
    ("argon", 1, Reason.UNKNOWN_FIELD, ["argon", "gallery.gas", "methane, oxygen, state"]),
]


@pytest.mark.parametrize(("name", "value", "reason", "told"), BAD_VALUES)
def test_a_bad_value_is_refused_alone_and_the_rest_of_its_record_stays(
    name: str, value: object, reason: Reason, told: list[str]
) -> None:
    taken = take(GOOD, GOOD | {name: value}, GOOD)
    rest = {key: kept for key, kept in GOOD.items() if key != name}
    assert records_of(taken.rows) == [GOOD, rest, GOOD]
    refusal = only(taken.refused)
    assert (refusal.reason, refusal.field) == (reason, name)
    assert (refusal.stream, refusal.entity, refusal.observed_at) == ("gallery.gas", "zone/7", NOW)
    assert all(word in refusal.message for word in told), refusal.message
    assert 0 < len(refusal.raw) <= RAW_MAX


BAD_RECORDS = [
    ({"entity": None}, Reason.MISSING_ENTITY, ["no entity", "zone/7"]),
    ({"entity": ""}, Reason.MISSING_ENTITY, ["no entity"]),
    ({"entity": 7}, Reason.BAD_ENTITY, ["7", "text"]),
    ({"entity": "zone 7"}, Reason.BAD_ENTITY, ["zone 7", "without spaces"]),
    ({"entity": "z" * 201}, Reason.BAD_ENTITY, ["200 characters"]),
    ({"observed_at": "yesterday"}, Reason.BAD_TIME, ["yesterday", "2026-01-01T08:00:00+08:00"]),
    ({"observed_at": "2026-01-01T08:00:00"}, Reason.BAD_TIME, ["no offset"]),
    ({"observed_at": 1.5}, Reason.BAD_TIME, ["1.5", "integer"]),
    ({"observed_at": True}, Reason.BAD_TIME, ["boolean"]),
    ({"observed_at": -1}, Reason.BAD_TIME, ["-1", "1970 to 2100"]),
    ({"observed_at": 10**30}, Reason.BAD_TIME, ["1970 to 2100"]),
    ({"observed_at": "2300-01-01T00:00:00Z"}, Reason.BAD_TIME, ["1970 to 2100"]),
    ({"observed_at": "1" * 100_000}, Reason.BAD_TIME, ["100000 characters"]),
    ({"observed_at": NOW + 6 * MINUTE}, Reason.FUTURE, ["6 min", "5 min", "clock"]),
]


@pytest.mark.parametrize(("change", "reason", "told"), BAD_RECORDS)
@pytest.mark.parametrize("count", [1, 40])
def test_a_record_that_cannot_be_placed_is_refused_whole(
    change: dict[str, object], reason: Reason, told: list[str], count: int
) -> None:
    taken = take(*[GOOD] * count, GOOD | change)
    assert records_of(taken.rows) == [GOOD] * count
    refusal = only(taken.refused)
    assert (refusal.reason, refusal.field) == (reason, "")
    assert all(word in refusal.message for word in told), refusal.message


def test_a_clock_five_minutes_ahead_is_still_allowed() -> None:
    assert take(GOOD | {"observed_at": NOW + 5 * MINUTE}).refused == ()


def test_a_record_without_any_value_is_refused_as_empty() -> None:
    for record in ({"entity": "zone/7"}, {"entity": "zone/7", "methane": None}):
        for count in (0, 40):
            taken = take(*[GOOD] * count, record)
            assert only(taken.refused).reason is Reason.EMPTY
            assert len(records_of(taken.rows)) == count


def test_a_record_whose_values_are_all_bad_leaves_only_its_refusals() -> None:
    taken = take({"entity": "zone/7", "methane": -5, "oxygen": "x"})
    assert taken.rows is None
    assert [refusal.reason for refusal in taken.refused] == [Reason.ABSURD, Reason.WRONG_TYPE]


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 401, "1" * 5_000])
def test_a_number_no_float_holds_is_refused_as_not_finite(number: str) -> None:
    stream = Stream("lab.heat", fields=(Field("heat", unit="K"), Field("cold", unit="K")))
    body = b'[{"entity":"a/1","cold":1,"heat":%s}]' % number.encode()
    taken = decode_json(body, stream, now=NOW)
    assert records_of(taken.rows) == [{"entity": "a/1", "observed_at": NOW, "cold": 1.0}]
    assert only(taken.refused).reason is Reason.NOT_FINITE


def test_a_large_integer_is_a_number_like_any_other() -> None:
    stream = Stream("lab.heat", fields=(Field("heat", unit="K"),))
    rows = decode_json(b'{"entity":"a/1","heat":%d}' % 10**30, stream, now=NOW).rows
    assert rows is not None
    assert rows.numbers["heat"].tolist() == [1e30]


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity"])
def test_nan_and_infinity_literals_are_malformed_and_the_message_says_what_to_write(
    literal: bytes,
) -> None:
    line = b'{"entity":"zone/7","methane":%s}' % literal
    with pytest.raises(RecordRefused, match=r"RFC 8259.*null.*Nothing of the body"):
        decode_json(b"[%s]" % line, GAS, now=NOW)
    taken = decode_ndjson(line + b'\n{"entity":"zone/7","methane":1}', GAS, now=NOW)
    assert len(records_of(taken.rows)) == 1
    assert only(taken.refused).reason is Reason.MALFORMED
    assert "RFC 8259" in only(taken.refused).message


@pytest.mark.parametrize("body", [b"", b"  \n ", b"\n\n"])
def test_an_empty_body_is_an_error_that_says_what_was_expected(body: bytes) -> None:
    with pytest.raises(RecordRefused, match="empty; expected a JSON object or an array"):
        decode_json(body, GAS, now=NOW)
    with pytest.raises(RecordRefused, match="empty; expected one JSON object a line"):
        decode_ndjson(body, GAS, now=NOW)


def test_an_empty_array_is_nothing_and_no_error() -> None:
    assert decode_json(b"[]", GAS, now=NOW) == Taken(None)


def test_a_broken_array_is_refused_whole_with_the_position() -> None:
    with pytest.raises(RecordRefused, match=r"byte 32.*Nothing of the body was taken"):
        decode_json(b'[{"entity":"zone/7","methane":1}}', GAS, now=NOW)


def test_a_broken_line_is_refused_alone() -> None:
    line = msgspec.json.encode(GOOD)
    taken = decode_ndjson(b"\n".join([line, b'{"entity":', b"", b"7", line]), GAS, now=NOW)
    assert records_of(taken.rows) == [GOOD, GOOD]
    assert [refusal.reason for refusal in taken.refused] == [Reason.MALFORMED] * 2
    assert "must be a JSON object; found 7" in taken.refused[1].message


def test_two_objects_on_one_line_are_not_ndjson() -> None:
    line = msgspec.json.encode(GOOD)
    taken = decode_ndjson(line + b" " + line + b"\n" + line, GAS, now=NOW)
    assert records_of(taken.rows) == [GOOD]
    assert "trailing" in only(taken.refused).message


@pytest.mark.parametrize(
    "bomb", [b"[" * 200_000, b'{"methane":' * 100_000, b"[" * 100_000 + b"]" * 100_000]
)
def test_deep_nesting_is_an_error_and_never_a_crash(bomb: bytes) -> None:
    with pytest.raises(RecordRefused):
        decode_json(b"[" + bomb, GAS, now=NOW)
    assert decode_ndjson(bomb, GAS, now=NOW).refused[0].reason is Reason.MALFORMED
    deep = b'{"entity":"zone/7","oxygen":20,"methane":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    with pytest.raises(RecordRefused, match="nested too deeply"):
        decode_json(b"[%s]" % deep, GAS, now=NOW)


def test_the_last_of_repeated_names_wins() -> None:
    body = b'{"entity":"zone/1","entity":"zone/2","methane":"x","methane":2}'
    for taken in (decode_json(body, GAS, now=NOW), decode_ndjson(body, GAS, now=NOW)):
        assert records_of(taken.rows) == [{"entity": "zone/2", "observed_at": NOW, "methane": 2.0}]
        assert taken.refused == ()


def test_text_that_is_not_utf8_is_refused_with_its_byte() -> None:
    taken = decode_json(b'{"entity":"zone/7","methane":1,"state":"\xff"}', GAS, now=NOW)
    assert records_of(taken.rows) == [{"entity": "zone/7", "observed_at": NOW, "methane": 1.0}]
    assert "0xff" in only(taken.refused).message


def test_the_place_it_came_from_can_name_the_entity() -> None:
    records = [{"methane": 1}, {"entity": "zone/9", "methane": -2, "oxygen": 1}, {"methane": "x"}]
    taken = decode_json(body_of(*records), GAS, now=NOW, entity="zone/7")
    assert [record["entity"] for record in records_of(taken.rows)] == ["zone/7", "zone/9"]
    assert [refusal.entity for refusal in taken.refused] == ["zone/9", "zone/7"]


def test_a_stream_declared_anew_is_decoded_anew() -> None:
    old = Stream("a.b", fields=(Field("x", unit="m"),))
    new = Stream("a.b", fields=(Field("x", unit="m"), Field("y", unit="m")))
    body = b'{"entity":"e/1","x":1,"y":2}'
    assert len(decode_json(body, old, now=NOW).refused) == 1
    assert decode_json(body, new, now=NOW).refused == ()
    assert len(decode_json(body, old, now=NOW).refused) == 1


def test_the_raw_text_of_a_refusal_is_bounded() -> None:
    taken = take({"entity": "zone/7", "state": "x" * 10_000, "methane": -1})
    assert len(only(taken.refused).raw) == RAW_MAX


entities = st.sampled_from(["zone/1", "zone/2", "urn:ngsi-ld:Zone:3", "区/四"])
instants = st.one_of(
    st.none(),
    st.integers(NOW - 400 * DAY, NOW + 5 * MINUTE),
    st.integers(NOW - 400 * DAY, NOW).map(format_instant),
    st.integers(1_600_000_000, NOW // SECOND),
)
numbers = st.one_of(st.none(), st.integers(0, 30), st.floats(0, 30))
good_records = st.fixed_dictionaries(
    {"entity": entities, "methane": st.floats(0, 100)},
    optional={"observed_at": instants, "oxygen": numbers, "state": st.none() | st.text()},
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
bad_records = st.dictionaries(
    st.sampled_from(["entity", "observed_at", "methane", "oxygen", "state", "argon", "é"]), anything
)
any_records = st.lists(good_records | bad_records | anything, min_size=1, max_size=40)


@given(st.lists(good_records, min_size=1, max_size=40))
def test_the_fast_way_and_the_slow_way_agree_on_good_records(records: list[Any]) -> None:
    raws = [msgspec.json.encode(record) for record in records]
    fast = decode_json(body_of(*records), GAS, now=NOW)
    slow = [judge(raw, shape_of(GAS), now=NOW) for raw in raws]
    assert fast.refused == ()
    assert all(judged.refused == () for judged in slow)
    one_by_one = [records_of(decode_json(raw, GAS, now=NOW).rows)[0] for raw in raws]
    assert records_of(fast.rows) == one_by_one
    assert records_of(decode_ndjson(b"\n".join(raws), GAS, now=NOW).rows) == one_by_one
    for judged, record in zip(slow, one_by_one, strict=True):
        struct = msgspec.structs.astuple(judged.record) if judged.record else ()
        told = None if struct[1] is None else instant_of(struct[1])
        assert (struct[0], NOW if told is None else told) == (
            record["entity"],
            record["observed_at"],
        )
        assert struct[2:] == tuple(record.get(name) for name in ("methane", "oxygen", "state"))


@given(any_records)
@example([{"entity": "zone/1", "methane": 1.0, "argon": None}])
def test_every_record_is_taken_or_refused_and_alone_or_together_alike(records: list[Any]) -> None:
    """Nothing is dropped quietly, and a record's neighbours do not change what comes of it."""
    together = decode_json(body_of(*records), GAS, now=NOW)
    alone = [decode_json(body_of(record), GAS, now=NOW) for record in records]
    for taken in alone:
        assert taken.rows is not None or taken.refused
    assert records_of(together.rows) == [
        record for taken in alone for record in records_of(taken.rows)
    ]
    assert together.refused == tuple(refusal for taken in alone for refusal in taken.refused)
    lines = b"\n".join(msgspec.json.encode(record) for record in records)
    as_lines = decode_ndjson(lines, GAS, now=NOW)
    assert records_of(as_lines.rows) == records_of(together.rows)
    assert as_lines.refused == together.refused


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_taken_and_nothing_else(body: bytes) -> None:
    for decode in (decode_json, decode_ndjson):
        try:
            taken = decode(body, GAS, now=NOW)
        except RecordRefused:
            continue
        assert taken.rows is not None or taken.refused or body.strip() == b"[]"


@given(good_records, st.integers(0, 200), st.binary(min_size=1, max_size=3))
def test_a_damaged_body_is_refused_or_taken_and_nothing_else(
    record: dict[str, Any], place: int, damage: bytes
) -> None:
    body = body_of(record, record)
    broken = body[:place] + damage + body[place + len(damage) :]
    for decode in (decode_json, decode_ndjson):
        try:
            taken = decode(broken, GAS, now=NOW)
        except RecordRefused:
            continue
        assert taken.rows is not None or taken.refused or not broken.strip(b" \n[]")
