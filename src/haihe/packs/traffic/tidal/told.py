"""What a lane's asked day came to, in words."""

from collections.abc import Mapping
from typing import Final

from haihe.model import Text
from haihe.model.time import MINUTE
from haihe.packs.traffic.tidal.recorded import clock
from haihe.twin.lane_day import Fit, LaneRun, Spread

TITLES: Final[Mapping[str, Text]] = {
    "recorded": Text(zh="实际执行", en="as it was"),
    "asked": Text(zh="所问方案", en="as asked"),
    "never": Text(zh="不换向", en="never turned"),
    "loop": Text(zh="系统自动", en="the loop"),
    "other": Text(zh="系统自动(试用参数)", en="the loop, other settings"),
    "best": Text(zh="粗网格最优", en="best of a coarse grid"),
}
SURE: Final = 2.0  # Ours: what lies within two deviations of nothing may be nothing.
TENTHS_BELOW: Final = 10.0  # Ours: vehicle hours; above it a tenth is noise.


def does_not_fit(fit: Fit) -> Text:
    """Why the twin is asked nothing."""
    return Text(
        zh=f"孪生不能复现这一天, 不作推演: 记录排队 {fit.waited_veh_h:,.0f} 车时, "
        f"孪生 {fit.twin_waited_veh_h:,.0f} 车时; 每分钟排队误差 {fit.error_veh:,.0f} 辆, "
        f"最长排队 {fit.worst_veh:,.0f} 辆 (允许 15%)",
        en="the twin does not give this day back and is asked nothing: "
        f"{fit.waited_veh_h:,.0f} vehicle hours waited as recorded, {fit.twin_waited_veh_h:,.0f} "
        f"in the twin; queues differ by {fit.error_veh:,.0f} vehicles a minute, the longest "
        f"recorded was {fit.worst_veh:,.0f} (15 % are allowed)",
    )


def sentence(runs: tuple[LaneRun, ...], *, from_at: int) -> Text:
    """The answer to what was asked; to never turning, if nothing was."""
    by_name = {run.name: run for run in runs}
    then, was = by_name.get("asked", by_name["never"]), by_name["recorded"]
    parts = [_saved(then, was), _queues(then, was, from_at=from_at), _cleared(then)]
    return Text(
        zh="; ".join(part.zh for part in parts) + "。",
        en="; ".join(part.en for part in parts) + ".",
    )


def _times(run: LaneRun) -> Text:
    """When it turned, in words."""
    if not run.flips and run.asks:
        return Text(zh="不换向 (须人工确认清空)", en="not turning, as only a person could open it,")
    if not run.flips:
        return Text(zh="不换向", en="not turning")
    times = [clock(flip.at) for flip in run.flips]
    return Text(zh="、".join(times) + " 换向", en="turning at " + " and ".join(times))


def _saved(then: LaneRun, was: LaneRun) -> Text:
    new, old = _times(then), _times(was)
    saved = then.saved_veh_h
    if abs(saved.mean) <= SURE * saved.deviation:
        return Text(
            zh=f"{new.zh}与实际({old.zh})相差 {_of(saved)} 车时, 在偶然范围内",
            en=f"{new.en} instead of {_instead(was)} would have changed {_of(saved)} vehicle "
            "hours: no more than chance",
        )
    zh, en = ("少", "saved") if saved.mean > 0 else ("多", "cost")
    told = _of(Spread(abs(saved.mean), saved.deviation))
    return Text(
        zh=f"若{new.zh}(实际: {old.zh}), 会{zh}损失 {told} 车时",
        en=f"{new.en} instead of {_instead(was)} would have {en} {told} vehicle hours",
    )


def _instead(was: LaneRun) -> str:
    return " and ".join(clock(flip.at) for flip in was.flips) or "never"


def _of(spread: Spread) -> str:
    """In whole hours, or tenths where whole ones would say nothing."""
    digits = 0 if max(abs(spread.mean), spread.deviation) >= TENTHS_BELOW else 1
    mean = round(spread.mean, digits) + 0.0  # Never -0.
    return f"{mean:,.{digits}f} ± {spread.deviation:,.{digits}f}"


def _queues(then: LaneRun, was: LaneRun, *, from_at: int) -> Text:
    worst, before = then.worst_queue_veh, was.worst_queue_veh
    new, old = (_gone(run, from_at=from_at) for run in (then, was))
    return Text(
        zh=f"最长排队 {_of(worst)} 辆(实际 {before.mean:,.0f}), {new.zh}(实际: {old.zh})",
        en=f"the worst queue {_of(worst)} vehicles instead of {before.mean:,.0f}, {new.en} "
        f"(as it was: {old.en})",
    )


def _gone(run: LaneRun, *, from_at: int) -> Text:
    if run.gone_min is None:
        return Text(zh="无积压", en="no queue to speak of")
    if run.left_veh >= 10:  # As ``GONE_VEH``: they still wait.
        return Text(
            zh=f"结束时仍排 {run.left_veh:,.0f} 辆",
            en=f"{run.left_veh:,.0f} still waiting at the end",
        )
    at = clock(from_at + round(run.gone_min.mean) * MINUTE)
    return Text(
        zh=f"{at} 消散 (±{run.gone_min.deviation:,.0f} 分)",
        en=f"gone by {at} (± {run.gone_min.deviation:,.0f} min)",
    )


def _cleared(then: LaneRun) -> Text:
    nobody = Text(zh="无车滞留", en="nobody stranded")
    some = Text(zh=f"滞留 {then.stranded} 辆", en=f"{then.stranded} vehicles stranded")
    told = nobody if then.stranded == 0 else some
    if then.clearing_s is None:
        return told
    took = then.clearing_s.mean
    return Text(
        zh=f"{told.zh}, 清空用时 {took:,.0f} 秒", en=f"{told.en}, clearing took {took:,.0f} s"
    )
