"""Bologna Pasubio: its engineers' own plans, buses included, person by person."""

from dataclasses import replace
from typing import Final

from bench.rows import HIGHER, Figure, Options, Row, row
from bench.traffic_parts.driving import Setup
from bench.traffic_parts.many import columns
from bench.traffic_parts.maps import place
from bench.traffic_parts.resco import NAME, STREET
from bench.traffic_parts.rivals import FIXED
from bench.traffic_parts.street import BUS_PERSONS, Map
from haihe.packs.traffic.limits import LAWFUL

END_S: Final = 4000  # Ours: the hour's demand, and time to leave.
CAR_PERSONS: Final = 1.2  # Ours, stated: people in a car in the morning peak.
# Its files know no crossings, and its own plan gives greens of 5 s: people on foot are left to it.
LIMITS: Final = replace(LAWFUL, walk=False)
ADDED: Final = ("vtypes.add", "bus_stops.add", "busses.rou", "tls.add")
GOAL: Final = 20.0  # The issue's, percent.


def measure(options: Options, *, seeds: int) -> list[Row]:
    """Person delay beside the shipped plan."""
    folder = place(options, "bologna_pasubio")
    if folder is None:
        return []
    of = Map(
        "Bologna pasubio",
        folder / "pasubio_buslanes.net.xml.gz",
        (folder / "pasubio.rou.xml.gz",),
        tuple(folder / f"pasubio_{name}.xml.gz" for name in ADDED),
        0,
        END_S,
        CAR_PERSONS,
    )
    options.say(f"{of.name}: lawful limits, {seeds} seeds, {BUS_PERSONS:g} people on a bus")
    ours, fixed = columns(
        [(of, Setup(LIMITS, STREET)), (of, Setup(LIMITS, STREET, rival=FIXED))], seeds=seeds
    )
    mine = [one.person_delay_s for one in ours.runs]
    theirs = [one.person_delay_s for one in fixed.runs]
    pairs = zip(mine, theirs, strict=True)
    saved = [100 * (1 - own / other) for own, other in pairs]
    mean = sum(saved) / len(saved)
    left = {"shipped plan": float(fixed.left)}
    plan = {"shipped plan": sum(theirs) / len(theirs)}
    return [
        row(NAME, Figure(of.name, "person delay saved, mean", "%", mean, GOAL, HIGHER)),
        row(NAME, Figure(of.name, "person delay saved, worst seed", "%", min(saved), None, HIGHER)),
        row(NAME, Figure(of.name, "person delay, mean of the seeds", "s", sum(mine) / len(mine)),
            beside=plan),
        row(NAME, Figure(of.name, "unfinished or never inserted, worst seed", "veh", ours.left),
            beside=left),
    ]  # fmt: skip
