"""Turns at entities: who changes one is alone with it, and nobody waits for a turn forever."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager


class _Place:
    """One request's place in the lines of all its entities."""

    __slots__ = ("lacking", "ready")

    def __init__(self) -> None:
        """Stand in no line yet."""
        self.lacking = 0  # In how many lines somebody stands in front.
        self.ready: asyncio.Future[None] | None = None

    def come_nearer(self) -> None:
        """One line less with somebody in front."""
        self.lacking -= 1
        if not self.lacking and self.ready is not None and not self.ready.done():
            self.ready.set_result(None)


class Turns:
    """A line for each entity that somebody is changing.

    A request takes its place in all its lines at once, so whoever came first is first in every
    line, and no two wait for each other.
    """

    def __init__(self) -> None:
        """Have no lines."""
        self._lines: dict[str, deque[_Place]] = {}

    @asynccontextmanager
    async def holding(self, entities: Iterable[str]) -> AsyncIterator[None]:
        """Nobody else changes these meanwhile."""
        wanted = tuple(dict.fromkeys(entities))
        place = _Place()
        for entity in wanted:
            line = self._lines.get(entity)
            if line is None:
                self._lines[entity] = deque((place,))
            else:
                line.append(place)
                place.lacking += 1
        try:
            if place.lacking:
                place.ready = asyncio.get_running_loop().create_future()
                await place.ready
            yield
        finally:
            for entity in wanted:
                self._leave(entity, place)

    def _leave(self, entity: str, place: _Place) -> None:
        line = self._lines[entity]
        was_first = line[0] is place
        line.remove(place)
        if not line:
            del self._lines[entity]
        elif was_first:
            line[0].come_nearer()
