"""Traffic: measures of signals beside the public package; messages of vehicles."""

from bench.rows import Options, Row
from bench.traffic_parts import measures, v2x


def run(options: Options) -> list[Row]:
    """Every figure, in the order of the table."""
    return [*measures.measure(options), *v2x.measure(options)]
