"""How surprising it is that a sensor says the same again while the truth moves."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray

CHANCE_LEAST: Final = 1e-300  # Ours: keeps a product of chances above 0.
CHANCE_MOST: Final = 0.97  # Ours: even at its detection limit a sensor moves once in a while.
UNMOVED: Final = 1e12  # Ours: how much more a chance counts while the expectation stands still.
HITS_MAX: Final = 10.0  # Ours: sound blocks of other repeats that name another usual value.
FADE_BLOCKS: Final = 240  # Ours: four times the memory of all else, for repeats are rare.
FILLS: Final = {
    "value": np.nan, "chance": 1, "low": np.nan, "high": np.nan, "usual": np.nan, "hits": 0,
    "repeats": 0.5, "pairs": 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repeats:
    """What is known of each entity's repeats.

    value: float64 (entity,), the last reading; NaN before it.
    chance: float64 (entity,), that a sound sensor would have repeated itself so often by now.
    low, high: float64 (entity,), between what the expectation moved meanwhile.
    usual: float64 (entity,), the value it repeats most, such as its detection limit.
    hits: float64 (entity,), how sure that is.
    repeats, pairs: float64 (entity, 2), of readings beside the one before it, off and at ``usual``.
    """

    value: FloatArray
    chance: FloatArray
    low: FloatArray
    high: FloatArray
    usual: FloatArray
    hits: FloatArray
    repeats: FloatArray
    pairs: FloatArray


def start() -> Repeats:
    """No reading yet."""
    flat, two = np.empty(0), np.empty((0, 2))
    return Repeats(flat, flat, flat, flat, flat, flat, two, two)


@dataclass(frozen=True, slots=True)
class Run:
    """What a block did to the runs; (entity,) each, and what may be learnt from it.

    chance: float64, the least on the way; ``UNMOVED`` times as much where little had moved.
    repeats, pairs: float64 (entity, 2), counted in the block.
    repeated: float64 (entity,), the last value other than the usual one that was repeated twice.
    votes: float64 (entity,), 1 if the usual one was repeated twice more often, -1 if others were.
    """

    chance: FloatArray
    repeats: FloatArray
    pairs: FloatArray
    repeated: FloatArray
    votes: FloatArray


def follow(
    known: Repeats, values: FloatArray, *, told: FloatArray, moved: FloatArray, rests: BoolArray
) -> Run:
    """Lengthen or end the runs over a block; ``known`` is written.

    values: float64 (entity, cell), as reported; missing is NaN.
    told: float64 (entity, cell), what was expected; missing is NaN.
    moved: float64 (entity,), how far the expectation must move in a run to be evidence.
    rests: bool (entity, cell), whether the value is an end of the range, where a sound one rests.
    """
    speaks = values == values
    before = _before(values, known.value)
    alike = speaks & (values == before)
    same = alike & ~rests
    fresh = speaks & ~same
    at_usual = values == known.usual[:, None]
    odds = np.minimum(known.repeats / known.pairs, CHANCE_MOST)
    beside = peers_moved(alike, speaks & ~alike)
    factor = np.where(same & beside, np.where(at_usual, odds[:, 1:], odds[:, :1]), 1.0)
    least = _runs(known, factor.T, fresh=fresh.T, told=told.T, moved=moved)
    counted = speaks & ~rests & beside
    pairs = np.stack((counted & ~at_usual, counted & at_usual), axis=-1)
    sticky = same.copy()
    sticky[:, 1:] &= same[:, :-1]
    sticky[:, 0] = False
    against = sticky & ~at_usual
    last = values.shape[1] - 1 - np.argmax(against[:, ::-1], axis=1)
    repeated = np.where(against.any(axis=1), values[np.arange(len(values)), last], np.nan)
    known.value[:] = _before(values, known.value, end=True)
    repeats = (pairs & same[..., None]).sum(axis=1) * 1.0
    votes = np.sign((sticky & at_usual).sum(axis=1) - against.sum(axis=1)) * 1.0
    return Run(least, repeats, pairs.sum(axis=1) * 1.0, repeated, votes)


def peers_moved(same: BoolArray, fresh: BoolArray) -> BoolArray:
    """Whether more of the others moved than repeated themselves: bool (entity, cell).

    same, fresh: bool (entity, cell), who repeated itself and who moved.

    >>> peers_moved(np.array([[True], [False]]), np.array([[False], [True]])).tolist()
    [[True], [False]]
    """
    moved = fresh.sum(axis=0) - fresh
    stayed = same.sum(axis=0) - same
    return np.asarray(moved > stayed)


def _before(values: FloatArray, last: FloatArray, *, end: bool = False) -> FloatArray:
    """The reading before each, over gaps: float64 (entity, cell); with ``end`` only the last."""
    wide = np.concatenate((last[:, None], values), axis=1)
    place = np.where(wide == wide, np.arange(wide.shape[1]), 0)
    newest = np.maximum.accumulate(place, axis=1)
    rows = np.arange(len(values))
    return wide[rows, newest[:, -1]] if end else wide[rows[:, None], newest[:, :-1]]


def _runs(
    known: Repeats, factor: FloatArray, *, fresh: BoolArray, told: FloatArray, moved: FloatArray
) -> FloatArray:
    """The least chance on the way; ``known`` is written. Arrays are (cell, entity) here."""
    chance, low, high = known.chance, known.low, known.high
    least = np.ones(len(chance))
    for odds, ends, expected in zip(factor, fresh, told, strict=True):
        chance = np.where(ends, 1.0, chance * odds)
        low = np.where(ends, expected, np.fmin(low, expected))
        high = np.where(ends, expected, np.fmax(high, expected))
        share = np.where(high - low >= moved, 1.0, UNMOVED)
        least = np.minimum(least, np.minimum(chance * share, 1.0))
    known.chance[:] = np.maximum(chance, CHANCE_LEAST)
    known.low[:], known.high[:] = low, high
    return least


def learn(known: Repeats, run: Run, *, trusted: BoolArray) -> None:
    """Count the block's repeats as ordinary; ``known`` is written.

    trusted: bool (entity,).
    """
    fade = np.where(trusted, 1 - 1 / FADE_BLOCKS, 1.0)[:, None]
    known.repeats[:] = known.repeats * fade + run.repeats * trusted[:, None]
    known.pairs[:] = np.maximum(known.pairs * fade + run.pairs * trusted[:, None], 1.0)
    _name_usual(known, run, trusted=trusted)


def _name_usual(known: Repeats, run: Run, *, trusted: BoolArray) -> None:
    """The value repeated most: Boyer and Moore's majority vote, 1981, one vote a block."""
    hits = known.hits + np.where(trusted, run.votes, 0.0)
    other = (hits < 0) & ~np.isnan(run.repeated)
    known.usual[:] = np.where(other, run.repeated, known.usual)
    known.hits[:] = np.where(other, 1.0, np.clip(hits, 0.0, HITS_MAX))
