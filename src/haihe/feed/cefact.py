"""Unit codes of NGSI-LD ``unitCode`` and the symbols this house uses for the same unit.

Source: UN/CEFACT Recommendation No. 20, Codes for Units of Measure Used in International Trade.
"""

from functools import cache
from typing import Final

CODE_UNIT: Final[dict[str, str]] = {
    "C62": "1", "P1": "%", "NX": "‰", "59": "ppm", "61": "ppb", "DD": "deg", "C81": "rad",
    "MMT": "mm", "CMT": "cm", "MTR": "m", "KMT": "km", "MTK": "m2", "MTQ": "m3",
    "LTR": "L", "MLT": "mL", "C26": "ms", "SEC": "s", "MIN": "min", "HUR": "h", "DAY": "d",
    "MTS": "m/s", "KMH": "km/h", "C16": "mm/s", "MSK": "m/s2", "RPM": "rpm", "HTZ": "Hz",
    "KHZ": "kHz", "MQS": "m3/s", "MQH": "m3/h", "G51": "L/s", "L2": "L/min",
    "PAL": "Pa", "A97": "hPa", "KPA": "kPa", "MPA": "MPa", "BAR": "bar",
    "CEL": "degC", "KEL": "K", "WTT": "W", "KWT": "kW", "MAW": "MW", "KWH": "kWh",
    "MWH": "MWh", "JOU": "J", "GV": "GJ", "VLT": "V", "KVT": "kV", "2Z": "mV", "AMP": "A",
    "4K": "mA", "B22": "kA", "OHM": "ohm", "2N": "dB", "LUX": "lx",
    "MGM": "mg", "KGM": "kg", "TNE": "t", "GQ": "ug/m3", "GP": "mg/m3", "M1": "mg/L",
    "Q30": "pH",
}  # fmt: skip


@cache
def codes_of(unit: str) -> tuple[str, ...]:
    """The ``unitCode`` values that mean the unit; its own symbol is always one of them.

    >>> codes_of("degC")
    ('degC', 'CEL')
    """
    return (unit, *(code for code, known in CODE_UNIT.items() if known == unit))
