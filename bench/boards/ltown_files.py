"""The recorded L-TOWN: meters, leaks and which leak lies in which district."""

import csv
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import nan, pi, sqrt
from pathlib import Path
from typing import Final

import numpy as np

from bench.boards.data import SHARED, opened
from haihe.detect import Seen
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import parse_instant
from haihe.twin.inp import read_inp

INLETS: Final = ("p227", "p235")
PUMP: Final = "PUMP_1"
TANK: Final = "T1"
TOWN: Final = "A and B"  # Behind the inlets.
HILL: Final = "C"  # Behind the pump and its tank.
# BattLeDIM, rules of the competition: its leaks are orifices with this coefficient.
DISCHARGE: Final = 0.75
GRAVITY: Final = 9.81  # m/s2.
SECONDS_H: Final = 3600.0  # By definition.


@dataclass(frozen=True, slots=True)
class Meters:
    """What the meters told.

    at: int64 (reading,), ns, rising.
    values: meter to float64 (reading,); m3/h, m for the tank; NaN where it told nothing.
    """

    at: IntArray
    values: Mapping[str, FloatArray]

    @property
    def seen(self) -> Seen:
        """All readings, as one record each of one entity."""
        rows = np.arange(len(self.at))
        slots = np.zeros(len(self.at), np.int32)
        return Seen(1, slots, self.at, self.at, rows, self.values, int(self.at[-1]))


@dataclass(frozen=True, slots=True)
class TrueLeak:
    """A leak that was there.

    start_at, full_at, end_at: ns; between the first two it grows.
    flow_m3_h: when full grown, under the pressure of a network at rest.
    """

    link: str
    district: str
    start_at: int
    full_at: int
    end_at: int
    flow_m3_h: float

    def flow_at(self, at: int) -> float:
        """What it loses at an instant: its diameter grows evenly, so its flow with the square."""
        if not self.start_at <= at < self.end_at:
            return 0.0
        grown = (at - self.start_at) / max(self.full_at - self.start_at, 1)
        return self.flow_m3_h * min(grown, 1.0) ** 2


@dataclass(frozen=True, slots=True)
class Network:
    """What the network's file says of districts.

    district: link to the district it lies in.
    head_m: link to the head of its zone, of water at rest, above it; m.
    tank_m2: surface of the tank.
    """

    district: Mapping[str, str]
    head_m: Mapping[str, float]
    tank_m2: float


def read_meters(folder: Path) -> Meters:
    """All flows and levels of the folder; files of several half-years follow one another.

    Raises FileNotFoundError if there are none.
    """
    flows = _table(sorted(folder.glob("*Flows*.csv*")))
    levels = _table(sorted(folder.glob("*Levels*.csv*")))
    if not flows:
        raise FileNotFoundError(f"{folder} has no *Flows*.csv; give a folder of the L-TOWN layout.")
    at = sorted(flows)
    told = {name: [flows[one].get(name, nan) for one in at] for name in (*INLETS, PUMP)}
    told[TANK] = [levels.get(one, {}).get(TANK, nan) for one in at]
    return Meters(np.array(at), {name: np.array(values) for name, values in told.items()})


def _table(paths: list[Path]) -> dict[int, dict[str, float]]:
    """Instant to column to number, of semicolon tables with decimal commas."""
    table = {}
    for path in paths:
        with opened(path) as lines:
            for line in csv.DictReader(lines, delimiter=";"):
                at = _instant(line.pop("Timestamp"))
                table[at] = {name: _number(text) for name, text in line.items() if text}
    return table


def _instant(text: str) -> int:
    """With or without seconds; the files carry no zone, and only differences matter."""
    whole = text.strip().replace(" ", "T")
    return parse_instant(whole + (":00Z" if whole.count(":") == 1 else "Z"))


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return nan


def read_leaks(folder: Path, network: Network) -> list[TrueLeak]:
    """Every leak of the folder's lists, by start."""
    leaks = {}
    for path in sorted(folder.glob("leak*.csv*")):
        with opened(path) as lines:
            for line in csv.DictReader(lines, skipinitialspace=True):
                link = line["linkID"]
                start_at, end_at, full_at = (
                    _instant(line[name]) for name in ("startTime", "endTime", "peakTime")
                )
                width = float(next(line[name] for name in line if name.startswith("leakDiam")))
                speed = sqrt(2 * GRAVITY * network.head_m[link])
                flow = DISCHARGE * pi / 4 * width**2 * speed * SECONDS_H
                leaks[link, start_at] = TrueLeak(
                    link, network.district[link], start_at, full_at, end_at, flow
                )
    return sorted(leaks.values(), key=lambda leak: leak.start_at)


def network_file(folder: Path) -> Path:
    """The network's file of the folder, or of the shared one: another half-year has the same.

    Raises FileNotFoundError if there is none.
    """
    for place in (folder, SHARED / "sensing" / "ltown"):
        for path in sorted(place.glob("*.inp*")):
            return path
    raise FileNotFoundError(f"{folder} has no .inp; put L-TOWN.inp there.")


def read_network(folder: Path) -> Network:
    """The districts of the network's file.

    Raises FileNotFoundError if there is none.
    """
    with opened(network_file(folder)) as file:
        plan = read_inp(file.read())
    height = plan.junctions
    pipes = {pipe.name: (pipe.start, pipe.end) for pipe in plan.pipes}
    tanks = {tank.name: tank for tank in plan.tanks}
    sources = {**plan.reservoirs}
    sources |= {name: tank.floor_m + tank.level_m for name, tank in tanks.items()}
    sources |= {valve.end: height[valve.end] + valve.pressure_m for valve in plan.reducers}
    heads: dict[str, float] = {}
    district: dict[str, str] = {}
    for source, head in sources.items():
        for node in _reached(source, pipes.values()):
            heads[node] = max(head, heads.get(node, 0.0))
            district[node] = HILL if source in tanks else TOWN
    above = {
        link: heads[a] - (height.get(a, heads[a]) + height.get(b, heads[b])) / 2
        for link, (a, b) in pipes.items()
    }
    width = tanks[TANK].diameter_m
    return Network({link: district[a] for link, (a, _) in pipes.items()}, above, pi / 4 * width**2)


def _reached(source: str, pipes: Collection[tuple[str, str]]) -> set[str]:
    """The nodes joined to one by pipes."""
    beside: dict[str, list[str]] = {}
    for a, b in pipes:
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    found, waiting = {source}, deque([source])
    while waiting:
        fresh = set(beside.get(waiting.popleft(), ())) - found
        found |= fresh
        waiting += fresh
    return found
