"""What a pack of signals answers to vehicles and roadside: what lights show, will, and roads."""

from dataclasses import dataclass
from typing import Literal

from haihe.model.text import Text

Shows = Literal["green", "yellow", "red"]
Verdict = Literal["speed", "stop", "unknown"]


@dataclass(frozen=True, slots=True)
class LightTold:
    """What one phase shows, and when that will likely end; None where nothing can be said.

    name: of its signal group, as the place has it.
    is_protected: whether nobody else may cross while it is green.
    since_at: ns.
    least_s, likely_s, most_s: seconds from the instant asked to the change; one change in ten
        comes before the first, one in ten after the last.
    sure: how likely the change comes within two seconds of ``likely_s``; 0 to 1.
    green_s: how long its greens lasted of late; one in ten was shorter.
    """

    phase: int
    name: str
    title: Text
    light: Shows
    is_protected: bool
    since_at: int
    least_s: float | None
    likely_s: float | None
    most_s: float | None
    sure: float
    green_s: float | None


@dataclass(frozen=True, slots=True)
class LightsTold:
    """What a junction's lights show at an instant.

    at: the instant; ns. heard_at: its controller's newest event; ns, 0 if there is none.
    phases: those that have shown something, in order of their numbers.
    missing: why there are none; empty if there are.
    """

    entity: str
    title: Text
    at: int
    heard_at: int
    phases: tuple[LightTold, ...]
    missing: Text


@dataclass(frozen=True, slots=True)
class LightError:
    """How far off the likely ends of one light of a phase were.

    asked: at how many instants the end was foretold, and came.
    missed_s: how far off it was; s, the middle one. near: share within two seconds; 0 to 1.
    """

    phase: int
    light: Shows
    asked: int
    missed_s: float
    near: float


@dataclass(frozen=True, slots=True)
class Approach:
    """A vehicle on its way to a stop line.

    lane: as the place has it. turn: where to; "" for where most of the lane go.
    to_line_m: to the stop line. limit_m_s: the limit there. Both more than 0.
    """

    lane: str
    turn: str
    to_line_m: float
    limit_m_s: float


@dataclass(frozen=True, slots=True)
class AdviceTold:
    """At which speed a vehicle meets green.

    at: the instant it is told of; ns.
    verdict: "speed", "stop" (it will have to) or "unknown".
    low_m_s, high_m_s: the range; arrives_s: seconds to the line at the highest. None without one.
    why: in a sentence.
    """

    entity: str
    lane: str
    phase: int
    at: int
    verdict: Verdict
    low_m_s: float | None
    high_m_s: float | None
    arrives_s: float | None
    why: Text


@dataclass(frozen=True, slots=True)
class TurnSite:
    """One way out of a lane.

    turn: "through", "left", "right" or "around".
    to: the junction it leads to, "" if out of the place; lane: on which lane there, from 0.
    """

    turn: str
    to: str
    lane: int
    phase: int


@dataclass(frozen=True, slots=True)
class LaneSite:
    """A lane to a stop line; its number on its road, from 0 at the right-hand kerb."""

    lane: int
    turns: tuple[TurnSite, ...]


@dataclass(frozen=True, slots=True)
class RoadSite:
    """A road into a junction.

    start: the junction it comes from; "" if from out of the place.
    points: (lon, lat), degrees of WGS-84, along the way. lane_m: the width of a lane.
    """

    name: str
    start: str
    points: tuple[tuple[float, float], ...]
    lane_m: float
    lanes: tuple[LaneSite, ...]


@dataclass(frozen=True, slots=True)
class CrossingSite:
    """A junction with the roads into it; lon and lat in degrees of WGS-84."""

    entity: str
    lon: float
    lat: float
    roads: tuple[RoadSite, ...]
