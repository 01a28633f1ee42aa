"""From signs to a verdict: what each sensor looks like, and when it is called so."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.fault import swaps
from haihe.detect.fault.shape import Shape
from haihe.model.arrays import BoolArray, FloatArray, IntArray

HEALTHY, STUCK, SWAPPED_KIN, SWAPPED_PEER, SPIKING, DRIFTING, OFFSET = range(7)
KINDS: Final = ("healthy", "stuck", "swapped", "swapped", "spiking", "drifting", "offset")
CHANCE: Final = 1e-8  # Ours: an hourly sensor would raise by chance once in ten thousand years.
EXPLAINED: Final = 100.0  # Ours: squares of usual deviations; weather of a week reaches half.
BLOCKS_LEAST: Final = 4  # Ours: an event of three blocks is not taken for a fault.
SURER: Final = 2.0  # Ours: one shape must leave half of what the other leaves ...
PATIENCE: Final = 9  # ... or so many blocks pass, and the better one is named.
NEAR: Final = 3.0  # Ours: usual deviations; nearer than this a sensor counts as well again.
CALM: Final = 3  # Ours: blocks that end a verdict, less those that speak for it again.
ACCEPTED: Final = 60  # Ours: two months of days; then what stands is taken for the new normal.
FILLS: Final = {"kind": 0, "pending": 0, "age": 0, "calm": 0}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What each sensor is called; int64 (entity,) each.

    kind: the verdict, as in ``KINDS``.
    pending: blocks in a row in which a step or ramp was seen.
    age: blocks since the verdict.
    calm: blocks that speak for health, less those that do not.
    """

    kind: IntArray
    pending: IntArray
    age: IntArray
    calm: IntArray


@dataclass(frozen=True, slots=True)
class Signs:
    """All signs of one block; (entity,) each.

    chance: float64, that a sound sensor would have repeated itself so.
    by_kin, by_peer: float64, evidence of an exchange.
    spiking: bool, whether it spikes; leapt: float64, spikes in this block.
    newest: float64, deviation in usual sizes; 0 where not told.
    shape: of the newest deviations.
    ready: bool, whether enough was learnt to judge.
    """

    chance: FloatArray
    by_kin: FloatArray
    by_peer: FloatArray
    spiking: BoolArray
    leapt: FloatArray
    newest: FloatArray
    shape: Shape
    ready: BoolArray


def start() -> Verdicts:
    """Nobody is known."""
    none = np.empty(0, np.int64)
    return Verdicts(none, none, none, none)


def name(known: Verdicts, signs: Signs) -> IntArray:
    """What each sensor looks like in this block: int64 (entity,); ``known.pending`` is written."""
    fit = signs.shape
    far = np.abs(signs.newest) >= NEAR
    seen = (np.maximum(fit.step, fit.ramp) >= EXPLAINED) & far
    known.pending[:] = np.where(seen, known.pending + 1, 0)
    worse = np.maximum(fit.left_step, fit.left_ramp)
    better = np.minimum(fit.left_step, fit.left_ramp)
    sure = (worse >= SURER * better) | (known.pending >= PATIENCE)
    lasts = np.maximum(fit.step_blocks, fit.ramp_blocks) >= BLOCKS_LEAST
    lasts &= known.pending >= BLOCKS_LEAST - 1
    # A swap explains much else too, but takes days to show: others wait once it is hinted at.
    swap = np.maximum(signs.by_kin, signs.by_peer) >= swaps.HINT
    level = seen & sure & lasts & (~swap | (known.pending > PATIENCE))
    found = (
        (signs.chance < np.where(swap, CHANCE * CHANCE, CHANCE), STUCK),
        (signs.by_kin >= swaps.ENOUGH, SWAPPED_KIN),
        (signs.by_peer >= swaps.ENOUGH, SWAPPED_PEER),
        (signs.spiking & ~swap, SPIKING),
        (level & (fit.left_ramp < fit.left_step), DRIFTING),
        (level, OFFSET),
    )
    named = np.select([sign for sign, _ in found], [kind for _, kind in found], HEALTHY)
    return np.where(signs.ready, named, HEALTHY)


def decide(known: Verdicts, signs: Signs, *, named: IntArray) -> tuple[BoolArray, BoolArray]:
    """Give and end verdicts; ``known`` is written.

    Returns bool (entity,) twice: whose verdict is over, and whose fault is accepted as normal.
    """
    kind = known.kind
    well = np.select(
        [kind == STUCK, kind == SPIKING, kind == SWAPPED_KIN, kind == SWAPPED_PEER],
        [signs.chance >= CHANCE, signs.leapt == 0, signs.by_kin == 0, signs.by_peer == 0],
        np.abs(signs.newest) < NEAR,
    )
    fallen = kind > HEALTHY
    calm = np.maximum(known.calm + np.where(well, 1, -1), 0)
    known.calm[:] = np.where(fallen, calm, 0)
    known.age[:] = np.where(fallen, known.age + 1, 0)
    accepted = fallen & (known.age >= ACCEPTED)
    over = accepted | (fallen & (known.calm >= np.where(kind == STUCK, 1, CALM)))
    kind[:] = np.where(over, HEALTHY, np.where(fallen, kind, named))
    known.pending[over] = 0
    return over, accepted
