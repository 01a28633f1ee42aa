"""Many runs at once, one process for each core; SUMO holds one street a process."""

import multiprocessing
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field

import numpy as np

from bench.rows import Options
from bench.traffic_parts.driving import Setup, drive
from bench.traffic_parts.rivals import FIXED, SUMO_TYPES
from bench.traffic_parts.street import Map, Trips, failures
from haihe.packs.traffic.control import Settings
from haihe.packs.traffic.limits import RESCO


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A map, who runs its signals, and with how many seeds."""

    of: Map
    setups: Sequence[Setup]
    seeds: int


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to, and the CPU seconds it took."""

    trips: Trips
    cpu_s: float


@dataclass(slots=True)
class Crew:
    """The processes, and every run that was asked for; none is driven twice."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    pool: ProcessPoolExecutor | None = None
    runs: dict[Job, Future[Run]] = field(default_factory=dict)

    def begun(self, job: Job) -> Future[Run]:
        """The run, on its way."""
        with self.lock:
            if self.pool is None:
                context = multiprocessing.get_context("spawn")
                self.pool = ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context)
            if job not in self.runs:
                self.runs[job] = self.pool.submit(work, job)
            return self.runs[job]


CREW = Crew()  # Of this process: the parts of a bench share its runs.


def work(job: Job) -> Run:
    """The run, in whichever process.

    Raises ValueError if it cannot be driven.
    """
    began = time.process_time()
    try:
        trips = drive(job.of, seed=job.seed, setup=job.setup)
    except failures() as error:  # SUMO's own cannot leave its process.
        raise ValueError(f"{type(error).__name__}: {error}") from error
    return Run(trips, time.process_time() - began)


def columns(asked: Sequence[tuple[Map, Setup]], *, seeds: int) -> list[Column]:
    """A column for each map and setup; all runs share the cores. None is driven twice.

    Raises ValueError if one cannot be driven.
    """
    jobs = [_job(of, setup, seed=seed) for of, setup in asked for seed in range(1, seeds + 1)]
    waiting = [CREW.begun(job) for job in jobs]
    runs = [_trips(job, one) for job, one in zip(jobs, waiting, strict=True)]
    return [Column(tuple(runs[at : at + seeds])) for at in range(0, len(runs), seeds)]


def driven(options: Options, asked: Sequence[Asked]) -> dict[str, list[Column]]:
    """The columns of each map, by its name; one that SUMO cannot drive is told and left out."""
    for one in asked:
        for setup in one.setups:
            for seed in range(1, one.seeds + 1):
                CREW.begun(_job(one.of, setup, seed=seed))
    found = {}
    for one in asked:
        try:
            some = columns([(one.of, setup) for setup in one.setups], seeds=one.seeds)
        except ValueError as error:
            options.skip(one.of.name, str(error)[:300])
            continue
        found[one.of.name] = some
        options.say(f"{one.of.name}: {len(one.setups)} columns, {one.seeds} seeds, driven")
    return found


def spent_s() -> float:
    """CPU seconds of all runs that are over."""
    over = [one for one in CREW.runs.values() if one.done() and not one.exception()]
    return sum(one.result().cpu_s for one in over)


def release() -> None:
    """Let the processes go, and forget the runs."""
    if CREW.pool is not None:
        CREW.pool.shutdown()
    CREW.pool = None
    CREW.runs.clear()


def _job(of: Map, setup: Setup, *, seed: int) -> Job:
    """The run; what SUMO does alone knows neither our limits nor our settings."""
    alone = setup.rival in (FIXED, *SUMO_TYPES)
    return Job(of, seed, Setup(RESCO, Settings(), rival=setup.rival) if alone else setup)


def _trips(job: Job, run: Future[Run]) -> Trips:
    try:
        return run.result().trips
    except BrokenProcessPool as error:
        raise ValueError(f"a process of the bench ended while {job.of.name} waited") from error
    except ValueError as error:
        raise ValueError(f"SUMO cannot drive it ({error}); mend it or leave it out") from error
