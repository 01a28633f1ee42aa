"""What the loops were worth on a recorded stretch, and what other settings had been."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import FloatArray
from haihe.model.record import Batch
from haihe.model.time import MINUTE
from haihe.pack import Loop
from haihe.pack.study import Reading, Study
from haihe.packs.traffic.backtest.driven import Driven, drive
from haihe.packs.traffic.backtest.recorded import WARM_MIN, Recorded, recorded_of
from haihe.packs.traffic.backtest.told import TITLES, does_not_fit, sentence
from haihe.packs.traffic.control.settings import Settings
from haihe.packs.traffic.signals.loop import signal_loop
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.streams import ROAD_FLOW
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.control import LANE_FLOW, tidal_loop
from haihe.packs.traffic.zone import AVENUE, approaches
from haihe.twin.lane_day import Spread
from haihe.twin.street_day import RoadFit, StreetAnswer, StreetFit, StreetQuestion, StreetRun

GEH_MOST: Final = 5.0  # FHWA Traffic Analysis Toolbox III: of 85 % of the roads.
CLOSE_LEAST: Final = 0.85  # As above.
WITHIN: Final = 0.15  # As above: travel times within 15 %.
WITHIN_VEH_H: Final = 5.0  # Ours: where hardly anybody waits, 15 % of it are nothing.
TIDAL: Final = ("hold_min", "factor", "gain_least_veh_h", "share_least")
FIXED: Final = ("slot_s",)  # The loop's own clock.
Tell = Callable[[float], None]


def backtest(site: Site, tide: pilot.Settings) -> Study[StreetQuestion, StreetAnswer]:
    """The study of the zone's streets, for a pack; both as their loops have them."""
    roads = _roads(site)
    return Study(
        name="backtest",
        title=Text(zh="信号与潮汐回测", en="signals and lane on a recorded day"),
        streams=(ROAD_FLOW, LANE_FLOW),
        question=StreetQuestion,
        reads=lambda asked: Reading(
            (*roads, AVENUE.name), asked.from_at - WARM_MIN * MINUTE, asked.to_at + MINUTE
        ),
        answer=lambda asked, past, *, tell: answered(site, tide, asked=asked, past=past, tell=tell),
    )


def answered(
    site: Site,
    tide: pilot.Settings,
    *,
    asked: StreetQuestion,
    past: Mapping[str, Batch],
    tell: Tell,
) -> StreetAnswer:
    """What was asked, from the roads' records; refused in words where they do not carry it.

    past: by stream; slots are ordinals of the roads, then the lane.
    tell: is called with the part done, 0 to 1.
    Raises ValueError if a setting to try is not there or cannot be.
    """
    schemes: dict[str, Sequence[Loop]] = {"loops": _loops(site, tide), "plan": ()}
    if asked.other:
        schemes["other"] = _loops(*_with(site, tide, other=asked.other))
    record = recorded_of(
        _roads(site),
        past[ROAD_FLOW.name],
        lane=past[LANE_FLOW.name],
        from_at=asked.from_at,
        to_at=asked.to_at,
    )
    if isinstance(record, Text):
        return StreetAnswer(asked.from_at, asked.to_at, record, 0.0, (), (), record)
    done, minutes = [0], record.flow_veh_h.shape[1] * asked.seeds * len(schemes)

    def minute() -> None:
        done[0] += 1
        tell(done[0] / minutes)

    found: dict[str, list[Driven]] = {}
    fits: list[StreetFit] = []
    for name in ("loops", "plan"):
        drives = [drive(record, schemes[name], seed=at, tell=minute) for at in range(asked.seeds)]
        found[name] = drives
        fits.append(fit_of(name, record, drives=drives))
    came = float(record.came_veh.sum())
    answer = StreetAnswer(
        asked.from_at, asked.to_at, None, came, tuple(fits), (), sentence=Text("", "")
    )
    if not any(fit.is_good for fit in fits):
        refused = does_not_fit(fits[0])
        return replace(answer, refused=refused, sentence=refused)
    if asked.other:
        found["other"] = [
            drive(record, schemes["other"], seed=at, tell=minute) for at in range(asked.seeds)
        ]
    plan = [one.lost_veh_h for one in found["plan"]]
    runs = tuple(
        _run(name, found[name], roads=record.roads, plan=plan)
        for name in ("plan", "loops", "other")
        if name in found
    )
    return replace(answer, runs=runs, sentence=sentence(runs, fits))


def fit_of(name: str, record: Recorded, *, drives: Sequence[Driven]) -> StreetFit:
    """How well these drives give back what was recorded."""
    flow, waiting = (
        table[:, record.warm :].mean(axis=1) for table in (record.flow_veh_h, record.waiting_veh)
    )
    hours = (record.flow_veh_h.shape[1] - record.warm) / 60
    twin_flow = np.mean([one.flow_veh_h.mean(axis=1) for one in drives], axis=0)
    twin_waiting = np.mean([one.waiting_veh.mean(axis=1) for one in drives], axis=0)
    close = float((_geh(flow, twin_flow) < GEH_MOST).mean())
    waited, twin_waited = (float(one.sum()) * hours for one in (waiting, twin_waiting))
    near = abs(twin_waited - waited) <= max(WITHIN * waited, WITHIN_VEH_H)
    return StreetFit(
        run=name,
        waited_veh_h=waited,
        twin_waited_veh_h=twin_waited,
        passed_veh=float(flow.sum()) * hours,
        twin_passed_veh=float(twin_flow.sum()) * hours,
        close=close,
        waiting_error_veh=float(np.sqrt(((waiting - twin_waiting) ** 2).mean())),
        is_good=near and close >= CLOSE_LEAST,
        roads=tuple(
            RoadFit(road, *(float(one) for one in row))
            for road, *row in zip(record.roads, flow, twin_flow, waiting, twin_waiting, strict=True)
        ),
    )


def _geh(counted_veh_h: FloatArray, driven_veh_h: FloatArray) -> FloatArray:
    """float64 (road,): how far apart two hourly volumes are, as engineers weigh it."""
    mean = np.maximum((counted_veh_h + driven_veh_h) / 2, 1.0)
    apart: FloatArray = np.abs(counted_veh_h - driven_veh_h) / np.sqrt(mean)
    return apart


def _run(
    name: str, drives: Sequence[Driven], *, roads: tuple[str, ...], plan: list[float]
) -> StreetRun:
    lost = [one.lost_veh_h for one in drives]
    first = drives[0].waiting_veh.max(axis=1)
    return StreetRun(
        name=name,
        title=TITLES[name],
        lost_veh_h=_spread(lost),
        saved_veh_h=_spread([was - now for was, now in zip(plan, lost, strict=True)]),
        worst_queue_veh=_spread([float(one.waiting_veh.max()) for one in drives]),
        worst_road=roads[int(first.argmax())],
        stops=_spread([one.stops for one in drives]),
        stranded=sum(one.stranded for one in drives),
    )


def _spread(values: list[float]) -> Spread:
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)))


def _roads(site: Site) -> tuple[str, ...]:
    """The entities of all roads with a stop line, sorted."""
    lanes = (lane for one in site.network.junctions for lane in approaches(one))
    return tuple(sorted({f"road/{lane.rpartition('_')[0]}" for lane in lanes}))


def _loops(site: Site, tide: pilot.Settings) -> tuple[Loop, ...]:
    return signal_loop(site), tidal_loop(tide)


def _with(
    site: Site, tide: pilot.Settings, *, other: tuple[tuple[str, float], ...]
) -> tuple[Site, pilot.Settings]:
    """Both with the settings that are to be tried.

    Raises ValueError if one is not there, or is out of reason.
    """
    names = [one.name for one in fields(Settings) if one.name not in FIXED]
    known = [*(f"signals.{name}" for name in names), *(f"tidal.{name}" for name in TIDAL)]
    for name, value in other:
        if name not in known:
            raise ValueError(f"there is no setting '{name}'; there are {', '.join(known)}.")
        if not 0 <= value <= 1_000:
            raise ValueError(f"{name} is {value:g}; give a number from 0 to 1,000.")
    told = dict(other)
    signals: dict[str, float] = {}
    for name in names:
        if f"signals.{name}" in told:
            value = told[f"signals.{name}"]
            is_whole = isinstance(getattr(site.settings, name), int)
            signals[name] = round(value) if is_whole else value
    worth = {name: told[f"tidal.{name}"] for name in TIDAL[1:] if f"tidal.{name}" in told}
    hold = told.get("tidal.hold_min")
    return (
        replace(site, settings=replace(site.settings, **signals)),  # type: ignore[arg-type]  # By name.
        replace(
            tide,
            worth=replace(tide.worth, **worth),
            minimum_hold=tide.minimum_hold if hold is None else round(hold * MINUTE),
        ),
    )
