"""The tidal benchmark: when to turn a lane, beside fixed lanes, a timetable and an oracle."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.rows import LOWER, Figure, Options, Row, row
from bench.traffic_parts import tidal_cases, tidal_tables, tidal_trials
from bench.traffic_parts.tidal_cases import CORRIDORS, FIRST_SLOT, SHAPES, Mornings
from bench.traffic_parts.tidal_trials import Outcome
from haihe.model.arrays import BoolArray, FloatArray
from haihe.packs.traffic.measures.events import Events
from haihe.packs.traffic.tidal.corridor import STEP_S
from haihe.packs.traffic.tidal.lanes import Way
from haihe.packs.traffic.tidal.sensors import FIRST_GATE, FIRST_ZONE

BENCH: Final = "tidal"
SEEDS, QUICK_SEEDS = 10, 1  # The issue's; enough to see that it runs.
ORACLE_GOAL: Final = 1.05
STATIC_GOAL: Final = 1.0
SHIFTS: Final = (-1, 0, 3)  # Slots earlier than the best by point queues: those do not drive.
LOST: Final = 0.001  # Of all events.
FAULTY_SEEDS: Final = 2


@dataclass(frozen=True, slots=True)
class Beside:
    """What each way of turning the lane came to on the same mornings.

    evening: ours on the same days' evenings, where each lane is open inbound at first. What stands
        beside it is the morning's mirrored: the corridors are as wide out as in, so a lane fixed
        outbound in the evening is one fixed inbound in the morning, and an oracle is an oracle.
    """

    ours: Outcome
    evening: Outcome
    fixed_out: Outcome
    fixed_in: Outcome
    table: Outcome
    oracle_s: FloatArray


def measure(options: Options) -> list[Row]:
    """Rows of the tidal benchmark."""
    seeds = QUICK_SEEDS if options.quick else SEEDS
    morning = tidal_cases.mornings(tidal_cases.cases_of(seeds))
    options.say(f"tidal: {len(morning.cases):,} mornings with a reversible lane, five ways")
    beside = driven(morning)
    rows = [*_tides(morning, beside, seeds=seeds), *_even(morning, beside)]
    rows += [*_safe(beside), *_faulty(min(seeds, FAULTY_SEEDS))]
    return rows


def driven(morning: Mornings) -> Beside:
    """All ways of turning the lane on the same mornings.

    The oracle knows the day: the best of some timetables fitted to it (two windows at most, moved
    by some minutes), of the usual day's timetable and of both fixed ways, each with a clearance
    that ends when the lane is truly empty.
    """
    count = len(morning.cases)
    fixed_out, fixed_in = (
        tidal_trials.by_table(morning, np.full((count, 1), int(way)), sure=True)
        for way in (Way.OUT, Way.IN)
    )
    usual = tidal_tables.usual_demand(morning, first_slot=FIRST_SLOT)
    known = tidal_tables.best_table(morning, usual)
    best = tidal_tables.best_table(morning, morning.demand)
    tables = [known, *(tidal_tables.earlier(best, shift) for shift in SHIFTS)]
    tried = [tidal_trials.by_table(morning, table, sure=True).delay_s for table in tables]
    oracle = np.min([*tried, fixed_in.delay_s, fixed_out.delay_s], axis=0)
    return Beside(
        ours=tidal_trials.piloted(morning),
        evening=tidal_trials.piloted(tidal_cases.evenings(morning), begins=Way.IN),
        fixed_out=fixed_out,
        fixed_in=fixed_in,
        table=tidal_trials.by_table(morning, known, sure=False),
        oracle_s=oracle,
    )


def _ratio(beside: Beside, mask: BoolArray) -> tuple[float, dict[str, float]]:
    """Mean delay over the oracle's: ours, and what stands beside it."""
    oracle = float(beside.oracle_s[mask].mean())
    others = {
        "fixed outbound": beside.fixed_out,
        "fixed inbound": beside.fixed_in,
        "timetable": beside.table,
    }
    told = {name: float(one.delay_s[mask].mean()) / oracle for name, one in others.items()}
    return float(beside.ours.delay_s[mask].mean()) / oracle, told


def _day_ratio(beside: Beside, mask: BoolArray) -> tuple[float, dict[str, float]]:
    """The same over whole days, a morning and an evening each."""
    oracle = 2 * float(beside.oracle_s[mask].mean())
    ours = beside.ours.delay_s + beside.evening.delay_s
    fixed = beside.fixed_out.delay_s + beside.fixed_in.delay_s
    told = {
        "a fixed lane": float(fixed[mask].mean()) / oracle,
        "timetable": 2 * float(beside.table.delay_s[mask].mean()) / oracle,
        "ours, evenings": 2 * float(beside.evening.delay_s[mask].mean()) / oracle,
    }
    return float(ours[mask].mean()) / oracle, told


def _tides(morning: Mornings, beside: Beside, *, seeds: int) -> list[Row]:
    """Delay over the oracle's where there is a tide: all, by shape, by corridor, the worst seed."""
    cases = morning.cases
    tides = np.array([case.share > 0.5 for case in cases])
    shapes = np.array([case.shape for case in cases])
    roads = np.array([case.corridor.name for case in cases])
    groups = [("tidal, every tide", tides)]
    groups += [(f"tidal, {shape}", tides & (shapes == shape)) for shape in SHAPES]
    groups += [(f"tidal, {road.name}", tides & (roads == road.name)) for road in CORRIDORS]
    rows = []
    for name, mask in groups:
        ratio, others = _ratio(beside, mask)
        figure = Figure(name, "mean delay over the oracle's", "x", ratio, ORACLE_GOAL, LOWER)
        rows.append(row(BENCH, figure, beside=others))
        ratio, others = _day_ratio(beside, mask)
        whole = f"{name}, whole days"
        figure = Figure(whole, "mean delay over the oracle's", "x", ratio, ORACLE_GOAL, LOWER)
        rows.append(row(BENCH, figure, beside=others))
    seed_of = np.array([case.seed for case in cases])
    by_seed = [_ratio(beside, tides & (seed_of == seed))[0] for seed in range(seeds)]
    worst = Figure("tidal, every tide", "the same, worst seed", "x", max(by_seed), ORACLE_GOAL)
    by_day = [_day_ratio(beside, tides & (seed_of == seed))[0] for seed in range(seeds)]
    worst_day = Figure(
        "tidal, every tide, whole days", "the same, worst seed", "x", max(by_day), ORACLE_GOAL
    )
    seconds = float(beside.ours.delay_s[tides].mean())
    delay = Figure("tidal, every tide", "mean delay of a vehicle", "s", seconds)
    oracle = {"oracle": float(beside.oracle_s[tides].mean())}
    rows += [row(BENCH, worst), row(BENCH, worst_day)]
    return [*rows, row(BENCH, delay, beside=oracle)]


def _even(morning: Mornings, beside: Beside) -> list[Row]:
    """Where both ways are as busy: beside the lane that stays as it is."""
    even = np.array([case.share == 0.5 for case in morning.cases])
    ours, fixed = beside.ours.delay_s[even], beside.fixed_out.delay_s[even]
    told = {"oracle": float(beside.oracle_s[even].mean() / fixed.mean())}
    mean = Figure("tidal, 50:50", "mean delay over the fixed lane's", "x",
                  float(ours.mean() / fixed.mean()), STATIC_GOAL)  # fmt: skip
    worst = Figure("tidal, 50:50", "worst morning's delay less the fixed lane's", "s",
                   float((ours - fixed).max()), 0.0)  # fmt: skip
    turns = Figure(
        "tidal, 50:50", "turns a morning", "turns", float(beside.ours.turns[even].mean())
    )
    return [row(BENCH, mean, beside=told), row(BENCH, worst), row(BENCH, turns)]


def _safe(beside: Beside) -> list[Row]:
    """Vehicles stranded, still there at the end, turns and requests to persons."""
    ours, table = beside.ours, beside.table
    lost = float(ours.stranded.sum() + beside.evening.stranded.sum())
    stranded = Figure("tidal, all, evenings too", "vehicles stranded", "veh", lost, 0.0)
    left = Figure("tidal, all", "vehicles unfinished at 11:30", "veh", float(ours.unfinished.sum()))
    others = {
        "fixed outbound": float(beside.fixed_out.unfinished.sum()),
        "timetable": float(table.unfinished.sum()),
    }
    asks = Figure("tidal, all", "a person asked, of 100 turns", "times",
                  100 * float(ours.asks.sum() / max(ours.turns.sum(), 1)))  # fmt: skip
    turns = Figure("tidal, all", "turns a morning", "turns", float(ours.turns.mean()))
    return [
        row(BENCH, stranded, beside={"timetable": float(table.stranded.sum())}),
        row(BENCH, left, beside=others),
        row(BENCH, turns, beside={"timetable": float(table.turns.mean())}),
        row(BENCH, asks),
    ]


def _failing(events: Events, step: int) -> Events:
    """The events that get through; case by case one of ``FAULTS`` after the other."""
    kind = events.device // 2 % len(FAULTS)
    draw = np.random.default_rng([11, step])
    hour, ten_minutes = 3600 // STEP_S, 600 // STEP_S
    lost = (kind == 0) & (draw.random(len(events)) < LOST)
    lost |= (kind == 1) & (events.parameter == FIRST_ZONE)
    lost |= (kind == 2) & (events.parameter == FIRST_GATE) & (step >= hour)
    away = hour <= step < hour + ten_minutes
    lost |= (kind == 3) & (events.device % 2 == 1) & away
    return events.where(~lost)


FAULTS: Final = (
    "1 event of 1,000 lost",
    "a zone detector blind",
    "a gate's loop dead from 7:30 on",
    "end B's detectors lost for 10 min",
)


def _faulty(seeds: int) -> list[Row]:
    """The same with detectors that fail: nobody stranded; how often a person is asked instead."""
    one = [case for case in tidal_cases.cases_of(seeds) if (case.load, case.share) == (0.95, 0.7)]
    cases = tuple(case for case in one for _ in FAULTS)
    found = tidal_trials.piloted(tidal_cases.mornings(cases), fault=_failing)
    rows = []
    for at, name in enumerate(FAULTS):
        part = slice(at, None, len(FAULTS))
        lost = float(found.stranded[part].sum())
        stranded = Figure(f"tidal, {name}", "vehicles stranded", "veh", lost, 0.0)
        turns = float(found.turns[part].mean())
        turned = Figure(f"tidal, {name}", "turns a morning", "turns", turns)
        asked = {"person asked": float(found.asks[part].mean())}
        rows += [row(BENCH, stranded), row(BENCH, turned, beside=asked)]
    return rows
