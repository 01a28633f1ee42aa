"""A log whose records are also kept as plain rows, for tests that hold history against them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from haihe.log.sqlite import SqliteLog
from haihe.model.line import Sealed
from haihe.model.record import Batch, Rows
from haihe.model.time import DAY, HOUR, MINUTE
from haihe.state.history import History
from haihe.state.seal import KeptFacts, commit_seal, plan_seal, write_seal

START_AT = 20_000 * DAY  # A midnight, UTC.
STREAMS = ("city.air", "city.water")
ENTITIES = tuple(f"sensor/{number}" for number in range(4))


@dataclass(frozen=True, slots=True)
class Row:
    """One record as a person would write it down."""

    offset: int
    entity: str
    observed_at: int
    value: float | None
    other: float | None
    state: str | None


Told: TypeAlias = tuple[int, int, float | None, str | None]  # Entity, minutes, value, state.


@dataclass
class Past:
    """A log, its history, and what was ever appended, by stream."""

    folder: Path
    log: SqliteLog
    history: History
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def files(self) -> Path:
        return self.folder / "history"

    def append(self, stream: str, told: Sequence[Told], *, has_other: bool = False) -> None:
        """Append records as one batch; ``other`` is ten times the value, where it is wanted."""
        ids = tuple(dict.fromkeys(ENTITIES[entity] for entity, *_ in told))
        values = np.array([np.nan if v is None else v for _, _, v, _ in told], dtype=np.float64)
        numbers = {"value": values, **({"other": values * 10.0} if has_other else {})}
        rows = Rows(
            stream=stream,
            ids=ids,
            codes=np.array([ids.index(ENTITIES[e]) for e, *_ in told], dtype=np.int32),
            observed_at=np.array([START_AT + m * MINUTE for _, m, _, _ in told], dtype=np.int64),
            numbers=numbers,
            texts={"state": np.array([state for *_, state in told], dtype=object)},
        )
        with self.log.transaction() as transaction:
            now = transaction.received_at + MINUTE
            batch = transaction.append_rows(rows, received_at=max(now, START_AT))
        self.rows.setdefault(stream, []).extend(
            Row(
                offset=int(batch.offsets[place]),
                entity=ENTITIES[entity],
                observed_at=START_AT + minutes * MINUTE,
                value=value,
                other=value * 10.0 if has_other and value is not None else None,
                state=state,
            )
            for place, (entity, minutes, value, state) in enumerate(told)
        )

    def seal(self, stream: str, *, before_offset: int | None = None) -> KeptFacts[Sealed] | None:
        """Seal what may be sealed, all three steps."""
        bound = self.log.next_offset if before_offset is None else before_offset
        plan = plan_seal(self.log, stream, before_offset=bound)
        if plan is None:
            return None
        seal = write_seal(self.log, self.files, plan=plan)
        with self.log.transaction() as transaction:
            return commit_seal(transaction, seal)

    def by_time(self, stream: str, entities: Sequence[str] = ENTITIES) -> list[Row]:
        """The stream's rows of some entities as ``History.rows`` should give them."""
        chosen = [row for row in self.rows.get(stream, []) if row.entity in entities]
        return sorted(chosen, key=lambda row: (row.observed_at, row.offset))

    def restart(self) -> None:
        """Let go of the log and take it up again, as after a crash between two transactions."""
        self.close()
        self.log = SqliteLog(self.folder)
        self.history = History(self.log, self.files)

    def close(self) -> None:
        self.history.close()
        self.log.close()


@contextmanager
def a_past(folder: Path) -> Iterator[Past]:
    """An empty log and its history, closed at the end."""
    log = SqliteLog(folder)
    past = Past(folder, log, History(log, folder / "history"))
    try:
        yield past
    finally:
        past.close()


def rows_of(table: pa.Table) -> list[Row]:
    """The table's records as rows."""
    names = table.schema.names
    return [
        Row(
            offset=row["offset"],
            entity=row["entity"],
            observed_at=row["observed_at"],
            value=row.get("value"),
            other=row.get("other"),
            state=row["state"] if "state" in names else None,
        )
        for row in table.to_pylist()
    ]


def rows_of_batches(past: Past, batches: Sequence[Batch]) -> list[Row]:
    """The batches' records as rows, in the order they came."""
    return [
        Row(
            offset=int(batch.offsets[at]),
            entity=past.log.directory.ids(batch.stream)[batch.slots[at]],
            observed_at=int(batch.observed_at[at]),
            value=_number(batch, "value", at=at),
            other=_number(batch, "other", at=at),
            state=batch.texts["state"][at] if "state" in batch.texts else None,
        )
        for batch in batches
        for at in range(len(batch))
    ]


def hour(number: int) -> int:
    """The instant some hours after the start."""
    return START_AT + number * HOUR


def _number(batch: Batch, name: str, *, at: int) -> float | None:
    if name not in batch.numbers:
        return None
    value = float(batch.numbers[name][at])
    return None if isnan(value) else value
