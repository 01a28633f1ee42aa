"""A week of a gallery, lived through: what goes wrong in it is drawn from a published seed.

The twin has the pack on duty: devices obey its orders, crews do theirs. Beside it plain limits
watch the same records.
"""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.decision import Settled
from haihe.model.entity import Entity
from haihe.model.line import Action, Step
from haihe.model.record import Rows
from haihe.model.time import DAY, HOUR, MINUTE, SECOND, parse_instant
from haihe.packs.gallery import GalleryTwin, pack
from haihe.packs.gallery.place import ZONES
from haihe.run.check.day import CREWS, TAIL, plain
from haihe.run.check.memory import MemoryZone
from haihe.run.engine import Engine, Item, Told
from haihe.twin import Fault

SEED: Final = 20260101  # Published: whoever draws again gets the same week.
STARTS: Final = "2026-01-01T00:00:00+08:00"  # Ours: any week does.
# Ours: the slowest that the pack's shortest silence allows, 90 s: devices report every third step.
STEP: Final = 25 * SECOND
TURN: Final = 6 * STEP  # Ours: how soon a device or a person is asked again what they did.
TURNS_AT_ONCE: Final = 24  # Ours: what the watches beside it take at once, an hour; bounds memory.
EACH: Final = 6  # Ours: of every kind of incident, in a week; a real gallery has a few in a year.
FLAPS: Final = 12  # Ours: two hours of a radio that is gone three minutes of every ten,
GONE: Final = 3 * MINUTE  # longer than an air station may be silent,
FLAP_EVERY: Final = 10 * MINUTE  # and back for longer than its case needs to close.
WILD_LEL: Final = 30.0  # Ours: a reading half as high again as the alarm, once;
WILD_A_ZONE: Final = 0.25  # each sensor has one a month.
OWN: Final = "gallery"  # The pack on duty; what stands beside it:
LIMITS: Final = "limits without roll-up"
# What only a patrol sees is moved by whole shifts and whole demonstrations: rounds are then alike.
ON_FOOT: Final = "checkpoint"
SHIFT: Final = 8 * HOUR  # The gallery's: one patrol a shift.
FLAPPING: Final = "radio-flapping"
LEARNT: Final = 6 * HOUR  # Ours: what learns has learnt by then; it is no board of first days.
PUMP_CYCLES: Final = (
    1 * HOUR
)  # Ours: a duty pump runs every 20 to 30 minutes; idle it shows nothing.
DRAWS: Final = 100  # Ours: tries to find room; the week is far from full.
APART: Final = 12  # Ours: zones between two incidents, so that each case has one cause.


@dataclass(frozen=True, slots=True)
class Week:
    """What a week came to.

    points: how many values the gallery reports.
    hours: how long it was.
    records: how many were taken.
    scenes: the truth: what went wrong, with what went on at once in one zone together.
    steps: the pack's steps, and the plain limits'.
    refused: what was set aside: entity and when it was observed; ns.
    related: entity to those one relation away, either way.
    took_s: wall time.
    """

    points: int
    hours: int
    records: int
    scenes: tuple[tuple[Fault, ...], ...]
    steps: Mapping[str, tuple[Step, ...]]
    refused: tuple[tuple[str, int], ...]
    related: Mapping[str, frozenset[str]]
    took_s: float


def lived(hours: int, points: int) -> Week:
    """The week, lived through."""
    began = time.perf_counter()
    start_at = parse_instant(STARTS)
    end_at = start_at + hours * HOUR
    twin = GalleryTwin(SEED, zones=_zones_for(points), step=STEP)
    entities = twin.entities()
    scenes = _Draw(twin, entities, start_at=start_at, end_at=end_at).scenes()
    zone = MemoryZone(pack, entities=entities, start_at=start_at, pace=CREWS)
    base = plain(pack)
    assert base is not None  # The gallery has limits.
    other = Engine((base,), zone.directory, orders_withheld=True)
    plainly: list[Step] = []
    records = 0
    for turn, now in enumerate(range(start_at, end_at + 1, TURN)):
        _turn(zone, twin, now=now)
        if turn % TURNS_AT_ONCE and now + TURN <= end_at:
            continue
        records += sum(len(item) for item in zone.items if not isinstance(item, Told))
        plainly += other.take(without_acts(zone.items)).steps
        zone.items.clear()
    return Week(
        points=sum(live.count * len(live.stream.fields) for live in zone.engine.live.streams()),
        hours=hours,
        records=records,
        scenes=scenes,
        steps={OWN: tuple(zone.steps), LIMITS: tuple(plainly)},
        refused=tuple(
            (one.entity, one.observed_at) for one in zone.refused if one.observed_at is not None
        ),
        related=_related(entities),
        took_s=time.perf_counter() - began,
    )


def without_acts(items: Sequence[Item]) -> list[Item]:
    """The items without what people did to the orders of the pack on duty."""
    return [
        dataclasses.replace(
            item, facts=tuple(fact for fact in item.facts if not isinstance(fact, Action))
        )
        if isinstance(item, Told)
        else item
        for item in items
    ]


class _Draw:
    """What goes wrong, and what only looks so, drawn from the seed and put into a twin."""

    def __init__(
        self, twin: GalleryTwin, entities: Sequence[Entity], *, start_at: int, end_at: int
    ) -> None:
        self._twin = twin
        self._rng = np.random.default_rng(SEED)
        self._start_at = start_at
        self._span = (start_at + LEARNT, end_at - HOUR)
        self._ids: dict[str, list[str]] = {}
        for entity in entities:
            self._ids.setdefault(_sort_of(entity.id), []).append(entity.id)
        self._known = frozenset(entity.id for entity in entities)
        self._taken: list[Fault] = []
        self._scenes_drawn: list[tuple[Fault, ...]] = []

    def scenes(self) -> tuple[tuple[Fault, ...], ...]:
        """The true ones; wild readings come on top.

        Of each kind of the demonstration ``EACH`` are drawn for a week; two that overlap in time
        lie ``APART`` zones apart.
        """
        assert pack.demo is not None  # The gallery has a demonstration.
        start_at, end_at = self._span
        count = max(1, round(EACH * (end_at - start_at) / (7 * DAY)))
        radio = Fault(FLAPPING, "zone/1", 0, FLAPS * FLAP_EVERY)
        for scene in (*self._scenes(pack.demo(0)), (radio,)):
            for _ in range(count):
                self._put(scene if len(scene) > 1 else (_long_enough(scene[0]),))
        self._wild(round(WILD_A_ZONE * len(self._ids["zone"]) * (end_at - start_at) / (7 * DAY)))
        return tuple(self._scenes_drawn)

    def _scenes(self, faults: Sequence[Fault]) -> list[tuple[Fault, ...]]:
        """The demonstration's faults, with those that go on at once in one zone kept together.

        A dead fan is seen when there is gas to be blown out, a stuck valve when it should close.
        """
        whole = len(self._ids["zone"])
        scenes: list[list[Fault]] = []
        for fault in faults:
            beside = [
                scene
                for scene in scenes
                if _sort_of(fault.entity) != ON_FOOT
                and len(self._ids[_sort_of(fault.entity)]) == whole
                and any(self._goes_with(fault, other, whole=whole) for other in scene)
            ]
            if beside:
                beside[0].append(fault)
            else:
                scenes.append([fault])
        return [tuple(scene) for scene in scenes]

    def _goes_with(self, fault: Fault, other: Fault, *, whole: int) -> bool:
        """Whether two go on at once in one zone or in two beside each other."""
        return (
            _sort_of(other.entity) != ON_FOOT
            and len(self._ids[_sort_of(other.entity)]) == whole
            and abs(_zone_of(fault.entity) - _zone_of(other.entity)) <= 1
            and fault.starts_at < other.ends_at
            and other.starts_at < fault.ends_at
        )

    def _put(self, scene: Sequence[Fault]) -> None:
        """A scene like this one, anywhere and at any time it fits; none if nowhere."""
        for _ in range(DRAWS):
            faults = self._like(scene)
            if faults and all(map(self._is_free, faults)) and self._happen(faults):
                self._taken += faults
                self._scenes_drawn.append(tuple(faults))
                return

    def _like(self, scene: Sequence[Fault]) -> list[Fault]:
        """The scene in another place at another time; [] where the place does not exist."""
        start_at, end_at = self._span
        begin = min(fault.starts_at for fault in scene)
        lasts = max(fault.ends_at for fault in scene) - begin
        room = max(1, end_at - start_at - lasts)
        first = scene[0].entity
        ids = self._ids[_sort_of(first)]
        at = start_at + int(self._rng.integers(room))
        moved = _zone_of(ids[int(self._rng.integers(len(ids)))]) - _zone_of(first)
        if _sort_of(first) == ON_FOOT:
            at = self._start_at + begin + (1 + (at - start_at) // SHIFT) * SHIFT
            moved -= moved % ZONES
        at -= at % STEP
        faults = [
            dataclasses.replace(
                fault,
                entity=_moved(fault.entity, moved),
                starts_at=at + fault.starts_at - begin,
                ends_at=at + fault.ends_at - begin,
            )
            for fault in scene
        ]
        return faults if all(one.entity in self._known for one in faults) else []

    def _happen(self, faults: Sequence[Fault]) -> bool:
        """Put them into the twin; False if the first cannot happen there, and then none does."""
        parts = [part for fault in faults for part in _parts(fault)]
        try:
            for part in parts:
                self._twin.inject(part)
        except ValueError:  # Not every entity of a sort can have every fault.
            return False
        return True

    def _wild(self, count: int) -> None:
        """Single readings above the limit, which are no incident."""
        model = Fault("sensor-absurd", "zone/1", 0, STEP, WILD_LEL)
        for _ in range(count):
            for fault in self._like((model,)):
                if self._is_free(fault):
                    self._twin.inject(fault)

    def _is_free(self, fault: Fault) -> bool:
        return all(
            abs(_zone_of(fault.entity) - _zone_of(other.entity)) > APART
            or fault.starts_at > other.ends_at + TAIL
            or other.starts_at > fault.ends_at + TAIL
            for other in self._taken
        )


def _turn(zone: MemoryZone, twin: GalleryTwin, *, now: int) -> None:
    """The twin reports up to now; sinks and people act; devices obey."""
    zone.receive([_stamped(rows) for rows in twin.advance(now)])
    zone.wait(now)
    zone.reach(now)
    for order in zone.delivered():
        if order.order.settled is Settled.BY_RECEIPT:
            twin.obey(order.order, at=now)


def _stamped(rows: Rows) -> Rows:
    return dataclasses.replace(rows, received_at=rows.observed_at)


def _zones_for(points: int) -> int:
    """How many zones have about so many points, reckoned from two small galleries."""
    few, more = (_points_of(zones) for zones in (24, 48))
    return max(24, 24 + round((points - few) / (more - few) * 24))


def _points_of(zones: int) -> int:
    """How many values a gallery reports."""
    twin = GalleryTwin(SEED, zones=zones, step=STEP)
    start_at = parse_instant(STARTS)
    spoken = {
        (rows.stream, entity): len(rows.numbers) + len(rows.texts)
        for now in (start_at, start_at + HOUR)
        for rows in twin.advance(now)
        for entity in rows.ids
    }
    return sum(spoken.values())


def _parts(fault: Fault) -> list[Fault]:
    """What the twin knows of a fault: a flapping radio is one that is gone many times."""
    if fault.kind != FLAPPING:
        return [fault]
    begins = range(fault.starts_at, fault.ends_at, FLAP_EVERY)
    return [Fault("sensor-silent", fault.entity, at, at + GONE) for at in begins]


def _long_enough(fault: Fault) -> Fault:
    """The fault, of a pump for long enough that the pump runs meanwhile."""
    if not fault.entity.startswith("pump/"):
        return fault
    return dataclasses.replace(fault, ends_at=fault.ends_at + PUMP_CYCLES)


def _moved(entity: str, zones: int) -> str:
    """The same thing so many zones further.

    >>> _moved("pump/7-2", 3)
    'pump/10-2'
    """
    kind, _, number = entity.partition("/")
    head, dash, which = number.partition("-")
    return f"{kind}/{int(head) + zones}{dash}{which}"


def _sort_of(entity: str) -> str:
    """What sort of entity it is: its kind, and which of several in a zone.

    >>> _sort_of("pump/7-2"), _sort_of("zone/7")
    ('pump-2', 'zone')
    """
    kind, _, number = entity.partition("/")
    return "-".join([kind, *number.split("-")[1:]])


def _zone_of(entity: str) -> int:
    digits = entity.partition("/")[2].partition("-")[0]
    return int(digits) if digits.isdigit() else 0


def _related(entities: Sequence[Entity]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entity in entities:
        for ends in entity.relations.values():
            for other in ends:
                found.setdefault(entity.id, set()).add(other)
                found.setdefault(other, set()).add(entity.id)
    return {entity: frozenset(ends) for entity, ends in found.items()}
