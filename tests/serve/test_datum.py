"""Places in other datums at the edge: in by HTTP, MQTT and files, out in answers."""

from pathlib import Path

import numpy as np
import pytest

from haihe.feed.decode import decode_json
from haihe.feed.file import read_file
from haihe.feed.mapping import parse_mapping
from haihe.feed.mqtt import Route
from haihe.feed.placing import in_wgs84
from haihe.model.datum import Datum, from_wgs84
from tests.serve.world import AIR, BASE, CAR, World

LON, LAT = 117.7, 39.02
SHOWN = tuple(
    float(each[0]) for each in from_wgs84(np.array([LON]), np.array([LAT]), datum=Datum.GCJ02)
)
NEAR = 1e-8  # Degrees: a millimetre.


def test_records_told_in_gcj02_are_kept_in_wgs84_and_told_in_what_is_asked_for(
    world: World,
) -> None:
    record = {"entity": "car/1", "observed_at": world.now(), "lon": SHOWN[0], "lat": SHOWN[1]}
    world.post("/streams/t.car?datum=gcj02", record, status=201)
    kept = world.get("/live/t.car")["records"][0]
    assert (kept["lon"], kept["lat"]) == pytest.approx((LON, LAT), abs=NEAR)
    told = world.get("/live/t.car", datum="gcj02")["records"][0]
    assert (told["lon"], told["lat"]) == pytest.approx(SHOWN, abs=NEAR)
    box = {"west": 117.0, "south": 39.0, "east": 118.0, "north": 39.1, "datum": "gcj02"}
    assert world.get("/live/t.car/box", **box)["records"] == [told]
    shown = world.get("/map", **box)
    assert (shown["lon"][0], shown["lat"][0]) == pytest.approx(SHOWN, abs=1e-6)


def test_the_same_body_in_another_datum_is_no_repetition(world: World) -> None:
    record = {"entity": "car/1", "observed_at": world.now(), "lon": LON, "lat": LAT}
    assert world.post("/streams/t.car", record, status=201)["taken"] == 1
    assert world.post("/streams/t.car?datum=bd09", record, status=201)["taken"] == 1
    assert world.client.post(f"{BASE}/streams/t.car", json=record).status_code == 200


@pytest.mark.parametrize("query", ["datum=mars", "dattum=gcj02"])
def test_a_datum_nobody_knows_is_refused(world: World, query: str) -> None:
    answer = world.client.post(f"{BASE}/streams/t.car?{query}", json={"entity": "car/1"})
    assert answer.status_code == 400
    assert "query does not fit" in answer.json()["error"]["message"]


def test_a_stream_without_places_stays_as_it_is() -> None:
    taken = decode_json(b'{"entity": "zone/7", "methane": 3}', AIR, now=1)
    assert in_wgs84(taken, Datum.GCJ02) is taken


def test_a_topic_says_in_which_datum_its_records_are() -> None:
    found = Route("taxi/{id}", stream="t.car", entity="car/{id}", datum=Datum.BD09).match("taxi/7")
    assert found is not None
    assert (found.entity, found.datum) == ("car/7", Datum.BD09)


def test_a_mapping_says_in_which_datum_its_files_are(tmp_path: Path) -> None:
    mapping = parse_mapping(
        "stream: t.car\nentity: car/{id}\ntime: {columns: [t]}\ndatum: gcj02\n"
        "columns: {x: lon, y: lat}\n",
        streams={CAR.name: CAR},
    )
    file = tmp_path / "cars.csv"
    file.write_text(f"id,t,x,y\n7,2026-01-01T00:00:00Z,{SHOWN[0]!r},{SHOWN[1]!r}\n")
    rows = next(iter(read_file(file, mapping).chunks)).rows
    assert rows is not None
    found = (rows.numbers["lon"][0], rows.numbers["lat"][0])
    assert found == pytest.approx((LON, LAT), abs=NEAR)
