"""From findings to steps: cases opened, decided, joined, escalated and closed, one event at a time.

Everything here is a function of the sequence of records: events come in the order of the log's
time and offset, however the tick cut them, so the same log gives the same steps.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, ParamSpec, TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from haihe.model.alarm import Alarm
from haihe.model.case import Case, CaseState
from haihe.model.decision import Decision, Order, OrderState, Settled
from haihe.model.line import (
    AlarmCleared,
    AlarmRaised,
    CaseClosed,
    CaseJoined,
    CaseMoved,
    CaseOpened,
    Decided,
    Dispatched,
    Escalated,
    Step,
)
from haihe.model.record import Observation
from haihe.model.text import Text
from haihe.model.time import HOUR
from haihe.pack.contract import View
from haihe.run.closure import Evidence, closing_words, is_over, weighed
from haihe.run.guard import Guard, PackFailed, PackLate
from haihe.run.rule import DUE_IN_MAX, Rule
from haihe.run.timers import CASE_DUE, HOLD_ENDS, ORDER_DUE, SHELF_ENDS, Timer, Timers
from haihe.run.view import AsOf
from haihe.state.desk import Desk

BY_HAND_IN: Final = 1 * HOUR  # Ours: how long a person has to decide what a pack could not.
DONE: Final = frozenset({OrderState.HANDLED, OrderState.REPORTED})
ORDERS_MAX: Final = 1_000  # Ours: more from one decision is a loop gone wrong.

P = ParamSpec("P")
R = TypeVar("R")
Deciding: TypeAlias = Callable[[Case, View], Decision]
_decisions: Final = msgspec.json.Decoder(Decision)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a pack decided, or what is done instead and why."""

    decision: Decision
    failed: str = ""


@dataclass
class Casework:
    """The desk, and what is needed to move it on.

    rules: the rules in force by name; a stopped rule opens nothing.
    desk: open cases and orders.
    timers: deadlines.
    evidence: case and entity to the run of good records.
    shelved: rule, or rule and entity, to the instant the shelf ends; ns.
    last_alarm: case to the log's time of its last alarm; ns.
    ordered: case to how many orders it was given.
    placed: rule and entity to the open case that has them.
    watching: stream and entity to the open cases whose evidence they are.
    orders_withheld: True in shadow and backtest, where no order leaves: evidence alone closes.
    guard: calls the packs.
    stuck: what of which version of which rule did not end once; it is not called again.
    """

    rules: dict[str, Rule]
    guard: Guard
    desk: Desk = field(default_factory=Desk)
    timers: Timers = field(default_factory=Timers)
    evidence: dict[str, dict[str, Evidence]] = field(default_factory=dict)
    shelved: dict[str, int] = field(default_factory=dict)
    last_alarm: dict[str, int] = field(default_factory=dict)
    ordered: dict[str, int] = field(default_factory=dict)
    placed: dict[tuple[str, str], str] = field(default_factory=dict)
    watching: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    orders_withheld: bool = False
    stuck: set[tuple[str, str, str]] = field(default_factory=set)

    def raised(self, alarm: Alarm, view: AsOf) -> Iterator[Step]:
        """An alarm was raised: it opens a case, joins one, or is only noted while shelved."""
        rule = self.rules[alarm.rule]
        if self._is_shelved(alarm):
            yield self.done(AlarmRaised(at=alarm.raised_at, alarm=alarm, case=""))
            return
        found = self._case_for(alarm, view)
        if found is None:
            case_id = f"{rule.pack}-{self.desk.opened.get(rule.pack, 0) + 1}"
            yield self.done(self._opening(case_id, rule, alarm=alarm))
            self.timers.add(Timer(self.desk.cases[case_id].due_at, CASE_DUE, case_id))
            decide = True
        else:
            case_id, because = found
            case = self.desk.cases[case_id]
            decide = alarm.entity not in case.entities or alarm.severity > case.severity
            if decide:
                yield self.done(
                    CaseJoined(
                        at=alarm.raised_at,
                        case=case_id,
                        entity=alarm.entity,
                        severity=alarm.severity,
                        because=because,
                    )
                )
        self.last_alarm[case_id] = alarm.raised_at
        self.placed[alarm.rule, alarm.entity] = case_id
        self._watch(case_id, alarm)
        yield self.done(AlarmRaised(at=alarm.raised_at, alarm=alarm, case=case_id))
        if decide:
            yield from self.decide(case_id, view)

    def cleared(self, step: AlarmCleared) -> Iterator[Step]:
        """An alarm's condition is over; that alone closes nothing."""
        if (step.rule, step.entity) in self.desk.standing:
            yield self.done(step)

    def decide(self, case_id: str, view: AsOf) -> Iterator[Step]:
        """Ask the playbook; give the orders that the case does not have yet."""
        case = self.desk.cases[case_id]
        rule = self.rules[case.rule]
        answer = self._ask(rule.playbook.decide, case, rule=rule, view=view)
        yield from self._given(case, answer, number=self._next_decision(case_id), view=view)

    def seen(
        self, case_id: str, observation: Observation, *, view: AsOf, received_at: int
    ) -> Iterator[Step]:
        """A record of an entity of an open case: evidence that it is over, or that it is not."""
        runs = self.evidence.get(case_id, {})
        if observation.entity not in runs:
            return
        rule = self.rules[self.desk.cases[case_id].rule]
        closure = rule.playbook.close
        run = runs[observation.entity]
        try:
            run = self._call(rule, weighed, run, closure, seen=observation, received_at=received_at)
        except PackFailed:
            run = Evidence(last=observation.observed_at)  # What cannot be judged proves nothing.
        runs[observation.entity] = run
        yield from self.close_if_over(case_id, view)

    def close_if_over(self, case_id: str, view: AsOf) -> Iterator[Step]:
        """Close the case if no alarm stands, the evidence is full and every order is settled."""
        case = self.desk.cases.get(case_id)
        if case is None or case.state is CaseState.HELD:
            return
        rule = self.rules[case.rule]
        if any((case.rule, entity) in self.desk.standing for entity in case.entities):
            return  # What the detector still finds is not over, however good each record looks.
        runs = self.evidence[case_id]
        closure = rule.playbook.close
        if not all(is_over(run, closure, now=view.now) for run in runs.values()):
            return
        owed = not all(order.is_settled for order in self.desk.orders_of(case_id))
        if owed and not self.orders_withheld:
            return
        last = max(runs.values(), key=lambda run: run.last_offset)
        first_offset = min(run.first_offset for run in runs.values())
        step = CaseClosed(
            at=view.now,
            case=case_id,
            why=closing_words(last, closure, entities=len(runs)),
            first_offset=first_offset,
            last_offset=last.last_offset,
        )
        yield from self.closed(step, view)

    def closed(self, step: CaseClosed, view: AsOf) -> Iterator[Step]:
        """The case ends; then whatever was started for it is stood down."""
        case = self.desk.cases[step.case]
        rule = self.rules[case.rule]
        number = self._next_decision(case.id)
        yield self.done(step)
        self.evidence.pop(case.id, None)
        self.last_alarm.pop(case.id, None)
        for entity in case.entities:
            self.placed.pop((case.rule, entity), None)
            self._unwatch(case.id, (rule.playbook.stream.name, entity))
        if rule.playbook.stand_down is not None:
            answer = self._ask(rule.playbook.stand_down, case, rule=rule, view=view)
            yield from self._given(case, answer, number=number, view=view)
        self.ordered.pop(case.id, None)
        if self.orders_withheld:
            self.desk.forget_orders(case.id)

    def due(self, timer: Timer, view: AsOf) -> Iterator[Step]:
        """A deadline came: escalate what is still open, resume what was held or shelved."""
        case = self.desk.cases.get(timer.subject.partition("/")[0])
        is_held = case is not None and case.state is CaseState.HELD
        if timer.kind == SHELF_ENDS:
            if self.shelved.get(timer.subject) == timer.at:
                yield from self.unshelved(timer.subject, view)
        elif timer.kind == HOLD_ENDS and case is not None and is_held:
            yield self.done(
                CaseMoved(at=timer.at, case=case.id, state="open", by="clock", reason="hold ended")
            )
            yield from self.close_if_over(case.id, view)
        elif timer.kind in (CASE_DUE, ORDER_DUE) and case is not None and is_held:
            # The clocks stand still; one nanosecond after the hold they are looked at again.
            again_at = self.timers.next_at(HOLD_ENDS, case.id) + 1
            self.timers.add(Timer(again_at, timer.kind, timer.subject))
        elif timer.kind == ORDER_DUE:
            order = self.desk.orders.get(timer.subject)
            if order is not None and not order.is_settled and order.state not in DONE:
                yield self._escalation(order.case, order=order.id, at=timer.at)
        elif timer.kind == CASE_DUE and case is not None:
            yield self._escalation(case.id, order="", at=timer.at)

    def unshelved(self, shelf: str, view: AsOf) -> Iterator[Step]:
        """A shelf ended: an alarm that still stands and has no case is raised as if it came now."""
        self.shelved.pop(shelf, None)
        for alarm in tuple(self.desk.standing.values()):
            again = replace(alarm, raised_at=view.now)
            is_on_it = shelf in _shelves(alarm)
            if is_on_it and not self._is_shelved(again) and self._place(alarm) not in self.placed:
                yield from self.raised(again, view)

    def _ask(self, deciding: Deciding, case: Case, *, rule: Rule, view: AsOf) -> _Answer:
        """What the pack decides; a person does where it cannot."""
        try:
            return _Answer(self._call(rule, _asked, deciding, case, view=view))
        except PackFailed as error:
            return _Answer(_by_hand(case, rule, failed=str(error)), str(error))

    def _call(self, rule: Rule, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What a function of the pack returns.

        Raises PackFailed if it raised, or did not end now or before: waiting for it again would
        hold everyone up again.
        """
        place = (rule.name, rule.version, function.__name__)
        if place in self.stuck:
            raise PackLate
        try:
            return self.guard.call(function, *args, **kwargs)
        except PackLate:
            self.stuck.add(place)
            raise

    def _given(self, case: Case, answer: _Answer, *, number: int, view: AsOf) -> Iterator[Step]:
        """The decision and its orders as steps."""
        rule, decision = self.rules[case.rule], answer.decision
        had = {order.order.key for order in self.desk.orders_of(case.id)}
        new = {order.key: order for order in decision.orders if order.key not in had}
        first = self._next_order(case.id)
        yield self.done(
            Decided(
                at=view.now,
                case=case.id,
                number=number,
                rule=rule.name,
                version=rule.version,
                settings=rule.settings_sha256,
                why=decision.why,
                alternatives=decision.alternatives,
                orders=tuple(f"{case.id}/{first + n}" for n in range(len(new))),
                saw=_offsets(view, case),
                failed=answer.failed,
            )
        )
        for order in new.values():
            yield self._dispatch(case.id, order, at=view.now)

    def _dispatch(self, case_id: str, order: Order, *, at: int) -> Step:
        order_id = f"{case_id}/{self._next_order(case_id)}"
        self.ordered[case_id] = self._next_order(case_id)
        due_at = at + order.due_in
        if not self.orders_withheld:
            self.timers.add(Timer(due_at, ORDER_DUE, order_id))
        return self.done(Dispatched(at=at, id=order_id, case=case_id, order=order, due_at=due_at))

    def _next_decision(self, case_id: str) -> int:
        return self.desk.decided.get(case_id, 0) + 1

    def _next_order(self, case_id: str) -> int:
        return self.ordered.get(case_id, 0) + 1

    def _escalation(self, case_id: str, *, order: str, at: int) -> Step:
        case = self.desk.cases.get(case_id)
        to = self.rules[case.rule].playbook.escalate_to if case else "duty-officer"
        due_at = self.desk.orders[order].due_at if order else self.desk.cases[case_id].due_at
        return self.done(Escalated(at=at, case=case_id, order=order, to=to, due_at=due_at))

    def _case_for(self, alarm: Alarm, view: AsOf) -> tuple[str, str] | None:
        """The open case this alarm belongs to and why; None if it needs a new one."""
        case_id = self.placed.get((alarm.rule, alarm.entity))
        if case_id is not None:
            return case_id, "same entity"
        roll_up = self.rules[alarm.rule].playbook.roll_up
        for relation in roll_up.relations:
            for other in view.related(alarm.entity, relation):
                case_id = self.placed.get((alarm.rule, other))
                if case_id is None:
                    continue
                if alarm.raised_at - self.last_alarm[case_id] <= roll_up.window:
                    return case_id, f"{relation} of {other}"
        return None

    def _watch(self, case_id: str, alarm: Alarm) -> None:
        """From here on the entity's records are evidence of the case, beginning anew."""
        self.evidence.setdefault(case_id, {})[alarm.entity] = Evidence()
        cases = self.watching.setdefault((alarm.stream, alarm.entity), [])
        if case_id not in cases:
            cases.append(case_id)

    def _unwatch(self, case_id: str, place: tuple[str, str]) -> None:
        cases = self.watching[place]
        cases.remove(case_id)
        if not cases:
            del self.watching[place]

    def _is_shelved(self, alarm: Alarm) -> bool:
        return any(self.shelved.get(key, 0) > alarm.raised_at for key in _shelves(alarm))

    def _place(self, alarm: Alarm) -> tuple[str, str]:
        return alarm.rule, alarm.entity

    def _opening(self, case_id: str, rule: Rule, *, alarm: Alarm) -> CaseOpened:
        return CaseOpened(
            at=alarm.raised_at,
            case=case_id,
            rule=rule.name,
            version=rule.version,
            entity=alarm.entity,
            severity=alarm.severity,
            due_at=alarm.raised_at + rule.playbook.due_in,
        )

    def done(self, step: Step) -> Step:
        """The step, after the desk has taken it."""
        self.desk.apply(step)
        if self.orders_withheld:  # Nobody keeps them.
            self.desk.changed_cases.clear()
            self.desk.changed_orders.clear()
        return step


def _offsets(view: AsOf, case: Case) -> tuple[int, ...]:
    """The records a decision rests on; silence (offset -1) is none."""
    offsets = view.saw | {alarm.offset for alarm in case.alarms}
    return tuple(sorted(offset for offset in offsets if offset >= 0))


def _shelves(alarm: Alarm) -> tuple[str, str]:
    """The shelves that an alarm may lie on."""
    return alarm.rule, f"{alarm.rule} {alarm.entity}"


def _asked(deciding: Deciding, case: Case, *, view: AsOf) -> Decision:
    """The playbook's decision, checked: what a pack gives back is not to be trusted blindly."""
    decision = deciding(case, view)
    if not isinstance(decision, Decision):
        raise TypeError(f"the decision is a {type(decision).__name__}, not a Decision")
    # The log must be able to hold it and give it back: a number among the texts, say, is refused.
    decision = _decisions.decode(msgspec.json.encode(decision))
    if len(decision.orders) > ORDERS_MAX:
        raise ValueError(f"{len(decision.orders)} orders; at most {ORDERS_MAX} are given at once")
    for order in decision.orders:
        if not 0 < order.due_in <= DUE_IN_MAX:
            raise ValueError(
                f"order '{order.key}' is due in {order.due_in} ns; 1 to {DUE_IN_MAX} are allowed"
            )
    return decision


def _by_hand(case: Case, rule: Rule, *, failed: str) -> Decision:
    """What happens when a pack cannot decide: the case is real, so a person does."""
    order = Order(
        action="decide-by-hand",
        entity=case.entity,
        assignee=rule.playbook.escalate_to,
        due_in=BY_HAND_IN,
        title=Text(zh="系统包无法决策，请人工处置", en="The pack could not decide: please decide"),
        settled=Settled.BY_VERIFICATION,
    )
    why = Text(
        zh=f"规则 {rule.name} 决策失败：{failed}", en=f"rule {rule.name} failed to decide: {failed}"
    )
    return Decision(orders=(order,), why=why)
