"""Whether the tide pays for turning a lane: the delay of the next hour, and that of clearing."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import HOUR, SECOND
from haihe.packs.traffic.tidal.forecast import SLOT, Outlook
from haihe.packs.traffic.tidal.lanes import WAY_NAMES, Lane, Limits, Way

HORIZON_SLOTS: Final = 12  # Ours: an hour; a lane is turned for a tide, not for a platoon.
PATIENCE: Final = 0.05  # Ours: less than that more is no reason to wait: the tide may be early.
SLOT_H: Final = SLOT / HOUR
# Gauss and Hermite's three points of a normal distribution: deviations from the mean, and weights.
HYPOTHESES: Final = ((-(3**0.5), 1 / 6), (0.0, 2 / 3), (3**0.5, 1 / 6))
AGAINST: Final = np.array([[[1.0], [-1.0]]])  # More one way is less the other: that is a tide.


@dataclass(frozen=True, slots=True)
class Worth:
    """What a turn has to bring.

    factor: how many times the cost of clearing it must gain.
    gain_least_veh_h: and how many vehicle hours more than that cost.
    share_least: of the gaining way in the demand of both, 0 to 1.
    """

    factor: float = 1.5  # Ours: hysteresis; what is gained by half more than clearing costs.
    gain_least_veh_h: float = 2.0  # Ours: two hours of one driver; less is not worth the change.
    share_least: float = 0.55  # Ours: at 50:50 chance alone would turn it.


WORTH: Final = Worth()


@dataclass(frozen=True, slots=True)
class Streams:
    """What is known of the traffic now; all arrays by lane, then way (0 inbound, 1 outbound).

    queue_veh: float64 (lane, way), vehicles that wait.
    inside_veh: float64 (lane,), vehicles in the reversible lane.
    outlook: the demand expected.
    """

    queue_veh: FloatArray
    inside_veh: FloatArray
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Balance:
    """What turning each lane now would bring; all float64 (lane,).

    gain_veh_h: delay of staying less delay of turning at once, without clearing.
    cost_veh_h: what clearing adds.
    later_veh_h: the most that turning later within the horizon would save, clearing included.
    share: of the gaining way in the demand of both.
    clear_s: how long the lane will serve nobody.
    """

    gain_veh_h: FloatArray
    cost_veh_h: FloatArray
    later_veh_h: FloatArray
    share: FloatArray
    clear_s: FloatArray

    def pays(self, worth: Worth) -> BoolArray:
        """bool (lane,): whether to turn it now."""
        gain, cost, least = self.gain_veh_h, self.cost_veh_h, worth.gain_least_veh_h
        brings = gain > np.maximum(worth.factor * cost, cost + least)
        tide = self.share >= worth.share_least
        waits = self.later_veh_h > (1 + PATIENCE) * (gain - cost) + least
        pays: BoolArray = brings & tide & ~waits
        return pays


def clearing_s(lanes: tuple[Lane, ...], limits: Limits, *, inside_veh: FloatArray) -> FloatArray:
    """float64 (lane,): warning, the drive or the queue to its end, dwell and hold.

    inside_veh: float64 (lane,), vehicles in it.
    """
    drive = np.array([lane.length_m for lane in lanes]) / limits.speed_m_s
    empties = inside_veh / np.array([lane.capacity_veh_h for lane in lanes]) * 3600
    clear: FloatArray = np.maximum(drive, empties)
    return clear + (limits.warn_s + limits.dwell_s + limits.hold_s)


def balance(lanes: tuple[Lane, ...], streams: Streams, *, way: IntArray, limits: Limits) -> Balance:
    """What turning each lane would bring, by a point queue each way over the next hour.

    way: int64 (lane,), the ``Way`` each is open, IN or OUT.
    delay(way, t) = sum over slots of the mean queue times the slot, and what dissolving the queue
    left at the end takes; queue' = max(0, queue + demand - capacity), where the capacity is that
    of the ordinary lanes and, from the instant it is open that way, of the reversible lane too.
    Each delay is the expected one over ``HYPOTHESES`` of how much more goes one way and less the
    other: a queue grows by more when there is more than it shrinks when there is less.
    Source: Vickrey, American Economic Review 59(2), 1969 (the point queue).
    """
    clear_s = clearing_s(lanes, limits, inside_veh=streams.inside_veh)
    demand = streams.outlook.expected
    slots = demand.shape[2]
    each = np.array([lane.capacity_veh_h for lane in lanes])
    ordinary = np.array([lane.lanes for lane in lanes]) * each[:, None]
    capacities = _Capacities(ordinary, each, way, slots)
    clear = clear_s / (SLOT / SECOND)
    plans = [capacities.turned(float(slots), 0 * each), capacities.turned(0.0, 0 * each)]
    plans += [capacities.turned(float(slot), clear) for slot in range(slots)]
    expected = np.zeros((len(plans), len(lanes)))
    for deviations, weight in HYPOTHESES:
        moved = np.maximum(demand + deviations * AGAINST * streams.outlook.spread, 0.0)
        delays = [_delay(streams.queue_veh, moved, capacity=plan) for plan in plans]
        expected += weight * np.stack(delays)
    stays, at_once, turned = expected[0], expected[1], expected[2:]
    return Balance(
        gain_veh_h=stays - at_once,
        cost_veh_h=turned[0] - at_once,
        later_veh_h=stays - np.min(turned[1:], axis=0) if slots > 1 else np.zeros(len(lanes)),
        share=_share(lanes, streams, way=way),
        clear_s=clear_s,
    )


def _share(lanes: tuple[Lane, ...], streams: Streams, *, way: IntArray) -> FloatArray:
    """float64 (lane,): of the way that would gain, in the demand of both."""
    side = np.where(way == Way.IN, 1, 0)
    # A lane leaves home for a tide alone; it comes home for those who wait there too.
    homeward = np.array([lane.home for lane in lanes]) == side + 1
    total = streams.outlook.expected.sum(axis=2) * SLOT_H
    total = total + np.where(homeward[:, None], streams.queue_veh, 0.0)
    share: FloatArray = total[np.arange(len(lanes)), side] / np.maximum(total.sum(axis=1), 1.0)
    return share


@dataclass(frozen=True, slots=True)
class _Capacities:
    ordinary: FloatArray
    each: FloatArray
    way: IntArray
    slots: int

    def turned(self, at: float, clear: FloatArray) -> FloatArray:
        """float64 (lane, way, slot), vehicles an hour if it is turned in slot ``at``."""
        slot = np.arange(self.slots, dtype=np.float64)[None, :]
        before = np.clip(at - slot, 0.0, 1.0)
        after = np.clip(slot + 1 - (at + clear)[:, None], 0.0, 1.0)
        is_in = (self.way == Way.IN)[:, None]
        inbound = np.where(is_in, before, after)
        outbound = np.where(is_in, after, before)
        open_share = np.stack([inbound, outbound], axis=1)
        added: FloatArray = self.each[:, None, None] * open_share
        return added + self.ordinary[..., None]


def _delay(queue_veh: FloatArray, demand: FloatArray, *, capacity: FloatArray) -> FloatArray:
    """float64 (lane,): vehicle hours waited both ways."""
    queue, total = queue_veh, np.zeros(queue_veh.shape)
    for slot in range(demand.shape[2]):
        after = np.maximum(queue + (demand[..., slot] - capacity[..., slot]) * SLOT_H, 0.0)
        total = total + (queue + after) / 2 * SLOT_H
        queue = after
    # What is left dissolves at the capacity once nobody else comes: the least it can cost.
    summed: FloatArray = (total + queue**2 / (2 * capacity[..., -1])).sum(axis=1)
    return summed


def reason(lane: Lane, streams: Streams, *, found: Balance, at: int, way: Way) -> Text:
    """Why a lane is turned to ``way``, with the numbers it was decided by; ``at``: its row."""
    side = 0 if way is Way.IN else 1
    expected = streams.outlook.expected[at, side]
    peak = int(expected.argmax())
    flow, spread = expected[peak], streams.outlook.spread[at, side, peak]
    carried = lane.lanes[side] * lane.capacity_veh_h
    waiting = streams.queue_veh[at, side]
    other = streams.outlook.expected[at, 1 - side].max()
    spare = (lane.lanes[1 - side]) * lane.capacity_veh_h
    gain, cost = found.gain_veh_h[at], found.cost_veh_h[at]
    name, against = WAY_NAMES[way], WAY_NAMES[Way(3 - way)]
    return Text(
        zh=f"{name.zh}预计 {flow:,.0f} ± {spread:,.0f} 辆/时, "
        f"现有 {lane.lanes[side]} 条车道只能通过 {carried:,.0f}, 排队 {waiting:,.0f} 辆; "
        f"{against.zh} {other:,.0f} 辆/时, 余下车道可通过 {spare:,.0f}; "
        f"一小时内可省 {gain:,.1f} 车时, 清空代价 {cost:,.1f} 车时 "
        f"(约 {found.clear_s[at]:,.0f} 秒)",
        en=f"{name.en} {flow:,.0f} ± {spread:,.0f} veh/h expected against {carried:,.0f} that "
        f"{lane.lanes[side]} lanes carry, {waiting:,.0f} waiting; {against.en} "
        f"{other:,.0f} veh/h against {spare:,.0f} that its lanes carry; saves {gain:,.1f} veh·h in "
        f"the next hour, clearing costs {cost:,.1f} (about {found.clear_s[at]:,.0f} s)",
    )
