"""What a city has today, on the same street: its plan, actuated, by delay, and MaxPressure."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray
from haihe.packs.traffic.control import Layout, Sight
from haihe.packs.traffic.control.controller import Signals
from haihe.packs.traffic.control.decide import choose
from haihe.packs.traffic.network import Network

FIXED: Final = "fixed plan"
ACTUATED: Final = "actuated"
DELAY: Final = "delay-based"
PRESSURE: Final = "MaxPressure"
SUMO_TYPES: Final = {ACTUATED: "actuated", DELAY: "delay_based"}
LEAST_S: Final = 5  # What SUMO's tools give a green whose program does not say.
MOST_S: Final = 50  # The same.


def programs_text(network: Network, kind: str) -> str:
    """The network's own programs, as SUMO's ``kind``: the lines of an additional file."""
    lines = []
    for one in network.junctions:
        if not one.stages:
            continue
        lines.append(
            f'<tlLogic id="{one.id}" type="{SUMO_TYPES[kind]}" programID="rival" '
            f'offset="{one.offset_s}">'
        )
        for step in one.program:
            green = not set(step.heads) & set("yYuU") and set(step.heads) & set("Gg")
            least = step.least_s or (LEAST_S if green else step.seconds)
            most = step.most_s or (max(MOST_S, step.seconds) if green else step.seconds)
            lines.append(
                f'<phase duration="{step.seconds}" state="{step.heads}" '
                f'minDur="{least}" maxDur="{most}"/>'
            )
        lines.append("</tlLogic>")
    return "".join(lines)


@dataclass(frozen=True, slots=True)
class MaxPressure:
    """Varaiya's MaxPressure: the stage whose lanes hold most more than the lanes behind them.

    Source: Varaiya, Transportation Research C 36, 2013; vehicles counted as in RESCO.
    """

    layout: Layout

    def cost(self, sight: Sight, signals: Signals) -> FloatArray:
        """float64 (junction, stage): the pressure of each stage, negative."""
        layout = self.layout
        lanes = len(layout.lanes)
        count = np.bincount(sight.vehicles.lane, minlength=lanes)[:lanes].astype(np.float64)
        behind = np.bincount(
            layout.exit_cell,
            weights=layout.exit_share * count[layout.exit_lane],
            minlength=layout.cells,
        ).reshape(layout.approach.shape)
        ahead = np.where(layout.approach >= 0, count[layout.approach], 0.0)
        pressure = np.einsum("jpl,jl->jp", layout.rate > 0, ahead - behind)
        return np.where(signals.choices, -pressure, np.inf)

    def stage(
        self, sight: Sight, signals: Signals
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """int64 (junction,): the stage of the most pressure."""
        return choose(self.cost(sight, signals), signals.stage)
