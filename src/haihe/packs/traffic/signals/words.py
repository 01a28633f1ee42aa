"""The loop's orders, and its reasons in both languages."""

from typing import Final

from haihe.model import Decision, Order, Settled, Text
from haihe.model.time import MINUTE, SECOND, format_duration, format_instant
from haihe.packs.traffic.naming import movements_title
from haihe.packs.traffic.signals.site import Site

ASSIGNEE: Final = "traffic-signals"
STAGE, LOCAL = "signal-stage", "signal-local"
ORDER_DUE: Final = 30 * SECOND  # Ours: a change of stage; a controller that needs longer is late.
# Ours: what was wanted a minute ago is decided anew, not sent.
STAGE_VALID: Final = 1 * MINUTE
LOCAL_VALID: Final = 150 * SECOND  # ``control.UNTIL``: then the junction is on its plan by itself.


def stage_order(site: Site, at: int, *, stage: int, parameters: dict[str, str]) -> Order:
    """The order to show a stage; ``parameters`` hold until when, and what it is given for."""
    green = movements_title(_greens(site, at, stage=stage))
    return Order(
        action=STAGE,
        entity=site.entities[at],
        assignee=ASSIGNEE,
        due_in=ORDER_DUE,
        title=Text(zh=f"放行阶段 {stage}: {green.zh}", en=f"show stage {stage}: {green.en}"),
        settled=Settled.BY_RECEIPT,
        parameters={"stage": str(stage), **parameters},
        valid_for=STAGE_VALID,
    )


def until_text(at: int) -> str:
    """An instant as an order carries it."""
    return format_instant(at)


def local(site: Site, at: int, *, why: Text) -> Decision:
    """Back to the local plan, and why."""
    order = Order(
        action=LOCAL,
        entity=site.entities[at],
        assignee=ASSIGNEE,
        due_in=ORDER_DUE,
        title=Text(zh="转为本地方案", en="run the local plan"),
        settled=Settled.BY_RECEIPT,
        valid_for=LOCAL_VALID,
    )
    return Decision(orders=(order,), why=why)


def silent(site: Site, at: int, *, silent_s: float, expected_veh: float) -> Text:
    """Why a junction is given back: nothing is heard of it."""
    name = site.junctions[at].id
    return Text(
        zh=f"路口 {name} 已 {silent_s:.0f} 秒无事件, 期间本应有约 {expected_veh:.0f} 辆车; "
        "转为本地方案",
        en=f"junction {name}: no event for {silent_s:.0f} s, in which about {expected_veh:.0f} "
        "vehicles were expected; it runs its local plan",
    )


def dim(site: Site, at: int, *, dim_s: float) -> Text:
    """Why a junction is given back: its heads show nothing that it should."""
    name = site.junctions[at].id
    return Text(
        zh=f"路口 {name} 已 {dim_s:.0f} 秒未显示任何已知阶段; 转为本地方案",
        en=f"junction {name}: its heads have shown no known stage for {dim_s:.0f} s; it runs its "
        "local plan",
    )


def late(site: Site, at: int, *, late_s: float, most_s: float, rest: int) -> Text:
    """Why a junction is given back: its orders arrive too late to be of use."""
    name, minutes = site.junctions[at].id, rest // MINUTE
    return Text(
        zh=f"路口 {name} 的指令约 {late_s:.0f} 秒后才生效, 超过 {most_s:.0f} 秒; 转为本地方案, "
        f"{minutes} 分钟后再试",
        en=f"junction {name}: its orders take about {late_s:.0f} s, more than {most_s:.0f} s; it "
        f"runs its local plan, and is tried again in {minutes} min",
    )


def tried_again(site: Site, at: int) -> Decision:
    """That a junction whose orders came too late gets orders again."""
    name = site.junctions[at].id
    return Decision(
        orders=(),
        why=Text(
            zh=f"路口 {name} 重新由控制回路放行, 以测指令时延",
            en=f"junction {name}: the loop steers it again, to see how late its orders are now",
        ),
    )


def back(site: Site, at: int) -> Decision:
    """That a junction's data is whole again."""
    name = site.junctions[at].id
    return Decision(
        orders=(),
        why=Text(
            zh=f"路口 {name} 数据恢复, 重新由控制回路放行",
            en=f"junction {name}: its data is whole again; the loop steers it",
        ),
    )


def not_taken(site: Site, at: int, *, by: str, times: int, pause: int) -> Decision:
    """That a controller did not take an order, and when it is tried again.

    by: what it said; "" if nobody answered. times: orders in a row. pause: ns.
    """
    name, after = site.junctions[at].id, format_duration(pause)
    zh = f"拒绝指令 ({by})" if by else f"{format_duration(STAGE_VALID)} 内未接收指令"
    en = f"refused an order ({by})" if by else f"took no order in {format_duration(STAGE_VALID)}"
    return Decision(
        orders=(),
        why=Text(
            zh=f"路口 {name} {zh}, 连续第 {times} 次; 按本地方案运行, {after} 后再试",
            en=f"junction {name} {en}, the {times}. in a row; it runs its local plan and is asked "
            f"again after {after}",
        ),
    )


def clock(site: Site, at: int, *, off_s: float) -> Decision:
    """That a controller's clock is wrong, or right again."""
    name = site.junctions[at].id
    if off_s == 0:
        why = Text(
            zh=f"路口 {name} 信号机时钟恢复正常", en=f"junction {name}: its clock is right again"
        )
    else:
        side = Text(zh="慢" if off_s > 0 else "快", en="behind" if off_s > 0 else "ahead")
        why = Text(
            zh=f"路口 {name} 信号机时钟{side.zh} {abs(off_s):.0f} 秒, 其事件按入库时间计",
            en=f"junction {name}: its clock is {abs(off_s):.0f} s {side.en}; its events count as "
            "of their receipt",
        )
    return Decision(orders=(), why=why)


def _greens(site: Site, at: int, *, stage: int) -> list[str]:
    one = site.junctions[at]
    signals = one.stages[stage].signals
    return [group.name for group, signal in zip(one.groups, signals, strict=True) if signal]
