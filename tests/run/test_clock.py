"""The log's time under a machine's clock that leaps, stands and falls."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.model import HOUR, MINUTE, SECOND
from haihe.run import clock
from haihe.run.clock import LEAP, DataClock, FastClock, WallClock

T0 = 1_767_225_600 * SECOND


class Machine:
    """A wall clock that somebody sets, and a steady one that nobody does."""

    def __init__(self) -> None:
        self.wall = T0
        self.steady = 5 * HOUR

    def passes(self, by: int) -> None:
        self.wall += by
        self.steady += by


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()
    install(found, monkeypatch)
    return found


def install(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haihe.run.clock.time.time_ns", lambda: machine.wall)
    monkeypatch.setattr(clock, "_steady_ns", lambda: machine.steady)


@given(
    st.lists(
        st.tuples(st.integers(0, 3 * MINUTE), st.integers(-3 * HOUR, 3 * HOUR) | st.just(0)),
        max_size=30,
    )
)
def test_the_logs_time_never_falls_nor_runs_away(leaps: list[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        machine = Machine()
        install(machine, monkeypatch)
        wall = WallClock()
        seen = [wall.now()]
        passed, set_by = 0, 0
        for by, leap in leaps:
            machine.passes(by)
            machine.wall += leap
            passed, set_by = passed + by, set_by + abs(leap)
            seen.append(wall.now())
            # However the clock is set, the log's time keeps near the time that really passed:
            # one leap of at most LEAP is believed each time.
            assert abs(seen[-1] - T0 - passed) <= LEAP * len(seen)
        assert all(later >= earlier for earlier, later in pairwise(seen))


def test_a_leap_is_not_followed_and_is_told(machine: Machine) -> None:
    wall = WallClock()
    machine.passes(10 * SECOND)
    machine.wall += 2 * HOUR
    assert wall.now() == T0 + 10 * SECOND
    assert "2 h ahead of" in wall.trouble
    machine.wall -= 4 * HOUR
    machine.passes(10 * SECOND)
    assert wall.now() == T0 + 20 * SECOND
    assert "2 h behind" in wall.trouble
    machine.wall += 2 * HOUR
    assert wall.now() == T0 + 20 * SECOND
    assert wall.trouble == ""


def test_a_small_correction_is_followed_forward_and_waited_for_backward(machine: Machine) -> None:
    wall = WallClock()
    machine.wall += 2 * SECOND
    assert wall.now() == T0 + 2 * SECOND
    machine.wall -= 3 * SECOND
    assert wall.now() == T0 + 2 * SECOND
    machine.passes(1 * SECOND)
    assert wall.now() == T0 + 2 * SECOND
    machine.passes(1 * SECOND)
    assert wall.now() == T0 + 2 * SECOND
    machine.passes(1 * SECOND)
    assert wall.now() == T0 + 2 * SECOND
    assert wall.trouble == ""


def test_a_start_with_a_clock_behind_the_log_goes_on_after_the_log(machine: Machine) -> None:
    wall = WallClock(after=T0 + 3 * HOUR)
    assert "3 h behind the log's last record" in wall.trouble
    assert wall.now() == T0 + 3 * HOUR
    machine.passes(1 * MINUTE)
    assert wall.now() == T0 + 3 * HOUR + 1 * MINUTE
    machine.wall += 3 * HOUR
    wall.now()
    assert wall.trouble == ""


def test_a_fast_clock_runs_as_many_times_as_fast_and_never_falls(machine: Machine) -> None:
    fast = FastClock(T0, speed=60.0)
    began_at = fast.now()
    machine.passes(1 * SECOND)
    assert fast.now() == began_at + 1 * MINUTE
    machine.wall -= 5 * HOUR
    assert fast.now() == began_at + 1 * MINUTE
    assert fast.trouble == ""


def test_the_clock_of_a_recording_only_goes_forward() -> None:
    data = DataClock(T0)
    data.reach(T0 + 5)
    data.reach(T0 + 3)
    assert data.now() == T0 + 5
    assert data.trouble == ""


def test_a_fast_clock_waits_where_it_is_told_and_does_not_make_up_for_it(machine: Machine) -> None:
    fast = FastClock(T0, speed=60.0)
    began_at = fast.now()
    fast.wait_at(began_at + 30 * SECOND)
    machine.passes(10 * SECOND)
    assert fast.now() == began_at + 30 * SECOND
    fast.wait_at(began_at)  # It has told a later time already.
    assert fast.now() == began_at + 30 * SECOND
    fast.wait_at(began_at + HOUR)
    machine.passes(1 * SECOND)
    assert fast.now() == began_at + 90 * SECOND
    fast.wait_at(began_at + 90 * SECOND)
    machine.passes(10 * SECOND)
    fast.run_on()
    assert fast.now() == began_at + 90 * SECOND
    machine.passes(1 * SECOND)
    assert fast.now() == began_at + 150 * SECOND
