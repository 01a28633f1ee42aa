"""What may be attached to an order or a case: told by its bytes, never by what its sender says.

Photos (JPEG, PNG, WebP, GIF), PDF and plain text. Everything else is refused with the reason.
"""

import re
import struct
import unicodedata
from typing import Final

from haihe.errors import RecordRefused

FILE_BYTES_MAX: Final = 10 << 20  # Ours: ten photos of a phone after the page has shrunk them.
PIXELS_MAX: Final = 64_000_000  # Ours: no phone takes more; a few bytes may claim any number.
NAME_MAX: Final = 120  # Ours: characters; a name is one line on a phone.
SUFFIXES: Final = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "application/pdf": (".pdf",),
    "text/plain": (".txt", ".log", ".csv", ".md"),
}
IMAGES: Final = frozenset(kind for kind in SUFFIXES if kind.startswith("image/"))
# What people most often send by mistake, by its first bytes.
_REFUSED: Final = (
    (b"MZ", "a program for Windows"),
    (b"\x7fELF", "a program"),
    (b"PK\x03\x04", "a ZIP archive or an office document; send a PDF of it"),
    (b"\xd0\xcf\x11\xe0", "an old office document; send a PDF of it"),
    (b"\x1f\x8b", "a packed archive"),
    (b"#!", "a script"),
)
_HEIC: Final = re.compile(rb"....ftyp(heic|heix|hevc|mif1|avif)", re.DOTALL)
_MARKUP: Final = re.compile(rb"\s*<(!doctype|\?xml|html|svg|script|head|body)", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Start of frame: every one but those of other tables (ITU-T T.81, B.1.1.3).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def kind_of(data: bytes) -> str:
    """The media type of some bytes.

    Raises RecordRefused saying what they are instead, or what is wrong with them.
    """
    if not data:
        raise RecordRefused("the file is empty; take the photo again.")
    if len(data) > FILE_BYTES_MAX:
        raise RecordRefused(f"the file has {len(data)} bytes; at most {FILE_BYTES_MAX} are taken.")
    for kind, size in _images(data):
        if size is None:
            raise RecordRefused(f"the {kind} is cut off: it does not say how large it is.")
        if not 0 < size[0] * size[1] <= PIXELS_MAX:
            raise RecordRefused(
                f"the image is {size[0]} x {size[1]}; at most {PIXELS_MAX} pixels are taken."
            )
        return kind
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    return _text(data)


def file_name(sent: str, media_type: str) -> str:
    """What a file is called from here on: one line, no path, an ending that fits what it is.

    >>> file_name("../../etc/passwd", "text/plain"), file_name("photo.jpg.exe", "image/jpeg")
    ('passwd.txt', 'photo.jpg.exe.jpg')
    """
    text = unicodedata.normalize("NFC", sent).replace("\\", "/").rpartition("/")[2]
    kept = "".join(one for one in text if unicodedata.category(one)[0] != "C")
    name = re.sub(r'[\s"<>|:*?]+', " ", kept).strip(" .") or "file"
    suffixes = SUFFIXES[media_type]
    if not name.lower().endswith(suffixes):
        name += suffixes[0]
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[: NAME_MAX - len(suffix) - 1]}{dot}{suffix}"


def _images(data: bytes) -> list[tuple[str, tuple[int, int] | None]]:
    """The kind of image, and its width and height as its head says, None if that is cut off."""
    if data.startswith(b"\xff\xd8\xff"):
        return [("image/jpeg", _jpeg_size(data))]
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        is_whole = data[12:16] == b"IHDR" and len(data) >= 24
        return [("image/png", struct.unpack(">II", data[16:24]) if is_whole else None)]
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return [("image/gif", struct.unpack("<HH", data[6:10]) if len(data) >= 10 else None)]
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return [("image/webp", _webp_size(data))]
    return []


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG, from its first frame; ITU-T T.81, B.2.2."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8:  # Without a length.
            place += 1 if marker == 0xFF else 2
        elif marker in _FRAMES:
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        else:
            place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4], "big"))
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a WebP; RFC 9649, sections 2.5 to 2.7."""
    if len(data) < 30:
        return None
    if data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if data[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _text(data: bytes) -> str:
    """Plain text in UTF-8.

    Raises RecordRefused if it is anything else.
    """
    for head, what in _REFUSED:
        if data.startswith(head):
            raise RecordRefused(f"this is {what}. {_TAKEN}")
    if _HEIC.match(data):
        raise RecordRefused(
            "this is a HEIC or AVIF photo, which few screens show. Set the camera to 'most "
            "compatible' (JPEG), or take it from the field page."
        )
    if _MARKUP.match(data):
        raise RecordRefused(f"this is a web page or an SVG, which may hold scripts. {_TAKEN}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordRefused(f"this is no kind of file that is taken. {_TAKEN}") from error
    if _CONTROL.search(text):
        raise RecordRefused(f"this is no plain text: it holds control characters. {_TAKEN}")
    return "text/plain"


_TAKEN: Final = "Photos (JPEG, PNG, WebP, GIF), PDF and plain text in UTF-8 are taken."
