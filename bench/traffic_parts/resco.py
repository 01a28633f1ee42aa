"""RESCO's maps: its own timing, the law's, and with ever fewer connected vehicles."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bench.rows import Figure, Options, Row, row
from bench.traffic_parts.driving import Setup
from bench.traffic_parts.many import Asked, Column, driven
from bench.traffic_parts.maps import readable, resco, sets
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
    ours = Setup(RESCO, Settings())
    rivals = [replace(ours, rival=name) for name in RIVALS] if options.peers else []
    found = _driven(options, "RESCO's timing", setups=[ours, *rivals], seeds=seeds)
    rows: list[Row] = []
    for name, some in found.items():
        rows += rows_of(name, some, goal=GOALS_S.get(name))
    return rows


def measure_lawful(options: Options, *, seeds: int) -> list[Row]:
    """The same with people on foot, all-red and the most red, beside the freer timing."""
    setups = [Setup(LAWFUL, STREET), Setup(RESCO, STREET), Setup(RESCO, STREET, rival=FIXED)]
    found = _driven(options, "lawful limits", setups=setups, seeds=seeds)
    rows: list[Row] = []
    for name, (lawful, free, fixed) in found.items():
        beside = {"RESCO's timing, same clock": free.mean_s, "fixed plan": fixed.mean_s}
        worst = {"RESCO's timing, same clock": free.worst_s, "fixed plan": fixed.worst_s}
        case = f"{name}, lawful limits"
        rows += [
            row(NAME, Figure(case, "average delay, mean of the seeds", "s", lawful.mean_s),
                beside=beside),
            row(NAME, Figure(case, "average delay, worst seed", "s", lawful.worst_s),
                beside=worst),
            row(NAME, Figure(case, "unfinished or never inserted, worst seed", "veh", lawful.left)),
            row(NAME, Figure(case, "limits broken on the street", "", lawful.violations, 0)),
        ]  # fmt: skip
    return rows


def measure_shares(options: Options, *, seeds: int) -> list[Row]:
    """With stop-line detectors and ever fewer connected vehicles, beside actuated."""
    setups = [Setup(RESCO, STREET, share=share, loops=True) for share in SHARES]
    setups.append(Setup(RESCO, STREET, rival=ACTUATED))
    found = _driven(options, f"{len(SHARES)} connected shares", setups=setups, seeds=seeds)
    rows: list[Row] = []
    for name, some in found.items():
        actuated = some[-1]
        for share, one in zip(SHARES, some, strict=False):
            goal = actuated.mean_s
            if share == ENOUGH:
                goal = min(goal, LOSS * some[0].mean_s)
            case = f"{name}, {share:.0%} connected"
            beside = {
                "actuated": actuated.mean_s,
                "worst seed": one.worst_s,
                "left, veh": float(one.left),
            }
            figure = Figure(case, "average delay, mean of the seeds", "s", one.mean_s, goal)
            rows.append(row(NAME, figure, beside=beside))
    return rows


def _driven(
    options: Options, told: str, *, setups: Sequence[Setup], seeds: int
) -> dict[str, list[Column]]:
    """The columns of each map, by its name; none where there are no maps."""
    maps = readable(options, sets(options, "resco"), read=resco)
    if not maps:
        return {}
    options.say(f"{', '.join(of.name for of in maps)}: {told}, {seeds} seeds")
    return driven(options, [Asked(of, setups, seeds) for of in maps])


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
