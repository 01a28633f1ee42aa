"""A node on a folder with the small zone's packs, driven round by round on its own clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np

from haihe.log.sqlite import SqliteLog
from haihe.model import MINUTE, Rows
from haihe.model.line import Action, Fact, Line, Verb, decode_lines
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.intake import Receipt
from haihe.run.node import Node
from tests.run.zone import PACKS, T0

Answer = TypeVar("Answer")


@contextmanager
def node_on(folder: Path) -> Iterator[Node]:
    """A node without a thread; rounds are made by ``sent``, ``told`` and ``node.round``."""
    log = SqliteLog(folder)
    node = Node(log, PACKS, clock=DataClock(max(log.received_at, T0)))
    try:
        yield node
    finally:
        node.stop()


def air(entity: str, minutes: list[float], methane: list[float]) -> Rows:
    """Readings of one place at minutes after ``T0``, on the recording's clock."""
    at = np.array([T0 + int(minute * MINUTE) for minute in minutes], dtype=np.int64)
    return Rows(
        stream="a.air",
        ids=(entity,),
        codes=np.zeros(len(at), dtype=np.int32),
        observed_at=at,
        numbers={"methane": np.array(methane, dtype=float), "oxygen": np.full(len(at), np.nan)},
        texts={"state": np.full(len(at), None, dtype=object)},
        received_at=at,
    )


def sent(node: Node, rows: Rows) -> Receipt:
    """Let the node take rows."""
    answer = node.submit(Arrival(rows))
    node.round()
    return answer.result()


def told(node: Node, *facts: Fact) -> int:
    """Let the node take facts."""
    answer = node.tell(*facts)
    node.round()
    return answer.result()


def act(verb: Verb, subject: str, by: str, *, minute: float, reason: str = "") -> Action:
    """What somebody does at a minute after ``T0``."""
    return Action(at=T0 + int(minute * MINUTE), verb=verb, subject=subject, by=by, reason=reason)


def lines(node: Node, author: str = "step") -> list[Line]:
    """Every line of the log by an author."""
    entries = node.log.read(0, streams=(author,))
    return [line for entry in entries for line in decode_lines(entry.body or b"")]


def a_leak(node: Node) -> None:
    """Methane high in zone/1 at minute 1, good again from minute 2 on: a case that could close."""
    sent(node, air("zone/1", [0, 1], [1.0, 30.0]))
    sent(node, air("zone/1", [2, 3, 4], [1.0, 1.0, 1.0]))
