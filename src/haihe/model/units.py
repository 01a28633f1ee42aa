"""Units a field may carry, as symbols people in the field write."""

from typing import Final

UNITS: Final = frozenset(
    {
        "1", "%", "‰", "ppm", "ppb", "%LEL", "%VOL", "deg", "rad",
        "mm", "cm", "m", "km", "m2", "m3", "L", "mL",
        "ns", "ms", "s", "min", "h", "d",
        "m/s", "km/h", "mm/s", "m/s2", "g", "rpm", "Hz", "kHz",
        "m3/s", "m3/h", "L/s", "L/min", "mm/h",
        "Pa", "hPa", "kPa", "MPa", "bar", "mH2O",
        "degC", "K", "W", "kW", "MW", "kWh", "MWh", "J", "GJ", "V", "kV", "mV", "A", "mA", "kA",
        "ohm", "pC", "dB", "dBA", "lx",
        "mg", "kg", "t", "ug/m3", "mg/m3", "mg/L", "NTU", "pH", "uS/cm",
        "fen", "veh", "veh/h", "person", "flop", "TFLOP/s", "GB", "Gbit/s",
    }
)  # fmt: skip


def check_unit(unit: str, *, where: str) -> None:
    """Refuse a unit nobody has defined.

    unit: a symbol of ``UNITS``.
    where: what carries it, for the message.
    Raises ValueError if it is not known.

    >>> check_unit("%LEL", where="field 'methane'")
    """
    if unit not in UNITS:
        raise ValueError(
            f"{where} has unit '{unit}', which is not known; use one of haihe.model.units.UNITS "
            "('1' for a count or ratio), or add it there."
        )
