"""Random histories of a small zone: records, facts and every action, as the log holds them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from haihe.log.directory import Directory
from haihe.model import MINUTE, SECOND, Batch, Entity, Stream
from haihe.model.line import Action, Clock, EntityTold, Fact, StreamDeclared, Verb
from haihe.run.engine import Item, Told
from tests.run.zone import AIR, AIR_WITH_CO, NAME, PEOPLE, PLACES, RULES, STREAMS, T0, WATER


@dataclass
class History:
    """Items of a log, and the entities each of them is the first to name."""

    items: list[Item] = field(default_factory=list)
    directory: Directory = field(default_factory=Directory)
    now: int = T0
    next_offset: int = 0
    has_co: bool = False

    def tell(self, *facts: Fact) -> None:
        """An entry of facts."""
        self.items.append(Told(self.next_offset, facts))
        self.has_co |= any(isinstance(f, StreamDeclared) and f.stream is AIR_WITH_CO for f in facts)
        self.next_offset += len(facts)
        self.now = max([self.now, *(fact.at for fact in facts)])

    def hear(self, stream: Stream, rows: Sequence["Row"]) -> None:
        """An entry of records; each row moves the log's time on."""
        received = []
        for row in rows:
            self.now += row.after
            received.append(self.now)
        ids = tuple(dict.fromkeys(row.entity for row in rows))
        slots, _ = self.directory.assign(stream.name, ids)
        where = {entity: int(slot) for entity, slot in zip(ids, slots, strict=True)}
        batch = Batch(
            stream=stream.name,
            offsets=np.arange(self.next_offset, self.next_offset + len(rows), dtype=np.int64),
            slots=np.array([where[row.entity] for row in rows], dtype=np.int32),
            observed_at=np.array(
                [at - row.before for at, row in zip(received, rows, strict=True)], dtype=np.int64
            ),
            received_at=np.array(received, dtype=np.int64),
            numbers={
                each.name: np.array([row.numbers[place] for row in rows])
                for place, each in enumerate(stream.numbers)
            },
            texts={
                each.name: np.array([row.text for row in rows], dtype=object)
                for each in stream.texts
            },
        )
        self.items.append(batch)
        self.next_offset += len(rows)


@dataclass(frozen=True)
class Row:
    """One record: how long after the one before it came, and how long before that it was seen."""

    entity: str
    after: int
    before: int
    numbers: tuple[float, ...]
    text: str | None


def begun() -> History:
    """A history whose streams and places are declared; the places stand in a line."""
    history = History()
    history.tell(*(StreamDeclared(at=T0, stream=stream) for stream in STREAMS))
    history.tell(*(EntityTold(at=T0, entity=_place(number)) for number in range(4)))
    return history


def _place(number: int) -> Entity:
    beside = tuple(f"zone/{n}" for n in (number - 1, number + 1) if 0 <= n < len(PLACES))
    return Entity(id=f"zone/{number}", title=NAME, relations={"neighbour": beside})


AFTER = (0, 0, 1 * SECOND, 20 * SECOND, 40 * SECOND, 60 * SECOND, 130 * SECOND, 300 * SECOND)
BEFORE = (0, 0, 0, 0, 5 * SECOND, 60 * SECOND, 400 * SECOND)
METHANE = (1.0, 2.0, 2.0, 2.0, 12.0, 25.0, 40.0, np.nan, np.inf)
LEVEL = (0.5, 1.0, 1.0, 4.5, 6.0, 7.0, 8.0, np.nan)
ORDER_VERBS = (
    *(Verb.DELIVERED,) * 6, *(Verb.REPORT,) * 3, *(Verb.VERIFY,) * 3, Verb.ACCEPT, Verb.HANDLE,
    Verb.SEND_BACK, Verb.CANCEL, Verb.UNDELIVERED,
)  # fmt: skip
CASE_VERBS = (Verb.HOLD, Verb.HOLD, Verb.RESUME, Verb.OVERRIDE)
RULE_VERBS = (
    Verb.SHELVE, Verb.UNSHELVE, Verb.SHADOW, Verb.SHADOW, Verb.UNSHADOW, Verb.PROMOTE,
    Verb.PROPOSE, Verb.PROPOSE, Verb.AGREE, Verb.DECLINE, Verb.PROMOTE, Verb.STEP_BACK,
)  # fmt: skip
SETTINGS = (
    {"high": "11"}, {"high": "24.5", "close.at_least": "1"}, {"timeout": str(90 * SECOND)},
    {"open_at": "24.5"}, {"every": str(100 * SECOND), "fails_at": "30.0"}, {"open_at": "1.5"},
    {"due_in": str(1 * MINUTE)}, {"high": "not JSON"}, {"severity": "9"}, {"low": '"x"'},
)  # fmt: skip


class Chance:
    """Where a history takes its choices from: hypothesis or a seeded generator."""

    def below(self, count: int) -> int:
        """A whole number from 0 to ``count`` - 1."""
        raise NotImplementedError


class Seeded(Chance):
    """Choices from a seed, for long histories."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def below(self, count: int) -> int:
        return int(self._generator.integers(count))


def of(history: History, chance: Chance, *, steps: int) -> History:
    """The history with some more entries."""
    for _ in range(steps):
        kind = chance.below(10)
        if kind < 6:
            _records(history, chance)
        elif kind < 9:
            history.tell(*(_action(history, chance) for _ in range(1 + chance.below(2))))
        else:
            _other_fact(history, chance)
    return history


def _records(history: History, chance: Chance) -> None:
    is_air = chance.below(3) > 0
    stream = (AIR_WITH_CO if history.has_co and chance.below(2) else AIR) if is_air else WATER
    rows = []
    for _ in range(1 + chance.below(6)):
        values = METHANE if is_air else LEVEL
        value = values[chance.below(len(values))]
        other, co = (float((20.9, np.nan)[chance.below(2)]) for _ in range(2))
        rows.append(
            Row(
                entity=PLACES[chance.below(len(PLACES))],
                after=AFTER[chance.below(len(AFTER))],
                before=BEFORE[chance.below(len(BEFORE))],
                numbers=(value, other, co) if is_air else (value,),
                text=("ok", "worn", None)[chance.below(3)],
            )
        )
        if chance.below(6) == 0:
            rows.append(rows[-1])
    history.hear(stream, rows)


def _action(history: History, chance: Chance) -> Action:
    kind = chance.below(6)
    pack = "ab"[chance.below(2)]
    case = f"{pack}-{1 + chance.below(6)}"
    rule = RULES[chance.below(len(RULES))]
    settings: dict[str, str] = {}
    if kind < 3:
        head = case if chance.below(4) else "a.dampers"
        verb, subject = ORDER_VERBS[chance.below(len(ORDER_VERBS))], f"{head}/{1 + chance.below(4)}"
    elif kind == 3:
        verb, subject = CASE_VERBS[chance.below(len(CASE_VERBS))], case
    else:
        verb, subject = RULE_VERBS[chance.below(len(RULE_VERBS))], rule
        if verb is Verb.SHADOW:
            settings = SETTINGS[chance.below(len(SETTINGS))]
        elif chance.below(2) and verb in (Verb.SHELVE, Verb.UNSHELVE):
            subject = f"{rule} {PLACES[chance.below(len(PLACES))]}"
    return Action(
        at=history.now + AFTER[chance.below(len(AFTER))] - 5 * SECOND * chance.below(2),
        verb=verb,
        subject=subject,
        by=PEOPLE[chance.below(len(PEOPLE))],
        reason=("", "so it is", "so it is")[chance.below(3)],
        until=history.now + (1 + chance.below(4)) * MINUTE,
        settings=settings,
    )


def _other_fact(history: History, chance: Chance) -> None:
    kind = chance.below(5)
    if kind == 0:
        history.tell(StreamDeclared(at=history.now, stream=AIR_WITH_CO))
    elif kind < 3:
        history.tell(Clock(at=history.now + (1 + chance.below(5)) * MINUTE))
    else:
        history.tell(EntityTold(at=history.now, entity=_place(chance.below(len(PLACES)))))


def rows_apart(items: Sequence[Item], chance: Chance) -> Iterator[Item]:
    """The same records and facts in smaller entries, cut anywhere."""
    for item in items:
        size = len(item.facts) if isinstance(item, Told) else len(item)
        start = 0
        while start < size:
            end = start + 1 + chance.below(size - start)
            yield part_of(item, start, end=end)
            start = end


def part_of(item: Item, start: int, *, end: int) -> Item:
    """Records or facts [start, end) of an entry, with their own offsets."""
    if isinstance(item, Told):
        return Told(item.first_offset + start, item.facts[start:end])
    return Batch(
        stream=item.stream,
        offsets=item.offsets[start:end],
        slots=item.slots[start:end],
        observed_at=item.observed_at[start:end],
        received_at=item.received_at[start:end],
        numbers={name: column[start:end] for name, column in item.numbers.items()},
        texts={name: column[start:end] for name, column in item.texts.items()},
    )
