"""Detection on recorded cases with known truth, beside what others reach on the same files."""

from collections.abc import Callable
from typing import Final

from bench.boards import anomaly_speed, cost, nab, skab
from bench.rows import Options, Row

BOARDS: Final[tuple[Callable[[Options], list[Row]], ...]] = (
    nab.measure, anomaly_speed.measure, skab.measure, cost.measure,
)  # fmt: skip


def run(options: Options) -> list[Row]:
    """Every board's rows, in the order of the table."""
    return [row for board in BOARDS for row in board(options)]
