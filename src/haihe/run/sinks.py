"""Where orders leave: a log line, a webhook, a broker, a twin."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec
import urllib3

from haihe.errors import SinkFailed
from haihe.model.decision import WorkOrder
from haihe.model.time import format_instant
from haihe.twin.contract import Twin

WEBHOOK_WAIT_S: Final = 10.0  # Ours: a receiver that needs longer is down for our purposes.
ANSWER_SHOWN: Final = 200  # Characters of a refusal that an operator gets to see.
TOPIC: Final = "haihe/orders/{assignee}"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Form:
    """How orders are written for a receiver.

    media: the media type.
    write: an order's bytes; raises SinkFailed if it cannot be written so.
    """

    media: str
    write: Callable[[WorkOrder], bytes]


def order_message(order: WorkOrder) -> bytes:
    """An order as receivers get it: JSON, instants as text."""
    asked = order.order
    return msgspec.json.encode(
        {
            "id": order.id,
            "case": order.case,
            "action": asked.action,
            "entity": asked.entity,
            "assignee": asked.assignee,
            "title": {"zh": asked.title.zh, "en": asked.title.en},
            "parameters": asked.parameters,
            "dispatched_at": format_instant(order.dispatched_at),
            "due_at": format_instant(order.due_at),
        }
    )


PLAIN: Final = Form("application/json", order_message)


@dataclass(frozen=True, slots=True)
class ConsoleSink:
    """Takes every order; people see it on the screen and in the program's log."""

    name: str = "console"

    def send(self, order: WorkOrder) -> None:
        """Note the order; never fails."""
        _log.info("order %s for %s: %s", order.id, order.order.assignee, order.order.title.en)


@dataclass(frozen=True, slots=True)
class WebhookSink:
    """Posts orders, with the order's id as ``Idempotency-Key``.

    url: where to.
    token: sent as a bearer token; "" for none.
    form: how they are written.
    """

    url: str
    token: str = field(default="", repr=False)
    form: Form = PLAIN
    pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(retries=False), repr=False
    )

    @property
    def name(self) -> str:
        """Who took it, for the log."""
        return f"webhook {urllib3.util.parse_url(self.url).host}"

    def send(self, order: WorkOrder) -> None:
        """Post the order; any answer of 200 to 299 means it was taken.

        Raises SinkFailed on any other answer, or none.
        """
        headers = {"Content-Type": self.form.media, "Idempotency-Key": order.id}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            answer = self.pool.request(
                "POST",
                self.url,
                body=self.form.write(order),
                headers=headers,
                timeout=WEBHOOK_WAIT_S,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise SinkFailed(f"{self.url} gave no answer: {error}") from error
        if not 200 <= answer.status < 300:
            said = answer.data[:ANSWER_SHOWN].decode("utf-8", "replace")
            raise SinkFailed(f"{self.url} answered {answer.status}: {said}")


@dataclass(frozen=True, slots=True)
class MqttSink:
    """Publishes orders to ``haihe/orders/<assignee>`` with quality of service 1.

    publish: (topic, payload), returning when the broker has it; raises SinkFailed if it has not.
    form: how they are written.
    """

    publish: Callable[[str, bytes], None]
    form: Form = PLAIN
    name: str = "mqtt"

    def send(self, order: WorkOrder) -> None:
        """Publish the order; the broker's acknowledgement means it was taken."""
        self.publish(TOPIC.format(assignee=order.order.assignee), self.form.write(order))


@dataclass(frozen=True, slots=True)
class TwinSink:
    """Hands orders to a twin, which obeys them."""

    twin: Twin
    name: str = "twin"

    def send(self, order: WorkOrder) -> None:
        """Let the twin obey.

        Raises SinkFailed or SinkRefused where the twin's device gives no answer, or says no.
        """
        self.twin.obey(order.order, at=order.dispatched_at)
