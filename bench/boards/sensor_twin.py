"""The gallery twin's methane heads: faults put into recorded rows, and real leaks beside them."""

from collections import Counter
from typing import Final

import numpy as np

from bench.boards.verdicts import Verdict, verdicts_of
from haihe.detect import Kin, Seen, SensorFault
from haihe.model import Order, Text
from haihe.model.arrays import FloatArray
from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.packs.gallery.place import zone_id
from haihe.packs.gallery.twin import GalleryTwin
from haihe.twin import Fault

ZONES: Final = 24
CELLS: Final = 20  # Minutes in a block.
BEGIN_AT: Final = 1_767_225_600 * SECOND
SETTLED: Final = 14 * HOUR  # Before the first fault: 42 blocks.
EVERY: Final = 4 * HOUR  # From one fault to the next.
LASTS: Final = 150  # Minutes of a fault, and of the fans after a leak.
LEAKS: Final = 60  # Minutes of a leak.
ANSWERED: Final = 30  # Minutes until its fans run.
SEED: Final = 7
FIELDS: Final = ("methane", "oxygen")
SIZES: Final[dict[str, tuple[float, ...]]] = {
    "stuck": (1,),
    "offset": (3, 5, 10),  # %LEL: about and beyond the 5 %LEL that a head may be out.
    "drifting": (3, 5, 10),  # %LEL an hour.
    "spiking": (4, 8, 16),  # An hour, of 5 to 10 %LEL: a loose plug.
    "event": (100, 200, 300),  # m3/h of gas from a pipe.
}
# A mole of methane takes the place of a mole of air, of which 20.9 % is oxygen: 1 %VOL of methane
# is 20 %LEL and costs 0.209 %VOL of oxygen.
DISPLACED: Final = -20 / 0.209


def twin_told(*, quick: bool) -> dict[str, float]:
    """The share named rightly of each kind of fault; of leaks the share that nobody blamed.

    quick: True for fewer faults.
    """
    plan = _plan(10 if quick else 40)
    table = _recorded(plan)
    _put(table, plan)
    found = _watched(table)
    right, total = Counter[str](), Counter[str]()
    for number, (kind, zone, _) in enumerate(plan):
        first = (SETTLED + number * EVERY) // (CELLS * MINUTE)
        last = first + LASTS // CELLS + 2
        near = {zone} if kind != "event" else {zone - 1, zone, zone + 1}
        named = [v.kind for v in found if v.slot in near and first < v.at <= last]
        total[kind] += 1
        right[kind] += (named[:1] or ["event"])[0] == kind
    return {kind: right[kind] / total[kind] for kind in SIZES}


def _plan(count: int) -> list[tuple[str, int, float]]:
    """Kind, zone and size of each fault, kinds in turn."""
    draw = np.random.default_rng(SEED)
    kinds = [list(SIZES)[number % len(SIZES)] for number in range(count)]
    return [
        (kind, int(draw.integers(1, ZONES - 1)), float(draw.choice(SIZES[kind]))) for kind in kinds
    ]


def _recorded(plan: list[tuple[str, int, float]]) -> FloatArray:
    """What the twin says with the plan's leaks: float64 (zone, minute, field)."""
    twin = GalleryTwin(SEED, zones=ZONES, step=MINUTE)
    twin.advance(BEGIN_AT)
    for number, (kind, zone, size) in enumerate(plan):
        if kind == "event":
            at = BEGIN_AT + SETTLED + number * EVERY
            twin.inject(Fault("gas-leak", zone_id(zone + 1), at, at + LEAKS * MINUTE, size))
            for place in range(max(1, zone), min(ZONES, zone + 2) + 1):
                twin.obey(_order("fan-start", place), at=at + ANSWERED * MINUTE)
                twin.obey(_order("fan-stop", place), at=at + LASTS * MINUTE)
    until = BEGIN_AT + SETTLED + len(plan) * EVERY
    air = [rows for rows in twin.advance(until) if rows.stream == "gallery.air"]
    columns = [np.stack([rows.numbers[field] for rows in air], axis=1) for field in FIELDS]
    return np.stack(columns, axis=2)


def _order(action: str, zone: int) -> Order:
    """What the playbook gives to fans."""
    return Order(
        action=action,
        entity=zone_id(zone),
        assignee="device",
        due_in=MINUTE,
        title=Text(zh="风机", en="fan"),
    )


def _put(table: FloatArray, plan: list[tuple[str, int, float]]) -> None:
    draw = np.random.default_rng(SEED + 1)
    for number, (kind, zone, size) in enumerate(plan):
        begin = int((SETTLED + number * EVERY) // MINUTE)
        minutes = np.arange(begin, min(begin + LASTS, table.shape[1]))
        methane = table[zone, :, 0]
        if kind == "stuck":
            methane[minutes] = methane[begin]
        elif kind == "offset":
            methane[minutes] += size
        elif kind == "drifting":
            methane[minutes] += size * (minutes - begin) / 60
        elif kind == "spiking":
            count = int(size * len(minutes) / 60)
            at = draw.choice(minutes, count, replace=False)
            methane[at] += 5.0 * (1 + draw.random(count))


def _watched(table: FloatArray) -> list[Verdict]:
    zones, minutes, _ = table.shape
    watch = SensorFault(
        "methane", MINUTE, kin=(Kin("oxygen", slope=DISPLACED),), low=0.0, high=100.0,
        cells=CELLS, memory=200,
    )  # fmt: skip
    at = BEGIN_AT + np.repeat(np.arange(minutes, dtype=np.int64), zones) * MINUTE
    slots = np.tile(np.arange(zones, dtype=np.int32), minutes)
    numbers = {
        field: np.ascontiguousarray(table[:, :, column].T).ravel()
        for column, field in enumerate(FIELDS)
    }
    seen = Seen(zones, slots, at, at, np.arange(len(at)), numbers, int(at[-1]))
    _, findings = watch.step(watch.start(), seen)
    return verdicts_of(findings, begin_at=BEGIN_AT, block=CELLS * MINUTE)
