"""What keeps a zone's ledgers ready to be asked about the past: keepsakes, made in time."""

import logging
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from haihe.log.entry import BATCH
from haihe.log.manifest import HistoryFile
from haihe.log.sqlite import SqliteLog
from haihe.pack.contract import Pack
from haihe.run.keepsakes import forget, keepsakes
from haihe.run.recall import KEEP_EVERY, Asked, command_of

STOP_S: Final = 5.0  # Ours: a killed program is gone at once.
_log = logging.getLogger(__name__)


@dataclass
class LedgerKeeper:
    """Makes keepsakes, one program at a time, and lets them go with the records.

    folder: the data folder. packs: those that run. running: the program at work, or that was last.
    tried: packs and offsets behind which a keepsake was begun.
    """

    folder: Path
    log: SqliteLog
    packs: Sequence[Pack]
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    tried: set[tuple[str, int]] = field(default_factory=set, repr=False)

    def keep_up(self) -> None:
        """Begin to make those that are due: a question about any day then reads little."""
        for pack in self._kept():
            found = keepsakes(self.folder, pack.name)
            since = found[-1].offset if found else 0
            if self._records(pack, since) >= KEEP_EVERY:
                self._begin(pack, Asked(self.log.received_at + 1))

    def is_ready(self, files: Iterable[HistoryFile]) -> bool:
        """Whether these may expire: a keepsake stands behind them, or one could not be made.

        Else it is begun; ask again.
        """
        ready = True
        for file in files:
            for pack in self._kept():
                if all(stream.name != file.stream for stream in pack.all_streams):
                    continue
                kept = keepsakes(self.folder, pack.name)
                if any(one.offset > file.last_offset for one in kept):
                    continue
                ready = self._is_tried(pack, file.last_offset) and ready
        return ready

    def forget(self, *, before: int) -> None:
        """Keep none from before an instant (ns) but the one that stands at it."""
        forget(self.folder, before=before)

    def stop(self) -> None:
        """End what is under way; it begins anew another time."""
        if self.running is not None and self.running.poll() is None:
            self.running.kill()
            self.running.wait(STOP_S)

    def _kept(self) -> list[Pack]:
        return [pack for pack in self.packs if pack.ledger is not None]

    def _is_tried(self, pack: Pack, offset: int) -> bool:
        """Whether a keepsake behind an offset was tried for in vain; else it is begun."""
        if (pack.name, offset) in self.tried and not self._is_busy:
            _log.warning("no keepsake of '%s' could be made; its past before goes", pack.name)
            return True
        entry = self.log.entry_of(offset)
        assert entry is not None  # A history file holds what the log once held.
        if self._begin(pack, Asked(entry.header.received_at + 1, is_kept=True)):
            self.tried.add((pack.name, offset))
        return False

    @property
    def _is_busy(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def _begin(self, pack: Pack, asked: Asked) -> bool:
        """Begin to make keepsakes; False while others are being made."""
        if self._is_busy:
            return False
        self.running = subprocess.Popen(
            command_of(self.folder, pack.name, asked=asked),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return True

    def _records(self, pack: Pack, from_offset: int) -> int:
        """How many records of a pack came since an offset."""
        found = 0
        for stream in pack.all_streams:
            row = self.log.reader().execute(
                "SELECT sum(rows) FROM entry WHERE stream = ? AND kind = ? AND seq >= ?",
                (stream.name, BATCH, self.log.entry_at(from_offset)),
            )
            found += int(row.fetchone()[0] or 0)
        return found
