"""Recorded files the whole way, where a folder of them is given: from the file to closed cases."""

import tempfile
import time
from pathlib import Path
from typing import Final

from bench.apart import apart
from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.feed.mapping import load_mapping
from haihe.run.replay import Replayed, Source, replay

# Mapping that comes with the house, and its files within the folder.
RECORDINGS: Final = {
    "skab": "skab/**/*.csv.gz",
    "beijing_air": "air_beijing/*.csv.gz",
    "ltown_flows": "ltown/*Flows.csv.gz",
    "nab": "nab/data/**/*.csv.gz",
}
FILES_QUICK: Final = 3  # Of each; the whole folder takes some minutes.


def measure(options: Options) -> list[Row]:
    """A row for each kind of recording that the folder holds; none without a folder."""
    if options.data is None:
        options.skip("recorded files", "no folder of them was given (--data DIR)")
        return []
    rows = []
    for name, pattern in RECORDINGS.items():
        files = tuple(sorted(options.data.glob(pattern)))
        if not files:
            options.skip(name, f"{options.data} has no {pattern}")
            continue
        files = files[:FILES_QUICK] if options.quick else files
        options.say(f"{len(files)} recorded files of {name}")
        done, took = apart(replayed, name, files)
        case = f"replay {name}, {len(files)} files, {done.records:,} records"
        rows.append(row("core", Figure(case, "file to cases", "records/s", done.records / took,
                                       better=HIGHER)))  # fmt: skip
    return rows


def replayed(name: str, files: tuple[Path, ...]) -> tuple[Replayed, float]:
    """What became of the files, and how many seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        done = replay([Source(files, load_mapping(name))], Path(folder), packs=())
        return done, time.perf_counter() - began
