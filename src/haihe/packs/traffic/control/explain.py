"""Why a junction shows what it shows, in both languages."""

from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import FloatArray
from haihe.packs.traffic.control.controller import Call
from haihe.packs.traffic.control.layout import Layout
from haihe.packs.traffic.control.sight import Sight
from haihe.packs.traffic.naming import movement_title

BUS: Final = 10.0  # Ours: more people than in any car.
ONLY: Final = Text(zh="; 此刻不能放行其他阶段", en="; nothing else may be shown now")


def why(layout: Layout, call: Call, *, junction: int) -> Text:
    """The reason for one junction's stage: who waited, and the pressure against the next best.

    junction: its ordinal in the layout.
    """
    name, stage = layout.tables.names[junction], int(call.stage[junction])
    if call.held[junction]:
        return Text(
            zh=f"路口 {name}: 人工保持阶段 {stage}",
            en=f"junction {name}: stage {stage} held by hand",
        )
    if call.fallen_back[junction]:
        return Text(
            zh=f"路口 {name}: 数据中断, 按现行方案放行阶段 {stage}",
            en=f"junction {name}: its data is lost; stage {stage} of the plan in force",
        )
    pressure = _pressure(layout, call, junction=junction)
    rivals = [at for at in np.flatnonzero(layout.tables.valid[junction]) if at != stage]
    best = max((float(pressure[at]) for at in rivals), default=0.0)
    waited = np.where(layout.rate[junction, stage] > 0, call.demand.waited_s[junction], -1.0)
    cell = int(waited.argmax())
    movement = movement_title(layout.names[junction][cell] if waited[cell] >= 0 else "-")
    seconds, own = max(float(waited[cell]), 0.0), float(pressure[stage])
    cost = call.cost[junction]
    bus = _bus(
        float(call.demand.fullest[junction][layout.rate[junction, stage] > 0].max(initial=0))
    )
    is_only = bool(np.isfinite(cost[stage])) and not np.isfinite(cost[rivals]).any()
    only = ONLY if is_only and rivals else Text(zh="", en="")
    return Text(
        zh=f"路口 {name} 阶段 {stage}: {movement.zh} 已等 {seconds:.0f} 秒, "
        f"压力 {own:.0f} 对 {best:.0f}{bus.zh}{only.zh}",
        en=f"junction {name}, stage {stage}: movement {movement.en} waited {seconds:.0f} s, "
        f"pressure {own:.0f} against {best:.0f}{bus.en}{only.en}",
    )


def _bus(persons: float) -> Text:
    """That a bus comes; empty if none does."""
    if persons < BUS:
        return Text(zh="", en="")
    return Text(
        zh=f"; 有公交车驶来, 按 {persons:.0f} 人计",
        en=f"; a bus comes, counted as {persons:.0f} people",
    )


def alternatives(layout: Layout, call: Call, *, junction: int) -> tuple[Text, ...]:
    """What else was possible, and what it would have cost more: person-seconds of waiting."""
    cost, stage = call.cost[junction], int(call.stage[junction])
    if not np.isfinite(cost[stage]):
        return ()
    name = layout.tables.names[junction]
    others = [at for at in np.argsort(cost, kind="stable").tolist() if at != stage]
    return tuple(
        Text(
            zh=f"路口 {name} 阶段 {at}: 多等 {cost[at] - cost[stage]:.0f} 人·秒",
            en=f"junction {name}, stage {at}: {cost[at] - cost[stage]:.0f} person-seconds more",
        )
        for at in others
        if np.isfinite(cost[at])
    )


def sees(layout: Layout, sight: Sight) -> Text:
    """What the controller sees, and what it does not."""
    lanes = int((layout.approach >= 0).sum())
    loops = int((sight.detectors.works & (layout.approach >= 0)).sum())
    silent = int((~sight.heard).sum())
    return Text(
        zh=f"网联车占 {sight.share:.0%}, 停车线检测器 {loops}/{lanes}, 数据中断路口 {silent} 个",
        en=f"{sight.share:.0%} of vehicles connected, {loops} of {lanes} stop-line detectors, "
        f"{silent} junctions silent",
    )


def _pressure(layout: Layout, call: Call, *, junction: int) -> FloatArray:
    """float64 (stage,): vehicles waiting or about to arrive that each stage serves, weighted."""
    demand = call.demand
    asked = call.arrivals[junction].sum(axis=0) * demand.weight[junction]
    pressure: FloatArray = (layout.rate[junction] > 0) @ asked
    return pressure
