"""留存: a ledger's states of the past in files, so that asking about a day reads a stretch alone.

A convenience like the snapshot, and bound as it is: to the log's chain and to the pack as shipped.
What fits neither is left alone, and the log is read from its beginning.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haihe.errors import LogUnavailable
from haihe.run.snapshot_file import read_snapshot, write_snapshot

FOLDER: Final = "keepsakes"  # In the data folder; it may be thrown away.
SUFFIX: Final = ".state"
FILES_MAX: Final = 200  # Ours: of one pack; a zone makes some fifty a year.
BYTES_MAX: Final = 256 << 20  # Ours: of one pack; measured 24 MB for a year of 2,200 enterprises.
# Ours: the fastest; what is told of enterprises repeats, and any level finds that.
LEVEL: Final = 1


@dataclass(frozen=True, slots=True)
class Keepsake:
    """One of them.

    offset: of the log, up to which it was read. at: the log's time then; ns.
    """

    folder: Path
    name: str
    offset: int
    at: int

    def read(self) -> bytes:
        """The state's bytes; b"" if it is not whole, or was let go meanwhile."""
        try:
            return zlib.decompress(read_snapshot(self.folder, name=self.name))
        except zlib.error:
            return b""


def keepsakes(data: Path, pack: str) -> list[Keepsake]:
    """Those of a pack in a data folder, oldest first."""
    return sorted(_found(data / FOLDER / pack), key=lambda one: one.offset)


def keep(data: Path, pack: str, *, state: bytes, offset: int, at: int) -> None:
    """Put one in place, and let one go where there are too many: the one least missed.

    state: the bytes. offset, at: as in ``Keepsake``.
    Raises LogUnavailable if the disk does not let it.
    """
    folder = data / FOLDER / pack
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogUnavailable(
            f"no keepsake can be made in {folder} ({error.strerror}); make room there."
        ) from error
    write_snapshot(folder, zlib.compress(state, LEVEL), name=f"{offset}-{at}{SUFFIX}")
    kept = keepsakes(data, pack)
    while len(kept) > 2 and (len(kept) > FILES_MAX or _bytes(kept) > BYTES_MAX):
        gaps = [after.offset - before.offset for before, after in zip(kept, kept[2:], strict=False)]
        _drop(kept.pop(gaps.index(min(gaps)) + 1))


def forget(data: Path, *, before: int) -> None:
    """Let go of those of all packs from before an instant (ns), but for the last: it stands at it.

    So what was known of whom is kept no longer than the records it was known from.
    """
    for folder in (data / FOLDER).glob("*"):
        old = [one for one in keepsakes(data, folder.name) if one.at < before]
        for one in old[:-1]:
            _drop(one)


def _found(folder: Path) -> Iterator[Keepsake]:
    for path in folder.glob(f"*{SUFFIX}"):
        offset, _, at = path.stem.partition("-")
        if offset.isdecimal() and at.isdecimal():
            yield Keepsake(folder, path.name, int(offset), int(at))


def _bytes(kept: list[Keepsake]) -> int:
    found = (one.folder / one.name for one in kept)
    return sum(path.stat().st_size for path in found if path.is_file())


def _drop(one: Keepsake) -> None:
    (one.folder / one.name).unlink(missing_ok=True)
