"""How near a detector came to raising: the value against the limit, the time against the delay."""

from typing import Any, Final

import msgspec
import numpy as np

from haihe.detect import Limit, Rate, Silence, Stuck
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.text import Text
from haihe.model.time import SECOND, format_duration
from haihe.run.rerun import Heard

NOT_BEYOND: Final = Text(zh="从未越限", en="never beyond it")


class Nearest(msgspec.Struct, frozen=True):
    """The nearest a detector came.

    field: the field; "" where the records' times are watched.
    value, limit: in its unit; of a silence in s.
    at: when it was observed; ns.
    lasted_s, needed_s: how long it lasted at most without a break, and how long it must.
    is_beyond: whether the value reached the limit at all.
    words: the same for a person.
    """

    field: str
    value: float
    limit: float
    at: int
    lasted_s: float
    needed_s: float
    is_beyond: bool
    words: Text


def nearest(detector: Any, heard: Heard, *, until: int) -> Nearest | None:
    """How near a detector came on an entity's records; None if its kind has no one limit.

    detector: of any class; known ones are told apart.
    heard: the records, in order.
    until: the end of the time asked about; ns.
    """
    match detector:
        case Limit(field=name):
            return _of_limit(detector, _told(heard, name))
        case Silence():
            return _of_silence(detector, heard, until=until)
        case Stuck(field=name):
            return _of_stuck(detector, _told(heard, name))
        case Rate(field=name):
            return _of_rate(detector, _told(heard, name))
        case _:
            return None


def _told(heard: Heard, name: str) -> tuple[IntArray, FloatArray]:
    """When and what the records that carry a field say of it, each newer than the one before."""
    values = heard.numbers[name]
    newest = np.maximum.accumulate(heard.observed_at)
    news = np.ones(len(values), np.bool_)
    news[1:] = heard.observed_at[1:] > newest[:-1]
    kept = ~np.isnan(values) & news
    return heard.observed_at[kept], values[kept]


def _of_limit(limit: Limit, told: tuple[IntArray, FloatArray]) -> Nearest | None:
    at, values = told
    if not len(values):
        return None
    both = ((1.0, limit.high), (-1.0, limit.low))
    sides = [(side, value) for side, value in both if value is not None]
    reach = [(float(np.max(side * (values - value))), side, value) for side, value in sides]
    _, side, value = max(reach)
    row = int(np.argmax(side * (values - value)))
    lasted = _longest(at, side * (values - value) >= 0)
    word = Text(zh="高限", en="high limit") if side > 0 else Text(zh="低限", en="low limit")
    seen = f"{values[row]:g}"
    is_beyond = bool(side * (values[row] - value) >= 0)
    words = _lasting(lasted, limit.on_delay) if is_beyond else NOT_BEYOND
    return Nearest(
        limit.field, float(values[row]), value, int(at[row]),
        lasted / SECOND, limit.on_delay / SECOND, is_beyond,
        Text(
            zh=f"{limit.field} 最接近时为 {seen}，{word.zh} {value:g}；"
            f"{words.zh}",
            en=f"{limit.field} came to {seen}, {word.en} {value:g}; "
            f"{words.en}",
        ),
    )  # fmt: skip


def _lasting(lasted: int, needed: int) -> Text:
    for_, least = format_duration(lasted), format_duration(needed)
    return Text(
        zh=f"连续越限 {for_}，须 {least}",
        en=f"beyond it for {for_} on end, {least} are needed",
    )


def _of_silence(silence: Silence, heard: Heard, *, until: int) -> Nearest | None:
    if not len(heard.received_at):
        return None
    ends = np.append(heard.received_at[1:], until)
    gaps = ends - heard.received_at
    row = int(np.argmax(gaps))
    longest = int(gaps[row])
    return Nearest(
        "", longest / SECOND, silence.timeout / SECOND, int(heard.observed_at[row]),
        longest / SECOND, silence.timeout / SECOND, longest >= silence.timeout,
        Text(
            zh=f"最长间隔 {format_duration(longest)}，须 {format_duration(silence.timeout)}",
            en=f"the longest silence was {format_duration(longest)}, "
            f"{format_duration(silence.timeout)} are needed",
        ),
    )  # fmt: skip


def _of_stuck(stuck: Stuck, told: tuple[IntArray, FloatArray]) -> Nearest | None:
    at, values = told
    best = (0, 0)  # How long, and the row it began at.
    first = 0
    for row in range(len(values)):
        if abs(values[row] - values[first]) > stuck.tolerance:
            first = row
        best = max(best, (int(at[row] - at[first]), -first))
    if not len(values):
        return None
    lasted, began = best[0], -best[1]
    return Nearest(
        stuck.field, float(values[began]), float(values[began]), int(at[began]),
        lasted / SECOND, stuck.for_ / SECOND, lasted >= stuck.for_,
        Text(
            zh=f"{stuck.field} 最长 {format_duration(lasted)} 未变，"
            f"须 {format_duration(stuck.for_)}",
            en=f"{stuck.field} stayed the same for {format_duration(lasted)} at most, "
            f"{format_duration(stuck.for_)} are needed",
        ),
    )  # fmt: skip


def _of_rate(rate: Rate, told: tuple[IntArray, FloatArray]) -> Nearest | None:
    at, values = told
    if len(values) < 2:
        return None
    paces = np.diff(values) * (rate.per / np.diff(at))
    sides = [(1.0, rate.rise), (-1.0, rate.fall)]
    reach = [(float(np.max(side * paces)) / value, side, value) for side, value in sides if value]
    _, side, value = max(reach)
    row = int(np.argmax(side * paces))
    seen = float(side * paces[row])
    per = format_duration(rate.per)
    return Nearest(
        rate.field, seen, value, int(at[row + 1]), 0.0, 0.0, seen >= value,
        Text(
            zh=f"{rate.field} 最快每 {per} 变化 {seen:g}，限值 {value:g}",
            en=f"{rate.field} changed by {seen:g} in {per} at most, limit {value:g}",
        ),
    )  # fmt: skip


def _longest(at: IntArray, beyond: BoolArray) -> int:
    """The longest time on end for which it was beyond; ns."""
    longest = 0
    began = -1
    for row, is_beyond in enumerate(beyond.tolist()):
        if not is_beyond:
            began = -1
        else:
            began = row if began < 0 else began
            longest = max(longest, int(at[row] - at[began]))
    return longest
