import importlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haihe.detect import Anomaly, Finding, Seen
from haihe.detect.anomaly import AnomalyMemory
from haihe.detect.compiled import TakeRows, take_rows_compiled
from haihe.detect.reading import WARM_UP, take_rows
from tests.detect.streams import plain
from tests.detect.test_anomaly import many, ordered

SEEDS = st.integers(0, 2**32 - 1)


def through(
    detector: Anomaly, seen: Seen, *, machine: TakeRows | None
) -> tuple[AnomalyMemory, list[Finding]]:
    """A step of all rows through the loop over rows, or through columns if there is none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("haihe.detect.anomaly.MANY", 1)
        patch.setattr("haihe.detect.anomaly.take_rows_compiled", lambda: machine)
        return detector.step(detector.start(), seen)


def assert_same(detector: Anomaly, seen: Seen, *, machine: TakeRows) -> list[Finding]:
    memory, found = through(detector, seen, machine=machine)
    other, told = through(detector, seen, machine=None)
    assert plain(memory) == plain(other)
    assert ordered(found) == ordered(told)
    return found


def machine_code() -> TakeRows:
    machine = take_rows_compiled()
    if machine is None:
        pytest.skip("numba is not installed (haihe[fast])")
    return machine


@settings(max_examples=10)
@given(seed=SEEDS)
def test_the_loop_over_rows_leaves_the_bits_of_columns(seed: int) -> None:
    seen = many(seed, rounds=12)
    for threshold in (1.05, 0.05):
        assert_same(Anomaly("level", threshold=threshold), seen, machine=take_rows)


@settings(max_examples=20, deadline=None)  # The first one compiles.
@given(seed=SEEDS)
def test_machine_code_leaves_the_bits_of_columns(seed: int) -> None:
    seen = many(seed, rounds=25)
    for threshold in (1.05, 0.05):
        assert_same(Anomaly("level", threshold=threshold), seen, machine=machine_code())


def test_machine_code_still_does_once_alarms_are_raised() -> None:
    seen = many(3, rounds=WARM_UP + 400, entities=60)
    found = assert_same(Anomaly("level", threshold=0.8), seen, machine=machine_code())
    assert {finding.raised for finding in found} == {True, False}


def test_columns_that_may_not_be_written_are_read() -> None:
    seen = many(4, rounds=1)
    for column in (seen.slots, seen.observed_at, seen.numbers["level"]):
        column.flags.writeable = False
    assert_same(Anomaly("level"), seen, machine=machine_code())


@pytest.mark.parametrize("slot", [40, -1])
def test_a_slot_of_no_entity_is_refused_before_machine_code_sees_it(slot: int) -> None:
    seen = many(5, rounds=1)
    slots = np.where(seen.slots == 7, slot, seen.slots).astype(np.int32)
    with pytest.raises(IndexError, match=rf"slot is {slot}; Seen"):
        through(Anomaly("level"), replace(seen, slots=slots), machine=take_rows)


def test_without_numba_there_is_no_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    assert take_rows_compiled.__wrapped__() is None


def test_a_folder_that_cannot_be_written_only_costs_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Numba:
        @staticmethod
        def register_jitable(**_: object) -> object:
            return lambda function: function

        @staticmethod
        def njit(*, cache: bool = False, **_: object) -> object:
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            return lambda function: function

    monkeypatch.setattr(importlib, "import_module", lambda name: Numba)
    assert take_rows_compiled.__wrapped__() is take_rows
