"""The local plans of the zone's controllers by the number they tell, and which is in force when."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from haihe.packs.traffic.network.model import Network
from haihe.packs.traffic.plan import Plan, plan_of

# Parameters of code 131; Ours, as a bureau numbers its plans.
PATTERNS: Final = {"balanced": 1, "tide-in": 2, "tide-out": 3}
# Ours: seconds of green of the stages of ``network.grid`` while a tide runs east or west: what
# people on foot need to cross, and the rest for the arterial.
TIDE_GREENS_S: Final = (22, 8, 55, 8)
CHANGE_S: Final = 5  # ``network.grid``: yellow and all-red.
BETWEEN_S: Final = 27  # Ours: 350 m at 13 m/s, from one junction's green to the next one's.


def plans_by_number(network: Network, *, along: Sequence[str]) -> Mapping[int, tuple[Plan, ...]]:
    """Local plans by the number that controllers tell (131), one for each junction.

    along: junctions in the order of the way in.
    """
    return {PATTERNS[name]: plans for name, plans in day_plans(network, along=along).items()}


def day_plans(network: Network, *, along: Sequence[str]) -> dict[str, tuple[Plan, ...]]:
    """The local plans by name; those of a tide differ for the junctions along its road only.

    along: junctions in the order of the way in.
    """
    usual = tuple(plan_of(one) for one in network.junctions)
    plans = {"balanced": usual}
    for name, order in (("tide-in", along), ("tide-out", tuple(reversed(along)))):
        plans[name] = tuple(
            _tide_plan(order.index(one.id)) if one.id in order else usual[at]
            for at, one in enumerate(network.junctions)
        )
    return plans


def _tide_plan(place: int) -> Plan:
    """A plan for the place a junction has on the tide's way."""
    stages = range(len(TIDE_GREENS_S))
    seconds = [
        stage
        for at, green_s in enumerate(TIDE_GREENS_S)
        for stage in [at] * green_s + [stages[at - len(stages) + 1]] * CHANGE_S
    ]
    return Plan(np.array(seconds, np.int64), place * BETWEEN_S)
