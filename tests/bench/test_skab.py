"""The board of pumps: reading, rates and scores. What it measures is not judged here."""

from pathlib import Path

import numpy as np
import pytest

from bench.boards.skab import (
    CHANNELS,
    SETTLE,
    Recording,
    alarms_of,
    measure,
    plain_t2_q,
    rates,
    read,
    recordings,
    write_scores,
)
from bench.rows import Options

ROWS = 700
FAULT = slice(500, 600)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """One pump whose flow breaks down for a while, in a file as the board writes it."""
    draw = np.random.default_rng(1)
    rows = draw.normal(100, 1, (ROWS, len(CHANNELS)))
    rows[FAULT, -1] -= 20
    lines = [";".join(["datetime", *CHANNELS, "anomaly", "changepoint"])]
    for number, row in enumerate(rows):
        values = ["" if number == 450 else f"{value:.3f}" for value in row]
        stamp = f"2020-03-09 10:{number // 60:02}:{number % 60:02}"
        fault = float(FAULT.start <= number < FAULT.stop)
        lines.append(";".join([stamp, *values, str(fault), "0.0"]))
    root = tmp_path / "skab"
    (root / "valve1").mkdir(parents=True)
    (root / "valve1" / "0.csv").write_text("\n".join(lines) + "\n")
    return root


def quiet_options(data: Path | None, *, scores: Path | None = None) -> Options:
    skipped: list[str] = []
    return Options(
        quick=True, data=data, peers=False, scores=scores, say=skipped.append,
        skip=lambda who, why: skipped.append(f"{who}: {why}"),
    )  # fmt: skip


def test_a_file_is_read_by_the_names_of_its_channels(board: Path) -> None:
    (one,) = recordings(board)
    assert (one.name, one.rows.shape, one.stamps[61]) == (
        "valve1/0", (ROWS, 8), "2020-03-09 10:01:01",
    )  # fmt: skip
    assert np.isnan(one.rows[450]).all()
    assert one.truth[FAULT].all()
    assert one.truth.sum() == 100


def test_the_fault_is_found_and_the_settling_rows_are_not_scored(board: Path) -> None:
    one = read(board / "valve1" / "0.csv")
    alarms = alarms_of(one)
    assert not alarms[:500].any()
    assert alarms[510:600].all()
    assert not alarms[630:].any()
    assert plain_t2_q(one)[FAULT].mean() > 0.9


def test_rates_are_pooled_over_the_rows_after_the_first() -> None:
    count = SETTLE + 10
    truth = np.zeros(count, dtype=np.bool_)
    truth[SETTLE : SETTLE + 4] = True
    found = np.ones(count, dtype=np.bool_)
    found[[SETTLE, SETTLE + 9]] = False
    one = Recording("a/b", (), np.empty(0, np.int64), np.empty((0, 8)), truth)
    got = rates([one], [found])  # Of 4 faulty rows 1 is missed; of 6 others 5 are false.
    assert got.mar == 25.0
    assert got.far == pytest.approx(500 / 6)
    assert got.f1 == pytest.approx(2 * 3 / (3 + 5 + 4))


def test_scores_have_a_line_for_every_row(board: Path, tmp_path: Path) -> None:
    (one,) = recordings(board)
    path = tmp_path / "scores" / f"{one.name}.csv"
    write_scores(path, one, alarms=alarms_of(one))
    lines = path.read_text().splitlines()
    assert len(lines) == 1 + ROWS
    assert lines[:2] == ["timestamp,score", "2020-03-09 10:00:00,0"]
    assert lines[1 + 550] == "2020-03-09 10:09:10,1"


def test_without_the_files_the_board_says_why_and_goes_on(tmp_path: Path) -> None:
    assert measure(quiet_options(tmp_path)) == []
