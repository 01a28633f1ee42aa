"""The Numenta Anomaly Benchmark: one detector, one setting, no look ahead, every file."""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.boards.data import folder, opened
from bench.boards.nab_peers import half_space_trees, windowed_gaussian
from bench.boards.nab_score import (
    LOW_FALSE,
    LOW_MISSED,
    STANDARD,
    Profile,
    Scored,
    best,
    score_at,
)
from bench.rows import HIGHER, Figure, Options, Row, row
from haihe.detect import Anomaly, Seen
from haihe.model.arrays import FloatArray, IntArray

PART: Final = "nab"
FIELD: Final = "value"
RAISED: Final = 0.5  # What ``Anomaly.score`` gives where it raises, whatever its threshold.
GOAL_STANDARD, GOAL_LOW_FALSE = 75.0, 67.0
ANCHORS: Final = {  # Of the stored scores: their names there and what people call them.
    "ARTime": "ARTime",
    "numenta": "HTM",
    "contextOSE": "CAD OSE",
    "randomCutForest": "AWS RCF",
    "windowedGaussian": "windowed Gaussian",
}


@dataclass(frozen=True, slots=True)
class Profiled:
    """One of the benchmark's three profiles: its figure, its stored name, its goal."""

    figure: str
    stored: str
    profile: Profile
    goal: float | None = None


PROFILES: Final = (
    Profiled("standard", "standard", STANDARD, GOAL_STANDARD),
    Profiled("low FP", "reward_low_FP_rate", LOW_FALSE, GOAL_LOW_FALSE),
    Profiled("low FN", "reward_low_FN_rate", LOW_MISSED),
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One file of the benchmark.

    name: category and file, such as "realTweets/Twitter_volume_FB.csv".
    times: the timestamps as they are written there.
    at: int64 (row,), the same; ns.
    values: float64 (row,).
    windows: first and last row of each true window.
    """

    name: str
    times: tuple[str, ...]
    at: IntArray
    values: FloatArray
    windows: tuple[tuple[int, int], ...]


def measure(options: Options) -> list[Row]:
    """Rows of the three profiles at the detector's one threshold, and at the best there is.

    Beside them, each at the threshold that is best for it on these files: what the benchmark's
    authors stored for others, and what others came to in this run.
    """
    place = folder(options, PART, mark="combined_windows.json")
    if place is None:
        return []
    files = read_all(place)
    options.say(f"NAB, {len(files)} files")
    scores = [anomaly_scores(file.at, file.values) for file in files]
    if options.scores is not None:
        write_scores(options.scores, files, scores=scores)
    ours = scored(files, scores)
    anchors = stored_anchors(place)
    rerun = _rerun(options, files)
    case = f"NAB, {len(files)} files"
    rows = []
    for each in PROFILES:
        beside = dict(anchors.get(each.stored, {}))
        beside |= {name: best(told, each.profile)[0] for name, told in rerun.items()}
        value = score_at(ours, each.profile, threshold=RAISED)
        figure = Figure(case, f"{each.figure}, default", "points", value, each.goal, HIGHER)
        rows.append(row("sensing", figure, beside=beside))
    for each in PROFILES[:2]:
        value, _ = best(ours, each.profile)
        figure = Figure(case, f"{each.figure}, best threshold", "points", value, None, HIGHER)
        rows.append(row("sensing", figure))
    return rows


def _rerun(options: Options, files: list[Recorded]) -> dict[str, list[Scored]]:
    """What other detectors give on the same files with the same scorer."""
    if options.quick or not options.peers:
        return {}
    others: dict[str, Callable[[FloatArray], FloatArray] | None] = {
        "windowed Gaussian, re-run": windowed_gaussian,
        "HalfSpaceTrees, re-run": half_space_trees(options.skip),
    }
    found = {}
    for name, give in others.items():
        if give is not None:
            options.say(f"NAB with {name}")
            found[f"{name}, its best"] = scored(files, [give(file.values) for file in files])
    return found


def anomaly_scores(at: IntArray, values: FloatArray) -> FloatArray:
    """The scores of one series, as its readings would have come; what is not newer gets 0.

    at: int64 (row,), ns.
    values: float64 (row,).
    """
    newest = np.concatenate(([np.iinfo(np.int64).min], np.maximum.accumulate(at)[:-1]))
    kept = np.flatnonzero(at > newest)
    detector, offsets = Anomaly(FIELD), np.arange(len(kept))
    slots = np.zeros(len(kept), np.int32)
    seen = Seen(1, slots, at[kept], at[kept], offsets, {FIELD: values[kept]}, int(at[kept][-1]))
    _, told = detector.score(detector.start(), seen)
    scores = np.zeros(len(at))
    scores[kept] = told
    return scores


def scored(files: Iterable[Recorded], scores: Iterable[FloatArray]) -> list[Scored]:
    """Each file's scores beside its windows."""
    return [Scored(told, file.windows) for file, told in zip(files, scores, strict=True)]


def read_all(place: Path) -> list[Recorded]:
    """Every file of a folder laid out as the benchmark is.

    place: holds ``data/<category>/<file>.csv`` (or .csv.gz) and ``combined_windows.json``.
    """
    windows = json.loads((place / "combined_windows.json").read_text(encoding="utf-8"))
    paths = sorted((place / "data").glob("*/*.csv*"))
    return [_read(path, windows) for path in paths]


def _read(path: Path, windows: dict[str, list[list[str]]]) -> Recorded:
    name = f"{path.parent.name}/{path.name.removesuffix('.gz')}"
    with opened(path) as lines:
        rows = list(csv.reader(lines))[1:]
    at = _instants([time for time, *_ in rows])
    places = []
    for window in windows.get(name, []):
        begin, end = _instants(window)
        inside = np.flatnonzero((at >= begin) & (at <= end))
        places.append((int(inside[0]), int(inside[-1])))
    values = np.array([float(value) for _, value, *_ in rows])
    return Recorded(name, tuple(time for time, *_ in rows), at, values, tuple(places))


def _instants(texts: list[str]) -> IntArray:
    """The files carry no zone; any one will do."""
    return np.array(texts, dtype="datetime64[ns]").astype(np.int64)


def stored_anchors(place: Path) -> dict[str, dict[str, float]]:
    """By profile, what others reached on this half at the threshold best for them."""
    path = place / "anchor_scores_shared_half.json"
    if not path.exists():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {
        each.stored: {
            f"{name}, its best": stored[key][each.stored]["shared_best"]
            for key, name in ANCHORS.items()
            if key in stored
        }
        for each in PROFILES
    }


def write_scores(place: Path, files: list[Recorded], *, scores: list[FloatArray]) -> None:
    """One file of ``timestamp,score`` for each recorded file, under the same name."""
    for file, told in zip(files, scores, strict=True):
        path = place / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as out:
            lines = csv.writer(out)
            lines.writerow(("timestamp", "score"))
            lines.writerows(zip(file.times, told.tolist(), strict=True))
