"""Reversible lanes: when to turn one, beside fixed lanes, a timetable and an oracle."""

from bench.rows import Options, Row
from bench.traffic_parts import tidal


def run(options: Options) -> list[Row]:
    """Every figure, in the order of the table."""
    return tidal.measure(options)
