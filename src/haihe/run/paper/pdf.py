"""A case as PDF; what draws it is loaded when the first paper is asked for."""

import importlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from haihe.run.paper.gather import Paper

# TrueType fonts with Chinese where Debian, Ubuntu, Fedora and openKylin put them.
KNOWN_FONTS: Final = (
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/usr/share/fonts/wqy-microhei/wqy-microhei.ttc"),
    Path("/usr/share/fonts/wqy-zenhei/wqy-zenhei.ttc"),
    Path("/usr/share/fonts/truetype/arphic/uming.ttc"),
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
)


def pdf_of(paper: Paper, *, language: str, font: str = "") -> bytes:
    """A paper as PDF.

    language: "zh" or "en".
    font: file of a TrueType font to embed; "" for one that is known and there, else the reader's.
    Raises PackInvalid if the font cannot be used.
    """
    drawing: Any = _drawing()
    made: bytes = drawing.draw(paper, language=language, font=Path(font) if font else known_font())
    return made


@cache
def known_font() -> Path | None:
    """A font with Chinese that this machine has and that can be embedded; None if it has none."""
    return next((path for path in KNOWN_FONTS if path.is_file()), None)


@cache
def _drawing() -> Any:
    """The module that draws; reportlab takes time and memory that few starts need."""
    return importlib.import_module("haihe.run.paper.draw")
