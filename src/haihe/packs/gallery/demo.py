"""The day of the demonstration: what goes wrong, where and when."""

from typing import Final

from haihe.model import MINUTE
from haihe.twin import Fault

# Kind, entity, first and last minute, size in the unit the README gives. The first four show, in
# the first minutes, a case from its first sign to closure each; the rest is spread over the day.
PLAN: Final = (
    ("gas-leak", "zone/7", 1, 17, 300.0),
    ("person-stays", "zone/7", 1, 17, 1.0),
    ("pipe-burst", "main/13", 2, 18, 300.0),
    ("pump-failing", "pump/4-1", 3, 25, 8.0),
    ("gateway-dead", "gateway/4", 5, 20, 1.0),
    ("defect", "checkpoint/12", 10, 130, 1.0),
    ("photo-missing", "checkpoint/17", 10, 130, 1.0),
    ("flood", "zone/15", 60, 76, 50.0),
    ("sensor-silent", "zone/2", 75, 90, 1.0),
    ("unpermitted-entry", "zone/23", 100, 110, 1.0),
    ("fan-dead", "fan/10", 110, 150, 1.0),
    ("oxygen-low", "zone/10", 115, 137, 500.0),
    ("sensor-absurd", "zone/3", 150, 165, 250.0),
    ("cover-open", "cover/16", 160, 175, 40.0),
    ("sensor-stuck", "zone/18", 180, 248, 1.0),
    ("cable-hot", "cable/11", 190, 204, 150.0),
    ("intrusion", "zone/1", 200, 215, 1.0),
    ("camera-dead", "camera/8", 215, 235, 1.0),
    ("person-still", "person/2", 226, 238, 1.0),
    ("valve-stuck", "valve/21", 250, 285, 1.0),
    ("pipe-burst", "main/20", 260, 275, 150.0),
    ("hot-work-gas", "permit/1", 262, 277, 20.0),
    ("sensor-blank", "zone/5", 285, 300, 1.0),
    ("h2s-release", "zone/22", 300, 330, 60.0),
    ("pump-wearing", "pump/3-1", 300, 430, 4.5),
    ("pump-clogged", "pump/18-1", 310, 420, 40.0),
    ("door-stuck", "door/16", 330, 345, 1.0),
    ("partial-discharge", "cable/14", 340, 400, 400.0),
    ("cover-shifted", "cover/9", 350, 365, 15.0),
    ("pump-dead", "pump/6-1", 360, 400, 1.0),
    ("pipe-leak", "main/5", 395, 440, 6.0),
    ("cable-smoke", "zone/12", 420, 450, 50.0),
)


def demo_faults(start_at: int) -> tuple[Fault, ...]:
    """What goes wrong on the day of the demonstration, in order of time.

    start_at: when the day starts; ns, twin time.
    """
    return tuple(
        Fault(kind, entity, start_at + start * MINUTE, start_at + end * MINUTE, size)
        for kind, entity, start, end, size in PLAN
    )
