"""The pilot on twin corridors, step by step: detectors in, signs out, as on the street."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.measures.events import Events, joined
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.corridor import STEP_S, Shape, Street, drive, empty_street
from haihe.packs.traffic.tidal.machine import Act
from haihe.packs.traffic.tidal.sensors import Sensed, Sensors, sign_events

ZONES: Final = 4  # Ours: of each twin lane.
LATE_S: Final = 8  # Ours: a step of the twin and 3 s of the line.
COUNTED_MIN: Final = 10  # As ``LANE_FLOW`` counts.
MINUTE_STEPS: Final = 60 // STEP_S
# What a person asks for so that a lane is open so.
OPENING: Final = np.array([Act.CLOSE, Act.IN, Act.OUT], np.int64)


@dataclass(frozen=True, slots=True)
class Cast:
    """What stays the same.

    settings: lanes that ``twin_lane`` made, in the order of the corridors; they poll a twin, so
        ``limits.late_s`` is to be ``LATE_S`` at least.
    noise: float64 (minute, corridor, way), what a measured queue is multiplied by; used again from
        the front.
    began_at: of the first step; ns.
    """

    settings: pilot.Settings
    shape: Shape
    noise: FloatArray
    began_at: int

    @property
    def sensors(self) -> Sensors:
        """The lanes' detectors."""
        return Sensors(ZONES, self.shape.cells)


@dataclass(frozen=True, slots=True)
class Came:
    """Who came in one step: ``entry`` float64 (corridor, way), ``sides`` (corridor, way, section).

    acts: int64 (corridor,) of ``Act``, what people want.
    """

    entry: FloatArray
    sides: FloatArray
    acts: IntArray


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything between two steps.

    recent: float64 (minute, corridor, way), who came in the last whole minutes, oldest first; NaN
        before the first.
    coming: float64 (corridor, way), who came in the minute under way.
    """

    street: Street
    sensed: Sensed
    recent: FloatArray
    coming: FloatArray
    flight: pilot.Flight
    shown: IntArray
    steps: int

    @property
    def way(self) -> IntArray:
        """int64 (corridor,), the ``Way`` each lane is open or was last."""
        return self.flight.guard.way


def opening(cast: Cast, way: IntArray) -> Scene:
    """The first instant: a person looked, and the lanes are open these ways; held so by hand.

    way: int64 (corridor,), a ``Way``; with NONE it stays closed.
    """
    count, settings, began_at = len(way), cast.settings, cast.began_at
    flight = pilot.start(settings, at=began_at - 10 * MINUTE)
    now = began_at - STEP_S * SECOND
    nobody, no = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    red = sign_events(nobody, amber=no, at=now)
    interlock = settings.machine.interlock
    guard = interlock.hear(flight.guard, red, now=now)
    guard = interlock.confirm(guard, np.ones(count, np.bool_), now=now)
    unknown = np.full((count, 2), np.nan)
    heard = pilot.Heard(joined([]), unknown, unknown, unknown[:, 0], OPENING[way], no, no)
    flight, told = pilot.turn(settings, replace(flight, guard=guard), heard=heard, now=began_at)
    assert (told.shown == way).all(), "a lane that a person confirmed did not open"
    return Scene(
        street=replace(empty_street(cast.shape), way=way.copy()),
        sensed=cast.sensors.start(),
        recent=np.full((COUNTED_MIN, count, 2), np.nan),
        coming=np.zeros((count, 2)),
        flight=flight,
        shown=told.shown,
        steps=0,
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """What a step brings before the pilot hears of it: to be told, lost or changed on the way."""

    street: Street
    sensed: Sensed
    events: Events


def moved(cast: Cast, scene: Scene, *, came: Came) -> Moved:
    """Vehicles and detectors one step later."""
    at = cast.began_at + scene.steps * STEP_S * SECOND
    street, passed = drive(
        scene.street, cast.shape, arrivals=came.entry, sides=came.sides, shown=scene.shown
    )
    sensed, events = cast.sensors.step(
        scene.sensed, passed, cells=street.cells, way=street.way, at=at
    )
    return Moved(street, sensed, events)


def heard(cast: Cast, scene: Scene, *, came: Came, step: Moved) -> tuple[Scene, pilot.Told]:
    """The scene after the pilot's turn, and what it told; ``step`` as it got through."""
    at = cast.began_at + scene.steps * STEP_S * SECOND
    now, street = at + STEP_S * SECOND, step.street
    guard = scene.flight.guard
    amber: BoolArray = ~guard.lit & (at < guard.dark_at)
    steps, count = scene.steps + 1, len(guard.way)
    recent, coming = scene.recent, scene.coming + came.entry + came.sides.sum(axis=2)
    if steps % MINUTE_STEPS == 0:
        recent, coming = np.concatenate([recent[1:], coming[None]]), np.zeros_like(coming)
    minute = (now - cast.began_at) // MINUTE % len(cast.noise)
    told = pilot.Heard(
        events=joined([step.events, sign_events(scene.shown, amber=amber, at=now - SECOND)]),
        flow_veh_h=recent.sum(axis=0) * (60 / COUNTED_MIN),
        queue_veh=(street.waiting + street.queue.sum(axis=2)) * cast.noise[minute],
        inside_veh=street.cells.sum(axis=1).astype(np.float64),
        acts=came.acts,
        confirmed=np.zeros(count, np.bool_),
        held=np.zeros(count, np.bool_),
    )
    flight, answer = pilot.turn(cast.settings, scene.flight, heard=told, now=now)
    return Scene(street, step.sensed, recent, coming, flight, answer.shown, steps), answer
