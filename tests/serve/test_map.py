"""The map: what stands and what moves, single or gathered, and who sees it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haihe.serve.access import Role
from tests.serve.world import BASE, World, a_world

HERE = {"west": 117.0, "south": 39.0, "east": 117.1, "north": 39.1}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as found:
        yield found


def place(world: World, entity: str, lon: float, lat: float, *, owner: str = "") -> None:
    body: dict[str, Any] = {"title": {"zh": "区", "en": "zone"}, "lon": lon, "lat": lat}
    world.put(f"/entities/{entity}", {**body, "owner": owner})


def test_what_stands_is_shown_with_the_worst_case_about_it_and_drawn_last(world: World) -> None:
    place(world, "zone/7", 117.05, 39.05)
    place(world, "zone/8", 117.06, 39.05)
    place(world, "zone/9", 118.0, 39.05)  # Outside.
    case = world.leak("zone/7")
    shown = world.get("/map", **HERE)
    assert shown == {
        "total": 2,
        "ids": ["zone/8", "zone/7"],
        "lon": [117.06, 117.05],
        "lat": [39.05, 39.05],
        "severity": [0, 3],
        "cases": ["", case],
        "count": [1, 1],
    }


def test_what_moves_is_shown_where_it_is_now_not_where_it_was_told_to_stand(world: World) -> None:
    place(world, "car/1", 117.05, 39.05)
    world.post("/streams/t.car", {"entity": "car/1", "lon": 117.01, "lat": 39.02}, status=201)
    shown = world.get("/map", **HERE)
    assert (shown["ids"], shown["lon"], shown["lat"]) == (["car/1"], [117.01], [39.02])
    world.post("/streams/t.car", {"entity": "car/1", "lon": 119.0, "lat": 39.02}, status=201)
    assert world.get("/map", **HERE)["total"] == 0


def test_more_than_can_be_shown_singly_is_gathered_in_cells(world: World) -> None:
    for number in range(6):
        place(world, f"zone/{number}", 117.001 + number * 0.0001, 39.001)
    place(world, "zone/7", 117.09, 39.09)
    case_place = "zone/3"
    world.leak(case_place)
    shown = world.get("/map", **HERE, most=5, cells=10)
    assert shown["total"] == 7
    assert (shown["ids"], shown["count"], shown["severity"]) == (["zone/7", ""], [1, 6], [0, 3])
    assert shown["lon"][1] == pytest.approx(117.00125)


def test_a_pack_shows_only_what_it_speaks_of(world: World) -> None:
    place(world, "zone/7", 117.05, 39.05)
    place(world, "bench/1", 117.06, 39.05)
    world.leak("zone/7")
    assert world.get("/map", **HERE, pack="t")["ids"] == ["zone/7"]
    assert world.get("/map", **HERE, pack="other")["total"] == 0


def test_an_enterprise_sees_its_own_things_only(world: World) -> None:
    place(world, "zone/7", 117.05, 39.05, owner="acme")
    place(world, "zone/8", 117.06, 39.05, owner="other")
    token = world.give_token(Role.ENTERPRISE, owner="acme")
    headers = {"Authorization": f"Bearer {token}"}
    answer = world.client.get(f"{BASE}/map", params=HERE, headers=headers)
    assert answer.json()["ids"] == ["zone/7"]


def test_a_box_inside_out_is_refused(world: World) -> None:
    answer = world.client.get(f"{BASE}/map", params={**HERE, "west": 118.0})
    assert answer.status_code == 400
    assert "west must not lie east of east" in answer.text
