"""The street twin: what a second costs, and the same hour beside SUMO with the same signals."""

import importlib
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import numpy as np

from bench.rows import HIGHER, Figure, Options, Row, row
from bench.traffic_parts.street import engine
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import HOUR, MINUTE, SECOND, parse_instant
from haihe.packs.traffic.network import Network
from haihe.packs.traffic.network.write_sumo import sumo_files
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.street.demand import KINDS, Demand
from haihe.packs.traffic.street.layout import Layout
from haihe.packs.traffic.zone import GATE, GATE_IN, TOWN, TOWN_OUT, zone_network
from haihe.twin import Fault

NAME: Final = "zone"
CASES: Final = {
    "morning tide, town over capacity": "2026-11-20T07:00:00+08:00",  # A Friday.
    "midday": "2026-11-20T10:00:00+08:00",
}
ASKED: Final = HOUR  # Ours: demand of an hour from empty streets; who is not out counts to its end.
SPEED_M_S: Final = 13.89  # The zone's limit; what a trip would take is told from it.
GOAL_MS: Final = 3.0  # Of the live demonstration: 60 seconds in one within a fifth of a core.
FULL: Final = 1500  # The demonstration's fullest streets; filled by surges at every entry.
SURGE_VEH_H: Final = 1000.0
KINDS_SUMO: Final = {"car": "passenger", "truck": "truck", "bus": "bus"}
GROUPS: Final = ("town to gate", "gate to town", "across and along")


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wanted to drive in an hour. Arrays by vehicle, in order.

    flow: int64. at_s: float64, from the hour's begin.
    """

    flow: IntArray
    at_s: FloatArray


@dataclass(frozen=True, slots=True)
class Hour:
    """What came of it: float64 (vehicle,), when each left, in seconds; NaN for who did not."""

    left_s: FloatArray


def measure(options: Options, *, seeds: int) -> list[Row]:
    """Milliseconds a second of the zone; delay and throughput beside SUMO, where it is."""
    rows = _costs(quick=options.quick)
    if find_spec("libsumo") is None or find_spec("sumo") is None:
        options.skip("street beside SUMO", "SUMO is not installed; pip install 'haihe[traffic]'")
        return rows
    with tempfile.TemporaryDirectory(prefix="haihe-zone-") as folder:
        net = net_of(zone_network(), Path(folder))
        for case, begin in CASES.items():
            found = []
            for seed in range(1, seeds + 1):
                options.say(f"zone: the street twin and SUMO, {case}, seed {seed}")
                found.append(_both(parse_instant(begin), seed=seed, net=net))
            rows += _rows(case, found)
    return rows


def _costs(*, quick: bool) -> list[Row]:
    """CPU a second of the zone, in the tide and when it is full."""
    rows = []
    begin = parse_instant(CASES["morning tide, town over capacity"])
    for case, surges in (("the tide", False), ("full streets", True)):
        twin = StreetTwin(1)
        for road in sorted({flow.start for flow in twin.layout.flows}) if surges else ():
            far = begin + 2 * HOUR
            twin.inject(Fault("surge", f"road/{road}", begin - HOUR, far, SURGE_VEH_H))
        twin.advance(begin)
        at = begin
        while len(twin.cars) < (FULL if surges else 0) and at < begin + HOUR:
            at += MINUTE
            twin.advance(at)
        at += 10 * MINUTE if not surges else 0
        twin.advance(at)
        count, rounds = len(twin.cars), 60 if quick else 300
        began = time.process_time()
        records = sum(len(rows) for rows in twin.advance(at + rounds * SECOND))
        spent_ms = (time.process_time() - began) / rounds * 1e3
        figure = Figure(f"street twin, {case}, {count} vehicles", "a second", "CPU-ms", spent_ms,
                        GOAL_MS)  # fmt: skip
        rows.append(row(NAME, figure, beside={"records a second": records / rounds}))
    return rows


def _both(begin: int, *, seed: int, net: Path) -> tuple[Layout, Wish, Hour, Hour]:
    twin = StreetTwin(seed)
    twin.advance(begin)
    early = twin.entries.arrived  # Those of the second that set the clock.
    entries, lines = twin.entries, [twin.lines(begin)]
    left_s = np.full(100_000, np.nan)
    inside = twin.cars.number
    for second in range(1, ASKED // SECOND + 1):
        twin.advance(begin + second * SECOND)
        lines.append(twin.lines(begin + second * SECOND))
        left_s[np.setdiff1d(inside, twin.cars.number)] = second
        inside = twin.cars.number
    wish = _wish(twin.layout, seed=seed, begin=begin)
    assert len(wish.flow) == entries.arrived - early
    ours = Hour(left_s[early : entries.arrived])
    return twin.layout, wish, ours, _sumo(twin.layout, wish, lines=lines, net=net)


def _wish(layout: Layout, *, seed: int, begin: int) -> Wish:
    """The twin's own arrivals, asked for once more."""
    demand = Demand(layout.flows, seed)
    flow, at_s = [], []
    nothing = np.zeros(len(layout.flows))
    for minute in range(ASKED // MINUTE):
        found = demand.arrivals(begin // MINUTE + minute, extra_veh_h=nothing)
        flow.append(found.flow)
        at_s.append(minute * 60.0 + found.second)
    return Wish(np.concatenate(flow), np.concatenate(at_s))


def net_of(network: Network, folder: Path) -> Path:
    """SUMO's network of ours, written into ``folder`` by its own netconvert.

    Raises ImportError if SUMO is not installed.
    """
    files = sumo_files(network)
    texts = {
        "node": files.nodes,
        "edge": files.edges,
        "connection": files.connections,
        "tllogic": files.programs,
    }
    home = Path(importlib.import_module("sumo").SUMO_HOME)
    command = [str(home / "bin" / "netconvert"), "--no-turnarounds", "--no-warnings"]
    for kind, text in texts.items():
        (folder / f"{kind}.xml").write_text(text, encoding="utf-8")
        command += [f"--{kind}-files", str(folder / f"{kind}.xml")]
    net = folder / "ours.net.xml"
    subprocess.run([*command, "--output-file", str(net)], check=True, capture_output=True)
    return net


def _sumo(layout: Layout, wish: Wish, *, lines: Sequence[tuple[str, ...]], net: Path) -> Hour:
    """The same vehicles under the same heads, second by second."""
    sumo: Any = engine()
    routes, told = net.with_name("zone.rou.xml"), net.with_name("trips.xml")
    routes.write_text(_routes(layout, wish), encoding="utf-8")
    sumo.start(
        [
            *("sumo", "-n", str(net), "-r", str(routes), "--seed", "1", "--no-step-log"),
            *("--time-to-teleport", "-1", "--no-warnings", "--tripinfo-output", str(told)),
        ]
    )
    names = [one.id for one in layout.network.junctions]
    for second in range(ASKED // SECOND):
        for name, line in zip(names, lines[second], strict=True):
            sumo.trafficlight.setRedYellowGreenState(name, line)
        sumo.simulationStep()
    sumo.close()
    left_s = np.full(len(wish.flow), np.nan)
    for one in ElementTree.parse(told).getroot().iter("tripinfo"):
        left_s[int(one.get("id", "0"))] = float(one.get("arrival", "nan"))
    return Hour(left_s)


def _routes(layout: Layout, wish: Wish) -> str:
    types = "".join(f'<vType id="{kind}" vClass="{KINDS_SUMO[kind]}"/>' for kind in KINDS)
    trips = "".join(
        f'<trip id="{at}" type="{flow.kind}" depart="{second:.0f}" from="{flow.start}" '
        f'to="{flow.end}" departLane="best" departSpeed="max"/>'
        for at, (flow, second) in enumerate(
            zip((layout.flows[one] for one in wish.flow.tolist()), wish.at_s.tolist(), strict=True)
        )
    )
    return f"<routes>{types}{trips}</routes>"


def _rows(case: str, found: Sequence[tuple[Layout, Wish, Hour, Hour]]) -> list[Row]:
    rows = []
    for group in GROUPS:
        both = [
            (
                _delay_s(layout, wish, hour=hour, group=group),
                _out(layout, wish, hour=hour, group=group),
            )
            for layout, wish, *hours in found
            for hour in hours
        ]
        ours, theirs = both[0::2], both[1::2]
        delay, other = (float(np.mean([one[0] for one in some])) for some in (ours, theirs))
        beside: Mapping[str, float] = {"SUMO": other, "ratio": delay / other}
        figure = Figure(f"street twin, {case}, {group}", "mean delay", "s", delay)
        rows.append(row(NAME, figure, beside=beside))
        out, others = (float(np.mean([one[1] for one in some])) for some in (ours, theirs))
        rows.append(
            row(
                NAME,
                Figure(f"street twin, {case}, {group}", "out in the hour", "veh", out,
                       better=HIGHER),
                beside={"SUMO": others, "ratio": out / others},
            )
        )  # fmt: skip
    return rows


def _of(layout: Layout, wish: Wish, *, group: str) -> BoolArray:
    ends = {"town to gate": (TOWN, GATE), "gate to town": (GATE_IN, TOWN_OUT)}
    avenue = [(flow.start, flow.end) for flow in layout.flows]
    if group in ends:
        of = [pair == ends[group] for pair in avenue]
    else:
        of = [pair not in ends.values() for pair in avenue]
    return np.array(of, np.bool_)[wish.flow]


def _out(layout: Layout, wish: Wish, *, hour: Hour, group: str) -> int:
    return int(np.isfinite(hour.left_s[_of(layout, wish, group=group)]).sum())


def _delay_s(layout: Layout, wish: Wish, *, hour: Hour, group: str) -> float:
    """Mean over all of the time beyond the free drive; who is not out counts to the end."""
    of = _of(layout, wish, group=group)
    spent = np.where(np.isfinite(hour.left_s), hour.left_s, ASKED // SECOND) - wish.at_s
    free = np.array([_free_s(layout, flow) for flow in range(len(layout.flows))])[wish.flow]
    return float(np.maximum(spent - free, 0.0)[of].mean())


def _free_s(layout: Layout, flow: int) -> float:
    """Seconds from end to end at the limit."""
    legs, strips = layout.legs, layout.strips
    leg, metres = int(legs.first[flow]), 0.0
    while leg >= 0:
        own = int(np.flatnonzero(legs.allowed[leg])[0])
        metres += float(strips.length_m[own] + legs.inner_m[leg, own])
        leg = int(legs.following[leg])
    return metres / SPEED_M_S
