"""The interlock of reversible lanes: no wish passes it that could strand a vehicle.

It knows nothing of demand, of forecasts and of how a wish came about. What it knows it has from
raw events alone, by the time they were received: a controller's clock may be wrong.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.measures.events import Code, Events
from haihe.packs.traffic.tidal.lanes import GATES, WAY_NAMES, Tables, Way, located

LONG_AGO: Final = -(10**6) * SECOND  # Ours: longer than any limit before the start.
RESTORED: Final = 83  # Indiana enumerations: a detector is whole again.
FAULTS: Final = (84, 88)  # Indiana enumerations: the kinds of detector fault, first and last.


class Rule(IntEnum):
    """What a wish lacks; in the order in which it is told."""

    KNOWN = 0
    DIRECT = 1
    TRAVERSE = 2
    SIGNS = 3
    SILENT = 4
    FAULT = 5
    ASLEEP = 6
    BALANCE = 7
    OCCUPIED = 8
    DWELL = 9
    HOLD = 10


REASONS: Final = {
    Rule.KNOWN: Text(zh="没有这个方向", en="there is no such way"),
    Rule.DIRECT: Text(zh="对向仍在放行", en="it is still open the other way"),
    Rule.TRAVERSE: Text(zh="关闭时间不足以驶完全程", en="closed for less than its length takes"),
    Rule.SIGNS: Text(zh="车道信号灯未回报红叉", en="a sign has not said that it shows the red X"),
    Rule.SILENT: Text(zh="控制机失联", en="a controller was silent"),
    Rule.FAULT: Text(
        zh="检测器故障或事件缺失、迟到", en="a detector failed, lost events or was late"
    ),
    Rule.ASLEEP: Text(zh="检测器在开放期间从未动作", en="a detector never moved while it was open"),
    Rule.BALANCE: Text(zh="进出计数不平衡", en="the counts do not balance"),
    Rule.OCCUPIED: Text(zh="检测器有车", en="a detector sees a vehicle"),
    Rule.DWELL: Text(zh="静默时间不足", en="not quiet for long enough"),
    Rule.HOLD: Text(zh="全红保持未满", en="the all-red hold is not over"),
}
# What a person who looked can answer for. Not for lit signs, and not for the time it takes.
CONFIRMED: Final = np.isin(
    np.arange(len(Rule)),
    (Rule.SILENT, Rule.FAULT, Rule.ASLEEP, Rule.BALANCE, Rule.OCCUPIED, Rule.DWELL),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A wish that was refused.

    at: ns.
    lane: its name.
    wished: the way that was asked for.
    rule: the first thing that was lacking.
    """

    at: int
    lane: str
    wished: int
    rule: Rule

    @property
    def why(self) -> Text:
        """The reason as a person reads it."""
        told = REASONS[self.rule]
        known = self.rule is not Rule.KNOWN
        way = WAY_NAMES[Way(self.wished)] if known else Text(str(self.wished), str(self.wished))
        return Text(
            zh=f"车道 {self.lane} 拒绝开放 {way.zh}: {told.zh}",
            en=f"lane {self.lane} was not opened {way.en}: {told.en}",
        )


@dataclass(frozen=True, slots=True)
class Guard:
    """The interlock's memory. All instants are ns, by receipt.

    way: int64 (lane,), the ``Way`` it is open, or was last; NONE if nobody knows.
    lit: bool (lane,), whether vehicles may enter; also during amber.
    dark_at: int64 (lane,), when its amber was or will be over; the far future while open.
    on: bool (lane, detector).
    count: int64 (lane, detector), times on since it was last proved empty.
    last_at: int64 (lane, detector), the newest stamp; ``last_code`` its code.
    failed: bool (lane, detector), it says so itself.
    odd: int64 (lane,), changes that cannot be, or came late, since it was last proved empty.
    quiet_at: int64 (lane,), the last receipt of a change.
    alive_at: int64 (lane, end), the last receipt of anything.
    lost: bool (lane,), a controller was silent for too long since it was last proved empty.
    red: bool (lane, end), its sign's last word was red, and came after the amber.
    confirmed_at: int64 (lane,), when a person said that it is empty.
    proved_at: int64 (lane,), since when nothing but the hold is lacking; the far future if not.
    """

    way: IntArray
    lit: BoolArray
    dark_at: IntArray
    on: BoolArray
    count: IntArray
    last_at: IntArray
    last_code: IntArray
    failed: BoolArray
    odd: IntArray
    quiet_at: IntArray
    alive_at: IntArray
    lost: BoolArray
    red: BoolArray
    confirmed_at: IntArray
    proved_at: IntArray


FAR: Final = 2**62  # Ours: later than any instant, and a sum with it still fits.


@dataclass(frozen=True, slots=True)
class Interlock:
    """The rules of ``tables``, kept."""

    tables: Tables

    def start(self, *, at: int) -> Guard:
        """Memory at the first instant: every lane closed, and not known to be empty."""
        lanes, detectors = self.tables.shape
        return Guard(
            way=np.zeros(lanes, np.int64),
            lit=np.zeros(lanes, np.bool_),
            dark_at=np.full(lanes, at),
            on=np.zeros((lanes, detectors), np.bool_),
            count=np.zeros((lanes, detectors), np.int64),
            last_at=np.full((lanes, detectors), LONG_AGO),
            last_code=np.zeros((lanes, detectors), np.int64),
            failed=np.zeros((lanes, detectors), np.bool_),
            odd=np.zeros(lanes, np.int64),
            quiet_at=np.full(lanes, at),
            alive_at=np.full((lanes, 2), at),
            lost=np.ones(lanes, np.bool_),
            red=np.zeros((lanes, 2), np.bool_),
            confirmed_at=np.full(lanes, LONG_AGO),
            proved_at=np.full(lanes, FAR),
        )

    def hear(self, guard: Guard, events: Events, *, now: int) -> Guard:
        """The memory with what was received up to ``now``, in whatever order it came."""
        limits = self.tables.limits
        guard = self._alive(guard, events, now=now)
        guard = self._signs(guard, events, now=now)
        at, known = located(self.tables.source, events.source)
        told = known & (events.code >= Code.DETECTOR_OFF) & (events.code <= FAULTS[1])
        if not told.any():
            return self._proved(guard, now)
        events, place = events.where(told), self.tables.place[at[told]]
        # By its own stamps a detector's changes can be put in order; lanes only by receipt.
        order = np.lexsort((events.at, place))
        events, place = events.take(order), place[order]
        lanes, detectors = self.tables.shape
        late = np.abs(now - events.at) > limits.late_s * SECOND
        odd = np.bincount(place[late] // detectors, minlength=lanes)
        guard, voided = self._changes(guard, events, place=place)
        moved = np.bincount(place // detectors, minlength=lanes) > 0
        return self._proved(
            replace(
                guard,
                odd=guard.odd + odd,
                quiet_at=np.where(moved, now, guard.quiet_at),
                confirmed_at=np.where(voided, LONG_AGO, guard.confirmed_at),
            ),
            now,
        )

    def confirm(self, guard: Guard, lanes: BoolArray, *, now: int) -> Guard:
        """The memory after a person, who is named elsewhere, saw that these lanes are empty.

        lanes: bool (lane,).
        """
        dark = lanes & ~guard.lit & (guard.dark_at <= now)
        at = np.where(dark, now, guard.confirmed_at)
        return self._proved(replace(guard, confirmed_at=at), now)

    def lacks(self, guard: Guard, wish: IntArray, *, now: int) -> BoolArray:
        """bool (lane, rule): what each wish lacks now; nothing where the lane would obey.

        wish: int64 (lane,), a ``Way``; NONE to close.
        """
        limits = self.tables.limits
        back = (wish == guard.way) & (wish != Way.NONE)
        known = (wish >= Way.NONE) & (wish <= Way.OUT)
        free = ~known | back | (wish == Way.NONE)
        out = self._unproved(guard, now)
        out[:, Rule.HOLD] = now < guard.proved_at + limits.hold_s * SECOND
        out[free] = False
        out[:, Rule.KNOWN] = ~known
        return out

    def step(self, guard: Guard, wish: IntArray, *, now: int) -> tuple[Guard, tuple[Refusal, ...]]:
        """Let each lane do as it is wished, or leave it as it is and say why."""
        guard = self._proved(guard, now)
        lacking = self.lacks(guard, wish, now=now)
        refused = lacking.any(axis=1)
        closes = ~refused & (wish == Way.NONE) & guard.lit
        back = ~refused & (wish != Way.NONE) & (wish == guard.way)
        turns = ~refused & (wish != Way.NONE) & (wish != guard.way)
        guard = self._turned(guard, turns, wish=wish)
        lit = (guard.lit & ~closes) | back | turns
        # Whoever closes again while it is closing does not lengthen the amber.
        dark_at = np.where(closes, now + self.tables.limits.warn_s * SECOND, guard.dark_at)
        guard = replace(
            guard,
            lit=lit,
            dark_at=np.where(lit, FAR, dark_at),
            red=guard.red & ~(closes | lit)[:, None],
            proved_at=np.where(lit | closes, FAR, guard.proved_at),
        )
        return guard, tuple(
            Refusal(now, self.tables.names[at], int(wish[at]), Rule(int(lacking[at].argmax())))
            for at in np.flatnonzero(refused)
        )

    def shown(self, guard: Guard, *, now: int) -> IntArray:
        """int64 (lane,): the ``Way`` in which vehicles may enter now, amber included."""
        return np.where(guard.lit | (now < guard.dark_at), guard.way, Way.NONE)

    def _unproved(self, guard: Guard, now: int) -> BoolArray:
        """bool (lane, rule): what is lacking for the other way, the hold aside."""
        tables, limits = self.tables, self.tables.limits
        out = np.zeros((len(guard.way), len(Rule)), np.bool_)
        out[:, Rule.DIRECT] = guard.lit | (now < guard.dark_at)
        out[:, Rule.TRAVERSE] = now - guard.dark_at < tables.traverse_s * SECOND
        out[:, Rule.SIGNS] = ~guard.red.all(axis=1)
        silent = now - guard.alive_at.min(axis=1) > limits.silent_s * SECOND
        out[:, Rule.SILENT] = guard.lost | silent
        out[:, Rule.FAULT] = (guard.odd > 0) | (guard.failed & tables.has).any(axis=1)
        out[:, Rule.ASLEEP] = ((guard.count == 0) & tables.has).any(axis=1)
        gates = guard.count[:, :GATES]
        out[:, Rule.BALANCE] = (gates != gates[:, :1]).any(axis=1)
        out[:, Rule.OCCUPIED] = (guard.on & tables.has).any(axis=1)
        out[:, Rule.DWELL] = now - guard.quiet_at < limits.dwell_s * SECOND
        confirmed = now - guard.confirmed_at <= limits.confirm_s * SECOND
        return out & ~(confirmed[:, None] & CONFIRMED)

    def _proved(self, guard: Guard, now: int) -> Guard:
        """The memory with since when the proof holds without a break, and who was silent."""
        silent = now - guard.alive_at.min(axis=1) > self.tables.limits.silent_s * SECOND
        guard = replace(guard, lost=guard.lost | silent)
        holds = ~self._unproved(guard, now).any(axis=1)
        proved_at = np.where(holds, np.minimum(guard.proved_at, now), FAR)
        return replace(guard, proved_at=proved_at)

    def _turned(self, guard: Guard, turns: BoolArray, *, wish: IntArray) -> Guard:
        """The memory with these lanes empty and open the other way: counted anew."""
        if not turns.any():
            return guard
        return replace(
            guard,
            way=np.where(turns, wish, guard.way),
            count=np.where(turns[:, None], 0, guard.count),
            odd=np.where(turns, 0, guard.odd),
            lost=guard.lost & ~turns,
            confirmed_at=np.where(turns, LONG_AGO, guard.confirmed_at),
        )

    def _alive(self, guard: Guard, events: Events, *, now: int) -> Guard:
        """The memory with who spoke. Who was silent too long before that stays marked."""
        guard = self._proved(guard, now)
        at, known = located(self.tables.device, events.device)
        alive_at = guard.alive_at.copy()
        alive_at.reshape(-1)[self.tables.device_place[at[known]]] = now
        return replace(guard, alive_at=alive_at)

    def _signs(self, guard: Guard, events: Events, *, now: int) -> Guard:
        """The memory with what the signs say of themselves."""
        at, known = located(self.tables.sign, events.source)
        known &= np.isin(events.code, (Code.GREEN, Code.YELLOW, Code.RED))
        if not known.any():
            return guard
        told = events.where(known)
        place = self.tables.sign_place[at[known]]
        order = np.lexsort((told.at, place))
        red = guard.red.copy()
        # Of several words the last one counts: NumPy assigns in order.
        red.reshape(-1)[place[order]] = told.code[order] == Code.RED
        dark = ~guard.lit & (guard.dark_at <= now)
        return replace(guard, red=red & dark[:, None])

    def _changes(self, guard: Guard, events: Events, *, place: IntArray) -> tuple[Guard, BoolArray]:
        """Count edges and what cannot be; events are by detector, then by their stamps.

        Returns the memory and bool (lane,), where something new was seen.
        """
        lanes, detectors = self.tables.shape
        before = np.concatenate([[-1], place[:-1]])
        first = place != before
        old_at, old_code = guard.last_at.reshape(-1)[place], guard.last_code.reshape(-1)[place]
        prior_at = np.where(first, old_at, np.concatenate([[0], events.at[:-1]]))
        prior_code = np.where(first, old_code, np.concatenate([[0], events.code[:-1]]))
        fresh = (events.at != prior_at) | (events.code != prior_code)  # Else told twice.
        back = fresh & (events.at < prior_at)
        fails = (events.code >= FAULTS[0]) & (events.code <= FAULTS[1])
        failed = guard.failed.copy()
        failed.reshape(-1)[place[fails]] = True
        failed.reshape(-1)[place[events.code == RESTORED]] = False
        last_at, last_code = guard.last_at.copy(), guard.last_code.copy()
        last_at.reshape(-1)[place] = np.maximum(events.at, prior_at)
        last_code.reshape(-1)[place] = events.code
        flips = fresh & (events.code <= Code.DETECTOR_ON)
        odd = np.bincount(place[back | fails] // detectors, minlength=lanes)
        place, turned_on = place[flips], events.code[flips] == Code.DETECTOR_ON
        first = place != np.concatenate([[-1], place[:-1]])
        was_on = np.concatenate([[False], turned_on[:-1]])
        was_on = np.where(first, guard.on.reshape(-1)[place], was_on)
        odd += np.bincount(place[turned_on == was_on] // detectors, minlength=lanes)
        rises = turned_on & ~was_on
        count = guard.count + np.bincount(place[rises], minlength=lanes * detectors).reshape(
            lanes, detectors
        )
        on = guard.on.copy()
        on.reshape(-1)[place] = turned_on
        voided = np.bincount(place[turned_on] // detectors, minlength=lanes) > 0
        guard = replace(
            guard, on=on, count=count, odd=guard.odd + odd, failed=failed,
            last_at=last_at, last_code=last_code,
        )  # fmt: skip
        return guard, voided
