"""``haihe up`` in a process of its own, for as long as a measurement needs it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

READY_MAX_S: Final = 60.0  # Ours: a server that is not up by then never will be.
STOP_MAX_S: Final = 30.0  # Ours: it writes a snapshot before it goes.
POLL_S: Final = 0.002  # Ours: finer than what is measured.
HEALTH: Final = b"GET /api/v1/health/live HTTP/1.1\r\nhost: %s\r\nconnection: close\r\n\r\n"
MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers.

    host, port: where.
    pid: of its process.
    ready_s: from the start of the process to its first answer.
    """

    host: str
    port: int
    pid: int
    ready_s: float

    def memory_mib(self) -> float:
        """Resident memory; MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * 4096 / MIB

    def cpu_s(self) -> float:
        """CPU seconds it has used, all threads together."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextmanager
def serving(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """``haihe up`` on a data folder, on any free port of loopback, until the block ends.

    arguments: further ones, such as "--demo".
    environment: variables beside this process's own.
    Raises OSError if it does not come up.
    """
    command = (sys.executable, "-m", "haihe.cli.main", "up", "--port", "0", "--data", str(folder))
    began = time.perf_counter()
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            (*command, *arguments),
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, **(environment or {})},
        )
    try:
        address = _address(process)
        answers(address, HEALTH % address[0].encode(), within_s=READY_MAX_S)
        yield Server(*address, process.pid, time.perf_counter() - began)
    finally:
        stop(process)


def answers(address: tuple[str, int], request: bytes, *, within_s: float) -> None:
    """Return as soon as a server answers the request with success.

    Raises OSError if it does not in time.
    """
    until = time.perf_counter() + within_s
    while True:
        with suppress(OSError), socket.create_connection(address, timeout=1.0) as line:
            line.sendall(request)
            if line.recv(12).startswith(b"HTTP/1.1 2"):
                return
        if time.perf_counter() > until:
            raise OSError(f"{address[0]}:{address[1]} does not answer within {within_s:g} s.")
        time.sleep(POLL_S)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process that was started here."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_MAX_S)
    if process.poll() is None:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def free_port() -> int:
    """A port of loopback that nobody has right now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def _address(process: "subprocess.Popen[bytes]") -> tuple[str, int]:
    """Where the server says that it is up."""
    assert process.stdout is not None  # It was started with a pipe.
    for line in process.stdout:
        if b"is up: " in line:
            url = urlsplit(line.decode().partition("is up: ")[2].split()[0])
            return url.hostname or "127.0.0.1", url.port or 0
    raise OSError(f"haihe up ended with code {process.wait()} before it was up.")
