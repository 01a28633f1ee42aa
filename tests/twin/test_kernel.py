"""The kernel of twins: steps, noise, faults and orders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.model import SECOND, Order, Text
from haihe.twin import Fault
from haihe.twin.kernel import NOISE_MAX, Kernel, Noise

STEP = 10 * SECOND
PLACES = {"gas-leak": frozenset({"zone/1", "zone/2"})}


def a_kernel() -> Kernel:
    return Kernel(step=STEP, places=PLACES)


def an_order(action: str) -> Order:
    return Order(
        action=action, entity="zone/1", assignee="any", due_in=SECOND, title=Text(zh="", en="")
    )


def test_the_first_advance_only_sets_the_clock() -> None:
    kernel = a_kernel()
    assert list(kernel.steps(25 * SECOND)) == [20 * SECOND]
    assert list(kernel.steps(29 * SECOND)) == []
    assert list(kernel.steps(50 * SECOND)) == [30 * SECOND, 40 * SECOND, 50 * SECOND]


def test_time_never_runs_backwards() -> None:
    kernel = a_kernel()
    kernel.steps(50 * SECOND)
    with pytest.raises(ValueError, match="time only passes"):
        kernel.steps(30 * SECOND)


@given(st.lists(st.integers(0, 40), max_size=8))
def test_however_time_is_cut_the_steps_are_the_same(cuts: list[int]) -> None:
    whole, parts = a_kernel(), a_kernel()
    whole.steps(0)
    parts.steps(0)
    found = [at for cut in [*sorted(cuts), 40] for at in parts.steps(cut * 7 * SECOND)]
    assert found == list(whole.steps(40 * 7 * SECOND))


def test_noise_depends_on_seed_step_and_channel_alone() -> None:
    noise = Noise(7)
    first = noise.draw(8, step=5, channel=1)
    noise.draw(100, step=6)
    assert noise.draw(8, step=5, channel=1).tobytes() == first.tobytes()
    for other in (
        noise.draw(8, step=6, channel=1),
        noise.draw(8, step=5, channel=2),
        Noise(8).draw(8, step=5, channel=1),
    ):
        assert not np.any(other == first)


def test_noise_is_nearly_normal_and_bounded() -> None:
    drawn = Noise(1).draw(100_000, step=0)
    # Four standard errors of a mean and of a standard deviation of 100,000 numbers.
    assert abs(drawn.mean()) < 4 / np.sqrt(100_000)
    assert abs(drawn.std() - 1) < 4 / np.sqrt(2 * 100_000)
    assert np.abs(drawn).max() <= NOISE_MAX


def test_noise_keeps_its_bits_from_version_to_version() -> None:
    # Worked out by hand from PCG64's raw words, whose stream NumPy promises to keep (NEP 19).
    word = int(np.random.PCG64(np.random.SeedSequence((7, 0, 3))).random_raw(1)[0])
    parts = [(word >> shift) & 0xFFFF for shift in (0, 16, 32, 48)]
    expected = (sum(parts) / 65535 - 2) * 3**0.5
    assert Noise(7).draw(1, step=3)[0] == pytest.approx(expected, rel=1e-15)


def test_a_negative_seed_is_refused_with_its_value() -> None:
    with pytest.raises(ValueError, match="seed is -1"):
        Noise(-1)


def test_a_fault_lasts_from_its_start_to_before_its_end() -> None:
    kernel = a_kernel()
    fault = Fault("gas-leak", "zone/1", 20 * SECOND, 40 * SECOND)
    kernel.inject(fault)
    found = {at // SECOND: kernel.active(at) for at in range(0, 60 * SECOND, STEP)}
    assert [at for at, active in found.items() if active == (fault,)] == [20, 30]
    assert kernel.truth == (fault,)


def test_overlapping_faults_are_all_active() -> None:
    kernel = a_kernel()
    late = Fault("gas-leak", "zone/1", 20 * SECOND, 90 * SECOND)
    early = Fault("gas-leak", "zone/2", 10 * SECOND, 30 * SECOND)
    kernel.inject(late)
    kernel.inject(early)
    assert kernel.active(20 * SECOND) == (early, late)
    assert kernel.active(30 * SECOND) == (late,)
    assert kernel.truth == (late, early)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("fire", "zone/1", 0, 1), "'fire' is not known; this twin has gas-leak"),
        (Fault("gas-leak", "zone/9", 0, 1), "'zone/9'"),
        (Fault("gas-leak", "zone/1", 5, 5), "the end must be later"),
        (Fault("gas-leak", "zone/1", 0, 1, size=-2.0), "size -2.0"),
        (Fault("gas-leak", "zone/1", 0, 1, size=float("nan")), "size nan"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_its_value(fault: Fault, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        a_kernel().inject(fault)


def test_orders_take_effect_at_their_step_and_once() -> None:
    kernel = a_kernel()
    late, early = an_order("late"), an_order("early")
    kernel.obey(late, at=25 * SECOND)
    kernel.obey(early, at=10 * SECOND)
    assert kernel.orders_due(0) == ()
    assert kernel.orders_due(20 * SECOND) == (early,)
    assert kernel.orders_due(30 * SECOND) == (late,)
    assert kernel.orders_due(40 * SECOND) == ()


def test_orders_of_one_instant_keep_their_order() -> None:
    kernel = a_kernel()
    names = ["a", "b", "c"]
    for name in names:
        kernel.obey(an_order(name), at=0)
    assert [order.action for order in kernel.orders_due(0)] == names
