"""Large answers shared by all who ask the same at about the same time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

R = TypeVar("R")
KEPT_S: Final = 0.5  # Ours: half of the second after which a screen asks again.
KEPT_MOST: Final = 256  # Ours: views of a city that people look at within half a second.


class Shared(Generic[R]):
    """Answers under way or just given, by what was asked and what of it one may see.

    A small answer is made anew for each, so that who has just sent something sees it at once.
    """

    def __init__(self, is_large: Callable[[R], bool], *, kept_s: float = KEPT_S) -> None:
        """Keep what is large for a while."""
        self._is_large = is_large
        self._kept_s = kept_s
        self._kept: dict[Hashable, tuple[float, R]] = {}
        self._making: dict[Hashable, asyncio.Lock] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[R]]) -> R:
        """The answer for a key: one that was just given, or a new one.

        Of many who ask for one that is kept, one makes it and the others wait for it.
        """
        known = self._fresh(key)
        if known is not None:
            return known[1]
        lock = self._making.get(key)
        if lock is None:
            return await self._make(key, make)
        async with lock:
            known = self._fresh(key)
            return known[1] if known is not None else await self._make(key, make)

    def _fresh(self, key: Hashable) -> tuple[float, R] | None:
        known = self._kept.get(key)
        return known if known is not None and time.monotonic() < known[0] else None

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[R]]) -> R:
        made = await make()
        if self._is_large(made):
            if len(self._kept) >= KEPT_MOST:
                self._kept.clear()
                self._making.clear()
            self._kept[key] = (time.monotonic() + self._kept_s, made)
            self._making.setdefault(key, asyncio.Lock())  # From the second time on.
        return made
