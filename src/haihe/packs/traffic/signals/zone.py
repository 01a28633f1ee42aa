"""The demonstration's zone as the loops of the pack know it."""

from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.dayplans import plans_by_number
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.tidal.forecast import SLOTS, tide_of
from haihe.packs.traffic.tidal.pilot import Settings
from haihe.packs.traffic.zone import (
    ALONG_AVENUE,
    AVENUE,
    AVENUE_LIMITS,
    FLOWS,
    GATE,
    LAT,
    LON,
    TOWN_OUT,
    zone_network,
)

SLOT_S: Final = 5 * MINUTE // SECOND  # As ``tidal.forecast.SLOT``.
DAYS: Final = 5  # Ours: of history; every working day of the zone is alike.


def tide_counts() -> FloatArray:
    """Vehicles an hour of a usual day over the reversible lane's road; float64 (way, slot)."""
    begins_s = np.arange(SLOTS) * SLOT_S
    counts = np.zeros((2, SLOTS))
    for way, end in enumerate((GATE, TOWN_OUT)):
        for flow in FLOWS:
            if flow.end == end:
                counts[way] += flow.veh_h * ((begins_s >= flow.begin_s) & (begins_s < flow.end_s))
    return counts


ZONE_SITE: Final = Site(
    zone_network(), (LON, LAT), numbered=plans_by_number(zone_network(), along=ALONG_AVENUE)
)
ZONE_TIDE: Final = Settings(
    lanes=(AVENUE,),
    tide=tide_of(np.stack([tide_counts()[None]] * DAYS), np.arange(DAYS)),
    limits=AVENUE_LIMITS,
)
