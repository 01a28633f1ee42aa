"""The demonstration: twins report, obey and fail, and a made-up crew does what it is told.

Everything but the people and the devices is real: the same log, engine, outbox and closure.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from haihe.decide.workday import day_of, is_workday, start_of
from haihe.errors import HaiheError, Overloaded
from haihe.log import store
from haihe.model.decision import OrderState, Settled, WorkOrder
from haihe.model.line import Action, EntityTold, Verb
from haihe.model.record import Rows
from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.pack.contract import Pack
from haihe.run.appending import Arrival
from haihe.run.clock import FastClock
from haihe.run.gate import admitted
from haihe.run.intake import Receipt
from haihe.run.node import Node
from haihe.run.outbox import Route
from haihe.run.sinks import ConsoleSink, TwinSink
from haihe.twin.contract import Office, Twin

SEED: Final = 20  # Ours: any will do; the same one gives the same day.
TURN_S: Final = 0.02  # Between two turns, in real time; a turn takes about as long again.
# How far the log's time may run ahead of what the twins have told. Records are never older than
# that when they are taken: on a machine that is slow or busy the day is slower, not late.
AHEAD_S: Final = 0.1  # Of the wall: a few turns; at 60 times the clock six seconds.
AHEAD_LEAST: Final = 2 * SECOND  # Ours: the step of the finest twin, and one to spare.
PEOPLE_EVERY: Final = 6 * SECOND  # Ours: nobody sees people move more often.
STEP_MAX: Final = 10 * MINUTE  # A paused machine catches up in pieces of this.
DAWN: Final = 6 * HOUR + 40 * MINUTE  # Ours: before the tide, which is due from 07:00 on.
TRAVEL: Final = 4 * MINUTE  # Ours: how long the made-up crew needs to accept an order.
WORK: Final = 8 * MINUTE  # And then to report it done.
CREW, OFFICER = "crew Zhang", "officer Li"
ORDERS_SEEN: Final = 200  # A demonstration has some dozens.
BY_PEOPLE: Final = frozenset({Settled.BY_VERIFICATION, Settled.BY_REPORT})
RETRY_S: Final = 1.0  # Ours: a log that cannot be written is looked at again soon.


def morning_before(at: int) -> int:
    """When a new demonstration begins: 06:40 Chinese time of the last working day before ``at``.

    Streets fill, shifts change, offices open: what a city does in a day is seen from its begin.

    >>> from haihe.model.time import format_instant, parse_instant
    >>> format_instant(morning_before(parse_instant("2026-02-15T03:00:00Z")))
    '2026-02-13T22:40:00Z'
    """
    day = day_of(at)
    while not is_workday(day) or start_of(day) + DAWN > at:
        day -= 1
    return start_of(day) + DAWN


@dataclass(frozen=True, slots=True)
class DemoTwin:
    """A pack's twin and what it takes orders for.

    pack: whose twin.
    twin: the model.
    """

    pack: str
    twin: Twin


@dataclass(frozen=True, slots=True)
class DeviceSink:
    """Hands a twin the orders that are done by being taken, and shows those for people.

    twin: takes the former.
    """

    twin: TwinSink

    @property
    def name(self) -> str:
        """Who took it, for the log."""
        return self.twin.name

    def send(self, order: WorkOrder) -> None:
        """Let the twin obey, or note the order; never fails."""
        is_device = order.order.settled is Settled.BY_RECEIPT
        (self.twin if is_device else ConsoleSink()).send(order)


class Demo:
    """Twins as feed and sink, and the people of a demonstration."""

    def __init__(self, node: Node, packs: Sequence[Pack]) -> None:
        """Prepare a day that starts now, with each pack's faults."""
        self._node = node
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo", daemon=True)
        self._is_new = False
        self.started_at = node.clock.now()
        self._reached = self._people_at = self.started_at
        self.twins = tuple(self._twin(pack) for pack in packs if pack.twin is not None)

    @property
    def routes(self) -> tuple[Route, ...]:
        """What a device does by itself goes to the pack's twin, all else to the screen."""
        twins = (
            Route(f"{each.pack}-*", DeviceSink(TwinSink(each.twin, name=f"{each.pack} twin")))
            for each in self.twins
        )
        return (*twins, Route("*", ConsoleSink()))

    def start(self) -> None:
        """Tell of the entities and let the day begin."""
        told = [
            EntityTold(at=self.started_at, entity=entity, by="demo")
            for each in self.twins
            for entity in each.twin.entities()
        ]
        self._is_new = next(iter(self._node.engine.graph.entities()), None) is None
        self._node.tell(*told).result()
        self._hold_clock()
        self._thread.start()

    def stop(self) -> None:
        """End the day."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _twin(self, pack: Pack) -> DemoTwin:
        assert pack.twin is not None  # The caller has looked.
        twin = pack.twin(SEED)
        for fault in pack.demo(self.started_at) if pack.demo is not None else ():
            twin.inject(fault)
        return DemoTwin(pack.name, twin)

    def _run(self) -> None:
        if self._is_new:  # A zone that goes on has its books.
            self.open_offices()
        try:
            while not self._ended.wait(TURN_S):
                self.turn()
        finally:  # Whatever ends the day: the zone's time goes on.
            if isinstance(self._node.clock, FastClock):
                self._node.clock.run_on()

    def open_offices(self) -> None:
        """The twins' people tell their ledgers what was settled before the day began."""
        for each in self.twins:
            if isinstance(each.twin, Office):
                for action in each.twin.told_before(self._node.clock.now()):
                    self._node.tell(action)

    def turn(self) -> None:
        """Let the twins report up to now, and the people do what is due."""
        until = min(self._node.clock.now(), self._reached + STEP_MAX)
        self._submit(
            [self._arrival(rows) for each in self.twins for rows in each.twin.advance(until)]
        )
        self._reached = until
        self._hold_clock()
        if until >= self._people_at:
            self._people_at = until + PEOPLE_EVERY
            self._let_people_act(until)

    def _hold_clock(self) -> None:
        """Let the log's time run on, but not far ahead of the twins."""
        clock = self._node.clock
        if isinstance(clock, FastClock) and not self._ended.is_set():
            ahead = max(AHEAD_LEAST, int(AHEAD_S * clock.speed * SECOND))
            clock.wait_at(self._reached + ahead)

    def _arrival(self, rows: Rows) -> Arrival:
        stream = self._node.engine.live[rows.stream].stream
        taken = admitted(rows, stream, now=self._node.clock.now())
        return Arrival(taken.rows, taken.refused)

    def _submit(self, arrivals: Sequence[Arrival]) -> None:
        """Hand over all at once, so that they share a round of the log; wait while it is full."""
        left = list(arrivals)
        while left and not self._ended.is_set():
            pause_s, answers = RETRY_S, []
            try:
                for arrival in left:
                    answers.append(self._node.submit(arrival))
            except Overloaded as error:
                pause_s = error.retry_after_s
            failed = [one for one, answer in zip(left, answers, strict=False) if not _took(answer)]
            left = [*failed, *left[len(answers) :]]
            if left:  # The log cannot be written, or is behind; it is shown.
                self._ended.wait(pause_s)

    def _let_people_act(self, now: int) -> None:
        """The crew accepts and reports, the officer verifies; each in their own time."""
        states = (OrderState.DELIVERED, OrderState.ACCEPTED, OrderState.REPORTED)
        orders = store.list_orders(
            self._node.log.reader(), states=[state.value for state in states], limit=ORDERS_SEEN
        )
        acts = [act for order in orders if (act := _next_act(order, now)) is not None]
        if acts:
            self._node.tell(*acts).result()


def _took(answer: "Future[Receipt]") -> bool:
    """Whether records are on the disk; waits until that is known."""
    try:
        answer.result()
    except HaiheError:
        return False
    return True


def _next_act(order: WorkOrder, now: int) -> Action | None:
    """What the people of the demonstration do with an order by now, if anything."""
    if order.is_settled or order.order.settled not in BY_PEOPLE:
        return None
    age = now - order.dispatched_at
    match order.state:
        case OrderState.DELIVERED if age >= TRAVEL:
            verb, by, reason = Verb.ACCEPT, _hand(order), "已出发 / on the way"
        case OrderState.ACCEPTED if age >= TRAVEL + WORK:
            verb, by, reason = (
                Verb.REPORT,
                _hand(order),
                "现场已处置(演示) / done on site (demonstration)",
            )
        case OrderState.REPORTED if age >= TRAVEL + WORK + MINUTE:
            verb, by = Verb.VERIFY, OFFICER
            reason = "已核对读数(演示) / looked at the readings (demonstration)"
        case _:
            return None
    ways = order.order.outcomes if verb is Verb.REPORT else ()
    outcome = ways[0].name if ways else ""
    return Action(at=now, verb=verb, subject=order.id, by=by, reason=reason, outcome=outcome)


def _hand(order: WorkOrder) -> str:
    """Who takes an order: the officer where the crew must not."""
    return OFFICER if CREW in order.order.barred else CREW
