"""A track: rules with their detectors' memory and their desk, worked on one segment at a time.

The live rules are one track, each shadow is one, a backtest is one: all run this same code.
"""

import dataclasses
import heapq
import itertools
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from haihe.detect.contract import Finding
from haihe.log.directory import Directory
from haihe.model.alarm import Alarm, Noted
from haihe.model.line import AlarmCleared, RuleFailed, Step
from haihe.model.time import NEVER
from haihe.run.casework import Casework
from haihe.run.guard import Guard
from haihe.run.loop_rule import LoopRule
from haihe.run.looping import LOOP_TIMERS, Loops
from haihe.run.rule import Rule
from haihe.run.view import AsOf
from haihe.run.watching import Failure, Segment, Watch, carried, watch_of

Key: TypeAlias = tuple[int, int, int, str, str]  # at, offset, rank, rule or stream, entity
# Rank: a rule fails on an entry before the others look at it; a record's own finding comes before
# its use as evidence.
# A ledger takes a record before anything is decided on it.
FAILURE, LEDGER, FINDING, EVIDENCE = -2, -1, 0, 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that a pack's ledger takes: its row in its stream's batch."""

    pack: str
    stream: str
    row: int


@dataclass
class Track:
    """Rules at work.

    casework: the desk and what moves it.
    loops: what decides on a clock; their turns are among the casework's timers.
    watches: operators by pack and stream.
    """

    casework: Casework
    directory: Directory
    guard: Guard
    watches: dict[tuple[str, str], Watch] = field(default_factory=dict)
    loops: Loops = field(init=False)

    def __post_init__(self) -> None:
        """Give the loops the desk they share."""
        self.loops = Loops(self.casework, self.directory, self.guard)

    def install(
        self, rules: Mapping[str, Rule], loops: Mapping[str, LoopRule], *, at: int = 0
    ) -> None:
        """Begin with these rules and loops, and empty memories, at the log's time ``at``; ns."""
        self.loops.install(loops, at=at)
        self.casework.rules = dict(rules)
        self.watches = {}
        groups: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules.values():
            groups.setdefault((rule.pack, rule.playbook.stream.name), []).append(rule)
        for (pack, stream), found in groups.items():
            self.watches[pack, stream] = watch_of(stream, found)

    def replace(self, rule: Rule, *, version: str) -> tuple[str, ...]:
        """Put other settings of a rule in force, with a memory that begins anew.

        The other rules of the same operator keep what they know, and begin anew if it had failed.
        Returns the names of all of them.
        """
        changed = dataclasses.replace(rule, version=version)
        self.casework.rules[rule.name] = changed
        stream = rule.playbook.stream.name
        old = self.watches.get((rule.pack, stream))
        together = [
            each
            for each in self.casework.rules.values()
            if each.pack == rule.pack and each.playbook.stream.name == stream
        ]
        fresh = watch_of(stream, together)
        if old is not None:
            fresh.memory = carried(fresh, old, forget=rule.name)
        self.watches[rule.pack, stream] = fresh
        self.casework.places.stopped.difference_update(fresh.rules)
        return fresh.rules

    def due_at(self) -> int:
        """When time alone may next change something; NEVER if it cannot."""
        found = [watch.due_at() for watch in self.watches.values()]
        casework = self.casework
        return min([casework.timers.due_at(), casework.ledgers.due_at(), *found], default=NEVER)

    def work(self, segment: Segment, view: Callable[[int, int], AsOf]) -> list[Step]:
        """The steps that follow from a segment, in the order of the log's time.

        view: (now, end_offset) to what a decision may see then.
        """
        run = _Run(self, segment, view=view)
        for key, watch in list(self.watches.items()):
            found, failure = watch.detect(
                segment, guard=self.guard, known=self._known(watch.stream)
            )
            for each in found:
                run.add_finding(each.name, watch.stream, finding=each.finding)
            if failure is not None:  # The rule is stopped; the others run on.
                del self.watches[key]
                for rule in watch.rules:
                    run.add_failure(rule, failure)
        run.add_all_evidence()
        run.add_entries()
        run.work()
        self.loops.take(segment)
        return run.steps

    def noted(self, at: int, offset: int, *, view: AsOf) -> list[Step]:
        """The steps that follow from what ledgers and loops noted at an instant, if anything.

        at: the log's time; ns.
        offset: of the line; -1 where time passing did it.
        """
        steps: list[Step] = []
        while notes := self.casework.ledgers.drain():
            for note in notes:
                name = f"{note.pack}.{note.noted.playbook}"
                rule = self.casework.rules.get(name)
                if rule is None or name in self.casework.places.stopped:
                    continue
                alarm = _noted_alarm(rule, note.noted, at=at, offset=offset)
                if not note.noted.is_over:
                    steps += self.casework.raised(alarm, view)
                if not note.noted.stands:
                    steps += self.casework.cleared(_cleared(alarm))
        return steps

    def _known(self, stream: str) -> int:
        return len(self.directory.ids(stream))


def _noted_alarm(rule: Rule, noted: Noted, *, at: int, offset: int) -> Alarm:
    return Alarm(
        rule=rule.name,
        entity=noted.entity,
        stream=rule.playbook.stream.name,
        field=noted.field,
        severity=rule.playbook.detect.severity,
        value=float(noted.value),
        limit=float(noted.limit),
        observed_at=at,
        raised_at=at,
        offset=offset,
        detail=noted.detail,
    )


def _cleared(alarm: Alarm) -> AlarmCleared:
    """It was noted once and does not stand, or it is over."""
    return AlarmCleared(
        at=alarm.raised_at,
        rule=alarm.rule,
        entity=alarm.entity,
        value=alarm.value,
        observed_at=alarm.observed_at,
        offset=alarm.offset,
    )


class _Run:
    """The events of one segment, in order."""

    def __init__(
        self,
        track: Track,
        segment: Segment,
        *,
        view: Callable[[int, int], AsOf],
    ) -> None:
        self.track = track
        self.casework = track.casework
        self.segment = segment
        self.view = view
        self.steps: list[Step] = []
        self.heap: list[tuple[Key, int, Finding | RuleFailed | Entry | int]] = []
        self.number = itertools.count()
        self.rows: dict[tuple[str, str], list[int]] = {}
        self.waiting: dict[tuple[str, str], int] = {}

    def add_failure(self, rule: str, failure: Failure) -> None:
        """A rule fails before anything else that its entry brings."""
        key = (failure.after_at, failure.part.first_offset, FAILURE, rule, "")
        step = RuleFailed(at=failure.part.now, rule=rule, failed=failure.words)
        heapq.heappush(self.heap, (key, next(self.number), step))

    def add_finding(self, rule: str, stream: str, *, finding: Finding) -> None:
        """A detector's finding is an event at its time and offset."""
        entity = self.track.directory.ids(stream)[finding.slot]
        key = (finding.at, finding.offset, FINDING, rule, entity)
        heapq.heappush(self.heap, (key, next(self.number), finding))

    def add_entries(self) -> None:
        """Every record that a ledger takes is an event."""
        for stream, packs in self.casework.ledgers.streams().items():
            batch = self.segment.batches.get(stream)
            if batch is None:
                continue
            times, offsets = batch.received_at.tolist(), batch.offsets.tolist()
            for row, (at, offset) in enumerate(zip(times, offsets, strict=True)):
                for pack in packs:
                    key = (at, offset, LEDGER, pack, "")
                    heapq.heappush(self.heap, (key, next(self.number), Entry(pack, stream, row)))

    def add_all_evidence(self) -> None:
        """The records of everything that is watched now are events, one after the other."""
        by_stream: dict[str, dict[int, str]] = {}
        for stream, entity in self.casework.watching:
            slot = self.track.directory.slot(stream, entity)
            by_stream.setdefault(stream, {})[slot] = entity
        for stream, entities in by_stream.items():
            batch = self.segment.batches.get(stream)
            if batch is None:
                continue
            found: dict[int, list[int]] = {slot: [] for slot in entities}
            for row in np.flatnonzero(np.isin(batch.slots, list(entities))).tolist():
                found[int(batch.slots[row])].append(row)
            for slot, rows in found.items():
                self.rows[stream, entities[slot]] = rows
                self._add_record((stream, entities[slot]), place=0)

    def add_evidence(self, stream: str, entity: str, *, after: int) -> None:
        """The records of a watched entity from offset ``after`` on are events, one after another.

        Only the next one waits among the events: most cases are over long before the segment is.
        """
        batch = self.segment.batches.get(stream)
        watched = (stream, entity)
        if batch is None or watched in self.waiting:
            return
        if watched not in self.rows:
            slot = self.track.directory.slot(stream, entity)
            self.rows[watched] = batch.rows_of(slot).tolist()
        rows, offsets = self.rows[watched], batch.offsets
        self._add_record(watched, place=bisect_left(rows, after, key=offsets.__getitem__))

    def _add_record(self, watched: tuple[str, str], *, place: int) -> None:
        """The watched entity's record at a place among its own is the next event of it, if any."""
        self.waiting.pop(watched, None)
        rows = self.rows[watched]
        if place >= len(rows):
            return
        self.waiting[watched] = place
        batch, row = self.segment.batches[watched[0]], rows[place]
        key = (int(batch.received_at[row]), int(batch.offsets[row]), EVIDENCE, *watched)
        heapq.heappush(self.heap, (key, next(self.number), row))

    def work(self) -> None:
        """Take events and deadlines in order until the segment's time."""
        timers, ledgers = self.casework.timers, self.casework.ledgers
        self.casework.fresh.clear()  # What an action added is among the evidence already.
        while True:
            next_at = self.heap[0][0][0] if self.heap else self.segment.now
            next_at = min(next_at, self.segment.now)
            if ledgers.due_at() <= next_at and ledgers.due_at() < timers.due_at():
                due_at = ledgers.due_at()
                ledgers.pass_time(now=self.segment.time_at(due_at))
                self._noted(due_at, -1, end_offset=self.segment.offset_at(due_at))
            elif timers.due_at() <= next_at:
                timer = timers.pop()
                end_offset = self.segment.offset_at(timer.at)
                if timer.kind in LOOP_TIMERS:
                    self.steps += self.track.loops.due(timer, self.segment, looking=self.view)
                else:
                    self.steps += self.casework.due(timer, self.view(timer.at, end_offset))
                self._noted(timer.at, -1, end_offset=end_offset)
                self._follow(after=end_offset)
            elif self.heap:
                key, _, payload = heapq.heappop(self.heap)
                if isinstance(payload, RuleFailed):
                    self.casework.places.stopped.add(payload.rule)
                    self.steps.append(payload)
                elif isinstance(payload, Entry):
                    self._entry(key, payload)
                elif isinstance(payload, Finding):
                    self._finding(key, payload)
                else:
                    self._evidence(key, payload)
                if self.casework.ledgers.notes:
                    self._noted(key[0], key[1], end_offset=key[1] + 1)
            else:
                return

    def _entry(self, key: Key, entry: Entry) -> None:
        batch = self.segment.batches[entry.stream]
        entity = self.track.directory.ids(entry.stream)[int(batch.slots[entry.row])]
        seen = batch.observation(entry.row, entity)
        self.casework.ledgers.take(entry.pack, seen, now=key[0])

    def _noted(self, at: int, offset: int, *, end_offset: int) -> None:
        """What ledgers noted at an event becomes cases before the next one."""
        if self.casework.ledgers.notes:
            self.steps += self.track.noted(at, offset, view=self.view(at, end_offset))
            self._follow(after=end_offset)

    def _finding(self, key: Key, finding: Finding) -> None:
        _, _, _, name, entity = key
        rule = self.casework.rules[name]
        stream = rule.playbook.stream.name
        offset = finding.offset
        end_offset = offset + 1 if offset >= 0 else self.segment.offset_at(finding.at)
        if not finding.raised:
            self.steps += self.casework.cleared(
                AlarmCleared(
                    at=finding.at,
                    rule=name,
                    entity=entity,
                    value=finding.value,
                    observed_at=finding.observed_at,
                    offset=offset,
                )
            )
            return
        alarm = Alarm(
            rule=name,
            entity=entity,
            stream=stream,
            field=finding.field,
            severity=rule.playbook.detect.severity,
            value=finding.value,
            limit=finding.limit,
            observed_at=finding.observed_at,
            raised_at=finding.at,
            offset=offset,
            detail=finding.detail,
        )
        self.steps += self.casework.raised(alarm, self.view(finding.at, end_offset))
        self._follow(after=offset if offset >= 0 else end_offset)

    def _evidence(self, key: Key, row: int) -> None:
        at, offset, _, stream, entity = key
        watched = (stream, entity)
        cases = tuple(self.casework.watching.get(watched, ()))
        if not cases:  # The case is over; a new one will ask again.
            del self.waiting[watched]
            return
        observation = self.segment.batches[stream].observation(row, entity)
        for case_id in cases:
            view = self.view(at, offset + 1)
            self.steps += self.casework.seen(case_id, observation, view=view, received_at=at)
        self._add_record(watched, place=self.waiting[watched] + 1)
        self._follow(after=offset + 1)

    def _follow(self, *, after: int) -> None:
        """The records from offset ``after`` on of what came to be watched are events, too."""
        for stream, entity in self.casework.fresh:
            self.add_evidence(stream, entity, after=after)
        self.casework.fresh.clear()
