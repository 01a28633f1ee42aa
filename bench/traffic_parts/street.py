"""One run of one map in SUMO: sensors read, heads set, and what every trip lost."""

import gzip
import importlib
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from xml.etree import ElementTree
from zlib import crc32

import numpy as np

from haihe.model.time import SECOND
from haihe.packs.traffic.control import Detectors, Layout, Sight, Vehicles
from haihe.packs.traffic.control.sight import no_vehicles

LOOP_M: Final = 3.0  # Ours: a loop lies 3 m before the line, under the first car that waits.
SHARES: Final = 1000  # Ours: connected or not is drawn per mille.
BUS_PERSONS: Final = 30.0  # Ours, stated beside the row: people on a bus in the morning peak.


@dataclass(frozen=True, slots=True)
class Map:
    """A map and its hour.

    name: as printed.
    net, routes, additional: SUMO files; ``additional`` may be empty.
    begin_s, end_s: of the run.
    car_persons: people in a car.
    by_approach: whether to time the approaches of each trip as well.
    """

    name: str
    net: Path
    routes: tuple[Path, ...]
    additional: tuple[Path, ...]
    begin_s: int
    end_s: int
    car_persons: float = 1.0
    by_approach: bool = False


@dataclass(frozen=True, slots=True)
class Trips:
    """What a run came to.

    delay_s: mean over all vehicles that wanted to go: time lost and waiting to depart; who never
        departed counts until the end.
    person_delay_s: the same for each person.
    vehicles, unfinished, uninserted: how many.
    violations: how often heads broke the limits; 0 is what is asked.
    refused: wishes that the interlock refused.
    depart_s: mean time waiting to depart, which is part of ``delay_s``.
    approach_s: mean over vehicles of the time on all approaches; 0 if it was not asked for.
    """

    delay_s: float
    person_delay_s: float
    vehicles: int
    unfinished: int
    uninserted: int
    violations: int = 0
    refused: int = 0
    depart_s: float = 0.0
    approach_s: float = 0.0


def engine() -> ModuleType:
    """SUMO in this process.

    Raises ImportError if it is not installed.
    """
    with redirect_stdout(StringIO()):  # It speaks of Arrow, which only its own files would need.
        return importlib.import_module("libsumo")


def failures() -> tuple[type[Exception], ...]:
    """What a map may fail with; not each version of SUMO has each of its own."""
    own = [getattr(engine(), one, OSError) for one in ("TraCIException", "FatalTraCIError")]
    return (OSError, LookupError, *own)


class Street:
    """A running SUMO. One at a time in a process."""

    def __init__(self, of: Map, *, seed: int, extra: str = "", sumo: Any = None) -> None:
        """Start it; ``extra`` is the text of one more additional file."""
        self.map = of
        self.sumo = sumo or engine()
        self.folder = tempfile.TemporaryDirectory(prefix="haihe-street-")
        added = list(of.additional)
        if extra:
            added.append(Path(self.folder.name, "extra.add.xml"))
            added[-1].write_text(f"<additional>{extra}</additional>", encoding="utf-8")
        self.told = Path(self.folder.name, "trips.xml")
        self._ways = Path(self.folder.name, "ways.xml")
        arguments = _arguments(of, seed, added=added, told=self.told)
        if of.by_approach:
            options = ("exit-times", "internal", "write-unfinished")
            arguments += ["--vehroute-output", str(self._ways)]
            arguments += [f"--vehroute-output.{one}" for one in options]
        self.sumo.start(arguments)
        self.second = of.begin_s

    def step(self) -> None:
        """One second."""
        self.sumo.simulationStep()
        self.second += 1

    def close(self) -> Trips:
        """Stop it and give what the trips came to."""
        pending = tuple(self.sumo.simulation.getPendingVehicles())
        self.sumo.close()
        trips = _trips(self.told, self.map, pending=pending)
        if self.map.by_approach:
            trips = replace(trips, approach_s=_approach_s(self._ways, self.map))
        self.folder.cleanup()
        return trips


def _arguments(of: Map, seed: int, *, added: Sequence[Path], told: Path) -> list[str]:
    arguments = ["sumo", "-n", str(of.net), "-r", ",".join(str(one) for one in of.routes)]
    if added:
        arguments += ["-a", ",".join(str(one) for one in added)]
    return [
        *arguments,
        *("-b", str(of.begin_s), "-e", str(of.end_s), "--seed", str(seed)),
        *("--time-to-teleport", "-1", "--tripinfo-output", str(told)),
        *("--tripinfo-output.write-unfinished", "--no-step-log", "--no-warnings"),
    ]


def _trips(told: Path, of: Map, *, pending: Sequence[str]) -> Trips:
    lost = departing = persons = weighted = 0.0
    unfinished = vehicles = 0
    for one in ElementTree.parse(told).getroot().iter("tripinfo"):
        depart = float(one.get("departDelay", "0"))
        delay = float(one.get("timeLoss", "0")) + depart
        on_board = BUS_PERSONS if one.get("vType", "").startswith("bus") else of.car_persons
        vehicles += 1
        unfinished += float(one.get("arrival", "-1")) < 0
        lost += delay
        departing += depart
        persons += on_board
        weighted += delay * on_board
    absent = _departures(of, frozenset(pending))
    late = sum(of.end_s - at for at in absent)
    vehicles += len(absent)
    return Trips(
        delay_s=(lost + late) / max(vehicles, 1),
        person_delay_s=(weighted + late * of.car_persons)
        / max(persons + len(absent) * of.car_persons, 1),
        vehicles=vehicles,
        unfinished=unfinished,
        uninserted=len(absent),
        depart_s=(departing + late) / max(vehicles, 1),
    )


def _approach_s(ways: Path, of: Map) -> float:
    """Mean over departed vehicles of the time on approach roads, all junctions together.

    Not counted: the inside of junctions and the road that leaves the network. Who has not left
    an approach counts until the end.
    """
    spent = []
    for one in ElementTree.parse(ways).getroot().iter("vehicle"):
        route, at = one.find("route"), float(one.get("depart", "-1"))
        if route is None or at < 0:
            continue
        roads = route.get("edges", "").split()
        total = 0.0
        for road, left in zip(roads, route.get("exitTimes", "").split(), strict=False):
            until = float(left) if float(left) >= 0 else float(of.end_s)
            if not road.startswith(":") and road != roads[-1]:
                total += until - at
            at = until
            if float(left) < 0:
                break
        spent.append(total)
    return float(np.mean(spent)) if spent else 0.0


def _departures(of: Map, names: frozenset[str]) -> list[float]:
    """When the named vehicles wanted to depart; a name without an own line counts as the end."""
    if not names:
        return []
    found = {
        one.get("id", ""): float(one.get("depart", of.end_s))
        for path in of.routes
        for one in ElementTree.fromstring(opened(path))
        if one.tag in ("vehicle", "trip") and one.get("id") in names
    }
    return [found.get(name, float(of.end_s)) for name in sorted(names)]


class Sensors:
    """What Haihe's sensors show of a street; never more."""

    def __init__(self, street: Street, layout: Layout, *, share: float, loops: bool) -> None:
        """Sensors for a layout: a share of connected vehicles, and loops or none."""
        self.street, self.layout, self.share, self.loops = street, layout, share, loops
        used = {int(lane) for lane in (*layout.feeds.lane, *layout.exit_lane, *layout.box_lane)}
        self.lanes = [
            (lane, layout.lanes[lane], float(layout.length_m[lane])) for lane in sorted(used)
        ]
        self.cells: list[list[int]] = np.argwhere(layout.approach >= 0).tolist()
        self.names = [loop_name(*cell) for cell in self.cells]
        self.counted = np.zeros(layout.approach.shape)
        self.known: dict[str, tuple[int, float]] = {}

    def sight(self) -> Sight:
        """The sensors now."""
        shape = self.layout.approach.shape
        return Sight(
            now=self.street.second * SECOND,
            share=self.share,
            vehicles=self._vehicles() if self.share > 0 else no_vehicles(),
            detectors=self._detectors(),
            heard=np.ones(shape[0], dtype=np.bool_),
        )

    def _vehicles(self) -> Vehicles:
        sumo, known = self.street.sumo, self.known
        on_lane = sumo.lane.getLastStepVehicleIDs
        place_of, speed_of = sumo.vehicle.getLanePosition, sumo.vehicle.getSpeed
        ids: list[int] = []
        lanes: list[int] = []
        away: list[float] = []
        speeds: list[float] = []
        persons: list[float] = []
        for at, name, length in self.lanes:
            for car in on_lane(name):
                if car not in known:
                    known[car] = self._know(car)
                number, people = known[car]
                if people:
                    ids.append(number)
                    lanes.append(at)
                    away.append(length - place_of(car))
                    speeds.append(speed_of(car))
                    persons.append(people)
        return Vehicles(
            id=np.array(ids, dtype=np.int64),
            lane=np.array(lanes, dtype=np.int32),
            to_end_m=np.array(away, dtype=np.float64),
            speed_m_s=np.array(speeds, dtype=np.float64),
            persons=np.array(persons, dtype=np.float64) / self.street.map.car_persons,
        )

    def _know(self, car: str) -> tuple[int, float]:
        """Its number, and the people in it; nobody where it tells nothing."""
        number = crc32(car.encode())
        if self.share < 1 and number % SHARES >= self.share * SHARES:
            return number, 0.0
        bus = self.street.sumo.vehicle.getTypeID(car).startswith("bus")
        return number, BUS_PERSONS if bus else self.street.map.car_persons

    def _detectors(self) -> Detectors:
        shape = self.layout.approach.shape
        if not self.loops:
            nothing = np.zeros(shape)
            return Detectors(
                np.zeros(shape, dtype=np.bool_), nothing, np.zeros(shape, dtype=np.bool_), nothing
            )
        works = self.layout.approach >= 0
        total, quiet = np.zeros(shape), np.zeros(shape)
        loops = self.street.sumo.inductionloop
        for (junction, lane), name in zip(self.cells, self.names, strict=True):
            total[junction, lane] = loops.getIntervalVehicleNumber(name)
            quiet[junction, lane] = loops.getTimeSinceDetection(name)
        passed = total - self.counted
        self.counted = total
        return Detectors(works, passed, (quiet <= 0) & works, quiet)


def loop_name(junction: int, lane: int) -> str:
    """The name of a loop in SUMO."""
    return f"haihe-{junction}-{lane}"


def loops_text(layout: Layout) -> str:
    """The additional file's lines that put a loop at every stop line."""
    lines = []
    for cell in np.argwhere(layout.approach >= 0).tolist():
        lane = int(layout.approach[tuple(cell)])
        place = max(layout.length_m[lane] - LOOP_M, layout.length_m[lane] / 2)
        lines.append(
            f'<e1Detector id="{loop_name(*cell)}" lane="{layout.lanes[lane]}" pos="{place:.2f}" '
            'freq="100000" file="NUL"/>'
        )
    return "".join(lines)


def opened(path: Path) -> bytes:
    """The file's bytes, unpacked if it is packed."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
