"""SKAB: a water pump with eight channels and faults made on purpose; every row is scored.

A file's first rows settle the detector, the others are judged point by point and pooled. Both rates
are always given: whoever always alarms misses nothing and has an F1 of .70. Measured beside it in
the same run: Hotelling's T2 with Q on the same rows; published: the board's own table.
"""

import csv
import importlib
import importlib.util
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.boards.data import folder, opened
from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.detect import Multivariate, Seen
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import HOUR, SECOND

PART: Final = "skab"
SETTLE: Final = 400  # The board's protocol: rows of each file that are not scored.
CHANNELS: Final = (
    "Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure", "Temperature",
    "Thermocouple", "Voltage", "Volume Flow RateRMS",
)  # fmt: skip
TIME, TRUTH, FREE = "datetime", "anomaly", "anomaly-free"
GOAL_FAR, GOAL_MAR = 13.6, 28.0  # The board's Conv-AE.
FAR_BOARD: Final = {"Conv-AE, published": 13.6, "T2+Q, published": 26.6}
MAR_BOARD: Final = {"Conv-AE, published": 28.0, "T2+Q, published": 24.9}
PLAIN, FOREST, ALWAYS = "plain T2+Q", "isolation forest", "always alarm"
EXPLAINED: Final = 0.9  # As on the board: components that explain 90 %.
CONFIDENCE: Final = 0.999  # Ours: of the settling rows; at .99 it alarms more, 56 % of the time.
MACHINES: Final = 2_000
FOREST_ROUNDS: Final = 20
QUICK_FILES: Final = 6
WATCH: Final = Multivariate(CHANNELS, train=SETTLE)


@dataclass(frozen=True, slots=True)
class Recording:
    """One file.

    name: ``category/file``, without what follows the first dot.
    stamps: as written, one for each row.
    observed_at: int64 (row,), ns.
    rows: float64 (row, channel); missing is NaN.
    truth: bool (row,).
    """

    name: str
    stamps: tuple[str, ...]
    observed_at: IntArray
    rows: FloatArray
    truth: BoolArray


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of the scored rows, pooled over files.

    far: false among the normal ones, %.
    mar: missed among the faulty ones, %.
    f1: of the faulty ones.
    """

    far: float
    mar: float
    f1: float


def measure(options: Options) -> list[Row]:
    """False and missed alarms, in all and in each folder, and how fast it is."""
    root = folder(options, PART, mark="valve1")
    if root is None:
        return []
    files = recordings(root)
    if options.quick:
        files = files[:: max(len(files) // QUICK_FILES, 1)]
    options.say(f"{len(files)} recordings of a pump")
    alarms = [alarms_of(each) for each in files]
    if options.scores is not None:
        for each, found in zip(files, alarms, strict=True):
            write_scores(options.scores / f"{each.name}.csv", each, alarms=found)
    return [
        *_board(options, files, alarms=alarms),
        *_folders(files, alarms=alarms),
        *_calm(root),
        *_speed(options),
    ]


def recordings(root: Path) -> list[Recording]:
    """The labelled recordings, by folder and file."""
    return [read(path) for path in sorted(root.glob("*/*.csv*"))]


def read(path: Path) -> Recording:
    """One file, separated by semicolons; channels go by name.

    Raises OSError if it cannot be read, KeyError if a channel is not there.
    """
    with opened(path) as text:
        lines = list(csv.DictReader(text, delimiter=";"))
    stamps = tuple(line[TIME] for line in lines)
    at = [int(datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()) for stamp in stamps]
    return Recording(
        name=f"{path.parent.name}/{path.name.partition('.')[0]}",
        stamps=stamps,
        observed_at=np.array(at, dtype=np.int64) * SECOND,
        rows=np.array([[float(line[name] or "nan") for name in CHANNELS] for line in lines]),
        truth=np.array([float(line.get(TRUTH) or 0) > 0 for line in lines]),
    )


def alarms_of(recording: Recording) -> BoolArray:
    """Whether an alarm stands after each row: bool (row,); none while it settles."""
    at = recording.observed_at
    newest = np.maximum.accumulate(np.concatenate(([-1], at[:-1])))
    kept = np.flatnonzero(at > newest)  # As the operator does before any detector.
    numbers = {name: recording.rows[kept, i].copy() for i, name in enumerate(CHANNELS)}
    slots = np.zeros(len(kept), np.int32)
    seen = Seen(1, slots, at[kept], at[kept], kept, numbers, int(at.max(initial=0)))
    alarms = np.zeros(len(at), dtype=np.bool_)
    for finding in WATCH.step(WATCH.start(), seen)[1]:
        alarms[finding.offset :] = finding.raised
    alarms[:SETTLE] = False
    return alarms


def rates(files: list[Recording], alarms: list[BoolArray]) -> Rates:
    """Pooled over the scored rows of the files."""
    truth = np.concatenate([each.truth[SETTLE:] for each in files])
    found = np.concatenate([each[SETTLE:] for each in alarms])
    hits, false = int((found & truth).sum()), int((found & ~truth).sum())
    faulty = int(truth.sum())
    return Rates(
        far=100 * false / max(len(truth) - faulty, 1),
        mar=100 * (faulty - hits) / max(faulty, 1),
        f1=2 * hits / max(hits + false + faulty, 1),
    )


def plain_t2_q(recording: Recording) -> BoolArray:
    """Hotelling's T2 or Q beyond what the settling rows showed: bool (row,)."""
    first = recording.rows[:SETTLE]
    spread = first.std(axis=0)
    rows = np.nan_to_num((recording.rows - first.mean(axis=0)) / np.where(spread > 0, spread, 1.0))
    values, vectors = np.linalg.eigh(np.cov(rows[:SETTLE].T))
    values, scores = values[::-1], rows @ vectors[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(values), EXPLAINED * values.sum())) + 1
    t2 = (scores[:, :kept] ** 2 / values[:kept]).sum(axis=1)
    q = (scores[:, kept:] ** 2).sum(axis=1)
    limits = np.quantile(t2[:SETTLE], CONFIDENCE), np.quantile(q[:SETTLE], CONFIDENCE)
    return np.asarray((t2 > limits[0]) | (q > limits[1]), dtype=np.bool_)


def write_scores(path: Path, recording: Recording, *, alarms: BoolArray) -> None:
    """One line a row: timestamp, 0 or 1."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = zip(recording.stamps, alarms.tolist(), strict=True)
    body = "".join(f"{stamp},{int(alarm)}\n" for stamp, alarm in lines)
    path.write_text("timestamp,score\n" + body, encoding="utf-8")


def _board(options: Options, files: list[Recording], *, alarms: list[BoolArray]) -> list[Row]:
    """The two rates of the board and the score that hides them."""
    case = f"SKAB, {len(files)} files"
    others = {PLAIN: rates(files, [plain_t2_q(each) for each in files])}
    if (forest := _forest(options)) is not None:
        others[FOREST] = rates(files, [_by_forest(forest, each) for each in files])
    everything = rates(files, [np.ones(len(each.truth), dtype=np.bool_) for each in files])
    got = rates(files, alarms)
    far = FAR_BOARD | {name: each.far for name, each in others.items()}
    mar = MAR_BOARD | {name: each.mar for name, each in others.items()}
    f1 = {ALWAYS: everything.f1} | {name: each.f1 for name, each in others.items()}
    return [
        row("sensing", Figure(case, "FAR", "%", got.far, GOAL_FAR), beside=far),
        row("sensing", Figure(case, "MAR", "%", got.mar, GOAL_MAR), beside=mar),
        row("sensing", Figure(case, "F1", "1", got.f1, None, HIGHER), beside=f1),
    ]


def _folders(files: list[Recording], *, alarms: list[BoolArray]) -> list[Row]:
    """Both rates in each folder."""
    made = []
    for name in sorted({each.name.partition("/")[0] for each in files}):
        mine = [i for i, each in enumerate(files) if each.name.startswith(f"{name}/")]
        some = [files[i] for i in mine]
        got = rates(some, [alarms[i] for i in mine])
        plain = rates(some, [plain_t2_q(each) for each in some])
        case = f"SKAB, {name}"
        made += [
            row("sensing", Figure(case, "FAR", "%", got.far), beside={PLAIN: plain.far}),
            row("sensing", Figure(case, "MAR", "%", got.mar), beside={PLAIN: plain.mar}),
        ]
    return made


def _calm(root: Path) -> list[Row]:
    """Share of the hours without a fault that it spends in alarm, settled once."""
    made = []
    for path in sorted(root.glob(f"{FREE}.csv*")):
        one = read(path)
        far, plain = (rates([one], [found]).far for found in (alarms_of(one), plain_t2_q(one)))
        hours = (one.observed_at[-1] - one.observed_at[0]) / HOUR
        case = f"SKAB without a fault, {hours:.1f} h"
        made.append(row("sensing", Figure(case, "FAR", "%", far), beside={PLAIN: plain}))
    return made


def _forest(options: Options) -> Any:
    """The class of isolation forests; None, with the reason told, where it is not installed."""
    if not options.peers:
        return None
    if importlib.util.find_spec("sklearn") is None:
        options.skip(FOREST, "not installed (pip install scikit-learn)")
        return None
    return importlib.import_module("sklearn.ensemble").IsolationForest


def _by_forest(forest: Any, recording: Recording) -> BoolArray:
    rows = np.nan_to_num(recording.rows)
    fitted = forest(random_state=0).fit(rows[:SETTLE])
    return np.asarray(fitted.predict(rows) < 0, dtype=np.bool_)


def _speed(options: Options) -> list[Row]:
    """Points a second on one core: many machines at once, and one machine row by row."""
    options.say(f"{MACHINES:,} machines of {len(CHANNELS)} channels")
    many = _points_s(MACHINES, rounds=20 if options.quick else 100)
    one = _points_s(1, rounds=500 if options.quick else 2000)
    case = f"{len(CHANNELS)} channels a machine"
    forest = _forest(options)
    figures = ((f"{MACHINES:,} machines at once", many, MACHINES), ("one by one", one, 1))
    return [
        row(
            "sensing",
            Figure(case, name, "points/s", value, None, HIGHER),
            beside={} if forest is None else {f"{FOREST}, 1 model": _forest_s(forest, rows)},
        )
        for name, value, rows in figures
    ]


def _forest_s(forest: Any, rows: int) -> float:
    """Values a second that one fitted forest scores, so many rows at a time."""
    draw = np.random.default_rng(4).normal(size=(MACHINES, len(CHANNELS)))
    fitted = forest(random_state=0).fit(draw[:SETTLE])
    began = time.perf_counter()
    for _ in range(FOREST_ROUNDS):
        fitted.predict(draw[:rows])
    return FOREST_ROUNDS * rows * len(CHANNELS) / (time.perf_counter() - began)


def _points_s(machines: int, *, rounds: int) -> float:
    """Values a second once all machines have settled."""
    draw = np.random.default_rng(3).normal(size=(64, len(CHANNELS), machines))
    memory, slots, spent = WATCH.start(), np.arange(machines, dtype=np.int32), 0.0
    for turn in range(SETTLE + rounds):
        at = np.full(machines, (turn + 1) * SECOND)
        numbers = dict(zip(CHANNELS, draw[turn % len(draw)], strict=True))
        offsets = turn * machines + np.arange(machines)
        seen = Seen(machines, slots, at, at, offsets, numbers, (turn + 1) * SECOND)
        began = time.perf_counter()
        memory, _ = WATCH.step(memory, seen)
        spent += time.perf_counter() - began if turn >= SETTLE else 0.0
    return rounds * machines * len(CHANNELS) / spent
