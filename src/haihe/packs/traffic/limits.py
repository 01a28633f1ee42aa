"""What the law and the engineers ask of every signal: least and most green, yellow, red, walk."""

from dataclasses import dataclass
from typing import Final

LANE_M: Final = 3.25  # CJJ 37-2012, 5.3: a lane of a city road.


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one area's signals; whole seconds.

    least_green_s: no green is shorter, whatever a program says.
    most_green_s: no green is longer while another waits; 0 for no such limit.
    most_red_s: no group is red for longer while somebody may wait for it; 0 for no such limit.
    most_uncalled_s: no group is red for longer though nobody asks for it: a detector that is silent
        cannot be told from one that failed.
    yellow_s: the same for all; None for by the speed of the approach.
    all_red_s: least time between a yellow and a conflicting green.
    clearance: whether the clearance matrix asks for more than ``all_red_s`` where paths are long.
    walk: whether each green lasts long enough for people on foot to cross beside it.
    """

    least_green_s: int = 7
    most_green_s: int = 120
    most_red_s: int = 120
    most_uncalled_s: int = 300
    yellow_s: int | None = None
    all_red_s: int = 2
    clearance: bool = True
    walk: bool = True

    def __post_init__(self) -> None:
        """Refuse limits that no signal can keep.

        Raises ValueError if one is negative, the least green is not less than the most red, or
        who asks would wait for longer than who does not.
        """
        numbers = (self.least_green_s, self.most_green_s, self.most_red_s, self.all_red_s)
        if min(numbers) < 0 or (self.yellow_s is not None and self.yellow_s < 0):
            raise ValueError(f"limits are {self}; none may be negative.")
        if self.most_uncalled_s < self.most_red_s:
            raise ValueError(
                f"most_uncalled_s is {self.most_uncalled_s} and most_red_s {self.most_red_s}; who "
                "asks may not wait for longer than who does not."
            )
        for most in (self.most_green_s, self.most_red_s):
            if 0 < most <= self.least_green_s:
                raise ValueError(
                    f"least_green_s is {self.least_green_s} and a limit above it {most}; "
                    "it must be more."
                )


LAWFUL: Final = Limits()  # GB 14886-2016 and RiLSA 2015: what a street needs.
# RESCO's timing: 10 s decisions, of which 3 s yellow; no all-red, nobody on foot.
RESCO: Final = Limits(
    least_green_s=7,
    most_green_s=0,
    most_red_s=0,
    yellow_s=3,
    all_red_s=0,
    clearance=False,
    walk=False,
)
