"""Plays a span: hands its records to the copy's node when their time comes, as they came then."""

import threading
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import numpy as np

from haihe.errors import HaiheError, Overloaded
from haihe.log.sqlite import SqliteLog
from haihe.model.record import Batch
from haihe.run.appending import Arrival
from haihe.run.drill.pace import Pace
from haihe.run.drill.span import cut, rows_of, time_of
from haihe.run.engine import Item
from haihe.run.node import Node
from haihe.run.records import items_of
from haihe.run.span import Span

QUANTUM_S: Final = 0.05  # Ours: records this close together, as they go by now, are one sending.
RETRY_S: Final = 0.2  # Ours: a node that is full is asked again soon.
SECOND_NS: Final = 10**9  # ns.


class Phase(StrEnum):
    """Where a drill stands."""

    NONE = "none"  # There is none.
    PREPARING = "preparing"  # Its records are copied and its state is built.
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"  # The span has gone by; it waits to be ended.
    FAILED = "failed"


class Player:
    """The one who feeds a drill's node, in a thread of its own."""

    def __init__(self, node: Node, recorded: SqliteLog, *, span: Span, pace: Pace) -> None:
        """Prepare to play what was recorded of a span to a node whose clock is the pace."""
        self._node = node
        self._recorded = recorded
        self._span = span
        self._pace = pace
        self._is_over = False
        self.trouble = ""
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)

    @property
    def phase(self) -> Phase:
        """Where it stands."""
        if self.trouble:
            return Phase.FAILED
        if self._is_over:
            return Phase.OVER
        return Phase.PAUSED if self._pace.is_paused else Phase.RUNNING

    def start(self) -> None:
        """Begin to play."""
        self._pace.go(paused=False)
        self._thread.start()

    def stop(self) -> None:
        """End after the records in hand."""
        self._pace.end()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            for item in items_of(self._recorded.read(0)):
                for part in self._parts(item):
                    self._pace.allow(_begin_of(part))
                    if not self._pace.wait(time_of(part)):
                        return
                    self._send(part)
            self._pace.allow(self._span.to_at)
            self._is_over = self._pace.wait(self._span.to_at)
            self._pace.end()
        except HaiheError as error:  # The copy cannot be written any more, or was damaged.
            self.trouble = str(error)

    def _parts(self, item: Item) -> Iterator[Item]:
        """An item in parts that go by within a moment."""
        if not isinstance(item, Batch):
            yield item
            return
        begin = 0
        while begin < len(item):
            until = int(item.received_at[begin]) + int(self._pace.speed * QUANTUM_S * SECOND_NS)
            end = int(np.searchsorted(item.received_at, until, side="right"))
            yield cut(item, begin, end=end)
            begin = end

    def _send(self, item: Item) -> None:
        """Let the node take a part, and wait until it is decided."""
        if not isinstance(item, Batch):
            self._node.tell(*item.facts).result()
            return
        rows = rows_of(item, self._recorded.directory)
        while True:
            try:  # Each was let in once; none is too late now.
                self._node.submit(Arrival(rows, is_released=True)).result()
            except Overloaded:
                if not self._pace.wait(time_of(item)):
                    return
                threading.Event().wait(RETRY_S)
            else:
                return


def _begin_of(item: Item) -> int:
    """The log's time before an item; ns."""
    return int(item.received_at[0]) if isinstance(item, Batch) else time_of(item)
