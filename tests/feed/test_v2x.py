"""Messages of vehicles and roadside: byte for byte both ways, and as records."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haihe.errors import RecordRefused
from haihe.feed.v2x.csae53 import BSM, FRAME, MESSAGE, SPAT
from haihe.feed.v2x.records import decode_v2x, told_by
from haihe.feed.v2x.types import (
    EXTENSIONS,
    Bits,
    BitString,
    Characters,
    Choice,
    Enumerated,
    Integer,
    ListOf,
    Octets,
    Part,
    Sequence,
    Type,
    Value,
)
from haihe.feed.v2x.uper import codec_of
from haihe.model.stream import Field, FieldKind, Stream
from haihe.model.time import SECOND, parse_instant
from tests.data import ABSENT, data_dir

NOW = parse_instant("2026-05-04T08:30:20Z")
VEHICLES = Stream(
    "t.vehicle",
    (
        Field("lon", "deg", -180, 180), Field("lat", "deg", -90, 90), Field("speed", "m/s", 0, 170),
        Field("heading", "deg", 0, 360), Field("events", kind=FieldKind.TEXT),
    ),
)  # fmt: skip
SIGNALS = Stream("t.signal", (Field("light", kind=FieldKind.TEXT), Field("ends_in", "s", 0, 3600)))
POSITION = {"lat": 389_012_345, "long": 1_177_123_456}
BY_ROADSIDE: Value = {"msgCnt": 1, "id": b"roadside", "refPos": POSITION}
A_VEHICLE: Value = {
    "msgCnt": 35,
    "id": b"12345678",
    "secMark": 19_500,
    "pos": POSITION,
    "transmission": "forwardGears",
    "speed": 500,
    "heading": 7_200,
    "accelSet": {"long": 2_001, "lat": 0, "vert": 0, "yaw": 0},
    "brakes": {"brakePadel": "on"},
    "size": {"width": 180, "length": 450},
    "vehicleClass": {"classification": 10},
    "safetyExt": {"events": Bits(0b1000000100000, 13)},
}


def values_of(kind: Type) -> st.SearchStrategy[Any]:
    """Any value of a type."""
    match kind:
        case Integer(low, high):
            return st.integers(low, high)
        case Enumerated(names):
            return st.sampled_from(names)
        case BitString(size):
            return st.integers(0, (1 << size) - 1).map(lambda value: Bits(value, size))
        case Octets(low, high):
            return st.binary(min_size=low, max_size=min(high, low + 5))
        case Characters(low, high):
            letters = st.characters(max_codepoint=127)
            return st.text(letters, min_size=low, max_size=min(high, low + 5))
        case ListOf(of, low, _):
            return st.lists(values_of(of), min_size=low, max_size=low + 1).map(tuple)
        case Choice(parts):
            options = [st.tuples(st.just(part.name), values_of(part.type)) for part in parts]
            return st.one_of(*options)
        case Sequence(parts, grows):
            must = {part.name: values_of(part.type) for part in parts if not part.optional}
            may = {part.name: values_of(part.type) for part in parts if part.optional}
            if grows:
                added = st.one_of(st.none(), st.binary(max_size=3))
                may[EXTENSIONS] = st.lists(added, min_size=1, max_size=3).map(tuple)
            return st.fixed_dictionaries(must, optional=may)


@settings(max_examples=60)
@given(values_of(FRAME))
def test_every_message_comes_back_as_it_was(message: Any) -> None:
    data = MESSAGE.encode(message)
    assert MESSAGE.decode(data) == message
    assert MESSAGE.encode(MESSAGE.decode(data)) == data


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_are_refused(data: bytes) -> None:
    try:
        found = MESSAGE.decode(data)
    except RecordRefused:
        return
    assert MESSAGE.decode(MESSAGE.encode(found)) == found


def test_real_messages_are_met_byte_for_byte_both_ways() -> None:
    path = (data_dir() or Path()) / "traffic" / "v2x_cn" / "messages.json"
    if not path.is_file():
        pytest.skip(f"{ABSENT} (traffic/v2x_cn)")
    for told in json.loads(path.read_bytes()).values():
        data = bytes.fromhex(told["uper_hex"])
        name, message = MESSAGE.decode(data)
        assert (name, plain(message)) == (told["frame"], told["decoded"])
        assert MESSAGE.encode((name, message)) == data


def plain(value: Any) -> Any:
    """A value as the recorded file writes it."""
    match value:
        case Bits(bits, length):
            size = -(-length // 8)
            shown = (bits << (8 * size - length)).to_bytes(size, "big").hex()
            return {"bits": shown, "nbits": length}
        case bytes():
            return {"hex": value.hex()}
        case dict():
            return {name: plain(each) for name, each in value.items()}
        case (str() as name, each):
            return {name: plain(each)}
        case tuple():
            return [plain(each) for each in value]
    return value


@pytest.mark.parametrize(
    ("kind", "value", "bits"),
    [
        (Integer(-126, 127), -126, "00000000"), (Integer(5, 6), 6, "1"),
        (Enumerated(("a", "b", "c"), grows=True), "c", "010"),
        (BitString(4, grows=True), Bits(0b1010, 4), "01010"),
        (Octets(1, 4), b"\xff", "0011111111"), (Characters(1, 2), "A", "01000001"),
        (ListOf(Integer(0, 3), 0, 2), (1, 2), "100110"),
        (Choice((Part("a", Integer(0, 1)), Part("b", Integer(0, 3)))), ("b", 2), "110"),
        (Sequence((Part("a", Integer(0, 1), optional=True),), grows=True), {}, "00"),
        (Sequence((Part("a", Integer(0, 1), optional=True),)), {"a": 1}, "11"),
    ],
)  # fmt: skip
def test_the_bits_are_those_of_the_standard(kind: Type, value: Any, bits: str) -> None:
    data = codec_of(kind).encode(value)
    size = max(1, -(-len(bits) // 8))
    assert data == int(bits.ljust(8 * size, "0"), 2).to_bytes(size, "big")
    assert codec_of(kind).decode(data) == value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"speed": 9_000}, "9000 is not from 0 to 8191"), ({"id": b"1"}, "1 is not from 8 to 8"),
        ({"transmission": "flying"}, "lacks 'flying', or has a name unknown"),
        ({"pos": None}, "does not fit"), ({"colour": 1}, "colour"),
        ({"safetyExt": {"events": Bits(1, 2)}}, "2 is not from 13 to 13"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(change: Value, words: str) -> None:
    with pytest.raises(RecordRefused, match=words):
        MESSAGE.encode(("bsmFrame", A_VEHICLE | change))


def test_cut_and_padded_messages_are_refused() -> None:
    data = MESSAGE.encode(("bsmFrame", A_VEHICLE))
    for bad, words in (
        (data[:-4], "ends early"), (data + b"\x00", "1 bytes follow"), (b"", "0 bytes"),
        (b"\xff" * 40, "later version"), (bytes([0x70]) + data, "option that there is not"),
    ):  # fmt: skip
        with pytest.raises(RecordRefused, match=words):
            MESSAGE.decode(bad)
    with pytest.raises(RecordRefused, match="unknown there"):
        MESSAGE.encode(("bsmFrame", {"msgCnt": 1}))


def body(*messages: tuple[str, Value]) -> bytes:
    return b"\n".join(MESSAGE.encode(message).hex().encode() for message in messages)


def test_a_vehicle_tells_where_it_is_in_units_that_people_use() -> None:
    taken = decode_v2x(body(("bsmFrame", A_VEHICLE)), VEHICLES, now=NOW)
    rows = taken.rows
    assert rows is not None
    assert not taken.refused
    assert rows.ids == ("vehicle/3132333435363738",)
    assert rows.observed_at.tolist() == [NOW - SECOND // 2]
    assert {name: column.tolist() for name, column in rows.numbers.items()} == {
        "lon": [117.7123456], "lat": [38.9012345], "speed": [10.0], "heading": [90.0],
    }  # fmt: skip
    assert rows.texts["events"].tolist() == ["hazard-lights hard-braking"]


def test_bad_lines_are_refused_alone_and_say_why() -> None:
    good = body(("bsmFrame", A_VEHICLE))
    lost = A_VEHICLE | {"pos": {"lat": 900_000_001, "long": 1_800_000_001}, "speed": 8_191}
    lost |= {"heading": 28_800, "safetyExt": {}}
    taken = decode_v2x(
        b"\n".join([good, b"zz", good[:20], "é".encode(), body(("bsmFrame", lost)), b""]),
        VEHICLES,
        now=NOW,
    )
    assert taken.rows is not None
    assert len(taken.rows) == 1
    assert [each.reason.value for each in taken.refused] == ["malformed"] * 3 + ["empty"]
    assert decode_v2x(b"zz", VEHICLES, now=NOW).rows is None
    with pytest.raises(RecordRefused, match="0 messages"):
        decode_v2x(b" \n", VEHICLES, now=NOW)


def test_signals_tell_how_long_their_light_lasts() -> None:
    states = [
        {"light": "red", "timing": ("counting", {"startTime": 120, "likelyEndTime": 300})},
        {"light": "protected-green", "timing": ("counting", {
            "startTime": 0, "likelyEndTime": 120, "minEndTime": 50, "maxEndTime": 36_001,
            "timeConfidence": 180,
        })},
    ]  # fmt: skip
    node = {"region": 12, "id": 7}
    crossing = {
        "intersectionId": node, "status": Bits(0, 16), "moy": 177_630, "timeStamp": 20_000,
        "phases": [{"id": 3, "phaseStates": states}],
    }  # fmt: skip
    spat = {"msgCnt": 0, "intersections": [crossing]}
    ((entity, at, fields),) = told_by("spatFrame", spat, now=NOW)
    assert (entity, at) == ("phase/12-7-3", NOW)
    assert fields == {
        "light": "protected-green", "ends_in": 12.0, "least": 5.0, "most": None, "confidence": 90.0,
    }  # fmt: skip
    taken = decode_v2x(body(("spatFrame", spat)), SIGNALS, now=NOW)
    assert taken.rows is not None
    assert taken.rows.texts["light"].tolist() == ["protected-green"]
    by_clock = {"startUTCTime": 18_000, "likelyEndUTCTime": 18_300}
    crossing["phases"] = [
        {"id": 3, "phaseStates": [{"light": "yellow", "timing": ("utcTiming", by_clock)}]}
    ]
    ((_, _, fields),) = told_by("spatFrame", spat, now=NOW)
    assert fields["ends_in"] == 10.0
    near_new_year = parse_instant("2027-01-01T00:00:05Z")
    crossing["moy"] = 525_599
    ((_, at, _),) = told_by("spatFrame", spat, now=near_new_year)
    assert at == parse_instant("2026-12-31T23:59:20Z")


def test_the_roadside_tells_who_it_sees_and_what_happens() -> None:
    seen = {
        "ptcType": "pedestrian", "ptcId": 4, "source": "video", "secMark": 65_535,
        "pos": {"offsetLL": ("position-LL1", {"lon": 100, "lat": -100})},
        "posConfidence": {"pos": "a1m"}, "speed": 60, "heading": 28_800,
        "size": {"width": 0, "length": 0},
    }  # fmt: skip
    ((entity, at, fields),) = told_by("rsmFrame", BY_ROADSIDE | {"participants": [seen]}, now=NOW)
    assert (entity, at) == ("participant/726f616473696465-4", NOW)
    assert (fields["lon"], fields["lat"]) == (117.7123556, 38.9012245)
    assert (fields["speed"], fields["heading"], fields["width"]) == (1.2, None, None)
    event = {
        "rteId": 9, "eventType": 401, "eventSource": "police",
        "description": ("textGB2312", "抛洒物".encode("gb2312")), "eventRadius": 250,
    }  # fmt: skip
    place = {"offsetLL": ("position-LatLon", {"lon": 1_177_000_000, "lat": 389_000_000})}
    sign = {"rtsId": 2, "signType": 85, "signPos": place}
    told = list(told_by("rsiFrame", BY_ROADSIDE | {"rtes": [event], "rtss": [sign]}, now=NOW))
    assert [entity.rpartition("-")[0][-5:] for entity, _, _ in told] == ["event", "-sign"]
    assert (told[0][2]["description"], told[0][2]["radius"]) == ("抛洒物", 25.0)
    assert (told[1][2]["lon"], told[1][2]["number"]) == (117.7, 85.0)
    assert list(told_by("mapFrame", {}, now=NOW)) == []


def test_the_standards_types_have_the_parts_they_should() -> None:
    assert len(BSM.parts) == 18
    assert [part.name for part in SPAT.parts if part.optional] == ["moy", "timeStamp", "name"]
