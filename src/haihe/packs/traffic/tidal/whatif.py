"""What if the lane had turned at 7:10? A recorded day, driven again otherwise, with its honesty."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import FloatArray
from haihe.model.record import Batch
from haihe.model.time import MINUTE, SECOND
from haihe.pack.study import Reading, Study
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.control import LANE_EVENT, LANE_FLOW
from haihe.packs.traffic.tidal.corridor import STEP_S
from haihe.packs.traffic.tidal.lanes import Lane, Way
from haihe.packs.traffic.tidal.recorded import (
    AROUND,
    COUNTED_MIN,
    Recorded,
    clock,
    recorded_of,
    turns_of,
)
from haihe.packs.traffic.tidal.replayed import (
    Day,
    Plan,
    Played,
    as_asked,
    as_recorded,
    drawn_arrivals,
    held,
    mean_arrivals,
    step_of,
)
from haihe.packs.traffic.tidal.told import TITLES, does_not_fit, sentence
from haihe.twin.lane_day import (
    SPAN_LEAST,
    Band,
    Fit,
    Flip,
    LaneAnswer,
    LaneQuestion,
    LaneRun,
    OtherLoop,
    Spread,
    WayName,
)

FACTORS: Final = np.arange(0.6, 1.601, 0.05)  # Ours: a capacity told worse than that is no setting.
RED_MOST_S: Final = 60.0  # Ours: half of the longest lawful red; who waits longer waits in a queue.
TINY: Final = 1e-9  # Ours: of a vehicle; so that nothing is divided by nothing.
CROWDED_VEH: Final = 20.0  # Ours: below it queues say nothing of a capacity.
# FHWA Traffic Analysis Toolbox III: a model's travel times are to lie within 15 % of what was seen.
WITHIN: Final = 0.15
WITHIN_VEH_H: Final = 5.0  # Ours: where hardly anybody waits, 15 % of it are nothing.
WITHIN_VEH: Final = 10.0  # Ours: as above; what a queue's measurement is wrong by.
GONE_VEH: Final = 10.0  # Ours: fewer than ten vehicles one way wait at any red.
GRID_MOST: Final = 12  # Ours: instants of the coarse grid, 79 pairs of them.
GRID_LEAST_MIN: Final = 15  # Ours: no finer than that; nobody turns a sign by the minute.
GRID_SEEDS: Final = 2  # Ours: enough to choose; the chosen is driven with all.
WAYS: Final[Mapping[WayName, Way]] = {
    "closed": Way.NONE,
    "inbound": Way.IN,
    "outbound": Way.OUT,
}
NAMES: Final[Mapping[int, WayName]] = {int(way): name for name, way in WAYS.items()}
Tell = Callable[[float], None]


def what_if(settings: pilot.Settings) -> Study[LaneQuestion, LaneAnswer]:
    """The study of these lanes, for a pack; ``settings`` as their loop has them."""
    return Study(
        name="what-if",
        title=Text(zh="假如潮汐车道另行换向", en="what if the lane had turned otherwise"),
        streams=(LANE_EVENT, LANE_FLOW),
        question=LaneQuestion,
        reads=lambda asked: Reading((asked.lane,), asked.from_at - AROUND, asked.to_at + AROUND),
        answer=lambda asked, past, *, tell: answered(settings, asked, past=past, tell=tell),
    )


def answered(
    settings: pilot.Settings, asked: LaneQuestion, *, past: Mapping[str, Batch], tell: Tell
) -> LaneAnswer:
    """What was asked, from the lane's records; refused in words where they do not carry it.

    tell: is called with the part done, 0 to 1.
    Raises ValueError if there is no such lane.
    """
    lane = next((one for one in settings.lanes if one.name == asked.lane), None)
    if lane is None:
        known = ", ".join(one.name for one in settings.lanes) or "none"
        raise ValueError(f"there is no lane '{asked.lane}'; there is {known}.")
    if asked.may_begin_later:
        asked = replace(asked, from_at=_begin(asked, past))
    record = _open_from_the_begin(lane, asked, past=past)
    if isinstance(record, Text):
        return LaneAnswer(
            lane.name, asked.from_at, asked.to_at, record, None, (), (), (), (), record
        )
    fit, twin = fitted(Day(settings, lane, record))
    answer = LaneAnswer(
        lane=lane.name,
        from_at=record.began_at,
        to_at=record.began_at + record.demand_veh_h.shape[1] * MINUTE,
        refused=None,
        fit=fit,
        demand_veh_h=_rows(record.counted_veh_h),
        queue_veh=_rows(record.queue_veh),
        twin_queue_veh=_rows(twin),
        runs=(),
        sentence=Text("", ""),
    )
    if not fit.is_good:
        refused = does_not_fit(fit)
        return replace(answer, refused=refused, sentence=refused)
    runs = _runs(Day(settings, lane, record, fit.capacity_factor), asked, tell=tell)
    return replace(answer, runs=runs, sentence=sentence(runs, from_at=record.began_at))


def _open_from_the_begin(
    lane: Lane, asked: LaneQuestion, *, past: Mapping[str, Batch]
) -> Recorded | Text:
    """The record of a stretch that begins while the lane is open; in words why there is none.

    Driven from closed, no lane would ever open: only a person could say that it is empty, and every
    other course would be compared with a lane that stayed shut.
    """
    record = _recorded(lane, asked, past=past)
    if isinstance(record, Text) or record.shown[0] != Way.NONE:
        return record
    opens = np.flatnonzero(record.shown != Way.NONE)
    closed = clock(record.began_at)
    if not len(opens):
        return Text(
            zh=f"{closed} 起整段时间车道都关闭, 没有可推演的换向; 请选车道开放的时段",
            en=f"the lane was closed all the time from {closed} on, so there is no turn to try; "
            "choose a stretch in which it was open",
        )
    open_at = record.began_at + int(opens[0]) * STEP_S * SECOND
    begin = -(-open_at // MINUTE) * MINUTE
    if asked.may_begin_later and begin <= _latest(asked):
        later = _recorded(lane, replace(asked, from_at=begin), past=past)
        if isinstance(later, Text) or later.shown[0] != Way.NONE:
            return later
    return Text(
        zh=f"{closed} 车道处于关闭状态, 推演须从车道开放时开始; 它在 {clock(begin)} 已开放, "
        "请以此为开始时间, 换向也须在其后",
        en=f"the lane is closed at {closed}, and a what-if has to begin while it is open; it is "
        f"open at {clock(begin)}: begin there, and turn it later than that",
    )


def _recorded(lane: Lane, asked: LaneQuestion, *, past: Mapping[str, Batch]) -> Recorded | Text:
    return recorded_of(
        lane,
        past[LANE_FLOW.name],
        events=past[LANE_EVENT.name],
        from_at=asked.from_at,
        to_at=asked.to_at,
    )


def _latest(asked: LaneQuestion) -> int:
    """When a stretch that may begin later has to have begun; ns."""
    return min([asked.to_at - SPAN_LEAST, *(flip.at for flip in asked.flips)])


def _begin(asked: LaneQuestion, past: Mapping[str, Batch]) -> int:
    """Where the record begins within the stretch: demand is told, and a sign has opened the lane.

    The stretch's own begin where too little would be left: then the answer tells the hole.
    """
    flow, events = past[LANE_FLOW.name], past[LANE_EVENT.name]
    greens = events.observed_at[events.numbers["code"] == Code.GREEN]
    if not len(flow) or not len(greens):
        return asked.from_at
    told = max(int(flow.observed_at.min()), int(greens.min()))
    begin = max(asked.from_at, -(-told // MINUTE) * MINUTE)
    return begin if begin <= _latest(asked) else asked.from_at


def fitted(day: Day) -> tuple[Fit, FloatArray]:
    """How well the twin gives back the record, and its queues, float64 (way, minute).

    Two numbers are fitted: the capacity of a lane's end, where there were queues to tell it, and
    how long each stands at red lights, which the corridor does not have. Compared is ten minutes by
    ten: a queue that is looked at each minute comes and goes with the signals.
    """
    record = day.record
    seen = _smooth(record.queue_veh)
    worst = float(seen.max(initial=0.0))
    factors = FACTORS if worst >= CROWDED_VEH else np.ones(1)
    entries = np.repeat(mean_arrivals(record)[:, None], len(factors), axis=1)
    played = as_recorded(day, entries=entries, factors=factors)
    queues = np.moveaxis(played.queue_veh, 0, 2)  # (corridor, way, minute)
    each_s = _smooth(record.demand_veh_h) / 3600
    lacking = seen - _smooth(queues)
    red_s = np.clip(
        (lacking * each_s).sum(axis=(1, 2)) / max((each_s**2).sum(), TINY), 0, RED_MOST_S
    )
    left = lacking - red_s[:, None, None] * each_s
    off = np.sqrt((left**2).sum(axis=1).mean(axis=1))
    best = int(off.argmin())
    twin = queues[best] + red_s[best] * each_s
    waited, twin_waited = (float(one.sum()) / 60 for one in (record.queue_veh, twin))
    inside = played.inside_veh[:, best] - record.inside_veh
    near = abs(twin_waited - waited) <= max(WITHIN * waited, WITHIN_VEH_H)
    fit = Fit(
        capacity_factor=float(factors[best]),
        red_s=float(red_s[best]),
        waited_veh_h=waited,
        twin_waited_veh_h=twin_waited,
        error_veh=float(off[best]),
        worst_veh=worst,
        inside_error_veh=float(np.sqrt((inside**2).mean())),
        late_s=float(played.late_s[best]),
        is_good=near and float(off[best]) <= max(WITHIN * worst, WITHIN_VEH),
    )
    return fit, twin


def _smooth(values: FloatArray) -> FloatArray:
    """Means over the ten minutes around each; fewer at the ends."""
    sums = np.cumsum(values, axis=-1)
    sums = np.concatenate([np.zeros_like(sums[..., :1]), sums], axis=-1)
    minute = np.arange(values.shape[-1])
    begin = np.maximum(minute - COUNTED_MIN // 2, 0)
    end = np.minimum(minute + COUNTED_MIN // 2, values.shape[-1])
    means: FloatArray = (sums[..., end] - sums[..., begin]) / (end - begin)
    return means


def _plan(day: Day, turns: tuple[tuple[int, Way], ...]) -> Plan:
    """The plan of these turns: (ns, way)."""
    return Plan(acts=tuple((step_of(day.record, at), held(way)) for at, way in turns))


def _runs(day: Day, asked: LaneQuestion, *, tell: Tell) -> tuple[LaneRun, ...]:
    """All runs, the recorded signs first; each with the same arrivals."""
    entries = drawn_arrivals(day.record, seeds=asked.seeds)
    plans: dict[str, Plan] = {}
    if asked.flips:
        plans["asked"] = _plan(day, tuple((flip.at, WAYS[flip.way]) for flip in asked.flips))
    plans["never"], plans["loop"] = Plan(), Plan(is_loop=True)
    if asked.search:
        few = entries[:, :GRID_SEEDS]
        plans["best"] = _best(day, entries=few, tell=_part(tell, 0.0, end=0.5))
    recorded = as_recorded(day, entries=entries, factors=np.full(asked.seeds, day.factor))
    main = _part(tell, 0.5 if asked.search else 0.0, end=0.9)
    played = as_asked(day, tuple(plans.values()), entries=entries, tell=main)
    lost = recorded.lost_veh_h
    runs = [_run("recorded", recorded, at=0, day=day, lost=lost)]
    runs += [_run(name, played, at=at, day=day, lost=lost) for at, name in enumerate(plans)]
    if asked.other is not None:
        trial = replace(day, settings=_with(day.settings, asked.other))
        loop = (Plan(is_loop=True),)
        other = as_asked(trial, loop, entries=entries, tell=_part(tell, 0.9, end=1.0))
        runs.append(_run("other", other, at=0, day=day, lost=lost))
    tell(1.0)
    return tuple(runs)


def _part(tell: Tell, begin: float, *, end: float) -> Tell:
    return lambda done: tell(begin + (end - begin) * done)


def _with(settings: pilot.Settings, other: OtherLoop) -> pilot.Settings:
    """The settings with those that are to be tried."""
    told = {name: getattr(other, name) for name in ("factor", "gain_least_veh_h", "share_least")}
    worth = replace(
        settings.worth, **{name: value for name, value in told.items() if value is not None}
    )
    hold = other.minimum_hold_min
    return replace(
        settings,
        worth=worth,
        minimum_hold=settings.minimum_hold if hold is None else round(hold * MINUTE),
    )


def _best(day: Day, *, entries: FloatArray, tell: Tell) -> Plan:
    """The best of a coarse grid: away at one instant and back at another, or not at all."""
    record = day.record
    minutes = record.demand_veh_h.shape[1]
    every = max(GRID_LEAST_MIN, -(-minutes // GRID_MOST))
    times = [record.began_at + minute * MINUTE for minute in range(0, minutes, every)]
    home = Way(int(record.shown[0])) or Way.OUT
    away = Way.IN if home is Way.OUT else Way.OUT
    pairs = [_plan(day, ((at, away),)) for at in times]
    pairs += [_plan(day, ((at, away), (back, home))) for at, back in combinations(times, 2)]
    plans = (Plan(), *pairs)
    played = as_asked(day, plans, entries=entries, tell=tell)
    lost = played.lost_veh_h.reshape(len(plans), -1).mean(axis=1)
    stranded = played.stranded.reshape(len(plans), -1).sum(axis=1)
    return plans[int(np.where(stranded > 0, np.inf, lost).argmin())]


def _run(name: str, played: Played, *, at: int, day: Day, lost: FloatArray) -> LaneRun:
    """What the ``at``-th plan came to; ``lost``: float64 (seed,), with the recorded signs."""
    seeds, began_at = len(lost), day.record.began_at
    part = slice(at * seeds, (at + 1) * seeds)
    queue = played.queue_veh[:, part]
    # A recorded sign has been amber too: its turns begin as they were recorded.
    turns = [
        turns_of(played.lit[:, one], played.shown[:, one], began_at=began_at)
        for one in range(part.start, part.stop)
    ]
    if name == "recorded":
        turns = [day.record.turns] * seeds
    took = [(turn.opened_at - turn.began_at) / SECOND for each in turns for turn in each]
    longest = queue.max(axis=2)
    busy = longest >= GONE_VEH
    last = len(busy) - busy[::-1].argmax(axis=0).astype(np.float64)
    gone = last[busy.any(axis=0)]
    return LaneRun(
        name=name,
        title=TITLES[name],
        flips=tuple(Flip(turn.began_at, NAMES[int(turn.way)]) for turn in turns[0]),
        bands=_bands(played.shown[:, part.start].tolist(), began_at=began_at),
        lost_veh_h=_spread(played.lost_veh_h[part]),
        saved_veh_h=_spread(lost - played.lost_veh_h[part]),
        worst_queue_veh=_spread(longest.max(axis=0)),
        gone_min=_spread(gone) if len(gone) * 2 > seeds else None,
        left_veh=float(queue[-1].sum(axis=1).mean()),
        clearing_s=_spread(np.array(took)) if took else None,
        stranded=int(played.stranded[part].sum()),
        asks=int(played.asks[part].sum()),
        queue_veh=(_row(queue[..., 0].mean(axis=1)), _row(queue[..., 1].mean(axis=1))),
    )


def _bands(ways: list[int], *, began_at: int) -> tuple[Band, ...]:
    """Stretches of the same way."""
    edges = [0, *(at for at in range(1, len(ways)) if ways[at] != ways[at - 1]), len(ways)]
    step = STEP_S * SECOND
    return tuple(
        Band(began_at + begin * step, began_at + end * step, NAMES[ways[begin]])
        for begin, end in pairwise(edges)
    )


def _spread(values: FloatArray) -> Spread:
    return Spread(float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0)


def _row(values: FloatArray) -> tuple[float, ...]:
    """Tenths are enough of a vehicle, and short to send."""
    return tuple(np.round(values, 1).tolist())


def _rows(values: FloatArray) -> tuple[tuple[float, ...], ...]:
    return tuple(_row(row) for row in values)
