"""Air, heat and water of a line of gallery zones, as plain functions over arrays of zones.

Only sums and products are used, no functions of the machine's mathematics library, so that the
bits are the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray
from haihe.model.time import DAY, HOUR

# Columns of the air of a zone.
METHANE, OXYGEN, H2S, CO, DEGC, VAPOUR = range(6)  # %VOL, %VOL, ppm, ppm, degC, g/m3.

LEL_VOL: Final = 5.0  # GB/T 50493-2019: methane's lower explosive limit; IEC 60079-20-1 has 4.4.
OXYGEN_VOL: Final = 20.9  # Dry air, ISO 2533.
SECTION_M2: Final = 7.2  # Ours: 2.4 m wide and 3.0 m high, a usual single compartment.
SEEP_M3_H: Final = 432.0  # Ours: 0.3 air changes an hour through shafts and hatches at rest.
FAN_M3_H: Final = 17_280.0  # GB 50838-2015, 7.2.1: 12 air changes an hour after an accident.
DOOR_M3_H: Final = 150.0  # Ours: through the gaps of a closed fire door between two zones.
OPEN_DOOR_M3_H: Final = 2_000.0  # Ours: half a metre a second both ways through a doorway of 2 m2.
WALL_DEGC: Final = 18.0  # Ours: the ground at three metres in Binhai, warmed by cables.
WALL_PER_H: Final = 2.0  # Ours: 2,160 m2 of wall at 0.5 W/(m2 K) against 1,440 m3 of air.
WET_PER_H: Final = 0.2  # Ours: how fast wet walls bring the air to saturation.
OUTSIDE_DEGC: Final = 13.0  # Tianjin's mean over the year, China Meteorological Administration.
OUTSIDE_SWING_DEGC: Final = 5.0  # Ours: half of the usual range of a day.
OUTSIDE_HUMIDITY: Final = 60.0  # Per cent; Tianjin's mean over the year.
WARMEST_AT: Final = 15 * HOUR  # Ours: the air is warmest in the middle of the afternoon.
_WATER_VAPOUR: Final = 216.7  # g K/(hPa m3): molar mass of water over the gas constant.
_ZERO_K: Final = 273.15  # 0 degC, by definition.
# Lowe, Journal of Applied Meteorology 16, 1977: saturation over water, hPa, -50 to 50 degC.
_LOWE: Final = (
    6.107799961, 4.436518521e-1, 1.428945805e-2, 2.650648471e-4,
    3.031240396e-6, 2.034080948e-8, 6.136820929e-11,
)  # fmt: skip

SUMP_M2: Final = 3.0  # Ours: 2.0 m by 1.5 m.
SUMP_M: Final = 1.5  # Ours: depth of the sump; above it the water stands on the floor.
FLOOR_M2: Final = 480.0  # Ours: 200 m of a floor 2.4 m wide.


@dataclass(frozen=True, slots=True)
class Inflow:
    """Air that enters zones and pushes as much of theirs out.

    m3_h: float64 (zone,), how much.
    content: float64 (6,), what it is, in the columns above.
    """

    m3_h: FloatArray
    content: FloatArray


def mixed(
    air: FloatArray,
    inflows: Sequence[Inflow],
    *,
    volume_m3: float,
    door_m3_h: FloatArray,
    hours: float,
) -> FloatArray:
    """The air of every zone after a step, each zone well mixed.

    air: float64 (zone, 6).
    inflows: what enters, and from where.
    volume_m3: of one zone.
    door_m3_h: float64 (zone - 1,), what each exchanges with the next.
    hours: length of the step; all flows together must stay below a zone's volume.
    Returns float64 (zone, 6).
    Source: mass balance of a well-mixed volume at constant pressure, explicit Euler.

    >>> air = np.zeros((1, 6))
    >>> leak = Inflow(np.array([36.0]), np.array([100.0, 0, 0, 0, 0, 0]))
    >>> after = mixed(air, [leak], volume_m3=1000.0, door_m3_h=np.empty(0), hours=0.5)
    >>> float(after[0, METHANE])
    1.8
    """
    gain = np.zeros_like(air)
    for inflow in inflows:
        gain += inflow.m3_h[:, np.newaxis] * (inflow.content - air)
    through = door_m3_h[:, np.newaxis] * (air[1:] - air[:-1])
    gain[:-1] += through
    gain[1:] -= through
    return air + gain * (hours / volume_m3)


def weathered(air: FloatArray, *, hours: float) -> FloatArray:
    """The air after its walls have warmed or cooled it, and wetted it.

    air: float64 (zone, 6).
    hours: length of the step.
    """
    changed = air.copy()
    changed[:, DEGC] += (WALL_DEGC - air[:, DEGC]) * (WALL_PER_H * hours)
    full = saturation_g_m3(changed[:, DEGC])
    wetter = air[:, VAPOUR] + (full - air[:, VAPOUR]) * (WET_PER_H * hours)
    changed[:, VAPOUR] = np.minimum(wetter, full)
    return changed


def saturation_g_m3(degc: FloatArray) -> FloatArray:
    """The most vapour that air can hold; g/m3.

    degc: float64 (any,), degC.
    Source: Lowe, Journal of Applied Meteorology 16, 1977.

    >>> round(float(saturation_g_m3(np.array([20.0]))[0]), 1)
    17.3
    """
    hpa = np.full_like(degc, _LOWE[-1])
    for factor in reversed(_LOWE[:-1]):
        hpa = hpa * degc + factor
    return hpa * _WATER_VAPOUR / (degc + _ZERO_K)


def humidity_percent(air: FloatArray) -> FloatArray:
    """Relative humidity of every zone; float64 (zone,), 0 to 100."""
    share: FloatArray = 100.0 * air[:, VAPOUR] / saturation_g_m3(air[:, DEGC])
    return np.clip(share, 0.0, 100.0)


def outside_air(at: int) -> FloatArray:
    """The air of the street at an instant, with the day's warmth; float64 (6,).

    at: ns. The day is Beijing's, UTC+08:00.
    """
    hour_share = ((at + 8 * HOUR - WARMEST_AT) % DAY) / DAY
    degc = np.array([OUTSIDE_DEGC + OUTSIDE_SWING_DEGC * _wave(hour_share)])
    vapour = saturation_g_m3(degc) * (OUTSIDE_HUMIDITY / 100.0)
    return np.array([0.0, OXYGEN_VOL, 0.0, 0.0, float(degc[0]), float(vapour[0])])


def _wave(share: float) -> float:
    """Much like a cosine, from two parabolas: 1 at 0, -1 at 0.5, 1 at 1."""
    phase = (share + 0.25) % 1.0
    half = phase % 0.5
    return (1.0 if phase < 0.5 else -1.0) * 16.0 * half * (0.5 - half)


def level_m(volume_m3: FloatArray) -> FloatArray:
    """How high that much water stands above the sump's bottom; float64 (zone,).

    volume_m3: float64 (zone,), none negative.

    >>> level_m(np.array([3.0, 4.5 + 48.0])).round(3).tolist()
    [1.0, 1.6]
    """
    sump_m3 = SUMP_M2 * SUMP_M
    over = np.maximum(volume_m3 - sump_m3, 0.0)
    return np.minimum(volume_m3, sump_m3) / SUMP_M2 + over / FLOOR_M2


def float_switch(level: FloatArray, was_on: BoolArray, *, on_m: float, off_m: float) -> BoolArray:
    """Whether a float switch is on: from ``on_m`` upwards, until the level is down at ``off_m``.

    level: float64 (zone,), m.
    was_on: bool (zone,).
    """
    return (level >= on_m) | (was_on & (level > off_m))
