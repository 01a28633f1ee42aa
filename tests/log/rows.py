"""Small rows to put into a log."""

from collections.abc import Sequence

import numpy as np

from haihe.log import SqliteLog
from haihe.model import Batch, Rows

AIR = "t.air"


def rows(
    entities: Sequence[str], *, at: int = 0, stream: str = AIR, own_clock: Sequence[int] = ()
) -> Rows:
    """One record of each entity, in order; the value is the row's number."""
    ids = tuple(dict.fromkeys(entities))
    count = len(entities)
    return Rows(
        stream=stream,
        ids=ids,
        codes=np.array([ids.index(entity) for entity in entities], dtype=np.int32),
        observed_at=np.arange(at, at + count, dtype=np.int64),
        numbers={"value": np.arange(count, dtype=np.float64)},
        texts={"note": np.array([None, "ok"] * count, dtype=object)[:count]},
        received_at=np.array(own_clock, dtype=np.int64) if own_clock else None,
    )


def appended(log: SqliteLog, *many: Rows, at: int = 0) -> list[Batch]:
    """The rows as they stand in the log, in one transaction."""
    with log.transaction() as transaction:
        return [transaction.append_rows(each, received_at=at) for each in many]
