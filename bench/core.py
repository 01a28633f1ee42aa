"""Ingest, orders, watching, live view, backtest, memory, start; beside Redis, PostGIS, Node-RED."""

from bench.parts import (
    backtesting,
    deciding,
    http,
    ingest,
    live,
    replaying,
    starting,
    watching,
)
from bench.rows import Options, Row

PARTS = (
    ingest.measure,
    http.measure,
    deciding.measure,
    watching.measure,
    live.measure,
    backtesting.measure,
    starting.measure,
    replaying.measure,
)


def run(options: Options) -> list[Row]:
    """Every part's rows, in the order of the table."""
    return [row for part in PARTS for row in part(options)]
