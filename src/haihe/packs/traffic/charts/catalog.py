"""The measures an engineer is shown: each by phase and bin, and how phases make one figure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import HOUR, SECOND
from haihe.packs.traffic.measures import counts, cycles, split_failures, waits
from haihe.packs.traffic.measures.events import Code, Detectors, Events, Function, served
from haihe.packs.traffic.measures.groups import Column, binned


@dataclass(frozen=True)
class Found:
    """A measure's rows; columns of one length.

    at: int64, when the bin begins; ns. of: what each is of, int64 phases or object endings.
    value, weight: float64; a mean over rows is weighted.
    """

    at: IntArray
    of: Column
    value: FloatArray
    weight: FloatArray


@dataclass(frozen=True)
class Part:
    """What a measure is made from: a junction's events, a bin's length (ns), its detectors."""

    events: Events
    length: int
    detectors: Detectors


@dataclass(frozen=True)
class Kind:
    """One measure.

    about: what it tells. nothing: why there may be no row though the controller told something.
    make: its rows. needs: detectors without which there are none.
    adds: whether phases add up; else they are averaged. A bin without a row is then 0.
    hourly: whether it counts, so that spans are compared by the hour.
    better: 1 if more is better, -1 if less is, 0 if neither; None if no figure is made of all.
    """

    name: str
    title: Text
    about: Text
    unit: str
    nothing: Text
    make: Callable[[Part], Found]
    needs: Function | None = None
    adds: bool = False
    hourly: bool = False
    better: int | None = 0


def _found(at: IntArray, of: Column, *, value: Column, weight: Column) -> Found:
    return Found(
        np.asarray(at), np.asarray(of), np.asarray(value, float), np.asarray(weight, float)
    )


def _volume(part: Part) -> Found:
    source, uses = part.detectors.uses(Function.COUNT)
    ons = part.events.of(Code.DETECTOR_ON)
    rows, phase = served(ons, source=source, phase=uses)
    bins = binned(ons.at[rows], part.length, phase % (1 << 16))
    hourly = bins.counts * (HOUR / part.length)
    return _found(bins.keys[0], bins.keys[1], value=hourly, weight=bins.counts)


def _arrivals(part: Part) -> Found:
    table = cycles.arrivals_on_green(part.events, part.length, detectors=part.detectors)
    share, total = np.asarray(table["share"]) * 100, table["total"]
    return _found(table["bin_at"], table["phase"], value=share, weight=total)


def _failures(part: Part) -> Found:
    table = split_failures.split_failures(part.events, part.length, detectors=part.detectors)
    value = table["failures"]
    return _found(table["bin_at"], table["phase"], value=value, weight=np.ones(len(value)))


def _occupancy(part: Part) -> Found:
    table = split_failures.split_failures(part.events, part.length, detectors=part.detectors)
    value = np.asarray(table["green_occupancy"]) * 100
    return _found(table["bin_at"], table["phase"], value=value, weight=np.ones(len(value)))


def _greens(part: Part) -> Found:
    told = part.events.of(Code.GREEN, Code.YELLOW)
    order = np.lexsort((told.at, told.parameter))
    told = told.take(order)
    rows = np.flatnonzero(
        (told.code[:-1] == Code.GREEN)
        & (told.code[1:] == Code.YELLOW)
        & (told.parameter[1:] == told.parameter[:-1])
    )
    lasted = (told.at[rows + 1] - told.at[rows]) / SECOND
    bins = binned(told.at[rows], part.length, told.parameter[rows])
    return _found(bins.keys[0], bins.keys[1], value=bins.mean(lasted), weight=bins.counts)


def _endings(part: Part) -> Found:
    table = counts.terminations(part.events, part.length)
    return _found(table["bin_at"], table["ending"], value=table["total"], weight=table["total"])


def _full(part: Part) -> Found:
    table = counts.terminations(part.events, part.length)
    at, phase = np.asarray(table["bin_at"]), np.asarray(table["phase"])
    total = np.asarray(table["total"])
    bins = binned(at, part.length, phase)
    ends = bins.total(total)
    full = bins.total(total * (np.asarray(table["ending"]) != counts.ENDINGS[Code.GAP_OUT]))
    share = 100 * full / np.maximum(ends, 1)
    return _found(bins.keys[0], bins.keys[1], value=share, weight=ends)


def _late(part: Part) -> Found:
    table = cycles.yellow_red(part.events, part.length, detectors=part.detectors)
    late = np.asarray(table["state"]) == Code.RED
    late &= np.asarray(table["offset"]) <= SOON_S
    at, phase = np.asarray(table["bin_at"]), np.asarray(table["phase"])
    bins = binned(at, part.length, phase)
    entries = bins.total(np.asarray(table["total"]) * late)
    return _found(bins.keys[0], bins.keys[1], value=entries, weight=bins.counts)


def _phase_wait(part: Part) -> Found:
    table = waits.phase_wait(part.events, part.length)
    wait = table["wait"]
    return _found(table["bin_at"], table["phase"], value=wait, weight=np.ones(len(wait)))


def _walk_wait(part: Part) -> Found:
    table = waits.walk_wait(part.events, part.length)
    return _found(table["bin_at"], table["phase"], value=table["wait"], weight=table["samples"])


SOON_S: Final = 5.0  # Ours: who comes later stops on the loop and does not run the light.
NO_ENDINGS: Final = Text(
    zh="信号机没有报告绿灯如何结束（定时控制不报告）",
    en="the controller did not say how greens ended (fixed time never does)",
)
CATALOG: Final = (
    Kind(
        "volume", Text(zh="流量", en="Volume"),
        Text(zh="停车线通过的车辆，按相位", en="vehicles over the stop line, by phase"), "veh/h",
        Text(zh="计数检测器没有动作", en="no count detector went on"),
        _volume, needs=Function.COUNT, adds=True,
    ),
    Kind(
        "arrivals-on-green", Text(zh="绿灯到达率", en="Arrivals on green"),
        Text(zh="上游到达时为绿灯的车辆占比", en="share of the arrivals upstream that met green"),
        "%",
        Text(zh="上游检测器没有动作", en="no advance detector went on"),
        _arrivals, needs=Function.ADVANCE, better=1,
    ),
    Kind(
        "split-failures", Text(zh="绿灯不足周期", en="Split failures"),
        Text(
            zh="绿灯始终被占用、红灯后 5 秒仍有排队的周期数",
            en="cycles full in green whose queue was still there five seconds into red",
        ), "1",
        Text(zh="没有完整的周期", en="no cycle was whole"),
        _failures, needs=Function.PRESENCE, adds=True, hourly=True, better=-1,
    ),
    Kind(
        "green-occupancy", Text(zh="绿灯占有率", en="Occupied green"),
        Text(zh="绿灯期间停车线被占用的时间占比", en="share of green with somebody at the line"),
        "%",
        Text(zh="没有完整的周期", en="no cycle was whole"),
        _occupancy, needs=Function.PRESENCE,
    ),
    Kind(
        "splits", Text(zh="绿灯时长", en="Green time"),
        Text(zh="每次绿灯的平均时长", en="mean length of a green"), "s",
        Text(zh="没有完整的绿灯", en="no green was whole"), _greens,
    ),
    Kind(
        "terminations", Text(zh="绿灯结束方式", en="How greens ended"),
        Text(zh="因空档、最大绿灯或强制结束的次数", en="by gap, at their most, or forced off"), "1",
        NO_ENDINGS,
        _endings, adds=True, better=None,
    ),
    Kind(
        "max-outs", Text(zh="用满绿灯占比", en="Greens used up"),
        Text(zh="到最大或被强制结束的绿灯占比", en="share of greens at their most or forced off"),
        "%",
        NO_ENDINGS,
        _full, better=-1,
    ),
    Kind(
        "red-entries", Text(zh="红灯后进入", en="Entries on red"),
        Text(zh="红灯亮起 5 秒内越过停车线的车辆", en="vehicles over the line in red's first 5 s"),
        "veh",
        Text(zh="没有人在黄灯或红灯时进入", en="nobody entered on yellow or red"),
        _late, needs=Function.YELLOW_RED, adds=True, hourly=True, better=-1,
    ),
    Kind(
        "phase-wait", Text(zh="相位等待", en="Phase wait"),
        Text(zh="从有请求到绿灯", en="from a phase's call to its green"), "s",
        Text(zh="信号机没有报告相位请求", en="the controller told no calls"),
        _phase_wait, better=-1,
    ),
    Kind(
        "walk-wait", Text(zh="行人等待", en="Pedestrian wait"),
        Text(zh="从按下按钮到行人绿灯", en="from the first press to the walk"), "s",
        Text(zh="没有人按按钮", en="nobody pressed a button"), _walk_wait, better=-1,
    ),
)  # fmt: skip
