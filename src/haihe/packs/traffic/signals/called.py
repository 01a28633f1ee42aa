"""What the loop last called for and weighed, for those who look."""

from dataclasses import dataclass

from haihe.model.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Called:
    """The last call of the controller, for those who look.

    at: ns; 0 before the first.
    stage: int64 (junction,), as ordered or kept.
    cost, pressure: float64 (junction, stage).
    waiting, waited_s, arriving, room: float64 (junction, lane); arriving in vehicles a second.
    why, alternatives: of the last decision at each junction: Chinese and English; () before it.
    """

    at: int
    stage: IntArray
    cost: FloatArray
    pressure: FloatArray
    waiting: FloatArray
    waited_s: FloatArray
    arriving: FloatArray
    room: FloatArray
    why: tuple[tuple[str, ...], ...]
    alternatives: tuple[tuple[str, ...], ...]
