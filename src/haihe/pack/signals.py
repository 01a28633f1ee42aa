"""What a pack of signals answers to engineers: how well junctions and corridors work.

The platform reads the records and checks who asks; the pack, pure as ever, makes the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from haihe.model.arrays import FloatArray, IntArray
from haihe.model.text import Text
from haihe.pack.lights import AdviceTold, Approach, CrossingSite, LightError, LightsTold


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time that is asked about, in bins.

    from_at, to_at: ns; whole bins. every: length of a bin; ns.
    """

    from_at: int
    to_at: int
    every: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a junction's controller told, in order of time, from somewhat before a stretch on.

    at: int64 (event,), ns. code, parameter: int64 (event,).
    """

    at: IntArray
    code: IntArray
    parameter: IntArray


@dataclass(frozen=True, slots=True)
class Sighted:
    """Where connected vehicles were, in order of time.

    at: int64 (sight,), ns. vehicle: int64 (sight,), one number for each.
    lon, lat: float64 (sight,), degrees of WGS-84.
    """

    at: IntArray
    vehicle: IntArray
    lon: FloatArray
    lat: FloatArray


@dataclass(frozen=True, slots=True)
class PhaseSite:
    """A phase by its number, what people call it, and whether advance detectors watch it."""

    phase: int
    title: Text
    has_advance: bool


@dataclass(frozen=True, slots=True)
class JunctionSite:
    """A junction that can be asked about."""

    entity: str
    title: Text
    phases: tuple[PhaseSite, ...]


@dataclass(frozen=True, slots=True)
class CorridorSite:
    """A road with several junctions, in order; ``junctions`` are entities."""

    name: str
    title: Text
    junctions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure of one phase, or of one way a green ended.

    values: one for each bin; None where there was nothing to measure.
    """

    title: Text
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class MeasureTold:
    """One measure of a junction.

    about: what it tells, in a sentence. missing: why there is nothing; empty if there is something.
    """

    name: str
    title: Text
    about: Text
    unit: str
    lines: tuple[MeasureLine, ...]
    missing: Text


@dataclass(frozen=True, slots=True)
class DetectorTold:
    """What a detector did over a stretch.

    detector: its channel. serves: phases and what for. total: times on; on: share of the time, %.
    longest_on: s. lost: changes that must have been lost.
    verdict: the worst of any bin; good, stuck-on, stuck-off, chattering, losing-events or silent.
    """

    detector: int
    serves: Text
    total: int
    on: float
    longest_on: float
    lost: int
    verdict: str


@dataclass(frozen=True, slots=True)
class JunctionTold:
    """Every measure of a junction over a stretch.

    every: s. events: how many were in it. bins: s after ``from_at``, when each begins.
    """

    entity: str
    title: Text
    from_at: int
    to_at: int
    every: float
    events: int
    bins: tuple[float, ...]
    measures: tuple[MeasureTold, ...]
    detectors: tuple[DetectorTold, ...]


@dataclass(frozen=True, slots=True)
class CoordinationTold:
    """A coordination diagram: each cycle of a phase from red to the next red, and who arrived.

    reds, greens, yellows, ends: s after ``from_at``, one for each cycle, rising.
    arrivals: s after ``from_at``. on_green: whether each met green. into: s after its cycle began;
        None where that cycle is not whole.
    share: of the arrivals, on green, 0 to 1; ratio: of that to the share of time that was green,
        1 where nobody coordinates; None where either is unknown.
    missing: why there is nothing to see, or what lacks; empty if nothing does.
    """

    entity: str
    title: Text
    phase: int
    from_at: int
    to_at: int
    reds: tuple[float, ...]
    greens: tuple[float, ...]
    yellows: tuple[float, ...]
    ends: tuple[float, ...]
    arrivals: tuple[float, ...]
    into: tuple[float | None, ...]
    on_green: tuple[bool, ...]
    share: float | None
    ratio: float | None
    missing: Text


@dataclass(frozen=True, slots=True)
class StopTold:
    """A junction of a corridor: when its coordinated phase was green each way.

    at_m: from the first stop. forward, back: begin and end of each green; s after ``from_at``.
    """

    entity: str
    title: Text
    at_m: float
    forward: tuple[tuple[float, float], ...]
    back: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class BandTold:
    """A way through all greens: who leaves its first stop then, at the speed, stops nowhere.

    begin, end: s after ``from_at``.
    """

    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class TrackTold:
    """A connected vehicle along the corridor: when (s after ``from_at``) it was where (m)."""

    at_s: tuple[float, ...]
    at_m: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CorridorTold:
    """A time-space diagram.

    speed: of progression; km/h. forward, back: the bands through all stops.
    tracks: of connected vehicles; missing: what lacks; empty if nothing does.
    """

    name: str
    title: Text
    from_at: int
    to_at: int
    speed: float
    stops: tuple[StopTold, ...]
    forward: tuple[BandTold, ...]
    back: tuple[BandTold, ...]
    tracks: tuple[TrackTold, ...]
    missing: Text


@dataclass(frozen=True, slots=True)
class DifferenceTold:
    """A measure before and after.

    before, after: over the whole stretch; None where there was nothing to measure.
    bins_before, bins_after: how many bins told something.
    low, high: of the change, 95 % confidence, bins taken as independent; None where unknown.
    verdict: "better", "worse", "changed" (of what has no better), "alike" (within what bins differ
        by anyway) or "unknown" (too few).
    words: the same in a sentence.
    """

    name: str
    title: Text
    unit: str
    before: float | None
    after: float | None
    bins_before: int
    bins_after: int
    verdict: str
    words: Text
    low: float | None
    high: float | None


class Signals(Protocol):
    """What a pack of signals is asked, as a frozen value."""

    @property
    def events(self) -> str:
        """The stream of controllers' events: "code" and "parameter"."""
        ...

    @property
    def vehicles(self) -> str:
        """The stream of connected vehicles: "lon" and "lat"."""
        ...

    @property
    def junctions(self) -> tuple[JunctionSite, ...]:
        """Those that can be asked about."""
        ...

    @property
    def corridors(self) -> tuple[CorridorSite, ...]:
        """Those that can be asked about."""
        ...

    def described(self, text: str) -> "Signals":
        """The same for the junctions, detectors and corridors that an operator describes; YAML.

        Raises ValueError saying what is wrong with the description.
        """
        ...

    def junction(self, entity: str, told: Told, *, stretch: Stretch) -> JunctionTold:
        """Every measure of a junction; ``entity`` is one of ``junctions``."""
        ...

    def coordination(
        self, entity: str, told: Told, *, phase: int, stretch: Stretch
    ) -> CoordinationTold:
        """The coordination diagram of a phase.

        Raises ValueError if the junction has no such phase.
        """
        ...

    def corridor(
        self, name: str, told: Mapping[str, Told], *, sighted: Sighted, stretch: Stretch
    ) -> CorridorTold:
        """The time-space diagram; told: entity to events, for those of its junctions one may see.

        ``name`` is one of ``corridors``.
        """
        ...

    def compared(
        self,
        before: Mapping[str, Told],
        after: Mapping[str, Told],
        *,
        stretches: tuple[Stretch, Stretch],
    ) -> tuple[DifferenceTold, ...]:
        """What differs between two stretches, of some junctions together."""
        ...

    def lights(self, entity: str, told: Told, *, now: int) -> LightsTold:
        """What a junction's lights show at an instant, and will; ns."""
        ...

    def light_errors(self, entity: str, told: Told, *, now: int) -> tuple[LightError, ...]:
        """How far off what was foretold of a junction's lights was, the half hour before; ns."""
        ...

    def advised(self, lights: LightsTold, vehicle: Approach) -> AdviceTold:
        """At which speed a vehicle meets green at the junction of some lights.

        Raises ValueError if the junction has no such lane, or the lane no such turn.
        """
        ...

    @property
    def crossings(self) -> tuple[CrossingSite, ...]:
        """The junctions with their roads; none if nobody said where the roads lie."""
        ...
