"""Where the recorded cases of the boards lie, and how their tables are read."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from bench.rows import Options

SHARED: Final = Path(__file__).resolve().parents[3] / "shared" / "data"


def folder(options: Options, part: str, *, mark: str = "", group: str = "sensing") -> Path | None:
    """The folder of one board's files, such as "nab"; None, with the reason told, if absent.

    ``options.data`` may be the folder that holds all boards, or the board's own.

    mark: a file or folder by which the board's own is known, whatever it is called.
    group: the folder of the shared data that holds the boards of its kind.
    """
    given = options.data or SHARED / group
    if (given / part).is_dir():
        return given / part
    if given.name == part or (mark and (given / mark).exists()):
        return given
    options.skip(part, f"no recorded data in {given}; name its folder with --data")
    return None


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """A text file, plain or packed with gzip.

    Raises OSError if it cannot be read.
    """
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            yield lines
    else:
        with path.open(encoding="utf-8", newline="") as lines:
            yield lines
