"""What changes about who may come in, handed on to the log: all of it, each once, in order."""

import asyncio
import hashlib
import logging
from typing import Final

import numpy as np

from haihe.errors import HaiheError
from haihe.model.record import Rows
from haihe.run.appending import Arrival
from haihe.run.house import PEOPLE
from haihe.run.node import Node
from haihe.serve.access import Access
from haihe.serve.access.names import key_of
from haihe.serve.access.store import Told
from haihe.serve.waiting import Answers

EVERY_S: Final = 10.0  # Ours: how late the log hears of what the command line changed.

_log = logging.getLogger(__name__)


class Moments:
    """The log's time for facts told here, no two the same, so that each answer finds its fact."""

    def __init__(self, node: Node) -> None:
        """Take the time from a node's clock."""
        self._node = node
        self._last = 0

    def next(self) -> int:
        """The log's time now, and later than any given before; ns."""
        now = max(self._node.clock.now(), self._node.log.received_at)
        self._last = max(now, self._last + 1)
        return self._last


class Witness:
    """The way from the store's ``told`` into the log."""

    def __init__(self, node: Node, access: Access, *, answers: Answers, moments: Moments) -> None:
        """Tell a node's log."""
        self._node = node
        self._access = access
        self._answers = answers
        self._moments = moments
        self._turn = asyncio.Lock()
        # A number is told once by its key; a store that is begun anew begins its numbers anew.
        self._mark = hashlib.sha256(access.store.secret()).hexdigest()[:16]

    async def tell(self) -> None:
        """Hand on whatever waits; where the log cannot be written it goes on waiting."""
        try:
            async with self._turn:
                while waiting := await asyncio.to_thread(self._access.store.told):
                    for number, told in waiting:
                        await self._hand_on(number, told)
                    await asyncio.to_thread(self._forget, waiting[-1][0])
        except HaiheError as error:
            _log.warning("the log has not heard yet of who may come in: %s", error)

    async def keep(self) -> None:
        """Hand on, and keep who was last seen when, until cancelled."""
        while True:
            await self.tell()
            await asyncio.to_thread(self._access.flush)
            await asyncio.sleep(EVERY_S)

    async def _hand_on(self, number: int, told: Told) -> None:
        texts = {"by": told.by, "what": told.what, "subject": told.subject, "detail": told.detail}
        rows = Rows(
            stream=PEOPLE.name,
            ids=(f"account/{key_of(told.subject).replace(' ', '_')}",),
            codes=np.zeros(1, dtype=np.int32),
            observed_at=np.array([self._moments.next()], dtype=np.int64),
            numbers={},
            texts={name: np.array([text], dtype=object) for name, text in texts.items()},
        )
        key = f"people {self._mark} {number}"
        await self._answers.of(self._node.submit(Arrival(rows, key=key)))

    def _forget(self, last: int) -> None:
        with self._access.store.change() as change:
            change.forget_told(last)
