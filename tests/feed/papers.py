"""Small documents made by hand, in each format that is read."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from itertools import pairwise

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFD = "http://www.ofdspec.org/2016"


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    """A zip file of these entries."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return kept.getvalue()


def docx(body: str, *, head: str = "", more: Mapping[str, str] | None = None) -> bytes:
    """A Word document with this body in WordprocessingML (prefix w)."""
    main = f'<?xml version="1.0" encoding="UTF-8"?>{head}<w:document xmlns:w="{WORD}"><w:body>'
    return zipped({"word/document.xml": f"{main}{body}</w:body></w:document>", **(more or {})})


def paragraph(*runs: str) -> str:
    """A paragraph of WordprocessingML."""
    return "<w:p>" + "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def ofd(pages: Sequence[Sequence[tuple[float, float, str]]]) -> bytes:
    """An OFD with text objects at (x, y) in millimetres on each page."""
    entries = {
        "OFD.xml": f'<ofd:OFD xmlns:ofd="{OFD}"><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml'
        "</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    }
    listed = []
    for number, objects in enumerate(pages):
        listed.append(f'<ofd:Page ID="{number}" BaseLoc="Pages/P{number}/Content.xml"/>')
        told = "".join(
            f'<ofd:TextObject Boundary="{x} {y} 150 6"><ofd:TextCode>{text}</ofd:TextCode>'
            "</ofd:TextObject>"
            for x, y, text in objects
        )
        entries[f"Doc_0/Pages/P{number}/Content.xml"] = (
            f'<ofd:Page xmlns:ofd="{OFD}"><ofd:Content><ofd:Layer>{told}</ofd:Layer>'
            "</ofd:Content></ofd:Page>"
        )
    entries["Doc_0/Document.xml"] = (
        f'<ofd:Document xmlns:ofd="{OFD}"><ofd:Pages>{"".join(listed)}</ofd:Pages></ofd:Document>'
    )
    return zipped(entries)


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF of lines in a Chinese font that is not embedded, as office programs of old wrote it."""
    shown = (
        " T* ".join(f"<{line.encode('utf-16-be').hex()}> Tj" for line in lines) for lines in pages
    )
    return drawn([f"BT /F1 12 Tf 20 TL 60 780 Td {one} ET" if one else "" for one in shown])


def placed(x: float, y: float, text: str) -> str:
    """A word at a place, in points."""
    return f"BT /F1 12 Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET"


def ruled(xs: Sequence[float], ys: Sequence[float]) -> str:
    """A grid of lines, each cell as a frame of its own."""
    return " ".join(
        f"{left} {low} {right - left} {high - low} re S"
        for left, right in pairwise(xs)
        for low, high in pairwise(ys)
    )


def drawn(pages: Sequence[str]) -> bytes:
    """A PDF of pages as they are drawn."""
    count = len(pages)
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(count))
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {count} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        "/DescendantFonts [4 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /CIDSystemInfo "
        "<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor << /Type "
        "/FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900] "
        "/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> >>",
    ]
    for at, content in enumerate(pages):
        parts.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {6 + 2 * at} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        parts.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    return _file(parts)


def _file(parts: Sequence[str]) -> bytes:
    """Numbered objects with their table."""
    kept, starts = "%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        starts.append(len(kept))
        kept += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    size = len(parts) + 1
    return (
        f"{kept}xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>"
        f"\nstartxref\n{len(kept)}\n%%EOF\n"
    ).encode("latin-1")
