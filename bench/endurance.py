"""Whether ``haihe up --demo`` grows while its console is open: memory, disk, and the next start.

The zone's clock runs as fast as the machine lets it. Meanwhile questions are asked as an open
console asks them, and somebody listens to events who hardly reads.
"""

import http.client
import itertools
import os
import signal
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.rows import Figure, Options, Row, row
from bench.server import Server, serving
from haihe.model.time import DAY, HOUR

LASTS_S, QUICK_S = 1_200.0, 30.0  # Ours: some 20 hours of the zone on two free cores; half of one.
WARM: Final = 0.5  # Ours: of the time, until caches are full; the slope is of the rest.
EVERY_S: Final = 2.0
SPEED: Final = "240"  # Ours: more than a machine of two cores reaches, so that it goes as it can.
GOAL_MIB: Final = 350.0  # Ours: a twentieth of a small server's memory.
GOAL_READY_S: Final = 5.0  # Ours: seconds, also after a death.
LATE_S: Final = 1.0  # Between the few bytes that the slow listener reads.
API: Final = "/api/v1"
JUNCTION: Final = "junction/J0101"
# What pages ask for, and how often, s: as the console does, from several at once.
ASKED: Final = (
    (5.0, ("/health", "/cases?state=open", "/orders")),
    (10.0, ("/vitals", "/alarms/report")),
    (2.0, ("/traffic/room", f"/traffic/room/junctions/{JUNCTION}")),
    (2.0, (f"/traffic/junctions/{JUNCTION}/lights", "/traffic/roadside/spat")),
    (5.0, (f"/traffic/charts/coordination?entity={JUNCTION}&phase=2",)),
    (5.0, (f"/traffic/charts/junction?entity={JUNCTION}",)),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment: the zone's time, ns; resident memory, MiB; the log's file, MB."""

    now: int
    memory_mib: float
    disk_mb: float


def run(options: Options) -> list[Row]:
    """Rows of memory after so many hours of the zone, its slope, the disk, and a start after."""
    lasts_s = QUICK_S if options.quick else LASTS_S
    options.say(f"a demonstration for {lasts_s / 60:g} min with its console open")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with serving(folder, "--demo", "--speed", SPEED) as server:
            samples = watched(server, folder / "demo", lasts_s=lasts_s)
            os.kill(server.pid, signal.SIGKILL)  # As a power cut would.
        with serving(folder, "--demo", "--speed", SPEED) as again:
            ready_s, ready_cpu_s = again.ready_s, again.cpu_s()
    hours = (samples[-1].now - samples[0].now) / HOUR
    case = f"haihe up --demo, {hours:.1f} zone-hours, console open"
    return [
        row(
            "endurance", Figure(case, "memory at the end", "MiB", samples[-1].memory_mib, GOAL_MIB)
        ),
        row(
            "endurance",
            Figure(case, "memory, slope of the last half", "MiB/zone-h", slope(samples)),
        ),
        row("endurance", Figure(case, "disk", "MB/zone-day", disk(samples))),
        row("endurance", Figure(case, "ready again after kill -9", "s", ready_s, GOAL_READY_S)),
        row("endurance", Figure(case, "the same, processor's time", "s", ready_cpu_s)),
    ]


def watched(server: Server, folder: Path, *, lasts_s: float) -> list[Sample]:
    """Samples of a server that is asked all the while."""
    ended = threading.Event()
    asking = [
        threading.Thread(target=_ask, args=(server, ended), kwargs={"every_s": s, "paths": paths})
        for s, paths in ASKED
    ]
    asking.append(threading.Thread(target=_dawdle, args=(server, ended)))
    for thread in asking:
        thread.start()
    until = time.monotonic() + lasts_s
    samples = []
    while time.monotonic() < until:
        ended.wait(EVERY_S)
        samples.append(Sample(_zone_time(folder), server.memory_mib(), _disk_mb(folder)))
    ended.set()
    for thread in asking:
        thread.join()
    return samples


def slope(samples: Sequence[Sample]) -> float:
    """MiB that an hour of the zone adds, once caches are full; by least squares."""
    late = samples[int(len(samples) * WARM) :]
    hours = np.array([one.now for one in late], dtype=np.float64) / HOUR
    memory = np.array([one.memory_mib for one in late])
    return float(np.polyfit(hours - hours[0], memory, 1)[0])


def disk(samples: Sequence[Sample]) -> float:
    """MB that a day of the zone adds to the log's file, before anything of it is sealed."""
    first, last = samples[0], samples[-1]
    return (last.disk_mb - first.disk_mb) * DAY / (last.now - first.now)


def _ask(server: Server, ended: threading.Event, *, every_s: float, paths: Sequence[str]) -> None:
    """Ask for these, one after another and then again, until it is over."""
    for path in itertools.cycle(paths):
        with suppress(OSError, http.client.HTTPException):
            line = http.client.HTTPConnection(server.host, server.port, timeout=60)
            with closing(line):
                line.request("GET", API + path)
                line.getresponse().read()
        if ended.wait(every_s / len(paths)):
            return


def _dawdle(server: Server, ended: threading.Event) -> None:
    """Listen to events and hardly read; come back when the server has had enough."""
    while not ended.is_set():
        with suppress(OSError), socket.create_connection((server.host, server.port), 5.0) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            line.sendall(f"GET {API}/events HTTP/1.1\r\nhost: {server.host}\r\n\r\n".encode())
            while line.recv(256) and not ended.wait(LATE_S):
                pass


def _zone_time(folder: Path) -> int:
    """The time of the log's last entry; ns."""
    with closing(_log(folder)) as db:
        found = db.execute("SELECT received_at FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    return int(found[0])


def _disk_mb(folder: Path) -> float:
    """What the log's pages take, folded or not."""
    with closing(_log(folder)) as db:
        pages, size = (
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
        )
    return float(pages * size / 1e6)


def _log(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{folder / 'haihe.db'}?mode=ro", uri=True)
