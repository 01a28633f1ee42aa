"""What the loop finds that needs people: lying detectors, disobedient controllers, full roads.

It is noted for the playbooks, and stands until it is noted as over.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model import Noted
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.record import Batch
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.control.feeds import SPACING_M
from haihe.packs.traffic.measures.health import BURST, LONG_ON, LOST_SHARE, SIBLINGS_LEAST
from haihe.packs.traffic.signals.delay import Delays
from haihe.packs.traffic.signals.given import OBEYS, REFUSES, Given
from haihe.packs.traffic.signals.site import Site

LIES, REFUSAL, SPILLS = "detector-lies", "controller-refuses", "queue-spills"
CLOCK, LATE = "clock-wrong", "controller-late"
AHEAD: Final = 5 * SECOND  # ``told.SKEW_MOST``: no line brings a record before it was written.
BEHIND: Final = 30 * SECOND  # Ours: what is less a slow line explains as well.
CLOCK_FOR: Final = 5 * MINUTE  # Ours: a line that is slow for a moment is no clock.
# Ours: two turns of the loop later than is usual beside it; by then other queues wait.
LATE_BY_S: Final = 10.0
LATE_MOST_S: Final = 20.0  # Ours: a change and a least green; late, be it usual or not.
IN_TIME: Final = 3  # Ours: orders in a row; a late controller was seen to be in time with two.
FULL: Final = 0.9  # Ours: of the places of a road; the rest is gaps that nobody closes.
EASED: Final = 0.5  # Ours: half of them; then a wave of one cycle does not fill it again.
FULL_FOR: Final = 3 * MINUTE  # Ours: two cycles; a wave that clears within one is no jam.
CHINESE: Final = {
    "channel": "通道", "stuck-on": "常占", "stuck-off": "常空", "chattering": "抖动",
    "losing-events": "丢事件",
}  # fmt: skip
LIMITS: Final = {
    "stuck-on": LONG_ON / SECOND,
    "chattering": float(BURST),
    "stuck-off": float(SIBLINGS_LEAST),
    "losing-events": LOST_SHARE * 100,
}


@dataclass(frozen=True, slots=True)
class Cares:
    """What stands.

    has_begun: whether a turn was taken: before, what stood for an older memory is called over.
    lies: int64 (junction,), how many of its detectors were noted as lying.
    refuses: bool (junction,).
    full: bool (road,), noted. waiting: float64 (road,), as last told; NaN before.
    full_at: int64 (road,), since when it is full; ns; 0 while it is not.
    strays: bool (junction,), its clock was noted. stray_at: int64 (junction,), since when it is
        wrong; ns; 0 while it is not.
    lags: bool (junction,), it was noted as answering late.
    """

    has_begun: bool
    lies: IntArray
    refuses: BoolArray
    full: BoolArray
    waiting: FloatArray
    full_at: IntArray
    strays: BoolArray
    stray_at: IntArray
    lags: BoolArray


def no_cares(site: Site) -> Cares:
    """Nothing found."""
    count, roads = len(site.junctions), len(places_of(site))
    return Cares(
        has_begun=False,
        lies=np.zeros(count, dtype=np.int64),
        refuses=np.zeros(count, dtype=np.bool_),
        full=np.zeros(roads, dtype=np.bool_),
        waiting=np.full(roads, np.nan),
        full_at=np.zeros(roads, dtype=np.int64),
        strays=np.zeros(count, dtype=np.bool_),
        stray_at=np.zeros(count, dtype=np.int64),
        lags=np.zeros(count, dtype=np.bool_),
    )


def places_of(site: Site) -> Mapping[str, float]:
    """Road, as an entity, to the vehicles that fit on its lanes before the stop line."""
    found: dict[str, float] = {}
    for at, row in enumerate(site.layout.approach):
        lanes = [lane for lane in row.tolist() if lane >= 0]
        for road, lane in zip(site.roads[at], lanes, strict=True):
            name = f"road/{road}"
            found[name] = found.get(name, 0.0) + float(site.layout.length_m[lane]) / SPACING_M
    return found


def cared(
    site: Site, cares: Cares, *, lying: Mapping[int, Sequence[tuple[int, str, float]]], given: Given
) -> tuple[Cares, list[Noted]]:
    """What is new and what is over of detectors and controllers.

    lying: as ``sensing.liars`` gives it.
    """
    notes: list[Noted] = []
    lies, refuses = cares.lies.copy(), cares.refuses.copy()
    for at, entity in enumerate(site.entities):
        bad = lying.get(at, ())
        if len(bad) > lies[at]:
            notes.append(_lie(entity, bad))
        elif not bad and (lies[at] or not cares.has_begun):
            notes.append(_over(LIES, entity))
        lies[at] = len(bad)
        faults = int(given.faults[at])
        if faults >= REFUSES and not refuses[at]:
            refuses[at] = True
            notes.append(_note(REFUSAL, entity, value=float(faults), limit=float(REFUSES)))
        elif faults <= OBEYS and (refuses[at] or not cares.has_begun):
            refuses[at] = False
            notes.append(_over(REFUSAL, entity))
    return replace(cares, has_begun=True, lies=lies, refuses=refuses), notes


def strayed(site: Site, cares: Cares, *, off: IntArray, now: int) -> tuple[Cares, list[Noted]]:
    """What is new and what is over of controllers' clocks.

    off: int64 (junction,), by how much each is behind (ahead if negative); ns.
    """
    wrong = (off < -AHEAD) | (off > BEHIND)
    stray_at = np.where(wrong, np.where(cares.stray_at > 0, cares.stray_at, now), 0)
    strays = cares.strays.copy()
    notes: list[Noted] = []
    for at, entity in enumerate(site.entities):
        if not strays[at] and stray_at[at] and now - stray_at[at] >= CLOCK_FOR:
            strays[at] = True
            limit = (BEHIND if off[at] > 0 else AHEAD) / SECOND
            value = round(abs(float(off[at])) / SECOND, 1)
            notes.append(_note(CLOCK, entity, value=value, limit=limit))
        elif not wrong[at] and (strays[at] or not cares.has_begun):
            strays[at] = False
            notes.append(_over(CLOCK, entity))
    return replace(cares, strays=strays, stray_at=stray_at), notes


def lagged(site: Site, cares: Cares, *, delays: Delays) -> tuple[Cares, list[Noted]]:
    """What is new and what is over of controllers that carry orders out late.

    Late is whose last orders took too long in the median; in time again, whose last ones did not.
    A stage may be shown before its order came, where the local plan or an older order wants it too.
    """
    lags = cares.lags.copy()
    notes: list[Noted] = []
    for at, entity in enumerate(site.entities):
        limit_s = min(delays.usual_beside_s(at) + LATE_BY_S, LATE_MOST_S)
        took_s = delays.last[at]
        usual_s = float(np.median(took_s))  # NaN while they are fewer.
        if delays.rests_until[at] > 0:
            usual_s = float(delays.usual_s[at])  # Given back for it, by fewer.
        if not lags[at] and usual_s >= limit_s:
            lags[at] = True
            value = round(usual_s, 1)
            notes.append(_note(LATE, entity, value=value, limit=round(limit_s, 1)))
        elif not cares.has_begun or (lags[at] and (took_s[-IN_TIME:] < limit_s).all()):
            lags[at] = False
            notes.append(_over(LATE, entity))
    return replace(cares, lags=lags), notes


def filled(
    site: Site, cares: Cares, *, rows: Batch | None, ids: Sequence[str], now: int
) -> tuple[Cares, list[Noted]]:
    """What is new and what is over of roads' queues.

    rows: of ``ROAD_FLOW``.
    """
    places = places_of(site)
    order = {name: at for at, name in enumerate(places)}
    waiting, full_at, full = cares.waiting.copy(), cares.full_at.copy(), cares.full.copy()
    column = rows.numbers["waiting"] if rows is not None else np.empty(0)
    for row, slot in enumerate(rows.slots.tolist() if rows is not None else ()):
        at = order.get(ids[slot], -1)
        if at >= 0 and np.isfinite(column[row]):
            waiting[at] = column[row]
    room = np.array(list(places.values()))
    brims = waiting >= FULL * room
    full_at = np.where(brims, np.where(full_at > 0, full_at, now), 0)
    notes: list[Noted] = []
    for at, name in enumerate(places):
        if not full[at] and full_at[at] and now - full_at[at] >= FULL_FOR:
            full[at] = True
            value, limit = float(waiting[at]), float(round(FULL * room[at]))
            notes.append(_note(SPILLS, name, value=value, limit=limit, field="waiting"))
        elif waiting[at] <= EASED * room[at] and (full[at] or not cares.has_begun):
            full[at] = False
            notes.append(_over(SPILLS, name))
    return replace(cares, full=full, waiting=waiting, full_at=full_at), notes


def _lie(entity: str, bad: Sequence[tuple[int, str, float]]) -> Noted:
    """Of several the newest is the last."""
    _, verdict, number = bad[-1]
    detail = ", ".join(f"channel {channel} {what}" for channel, what, _ in bad)
    return Noted(
        playbook=LIES,
        entity=entity,
        field="parameter",
        value=round(number, 1),
        limit=LIMITS[verdict],
        detail=detail,
        stands=True,
    )


def in_chinese(detail: str) -> str:
    """What is wrong with detectors, as a finding tells it.

    >>> in_chinese("channel 1 chattering, channel 3 stuck-on")
    '通道 1 抖动, 通道 3 常占'
    """
    return re.sub(r"[a-z-]+", lambda found: CHINESE.get(found.group(), found.group()), detail)


def _note(playbook: str, entity: str, *, value: float, limit: float, field: str = "code") -> Noted:
    return Noted(playbook, entity, field, value=value, limit=limit, stands=True)


def _over(playbook: str, entity: str) -> Noted:
    field = "waiting" if playbook == SPILLS else "code"
    return Noted(playbook, entity, field, value=0.0, limit=0.0, is_over=True)
