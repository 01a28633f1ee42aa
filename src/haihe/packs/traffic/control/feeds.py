"""Which lanes upstream lead to which stop lines, and how traffic divides between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray, SlotArray
from haihe.packs.traffic.control.settings import Settings
from haihe.packs.traffic.network.model import Lane, Network

STEPS_MAX: Final = 100  # Ours: lanes in a row without a junction; more is a ring.
SPACING_M: Final = 7.5  # HCM 2016: a queued car takes 25 feet.
# Ours: how much likelier the lane's own way is than one that needs a change of lane.
ASIDE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Feeds:
    """Ways from lanes to stop lines, without a signal between; one row each, sorted by lane.

    lane: int32 (feed,), the lane's ordinal.
    cell: int32 (feed,), junction * lanes + approach lane.
    offset_m, offset_s: float64 (feed,), from that lane's end to the stop line.
    share: float64 (feed,), of the lane's vehicles that take this way.
    speed_m_s: float64 (lane,), the limit.
    """

    lane: SlotArray
    cell: SlotArray
    offset_m: FloatArray
    offset_s: FloatArray
    share: FloatArray
    speed_m_s: FloatArray


@dataclass(frozen=True, slots=True)
class _Way:
    """From the end of a lane's road to a stop line."""

    offset_m: float
    offset_s: float


def feeds_of(
    network: Network,
    approaches: Sequence[Sequence[str]],
    *,
    wide: int,
    lanes: Sequence[str],
    settings: Settings,
) -> Feeds:
    """The feeds of all junctions.

    approaches: the approach lanes of each junction.
    wide: padded lanes of a junction.
    lanes: ids by ordinal; those inside junctions, which the network does not list, feed nothing.
    """
    ordinal = {name: at for at, name in enumerate(lanes)}
    beside: dict[str, list[str]] = {}
    for name in network.lanes:
        beside.setdefault(road_of(name), []).append(name)
    rows: list[tuple[int, int, float, float, float]] = []
    for at, own in enumerate(approaches):
        for cell, name in enumerate(own):
            found = _upstream(network.lanes, name, settings=settings)
            for lane, way in _with_neighbours(
                network.lanes, found, name=name, beside=beside
            ).items():
                ease = 1.0 if lane in found else ASIDE
                rows.append((ordinal[lane], at * wide + cell, way.offset_m, way.offset_s, ease))
    rows.sort()
    lanes_of = np.array([row[0] for row in rows], dtype=np.int32)
    direct = np.array([row[4] for row in rows])
    whole = np.bincount(lanes_of, weights=direct, minlength=len(lanes))
    return Feeds(
        lane=lanes_of,
        cell=np.array([row[1] for row in rows], dtype=np.int32),
        offset_m=np.array([row[2] for row in rows]),
        offset_s=np.array([row[3] for row in rows]),
        share=direct / whole[lanes_of],
        speed_m_s=np.array(
            [network.lanes[name].speed_m_s if name in network.lanes else 10.0 for name in lanes]
        ),
    )


def road_of(lane: str) -> str:
    """The road a lane belongs to: its id without the lane's number.

    >>> road_of("main#2_1")
    'main#2'
    """
    return lane.rpartition("_")[0]


def block_m(lanes: Mapping[str, Lane], name: str, *, settings: Settings) -> float:
    """Metres upstream to where several roads meet, or a signal; at most as far as is seen."""
    length = lanes[name].length_m
    for _ in range(STEPS_MAX):
        roads = {road_of(one) for one in lanes[name].upstream}
        alone = len(roads) == 1 and length < settings.sight_m
        if not alone or lanes[lanes[name].upstream[0]].signalled:
            break
        name = lanes[name].upstream[0]
        length += lanes[name].length_m
    return min(max(length, SPACING_M), settings.sight_m)


def _upstream(lanes: Mapping[str, Lane], name: str, *, settings: Settings) -> dict[str, _Way]:
    """Every lane within sight that leads to the stop line, the nearest way of each."""
    found: dict[str, _Way] = {}
    waiting = [(name, _Way(0.0, 0.0))]
    while waiting:
        lane, way = waiting.pop()
        if lane in found and found[lane].offset_m <= way.offset_m:
            continue
        found[lane] = way
        one = lanes[lane]
        beyond = _Way(way.offset_m + one.length_m, way.offset_s + one.length_m / one.speed_m_s)
        if beyond.offset_m < settings.sight_m:
            waiting += [(up, beyond) for up in one.upstream if not lanes[up].signalled]
    return found


def _with_neighbours(
    lanes: Mapping[str, Lane],
    found: Mapping[str, _Way],
    *,
    name: str,
    beside: Mapping[str, Sequence[str]],
) -> dict[str, _Way]:
    """The lanes found, and those beside them on roads before the last one: lanes can be changed."""
    ways = dict(found)
    for lane, way in found.items():
        if road_of(lane) != road_of(name):
            for other in beside[road_of(lane)]:
                if not lanes[other].signalled:
                    ways.setdefault(other, way)
    return ways
