"""Lanes, movements, signal groups, stages and junctions, whatever file they were read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from haihe.model import Text
from haihe.model.arrays import BoolArray


class Signal(IntEnum):
    """What a stage gives a signal group."""

    RED = 0
    YIELD = 1  # 许可: green, but it gives way to others who are green.
    GREEN = 2  # 保护: green, nobody else may cross.


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane, from its beginning to its end.

    id: as the file names it.
    length_m: may be less than a metre; who looks for queues must walk upstream.
    speed_m_s: the limit.
    upstream: lanes that lead into it, with or without a signal between.
    signalled: whether its end is a stop line.
    shape: (x, y) in metres, along the lane; may be empty.
    """

    id: str
    length_m: float
    speed_m_s: float
    upstream: tuple[str, ...] = ()
    signalled: bool = False
    shape: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """One way over a junction, from a lane into a lane, under one signal group.

    from_lane, to_lane: lane ids.
    group: the ordinal of its signal group in the junction.
    turn: "left", "through", "right" or "around".
    speed_m_s: the limit on the junction.
    path: (x, y) in metres over the junction; may be empty.
    inside: ids of the lanes over the junction, in order; may be empty.
    """

    from_lane: str
    to_lane: str
    group: int
    turn: str
    speed_m_s: float
    path: tuple[tuple[float, float], ...] = ()
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A signal group: heads that always show the same.

    name: such as "N-left"; what a person reads in a reason.
    yellow_s: by the speed of the approach.
    pedestrian: whether people on foot follow it.
    walk_s, clear_s: for people on foot: the least green, and how long one who just started needs.
    """

    name: str
    yellow_s: int
    pedestrian: bool = False
    walk_s: int = 0
    clear_s: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """What is green together.

    signals: one ``Signal`` for each group.
    least_s, most_s: the least and the most green its program allows; 0 if it does not say.
    after: ordinals of the stages it may follow; empty if it may follow any.
    """

    signals: tuple[Signal, ...]
    least_s: int = 0
    most_s: int = 0
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a signal program: what every group shows, and for how long.

    heads: one letter for each group: G and g green, y yellow, u red and yellow, r red.
    """

    seconds: int
    heads: str
    least_s: int = 0
    most_s: int = 0


@dataclass(frozen=True, slots=True)
class Junction:
    """One controller's junction.

    id: as the file names it.
    groups: its signal groups, in the order of the heads.
    movements: what crosses it by vehicle.
    stages: from its program; none if it cannot be controlled.
    program: the steps of the plan in force, in order; empty if none was given.
    offset_s: of that plan.
    conflicts: bool (group, group); paths cross or merge. Symmetric, False on the diagonal.
    yields: bool (group, group); conflicting pairs that the plan in force lets run together.
    clearance_s: int (group, group); least seconds from the end of the row's yellow to the
        column's green.
    """

    id: str
    groups: tuple[Group, ...]
    movements: tuple[Movement, ...]
    stages: tuple[Stage, ...]
    program: tuple[Step, ...]
    offset_s: int
    conflicts: BoolArray
    yields: BoolArray
    clearance_s: np.ndarray[tuple[int, ...], np.dtype[np.int64]]

    @property
    def excludes(self) -> BoolArray:
        """Pairs of groups that must never be green together."""
        return self.conflicts & ~self.yields


@dataclass(frozen=True, slots=True)
class Note:
    """What was wrong with a part of the input, and what was done about it.

    where: the junction or lane.
    text: what was found, what was expected, what happens now.
    uncontrolled: whether the junction stays on its own plan because of it.
    """

    where: str
    text: Text
    uncontrolled: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """A network as far as it could be read, and notes on the rest.

    lanes: by id.
    junctions: those with signals, in order of their ids.
    notes: what was wrong, in order of place.
    """

    lanes: Mapping[str, Lane]
    junctions: tuple[Junction, ...]
    notes: tuple[Note, ...] = ()
    uncontrolled: frozenset[str] = field(default_factory=frozenset)

    def junction(self, name: str) -> Junction:
        """The junction of that id.

        Raises ValueError if there is none.
        """
        for one in self.junctions:
            if one.id == name:
                return one
        known = ", ".join(one.id for one in self.junctions[:5])
        raise ValueError(f"there is no junction {name}; the network has {known} …")
