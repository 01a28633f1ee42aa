"""What a sensor should say: from its peers, and from what its kin in the same place say."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.detect.fault.peers import middle, others_middle
from haihe.detect.learn import RESOLVED, SIGMA_LEAST
from haihe.detect.turns import sum_last
from haihe.model.arrays import BoolArray, FloatArray, IntArray

MAD: Final = 1.4826  # Of a normal distribution: standard deviation over median deviation.
FAR: Final = 6.0  # Ours: what lies further out is no part of what is usual.
RIDGE: Final = 0.05  # Ours: pulls a slope towards 1 as one block in twenty that said so would.
FLOOR_SHARE: Final = 0.25  # Ours: a sensor is not taken to be over four times as exact as others.
REACH: Final = 1e50  # Ours: from its first median; its square is still finite.
FILLS: Final = {
    "origin": np.nan, "shift": 0, "sums": 0, "products": 0, "noise": np.nan, "blocks": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relation:
    """What is learnt of how a sensor goes with others; k channels, the sensor's own first.

    origin: float64 (entity, k), median of the first block told; all else is counted from it.
    shift: float64 (entity, k), how far it usually lies from the median of its peers.
    sums: float64 (entity, k, 5): 1, m, y, m m, m y; m from peers, y own.
    products: float64 (entity, k, k), of residuals of the channels.
    noise: float64 (entity, k), usual size of one residual; NaN before the first.
    blocks: int64 (entity,), learnt from.
    """

    origin: FloatArray
    shift: FloatArray
    sums: FloatArray
    products: FloatArray
    noise: FloatArray
    blocks: IntArray


@dataclass(frozen=True, slots=True)
class Expected:
    """One block beside what was expected; float64 (entity, k, cell) unless said otherwise.

    own: told, from the origin.
    peers: median of the peers, each from its own origin and shift.
    told: what the peers make of it, from the origin.
    residual: own less told.
    kin_residual: float64 (entity, cell), of the sensor, less what its kin explain.
    """

    own: FloatArray
    peers: FloatArray
    told: FloatArray
    residual: FloatArray
    kin_residual: FloatArray


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it is learnt.

    ready: blocks that are all taken as they are.
    memory: blocks after which what was learnt has faded to a third.
    """

    ready: int
    memory: int


def start(channels: int) -> Relation:
    """Nothing learnt."""
    two, flat = np.empty((0, channels)), np.empty((0, channels, channels))
    return Relation(two, two, np.empty((0, channels, 5)), flat, two, np.empty(0, np.int64))


def expect(
    relation: Relation,
    values: FloatArray,
    *,
    slopes: tuple[float | None, ...],
    believed: BoolArray,
) -> Expected:
    """What each reading should have been; ``relation.origin`` is written for who speaks first.

    values: float64 (entity, k, cell), missing is NaN.
    believed: bool (entity,), whose reading of the first channel counts among peers.
    slopes: for each kin, what physics says it moves the sensor by; None where that is learnt.
    """
    own, peers = _beside(relation, values, believed=believed)
    new = np.isnan(relation.origin)
    if new.any():
        level = middle(values - peers)
        level = np.where(np.isnan(level), middle(values), level)
        relation.origin[new] = level[new]
        own, peers = _beside(relation, values, believed=believed)
    base, tilt = _line(relation.sums)
    first = own - (base[:, :, None] + tilt[:, :, None] * peers)
    odd = np.abs(first) > FAR * relation.noise[:, :, None]
    if odd.any():  # A far reading would pull the median of all others to its side.
        heard = np.where(odd, np.nan, own - relation.shift[:, :, None])
        heard[~believed, 0] = np.nan
        calmer = others_middle(heard)
        peers = np.where(np.isnan(calmer), peers, calmer)
    told = base[:, :, None] + tilt[:, :, None] * peers
    residual = own - told
    explained = residual[:, 0] * 0.0
    learnt = _weights(relation.products)
    for channel, (slope, weight) in enumerate(zip(slopes, learnt, strict=True), start=1):
        beside = np.where(np.isnan(residual[:, channel]), 0.0, residual[:, channel])
        explained = explained + beside * (weight[:, None] if slope is None else slope)
    return Expected(own, peers, told, residual, residual[:, 0] - explained)


def _beside(
    relation: Relation, values: FloatArray, *, believed: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Own readings from the origin, and the median of the peers; NaN where nothing is known."""
    own = np.clip(values - relation.origin[:, :, None], -REACH, REACH)
    heard = own - relation.shift[:, :, None]
    heard[~believed, 0] = np.nan
    return own, others_middle(heard)


def learn(relation: Relation, seen: Expected, *, trusted: BoolArray, pace: Pace) -> None:
    """Take a block into what is usual; ``relation`` is written.

    trusted: bool (entity,), whether what it says may be learnt from.
    """
    size = middle(np.abs(seen.residual), least=seen.own.shape[-1] // 4) * MAD
    keep = trusted[:, None] & ~np.isnan(size)
    rate = np.maximum(1 / (relation.blocks + 1), 1 / pace.memory)[:, None]
    size = np.where(keep, size, np.nan)
    held = np.where((relation.blocks >= pace.ready)[:, None], FAR * relation.noise, np.inf)
    _learn_noise(relation, np.fmin(size, held) + 0 * size, rate=rate)
    reach = (FAR * relation.noise)[:, :, None]
    usual = np.clip(seen.residual, -reach, reach)
    told = ~np.isnan(usual) & trusted[:, None, None]
    fade = np.where(trusted, 1 - 1 / pace.memory, 1.0)
    own, peers = np.where(told, seen.told + usual, 0.0), np.where(told, seen.peers, 0.0)
    parts = (told * 1.0, peers, own, peers * peers, peers * own)
    relation.sums[:] *= fade[:, None, None]
    relation.products[:] *= fade[:, None, None]
    for place, part in enumerate(parts):
        relation.sums[:, :, place] += sum_last(part)
    usual = np.where(told & told[:, :1], usual, 0.0)
    for first in range(usual.shape[1]):
        for second in range(first + 1):
            product = sum_last(usual[:, first] * usual[:, second])
            relation.products[:, first, second] += product
            if first != second:
                relation.products[:, second, first] += product
    apart = middle(seen.own - relation.shift[:, :, None] - seen.peers)
    step = np.clip(apart, -reach[:, :, 0], reach[:, :, 0])
    relation.shift[:] += np.where(keep & ~np.isnan(step), rate * step, 0.0)
    _centre(relation)
    relation.blocks[:] += keep[:, 0]


def _learn_noise(relation: Relation, size: FloatArray, *, rate: FloatArray) -> None:
    noise = relation.noise
    moved = noise + rate * (size - noise)
    noise[:] = np.where(np.isnan(size), noise, np.where(np.isnan(noise), size, moved))
    usual = FLOOR_SHARE * middle(noise.T)
    floor = np.fmax(RESOLVED * np.abs(relation.origin), SIGMA_LEAST)
    noise[:] = np.where(np.isnan(noise), noise, np.fmax(np.fmax(noise, usual), floor))


def _centre(relation: Relation) -> None:
    """Shifts have no zero of their own; keep their mean there, or they would wander together."""
    known = ~np.isnan(relation.origin)
    count = sum_last(known.T * 1.0)
    mean = sum_last(np.where(known, relation.shift, 0.0).T) / np.maximum(count, 1.0)
    relation.shift[:] -= np.where(known, mean, 0.0)


def _line(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Base and slope of own on peers: float64 (entity, k) each; slope 1 before anything is told."""
    count = np.maximum(sums[:, :, 0], 1.0)
    peers, own = sums[:, :, 1] / count, sums[:, :, 2] / count
    spread = np.maximum(sums[:, :, 3] / count - peers * peers, 0.0)
    pull = RIDGE * spread + SIGMA_LEAST
    slope = (sums[:, :, 4] / count - peers * own + pull) / (spread + pull)
    slope = np.clip(slope, -FAR, FAR)
    return own - slope * peers, slope


def _weights(products: FloatArray) -> list[FloatArray]:
    """What each kin's residual says of the sensor's: float64 (entity,) for each; least squares."""
    count = products.shape[1]
    work = products.copy()
    for pivot in range(1, count):
        work[:, pivot, pivot] *= 1 + RIDGE
        work[:, pivot, pivot] += SIGMA_LEAST
    for pivot in range(1, count):
        for row in range(pivot + 1, count):
            factor = work[:, row, pivot] / work[:, pivot, pivot]
            work[:, row] -= factor[:, None] * work[:, pivot]
            work[:, row, pivot] = 0.0
    weights: list[FloatArray] = []
    for pivot in range(count - 1, 0, -1):
        rest = work[:, pivot, 0].copy()
        for column, weight in zip(range(count - 1, pivot, -1), weights, strict=True):
            rest -= work[:, pivot, column] * weight
        weights.append(rest / work[:, pivot, pivot])
    return weights[::-1]
