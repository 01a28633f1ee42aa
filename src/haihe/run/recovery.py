"""The state from the log: everything read again, in the same order, giving the same steps."""

from collections.abc import Iterable, Iterator
from typing import Final

from haihe.log import store
from haihe.log.codec import decode_batch
from haihe.log.entry import BATCH, Entry
from haihe.log.sqlite import SqliteLog
from haihe.model.line import FACTS, decode_lines
from haihe.run.engine import Engine, Item, Outcome, Told
from haihe.run.keeping import TICK

ITEMS_AT_ONCE: Final = 256  # Bounds memory; the steps do not depend on it.
ROWS_AT_ONCE: Final = 500_000  # Ours: some 50 MB at a time.


def recover(engine: Engine, log: SqliteLog) -> Outcome:
    """Bring the engine to the log's end.

    Steps that are in the log already are not given again.
    Returns the steps still owed: those of records that were durable when the process died before
    it had decided on them.
    """
    position = store.position(log.reader(), TICK)
    owed = Outcome()
    for items in chunks(items_of(log.read(engine.next_offset))):
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


def items_of(entries: Iterable[Entry]) -> Iterator[Item]:
    """The entries that the engine takes: records and facts, not its own steps."""
    for entry in entries:
        if entry.header.kind == BATCH:
            assert entry.body is not None  # Recovery begins after what moved to history files.
            yield decode_batch(entry.header, entry.body)
        elif entry.header.stream == "fact":
            assert entry.body is not None  # Lines never move.
            facts = tuple(line for line in decode_lines(entry.body) if isinstance(line, FACTS))
            yield Told(entry.header.first_offset, facts)


def first_offset(item: Item) -> int:
    """The offset of the item's first record."""
    return item.first_offset if isinstance(item, Told) else int(item.offsets[0])


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
