"""The signal controller: what sensors show, the demand it means, and the stage it calls for."""

from haihe.packs.traffic.control.controller import Call, Controller, Memory
from haihe.packs.traffic.control.layout import Layout, layout_of
from haihe.packs.traffic.control.settings import Settings
from haihe.packs.traffic.control.sight import Detectors, Sight, Vehicles

__all__ = [
    "Call",
    "Controller",
    "Detectors",
    "Layout",
    "Memory",
    "Settings",
    "Sight",
    "Vehicles",
    "layout_of",
]
