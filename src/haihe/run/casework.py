"""From findings to steps: cases opened, decided, joined, escalated and closed, one event at a time.

Everything here is a function of the sequence of records: events come in the order of the log's
time and offset, however the tick cut them, so the same log gives the same steps.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from haihe.model.alarm import Alarm
from haihe.model.case import Case, CaseState
from haihe.model.decision import Order, OrderState, Settled
from haihe.model.line import (
    AlarmCleared,
    AlarmRaised,
    CaseClosed,
    CaseJoined,
    CaseMerged,
    CaseMoved,
    CaseOpened,
    Decided,
    Dispatched,
    Escalated,
    OrderMoved,
    Step,
)
from haihe.model.record import Observation
from haihe.pack.contract import Procedure
from haihe.run.asking import Answer, Asking
from haihe.run.closure import Evidence, closing_words, is_over, weighed
from haihe.run.guard import PackFailed
from haihe.run.ledgers import Ledgers
from haihe.run.places import Belonging, Places, place_of, shelves_of
from haihe.run.procedures import closing, dropped, is_done, is_untouched, lapsed
from haihe.run.rule import Rule
from haihe.run.shelf import NONE, Shelved, is_shelved
from haihe.run.timers import CASE_DUE, HOLD_ENDS, ORDER_DUE, SHELF_ENDS, Timer, Timers
from haihe.run.view import AsOf
from haihe.state.desk import Desk

DONE: Final = frozenset({OrderState.HANDLED, OrderState.REPORTED})
MERGING: Final = "roll-up"  # In whose name orders of a merged case are cancelled.


@dataclass
class Casework:
    """The desk, and what is needed to move it on.

    rules: the rules in force by name; a stopped rule opens nothing.
    desk: open cases and orders.
    timers: deadlines.
    evidence: case and entity to the run of good records.
    shelved: rule, or rule and entity, to how long, by whom and why.
    ordered: case, or loop, to how many orders it was given.
    places: where an alarm belongs.
    watching: stream and entity to the open cases whose evidence they are.
    fresh: what of it was added since somebody last looked; not state, only a way to tell.
    steered: the loops of the track: they can be shelved as rules can.
    orders_withheld: True in shadow and backtest, where no order leaves: evidence alone closes.
    asking: the way to the packs' code.
    ledgers: what the packs keep in mind; each step is told to its pack's.
    """

    rules: dict[str, Rule]
    asking: Asking
    desk: Desk = field(default_factory=Desk)
    timers: Timers = field(default_factory=Timers)
    evidence: dict[str, dict[str, Evidence]] = field(default_factory=dict)
    shelved: dict[str, Shelved] = field(default_factory=dict)
    ordered: dict[str, int] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    watching: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    fresh: list[tuple[str, str]] = field(default_factory=list)
    steered: frozenset[str] = frozenset()
    orders_withheld: bool = False
    ledgers: Ledgers = field(default_factory=Ledgers)

    def raised(self, alarm: Alarm, view: AsOf) -> Iterator[Step]:
        """An alarm was raised: it opens a case, joins one, or is only noted while shelved."""
        if is_shelved(self.shelved, alarm):
            yield self.done(AlarmRaised(at=alarm.raised_at, alarm=alarm, case=""))
            return
        rule = self.rules[alarm.rule]
        found = self.places.belonging(alarm, rule, desk=self.desk, view=view)
        if found is not None and not found.is_own:
            yield from self._explained(alarm, found, view=view)
            return
        if found is None:
            case_id = yield from self._open(alarm)
            decide = True
        else:
            case_id = found.case
            case = self.desk.cases[case_id]
            decide = alarm.entity not in case.entities or alarm.severity > case.severity
            if decide:
                yield self.done(
                    CaseJoined(
                        at=alarm.raised_at,
                        case=case_id,
                        entity=alarm.entity,
                        severity=alarm.severity,
                        because=found.because,
                    )
                )
        self.places.put(alarm, self.desk.cases[case_id])
        self._watch(case_id, alarm)
        yield self.done(AlarmRaised(at=alarm.raised_at, alarm=alarm, case=case_id))
        signs = self.desk.cases[case_id].also_total
        yield from self._merged(case_id, view)
        if decide or self.desk.cases[case_id].also_total > signs:
            yield from self.decide(case_id, view)

    def _open(self, alarm: Alarm) -> Generator[Step, None, str]:
        """A new case for the alarm; its id."""
        rule = self.rules[alarm.rule]
        case_id = f"{rule.pack}-{self.desk.opened.get(rule.pack, 0) + 1}"
        yield self.done(
            CaseOpened(
                at=alarm.raised_at,
                case=case_id,
                rule=rule.name,
                version=rule.version,
                entity=alarm.entity,
                severity=alarm.severity,
                due_at=alarm.raised_at + rule.playbook.due_in,
                again=self.places.ended_here(alarm, rule),
            )
        )
        self.timers.add(Timer(self.desk.cases[case_id].due_at, CASE_DUE, case_id))
        return case_id

    def _explained(self, alarm: Alarm, found: Belonging, *, view: AsOf) -> Iterator[Step]:
        """An alarm that another rule's case answers for; a new kind, or a worse one, is decided."""
        case = self.desk.cases[found.case]
        is_new = all(one.rule != alarm.rule for one in case.also)
        self.places.put(alarm, case)
        yield self.done(
            AlarmRaised(at=alarm.raised_at, alarm=alarm, case=case.id, because=found.because)
        )
        if is_new or alarm.severity > case.severity:
            yield from self.decide(case.id, view)

    def _merged(self, case_id: str, view: AsOf) -> Iterator[Step]:
        """The untouched cases that this one explains go on in it: their cause came to light."""
        case = self.desk.cases[case_id]
        for other in self.places.explained_by(case, self.rules, desk=self.desk, view=view):
            orders = [one for one in self.desk.orders_of(other.id) if not one.is_settled]
            if other.state is not CaseState.OPEN or not all(
                is_untouched(order) for order in self.desk.orders_of(other.id)
            ):
                continue
            because = f"{other.rule} under {case.rule}"
            for order in orders:
                yield self.done(
                    OrderMoved(
                        at=view.now,
                        id=order.id,
                        state=OrderState.CANCELLED,
                        by=MERGING,
                        reason=f"{case_id}: {because}",
                    )
                )
            yield self.done(CaseMerged(at=view.now, case=other.id, into=case_id, because=because))
            self.places.hand_over(other, into=case_id)
            self._forget(other)

    def cleared(self, step: AlarmCleared) -> Iterator[Step]:
        """An alarm's condition is over; that alone closes nothing."""
        if (step.rule, step.entity) in self.desk.standing:
            yield self.done(step)

    def decide(self, case_id: str, view: AsOf) -> Iterator[Step]:
        """Ask the playbook; give the orders that the case does not have yet.

        A procedure that owes nothing after that is over.
        """
        case = self.desk.cases[case_id]
        rule = self.rules[case.rule]
        view.stand_on(self.desk, self.ledgers)
        answer = self.asking.decision(rule.playbook.decide, case, rule=rule, view=view)
        is_procedure = isinstance(rule.playbook.close, Procedure)
        if is_procedure and not answer.failed:
            for step in dropped(self.desk.orders_of(case_id), answer.decision, at=view.now):
                yield self.done(step)
        yield from self._given(case, answer, number=self._next_decision(case_id), view=view)
        if is_procedure:
            yield from self.close_if_over(case_id, view)

    def order_moved(self, case_id: str, view: AsOf) -> Iterator[Step]:
        """An order was moved: the case may be over, or a procedure's next step be due."""
        case = self.desk.cases.get(case_id)
        if case is None or not isinstance(self.rules[case.rule].playbook.close, Procedure):
            yield from self.close_if_over(case_id, view)
        elif is_done(self.desk.orders_of(case_id)):
            yield from self.decide(case_id, view)

    def seen(
        self, case_id: str, observation: Observation, *, view: AsOf, received_at: int
    ) -> Iterator[Step]:
        """A record of an entity of an open case: evidence that it is over, or that it is not."""
        runs = self.evidence.get(case_id, {})
        if observation.entity not in runs:
            return
        case = self.desk.cases[case_id]
        rule = self.rules[case.rule]
        closure = rule.playbook.close
        if isinstance(closure, Procedure):
            if observation.offset > case.alarms[0].offset:  # What opened it was decided on.
                yield from self.decide(case_id, view)
            return
        run = runs[observation.entity]
        try:
            run = self.asking.call(
                rule, weighed, run, closure, seen=observation, received_at=received_at
            )
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
        closure = rule.playbook.close
        if isinstance(closure, Procedure):
            orders = self.desk.orders_of(case_id)
            if is_done(orders) and not self.orders_withheld:
                yield from self.closed(closing(case, orders, at=view.now), view)
            return
        if any((case.rule, entity) in self.desk.standing for entity in case.entities):
            return  # What the detector still finds is not over, however good each record looks.
        if not self.places.is_settled(case, rule, now=view.now):
            return
        if self.places.waits(case, self.rules, desk=self.desk, now=view.now):
            return  # The event is not over while what it brought about goes on.
        runs = self.evidence[case_id]
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
        free = self.places.let_go(case, at=step.at)
        if rule.playbook.stand_down is not None:
            answer = self.asking.decision(rule.playbook.stand_down, case, rule=rule, view=view)
            yield from self._given(case, answer, number=number, view=view)
        self._forget(case)
        if isinstance(rule.playbook.close, Procedure):
            return  # What came once does not come again by being dealt with.
        for alarm in [self.desk.standing[place] for place in free if place in self.desk.standing]:
            yield from self._raised_again(alarm, view)

    def _forget(self, case: Case) -> None:
        """Let go of what belongs to a case that has ended."""
        self._unwatch(case)
        self.ordered.pop(case.id, None)
        if self.orders_withheld:
            self.desk.forget_orders(case.id)

    def _raised_again(self, alarm: Alarm, view: AsOf) -> Iterator[Step]:
        """An alarm that still stands and has no case is raised as if it came now."""
        again = replace(alarm, raised_at=view.now)
        if place_of(alarm) not in self.places.placed and not is_shelved(self.shelved, again):
            yield from self.raised(again, view)

    def due(self, timer: Timer, view: AsOf) -> Iterator[Step]:
        """A deadline came: escalate what is still open, resume what was held or shelved."""
        case = self.desk.cases.get(timer.subject.partition("/")[0])
        is_held = case is not None and case.state is CaseState.HELD
        if timer.kind == SHELF_ENDS:
            if self.shelved.get(timer.subject, NONE).until == timer.at:
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
            if order is None or order.is_settled or order.state in DONE:
                return
            if order.case in self.steered and order.order.settled is Settled.BY_RECEIPT:
                return  # The loop's next turn decides anew; nobody need be called.
            if order.order.settled is Settled.BY_TIME:
                yield self.done(lapsed(order, at=view.now))
                yield from self.order_moved(order.case, view)
            else:
                yield self._escalation(order.case, order=order.id, at=timer.at)
        elif timer.kind == CASE_DUE and case is not None:
            yield self._escalation(case.id, order="", at=timer.at)

    def unshelved(self, shelf: str, view: AsOf) -> Iterator[Step]:
        """A shelf ended: an alarm that still stands and has no case is raised as if it came now."""
        self.shelved.pop(shelf, None)
        for alarm in tuple(self.desk.standing.values()):
            if shelf in shelves_of(alarm):
                yield from self._raised_again(alarm, view)

    def _given(self, case: Case, answer: Answer, *, number: int, view: AsOf) -> Iterator[Step]:
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
                saw=view.saw_for(case),
                failed=answer.failed,
            )
        )
        for order in new.values():
            yield self.dispatch(case.id, order, at=view.now)

    def dispatch(self, head: str, order: Order, *, at: int) -> Dispatched:
        """Give an order of a case, or of a loop; its number follows the last one's.

        head: the case's id or the loop's name.
        at: the log's time; ns.
        """
        order_id = f"{head}/{self._next_order(head)}"
        self.ordered[head] = self._next_order(head)
        due_at = at + order.due_in
        if not self.orders_withheld:
            self.timers.add(Timer(due_at, ORDER_DUE, order_id))
        step = Dispatched(at=at, id=order_id, case=head, order=order, due_at=due_at)
        self.done(step)
        return step

    def _next_decision(self, case_id: str) -> int:
        return self.desk.decided.get(case_id, 0) + 1

    def _next_order(self, case_id: str) -> int:
        return self.ordered.get(case_id, 0) + 1

    def _escalation(self, case_id: str, *, order: str, at: int) -> Step:
        case = self.desk.cases.get(case_id)
        to = self.rules[case.rule].playbook.escalate_to if case else "duty-officer"
        due_at = self.desk.orders[order].due_at if order else self.desk.cases[case_id].due_at
        return self.done(Escalated(at=at, case=case_id, order=order, to=to, due_at=due_at))

    def _watch(self, case_id: str, alarm: Alarm) -> None:
        """From here on the entity's records are evidence of the case, beginning anew."""
        self.evidence.setdefault(case_id, {})[alarm.entity] = Evidence()
        cases = self.watching.setdefault((alarm.stream, alarm.entity), [])
        if case_id not in cases:
            cases.append(case_id)
        self.fresh.append((alarm.stream, alarm.entity))

    def _unwatch(self, case: Case) -> None:
        """Its entities' records are its evidence no more."""
        stream = self.rules[case.rule].playbook.stream.name
        for entity in self.evidence.pop(case.id, ()):
            cases = self.watching[stream, entity]
            cases.remove(case.id)
            if not cases:
                del self.watching[stream, entity]

    def done(self, step: Step) -> Step:
        """The step, after the desk has taken it."""
        self.desk.apply(step)
        self.ledgers.follow(step)
        if self.orders_withheld:  # Nobody keeps them.
            self.desk.changed_cases.clear()
            self.desk.changed_orders.clear()
        return step
