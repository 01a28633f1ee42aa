"""A recorded stretch of the streets, driven again: the question and the answer, as plain values.

What answers is a pack's twin; what asks and shows need not know it. A spread is one standard
deviation over the seeds.
"""

from dataclasses import dataclass
from typing import Final

from haihe.model.text import Text
from haihe.model.time import HOUR, MINUTE
from haihe.twin.lane_day import Spread

SPAN_LEAST: Final = 10 * MINUTE  # Ours: less is a few cycles of a signal.
SPAN_MOST: Final = 4 * HOUR  # Ours: a tide with both its edges; a day would be driven for an hour.
SEEDS_LEAST, SEEDS_MOST = 2, 10  # Ours: one has no spread; each costs minutes.


@dataclass(frozen=True, slots=True)
class StreetQuestion:
    """What the plan in force, the loops, and the loops with other settings had come to.

    from_at, to_at: the stretch of the record; ns.
    seeds: how many draws of when within five minutes each vehicle came.
    other: settings to try, name and value, such as ("signals.patience_s", 90.0); () for none.
    """

    from_at: int
    to_at: int
    seeds: int = 3
    other: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be answered, or would take for ever."""
        if not SPAN_LEAST <= self.to_at - self.from_at <= SPAN_MOST:
            raise ValueError(
                f"the stretch lasts {(self.to_at - self.from_at) / MINUTE:.0f} min; ask for one "
                "of 10 min to 4 h."
            )
        if not SEEDS_LEAST <= self.seeds <= SEEDS_MOST:
            raise ValueError(
                f"{self.seeds} seeds were asked for; {SEEDS_LEAST} to {SEEDS_MOST} are allowed."
            )


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
class StreetRun:
    """The recorded demand under one way of steering.

    name: "plan", "loops" or "other".
    lost_veh_h: time in and before the zone, less the free drive of who came.
    saved_veh_h: less lost than under the plan, seed by seed.
    worst_queue_veh: the most that waited on one road; worst_road: where, of the first seed.
    stops: of a vehicle.
    stranded: met in the reversible lane, all seeds together.
    """

    name: str
    title: Text
    lost_veh_h: Spread
    saved_veh_h: Spread
    worst_queue_veh: Spread
    worst_road: str
    stops: Spread
    stranded: int


@dataclass(frozen=True, slots=True)
class StreetAnswer:
    """What was asked, answered; with ``refused`` in words and no runs where it cannot be.

    came_veh: who came in all, as counted from the record.
    fits: of the loops, then of the plan; () if there was nothing to drive.
    """

    from_at: int
    to_at: int
    refused: Text | None
    came_veh: float
    fits: tuple[StreetFit, ...]
    runs: tuple[StreetRun, ...]
    sentence: Text
