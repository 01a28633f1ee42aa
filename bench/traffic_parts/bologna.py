"""Bologna Pasubio: its engineers' own plans, buses included, person by person."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.rows import HIGHER, Figure, Options, Row, row
from bench.traffic_parts.driving import Setup
from bench.traffic_parts.many import Asked, Column, driven
from bench.traffic_parts.maps import begin_s, configured, readable, sets
from bench.traffic_parts.resco import NAME, STREET
from bench.traffic_parts.rivals import FIXED
from bench.traffic_parts.street import BUS_PERSONS, Map
from haihe.packs.traffic.limits import LAWFUL

LENGTH_S: Final = 4000  # Ours: the hour's demand, and time to leave.
CAR_PERSONS: Final = 1.2  # Ours, stated: people in a car in the morning peak.
# Its files know no crossings, and its own plan gives greens of 5 s: people on foot are left to it.
LIMITS: Final = replace(LAWFUL, walk=False)
# In the order in which they need one another.
ADDED: Final = ("vtypes.add", "bus_stops.add", "busses.rou", "tls.add")
GOAL: Final = 20.0  # The issue's, percent.


def measure(options: Options, *, seeds: int) -> list[Row]:
    """Person delay beside the shipped plan."""
    maps = readable(options, sets(options, "bologna_pasubio"), read=shipped)
    if not maps:
        return []
    names = ", ".join(of.name for of in maps)
    options.say(f"{names}: lawful limits, {seeds} seeds, {BUS_PERSONS:g} people on a bus")
    setups = (Setup(LIMITS, STREET), Setup(LIMITS, STREET, rival=FIXED))
    found = driven(options, [Asked(of, setups, seeds) for of in maps])
    return [one for name, (ours, fixed) in found.items() for one in _rows(name, ours, fixed=fixed)]


def shipped(folder: Path) -> list[Map]:
    """The map of iTETRIS in that folder, with the files that it was shipped with."""
    nets = sorted(folder.glob("*.net.xml*"))
    named = [one for one in nets if one.name.removesuffix(".gz") == configured(folder, "net-file")]
    net, *_ = [*named, *nets]
    files = sorted((*folder.glob("*.rou.xml*"), *folder.glob("*.add.xml*")))
    added = sorted((one for one in files if _order(one) < len(ADDED)), key=_order)
    routes = tuple(one for one in files if ".rou.xml" in one.name and one not in added)
    begin = begin_s(folder, routes)
    name = folder.name.replace("_", " ").capitalize()
    return [Map(name, net, routes, tuple(added), begin, begin + LENGTH_S, CAR_PERSONS)]


def _order(path: Path) -> int:
    """Types come first, and buses after their stops; what only measures is left out."""
    return next((at for at, one in enumerate(ADDED) if f"{one}.xml" in path.name), len(ADDED))


def _rows(name: str, ours: Column, *, fixed: Column) -> list[Row]:
    mine = [one.person_delay_s for one in ours.runs]
    theirs = [one.person_delay_s for one in fixed.runs]
    pairs = zip(mine, theirs, strict=True)
    saved = [100 * (1 - own / max(other, 1e-9)) for own, other in pairs]
    mean = sum(saved) / len(saved)
    left = {"shipped plan": float(fixed.left)}
    plan = {"shipped plan": sum(theirs) / len(theirs)}
    return [
        row(NAME, Figure(name, "person delay saved, mean", "%", mean, GOAL, HIGHER)),
        row(NAME, Figure(name, "person delay saved, worst seed", "%", min(saved), None, HIGHER)),
        row(NAME, Figure(name, "person delay, mean of the seeds", "s", sum(mine) / len(mine)),
            beside=plan),
        row(NAME, Figure(name, "unfinished or never inserted, worst seed", "veh", ours.left),
            beside=left),
    ]  # fmt: skip
