"""Where the demonstration gallery lies: zones in a line under a street, and what each holds.

The street is made up. It lies where streets of the development zone lie, so that the map is right.
"""

import math
from typing import Final

from haihe.model import Entity, Text

ZONES: Final = 24  # Ours: 4.8 km, about the length of one avenue of the zone.
ZONE_LENGTH_M: Final = 200.0  # GB 50838-2015, 7.1: a fire compartment is at most 200 m long.
PUMPS: Final = ("1", "2")  # In each zone: the duty pump and its standby.
GATEWAY_ZONES: Final = 6  # Ours: a fibre ring's node every 1.2 km.
DISTRICT_ZONES: Final = 24  # Ours: one district meter feeds the main of one avenue.
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


def gateway_id(number: int) -> str:
    """The id of the gateway through which a zone reports.

    >>> gateway_id(6), gateway_id(7)
    ('gateway/1', 'gateway/2')
    """
    return f"gateway/{1 + (number - 1) // GATEWAY_ZONES}"


def district_of(number: int) -> int:
    """Which district a zone's water main and cable belong to, counted from 1.

    >>> district_of(24), district_of(25)
    (1, 2)
    """
    return 1 + (number - 1) // DISTRICT_ZONES


def valves_beside(number: int, zones: int) -> tuple[str, str]:
    """The valves at the two ends of the main of a zone, west and east.

    The last main of a district ends at the boundary valve to the next supply.

    >>> valves_beside(7, 24), valves_beside(24, 24)
    (('valve/7', 'valve/8'), ('valve/24', 'boundary/1'))
    """
    district = district_of(number)
    is_last = number == zones or district_of(number + 1) != district
    return f"valve/{number}", f"boundary/{district}" if is_last else f"valve/{number + 1}"


def zones_of(zones: int) -> tuple[Entity, ...]:
    """Every zone of a line, with what it holds.

    zones: how many in the line; 1 or more.
    """
    return tuple(_zone(number, zones) for number in range(1, zones + 1))


def fans_of(zones: int) -> tuple[Entity, ...]:
    """The fan of every zone."""
    return tuple(
        _device(fan_id(number), number, what=Text(zh="风机", en="Fan"))
        for number in range(1, zones + 1)
    )


def doors_of(zones: int) -> tuple[Entity, ...]:
    """The fire doors between each zone and the next."""
    return tuple(
        _device(
            f"door/{number}",
            number,
            what=Text(zh="东侧防火门", en="East fire door"),
            zone=(zone_id(number), zone_id(number + 1)),
        )
        for number in range(1, zones)
    )


def pumps_of(zones: int) -> tuple[Entity, ...]:
    """Both pumps of every zone."""
    roles = {
        "1": Text(zh="主用排水泵", en="Duty pump"),
        "2": Text(zh="备用排水泵", en="Standby pump"),
    }
    return tuple(
        _device(
            pump_id(number, which),
            number,
            what=roles[which],
            standby=tuple(pump_id(number, other) for other in PUMPS if other != which),
        )
        for number in range(1, zones + 1)
        for which in PUMPS
    )


def mains_of(zones: int) -> tuple[Entity, ...]:
    """The water main of every zone, its valves, and each district's meter and boundary valve."""
    found: list[Entity] = []
    for number in range(1, zones + 1):
        west, east = valves_beside(number, zones)
        district = district_of(number)
        found += [
            _device(
                f"main/{number}",
                number,
                what=Text(zh="给水管段", en="Water main"),
                neighbour=_beside("main", number, zones=zones),
                valve=(west, east),
                meter=(f"meter/{district}",),
                boundary=(f"boundary/{district}",),
            ),
            _device(west, number, what=Text(zh="西侧给水阀", en="West water valve")),
        ]
        if east.startswith("boundary/"):
            found.append(
                _device(east, number, what=Text(zh="给水联络阀", en="Boundary water valve"))
            )
        if number == 1 or district_of(number - 1) != district:
            found.append(
                _device(
                    f"meter/{district}", number, what=Text(zh="给水分区表", en="District meter")
                )
            )
    return tuple(found)


def cables_of(zones: int) -> tuple[Entity, ...]:
    """The power cable of every zone."""
    return tuple(
        _device(
            f"cable/{number}",
            number,
            what=Text(zh="电力电缆段", en="Power cable"),
            neighbour=_beside("cable", number, zones=zones),
        )
        for number in range(1, zones + 1)
    )


def covers_of(zones: int) -> tuple[Entity, ...]:
    """The cover of every zone's escape shaft."""
    return tuple(
        _device(f"cover/{number}", number, what=Text(zh="逃生口井盖", en="Shaft cover"))
        for number in range(1, zones + 1)
    )


def cameras_of(zones: int) -> tuple[Entity, ...]:
    """The camera of every zone."""
    return tuple(
        _device(f"camera/{number}", number, what=Text(zh="摄像机", en="Camera"))
        for number in range(1, zones + 1)
    )


def gateways_of(zones: int) -> tuple[Entity, ...]:
    """The gateways, each with the zones that report through it."""
    found: list[Entity] = []
    for first in range(1, zones + 1, GATEWAY_ZONES):
        last = min(first + GATEWAY_ZONES - 1, zones)
        lon, lat = _lon_lat((first + last) // 2)
        found.append(
            Entity(
                id=gateway_id(first),
                title=Text(
                    zh=f"{first}至{last}号分区网关", en=f"Gateway of zones {first} to {last}"
                ),
                lon=lon,
                lat=lat,
                relations={"serves": tuple(zone_id(number) for number in range(first, last + 1))},
            )
        )
    return tuple(found)


def _zone(number: int, zones: int) -> Entity:
    lon, lat = _lon_lat(number)
    return Entity(
        id=zone_id(number),
        title=Text(
            zh=f"示范大街管廊{number}号分区", en=f"Demonstration Avenue gallery, zone {number}"
        ),
        lon=lon,
        lat=lat,
        relations={
            "neighbour": _beside("zone", number, zones=zones),
            "fan": (fan_id(number),),
            "pump": tuple(pump_id(number, which) for which in PUMPS),
            "door": tuple(f"door/{door}" for door in (number - 1, number) if 1 <= door < zones),
            "main": (f"main/{number}",),
            "cable": (f"cable/{number}",),
            "cover": (f"cover/{number}",),
            "camera": (f"camera/{number}",),
            "gateway": (gateway_id(number),),
        },
    )


def _device(entity: str, number: int, *, what: Text, **relations: tuple[str, ...]) -> Entity:
    """Something that lies in a zone and reports through its gateway."""
    lon, lat = _lon_lat(number)
    return Entity(
        id=entity,
        title=Text(zh=f"{number}号分区{what.zh}", en=f"{what.en} of zone {number}"),
        lon=lon,
        lat=lat,
        relations={"zone": (zone_id(number),), "gateway": (gateway_id(number),), **relations},
    )


def _beside(kind: str, number: int, *, zones: int) -> tuple[str, ...]:
    return tuple(f"{kind}/{one}" for one in (number - 1, number + 1) if 1 <= one <= zones)


def _lon_lat(number: int) -> tuple[float, float]:
    """The middle of a zone."""
    along_m = (number - 0.5) * ZONE_LENGTH_M
    bearing = math.radians(_BEARING_DEG)
    lat = _WEST_LAT + along_m * math.cos(bearing) / _METRES_A_DEGREE
    east = along_m * math.sin(bearing) / (_METRES_A_DEGREE * math.cos(math.radians(_WEST_LAT)))
    return round(_WEST_LON + east, _DIGITS), round(lat, _DIGITS)
