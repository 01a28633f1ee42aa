"""Small files of every kind that may be attached, made by hand from their standards."""

import struct
import zlib
from typing import Final

PIXELS_DRAWN: Final = 4_000_000


def png(width: int = 2, height: int = 2, *, shade: int = 0) -> bytes:
    """A grey PNG, whole unless it claims to be huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    drawn = height if width * height <= PIXELS_DRAWN else 1
    rows = zlib.compress((b"\0" + bytes([shade]) * width) * drawn)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def jpeg(width: int = 3, height: int = 2) -> bytes:
    """The head of a JPEG: JFIF, a comment, the frame."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
        b"\xff\xfe\x00\x04ab\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"
    )


def webp(width: int = 4, height: int = 3) -> bytes:
    """The head of an extended WebP."""
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0" * 4 + sizes
    return b"RIFF" + struct.pack("<I", len(body)) + body


GIF: Final = b"GIF89a" + struct.pack("<HH", 5, 4) + b"\0\0\0;"
PDF: Final = b"%PDF-1.7\n%%EOF\n"
