"""Lights, advice on speed, SPAT and MAP over HTTP, as the avenue's controllers made them."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from haihe.feed.v2x.csae53 import MESSAGE
from haihe.feed.v2x.records import MEDIA, decode_v2x
from haihe.feed.v2x.telling import NodeId
from haihe.model import Field, FieldKind, Stream, Text
from haihe.model.time import MINUTE, SECOND, parse_instant
from haihe.pack.lights import LightsTold, LightTold
from haihe.serve.access import Grant, Role
from haihe.serve.access.tokens import make_token
from haihe.serve.traffic import roadside
from tests.packs.avenue import EAST, MIDDLE, STOPS, STRETCH
from tests.packs.test_traffic_charts import FIELD
from tests.serve.signals import PACK, tell_avenue
from tests.serve.world import BASE, World, a_world

ENTITY = f"junction/{MIDDLE}"
LANE = f"{MIDDLE}-from-W_1"
SPEED = {"lane": LANE, "to_line_m": 200, "limit_m_s": 13.9}
TOLD = Stream(
    "t.spat",
    (
        Field("light", kind=FieldKind.TEXT),
        Field("ends_in", "s"),
        Field("least", "s"),
        Field("most", "s"),
        Field("confidence", "%"),
    ),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The avenue's three quarters of an hour have just gone by, some seconds ago."""
    with a_world(tmp_path_factory.mktemp("roadside"), pack=PACK) as found:
        tell_avenue(found.node, (time.time_ns() - STRETCH.to_at) // SECOND * SECOND)
        yield found


def lines(world: World, path: str) -> list[bytes]:
    answer = world.client.get(f"{BASE}/traffic/roadside/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(MEDIA)
    return answer.content.split()


def test_lights_say_how_long_yet_and_how_well_that_was_foretold(world: World) -> None:
    found = world.get(f"/traffic/junctions/{ENTITY}/lights")
    assert found["missing"] == {"zh": "", "en": ""}
    assert len(found["phases"]) == 12
    east = found["phases"][EAST - 1]
    assert east["name"] == "W-through"
    assert east["light"] in ("green", "yellow", "red")
    assert east["since_at"] <= found["at"]
    assert 0 <= east["least_s"] <= east["likely_s"] <= east["most_s"]
    assert east["green_s"] == pytest.approx(30, abs=1)
    (red,) = (e for e in found["errors"] if (e["phase"], e["light"]) == (EAST, "red"))
    assert red["missed_s"] <= 0.1  # Its plan is fixed.
    assert red["near"] == 1.0
    assert 10 < red["asked"] <= 60


def test_a_junction_that_tells_nothing_is_not_guessed_at(world: World) -> None:
    quiet = world.get("/traffic/junctions/junction/J0000/lights")
    assert quiet["phases"] == quiet["errors"] == []
    assert quiet["heard_at"] is None
    assert "no light" in quiet["missing"]["en"]
    advised = world.get(
        "/traffic/junctions/junction/J0000/advice",
        **SPEED | {"lane": "J0000-from-W_0"},
    )
    assert advised["verdict"] == "unknown"
    assert "no light" in advised["why"]["en"]


def test_advice_is_a_range_below_the_limit_or_a_stop_with_its_reason(world: World) -> None:
    path = f"/traffic/junctions/{ENTITY}/advice"
    found = world.get(path, **SPEED)
    assert found["phase"] == EAST
    assert found["why"]["zh"]
    if found["verdict"] == "speed":
        assert 13.9 / 2 - 0.01 <= found["low_m_s"] <= found["high_m_s"] <= 13.9
    else:
        assert found["low_m_s"] is None


def test_spat_comes_back_as_the_records_it_tells(world: World) -> None:
    told = lines(world, "spat")
    assert len(told) == len(STOPS)  # The others told nothing.
    taken = decode_v2x(b"\n".join(told), TOLD, now=time.time_ns())
    assert taken.refused == ()
    assert taken.rows is not None
    assert len(taken.rows) == 12 * len(STOPS)
    own = decode_v2x(lines(world, f"spat?junction={ENTITY}")[0], TOLD, now=time.time_ns()).rows
    assert own is not None
    shown = world.get(f"/traffic/junctions/{ENTITY}/lights")
    at = parse_instant(shown["at"])
    assert len(own.ids) == 12
    assert abs(int(own.observed_at[0]) - at) < MINUTE
    ends = int(own.observed_at[EAST - 1]) / SECOND + float(own.numbers["ends_in"][EAST - 1])
    assert ends == pytest.approx(at / SECOND + shown["phases"][EAST - 1]["likely_s"], abs=0.2)
    assert {"red"} <= set(own.texts["light"]) <= {"red", "yellow", "protected-green",
                                                  "permissive-green"}  # fmt: skip


def test_a_map_has_every_road_lane_and_phase(world: World) -> None:
    told = [MESSAGE.decode(bytes.fromhex(line.decode())) for line in lines(world, "map")]
    assert len(told) == 12
    nodes = {m["nodes"][0]["name"]: m["nodes"][0] for kind, m in told if kind == "mapFrame"}
    node = nodes[MIDDLE]
    assert len(node["inLinks"]) == 4
    west = next(one for one in node["inLinks"] if one["name"] == f"{MIDDLE}-from-W")
    assert west["upstreamNodeId"] == nodes["J0001"]["id"]
    (turn,) = west["lanes"][1]["connectsTo"]
    assert turn["phaseId"] == EAST
    assert turn["remoteIntersection"] == nodes["J0201"]["id"]
    assert node["refPos"] == {"lat": pytest.approx(390668559, abs=3), "long": pytest.approx(
        1176840495, abs=30)}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("junctions/junction/none/lights", 404, "no junction"),
        ("junctions/junction/J0101/lights?x=1", 400, "x"),
        ("junctions/junction/J0101/advice", 400, "lane"),
        (f"junctions/{ENTITY}/advice?lane={LANE}&to_line_m=0&limit_m_s=9", 400, "to_line_m"),
        (f"junctions/{ENTITY}/advice?lane={LANE}&to_line_m=nan&limit_m_s=9", 400, "to_line_m"),
        (f"junctions/{ENTITY}/advice?lane={LANE}&to_line_m=9&limit_m_s=999", 400, "limit_m_s"),
        (f"junctions/{ENTITY}/advice?lane=none&to_line_m=9&limit_m_s=9", 400, "no lane 'none'"),
        (
            f"junctions/{ENTITY}/advice?lane={LANE}&to_line_m=9&limit_m_s=9&turn=left",
            400, "does not go 'left'",
        ),
        ("roadside/spat?junction=junction/none", 404, "no junction"),
        ("roadside/map?junction=", 400, "junction"),
    ],
)  # fmt: skip
def test_a_bad_question_is_told_what_was_expected(
    world: World, path: str, status: int, words: str
) -> None:
    answer = world.client.get(f"{BASE}/traffic/{path}")
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]["message"]


def test_who_has_an_area_is_told_of_its_junctions_alone(world: World) -> None:
    text = make_token(world.folder, "area", grant=Grant((Role.VIEWER,), areas=(ENTITY,)))
    world.app.platform.access.book.look_again()
    heads = {"authorization": f"Bearer {text}"}
    for path, status in (
        (f"junctions/{ENTITY}/lights", 200),
        ("junctions/junction/J0201/lights", 404),
        ("junctions/junction/J0201/advice?lane=J0201-from-W_1&to_line_m=9&limit_m_s=9", 404),
        ("roadside/spat?junction=junction/J0201", 404),
        ("roadside/map?junction=junction/J0201", 404),
    ):
        answer = world.client.get(f"{BASE}/traffic/{path}", headers=heads)
        assert answer.status_code == status, path
    for name in ("spat", "map"):
        answer = world.client.get(f"{BASE}/traffic/roadside/{name}", headers=heads)
        assert len(answer.content.split()) == 1


def test_a_place_without_shapes_has_no_map_and_too_many_junctions_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_world(tmp_path, pack=PACK) as world:
        (tmp_path / "traffic.yaml").write_text(FIELD, encoding="utf-8")
        answer = world.client.get(f"{BASE}/traffic/roadside/map")
        assert answer.status_code == 404
        assert "where the roads" in answer.json()["error"]["message"]
        assert lines(world, "spat") == []
        monkeypatch.setattr("haihe.serve.traffic.roadside.JUNCTIONS_MAX", 1)
        answer = world.client.get(f"{BASE}/traffic/roadside/spat")
        assert answer.status_code == 400
        assert "name one" in answer.json()["error"]["message"]


def test_phases_beyond_sixteen_go_into_another_message() -> None:
    one = LightTold(
        1, "a", Text(zh="", en=""), "green", is_protected=False, since_at=0, least_s=1.0,
        likely_s=2.0, most_s=3.0, sure=0.5, green_s=None,
    )  # fmt: skip
    phases = tuple(replace(one, phase=number) for number in range(1, 21))
    lights = LightsTold("junction/X", Text(zh="", en=""), 10 * MINUTE, 0, phases, one.title)
    told = roadside.signals_of({"junction/X": lights}, {"junction/X": NodeId(0, 7)})
    found = [MESSAGE.decode(line)[1]["intersections"][0] for line in told]
    assert [len(each["phases"]) for each in found] == [16, 4]
    assert {each["intersectionId"]["id"] for each in found} == {7}
