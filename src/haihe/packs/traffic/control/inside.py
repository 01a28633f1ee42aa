"""Who stands inside a junction, seen or not, and which stages would lock them in."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.control.demand import GAP_S, SLOW_M_S
from haihe.packs.traffic.control.layout import Layout
from haihe.packs.traffic.control.sight import Sight
from haihe.packs.traffic.network.model import Signal

OUT_S: Final = 2.0  # HCM 2016: one vehicle after another leaves every two seconds.
BOX_S: Final = 30.0  # Ours: who stands inside for longer is not helped by waiting for them.
# Ours, of 0, 0.5 and 1: of those not seen so many standard deviations more than expected. With 0 a
# junction still locked in one seed, with 1 a street without locks lost two seconds (decision 33).
SPREAD: Final = 0.5
WAITING_MOST: Final = 2.0  # Ours: as many of one movement find room inside to wait for a gap.


@dataclass(frozen=True, slots=True)
class Inside:
    """Who stands inside the junctions; float64 (junction, group) each.

    seen: vehicles that tell so.
    stood_s: for how long somebody was seen to stand there.
    unseen: turners who give way and tell nothing, as many as the stop lines let expect.
    """

    seen: FloatArray
    stood_s: FloatArray
    unseen: FloatArray


def nobody(layout: Layout) -> Inside:
    """Before anybody was seen."""
    none = np.zeros(layout.tables.served.shape)
    return Inside(none, none, none)


def inside(
    layout: Layout, before: Inside, *, sight: Sight, stage: IntArray, elapsed_s: float
) -> Inside:
    """Who stands inside now.

    before: at the last sight, ``elapsed_s`` ago.
    stage: int64 (junction,), the stage that is green.
    """
    seen = _seen(layout, sight)
    return Inside(
        seen=seen,
        stood_s=np.where(seen > 0, before.stood_s + elapsed_s, 0.0),
        unseen=_unseen(layout, before.unseen, sight=sight, stage=stage, elapsed_s=elapsed_s),
    )


def clears(layout: Layout, stage: IntArray, *, found: Inside) -> BoolArray:
    """bool (junction, stage): stages that send nobody across those who still stand inside.

    Those who gave way get out first: while the signals change as far as the time allows, else
    in a stage that lets them. So nobody is locked in. Of those not seen there may be more than
    expected: a part of the standard deviation of a Poisson count is added.

    stage: int64 (junction,), the stage that is green.
    """
    tables = layout.tables
    at = np.arange(len(stage))
    starts = tables.green & ~tables.green[at, stage][:, None, :]
    across = np.einsum("jgh,jsh->jsg", tables.excludes, starts)
    seen = np.einsum("jsg,jg->js", across, np.where(found.stood_s <= BOX_S, found.seen, 0.0))
    unseen = np.einsum("jsg,jg->js", across, found.unseen)
    free: BoolArray = seen + unseen + SPREAD * np.sqrt(unseen) <= tables.change_s[at, stage] / OUT_S
    return free


def _seen(layout: Layout, sight: Sight) -> FloatArray:
    """float64 (junction, group): connected vehicles that stand inside each junction."""
    cars = sight.vehicles
    shape = layout.tables.served.shape
    stands = np.bincount(cars.lane[cars.speed_m_s < SLOW_M_S], minlength=len(layout.lanes))
    found = np.bincount(
        layout.box_group, weights=stands[layout.box_lane], minlength=shape[0] * shape[1]
    )
    return found.reshape(shape).astype(np.float64)


def _unseen(
    layout: Layout, unseen: FloatArray, *, sight: Sight, stage: IntArray, elapsed_s: float
) -> FloatArray:
    """float64 (junction, group): turners who wait inside for a gap and tell nothing.

    They came over a stop line, and leave when those before whom they give way leave a gap, or no
    longer have green. Counted only where some stage lets them out before all others: elsewhere
    nothing but the change itself helps them.
    """
    tables, loops, turns = layout.tables, sight.detectors, layout.turns
    shape = tables.served.shape
    size = shape[0] * shape[1]
    shown = tables.signals[np.arange(len(stage)), stage]
    waits = (shown == Signal.YIELD) & (tables.signals == Signal.GREEN).any(axis=1)
    passed = np.where(loops.works, loops.passed, 0.0).ravel()
    entered = np.bincount(turns.group, weights=turns.share * passed[turns.cell], minlength=size)
    quiet_s = np.full(size, np.inf)
    known_s = np.where(loops.works, loops.quiet_s, 0.0).ravel()
    np.minimum.at(quiet_s, turns.group, known_s[turns.cell])
    first = turns.gives_way & (shown == Signal.GREEN)[:, None, :]
    gap_s = np.where(first, quiet_s.reshape(shape)[:, None, :], np.inf).min(axis=2)
    free_s = np.where(waits, np.where(gap_s >= GAP_S, gap_s, 0.0), elapsed_s)
    came = np.where(waits, (1 - sight.share) * entered.reshape(shape), 0.0)
    left = np.minimum(free_s, elapsed_s) / OUT_S
    found: FloatArray = np.clip(unseen + came - left, 0.0, WAITING_MOST)
    return found
