"""A recorded day of a reversible lane, asked: the question and the answer, as plain values.

What answers is a pack's twin; what asks and shows need not know it. Minutes are whole minutes of
the record, ways "inbound", "outbound" and "closed", and a spread is one standard deviation over the
seeds that draw the arrivals.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from haihe.model.text import Text
from haihe.model.time import HOUR, MINUTE

WayName: TypeAlias = Literal["closed", "inbound", "outbound"]
SPAN_LEAST: Final = 30 * MINUTE  # Ours: less holds no tide.
SPAN_MOST: Final = 24 * HOUR  # Ours: a day.
FLIPS_MOST: Final = 12  # Ours: a lane that turns more often serves nobody.
SEEDS_LEAST, SEEDS_MOST = 2, 30  # Ours: one has no spread; what more would tell costs more time.


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of way: from ``at`` on it is closed, proved empty and opened this way; ns."""

    at: int
    way: WayName


@dataclass(frozen=True, slots=True)
class OtherLoop:
    """Settings of the tidal loop to try instead of those in force; None leaves one as it is.

    minimum_hold_min: from opening the lane to closing it again by decision; minutes.
    factor: how many times the cost of clearing a turn must gain.
    gain_least_veh_h: and how many vehicle hours more than that cost.
    share_least: of the gaining way in the demand, 0 to 1.
    """

    minimum_hold_min: float | None = None
    factor: float | None = None
    gain_least_veh_h: float | None = None
    share_least: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no loop could run with."""
        told = (self.minimum_hold_min, self.factor, self.gain_least_veh_h, self.share_least)
        if any(one is not None and not 0 <= one <= 1_000 for one in told):
            raise ValueError(f"the loop's settings are {told}; give numbers from 0 to 1,000.")
        if self.share_least is not None and self.share_least > 1:
            raise ValueError(f"share_least is {self.share_least}; give a share from 0 to 1.")


@dataclass(frozen=True, slots=True)
class LaneQuestion:
    """What would have happened, had the lane been turned then.

    lane: of which, such as "lane/avenue".
    from_at, to_at: the stretch of the record; ns.
    flips: when to turn instead, in order of time; () asks only what never turning had meant.
    seeds: how many draws of the arrivals.
    other: the loop with other settings beside; None for without.
    search: whether to look for the best of a coarse grid of times too.
    may_begin_later: whether the stretch may begin where the record does, as nobody named its begin.
    """

    lane: str
    from_at: int
    to_at: int
    flips: tuple[Flip, ...] = ()
    seeds: int = 10
    other: OtherLoop | None = None
    search: bool = False
    may_begin_later: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be answered, or would take for ever."""
        if not SPAN_LEAST <= self.to_at - self.from_at <= SPAN_MOST:
            raise ValueError(
                f"the stretch lasts {(self.to_at - self.from_at) / MINUTE:.0f} min; ask for one "
                "of 30 min to 24 h."
            )
        if not SEEDS_LEAST <= self.seeds <= SEEDS_MOST:
            raise ValueError(
                f"{self.seeds} seeds were asked for; {SEEDS_LEAST} to {SEEDS_MOST} are allowed."
            )
        times = [flip.at for flip in self.flips]
        if times != sorted(set(times)) or len(times) > FLIPS_MOST:
            raise ValueError(
                f"{len(times)} turns at {times}; give at most {FLIPS_MOST}, each later than the "
                "one before."
            )
        if any(not self.from_at <= at < self.to_at for at in times):
            raise ValueError("a turn lies outside of the stretch; widen it, or leave it out.")


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over the seeds: its mean and its standard deviation."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch in which the lane was open one way, or closed; ns."""

    from_at: int
    to_at: int
    way: WayName


@dataclass(frozen=True, slots=True)
class LaneRun:
    """The same demand with the lane turned one way or another.

    name: "recorded", "asked", "never", "loop", "other" or "best".
    title: for people.
    flips: when it began to turn, of the first seed.
    bands: what was shown, of the first seed.
    lost_veh_h: time in and before the corridor, less the free drive.
    saved_veh_h: less lost than with the signs as recorded, seed by seed.
    worst_queue_veh: the most that waited one way.
    gone_min: when the last queue of ten vehicles was gone, minutes from the stretch's begin; null
        if there was none.
    left_veh: vehicles that wait at the end of the stretch.
    clearing_s: how long a turn took from the amber to the other way's green; null without one.
    stranded, asks: vehicles met by the other way; times that only a person could open it; all
        seeds together.
    queue_veh: by way (inbound, outbound) and minute, mean of the seeds.
    """

    name: str
    title: Text
    flips: tuple[Flip, ...]
    bands: tuple[Band, ...]
    lost_veh_h: Spread
    saved_veh_h: Spread
    worst_queue_veh: Spread
    gone_min: Spread | None
    left_veh: float
    clearing_s: Spread | None
    stranded: int
    asks: int
    queue_veh: tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the twin gives back what was recorded, with the recorded demand and signs.

    capacity_factor: the capacity it fits best with, over the lane's setting.
    red_s: how long everybody stands at red lights besides; the twin's queues hold it in this fit,
        and no run does: it is the same in all.
    waited_veh_h, twin_waited_veh_h: time in queues, both ways, as recorded and by the twin.
    error_veh: root of the mean square between the queues, ten minutes by ten, both ways.
    worst_veh: the longest queue recorded, over ten minutes.
    inside_error_veh: the same as ``error_veh`` for the vehicles in the lane.
    late_s: how long the twin's lane was not empty yet when it was recorded as opened, at most.
    is_good: whether the twin may be asked anything.
    """

    capacity_factor: float
    red_s: float
    waited_veh_h: float
    twin_waited_veh_h: float
    error_veh: float
    worst_veh: float
    inside_error_veh: float
    late_s: float
    is_good: bool


@dataclass(frozen=True, slots=True)
class LaneAnswer:
    """What the day had been.

    refused: why nothing is answered; null if it is.
    fit: null where the record has holes.
    demand_veh_h: by way and minute, as recorded.
    queue_veh: by way and minute, as recorded; ``twin_queue_veh`` as the twin gives it back.
    runs: the recorded signs first.
    sentence: what was asked, answered in a sentence.
    """

    lane: str
    from_at: int
    to_at: int
    refused: Text | None
    fit: Fit | None
    demand_veh_h: tuple[tuple[float, ...], ...]
    queue_veh: tuple[tuple[float, ...], ...]
    twin_queue_veh: tuple[tuple[float, ...], ...]
    runs: tuple[LaneRun, ...]
    sentence: Text
