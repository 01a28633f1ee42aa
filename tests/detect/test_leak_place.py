"""Where a leak is: small linear systems, expected pressures, and pipes held against falls."""

from typing import Final

import numpy as np
import pytest

from haihe.detect.linear import cholesky, products, solve, whiten
from haihe.detect.locate import Fallen, LeakPlace, Sensitivity, locate
from haihe.detect.pressure import learn_pressures
from haihe.model.arrays import FloatArray

PIPES: Final = 40
SENSORS: Final = 5
ALL: Final = np.ones(PIPES, dtype=bool)


def positive(size: int, seed: int = 3) -> FloatArray:
    part = np.random.default_rng(seed).standard_normal((size, size))
    return np.asarray(part @ part.T + size * np.eye(size))


def test_linear_systems_are_solved_as_numpy_solves_them() -> None:
    matrix, right = positive(12), np.random.default_rng(4).standard_normal((12, 3))
    assert solve(matrix, right) == pytest.approx(np.linalg.solve(matrix, right))
    assert cholesky(matrix) == pytest.approx(np.linalg.cholesky(matrix))
    white = whiten(cholesky(matrix), right.T)
    assert products(white.T, white.T) == pytest.approx(right.T @ np.linalg.solve(matrix, right))


def street() -> Sensitivity:
    """A street of pipes of 100 m; pressure falls at a sensor by how near it is to the leak."""
    at = 100.0 * np.arange(PIPES) + 50
    sensor = np.linspace(0, 100.0 * PIPES, SENSORS)
    change = -0.02 * np.exp(-np.abs(at[:, None] - sensor) / 800)
    apart = np.abs(at[:, None] - at)
    return Sensitivity(np.stack([change, 1.5 * change]), np.full(PIPES, 100.0), apart)


def shown(pipe: int, *, flow: float = 10.0, noise: float = 0.0, seed: int = 0) -> Fallen:
    change = flow * street().change[:, pipe]
    change = change + noise * np.random.default_rng(seed).standard_normal(change.shape)
    return Fallen(change, np.array([1.0, 1.0]), noise**2 * np.eye(SENSORS) + 1e-9, flow, 2.0)


@pytest.mark.parametrize("pipe", [0, 7, 22, 39])
def test_a_fall_as_the_model_has_it_names_the_pipe_and_its_flow(pipe: int) -> None:
    place = locate(shown(pipe), street(), among=ALL)
    assert place.pipe == place.ranked[0] == pipe
    assert place.flow_m3_h == pytest.approx(10.0, abs=0.1)
    assert place.chance.sum() == pytest.approx(1.0)


def test_noise_widens_the_region_and_nine_in_ten_hold_the_leak() -> None:
    draw = np.random.default_rng(9)
    pipes = draw.integers(0, PIPES, 60).tolist()
    places = [
        locate(shown(pipe, noise=0.03, seed=seed), street(), among=ALL)
        for seed, pipe in enumerate(pipes)
    ]
    sure = locate(shown(20, noise=0.001), street(), among=ALL)
    assert np.median([len(place.region) for place in places]) > len(sure.region)
    held = [pipe in place.region for pipe, place in zip(pipes, places, strict=True)]
    assert np.mean(held) >= 0.9


def test_a_district_that_cannot_be_meant_is_left_out() -> None:
    place = locate(shown(7), street(), among=np.arange(PIPES) >= 20)
    assert place.pipe >= 20
    assert place.chance[:20].sum() == 0


def test_a_sensor_that_told_nothing_is_left_out_and_two_are_too_few() -> None:
    fallen = shown(22)
    fallen.change[0, 1] = np.nan
    assert locate(fallen, street(), among=ALL).pipe == 22
    fallen.change[:, 2:] = np.nan
    with pytest.raises(ValueError, match="1 sensors"):
        locate(fallen, street(), among=ALL)


def test_a_time_of_day_without_hours_does_not_count() -> None:
    fallen = shown(22)
    fallen.change[1] = np.nan
    hours = Fallen(fallen.change, np.array([5.0, 0.0]), fallen.covariance, 10.0, 2.0)
    assert locate(hours, street(), among=ALL).pipe == 22


def test_a_model_that_fits_badly_makes_a_wide_region_instead_of_a_wrong_one() -> None:
    fallen = shown(22)
    wrong = fallen.change + 0.05 * np.random.default_rng(1).standard_normal(fallen.change.shape)
    bad = Fallen(wrong, fallen.hours, fallen.covariance, 10.0, 2.0)
    sure: LeakPlace = locate(fallen, street(), among=ALL)
    assert locate(bad, street(), among=ALL).radius_m > sure.radius_m


def test_pressures_are_expected_from_flow_level_and_hour() -> None:
    draw = np.random.default_rng(2)
    hour = np.arange(24 * 21)
    flow = 150 - 60 * np.cos(2 * np.pi * hour / 24) + 5 * draw.standard_normal(len(hour))
    level = 3 + 0.5 * np.sin(hour / 11)
    pressure = np.stack([60 - 2e-4 * flow**2, 30 + level - 1e-4 * flow**2], axis=1)
    pressure += 0.02 * draw.standard_normal(pressure.shape)
    quiet, later = slice(0, 24 * 14), slice(24 * 14, None)
    usual = learn_pressures(
        flow[quiet, None], level[quiet, None], hour=hour[quiet], pressure=pressure[quiet]
    )
    expected = usual.expect(flow[later, None], level[later, None], hour=hour[later])
    assert np.abs(expected - pressure[later]).max() < 0.1
    assert np.diagonal(usual.covariance) == pytest.approx([0.0004, 0.0004], rel=0.5)


def test_a_meter_that_never_moved_teaches_nothing_and_breaks_nothing() -> None:
    hour = np.arange(24 * 3)
    flow, level = np.full((len(hour), 1), 80.0), np.full((len(hour), 1), 3.0)
    pressure = np.full((len(hour), 2), 40.0)
    usual = learn_pressures(flow, level, hour=hour, pressure=pressure)
    assert usual.expect(flow, level, hour=hour) == pytest.approx(pressure, rel=1e-3)
    with pytest.raises(ValueError, match="10 hours"):
        learn_pressures(flow[:10], level[:10], hour=hour[:10], pressure=pressure[:10])
