import threading
from collections.abc import Callable

import pytest

from haihe.errors import LogUnavailable
from haihe.run.zone import Chore, Housekeeping


def fails_then(done: threading.Event, error: Exception) -> Callable[[], None]:
    """A chore that fails the first time, and says when it was done after that."""
    tries: list[int] = []

    def do() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise error
        done.set()

    return do


@pytest.mark.parametrize(
    "error", [LogUnavailable("the disk is full"), OSError(28, "No space left on device")]
)
def test_one_moment_of_a_full_disk_does_not_end_housekeeping(error: Exception) -> None:
    done = threading.Event()
    keeping = Housekeeping((Chore(0.01, fails_then(done, error)),))
    keeping.start()
    assert done.wait(10.0)
    keeping.stop()
