"""Where the recorded data lies that some tests hold the code against."""

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
ABSENT: Final = "no recorded data: set HAIHE_DATA to its folder, or put it at ../shared/data"


def data_dir() -> Path | None:
    """The folder of recorded data: ``HAIHE_DATA``, else ``../shared/data``; None without either."""
    named = os.environ.get("HAIHE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None
