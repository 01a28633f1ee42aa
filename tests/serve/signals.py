"""A pack that only listens to signals, and the avenue's records in its log."""

from typing import Final

from haihe.model import Text
from haihe.pack import Pack
from haihe.packs.traffic.charts.studies import STUDIES
from haihe.packs.traffic.streams import SIGNAL_EVENT, VEHICLE
from haihe.run.appending import Arrival
from haihe.run.node import Node
from tests.packs.avenue import event_rows, vehicle_rows

PACK: Final = Pack(
    name="traffic",
    title=Text(zh="交通", en="Traffic"),
    playbooks=(),
    streams=(SIGNAL_EVENT, VEHICLE),
    signals=STUDIES,
)


def tell_avenue(node: Node, shift: int) -> None:
    """Put the avenue's events and vehicles into the log, so much later than made; ns."""
    for rows in (event_rows(shift), vehicle_rows(shift)):
        node.submit(Arrival(rows)).result(20)
