"""Which stage each junction should show next: every short sequence of stages, played forward."""

from dataclasses import dataclass
from itertools import combinations, pairwise, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.packs.traffic.control.settings import Settings

AGES: Final = (
    3  # Bins since the last change that differ: the one it begins in, the next, all later.
)
STAY_VEH_S: Final = 1e-3  # Ours: of two equally good stages the one that is green.


@dataclass(frozen=True, slots=True)
class Problem:
    """What the junctions face; all of them with the same number of stages.

    stage: int64 (junction,), the stage that is green.
    rate: float64 (junction, stage, lane), vehicles a second.
    lost_s: float64 (junction, stage, stage), from the end of green to the next queue moving.
    arrivals: float64 (junction, bin, lane).
    weight: float64 (junction, lane).
    allowed: bool (junction, stage), what may be shown next.
    """

    stage: IntArray
    rate: FloatArray
    lost_s: FloatArray
    arrivals: FloatArray
    weight: FloatArray
    allowed: BoolArray


@dataclass(frozen=True, slots=True)
class Sequences:
    """Every sequence considered, with stages counted from the one that is green.

    first: int64 (sequence,), the stage of the first bin.
    cell: int64 (bin, sequence), which change, and how old it is: (from * stages + to) * AGES + age.
    """

    first: IntArray
    cell: IntArray


def sequences(stages: int, settings: Settings) -> Sequences:
    """The sequences of a junction with so many stages.

    A change may come at the beginning of a slot, and never sooner than two bins after another.
    """
    grid = settings.slot_s // settings.bin_s or 1
    places = range(0, settings.bins, grid)
    rows = []
    for changes in range(settings.switches + 1):
        for at in combinations(places, changes):
            if any(b - a < 2 for a, b in pairwise(at)):
                continue
            for hops in product(range(1, stages), repeat=changes):
                rows.append(_play(at, hops, stages=stages, bins=settings.bins))
    cells = np.array(rows, dtype=np.int64)
    return Sequences(first=cells[:, 0] // AGES % stages, cell=np.ascontiguousarray(cells.T))


def _play(at: tuple[int, ...], hops: tuple[int, ...], *, stages: int, bins: int) -> list[int]:
    before = stage = 0
    changed = -AGES
    row = []
    for now in range(bins):
        if now in at:
            before, stage, changed = stage, (stage + hops[at.index(now)]) % stages, now
        age = min(now - changed, AGES - 1)
        start = before if age < AGES - 1 else stage
        row.append((start * stages + stage) * AGES + age)
    return row


def costs(problem: Problem, settings: Settings, *, found: Sequences) -> FloatArray:
    """Person-seconds of waiting within the forecast and after it, for each next stage at its best.

    found: the sequences of so many stages.
    Returns float64 (junction, stage); infinite where it is not allowed.
    """
    count, stages, _ = problem.rate.shape
    turned = (np.arange(stages)[None, :] + problem.stage[:, None]) % stages
    each = np.arange(count)[:, None]
    rate = problem.rate[each, turned]
    lost = problem.lost_s[each[..., None], turned[:, :, None], turned[:, None, :]]
    capacity = _capacity(rate, lost, settings=settings)
    queue = np.zeros((count, len(found.first), rate.shape[2]), dtype=np.float32)
    waited = np.zeros_like(queue)
    for at in range(settings.bins):
        queue += problem.arrivals[:, at, None, :].astype(np.float32)
        queue -= capacity[:, found.cell[at]]
        np.maximum(queue, 0.0, out=queue)
        waited += queue
    waited = waited * np.float32(settings.bin_s) + queue * np.float32(settings.beyond_s)
    total = np.einsum("jsl,jl->js", waited, problem.weight.astype(np.float32))
    best = np.full((count, stages), np.inf)
    for step in range(stages):
        of = found.first == step
        best[np.arange(count), turned[:, step]] = total[:, of].min(axis=1)
    return np.where(problem.allowed, best, np.inf)


def choose(cost: FloatArray, stage: IntArray) -> IntArray:
    """int64 (junction,): the stage that costs least; of equal ones the one that is green."""
    kept = cost.copy()
    at = np.arange(len(stage))
    kept[at, stage] -= STAY_VEH_S
    best = kept.argmin(axis=1)
    return np.where(np.isfinite(kept[at, best]), best, stage)


def _capacity(rate: FloatArray, lost: FloatArray, *, settings: Settings) -> NDArray[np.float32]:
    """Vehicles a bin can let through: float32 (junction, change and age, lane)."""
    count, stages, lanes = rate.shape
    before, after = rate[:, :, None, :], rate[:, None, :, :]
    both = np.minimum(before, after)
    ages = []
    for age in range(AGES):
        gone = np.clip((age + 1) * settings.bin_s - lost, 0, settings.bin_s)[..., None]
        late = settings.late_s if age == 0 else 0.0
        ages.append(both * settings.bin_s + (after - both) * gone + (before - both) * late)
    ages[-1] = np.broadcast_to(after * settings.bin_s, ages[0].shape)
    table = np.stack(ages, axis=3)
    return table.reshape(count, stages * stages * AGES, lanes).astype(np.float32)
