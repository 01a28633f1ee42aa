"""The machine a bench runs on, and its floor: what no program on it can be faster than."""

import importlib
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from bench.city import plain_body, stream_of
from bench.rows import Machine

COPY_BYTES: Final = 64 << 20  # Ours: larger than any cache of a core.
SYNCS: Final = 400  # Ours: enough for a 99th percentile to mean something.
SYNC_BYTES: Final = 4096  # A small commit.
TRIES: Final = 5  # Ours: the best of so many stands for the machine rather than its neighbours.
JSON_ROWS: Final = 5_000  # As the bodies of the benches.
GIGA: Final = 1e9


def look_at_machine() -> Machine:
    """The machine, its load and its floors."""
    load = os.getloadavg()[0]
    syncs_ms = _sync_times_ms()
    json_gb_s, json_by = _json_floor()
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGA, 1),
        python=platform.python_version(),
        load=round(load, 2),
        memcpy_gb_s=round(_copy_gb_s(), 1),
        fdatasync_p50_ms=round(float(np.percentile(syncs_ms, 50)), 3),
        fdatasync_p99_ms=round(float(np.percentile(syncs_ms, 99)), 3),
        json_gb_s=round(json_gb_s, 2),
        json_by=json_by,
    )


def shown(machine: Machine) -> str:
    """The machine in one line."""
    return (
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb:g} GB, "
        f"Python {machine.python}, load {machine.load:g}; floors: "
        f"memcpy {machine.memcpy_gb_s:g} GB/s, fdatasync of 4 KB p50 "
        f"{machine.fdatasync_p50_ms:g} ms p99 {machine.fdatasync_p99_ms:g} ms, "
        f"JSON ({machine.json_by}) {machine.json_gb_s:g} GB/s"
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.machine()


def _best_s(work: Callable[[], object]) -> float:
    found = []
    for _ in range(TRIES):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def _copy_gb_s() -> float:
    source, target = np.ones(COPY_BYTES, np.uint8), np.zeros(COPY_BYTES, np.uint8)
    return COPY_BYTES / _best_s(lambda: np.copyto(target, source)) / GIGA


def _sync_times_ms() -> list[float]:
    """Each of many small durable appends, where the benches keep their logs; ms."""
    block = os.urandom(SYNC_BYTES)
    found = []
    with tempfile.TemporaryFile() as file:
        for _ in range(SYNCS):
            began = time.perf_counter()
            file.write(block)
            file.flush()
            os.fdatasync(file.fileno())
            found.append((time.perf_counter() - began) * 1e3)
    return found


def _json_floor() -> tuple[float, str]:
    """GB/s of plain records that are only looked through, and by what."""
    body = plain_body(stream_of(0), JSON_ROWS, seed=1)
    look, name = _json_reader()
    look(body)
    return len(body) / _best_s(lambda: look(body)) / GIGA, name


def _json_reader() -> tuple[Callable[[bytes], Any], str]:
    try:
        return importlib.import_module("simdjson").Parser().parse, "simdjson"
    except ImportError:
        return msgspec.json.Decoder(list[msgspec.Raw]).decode, "msgspec raw"
