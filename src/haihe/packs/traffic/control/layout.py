"""Approach lanes of all junctions as padded arrays, with everything upstream that feeds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, SlotArray
from haihe.packs.traffic.control.coordination import Links
from haihe.packs.traffic.control.feeds import Feeds, block_m, feeds_of
from haihe.packs.traffic.control.settings import Settings
from haihe.packs.traffic.network.model import Junction, Movement, Network
from haihe.packs.traffic.tables import Tables

# Ours: how traffic divides where one lane has several turns, before it was seen.
TURN_SHARE: Final = {"through": 0.7, "left": 0.25, "right": 0.25, "around": 0.02, "walk": 0.0}


@dataclass(frozen=True, slots=True)
class Turns:
    """Movements of vehicles over the junctions; one row each, but for ``gives_way``.

    cell: int32 (turn,), junction * lanes + approach lane.
    group: int32 (turn,), junction * groups + group.
    share: float64 (turn,), of the approach lane's traffic.
    gives_way: bool (junction, group, group), crossing pairs that the plan lets run together.
    """

    cell: SlotArray
    group: SlotArray
    share: FloatArray
    gives_way: BoolArray


@dataclass(frozen=True, slots=True)
class Layout:
    """Approach lanes, junction by junction, padded to the most lanes of one.

    tables: what the signals may do.
    lanes: ids of all lanes that sensors may speak of: those outside junctions, then those inside.
    approach: int32 (junction, lane), the ordinal of each approach lane in ``lanes``; -1 padding.
    rate: float64 (junction, stage, lane), vehicles a second, as far as the drawing tells.
    block_m: float64 (junction, lane), the longest queue that blocks no junction behind.
    feeds: every lane that leads to a stop line.
    links: ways from one stop line to the next.
    exit_cell, exit_lane: int32 (exit,), approach cell, and the lane behind the junction.
    exit_share: float64 (exit,), of the approach's traffic.
    turns: what each approach lane's traffic does.
    box_lane, box_group: int32 (box,), lane ordinals inside junctions, and junction * groups + group
        of who drives there.
    names: for each approach cell the movement's name, such as "N-left".
    """

    tables: Tables
    lanes: tuple[str, ...]
    length_m: FloatArray
    approach: SlotArray
    rate: FloatArray
    block_m: FloatArray
    feeds: Feeds
    links: Links
    exit_cell: SlotArray
    exit_lane: SlotArray
    exit_share: FloatArray
    turns: Turns
    box_lane: SlotArray
    box_group: SlotArray
    names: tuple[tuple[str, ...], ...]

    @property
    def cells(self) -> int:
        """Junctions times padded lanes."""
        return int(self.approach.size)


def layout_of(network: Network, tables: Tables, *, settings: Settings) -> Layout:
    """The layout of the junctions in ``tables``."""
    junctions = [network.junction(name) for name in tables.names]
    inside = {name for one in junctions for move in one.movements for name in move.inside}
    lanes = (*sorted(network.lanes), *sorted(inside))
    ordinal = {name: at for at, name in enumerate(lanes)}
    own = [_approaches(one) for one in junctions]
    wide = max((len(some) for some in own), default=0)
    count, stages = tables.valid.shape
    approach = np.full((count, wide), -1, dtype=np.int32)
    rate = np.zeros((count, stages, wide))
    block = np.full((count, wide), np.inf)
    exits: list[tuple[int, int, float]] = []
    for at, one in enumerate(junctions):
        approach[at, : len(own[at])] = [ordinal[name] for name in own[at]]
        block[at, : len(own[at])] = [
            block_m(network.lanes, name, settings=settings) for name in own[at]
        ]
        for cell, name in enumerate(own[at]):
            moves = [move for move in one.movements if move.from_lane == name]
            rate[at, : len(one.stages), cell] = _rates(one, moves, settings=settings)
            exits += _exits(moves, at * wide + cell, ordinal=ordinal)
    groups = tables.served.shape[1]
    boxes = [
        (ordinal[name], at * groups + move.group)
        for at, one in enumerate(junctions)
        for move in one.movements
        for name in move.inside
    ]
    feeds = feeds_of(network, own, wide=wide, lanes=lanes, settings=settings)
    length = np.array([_length_m(network, name) for name in lanes])
    return Layout(
        tables=tables,
        lanes=lanes,
        length_m=length,
        approach=approach,
        rate=rate,
        block_m=block,
        feeds=feeds,
        links=_links(feeds, exits, length_m=length),
        exit_cell=np.array([cell for cell, _, _ in exits], dtype=np.int32),
        exit_lane=np.array([lane for _, lane, _ in exits], dtype=np.int32),
        exit_share=np.array([share for _, _, share in exits]),
        turns=_turns(junctions, own, wide=wide, groups=groups),
        box_lane=np.array([lane for lane, _ in boxes], dtype=np.int32),
        box_group=np.array([group for _, group in boxes], dtype=np.int32),
        names=tuple(
            tuple(_name(one, lane) for lane in some)
            for one, some in zip(junctions, own, strict=True)
        ),
    )


def _turns(
    junctions: Sequence[Junction], own: Sequence[Sequence[str]], *, wide: int, groups: int
) -> Turns:
    """The movements of every approach lane, with their shares of its traffic."""
    rows = []
    gives_way = np.zeros((len(junctions), groups, groups), dtype=np.bool_)
    for at, one in enumerate(junctions):
        count = len(one.groups)
        gives_way[at, :count, :count] = one.conflicts & one.yields
        for cell, name in enumerate(own[at]):
            moves = [move for move in one.movements if move.from_lane == name]
            rows += [
                (at * wide + cell, at * groups + move.group, share)
                for move, share in zip(moves, _shares(moves), strict=True)
            ]
    return Turns(
        cell=np.array([row[0] for row in rows], dtype=np.int32),
        group=np.array([row[1] for row in rows], dtype=np.int32),
        share=np.array([row[2] for row in rows], dtype=np.float64),
        gives_way=gives_way,
    )


def _links(feeds: Feeds, exits: Sequence[tuple[int, int, float]], *, length_m: FloatArray) -> Links:
    """From each approach cell, over the lanes behind the junction, to the next stop lines."""
    rows = []
    for cell, lane, share in exits:
        first, last = np.searchsorted(feeds.lane, [lane, lane + 1])
        for feed in range(int(first), int(last)):
            travel = length_m[lane] / feeds.speed_m_s[lane] + feeds.offset_s[feed]
            rows.append((cell, int(feeds.cell[feed]), travel, share * feeds.share[feed]))
    return Links(
        start=np.array([row[0] for row in rows], dtype=np.int32),
        end=np.array([row[1] for row in rows], dtype=np.int32),
        travel_s=np.array([row[2] for row in rows], dtype=np.float64),
        share=np.array([row[3] for row in rows], dtype=np.float64),
    )


def _length_m(network: Network, name: str) -> float:
    """Of a lane outside junctions; those inside count as a point."""
    return network.lanes[name].length_m if name in network.lanes else 0.0


def _approaches(junction: Junction) -> tuple[str, ...]:
    moves = (one for one in junction.movements if one.turn != "walk")
    return tuple(dict.fromkeys(one.from_lane for one in moves))


def _name(junction: Junction, lane: str) -> str:
    """The approach lane as people speak of it: where it comes from, and where it may go."""
    names = [junction.groups[one.group].name for one in junction.movements if one.from_lane == lane]
    sides = list(dict.fromkeys(name.partition("-")[0] for name in names))
    turns = [name.partition("-")[2] for name in names if not name.endswith("around")]
    return f"{sides[0]}-{'/'.join(dict.fromkeys(turns)) or 'around'}"


def _shares(moves: Sequence[Movement]) -> FloatArray:
    """float64 (movement,): of one lane's traffic, as far as the drawing tells."""
    shares: FloatArray = np.array([TURN_SHARE[one.turn] for one in moves])
    shares /= shares.sum()
    return shares


def _rates(junction: Junction, moves: Sequence[Movement], *, settings: Settings) -> FloatArray:
    """float64 (stage,): vehicles a second, the movements of a shared lane one behind another."""
    shares = _shares(moves)
    worth = np.array([0.0, settings.yielding, 1.0])
    rates = []
    for stage in junction.stages:
        given = worth[[int(stage.signals[one.group]) for one in moves]]
        slow = (shares / np.maximum(given, settings.blocked)).sum()
        rates.append(settings.saturation_veh_s / slow if given.any() else 0.0)
    return np.array(rates)


def _exits(
    moves: Sequence[Movement], cell: int, *, ordinal: Mapping[str, int]
) -> list[tuple[int, int, float]]:
    return [
        (cell, ordinal[one.to_lane], share)
        for one, share in zip(moves, _shares(moves).tolist(), strict=True)
        if one.to_lane in ordinal
    ]
