"""Ways of steering a recorded stretch: the plan, the loops, and what is tried beside them."""

from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np

from haihe.model.record import Rows
from haihe.model.time import SECOND
from haihe.pack import Loop
from haihe.pack.loop import Tuned
from haihe.packs.traffic.dayplans import CHANGE_S
from haihe.packs.traffic.plan import Plan
from haihe.packs.traffic.signals.loop import signal_loop
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.control import LANE_HAND, tidal_loop
from haihe.packs.traffic.zone import AVENUE
from haihe.twin.lane_day import Flip
from haihe.twin.street_day import PLAN, StreetQuestion

STAGE_MOST_S: Final = 120  # ``limits``: the most red; whoever is not in the stage waits as long.
OFFSET: Final = "offset_s"
ACTS: Final = {"inbound": "in", "outbound": "out", "closed": "close"}
TIMETABLE: Final = {"who": "timetable", "reason": "turned by the clock"}
Told: TypeAlias = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Scheme:
    """One way of steering.

    name: as in ``StreetRun``.
    loops: that order; () leaves everything to the controllers' plans.
    plans: of every junction, in place of the plan in force; () for that.
    flips: when the lane is turned by a timetable.
    """

    name: str
    loops: tuple[Loop, ...] = ()
    plans: tuple[Plan, ...] = ()
    flips: tuple[Flip, ...] = ()


def schemes_of(site: Site, tide: pilot.Settings, *, asked: StreetQuestion) -> tuple[Scheme, ...]:
    """The loops as they run, the plan in force, then what is tried.

    Raises ValueError if a setting is not there, or out of reason.
    """
    running = _tuned((signal_loop(site), tidal_loop(tide)), asked.running)
    found = [Scheme("loops", running), Scheme("plan")]
    of_plan = tuple(one for one in asked.other if one[0].startswith(PLAN))
    of_loops = tuple(one for one in asked.other if one not in of_plan)
    if of_loops:
        found.append(Scheme("other", _tuned(running, of_loops)))
    if of_plan:
        found.append(Scheme("other-plan", plans=_changed(site, of_plan)))
    if asked.flips:
        found.append(Scheme("timetable", running[1:], flips=asked.flips))
    return tuple(found)


def settings_of(site: Site, tide: pilot.Settings) -> tuple[str, ...]:
    """The names of all that may be tried: numbers of the loops, then times of the plans."""
    plans = (
        f"{PLAN}{one.id}.{what}"
        for one, plan in zip(site.junctions, site.plans, strict=True)
        for what in (OFFSET, *_times(plan))
    )
    return (*_numbers((signal_loop(site), tidal_loop(tide))), *plans)


def hands_of(scheme: Scheme, *, begin_at: int) -> list[tuple[int, Rows]]:
    """The timetable as words to the lane's loop, which proves it empty first; by instant, ns.

    Before the first turn the lane is closed.
    """
    if not scheme.flips:
        return []
    turns = [(begin_at + SECOND, "closed"), *((one.at, one.way) for one in scheme.flips)]
    return [(at, _hand(ACTS[way], at=at)) for at, way in turns]


def _hand(act: str, *, at: int) -> Rows:
    words = {"act": act, **TIMETABLE}
    return Rows(
        stream=LANE_HAND.name,
        ids=(AVENUE.name,),
        codes=np.zeros(1, np.int32),
        observed_at=np.array([at], np.int64),
        numbers={},
        texts={name: np.array([word], dtype=object) for name, word in words.items()},
    )


def _tuned(loops: tuple[Loop, ...], told: Told) -> tuple[Loop, ...]:
    """The loops with other numbers: ``signals.patience_s``, ``tidal.hold_min``.

    Raises ValueError if one is not there, or out of reason.
    """
    known = _numbers(loops)
    by_loop: dict[str, dict[str, float]] = {loop.name: {} for loop in loops}
    for name, value in told:
        if name not in known:
            raise ValueError(
                f"there is no setting '{name}'; there are {', '.join(known)}, and "
                "plan.JUNCTION.offset_s and plan.JUNCTION.stage1_s."
            )
        loop = known[name]
        own = name.partition(".")[2]
        by_loop[loop.name][own] = _number(_control(loop), own, value=value)
    return tuple(
        replace(loop, control=_control(loop).with_numbers(by_loop[loop.name])) for loop in loops
    )


def _numbers(loops: tuple[Loop, ...]) -> dict[str, Loop]:
    """``signals.patience_s`` and all others, each with its loop."""
    return {f"{loop.name}.{name}": loop for loop in loops for name in _control(loop).numbers()}


def _control(loop: Loop) -> Any:
    """The loop's control, which has numbers to tune."""
    assert isinstance(loop.control, Tuned)
    return loop.control


def _number(control: Tuned, name: str, *, value: float) -> float:
    """A number as the control takes it.

    Raises ValueError if it must be whole and is not.
    """
    if not isinstance(control.numbers()[name], int):
        return value
    if value != round(value):
        raise ValueError(f"{name} is {value:g}; give a whole number.")
    return round(value)


def _changed(site: Site, told: Told) -> tuple[Plan, ...]:
    """The plans in force with other times.

    told: ``plan.J0101.offset_s`` or ``plan.J0101.stage1_s`` and whole seconds; stages count from 0.
    Raises ValueError if there is no such junction or stage, or no controller could show it.
    """
    plans = list(site.plans)
    names = [one.id for one in site.junctions]
    for name, value in told:
        junction, _, what = name.removeprefix(PLAN).partition(".")
        if junction not in names:
            raise ValueError(f"there is no junction '{junction}'; there are {', '.join(names)}.")
        if value != round(value):
            raise ValueError(f"{name} is {value:g}; give whole seconds.")
        at, seconds = names.index(junction), round(value)
        if what == OFFSET:
            plans[at] = _shifted(plans[at], seconds, name=name)
            continue
        known = _times(plans[at])
        if what not in known:
            raise ValueError(f"{junction} has no {what}; it has {OFFSET}, {', '.join(known)}.")
        stage = known[what]
        least_s = int(site.tables.stage_least_s[at, stage]) + CHANGE_S
        plans[at] = _stretched(
            plans[at], stage, reach=(least_s, STAGE_MOST_S), told=(name, seconds)
        )
    return tuple(plans)


def _times(plan: Plan) -> dict[str, int]:
    """``stage0_s`` and all others that the plan shows, each with its stage."""
    return {f"stage{k}_s": k for k in sorted(set(plan.stage.tolist()))}


def _shifted(plan: Plan, offset_s: int, *, name: str) -> Plan:
    if not 0 <= offset_s < plan.cycle_s:
        raise ValueError(
            f"{name} is {offset_s}; give 0 to {plan.cycle_s - 1}, the cycle's seconds."
        )
    return Plan(plan.stage, offset_s)


def _stretched(plan: Plan, stage: int, *, reach: tuple[int, int], told: tuple[str, int]) -> Plan:
    """The plan with a stage, its change before it included, as long as told."""
    name, seconds = told
    if not reach[0] <= seconds <= reach[1]:
        raise ValueError(
            f"{name} is {seconds}; give {reach[0]} to {reach[1]}: its least green with the change "
            "before it, and what whoever waits for it may be asked to wait."
        )
    own = plan.stage == stage
    begins = np.flatnonzero(own & ~np.roll(own, 1))
    if len(begins) != 1:
        raise ValueError(f"{name}: the stage comes more than once in a cycle; say offsets only.")
    rest = np.roll(plan.stage, -int(begins[0]))[own.sum() :]
    longer = np.concatenate([np.full(seconds, stage), rest]).astype(np.int64)
    return Plan(longer, (plan.offset_s + int(begins[0])) % len(longer))
