"""A recorded afternoon of three controllers as the measures take it, and what is expected."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from haihe.packs.traffic.measures.events import Detectors, Events, Function
from haihe.packs.traffic.measures.groups import Table

EVENTS, CONFIG = "hires_test_data.parquet", "configs_test_data.parquet"
FUNCTIONS: Final = {
    "Advance": Function.ADVANCE,
    "Presence": Function.PRESENCE,
    "Yellow_Red": Function.YELLOW_RED,
    "Stopbar Count": Function.COUNT,
}
KEYS: Final = (("bin_at", "TimeStamp"), ("device", "DeviceId"))
PHASE: Final = (("phase", "Phase"),)
ENDINGS: Final = {"gap-out": "GapOut", "max-out": "MaxOut", "force-off": "ForceOff"}
# Our measure to the expected table and its columns, ours first.
EXPECTED: Final[dict[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "has-data": ("has_data", KEYS),
    "actuations": ("actuations", (*KEYS, ("detector", "Detector"), ("total", "Total"))),
    "terminations": (
        "terminations",
        (*KEYS, *PHASE, ("ending", "PerformanceMeasure"), ("total", "Total")),
    ),
    "splits": (
        "splits",
        (*KEYS, ("code", "EventId"), ("services", "Services"), ("average", "Average_Split")),
    ),
    "coordination": (
        "coordination",
        (*KEYS, ("at", "Raw_TimeStamp"), ("code", "EventId"), ("value", "Parameter")),
    ),
    "pedestrians": (
        "ped",
        (*KEYS, *PHASE, ("services", "PedServices"), ("presses", "PedActuation")),
    ),
    "arrivals-on-green": (
        "arrival_on_green",
        (*KEYS, *PHASE, ("total", "Total_Actuations"), ("share", "Percent_AOG")),
    ),
    "yellow-red": (
        "yellow_red",
        (*KEYS, *PHASE, ("state", "Signal_State"), ("offset", "Red_Offset"), ("total", "Count")),
    ),
    "split-failures": (
        "split_failures",
        (
            *KEYS,
            *PHASE,
            ("green", "Green_Time"),
            ("green_occupancy", "Green_Occupancy"),
            ("red_occupancy", "Red_Occupancy"),
            ("failures", "Split_Failure"),
        ),
    ),
}


def read_events(folder: Path) -> Events:
    """All events of the record, in order of time."""
    table = pq.read_table(_file(folder, EVENTS, like="*hires*.parquet"))
    columns = [table[name].cast(pa.int64()).to_numpy() for name in table.column_names]
    events = Events(*columns)
    return events.take(np.argsort(events.at, kind="stable"))


def read_detectors(folder: Path) -> Detectors:
    """Which detector serves which phase there."""
    table = pq.read_table(_file(folder, CONFIG, like="*config*.parquet"))
    return Detectors(
        device=table["DeviceId"].to_numpy(),
        detector=table["Parameter"].to_numpy(),
        phase=table["Phase"].to_numpy(),
        function=tuple(FUNCTIONS[name] for name in table["Function"].to_pylist()),
    )


def _file(folder: Path, name: str, *, like: str) -> Path:
    """That file, or the first one like it.

    Raises FileNotFoundError if there is none.
    """
    found = [folder / name] if (folder / name).is_file() else sorted(folder.glob(like))
    if not found:
        raise FileNotFoundError(f"there is no {name} in {folder}, and none like {like}")
    return found[0]


def differences(folder: Path, measure: str, *, table: Table) -> int:
    """Rows of a measure that are not among the expected ones, and expected ones that are missing.

    The expected values are single-precision; so is the comparison, to one part in a million.
    """
    name, columns = EXPECTED[measure]
    wanted = pq.read_table(folder / "expected" / f"{name}.parquet")
    ours = sorted(zip(*(_ours(table[mine]) for mine, _ in columns), strict=True))
    theirs = sorted(zip(*(_theirs(wanted[name]) for _, name in columns), strict=True))
    pairs = zip(ours, theirs, strict=False)
    return abs(len(ours) - len(theirs)) + sum(not _is_same(*pair) for pair in pairs)


def _ours(column: Any) -> list[Any]:
    return [ENDINGS.get(value, value) for value in np.asarray(column).tolist()]


def _theirs(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ns")).cast(pa.int64())
    return list(column.to_pylist())


def _is_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(
        a == b if isinstance(a, str) else abs(a - b) <= 1e-6 * max(1.0, abs(b))
        for a, b in zip(one, other, strict=True)
    )
