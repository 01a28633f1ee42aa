import gzip
import json
from collections.abc import Callable
from math import exp
from pathlib import Path

import numpy as np
import pytest

from bench.boards.data import folder
from bench.boards.nab import measure
from bench.boards.nab_score import (
    LOW_FALSE,
    LOW_MISSED,
    STANDARD,
    Profile,
    Scored,
    best,
    probation,
    score_at,
    sigmoid,
)
from bench.rows import Options

ROWS = 1000  # 150 of them on probation.
WINDOW = (400, 499)


def asked(
    *,
    data: Path | None = None,
    scores: Path | None = None,
    skip: Callable[[str, str], None] = lambda _, __: None,
) -> Options:
    return Options(quick=True, data=data, peers=False, scores=scores, say=lambda _: None, skip=skip)


def file(*detected: int, windows: tuple[tuple[int, int], ...] = (WINDOW,)) -> Scored:
    scores = np.zeros(ROWS)
    scores[list(detected)] = 1.0
    return Scored(scores, windows)


def points(*detected: int, profile: Profile = STANDARD) -> float:
    return score_at([file(*detected)], profile, threshold=0.5)


def test_no_detection_scores_nothing_and_the_earliest_a_hundred() -> None:
    assert points() == 0.0
    assert points(400) == pytest.approx(100.0)


def test_the_last_row_of_a_window_is_worth_little_more_than_not_missing_it() -> None:
    # One hundredth of a window before its end: the sigmoid there, over the one at its start.
    end = (2 / (1 + exp(-0.05)) - 1) / (2 / (1 + exp(-5.0)) - 1)
    assert points(499) == pytest.approx(100 * (end + 1) / 2)


def test_only_the_earliest_detection_in_a_window_counts() -> None:
    assert points(400, 401, 450, 499) == pytest.approx(100.0)
    assert points(450, 499) == points(450)


def test_a_false_alarm_before_every_window_costs_its_whole_weight() -> None:
    assert points(300, 400) == pytest.approx(100 - 100 * 0.11 / 2)
    assert points(300, 400, profile=LOW_FALSE) == pytest.approx(100 - 100 * 0.22 / 2)


def test_a_false_alarm_just_behind_a_window_costs_less() -> None:
    behind = 2 / (1 + exp(5 * 1 / 99)) - 1  # One row behind a window 99 rows wide.
    assert points(400, 500) == pytest.approx(100 + 100 * 0.11 * behind / 2)
    assert points(400, 900) == pytest.approx(100 - 100 * 0.11 / 2)


def test_a_miss_weighs_twice_where_misses_are_feared() -> None:
    two = ((400, 499), (700, 799))
    found_one = file(400, windows=two)
    assert score_at([found_one], STANDARD, threshold=0.5) == pytest.approx(50.0)
    assert score_at([found_one], LOW_MISSED, threshold=0.5) == pytest.approx(50.0)
    spoilt = file(300, 400, windows=two)
    assert score_at([spoilt], LOW_MISSED, threshold=0.5) == pytest.approx(50 - 100 * 0.11 / 6)


def test_the_probation_is_not_scored() -> None:
    assert (probation(ROWS), probation(10_320)) == (150, 750)
    assert points(0, 149, 400) == pytest.approx(100.0)
    assert points(150, 400) < 100


def test_a_window_that_begins_on_probation_can_be_found_behind_it_only() -> None:
    window = ((100, 199),)
    assert score_at([file(120, windows=window)], STANDARD, threshold=0.5) == 0.0
    half = (2 / (1 + exp(-2.5)) - 1) / (2 / (1 + exp(-5.0)) - 1)
    found = score_at([file(150, windows=window)], STANDARD, threshold=0.5)
    assert found == pytest.approx(100 * (half + 1) / 2)


def test_the_best_threshold_is_one_for_all_files() -> None:
    first, second = file(400), file(400)
    second.scores[:] = np.where(second.scores > 0, 0.3, 0.2)
    first.scores[300] = 0.3
    score, threshold = best([first, second], STANDARD)
    # At 0.3 both windows are found and one alarm is false; at 1.0 one window is missed.
    assert score == pytest.approx(100 - 100 * 0.11 / 4)
    assert threshold == 0.3


def test_nothing_to_find_scores_nothing() -> None:
    quiet = Scored(np.zeros(ROWS), ())
    assert score_at([quiet], STANDARD, threshold=0.5) == 0.0
    assert best([quiet], STANDARD) == (0.0, float("inf"))


def test_files_without_windows_still_cost() -> None:
    noisy = file(300, windows=())
    assert score_at([file(400), noisy], STANDARD, threshold=0.5) == pytest.approx(94.5)


def test_the_sigmoid_is_cut_off_far_behind_a_window() -> None:
    assert sigmoid(3.0) == pytest.approx(-1.0, abs=1e-6)
    assert sigmoid(3.01) == -1.0


def test_a_folder_of_the_same_layout_is_read_and_its_scores_written(tmp_path: Path) -> None:
    place, out = tmp_path / "nab", tmp_path / "scores"
    times = [f"2026-01-{1 + row // 24:02d} {row % 24:02d}:00:00" for row in range(600)]
    values = ["10.0"] * 600
    values[400] = "50.0"
    table = "timestamp,value\n" + "".join(f"{t},{v}\n" for t, v in zip(times, values, strict=True))
    (place / "data" / "one").mkdir(parents=True)
    (place / "data" / "one" / "plain.csv").write_text(table)
    with gzip.open(place / "data" / "one" / "packed.csv.gz", "wt") as packed:
        packed.write(table)
    window = [[times[390], times[410]]]
    windows = {"one/plain.csv": window, "one/packed.csv": window}
    (place / "combined_windows.json").write_text(json.dumps(windows))
    options = asked(data=place, scores=out)
    rows = measure(options)
    early = (sigmoid(-11 / 21) / sigmoid(-1.0) + 1) / 2
    assert [row.value for row in rows[:2]] == [pytest.approx(100 * early)] * 2
    for name in windows:
        head, *lines = (out / name).read_text().splitlines()
        assert head == "timestamp,score"
        assert [float(line.split(",")[1]) >= 0.5 for line in lines].index(True) == 400
        assert len(lines) == 600


def test_without_data_the_board_says_why_it_is_left_out(tmp_path: Path) -> None:
    told: list[str] = []
    options = asked(data=tmp_path, skip=lambda who, _: told.append(who))
    assert measure(options) == []
    assert told == ["nab"]


def test_the_shared_half_of_the_benchmark_is_scored_as_published() -> None:
    options = asked()
    if folder(options, "nab") is None:
        pytest.skip("no recorded data beside the checkout")
    standard, low_false, *_ = measure(options)
    assert standard.value >= 75.0
    assert low_false.value >= 67.0
