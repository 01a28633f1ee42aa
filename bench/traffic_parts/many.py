"""Many runs at once, one process for each core; SUMO holds one street a process."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from bench.traffic_parts.driving import Setup, drive
from bench.traffic_parts.street import Map, Trips


@dataclass(frozen=True, slots=True)
class Job:
    """One run.

    of: the map.
    seed: SUMO's.
    setup: who runs the signals.
    """

    of: Map
    seed: int
    setup: Setup


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the same map and setup with every seed.

    runs: in order of the seeds.
    """

    runs: tuple[Trips, ...]

    @property
    def mean_s(self) -> float:
        """Mean delay over the seeds."""
        return float(np.mean([one.delay_s for one in self.runs]))

    @property
    def approach_s(self) -> float:
        """Mean time on all approaches over the seeds."""
        return float(np.mean([one.approach_s for one in self.runs]))

    @property
    def worst_s(self) -> float:
        """Delay of the worst seed."""
        return max(one.delay_s for one in self.runs)

    @property
    def left(self) -> int:
        """Vehicles unfinished or never inserted, in the worst seed."""
        return max(one.unfinished + one.uninserted for one in self.runs)

    @property
    def violations(self) -> int:
        """Limits broken on the street, in all seeds together."""
        return sum(one.violations for one in self.runs)


def work(job: Job) -> Trips:
    """The run, in whichever process."""
    return drive(job.of, seed=job.seed, setup=job.setup)


def columns(asked: Sequence[tuple[Map, Setup]], *, seeds: int) -> list[Column]:
    """A column for each map and setup; all runs share the cores."""
    jobs = [Job(of, seed, setup) for of, setup in asked for seed in range(1, seeds + 1)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as pool:
        runs = list(pool.map(work, jobs))
    return [Column(tuple(runs[at : at + seeds])) for at in range(0, len(runs), seeds)]
