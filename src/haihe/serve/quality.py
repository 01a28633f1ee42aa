"""What the server keeps of alarms for its reports: a book that goes on, and one trial at a time."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from haihe.errors import Overloaded
from haihe.log.sqlite import SqliteLog
from haihe.run.alarms import AlarmBook, AlarmReader

RETRY_S: Final = 10  # Ours: about how long a trial over a week takes.


class Quality:
    """The book of alarms of one log, and the right to try something on its records."""

    def __init__(self, log: SqliteLog) -> None:
        """Begin with nothing read."""
        self._reader = AlarmReader(log)
        self._reading = threading.Lock()
        self._trying = asyncio.Lock()

    def look(
        self, sees: Callable[[str, str], bool], *, whole: bool = False
    ) -> tuple[AlarmBook, bool]:
        """The book as far as it is read, and whether that is all; from any thread.

        sees: (rule, entity) to whether they are meant.
        whole: whether to wait until all is read; else a long log is read over several looks.
        """
        with self._reading:
            is_all = self._reader.look()
            while whole and not is_all:
                is_all = self._reader.look()
            return self._reader.book.of(sees), is_all

    @asynccontextmanager
    async def trial(self) -> AsyncIterator[None]:
        """The right to run a rule on what was recorded: it costs a core, so one at a time may.

        Raises Overloaded while somebody else's runs.
        """
        if self._trying.locked():
            raise Overloaded(
                f"another trial runs on the records; ask again in {RETRY_S} s.",
                retry_after_s=RETRY_S,
            )
        async with self._trying:
            yield
