"""The operator's base map: taken, refused with a reason, served in ranges to those who may."""

import gzip
import json
from pathlib import Path

import httpx
import pytest

from haihe.serve.access import Role
from haihe.serve.basemap import cut, extract
from haihe.serve.basemap.archive import HEADER_BYTES, open_archive
from haihe.serve.basemap.bring import base_map
from haihe.serve.basemap.extract import read_extract
from tests.data import data_dir
from tests.serve.mapping import EAST, NAMED, NORTH, SOUTH, WEST, town
from tests.serve.world import BASE, World, a_world


def ranged(world: World, told: str) -> httpx.Response:
    """The answer to a request for a range of the tiles."""
    return world.client.get(f"{BASE}/basemap/tiles", headers={"Range": told})


needs_osm = pytest.mark.skipif(
    not (extract.INSTALLED and cut.INSTALLED), reason="needs pip install 'haihe[osm]'"
)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town's tiles."""
    folder = tmp_path_factory.mktemp("town")
    return base_map(town(folder / "town.osm"), folder).path


@needs_osm
def test_an_extract_gives_what_is_drawn_and_leaves_out_what_is_cut_off(tmp_path: Path) -> None:
    found = {(one.layer, one.tags["kind"]) for one in read_extract(town(tmp_path / "town.osm"))}
    assert found == {
        ("water", "water"), ("buildings", "building"), ("roads", "highway"),
        ("roads", "minor_road"), ("places", "town"),
    }  # fmt: skip


@needs_osm
def test_an_extract_becomes_one_archive_of_what_it_covers_with_its_credit(extracted: Path) -> None:
    made = open_archive(extracted)
    assert made.zooms == (8, 14)
    assert made.bounds == pytest.approx((WEST, SOUTH, EAST, NORTH), abs=1e-6)
    assert made.layers == ("buildings", "places", "roads", "water")
    assert made.attribution == "© OpenStreetMap contributors"


@needs_osm
def test_an_extract_is_cut_once_until_it_changes(tmp_path: Path) -> None:
    source = town(tmp_path / "town.osm")
    first = base_map(source, tmp_path)
    assert base_map(source, tmp_path) == first
    source.write_text(source.read_text(encoding="utf-8").replace(NAMED, "东海路"), encoding="utf-8")
    assert base_map(source, tmp_path).path != first.path
    assert not list(tmp_path.rglob("*.part"))


@needs_osm
def test_a_real_extract_is_read_whole(tmp_path: Path) -> None:
    folder = data_dir()
    source = folder / "logistics" / "osm" / "Helsinki.osm.pbf" if folder else None
    if source is None or not source.is_file():
        pytest.skip("no recorded data: logistics/osm/Helsinki.osm.pbf")
    made = base_map(source, tmp_path)
    assert made.layers == ("buildings", "landuse", "places", "roads", "water")


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("map.pmtiles", b"", "is no PMTiles file"),
        ("map.pmtiles", b"PK\x03\x04" + bytes(200), "is no PMTiles file"),
        ("map.pmtiles", b"PMTiles\x02" + bytes(200), "of version 2, not 3"),
        ("map.pmtiles", b"PMTiles\x03" + bytes(91) + b"\x02" + bytes(60), "holds pictures"),
        ("map.osm", b"<html>no map</html>", "cannot be read as an OpenStreetMap extract"),
        ("map.osm.pbf", b"\x00\x00\xff\xff" + bytes(50), "cannot be read as an OpenStreetMap"),
        ("map.osm", b'<osm version="0.6"></osm>', "holds no road, water, building or place"),
    ],
)
def test_a_file_that_is_no_map_is_refused_with_what_would_do(
    tmp_path: Path, name: str, body: bytes, said: str
) -> None:
    if "osm" in name and not extract.INSTALLED:
        pytest.skip("needs pip install 'haihe[osm]'")
    (tmp_path / name).write_bytes(body)
    with pytest.raises(ValueError, match=said):
        base_map(tmp_path / name, tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = r"there is no map file .*nowhere\.pmtiles\. Give a PMTiles"
    with pytest.raises(ValueError, match=said):
        base_map(tmp_path / "nowhere.pmtiles", tmp_path)


@needs_osm
def test_an_archive_that_was_cut_off_is_refused(extracted: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.pmtiles"
    part.write_bytes(extracted.read_bytes()[:-10])
    with pytest.raises(ValueError, match="ends too soon"):
        base_map(part, tmp_path)


@needs_osm
def test_ranges_of_the_file_are_served_and_nothing_else(extracted: Path, tmp_path: Path) -> None:
    whole = extracted.read_bytes()
    with a_world(tmp_path, base_map=open_archive(extracted)) as world:
        assert world.get("/basemap")["attribution"] == "© OpenStreetMap contributors"
        head = ranged(world, f"bytes=0-{HEADER_BYTES - 1}")
        assert (head.status_code, head.content) == (206, whole[:HEADER_BYTES])
        assert head.headers["content-range"] == f"bytes 0-{HEADER_BYTES - 1}/{len(whole)}"
        start = int.from_bytes(whole[24:32], "little")
        length = int.from_bytes(whole[32:40], "little")
        told = ranged(world, f"bytes={start}-{start + length - 1}").content
        assert "roads" in {one["id"] for one in json.loads(gzip.decompress(told))["vector_layers"]}
        assert ranged(world, "bytes=100-99999").content == whole[100:]
        beyond = f"bytes={len(whole)}-{len(whole) + 9}"
        for wrong in ("", "bytes=5-1", beyond, "bytes=0-99999999", "lines=1-2"):
            answer = ranged(world, wrong)
            assert answer.status_code == 416, wrong
            assert answer.headers["content-range"] == f"bytes */{len(whole)}"


@needs_osm
def test_a_file_exchanged_meanwhile_is_not_mixed_with_the_old_one(
    extracted: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.pmtiles"
    copy.write_bytes(extracted.read_bytes())
    with a_world(tmp_path / "data", base_map=open_archive(copy)) as world:
        copy.write_bytes(extracted.read_bytes() + b" ")
        assert ranged(world, "bytes=0-9").status_code == 409


def test_without_a_base_map_there_is_none(world: World) -> None:
    assert world.get("/basemap")["is_there"] is False
    assert ranged(world, "bytes=0-9").status_code == 404


@needs_osm
def test_the_base_map_is_for_those_who_may_look(extracted: Path, tmp_path: Path) -> None:
    with a_world(tmp_path, base_map=open_archive(extracted)) as world:
        heads = {"Range": "bytes=0-9", "Authorization": f"Bearer {world.give_token(Role.SOURCE)}"}
        assert world.client.get(f"{BASE}/basemap/tiles", headers=heads).status_code == 403
        heads["Authorization"] = f"Bearer {world.give_token(Role.VIEWER)}"
        assert world.client.get(f"{BASE}/basemap/tiles", headers=heads).status_code == 206
        assert ranged(world, "bytes=0-9").status_code == 401
