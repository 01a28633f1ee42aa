"""A recorded stretch of the streets, driven again: the question and the answer, as plain values.

What answers is a pack's twin; what asks and shows need not know it. A spread is one standard
deviation over the seeds.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Final

from haihe.model.text import Text
from haihe.model.time import HOUR, MINUTE
from haihe.twin.lane_day import FLIPS_MOST, Flip, Spread

SPAN_LEAST: Final = 10 * MINUTE  # Ours: less is a few cycles of a signal.
SPAN_MOST: Final = 24 * HOUR  # Ours: a day; docs/traffic.md says what it costs.
SEEDS_LEAST, SEEDS_MOST = 2, 10  # Ours: one has no spread; each costs minutes.
OTHERS_MOST: Final = 40  # Ours: more is another plan, which is compared as one.
PLAN: Final = "plan."  # Of settings of the plan in force.


@dataclass(frozen=True, slots=True)
class StreetQuestion:
    """What the plan in force, the loops, and what is tried beside them had come to.

    from_at, to_at: the stretch of the record; ns.
    seeds: how many draws of when within five minutes each vehicle came.
    other: settings to try, name and value, such as ("signals.patience_s", 90.0), or of the plan in
        force ("plan.J0101.offset_s", 12.0); () for none.
    flips: the plan in force with the lane turned by this timetable; () for without.
    running: settings of the loops as they run, where they are not as shipped.
    """

    from_at: int
    to_at: int
    seeds: int = 3
    other: tuple[tuple[str, float], ...] = ()
    flips: tuple[Flip, ...] = ()
    running: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be answered, or would take for ever."""
        if not SPAN_LEAST <= self.to_at - self.from_at <= SPAN_MOST:
            raise ValueError(
                f"the stretch lasts {(self.to_at - self.from_at) / MINUTE:.0f} min; ask for one "
                "of 10 min to 24 h."
            )
        if not SEEDS_LEAST <= self.seeds <= SEEDS_MOST:
            raise ValueError(
                f"{self.seeds} seeds were asked for; {SEEDS_LEAST} to {SEEDS_MOST} are allowed."
            )
        self._check_tried()

    def _check_tried(self) -> None:
        names = [name for name, _ in self.other]
        if len(names) > OTHERS_MOST or len(names) != len(set(names)):
            raise ValueError(f"{names} are tried; give each once, and {OTHERS_MOST} at most.")
        if bad := [name for name, value in (*self.other, *self.running) if not isfinite(value)]:
            raise ValueError(f"{bad[0]} is no number.")
        times = [flip.at for flip in self.flips]
        if times != sorted(set(times)) or len(times) > FLIPS_MOST:
            raise ValueError(f"give at most {FLIPS_MOST} turns, each later than the one before.")
        if any(not self.from_at <= at < self.to_at for at in times):
            raise ValueError("a turn lies outside of the stretch; widen it, or leave it out.")


@dataclass(frozen=True, slots=True)
class RoadFit:
    """One road as it was recorded and as the twin gives it back, means of the stretch."""

    road: str
    flow_veh_h: float
    twin_flow_veh_h: float
    waiting_veh: float
    twin_waiting_veh: float


@dataclass(frozen=True, slots=True)
class StreetFit:
    """How well one way of steering gives back what was recorded.

    run: its name.
    waited_veh_h: spent standing, as recorded; twin_waited_veh_h: in the twin, mean of the seeds.
    passed_veh: over all stop lines; twin_passed_veh likewise.
    close: the share of roads whose flow is close to the recorded one (GEH below 5).
    waiting_error_veh: of a road's mean queue, root mean square over the roads.
    roads: each road.
    """

    run: str
    waited_veh_h: float
    twin_waited_veh_h: float
    passed_veh: float
    twin_passed_veh: float
    close: float
    waiting_error_veh: float
    is_good: bool
    roads: tuple[RoadFit, ...]


@dataclass(frozen=True, slots=True)
class RoadRun:
    """One road under one way of steering.

    waiting_veh: the mean of the stretch, with its spread; worst_veh: the most, of any seed.
    """

    road: str
    flow_veh_h: float
    waiting_veh: Spread
    worst_veh: float


@dataclass(frozen=True, slots=True)
class StreetRun:
    """The recorded demand under one way of steering.

    name: "plan", "loops", "other" (the loops with other settings), "other-plan" (the plan in force
        with other times) or "timetable" (the plan in force, the lane turned by the clock).
    settings: what is not as shipped.
    lost_veh_h: time in and before the zone, less the free drive of who came; lost_worst_veh_h: in
        the worst seed.
    saved_veh_h: less lost than under the plan, seed by seed; saved_least_veh_h: in the worst seed.
    worst_queue_veh: the most that waited on one road; worst_road: where, of the first seed.
    stops: of a vehicle.
    stranded: met in the reversible lane, all seeds together.
    roads: each road. waiting_veh: all roads together, by step of ``every``, mean of the seeds.
    """

    name: str
    title: Text
    settings: tuple[tuple[str, float], ...]
    lost_veh_h: Spread
    lost_worst_veh_h: float
    saved_veh_h: Spread
    saved_least_veh_h: float
    worst_queue_veh: Spread
    worst_road: str
    stops: Spread
    stranded: int
    roads: tuple[RoadRun, ...]
    waiting_veh: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StreetAnswer:
    """What was asked, answered; with ``refused`` in words and no runs where it cannot be.

    came_veh: who came in all, as counted from the record.
    seeds: draws.
    every: of the steps of curves; ns. waiting_veh: on all roads together, as recorded, by step.
    fits: of the loops, then of the plan; () if there was nothing to drive.
    doubts: what the figures do not hold, in words.
    """

    from_at: int
    to_at: int
    seeds: int
    refused: Text | None
    came_veh: float
    every: int
    waiting_veh: tuple[float, ...]
    fits: tuple[StreetFit, ...]
    runs: tuple[StreetRun, ...]
    sentence: Text
    doubts: tuple[Text, ...] = ()
