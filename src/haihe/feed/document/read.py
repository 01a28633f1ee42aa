"""A file's bytes to a document; what format it is, the bytes say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from haihe.decide.extract.document import Document
from haihe.errors import RecordRefused
from haihe.feed.document.archive import Archive
from haihe.feed.document.docx import MAIN, docx_lines
from haihe.feed.document.html import declared_encoding, html_lines
from haihe.feed.document.letters import FOLDS, decode
from haihe.feed.document.lines import Line, compose
from haihe.feed.document.ofd import ROOT, ofd_lines
from haihe.feed.document.pdf import PAGES_MAX, pdf_lines

BYTES_MAX: Final = 200_000_000  # Ours: a PDF of 10,000 pages with pictures; more is no text.
HEAD_BYTES: Final = 1024  # PDF 1.7, annex H.3.4.1: the header is within the first 1024 bytes.
HTML: Final = re.compile(
    r"<(?:!doctype html|html|head|body|p|div|table|meta|span)\b", re.IGNORECASE
)
# What is met, and what to do instead.
STRANGE: Final = (
    (b"\xd0\xcf\x11\xe0", "a Word 97-2003 or WPS file; open it and save it as DOCX"),
    (b"{\\rtf", "an RTF file; open it and save it as DOCX"),
    (b"\x89PNG", "a picture; run character recognition first"),
    (b"\xff\xd8\xff", "a picture; run character recognition first"),
    (b"II*\x00", "a picture; run character recognition first"),
    (b"MM\x00*", "a picture; run character recognition first"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it"),
    (b"\x1f\x8b", "a gzip file; unpack it"),
)


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document, and what its reader should know.

    format: pdf, docx, ofd, html or text.
    notes: such as pages without text.
    """

    document: Document
    format: str
    notes: tuple[str, ...]


def read_document(name: str, content: bytes, *, pages: int = PAGES_MAX) -> ReadDocument:
    """A document from the bytes of a file.

    pages: at most so many, where the format has pages.
    Raises RecordRefused if it is too large, empty, damaged, hostile, encrypted, a scan without text
    or of a format that is not read; the message says what to do.
    """
    if len(content) > BYTES_MAX:
        raise RecordRefused(
            f"{name} has {len(content):,} bytes; at most {BYTES_MAX:,} are read. Cut it into parts."
        )
    for sign, told in STRANGE:
        if content.startswith(sign):
            raise RecordRefused(f"{name} is {told}.")
    notes: list[str] = []
    kind, lines, joined = _lines(name, content, notes=notes, pages=pages)
    document = compose(name, lines, joined=joined)
    if not document.text.strip():
        raise RecordRefused(f"{name} has no text; see whether it is the right file.")
    if not FOLDS:
        notes.append("traditional letters are not folded: pip install 'haihe[documents]'")
    return ReadDocument(document, kind, tuple(notes))


def _lines(
    name: str, content: bytes, *, notes: list[str], pages: int
) -> tuple[str, list[Line], bool]:
    """The format, the lines, and whether they are those of a layout."""
    if b"%PDF-" in content[:HEAD_BYTES]:
        return "pdf", list(pdf_lines(name, content, notes=notes, most=pages)), True
    if content.startswith(b"PK"):
        with Archive(name, content) as archive:
            return _unpacked(archive, pages=pages)
    text = decode(name, content, declared=declared_encoding(content))
    if HTML.search(text[:HEAD_BYTES]):
        return "html", list(html_lines(name, text)), False
    return "text", list(_plain(text)), True


def _unpacked(archive: Archive, *, pages: int) -> tuple[str, list[Line], bool]:
    if MAIN in archive.entries:
        return "docx", list(docx_lines(archive)), False
    if ROOT in archive.entries:
        lines = list(ofd_lines(archive, most=pages))
        if not lines:
            raise RecordRefused(
                f"{archive.name} has no text on any page: it is a scan. Run character recognition "
                "first, and read what it gives."
            )
        return "ofd", lines, True
    shown = ", ".join(sorted(archive.entries)[:3])
    raise RecordRefused(
        f"{archive.name} is a zip file ({shown} ...) but neither DOCX nor OFD; unpack it, or save "
        "the document as one of them."
    )


def _plain(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), start=1):
        yield Line(line, 0, number)
