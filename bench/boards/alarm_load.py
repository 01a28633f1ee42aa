"""Alarm load: a week of a gallery of 20,000 points under one operator, with drawn incidents.

The twin lives through the week with the pack on duty: devices obey its orders, crews do theirs.
What goes wrong is drawn from a fixed seed: the kinds, sizes and lengths of ``Pack.demo``, each
several times, anywhere in the gallery, and radios that come and go. So is what only looks wrong:
single wild readings. Beside it stand, on the same records, what most control rooms have (plain
limits without deadband, delay or roll-up) and the pack's own alarms one by one, as they would be
without roll-up; there every alarm is a call for the operator.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bench.apart import apart
from bench.boards.alarm_week import LIMITS, OWN, STARTS, Week, lived
from bench.rows import HIGHER, LOWER, Figure, Options, Row, row
from haihe.model.line import AlarmRaised, CaseMerged, CaseOpened
from haihe.model.time import HOUR, parse_instant
from haihe.run.check.day import HOPS, TAIL
from haihe.run.load import AlarmLoad, alarm_load
from haihe.twin import Fault

POINTS: Final = 20_000  # The board's: what one operator's zone is to have.
GOAL_CASES: Final = 1.0  # EEMUA 191: about one in ten minutes is what an operator can answer.
GOAL_FOUND: Final = 99.0  # The board's; per cent.
GOAL_WALL_S: Final = 180.0  # Ours: a board that is run often must be short.
GOAL_EACH: Final = 1.0  # The board's: one leak, one case.
ALONE: Final = "its alarms without roll-up"
LOAD: Final = "cases in ten minutes, one operator"
WORST: Final = "cases in the worst ten minutes"
FOUND: Final = "incidents with a case"
NOTICED: Final = "incidents with a case or in quarantine"
PLUME: Final = "cases for each leak or plume"
WORST_PLUME: Final = "cases for the worst leak or plume"
WORST_ONE: Final = "cases for the worst incident"
FALSE: Final = "cases without an incident"
FIGURES: Final[Mapping[str, tuple[str, float | None]]] = {
    LOAD: ("", GOAL_CASES),
    WORST: ("", None),
    FOUND: ("%", GOAL_FOUND),
    NOTICED: ("%", GOAL_FOUND),
    PLUME: ("", GOAL_EACH),
    WORST_PLUME: ("", GOAL_EACH),
    WORST_ONE: ("", None),
    FALSE: ("", None),
}  # Unit and goal.
# What comes out and spreads: one case each, however far it goes.
PLUMES: Final = frozenset(
    {"gas-leak", "oxygen-low", "h2s-release", "cable-smoke", "pipe-burst", "pipe-leak"}
)


@dataclass(frozen=True, slots=True)
class Found:
    """How one watch did.

    load: what it asked of one operator: cases; of a watch without roll-up, alarms.
    incidents, found: how many there were, and how many had a case while they lasted.
    set_aside: how many more had records in the quarantine.
    missed: the kinds of those that had neither.
    each, plumes: cases for each incident that had one, and for each of those that spread; less one
        for each other incident that was part of its scene.
    false: cases that no incident explains.
    """

    load: AlarmLoad
    incidents: int
    found: int
    set_aside: int
    missed: tuple[str, ...]
    each: tuple[int, ...]
    plumes: tuple[int, ...]
    false: int


def measure(options: Options) -> list[Row]:
    """The board's rows."""
    hours, points = (24, POINTS // 5) if options.quick else (7 * 24, POINTS)
    options.say(f"alarm load: {hours} hours of a gallery of {points:,} points")
    week = apart(lived, hours, points)
    found = {name: judged(week, name) for name in (OWN, LIMITS, ALONE)}
    case = f"gallery, {week.hours} h, {week.points:,} points, {found[OWN].incidents} incidents"
    for kind, count in Counter(found[OWN].missed).items():
        options.say(f"alarm load: {count} of {kind} had no case")
    told = {name: _figures(one) for name, one in found.items()}
    rows = [
        row(
            "sensing",
            Figure(case, figure, unit, told[OWN][figure], goal, _better(figure)),
            beside={name: told[name][figure] for name in (LIMITS, ALONE)},
        )
        for figure, (unit, goal) in FIGURES.items()
    ]
    return [*rows, row("sensing", Figure(case, "wall time", "s", week.took_s, GOAL_WALL_S))]


def _better(figure: str) -> Literal["higher", "lower"]:
    return HIGHER if figure in (FOUND, NOTICED) else LOWER


def _figures(found: Found) -> dict[str, float]:
    """The board's figures of one watch."""
    return {
        LOAD: found.load.per_period,
        WORST: float(found.load.worst),
        FOUND: round(100.0 * found.found / max(found.incidents, 1), 2),
        NOTICED: round(100.0 * (found.found + found.set_aside) / max(found.incidents, 1), 2),
        PLUME: round(sum(found.plumes) / max(len(found.plumes), 1), 3),
        WORST_PLUME: float(max(found.plumes, default=0)),
        WORST_ONE: float(max(found.each, default=0)),
        FALSE: float(found.false),
    }


def judged(week: Week, watch: str) -> Found:
    """How a watch did in the week."""
    steps = week.steps[OWN if watch == ALONE else watch]
    raised = [step for step in steps if isinstance(step, AlarmRaised) and step.case]
    merged = {step.case for step in steps if isinstance(step, CaseMerged)}
    opened = [step for step in steps if isinstance(step, CaseOpened)]
    by_entity: dict[str, list[AlarmRaised]] = {}
    for step in raised:
        by_entity.setdefault(step.alarm.entity, []).append(step)
    missed: list[str] = []
    set_aside = 0
    each: list[tuple[str, int]] = []
    explained: set[str] = set()
    for fault, others in ((one, len(scene) - 1) for scene in week.scenes for one in scene):
        near = _near(week, fault.entity, hops=HOPS)
        during = [
            step
            for entity in near
            for step in by_entity.get(entity, ())
            if fault.starts_at <= step.at <= fault.ends_at + TAIL
        ]
        explained |= {step.case for step in during}
        if any(step.at <= fault.ends_at for step in during):
            each.append((fault.kind, max(1, len(_calls(during, watch) - merged) - others)))
        elif _was_set_aside(week, fault):
            set_aside += 1
        else:
            missed.append(fault.kind)
    start_at = parse_instant(STARTS)
    calls = [step.at for step in (opened if watch == OWN else raised)]
    return Found(
        load=alarm_load(calls, from_at=start_at, to_at=start_at + week.hours * HOUR + 1),
        incidents=sum(map(len, week.scenes)),
        found=len(each),
        set_aside=set_aside,
        missed=tuple(missed),
        each=tuple(count for _, count in each),
        plumes=tuple(count for kind, count in each if kind in PLUMES),
        false=sum(step.case not in explained for step in opened),
    )


def _calls(during: Sequence[AlarmRaised], watch: str) -> set[str]:
    """What an incident put before the operator: cases, or without roll-up each rule and entity."""
    if watch == ALONE:
        return {f"{step.alarm.rule} {step.alarm.entity}" for step in during}
    return {step.case for step in during}


def _was_set_aside(week: Week, fault: Fault) -> bool:
    return any(
        entity == fault.entity and fault.starts_at <= at <= fault.ends_at
        for entity, at in week.refused
    )


def _near(week: Week, entity: str, *, hops: int) -> frozenset[str]:
    """The entities within some relations of one."""
    near = frozenset({entity})
    for _ in range(hops):
        near = near.union(*(week.related.get(one, frozenset()) for one in near))
    return near
