"""Streams declared by a caller, and the present state of what speaks in them."""

from typing import Any

import pytest

from tests.serve.world import BASE, World

WIND = {"fields": [{"name": "speed", "unit": "m/s", "low": 0, "high": 90}], "source": "GB/T 35221"}
TITLE = {"zh": "区", "en": "zone"}


def test_a_declared_stream_takes_records_and_keeps_its_range(world: World) -> None:
    shown = world.put("/streams/weather.wind", WIND)
    assert shown["declared_by"] == ""
    world.post("/streams/weather.wind", {"entity": "mast/1", "speed": 3}, status=201)
    answer = world.client.post(
        f"{BASE}/streams/weather.wind", json={"entity": "mast/1", "speed": 91}
    )
    assert answer.status_code == 422
    assert world.get("/streams/weather.wind/declaration")["fields"][0]["unit"] == "m/s"


def test_the_same_declaration_again_changes_nothing(world: World) -> None:
    world.put("/streams/weather.wind", WIND)
    before = world.get("/health")["next_offset"]
    world.put("/streams/weather.wind", WIND, status=200)
    assert world.get("/health")["next_offset"] == before


def test_fields_may_be_added_in_any_place(world: World) -> None:
    world.put("/streams/weather.wind", WIND)
    world.post("/streams/weather.wind", {"entity": "mast/1", "speed": 3}, status=201)
    more = {**WIND, "fields": [{"name": "note", "kind": "text"}, *WIND["fields"]]}
    shown = world.put("/streams/weather.wind", more, status=200)
    assert [field["name"] for field in shown["fields"]] == ["speed", "note"]
    world.post("/streams/weather.wind", {"entity": "mast/1", "note": "calm"}, status=201)
    (record,) = world.get("/live/weather.wind")["records"]
    assert (record["speed"], record["note"]) == (3, "calm")


@pytest.mark.parametrize(
    "fields",
    [
        [{"name": "gust", "unit": "m/s"}],
        [{"name": "speed", "unit": "m/s", "low": 0, "high": 100}],
        [{"name": "speed", "unit": "km/h", "low": 0, "high": 90}],
        [{"name": "speed", "kind": "text"}],
    ],
)
def test_a_field_is_never_taken_away_nor_changed(world: World, fields: list[Any]) -> None:
    world.put("/streams/weather.wind", WIND)
    answer = world.client.put(f"{BASE}/streams/weather.wind", json={"fields": fields})
    assert answer.status_code == 409
    assert "speed" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("weather.wind", {}, 422),
        ("weather.wind", {"fields": []}, 422),
        ("weather.wind", {"fields": [{"name": "entity"}]}, 422),
        ("weather.wind", {"fields": [{"name": "a b", "unit": "1"}]}, 422),
        ("weather.wind", {"fields": [{"name": "speed", "unit": "furlong"}]}, 422),
        ("weather.wind", {"fields": [{"name": "speed", "unit": "1", "low": 2, "high": 1}]}, 422),
        ("weather.wind", {"fields": [{"name": "a", "unit": "1"}] * 2}, 422),
        ("weather.wind", {"fields": [{"name": "a", "unit": "1"}], "more": 1}, 422),
        ("weather.wind", {"fields": [{"name": "a", "unit": "1"}], "late_by": -1}, 422),
        ("step", WIND, 422),
        ("Weather.wind", WIND, 400),
        ("t.air", WIND, 409),
        ("haihe.quarantine", {"fields": [{"name": "stream", "kind": "text"}]}, 409),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(
    world: World, name: str, body: object, status: int
) -> None:
    answer = world.client.put(f"{BASE}/streams/{name}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


def test_streams_are_listed_with_who_declares_them(world: World) -> None:
    world.put("/streams/weather.wind", WIND)
    by = {stream["name"]: stream["declared_by"] for stream in world.get("/streams")}
    assert by["t.air"] == "t"
    assert by["weather.wind"] == ""
    assert by["haihe.quarantine"] == "haihe"


def test_the_newest_state_is_shown_by_entity_and_part_by_part(world: World) -> None:
    rows = [{"entity": f"zone/{n}", "methane": n} for n in range(5)]
    world.post("/streams/t.air", rows, status=201)
    world.post("/streams/t.air", {"entity": "zone/1", "note": "door open"}, status=201)
    shown = world.get("/live/t.air", limit=2, skip=1)
    assert shown["total"] == 5
    assert [record["entity"] for record in shown["records"]] == ["zone/1", "zone/2"]
    assert shown["records"][0]["methane"] == 1
    assert shown["records"][0]["note"] == "door open"
    assert world.get("/live/t.air", entity="zone/4")["records"][0]["methane"] == 4
    assert world.get("/live/t.air", entity="zone/9")["total"] == 0


def test_a_box_and_the_nearest_are_found_by_place(world: World) -> None:
    cars = [{"entity": f"car/{n}", "lon": 117.0 + n / 100, "lat": 39.0} for n in range(10)]
    world.post("/streams/t.car", cars, status=201)
    box = world.get("/live/t.car/box", west=117.015, south=38.9, east=117.045, north=39.1)
    assert [record["entity"] for record in box["records"]] == ["car/2", "car/3", "car/4"]
    near = world.get("/live/t.car/near", lon=117.051, lat=39.0, count=2)
    assert [record["entity"] for record in near["records"]] == ["car/5", "car/6"]


def test_places_of_a_stream_that_nobody_has_spoken_in_are_none(world: World) -> None:
    assert world.get("/live/t.car/near", lon=0, lat=0)["records"] == []
    assert world.get("/live/t.car/box", west=0, south=0, east=1, north=1)["records"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/live/t.none", 404),
        ("/live/t.air/near?lon=1&lat=1", 409),
        ("/live/t.car/near?lon=1", 400),
        ("/live/t.car/near?lon=nan&lat=1", 400),
        ("/live/t.car/near?lon=1&lat=1&count=0", 400),
        ("/live/t.car/near?lon=1&lat=1&count=99999999999999999999", 400),
        ("/live/t.car/box?west=2&south=0&east=1&north=1", 400),
        ("/live/t.car/box?west=2&south=0&east=1&north=91", 400),
        ("/live/t.car?limit=10001", 400),
        ("/live/t.car?skip=-1", 400),
        ("/live/t.car?more=1", 400),
        ("/streams/t.air?from=x", 400),
        ("/streams/t.air?from=-1", 400),
        ("/streams/t.none", 404),
        ("/entities/nobody", 404),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(world: World, path: str, status: int) -> None:
    answer = world.client.get(BASE + path)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


def test_an_entity_is_told_and_shown_with_its_newest_state(world: World) -> None:
    body = {"title": TITLE, "lon": 117.7, "lat": 39.0, "relations": {"neighbour": ["zone/8"]}}
    world.put("/entities/zone/7", body)
    world.put("/entities/zone/7", body, status=200)
    world.put("/entities/zone/8", {"title": TITLE})
    world.post("/streams/t.air", {"entity": "zone/7", "methane": 2}, status=201)
    shown = world.get("/entities/zone/7")
    assert shown["entity"]["relations"] == {"neighbour": ["zone/8"]}
    assert [(seen["stream"], seen["methane"]) for seen in shown["records"]] == [("t.air", 2)]
    world.post("/streams/t.air", {"entity": "zone/9", "methane": 2}, status=201)
    assert world.get("/entities/zone/9")["entity"] is None
    found = world.get("/entities", prefix="zone/", limit=1, skip=1)
    assert (found["total"], found["entities"][0]["id"]) == (2, "zone/8")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": TITLE, "lon": 1},
        {"title": TITLE, "lon": 181, "lat": 0},
        {"title": TITLE, "relations": {"neighbour": ["a b"]}},
        {"title": TITLE, "owner": "a b"},
        {"title": TITLE, "more": 1},
        {"title": {"zh": "x" * 201, "en": ""}},
    ],
)
def test_an_entity_that_cannot_be_is_refused(world: World, body: object) -> None:
    answer = world.client.put(f"{BASE}/entities/zone/7", json=body)
    assert answer.status_code == 422, answer.text
    assert world.get("/entities")["total"] == 0
