"""The loop in shadow: what it had let each junction show, beside what the junction showed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.pack import Beside
from haihe.packs.traffic.control.controller import Call
from haihe.packs.traffic.signals.site import SLOT_S, Site

NONE: Final = -1  # As in ``given``.
SOON: Final = 2  # Ours: turns; an order of the same turn is on the street within ten seconds.
UNIT: Final = Text(zh="人·秒", en="person seconds")


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted; (junction,) each.

    wished: int64, the stage it last called for in place of the one shown; -1 while they agree.
    open: int64, turns for which that has been so. hope: float64, person seconds it expects of it.
    seen, agreed: int64, turns at which both were known, and at which they were the same.
    calls: int64, how often it called for another one and the street did not follow soon.
    gain: float64, person seconds that it expected of those calls, together.
    """

    wished: IntArray
    open: IntArray
    hope: FloatArray
    seen: IntArray
    agreed: IntArray
    calls: IntArray
    gain: FloatArray


def nothing_counted(junctions: int) -> Counted:
    """Before the first turn."""
    zeros, nothing = np.zeros(junctions, dtype=np.int64), np.zeros(junctions)
    return Counted(
        np.full(junctions, NONE, dtype=np.int64), zeros, nothing, zeros.copy(), zeros.copy(),
        zeros.copy(), nothing.copy(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class At:
    """A turn in shadow; (junction,) each.

    stage: int64, what it would order; shown: what is green, -1 where nobody told.
    free: bool, where no change is under way and the loop may steer.
    """

    stage: IntArray
    shown: IntArray
    free: BoolArray


def counted(counts: Counted, call: Call, *, at: At) -> tuple[Counted, BoolArray]:
    """After a turn, and at which junctions it called for another stage than before."""
    stage, shown, free = at.stage, at.shown, at.free & (at.shown >= 0)
    apart = free & (stage != shown)
    new = apart & (stage != counts.wished)
    # The street may have decided the same at that very turn; its change takes a while.
    followed = free & (counts.open > 0) & (counts.open <= SOON) & (shown == counts.wished)
    after = Counted(
        wished=np.where(apart, stage, np.where(free, NONE, counts.wished)),
        open=np.where(new, 1, np.where(free, np.where(apart, counts.open + 1, 0), counts.open)),
        hope=np.where(new, _hope(call, stage=stage, shown=shown), counts.hope),
        seen=counts.seen + free,
        agreed=counts.agreed + (free & ~apart) + np.where(followed, counts.open, 0),
        calls=counts.calls + new - followed,
        gain=counts.gain
        + np.where(new, _hope(call, stage=stage, shown=shown), 0.0)
        - np.where(followed, counts.hope, 0.0),
    )
    return after, new


def _hope(call: Call, *, stage: IntArray, shown: IntArray) -> FloatArray:
    """float64 (junction,), person seconds: staying less going, by the forecast of the call."""
    row = np.arange(len(stage))
    stays, goes = call.cost[row, np.maximum(shown, 0)], call.cost[row, stage]
    # A stage that may not stay green has no cost to stay: then nothing is expected of leaving it.
    known = np.isfinite(stays) & np.isfinite(goes)
    hope: FloatArray = np.where(known, stays, 0.0) - np.where(known, goes, 0.0)
    return hope


def told(site: Site, counts: Counted) -> tuple[Beside, ...]:
    """Every junction, in the network's order."""
    return tuple(
        Beside(
            entity=entity,
            seen_s=float(counts.seen[at]) * SLOT_S,
            agreed_s=float(counts.agreed[at]) * SLOT_S,
            calls=int(counts.calls[at]),
            gain=float(counts.gain[at]) / max(int(counts.calls[at]), 1),
            unit=UNIT,
        )
        for at, entity in enumerate(site.entities)
    )
