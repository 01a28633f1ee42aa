"""The traffic bench: its street, driven in SUMO on a grid of our own."""

import importlib
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench import traffic
from bench.rows import Options
from bench.traffic_parts.driving import Setup
from bench.traffic_parts.many import columns, release
from bench.traffic_parts.rivals import ACTUATED, FIXED
from bench.traffic_parts.street import Map
from haihe.packs.traffic.control import Settings
from haihe.packs.traffic.limits import LAWFUL, RESCO
from haihe.packs.traffic.network import GridShape, grid_network
from haihe.packs.traffic.network.write_sumo import sumo_files

needs_sumo = pytest.mark.skipif(
    find_spec("libsumo") is None or find_spec("sumo") is None,
    reason="SUMO is not installed; pip install 'haihe[traffic]'",
)


def street(folder: Path) -> Map:
    """One crossing of ours with a minute of traffic."""
    files = sumo_files(grid_network(GridShape(1, 1, spacing_m=150)))
    inputs = {
        "node": files.nodes,
        "edge": files.edges,
        "connection": files.connections,
        "tllogic": files.programs,
    }
    home = Path(importlib.import_module("sumo").SUMO_HOME)
    command = [str(home / "bin" / "netconvert"), "--no-turnarounds", "--no-warnings"]
    for kind, text in inputs.items():
        (folder / f"{kind}.xml").write_text(text, encoding="utf-8")
        command += [f"--{kind}-files", str(folder / f"{kind}.xml")]
    net = folder / "one.net.xml"
    subprocess.run([*command, "--output-file", str(net)], check=True, capture_output=True)
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
        only=tuple(sorted(traffic.STREETS)),
    )
    assert traffic.run(options) == []
    assert {who for who, _ in told} == traffic.STREETS
    assert all("pip install 'haihe[traffic]'" in why for _, why in told)
