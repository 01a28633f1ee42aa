"""What is freed is given back, whatever the C library."""

import ctypes
import subprocess
import sys

import pytest

from haihe.run.memory import give_back, share_heaps

PROGRAM = """
import pyarrow as pa
from haihe.run.memory import give_back, share_heaps
share_heaps()
assert pa.default_memory_pool().backend_name == "system"
columns = [pa.array(range(50_000)) for _ in range(10)]
assert pa.total_allocated_bytes() > 1_000_000
del columns
give_back()
assert pa.total_allocated_bytes() == 0
"""


def test_arrow_uses_the_heaps_that_threads_share_and_gives_back() -> None:
    subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True
    )  # For a whole process, or not at all.


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    monkeypatch.setattr("pyarrow.set_memory_pool", asked.append)
    share_heaps()
    give_back()
    assert len(asked) == 1
