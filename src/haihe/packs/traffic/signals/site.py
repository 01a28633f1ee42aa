"""What the loop knows beforehand: the network, its signals, its detectors, where lanes lie."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from math import cos, radians
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray, IntArray, SlotArray
from haihe.packs.traffic.control import Controller, Layout, Settings, layout_of
from haihe.packs.traffic.control.feeds import road_of
from haihe.packs.traffic.interlock import Interlock
from haihe.packs.traffic.limits import LAWFUL, Limits
from haihe.packs.traffic.measures.events import PARAMETERS, Detectors
from haihe.packs.traffic.network.model import Junction, Network
from haihe.packs.traffic.plan import Plan, plan_of, stages_now
from haihe.packs.traffic.tables import Tables, tables_of
from haihe.packs.traffic.zone import DEGREE_M, junction_entity, zone_detectors

# Indiana enumerations, 131: 254 is "free", here called by the centre.
FREE: Final = 254
SLOT_S: Final = 5  # Ours: as often as the loop has its turn.
CLOCK: Final = "slot_s"  # Of the settings: as long as the loop's turns are apart.
STREET: Final = Settings(slot_s=SLOT_S)  # The one set of parameters, at the loop's clock.


@dataclass(frozen=True, slots=True)
class Segments:
    """Straight pieces of lanes in metres east and north of the site's origin; one row each.

    lane: int32 (segment,), its ordinal in ``Layout.lanes``.
    x, y: float64 (segment,), where it begins. east, north: its direction, of length 1.
    length_m: float64 (segment,). rest_m: from its end to the lane's end.
    """

    lane: SlotArray
    x: FloatArray
    y: FloatArray
    east: FloatArray
    north: FloatArray
    length_m: FloatArray
    rest_m: FloatArray


@dataclass(frozen=True, repr=False)
class Site:
    """A network under the loop. Junctions without stages are left out: they stay on their plans.

    origin: longitude and latitude of the network's (0, 0); degrees of WGS-84.
    limits: what the platform's interlock keeps.
    settings: of the controller.
    by_centre: the plan a controller says to run (code 131) while orders steer it; 0 if it does not.
    numbered: by the number that controllers tell (131), their local plans, one for each junction of
        the network; one with a number that is not there runs its program.
    """

    network: Network
    origin: tuple[float, float]
    limits: Limits = LAWFUL
    settings: Settings = field(default=STREET)
    by_centre: int = FREE
    numbered: Mapping[int, tuple[Plan, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """By its content, whole: settings are told apart by how they are shown."""
        return f"Site({len(self.junctions)} junctions, {self._digest})"

    @property
    def numbers(self) -> Mapping[str, float]:
        """The settings, but for the clock, which is the loop's own."""
        return {name: value for name, value in asdict(self.settings).items() if name != CLOCK}

    def with_numbers(self, told: Mapping[str, float]) -> "Site":
        """The same with other settings.

        Raises ValueError if one is not there, or out of reason.
        """
        known = self.numbers
        if strange := [name for name in told if name not in known]:
            raise ValueError(f"there is no setting '{strange[0]}'; there are {', '.join(known)}.")
        changed = {name: type(known[name])(value) for name, value in told.items()}
        return replace(self, settings=replace(self.settings, **changed))  # type: ignore[arg-type]  # By name.

    @cached_property
    def _digest(self) -> str:
        whole = (self.network.lanes, self.network.junctions, self.origin, self.limits)
        plans = [
            (number, plan.stage.tolist(), plan.offset_s)
            for number, each in sorted(self.numbered.items())
            for plan in each
        ]
        return hashlib.sha256(repr((*whole, self.settings, plans)).encode()).hexdigest()

    @cached_property
    def junctions(self) -> tuple[Junction, ...]:
        """Those that can be steered, in the order of all arrays."""
        known = self.network.uncontrolled
        return tuple(one for one in self.network.junctions if one.stages and one.id not in known)

    @cached_property
    def entities(self) -> tuple[str, ...]:
        """The id of each junction in the log."""
        return tuple(junction_entity(one.id) for one in self.junctions)

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Entity to its ordinal."""
        return {name: at for at, name in enumerate(self.entities)}

    @cached_property
    def tables(self) -> Tables:
        """What the signals may do."""
        return tables_of(self.junctions, self.limits)

    @cached_property
    def layout(self) -> Layout:
        """Approach lanes and what feeds them."""
        return layout_of(self.network, self.tables, settings=self.settings)

    @cached_property
    def controller(self) -> Controller:
        """What calls for stages."""
        return Controller(self.layout, self.settings)

    @cached_property
    def interlock(self) -> Interlock:
        """What judges them before they are ordered."""
        return Interlock(self.tables)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The local plan of each junction."""
        return tuple(plan_of(one) for one in self.junctions)

    def local_stages(self, told: IntArray, *, now: int) -> IntArray:
        """int64 (junction,): the stage that the local plan in force asks for.

        told: int64 (junction,), the number of the plan each last said to run; 0 if it never said.
        """
        place = {one.id: at for at, one in enumerate(self.network.junctions)}
        plans = [
            self.numbered[number][place[one.id]] if number in self.numbered else plan
            for one, plan, number in zip(self.junctions, self.plans, told.tolist(), strict=True)
        ]
        return stages_now(plans, now)

    @cached_property
    def roads(self) -> tuple[tuple[str, ...], ...]:
        """The road of each approach lane of each junction."""
        found = []
        for row in self.layout.approach:
            names = [self.layout.lanes[lane] for lane in row.tolist() if lane >= 0]
            found.append(tuple(road_of(name) for name in names))
        return tuple(found)

    @cached_property
    def detectors(self) -> Detectors:
        """What every loop of the junctions is for; devices are ordinals of ``junctions``."""
        found = zone_detectors(self.network)
        own = {one.id: at for at, one in enumerate(self.junctions)}
        names = [one.id for one in self.network.junctions]
        device = np.array([own.get(names[at - 1], -1) for at in found.device.tolist()], np.int64)
        kept = device >= 0
        return Detectors(
            device=device[kept],
            detector=found.detector[kept],
            phase=found.phase[kept],
            function=tuple(
                one for one, is_kept in zip(found.function, kept, strict=True) if is_kept
            ),
        )

    @cached_property
    def sources(self) -> IntArray:
        """int64 (detector,), sorted: every detector as device and channel in one number."""
        return np.unique(self.detectors.device * PARAMETERS + self.detectors.detector)

    @cached_property
    def cell_of(self) -> SlotArray:
        """int32 (lane,): the approach cell of a lane's ordinal; -1 if it has no stop line."""
        found = np.full(len(self.layout.lanes), -1, dtype=np.int32)
        flat = self.layout.approach.ravel()
        cells = np.flatnonzero(flat >= 0)
        found[flat[cells]] = cells
        return found

    @cached_property
    def lanes_of(self) -> Mapping[str, tuple[int, ...]]:
        """Road, as an entity, to the approach cells of its lanes."""
        wide = self.layout.approach.shape[1]
        found: dict[str, tuple[int, ...]] = {}
        for at, roads in enumerate(self.roads):
            for lane, road in enumerate(roads):
                name = f"road/{road}"
                found[name] = (*found.get(name, ()), at * wide + lane)
        return found

    @cached_property
    def road_number(self) -> SlotArray:
        """int32 (lane,): lanes of one road have one number."""
        _, number = np.unique([road_of(name) for name in self.layout.lanes], return_inverse=True)
        return number.astype(np.int32)

    @cached_property
    def segments(self) -> Segments:
        """Where the lanes lie."""
        rows: list[tuple[float, ...]] = []
        for at, name in enumerate(self.layout.lanes):
            lane = self.network.lanes.get(name)
            shape = np.asarray(lane.shape if lane else (), dtype=np.float64).reshape(-1, 2)
            along = np.diff(shape, axis=0)
            sizes = np.hypot(along[:, 0], along[:, 1])
            rest = sizes[::-1].cumsum()[::-1] - sizes
            rows += [
                (at, *start, *(step / size), size, left)
                for start, step, size, left in zip(shape[:-1], along, sizes, rest, strict=True)
                if size > 0
            ]
        table = np.array(rows, dtype=np.float64).reshape(-1, 7)
        return Segments(table[:, 0].astype(np.int32), *table[:, 1:].T)

    def metres(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Metres east and north of the origin."""
        east = DEGREE_M * cos(radians(self.origin[1]))
        return (lon - self.origin[0]) * east, (lat - self.origin[1]) * DEGREE_M
