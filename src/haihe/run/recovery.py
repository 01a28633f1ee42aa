"""The state from the log: everything read again, in the same order, giving the same steps."""

from collections.abc import Iterator
from typing import Final

from haihe.log import store
from haihe.log.sqlite import SqliteLog
from haihe.run.engine import Engine, Item, Outcome, Told
from haihe.run.keeping import TICK
from haihe.run.records import first_offset, items_since
from haihe.state.history import History

ITEMS_AT_ONCE: Final = 256  # Bounds memory; the steps do not depend on it.
ROWS_AT_ONCE: Final = 500_000  # Ours: some 50 MB at a time.


def recover(engine: Engine, log: SqliteLog, *, history: History | None = None) -> Outcome:
    """Bring the engine to the log's end.

    history: needed only if records after the last snapshot were sealed, or there is no snapshot.
    Steps that are in the log already are not given again.
    Returns the steps still owed: those of records that were durable when the process died before
    it had decided on them.
    """
    position = store.position(log.reader(), TICK)
    owed = Outcome()
    for items in chunks(items_since(log, engine.next_offset, history=history)):
        known = [item for item in items if first_offset(item) < position]
        new = [item for item in items if first_offset(item) >= position]
        if known:
            engine.take(known)
            engine.track.casework.desk.changed_cases.clear()
            engine.track.casework.desk.changed_orders.clear()
        if new:
            outcome = engine.take(new)
            owed.steps += outcome.steps
            for rule, steps in outcome.shadow_steps.items():
                owed.shadow_steps.setdefault(rule, []).extend(steps)
    owed.next_offset = engine.next_offset
    return owed


def chunks(items: Iterator[Item]) -> Iterator[list[Item]]:
    """The items, some at a time."""
    taken: list[Item] = []
    rows = 0
    for item in items:
        taken.append(item)
        rows += 0 if isinstance(item, Told) else len(item)
        if len(taken) >= ITEMS_AT_ONCE or rows >= ROWS_AT_ONCE:
            yield taken
            taken, rows = [], 0
    if taken:
        yield taken
