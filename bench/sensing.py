"""Detection on recorded cases with known truth, beside what others reach on the same files."""

from collections.abc import Callable
from typing import Final

from bench.boards import alarm_load, anomaly_speed, cost, location, ltown, nab, sensor_faults, skab
from bench.rows import Options, Row

BOARDS: Final[tuple[Callable[[Options], list[Row]], ...]] = (
    nab.measure, anomaly_speed.measure, skab.measure, ltown.measure, location.measure,
    sensor_faults.measure, alarm_load.measure, cost.measure,
)  # fmt: skip


def run(options: Options) -> list[Row]:
    """Every board's rows, in the order of the table."""
    return [row for board in BOARDS for row in board(options)]
