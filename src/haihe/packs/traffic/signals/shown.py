"""The loop's memory as a screen shows it: who steers each junction, what it shows, and why."""

import numpy as np

from haihe.model import Text
from haihe.packs.traffic.control.feeds import road_of
from haihe.packs.traffic.network.model import Signal
from haihe.packs.traffic.signals.control import SignalControl
from haihe.packs.traffic.signals.memory import Memory
from haihe.packs.traffic.signals.sensing import detectors_of, doubted, spoke
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.signals.state import (
    ApproachSeen,
    GroupShown,
    JunctionState,
    Light,
    StageWeighed,
    Steering,
)
from haihe.packs.traffic.zone import STOP_LINE

HOUR_S = 3600.0  # Seconds.


def states_of(
    control: SignalControl, memory: Memory, *, now: int, held: frozenset[str] = frozenset()
) -> tuple[JunctionState, ...]:
    """Every junction the loop knows, in the network's order.

    held: entities that a person holds on the platform ("" for all), as ``Turn.held``.
    """
    plan = control.site.local_stages(memory.shown.local, now=now)
    return tuple(
        _state(control.site, memory, at=at, plan=int(plan[at]), held=held)
        for at in range(len(control.site.junctions))
    )


def _state(
    site: Site, memory: Memory, *, at: int, plan: int, held: frozenset[str]
) -> JunctionState:
    one, given, shown = site.junctions[at], memory.given, memory.shown
    entity = site.entities[at]
    ordered = int(given.stage[at])
    by_hand = entity in held or "" in held or memory.hands.stage[at] >= 0
    heard = memory.trust.heard_at[at] > 0
    told = memory.called.why[at]
    return JunctionState(
        junction=one.id,
        entity=entity,
        steering=_steering(
            is_lost=bool(memory.trust.lost[at]) and bool(heard), by_hand=by_hand, ordered=ordered
        ),
        stage=int(shown.stage[at]),
        since_at=int(shown.stage_at[at]),
        changing=bool(shown.changing[at]),
        plan_stage=plan,
        ordered=ordered,
        until_at=int(given.until_at[at]) if ordered >= 0 else 0,
        pending=bool(given.pending[at]),
        held_stage=int(memory.hands.stage[at]),
        who=memory.hands.who[at],
        reason=memory.hands.reason[at],
        heard_at=int(memory.trust.heard_at[at]),
        skew_s=float(memory.clocks.off[at]) / 1e9,
        groups=tuple(
            GroupShown(group.name, Light(int(shown.light[at, k])), int(shown.since_at[at, k]))
            for k, group in enumerate(one.groups)
        ),
        approaches=_approaches(site, memory, at=at),
        stages=_stages(site, memory, at=at),
        called=int(memory.called.stage[at]),
        why=Text(zh=told[0], en=told[1]) if told else None,
        alternatives=_pairs(memory.called.alternatives[at]),
    )


def _steering(*, is_lost: bool, by_hand: bool, ordered: int) -> Steering:
    if is_lost:
        return Steering.LOST
    if by_hand:
        return Steering.HAND
    return Steering.LOOP if ordered >= 0 else Steering.PLAN


def _approaches(site: Site, memory: Memory, *, at: int) -> tuple[ApproachSeen, ...]:
    found = detectors_of(site, memory.sensing, now=memory.at)
    lies, has_spoken = doubted(site, memory.sensing)[at], spoke(memory.sensing)[at]
    called = memory.called
    lanes = site.layout.approach[at]
    return tuple(
        ApproachSeen(
            lane=site.layout.lanes[lanes[k]],
            road=road_of(site.layout.lanes[lanes[k]]),
            name=name,
            channel=STOP_LINE + k,
            works=not lies[k],
            is_idle=not has_spoken[k] and not lies[k],
            occupied=bool(found.occupied[at, k]),
            waiting_veh=float(called.waiting[at, k]),
            arriving_veh_h=float(called.arriving[at, k]) * HOUR_S,
            waited_s=float(called.waited_s[at, k]),
            room=float(called.room[at, k]),
        )
        for k, name in enumerate(site.layout.names[at])
    )


def _stages(site: Site, memory: Memory, *, at: int) -> tuple[StageWeighed, ...]:
    one, called = site.junctions[at], memory.called
    return tuple(
        StageWeighed(
            stage=k,
            groups=tuple(
                group.name
                for group, signal in zip(one.groups, stage.signals, strict=True)
                if signal > Signal.RED
            ),
            cost=float(called.cost[at, k]) if np.isfinite(called.cost[at, k]) else None,
            pressure=float(called.pressure[at, k]),
        )
        for k, stage in enumerate(one.stages)
    )


def _pairs(parts: tuple[str, ...]) -> tuple[Text, ...]:
    """Chinese and English in turn, as texts."""
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return tuple(Text(zh=zh, en=en) for zh, en in pairs)
