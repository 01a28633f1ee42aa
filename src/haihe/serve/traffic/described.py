"""What an operator wrote down of junctions, detectors and corridors, read again when it changes."""

import threading
from pathlib import Path
from typing import Final

from haihe.pack.signals import Signals

DESCRIPTION: Final = "traffic.yaml"  # In the data folder, beside haihe.toml.
SIZE_MAX: Final = 4 << 20  # Ours: bytes; a city's detectors have fewer.


class Described:
    """A pack's signals as the description says, kept until the file is another one."""

    def __init__(self) -> None:
        """Nothing read yet."""
        self._lock = threading.Lock()
        self._kept: tuple[Signals, int, Signals] | None = None

    def look(self, signals: Signals, folder: Path) -> Signals:
        """The signals of the described place, or as the pack has them where nothing is described.

        Raises ValueError naming what is wrong with the description.
        """
        path = folder / DESCRIPTION
        if not path.is_file():
            return signals
        stamp = path.stat()
        if stamp.st_size > SIZE_MAX:
            raise ValueError(f"it has {stamp.st_size} bytes; {SIZE_MAX} are allowed.")
        with self._lock:
            kept = self._kept
            if kept is None or kept[0] is not signals or kept[1] != stamp.st_mtime_ns:
                made = signals.described(path.read_text(encoding="utf-8"))
                kept = self._kept = (signals, stamp.st_mtime_ns, made)
        return kept[2]
