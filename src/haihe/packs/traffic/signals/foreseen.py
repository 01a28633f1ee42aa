"""What the heads will show when an order of this turn arrives: orders on their way are counted."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.interlock import UNCALLED, Heads
from haihe.packs.traffic.signals.delay import Delays
from haihe.packs.traffic.signals.given import NONE, Given
from haihe.packs.traffic.signals.heads import Shown, heads_of
from haihe.packs.traffic.signals.site import SLOT_S, Site

FAR_S: Final = 40  # Ours: as far as the controller looks ahead; who is later is on its plan.
HEARD: Final = 2 * SLOT_S * SECOND  # Ours: what is shown is told within a turn, heard in the next.
SLACK_S: Final = 2  # Ours: of a clock, a poll and rounding: no limit is met to the second.


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The moment at which an order of this turn arrives; a moment of its own for each junction.

    now: of this turn; ns.
    late_s: int64 (junction,), until then.
    soonest_s, latest_s: int64 (junction,), before and after that moment it may arrive as well.
    heads: at that moment, by a clock that then shows what it shows now.
    changing: bool (junction,), whether a change is under way then.
    green: bool (junction, second, stage), which stage is green in each second until then.
    """

    now: int
    late_s: IntArray
    soonest_s: IntArray
    latest_s: IntArray
    heads: Heads
    changing: BoolArray
    green: BoolArray


def foreseen(site: Site, *, shown: Shown, given: Given, delays: Delays, now: int) -> Foreseen:
    """What the junctions will do until then, if each obeys what was sent and keeps its limits."""
    late_s = np.minimum(np.round(delays.usual_s), FAR_S).astype(np.int64)
    ordered = _arrived(given, given.stage, late_s=late_s, then=now)
    heads = heads_of(site.tables, shown, ordered=ordered, now=now)
    count, stages = site.tables.valid.shape
    green = np.zeros((count, int(late_s.max(initial=0)), stages), dtype=np.bool_)
    for second in range(green.shape[1]):
        then = now + second * SECOND
        wish = _arrived(given, heads.target, late_s=late_s, then=then)
        after, _ = site.interlock.step(heads, wish, local=heads.target, now=then)
        heads = _kept(heads, after, of=second < late_s)
        shows = (heads.full_at <= then) & (second < late_s)
        green[np.arange(count), second, heads.stage] = shows
    heads = moved(heads, -late_s)
    early = np.round(np.minimum(delays.soonest_s, late_s)).astype(np.int64)
    latest = np.ceil(np.clip(delays.latest_s, late_s, FAR_S)).astype(np.int64) + SLACK_S
    return Foreseen(
        now=now,
        late_s=late_s,
        soonest_s=late_s - early,
        latest_s=latest - late_s,
        heads=heads,
        changing=heads.full_at > now,
        green=green,
    )


def unsure(site: Site, *, given: Given, delays: Delays, then: Foreseen) -> BoolArray:
    """bool (junction,): ordered, and not shown though it should be; or nobody knows when."""
    change_s = site.tables.change_s[np.arange(len(given.left)), given.left, given.stage]
    due_at = given.asked_at + (then.late_s + then.latest_s + change_s) * SECOND + HEARD
    unsure: BoolArray = given.pending & (~delays.known | (then.now > due_at))
    return unsure


def moved(heads: Heads, seconds: IntArray) -> Heads:
    """The same heads by clocks that are ahead by so many seconds; int64 (junction,)."""
    by = seconds * SECOND
    return replace(
        heads,
        full_at=heads.full_at + by,
        green_at=heads.green_at + by[:, None],
        clear_at=heads.clear_at + by[:, None],
        called_at=np.where(heads.called_at == UNCALLED, UNCALLED, heads.called_at + by[:, None]),
    )


def _arrived(given: Given, stage: IntArray, *, late_s: IntArray, then: int) -> IntArray:
    """int64 (junction,): the newest order that is there by then; ``stage`` where none is."""
    for sent, at in zip(given.sent.T, given.sent_at.T, strict=True):
        stage = np.where((sent != NONE) & (at + late_s * SECOND <= then), sent, stage)
    return stage


def _kept(heads: Heads, after: Heads, *, of: BoolArray) -> Heads:
    """The heads after a step at some junctions; the others as they were."""
    wide = of[:, None]
    return replace(
        after,
        stage=np.where(of, after.stage, heads.stage),
        target=np.where(of, after.target, heads.target),
        full_at=np.where(of, after.full_at, heads.full_at),
        green_at=np.where(wide, after.green_at, heads.green_at),
        clear_at=np.where(wide, after.clear_at, heads.clear_at),
    )
