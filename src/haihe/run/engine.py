"""The fold: log entries in, steps out. No clock, no I/O; the whole state of the platform.

Live, shadow and backtest feed it the same way. A tick may hand it one record or a million: the
steps are the same bytes.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec.structs import replace

from haihe.errors import MoveIllegal, PackInvalid
from haihe.log.directory import Directory
from haihe.model.line import (
    Action,
    EntityTold,
    Fact,
    Refused,
    RuleChanged,
    RuleFailed,
    Step,
    StreamDeclared,
    Verb,
)
from haihe.model.record import Batch, gather
from haihe.pack.contract import Pack
from haihe.run.actions import act
from haihe.run.asking import Asking
from haihe.run.casework import Casework
from haihe.run.consent import (
    Proposal,
    check_agreed,
    check_declined,
    check_tried,
    proposed,
)
from haihe.run.guard import Guard
from haihe.run.ledgers import Ledgers
from haihe.run.loop_rule import LoopRule, loops_of, tuned_loop
from haihe.run.once import Key, remember
from haihe.run.retaining import Kept, kept_by
from haihe.run.rule import Rule, rules_of, tuned, with_above
from haihe.run.shadow import Shadow
from haihe.run.track import Track
from haihe.run.view import AsOf, Moment
from haihe.run.watching import Part, Segment
from haihe.state.graph import Graph
from haihe.state.live import Live

SHADOWS_MAX = 8  # Ours: each costs as much as its rule does live.


@dataclass(frozen=True, slots=True)
class Told:
    """Facts of one entry: the first has offset ``first_offset``."""

    first_offset: int
    facts: tuple[Fact, ...]


Item: TypeAlias = Batch | Told


@dataclass
class Outcome:
    """What a tick gave: the live track's steps, each shadow's by rule, and how far it has read."""

    steps: list[Step] = field(default_factory=list)
    shadow_steps: dict[str, list[Step]] = field(default_factory=dict)
    next_offset: int = 0


class Engine:
    """All state that follows from the log, and the one way to move it on."""

    def __init__(
        self, packs: Sequence[Pack], directory: Directory, *, orders_withheld: bool = False
    ) -> None:
        """Begin before the first record.

        packs: whose rules run; their streams must be declared in the log as facts.
        directory: the log's slots.
        orders_withheld: True where no order leaves (backtest): evidence alone closes a case.
        """
        self.packs = tuple(packs)
        self.directory = directory
        self.live = Live()
        self.graph = Graph()
        self.guard = Guard()
        self.now = 0
        self.next_offset = 0
        self.shipped = rules_of(self.packs)
        self.shipped_loops = loops_of(self.packs)
        self.track = self._track(orders_withheld=orders_withheld)
        self.track.install(self.shipped, self.shipped_loops)
        self.shadows: dict[str, Shadow] = {}
        self.past: dict[str, list[Rule | LoopRule]] = {}
        self.proposals: dict[str, Proposal] = {}
        self.kept: Kept | None = None  # Nobody said; the settings do.
        self.failed: dict[str, str] = {}
        self.keys: dict[Key, int] = {}

    @property
    def rules(self) -> dict[str, Rule]:
        """The live rules by name."""
        return self.track.casework.rules

    @property
    def loops(self) -> dict[str, LoopRule]:
        """The live loops by name."""
        return self.track.loops.rules

    def in_force(self, name: str) -> Rule | LoopRule:
        """A live rule or loop.

        Raises PackInvalid if there is none of that name.
        """
        found = self.rules.get(name) or self.loops.get(name)
        if found is None:
            known = ", ".join(sorted((*self.rules, *self.loops)))
            raise PackInvalid(f"there is no rule '{name}'; there are {known}.")
        return found

    def due_at(self) -> int:
        """When time alone may next change something; NEVER if it cannot."""
        return min(
            [self.track.due_at(), *(shadow.track.due_at() for shadow in self.shadows.values())]
        )

    def take(self, items: Iterable[Item]) -> Outcome:
        """The steps that follow from the log's next entries."""
        outcome = Outcome()
        batches: list[Batch] = []
        for item in items:
            if isinstance(item, Batch):
                batches.append(item)
                continue
            self._work(batches, outcome)
            batches = []
            for place, fact in enumerate(item.facts):
                self._tell(fact, item.first_offset + place, outcome=outcome)
        self._work(batches, outcome)
        stopped = self.track.casework.ledgers.failed
        self.failed.update({f"{pack} ledger": why for pack, why in stopped.items()})
        outcome.next_offset = self.next_offset
        return outcome

    def view(self, segment: Segment, *, now: int, end_offset: int) -> AsOf:
        """The city as of an offset within a segment."""
        return AsOf(
            self.live,
            self.graph,
            moment=Moment(segment.batches, now=now, end_offset=end_offset),
            directory=self.directory,
        )

    def _work(self, batches: list[Batch], outcome: Outcome) -> None:
        if not batches:
            return
        gathered = {
            stream: self.live[stream].completed(batch) if stream in self.live else batch
            for stream, batch in gather(batches).items()
        }
        parts = tuple(_part(batch) for batch in batches)
        now, end_offset = max(self.now, parts[-1].now), parts[-1].end_offset
        self._pass(Segment(gathered, self.now, now, end_offset, parts), outcome)
        for batch in gathered.values():
            if batch.stream in self.live:
                self.live[batch.stream].update(batch, self.directory.ids(batch.stream))

    def _pass(self, segment: Segment, outcome: Outcome) -> None:
        """Every track works through a segment; live state still is as before it."""
        self.now, self.next_offset = segment.now, segment.end_offset

        def view(now: int, end_offset: int) -> AsOf:
            return self.view(segment, now=now, end_offset=end_offset)

        steps = self.track.work(segment, view)
        self.failed.update(
            {step.rule: step.failed for step in steps if isinstance(step, RuleFailed)}
        )
        outcome.steps += steps
        for name, shadow in self.shadows.items():
            if own := shadow.work(segment, view, live_steps=steps):
                outcome.shadow_steps.setdefault(name, []).extend(own)

    def _tell(self, fact: Fact, offset: int, *, outcome: Outcome) -> None:
        """Bring the log's time to a fact, then let it count."""
        now = max(self.now, fact.at)
        passes = now > self.now or not isinstance(fact, EntityTold | StreamDeclared)
        if passes and self.due_at() <= now:  # A zone is told of by the thousand, at one instant.
            self._pass(Segment({}, self.now, now, offset), outcome)
        self.now, self.next_offset = now, offset + 1
        match fact:
            case EntityTold():
                self.graph.tell(fact.entity)
            case StreamDeclared():
                self.live.declare(fact.stream)
            case Action():
                remember(self.keys, fact, offset=offset)
                outcome.steps += self._act(fact)

    def _act(self, action: Action) -> list[Step]:
        segment = Segment({}, self.now, self.now, self.next_offset)
        view = self.view(segment, now=self.now, end_offset=self.next_offset)
        try:
            match action.verb:
                case Verb.SHADOW:
                    self._shadow(action)
                case Verb.UNSHADOW:
                    self._running_shadow(action.subject)
                    del self.shadows[action.subject]
                    self.proposals.pop(action.subject, None)
                case Verb.PROPOSE:
                    shadow = self._running_shadow(action.subject)
                    self.proposals[action.subject] = proposed(action, shadow)
                case Verb.AGREE:
                    return [self._agree(action)]
                case Verb.DECLINE:
                    self._proposal(action.subject)
                    check_declined(action)
                    del self.proposals[action.subject]
                case Verb.PROMOTE:
                    check_tried(action, self._running_shadow(action.subject))
                    return [self._promote(action)]
                case Verb.KEEP:
                    self.kept = kept_by(action)
                case Verb.STEP_BACK:
                    return [self._step_back(action)]
                case Verb.TELL:
                    self.track.casework.ledgers.act(action)
                    return self.track.noted(action.at, self.next_offset - 1, view=view)
                case _:
                    steps = list(act(self.track.casework, action, view=view))
                    return steps + self.track.noted(action.at, self.next_offset - 1, view=view)
        except (PackInvalid, MoveIllegal) as error:
            return [
                Refused(
                    at=action.at,
                    verb=action.verb,
                    subject=action.subject,
                    by=action.by,
                    reason=str(error),
                )
            ]
        return []

    def _shadow(self, action: Action) -> None:
        """Begin to run a rule with other settings beside the live one."""
        rule = self.in_force(action.subject)
        if isinstance(rule, LoopRule):
            rule = tuned_loop(rule, action.settings)
        else:
            rule = tuned(rule, action.settings)
        if len(self.shadows) >= SHADOWS_MAX:
            raise PackInvalid(
                f"{SHADOWS_MAX} shadows run already; end one of {list(self.shadows)}."
            )
        self.shadows[rule.name] = self.shadow_of(rule, began_at=self.now)
        self.proposals.pop(rule.name, None)  # It was about other settings.

    def shadow_of(self, rule: Rule | LoopRule, *, began_at: int) -> Shadow:
        """A rule on trial with an empty memory, from an instant of the log's time on; ns.

        The rules whose cases answer for its alarms are tried beside it, as they run live.
        """
        track = self._track(orders_withheld=True)
        track.casework.ledgers = self.track.casework.ledgers.copy()
        if isinstance(rule, LoopRule):
            track.install({}, {rule.name: rule}, at=began_at)
        else:
            track.install(with_above(rule, self.rules), {}, at=began_at)
        return Shadow(rule=rule, track=track, began_at=began_at)

    def _promote(self, action: Action) -> Step:
        """The shadow's settings become the live rule's; open cases stay open."""
        shadow = self.shadows.pop(action.subject)
        self.past.setdefault(action.subject, []).append(self.in_force(action.subject))
        return self._change(action, shadow.rule)

    def _agree(self, action: Action) -> Step:
        """A second person wants it too: live under both names, for the reason of the first."""
        proposal = self._proposal(action.subject)
        check_agreed(action, proposal)
        named = replace(action, by=proposal.by, reason=proposal.reason, second=action.by)
        return self._promote(named)

    def _step_back(self, action: Action) -> Step:
        """The settings before the last promotion are in force again."""
        self.in_force(action.subject)
        past = self.past.get(action.subject)
        if not past:
            raise PackInvalid(
                f"rule '{action.subject}' was never promoted; nothing to step back to."
            )
        return self._change(action, past.pop())

    def _change(self, action: Action, rule: Rule | LoopRule) -> Step:
        version = str(int(self.in_force(rule.name).version) + 1)
        self.proposals.pop(rule.name, None)
        if isinstance(rule, LoopRule):
            self.track.loops.start(dataclasses.replace(rule, version=version), at=self.now)
            self.failed.pop(rule.name, None)
        else:
            for revived in self.track.replace(rule, version=version):
                self.failed.pop(revived, None)
        return self.track.casework.done(
            RuleChanged(
                at=action.at,
                rule=rule.name,
                version=version,
                settings=dict(rule.settings),
                by=action.by,
                second=action.second,
                reason=action.reason,
            )
        )

    def _running_shadow(self, name: str) -> Shadow:
        if name not in self.shadows:
            raise PackInvalid(f"no shadow of '{name}' runs; begin one with 'haihe shadow'.")
        return self.shadows[name]

    def _proposal(self, name: str) -> Proposal:
        if name not in self.proposals:
            raise PackInvalid(f"nothing is proposed for '{name}'; begin with verb 'propose'.")
        return self.proposals[name]

    def _track(self, *, orders_withheld: bool) -> Track:
        ledgers = {pack.name: pack.ledger for pack in self.packs if pack.ledger is not None}
        casework = Casework(
            rules={},
            asking=Asking(self.guard),
            orders_withheld=orders_withheld,
            ledgers=Ledgers.begun(ledgers, self.guard),
        )
        return Track(casework=casework, directory=self.directory, guard=self.guard)


def _part(batch: Batch) -> Part:
    """An entry as a part of a segment."""
    first_offset, last_offset = int(batch.offsets[0]), int(batch.offsets[-1])
    return Part(batch.stream, first_offset, last_offset + 1, int(batch.received_at[-1]))
