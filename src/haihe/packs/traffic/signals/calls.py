"""Who asks for green: the controllers' own word on it, and whatever else says that somebody may."""

from dataclasses import dataclass, replace

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.packs.traffic.control.demand import SLOW_M_S
from haihe.packs.traffic.control.sight import Sight
from haihe.packs.traffic.interlock import UNCALLED
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.signals.heads import Shown
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.signals.state import Light
from haihe.packs.traffic.signals.told import Told


@dataclass(frozen=True, slots=True)
class Calls:
    """What is known of calls; (junction, group) each.

    told: bool, whether its controller says when it is asked for (43, 44); else it always is.
    stands: bool, as last told.
    told_at: int64, when; ns.
    """

    told: BoolArray
    stands: BoolArray
    told_at: IntArray


def nothing_told(site: Site) -> Calls:
    """No controller has said anything: somebody may wait everywhere."""
    shape = site.tables.unseen.shape
    nobody = np.zeros(shape, dtype=np.bool_)
    return Calls(nobody, nobody.copy(), np.zeros(shape, dtype=np.int64))


def told_of(calls: Calls, *, told: Told) -> Calls:
    """After the turn's events."""
    shape = calls.told.shape
    of = np.isin(told.code, (Code.PHASE_CALL, Code.CALL_DROPPED))
    of &= (told.parameter >= 1) & (told.parameter <= shape[1])
    if not of.any():
        return calls
    key = (told.junction * shape[1] + told.parameter - 1)[of]
    known, stands, told_at = calls.told.copy(), calls.stands.copy(), calls.told_at.copy()
    known.flat[key] = True  # In order of time: of a repeated key NumPy keeps the last.
    stands.flat[key] = told.code[of] == Code.PHASE_CALL
    told_at.flat[key] = told.at[of]
    return replace(calls, told=known, stands=stands, told_at=told_at)


def asked(site: Site, calls: Calls, *, sight: Sight, shown: Shown, doubted: BoolArray) -> Shown:
    """What is shown, with who asks now. A call stands until its group is green.

    A group is asked for where its controller says so or says nothing of it, where a detector is
    occupied or known to lie, where a connected vehicle stands, where nobody could see who does, and
    at a junction that is not heard: what it said meanwhile may have been a call.

    doubted: bool (junction, lane), detectors that are not believed.
    """
    layout = site.layout
    lanes = doubted | (sight.detectors.occupied & sight.detectors.works) | _stands(site, sight)
    turns, shape = layout.turns, calls.told.shape
    seen = np.zeros(shape, dtype=np.bool_)
    seen.flat[turns.group[lanes.ravel()[turns.cell]]] = True
    always = site.tables.unseen | ~calls.told
    asks = always | seen | calls.stands | ~sight.heard[:, None]
    since = np.select([always, calls.stands], [np.zeros(shape, np.int64), calls.told_at], sight.now)
    called_at = np.where(asks & (shown.called_at == UNCALLED), since, shown.called_at)
    called_at = np.where(shown.light == Light.GREEN, UNCALLED, called_at)
    return replace(shown, called_at=called_at)


def _stands(site: Site, sight: Sight) -> BoolArray:
    """bool (junction, lane): lanes on which a connected vehicle stands."""
    found = np.zeros(site.layout.approach.shape, dtype=np.bool_)
    cars = sight.vehicles
    cell = site.cell_of[cars.lane[cars.speed_m_s < SLOW_M_S]]
    found.flat[cell[cell >= 0]] = True
    return found
