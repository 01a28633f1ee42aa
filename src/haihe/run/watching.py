"""What watches a stream: a pack's rules, their operator and memory, isolated when it fails."""

import copy
import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.operator import Operator, OperatorMemory, RuleFinding
from haihe.model.record import Batch
from haihe.run.guard import Guard, PackFailed
from haihe.run.rule import Rule


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of a segment.

    stream: whose records it holds; "" for none.
    first_offset, end_offset: its records.
    now: the log's time after it; ns.
    """

    stream: str
    first_offset: int
    end_offset: int
    now: int


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive records with no line between them, and the time they bring the log to.

    batches: by stream.
    began_at: the log's time before them; ns.
    now: the log's time after them; ns.
    end_offset: the offset after the last of them.
    parts: the entries they came in, in order; () if there are no records, only time.
    """

    batches: Mapping[str, Batch]
    began_at: int
    now: int
    end_offset: int
    parts: tuple[Part, ...] = ()

    @property
    def steps(self) -> tuple[Part, ...]:
        """The entries; time alone counts as one."""
        return self.parts or (Part("", self.end_offset, self.end_offset, self.now),)

    def time_at(self, at: int) -> int:
        """The log's time when it first was ``at`` or later; ``now`` if no record came since."""
        found = self.now
        for batch in self.batches.values():
            row = int(np.searchsorted(batch.received_at, at))
            if row < len(batch):
                found = min(found, int(batch.received_at[row]))
        return found

    def offset_at(self, at: int) -> int:
        """The offset of the first record received at or after ``at``; ``end_offset`` if none."""
        found = self.end_offset
        for batch in self.batches.values():
            row = int(np.searchsorted(batch.received_at, at))
            if row < len(batch):
                found = min(found, int(batch.offsets[row]))
        return found


@dataclass(frozen=True, slots=True)
class Failure:
    """Where in a segment a watch failed.

    after_at: the log's time before the entry it failed on; ns.
    part: that entry.
    words: why.
    """

    after_at: int
    part: Part
    words: str


@dataclass
class Watch:
    """One pack's rules on one stream."""

    stream: str
    rules: tuple[str, ...]
    operator: Operator
    memory: OperatorMemory
    fields: tuple[str, ...]
    _due: tuple[OperatorMemory, int] | None = None  # Asking each rule for each record costs most.

    def due_at(self) -> int:
        """When time alone may change something here; NEVER if it cannot."""
        if self._due is None or self._due[0] is not self.memory:  # A step gives a new memory.
            self._due = self.memory, self.operator.due_at(self.memory)
        return self._due[1]

    def detect(
        self, segment: Segment, *, guard: Guard, known: int
    ) -> tuple[list[RuleFinding], Failure | None]:
        """What the rules find in a segment, and where they failed, if they did.

        known: how many entities the stream has.
        A failure counts from the entry on that caused it, whatever else the segment holds.
        """
        batch = segment.batches.get(self.stream)
        due_at = self.due_at()
        looks = [place for place, part in enumerate(segment.steps) if self._looks(part, due_at)]
        if not looks:
            return [], None
        before = copy.deepcopy(self.memory) if len(looks) > 1 else self.memory
        try:
            seen = _seen(self, batch, now=segment.now, known=known)
            self.memory, found = guard.call(_found, self.operator, self.memory, seen=seen)
        except PackFailed as error:
            if len(looks) == 1:
                return [], _failure(segment, looks[0], error=error)
            self.memory = before
            return self._one_by_one(segment, guard=guard, known=known)
        return found, None

    def _looks(self, part: Part, due_at: int) -> bool:
        return part.stream == self.stream or part.now >= due_at

    def _one_by_one(
        self, segment: Segment, *, guard: Guard, known: int
    ) -> tuple[list[RuleFinding], Failure | None]:
        """The same, an entry at a time, up to the one that fails."""
        all_found: list[RuleFinding] = []
        for place, part in enumerate(segment.steps):
            if self._looks(part, self.due_at()):
                batch = segment.batches[self.stream] if part.stream == self.stream else None
                rows = rows_between(batch, part.first_offset, end=part.end_offset)
                try:
                    seen = _seen(self, rows, now=part.now, known=known)
                    self.memory, found = guard.call(_found, self.operator, self.memory, seen=seen)
                except PackFailed as error:
                    return all_found, _failure(segment, place, error=error)
                all_found += found
        return all_found, None


def watch_of(stream: str, rules: Sequence[Rule]) -> Watch:
    """The rules of one pack on one stream, with nothing seen yet."""
    operator = Operator(tuple((rule.name, rule.playbook.detect) for rule in rules))
    fields = {name for rule in rules for name in rule.playbook.detect.fields}
    return Watch(
        stream=stream,
        rules=tuple(rule.name for rule in rules),
        operator=operator,
        memory=operator.start(),
        fields=tuple(sorted(fields)),
    )


def carried(fresh: Watch, old: Watch, *, forget: str) -> OperatorMemory:
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


def _failure(segment: Segment, place: int, *, error: PackFailed) -> Failure:
    after_at = segment.steps[place - 1].now if place else segment.began_at
    return Failure(after_at, segment.steps[place], str(error))


def rows_between(batch: Batch | None, first_offset: int, *, end: int) -> Batch | None:
    """The batch's records from ``first_offset`` up to ``end``; None of none."""
    if batch is None:
        return None
    low, high = np.searchsorted(batch.offsets, (first_offset, end))
    return Batch(
        stream=batch.stream,
        offsets=batch.offsets[low:high],
        slots=batch.slots[low:high],
        observed_at=batch.observed_at[low:high],
        received_at=batch.received_at[low:high],
        numbers={name: column[low:high] for name, column in batch.numbers.items()},
        texts={name: column[low:high] for name, column in batch.texts.items()},
    )


def _found(
    operator: Operator, memory: OperatorMemory, *, seen: Seen
) -> tuple[OperatorMemory, list[RuleFinding]]:
    """The operator's findings, checked: a detector may be a pack's own."""
    memory, found = operator.step(memory, seen)
    sound = [dataclasses.replace(each, finding=_sound(each.finding, seen)) for each in found]
    return memory, sound


def _sound(finding: Finding, seen: Seen) -> Finding:
    """The finding with plain numbers, as a line of the log can hold it.

    Raises ValueError or TypeError if it speaks of what there is not.
    """
    found = Finding(
        at=int(finding.at),
        offset=int(finding.offset),
        slot=int(finding.slot),
        observed_at=int(finding.observed_at),
        raised=bool(finding.raised),
        field=str(finding.field),
        value=float(finding.value),
        limit=float(finding.limit),
        detail=str(finding.detail),
    )
    if not 0 <= found.slot < seen.entities or not 0 <= found.at <= seen.now:
        raise ValueError(f"a finding on entity {found.slot} at {found.at}, which there is not")
    if not (math.isfinite(found.value) and math.isfinite(found.limit)):
        raise ValueError(f"a finding with value {found.value} and limit {found.limit}")
    return found
