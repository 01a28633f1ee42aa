"""Leaks in a network whose truth is known: L-TOWN's plan, changed, with leaks, noise and sensors.

The network that leaks is not the network that is searched: every pipe's roughness, every junction's
mean use and every hour of it differ from the plan by chance, as a real town does from its model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from bench.boards.data import opened
from bench.boards.ltown_files import network_file
from haihe.detect import Seen
from haihe.detect.locate import Sensitivity
from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.time import HOUR
from haihe.twin.inp import NetworkPlan, read_inp
from haihe.twin.network import PressureNetwork, split

METERS: Final = ("p227", "p235", "PUMP_1")
LEVEL: Final = "T1"
LEAK: Final = "leak"  # The junction at which it leaks.
SENSOR: Final = "PRESSURE SENSOR"  # What the file remarks at the 33 junctions that have one.
QUIET_HOURS: Final = 14 * 24  # Ours: two weeks are there to learn from, one of them watched.
LEAK_HOURS: Final = 5 * 24  # Ours: what is not found in five days counts as not found.
WEEK: Final = 168  # By definition.
BEGIN_HOUR: Final = 96 + 2400 * WEEK  # A Monday; which one tells nothing.
STEPS_HOUR: Final = 12  # The file's patterns come every five minutes.
TIMES: Final = (2, 10, 18)  # Ours: night, morning and evening flows; six times were no better.
# Ours: head loss is not linear in flow, so what a leak does is asked of leaks of about its size.
PROBES_M3_H: Final = (10.0, 22.0)
# Ours: how far a calibrated model is off, and what sensors do; all standard deviations.
ROUGHNESS: Final = 0.1
USE_JUNCTION: Final = 0.2
USE_HOUR: Final = 0.3
USE_TOWN: Final = 0.02
USE_WEEK: Final = 0.01  # By how much use grows a week: the season.
PRESSURE_M: Final = 0.02
OFFSET_M: Final = 0.1
FLOW: Final = 0.005
RESOLUTION: Final = 2  # Digits of a metre, as in BattLeDIM's records.
SMALLEST_M3_H: Final = 6.0  # The issue's: smaller ones need not be located.
LARGEST_M3_H: Final = 30.0  # The largest of BattLeDIM.


@dataclass(frozen=True, slots=True)
class Town:
    """The plan, and where things are.

    sensors: junctions with a pressure sensor.
    on_hill: bool (pipe,), behind the pump.
    middle_m: float64 (pipe, 2), on the map.
    apart_m: float64 (pipe, pipe), along pipes, from middle to middle.
    nearest: intp (sensor,), the pipe nearest to each sensor.
    use: float64 (hour, junction), a week of the plan; m3/h.
    """

    plan: NetworkPlan
    sensors: tuple[str, ...]
    on_hill: BoolArray
    middle_m: FloatArray
    apart_m: FloatArray
    nearest: IndexArray
    use: FloatArray


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a town showed, hour by hour, and the truth.

    pipe: the one that leaks, in the plan's order.
    flow_m3_h: what it loses at the pressure it had before.
    begins: the first hour of the leak; rows before it are quiet.
    hour: int64 (hour,), hours since 1970.
    pressure_m: float64 (hour, sensor).
    told: meter to float64 (hour,), m3/h, and the tank's level, m.
    """

    pipe: int
    flow_m3_h: float
    begins: int
    hour: IntArray
    pressure_m: FloatArray
    told: Mapping[str, FloatArray]

    def seen(self, numbers: Mapping[str, FloatArray]) -> Seen:
        """Some of it as records of one entity."""
        at, rows = self.hour * HOUR, np.arange(len(self.hour))
        return Seen(1, np.zeros(len(at), np.int32), at, at, rows, numbers, int(at[-1]))


def read_town(folder: Path) -> Town:
    """The town of the folder's network file.

    Raises FileNotFoundError if there is none.
    """
    with opened(network_file(folder)) as file:
        text = file.read()
    plan = read_inp(text)
    head, _, tail = text.partition("[COORDINATES]")
    sensors = tuple(line.split()[0] for line in head.splitlines() if SENSOR in line)
    place = {}
    for line in tail.partition("[VERTICES]")[0].splitlines():
        words = line.partition(";")[0].split()
        if len(words) == 3:
            place[words[0]] = (float(words[1]), float(words[2]))
    middle = np.array([np.add(place[pipe.start], place[pipe.end]) / 2 for pipe in plan.pipes])
    names = (*plan.junctions, *plan.reservoirs, *(tank.name for tank in plan.tanks))
    number = {name: i for i, name in enumerate(names)}
    ends = np.array([(number[pipe.start], number[pipe.end]) for pipe in plan.pipes])
    length = np.array([pipe.length_m for pipe in plan.pipes])
    links = np.concatenate([ends, [(number[v.start], number[v.end]) for v in plan.reducers]])
    between = _between(links, np.append(length, np.zeros(len(plan.reducers))), nodes=len(names))
    hill = np.isfinite(between[number[LEVEL]])
    apart = np.min(
        [between[np.ix_(ends[:, a], ends[:, b])] for a in (0, 1) for b in (0, 1)], axis=0
    )
    apart = apart + (length[:, None] + length[None, :]) / 2
    np.fill_diagonal(apart, 0.0)
    from_sensor = between[[number[name] for name in sensors]]
    near = np.minimum(from_sensor[:, ends[:, 0]], from_sensor[:, ends[:, 1]]) + length / 2
    use = plan.use(range(0, WEEK * STEPS_HOUR, STEPS_HOUR))
    far = np.where(np.isfinite(apart), apart, apart[np.isfinite(apart)].max() * 2)
    return Town(plan, sensors, hill[ends[:, 0]], middle, far, near.argmin(axis=1), use)


def _between(links: IndexArray, length: FloatArray, *, nodes: int) -> FloatArray:
    """Shortest ways between nodes (Floyd and Warshall): float64 (node, node), m."""
    between = np.full((nodes, nodes), np.inf)
    np.fill_diagonal(between, 0.0)
    for (a, b), one in zip(links.tolist(), length.tolist(), strict=True):
        between[a, b] = between[b, a] = min(between[a, b], one)
    for via in range(nodes):
        np.minimum(between, between[:, via, None] + between[None, via], out=between)
    return between


def sensitivity(town: Town, *, probe_m3_h: float) -> Sensitivity:
    """What a leak in each pipe does to each sensor, by the plan as it stands in the file.

    probe_m3_h: the leak that is tried.
    """
    plan = town.plan
    number = {name: i for i, name in enumerate(plan.junctions)}
    network = PressureNetwork(plan, gauges=town.sensors)
    change = np.zeros((len(TIMES), len(number) + 1, len(town.sensors)))  # The last: at a source.
    for time, hour in enumerate(TIMES):
        before = network.advance(town.use[hour], step=0).pressure_m
        for junction in range(len(number)):
            use = town.use[hour].copy()
            use[junction] += probe_m3_h
            change[time, junction] = network.advance(use, step=0).pressure_m - before
    ends = [[number.get(end, -1) for end in (pipe.start, pipe.end)] for pipe in plan.pipes]
    length = np.array([pipe.length_m for pipe in plan.pipes])
    return Sensitivity(change[:, ends].mean(axis=2) / probe_m3_h, length, town.apart_m)


def draw(town: Town, seed: int) -> Scenario:
    """A town that is not quite the plan's, in which one pipe begins to leak."""
    rng = np.random.default_rng(seed)
    pipe = int(rng.integers(len(town.plan.pipes)))
    size = float(np.exp(rng.uniform(np.log(SMALLEST_M3_H), np.log(LARGEST_M3_H))))
    network = PressureNetwork(
        _worn(split(town.plan, town.plan.pipes[pipe].name, node=LEAK), rng),
        gauges=(*town.sensors, LEAK),
        meters=METERS,
    )
    hours, first = QUIET_HOURS + LEAK_HOURS, int(rng.integers(WEEK))
    use = _use(town, rng, hours=np.arange(first, first + hours))
    pressure: list[FloatArray] = []
    flow, level = [], []
    for hour in range(hours):
        if hour == QUIET_HOURS:
            network.leak({LEAK: size / float(np.sqrt(pressure[-1][-1]))})
        shown = network.advance(use[hour], step=HOUR)
        pressure.append(shown.pressure_m)
        flow.append(shown.flow_m3_h)
        level.append(shown.level_m[0])
    gauged = np.array(pressure)[:, :-1] + OFFSET_M * rng.standard_normal(len(town.sensors))
    gauged += PRESSURE_M * rng.standard_normal(gauged.shape)
    metered = np.array(flow) * (1 + FLOW * rng.standard_normal((hours, len(METERS))))
    told = {name: metered[:, i] for i, name in enumerate(METERS)}
    told[LEVEL] = np.round(level, RESOLUTION)
    since = BEGIN_HOUR + np.arange(first, first + hours)
    return Scenario(pipe, size, QUIET_HOURS, since, np.round(gauged, RESOLUTION), told)


def _worn(plan: NetworkPlan, rng: np.random.Generator) -> NetworkPlan:
    """The plan with pipes as rough as they really are."""
    off = np.exp(ROUGHNESS * rng.standard_normal(len(plan.pipes))).tolist()
    pipes = [
        replace(pipe, roughness=pipe.roughness * share)
        for pipe, share in zip(plan.pipes, off, strict=True)
    ]
    return replace(plan, pipes=tuple(pipes))


def _use(town: Town, rng: np.random.Generator, *, hours: IntArray) -> FloatArray:
    """What junctions really use: float64 (hour, junction), m3/h; the leak's own uses nothing."""
    planned = town.use * np.exp(USE_JUNCTION * rng.standard_normal(town.use.shape[1]))
    planned *= town.use.sum() / planned.sum()
    use = planned[hours % WEEK]
    use *= np.exp(USE_HOUR * rng.standard_normal(use.shape) - USE_HOUR**2 / 2)
    use *= np.exp(USE_TOWN * rng.standard_normal((len(hours), 1)))
    use *= 1 + USE_WEEK * np.arange(len(hours))[:, None] / WEEK
    return np.concatenate([use, np.zeros((len(hours), 1))], axis=1)
