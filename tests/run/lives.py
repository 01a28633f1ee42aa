"""Histories lived by a node on a folder, with crashes, and all that must come out the same."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from haihe.log import SqliteLog
from haihe.model import Batch, Rows
from haihe.model.line import Line, encode_lines
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.engine import Engine, Item, Told
from haihe.run.node import Node
from haihe.run.records import items_of
from haihe.run.snapshot import encode_snapshot
from haihe.run.snapshot_file import write_snapshot
from tests.run.histories import History
from tests.run.zone import PACKS, T0

TABLES = {
    "cases": "SELECT id, state, body FROM cases ORDER BY id",
    "orders": "SELECT id, state, body FROM orders ORDER BY id",
    "outbox": "SELECT id, body FROM outbox ORDER BY id",
}


def opened(folder: Path) -> Node:
    """A node without a thread, on the recording's own clock."""
    log = SqliteLog(folder)
    return Node(log, PACKS, clock=DataClock(max(log.received_at, T0)))


def rows_of(batch: Batch, ids: Sequence[str]) -> Rows:
    """A batch as it was before it came in."""
    used, codes = np.unique(batch.slots, return_inverse=True)
    return Rows(
        stream=batch.stream,
        ids=tuple(ids[slot] for slot in used.tolist()),
        codes=codes.astype(np.int32),
        observed_at=batch.observed_at,
        numbers=batch.numbers,
        texts=batch.texts,
        received_at=batch.received_at,
    )


def given(node: Node, item: Item, history: History) -> None:
    """One round with one entry of a history."""
    if isinstance(item, Told):
        answer = node.tell(*item.facts)
        node.round()
        answer.result()
        return
    receipt = node.submit(Arrival(rows_of(item, history.directory.ids(item.stream))))
    node.round()
    receipt.result()


def lose_steps(node: Node, item: Item, history: History) -> None:
    """The process dies after the records are durable and before the steps are."""
    keep, node._keep = node._keep, lambda outcome: None  # type: ignore[method-assign]  # A crash.
    given(node, item, history)
    node._keep = keep  # type: ignore[method-assign]  # As it was.


def save(node: Node) -> None:
    """A snapshot, as the node itself makes now and then."""
    write_snapshot(node.log.path.parent, encode_snapshot(node.engine, node.log))


def outcome_of(node: Node) -> dict[str, object]:
    """All that follows from a log: the steps by author, and what the store keeps."""
    authors: dict[str, bytes] = {}
    for entry in node.log.read():
        author = entry.header.stream
        if entry.header.kind == "lines" and author != "fact":
            authors[author] = authors.get(author, b"") + (entry.body or b"")
    kept = {name: node.log.reader().execute(query).fetchall() for name, query in TABLES.items()}
    return {**authors, **kept}


def steps_again(node: Node) -> dict[str, bytes]:
    """What a fresh engine gives for the log's records and facts, by author."""
    engine = Engine(node.engine.packs, node.log.directory)
    outcome = engine.take(items_of(node.log.read()))
    from_shadows = {
        f"shadow {rule}": _encoded(steps) for rule, steps in outcome.shadow_steps.items()
    }
    return {"step": _encoded(outcome.steps), **from_shadows}


def _encoded(steps: Sequence[Line]) -> bytes:
    return encode_lines(list(steps))
