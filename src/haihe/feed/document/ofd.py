"""OFD (GB/T 33190), the format of Chinese official documents: text objects of each page."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from haihe.errors import RecordRefused
from haihe.feed.document.archive import Archive
from haihe.feed.document.lines import Line

ROOT: Final = "OFD.xml"
SAME_LINE_MM: Final = 1.5  # Ours: half the height of small print; objects so near are one line.
PAGES_MAX: Final = 10_000  # As for PDF.


@dataclass(frozen=True, slots=True)
class _Placed:
    """Text with the upper left corner of its box, in millimetres."""

    text: str
    x: float
    y: float


def ofd_lines(archive: Archive, *, most: int = PAGES_MAX) -> Iterator[Line]:
    """Lines of each page, from top to bottom; empty pages give none.

    most: pages.
    Raises RecordRefused if it is damaged, hostile or too long.
    """
    root = archive.xml(ROOT)
    number = 0
    for told in (one.text or "" for one in _all(root, "DocRoot")):
        entry = told.strip().lstrip("/")
        base = posixpath.dirname(entry)
        for page in _all(archive.xml(entry), "Page"):
            number += 1
            if number > most:
                raise RecordRefused(
                    f"{archive.name} has more than {most:,} pages; cut it into parts."
                )
            location = page.get("BaseLoc")
            if location:
                yield from _page(archive, _entry(base, location), number=number)


def _entry(base: str, location: str) -> str:
    """An absolute location begins with a slash; others count from the document's folder."""
    if location.startswith("/"):
        return location.lstrip("/")
    return posixpath.normpath(posixpath.join(base, location))


def _page(archive: Archive, entry: str, *, number: int) -> Iterator[Line]:
    placed = [one for one in map(_placed, _all(archive.xml(entry), "TextObject")) if one.text]
    rows: list[list[_Placed]] = []
    for one in sorted(placed, key=lambda text: (text.y, text.x)):
        if rows and abs(rows[-1][0].y - one.y) <= SAME_LINE_MM:
            rows[-1].append(one)
        else:
            rows.append([one])
    for at, row in enumerate(rows, start=1):
        text = "".join(one.text for one in sorted(row, key=lambda text: text.x))
        yield Line(text, number, at)


def _placed(element: Element) -> _Placed:
    text = "".join(one.text or "" for one in _all(element, "TextCode"))
    try:
        box = [float(one) for one in (element.get("Boundary") or "0 0 0 0").split()]
    except ValueError:
        box = []
    x, y = (*box, 0.0, 0.0)[:2]
    return _Placed(text, x, y)


def _all(root: Element, name: str) -> Iterator[Element]:
    return (one for one in root.iter() if str(one.tag).rpartition("}")[2] == name)
