"""Traffic: measures of signals beside the public package."""

from bench.rows import Options, Row
from bench.traffic_parts import measures


def run(options: Options) -> list[Row]:
    """Every figure, in the order of the table."""
    return measures.measure(options)
