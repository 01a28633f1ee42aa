"""Where the demonstration gallery lies: zones in a line under a street, each with a fan and pumps.

The street is made up. It lies where streets of the development zone lie, so that the map is right.
"""

import math
from typing import Final

from haihe.model import Entity, Text

ZONES: Final = 24  # Ours: 4.8 km, about the length of one avenue of the zone.
ZONE_LENGTH_M: Final = 200.0  # GB 50838-2015, 7.1: a fire compartment is at most 200 m long.
PUMPS: Final = ("1", "2")  # In each zone: the duty pump and its standby.
_WEST_LON: Final = 117.678  # Degrees, WGS-84: the line runs from here past 117.70 E.
_WEST_LAT: Final = 39.028  # Degrees, WGS-84.
_BEARING_DEG: Final = 80.0  # Ours: the avenues run a little north of east.
_METRES_A_DEGREE: Final = 111_320.0  # Of latitude; the mean of WGS-84.
_DIGITS: Final = 6  # Of a degree: a tenth of a metre.


def zone_id(number: int) -> str:
    """The id of a zone, counted from 1.

    >>> zone_id(7)
    'zone/7'
    """
    return f"zone/{number}"


def fan_id(number: int) -> str:
    """The id of the fan of a zone.

    >>> fan_id(7)
    'fan/7'
    """
    return f"fan/{number}"


def pump_id(number: int, which: str) -> str:
    """The id of a pump of a zone: "1" is on duty, "2" stands by.

    >>> pump_id(7, "2")
    'pump/7-2'
    """
    return f"pump/{number}-{which}"


def gallery(zones: int = ZONES) -> tuple[Entity, ...]:
    """Every zone, fan and pump with its place and relations.

    zones: how many in the line; 1 or more.
    """
    found: list[Entity] = []
    for number in range(1, zones + 1):
        found += [_zone(number, zones), _fan(number), *_pumps(number)]
    return tuple(found)


def _zone(number: int, zones: int) -> Entity:
    beside = (number - 1, number + 1)
    lon, lat = _lon_lat(number)
    return Entity(
        id=zone_id(number),
        title=Text(
            zh=f"示范大街管廊{number}号分区", en=f"Demonstration Avenue gallery, zone {number}"
        ),
        lon=lon,
        lat=lat,
        relations={
            "neighbour": tuple(zone_id(other) for other in beside if 1 <= other <= zones),
            "fan": (fan_id(number),),
            "pump": tuple(pump_id(number, which) for which in PUMPS),
        },
    )


def _fan(number: int) -> Entity:
    lon, lat = _lon_lat(number)
    return Entity(
        id=fan_id(number),
        title=Text(zh=f"{number}号分区风机", en=f"Fan of zone {number}"),
        lon=lon,
        lat=lat,
        relations={"zone": (zone_id(number),)},
    )


def _pumps(number: int) -> list[Entity]:
    lon, lat = _lon_lat(number)
    roles = {"1": Text(zh="主用", en="Duty"), "2": Text(zh="备用", en="Standby")}
    return [
        Entity(
            id=pump_id(number, which),
            title=Text(
                zh=f"{number}号分区{roles[which].zh}排水泵",
                en=f"{roles[which].en} pump of zone {number}",
            ),
            lon=lon,
            lat=lat,
            relations={
                "zone": (zone_id(number),),
                "standby": tuple(pump_id(number, other) for other in PUMPS if other != which),
            },
        )
        for which in PUMPS
    ]


def _lon_lat(number: int) -> tuple[float, float]:
    """The middle of a zone."""
    along_m = (number - 0.5) * ZONE_LENGTH_M
    bearing = math.radians(_BEARING_DEG)
    lat = _WEST_LAT + along_m * math.cos(bearing) / _METRES_A_DEGREE
    east = along_m * math.sin(bearing) / (_METRES_A_DEGREE * math.cos(math.radians(_WEST_LAT)))
    return round(_WEST_LON + east, _DIGITS), round(lat, _DIGITS)
