"""Orders on their way out: at least once, each with its number as idempotency key.

An order enters the outbox in the transaction that dispatched it. A letter carrier tries to hand it
to its sink until it is taken, with growing pauses; after a day it lies among the dead letters and
an operator hears of it. What was taken comes back through the door as a fact like any other.
"""

import fnmatch
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from haihe.errors import HaiheError, SinkFailed, SinkRefused
from haihe.log import store
from haihe.log.sqlite import Transaction
from haihe.log.store import DEAD, SENT, WAITING, Letter
from haihe.model.decision import Order, Settled, WorkOrder
from haihe.model.line import Action, Verb
from haihe.model.text import Text
from haihe.model.time import DAY, MINUTE, SECOND
from haihe.run.node import Node

FIRST_PAUSE: Final = 1 * SECOND  # Ours: a restart of the receiver takes longer than one try.
LONGEST_PAUSE: Final = 5 * MINUTE  # Ours: a sink back after an hour gets its orders within it.
GIVE_UP_AFTER: Final = DAY  # Ours: an order of yesterday is for a person to judge.
AT_ONCE: Final = 100  # Letters taken up together; the rest waits for the next look.
TOO_LATE: Final = "its time was over before it could leave"
LOOK_EVERY_S: Final = 1.0  # How late a due retry may be seen.

_log = logging.getLogger(__name__)


class Sink(Protocol):
    """Where orders leave. Takes an order twice without doing it twice: by its id."""

    @property
    def name(self) -> str:
        """Who took it, for the log."""
        ...

    def send(self, order: WorkOrder) -> None:
        """Hand over an order; returning means it was taken.

        Raises SinkFailed if it was not, SinkRefused if it need not be tried again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """Which orders go to which sink.

    assignees: a pattern as in file names, such as "gallery-*".
    sink: where they go.
    """

    assignees: str
    sink: Sink


@dataclass(slots=True)
class Way:
    """How a sink does: letters taken since the start, and when it last did, or did not; ns."""

    sent: int = 0
    sent_at: int = 0
    failed_at: int = 0
    error: str = ""


class Carrier:
    """Takes letters from the outbox to their sinks, in a thread of its own."""

    def __init__(self, node: Node, routes: Sequence[Route]) -> None:
        """Carry for a node; the first route that fits an order's assignee has it."""
        self._node = node
        self.routes = tuple(routes)
        self.ways = tuple(Way() for _ in self.routes)
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="carrier", daemon=True)
        node.on_steps(self._woken.set)

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def stop(self) -> None:
        """End after the letter in hand."""
        self._ended.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def carry(self, *, now: int) -> int:
        """Try every letter that is due at the wall time ``now`` (ns); how many were tried."""
        due = store.list_letters(self._node.log.reader(), state=WAITING, before=now, limit=AT_ONCE)
        for letter in due:
            self._try(letter, now=now)
        return len(due)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._woken.wait(LOOK_EVERY_S)
            self._woken.clear()
            try:
                while not self._ended.is_set() and self.carry(now=time.time_ns()) == AT_ONCE:
                    pass
            except HaiheError as error:
                _log.warning("the outbox waits: %s", error)

    def _try(self, letter: Letter, *, now: int) -> None:
        order = letter.order
        if not store.is_waiting(self._node.log.reader(), order.id):
            return  # It was taken back while others of the same look were on their way.
        if order.is_stale(max(self._node.clock.now(), self._node.log.received_at)):
            self._settle(order, by="outbox", error=letter.error or TOO_LATE)
            return
        place = self.place_of(order.order.assignee)
        if place is None:
            self._settle(order, by="outbox", error=f"no sink takes '{order.order.assignee}'")
            return
        sink = self.routes[place].sink
        try:
            error = self._send(place, order, now=now)
        except SinkRefused as refusal:
            self._settle(order, by=sink.name, error=str(refusal) or "it said no, and not why")
            return
        if error:
            self._put_off(letter, sink, now=now, error=error)
            return
        self._settle(order, by=sink.name, error="")

    def try_out(self, place: int, *, at: int) -> str:
        """Send a test message by one of the routes; why it was not taken, "" if it was.

        at: the log's time; ns. Receivers know it by the action "test" and the case "test".
        """
        order = Order(
            action="test",
            entity="haihe/test",
            assignee="test",
            due_in=MINUTE,
            title=Text(zh="试发消息，请勿处理", en="A test message; do nothing"),
            settled=Settled.BY_RECEIPT,
        )
        letter = WorkOrder.dispatched(f"test-{at}/1", "test", order=order, at=at)
        try:
            return self._send(place, letter, now=time.time_ns())
        except SinkRefused as refusal:
            return str(refusal) or "it said no, and not why"

    def _send(self, place: int, order: WorkOrder, *, now: int) -> str:
        """Hand an order to a sink and note how it did; why it was not taken, "" if it was.

        Raises SinkRefused if it need not be asked again.
        """
        way = self.ways[place]
        try:
            self.routes[place].sink.send(order)
        except SinkFailed as error:
            way.failed_at, way.error = now, str(error)
            if isinstance(error, SinkRefused):
                raise
            return way.error or "it said no, and not why"
        way.sent, way.sent_at = way.sent + 1, now
        return ""

    def place_of(self, assignee: str) -> int | None:
        """Which of the routes an assignee's orders take; None if none fits."""
        for place, route in enumerate(self.routes):
            if fnmatch.fnmatchcase(assignee, route.assignees):
                return place
        return None

    def _put_off(self, letter: Letter, sink: Sink, *, now: int, error: str) -> None:
        pause = min(FIRST_PAUSE << min(letter.tries, 16), LONGEST_PAUSE)
        waited = letter.tries * LONGEST_PAUSE  # An upper bound is enough to give up on.
        if waited > GIVE_UP_AFTER:
            self._settle(letter.order, by=sink.name, error=error)
            return

        def write(transaction: Transaction) -> None:
            store.mark_letter(
                transaction.db, letter.order.id, state=WAITING, next_at=now + pause, error=error
            )

        self._node.change(write).result()

    def _settle(self, order: WorkOrder, *, by: str, error: str) -> None:
        """Sent, or dead: the letter's state and the receipt in one round."""
        verb = Verb.UNDELIVERED if error else Verb.DELIVERED
        state = DEAD if error else SENT

        now = max(self._node.clock.now(), self._node.log.received_at)

        def write(transaction: Transaction) -> None:
            store.mark_letter(transaction.db, order.id, state=state, next_at=now, error=error)

        receipt = Action(at=now, verb=verb, subject=order.id, by=by, reason=error)
        self._node.tell(receipt, beside=write).result()
