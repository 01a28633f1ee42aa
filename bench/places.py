"""What the live view and its peers are asked: places, and how long the answers took."""

from dataclasses import dataclass
from typing import Final

from haihe.model.arrays import FloatArray

KM: Final = 1  # A side of the box; km.
NEAREST: Final = 10


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything stands, and around which places is asked; degrees, float64."""

    lon: FloatArray
    lat: FloatArray
    ask_lon: FloatArray
    ask_lat: FloatArray


@dataclass(frozen=True, slots=True)
class Asked:
    """Moves a second with the index kept; ms of a 1 km box and of the nearest ten, the medians."""

    moves_s: float
    box_ms: float
    near_ms: float
