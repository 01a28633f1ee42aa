"""What people call the fields of the streams."""

from collections.abc import Mapping
from typing import Final

from haihe.model import Text

FIELD_TITLES: Final[Mapping[str, Text]] = {
    "traffic.lane_flow inbound": Text(zh="潮汐走廊进城流量", en="tidal corridor, inbound"),
    "traffic.lane_flow outbound": Text(zh="潮汐走廊出城流量", en="tidal corridor, outbound"),
    "traffic.lane_flow inbound_waiting": Text(zh="潮汐走廊进城排队", en="waiting, inbound"),
    "traffic.lane_flow outbound_waiting": Text(zh="潮汐走廊出城排队", en="waiting, outbound"),
    "traffic.lane_flow inside": Text(zh="可变车道内车辆", en="in the reversible lane"),
    "traffic.road_flow flow": Text(zh="路段流量", en="flow of a road"),
    "traffic.road_flow occupied": Text(zh="停车线占有率", en="stop lines occupied"),
    "traffic.road_flow waiting": Text(zh="路段排队", en="waiting on a road"),
    "traffic.vehicle speed": Text(zh="网联车车速", en="speed of connected vehicles"),
    "traffic.vehicle heading": Text(zh="网联车航向", en="heading of connected vehicles"),
}
