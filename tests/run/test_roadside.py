"""Orders that warn vehicles leave as messages that roadside units broadcast."""

import msgspec
import pytest

from haihe.errors import SinkFailed
from haihe.feed.v2x.csae53 import MESSAGE
from haihe.feed.v2x.records import MEDIA
from haihe.model.decision import Order, WorkOrder
from haihe.model.text import Text
from haihe.model.time import parse_instant
from haihe.run.config import Config, SinkSetting, routes_of
from haihe.run.roadside import ROADSIDE, warning_of
from haihe.run.sinks import MqttSink, WebhookSink

AT = parse_instant("2026-05-04T08:30:20Z")
PARAMETERS = {"kind": "904", "lon": "117.7", "lat": "39.05", "radius_m": "80", "minutes": "30"}


def warned(parameters: dict[str, str]) -> WorkOrder:
    order = Order(
        action="warn",
        entity="road/J0101-from-W",
        assignee="roadside-1",
        due_in=1,
        title=Text(zh="前方积水", en="water ahead"),
        parameters=parameters,
    )
    return WorkOrder.dispatched("t-1/1", "t-1", order=order, at=AT)


def test_an_order_is_written_as_a_warning_for_vehicles() -> None:
    name, message = MESSAGE.decode(bytes.fromhex(warning_of(warned(PARAMETERS)).decode()))
    assert name == "rsiFrame"
    (event,) = message["rtes"]
    assert event["eventType"] == 904
    assert event["eventRadius"] == 800
    assert event["timeDetails"]["endTime"] - event["timeDetails"]["startTime"] == 30
    assert event["description"][1].decode("gb2312") == "前方积水"


@pytest.mark.parametrize("without", sorted(PARAMETERS))
def test_an_order_without_its_place_is_refused_by_name(without: str) -> None:
    told = {name: value for name, value in PARAMETERS.items() if name != without}
    with pytest.raises(SinkFailed, match=f"'{without}'.*must hold kind, lon"):
        warning_of(warned(told))
    for wrong in ("x", "nan", "1e300", "-1e9"):
        with pytest.raises(SinkFailed, match="cannot be told to vehicles"):
            warning_of(warned(PARAMETERS | {without: wrong}))


def test_sinks_of_that_form_post_and_publish_messages() -> None:
    gone: list[tuple[str, bytes]] = []
    config = Config(
        sink=(
            SinkSetting("roadside-*", mqtt=True, form="v2x"),
            SinkSetting("rsu-*", webhook="http://127.0.0.1:1/", form="v2x"),
            SinkSetting("x-*", mqtt=True),
        )
    )
    mqtt = MqttSink(lambda topic, payload: gone.append((topic, payload)))
    first, second, third, _ = routes_of(config, mqtt=mqtt)
    first.sink.send(warned(PARAMETERS))
    third.sink.send(warned(PARAMETERS))
    assert gone[0] == ("haihe/orders/roadside-1", warning_of(warned(PARAMETERS)))
    assert msgspec.json.decode(gone[1][1])["action"] == "warn"
    assert isinstance(second.sink, WebhookSink)
    assert second.sink.form is ROADSIDE
    assert second.sink.form.media == MEDIA
