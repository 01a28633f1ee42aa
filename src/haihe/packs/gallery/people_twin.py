"""The people of the twin: patrols and crews who go in, work, and leave when they are called.

Each section of the gallery has a patrol of two and a crew of three with one hot-work permit: two
at work and the guardian. Their plans count from the first step, so a demonstration begins with
both inside. It is vectorised over people and zones.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from haihe.model import MINUTE, SECOND, Entity, Order, Rows, Stream, Text
from haihe.model.arrays import BoolArray, FloatArray, IntArray, TextArray
from haihe.packs.gallery.part import DEVICE_EVERY, STEP, Base, noise, sized, struck
from haihe.packs.gallery.people_plan import SECTION, Rounds, Shifts
from haihe.packs.gallery.people_streams import (
    ARRIVED,
    BOARD,
    CHECKED,
    CLOSED,
    COOLING,
    DAY_MIN,
    PATROL,
    PERMIT,
    PERSON,
    SEPARATOR,
    WORKING,
)
from haihe.packs.gallery.place import zone_id, zones_of
from haihe.twin import Fault
from haihe.twin.kernel import Noise

ROLES: Final = (
    Text(zh="巡检员甲", en="Patrol A"),
    Text(zh="巡检员乙", en="Patrol B"),
    Text(zh="动火作业人甲", en="Welder A"),
    Text(zh="动火作业人乙", en="Welder B"),
    Text(zh="动火监护人", en="Guardian"),
)
CREW: Final = len(ROLES)
PATROLS, WELDERS, GUARDIAN = (0, 1), (2, 3), 4
WALK: Final = 2 * MINUTE  # Ours: from the middle of a zone of 200 m to its exit, tools put down.
FOUND: Final = "见照片"  # What a patrol writes of a defect: see the photo.
LEL_SIGMA: Final = 0.3  # Ours: a portable monitor of usual make.
AT_ZONES: Final = ("person-stays", "unpermitted-entry")
AT_PEOPLE: Final = ("person-still", "person-calls", "person-overstays", "person-alone")
AT_PERMITS: Final = (
    "hot-work-gas", "hot-work-untested", "work-unguarded", "permit-overrun", "embers-unchecked",
)  # fmt: skip
AT_CHECKPOINTS: Final = ("patrol-missed", "photo-missing", "defect")
TAG_CLOCKS: Final = ("inside", "over", "still", "alone")
PERMIT_CLOCKS: Final[Mapping[str, str]] = {  # And the fault that lets each run.
    "test_age": "hot-work-untested",
    "unguarded": "work-unguarded",
    "over": "permit-overrun",
}
OUTSIDE: Final = -1  # Row of the zone of whoever is in none.


class People:
    """Patrols, crews, permits and whoever has no leave to be there. See ``Part``.

    Called out, everybody walks out of a zone in ``WALK``, except those a fault holds back. A page
    brings back who overstays or is alone; strangers leave when they are warned off.
    """

    actions: Final = frozenset({"evacuate", "all-clear", "permit-suspend", "page", "warn-off"})

    def __init__(self, seed: int, *, zones: int, step: int = STEP) -> None:
        """Everybody is outside.

        seed, zones, step: as for ``GalleryTwin``.
        """
        self._noise = Noise(seed)
        self._step_min = step / MINUTE
        self._walk = WALK // step
        self._began = -1
        self._rounds, self._shifts = Rounds(zones, step=step), Shifts(zones, step=step)
        sections = len(self._shifts.zone)
        self._zones = _rows(zone_id(number) for number in range(1, zones + 1))
        self._checkpoints = _rows(f"checkpoint/{number}" for number in range(1, zones + 1))
        self._permits = _rows(f"permit/{number}" for number in range(1, sections + 1))
        self._people = _rows(f"person/{number}" for number in range(1, sections * CREW + 1))
        self._names = np.array(list(self._people), np.object_)
        self._out = np.zeros(zones, np.bool_)
        self._warned = np.zeros(zones, np.bool_)
        self._paged = np.zeros(len(self._people), np.bool_)
        self._zone = np.full(len(self._people), OUTSIDE, np.int64)
        self._walking = np.zeros(len(self._people), np.int64)
        self._clocks = {name: np.zeros(len(self._people)) for name in TAG_CLOCKS}
        self._permit_clocks = {name: np.zeros(sections) for name in PERMIT_CLOCKS}
        self.faults: Mapping[str, frozenset[str]] = {
            **dict.fromkeys(AT_ZONES, frozenset(self._zones)),
            **dict.fromkeys(AT_PEOPLE, frozenset(self._people)),
            **dict.fromkeys(AT_PERMITS, frozenset(self._permits)),
            **dict.fromkeys(AT_CHECKPOINTS, frozenset(self._checkpoints)),
        }

    @property
    def zone_of(self) -> IntArray:
        """The row of the zone each person is in, -1 outside; int64 (person,)."""
        return self._zone.copy()

    def entities(self) -> tuple[Entity, ...]:
        """Every person, permit and checkpoint."""
        found = [_checkpoint(zone) for zone in zones_of(len(self._zones))]
        for section, zone in enumerate(self._shifts.zone.tolist()):
            found.append(
                Entity(
                    id=f"permit/{section + 1}",
                    title=Text(
                        zh=f"{section + 1}号标段动火许可",
                        en=f"Hot-work permit of section {section + 1}",
                    ),
                    relations={"zone": (zone_id(zone + 1),)},
                )
            )
            found += [
                Entity(
                    id=f"person/{section * CREW + place + 1}",
                    title=Text(
                        zh=f"{section + 1}号标段{role.zh}", en=f"{role.en} of section {section + 1}"
                    ),
                )
                for place, role in enumerate(ROLES)
            ]
        return tuple(found)

    def obey(self, order: Order) -> None:
        """Call out, call back, suspend or warn off; an order to something unknown is passed by."""
        zone, person = self._zones.get(order.entity), self._people.get(order.entity)
        if order.action == "permit-suspend":
            at = np.zeros(len(self._permits), np.bool_)
            if order.entity in self._permits:
                at[self._permits[order.entity]] = True
            self._shifts.suspend(at if zone is None else self._shifts.zone == zone)
        elif order.action == "page" and person is not None:
            self._paged[person] = True
        elif order.action == "warn-off" and zone is not None:
            self._warned[zone] = True
        elif order.action in ("evacuate", "all-clear") and zone is not None:
            self._out[zone] = order.action == "evacuate"

    def step(self, at: int, *, number: int, faults: Sequence[Fault]) -> list[Rows]:
        """Let everybody act for one step, and say what gateway, desk and handhelds tell of it."""
        if self._began < 0:
            self._began = number
        since = number - self._began
        missed = struck(faults, "patrol-missed", places=self._checkpoints)
        self._rounds.step(since, out=self._out, missed=missed)
        self._work(since, faults)
        self._move(faults)
        found = self._scanned(at, faults)
        if number % DEVICE_EVERY == 0:
            found += [
                self._boards(at, faults),
                self._permit_rows(at, number=number, faults=faults),
                self._tags(at, faults),
            ]
        return found

    def _work(self, since: int, faults: Sequence[Fault]) -> None:
        """Permits and their clocks."""
        wrong = {kind: struck(faults, kind, places=self._permits) for kind in AT_PERMITS}
        uncooled = wrong.pop("embers-unchecked")
        forced = np.any(list(wrong.values()), axis=0)
        self._shifts.step(since, out=self._out, forced=forced, uncooled=uncooled)
        working = self._shifts.state == WORKING
        for clock, kind in PERMIT_CLOCKS.items():
            self._count(self._permit_clocks, clock, runs=working & wrong[kind])

    def _move(self, faults: Sequence[Fault]) -> None:
        """Where everybody wants to be, and how far they get."""
        wrong = {kind: struck(faults, kind, places=self._people) for kind in AT_PEOPLE}
        struck_down = wrong["person-still"] | wrong["person-calls"]
        lingers = wrong["person-overstays"] | wrong["person-alone"]
        self._paged &= lingers
        goal = self._goals(faults)
        last = np.minimum(np.arange(len(goal)) // CREW * SECTION + SECTION, len(self._zones)) - 1
        here = np.where(self._zone >= 0, self._zone, last)
        goal = np.where(wrong["person-alone"], last, goal)
        goal = np.where(struck_down | wrong["person-overstays"], here, goal)
        goal[lingers & self._paged] = OUTSIDE
        held = struck_down | self._stays(faults)
        called = self._in(self._zone, self._out)
        goal[self._in(goal, self._out) & ~struck_down] = OUTSIDE
        self._walking = np.where(called & ~held, self._walking + 1, 0)
        free = ~held & (~called | (self._walking >= self._walk))
        self._zone = np.where(free | (struck_down & (self._zone < 0)), goal, self._zone)
        inside = self._zone >= 0
        crowd = np.bincount(self._zone[inside], minlength=len(self._zones))
        alone = inside & ~self._in(self._zone, self._out)
        alone[inside] &= crowd[self._zone[inside]] == 1
        self._count(self._clocks, "inside", runs=inside)
        self._count(self._clocks, "over", runs=inside & wrong["person-overstays"])
        self._count(self._clocks, "still", runs=inside & wrong["person-still"])
        self._count(self._clocks, "alone", runs=alone)

    def _goals(self, faults: Sequence[Fault]) -> IntArray:
        """The row of the zone where each person's plan wants them; -1 is outside."""
        sections = len(self._permits)
        goal = np.full((sections, CREW), OUTSIDE, np.int64)
        goal[:, PATROLS] = self._rounds.place[:, np.newaxis]
        working, cooling = self._shifts.state == WORKING, self._shifts.state == COOLING
        goal[:, WELDERS[0]] = np.where(working | cooling, self._shifts.zone, OUTSIDE)
        goal[:, WELDERS[1]] = np.where(working, self._shifts.zone, OUTSIDE)
        gone = struck(faults, "work-unguarded", places=self._permits)
        goal[:, GUARDIAN] = np.where((working & ~gone) | cooling, self._shifts.zone, OUTSIDE)
        return goal.reshape(-1)

    def _stays(self, faults: Sequence[Fault]) -> BoolArray:
        """Who stays behind: the first so many of each zone where somebody does."""
        held = np.zeros(len(self._people), np.bool_)
        for fault in faults:
            if fault.kind == "person-stays":
                there = np.flatnonzero(self._zone == self._zones[fault.entity])
                held[there[: round(fault.size)]] = True
        return held

    def _in(self, zone: IntArray, marked: BoolArray) -> BoolArray:
        """Whether each row of a zone is a marked one; -1 never is."""
        found: BoolArray = (zone >= 0) & marked[zone]
        return found

    def _count(self, clocks: dict[str, FloatArray], name: str, *, runs: BoolArray) -> None:
        counted = np.minimum(clocks[name] + self._step_min, DAY_MIN)
        clocks[name] = np.where(runs, counted, 0.0)

    def _boards(self, at: int, faults: Sequence[Fault]) -> Rows:
        strangers = sized(faults, "unpermitted-entry", places=self._zones)
        self._warned &= strangers > 0.0
        strangers[self._warned | self._out] = 0.0
        inside = self._zone >= 0
        count = np.bincount(self._zone[inside], minlength=len(self._zones)) + strangers
        open_permits = (self._shifts.state != CLOSED) & (self._shifts.state != CHECKED)
        table = np.column_stack([count, strangers, self._out, count * self._out])
        who = _listed(self._names[inside], self._zone[inside], count=len(self._zones))
        numbers = np.array(list(self._permits), np.object_)[open_permits]
        permits = _listed(numbers, self._shifts.zone[open_permits], count=len(self._zones))
        return _told(BOARD, self._zones, at=at, table=table, texts=(who, permits))

    def _permit_rows(self, at: int, *, number: int, faults: Sequence[Fault]) -> Rows:
        shifts, clocks = self._shifts, self._permit_clocks
        drawn = noise(self._noise, Base.PEOPLE, number=number, shape=(len(self._permits), 1))[:, 0]
        gas = sized(faults, "hot-work-gas", places=self._permits)
        lel = np.minimum(np.round(np.abs(gas + LEL_SIGMA * drawn), 1), 100.0)
        hot = np.ones(len(lel))
        minutes = [np.round(clocks[name], 1) for name in PERMIT_CLOCKS]
        table = np.column_stack([shifts.state, shifts.zone + 1, hot, lel, *minutes])
        guardians = self._names.reshape(-1, CREW)[:, GUARDIAN].copy()
        return _told(PERMIT, self._permits, at=at, table=table, texts=(guardians,))

    def _tags(self, at: int, faults: Sequence[Fault]) -> Rows:
        sos = struck(faults, "person-calls", places=self._people)
        clocks = [np.round(self._clocks[name], 1) for name in TAG_CLOCKS]
        table = np.column_stack([self._zone + 1, *clocks, sos])
        return _told(PERSON, self._people, at=at, table=table, texts=())

    def _scanned(self, at: int, faults: Sequence[Fault]) -> list[Rows]:
        zones, steps = self._rounds.scans()
        if not len(zones):
            return []
        unseen = steps == ARRIVED
        bare = struck(faults, "photo-missing", places=self._checkpoints)[zones]
        grade = np.minimum(sized(faults, "defect", places=self._checkpoints)[zones], 2.0)
        photos = np.where(unseen, np.nan, np.where(bare, 0.0, steps - ARRIVED))
        table = np.column_stack([steps, photos, np.where(unseen, np.nan, np.round(grade))])
        ids = [f"checkpoint/{zone + 1}" for zone in zones.tolist()]
        by = self._names.reshape(-1, CREW)[zones // SECTION, PATROLS[0]].copy()
        has_photo = (photos > 0.0).tolist()
        photo = [
            f"{one}/{at // SECOND}" if has else None
            for one, has in zip(ids, has_photo, strict=True)
        ]
        finding = [FOUND if found else None for found in (~unseen & (grade > 0.0)).tolist()]
        texts = (by, np.array(finding, np.object_), np.array(photo, np.object_))
        return [_told(PATROL, _rows(ids), at=at, table=table, texts=texts)]


def _rows(ids: Sequence[str] | Iterator[str]) -> dict[str, int]:
    return {entity: row for row, entity in enumerate(ids)}


def _checkpoint(zone: Entity) -> Entity:
    """The checkpoint of a zone, beside the next ones."""
    number = zone.id.removeprefix("zone/")
    beside = (other.removeprefix("zone/") for other in zone.relations["neighbour"])
    return Entity(
        id=f"checkpoint/{number}",
        title=Text(zh=f"{number}号分区巡检点", en=f"Checkpoint of zone {number}"),
        lon=zone.lon,
        lat=zone.lat,
        relations={
            "zone": (zone.id,),
            "neighbour": tuple(f"checkpoint/{other}" for other in beside),
        },
    )


def _listed(names: TextArray, places: IntArray, *, count: int) -> TextArray:
    """The names at each place as one text, in order; "" where there is none."""
    found: list[list[str]] = [[] for _ in range(count)]
    for name, place in zip(names.tolist(), places.tolist(), strict=True):
        found[place].append(name)
    return np.array([SEPARATOR.join(own) for own in found], np.object_)


def _told(
    stream: Stream,
    places: Mapping[str, int],
    *,
    at: int,
    table: FloatArray,
    texts: tuple[TextArray, ...],
) -> Rows:
    """One record of every entity, at one instant.

    table: float64 (entity, number field). texts: object (entity,) for each text field.
    """
    count = len(places)
    return Rows(
        stream=stream.name,
        ids=tuple(places),
        codes=np.arange(count, dtype=np.int32),
        observed_at=np.full(count, at, np.int64),
        numbers={
            field.name: np.ascontiguousarray(table[:, column], np.float64)
            for column, field in enumerate(stream.numbers)
        },
        texts={field.name: column for field, column in zip(stream.texts, texts, strict=True)},
    )
