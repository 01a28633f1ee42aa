"""The demonstration's sink: devices obey, people read."""

import pytest

from haihe.model import MINUTE, Entity, Order, Settled, Text
from haihe.model.decision import WorkOrder
from haihe.model.record import Rows
from haihe.model.time import parse_instant
from haihe.run.demo import DeviceSink, morning_before
from haihe.run.sinks import TwinSink
from haihe.twin import Fault


class FakeTwin:
    """Notes what it is told to obey."""

    faults: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.obeyed: list[str] = []

    def entities(self) -> tuple[Entity, ...]:
        return ()

    def inject(self, fault: Fault) -> None:
        raise AssertionError(f"{fault.kind} was not asked for")

    def obey(self, order: Order, *, at: int) -> None:
        self.obeyed.append(f"{order.key} at {at}")

    def advance(self, until: int) -> list[Rows]:
        raise AssertionError(f"nobody asked for {until}")


def an_order(settled: Settled) -> WorkOrder:
    order = Order(
        action="evacuate", entity="zone/7", assignee="gallery-broadcast", due_in=MINUTE,
        title=Text(zh="撤离", en="Leave"), settled=settled,
    )  # fmt: skip
    return WorkOrder.dispatched("gallery-1/1", "gallery-1", order=order, at=5)


def test_a_twin_obeys_what_devices_do_by_themselves_and_not_what_people_do() -> None:
    twin = FakeTwin()
    sink = DeviceSink(TwinSink(twin, name="gallery twin"))
    sink.send(an_order(Settled.BY_RECEIPT))
    sink.send(an_order(Settled.BY_VERIFICATION))
    assert twin.obeyed == ["evacuate zone/7 at 5"]
    assert sink.name == "gallery twin"


@pytest.mark.parametrize(
    ("at", "begins"),
    [
        ("2026-11-20T06:40:00+08:00", "2026-11-20T06:40:00+08:00"),  # A Friday.
        ("2026-11-20T06:39:59+08:00", "2026-11-19T06:40:00+08:00"),
        ("2026-11-22T03:00:00+08:00", "2026-11-20T06:40:00+08:00"),
        ("2026-02-20T12:00:00+08:00", "2026-02-14T06:40:00+08:00"),  # The Spring Festival.
    ],
)
def test_a_demonstration_begins_on_the_morning_of_a_working_day(at: str, begins: str) -> None:
    assert morning_before(parse_instant(at)) == parse_instant(begins)
