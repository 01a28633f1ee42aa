"""Traditional letters to simplified ones, one for one, and the encoding of old text files."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from haihe.errors import RecordRefused

try:
    from opencc import OpenCC
except ImportError:
    OpenCC = None  # type: ignore[assignment,misc]  # The extra ``documents`` is not there.

FOLDS: Final = OpenCC is not None
LETTERS_MAX: Final = 65_536  # Of Unicode's basic plane; each is asked for once.
HAN: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
SAMPLE_BYTES: Final = 200_000  # Ours: so much tells the encoding of the rest.
# The frequent half of each standard's letters: GB/T 2312 level 1 and Big5 level 1.
FREQUENT: Final = {
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "big5hkscs": ("big5", range(0xA4, 0xC7)),
}
LIKELY: Final = 0.6  # Ours: true texts have 0.95 and more, what is read wrongly 0.2 to 0.5.
CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
CONTROL_MAX: Final = 0.001  # Ours: a text has none; a program or a picture is full of them.


def letters_of(text: str) -> Mapping[int, int]:
    """Traditional to simplified for the letters of a text; empty if the extra is not there."""
    if not FOLDS:
        return {}
    pairs = ((ord(letter), _simplified(letter)) for letter in set(HAN.findall(text)))
    return {before: after for before, after in pairs if before != after}


@lru_cache(maxsize=LETTERS_MAX)
def _simplified(letter: str) -> int:
    folded = _converter().convert(letter)
    return ord(folded) if len(folded) == 1 else ord(letter)


@lru_cache(maxsize=1)
def _converter() -> "OpenCC":
    return OpenCC("t2s")


def decode(name: str, content: bytes, *, declared: str = "") -> str:
    """A text from bytes in UTF-8, UTF-16, GB 18030 (with GBK and GB 2312) or Big5.

    declared: what a page says it is; used if it fits.
    Raises RecordRefused if it is none of them, or no text.
    """
    text = _decoded(name, content, declared=declared)
    if len(CONTROL.findall(text)) > CONTROL_MAX * len(text):
        raise RecordRefused(
            f"{name} is no text: it is full of control characters. Give PDF, DOCX, OFD, HTML or "
            "text."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(name: str, content: bytes, *, declared: str) -> str:
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return _strict(name, content, encoding=encoding)
    for encoding in ("utf-8", *({declared} - {""})):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    sample = content[:SAMPLE_BYTES]
    likely = {encoding: _likelihood(sample, encoding) for encoding in FREQUENT}
    best = max(likely, key=lambda one: likely[one])
    if likely[best] < LIKELY:
        raise RecordRefused(
            f"{name} is neither UTF-8 nor GB 18030 nor Big5; save it as UTF-8 and read it again."
        )
    return _strict(name, content, encoding=best)


def _likelihood(sample: bytes, encoding: str) -> float:
    """The share of letters that are of the encoding's frequent half; 0 if there are none."""
    letters = HAN.findall(sample.decode(encoding, errors="ignore"))
    narrow, frequent = FREQUENT[encoding]
    found = sum(
        letter.encode(narrow, errors="ignore")[:1] in _firsts(frequent) for letter in letters
    )
    return found / len(letters) if letters else 0.0


@lru_cache(maxsize=4)
def _firsts(frequent: range) -> frozenset[bytes]:
    return frozenset(bytes([one]) for one in frequent)


def _strict(name: str, content: bytes, *, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RecordRefused(
            f"{name} looks like {encoding}, but byte {error.start} is not; it is damaged or "
            "mixed. Save it as UTF-8."
        ) from error
