"""Files lie under their hash, whole or not at all; a full disk leaves nothing behind."""

import errno
import hashlib
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from haihe.errors import LogUnavailable
from haihe.log.blobs import LEFT_OVER_S, Blobs

DATA = b"a valve, closed"
NAME = hashlib.sha256(DATA).hexdigest()


def lying(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "files").rglob("*") if path.is_file())


def test_what_was_put_is_got_again_by_its_hash_and_readable_by_its_owner_alone(
    tmp_path: Path,
) -> None:
    blobs = Blobs(tmp_path)
    assert blobs.put(DATA) == blobs.put(DATA) == NAME
    assert Blobs(tmp_path).get(NAME) == DATA
    assert blobs.fault(NAME, size=len(DATA)) == ""
    (path,) = (tmp_path / "files").rglob(NAME)
    assert path.stat().st_mode & 0o777 == 0o600
    assert lying(tmp_path) == [NAME]


def test_a_changed_or_missing_file_is_told(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert "missing" in blobs.fault(NAME, size=1)
    assert blobs.get(NAME) is None
    blobs.put(DATA)
    (path,) = (tmp_path / "files").rglob(NAME)
    assert "15 bytes, its line says 3" in blobs.fault(NAME, size=3)
    path.write_bytes(b"another valve!!")
    assert "changed" in blobs.fault(NAME, size=len(DATA))
    assert blobs.get(NAME) is None
    blobs.put(DATA)  # Whoever has it sends it again, and it is whole.
    assert blobs.get(NAME) == DATA


@pytest.mark.parametrize("name", ["", "..", "../haihe.db", NAME.upper(), NAME + "\n", "0" * 63])
def test_nothing_but_a_hash_leads_to_a_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        Blobs(tmp_path).get(name)


def test_files_never_take_the_room_that_the_log_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 5, 2_000_000))
    with pytest.raises(LogUnavailable, match="2000000 bytes are free"):
        Blobs(tmp_path).put(DATA)
    assert lying(tmp_path) == []
    Blobs(tmp_path, room_kept=1_000_000).put(DATA)


def test_a_disk_that_fills_up_halfway_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LogUnavailable, match="No space left on device"):
        Blobs(tmp_path).put(DATA)
    assert lying(tmp_path) == []


def test_what_no_line_names_is_swept_a_day_after(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    named, left = blobs.put(b"named"), blobs.put(b"left behind")
    torn = tmp_path / "files" / left[:2] / f"{left}.1-1.part"
    torn.write_bytes(b"le")
    assert blobs.sweep({named}) == 0
    for path in (tmp_path / "files").rglob("*"):
        old = path.stat().st_mtime - LEFT_OVER_S - 1
        os.utime(path, (old, old))
    blobs.put(b"left behind")  # Somebody sends it again, and is about to name it.
    assert blobs.sweep({named}) == 1
    assert lying(tmp_path) == sorted([named, left])
