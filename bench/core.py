"""Ingest, orders, watching, live view, backtest, memory and start, beside Redis and PostGIS."""

from bench.parts import http, ingest, live, watching
from bench.rows import Options, Row

PARTS = (ingest.measure, http.measure, watching.measure, live.measure)


def run(options: Options) -> list[Row]:
    """Every part's rows, in the order of the table."""
    return [row for part in PARTS for row in part(options)]
