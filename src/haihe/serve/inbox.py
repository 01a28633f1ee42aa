"""What lies in a box of the map: copied between two rounds, put together after.

The writer's thread only takes columns; names, cases and who stands where something moves are
looked at elsewhere, so that a map of a whole city holds up nobody who reports.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray
from haihe.model.case import Case
from haihe.run.engine import Engine
from haihe.state.graph import Placed
from haihe.state.grid import Box

STREAMS_MAX: Final = 1_024  # Ours: far more streams than a city has.
SHARED_FROM: Final = 4_000  # Ours: a map of fewer things takes some milliseconds.


@dataclass(frozen=True, slots=True)
class MapAnswer:
    """A map as it is sent, and one thing on it of each enterprise that has any.

    total: how many things the box holds.
    """

    body: bytes
    owned: tuple[str, ...]
    total: int

    def is_large(self) -> bool:
        """Whether it is worth sharing."""
        return self.total > SHARED_FROM


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst open case about a thing."""

    severity: int
    case: str


@dataclass(frozen=True, slots=True)
class Speakers:
    """The entities of a stream.

    ids: by slot, at least ``count`` of them; more may be added meanwhile.
    """

    stream: str
    ids: Sequence[str]
    count: int


@dataclass(frozen=True, slots=True)
class Movers:
    """What of a stream is in the box.

    slots: intp (thing,); lon, lat: float64 (thing,), degrees.
    """

    speakers: Speakers
    slots: IndexArray
    lon: FloatArray
    lat: FloatArray


@dataclass(frozen=True, slots=True)
class Inbox:
    """What the writer gave.

    movers: by stream; placed: everything that stands somewhere, in the box or not.
    spoken: the streams of the pack that was asked for; None if all were.
    cases: open and held ones.
    """

    movers: tuple[Movers, ...]
    placed: Placed
    spoken: tuple[Speakers, ...] | None
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """Things in the box.

    ids: of each.
    lon, lat: float64 (thing,), degrees.
    severity: int64 (thing,).
    """

    ids: Sequence[str]
    lon: FloatArray
    lat: FloatArray
    severity: IntArray

    def of(self, chosen: IndexArray) -> "Points":
        """Some of them; chosen: intp (kept,), their places."""
        ids = [self.ids[place] for place in chosen.tolist()]
        return Points(ids, self.lon[chosen], self.lat[chosen], self.severity[chosen])


def inbox_of(
    engine: Engine,
    box: Box,
    *,
    sees: Callable[[str], bool],
    pack: str | None,
    works_for: Callable[[str], bool] | None = None,
) -> Inbox:
    """What of an engine lies in a box.

    sees: whether a stream may be seen.
    pack: only this pack's streams; None for all.
    works_for: only cases with an order for such an assignee; None for all.
    """
    movers, spoken = [], []
    for live in engine.live.streams():
        name = live.stream.name
        if pack not in (None, name.partition(".")[0]):
            continue
        speakers = Speakers(name, live.ids, live.count)
        spoken.append(speakers)
        if live.stream.is_placed and sees(name):
            slots = live.in_box(box).astype(np.intp)
            lon, lat = live.numbers["lon"][slots], live.numbers["lat"][slots]
            movers.append(Movers(speakers, slots, lon, lat))
    desk = engine.track.casework.desk
    cases = tuple(
        case
        for case in desk.cases.values()
        if works_for is None
        or any(works_for(one.order.assignee) for one in desk.orders_of(case.id))
    )
    placed = engine.graph.placed()
    return Inbox(tuple(movers), placed, tuple(spoken) if pack is not None else None, cases)


@dataclass
class Standing:
    """Which of the things that stand somewhere also speak in a stream; looked up once each."""

    _known: dict[str, tuple[Placed, int, IndexArray]] = field(default_factory=dict)

    def points(self, found: Inbox, box: Box, *, worst: Mapping[str, Worst]) -> Points:
        """What moves, where it is now, and what stands and does not move.

        worst: each thing's worst open case.
        """
        placed = found.placed
        west, south, east, north = box
        inside: BoolArray = (placed.lon >= west) & (placed.lon <= east)
        inside &= (placed.lat >= south) & (placed.lat <= north)
        for mover in found.movers:
            inside[self._places(placed, mover.speakers)] = False
        if found.spoken is not None:
            inside &= self._of_pack(found, found.spoken, worst=worst)
        standing = np.flatnonzero(inside)
        ids: list[str] = []
        for mover in found.movers:
            ids.extend(map(mover.speakers.ids.__getitem__, mover.slots.tolist()))
        ids.extend(map(placed.ids.__getitem__, standing.tolist()))
        lon = np.concatenate([*(mover.lon for mover in found.movers), placed.lon[standing]])
        lat = np.concatenate([*(mover.lat for mover in found.movers), placed.lat[standing]])
        severity = np.zeros(len(ids), np.int64)
        if worst:
            severities = {entity: one.severity for entity, one in worst.items()}
            severity[:] = np.fromiter(map(severities.get, ids, repeat(0)), np.int64, len(ids))
        return Points(ids, lon, lat, severity)

    def _of_pack(
        self, found: Inbox, spoken: Sequence[Speakers], *, worst: Mapping[str, Worst]
    ) -> BoolArray:
        """bool (placed,): whether a pack's streams or cases speak of it."""
        mask = np.zeros(len(found.placed.ids), dtype=bool)
        for speakers in spoken:
            mask[self._places(found.placed, speakers)] = True
        mask[_known(found.placed, tuple(worst))] = True
        return mask

    def _places(self, placed: Placed, speakers: Speakers) -> IndexArray:
        """Where the stream's entities stand among all that do; intp (entity that stands,)."""
        known = self._known.get(speakers.stream)
        if known is not None and known[0] is placed and known[1] == speakers.count:
            return known[2]
        places = _known(placed, speakers.ids[: speakers.count])
        if len(self._known) >= STREAMS_MAX:
            self._known.clear()
        self._known[speakers.stream] = (placed, speakers.count, places)
        return places


def _known(placed: Placed, ids: Sequence[str]) -> IndexArray:
    """The places of those of the entities that stand somewhere."""
    places = np.fromiter(map(placed.index.get, ids, repeat(-1)), dtype=np.intp, count=len(ids))
    return places[places >= 0]
