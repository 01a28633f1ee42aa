"""From turns to steps: loops decide on the log's clock, and what they bring about is measured.

A turn is one of the casework's timers, so it has its place among findings, evidence and deadlines
whatever entries the log was cut into; it sees exactly the records received before its instant.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from haihe.log.directory import Directory
from haihe.model.alarm import Noted
from haihe.model.decision import (
    ORDER_MOVES,
    Answered,
    Decision,
    OrderState,
    Settled,
    WorkOrder,
)
from haihe.model.line import (
    Decided,
    Dispatched,
    EffectMeasured,
    OrderMoved,
    RuleFailed,
    Step,
    TurnTaken,
)
from haihe.model.record import Batch, gather
from haihe.model.text import Text
from haihe.model.time import format_duration
from haihe.pack.loop import Control, Effect, Turn
from haihe.run.asking import ORDERS_MAX, checked
from haihe.run.casework import Casework
from haihe.run.guard import Guard, PackFailed
from haihe.run.ledgers import NOTES_MAX, PackNote
from haihe.run.loop_rule import LoopRule
from haihe.run.spoken import Spoken
from haihe.run.timers import Timer
from haihe.run.view import AsOf
from haihe.run.watching import Segment, rows_between

TURN: Final = "turn"
EFFECT: Final = "effect"
LOOP_TIMERS: Final = frozenset({TURN, EFFECT})
MADE_UP_MAX: Final = 60  # Ours: turns missed in a longer gap of the log are not made up for.

Looking: TypeAlias = Callable[[int, int], AsOf]


@dataclass
class Running:
    """A loop at work.

    rule: with the settings in force.
    memory: the control's own.
    number: how many decisions were taken.
    turned_at: the offset up to which the last turn that decided something had seen the log.
    taken: the offset up to which records were put by or given.
    waiting: by stream, records put by for the next turn, in order.
    known: by stream, how many entities have spoken.
    given: orders whose effect is not measured yet, by id.
    """

    rule: LoopRule
    memory: Any
    number: int = 0
    turned_at: int = 0
    taken: int = 0
    waiting: dict[str, list[Batch]] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    given: dict[str, WorkOrder] = field(default_factory=dict)

    def take(self, segment: Segment, *, end_offset: int) -> None:
        """Put by the segment's records up to an offset."""
        for stream in self.rule.streams:
            rows = rows_between(segment.batches.get(stream), self.taken, end=end_offset)
            if rows is not None and len(rows):
                self.waiting.setdefault(stream, []).append(rows)
                self.known[stream] = max(self.known.get(stream, 0), int(rows.slots.max()) + 1)
        self.taken = max(self.taken, end_offset)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A turn that decided something.

    at: the log's time; ns.
    saw: offsets of the records it asked the view for.
    under_way: the loop's orders that are not settled, by key.
    """

    at: int
    saw: tuple[int, ...]
    under_way: Mapping[str, WorkOrder]


@dataclass
class Loops:
    """The loops of a track.

    casework: whose desk and timers they share.
    rules: in force, by name.
    running: those at work, by name; one that failed is not among them.
    spoken: what each said of late, by name; also one that failed.
    """

    casework: Casework
    directory: Directory
    guard: Guard
    rules: dict[str, LoopRule] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    spoken: dict[str, Spoken] = field(default_factory=dict)

    def install(self, rules: Mapping[str, LoopRule], *, at: int = 0) -> None:
        """Begin with these loops and empty memories at the log's time ``at``; ns."""
        self.rules, self.running, self.spoken = {}, {}, {}
        self.casework.steered = frozenset(rules)
        for rule in rules.values():
            self.start(rule, at=at)

    def start(self, rule: LoopRule, *, at: int) -> None:
        """Put a loop in force with a memory that begins anew; it keeps its numbers and its clock.

        at: the log's time; ns.
        """
        old = self.running.pop(rule.name, None)
        new = Running(rule, rule.loop.control.start())
        if old is not None:
            new.number, new.turned_at, new.given = old.number, old.turned_at, old.given
            new.taken, new.known = old.taken, old.known
        self.rules[rule.name], self.running[rule.name] = rule, new
        self.spoken.setdefault(rule.name, Spoken())
        self.casework.timers.drop(TURN, rule.name)
        self.casework.timers.add(Timer(_after(at, rule.loop.every), TURN, rule.name))

    def take(self, segment: Segment) -> None:
        """Put by what the segment holds beyond the last turn in it."""
        for running in self.running.values():
            running.take(segment, end_offset=segment.end_offset)

    def due(self, timer: Timer, segment: Segment, *, looking: Looking) -> Iterator[Step]:
        """A turn came, or an effect is to be measured."""
        end_offset = segment.offset_at(timer.at)
        if timer.kind == EFFECT:
            running = self.running.get(timer.subject.partition("/")[0])
            if running is not None and timer.subject in running.given:
                order = running.given.pop(timer.subject)
                yield from self._measured(running, order, view=looking(timer.at, end_offset))
            return
        running = self.running.get(timer.subject)
        if running is None:
            return
        every = running.rule.loop.every
        behind = segment.time_at(timer.at)
        if behind - timer.at > MADE_UP_MAX * every:
            self.casework.timers.add(Timer(behind // every * every, TURN, timer.subject))
            return
        running.take(segment, end_offset=end_offset)
        self.casework.timers.add(Timer(timer.at + every, TURN, timer.subject))
        yield from self._turned(running, looking(timer.at, end_offset), end_offset=end_offset)

    def _turned(self, running: Running, view: AsOf, *, end_offset: int) -> Iterator[Step]:
        rule = running.rule
        undone = self._undone(rule.name, now=view.now)
        for order in undone:
            yield self._over(running, order, at=view.now, reason=_why_over(order))
        turn = self._turn(running, view, undone=undone)
        running.waiting, self.spoken[rule.name].turn_at = {}, view.now
        try:
            running.memory, found = self.guard.call(
                _decided, rule.loop.control, running.memory, turn=turn
            )
        except PackFailed as error:
            del self.running[rule.name]
            yield RuleFailed(at=view.now, rule=rule.name, failed=str(error))
            for order in self.casework.desk.orders_of(rule.name):
                if _has_not_left(order):
                    yield self._over(running, order, at=view.now, reason="the loop was stopped")
            return
        self.casework.ledgers.notes += [PackNote(rule.pack, noted) for noted in found.notes]
        for answer in found.answers:
            yield from self._answered(rule.name, answer, at=view.now)
        decisions = _without_held(found.decisions, turn)
        if not decisions:
            return
        first_offset, running.turned_at = running.turned_at, end_offset
        yield TurnTaken(
            at=view.now,
            rule=rule.name,
            version=rule.version,
            settings=rule.settings_sha256,
            number=running.number + 1,
            decisions=len(decisions),
            first_offset=first_offset,
            end_offset=end_offset,
            pack_version=rule.pack_version,
        )
        taken = _Taken(
            at=view.now,
            saw=tuple(sorted(offset for offset in view.saw if offset >= 0)),
            under_way={one.order.key: one for one in self.casework.desk.orders_of(rule.name)},
        )
        for decision in decisions:
            yield from self._given(running, decision, taken=taken)
        if self.casework.orders_withheld:
            self.casework.desk.forget_orders(rule.name)

    def _undone(self, name: str, *, now: int) -> tuple[WorkOrder, ...]:
        """The orders to devices that were refused, or were not taken while they were wanted."""
        return tuple(
            order
            for order in self.casework.desk.orders_of(name)
            if _has_not_left(order)
            and (order.state is OrderState.UNDELIVERED or order.is_stale(now))
        )

    def _turn(self, running: Running, view: AsOf, *, undone: tuple[WorkOrder, ...]) -> Turn:
        name = running.rule.name
        held = [
            key.partition(" ")[2]
            for key, shelf in self.casework.shelved.items()
            if key.partition(" ")[0] == name and shelf.until > view.now
        ]
        return Turn(
            now=view.now,
            new={stream: gather(rows)[stream] for stream, rows in running.waiting.items()},
            ids={
                stream: self.directory.ids(stream)[:known]
                for stream, known in running.known.items()
            },
            view=view,
            held=frozenset(held) - {""},
            all_held="" in held,
            undone=undone,
            withheld=self.casework.orders_withheld,
        )

    def _given(self, running: Running, decision: Decision, *, taken: _Taken) -> Iterator[Step]:
        """A decision and its orders; an older order that has not left is withdrawn."""
        rule, ordered = running.rule, self.casework.ordered.get(running.rule.name, 0)
        orders = {order.key: order for order in decision.orders}
        running.number += 1
        decided = Decided(
            at=taken.at,
            case=rule.name,
            number=running.number,
            rule=rule.name,
            version=rule.version,
            settings=rule.settings_sha256,
            why=decision.why,
            alternatives=decision.alternatives,
            orders=tuple(f"{rule.name}/{ordered + n}" for n in range(1, len(orders) + 1)),
            saw=taken.saw,
        )
        self.spoken[rule.name].decided(decided, tuple(orders.values()))
        yield decided
        for key, order in orders.items():
            step = self.casework.dispatch(rule.name, order, at=taken.at)
            yield step
            if self.casework.orders_withheld:
                continue
            if key in taken.under_way:
                yield from self._superseded(running, taken.under_way[key], by=step)
            if rule.loop.effect is not None:
                given = WorkOrder.dispatched(step.id, rule.name, order=order, at=taken.at)
                running.given[step.id] = given
                due_at = taken.at + rule.loop.effect_after
                self.casework.timers.add(Timer(due_at, EFFECT, step.id))

    def _answered(self, rule: str, answer: Answered, *, at: int) -> Iterator[Step]:
        """The loop's orders of that action and entity, reported by who answered them."""
        key = f"{answer.action} {answer.entity}"
        for order in self.casework.desk.orders_of(rule):
            if order.order.key == key and OrderState.REPORTED in ORDER_MOVES[order.state]:
                yield self.casework.done(
                    OrderMoved(
                        at=at,
                        id=order.id,
                        state=OrderState.REPORTED,
                        by=answer.by,
                        reason=answer.words,
                    )
                )

    def _superseded(self, running: Running, old: WorkOrder, *, by: Dispatched) -> Iterator[Step]:
        """An order that has not left when a newer one takes its place does not leave any more."""
        if old.state in (OrderState.DISPATCHED, OrderState.UNDELIVERED):
            yield self._over(running, old, at=by.at, reason=f"{by.id} took its place")

    def _over(self, running: Running, order: WorkOrder, *, at: int, reason: str) -> Step:
        """An order that did not leave is not wanted any more; it is counted."""
        name = running.rule.name
        running.given.pop(order.id, None)
        self.spoken[name].overtaken += 1
        return self.casework.done(
            OrderMoved(at=at, id=order.id, state=OrderState.OVERTAKEN, by=name, reason=reason)
        )

    def _measured(self, running: Running, order: WorkOrder, *, view: AsOf) -> Iterator[Step]:
        loop = running.rule.loop
        if loop.effect is None:  # The settings changed meanwhile.
            return
        order = self.casework.desk.orders.get(order.id, order)
        try:
            effect = self.guard.call(_effect, loop.effect, order, view=view)
        except PackFailed as error:
            why = Text(zh=f"效果无法计量：{error}", en=f"the effect could not be measured: {error}")
            effect = Effect(value=0.0, expected=0.0, is_good=False, why=why)
        if effect is not None:
            step = EffectMeasured(
                at=view.now,
                order=order.id,
                rule=running.rule.name,
                entity=order.order.entity,
                value=effect.value,
                expected=effect.expected,
                is_good=effect.is_good,
                why=effect.why,
            )
            self.spoken[running.rule.name].measured(step)
            yield step


def _after(at: int, every: int) -> int:
    """The first turn after an instant; at the beginning of time it is that."""
    return at // every * every + every if at else 0


def _has_not_left(order: WorkOrder) -> bool:
    """Whether it is for a device, and none has taken it."""
    waits = order.state in (OrderState.DISPATCHED, OrderState.UNDELIVERED)
    return waits and order.order.settled is Settled.BY_RECEIPT


def _why_over(order: WorkOrder) -> str:
    if order.state is OrderState.UNDELIVERED:
        return f"{order.words or 'it was not taken'}; the loop decides anew"
    return f"nobody took it within {format_duration(order.order.valid_for)}; the loop decides anew"


def _without_held(decisions: Sequence[Decision], turn: Turn) -> list[Decision]:
    """The decisions without orders for what a person steers by hand."""
    if not turn.held and not turn.all_held:
        return list(decisions)
    found = []
    for decision in decisions:
        orders = tuple(order for order in decision.orders if not turn.is_held(order.entity))
        if orders or not decision.orders:
            found.append(replace(decision, orders=orders))
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    """What a turn gave: decisions, what needs a case, and what answers an order."""

    decisions: list[Decision]
    notes: list[Noted]
    answers: list[Answered]


def _decided(control: Control[Any], memory: Any, *, turn: Turn) -> tuple[Any, _Found]:
    """What a control gives in a turn, checked."""
    memory, told = control.turn(memory, turn)
    found = _Found(
        [checked(one) for one in told if not isinstance(one, Noted | Answered)],
        [one for one in told if isinstance(one, Noted)],
        [one for one in told if isinstance(one, Answered)],
    )
    if sum(len(decision.orders) for decision in found.decisions) > ORDERS_MAX:
        raise ValueError(f"more than {ORDERS_MAX} orders in one turn")
    if len(found.notes) > NOTES_MAX or len(found.answers) > ORDERS_MAX:
        raise ValueError(
            f"{len(found.notes)} notes and {len(found.answers)} answers in one turn; at most "
            f"{NOTES_MAX} and {ORDERS_MAX} are taken"
        )
    return memory, found


def _effect(
    measure: Callable[[WorkOrder, AsOf], Effect | None], order: WorkOrder, *, view: AsOf
) -> Effect | None:
    """What an order brought about, with plain numbers, as a line of the log can hold it."""
    effect = measure(order, view)
    if effect is None:
        return None
    return dataclasses.replace(
        effect,
        value=float(effect.value),
        expected=float(effect.expected),
        is_good=bool(effect.is_good),
    )
