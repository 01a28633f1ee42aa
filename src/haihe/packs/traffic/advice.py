"""建议车速: at which speed a vehicle meets green, of what its light will likely show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

AFTER_S: Final = 2.0  # Ours: who comes as it turns green meets the queue that is just starting.
BEFORE_S: Final = 3.0  # Ours: nobody is advised to come in the last seconds of green.
SLOWEST: Final = 0.5  # Ours: of the limit; slower hinders those behind.


@dataclass(frozen=True, slots=True)
class Advice:
    """A range of speeds that meets green.

    low_m_s, high_m_s: from half the limit to the limit.
    arrives_s: when, at the highest.
    """

    low_m_s: float
    high_m_s: float
    arrives_s: float


def advice(
    to_line_m: float, *, limit_m_s: float, greens: Sequence[tuple[float, float]]
) -> Advice | None:
    """The fastest range that meets one of the greens; None if the vehicle will have to stop.

    to_line_m: to the stop line, more than 0.
    greens: from when to when it is green, seconds from now, in order; 0 if it is already.
    Raises ValueError if a distance or the limit is not more than 0.
    """
    if to_line_m <= 0 or limit_m_s <= 0:
        raise ValueError(f"{to_line_m} m to the line at {limit_m_s} m/s: both must be more than 0.")
    for begin, end in greens:
        soonest = begin + AFTER_S if begin > 0 else 0.0
        latest = end - BEFORE_S
        if latest <= soonest:
            continue
        high = min(limit_m_s, to_line_m / soonest) if soonest > 0 else limit_m_s
        low = max(SLOWEST * limit_m_s, to_line_m / latest)
        if low <= high:
            return Advice(low, high, to_line_m / high)
    return None
