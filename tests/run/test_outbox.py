import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3

from haihe.errors import SinkFailed, SinkRefused
from haihe.log import store
from haihe.log.sqlite import Transaction
from haihe.model.decision import Order, OrderState, Settled, WorkOrder
from haihe.model.line import OrderMoved
from haihe.model.text import Text
from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.run.appending import Arrival
from haihe.run.node import Node
from haihe.run.outbox import Carrier, Route
from haihe.run.sinks import ConsoleSink, WebhookSink
from tests.run.world import air, lines, node_on, sent


class Receiver:
    """A real HTTP server on loopback that notes what it gets and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, object]]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.headers["Idempotency-Key"], json.loads(body)))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/orders"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with node_on(tmp_path) as found:
        found.start()
        yield found


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False) as found:
        yield found


def open_a_case(node: Node) -> None:
    """One case with two orders: a fan for the gateway, a look for the crew."""
    node.submit(Arrival(air("zone/1", [0, 1], [1.0, 30.0]))).result()


def states(node: Node) -> dict[str, OrderState]:
    node.ask(lambda engine: engine.now).result()
    return {order.id: order.state for order in store.orders_of_case(node.log.reader(), "a-1")}


def test_an_order_is_posted_once_with_its_number_as_idempotency_key(
    node: Node, receiver: Receiver, pool: urllib3.PoolManager
) -> None:
    open_a_case(node)
    carrier = Carrier(node, [Route("*", WebhookSink(receiver.url, pool=pool))])
    carrier.carry(now=HOUR)
    carrier.carry(now=2 * HOUR)
    assert [key for key, _ in receiver.got] == ["a-1/1", "a-1/2"]
    assert receiver.got[0][1]["action"] == "fan-start"
    assert set(states(node).values()) == {OrderState.DELIVERED}


def test_letters_that_left_are_forgotten_after_a_while_and_are_not_sent_again(
    node: Node, receiver: Receiver, pool: urllib3.PoolManager
) -> None:
    """A loop gives a thousand orders an hour: kept for ever, they are a fifth of the disk."""
    open_a_case(node)
    carrier = Carrier(node, [Route("*", WebhookSink(receiver.url, pool=pool))])
    carrier.carry(now=HOUR)
    sent_at = node.log.received_at

    def forget(before: int) -> dict[str, int]:
        def write(transaction: Transaction) -> None:
            store.forget_letters(transaction.db, before=before, most=1)

        node.change(write).result()
        return store.count_letters(node.log.reader())

    assert forget(sent_at) == {"sent": 2}, "they have just left"
    assert forget(sent_at + 1) == {"sent": 1}, "some at once"
    assert forget(sent_at + 1) == {}
    carrier.carry(now=2 * HOUR)
    assert len(receiver.got) == 2
    assert set(states(node).values()) == {OrderState.DELIVERED}
    node.submit(Arrival(air("zone/2", [2, 3], [1.0, 30.0]))).result()
    assert set(forget(sent_at + HOUR)) == {"waiting"}, "what has not left is never forgotten"


def test_an_order_that_the_receiver_refuses_is_a_dead_letter_at_once(node: Node) -> None:
    class Refusing:
        name = "cabinet"
        asked = 0

        def send(self, order: WorkOrder) -> None:
            self.asked += 1
            raise SinkRefused(f"{order.id}: the door is open")

    open_a_case(node)
    sink = Refusing()
    carrier = Carrier(node, [Route("*", sink)])
    carrier.carry(now=HOUR)
    carrier.carry(now=2 * HOUR)
    assert sink.asked == 2
    assert set(states(node).values()) == {OrderState.UNDELIVERED}
    assert "the door is open" in carrier.try_out(0, at=HOUR)


def test_what_was_taken_back_or_is_too_old_is_not_sent(node: Node) -> None:
    sent_ids: list[str] = []

    class Noting:
        name = "cabinet"

        def send(self, order: WorkOrder) -> None:
            sent_ids.append(order.id)

    def wish(number: int, *, valid_for: int) -> WorkOrder:
        order = Order(
            action="level", entity="thing/1", assignee="scada", due_in=MINUTE,
            title=Text(zh="阀", en="valve"), settled=Settled.BY_RECEIPT, valid_for=valid_for,
        )  # fmt: skip
        return WorkOrder.dispatched(f"t.steer/{number}", "t.steer", order=order, at=SECOND)

    wishes = [wish(1, valid_for=MINUTE), wish(2, valid_for=0), wish(3, valid_for=0)]
    node.change(lambda change: store.post_letters(change.db, wishes)).result()
    carrier = Carrier(node, [Route("*", Noting())])
    letters = store.list_letters(node.log.reader(), state=store.WAITING, before=HOUR, limit=9)
    taken_back = [("t.steer/3", SECOND)]
    node.change(
        lambda change: store.withdraw_letters(change.db, taken_back, state=store.OVERTAKEN)
    ).result()
    for letter in letters:
        carrier._try(letter, now=HOUR)
    assert sent_ids == ["t.steer/2"]
    assert store.count_letters(node.log.reader()) == {"dead": 1, "overtaken": 1, "sent": 1}
    (dead,) = store.list_letters(node.log.reader(), state=store.DEAD, before=2**62, limit=9)
    assert dead.error == "its time was over before it could leave"


def test_a_sink_that_is_down_for_an_hour_gets_every_order_when_it_is_back(
    node: Node, receiver: Receiver, pool: urllib3.PoolManager
) -> None:
    open_a_case(node)
    receiver.status = 503
    carrier = Carrier(node, [Route("*", WebhookSink(receiver.url, pool=pool))])
    now = 0
    while now < HOUR:
        carrier.carry(now=now)
        now += 30 * SECOND
    assert set(states(node).values()) == {OrderState.DISPATCHED}
    tries = len(receiver.got)
    assert tries < 60  # Two orders; the pauses grow to five minutes.
    receiver.status = 200
    carrier.carry(now=now + 5 * MINUTE)
    assert set(states(node).values()) == {OrderState.DELIVERED}
    assert len(receiver.got) == tries + 2


def test_an_order_nobody_takes_becomes_a_dead_letter_that_can_be_released(node: Node) -> None:
    open_a_case(node)
    Carrier(node, [Route("scada", ConsoleSink())]).carry(now=HOUR)
    assert states(node)["a-1/2"] is OrderState.UNDELIVERED
    moves = [line for line in lines(node) if isinstance(line, OrderMoved)]
    assert "no sink takes 'crew'" in moves[-1].reason
    assert store.count_letters(node.log.reader()) == {"dead": 1, "sent": 1}
    released = node.change(lambda transaction: store.release_letter(transaction.db, "a-1/2"))
    assert released.result() is True
    Carrier(node, [Route("*", ConsoleSink())]).carry(now=2 * HOUR)
    assert states(node)["a-1/2"] is OrderState.DELIVERED


def test_a_day_without_an_answer_ends_the_tries(node: Node) -> None:
    class Deaf:
        name = "deaf"

        def send(self, order: WorkOrder) -> None:
            raise SinkFailed(f"{order.id}: nobody there")

    open_a_case(node)
    carrier = Carrier(node, [Route("*", Deaf())])
    now, tries = 0, 0
    while carrier.carry(now=now) and tries < 1_000:
        now += 6 * MINUTE
        tries += 1
    assert set(states(node).values()) == {OrderState.UNDELIVERED}
    assert 24 * HOUR <= now <= 48 * HOUR


def test_a_webhook_that_redirects_is_not_followed(
    receiver: Receiver, pool: urllib3.PoolManager
) -> None:
    receiver.status = 302
    order = Order(
        action="look", entity="zone/1", assignee="crew", due_in=1, title=Text(zh="看", en="look")
    )
    with pytest.raises(SinkFailed, match="answered 302"):
        WebhookSink(receiver.url, pool=pool).send(
            WorkOrder.dispatched("a-1/1", "a-1", order=order, at=0)
        )


def test_a_node_that_was_restarted_still_carries_what_waited(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        sent(node, air("zone/1", [0, 1], [1.0, 30.0]))
    with node_on(tmp_path) as node:
        node.start()
        assert Carrier(node, [Route("*", ConsoleSink())]).carry(now=HOUR) == 2
        assert set(states(node).values()) == {OrderState.DELIVERED}
