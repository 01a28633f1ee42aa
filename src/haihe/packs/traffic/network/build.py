"""Junctions put together from movements and a program, checked, with notes on what is wrong."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray
from haihe.packs.traffic.network.model import Group, Junction, Lane, Movement, Note, Signal, Step
from haihe.packs.traffic.network.paths import compass, conflicts_of
from haihe.packs.traffic.network.stages import signals_of, stages_of

YELLOW_S: Final = ((50 / 3.6, 3), (60 / 3.6, 4))  # RiLSA 2015, 2.4: up to 50 km/h, up to 60 km/h.
YELLOW_MOST_S: Final = 5  # The same: above 60 km/h.
ROUNDING_M_S: Final = 0.05  # Ours: 13.89 m/s in a file is 50 km/h.
PEDESTRIAN_M_S: Final = 1.2  # RiLSA 2015, 2.5: people on foot clear at 1.0 to 1.5 m/s.
WALK_S: Final = 5  # RiLSA 2015, 2.7: the least green for people on foot.


def yellow_s(speed_m_s: float) -> int:
    """Seconds of yellow for an approach with that limit.

    >>> yellow_s(13.89), yellow_s(16.67), yellow_s(19.44)
    (3, 4, 5)
    """
    for limit, seconds in YELLOW_S:
        if speed_m_s <= limit + ROUNDING_M_S:
            return seconds
    return YELLOW_MOST_S


def build_junction(
    name: str,
    movements: Sequence[Movement],
    *,
    lanes: Mapping[str, Lane],
    program: Sequence[Step],
    offset_s: int,
) -> tuple[Junction, list[Note]]:
    """The junction, its clearance matrix derived and checked against its program.

    movements: with group ordinals from 0; those of people on foot have turn "walk".
    lanes: by id; those of the movements must be there.
    program: steps of the plan in force; may be empty.
    Returns the junction, without stages if it cannot be controlled, and notes why.
    """
    count = max((one.group for one in movements), default=-1) + 1
    count = max([count, *(len(step.heads) for step in program)])
    groups = tuple(_group(at, movements, lanes=lanes) for at in range(count))
    conflicts, clearance = conflicts_of(movements, groups=count)
    notes = _faults(name, program, count=count)
    wrong = any(note.uncontrolled for note in notes)
    yields = np.zeros_like(conflicts) if wrong else conflicts & _together(program, count=count)
    stages = () if wrong else stages_of(program)
    if not wrong:
        notes += _doubts(name, groups, program=program, conflicts=conflicts)
        notes += _too_few(name, len(stages))
    made = Junction(
        id=name,
        groups=groups,
        movements=tuple(movements),
        stages=stages if len(stages) > 1 else (),
        program=tuple(program),
        offset_s=offset_s,
        conflicts=conflicts,
        yields=yields,
        clearance_s=clearance,
    )
    return made, notes


def _group(at: int, movements: Sequence[Movement], *, lanes: Mapping[str, Lane]) -> Group:
    own = [one for one in movements if one.group == at]
    if not own:
        return Group(name=f"{at}-unused", yellow_s=YELLOW_S[0][1])
    lane = lanes.get(own[0].from_lane)
    if all(one.turn == "walk" for one in own):
        length = max(_length(one.path) for one in own)
        clear = int(np.ceil(length / PEDESTRIAN_M_S))
        return Group(f"{at}-walk", 0, pedestrian=True, walk_s=WALK_S, clear_s=clear)
    turns = "/".join(dict.fromkeys(one.turn for one in own))
    speed = max(
        (lanes[one.from_lane].speed_m_s for one in own if one.from_lane in lanes), default=0
    )
    side = compass(lane.shape[-2:] if lane else ())
    return Group(name=f"{side}-{turns}", yellow_s=yellow_s(speed))


def _length(path: Sequence[tuple[float, float]]) -> float:
    return float(np.hypot(*np.diff(np.asarray(path), axis=0).T).sum()) if len(path) > 1 else 0.0


def _faults(name: str, program: Sequence[Step], *, count: int) -> list[Note]:
    """What makes it impossible to control the junction."""
    if not program:
        return [
            _stays(name, "没有信号方案(缺少相位)", en="it has no signal program (phases missing)")
        ]
    short = [step for step in program if len(step.heads) != count]
    if short:
        told, wrong = repr(short[0].heads), len(short[0].heads)
        return [
            _stays(
                name,
                f"方案的一步有 {wrong} 个灯组, 应为 {count} 个: {told}",
                en=f"a step of its program has {wrong} heads for {count} groups: {told}",
            )
        ]
    if any(step.seconds <= 0 for step in program):
        return [_stays(name, "方案有时长为零的一步", en="a step of its program lasts no time")]
    return []


def _too_few(name: str, stages: int) -> list[Note]:
    if stages > 1:
        return []
    return [
        _stays(
            name,
            f"方案只有 {stages} 个可选阶段, 至少需要 2 个",
            en=f"its program gives {stages} stages to choose from; at least 2 are needed",
        )
    ]


def _stays(name: str, zh: str, *, en: str) -> Note:
    text = Text(
        zh=f"路口 {name}: {zh}; 保持原方案", en=f"junction {name}: {en}; it stays on its plan"
    )
    return Note(name, text, uncontrolled=True)


def _together(program: Sequence[Step], *, count: int) -> BoolArray:
    """bool (group, group): pairs that some step lets run together."""
    together = np.zeros((count, count), dtype=np.bool_)
    for step in program:
        green = np.array([signal > Signal.RED for signal in signals_of(step.heads)])
        together |= np.outer(green, green)
    return together


def _doubts(
    name: str,
    groups: Sequence[Group],
    *,
    program: Sequence[Step],
    conflicts: BoolArray,
) -> list[Note]:
    """Pairs that conflict though the program gives both a green that gives way to nobody."""
    doubted: set[tuple[int, int]] = set()
    for step in program:
        green = np.array([signal == Signal.GREEN for signal in signals_of(step.heads)])
        pairs = np.argwhere(np.triu(conflicts & np.outer(green, green)))
        doubted |= {(int(a), int(b)) for a, b in pairs}
    if not doubted:
        return []
    told = ", ".join(f"{groups[a].name} x {groups[b].name}" for a, b in sorted(doubted)[:3])
    text = Text(
        zh=(
            f"路口 {name}: 方案让 {len(doubted)} 对冲突灯组同时放行 ({told}); "
            "按方案视为许可, 请核对"
        ),
        en=(
            f"junction {name}: its program gives {len(doubted)} conflicting pairs green together "
            f"({told}); taken as giving way, please check"
        ),
    )
    return [Note(name, text)]
