"""Lanes in which something stands: vehicles that do not come though nobody waits before them.

A queue is full from its front to whoever stands in it, and every green sets it in motion from the
front, wave by wave. Who stands on when that wave must have passed, while few are between the
detector before the line and the line itself, is in no queue: something stands before them.
Needs connected vehicles that tell their lane, and both detectors of the lane.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model import Noted
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.control.demand import GAP_S, SLOW_M_S
from haihe.packs.traffic.control.sight import Vehicles
from haihe.packs.traffic.signals.fleet import FRESH, Fleet
from haihe.packs.traffic.signals.sensing import Sensing, advance_of, detectors_of
from haihe.packs.traffic.signals.site import Site

BLOCKED: Final = "lane-blocked"
# FHWA Traffic Flow Theory, ch. 2: a queue sets itself in motion backwards at 15 to 20 km/h; the
# street twin's does at 18.
WAVE_M_S: Final = 5.0
SLACK_S: Final = 5.0  # Ours: a turn of the loop, within which what is told is of one moment.
BEYOND_M: Final = 100.0  # Ours: the detector before the line lies at 80 m, and a truck beyond it.
FEW: Final = 5.0  # Ours: half of what fits on those 80 m; who changed lanes there was not counted.
WITHIN: Final = 15 * MINUTE  # Ours: two greens within it; a bus at its stop stays for one.
SAME_M: Final = 75.0  # Ours: ten cars; of those who wait for one thing every fifth tells where.
CLEAR: Final = 3  # Ours: greens that emptied the lane while some drove there, and nobody stood.


@dataclass(frozen=True, slots=True)
class Blocked:
    """What is remembered of lanes; (junction, lane) each.

    green_at: int64, when its last green began; ns; 0 before the first.
    is_green: bool, whether that lasts.
    inside: float64, vehicles between its two detectors; NaN until its line was first seen empty.
    emptied, ran: bool, whether since that green began its line was seen empty, and some driving.
    hit_at, before_at: int64, the last two greens in or after which somebody stood on in one place;
        ns; 0 where there were none.
    clear: int64, greens since then that emptied the lane while somebody drove there.
    at_m, after_s: float64, how far before the line the foremost of them stood last, and how long
        after its green had begun; NaN if nobody ever did.
    noted: bool, it stands as blocked.
    """

    green_at: IntArray
    is_green: BoolArray
    inside: FloatArray
    emptied: BoolArray
    ran: BoolArray
    hit_at: IntArray
    before_at: IntArray
    clear: IntArray
    at_m: FloatArray
    after_s: FloatArray
    noted: BoolArray


def none_blocked(site: Site) -> Blocked:
    """Nothing seen yet."""
    shape = site.layout.approach.shape
    no, zero, nan = np.zeros(shape, np.bool_), np.zeros(shape, np.int64), np.full(shape, np.nan)
    return Blocked(
        green_at=zero, is_green=no, inside=nan, emptied=no.copy(), ran=no.copy(),
        hit_at=zero.copy(), before_at=zero.copy(), clear=zero.copy(), at_m=nan.copy(),
        after_s=nan.copy(), noted=no.copy(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of lanes in a turn.

    now: ns.
    stage, stage_at: int64 (junction,), what is green since when; ns. known: bool (junction,).
    fleet: the connected vehicles. sensing: the detectors.
    """

    now: int
    stage: IntArray
    stage_at: IntArray
    known: BoolArray
    fleet: Fleet
    sensing: Sensing


def looked(site: Site, blocked: Blocked, *, look: Look) -> Blocked:
    """After a look at the lanes."""
    found = detectors_of(site, look.sensing, now=look.now)
    rate = site.layout.rate[np.arange(len(look.stage)), np.maximum(look.stage, 0)]
    green = (rate > 0) & look.known[:, None]
    begins = green & ~blocked.is_green
    passed = begins & blocked.emptied & blocked.ran & (blocked.hit_at != blocked.green_at)
    green_at = np.where(begins, look.stage_at[:, None], blocked.green_at)
    empty = green & found.works & ~found.occupied & (found.quiet_s >= GAP_S)
    inside = blocked.inside + look.sensing.entered - look.sensing.passed
    inside = np.where(empty, 0.0, inside)
    sure = found.works & advance_of(site, look.sensing) & look.known[:, None]
    foremost_m, drives = _seen(site, look, green_at=green_at)
    stands = sure & np.isfinite(foremost_m) & (np.abs(inside) <= FEW)
    fresh = stands & (blocked.hit_at != green_at)
    near = np.abs(foremost_m - blocked.at_m) <= SAME_M
    return replace(
        blocked,
        green_at=green_at,
        is_green=green,
        inside=inside,
        emptied=empty | (blocked.emptied & ~begins),
        ran=drives | (blocked.ran & ~begins),
        hit_at=np.where(stands, green_at, blocked.hit_at),
        before_at=np.where(fresh, np.where(near, blocked.hit_at, 0), blocked.before_at),
        clear=np.where(stands, 0, np.minimum(blocked.clear + passed, CLEAR)),
        at_m=np.where(stands, foremost_m, blocked.at_m),
        after_s=np.where(stands, (look.now - green_at) / SECOND, blocked.after_s),
    )


def told(site: Site, blocked: Blocked, *, now: int, has_begun: bool) -> tuple[Blocked, list[Noted]]:
    """What is new and what is over, road by road.

    now: ns. has_begun: False in the first turn: what stood for an older memory is called over.
    """
    again = (blocked.before_at > 0) & (blocked.hit_at - blocked.before_at <= WITHIN)
    again &= now - blocked.hit_at <= WITHIN
    over = (blocked.clear >= CLEAR) & (now - blocked.hit_at > WITHIN)
    noted = again | (blocked.noted & ~over)
    notes: list[Noted] = []
    for road, cells in site.lanes_of.items():
        own = list(cells)
        stands, stood = noted.flat[own], blocked.noted.flat[own]
        if (stands & ~stood).any():
            cell = cells[int(np.argmax(stands & ~stood))]
            notes.append(_note(site, road, cell=cell, blocked=blocked))
        elif not stands.any() and (stood.any() or not has_begun):
            notes.append(Noted(BLOCKED, road, "waiting", value=0.0, limit=0.0, is_over=True))
    return replace(blocked, noted=noted), notes


def coming(site: Site, blocked: Blocked, *, vehicles: Vehicles) -> Vehicles:
    """The vehicles without those who stand where a lane is blocked: no green lets them go."""
    cell = site.cell_of[vehicles.lane]
    held = (cell >= 0) & blocked.noted.flat[cell] & (vehicles.speed_m_s < SLOW_M_S)
    held &= vehicles.to_end_m >= np.fmin(blocked.at_m.flat[cell], np.inf)
    if not held.any():
        return vehicles
    return Vehicles(
        id=vehicles.id[~held],
        lane=vehicles.lane[~held],
        to_end_m=vehicles.to_end_m[~held],
        speed_m_s=vehicles.speed_m_s[~held],
        persons=vehicles.persons[~held],
    )


def _seen(site: Site, look: Look, *, green_at: IntArray) -> tuple[FloatArray, BoolArray]:
    """Of each lane how far before the line the foremost stands who should drive; whether some do.

    green_at: int64 (junction, lane); ns; 0 where there was none.
    float64 (junction, lane), infinite where nobody does; bool (junction, lane).
    """
    shape, fleet = green_at.shape, look.fleet
    heard = (fleet.lane >= 0) & (look.now - fleet.seen_at <= FRESH)
    cell = np.where(heard, site.cell_of[np.maximum(fleet.lane, 0)], -1)
    slow, here = fleet.speed_m_s < SLOW_M_S, cell >= 0
    began = green_at.ravel()[np.maximum(cell, 0)]
    after_s = np.where(began > 0, (fleet.seen_at - began) / SECOND, -1.0)
    due = (after_s >= fleet.to_end_m / WAVE_M_S + SLACK_S) & (fleet.to_end_m > BEYOND_M)
    foremost_m = np.full(site.layout.cells, np.inf)
    stands = here & slow & due
    np.minimum.at(foremost_m, cell[stands], fleet.to_end_m[stands])
    drives = np.bincount(cell[here & ~slow], minlength=site.layout.cells) > 0
    return foremost_m.reshape(shape), drives.reshape(shape)


def _note(site: Site, road: str, *, cell: int, blocked: Blocked) -> Noted:
    """How long after its green began somebody still stood, and when they should have driven."""
    junction, lane = divmod(cell, site.layout.approach.shape[1])
    at_m = float(blocked.at_m.flat[cell])
    return Noted(
        playbook=BLOCKED,
        entity=road,
        field="waiting",
        value=round(float(blocked.after_s.flat[cell]), 1),
        limit=round(at_m / WAVE_M_S + SLACK_S, 1),
        detail=f"lane {site.layout.names[junction][lane]}, {at_m:.0f} m before the stop line",
        stands=True,
    )
