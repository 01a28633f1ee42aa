"""Sensor faults told apart from each other and from real events: Beijing's air and the twin."""

import math
import time
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from bench.boards.air import BEGIN_AT, COLUMNS, Air, read
from bench.boards.data import folder
from bench.boards.sensor_inject import HOURS, SETTLED, WITHIN, Injected, inject
from bench.boards.sensor_plain import plain_verdicts
from bench.boards.sensor_twin import twin_told
from bench.boards.verdicts import Verdict, verdicts_of
from bench.rows import HIGHER, LOWER, Figure, Options, Row, row
from haihe.detect import Kin, Seen, SensorFault
from haihe.detect.fault.peers import middle
from haihe.model.arrays import FloatArray
from haihe.model.time import DAY, HOUR

Key = TypeVar("Key", bound=Hashable)
PART: Final = "air_beijing"
# Of every draw, with the column's number. The detector's constants were chosen with the seed before
# this one; nothing was changed after this one was first drawn.
SEED: Final = 20_130_302
GOAL_TOLD: Final = 0.95
QUICK: Final = ("PM2.5", "NO2", "TEMP")
EPISODES: Final = 20  # The worst days of the city, by the median over stations.
# Ours: where the spread of a pollutant stops shrinking with its value, in ug/m3: near the detection
# limits of the usual analysers, times five.
FLOORS: Final[dict[str, float]] = {
    "PM2.5": 10.0, "PM10": 20.0, "SO2": 3.0, "NO2": 10.0, "CO": 200.0, "O3": 10.0,
}  # fmt: skip
# What the files show as the least an analyser says; their detection limits.
LOWS: Final[dict[str, float]] = {
    "PM2.5": 3.0, "PM10": 6.0, "SO2": 2.0, "NO2": 2.0, "CO": 100.0, "O3": 2.0, "WSPM": 0.0,
}  # fmt: skip
# Ours, from textbooks: combustion gives NO2, CO, SO2 and dust; O3 is made by light and eaten by NO.
KIN: Final[dict[str, tuple[str, ...]]] = {
    "PM2.5": ("PM10", "CO", "NO2"), "PM10": ("PM2.5", "CO", "NO2"), "SO2": ("NO2", "CO", "PM2.5"),
    "NO2": ("SO2", "O3", "CO"), "CO": ("PM2.5", "NO2", "SO2"), "O3": ("NO2", "CO", "TEMP"),
    "TEMP": ("DEWP", "O3", "WSPM"), "DEWP": ("TEMP", "PM2.5", "WSPM"), "PRES": ("TEMP", "DEWP"),
    "WSPM": ("NO2", "TEMP", "O3"),
}  # fmt: skip
# One unit, one kind of plug: what an exchange at the logger is likely to hit.
SWAPS: Final = {
    "PM2.5": "PM10", "PM10": "PM2.5", "SO2": "NO2", "NO2": "SO2", "TEMP": "DEWP", "DEWP": "TEMP",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one fault.

    fault: as injected.
    named: the kind first named in time; "none" if nothing was.
    """

    fault: Injected
    named: str


@dataclass(frozen=True, slots=True)
class Column:
    """What one column of all stations came to.

    told, plain: each fault as the detector and plain limits named it.
    clean, plain_clean: verdicts on the untouched readings.
    quiet, plain_quiet: the share of the city's episodes in which a station was not blamed.
    rows_s: readings a second of processor time.
    """

    told: tuple[Told, ...]
    plain: tuple[Told, ...]
    clean: int
    plain_clean: int
    quiet: float
    plain_quiet: float
    rows_s: float


def measure(options: Options) -> list[Row]:
    """Rows of what was told apart, by kind and size, what was false, and how fast."""
    found: list[Row] = []
    place = folder(options, PART)
    if place is not None:
        air = read(place)
        names = QUICK if options.quick else COLUMNS
        columns = [_column(air, name, options=options) for name in names]
        found += _air_rows(columns, air.sensor_years() * len(names) / len(COLUMNS))
        _say_confusion([each for column in columns for each in column.told], options)
    options.say("sensor faults and gas leaks on the gallery twin")
    case = "sensor faults on the gallery twin"
    shares = twin_told(quick=options.quick)
    return [*found, *_share_rows(case, shares, plain={}), _balanced(case, shares, plain={})]


def _column(air: Air, name: str, *, options: Options) -> Column:
    """Faults put into one column, and the column as it is."""
    options.say(f"sensor faults put into {name} of {len(air.stations)} stations")
    faulty, truth = _faulty(air, name)
    began = time.process_time()
    found = _watched(faulty, name)
    rows_s = len(air.stations) * air.hours / (time.process_time() - began)
    plain = plain_verdicts(faulty.column(name), settled=SETTLED * HOURS)
    values = air.column(name)
    clean, plain_clean = _watched(air, name), plain_verdicts(values, settled=SETTLED * HOURS)
    return Column(
        tuple(_scored(truth, found)), tuple(_scored(truth, plain)), len(clean), len(plain_clean),
        _quiet(values, clean), _quiet(values, plain_clean), rows_s,
    )  # fmt: skip


def _air_rows(columns: list[Column], sensor_years: float) -> list[Row]:
    told = [each for column in columns for each in column.told]
    shares = by_kind(told)
    plain = by_kind(each for column in columns for each in column.plain)
    shares["event"] = float(np.mean([column.quiet for column in columns]))
    plain["event"] = float(np.mean([column.plain_quiet for column in columns]))
    case = "sensor faults on Beijing air"
    false = sum(column.clean for column in columns) / sensor_years
    plain_false = sum(column.plain_clean for column in columns) / sensor_years
    speed = float(np.median([column.rows_s for column in columns]))
    figures = [
        Figure(f"{case}, by size", f"{kind} {size:g}", "share", share, None, HIGHER)
        for (kind, size), share in by_size(told).items()
    ]
    figures += [
        Figure("SensorFault", "four channels", "rows/s", speed, None, HIGHER),
    ]
    untouched = Figure(f"{case}, untouched", "verdicts", "1/sensor-year", false, None, LOWER)
    rows = [*_share_rows(case, shares, plain=plain), _balanced(case, shares, plain=plain)]
    rows.append(row("sensing", untouched, beside={"plain limits": plain_false}))
    return [*rows, *(row("sensing", figure) for figure in figures)]


def _share_rows(case: str, shares: dict[str, float], *, plain: dict[str, float]) -> list[Row]:
    return [
        row(
            "sensing",
            Figure(case, kind, "share", share, None, HIGHER),
            beside={"plain limits": plain[kind]} if kind in plain else None,
        )
        for kind, share in shares.items()
    ]


def _balanced(case: str, shares: dict[str, float], *, plain: dict[str, float]) -> Row:
    """Every kind, event among them, counts the same."""
    figure = Figure(
        case, "balanced", "share", float(np.mean(list(shares.values()))), GOAL_TOLD, HIGHER
    )
    beside = {"plain limits": float(np.mean(list(plain.values())))} if plain else None
    return row("sensing", figure, beside=beside)


def detector(name: str) -> SensorFault:
    """The detector of one column: the same settings for all, but for floors and kin."""
    kin = tuple(
        Kin(other, floor=FLOORS.get(other), swaps=SWAPS.get(name) == other) for other in KIN[name]
    )
    low = LOWS.get(name, -math.inf)
    return SensorFault(name, HOUR, kin=kin, floor=FLOORS.get(name), low=low)


def _faulty(air: Air, name: str) -> tuple[Air, tuple[Injected, ...]]:
    other = SWAPS.get(name)
    faulty = inject(
        air.column(name), None if other is None else air.column(other),
        seed=(SEED, COLUMNS.index(name)), positive=name in FLOORS or name == "WSPM",
    )  # fmt: skip
    table = air.table.copy()
    table[:, :, COLUMNS.index(name)] = faulty.own
    if other is not None and faulty.other is not None:
        table[:, :, COLUMNS.index(other)] = faulty.other
    return Air(air.stations, table), faulty.truth


def _watched(air: Air, name: str) -> list[Verdict]:
    watch = detector(name)
    _, findings = watch.step(watch.start(), seen_of(air, watch.fields))
    return verdicts_of(findings, begin_at=BEGIN_AT, block=DAY)


def seen_of(air: Air, fields: Iterable[str]) -> Seen:
    """All readings as the detector sees them, in one batch, hour by hour."""
    stations = len(air.stations)
    rows = stations * air.hours
    at = BEGIN_AT + np.repeat(np.arange(air.hours, dtype=np.int64), stations) * HOUR
    slots = np.tile(np.arange(stations, dtype=np.int32), air.hours)
    numbers = {name: np.ascontiguousarray(air.column(name).T).ravel() for name in fields}
    return Seen(stations, slots, at, at, np.arange(rows), numbers, int(at[-1]))


def _scored(truth: Iterable[Injected], found: list[Verdict]) -> list[Told]:
    """The first verdict on the right sensor in time, of each fault."""
    told = []
    for fault in truth:
        until = fault.day + 1 + WITHIN[fault.kind]
        named = [
            verdict.kind
            for verdict in found
            if fault.day <= verdict.at <= until and verdict.slot in (fault.station, fault.partner)
        ]
        told.append(Told(fault, named[0] if named else "none"))
    return told


def by_kind(told: Iterable[Told]) -> dict[str, float]:
    """The share named rightly, of each kind; each of its sizes counts the same."""
    sizes = by_size(told)
    kinds = dict.fromkeys(kind for kind, _ in sizes)
    return {
        kind: float(np.mean([share for (of, _), share in sizes.items() if of == kind]))
        for kind in kinds
    }


def by_size(told: Iterable[Told]) -> dict[tuple[str, float], float]:
    """The share named rightly, of each kind and size."""
    return dict(sorted(_shares(((e.fault.kind, e.fault.size), e) for e in told).items()))


def _shares(pairs: Iterable[tuple[Key, Told]]) -> dict[Key, float]:
    right, total = Counter[Key](), Counter[Key]()
    for key, each in pairs:
        total[key] += 1
        right[key] += each.named == each.fault.kind
    return {key: right[key] / count for key, count in total.items()}


def _quiet(values: FloatArray, clean: list[Verdict]) -> float:
    """Of the worst days of the city, the share of stations that were left alone."""
    stations = len(values)
    days = values[:, : values.shape[1] // HOURS * HOURS].reshape(stations, -1, HOURS)
    city = middle(middle(days).T)  # The median station's median hour.
    city[:SETTLED] = -np.inf
    worst = np.argsort(-np.where(np.isnan(city), -np.inf, city))[:EPISODES].tolist()
    blamed = {
        (day, verdict.slot) for day in worst for verdict in clean if day <= verdict.at <= day + 3
    }
    return 1 - len(blamed) / (stations * len(worst))


def _say_confusion(told: list[Told], options: Options) -> None:
    pairs = Counter((each.fault.kind, each.named) for each in told)
    for kind in dict.fromkeys(each.fault.kind for each in told):
        named = {to: count for (of, to), count in sorted(pairs.items()) if of == kind}
        options.say(f"{kind} was named {named}")
