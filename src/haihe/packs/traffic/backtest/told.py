"""What a stretch that was driven again came to, in words."""

from collections.abc import Mapping, Sequence
from typing import Final

from haihe.model import Text
from haihe.twin.lane_day import Spread
from haihe.twin.street_day import StreetFit, StreetRun

TITLES: Final[Mapping[str, Text]] = {
    "plan": Text(zh="固定配时", en="the plan in force"),
    "loops": Text(zh="信号与潮汐回路", en="signals and lane by the loops"),
    "other": Text(zh="回路(试用参数)", en="the loops, other settings"),
    "other-plan": Text(zh="固定配时(试用方案)", en="the plan, other times"),
    "timetable": Text(zh="固定配时, 车道按时刻表", en="the plan, the lane by a timetable"),
}
SURE: Final = 2.0  # Ours: what lies within two deviations of nothing may be nothing.


def does_not_fit(fit: StreetFit) -> Text:
    """Why nothing is compared."""
    return Text(
        zh=f"孪生不能复现这一段, 不作比较: 记录停车等待 {fit.waited_veh_h:,.0f} 车时, "
        f"孪生 {fit.twin_waited_veh_h:,.0f} 车时 (允许 15%); "
        f"{fit.close:.0%} 的路段流量相符 (须 85%)",
        en="the twin does not give this stretch back and nothing is compared: "
        f"{fit.waited_veh_h:,.0f} vehicle hours stood as recorded, {fit.twin_waited_veh_h:,.0f} in "
        f"the twin (15 % are allowed); the flow of {fit.close:.0%} of the roads is close (85 % are "
        "needed)",
    )


def sentence(runs: Sequence[StreetRun], fits: Sequence[StreetFit]) -> Text:
    """The answer."""
    by_name = {run.name: run for run in runs}
    plan = by_name["plan"]
    off = min(abs(fit.twin_waited_veh_h - fit.waited_veh_h) for fit in fits if fit.is_good)
    parts = [_beside(run, plan, off_veh_h=off) for run in runs if run.name != "plan"]
    parts.append(_steered(fits))
    return Text(
        zh="; ".join(part.zh for part in parts) + "。",
        en="; ".join(part.en for part in parts) + ".",
    )


def _beside(run: StreetRun, plan: StreetRun, *, off_veh_h: float) -> Text:
    saved = run.saved_veh_h
    zh_name, en_name = run.title.zh, run.title.en
    queue = (
        f"最长排队 {_of(run.worst_queue_veh)} 辆(固定配时 {plan.worst_queue_veh.mean:,.0f}), "
        f"每车停车 {run.stops.mean:.1f} 次({plan.stops.mean:.1f})",
        f"worst queue {_of(run.worst_queue_veh)} vehicles instead of "
        f"{plan.worst_queue_veh.mean:,.0f}, {run.stops.mean:.1f} stops a vehicle instead of "
        f"{plan.stops.mean:.1f}",
    )
    if abs(saved.mean) <= SURE * saved.deviation:
        return Text(
            zh=f"{zh_name}: 与固定配时相差 {_of(saved)} 车时, 在偶然范围内; {queue[0]}",
            en=f"{en_name}: {_of(saved)} vehicle hours from the plan, no more than chance; "
            f"{queue[1]}",
        )
    zh, en = ("少", "less") if saved.mean > 0 else ("多", "more")
    told = _of(Spread(abs(saved.mean), saved.deviation))
    if abs(saved.mean) <= off_veh_h:
        return Text(
            zh=f"{zh_name}: 比固定配时{zh}损失 {told} 车时, "
            f"但孪生本身与记录就差 {off_veh_h:,.0f} 车时, 不足为凭; {queue[0]}",
            en=f"{en_name}: {told} vehicle hours {en} lost than under the plan, but the twin "
            f"itself is {off_veh_h:,.0f} from the record, so it proves nothing; {queue[1]}",
        )
    return Text(
        zh=f"{zh_name}: 比固定配时{zh}损失 {told} 车时; {queue[0]}",
        en=f"{en_name}: {told} vehicle hours {en} lost than under the plan; {queue[1]}",
    )


def doubts(
    runs: Sequence[StreetRun], fits: Sequence[StreetFit], *, refused_s: int
) -> tuple[Text, ...]:
    """What the figures do not hold.

    refused_s: how often the controllers' own interlock refused the plan that was tried.
    """
    fit = next(one for one in fits if one.is_good)
    found = [
        Text(
            zh="± 是到达时刻抽样的标准差, 不含孪生的误差; "
            f"孪生停车等待 {fit.twin_waited_veh_h:,.0f} 车时, 记录 {fit.waited_veh_h:,.0f} 车时",
            en="± is one standard deviation over the draws of arrivals; the twin's own error comes "
            f"on top: {fit.twin_waited_veh_h:,.0f} vehicle hours stood in it, "
            f"{fit.waited_veh_h:,.0f} as recorded",
        ),
        Text(
            zh="需求按记录给定: 谁会因此改道或改时出行, 不在其中; 当日事故与人工操作不重演",
            en="demand is as recorded: nobody drives elsewhere or at another time because of it; "
            "that day's accidents and acts by hand are not driven again",
        ),
    ]
    if refused_s:
        found.append(
            Text(
                zh=f"试用方案有 {refused_s} 次被路口自身的互锁拒绝, 并未完全照走",
                en=f"the controllers' own interlock refused the tried plan {refused_s} times: it "
                "did not run as written",
            )
        )
    if any(run.stranded for run in runs):
        found.append(
            Text(
                zh="有方案出现可变车道滞留, 不得采用",
                en="in some of them vehicles were stranded in the lane: not to be used",
            )
        )
    return tuple(found)


def _steered(fits: Sequence[StreetFit]) -> Text:
    """Which way of steering the record itself looks like."""
    good = [TITLES[fit.run] for fit in fits if fit.is_good]
    return Text(
        zh="记录与" + "、".join(one.zh for one in good) + "的孪生结果相符",
        en="the record fits " + " and ".join(one.en for one in good),
    )


def _of(spread: Spread) -> str:
    return f"{spread.mean:,.0f} ± {spread.deviation:,.0f}"
