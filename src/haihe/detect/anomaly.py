"""Something an entity has never shown before, whatever the series: one detector for all."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from haihe.detect.compiled import TakeRows, take_rows_compiled
from haihe.detect.contract import Finding, Seen, grown
from haihe.detect.reading import HOURS, KEPT, Batch, Columns
from haihe.detect.surprise import (
    Cells,
    Look,
    Records,
    Rows,
    hour_of,
    learn,
    look,
    no_records,
    take_one,
    with_room_for,
)
from haihe.detect.turns import (
    MAGNITUDE_MAX,
    RowsOnly,
    Turn,
    check_more,
    is_told,
)
from haihe.model.alarm import Severity
from haihe.model.arrays import FloatArray, IndexArray, IntArray
from haihe.model.time import HOUR

QUIET: Final = 30  # Ours: readings in a row without surprise that end an episode.
CHUNK: Final = 8192  # Ours, measured: entities whose columns fit into a core's second cache.
FEW: Final = 16  # Ours, measured: rows in a round from which on arrays beat one row at a time.
MANY: Final = 4096  # Ours: rows in a batch from which on machine code is worth loading numba.
TIMES_MOST: Final = 999.0  # Ours: what never moved may move by any factor; no one reads more.
VIEWS: Final = (
    "unlike its level",
    "unlike this hour of the week",
    "unlike this hour for some readings",
    "unlike its level and this hour for many readings",
    "more unrest from reading to reading",
)


@dataclass(frozen=True, slots=True)
class AnomalyMemory:
    """What an ``Anomaly`` remembers.

    records: what was learnt of each entity.
    quiet: int64 (entity,), readings without surprise it still takes to clear; 0 if none stands.
    """

    records: Records
    quiet: IntArray


@dataclass(frozen=True)
class Anomaly(RowsOnly):
    """Raised when a reading goes beyond all that its entity has shown before.

    It needs no training and no setting: after 200 readings of an entity it holds each one against
    five records of its own (``haihe.detect.surprise``): the greatest distance from the slow
    level, from what is usual at that hour of the week, from that for some readings in a row, from
    both for many readings, and the greatest unrest from one reading to the next. Records fade over
    about 30,000 readings, so what was once rare may be told again; a lasting new level becomes
    normal within some hundred. It clears after ``QUIET`` readings in a row without surprise, so one
    episode is one alarm.

    ``value`` of a finding is the reading, or what the last readings have in common; ``limit`` the
    nearer edge of what was seen before, times the threshold; ``detail`` the view that found it and
    by how much. Of unrest, both are how much more than usual the value changes between readings.

    Where nothing but noise comes, the default raises once in 1,400 readings or so, whatever its
    shape. A threshold of 1.25 does once in 50,000 where the noise is normal, 1.5 almost never; on
    heavy tails (log-normal, Cauchy) once in 3,000 to 14,000: there any record may be broken far.

    field: the number field.
    threshold: how many times its record a distance must be; more than 0.
    severity: how bad it is.
    Source: records of like readings come at rate 1/n whatever their distribution (Renyi, 1962).

    >>> Anomaly("power").fields
    ('power',)
    """

    field: str
    _: KW_ONLY
    threshold: float = 1.05  # Ours: the NAB score is flat from 1.03 to 1.08.
    severity: Severity = Severity.MINOR

    def __post_init__(self) -> None:
        """Refuse a threshold that everything would pass."""
        check_more("Anomaly.threshold", self.threshold, than=0)

    @property
    def fields(self) -> tuple[str, ...]:
        """The one field."""
        return (self.field,)

    def start(self) -> AnomalyMemory:
        """Nothing learnt."""
        return AnomalyMemory(no_records(), np.empty(0, np.int64))

    def step(self, memory: AnomalyMemory, seen: Seen) -> tuple[AnomalyMemory, list[Finding]]:
        """Hold each reading against its entity's records, then let these learn from it."""
        memory = _with_room(memory, seen.entities)
        return memory, self._take(memory, seen, scores=None)

    def score(self, memory: AnomalyMemory, seen: Seen) -> tuple[AnomalyMemory, FloatArray]:
        """How surprising each reading is, learnt from as ``step`` does.

        Returns the memory and float64 (row,), 0 to 1: 0.5 and more raises; 0 where the value is
        missing, the entity still new, or an alarm stands.
        """
        memory = _with_room(memory, seen.entities)
        scores = np.zeros(len(seen.slots))
        self._take(memory, seen, scores=scores)
        return memory, scores

    def _take(
        self, memory: AnomalyMemory, seen: Seen, *, scores: FloatArray | None
    ) -> list[Finding]:
        count = len(seen.slots)
        if count < FEW or count < FEW * len(seen.rounds):
            return self._rows(memory, seen, scores=scores)
        machine = take_rows_compiled() if scores is None and count >= MANY else None
        turns = (
            _parts(seen, self.field)
            if machine is None
            else self._left(memory, seen, machine=machine)
        )
        found: list[Finding] = []
        for turn in turns:
            found += self._turn(memory, seen, turn=turn, scores=scores)
        return found

    def _left(self, memory: AnomalyMemory, seen: Seen, *, machine: TakeRows) -> Iterator[Turn]:
        """What machine code leaves of each round: rows that may turn, a few in a thousand."""
        records = memory.records
        kept = tuple(getattr(records, name) for name in KEPT)
        columns = Columns(memory.quiet, records.usual, kept)
        for rows in seen.rounds:
            turn = _turn_of(seen, rows, field=self.field, part=slice(None))
            batch = _batch_of(turn, threshold=self.threshold, entities=seen.entities)
            left = machine(columns, batch)
            if len(left):
                yield turn.only(left)

    def _rows(
        self, memory: AnomalyMemory, seen: Seen, *, scores: FloatArray | None
    ) -> list[Finding]:
        """The same, row by row: each entity's rows stand in their order."""
        found: list[Finding] = []
        columns = (
            seen.slots.tolist(),
            seen.observed_at.tolist(),
            seen.numbers[self.field].tolist(),
        )
        for row, (slot, at, value) in enumerate(zip(*columns, strict=True)):
            if not abs(value) <= MAGNITUDE_MAX:
                continue
            quiet = memory.quiet.item(slot)
            below = 0.0 if quiet == 1 else self.threshold
            hour = at // HOUR % HOURS
            ratio = take_one(memory.records, slot, value=value + 0.0, hour=hour, below=below)
            if ratio >= below:  # Something may turn: what is told of it needs the whole look.
                turn = Turn(*(np.array([cell]) for cell in (row, slot, value, at)))
                found += self._turn(memory, seen, turn=turn, scores=scores)
            elif quiet:
                memory.quiet[slot] = quiet - 1
            elif scores is not None:
                scores[row] = ratio / (ratio + self.threshold)
        return found

    def _turn(
        self, memory: AnomalyMemory, seen: Seen, *, turn: Turn, scores: FloatArray | None
    ) -> list[Finding]:
        rows = _rows_of(turn.slots)
        cells = _cells_of(rows, turn)
        got = look(memory.records, rows, values=turn.values + 0.0, cells=cells)
        over, quiet = got.ratio >= self.threshold, memory.quiet[rows]
        if scores is not None:
            told = got.ratio / (got.ratio + self.threshold)
            scores[turn.rows] = np.where(quiet > 0, 0.0, told)
        found: list[Finding] = []
        stirred = np.flatnonzero(over | (quiet > 0))
        if len(stirred):
            over, left = over[stirred], quiet[stirred]
            turned = stirred[np.where(left == 0, over, (left == 1) & ~over)]
            if len(turned):
                found = list(self._findings(seen, turn, got=got, rows=turned))
            quiet[stirred] = np.where(over, QUIET, left - 1)
            memory.quiet[rows] = quiet
        learn(memory.records, rows, seen=got, cells=cells)
        return found

    def _findings(
        self, seen: Seen, turn: Turn, *, got: Look, rows: IndexArray
    ) -> Iterator[Finding]:
        ratios = got.ratio[rows]
        raised = ratios >= self.threshold
        views = np.where(raised, got.views(rows), 0)
        reasons = got.reasons(rows, views=views, times=self.threshold)
        numbers = turn.rows[rows]
        columns = (
            seen.received_at[numbers], seen.offsets[numbers], turn.slots[rows], turn.at[rows],
            raised, reasons.values, reasons.limits, np.minimum(ratios, TIMES_MOST), views,
        )  # fmt: skip
        for at, offset, slot, observed_at, up, value, limit, times, view in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            detail = f"{VIEWS[view]}: {times:.3g} times the greatest before" if up else ""
            yield Finding(at, offset, slot, observed_at, up, self.field, value, limit, detail)


def _parts(seen: Seen, field: str) -> Iterator[Turn]:
    """The rows that tell a value, a chunk of a round at a time."""
    for rows in seen.rounds:
        for first in range(0, len(rows), CHUNK):
            turn = _turn_of(seen, rows, field=field, part=slice(first, first + CHUNK))
            told = is_told(turn.values)
            if told.all():
                yield turn
            elif told.any():
                yield turn.only(told)


def _turn_of(seen: Seen, rows: IndexArray, *, field: str, part: slice) -> Turn:
    """A part of a round; of all rows, where they lie."""
    these = rows[part]
    where = part if len(rows) == len(seen.slots) else these
    return Turn(these, seen.indices[where], seen.numbers[field][where], seen.observed_at[where])


def _batch_of(turn: Turn, *, threshold: float, entities: int) -> Batch:
    """The turn in arrays of one kind only: each kind is compiled apart.

    Raises IndexError for a slot that no entity has: machine code would write beyond its memory.
    """
    slots = turn.slots.view(np.uintp)  # A negative one is then the largest of all.
    if slots.max() >= entities:
        raise IndexError(f"A slot is {turn.slots[slots.argmax()]}; Seen.entities is {entities}.")
    return Batch(
        slots,
        np.require(turn.at, np.int64, ["C", "W"]),
        np.require(turn.values, np.float64, ["C", "W"]),
        float(threshold),
    )


def _rows_of(slots: IndexArray) -> Rows:
    """The slots, as a slice if they follow one another: columns are then read where they lie."""
    first, last = int(slots[0]), int(slots[-1])
    if last - first + 1 == len(slots) and bool(np.all(slots[1:] > slots[:-1])):
        return slice(first, last + 1)
    return slots


def _cells_of(rows: Rows, turn: Turn) -> Cells:
    """Where the usual values of the rows' hours lie; mostly it is one hour for all."""
    first = int(turn.at[0]) // HOUR
    if int(turn.at.min()) // HOUR == first == int(turn.at.max()) // HOUR:
        return rows, first % HOURS
    return turn.slots, hour_of(turn.at)


def _with_room(memory: AnomalyMemory, entities: int) -> AnomalyMemory:
    records = with_room_for(memory.records, entities)
    if records is memory.records:
        return memory
    return AnomalyMemory(records, grown(memory.quiet, entities, fill=0))
