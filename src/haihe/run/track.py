"""A track: rules with their detectors' memory and their desk, worked on one segment at a time.

The live rules are one track, each shadow is one, a backtest is one: all run this same code.
"""

import dataclasses
import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.operator import Operator, OperatorMemory
from haihe.log.directory import Directory
from haihe.model.alarm import Alarm
from haihe.model.line import AlarmCleared, RuleFailed, Step
from haihe.model.record import Batch
from haihe.model.time import NEVER
from haihe.run.casework import Casework
from haihe.run.guard import Guard, PackFailed
from haihe.run.rule import Rule
from haihe.run.view import AsOf

Key: TypeAlias = tuple[int, int, int, str, str]  # at, offset, rank, rule or stream, entity
FINDING, EVIDENCE = 0, 1  # Rank: a record's own finding comes before its use as evidence.


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive records with no line between them, and the time they bring the log to.

    batches: by stream.
    now: the log's time after them; ns.
    end_offset: the offset after the last of them.
    """

    batches: Mapping[str, Batch]
    now: int
    end_offset: int

    def offset_at(self, at: int) -> int:
        """The offset of the first record received at or after ``at``; ``end_offset`` if none."""
        found = self.end_offset
        for batch in self.batches.values():
            row = int(np.searchsorted(batch.received_at, at))
            if row < len(batch):
                found = min(found, int(batch.offsets[row]))
        return found


@dataclass
class Watch:
    """One pack's rules on one stream: their operator and its memory."""

    stream: str
    rules: tuple[str, ...]
    operator: Operator
    memory: OperatorMemory
    fields: tuple[str, ...]


@dataclass
class Track:
    """Rules at work.

    casework: the desk and what moves it.
    watches: operators by pack and stream.
    view: makes a view of the city as of an offset, for a segment.
    """

    casework: Casework
    directory: Directory
    guard: Guard
    watches: dict[tuple[str, str], Watch] = field(default_factory=dict)

    def install(self, rules: Mapping[str, Rule]) -> None:
        """Begin with these rules and empty memories."""
        self.casework.rules = dict(rules)
        self.watches = {}
        groups: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules.values():
            groups.setdefault((rule.pack, rule.playbook.stream.name), []).append(rule)
        for (pack, stream), found in groups.items():
            self.watches[pack, stream] = _watch(stream, found)

    def replace(self, rule: Rule, *, version: str) -> None:
        """Put other settings of a rule in force, with a memory that begins anew.

        The other rules of the same operator keep what they know.
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
        fresh = _watch(stream, together)
        if old is not None:
            fresh.memory = _carried(fresh, old, forget=rule.name)
        self.watches[rule.pack, stream] = fresh

    def due_at(self) -> int:
        """When time alone may next change something; NEVER if it cannot."""
        found = [watch.operator.due_at(watch.memory) for watch in self.watches.values()]
        return min([self.casework.timers.due_at(), *found], default=NEVER)

    def work(self, segment: Segment, view: Callable[[int, int], AsOf]) -> list[Step]:
        """The steps that follow from a segment, in the order of the log's time.

        view: (now, end_offset) to what a decision may see then.
        """
        steps: list[Step] = []
        findings = self._detect(segment, steps)
        run = _Run(self, segment, view=view, steps=steps)
        for rule, stream, finding in findings:
            run.add_finding(rule, stream, finding=finding)
        for stream, entity in self.casework.watching:
            run.add_evidence(stream, entity, after=-1)
        run.work()
        return steps

    def _detect(self, segment: Segment, steps: list[Step]) -> list[tuple[str, str, Finding]]:
        """Every rule's findings; a pack whose detectors fail on a stream is stopped there."""
        found = []
        for key, watch in list(self.watches.items()):
            batch = segment.batches.get(watch.stream)
            if batch is None and watch.operator.due_at(watch.memory) > segment.now:
                continue
            seen = _seen(watch, batch, now=segment.now, known=self._known(watch.stream))
            try:
                watch.memory, findings = self.guard.call(watch.operator.step, watch.memory, seen)
            except PackFailed as error:
                del self.watches[key]
                steps += [
                    RuleFailed(at=segment.now, rule=rule, failed=str(error)) for rule in watch.rules
                ]
                continue
            found += [(each.name, watch.stream, each.finding) for each in findings]
        return found

    def _known(self, stream: str) -> int:
        return len(self.directory.ids(stream))


class _Run:
    """The events of one segment, in order."""

    def __init__(
        self,
        track: Track,
        segment: Segment,
        *,
        view: Callable[[int, int], AsOf],
        steps: list[Step],
    ) -> None:
        self.track = track
        self.casework = track.casework
        self.segment = segment
        self.view = view
        self.steps = steps
        self.heap: list[tuple[Key, int, Finding | int]] = []
        self.watched: set[tuple[str, str]] = set()

    def add_finding(self, rule: str, stream: str, *, finding: Finding) -> None:
        """A detector's finding is an event at its time and offset."""
        entity = self.track.directory.ids(stream)[finding.slot]
        key = (finding.at, finding.offset, FINDING, rule, entity)
        heapq.heappush(self.heap, (key, len(self.heap), finding))

    def add_evidence(self, stream: str, entity: str, *, after: int) -> None:
        """Every record of a watched entity from offset ``after`` on is an event."""
        batch = self.segment.batches.get(stream)
        if batch is None or (stream, entity) in self.watched:
            return
        self.watched.add((stream, entity))
        for row in batch.rows_of(self.track.directory.slot(stream, entity)):
            offset = int(batch.offsets[row])
            if offset >= after:
                key = (int(batch.received_at[row]), offset, EVIDENCE, stream, entity)
                heapq.heappush(self.heap, (key, len(self.heap), int(row)))

    def work(self) -> None:
        """Take events and deadlines in order until the segment's time."""
        timers = self.casework.timers
        while True:
            next_at = self.heap[0][0][0] if self.heap else self.segment.now
            if timers.due_at() <= min(next_at, self.segment.now):
                timer = timers.pop()
                end_offset = self.segment.offset_at(timer.at)
                self.steps += self.casework.due(timer, self.view(timer.at, end_offset))
            elif self.heap:
                key, _, payload = heapq.heappop(self.heap)
                if isinstance(payload, Finding):
                    self._finding(key, payload)
                else:
                    self._evidence(key, payload)
            else:
                return

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
        self.add_evidence(stream, entity, after=offset if offset >= 0 else end_offset)

    def _evidence(self, key: Key, row: int) -> None:
        at, offset, _, stream, entity = key
        observation = self.segment.batches[stream].observation(row, entity)
        view = self.view(at, offset + 1)
        for case_id in tuple(self.casework.watching.get((stream, entity), ())):
            self.steps += self.casework.seen(case_id, observation, view=view, received_at=at)


def _watch(stream: str, rules: list[Rule]) -> Watch:
    operator = Operator(tuple((rule.name, rule.playbook.detect) for rule in rules))
    fields = {name for rule in rules for name in rule.playbook.detect.fields}
    return Watch(
        stream=stream,
        rules=tuple(rule.name for rule in rules),
        operator=operator,
        memory=operator.start(),
        fields=tuple(sorted(fields)),
    )


def _carried(fresh: Watch, old: Watch, *, forget: str) -> OperatorMemory:
    """The old memory for the fresh operator; the rule to forget begins anew."""
    known = dict(zip(old.rules, old.memory.memories, strict=True))
    return dataclasses.replace(
        old.memory,
        memories=tuple(
            detector.start() if name == forget else known[name]
            for name, detector in fresh.operator.detectors
        ),
    )


def _seen(watch: Watch, batch: Batch | None, *, now: int, known: int) -> Seen:
    """The batch as detectors see it; only time, if there is none."""
    if batch is None:
        nothing = np.empty(0, dtype=np.int64)
        return Seen(
            entities=known,
            slots=np.empty(0, dtype=np.int32),
            observed_at=nothing,
            received_at=nothing,
            offsets=nothing,
            numbers={name: np.empty(0) for name in watch.fields},
            now=now,
        )
    missing = [name for name in watch.fields if name not in batch.numbers]
    numbers = {**batch.numbers, **{name: np.full(len(batch), np.nan) for name in missing}}
    return Seen(
        entities=known,
        slots=batch.slots,
        observed_at=batch.observed_at,
        received_at=batch.received_at,
        offsets=batch.offsets,
        numbers=numbers,
        now=now,
    )
