"""Run by the peer's own Python: CPU seconds of the atspm package over a record, on one thread."""

import sys
import tempfile
import time
from pathlib import Path

import duckdb
from atspm import SignalDataProcessor  # type: ignore[import-not-found]  # The peer's own environment.

AGGREGATIONS = {
    "has_data": {"no_data_min": 5, "min_data_points": 3},
    "actuations": {},
    "arrival_on_green": {"latency_offset_seconds": 0},
    "communications": {"event_codes": "400,503,502"},
    "coordination": {},
    "ped": {},
    "unique_ped": {"seconds_between_actuations": 15},
    "full_ped": {"seconds_between_actuations": 15, "return_volumes": True},
    "split_failures": {
        "red_time": 5,
        "red_occupancy_threshold": 0.80,
        "green_occupancy_threshold": 0.80,
        "by_approach": True,
        "by_cycle": False,
    },
    "splits": {},
    "terminations": {},
    "yellow_red": {"latency_offset_seconds": 1.5, "min_red_offset": -8},
    "timeline": {"min_duration": 0.2, "cushion_time": 60, "maxtime": True},
    "ped_delay": {},
    "phase_wait": {},
    "coordination_agg": {},
}
ROUNDS = 3


def main(folder: Path) -> None:
    """Print the least CPU seconds of some rounds, reading the record not counted."""
    events = duckdb.read_parquet(str(folder / "hires_test_data.parquet")).df()
    config = duckdb.read_parquet(str(folder / "configs_test_data.parquet")).df()
    spent = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as out:
            processor = SignalDataProcessor(
                raw_data=events,
                detector_config=config,
                bin_size=15,
                output_dir=out,
                output_to_separate_folders=False,
                output_format="parquet",
                output_file_prefix="",
                remove_incomplete=False,
                to_sql=False,
                verbose=0,
                aggregations=[{"name": n, "params": p} for n, p in AGGREGATIONS.items()],
            )
            began = time.process_time()
            processor.load()
            processor.aggregate()
            spent.append(time.process_time() - began)
    print(min(spent))


main(Path(sys.argv[1]))
