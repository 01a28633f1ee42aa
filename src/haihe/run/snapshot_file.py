"""The file of a snapshot: put in place whole or not at all, and read only if it is whole."""

import hashlib
import os
from pathlib import Path
from typing import Final

from haihe.errors import LogUnavailable

FILE_NAME: Final = "snapshot.bin"
HASH_BYTES: Final = 32  # Of SHA-256, in front of what it is of.


def write_snapshot(folder: Path, data: bytes, *, name: str = FILE_NAME) -> None:
    """Put a snapshot in place of the last one; a crash leaves one of the two.

    name: of its file, where it is not the one a start reads.
    Raises LogUnavailable if the disk does not let it; the last one then stays.
    """
    new = folder / f"{name}.new"
    try:
        with new.open("wb") as file:
            file.write(hashlib.sha256(data).digest() + data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / name)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise LogUnavailable(
            f"no snapshot could be written ({error.strerror}); make room on {folder}."
        ) from error


def read_snapshot(folder: Path, *, name: str = FILE_NAME) -> bytes:
    """What was written last; b"" if there is none, or it is not whole."""
    try:
        data = (folder / name).read_bytes()
    except OSError:
        return b""
    told, kept = data[:HASH_BYTES], data[HASH_BYTES:]
    return kept if hashlib.sha256(kept).digest() == told else b""
