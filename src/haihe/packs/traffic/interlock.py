"""The interlock: no decision passes it that a signal may not obey; the heads are its alone.

It knows nothing of demand and of how a decision came about. It is asked for a stage for each
junction, each second; what it may not show it refuses, and takes the local plan's stage instead.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.time import SECOND
from haihe.packs.traffic.network.model import Signal
from haihe.packs.traffic.tables import Tables

LETTERS: Final = np.frombuffer(b"rgGy", dtype=np.uint8)
YELLOW: Final = 3  # Ours: the fourth letter, after the three signals.
LONG_AGO: Final = -(10**6) * SECOND  # Ours: longer than any limit before the start.
NEVER: Final = np.iinfo(np.int64).max
UNCALLED: Final = NEVER  # Ours: of a group that nobody waits for.


class Rule(IntEnum):
    """Why a wish was refused; in the order in which they are told."""

    KNOWN = 0
    CHANGING = 1
    CONFLICT = 2
    LEAST_GREEN = 3
    ORDER = 4
    MOST_GREEN = 5
    MOST_RED = 6


REASONS: Final = {
    Rule.KNOWN: Text(zh="没有这个阶段", en="there is no such stage"),
    Rule.CHANGING: Text(zh="正在换相", en="a change is under way"),
    Rule.CONFLICT: Text(zh="冲突灯组不得同时放行", en="conflicting groups would be green together"),
    Rule.LEAST_GREEN: Text(zh="最短绿灯未满", en="a least green is not over"),
    Rule.ORDER: Text(zh="不符合规定的相序", en="the stage may not follow this one"),
    Rule.MOST_GREEN: Text(zh="已到最长绿灯", en="the most green is reached"),
    Rule.MOST_RED: Text(zh="会有灯组超过最长红灯", en="a group would be red for too long"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A wish that was refused.

    at: ns.
    junction: its name.
    wished, given: the stage that was asked for, and the one taken instead.
    rule: why; the first that was broken.
    """

    at: int
    junction: str
    wished: int
    given: int
    rule: Rule

    @property
    def why(self) -> Text:
        """The reason as a person reads it."""
        told = REASONS[self.rule]
        return Text(
            zh=f"路口 {self.junction} 拒绝阶段 {self.wished}: {told.zh}; 改用阶段 {self.given}",
            en=f"junction {self.junction} refused stage {self.wished}: {told.en}; "
            f"stage {self.given} instead",
        )


@dataclass(frozen=True, slots=True)
class Heads:
    """The interlock's memory: what every signal shows, and since when. All instants are ns.

    stage: int64 (junction,), the stage that is green, or was last.
    target: int64 (junction,), the stage a change leads to; the same where none is under way.
    full_at: int64 (junction,), when the change is over.
    green_at: int64 (junction, group), when it last turned green.
    clear_at: int64 (junction, group), when its last yellow was or will be over.
    called_at: int64 (junction, group), since when somebody may wait for its green; ``UNCALLED``
        where nobody does.
    """

    stage: IntArray
    target: IntArray
    full_at: IntArray
    green_at: IntArray
    clear_at: IntArray
    called_at: IntArray


@dataclass(frozen=True)
class Interlock:
    """The rules of ``tables``, kept.

    tables: what each signal may do.
    """

    tables: Tables

    @cached_property
    def _clashes(self) -> BoolArray:
        """bool (junction, stage): stages that give green to groups that exclude each other."""
        green = self.tables.green
        beside = np.einsum("jsg,jgh->jsh", green, self.tables.excludes)
        clashes: BoolArray = np.any(beside & green, axis=2)
        return clashes

    @cached_property
    def _lasting(self) -> BoolArray:
        """bool (junction, stage): stages that may stay until a limit of time is against them."""
        tables = self.tables
        stages = np.arange(tables.valid.shape[1])
        return tables.valid & ~self._clashes & tables.after[:, stages, stages]

    @cached_property
    def _serves(self) -> IntArray:
        """int64 (junction, stage, group): the stage that gives the group green, soonest after
        that stage; the same stage if none does."""
        tables = self.tables
        stages = tables.valid.shape[1]
        gives = tables.green[:, None] & tables.after[..., None]
        cost = np.where(gives, tables.change_s[..., None], NEVER)
        return np.where(gives.any(axis=2), cost.argmin(axis=2), np.arange(stages)[:, None])

    def start(self, stage: IntArray, *, at: int) -> Heads:
        """Memory at the moment the signals are taken over.

        stage: int64 (junction,), the stage that is green.
        """
        shape = self.tables.least_s.shape
        green = self._green_of(stage)
        return Heads(
            stage=stage.astype(np.int64),
            target=stage.astype(np.int64),
            full_at=np.full(shape[0], at, dtype=np.int64),
            green_at=np.where(green, at, LONG_AGO).astype(np.int64),
            clear_at=np.full(shape, at, dtype=np.int64),
            called_at=np.full(shape, LONG_AGO, dtype=np.int64),
        )

    def called(self, heads: Heads, calls: BoolArray, *, now: int) -> Heads:
        """Take in who asks for green; until then every group is thought to be asked for.

        A call stands until its group is green. Groups whose users nothing sees always call.

        calls: bool (junction, group), whether somebody may wait there now; where detectors are
            not believed, whether nobody can tell.
        """
        goes = self._green_of(heads.stage) & self._green_of(heads.target)
        calls = calls | self.tables.unseen
        stands = np.where(goes, UNCALLED, heads.called_at)
        called_at = np.where(calls & ~goes & (stands == UNCALLED), now, stands)
        return replace(heads, called_at=called_at)

    def step(
        self, heads: Heads, wish: IntArray, *, local: IntArray, now: int
    ) -> tuple[Heads, tuple[Refusal, ...]]:
        """Let the signals go on to ``now`` with a wish for each junction.

        wish: int64 (junction,), a stage; the one under way where nothing is to change.
        local: int64 (junction,), the stage of the plan in force, for where the wish is refused.
        now: ns; not before the last one.
        Returns the memory, and what was refused.
        """
        heads = self._arrived(heads, now)
        if self._rests(heads, wish):
            return heads, ()
        broken = self.broken(heads, wish, now=now)
        refused = broken.any(axis=1)
        if not refused.any():
            return self._begin(heads, wish, now=now), ()
        given = np.where(refused, self._instead(heads, local, now=now), wish)
        refusals = tuple(
            Refusal(
                at=now,
                junction=self.tables.names[at],
                wished=int(wish[at]),
                given=int(given[at]),
                rule=Rule(int(np.argmax(broken[at]))),
            )
            for at in np.flatnonzero(refused)
        )
        return self._begin(heads, given, now=now), refusals

    def broken(self, heads: Heads, wish: IntArray, *, now: int) -> BoolArray:
        """bool (junction, rule): the rules each wish would break now.

        wish: int64 (junction,); or (junction, wish), then the answer is (junction, wish, rule).
        """
        tables = self.tables
        at = _rows(wish)
        known = (wish >= 0) & (wish < tables.valid.shape[1])
        stage = np.where(known, wish, 0)
        known &= tables.valid[at, stage]
        before = heads.stage[at]
        changing = heads.full_at[at] > now
        green, held = tables.green[at, stage], tables.green[at, before]
        loses = held & ~green & ~changing[..., None]
        age_s = ((now - heads.green_at) // SECOND)[at]
        out = np.zeros((*wish.shape, len(Rule)), dtype=np.bool_)
        out[..., Rule.KNOWN] = ~known
        out[..., Rule.CHANGING] = changing & (stage != heads.target[at])
        out[..., Rule.CONFLICT] = self._clashes[at, stage]
        out[..., Rule.LEAST_GREEN] = (loses & (age_s < tables.least_s[at])).any(axis=-1)
        out[..., Rule.ORDER] = ~changing & ~tables.after[at, before, stage]
        if tables.limits.most_green_s:
            over = held & green & tables.served[at] & (age_s >= tables.limits.most_green_s)
            out[..., Rule.MOST_GREEN] = over.any(axis=-1) & ~changing & (stage == before)
        if tables.limits.most_red_s:
            out[..., Rule.MOST_RED] = ~changing & self._starves(heads, stage, now=now)
        out[~known, Rule.KNOWN + 1 :] = False
        return out

    def choices(self, heads: Heads, *, now: int) -> BoolArray:
        """bool (junction, stage): what would be accepted now."""
        return self._choices(self._arrived(heads, now), now=now)[0]

    def shown(self, heads: Heads, *, now: int) -> tuple[str, ...]:
        """The heads of each junction now, one letter for each group: G, g, y or r."""
        at = np.arange(len(heads.stage))
        changing = (heads.full_at > now)[:, None]
        before = self.tables.signals[at, heads.stage].astype(np.int64)
        after = self.tables.signals[at, heads.target].astype(np.int64)
        ends = (before > Signal.RED) & (after == Signal.RED)
        lit = np.where(ends, np.where(heads.clear_at > now, YELLOW, Signal.RED), before)
        codes = np.where(changing, lit, after)
        rows = zip(LETTERS[codes], self.tables.widths, strict=True)
        return tuple(row[:width].tobytes().decode() for row, width in rows)

    def _choices(self, heads: Heads, *, now: int) -> tuple[BoolArray, BoolArray]:
        """bool (junction, stage): what breaks no rule; what breaks none that keeps people safe."""
        count, stages = self.tables.valid.shape
        wish = np.broadcast_to(np.arange(stages), (count, stages))
        broken = self.broken(heads, wish, now=now)
        unlawful: BoolArray = np.any(broken, axis=2)
        unsafe: BoolArray = np.any(broken[..., : Rule.MOST_GREEN], axis=2)
        return ~unlawful, ~unsafe

    def _rests(self, heads: Heads, wish: IntArray) -> bool:
        """Whether all is to stay as it is, and no rule could be against that."""
        limits = self.tables.limits
        if limits.most_green_s or limits.most_red_s or (wish != heads.target).any():
            return False
        return bool(self._lasting[np.arange(len(wish)), wish].all())

    def _green_of(self, stage: IntArray) -> BoolArray:
        return self.tables.green[np.arange(len(stage)), stage]

    def _arrived(self, heads: Heads, now: int) -> Heads:
        """Changes that are over by now become the stage."""
        over = (heads.full_at <= now) & (heads.stage != heads.target)
        if not over.any():
            return heads
        gains = self._green_of(heads.target) & ~self._green_of(heads.stage) & over[:, None]
        return replace(
            heads,
            stage=np.where(over, heads.target, heads.stage),
            green_at=np.where(gains, heads.full_at[:, None], heads.green_at),
        )

    def _begin(self, heads: Heads, stage: IntArray, *, now: int) -> Heads:
        """Start the changes to new stages: yellow now, green when every conflict has cleared."""
        begins = (stage != heads.stage) & (heads.full_at <= now)
        if not begins.any():
            return heads
        before, after = self._green_of(heads.stage), self._green_of(stage)
        loses = before & ~after & begins[:, None]
        gains = after & ~before & begins[:, None]
        clear_at = np.where(loses, now + self.tables.yellow_s * SECOND, heads.clear_at)
        free_at = clear_at[:, :, None] + self.tables.gap_s * SECOND
        awaited = self.tables.excludes & gains[:, None, :]
        ready_at = np.where(awaited, free_at, now).max(axis=(1, 2), initial=now)
        ends_at = np.where(loses, clear_at, now).max(axis=1, initial=now)
        return replace(
            heads,
            target=np.where(begins, stage, heads.target),
            full_at=np.where(begins, np.maximum(ready_at, ends_at), heads.full_at),
            clear_at=clear_at,
        )

    def _instead(self, heads: Heads, local: IntArray, *, now: int) -> IntArray:
        """What is shown where a wish was refused: the plan's stage, else what is green, else any
        that is lawful; where some red is too long already, what ends the longest."""
        at = np.arange(len(local))
        lawful, safe = self._choices(heads, now=now)
        stages = lawful.shape[1]
        planned = np.clip(local, 0, stages - 1)
        changing = heads.full_at > now
        holds = np.where(changing, heads.target, heads.stage)
        due = np.where(self.tables.served, self._left_s(heads, now=now), NEVER)
        overdue = self._serves[at, heads.stage, due.argmin(axis=1)]
        given = np.where(safe[at, overdue], overdue, holds)
        given = np.where(lawful.any(axis=1), lawful.argmax(axis=1), given)
        given = np.where(lawful[at, holds], holds, given)
        given = np.where(lawful[at, planned] & (local == planned), planned, given)
        return np.where(changing, heads.target, given)

    def _left_s(self, heads: Heads, *, now: int) -> IntArray:
        """int64 (junction, group): seconds until each must be green, by the most red.

        Who is not called may be called the next second: then all of the most red is left.
        """
        limits = self.tables.limits
        green, called = self._green_of(heads.stage), heads.called_at != UNCALLED
        since = np.maximum(heads.clear_at, np.where(called, heads.called_at, LONG_AGO))
        red_s = np.where(green, 0, (now - heads.clear_at) // SECOND)
        waited_s = np.where(green | ~called, 0, (now - since) // SECOND)
        left_s: IntArray = np.minimum(limits.most_red_s - waited_s, limits.most_uncalled_s - red_s)
        return left_s

    def _starves(self, heads: Heads, stage: IntArray, *, now: int) -> BoolArray:
        """Whether, after ``stage`` and its least green, some group could no longer be in time.

        The groups that are red then are served one after another, the longest red first, each
        with the least green of its stage; this is what a controller can still do.
        """
        tables = self.tables
        at = _rows(stage)
        before = heads.stage[at]
        stays = stage == before
        done = tables.green[at, stage] | ~tables.served[at]
        begin_s = np.where(stays, 0, tables.change_s[at, before, stage])
        spent_s = begin_s + np.where(stays, 1, tables.stage_least_s[at, stage])
        left_s = self._left_s(heads, now=now)[at]
        starved = np.zeros(stage.shape, dtype=np.bool_)
        last = stage
        for _ in range(tables.valid.shape[1]):
            waits = ~np.all(done, axis=-1)
            if not waits.any():
                break
            due = np.where(done, NEVER, left_s)
            group = due.argmin(axis=-1)
            following = self._serves[at, last, group]
            spent_s = spent_s + np.where(waits, tables.change_s[at, last, following], 0)
            starved |= waits & (spent_s > due.min(axis=-1))
            spent_s = spent_s + np.where(waits, tables.stage_least_s[at, following], 0)
            done = done | (tables.green[at, following] & waits[..., None])
            last = np.where(waits, following, last)
        return starved


def _rows(wish: IntArray) -> IntArray:
    """The ordinals of the junctions, in the shape of one or several wishes each."""
    at = np.arange(len(wish))
    return at if wish.ndim == 1 else at[:, None]
