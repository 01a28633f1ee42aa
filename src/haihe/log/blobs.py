"""Files beside the log: each under the SHA-256 of its bytes, whole or not there at all.

A line of the log names a file; the file is written first. So what a line names was on the disk
when the line was, and a file that no line names is what a crash in between has left.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from haihe.errors import LogUnavailable

FOLDER: Final = "files"
ROOM_KEPT: Final = 1 << 30  # Ours: bytes; files never take the room that the log itself needs.
LEFT_OVER_S: Final = 86_400.0  # Ours: a day; what no line names after that, none will.
_NAME: Final = re.compile("[0-9a-f]{64}")


class Blobs:
    """The files of a data folder, by their hash."""

    def __init__(self, folder: Path, *, room_kept: int = ROOM_KEPT) -> None:
        """Keep them below a data folder.

        room_kept: bytes of the disk that stay free for the log.
        """
        self._folder = folder / FOLDER
        self._room_kept = room_kept

    def put(self, data: bytes) -> str:
        """Keep some bytes; their SHA-256 in hex. When this ends they are on the disk, whole.

        Raises LogUnavailable if there is no room for them; nothing of them is left then.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.read_bytes() == data:
                os.utime(path)  # It may be a left-over; now somebody is about to name it.
                return sha256
            free = shutil.disk_usage(path.parent).free
            if free < len(data) + self._room_kept:
                raise _no_room(f"{free} bytes are free and {self._room_kept} stay so for the log")
            _write(path, data)
        except OSError as error:
            raise _no_room(error.strerror or str(error)) from error
        return sha256

    def get(self, sha256: str) -> bytes | None:
        """The bytes of a hash; None if they are missing or are no longer those.

        Raises ValueError if it is no SHA-256 in hex.
        """
        try:
            data = self._path(sha256).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def fault(self, sha256: str, *, size: int) -> str:
        """What is wrong with the file of a hash; "" if nothing is."""
        path = self._path(sha256)
        if not path.is_file():
            return f"file {sha256} is missing; restore a backup of {FOLDER}/"
        if self.get(sha256) is None:
            return f"file {sha256} was changed: its bytes do not match its hash"
        found = path.stat().st_size
        return "" if found == size else f"file {sha256} has {found} bytes, its line says {size}"

    def sweep(self, named: Collection[str]) -> int:
        """Remove what a crash has left: files that no line names, a day after; how many went.

        named: every hash that a line of the log names.
        """
        before_s = time.time() - LEFT_OVER_S
        gone = 0
        for path in self._folder.glob("*/*"):
            if path.name not in named and path.stat().st_mtime < before_s:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _path(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise ValueError(f"'{sha256:.80}' is no SHA-256 in hex; a file has no other name.")
        return self._folder / sha256[:2] / sha256


def _write(path: Path, data: bytes) -> None:
    """Put bytes in place, on the disk, in one step; nothing is left if that fails."""
    new = path.with_name(f"{path.name}.{os.getpid()}-{time.monotonic_ns()}.part")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        _sync(folder)


def _sync(folder: Path) -> None:
    """Make a folder's names durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _no_room(found: str) -> LogUnavailable:
    return LogUnavailable(
        f"the file cannot be kept ({found}). Nothing of it was taken, and the log goes on without "
        "it. Make room on the data folder's disk; then send it again."
    )
