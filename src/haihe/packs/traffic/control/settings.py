"""The one set of parameters, for every map."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

# Ours: beyond them the forecast means nothing (a share above 1, no forecast at all), or costs more
# than its slot has time for.
REACH: Final[Mapping[str, tuple[float, float]]] = {
    "slot_s": (1, 60),
    "bin_s": (1, 30),
    "bins": (2, 24),
    "switches": (0, 3),
    "sight_m": (20.0, 1000.0),
    "saturation_veh_s": (0.1, 1.0),
    "yielding": (0.0, 1.0),
    "blocked": (0.0, 1.0),
    "start_s": (0.0, 10.0),
    "late_s": (0.0, 10.0),
    "beyond_s": (0.0, 600.0),
    "patience_s": (1.0, 600.0),
    "full": (0.0, 20.0),
    "platoon": (0.0, 1.0),
    "flow_tau_s": (10.0, 3600.0),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How the controller looks ahead. Every map runs with the same values.

    slot_s: seconds between its decisions.
    bin_s: the grain of its forecast.
    bins: how far it looks ahead.
    switches: how many changes of stage it considers within that time.
    sight_m: how far upstream of a stop line vehicles count.
    saturation_veh_s: what one lane lets through in a second of green, before it was measured.
    yielding: the share of that for a movement that gives way.
    blocked: the share of that which a lane still has when one of its movements is held.
    start_s: green lost while a queue starts to move.
    late_s: yellow that vehicles still use.
    beyond_s: what a vehicle left waiting at the end of the forecast still costs.
    patience_s: waiting beyond this counts more and more, so that nobody is left to wait.
    full: how much more a vehicle counts whose queue is about to block what lies upstream.
    platoon: how much of what the green upstream lets go is believed to arrive.
    flow_tau_s: over how long arrivals are averaged.
    """

    slot_s: int = 10
    bin_s: int = 5
    bins: int = 8
    switches: int = 2
    sight_m: float = 200.0
    saturation_veh_s: float = 0.5
    yielding: float = 0.3
    blocked: float = 0.15
    start_s: float = 1.0
    late_s: float = 1.5
    beyond_s: float = 20.0
    patience_s: float = 60.0
    full: float = 3.0
    platoon: float = 0.3
    flow_tau_s: float = 120.0

    def __post_init__(self) -> None:
        """Refuse what nobody could control by.

        Raises ValueError.
        """
        for one in fields(self):
            low, high = REACH[one.name]
            value = getattr(self, one.name)
            if not low <= value <= high:
                raise ValueError(f"{one.name} is {value:g}; give {low:g} to {high:g}.")
