from collections.abc import Callable
from math import inf, nan

import numpy as np
import pytest

from haihe.detect import Finding, Multivariate, Seen
from haihe.detect.components import eigen, relations
from haihe.model.arrays import FloatArray
from haihe.model.time import SECOND
from tests.detect.streams import START_AT, cut, find, turns_at

CHANNELS = ("current", "pressure", "flow", "vibration")
TRAIN = 400
PUMP = Multivariate(CHANNELS)


def seen_of(rows: FloatArray) -> Seen:
    count = len(rows)
    at = START_AT + SECOND * np.arange(count)
    named = {name: rows[:, i].copy() for i, name in enumerate(CHANNELS)}
    return Seen(1, np.zeros(count, np.int32), at, at, np.arange(count), named, int(at[-1]))


def pump(count: int, *, seed: int = 7) -> FloatArray:
    """Pressure and current follow the flow; the vibration is on its own."""
    draw = np.random.default_rng(seed)
    flow = draw.normal(100, 5, count)
    return np.stack(
        [
            0.1 * flow + draw.normal(0, 0.1, count),
            500 - 2 * flow + draw.normal(0, 1, count),
            flow,
            draw.normal(4, 0.3, count),
        ],
        axis=1,
    )


def moved(rows: FloatArray, *, by: list[float], first: int, last: int | None = None) -> FloatArray:
    """The rows with each channel moved by so much, from one row to before another."""
    other = rows.copy()
    other[first:last] += by
    return other


def found_in(rows: FloatArray) -> list[Finding]:
    return find(PUMP, seen_of(rows))


def test_a_broken_relation_raises_although_each_value_is_ordinary() -> None:
    # A leak behind the meter: pressure and current tell 100, the meter says 94: 1.2 of its sigma.
    found = found_in(moved(pump(1000), by=[0, 0, -6, 0], first=600, last=800))
    assert [finding.raised for finding in found] == [True, False]
    assert 600 < found[0].offset <= 606
    assert 800 < found[1].offset <= 820
    assert found[0].field in ("flow", "pressure")
    assert "flow low" in found[0].detail
    assert (found[1].field, found[1].detail) == (found[0].field, "")


def test_a_change_of_regime_that_keeps_the_relations_is_no_fault() -> None:
    # Six sigma more flow, with the current and pressure that belong to it.
    assert found_in(moved(pump(1500), by=[3, -60, 30, 0], first=700)) == []


def test_a_channel_on_its_own_is_held_against_its_own_level() -> None:
    found = found_in(moved(pump(1000), by=[0, 0, 0, 1], first=600, last=700))
    assert [(finding.field, finding.raised) for finding in found] == [
        ("vibration", True), ("vibration", False),
    ]  # fmt: skip
    assert found[0].detail.startswith("vibration high 9")
    assert found[0].value > found[0].limit > 4
    assert found[1].value < found[0].value


def test_a_channel_that_wanders_by_itself_counts_less_than_a_steady_one() -> None:
    rows = pump(1200)
    rows[:, 3] += np.cumsum(np.random.default_rng(3).normal(0, 0.3, len(rows)))
    assert found_in(rows) == []


def test_slow_drift_becomes_normal_while_the_machine_is_calm() -> None:
    rows = pump(8000)
    rows[:, 3] += np.linspace(0, 3, len(rows))  # Ten sigma in all.
    assert found_in(rows) == []


def test_ordinary_rows_raise_hardly_ever() -> None:
    assert sum(len(found_in(pump(5000, seed=seed))) for seed in range(2)) <= 2


def test_one_wild_row_raises_nothing() -> None:
    for wild in (1e3, 1e90, -1e90):
        assert found_in(moved(pump(900), by=[0, 0, 0, wild], first=600, last=601)) == []


def test_what_cannot_be_is_taken_as_missing() -> None:
    rows = pump(900)
    for row, wild in ((300, 1e300), (350, nan), (600, inf), (601, -1e300), (602, nan)):
        rows[row] = wild
    assert found_in(rows) == []


def test_a_machine_goes_on_being_watched_without_a_channel_that_fell_silent() -> None:
    rows = moved(pump(1000), by=[0, 0, 0, 2], first=700)
    rows[500:, 2] = nan
    assert turns_at(found_in(rows)) == [(702, True)]
    rows[:, 2] = nan  # And if it never spoke.
    assert [finding.field for finding in found_in(rows)] == ["vibration"]


def test_every_second_value_missing_is_enough_to_learn_from() -> None:
    rows = moved(pump(1000), by=[0, 0, 0, 2], first=700)
    rows[::2, 3] = nan
    found = found_in(rows)
    assert [finding.field for finding in found] == ["vibration"]
    assert 700 < found[0].offset < 712


def test_machines_that_never_move_or_never_speak_raise_nothing() -> None:
    assert found_in(np.full((900, 4), 0.1)) == []
    assert found_in(np.full((900, 4), nan)) == []


def test_copies_of_each_other_move_together_but_not_apart() -> None:
    copies = np.repeat(pump(1500)[:, :1], 4, axis=1) * [1.0, 2.0, -3.0, 0.1]
    assert found_in(copies) == []
    assert found_in(moved(copies, by=[3, 6, -9, 0.3], first=700)) == []
    assert len(found_in(moved(copies, by=[0, 0.5, 0, 0], first=700))) == 1


def test_a_constant_channel_is_left_out_and_two_values_are_enough() -> None:
    rows = pump(900)
    rows[:, 0] = 7.0
    rows[:, 3] = np.tile([4.0, 5.0], 450)
    rows[600:, 0] = 9.0
    assert found_in(rows) == []
    rows[700:, 3] = 5.0
    assert [finding.field for finding in found_in(rows)] == ["vibration"]


def test_a_sensor_of_another_range_is_an_alarm_and_in_time_the_new_normal() -> None:
    watch = Multivariate(CHANNELS, renew_after=500)
    rows = pump(2500)
    rows[700:, 3] = 1000 * rows[700:, 3]
    rows[2200:, 3] += 2000
    found = find(watch, seen_of(rows))
    assert [finding.raised for finding in found] == [True, False, True]
    assert 700 < found[0].offset < 705
    assert found[1].offset == found[0].offset + 500
    assert 2200 < found[2].offset < 2210


def test_an_alarm_on_a_channel_that_fell_silent_stands_until_it_speaks_again() -> None:
    watch = Multivariate(CHANNELS, renew_after=400)
    rows = moved(pump(2000), by=[0, 0, 0, 30], first=600)
    rows[610:1500, 3] = nan
    found = find(watch, seen_of(rows))
    assert [finding.raised for finding in found] == [True, False]
    assert found[1].offset == 1500


def test_after_an_alarm_a_tenth_of_the_way_is_a_new_level() -> None:
    rows = moved(pump(1500), by=[0, 0, 0, 30], first=600, last=800)
    rows[800:, 3] += 2  # It raises by itself, as in the test above.
    assert [finding.raised for finding in found_in(rows)] == [True, False]


def test_machines_are_told_apart_and_together_have_the_same_bits() -> None:
    ways = [moved(pump(700, seed=s), by=[0, 0, -9, 0], first=500 + s) for s in range(5)]
    alone = [found_in(rows) for rows in ways]
    count = 700 * 5
    slots = np.tile(np.arange(5, dtype=np.int32), 700)
    at = START_AT + SECOND * (np.arange(count) // 5)
    rows = np.stack(ways, axis=1).reshape(count, 4)
    named = {name: rows[:, i].copy() for i, name in enumerate(CHANNELS)}
    seen = Seen(5, slots, at, at, np.arange(count), named, int(at[-1]))
    memory, found = PUMP.start(), []
    ends = [3, 4, 1700, 2501, 2502, 2503, count]
    for batch in cut(seen, ends, nows=[int(at[end - 1]) for end in ends]):
        memory, some = PUMP.step(memory, batch)
        found += some
    for slot in range(5):
        mine = [(f.observed_at, f.raised, f.value, f.limit) for f in found if f.slot == slot]
        assert mine == [(f.observed_at, f.raised, f.value, f.limit) for f in alone[slot]]
        assert len(mine) == 1


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


def test_what_the_others_tell_agrees_with_least_squares() -> None:
    draw = np.random.default_rng(5)
    rows = draw.normal(size=(500, 4))
    rows[:, 0] = rows[:, 1] - 0.5 * rows[:, 2] + 0.2 * draw.normal(size=500)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    found = relations((rows.T @ rows / 500)[None])[0]
    slopes = np.linalg.lstsq(rows[:, 1:], rows[:, 0], rcond=None)[0]
    np.testing.assert_allclose(found[0, 1:], -slopes, atol=0.02)
    assert found[3].tolist() == [0, 0, 0, 1]  # Nobody tells the fourth.


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Multivariate(("flow",)), "2 to 32"),
        (lambda: Multivariate(("flow", "flow")), "each once"),
        (lambda: Multivariate(CHANNELS, train=149), "train is 149"),
        (lambda: Multivariate(CHANNELS, window=1), "window is 1"),
        (lambda: Multivariate(CHANNELS, width=0.0), "width is 0"),
        (lambda: Multivariate(CHANNELS, renew_after=399), "renew_after is 399"),
    ],
)
def test_settings_without_sense_are_refused(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()
