"""What may be attached is told by its bytes; the rest is refused with the reason."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haihe.errors import RecordRefused
from haihe.feed.attachment import FILE_BYTES_MAX, NAME_MAX, SUFFIXES, file_name, kind_of
from tests.pictures import GIF, PDF, jpeg, png, webp


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (webp(), "image/webp"),
        (GIF, "image/gif"),
        (PDF, "application/pdf"),
        ("阀门已关\r\n".encode(), "text/plain"),
        (b"\xef\xbb\xbfwith a mark", "text/plain"),
    ],
)
def test_a_kind_is_told_by_its_bytes(data: bytes, kind: str) -> None:
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"MZ\x90\0", "Windows"),
        (b"\x7fELF\x02", "program"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"#!/bin/sh\n", "script"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"  <!DOCTYPE html><p>", "web page"),
        (b"<svg onload=alert(1)>", "SVG"),
        (b"<?xml version='1.0'?>", "SVG"),
        ("阀门".encode("gbk"), "UTF-8"),
        (b"text\0with a zero", "control"),
        (b"\x1b[31mred", "control"),
        (jpeg()[:20], "cut off"),
        (png()[:20], "cut off"),
        (b"GIF89a\x05", "cut off"),
        (b"RIFF\0\0\0\0WEBP", "cut off"),
        (png(60_000, 60_000), "pixels"),
        (jpeg(65_535, 65_535), "pixels"),
        (png(0, 3), "pixels"),
        (b"a" * (FILE_BYTES_MAX + 1), "at most"),
    ],
)
def test_whatever_else_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(RecordRefused, match=why):
        kind_of(data)


def test_a_jpeg_says_its_size_behind_whatever_stands_before_the_frame() -> None:
    padded = jpeg().replace(b"\xff\xc0", b"\xff\xff\xff\xc0", 1)
    assert kind_of(padded) == "image/jpeg"
    endless = b"\xff\xd8\xff\xe1" + struct.pack(">H", 0) + b"\xff\xe1\0\0" * 50
    with pytest.raises(RecordRefused, match="cut off"):
        kind_of(endless)


@given(head=st.sampled_from([b"\xff\xd8\xff", png()[:16], b"GIF89a", b"RIFF"]), rest=st.binary())
def test_no_bytes_whatever_break_it(head: bytes, rest: bytes) -> None:
    with contextlib.suppress(RecordRefused):
        assert kind_of(head + rest) in SUFFIXES


@pytest.mark.parametrize(
    ("sent", "kind", "name"),
    [
        ("valve.jpg", "image/jpeg", "valve.jpg"),
        ("阀门 3.JPEG", "image/jpeg", "阀门 3.JPEG"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Windows\\..\\boot.ini", "text/plain", "boot.ini.txt"),
        ("photo.jpg.exe", "image/jpeg", "photo.jpg.exe.jpg"),
        ("invoice\u202egpj.exe", "image/png", "invoicegpj.exe.png"),
        ("a\r\nset-cookie: x.pdf", "application/pdf", "aset-cookie x.pdf"),
        ("...", "image/webp", "file.webp"),
        ("", "image/gif", "file.gif"),
        ("x" * 500 + ".png", "image/png", "x" * (NAME_MAX - 4) + ".png"),
    ],
)
def test_a_name_is_one_line_without_a_path_and_fits_its_kind(
    sent: str, kind: str, name: str
) -> None:
    assert file_name(sent, kind) == name


@given(sent=st.text(max_size=300), kind=st.sampled_from(sorted(SUFFIXES)))
def test_whatever_a_file_was_called_its_name_is_harmless(sent: str, kind: str) -> None:
    name = file_name(sent, kind)
    assert 0 < len(name) <= NAME_MAX
    assert name.isprintable()
    assert not set('/\\"<>|:*?') & set(name)
    assert name.lower().endswith(SUFFIXES[kind])
    assert not name.startswith(".")
