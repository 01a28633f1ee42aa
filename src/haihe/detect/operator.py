"""The one operator ``(memory, batch) -> (memory, findings)`` for a tick, worker or engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from haihe.detect.contract import Detector, Finding, Seen, by_slot, grown
from haihe.model.arrays import BoolArray, IndexArray, IntArray, SlotArray
from haihe.model.time import BEFORE_ALL, NEVER


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """A finding and the rule whose detector found it.

    rule: the rule's place in the operator, from 0.
    name: the rule's name, ``pack.playbook``.
    finding: what changed.
    """

    rule: int
    name: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class OperatorMemory:
    """What an operator remembers of one stream in one shard.

    newest_at: int64 (entity,), when its newest row was observed; ns; BEFORE_ALL before the first.
    late: rows dropped so far because they were not newer than their entity's newest.
    memories: each rule's memory, in order.
    """

    newest_at: IntArray
    late: int
    memories: tuple[Any, ...]


@dataclass(frozen=True)
class Operator:
    """All rules on one stream, for one shard: rows and time in, findings out; pure.

    detectors: (rule name, detector), in an order that stays; the order decides ties.

    >>> from haihe.detect.limit import Limit
    >>> operator = Operator((("gallery.methane-high", Limit("methane", high=20.0)),))
    >>> one = np.array([0], dtype=np.int32)
    >>> seen = Seen(1, one, one + 5, one + 7, one + 3, {"methane": np.array([25.0])}, 7)
    >>> memory, found = operator.step(operator.start(), seen)
    >>> [(f.name, f.finding.at, f.finding.offset, f.finding.value) for f in found]
    [('gallery.methane-high', 7, 3, 25.0)]
    >>> operator.step(memory, seen)[0].late  # The same row again is history, not news.
    1
    """

    detectors: tuple[tuple[str, Detector[Any]], ...]

    def start(self) -> OperatorMemory:
        """Memory that has seen nothing."""
        memories = tuple(detector.start() for _, detector in self.detectors)
        return OperatorMemory(np.empty(0, np.int64), 0, memories)

    def due_at(self, memory: OperatorMemory) -> int:
        """The earliest instant at which time alone may change something; NEVER if it cannot.

        It may be too early, never too late: a step at that time then finds nothing.
        """
        pairs = zip(self.detectors, memory.memories, strict=True)
        return min((detector.due_at(own) for (_, detector), own in pairs), default=NEVER)

    def step(self, memory: OperatorMemory, seen: Seen) -> tuple[OperatorMemory, list[RuleFinding]]:
        """Take new rows (or only time) and say what changed, by log time.

        memory: what this operator returned last; it may be written into.
        seen: as in ``Seen``, save that rows may be late or repeated: those not observed after
            their entity's newest are dropped and counted.
        Returns the memory and findings ordered by (at, offset, rule, slot).
        Should a detector raise, the memory given is half written and must not be used again.
        """
        newest_at = grown(memory.newest_at, seen.entities, fill=BEFORE_ALL)
        news = only_news(newest_at, seen)
        found: list[RuleFinding] = []
        memories = []
        for rule, (name, detector) in enumerate(self.detectors):
            own, findings = detector.step(memory.memories[rule], news)
            memories.append(own)
            if findings:
                found += [RuleFinding(rule, name, finding) for finding in findings]
        if len(found) > 1:
            found.sort(key=_place)
        late = memory.late + len(seen.slots) - len(news.slots)
        return OperatorMemory(newest_at, late, tuple(memories)), found


def _place(found: RuleFinding) -> tuple[int, int, int, int]:
    return found.finding.at, found.finding.offset, found.rule, found.finding.slot


def only_news(newest_at: IntArray, seen: Seen) -> Seen:
    """The rows observed after everything older of their entity; ``newest_at`` is written.

    newest_at: int64 (entity,), ns.
    seen: rows, perhaps late or repeated.

    >>> rows = np.array([0, 0, 0], dtype=np.int32)
    >>> seen = Seen(1, rows, np.array([5, 4, 6]), rows + 9, np.array([0, 1, 2]), {}, 9)
    >>> only_news(np.array([BEFORE_ALL]), seen).offsets.tolist()
    [0, 2]
    """
    if not len(seen.slots):
        return seen
    slots, at = seen.indices, seen.observed_at
    fresh = at > newest_at[slots]
    if fresh.all() and (len(seen.rounds) == 1 or _all_rise(seen)):
        newest_at[slots] = at  # Of a repeated slot NumPy keeps the last row.
        return seen
    for rows in seen.rounds:
        where = slots[rows]
        fresh[rows] = at[rows] > newest_at[where]
        newest_at[where] = np.maximum(at[rows], newest_at[where])
    return seen if fresh.all() else select(seen, fresh)


def _all_rise(seen: Seen) -> bool:
    order = by_slot(seen.slots)
    slots, at = seen.slots[order], seen.observed_at[order]
    return bool(np.all((at[1:] > at[:-1]) | (slots[1:] != slots[:-1])))


def select(seen: Seen, kept: BoolArray) -> Seen:
    """Some of the rows and all of the time.

    kept: bool (row,).
    """
    return Seen(
        entities=seen.entities,
        slots=seen.slots[kept],
        observed_at=seen.observed_at[kept],
        received_at=seen.received_at[kept],
        offsets=seen.offsets[kept],
        numbers={name: values[kept] for name, values in seen.numbers.items()},
        now=seen.now,
    )


def shard_of(ids: Sequence[str], shards: int) -> IndexArray:
    """The shard each entity belongs to; the same on every machine and for all time.

    ids: entity ids.
    shards: how many there are, 1 or more.
    Returns intp (entity,), 0 to ``shards`` - 1.
    Raises ValueError if ``shards`` is less than 1.
    Source: CRC-32 of ISO 3309 over the id in UTF-8; cheap, and in every language and engine.

    >>> shard_of(("zone/7", "zone/8"), 4).tolist()
    [1, 0]
    """
    if shards < 1:
        raise ValueError(f"shards is {shards}; it must be 1 or more.")
    return np.array([crc32(entity.encode()) % shards for entity in ids], dtype=np.intp)


def slots_in_shard(home: IndexArray) -> SlotArray:
    """Each entity's ordinal among those of its shard; it stays when entities are added.

    home: intp (entity,), as from ``shard_of``, by the entity's ordinal in the stream.

    >>> slots_in_shard(np.array([1, 0, 1, 1])).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(home, kind="stable")
    sizes = np.bincount(home)
    first = np.cumsum(sizes) - sizes
    local = np.empty(len(home), np.int32)
    local[order] = np.arange(len(home)) - np.repeat(first, sizes)
    return local


def split_shards(seen: Seen, home: IndexArray, *, shards: int) -> tuple[Seen, ...]:
    """One stream's rows and time for each shard, with the shard's own slots.

    seen: rows of the whole stream.
    home: intp (entity,), as from ``shard_of``; at least ``seen.entities`` long.
    shards: how many there are, 1 or more.
    """
    local = slots_in_shard(home)
    sizes = np.bincount(home[: seen.entities], minlength=shards)
    parts = []
    for shard in range(shards):
        part = select(seen, home[seen.slots] == shard)
        parts.append(
            Seen(
                entities=int(sizes[shard]), slots=local[part.slots], observed_at=part.observed_at,
                received_at=part.received_at, offsets=part.offsets, numbers=part.numbers,
                now=seen.now,
            )
        )  # fmt: skip
    return tuple(parts)
