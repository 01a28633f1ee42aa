"""Redis: newest values as hashes, places as a geo set, in pipelines over a local socket."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from bench.city import Readings, entity_id
from bench.places import KM, NEAREST, Asked, Places
from bench.rows import Options
from bench.server import stop

NAME: Final = "Redis"
INSTALL: Final = "apt-get install redis-server"
READY_MAX_S: Final = 10.0  # Ours: it takes some milliseconds.
PIPELINE: Final = 10_000  # Ours: commands that are under way at a time.


class Client:
    """One connection; commands go out in pipelines, their answers are counted."""

    def __init__(self, line: socket.socket) -> None:
        """Speak over a connected socket."""
        self._line = line
        self._answers = line.makefile("rb")

    def pipeline(self, commands: bytes, *, count: int) -> None:
        """Send commands and wait for the answer to each; they must answer with one line.

        Raises OSError if one of them failed.
        """
        self._line.sendall(commands)
        for _ in range(count):
            answer = self._answers.readline()
            if answer[:1] not in b":+":
                raise OSError(f"Redis answered {answer[:100]!r}.")

    def ask(self, *words: object) -> list[bytes]:
        """The answer to a command, which must be a list of texts."""
        self._line.sendall(command(*words))
        size = int(self._answers.readline()[1:])
        found = []
        for _ in range(size):
            length = int(self._answers.readline()[1:])
            found.append(self._answers.read(length + 2)[:-2])
        return found


def command(*words: object) -> bytes:
    """A command as Redis reads it.

    >>> command("GET", "a")
    b'*2\\r\\n$3\\r\\nGET\\r\\n$1\\r\\na\\r\\n'
    """
    parts = [str(word).encode() for word in words]
    body = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%s" % (len(parts), body)


def ingest(options: Options, bodies: Sequence[Readings]) -> float | None:
    """Records a second into hashes, each pipeline acknowledged after its sync; None if absent."""
    sent = [(b"".join(_hashes(body)), len(body.codes)) for body in bodies]
    with _running(options) as client:
        if client is None:
            return None
        began = time.perf_counter()
        for commands, count in sent:
            client.pipeline(commands, count=count)
        return sum(count for _, count in sent) / (time.perf_counter() - began)


def live(options: Options, places: Places, *, moved: Places) -> Asked | None:
    """The questions of the live view, asked of a geo set; None if it is absent."""
    pipelines = [_geoadd(places), _geoadd(moved)]
    with _running(options, durable=False) as client:
        if client is None:
            return None
        spent = 0.0
        for sent in pipelines:  # The first loads it, the second moves everything.
            began = time.perf_counter()
            for commands, count in sent:
                client.pipeline(commands, count=count)
            spent = time.perf_counter() - began
        box_ms, near_ms = [], []
        for lon, lat in zip(moved.ask_lon.tolist(), moved.ask_lat.tolist(), strict=True):
            began = time.perf_counter()
            client.ask("GEOSEARCH", "p", "FROMLONLAT", lon, lat, "BYBOX", KM, KM, "km")
            asked = time.perf_counter()
            client.ask("GEOSEARCH", "p", "FROMLONLAT", lon, lat, "BYRADIUS", KM, "km", "ASC",
                       "COUNT", NEAREST)  # fmt: skip
            box_ms.append((asked - began) * 1e3)
            near_ms.append((time.perf_counter() - asked) * 1e3)
        return Asked(len(moved.lon) / spent, float(np.median(box_ms)), float(np.median(near_ms)))


def _hashes(body: Readings) -> Iterator[bytes]:
    columns = [column.tolist() for column in (body.observed_at, *body.numbers.values())]
    names = ("observed_at", *body.numbers)
    for code, *values in zip(body.codes.tolist(), *columns, strict=True):
        pairs = [word for pair in zip(names, values, strict=True) for word in pair]
        yield command("HSET", entity_id(body.stream, code), *pairs)


def _geoadd(places: Places) -> list[tuple[bytes, int]]:
    rows = list(enumerate(zip(places.lon.tolist(), places.lat.tolist(), strict=True)))
    return [
        (b"".join(command("GEOADD", "p", *place, number) for number, place in part), len(part))
        for part in (rows[at : at + PIPELINE] for at in range(0, len(rows), PIPELINE))
    ]


@contextmanager
def _running(options: Options, *, durable: bool = True) -> Iterator[Client | None]:
    """A server of its own on a local socket; None, and a reason told, where it cannot be."""
    program = shutil.which("redis-server")
    if not options.peers or program is None:
        options.skip(NAME, f"not installed ({INSTALL})" if options.peers else "not asked for")
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "redis.sock"
        settings = ("--port", "0", "--unixsocket", str(path), "--dir", folder, "--save", "")
        kept = ("--appendonly", "yes", "--appendfsync", "always") if durable else ()
        process = subprocess.Popen((program, *settings, *kept), stdout=subprocess.DEVNULL)
        try:
            with _connected(path) as line:
                yield Client(line)
        except OSError as error:
            options.skip(NAME, f"it does not answer ({error})")
            raise
        finally:
            stop(process)


def _connected(path: Path) -> socket.socket:
    until = time.perf_counter() + READY_MAX_S
    while True:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(path))
        except OSError:
            line.close()
            if time.perf_counter() > until:
                raise
            time.sleep(0.01)
        else:
            return line
