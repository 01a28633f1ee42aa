"""What one decision for 300 junctions costs."""

import time
from typing import Final

import numpy as np

from bench.rows import Figure, Options, Row, row
from bench.traffic_parts.resco import NAME, STREET
from haihe.model.time import SECOND
from haihe.packs.traffic.control import Controller, Detectors, Sight, Vehicles, layout_of
from haihe.packs.traffic.control.controller import Signals
from haihe.packs.traffic.interlock import Interlock
from haihe.packs.traffic.limits import LAWFUL
from haihe.packs.traffic.network.grid import GridShape, grid_network
from haihe.packs.traffic.tables import tables_of

ROUNDS, QUICK_ROUNDS = 30, 8  # Ours: the median of so many is stable.
ACROSS, DOWN = 20, 15  # 300 junctions, the issue's.
VEHICLES_LANE: Final = 6  # Ours: a busy hour; 300 junctions see some 14,000 vehicles.
GOAL_MS: Final = 50.0  # The issue's.
LEAST_SHARE: Final = 0.5  # Ours: half of them connected, so that detectors are fused as well.


def measure(options: Options) -> list[Row]:
    """Milliseconds from a sight to a stage for every junction, and of a second of interlock."""
    network = grid_network(GridShape(across=ACROSS, down=DOWN))
    tables = tables_of(network.junctions, LAWFUL)
    layout = layout_of(network, tables, settings=STREET)
    controller, interlock = Controller(layout, STREET), Interlock(tables)
    draw = np.random.default_rng(1)
    heads = interlock.start(np.zeros(len(tables.names), dtype=np.int64), at=0)
    memory = controller.start()
    options.say(f"{len(tables.names)} junctions, {layout.cells} approach lanes")
    deciding, locking = [], []
    for turn in range(QUICK_ROUNDS if options.quick else ROUNDS):
        now = (60 + turn * STREET.slot_s) * SECOND
        sight = _sight(layout.approach, now=now, draw=draw)
        signals = Signals(
            stage=heads.target,
            changing=heads.full_at > now,
            choices=interlock.choices(heads, now=now),
            local=heads.target,
            held=np.full(len(tables.names), -1),
        )
        began = time.process_time()
        memory, call = controller.step(memory, sight, signals=signals)
        decided = time.process_time()
        heads, _ = interlock.step(heads, call.stage, local=heads.target, now=now)
        interlock.shown(heads, now=now)
        deciding.append((decided - began) * 1e3)
        locking.append((time.process_time() - decided) * 1e3)
    case = f"{len(tables.names)} junctions at once"
    return [
        row(NAME, Figure(case, "decided, median", "CPU-ms", float(np.median(deciding)), GOAL_MS)),
        row(NAME, Figure(case, "a second of the interlock, median", "CPU-ms",
                         float(np.median(locking)))),
    ]  # fmt: skip


def _sight(
    approach: np.ndarray[tuple[int, ...], np.dtype[np.int32]],
    *,
    now: int,
    draw: np.random.Generator,
) -> Sight:
    """A busy hour on every approach lane."""
    lanes = np.repeat(approach[approach >= 0], VEHICLES_LANE)
    count = len(lanes)
    return Sight(
        now=now,
        share=LEAST_SHARE,
        vehicles=Vehicles(
            id=np.arange(count, dtype=np.int64),
            lane=lanes,
            to_end_m=draw.uniform(0, 180, count),
            speed_m_s=draw.choice([0.0, 12.0], count),
            persons=np.ones(count),
        ),
        detectors=Detectors(
            works=approach >= 0,
            passed=draw.integers(0, 4, approach.shape).astype(np.float64),
            occupied=draw.random(approach.shape) < 0.5,
            quiet_s=draw.uniform(0, 8, approach.shape),
        ),
        heard=np.ones(len(approach), dtype=np.bool_),
    )
