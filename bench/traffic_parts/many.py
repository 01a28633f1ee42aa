"""Many runs at once, one process for each core; SUMO holds one street a process."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from bench.traffic_parts.driving import Setup, drive
from bench.traffic_parts.rivals import FIXED, SUMO_TYPES
from bench.traffic_parts.street import Map, Trips
from haihe.packs.traffic.control import Settings
from haihe.packs.traffic.limits import RESCO

RUNS_MAX: Final = 2000  # Ours: more than the whole bench with ten seeds, some 600.


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
    """A column for each map and setup; all runs share the cores. None is driven twice."""
    jobs = [_job(of, setup, seed=seed) for of, setup in asked for seed in range(1, seeds + 1)]
    waiting = [_begun(job) for job in jobs]
    runs = [one.result() for one in waiting]
    return [Column(tuple(runs[at : at + seeds])) for at in range(0, len(runs), seeds)]


def release() -> None:
    """Let the processes go, and forget the runs."""
    if _crew.cache_info().currsize:
        _crew().shutdown()
    _crew.cache_clear()
    _begun.cache_clear()


def _job(of: Map, setup: Setup, *, seed: int) -> Job:
    """The run; what SUMO does alone knows neither our limits nor our settings."""
    alone = setup.rival in (FIXED, *SUMO_TYPES)
    return Job(of, seed, Setup(RESCO, Settings(), rival=setup.rival) if alone else setup)


@lru_cache(maxsize=1)
def _crew() -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context)


@lru_cache(maxsize=RUNS_MAX)
def _begun(job: Job) -> Future[Trips]:
    return _crew().submit(work, job)
