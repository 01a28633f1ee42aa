"""A network as engineers write it down for a field controller: a YAML of junctions and groups."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np
import yaml

from haihe.model import Text
from haihe.packs.traffic.network.build import PEDESTRIAN_M_S, WALK_S, yellow_s
from haihe.packs.traffic.network.model import (
    Group,
    Junction,
    Lane,
    Movement,
    Network,
    Note,
    Stage,
    Step,
)
from haihe.packs.traffic.network.stages import stages_of

KM_H: Final = 1 / 3.6  # Metres a second in a kilometre an hour.
STOP_LINE_M: Final = 200.0  # Ours: an approach whose length nobody gave.


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signal group of a file."""

    name: str
    lanes: tuple[str, ...] = ()
    turn: str = "through"
    speed_km_h: float = 50.0
    length_m: float = STOP_LINE_M
    to: tuple[str, ...] = ()
    crossing_m: float = 0.0


class _Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stage of a file."""

    green: tuple[str, ...]
    seconds: int
    least_s: int = 0
    most_s: int = 0
    give_way: tuple[str, ...] = ()
    after: tuple[int, ...] = ()


class _Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One junction of a file."""

    id: str
    groups: tuple[_Group, ...]
    phases: tuple[_Phase, ...] = ()
    conflicts: tuple[tuple[str, str], ...] = ()
    clearance_s: tuple[tuple[str, str, int], ...] = ()
    all_red_s: int = 2
    offset_s: int = 0


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    junctions: tuple[_Place, ...]


def read_field(text: str) -> Network:
    """The network of a field mapping; see docs/traffic.md for what it may say.

    Returns it with a note for each junction that cannot be controlled, and why.
    Raises ValueError if it is no YAML, or has a key that is not known.
    """
    try:
        return field_network(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ValueError(f"this is no YAML: {error}.") from error


def field_network(told: object) -> Network:
    """The same, of what the YAML says.

    Raises ValueError if it has a key that is not known.
    """
    try:
        found = msgspec.convert(told, _File)
    except msgspec.ValidationError as error:
        raise ValueError(f"the field mapping is not as expected: {error}.") from error
    lanes: dict[str, Lane] = {}
    junctions: list[Junction] = []
    notes: list[Note] = []
    for one in found.junctions:
        if any(one.id == other.id for other in junctions):
            notes.append(_stays(one.id, "编号重复, 用第一个", en="its id is there twice"))
            continue
        lanes |= _lanes(one)
        made, wrong = _junction(one)
        junctions.append(made)
        notes += wrong
    kept = frozenset(note.where for note in notes if note.uncontrolled)
    return Network(lanes, tuple(sorted(junctions, key=lambda one: one.id)), tuple(notes), kept)


def _stays(name: str, zh: str, *, en: str) -> Note:
    text = Text(
        zh=f"路口 {name}: {zh}; 保持原方案", en=f"junction {name}: {en}; it stays on its plan"
    )
    return Note(name, text, uncontrolled=True)


def _lanes(place: _Place) -> dict[str, Lane]:
    lanes = {
        name: Lane(name, group.length_m, group.speed_km_h * KM_H, signalled=True)
        for group in place.groups
        for name in group.lanes
    }
    ends = {name: Lane(name, STOP_LINE_M, 50 * KM_H) for one in place.groups for name in one.to}
    return {**ends, **lanes}


def _junction(place: _Place) -> tuple[Junction, list[Note]]:
    names = [one.name for one in place.groups]
    told = [*place.conflicts, *((a, b) for a, b, _ in place.clearance_s)]
    spoken = {name for pair in told for name in pair}
    spoken |= {name for phase in place.phases for name in (*phase.green, *phase.give_way)}
    unknown = sorted(spoken - set(names))
    notes = []
    if len(set(names)) < len(names):
        notes.append(_stays(place.id, "灯组重名", en="two of its groups have one name"))
    if unknown:
        notes.append(
            _stays(place.id, f"没有灯组 {unknown[0]}", en=f"there is no group {unknown[0]}")
        )
    if len(place.phases) < 2:
        notes.append(
            _stays(
                place.id,
                f"只有 {len(place.phases)} 个相位(缺少相位)",
                en=f"it has {len(place.phases)} phases; at least 2 are needed",
            )
        )
    return _made(place, names, wrong=bool(notes)), notes


def _made(place: _Place, names: Sequence[str], *, wrong: bool) -> Junction:
    count = len(names)
    at = {name: index for index, name in enumerate(names)}
    conflicts = np.zeros((count, count), dtype=np.bool_)
    clearance = np.zeros((count, count), dtype=np.int64)
    program: tuple[Step, ...] = ()
    if not wrong:
        for a, b in place.conflicts:
            conflicts[at[a], at[b]] = conflicts[at[b], at[a]] = True
            clearance[at[a], at[b]] = clearance[at[b], at[a]] = place.all_red_s
        for a, b, seconds in place.clearance_s:
            clearance[at[a], at[b]] = seconds
        program = _program(place, at)
    yields = np.zeros_like(conflicts)
    for phase in () if wrong else place.phases:
        for name in phase.give_way:
            lit = [at[other] for other in phase.green]
            yields[at[name], lit] = yields[lit, at[name]] = conflicts[at[name], lit]
    return Junction(
        id=place.id,
        groups=tuple(_group(one) for one in place.groups),
        movements=tuple(
            Movement(lane, end, index, one.turn, one.speed_km_h * KM_H)
            for index, one in enumerate(place.groups)
            for lane in one.lanes
            for end in one.to or (f"{place.id}-beyond",)
        ),
        stages=_stages(place, program),
        program=program,
        offset_s=place.offset_s,
        conflicts=conflicts,
        yields=yields,
        clearance_s=clearance,
    )


def _stages(place: _Place, program: Sequence[Step]) -> tuple[Stage, ...]:
    """The stages, with the order that the file prescribes if each phase is a stage of its own."""
    stages = stages_of(program)
    if len(stages) != len(place.phases):
        return stages
    return tuple(
        replace(stage, after=phase.after) for stage, phase in zip(stages, place.phases, strict=True)
    )


def _group(one: _Group) -> Group:
    if one.crossing_m > 0:
        clear = int(np.ceil(one.crossing_m / PEDESTRIAN_M_S))
        return Group(one.name, 0, pedestrian=True, walk_s=WALK_S, clear_s=clear)
    return Group(one.name, yellow_s(one.speed_km_h * KM_H))


def _program(place: _Place, at: dict[str, int]) -> tuple[Step, ...]:
    """Each phase, then the yellow of what ends, then all-red."""
    count = len(place.groups)
    steps: list[Step] = []
    for index, phase in enumerate(place.phases):
        following = place.phases[(index + 1) % len(place.phases)]
        letters = ["r"] * count
        for name in phase.green:
            letters[at[name]] = "G"
        for name in phase.give_way:
            letters[at[name]] = "g"
        steps.append(Step(phase.seconds, "".join(letters), phase.least_s, phase.most_s))
        ends = set(phase.green) | set(phase.give_way)
        ends -= set(following.green) | set(following.give_way)
        for seconds, letter in ((3, "y"), (place.all_red_s, "r")):
            for name in ends:
                letters[at[name]] = letter
            if seconds and ends:
                steps.append(Step(seconds, "".join(letters)))
    return tuple(steps)
