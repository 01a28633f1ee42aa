"""The loop in shadow: what it had let each junction show, beside what the junction showed."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.pack import Beside
from haihe.packs.traffic.control.controller import Call
from haihe.packs.traffic.signals.site import SLOT_S, Site

NONE: Final = -1  # As in ``given``.
UNIT: Final = Text(zh="人·秒", en="person seconds")


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted; (junction,) each.

    wished: int64, the stage it last called for in place of the one shown; -1 while they agree.
    seen, agreed: int64, turns at which both were known, and at which they were the same.
    calls: int64, how often it began to call for another one.
    gain: float64, person seconds that it expected of those calls, together.
    """

    wished: IntArray
    seen: IntArray
    agreed: IntArray
    calls: IntArray
    gain: FloatArray


def nothing_counted(junctions: int) -> Counted:
    """Before the first turn."""
    zeros = np.zeros(junctions, dtype=np.int64)
    return Counted(
        np.full(junctions, NONE, dtype=np.int64), zeros, zeros.copy(), zeros.copy(),
        np.zeros(junctions),
    )  # fmt: skip


def counted(
    counts: Counted, call: Call, *, stage: IntArray, shown: IntArray, free: BoolArray
) -> tuple[Counted, BoolArray]:
    """After a turn, and at which junctions it called for another stage than before.

    stage: int64 (junction,), what it would order; shown: what is green.
    free: bool (junction,), where both are known and no change is under way.
    """
    apart = free & (stage != shown)
    new = apart & (stage != counts.wished)
    row = np.arange(len(stage))
    stays, goes = call.cost[row, np.maximum(shown, 0)], call.cost[row, stage]
    # A stage that may not stay green has no cost to stay: then nothing is expected of leaving it.
    gain = np.where(new & np.isfinite(stays) & np.isfinite(goes), stays - goes, 0.0)
    after = Counted(
        wished=np.where(apart, stage, np.where(free, NONE, counts.wished)),
        seen=counts.seen + free,
        agreed=counts.agreed + (free & ~apart),
        calls=counts.calls + new,
        gain=counts.gain + np.nan_to_num(gain, nan=0.0, posinf=0.0, neginf=0.0),
    )
    return after, new


def forgotten(counts: Counted, of: BoolArray) -> Counted:
    """The same; what was wished at these junctions is no longer."""
    return replace(counts, wished=np.where(of, NONE, counts.wished))


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
