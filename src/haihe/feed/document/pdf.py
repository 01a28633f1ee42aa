"""PDF by PDFium: each page's text in its lines, ruled tables in rows; scans are told as such."""

from collections.abc import Iterator
from typing import Final

from haihe.errors import RecordRefused
from haihe.feed.document.grid import rows
from haihe.feed.document.lines import CHARACTERS_MAX, Line

try:
    import pypdfium2
    import pypdfium2.raw
except ImportError:
    pypdfium2 = None

PAGES_MAX: Final = 10_000  # Ours: a minute of work; more is a mistake or an attack.


def pdf_lines(
    name: str, content: bytes, *, notes: list[str], most: int = PAGES_MAX
) -> Iterator[Line]:
    """The lines of all pages, one page at a time; only the text is kept.

    notes: takes what the reader should know, such as pages without text. most: pages.
    Raises RecordRefused if the extra is not there, or the file is damaged, encrypted, too long or
    a scan.
    """
    if pypdfium2 is None:
        raise RecordRefused(f"{name} is a PDF: pip install 'haihe[documents]' to read it.")
    try:
        file = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise RecordRefused(
            f"{name} cannot be read ({error}); it is damaged or needs a password. Open it and save "
            "it again without one."
        ) from error
    try:
        yield from _lines(name, file, notes=notes, most=most)
    finally:
        file.close()


def _lines(
    name: str, file: "pypdfium2.PdfDocument", *, notes: list[str], most: int
) -> Iterator[Line]:
    pages, empty, characters = len(file), [], 0
    if pages > most:
        raise RecordRefused(
            f"{name} has {pages:,} pages; at most {most:,} are read at once. Cut it into parts."
        )
    for number in range(1, pages + 1):
        text = _text(name, file, number=number)
        characters += len(text)
        if characters > CHARACTERS_MAX:
            raise RecordRefused(
                f"{name} has more than {CHARACTERS_MAX:,} characters by page {number}; cut it into "
                "parts."
            )
        if not text.strip():
            empty.append(number)
        for at, line in enumerate(text.splitlines(), start=1):
            yield Line(line, number, at)
    if len(empty) == pages:
        raise RecordRefused(
            f"{name} has {pages} pages and no text: it is a scan. Run character recognition first "
            "(for instance: ocrmypdf -l chi_sim IN OUT), look it through, and read that."
        )
    if empty:
        notes.append(f"no text on {_shown(empty)}: scans or pictures; what they say is not read")


def _text(name: str, file: "pypdfium2.PdfDocument", *, number: int) -> str:
    try:
        page = file[number - 1]
        words = page.get_textpage()
        text = rows(page, words, raw=pypdfium2.raw) or str(words.get_text_range())
        words.close()
        page.close()
    except pypdfium2.PdfiumError as error:
        raise RecordRefused(f"{name}, page {number}: damaged ({error}); fetch it again.") from error
    # U+FFFE is PDFium's mark for a hyphen at a line's end; U+0002 stood for it before.
    return text.replace("\ufffe", "").replace("\x02", "")


SHOWN_MAX: Final = 8  # Ours: more numbers are no help.


def _shown(numbers: list[int]) -> str:
    told = ", ".join(str(one) for one in numbers[:SHOWN_MAX])
    more = f" and {len(numbers) - SHOWN_MAX} more" if len(numbers) > SHOWN_MAX else ""
    return f"page {told}{more}"
