"""A day of a pack's twin with known faults, and how well they were noticed, beside a baseline.

The baseline, "plain limit", stands in most control rooms: a fixed limit on each value, without
deadband, without delay, and with every place for itself. It reads the very records the pack reads.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from haihe.detect.limit import Limit
from haihe.errors import SinkFailed
from haihe.feed.door import RefusedRecord
from haihe.log.directory import Directory
from haihe.model.case import Case
from haihe.model.decision import Decision, Order, Settled
from haihe.model.entity import Entity
from haihe.model.line import Action, AlarmRaised, Step
from haihe.model.record import Rows
from haihe.model.text import Text
from haihe.model.time import HOUR, MINUTE, SECOND, parse_instant
from haihe.pack.contract import Pack, RollUp
from haihe.pack.view import View
from haihe.run.check.memory import MemoryZone, Pace
from haihe.run.check.spoil import SEED
from haihe.run.engine import Engine, Item, Told
from haihe.run.guard import Guard, PackFailed
from haihe.twin.contract import Fault, Twin

STARTS: Final = "2026-01-01T00:00:00+08:00"  # Ours: any day does.
# Ours: where a loop steers, a working day, from when the demonstration begins: its faults need it.
MORNING: Final = "2026-03-04T06:40:00+08:00"
# Ours: from its morning until 20:40 both tides have come and gone; a loop has 720 turns an
# hour and all of it is run twice, so its night is left to ``--hours 24``.
WHOLE_H, WORKING_H = 24, 14
TURN: Final = 1 * MINUTE  # Ours: how soon a device gateway answers an order.
LOOP_TURN: Final = 5 * SECOND  # Ours: and how soon those of devices that a loop steers.
CREWS: Final = Pace(4 * MINUTE, 12 * MINUTE, 13 * MINUTE)  # Ours: a crew in the same quarter.
TAIL: Final = 1 * HOUR  # Ours: what a fault leaves behind (gas, water) is gone by then.
HOPS: Final = 2  # Ours: what spreads reaches the neighbour's neighbour before anyone stops it.
BASELINE: Final = "plain limit"
QUARANTINE: Final = "quarantine"


@dataclass(frozen=True, slots=True)
class TwinDay:
    """What a day gave.

    start_at, end_at: ns.
    faults: the truth.
    related: entity to those one relation away, either way.
    items: the log it made.
    steps: what followed, in order.
    refused: what was set aside.
    directory: the log's slots.
    """

    start_at: int
    end_at: int
    faults: tuple[Fault, ...]
    related: Mapping[str, frozenset[str]]
    items: tuple[Item, ...]
    steps: tuple[Step, ...]
    refused: tuple[RefusedRecord, ...]
    directory: Directory


class Noticed(msgspec.Struct, frozen=True):
    """One true fault and who noticed it first.

    kind, entity: the fault.
    by: the rule; "quarantine" where its records were set aside; "" if nobody noticed.
    delay_s: from its start; 0 if nobody noticed.
    """

    kind: str
    entity: str
    by: str
    delay_s: float


class Tally(msgspec.Struct, frozen=True):
    """How well a watch noticed what was true.

    where: "cases" or "twin day".
    watch: the pack, or the baseline's name.
    events, found, false: what was true, what of it was noticed, and alarms without a cause.
    alarms: how many were raised.
    delay_s: median delay of what was found; 0 where nothing was or it is not measured.
    """

    where: str
    watch: str
    events: int
    found: int
    false: int
    alarms: int
    delay_s: float = 0.0


def entities_of(pack: Pack) -> tuple[Entity, ...]:
    """What the pack's twin models; nothing without a twin.

    Raises PackFailed if the twin does.
    """
    if pack.twin is None:
        return ()
    guard = Guard()
    return guard.call(guard.call(pack.twin, SEED).entities)


def hours_of(pack: Pack) -> int:
    """How long the day is that a check runs: a whole one, of a pack with loops a working one."""
    return WORKING_H if pack.loops else WHOLE_H


def run_day(pack: Pack, *, hours: int = 24) -> TwinDay:
    """The pack at work on its twin, with the faults of its demonstration.

    Devices obey within a minute of an order, those of loops within seconds; crews accept, report
    and are verified within a quarter. A pack with loops has a working day from its morning on.
    Raises PackFailed if the twin fails; ValueError if it reports what no stream declares.
    """
    assert pack.twin is not None  # The caller has looked.
    guard = Guard()
    twin = guard.call(pack.twin, SEED)
    entities = guard.call(twin.entities)
    start_at = parse_instant(MORNING if pack.loops else STARTS)
    end_at = start_at + hours * HOUR
    faults = guard.call(pack.demo, start_at) if pack.demo is not None else ()
    for fault in faults:
        guard.call(twin.inject, fault)
    zone = MemoryZone(pack, entities=entities, start_at=start_at, pace=CREWS)
    for now in range(start_at, end_at + 1, LOOP_TURN if pack.loops else TURN):
        _turn(zone, twin, guard=guard, now=now)
    return TwinDay(
        start_at,
        end_at,
        tuple(fault for fault in faults if fault.starts_at < end_at),
        _related(entities),
        tuple(zone.items),
        tuple(zone.steps),
        tuple(zone.refused),
        zone.directory,
    )


def _turn(zone: MemoryZone, twin: Twin, *, guard: Guard, now: int) -> None:
    """The twin reports up to now; sinks and people act; devices obey."""
    zone.receive([_stamped(rows, now=now) for rows in guard.call(twin.advance, now)])
    zone.wait(now)
    zone.reach(now)
    for order in zone.delivered():
        if order.order.settled is Settled.BY_RECEIPT:
            _obey(twin, order.order, guard=guard, at=now)


def _obey(twin: Twin, order: Order, *, guard: Guard, at: int) -> None:
    """Hand an order to the twin; a device that refuses it is no failure of the pack."""
    try:
        guard.call(twin.obey, order, at=at)
    except PackFailed as error:
        if not isinstance(error.__cause__, SinkFailed):
            raise


def _stamped(rows: Rows, *, now: int) -> Rows:
    """Rows that are received when they are observed; where a clock is ahead, by ``now``."""
    received_at = np.minimum(np.maximum.accumulate(rows.observed_at), now)
    return dataclasses.replace(rows, received_at=received_at)


def plain(pack: Pack) -> Pack | None:
    """The baseline of a pack: its limits alone; None if it has none."""
    limits = tuple(
        dataclasses.replace(
            playbook,
            detect=dataclasses.replace(detect, deadband=0.0, on_delay=0, off_delay=0),
            decide=_nothing,
            roll_up=RollUp(relations=()),
            under=(),
            stand_down=None,
        )
        for playbook in pack.playbooks
        if isinstance(detect := playbook.detect, Limit)
    )
    return (
        dataclasses.replace(pack, playbooks=limits, loops=(), streams=pack.all_streams)
        if limits
        else None
    )


def run_again(
    pack: Pack, parts: Iterable[Sequence[Item]], *, directory: Directory, withheld: bool = False
) -> list[Step]:
    """The steps that follow from a log that exists already.

    parts: the log's items, in the pieces they are to be taken in.
    withheld: whether no order leaves; then what people did passes by.
    """
    engine = Engine((pack,), directory, orders_withheld=withheld)
    steps: list[Step] = []
    for part in parts:
        steps += engine.take([_without_acts(item) for item in part] if withheld else part).steps
    return steps


def _without_acts(item: Item) -> Item:
    if not isinstance(item, Told):
        return item
    facts = tuple(fact for fact in item.facts if not isinstance(fact, Action))
    return dataclasses.replace(item, facts=facts)


def noticed(day: TwinDay, steps: Sequence[Step]) -> list[Noticed]:
    """Who noticed each fault first, while it lasted, at its place or one relation away.

    What is noticed at the place of one fault is no merit for another one next to it.
    """
    told = [
        (step.at, step.alarm.entity, step.alarm.rule)
        for step in steps
        if isinstance(step, AlarmRaised)
    ]
    told += [
        (one.observed_at, one.entity, QUARANTINE)
        for one in day.refused
        if one.observed_at is not None
    ]
    found: list[Noticed] = []
    for fault in day.faults:
        near = _near(day, fault.entity, hops=1)
        hits = [
            (at, by)
            for at, entity, by in told
            if entity in near
            and fault.starts_at <= at <= fault.ends_at
            and (entity == fault.entity or entity not in _faulty(day, at=at))
        ]
        first_at, by = min(hits, default=(fault.starts_at, ""))
        delay_s = (first_at - fault.starts_at) / SECOND
        found.append(Noticed(fault.kind, fault.entity, by, delay_s))
    return found


def _faulty(day: TwinDay, *, at: int) -> frozenset[str]:
    """Where something is wrong at an instant; ns."""
    return frozenset(one.entity for one in day.faults if one.starts_at <= at <= one.ends_at)


def tally_day(day: TwinDay, steps: Sequence[Step], *, watch: str) -> Tally:
    """A watch held against the day's truth."""
    alarms = [step.alarm for step in steps if isinstance(step, AlarmRaised)]
    causes = [(fault, _near(day, fault.entity, hops=HOPS)) for fault in day.faults]
    false = sum(
        not any(
            alarm.entity in near and fault.starts_at <= alarm.raised_at <= fault.ends_at + TAIL
            for fault, near in causes
        )
        for alarm in alarms
    )
    delays = sorted(one.delay_s for one in noticed(day, steps) if one.by)
    return Tally(
        where="twin day",
        watch=watch,
        events=len(day.faults),
        found=len(delays),
        false=false,
        alarms=len(alarms),
        delay_s=delays[len(delays) // 2] if delays else 0.0,
    )


def _near(day: TwinDay, entity: str, *, hops: int) -> frozenset[str]:
    """The entities within some relations of one."""
    near = frozenset({entity})
    for _ in range(hops):
        near = near.union(*(day.related.get(one, frozenset()) for one in near))
    return near


def _related(entities: Sequence[Entity]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entity in entities:
        for ends in entity.relations.values():
            for other in ends:
                found.setdefault(entity.id, set()).add(other)
                found.setdefault(other, set()).add(entity.id)
    return {entity: frozenset(ends) for entity, ends in found.items()}


def _nothing(case: Case, view: View) -> Decision:
    """No orders: the baseline only raises alarms."""
    del case, view
    return Decision(orders=(), why=Text(zh="基准不派单", en="the baseline gives no orders"))
