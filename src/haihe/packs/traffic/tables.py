"""Junctions as padded arrays, so that hundreds are looked at in one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, IntArray
from haihe.packs.traffic.limits import LANE_M, Limits
from haihe.packs.traffic.network.build import PEDESTRIAN_M_S, WALK_S
from haihe.packs.traffic.network.model import Junction, Signal, Stage

ARM_LANES: Final = 2  # Ours: a road that is crossed has as many lanes out as in.


@dataclass(frozen=True, slots=True)
class Tables:
    """What the signals of all junctions may do; junctions in order, padded to the largest.

    names: of the junctions.
    widths: how many groups each has.
    signals: int8 (junction, stage, group), a ``Signal``; red where there is no such stage or group.
    green: bool (junction, stage, group), green there, whether it gives way or not.
    valid: bool (junction, stage).
    after: bool (junction, stage, stage): whether the second may follow the first.
    excludes: bool (junction, group, group).
    gap_s: int64 (junction, group, group), least seconds from the row's end of yellow to the
        column's green; 0 where nothing excludes.
    yellow_s, least_s: int64 (junction, group).
    served: bool (junction, group), whether some stage gives it green and some does not.
    unseen: bool (junction, group), whether it has users whom no detector sees: people on foot, with
        a head of their own or beside it. It is always asked for.
    change_s: int64 (junction, stage, stage), from the end of green to the full next stage.
    stage_least_s: int64 (junction, stage), the least green of its groups.
    limits: as given.
    """

    names: tuple[str, ...]
    widths: tuple[int, ...]
    signals: np.ndarray[tuple[int, ...], np.dtype[np.int8]]
    green: BoolArray
    valid: BoolArray
    after: BoolArray
    excludes: BoolArray
    gap_s: IntArray
    yellow_s: IntArray
    least_s: IntArray
    served: BoolArray
    unseen: BoolArray
    change_s: IntArray
    stage_least_s: IntArray
    limits: Limits


def tables_of(junctions: Sequence[Junction], limits: Limits) -> Tables:
    """The tables of junctions that have stages.

    Raises ValueError if one has none: leave it out, it stays on its plan.
    """
    for one in junctions:
        if not one.stages:
            raise ValueError(f"junction {one.id} has no stages; leave it on its plan.")
    count = len(junctions)
    stages = max((len(one.stages) for one in junctions), default=0)
    groups = max((len(one.groups) for one in junctions), default=0)
    signals = np.zeros((count, stages, groups), dtype=np.int8)
    valid = np.zeros((count, stages), dtype=np.bool_)
    after = np.zeros((count, stages, stages), dtype=np.bool_)
    excludes = np.zeros((count, groups, groups), dtype=np.bool_)
    gap = np.zeros((count, groups, groups), dtype=np.int64)
    yellow = np.zeros((count, groups), dtype=np.int64)
    least = np.zeros((count, groups), dtype=np.int64)
    unseen = np.zeros((count, groups), dtype=np.bool_)
    for at, one in enumerate(junctions):
        own, wide = len(one.stages), len(one.groups)
        signals[at, :own, :wide] = [stage.signals for stage in one.stages]
        valid[at, :own] = True
        after[at, :own, :own] = _orders(one.stages)
        excludes[at, :wide, :wide] = one.excludes
        apart = np.maximum(limits.all_red_s, one.clearance_s if limits.clearance else 0)
        gap[at, :wide, :wide] = np.where(one.excludes, apart, 0)
        yellow[at, :wide] = [_yellow(one, group, limits=limits) for group in range(wide)]
        least[at, :wide] = _least(one, limits)
        unseen[at, :wide] = [_is_walked(one, group, limits=limits) for group in range(wide)]
    green = signals > Signal.RED
    some: BoolArray = np.any(green, axis=1)
    always: BoolArray = np.all(green | ~valid[..., None], axis=1)
    return Tables(
        names=tuple(one.id for one in junctions),
        widths=tuple(len(one.groups) for one in junctions),
        signals=signals,
        green=green,
        valid=valid,
        after=after,
        excludes=excludes,
        gap_s=gap,
        yellow_s=yellow,
        least_s=least,
        served=some & ~always,
        unseen=unseen,
        change_s=_changes(green, gap, yellow=yellow, excludes=excludes),
        stage_least_s=np.where(green, least[:, None, :], 0).max(axis=2, initial=0),
        limits=limits,
    )


def _orders(stages: Sequence[Stage]) -> BoolArray:
    free = np.ones((len(stages), len(stages)), dtype=np.bool_)
    for at, stage in enumerate(stages):
        if stage.after:
            free[:, at] = False
            free[[*stage.after, at], at] = True
    return free


def _yellow(junction: Junction, group: int, *, limits: Limits) -> int:
    one = junction.groups[group]
    if one.pedestrian:
        return 0
    return one.yellow_s if limits.yellow_s is None else limits.yellow_s


def _least(junction: Junction, limits: Limits) -> IntArray:
    """int64 (group,): the least green, with people on foot beside it where the law asks."""
    least = np.full(len(junction.groups), limits.least_green_s, dtype=np.int64)
    for at, group in enumerate(junction.groups):
        if group.pedestrian:
            least[at] = max(group.walk_s + group.clear_s, 1)
        elif limits.walk:
            least[at] = max(limits.least_green_s, _walk_beside_s(junction, at, limits=limits))
    return least


def _is_walked(junction: Junction, at: int, *, limits: Limits) -> bool:
    """Whether people on foot cross with a group, or beside it where they have no heads."""
    if any(group.pedestrian for group in junction.groups):
        return junction.groups[at].pedestrian
    goes = any(one.group == at and one.turn == "through" for one in junction.movements)
    return limits.walk and goes


def _walk_beside_s(junction: Junction, at: int, *, limits: Limits) -> int:
    """Seconds a through green lasts so that people cross the widest arm it holds back.

    The time after the green until others may go is theirs too.
    """
    if not _is_walked(junction, at, limits=limits):
        return 0
    held = {one.from_lane for one in junction.movements if junction.excludes[at, one.group]}
    arms: dict[str, int] = {}
    for lane in held:
        road = lane.rpartition("_")[0]
        arms[road] = arms.get(road, 0) + 1
    width = max(arms.values(), default=0) * ARM_LANES * LANE_M
    beyond = _yellow(junction, at, limits=limits) + limits.all_red_s
    return WALK_S + int(np.ceil(width / PEDESTRIAN_M_S)) - beyond


def _changes(green: BoolArray, gap: IntArray, *, yellow: IntArray, excludes: BoolArray) -> IntArray:
    """int64 (junction, stage, stage): the longest yellow and clearing between two stages."""
    count, stages = green.shape[:2]
    changes = np.zeros((count, stages, stages), dtype=np.int64)
    for a in range(stages):
        for b in range(stages):
            loses = green[:, a] & ~green[:, b]
            gains = green[:, b] & ~green[:, a]
            pairs = loses[:, :, None] & gains[:, None, :] & excludes
            needed = np.where(pairs, yellow[:, :, None] + gap, 0).max(axis=(1, 2), initial=0)
            ends = np.where(loses, yellow, 0).max(axis=1, initial=0)
            changes[:, a, b] = np.maximum(needed, ends)
    return changes
