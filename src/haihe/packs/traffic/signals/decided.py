"""One order to a junction's signals, worded: until when, what it is given for, and why."""

from typing import Final

import numpy as np

from haihe.model import Decision, Text
from haihe.model.arrays import FloatArray
from haihe.model.time import SECOND
from haihe.packs.traffic.control.controller import Call
from haihe.packs.traffic.control.explain import alternatives, why
from haihe.packs.traffic.signals import sensing, words
from haihe.packs.traffic.signals.memory import Memory
from haihe.packs.traffic.signals.site import Site

# Ours: longer than any stage lasts (most red 120 s), so that an order is seldom renewed; and no
# longer does a junction obey a platform that has gone.
UNTIL: Final = 150 * SECOND
SERVED_S: Final = 20.0  # Ours: of green that is held against what came, if its least is less.


def decision_of(site: Site, memory: Memory, *, call: Call, at: int, stage: int) -> Decision:
    """The order of one stage, with what it is given for, until ``UNTIL`` from now."""
    rate = site.layout.rate[at, stage]
    served = rate > 0
    waiting = float(call.demand.waiting[at][served].sum())
    green_s = max(float(site.tables.stage_least_s[at, stage]), SERVED_S)
    coming = np.minimum(call.arrivals[at].sum(axis=0), rate * green_s)
    parameters = {
        "until": words.until_text(memory.at + UNTIL),
        "waiting": f"{waiting:.0f}",
        "expected": f"{float(coming[served].sum()):.0f}",
        **_sees(site, memory, at=at),
    }
    order = words.stage_order(site, at, stage=stage, parameters=parameters)
    if stage == call.stage[at]:
        reason = why(site.layout, call, junction=at)
        others = alternatives(site.layout, call, junction=at)
        return Decision(orders=(order,), why=reason, alternatives=others)
    name = site.junctions[at].id
    reason = Text(
        zh=f"路口 {name}: 阶段 {int(call.stage[at])} 被拒绝, 改为阶段 {stage}",
        en=f"junction {name}: stage {int(call.stage[at])} was refused; stage {stage} instead",
    )
    return Decision(orders=(order,), why=reason)


def pressure(site: Site, call: Call) -> FloatArray:
    """float64 (junction, stage): weighted vehicles that each stage would serve."""
    asked = call.arrivals.sum(axis=1) * call.demand.weight
    found: FloatArray = np.einsum("jsl,jl->js", (site.layout.rate > 0).astype(float), asked)
    return found


def _sees(site: Site, memory: Memory, *, at: int) -> dict[str, str]:
    """How good what it was decided from is: detectors that told, and are not believed."""
    lanes = len(site.layout.names[at])
    told = sensing.spoke(memory.sensing)[at, :lanes]
    doubted = sensing.doubted(site, memory.sensing)[at, :lanes]
    return {
        "told": f"{int(told.sum())}/{lanes}",
        "doubted": f"{int(doubted.sum())}/{lanes}",
        "connected": f"{memory.fleet.share:.2f}",
    }
