"""Word documents (ISO/IEC 29500): paragraphs and table rows in their order."""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from haihe.feed.document.archive import Archive
from haihe.feed.document.lines import Line

MAIN: Final = "word/document.xml"
NOTES: Final = ("word/footnotes.xml", "word/endnotes.xml")
# Deleted and moved-away text, field codes, and what is said again for old programs.
LEFT_OUT: Final = frozenset(("del", "moveFrom", "instrText", "Fallback", "delText", "pPr", "rPr"))
BREAKS: Final = frozenset(("br", "cr", "tab"))


def docx_lines(archive: Archive) -> Iterator[Line]:
    """A line for each paragraph and each row of a table, then the notes.

    Raises RecordRefused if it is damaged or hostile.
    """
    number = 0
    for entry in (MAIN, *(one for one in NOTES if one in archive.entries)):
        for text in _blocks(archive.xml(entry)):
            number += 1
            yield Line(text, 0, number)


def _blocks(root: Element) -> Iterator[str]:
    """Texts of paragraphs; tabs between cells. No recursion, for the depth is the writer's."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        name = _name(element)
        if name == "p":
            yield _text(element)
        elif name == "tr":
            yield "\t".join(_cells(element))
        elif name not in LEFT_OUT:
            waiting.extend(reversed(element))


def _cells(row: Element) -> Iterator[str]:
    for cell in row:
        if _name(cell) == "tc":
            yield " ".join(filter(None, (text.strip() for text in _blocks(cell))))


def _text(paragraph: Element) -> str:
    parts: list[str] = []
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        name = _name(element)
        if name == "t":
            parts.append(element.text or "")
        elif name in BREAKS:
            parts.append(" ")
        elif name not in LEFT_OUT:
            waiting.extend(reversed(element))
    return "".join(parts)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
