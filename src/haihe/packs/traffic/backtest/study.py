"""What the loops were worth on a recorded stretch, and what else had been."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import FloatArray
from haihe.model.record import Batch
from haihe.model.time import MINUTE
from haihe.pack.study import Reading, Study
from haihe.packs.traffic.backtest.driven import drive
from haihe.packs.traffic.backtest.recorded import WARM_MIN, Recorded, recorded_of
from haihe.packs.traffic.backtest.scheme import Scheme, schemes_of, settings_of
from haihe.packs.traffic.backtest.told import TITLES, does_not_fit, doubts, sentence
from haihe.packs.traffic.backtest.watched import Driven
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.streams import ROAD_FLOW
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.control import LANE_FLOW
from haihe.packs.traffic.zone import AVENUE, approaches
from haihe.twin.lane_day import Spread
from haihe.twin.street_day import (
    PLAN,
    RoadFit,
    RoadRun,
    StreetAnswer,
    StreetFit,
    StreetQuestion,
    StreetRun,
)

GEH_MOST: Final = 5.0  # FHWA Traffic Analysis Toolbox III: of 85 % of the roads.
CLOSE_LEAST: Final = 0.85  # As above.
WITHIN: Final = 0.15  # As above: travel times within 15 %.
WITHIN_VEH_H: Final = 5.0  # Ours: where hardly anybody waits, 15 % of it are nothing.
STEPS: Final = 240  # Ours: of a curve; a phone is not wider.
SHOWN: Final = ("plan", "loops", "other", "other-plan", "timetable")
Tell = Callable[[float], None]


def backtest(site: Site, tide: pilot.Settings) -> Study[StreetQuestion, StreetAnswer]:
    """The study of the zone's streets, for a pack; both as their loops have them."""
    roads = _roads(site)

    def reads(asked: StreetQuestion) -> Reading:
        schemes_of(site, tide, asked=asked)  # Before anything is read: what cannot be tried.
        span = asked.from_at - WARM_MIN * MINUTE, asked.to_at + MINUTE
        return Reading((*roads, AVENUE.name), *span)

    return Study(
        name="backtest",
        title=Text(zh="信号与潮汐回测", en="signals and lane on a recorded day"),
        streams=(ROAD_FLOW, LANE_FLOW),
        question=StreetQuestion,
        reads=reads,
        answer=lambda asked, past, *, tell: answered(site, tide, asked=asked, past=past, tell=tell),
        settings=settings_of(site, tide),
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
    schemes = schemes_of(site, tide, asked=asked)
    record = recorded_of(
        _roads(site),
        past[ROAD_FLOW.name],
        lane=past[LANE_FLOW.name],
        from_at=asked.from_at,
        to_at=asked.to_at,
    )
    if isinstance(record, Text):
        return StreetAnswer(
            asked.from_at, asked.to_at, asked.seeds, record, 0.0, MINUTE, (), (), (), record
        )
    done, minutes = [0], record.flow_veh_h.shape[1] * asked.seeds * len(schemes)

    def minute() -> None:
        done[0] += 1
        tell(done[0] / minutes)

    found: dict[str, list[Driven]] = {}
    for scheme in schemes[:2]:
        found[scheme.name] = _drives(record, scheme, seeds=asked.seeds, tell=minute)
    fits = tuple(fit_of(name, record, drives=drives) for name, drives in found.items())
    answer = _empty(record, asked=asked, fits=fits)
    if not any(fit.is_good for fit in fits):
        return replace(answer, refused=does_not_fit(fits[0]), sentence=does_not_fit(fits[0]))
    for scheme in schemes[2:]:
        found[scheme.name] = _drives(record, scheme, seeds=asked.seeds, tell=minute)
    runs = tuple(_run(name, found, asked=asked, record=record) for name in SHOWN if name in found)
    refused = max((one.refused for one in found.get("other-plan", ())), default=0)
    return replace(
        answer,
        runs=runs,
        sentence=sentence(runs, fits),
        doubts=doubts(runs, fits, refused_s=refused),
    )


def _drives(
    record: Recorded, scheme: Scheme, *, seeds: int, tell: Callable[[], None]
) -> list[Driven]:
    return [drive(record, scheme, seed=at, tell=tell) for at in range(seeds)]


def _empty(record: Recorded, *, asked: StreetQuestion, fits: tuple[StreetFit, ...]) -> StreetAnswer:
    """The answer before anything is compared."""
    step = _step(record)
    return StreetAnswer(
        from_at=asked.from_at,
        to_at=asked.to_at,
        seeds=asked.seeds,
        refused=None,
        came_veh=float(record.came_veh.sum()),
        every=step * MINUTE,
        waiting_veh=_curve(record.waiting_veh[:, record.warm :].sum(axis=0), step=step),
        fits=fits,
        runs=(),
        sentence=Text("", ""),
    )


def _step(record: Recorded) -> int:
    """Minutes of a curve's step."""
    minutes: int = record.flow_veh_h.shape[1] - record.warm
    return -(-minutes // STEPS)


def _curve(by_minute: FloatArray, *, step: int) -> tuple[float, ...]:
    """The means of the steps; the last may be shorter."""
    begins = np.arange(0, len(by_minute), step)
    sums = np.add.reduceat(by_minute, begins)
    sizes = np.diff(np.append(begins, len(by_minute)))
    return tuple((sums / sizes).round(2).tolist())


def fit_of(name: str, record: Recorded, *, drives: Sequence[Driven]) -> StreetFit:
    """How well these drives give back what was recorded."""
    flow, waiting = (
        table[:, record.warm :].mean(axis=1) for table in (record.flow_veh_h, record.waiting_veh)
    )
    hours = (record.flow_veh_h.shape[1] - record.warm) / 60
    twin_flow = np.mean([one.flow_veh_h for one in drives], axis=0)
    twin_waiting = np.mean([one.waiting_veh for one in drives], axis=0)
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
    name: str, found: Mapping[str, list[Driven]], *, asked: StreetQuestion, record: Recorded
) -> StreetRun:
    drives = found[name]
    lost = [one.lost_veh_h for one in drives]
    saved = [was.lost_veh_h - now for was, now in zip(found["plan"], lost, strict=True)]
    waiting = np.stack([one.waiting_veh for one in drives])
    worst = np.stack([one.worst_veh for one in drives])
    flow = np.mean([one.flow_veh_h for one in drives], axis=0)
    by_minute = np.mean([one.waiting_by_minute for one in drives], axis=0)
    return StreetRun(
        name=name,
        title=TITLES[name],
        settings=_settings(name, asked),
        lost_veh_h=_spread(lost),
        lost_worst_veh_h=max(lost),
        saved_veh_h=_spread(saved),
        saved_least_veh_h=min(saved),
        worst_queue_veh=_spread(worst.max(axis=1).tolist()),
        worst_road=record.roads[int(worst[0].argmax())],
        stops=_spread([one.stops for one in drives]),
        stranded=sum(one.stranded for one in drives),
        roads=tuple(
            RoadRun(
                road, float(flow[at]), _spread(waiting[:, at].tolist()), float(worst[:, at].max())
            )
            for at, road in enumerate(record.roads)
        ),
        waiting_veh=_curve(by_minute, step=_step(record)),
    )


def _settings(name: str, asked: StreetQuestion) -> tuple[tuple[str, float], ...]:
    """What of a way of steering is not as shipped."""
    if name == "other-plan":
        return tuple(one for one in asked.other if one[0].startswith(PLAN))
    if name == "other":
        tried = {name: value for name, value in asked.other if not name.startswith(PLAN)}
        return tuple({**dict(asked.running), **tried}.items())
    return asked.running if name == "loops" else ()


def _spread(values: list[float]) -> Spread:
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)))


def _roads(site: Site) -> tuple[str, ...]:
    """The entities of all roads with a stop line, sorted."""
    lanes = (lane for one in site.network.junctions for lane in approaches(one))
    return tuple(sorted({f"road/{lane.rpartition('_')[0]}" for lane in lanes}))
