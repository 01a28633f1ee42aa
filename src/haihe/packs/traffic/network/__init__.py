"""What a road network is to the signals: lanes, movements, stages; read from three formats."""

from haihe.packs.traffic.network.cityflow import phases_only, read_cityflow
from haihe.packs.traffic.network.field import read_field
from haihe.packs.traffic.network.grid import GridShape, grid_network
from haihe.packs.traffic.network.model import (
    Group,
    Junction,
    Lane,
    Movement,
    Network,
    Note,
    Signal,
    Stage,
)
from haihe.packs.traffic.network.sumo import Program, read_programs, read_sumo

__all__ = [
    "GridShape",
    "Group",
    "Junction",
    "Lane",
    "Movement",
    "Network",
    "Note",
    "Program",
    "Signal",
    "Stage",
    "grid_network",
    "phases_only",
    "read_cityflow",
    "read_field",
    "read_programs",
    "read_sumo",
]
