"""RESCO's maps: its own timing, the law's, and with ever fewer connected vehicles."""

from collections.abc import Sequence
from typing import Final

from bench.rows import Figure, Options, Row, row
from bench.traffic_parts.driving import Setup
from bench.traffic_parts.many import Column, columns
from bench.traffic_parts.maps import place, resco
from bench.traffic_parts.rivals import ACTUATED, DELAY, FIXED, PRESSURE
from haihe.packs.traffic.control import Settings
from haihe.packs.traffic.limits import LAWFUL, RESCO

NAME: Final = "traffic"
# The issue's: the best published episode of any learning agent, SUMO 1.9.1.
GOALS_S: Final = {"cologne1": 26.05, "cologne3": 23.99, "ingolstadt1": 20.90}
RIVALS: Final = (FIXED, ACTUATED, DELAY, PRESSURE)


CLOCK_S: Final = 5  # Ours: on a street the controller may decide each five seconds.
STREET: Final = Settings(slot_s=CLOCK_S)
SHARES: Final = (1.0, 0.5, 0.3, 0.2, 0.1, 0.0)  # The issue's.
ENOUGH: Final = 0.2  # The issue's: there the delay may be 1.2 times that with all connected.
LOSS: Final = 1.2


def measure(options: Options, *, seeds: int) -> list[Row]:
    """Average delay of each map, mean and worst seed, beside the rivals."""
    folder = place(options, "resco")
    if folder is None:
        return []
    rows: list[Row] = []
    for of in resco(folder):
        options.say(f"{of.name}: RESCO's timing, {seeds} seeds, {1 + len(RIVALS)} columns")
        asked = [(of, Setup(RESCO, Settings()))]
        if options.peers:
            asked += [(of, Setup(RESCO, Settings(), rival=name)) for name in RIVALS]
        rows += rows_of(of.name, columns(asked, seeds=seeds), goal=GOALS_S.get(of.name))
    return rows


def measure_lawful(options: Options, *, seeds: int) -> list[Row]:
    """The same with people on foot, all-red and the most red, beside the freer timing."""
    folder = place(options, "resco")
    if folder is None:
        return []
    rows: list[Row] = []
    for of in resco(folder):
        options.say(f"{of.name}: lawful limits, {seeds} seeds")
        lawful, free = columns(
            [(of, Setup(LAWFUL, STREET)), (of, Setup(RESCO, STREET))], seeds=seeds
        )
        beside = {"RESCO's timing, same clock": free.mean_s}
        case = f"{of.name}, lawful limits"
        rows += [
            row(NAME, Figure(case, "average delay, mean of the seeds", "s", lawful.mean_s),
                beside=beside),
            row(NAME, Figure(case, "average delay, worst seed", "s", lawful.worst_s)),
            row(NAME, Figure(case, "unfinished or never inserted, worst seed", "veh", lawful.left)),
            row(NAME, Figure(case, "limits broken on the street", "", lawful.violations, 0)),
        ]  # fmt: skip
    return rows


def measure_shares(options: Options, *, seeds: int) -> list[Row]:
    """With stop-line detectors and ever fewer connected vehicles, beside actuated."""
    folder = place(options, "resco")
    if folder is None:
        return []
    rows: list[Row] = []
    for of in resco(folder):
        options.say(f"{of.name}: {len(SHARES)} connected shares, {seeds} seeds")
        asked = [(of, Setup(RESCO, STREET, share=share, loops=True)) for share in SHARES]
        found = columns([*asked, (of, Setup(RESCO, STREET, rival=ACTUATED))], seeds=seeds)
        actuated = found[-1]
        for share, one in zip(SHARES, found, strict=False):
            goal = actuated.mean_s
            if share == ENOUGH:
                goal = min(goal, LOSS * found[0].mean_s)
            case = f"{of.name}, {share:.0%} connected"
            beside = {
                "actuated": actuated.mean_s,
                "worst seed": one.worst_s,
                "left, veh": float(one.left),
            }
            figure = Figure(case, "average delay, mean of the seeds", "s", one.mean_s, goal)
            rows.append(row(NAME, figure, beside=beside))
    return rows


def rows_of(case: str, found: Sequence[Column], *, goal: float | None) -> list[Row]:
    """The rows of one map: ours first in ``found``, then the rivals in their order."""
    ours = found[0]
    beside = dict(zip(RIVALS, found[1:], strict=False))
    fixed = beside[FIXED].mean_s if FIXED in beside else None
    return [
        row(
            NAME,
            Figure(case, "average delay, mean of the seeds", "s", ours.mean_s, goal),
            beside={name: one.mean_s for name, one in beside.items()},
        ),
        row(
            NAME,
            Figure(case, "average delay, worst seed", "s", ours.worst_s, fixed),
            beside={name: one.worst_s for name, one in beside.items()},
        ),
        row(
            NAME,
            Figure(case, "unfinished or never inserted, worst seed", "veh", ours.left),
            beside={name: float(one.left) for name, one in beside.items()},
        ),
    ]
