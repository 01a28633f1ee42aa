"""Charts of signals over HTTP: who may, how much, and what a bad question is told."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haihe.model.time import MINUTE, format_instant
from haihe.serve.access import Grant, Role
from haihe.serve.access.tokens import make_token
from tests.packs.avenue import EAST, MIDDLE, STRETCH
from tests.packs.test_traffic_charts import FIELD
from tests.serve.signals import PACK, tell_avenue
from tests.serve.world import BASE, World, a_world

ENTITY = f"junction/{MIDDLE}"


@pytest.fixture(scope="module")
def shift() -> int:
    """How much later than made the avenue's events happened: their end is now; ns."""
    return (time.time_ns() - STRETCH.to_at) // MINUTE * MINUTE


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, shift: int) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("avenue"), pack=PACK) as found:
        tell_avenue(found.node, shift)
        yield found


def span(shift: int, *, minutes: int = 0) -> dict[str, str]:
    """The made stretch, or its first minutes, as a query says it."""
    to_at = STRETCH.from_at + minutes * MINUTE if minutes else STRETCH.to_at
    return {
        "from": format_instant(STRETCH.from_at + shift),
        "to": format_instant(to_at + shift),
    }


def test_it_is_told_what_can_be_asked(world: World) -> None:
    found = world.get("/traffic/charts")
    assert len(found["junctions"]) == 12
    assert found["now"].endswith("Z")
    (corridor,) = found["corridors"]
    assert corridor["title"] == {"zh": "港城大道", "en": "Port City Avenue"}
    assert ENTITY in corridor["junctions"]
    phases = next(one for one in found["junctions"] if one["entity"] == ENTITY)["phases"]
    assert phases[EAST - 1] == {
        "phase": EAST, "title": {"zh": "西直行", "en": "W through"}, "has_advance": True,
    }  # fmt: skip


def test_measures_and_diagrams_come_out_of_the_log(world: World, shift: int) -> None:
    told = world.get("/traffic/charts/junction", entity=ENTITY, every=5, **span(shift))
    lines = {one["name"]: one["lines"] for one in told["measures"]}
    assert lines["volume"][0]["title"]["en"] == "W through"
    assert len(told["bins"]) == len(lines["volume"][0]["values"]) in (5, 6, 7)
    assert told["events"] > 500
    query = {"entity": ENTITY, "phase": EAST, **span(shift)}
    diagram = world.get("/traffic/charts/coordination", **query)
    assert diagram["share"] == pytest.approx(2 / 3, abs=0.02)
    assert len(diagram["reds"]) == len(diagram["ends"]) > 15
    corridor = world.get("/traffic/charts/corridor", corridor="avenue", **span(shift, minutes=5))
    assert len(corridor["tracks"]) == 1
    assert len(corridor["stops"]) == 4


def test_before_and_after_come_in_words(world: World, shift: int) -> None:
    half = format_instant(STRETCH.from_at + shift + 15 * MINUTE)
    times = span(shift)
    query = {
        "before_from": times["from"], "before_to": half,
        "after_from": half, "after_to": times["to"], "every": 5,
    }  # fmt: skip
    one = world.get("/traffic/charts/comparison", entity=ENTITY, **query)
    assert one["junctions"] == [ENTITY]
    assert {each["verdict"] for each in one["differences"]} <= {"unknown", "alike"}
    road = world.get("/traffic/charts/comparison", corridor="avenue", **query)
    assert road["title"]["en"] == "Port City Avenue"
    assert len(road["junctions"]) == 4


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("junction?entity=junction/none", 404, "no junction"),
        ("junction", 400, "entity"),
        ("junction?entity=junction/J0101&every=7", 400, "every"),
        ("junction?entity=junction/J0101&from=2026-01-01T00:00:00Z", 400, "longer than"),
        ("junction?entity=junction/J0101&from=2099-01-01T00:00:00Z", 400, "before"),
        ("junction?entity=junction/J0101&to=1", 400, "instant"),
        ("coordination?entity=junction/J0101&phase=200", 400, "has the phases"),
        ("coordination?entity=junction/J0101&phase=0", 400, "phase"),
        ("corridor?corridor=none", 404, "no corridor"),
        ("corridor?corridor=avenue&from=2026-01-01T00:00:00Z", 400, "longer than"),
        ("comparison?entity=junction/J0101", 400, "before_from"),
        ("comparison?before_from=&before_to=&after_from=&after_to=", 400, "either"),
        (
            "comparison?entity=junction/J0101&before_from=&before_to=&after_from=&after_to=",
            400, "both times",
        ),
    ],
)  # fmt: skip
def test_a_bad_question_is_told_what_was_expected(
    world: World, path: str, status: int, words: str
) -> None:
    answer = world.client.get(f"{BASE}/traffic/charts/{path}")
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]["message"]


def test_too_many_events_are_refused(
    world: World, shift: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haihe.serve.traffic.reading.ROWS_MAX", 100)
    answer = world.client.get(
        f"{BASE}/traffic/charts/junction", params={"entity": ENTITY, **span(shift)}
    )
    assert answer.status_code == 400
    assert "ask for a shorter one" in answer.json()["error"]["message"]


def test_an_operators_description_takes_the_zones_place_and_its_faults_are_told(
    tmp_path: Path,
) -> None:
    with a_world(tmp_path, pack=PACK) as world:
        path = tmp_path / "traffic.yaml"
        path.write_text(FIELD, encoding="utf-8")
        found: Any = world.get("/traffic/charts")
        assert [one["entity"] for one in found["junctions"]] == [
            "junction/first",
            "junction/second",
        ]
        path.write_text(FIELD + "more: 1\n", encoding="utf-8")
        answer = world.client.get(f"{BASE}/traffic/charts")
        assert answer.status_code == 409
        assert "traffic.yaml" in answer.json()["error"]["message"]
        path.unlink()
        assert len(world.get("/traffic/charts")["junctions"]) == 12
        world.give_token(Role.VIEWER, packs=("gallery",))
        heads = {"authorization": f"Bearer {world.tokens[Role.VIEWER]}"}
        refused = world.client.get(f"{BASE}/traffic/charts", headers=heads)
        assert refused.status_code == 403


def test_without_signals_there_is_nothing_to_chart(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        answer = world.client.get(f"{BASE}/traffic/charts")
        assert answer.status_code == 404
        assert "no pack with signals" in answer.json()["error"]["message"]


def test_who_has_an_area_sees_its_junctions_alone(tmp_path: Path) -> None:
    with a_world(tmp_path, pack=PACK) as world:
        text = make_token(tmp_path, "area", grant=Grant((Role.VIEWER,), areas=(ENTITY,)))
        world.app.platform.access.book.look_again()
        heads = {"authorization": f"Bearer {text}"}
        found = world.client.get(f"{BASE}/traffic/charts", headers=heads).json()
        assert [one["entity"] for one in found["junctions"]] == [ENTITY]
        assert found["corridors"] == []
        for path, status in (
            (f"junction?entity={ENTITY}", 200),
            ("junction?entity=junction/J0201", 404),
            ("corridor?corridor=avenue", 404),
        ):
            answer = world.client.get(f"{BASE}/traffic/charts/{path}", headers=heads)
            assert answer.status_code == status, path
