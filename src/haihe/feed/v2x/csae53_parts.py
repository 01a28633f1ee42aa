"""What the messages of the Chinese standards have in common: numbers, places, motion.

Source: T/CSAE 53-2017 and YD/T 3709-2020, day one. Names are the standard's, so that its text can
be read beside this one.
"""

from typing import Final

from haihe.feed.v2x.types import (
    Characters,
    Choice,
    Enumerated,
    Integer,
    Octets,
    Part,
    Sequence,
    Type,
)


def sequence(grows: bool = False, /, **parts: "Type | tuple[Type]") -> Sequence:  # noqa: FBT001, FBT002 - a mark in front.
    """Named parts; a part in a tuple of its own may be absent."""
    return Sequence(_parts(parts), grows)


def choice(grows: bool = False, /, **parts: "Type") -> Choice:  # noqa: FBT001, FBT002 - as above.
    """One of some parts."""
    return Choice(_parts(parts), grows)


def _parts(parts: "dict[str, Type | tuple[Type]] | dict[str, Type]") -> tuple[Part, ...]:
    return tuple(
        Part(name.replace("__", "-"), each[0], optional=True)
        if isinstance(each, tuple)
        else Part(name.replace("__", "-"), each)
        for name, each in parts.items()
    )


def names(told: str, grows: bool = False, /) -> Enumerated:  # noqa: FBT001, FBT002 - a mark behind.
    """One of some names, told with blanks between."""
    return Enumerated(tuple(told.split()), grows)


GROWS: Final = True
# Numbers that many messages share. Units: 1e-7 deg, 0.1 m, 0.02 m/s, 0.0125 deg, ms.
COUNT = Integer(0, 127)
TEMPORARY_ID = Octets(8, 8)
MILLISECONDS = Integer(0, 65_535)  # Of the minute; 60000 to 60999 in a leap second.
MINUTE_OF_YEAR = Integer(0, 527_040)
TIME_MARK = Integer(0, 36_001)  # 0.1 s of the hour; 36001 is unknown.
LATITUDE = Integer(-900_000_000, 900_000_001)
LONGITUDE = Integer(-1_799_999_999, 1_800_000_001)
ELEVATION = Integer(-4_096, 61_439)
SPEED = Integer(0, 8_191)
HEADING = Integer(0, 28_800)
STEERING_ANGLE = Integer(-126, 127)
CONFIDENCE = Integer(0, 200)  # 0.5 %.
RADIUS = Integer(0, 65_535)
PHASE_ID = Integer(0, 255)
LANE_ID = Integer(0, 255)
LANE_WIDTH = Integer(0, 32_767)  # cm.
NAME = Characters(1, 63)

TIME_CONFIDENCE = names(
    "unavailable time-100-000 time-050-000 time-020-000 time-010-000 time-002-000 time-001-000 "
    "time-000-500 time-000-200 time-000-100 time-000-050 time-000-020 time-000-010 time-000-005 "
    "time-000-002 time-000-001 time-000-000-5 time-000-000-2 time-000-000-1 time-000-000-05 "
    "time-000-000-02 time-000-000-01 time-000-000-005 time-000-000-002 time-000-000-001 "
    "time-000-000-000-5 time-000-000-000-2 time-000-000-000-1 time-000-000-000-05 "
    "time-000-000-000-02 time-000-000-000-01 time-000-000-000-005 time-000-000-000-002 "
    "time-000-000-000-001 time-000-000-000-000-5 time-000-000-000-000-2 time-000-000-000-000-1 "
    "time-000-000-000-000-05 time-000-000-000-000-02 time-000-000-000-000-01"
)
POSITION = sequence(lat=LATITUDE, long=LONGITUDE, elevation=(ELEVATION,))
POSITION_ACCURACY = sequence(
    semiMajor=Integer(0, 255), semiMinor=Integer(0, 255), orientation=Integer(0, 65_535)
)
POSITION_CONFIDENCE = sequence(
    pos=names(
        "unavailable a500m a200m a100m a50m a20m a10m a5m a2m a1m a50cm a20cm a10cm a5cm a2cm a1cm"
    ),
    elevation=(
        names(
            "unavailable elev-500-00 elev-200-00 elev-100-00 elev-050-00 elev-020-00 elev-010-00 "
            "elev-005-00 elev-002-00 elev-001-00 elev-000-50 elev-000-20 elev-000-10 elev-000-05 "
            "elev-000-02 elev-000-01"
        ),
    ),
)
MOTION_CONFIDENCE = sequence(
    speedCfd=(
        names("unavailable prec100ms prec10ms prec5ms prec1ms prec0-1ms prec0-05ms prec0-01ms"),
    ),
    headingCfd=(
        names(
            "unavailable prec10deg prec05deg prec01deg prec0-1deg prec0-05deg prec0-01deg "
            "prec0-0125deg"
        ),
    ),
    steerCfd=(names("unavailable prec2deg prec1deg prec0-02deg"),),
)
ACCELERATION = sequence(
    long=Integer(-2_000, 2_001),
    lat=Integer(-2_000, 2_001),
    vert=Integer(-127, 127),
    yaw=Integer(-32_767, 32_767),
)
TRANSMISSION = names(
    "neutral park forwardGears reverseGears reserved1 reserved2 reserved3 unavailable"
)
VEHICLE_SIZE = sequence(
    width=Integer(0, 1_023), length=Integer(0, 4_095), height=(Integer(0, 127),)
)
VEHICLE_CLASS = sequence(GROWS, classification=Integer(0, 255), fuelType=(Integer(0, 15),))


def _both(bits: int) -> Sequence:
    """Longitude and latitude from a reference point, with as many bits each."""
    offset = Integer(-(1 << bits - 1), (1 << bits - 1) - 1)
    return sequence(lon=offset, lat=offset)


def _height(bits: int) -> Integer:
    return Integer(-(1 << bits - 1), (1 << bits - 1) - 1)


OFFSET = sequence(
    offsetLL=choice(
        position__LL1=_both(12),
        position__LL2=_both(14),
        position__LL3=_both(16),
        position__LL4=_both(18),
        position__LL5=_both(22),
        position__LL6=_both(24),
        position__LatLon=sequence(lon=LONGITUDE, lat=LATITUDE),
    ),
    offsetV=(
        choice(
            offset1=_height(7),
            offset2=_height(8),
            offset3=_height(9),
            offset4=_height(10),
            offset5=_height(11),
            offset6=_height(12),
            elevation=ELEVATION,
        ),
    ),
)
