"""The demonstration's zone: a morning under its loops and its plan, and its street beside SUMO."""

from functools import partial

from bench.parted import chosen
from bench.rows import Options, Row
from bench.zone_parts import mornings, twin

SEEDS, QUICK_SEEDS = 3, 1  # Ours: an hour of 2,500 vehicles each; the means are told, not a race.


def run(options: Options) -> list[Row]:
    """Every figure, in the order of the table.

    Raises ValueError if ``options.only`` names a part that is not there.
    """
    seeds = QUICK_SEEDS if options.quick else SEEDS
    parts = chosen(
        options,
        {
            "street": partial(twin.measure, seeds=seeds),
            "zone": partial(mornings.measure, seeds=seeds),
        },
    )
    return [row for measure in parts.values() for row in measure(options)]
