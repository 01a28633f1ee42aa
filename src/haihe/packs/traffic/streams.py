"""What junctions, roads, vehicles and the desk tell of signals; lanes' streams are with the tide.

Every controller writes the same event codes, on the street and in a twin, so the same measures
read both.
"""

from typing import Final

from haihe.model import FieldKind
from haihe.model.stream import Field, Stream

SIGNAL_EVENT: Final = Stream(
    name="traffic.signal_event",  # Entity "junction/J0101".
    fields=(
        Field("code", unit="1", low=0.0, high=65_535.0),
        Field("parameter", unit="1", low=0.0, high=65_535.0),  # Phase, or detector channel.
    ),
    source="Indiana Traffic Signal Hi Resolution Data Logger Enumerations, Purdue and INDOT, 2020",
)
ROAD_FLOW: Final = Stream(
    name="traffic.road_flow",  # Entity "road/J0101-from-W"; each minute, of the minute before.
    fields=(
        Field("flow", unit="veh/h", low=0.0, high=20_000.0),  # Passed the stop line.
        Field("occupied", unit="%", low=0.0, high=100.0),  # Of the time, at the stop line.
        Field("waiting", unit="veh", low=0.0, high=2_000.0),  # Standing, all lanes, at its end.
    ),
    source="Counted by the controller from its own detectors, as GA/T 1049.2 reports volumes",
)
VEHICLE: Final = Stream(
    name="traffic.vehicle",  # Entity "vehicle/7a000001"; of a connected share, each few seconds.
    fields=(
        Field("lon", unit="deg", low=-180.0, high=180.0),
        Field("lat", unit="deg", low=-90.0, high=90.0),
        Field("speed", unit="m/s", low=0.0, high=100.0),
        Field("heading", unit="deg", low=0.0, high=360.0),  # From north, clockwise.
        Field("vehicle_class", unit="1", low=0.0, high=255.0),
    ),
    source="T/CSAE 53-2017, BSM; as haihe.feed.v2x.records gives it",
)
SIGNAL_HAND: Final = Stream(
    name="traffic.signal_hand",  # Entity "junction/J0101".
    fields=(
        Field("act", kind=FieldKind.TEXT),  # "hold" a stage, or "release" it.
        Field("stage", unit="1", low=0.0, high=63.0),
        Field("who", kind=FieldKind.TEXT),
        Field("reason", kind=FieldKind.TEXT),
    ),
    source="What a person at the desk wants of a junction",
)
