"""A document read by a program of its own, with limits: what strangers send may be hostile.

``python -m haihe.feed.document.apart NAME PAGES CHARACTERS`` takes the file on its standard input
and gives ``Apart`` as JSON. PDFium is C++: what brings it down brings down this program alone.
"""

import resource
import sys
from typing import Final

import msgspec

from haihe.errors import RecordRefused
from haihe.feed.document.read import read_document

MEMORY_BYTES: Final = 1 << 30  # Ours: a PDF of 20 MB with pictures took 300 MB at most.
CPU_S: Final = 40  # Ours: 500 pages take some seconds; more is a trap.


class Apart(msgspec.Struct, frozen=True):
    """What came of a file: its text, or why it is refused.

    refused: "" if it was read. format: pdf, docx, ofd, html or text.
    pages: how many, from the last that has text; 0 where the format has none.
    """

    refused: str = ""
    text: str = ""
    format: str = ""
    notes: tuple[str, ...] = ()
    pages: int = 0


def read_apart(name: str, content: bytes, *, pages: int, characters: int) -> Apart:
    """A file as text, within limits on its pages and characters."""
    try:
        read = read_document(name, content, pages=pages)
    except RecordRefused as error:
        return Apart(refused=str(error))
    except (MemoryError, RecursionError):
        return Apart(refused=f"{name} takes more memory than a policy does; cut it into parts.")
    text = read.document.text
    if len(text) > characters:
        return Apart(
            refused=f"{name} has {len(text):,} characters; at most {characters:,} are read here. "
            "Cut it into parts, or use 'haihe scheme read'."
        )
    last = max((run.page for run in read.document.runs), default=0)
    return Apart("", text, read.format, read.notes, last)


def main() -> None:
    """Read, within limits on memory and time, and answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # It writes to nothing but the pipe.
    name, pages, characters = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    found = read_apart(name, sys.stdin.buffer.read(), pages=pages, characters=characters)
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
