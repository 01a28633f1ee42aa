"""A small zone to test with: two packs whose playbooks roll up, close on evidence and escalate.

Their decisions word everything their view shows, so that a view that differs by one record gives
different bytes.
"""

from dataclasses import dataclass

import numpy as np

from haihe.detect.absence import Silence
from haihe.detect.limit import Limit
from haihe.model import (
    MINUTE,
    SECOND,
    Case,
    Decision,
    Field,
    FieldKind,
    Observation,
    Order,
    Settled,
    Severity,
    Stream,
    Text,
)
from haihe.model.arrays import IntArray
from haihe.model.decision import WorkOrder
from haihe.pack import Closure, Effect, Loop, Pack, Playbook, RollUp, Turn, View

T0 = 1_767_225_600 * SECOND  # 2026-01-01.
PLACES = tuple(f"zone/{number}" for number in range(5))
PEOPLE = ("ann", "bo", "cy")
NAME = Text(zh="名", en="name")

AIR = Stream(
    "a.air",
    (
        Field("methane", "%LEL", 0, 100),
        Field("oxygen", "%", 0, 25),
        Field("state", kind=FieldKind.TEXT),
    ),
)
WATER = Stream("a.water", (Field("level", "m", 0, 9), Field("note", kind=FieldKind.TEXT)))
AIR_WITH_CO = Stream("a.air", (*AIR.fields, Field("co", "1", 0, 500)))
STREAMS = (AIR, WATER)


def shown(view: View, entity: str) -> str:
    """Everything the view tells of a place."""
    parts = []
    for stream in STREAMS:
        seen = view.latest(stream.name, entity)
        if seen is not None:
            values = {**seen.numbers, **seen.texts}
            told = " ".join(f"{name}={values[name]}" for name in sorted(values))
            parts.append(f"{stream.name}@{seen.offset}/{(seen.observed_at - T0) // SECOND} {told}")
    return "; ".join(parts)


def ventilate(case: Case, view: View) -> Decision:
    """Fans of the place and its neighbours at once, a crew for the place the case began at."""
    places = [case.entity, *view.neighbours(case.entity)]
    fans = [
        Order(
            action="fan-start",
            entity=place,
            assignee="scada",
            due_in=2 * MINUTE,
            title=NAME,
            settled=Settled.BY_RECEIPT,
        )
        for place in places
    ]
    crew = Order(
        action="look",
        entity=case.entity,
        assignee="crew",
        due_in=5 * MINUTE,
        title=NAME,
        parameters={"severity": str(int(case.severity))},
    )
    why = "|".join(shown(view, place) for place in places)
    return Decision(orders=(*fans, crew), why=Text(zh="因", en=f"{view.now - T0} {why}"))


def stand_down(case: Case, view: View) -> Decision:
    """The fan off again."""
    order = Order(
        action="fan-stop",
        entity=case.entity,
        assignee="scada",
        due_in=1 * MINUTE,
        title=NAME,
        settled=Settled.BY_RECEIPT,
    )
    return Decision(orders=(order,), why=Text(zh="因", en=shown(view, case.entity)))


def pump_or_fail(case: Case, view: View) -> Decision:
    """A pump; but the code breaks on a level of 8, as packs do."""
    seen = view.latest(WATER.name, case.entity)
    if seen is not None and seen.numbers["level"] == 8.0:
        raise RuntimeError("no pump is that large")
    order = Order(
        action="pump-start",
        entity=case.entity,
        assignee="scada",
        due_in=3 * MINUTE,
        title=NAME,
        settled=Settled.BY_RECEIPT,
    )
    return Decision(orders=(order,), why=Text(zh="因", en=shown(view, case.entity)))


def note_only(case: Case, view: View) -> Decision:
    """No order: the case closes on evidence alone."""
    return Decision(orders=(), why=Text(zh="因", en=shown(view, case.entity)))


def is_quiet(seen: Observation) -> bool:
    """Whether methane was told and is low."""
    return seen.numbers["methane"] <= 5.0


def is_dry(seen: Observation) -> bool:
    """Whether the level was told and is low; breaks on a level of 7, as packs do."""
    if seen.numbers["level"] == 7.0:
        raise ZeroDivisionError("7")
    return seen.numbers["level"] <= 2.0


def _playbook(name: str, stream: Stream, **parts: object) -> Playbook:
    return Playbook(name=name, title=NAME, stream=stream, **parts)  # type: ignore[arg-type]  # Named by the caller.


@dataclass(frozen=True)
class Heard:
    """How many records of each place a loop has heard, and what they summed up to."""

    counts: IntArray
    total: float = 0.0
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Damper:
    """A control that opens dampers where methane is above ``open_at``, and words all it sees."""

    open_at: float = 10.0
    fails_at: float = 1e9

    def start(self) -> Heard:
        return Heard(np.zeros(0, dtype=np.int64))

    def turn(self, memory: Heard, turn: Turn) -> tuple[Heard, list[Decision]]:
        """One decision for each place that is high; a reason alone when water was heard."""
        decisions, told, total = [], [], memory.total
        counts = np.zeros(len(turn.ids.get(AIR.name, ())), dtype=np.int64)
        counts[: len(memory.counts)] = memory.counts
        for stream, rows in sorted(turn.new.items()):
            told.append(f"{stream} {rows.offsets.tolist()} {sorted(rows.numbers)}")
        if (air := turn.new.get(AIR.name)) is not None:
            methane = air.numbers["methane"]
            if (methane[np.isfinite(methane)] > self.fails_at).any():
                raise RuntimeError("no damper is that large")
            total += float(np.nansum(np.where(np.isinf(methane), 0.0, methane)))
            np.add.at(counts, air.slots, 1)
            for slot in np.unique(air.slots[methane > self.open_at]).tolist():
                place = turn.ids[AIR.name][slot]
                order = Order(
                    action="damper-open",
                    entity=place,
                    assignee="scada",
                    due_in=1 * MINUTE,
                    title=NAME,
                    settled=Settled.BY_RECEIPT,
                    parameters={"heard": str(counts[slot])},
                )
                words = f"{shown(turn.view, place)} {told} {total}"
                decisions.append(Decision(orders=(order,), why=Text(zh="因", en=words)))
        if WATER.name in turn.new:
            decisions.append(Decision(orders=(), why=Text(zh="因", en=f"{told} {memory.said}")))
        return Heard(counts, total, (*memory.said, str(len(told)))[-3:]), decisions


def is_open(order: WorkOrder, view: View) -> Effect | None:
    """What the damper brought about; breaks on a level of 6, as packs do."""
    seen = view.latest(WATER.name, order.order.entity)
    if seen is not None and seen.numbers["level"] == 6.0:
        raise RuntimeError("6")
    why = Text(zh="因", en=f"{order.state} {shown(view, order.order.entity)}")
    return None if seen is None else Effect(1.0, 2.0, is_good=seen.offset % 2 == 0, why=why)


PACK_A = Pack(
    name="a",
    title=NAME,
    playbooks=(
        _playbook(
            "methane-high",
            AIR,
            detect=Limit("methane", high=20.0, deadband=5.0, severity=Severity.SEVERE),
            decide=ventilate,
            close=Closure(window=2 * MINUTE, at_least=2, holds=is_quiet, gap=2 * MINUTE),
            due_in=6 * MINUTE,
            roll_up=RollUp(window=4 * MINUTE, settle=5 * MINUTE),
            stand_down=stand_down,
        ),
        _playbook(
            "methane-stays",
            AIR,
            detect=Limit("methane", high=10.0, on_delay=1 * MINUTE, off_delay=1 * MINUTE),
            decide=note_only,
            close=Closure(window=1 * MINUTE, at_least=2, holds=is_quiet, gap=3 * MINUTE),
            due_in=3 * MINUTE,
            roll_up=RollUp(window=2 * MINUTE),
            under=("methane-high",),
        ),
        _playbook(
            "silent",
            AIR,
            detect=Silence(4 * MINUTE),
            decide=note_only,
            close=Closure(window=1 * MINUTE, at_least=2, holds=lambda _: True, gap=2 * MINUTE),
        ),
    ),
    streams=(WATER,),
    loops=(
        Loop(
            name="dampers",
            title=NAME,
            streams=(AIR, WATER),
            every=45 * SECOND,
            control=Damper(),
            effect=is_open,
            effect_after=100 * SECOND,
        ),
    ),
)
PACK_B = Pack(
    name="b",
    title=NAME,
    playbooks=(
        _playbook(
            "level-high",
            WATER,
            detect=Limit("level", high=5.0, deadband=1.0),
            decide=pump_or_fail,
            close=Closure(window=1 * MINUTE, at_least=2, holds=is_dry, gap=3 * MINUTE),
            due_in=4 * MINUTE,
            under=("silent",),
        ),
        _playbook(
            "silent",
            WATER,
            detect=Silence(5 * MINUTE),
            decide=note_only,
            close=Closure(window=1 * MINUTE, at_least=1, holds=lambda _: True),
            due_in=2 * MINUTE,
        ),
    ),
)
PACKS = (PACK_A, PACK_B)
RULES = ("a.methane-high", "a.methane-stays", "a.silent", "b.level-high", "b.silent", "a.dampers")
