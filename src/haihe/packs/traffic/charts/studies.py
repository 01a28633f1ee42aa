"""What the traffic pack answers to engineers: the charts of one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from haihe.model import Text
from haihe.pack.lights import AdviceTold, Approach, CrossingSite, LightError, LightsTold
from haihe.pack.signals import (
    CoordinationTold,
    CorridorSite,
    CorridorTold,
    DifferenceTold,
    JunctionSite,
    JunctionTold,
    PhaseSite,
    Sighted,
    Stretch,
    Told,
)
from haihe.packs.traffic.charts.compare import compared
from haihe.packs.traffic.charts.coordination import coordination_told
from haihe.packs.traffic.charts.corridor import corridor_told
from haihe.packs.traffic.charts.crossings import crossings_of
from haihe.packs.traffic.charts.junction import junction_told, own_detectors, title_of
from haihe.packs.traffic.charts.lights import advice_told, errors_told, lights_told
from haihe.packs.traffic.charts.site import Site, read_site, zone_site
from haihe.packs.traffic.measures.events import Function
from haihe.packs.traffic.network.model import Junction
from haihe.packs.traffic.streams import SIGNAL_EVENT, VEHICLE
from haihe.packs.traffic.zone import junction_entity

HEAD: str = junction_entity("")  # Of every junction's entity.


@dataclass(frozen=True)
class Studies:
    """The charts of a place; None for the demonstration's zone."""

    place: Site | None = None

    @cached_property
    def site(self) -> Site:
        """The place; the zone's is made when it is first asked for, for it takes a moment."""
        return zone_site() if self.place is None else self.place

    @property
    def events(self) -> str:
        """The stream of controllers' events."""
        return SIGNAL_EVENT.name

    @property
    def vehicles(self) -> str:
        """The stream of connected vehicles."""
        return VEHICLE.name

    @cached_property
    def junctions(self) -> tuple[JunctionSite, ...]:
        """Every junction of the place."""
        return tuple(
            JunctionSite(
                junction_entity(one.id),
                Text(zh=one.id, en=one.id),
                self._phases(one, device),
            )
            for device, one in enumerate(self.site.network.junctions, start=1)
        )

    def _phases(self, place: Junction, device: int) -> tuple[PhaseSite, ...]:
        own = own_detectors(self.site, device)
        watched = {
            phase
            for phase, use in zip(own.phase.tolist(), own.function, strict=True)
            if use is Function.ADVANCE
        }
        return tuple(
            PhaseSite(phase, title_of(place, phase), phase in watched)
            for phase in range(1, len(place.groups) + 1)
        )

    @property
    def corridors(self) -> tuple[CorridorSite, ...]:
        """Every corridor of the place."""
        return tuple(
            CorridorSite(
                one.name, one.title, tuple(junction_entity(stop.junction) for stop in one.stops)
            )
            for one in self.site.corridors
        )

    def described(self, text: str) -> "Studies":
        """The same for a place that an operator describes.

        Raises ValueError naming what is wrong with the description.
        """
        return Studies(read_site(text))

    def junction(self, entity: str, told: Told, *, stretch: Stretch) -> JunctionTold:
        """Every measure of a junction."""
        return junction_told(self.site, entity.removeprefix(HEAD), told=told, stretch=stretch)

    def coordination(
        self, entity: str, told: Told, *, phase: int, stretch: Stretch
    ) -> CoordinationTold:
        """The coordination diagram of a phase.

        Raises ValueError if the junction has no such phase.
        """
        junction = entity.removeprefix(HEAD)
        return coordination_told(self.site, junction, told=told, phase=phase, stretch=stretch)

    def corridor(
        self, name: str, told: Mapping[str, Told], *, sighted: Sighted, stretch: Stretch
    ) -> CorridorTold:
        """The time-space diagram of a corridor."""
        (found,) = (one for one in self.site.corridors if one.name == name)
        own = _by_junction(told)
        return corridor_told(found, own, sighted=sighted, stretch=stretch)

    def compared(
        self,
        before: Mapping[str, Told],
        after: Mapping[str, Told],
        *,
        stretches: tuple[Stretch, Stretch],
    ) -> tuple[DifferenceTold, ...]:
        """What differs between two stretches, of some junctions together."""
        return compared(
            self.site, _by_junction(before), after=_by_junction(after), stretches=stretches
        )

    def lights(self, entity: str, told: Told, *, now: int) -> LightsTold:
        """What a junction's lights show at an instant, and will; ns."""
        return lights_told(self.site, entity.removeprefix(HEAD), told=told, now=now)

    def light_errors(self, entity: str, told: Told, *, now: int) -> tuple[LightError, ...]:
        """How far off what was foretold of a junction's lights was, the half hour before; ns."""
        return errors_told(self.site, entity.removeprefix(HEAD), told=told, now=now)

    def advised(self, lights: LightsTold, vehicle: Approach) -> AdviceTold:
        """At which speed a vehicle meets green.

        Raises ValueError if the junction has no such lane, or the lane no such turn.
        """
        return advice_told(self.site, lights, vehicle=vehicle)

    @cached_property
    def crossings(self) -> tuple[CrossingSite, ...]:
        """The junctions with their roads; none of a described place, which says no shapes."""
        return crossings_of(self.site.network) if self.place is None else ()


def _by_junction(told: Mapping[str, Told]) -> dict[str, Told]:
    return {entity.removeprefix(HEAD): one for entity, one in told.items()}


STUDIES = Studies()
