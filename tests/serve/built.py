"""The built console: where it is, and what to do where it is not."""

from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest

CONSOLE: Final = Path(str(files("haihe.serve") / "console"))
needs_console: Final = pytest.mark.skipif(
    not (CONSOLE / "index.html").is_file(),
    reason="the console is not built; 'pip install --editable .' builds it",
)
