"""Where an alarm belongs: which open case has it, explains it, or ended here a short while ago.

Three questions, in this order. Is there a case here already? Is there one whose playbook answers
for this alarm too (``Playbook.under``)? Is there one beside it of the same rule (``RollUp``)?
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from haihe.model.alarm import Alarm
from haihe.model.case import Case
from haihe.pack.contract import SETTLE_MAX
from haihe.run.rule import Rule, above
from haihe.run.view import AsOf
from haihe.state.desk import Desk

Place: TypeAlias = tuple[str, str]  # Rule and entity.


class Ended(msgspec.Struct, frozen=True):
    """A case that closed.

    at: the log's time; ns.
    """

    case: str
    at: int


@dataclass(frozen=True, slots=True)
class Belonging:
    """The open case an alarm belongs to, and why.

    is_own: whether the case is of the alarm's own rule.
    """

    case: str
    because: str
    is_own: bool = True


@dataclass
class Places:
    """What is where.

    placed: rule and entity to the open case that has them.
    below: case to the places of other rules that it answers for, in the order they came.
    last_alarm: case to the log's time of the last alarm of its own rule; ns.
    ended: rule and entity to the case that closed there last, oldest first; a day of them.
    stopped: the rules whose pack failed: what they last said tells nothing of the present.
    """

    placed: dict[Place, str] = field(default_factory=dict)
    below: dict[str, list[Place]] = field(default_factory=dict)
    last_alarm: dict[str, int] = field(default_factory=dict)
    ended: dict[Place, Ended] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)

    def belonging(self, alarm: Alarm, rule: Rule, *, desk: Desk, view: AsOf) -> Belonging | None:
        """The open case this alarm belongs to; None if it needs a new one.

        rule: the alarm's.
        """
        case = desk.cases.get(self.placed.get(place_of(alarm), ""))
        if case is not None and case.rule == alarm.rule:
            return Belonging(case.id, "same entity")
        return self._explained(alarm, rule, desk=desk, view=view) or self._beside(
            alarm, rule, desk=desk, view=view
        )

    def put(self, alarm: Alarm, case: Case) -> None:
        """The case has the alarm's place from now on."""
        place = place_of(alarm)
        before = self.placed.get(place)
        if before is not None and place in self.below.get(before, ()):
            self.below[before].remove(place)
        self.placed[place] = case.id
        if case.rule == alarm.rule:
            self.last_alarm[case.id] = alarm.raised_at
        else:
            self.below.setdefault(case.id, []).append(place)

    def let_go(self, case: Case, *, at: int) -> tuple[Place, ...]:
        """The case has ended; the places it answered for, which are nobody's now.

        at: the log's time; ns.
        """
        self.last_alarm.pop(case.id, None)
        while self.ended and at - next(iter(self.ended.values())).at > SETTLE_MAX:
            del self.ended[next(iter(self.ended))]
        for entity in case.entities:
            self.placed.pop((case.rule, entity), None)
            self.ended.pop((case.rule, entity), None)
            self.ended[case.rule, entity] = Ended(case.id, at)
        free = tuple(self.below.pop(case.id, ()))
        for place in free:
            self.placed.pop(place, None)
        return free

    def hand_over(self, case: Case, *, into: str) -> None:
        """All that a case has becomes what another one answers for."""
        self.last_alarm.pop(case.id, None)
        own = [(case.rule, entity) for entity in case.entities]
        for place in (*own, *self.below.pop(case.id, ())):
            self.placed[place] = into
            self.below.setdefault(into, []).append(place)

    def ended_here(self, alarm: Alarm, rule: Rule) -> str:
        """The case of the same episode that had closed here; "" if none had."""
        ended = self.ended.get(place_of(alarm))
        settle = rule.playbook.roll_up.settle
        return ended.case if ended is not None and alarm.raised_at - ended.at <= settle else ""

    def is_settled(self, case: Case, rule: Rule, *, now: int) -> bool:
        """Whether a case that had come back has been without an alarm for long enough.

        now: the log's time; ns.
        """
        return not case.again or now - self.last_alarm[case.id] >= rule.playbook.roll_up.settle

    def waits(self, case: Case, rules: Mapping[str, Rule], *, desk: Desk, now: int) -> bool:
        """Whether a sign of a case still stands that it explains by now.

        now: the log's time; ns.
        """
        since = now - self.last_alarm[case.id]
        return any(
            place in desk.standing and since <= rules[place[0]].playbook.roll_up.window
            for place in self.below.get(case.id, ())
        )

    def explained_by(
        self, case: Case, rules: Mapping[str, Rule], *, desk: Desk, view: AsOf
    ) -> Iterator[Case]:
        """The open cases of playbooks under this one's, all of whose entities it explains.

        case: has had an alarm just now.
        """
        children = {name for name, rule in rules.items() if case.rule in above(rule)}
        for other in tuple(desk.cases.values()) if children else ():
            rule = rules[other.rule]
            if other.rule in children and all(
                any(
                    self.placed.get((case.rule, one)) == case.id
                    for one in near(entity, rule, view=view)
                )
                for entity in other.entities
            ):
                yield other

    def _explained(self, alarm: Alarm, rule: Rule, *, desk: Desk, view: AsOf) -> Belonging | None:
        """The case of a playbook above that answers for the alarm as well."""
        for parent in above(rule):
            for other in near(alarm.entity, rule, view=view):
                case = desk.cases.get(self.placed.get((parent, other), ""))
                if case is not None and self._goes_on(case, alarm, rule=rule, desk=desk):
                    return Belonging(case.id, f"under {parent} of {other}", is_own=False)
        return None

    def _beside(self, alarm: Alarm, rule: Rule, *, desk: Desk, view: AsOf) -> Belonging | None:
        """The case of the same rule at a related entity."""
        roll_up = rule.playbook.roll_up
        for relation in roll_up.relations:
            for other in view.related(alarm.entity, relation):
                case = desk.cases.get(self.placed.get((alarm.rule, other), ""))
                if case is None or case.rule != alarm.rule:
                    continue
                stands = (alarm.rule, other) in desk.standing
                if stands or alarm.raised_at - self.last_alarm[case.id] <= roll_up.window:
                    return Belonging(case.id, f"{relation} of {other}")
        return None

    def _goes_on(self, case: Case, alarm: Alarm, *, rule: Rule, desk: Desk) -> bool:
        """Whether what the case is about goes on: its alarm stands, or was raised of late."""
        if alarm.raised_at - self.last_alarm[case.id] <= rule.playbook.roll_up.window:
            return True
        stands = any((case.rule, entity) in desk.standing for entity in case.entities)
        return stands and case.rule not in self.stopped


def place_of(alarm: Alarm) -> Place:
    """The alarm's rule and entity."""
    return alarm.rule, alarm.entity


def near(entity: str, rule: Rule, *, view: AsOf) -> Iterator[str]:
    """The entity, then those that the rule's roll-up relates it to."""
    yield entity
    for relation in rule.playbook.roll_up.relations:
        yield from view.related(entity, relation)


def shelves_of(alarm: Alarm) -> tuple[str, str]:
    """The shelves that an alarm may lie on."""
    return alarm.rule, f"{alarm.rule} {alarm.entity}"
