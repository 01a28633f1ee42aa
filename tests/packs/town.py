"""A little town for the signal loop: crossings whose cars arrive on a beat, and their controllers.

Enough to tell whether the loop hears, decides and is obeyed; the pack's twin drives real traffic.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from haihe.log.directory import Directory
from haihe.model import SECOND, Batch
from haihe.model.line import Action, Clock, Decided, Dispatched, Step, StreamDeclared, Verb
from haihe.model.time import parse_instant
from haihe.pack import Pack
from haihe.packs.traffic.interlock import Interlock
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.plan import stages_now
from haihe.packs.traffic.signals.loop import signal_loop
from haihe.packs.traffic.signals.playbooks import PLAYBOOKS
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.streams import SIGNAL_EVENT, SIGNAL_HAND
from haihe.packs.traffic.zone import STOP_LINE, approaches
from haihe.run.engine import Engine, Item, Told
from tests.packs.crossing import network

T0 = 1_767_225_600 * SECOND
CODES = {"G": Code.GREEN, "g": Code.GREEN, "y": Code.YELLOW, "r": Code.RED}
PLAN = 1  # What a controller says of its own plan, code 131.
DISCHARGE_S = 2  # HCM 2016: 1,800 vehicles an hour and lane of green.
Row = tuple[int, str, float, float]  # at, entity, code, parameter
BEATS = (6, 24, 12, 40, 6, 24, 12, 40)  # Seconds between cars of the eight lanes.


def site(count: int = 2) -> Site:
    """So many crossings beside each other."""
    return Site(network(count), (117.68, 39.07))


def pack(of: Site, **parts: object) -> Pack:
    """The pack with the signal loop of a site; parts of the loop may be others."""
    loop = replace(signal_loop(of), **parts)  # type: ignore[arg-type]  # Named by the caller.
    title = loop.title
    return Pack(name="traffic", title=title, playbooks=PLAYBOOKS, loops=(loop,))


@dataclass
class Cars:
    """Queues at the stop lines of one crossing.

    queue: vehicles before each lane's line. next_s: when the next one may leave.
    """

    queue: list[int] = field(default_factory=lambda: [0] * 8)
    next_s: list[int] = field(default_factory=lambda: [0] * 8)


class Town:
    """Controllers with their own interlock and plan, cars, and the platform's engine."""

    def __init__(self, of: Site, *, late_s: int = 0, pack_of: Pack | None = None) -> None:
        self.site, self.late_s = of, late_s
        self.lock = Interlock(of.tables)
        self.heads = self.lock.start(stages_now(of.plans, T0), at=T0)
        self.second = 0
        self.cars = [Cars() for _ in of.junctions]
        self.lit: list[str] = ["?" * len(one.groups) for one in of.junctions]
        self.lines: list[tuple[str, ...]] = []
        self.patterns = [0] * len(of.junctions)
        self.wished = [(-1, 0)] * len(of.junctions)
        self.waiting: list[tuple[int, Dispatched]] = []
        self.refused = 0
        self.waited_s = 0
        self.spoil: Callable[[list[Row]], list[Row]] = lambda rows: rows
        # Junctions that show nothing of an order, refuse it, or give no answer.
        self.deaf: set[int] = set()
        self.refusing: set[int] = set()
        self.away: set[int] = set()
        self.directory = Directory()
        self.engine = Engine((pack_of or pack(of),), self.directory)
        self.next_offset = 0
        self.steps: list[Step] = []
        self.items: list[Item] = []
        self.beats = BEATS
        streams = self.engine.packs[0].all_streams
        self.declared = tuple(StreamDeclared(at=T0, stream=stream) for stream in streams)
        self.tell(*self.declared)
        self.items.clear()

    @property
    def now(self) -> int:
        return T0 + self.second * SECOND

    def tell(self, *facts: object) -> list[Step]:
        told = Told(self.next_offset, facts)  # type: ignore[arg-type]  # Facts.
        self.next_offset += len(facts)
        self.items.append(told)
        return self._kept(self.engine.take([told]).steps)

    def run(self, seconds: int) -> None:
        """Let cars, controllers and the loop go on, a second at a time."""
        for _ in range(seconds):
            self.obey()
            rows = self.spoil(self._street())
            self.second += 1
            if rows:
                self.hear(rows)
            self.tell(Clock(at=self.now))

    def hear(self, rows: Sequence[Row]) -> list[Step]:
        """Events are received now."""
        batch = self.batch(rows)
        self.items.append(batch)
        return self._kept(self.engine.take([batch]).steps)

    def hand(self, entity: str, *, act: str, stage: int, who: str, reason: str) -> list[Step]:
        """A person at the desk wants something."""
        slots, _ = self.directory.assign(SIGNAL_HAND.name, (entity,))
        now = np.array([self.now], dtype=np.int64)
        batch = Batch(
            stream=SIGNAL_HAND.name,
            offsets=np.array([self.next_offset], dtype=np.int64),
            slots=slots,
            observed_at=now,
            received_at=now,
            numbers={"stage": np.array([float(stage)])},
            texts={
                name: np.array([text], dtype=object)
                for name, text in (("act", act), ("who", who), ("reason", reason))
            },
        )
        self.next_offset += 1
        self.items.append(batch)
        return self._kept(self.engine.take([batch]).steps)

    def batch(self, rows: Sequence[Row]) -> Batch:
        names = tuple(dict.fromkeys(row[1] for row in rows))
        slots, _ = self.directory.assign(SIGNAL_EVENT.name, names)
        place = dict(zip(names, slots.tolist(), strict=True))
        count = len(rows)
        batch = Batch(
            stream=SIGNAL_EVENT.name,
            offsets=np.arange(self.next_offset, self.next_offset + count, dtype=np.int64),
            slots=np.array([place[row[1]] for row in rows], dtype=np.int32),
            observed_at=np.array([row[0] for row in rows], dtype=np.int64),
            received_at=np.full(count, self.now, dtype=np.int64),
            numbers={
                "code": np.array([row[2] for row in rows]),
                "parameter": np.array([row[3] for row in rows]),
            },
            texts={},
        )
        self.next_offset += count
        return batch

    def obey(self) -> None:
        """Orders that have come by now."""
        due = [one for at, one in self.waiting if at <= self.now]
        self.waiting = [(at, one) for at, one in self.waiting if at > self.now]
        due = [one for one in due if self.site.rows[one.order.entity] not in self.away]
        for one in due:
            at = self.site.rows[one.order.entity]
            if at in self.deaf or at in self.refusing:
                continue
            if one.order.action == "signal-stage":
                until = parse_instant(one.order.parameters["until"])
                self.wished[at] = (int(one.order.parameters["stage"]), until)
            else:
                self.wished[at] = (-1, 0)
        if due:
            self.tell(
                *(
                    Action(
                        at=self.now,
                        verb=Verb.UNDELIVERED,
                        subject=one.id,
                        by="town",
                        reason="its door is open",
                    )
                    if self.site.rows[one.order.entity] in self.refusing
                    else Action(at=self.now, verb=Verb.DELIVERED, subject=one.id, by="town")
                    for one in due
                )
            )

    def _kept(self, steps: list[Step]) -> list[Step]:
        self.steps += steps
        for step in steps:
            if isinstance(step, Dispatched) and step.case == "traffic.signals":
                self.waiting.append((self.now + self.late_s * SECOND, step))
        return steps

    def _street(self) -> list[Row]:
        now = self.now
        local = stages_now(self.site.plans, now)
        wish = np.array(
            [
                stage if until > now else plan
                for (stage, until), plan in zip(self.wished, local.tolist(), strict=True)
            ]
        )
        self.heads, refused = self.lock.step(self.heads, wish, local=local, now=now)
        self.refused += len(refused)
        lines = self.lock.shown(self.heads, now=now)
        self.lines.append(lines)
        rows: list[Row] = []
        for at, line in enumerate(lines):
            name = self.site.entities[at]
            pattern = self.site.by_centre if self.wished[at][1] > now else PLAN
            if pattern != self.patterns[at]:
                rows.append((now, name, float(Code.PATTERN), float(pattern)))
                self.patterns[at] = pattern
            for group, (old, new) in enumerate(zip(self.lit[at], line, strict=True)):
                if old != new:
                    rows.append((now, name, CODES[new], group + 1))
            rows += self._cars(at, line)
            self.lit[at] = line
        return rows

    def _cars(self, at: int, line: str) -> list[Row]:
        cars, name, rows = self.cars[at], self.site.entities[at], []
        moves = self.site.junctions[at].movements
        groups = [
            next(move.group for move in moves if move.from_lane == lane)
            for lane in approaches(self.site.junctions[at])
        ]
        for lane, beat in enumerate(self.beats):
            if (self.second + 3 * lane) % beat == 0:
                cars.queue[lane] += 1
                if cars.queue[lane] == 1:
                    rows.append((self.now, name, float(Code.DETECTOR_ON), float(STOP_LINE + lane)))
            if cars.queue[lane] and line[groups[lane]] in "Gg" and self.second >= cars.next_s[lane]:
                cars.queue[lane] -= 1
                cars.next_s[lane] = self.second + DISCHARGE_S
                rows.append((self.now, name, float(Code.DETECTOR_OFF), float(STOP_LINE + lane)))
                if cars.queue[lane]:
                    rows.append((self.now, name, float(Code.DETECTOR_ON), float(STOP_LINE + lane)))
            self.waited_s += cars.queue[lane]
        return rows


def orders(steps: Sequence[Step], action: str = "signal-stage") -> list[Dispatched]:
    """The loop's orders of an action."""
    return [one for one in steps if isinstance(one, Dispatched) and one.order.action == action]


def said(steps: Sequence[Step]) -> list[str]:
    """The loop's reasons, in English."""
    return [
        one.why.en for one in steps if isinstance(one, Decided) and one.case == "traffic.signals"
    ]
