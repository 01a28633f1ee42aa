"""The traffic bench: its street, driven in SUMO on a grid of our own."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench import traffic
from bench.rows import Options
from bench.traffic_parts import bologna, jinan, maps
from bench.traffic_parts.driving import Setup
from bench.traffic_parts.many import Asked, columns, driven, release
from bench.traffic_parts.rivals import ACTUATED, FIXED
from bench.traffic_parts.street import Map
from bench.zone_parts.twin import net_of
from haihe.packs.traffic.control import Settings
from haihe.packs.traffic.limits import LAWFUL, RESCO
from haihe.packs.traffic.network import GridShape, grid_network

needs_sumo = pytest.mark.skipif(
    find_spec("libsumo") is None or find_spec("sumo") is None,
    reason="SUMO is not installed; pip install 'haihe[traffic]'",
)


def street(folder: Path) -> Map:
    """One crossing of ours with a minute of traffic."""
    net = net_of(grid_network(GridShape(1, 1, spacing_m=150)), folder)
    flows = "".join(
        f'<flow id="{side}" begin="0" end="60" vehsPerHour="600" from="J0000-from-{side}" '
        f'to="J0000-to-{out}"/>'
        for side, out in (("N", "S"), ("W", "E"))
    )
    routes = folder / "one.rou.xml"
    routes.write_text(f"<routes>{flows}</routes>", encoding="utf-8")
    return Map("one", net, (routes,), (), 0, 120)


@needs_sumo
def test_a_street_of_ours_is_driven_lawfully_by_every_column(tmp_path: Path) -> None:
    of = street(tmp_path)
    ours = Setup(LAWFUL, Settings(slot_s=5), share=0.3, loops=True)
    rivals = [Setup(LAWFUL, Settings(), rival=name) for name in (FIXED, ACTUATED)]
    found = columns([(of, ours), *((of, one) for one in rivals)], seeds=1)
    again = columns([(of, replace(rivals[0], limits=RESCO, settings=Settings()))], seeds=1)
    release()
    assert again[0].runs[0] is found[1].runs[0]  # What SUMO does alone is driven once.
    assert [one.runs[0].vehicles for one in found] == [20, 20, 20]
    assert found[0].violations == 0
    assert all(0 < one.mean_s < 60 for one in found)


def options_of(data: Path, told: list[tuple[str, str]], *, only: tuple[str, ...] = ()) -> Options:
    return Options(
        quick=True,
        data=data,
        peers=True,
        scores=None,
        say=lambda line: None,
        skip=lambda who, why: told.append((who, why)),
        only=only,
    )


@needs_sumo
def test_a_map_that_sumo_cannot_drive_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    of = street(tmp_path)
    lost = tmp_path / "lost.rou.xml"
    lost.write_text('<routes><trip id="a" depart="1" from="nowhere" to="nowhere"/></routes>')
    told: list[tuple[str, str]] = []
    asked = [
        Asked(one, (Setup(RESCO, Settings(), rival=FIXED),), 1)
        for one in (replace(of, name="lost", routes=(lost,)), of)
    ]
    found = driven(options_of(tmp_path, told), asked)
    release()
    assert list(found) == ["one"]
    assert [who for who, _ in told] == ["lost"]
    assert "nowhere" in told[0][1]


def test_sets_are_found_in_the_whole_data_a_family_or_a_folder_of_their_own(
    tmp_path: Path,
) -> None:
    traffic_ = tmp_path / "data" / "traffic"
    files = (
        "resco/cologne8/cologne8.net.xml.gz",
        "resco/cologne8/cologne8.rou.xml.gz",
        "cityflow/hangzhou/roadnet_4_4.json",
        "itetris/a_net.net.xml.gz",
        "itetris/a.rou.xml.gz",
        "itetris/a_tls.add.xml.gz",
        "radio/messages_2.json",
        "events/a_hires_b.parquet",
    )
    for name in files:
        (traffic_ / name).parent.mkdir(parents=True, exist_ok=True)
        (traffic_ / name).touch()
    told: list[tuple[str, str]] = []
    own = {"resco": "resco/cologne8", "cityflow": "cityflow/hangzhou", "bologna_pasubio": "itetris",
           "v2x_cn": "radio", "atspm_hires": "events"}  # fmt: skip
    for kind, where in own.items():
        for given in (traffic_.parent, traffic_, (traffic_ / where).parent, traffic_ / where):
            assert maps.sets(options_of(given, told), kind) == [traffic_ / where]
    assert told == []
    assert maps.sets(options_of(traffic_ / "radio", told), "resco") == []
    assert told[0][0] == "resco"
    assert "--data" in told[0][1]


def test_a_broken_set_is_told_and_left_out(tmp_path: Path) -> None:
    own = tmp_path / "town1"
    own.mkdir()
    (own / "town1.net.xml.gz").write_bytes(b"no gzip")
    (own / "town1.rou.xml").write_text("<routes/>")
    told: list[tuple[str, str]] = []
    assert maps.readable(options_of(tmp_path, told), [own], read=maps.resco) == []
    assert told[0][0] == "town1"
    flow = tmp_path / "flow"
    flow.mkdir()
    (flow / "roadnet.json").write_text("{}")
    assert jinan.measure(options_of(flow, told), seeds=1) == []
    assert "anon*.json" in told[1][1]


def test_a_map_begins_as_its_name_its_configuration_or_its_first_vehicle_says(
    tmp_path: Path,
) -> None:
    begins = {"cologne8": 25_200, "mine": 300, "other": 61}
    for name in begins:
        own = tmp_path / name
        own.mkdir()
        (own / "a.net.xml").touch()
        (own / "a.rou.xml").write_text(
            '<routes><vType id="car"/><trip depart="99"/><flow begin="61.5"/></routes>'
        )
    (tmp_path / "mine" / "run.sumocfg").write_text(
        '<configuration><time><begin value="300"/></time></configuration>'
    )
    assert {name: maps.resco(tmp_path / name)[0].begin_s for name in begins} == begins


def test_a_shipped_map_takes_its_files_in_the_order_in_which_they_need_one_another(
    tmp_path: Path,
) -> None:
    parts = ("tls.add", "vtypes.add", "busses.rou", "detectors.add", "bus_stops.add")
    for name in ("acosta.net", "acosta_buslanes.net", *(f"acosta_{one}" for one in parts)):
        (tmp_path / f"{name}.xml").touch()
    (tmp_path / "acosta.rou.xml").write_text("<routes/>")
    (tmp_path / "run.sumocfg").write_text(
        '<c><input><net-file value="acosta_buslanes.net.xml"/></input></c>'
    )
    of = bologna.shipped(tmp_path)[0]
    assert of.net.name == "acosta_buslanes.net.xml"
    assert [one.name for one in of.routes] == ["acosta.rou.xml"]
    assert [one.name for one in of.additional] == [
        "acosta_vtypes.add.xml", "acosta_bus_stops.add.xml", "acosta_busses.rou.xml",
        "acosta_tls.add.xml",
    ]  # fmt: skip


@pytest.mark.parametrize("absent", ["libsumo", "sumo"])
def test_without_the_whole_of_sumo_every_street_is_skipped_by_name(
    absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        traffic, "find_spec", lambda name: None if name == absent else find_spec("json")
    )
    told: list[tuple[str, str]] = []
    options = Options(
        quick=True,
        data=None,
        peers=False,
        scores=None,
        say=lambda line: None,
        skip=lambda who, why: told.append((who, why)),
        only=(*traffic.STREETS, traffic.APART),
    )
    assert traffic.run(options) == []
    assert {who for who, _ in told} == {*traffic.STREETS, traffic.APART}
    assert all("pip install 'haihe[traffic]'" in why for _, why in told)
