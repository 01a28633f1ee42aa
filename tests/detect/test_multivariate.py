import math

import numpy as np
import pytest

from haihe.detect import Finding, Multivariate, Seen
from haihe.detect.components import chi_squared_quantile, eigen, f_quantile, q_limit, t2_limit
from haihe.model.arrays import FloatArray
from haihe.model.time import MINUTE
from tests.detect.streams import START_AT, find, turns_at

CHANNELS = ("inflow", "outflow", "pressure", "noise")
TRAIN = 200
WATCH = Multivariate(CHANNELS, train=TRAIN, raise_after=1, clear_after=1)


def seen_of(rows: FloatArray) -> Seen:
    count = len(rows)
    at = START_AT + MINUTE * np.arange(count)
    named = {name: rows[:, i].copy() for i, name in enumerate(CHANNELS)}
    return Seen(1, np.zeros(count, np.int32), at, at, np.arange(count), named, int(at[-1]))


def pipe(count: int, *, seed: int = 7) -> FloatArray:
    """A pipe: what flows in flows out and sets the pressure; the noise is on its own."""
    draw = np.random.default_rng(seed)
    flow = draw.normal(100, 10, count)
    return np.stack(
        [
            flow + draw.normal(0, 0.5, count),
            flow + draw.normal(0, 0.5, count),
            500 - 2 * flow + draw.normal(0, 1, count),
            draw.normal(40, 3, count),
        ],
        axis=1,
    )


def find_after_training(*rows: list[float]) -> list[Finding]:
    return find(WATCH, seen_of(np.concatenate((pipe(TRAIN), np.array(rows)))))


def test_a_broken_pattern_raises_q_and_names_the_channel() -> None:
    # A leak: 100 goes in and sets the pressure, 80 comes out. Each value alone is ordinary.
    found = find_after_training([100, 80, 300, 40], [100, 100, 300, 40])
    assert turns_at(found) == [(TRAIN, True), (TRAIN + 1, False)]
    assert found[0].field == "outflow"
    assert found[0].detail.startswith("Q: outflow ")
    assert len(found[0].detail.split(", ")) == 3
    assert found[0].value > found[0].limit
    assert (found[1].field, found[1].detail) == ("outflow", "")


def test_an_extreme_within_the_pattern_raises_t2() -> None:
    found = find_after_training([160, 160, 180, 40])  # Six sigma, all channels together.
    assert turns_at(found) == [(TRAIN, True)]
    assert found[0].detail.startswith("T2: ")
    assert "noise" not in found[0].detail.split(", ")[0]


def test_ordinary_rows_stay_below_both_limits_about_as_often_as_told() -> None:
    rows = np.concatenate((pipe(2000), pipe(5000, seed=8)))
    found = find(Multivariate(CHANNELS, train=2000, raise_after=1, clear_after=1), seen_of(rows))
    raised = sum(finding.raised for finding in found)
    assert raised <= 30  # 0.1 % of 5000 for each of the two is ten; the limits are approximate.


def test_it_takes_as_many_readings_in_a_row_as_told() -> None:
    twice = Multivariate(CHANNELS, train=TRAIN, raise_after=2, clear_after=1)
    leak, fine = [100.0, 80.0, 300.0, 40.0], [100.0, 100.0, 300.0, 40.0]
    rows = np.concatenate((pipe(TRAIN), np.array([leak, fine, leak, leak, fine])))
    assert turns_at(find(twice, seen_of(rows))) == [(TRAIN + 3, True), (TRAIN + 4, False)]


def test_a_row_with_a_missing_channel_tells_nothing() -> None:
    assert find_after_training([100, math.nan, 300, 40], [math.inf, 80, 1e300, 40]) == []
    dotted = pipe(2 * TRAIN + 2)
    dotted[::2, 1] = np.nan
    dotted[-1] = [100, 80, 300, 40]
    assert find(WATCH, seen_of(dotted)) != []  # The other half was enough to learn from.


def test_channels_that_never_move_are_left_out() -> None:
    assert find(WATCH, seen_of(np.full((300, 4), 0.1))) == []
    rows = pipe(TRAIN + 1)
    rows[:, 3] = 40.0
    rows[-1] = [100, 80, 300, 1e9]
    found = find(WATCH, seen_of(rows))
    assert [finding.field for finding in found] == ["outflow"]


def test_channels_that_are_copies_of_each_other_have_no_noise_to_raise() -> None:
    rows = np.repeat(pipe(600)[:, :1], 4, axis=1) * np.array([1.0, 2.0, -3.0, 0.1])
    found = find(Multivariate(CHANNELS, train=TRAIN, confidence=0.99999), seen_of(rows))
    assert found == []


def test_eigenvectors_agree_with_lapack() -> None:
    draw = np.random.default_rng(1)
    factors = draw.normal(size=(20, 7, 7))
    matrices = factors @ factors.transpose(0, 2, 1) / 7
    values, vectors = eigen(matrices)
    expected = np.linalg.eigvalsh(matrices)[:, ::-1]
    np.testing.assert_allclose(values, expected, atol=1e-12)
    rebuilt = (vectors * values[:, None, :]) @ vectors.transpose(0, 2, 1)
    np.testing.assert_allclose(rebuilt, matrices, atol=1e-12)


def test_one_matrix_has_the_same_bits_alone_and_among_others() -> None:
    factors = np.random.default_rng(2).normal(size=(9, 5, 5))
    matrices = factors * factors.transpose(0, 2, 1)
    values, vectors = eigen(matrices)
    alone = [eigen(matrices[i : i + 1]) for i in range(9)]
    assert np.concatenate([one for one, _ in alone]).tobytes() == values.tobytes()
    assert np.concatenate([one for _, one in alone]).tobytes() == vectors.tobytes()


@pytest.mark.parametrize(
    ("degrees", "confidence", "table"),
    [(3, 0.99, 11.345), (5, 0.99, 15.086), (10, 0.999, 29.588), (30, 0.95, 43.773)],
)
def test_chi_squared_agrees_with_the_table(degrees: int, confidence: float, table: float) -> None:
    found = chi_squared_quantile(np.array([float(degrees)]), confidence=confidence)
    assert found[0] == pytest.approx(table, rel=0.01)


@pytest.mark.parametrize(
    ("above", "below", "confidence", "table"),
    [(3, 20, 0.95, 3.098), (2, 60, 0.99, 4.977), (5, 30, 0.99, 3.699), (4, 120, 0.999, 4.947)],
)
def test_f_agrees_with_the_table(above: int, below: int, confidence: float, table: float) -> None:
    found = f_quantile(np.array([float(above)]), np.array([float(below)]), confidence=confidence)
    assert found[0] == pytest.approx(table, rel=0.02)


def test_t2_limit_agrees_with_the_formula_and_the_f_table() -> None:
    # p = 2, n = 62: 2 * (62 * 62 - 1) / (62 * 60) * F(0.99; 2, 60) = 2.0661 * 4.977.
    found = t2_limit(np.array([2.0]), trained=62, confidence=0.99)
    assert found[0] == pytest.approx(10.283, rel=0.02)


def test_q_limit_agrees_with_jackson_and_mudholkar() -> None:
    residual = np.array([0.30, 0.20, 0.12, 0.05])
    first, second, third = (float((residual**power).sum()) for power in (1, 2, 3))
    h0 = 1 - 2 * first * third / (3 * second**2)
    inner = 2.3263 * math.sqrt(2 * second * h0**2) / first
    jackson = first * (inner + 1 + second * h0 * (h0 - 1) / first**2) ** (1 / h0)
    assert q_limit(residual[None, :], confidence=0.99)[0] == pytest.approx(jackson, rel=0.05)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Multivariate(("inflow",)), "2 to 32"),
        (lambda: Multivariate(("inflow", "inflow")), "each once"),
        (lambda: Multivariate(CHANNELS, train=19), "train is 19"),
        (lambda: Multivariate(CHANNELS, confidence=1.0), "confidence is 1.0"),
        (lambda: Multivariate(CHANNELS, explained=0.0), "explained is 0.0"),
    ],
)
def test_settings_without_sense_are_refused(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=words):
        make()
