"""What measures need to know of a place: junctions, detectors, corridors; the zone's, or a file's.

A bureau writes it down once, in YAML, beside its records; docs/measures.md says how.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import msgspec
import numpy as np
import yaml

from haihe.model import Text
from haihe.packs.traffic.measures.events import Detectors, Function
from haihe.packs.traffic.network.field import field_network
from haihe.packs.traffic.network.model import Junction, Network
from haihe.packs.traffic.zone import SHAPE, placed, zone_detectors, zone_network

KM_H: Final = 3.6  # Kilometres an hour in a metre a second.
STOPS_MAX: Final = 30  # Ours: a diagram of more cannot be read.


@dataclass(frozen=True, slots=True)
class Stop:
    """A junction of a corridor.

    at_m: from the corridor's beginning.
    forward, back: the phases of its through traffic each way; 0 where there is none.
    lon, lat: of its middle, degrees of WGS-84; nan where nobody said.
    """

    junction: str
    at_m: float
    forward: int
    back: int
    lon: float = nan
    lat: float = nan


@dataclass(frozen=True, slots=True)
class Corridor:
    """A road whose signals work together; stops in order, at least two."""

    name: str
    title: Text
    speed_m_s: float
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A place. Detectors name junctions by their order in the network, from 1."""

    network: Network
    detectors: Detectors
    corridors: tuple[Corridor, ...]

    def device(self, junction: str) -> int:
        """The number of a junction among the detectors.

        Raises ValueError if there is none.
        """
        for number, one in enumerate(self.network.junctions, start=1):
            if one.id == junction:
                return number
        raise ValueError(f"there is no junction {junction} here.")


def zone_site() -> Site:
    """The demonstration's zone with its arterials' middle one as a corridor."""
    network = zone_network()
    return Site(network, zone_detectors(network), tuple(_arterial(network, at) for at in (1,)))


def _arterial(network: Network, row: int) -> Corridor:
    stops = []
    for column in range(SHAPE.across):
        name, x = f"J{column:02d}{row:02d}", column * SHAPE.spacing_m
        junction = network.junction(name)
        lon, lat = placed(x, -row * SHAPE.spacing_m)
        ways = (phase_of(junction, "W-through"), phase_of(junction, "E-through"))
        stops.append(Stop(name, x, *ways, lon, lat))
    title = Text(zh="港城大道", en="Port City Avenue")
    return Corridor("avenue", title, SHAPE.speed_m_s, tuple(stops))


def phase_of(junction: Junction, group: str) -> int:
    """The phase of a signal group by its name; 0 if there is none."""
    names = [one.name for one in junction.groups]
    return names.index(group) + 1 if group in names else 0


class _Detector(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"uses": "for"}):
    """A detector of a file: its channel, the group it serves, and what for."""

    junction: str
    channel: int
    group: str
    uses: tuple[Function, ...]


class _Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stop of a file; groups by name."""

    junction: str
    at_m: float
    forward: str = ""
    back: str = ""
    lon: float = nan
    lat: float = nan


class _Corridor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A corridor of a file."""

    name: str
    zh: str
    en: str
    speed_km_h: float
    stops: tuple[_Stop, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; junctions as the field mapping has them."""

    junctions: list[dict[str, object]]
    detectors: tuple[_Detector, ...] = ()
    corridors: tuple[_Corridor, ...] = ()


def read_site(text: str) -> Site:
    """The place that a file describes.

    Raises ValueError naming what in it is wrong.
    """
    try:
        found = msgspec.convert(yaml.safe_load(text), _File)
    except yaml.YAMLError as error:
        raise ValueError(f"this is no YAML: {error}.") from error
    except msgspec.ValidationError as error:
        raise ValueError(f"the description of the place is not as expected: {error}.") from error
    network = field_network({"junctions": found.junctions})
    corridors = tuple(_corridor(network, one) for one in found.corridors)
    if len({one.name for one in corridors}) < len(corridors):
        raise ValueError("two corridors have one name; name each differently.")
    return Site(network, _detectors(network, found.detectors), corridors)


def _detectors(network: Network, told: Sequence[_Detector]) -> Detectors:
    numbers = {one.id: number for number, one in enumerate(network.junctions, start=1)}
    uses: list[tuple[int, int, int, Function]] = []
    for one in told:
        where = f"the detector on channel {one.channel} of junction {one.junction}"
        if one.junction not in numbers:
            raise ValueError(f"{where}: there is no such junction.")
        if not 0 < one.channel < 1 << 16 or not one.uses:
            raise ValueError(f"{where}: channels are from 1 to 65535, and 'for' says at least one.")
        phase = phase_of(network.junction(one.junction), one.group)
        if not phase:
            raise ValueError(f"{where}: there is no group '{one.group}'.")
        uses += [(numbers[one.junction], one.channel, phase, each) for each in one.uses]
    if len(set(uses)) < len(uses):
        raise ValueError("a detector is there twice for the same use; name each once.")
    columns = np.array([use[:3] for use in uses], np.int64).reshape(-1, 3)
    return Detectors(columns[:, 0], columns[:, 1], columns[:, 2], tuple(use[3] for use in uses))


def _corridor(network: Network, told: _Corridor) -> Corridor:
    places = [one.at_m for one in told.stops]
    if not 2 <= len(places) <= STOPS_MAX or places != sorted(set(places)):
        raise ValueError(
            f"corridor {told.name} has {len(places)} stops at {places}; it needs 2 to {STOPS_MAX}, "
            "each further on than the one before."
        )
    if not told.speed_km_h > 0:
        raise ValueError(f"corridor {told.name}: speed_km_h is {told.speed_km_h}; say more than 0.")
    return Corridor(
        told.name,
        Text(zh=told.zh, en=told.en),
        told.speed_km_h / KM_H,
        tuple(_stop(network, one) for one in told.stops),
    )


def _stop(network: Network, told: _Stop) -> Stop:
    junction = network.junction(told.junction)
    phases = []
    for group in (told.forward, told.back):
        phase = phase_of(junction, group)
        if group and not phase:
            raise ValueError(f"junction {told.junction} has no group '{group}'.")
        phases.append(phase)
    return Stop(told.junction, told.at_m, phases[0], phases[1], told.lon, told.lat)
