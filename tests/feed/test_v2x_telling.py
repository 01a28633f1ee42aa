"""Messages to vehicles come back as they were meant; what cannot be told is refused."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.errors import RecordRefused
from haihe.feed.v2x.csae53 import MESSAGE
from haihe.feed.v2x.records import decode_v2x
from haihe.feed.v2x.telling import (
    Crossing,
    LaneTold,
    NodeId,
    RoadTold,
    Shown,
    Turn,
    Warned,
    roads_message,
    signals_message,
    warning_message,
)
from haihe.model.stream import Field, FieldKind, Stream
from haihe.model.time import MINUTE, SECOND, parse_instant

NOW = parse_instant("2026-05-04T08:30:20Z")
HERE = NodeId(120, 7)
LIGHTS = Stream(
    "t.light",
    (
        Field("light", kind=FieldKind.TEXT), Field("ends_in", "s", 0, 3600),
        Field("least", "s", 0, 3600), Field("most", "s", 0, 3600),
        Field("confidence", "%", 0, 100),
    ),
)  # fmt: skip
EVENTS = Stream(
    "t.event",
    (
        Field("number", "1", 0, 65_535), Field("description", kind=FieldKind.TEXT),
        Field("lon", "deg", -180, 180), Field("lat", "deg", -90, 90),
        Field("radius", "m", 0, 10_000),
    ),
)  # fmt: skip


def test_what_a_signal_will_show_comes_back_as_records() -> None:
    shown = [
        Shown(2, "protected-green", 4.0, 12.34, 20.0, 0.8),
        Shown(4, "red", math.nan, math.nan, math.nan, 0.0),
    ]
    body = signals_message([(HERE, shown)], now=NOW).hex().encode()
    taken = decode_v2x(body, LIGHTS, now=NOW + 3 * SECOND)
    assert taken.rows is not None
    assert taken.refused == ()
    assert taken.rows.ids == ("phase/120-7-2", "phase/120-7-4")
    assert taken.rows.observed_at.tolist() == [NOW, NOW]
    assert taken.rows.numbers["ends_in"].tolist()[0] == pytest.approx(12.3)
    assert taken.rows.numbers["least"].tolist()[0] == pytest.approx(4.0)
    assert taken.rows.numbers["confidence"].tolist()[0] == pytest.approx(80.0)
    assert math.isnan(taken.rows.numbers["ends_in"].tolist()[1])
    assert taken.rows.texts["light"].tolist() == ["protected-green", "red"]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=3, max_size=3))
def test_any_time_left_can_be_told(left: list[float]) -> None:
    data = signals_message([(HERE, [Shown(1, "yellow", left[0], left[1], left[2], 2.0)])], now=NOW)
    name, message = MESSAGE.decode(data)
    assert name == "spatFrame"
    assert message["intersections"][0]["phases"][0]["phaseStates"][0]["light"] == "yellow"


def test_too_many_at_once_are_refused() -> None:
    one = Shown(1, "red", 1.0, 1.0, 1.0, 1.0)
    wrong: list[list[tuple[NodeId, list[Shown]]]] = [
        [],
        [(HERE, [])],
        [(HERE, [one] * 17)],
        [(HERE, [one])] * 33,
    ]
    for shown in wrong:
        with pytest.raises(RecordRefused, match="cannot be told at once"):
            signals_message(shown, now=NOW)


def test_roads_come_back_with_their_lanes() -> None:
    lanes = (
        LaneTold(0, (Turn("through", NodeId(120, 8), 0, 2), Turn("right", NodeId(120, 3), 0, 1))),
        LaneTold(1, (Turn("left", NodeId(120, 5), 1, 3),)),
    )
    road = RoadTold("from-W", NodeId(120, 6), ((117.68, 39.07), (117.684, 39.07)), 3.25, lanes)
    crossing = Crossing(HERE, "J0101", 117.684, 39.07, (road,))
    name, message = MESSAGE.decode(roads_message([crossing], now=NOW))
    assert name == "mapFrame"
    (node,) = message["nodes"]
    assert (node["name"], node["id"]) == ("J0101", {"region": 120, "id": 7})
    (link,) = node["inLinks"]
    assert link["linkWidth"] == 650
    assert [[to["phaseId"] for to in lane["connectsTo"]] for lane in link["lanes"]] == [[2, 1], [3]]
    first, second = (point["posOffset"]["offsetLL"][1]["lon"] for point in link["points"])
    assert second - first == 40_000
    with pytest.raises(RecordRefused):
        roads_message([Crossing(HERE, "x" * 64, 117.684, 39.07, (road,))], now=NOW)


def test_a_warning_comes_back_as_a_record() -> None:
    warned = Warned(904, 117.7, 39.05, 150.0, NOW, NOW + 30 * MINUTE, "前方道路积水😀")
    body = warning_message(warned, sender=b"haihe\0\0\0", now=NOW).hex().encode()
    taken = decode_v2x(body, EVENTS, now=NOW)
    assert taken.rows is not None
    assert taken.rows.numbers["number"].tolist() == [904.0]
    assert taken.rows.numbers["radius"].tolist() == [150.0]
    assert taken.rows.texts["description"].tolist() == ["前方道路积水"]
    assert taken.rows.numbers["lon"].tolist() == [pytest.approx(117.7)]
    with pytest.raises(RecordRefused):
        warning_message(warned, sender=b"short", now=NOW)


@given(st.text(max_size=600))
def test_any_description_fits(text: str) -> None:
    data = warning_message(
        Warned(1, 117.7, 39.05, 10.0, NOW, NOW, text), sender=b"12345678", now=NOW
    )
    assert MESSAGE.decode(data)[0] == "rsiFrame"


def test_numbers_of_messages_run_round() -> None:
    one = Shown(1, "red", 1.0, 1.0, 1.0, 1.0)
    counts = [
        MESSAGE.decode(signals_message([(HERE, [one])], now=NOW + at * SECOND))[1]["msgCnt"]
        for at in range(130)
    ]
    assert all((b - a) % 128 == 1 for a, b in pairwise(counts))
