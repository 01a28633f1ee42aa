"""A water network under pressure: heads and flows for what is used and what leaks.

EPANET solves it, driven through its toolkit and wholly in memory: no file is read or written. It
comes with the extra ``network``. The same plan, use and leaks give the same numbers on the same
build of EPANET.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import pi
from typing import Any, Final
from warnings import catch_warnings, simplefilter
from weakref import finalize

import numpy as np

from haihe.model.arrays import FloatArray
from haihe.model.time import HOUR
from haihe.twin.inp import NetworkPlan, Pipe

try:
    from epanet import toolkit
except ImportError:
    toolkit = None

INSTALLED: Final = toolkit is not None  # The extra ``network`` brings EPANET.
QUIET: Final = "/dev/null"  # Without a report file EPANET writes its heading to the screen.
ACCURACY: Final = 1e-6  # Ours: of flows, so that a result does not show where it started from.
ERROR_MOST: Final = 1e-3  # EPANET's own default for a result that can be used.
TRIALS: Final = 200  # EPANET's own default.


@dataclass(frozen=True, slots=True)
class Pressures:
    """What the sensors of a network show at one instant.

    pressure_m: float64 (gauge,), head above the junction.
    flow_m3_h: float64 (meter,), along the link.
    level_m: float64 (tank,), before anything of this step flowed.
    """

    pressure_m: FloatArray
    flow_m3_h: FloatArray
    level_m: FloatArray


class PressureNetwork:
    """A network whose tanks fill and empty as time passes."""

    def __init__(
        self, plan: NetworkPlan, *, gauges: Sequence[str] = (), meters: Sequence[str] = ()
    ) -> None:
        """Build it.

        gauges: junctions whose pressure is read.
        meters: links whose flow is read.
        Raises ValueError if EPANET is not installed, or a gauge, a meter or a junction's pipe is
            not there.
        """
        if not INSTALLED:
            raise ValueError(
                f"a network of {len(plan.pipes)} pipes needs EPANET: pip install 'haihe[network]'."
            )
        unfed = sorted(set(plan.junctions) - _fed(plan))
        if unfed:
            raise ValueError(f"nothing feeds junction '{unfed[0]}'; lay a pipe to it.")
        self._plan = plan
        self._project = _built(plan)
        finalize(self, toolkit.deleteproject, self._project)
        tanks = [tank.name for tank in plan.tanks]
        self._nodes = _counted((*plan.junctions, *plan.reservoirs, *tanks))
        self._links = _counted(link.name for link in plan.links)
        self._gauges = _numbers(self._nodes, gauges)
        self._meters = _numbers(self._links, meters)
        self._use = np.zeros(len(plan.junctions))
        self._levels = np.array([tank.level_m for tank in plan.tanks])
        self._open = {pump.name: True for pump in plan.pumps}
        self._leaks: dict[str, float] = {}

    def leak(self, coefficients: Mapping[str, float]) -> None:
        """Let junctions leak, and no others: m3/h at 1 m of pressure; it goes with its root."""
        names = sorted({*self._leaks, *coefficients})
        for name, node in zip(names, _numbers(self._nodes, names), strict=True):
            toolkit.setnodevalue(self._project, node, toolkit.EMITTER, coefficients.get(name, 0.0))
        self._leaks = dict(coefficients)

    def advance(self, use_m3_h: FloatArray, *, step: int) -> Pressures:
        """Solve for what is used now, then let the tanks take what flows into them.

        use_m3_h: float64 (junction,).
        step: how long it is used; ns.
        Raises ValueError if no flows were found that fit.
        """
        project = self._project
        for junction in np.flatnonzero(use_m3_h != self._use).tolist():
            toolkit.setbasedemand(project, junction + 1, 1, float(use_m3_h[junction]))
        self._use = use_m3_h.copy()
        self._switch()
        toolkit.initH(project, toolkit.INITFLOW)
        self._solve()
        pressure = [toolkit.getnodevalue(project, each, toolkit.PRESSURE) for each in self._gauges]
        flow = [toolkit.getlinkvalue(project, each, toolkit.FLOW) for each in self._meters]
        shown = Pressures(np.array(pressure), np.array(flow), self._levels.copy())
        for number, tank in enumerate(self._plan.tanks):
            node = self._nodes[tank.name]
            gained_m3 = toolkit.getnodevalue(project, node, toolkit.DEMAND) * (step / HOUR)
            level = self._levels[number] + gained_m3 / (pi / 4 * tank.diameter_m**2)
            self._levels[number] = min(max(level, tank.low_m), tank.high_m)
        return shown

    def _solve(self) -> None:
        with catch_warnings():
            # EPANET also warns of what may be: a valve that cannot hold, a pump off its curve.
            simplefilter("ignore")
            toolkit.runH(self._project)
        error = toolkit.getstatistic(self._project, toolkit.RELATIVEERROR)
        if not error <= ERROR_MOST:
            raise ValueError(
                f"flows do not balance: they are off by {error:.2g} of their sum; look for a use "
                "or a leak beyond what the network can carry."
            )

    def _switch(self) -> None:
        """Set tanks' levels and what is switched by them."""
        levels = {}
        for tank, level in zip(self._plan.tanks, self._levels.tolist(), strict=True):
            levels[tank.name] = level
            toolkit.setnodevalue(self._project, self._nodes[tank.name], toolkit.TANKLEVEL, level)
        for switch in self._plan.switches:
            level = levels[switch.tank]
            if (level >= switch.level_m) if switch.above else (level <= switch.level_m):
                self._open[switch.link] = switch.opens
        for name, is_open in self._open.items():
            link = self._links[name]
            toolkit.setlinkvalue(self._project, link, toolkit.INITSTATUS, float(is_open))


def split(plan: NetworkPlan, pipe: str, *, node: str) -> NetworkPlan:
    """The plan with a junction in the middle of a pipe, where a leak can be.

    node: the junction's name; one that is not there yet.
    Raises ValueError if there is no such pipe.
    """
    whole = next((each for each in plan.pipes if each.name == pipe), None)
    if whole is None:
        raise ValueError(f"there is no pipe '{pipe}' among {len(plan.pipes)}.")
    ends = [plan.junctions.get(end) for end in (whole.start, whole.end)]
    heights = [height for height in ends if height is not None]
    first = replace(whole, end=node, length_m=whole.length_m / 2)
    second = replace(first, name=f"{pipe}-{node}", start=node, end=whole.end)
    pipes = tuple(first if each is whole else each for each in plan.pipes)
    junctions = {**plan.junctions, node: sum(heights) / max(len(heights), 1)}
    return replace(plan, junctions=junctions, pipes=(*pipes, second))


def _numbers(known: Mapping[str, int], names: Sequence[str]) -> list[int]:
    missing = [name for name in names if name not in known]
    if missing:
        raise ValueError(f"the network has no '{missing[0]}' among its {len(known)}.")
    return [known[name] for name in names]


def _fed(plan: NetworkPlan) -> set[str]:
    """The nodes that links join to a source."""
    beside: dict[str, list[str]] = {}
    for link in plan.links:
        beside.setdefault(link.start, []).append(link.end)
        beside.setdefault(link.end, []).append(link.start)
    waiting = [*plan.reservoirs, *(tank.name for tank in plan.tanks)]
    fed = set(waiting)
    while waiting:
        fresh = set(beside.get(waiting.pop(), ())) - fed
        fed |= fresh
        waiting += fresh
    return fed


def _counted(names: Iterable[str]) -> dict[str, int]:
    """EPANET's numbers: nodes and links in the order in which they were added, from 1."""
    return {name: number for number, name in enumerate(names, start=1)}


def _built(plan: NetworkPlan) -> Any:
    """EPANET's own picture of the plan; junctions get the numbers 1, 2 ... in their order."""
    project = toolkit.createproject()
    toolkit.init(project, QUIET, "", toolkit.CMH, toolkit.HW)
    toolkit.setoption(project, toolkit.ACCURACY, ACCURACY)
    toolkit.setoption(project, toolkit.TRIALS, TRIALS)
    toolkit.setstatusreport(project, toolkit.NO_REPORT)
    for name, elevation in plan.junctions.items():
        index = toolkit.addnode(project, name, toolkit.JUNCTION)
        toolkit.setjuncdata(project, index, elevation, 0.0, "")
    for name, head in plan.reservoirs.items():
        index = toolkit.addnode(project, name, toolkit.RESERVOIR)
        toolkit.setnodevalue(project, index, toolkit.ELEVATION, head)
    for tank in plan.tanks:
        index = toolkit.addnode(project, tank.name, toolkit.TANK)
        toolkit.settankdata(
            project, index, tank.floor_m, tank.level_m, tank.low_m, tank.high_m,
            tank.diameter_m, 0.0, "",
        )  # fmt: skip
    for pipe in plan.pipes:
        _lay(project, pipe)
    for pump in plan.pumps:
        index = toolkit.addlink(project, pump.name, toolkit.PUMP, pump.start, pump.end)
        toolkit.addcurve(project, pump.name)
        curve = toolkit.getcurveindex(project, pump.name)
        for number, (flow, head) in enumerate(pump.curve, start=1):
            toolkit.setcurvevalue(project, curve, number, flow, head)
        toolkit.setheadcurveindex(project, index, curve)
    for valve in plan.reducers:
        index = toolkit.addlink(project, valve.name, toolkit.PRV, valve.start, valve.end)
        toolkit.setlinkvalue(project, index, toolkit.DIAMETER, valve.diameter_mm)
        toolkit.setlinkvalue(project, index, toolkit.INITSETTING, valve.pressure_m)
    toolkit.openH(project)
    return project


def _lay(project: Any, pipe: Pipe) -> None:
    index = toolkit.addlink(project, pipe.name, toolkit.PIPE, pipe.start, pipe.end)
    toolkit.setpipedata(project, index, pipe.length_m, pipe.diameter_mm, pipe.roughness, 0.0)
