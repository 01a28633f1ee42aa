"""When lights will change: exact on a fixed plan, told honestly else; and advice on speed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.traffic_parts import record
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.advice import SLOWEST, advice
from haihe.packs.traffic.measures.ahead import Light, changes_of, foretell, misses
from haihe.packs.traffic.measures.events import Events, joined
from tests.data import ABSENT, data_dir

CYCLE_S = 60


def fixed(cycles: int) -> Events:
    """Two phases on a fixed plan: 30 s and 20 s of green, 3 s of yellow, 2 s all red."""
    rows = []
    for cycle in range(cycles):
        base = cycle * CYCLE_S
        rows += [(base, 1, 2), (base + 30, 8, 2), (base + 33, 10, 2)]
        rows += [(base + 35, 1, 4), (base + 55, 8, 4), (base + 58, 10, 4)]
    at, code, parameter = np.array(rows).T
    return Events(at * SECOND, np.ones(len(at), np.int64), code, parameter)


def test_a_fixed_plan_is_foretold_to_the_second() -> None:
    changes = changes_of(fixed(8))
    told = {one.phase: one for one in foretell(changes, (6 * CYCLE_S + 10) * SECOND)}
    assert told[2].light is Light.GREEN
    assert told[2].since == 6 * CYCLE_S * SECOND
    assert (told[2].least_s, told[2].likely_s, told[2].most_s) == (20.0, 20.0, 20.0)
    assert told[4].light is Light.RED
    assert told[4].likely_s == 25.0
    missed = misses(changes, begin=4 * CYCLE_S * SECOND, end=7 * CYCLE_S * SECOND, every=SECOND)
    assert len(missed["phase"]) == 2 * 3 * CYCLE_S
    assert np.abs(missed["missed_s"]).max() == 0.0


def test_what_was_never_seen_to_end_is_not_foretold() -> None:
    (told,) = foretell(changes_of(fixed(1).where(np.arange(6) == 0)), 10 * SECOND)
    assert (told.phase, told.light, told.sure) == (2, Light.GREEN, 0.0)
    assert np.isnan([told.least_s, told.likely_s, told.most_s]).all()
    assert foretell(changes_of(joined([])), SECOND) == ()


def test_a_light_that_says_again_what_it_shows_has_not_changed() -> None:
    twice = fixed(3)
    again = Events(twice.at + SECOND, twice.device, twice.code, twice.parameter)
    once, both = changes_of(twice), changes_of(joined([twice, again]))
    for mine, theirs in zip(once.at, both.at, strict=True):
        assert mine.tolist() == theirs.tolist()


def test_two_controllers_at_once_are_refused() -> None:
    one = fixed(1)
    other = Events(one.at, one.device + 1, one.code, one.parameter)
    with pytest.raises(ValueError, match="several controllers"):
        changes_of(joined([one, other]))


@given(st.integers(0, 8 * CYCLE_S), st.integers(0, 8 * CYCLE_S))
def test_nothing_of_later_is_looked_at(now_s: int, cut_s: int) -> None:
    events, now = fixed(8), min(now_s, cut_s) * SECOND
    known = changes_of(events.where(events.at <= cut_s * SECOND))
    assert repr(foretell(known, now)) == repr(foretell(changes_of(events), now))  # NaN is NaN.


def test_real_actuated_lights_are_foretold_within_seconds() -> None:
    folder = (data_dir() or Path()) / "traffic" / "atspm_hires"
    if not folder.is_dir():
        pytest.skip(f"{ABSENT} (traffic/atspm_hires)")
    events = record.read_events(folder)
    events = events.where(events.device == events.device[0])
    end = int(events.at[0]) + 60 * MINUTE
    missed = misses(changes_of(events), begin=end - 20 * MINUTE, end=end, every=20 * SECOND)
    soon = missed["left_s"] <= 20
    assert soon.sum() > 50
    assert np.median(np.abs(missed["missed_s"][soon])) < 5.0


def test_a_speed_is_advised_that_meets_green() -> None:
    found = advice(200.0, limit_m_s=16.0, greens=[(15.0, 40.0)])
    assert found is not None
    assert found.high_m_s == pytest.approx(200 / 17)
    assert SLOWEST * 16 <= found.low_m_s <= found.high_m_s
    now = advice(200.0, limit_m_s=16.0, greens=[(0.0, 20.0)])
    assert now is not None
    assert now.high_m_s == 16.0
    assert advice(200.0, limit_m_s=16.0, greens=[(0.0, 9.0), (60.0, 80.0)]) is None
    with pytest.raises(ValueError, match="more than 0"):
        advice(0.0, limit_m_s=16.0, greens=[])


@given(
    st.floats(1, 2_000),
    st.floats(5, 30),
    st.lists(st.tuples(st.floats(0, 120), st.floats(0, 120)).map(lambda x: (min(x), max(x)))),
)
def test_whoever_follows_the_advice_comes_in_green(
    to_line_m: float, limit_m_s: float, greens: list[tuple[float, float]]
) -> None:
    found = advice(to_line_m, limit_m_s=limit_m_s, greens=sorted(greens))
    if found is None:
        return
    assert SLOWEST * limit_m_s <= found.low_m_s <= found.high_m_s <= limit_m_s
    for speed in (found.low_m_s, found.high_m_s):
        at = to_line_m / speed
        assert any(begin - 1e-6 <= at <= end + 1e-6 for begin, end in greens)
