"""A pack's call ends: with its answer, its error, or because it took too long."""

import sys
import threading
import time

import pytest

from haihe.run import guard
from haihe.run.guard import Guard, PackFailed, PackLate


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Guard:
    monkeypatch.setattr(guard, "CALL_LIMIT_S", 0.05)
    monkeypatch.setattr(guard, "LOOK_EVERY_S", 0.01)
    return Guard()


def forever() -> None:
    while True:
        pass


def deaf() -> str:
    """Catches everything, for longer than it may take."""
    until = time.thread_time() + 0.15
    while time.thread_time() < until:
        try:
            while time.thread_time() < until:
                pass
        except BaseException:
            continue
    return "at last"


def late_and_wrong() -> None:
    try:
        forever()
    finally:
        raise KeyError("fan")


def test_a_call_gives_what_the_function_gives() -> None:
    assert Guard().call(max, 3, 5) == 5
    assert Guard().call(int, "ff", base=16) == 255


def test_an_error_is_told_with_its_place() -> None:
    def fails() -> None:
        raise KeyError("fan")

    with pytest.raises(PackFailed, match=r"KeyError: 'fan' \(line \d+ in fails\)") as caught:
        Guard().call(fails)
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_error_of_many_words_is_cut() -> None:
    def fails() -> None:
        raise ValueError("x" * 10_000)

    with pytest.raises(PackFailed) as caught:
        Guard().call(fails)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("function", [forever, deaf, late_and_wrong])
def test_a_call_that_takes_too_long_is_late_whatever_it_does(
    impatient: Guard, function: object
) -> None:
    for _ in range(5):
        with pytest.raises(PackLate, match="did not end within"):
            impatient.call(function)  # type: ignore[arg-type]  # One of three functions.
        assert impatient.call(max, 3, 5) == 5


def test_nothing_is_raised_after_a_late_call_and_the_interpreter_is_as_before(
    impatient: Guard,
) -> None:
    with pytest.raises(PackLate):
        impatient.call(deaf)
    calls = 0

    def note(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(note)  # Hangs in CPython 3.11 if something is still on its way.
    max(3, 5)
    sys.setprofile(None)
    assert calls
    until = time.monotonic() + 0.1
    while time.monotonic() < until:
        pass


def test_a_quick_call_is_never_stopped(impatient: Guard) -> None:
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        assert impatient.call(max, 3, 5) == 5


def test_a_call_that_waits_for_its_turn_on_a_busy_machine_is_not_late(impatient: Guard) -> None:
    """What made a ledger stop under load: the limit was of the wall's time."""

    def waits() -> str:
        threading.Event().wait(guard.CALL_LIMIT_S * 3)  # As who is not given the processor.
        return "done"

    assert impatient.call(waits) == "done"


def test_a_call_that_sleeps_ends_all_the_same(
    impatient: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "PATIENCE_S", 0.05)
    with pytest.raises(PackLate):
        impatient.call(threading.Event().wait, 0.1)


def test_the_watching_thread_ends_with_its_guard(impatient: Guard) -> None:
    own = Guard()
    own.call(max, 3, 5)
    watch = own._watch
    assert isinstance(watch, threading.Thread)
    del own
    watch.join(timeout=30)
    assert not watch.is_alive()
