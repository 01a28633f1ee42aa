"""Why a loop gave one order: who decided, by which settings, from which records; and once more.

A case's order is answered for by its case (``haihe.run.audit.why``); a loop has no case, so each
of its orders has a trace of its own and answers for itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from haihe.log import store
from haihe.log.checkpoint import SigningKey
from haihe.log.codec import decode_batch
from haihe.log.sqlite import SqliteLog
from haihe.model.decision import WorkOrder
from haihe.model.line import (
    Decided,
    Dispatched,
    EffectMeasured,
    Line,
    RuleChanged,
    Step,
    TurnTaken,
    decode_lines,
    encode_lines,
)
from haihe.model.record import Observation
from haihe.model.time import MINUTE, SECOND
from haihe.pack.contract import Pack
from haihe.run.audit import Told, bundle, observations, proof, timeline
from haihe.run.engine import Engine
from haihe.run.keeping import STEP, orders_trace
from haihe.run.loop_rule import LoopRule
from haihe.run.records import items_since
from haihe.run.recovery import chunks
from haihe.run.snapshot import restore
from haihe.state.history import History

BACK: Final = 5 * MINUTE  # Ours: two cycles; what a stage is called for came in less.
RECORDS_MAX: Final = 500  # Ours: of one thing in that time; a busy junction tells some 300.
ENTRIES_MAX: Final = 3_000  # Ours: looked through for them; a hundredth of a second each thousand.
LATE: Final = 5 * SECOND  # Ours: a poll of a second over a bad line; as signals' clocks are judged.
GOOD, CAME_LATE, AHEAD = "good", "late", "ahead"


class Heard(msgspec.Struct, frozen=True):
    """A record of the thing that was steered, as the loop had it.

    received_at: ns. mark: "good", "late" (received more than 5 s after it was observed) or
        "ahead" (observed after it was received: the sender's clock is wrong).
    """

    seen: Observation
    received_at: int
    mark: str


class InForce(msgspec.Struct, frozen=True):
    """By what it was decided.

    pack, version: the pack's own version; "" in logs that do not tell it.
    rule_version: counts promotions; "1" is as the pack ships it. sha256: of all settings.
    settings: what was changed from the shipped loop, as JSON texts; by, second, reason, at: by
        whom, why and when; "" and 0 where nothing was.
    """

    pack: str
    version: str
    rule_version: str
    sha256: str
    settings: dict[str, str]
    by: str = ""
    second: str = ""
    reason: str = ""
    at: int = 0


class OrderWhy(msgspec.Struct, frozen=True):
    """Everything that answers for a loop's order.

    order: as it is now. decision: with its why, and what else was possible.
    in_force: by what it was decided. effect: what it brought about; None if nothing was measured.
    timeline: every line about it, oldest first.
    heard: what the steered thing had told since the order before, five minutes at most; the
        newest ``RECORDS_MAX``. heard_total: how many there were.
    saw: the records that the decision looked up beside.
    told: by stream, how many records the loop had in that time, of everything it sees.
    moved: entries of that time whose records stand in history files; their hashes are proven.
    from_offset, end_offset: of that time in the log.
    """

    order: WorkOrder
    decision: Decided
    in_force: InForce
    effect: EffectMeasured | None
    timeline: tuple[Told, ...]
    heard: tuple[Heard, ...]
    heard_total: int
    saw: tuple[Observation, ...]
    told: dict[str, int]
    moved: int
    from_offset: int
    end_offset: int


class Again(msgspec.Struct, frozen=True):
    """The decision taken once more from the log.

    is_same: whether it gave the same lines, byte for byte. recorded, again: those lines.
    """

    is_same: bool
    recorded: str
    again: str


def is_loops(order_id: str) -> bool:
    """Whether an order is a loop's; a case's id has no dot.

    >>> is_loops("traffic.signals/812"), is_loops("gallery-17/3")
    (True, False)
    """
    return "." in order_id.partition("/")[0] and "/" in order_id


def why_order(log: SqliteLog, order_id: str, *, streams: Sequence[str]) -> OrderWhy:
    """What answers for a loop's order.

    streams: those that the loop sees.
    Raises ValueError if no loop gave such an order, or the log has not its decision any more.
    """
    order = store.find_order(log.reader(), order_id) if is_loops(order_id) else None
    if order is None:
        raise ValueError(
            f"no loop gave an order '{order_id}'; 'haihe why traffic.signals --at 07:12:35' lists "
            "a loop's orders before an instant."
        )
    lines = tuple(timeline(log, order_id))
    found = _decided(log, lines)
    if found is None:
        raise ValueError(f"the decision of order '{order_id}' is not in the log any more.")
    decided, offset, turn_at, turn = found
    effect = (one.line for one in lines if isinstance(one.line, EffectMeasured))
    from_offset = _begin(log, order)
    heard, told, moved = _heard(
        log, order.order.entity, streams=streams, span=(from_offset, turn.end_offset)
    )
    return OrderWhy(
        order=order,
        decision=decided,
        in_force=_in_force(log, turn, before=offset),
        effect=next(effect, None),
        timeline=(Told(turn_at, turn), *lines),
        heard=tuple(heard[-RECORDS_MAX:]),
        heard_total=len(heard),
        saw=tuple(observations(log, decided.saw)),
        told=told,
        moved=moved,
        from_offset=from_offset,
        end_offset=turn.end_offset,
    )


def prove(log: SqliteLog, subject: str, *, key: SigningKey, loops: Mapping[str, LoopRule]) -> bytes:
    """A bundle that proves a case's lineage, a document, or a loop's order, offline; JSON.

    ``haihe/log/offline.py`` checks it. loops: those that run, by name.
    Raises ValueError if there is no such thing.
    """
    if not is_loops(subject):
        return proof(log, subject, key=key)
    why = why_order(log, subject, streams=streams_of(loops, subject))
    told = {one.offset for one in why.timeline}
    saw = {one.seen.offset for one in why.heard} | {one.offset for one in why.saw}
    return bundle(log, told, saw=saw, key=key)


def streams_of(loops: Mapping[str, LoopRule], order_id: str) -> tuple[str, ...]:
    """What the loop of an order sees; () if it does not run any more."""
    loop = loops.get(order_id.partition("/")[0])
    return loop.streams if loop is not None else ()


def orders_before(
    log: SqliteLog, loop: str, *, entity: str, at: int, limit: int
) -> tuple[WorkOrder, ...]:
    """A loop's orders to a thing, given at or before an instant, the newest first.

    at: the log's time; ns.
    """
    db = log.reader()
    end_offset = log.offset_since(at + MINUTE)  # A tick's steps may be kept somewhat later.
    found: dict[str, WorkOrder] = {}
    for first_offset in store.traces_before(
        db, orders_trace(loop, entity), offset=end_offset, limit=limit + ENTRIES_MAX // 100
    ):
        for line in _lines_at(log, first_offset):
            if isinstance(line, Dispatched) and (line.case, line.order.entity) == (loop, entity):
                given = store.find_order(db, line.id) if line.at <= at else None
                if given is not None:
                    found[given.id] = given
        if len(found) >= limit:
            break
    newest = sorted(found.values(), key=lambda one: int(one.id.rpartition("/")[2]), reverse=True)
    return tuple(newest[:limit])


def again(
    log: SqliteLog,
    why: OrderWhy,
    *,
    packs: Sequence[Pack],
    history: History | None,
    folder: Path | None = None,
) -> Again:
    """The decision once more, from the log's records alone.

    folder: of a snapshot to begin with, if one was taken before the order; None: from the begin.
    """
    recorded = [one.line for one in why.timeline if _is_given(one.line, why.order.id)]
    engine = Engine(packs, log.directory)
    has_begun = folder is not None and restore(engine, log, folder=folder)
    if has_begun and engine.now >= why.decision.at:
        engine = Engine(packs, log.directory)  # It was taken too late; from the begin then.
    found: list[Line] = []
    for items in chunks(items_since(log, engine.next_offset, history=history)):
        steps: Sequence[Step] = engine.take(items).steps
        found += [step for step in steps if _is_given(step, why.order.id)]
        desk = engine.track.casework.desk
        desk.changed_cases.clear()
        desk.changed_orders.clear()
        if engine.now > why.decision.at + MINUTE or len(found) == len(recorded):
            break
    old, new = encode_lines(recorded), encode_lines(found)
    return Again(old == new, old.decode(), new.decode())


def _is_given(line: Line, order_id: str) -> bool:
    """Whether a line is an order's decision or its dispatch."""
    if isinstance(line, Decided):
        return order_id in line.orders
    return isinstance(line, Dispatched) and line.id == order_id


def _decided(log: SqliteLog, lines: Sequence[Told]) -> tuple[Decided, int, int, TurnTaken] | None:
    """The decision and its offset, and the turn it was taken in: before it, in the same tick."""
    for told in lines:
        line, entry = told.line, log.entry_of(told.offset)
        if not isinstance(line, Decided) or entry is None:
            continue
        for place, one in enumerate(decode_lines(entry.body or b"")):
            if not isinstance(one, TurnTaken) or one.rule != line.rule:
                continue
            if one.number <= line.number < one.number + one.decisions:
                return line, told.offset, entry.header.first_offset + place, one
    return None


def _begin(log: SqliteLog, order: WorkOrder) -> int:
    """From where on the records count that an order answers for."""
    earlier = orders_before(
        log, order.case, entity=order.order.entity, at=order.dispatched_at - 1, limit=1
    )
    since = max(earlier[0].dispatched_at if earlier else 0, order.dispatched_at - BACK)
    return log.offset_since(since)


def _heard(
    log: SqliteLog, entity: str, *, streams: Sequence[str], span: tuple[int, int]
) -> tuple[list[Heard], dict[str, int], int]:
    """Records of a thing between two offsets, how many there were by stream, and entries moved."""
    found: list[Heard] = []
    told: dict[str, int] = {}
    moved = 0
    for many, entry in enumerate(log.read(span[0], streams=tuple(streams)) if streams else ()):
        header = entry.header
        if header.first_offset >= span[1] or many >= ENTRIES_MAX:
            break
        told[header.stream] = told.get(header.stream, 0) + header.rows
        if entry.body is None:
            moved += 1
            continue
        batch = decode_batch(header, entry.body)
        slot = log.directory.slot(header.stream, entity)
        for row in batch.rows_of(slot) if slot >= 0 else ():
            if span[0] <= batch.offsets[row] < span[1]:
                received_at = int(batch.received_at[row])
                seen = batch.observation(int(row), entity)
                found.append(Heard(seen, received_at, _mark(seen.observed_at, received_at)))
    return found, told, moved


def _mark(observed_at: int, received_at: int) -> str:
    if observed_at > received_at:
        return AHEAD
    return CAME_LATE if received_at - observed_at > LATE else GOOD


def _in_force(log: SqliteLog, turn: TurnTaken, *, before: int) -> InForce:
    """By what a turn was taken."""
    pack = turn.rule.partition(".")[0]
    shipped = InForce(pack, turn.pack_version, turn.version, turn.settings, {})
    for line in _changes(log, turn.rule, before=before):
        if line.version == turn.version:
            return InForce(
                pack, turn.pack_version, turn.version, turn.settings, line.settings,
                line.by, line.second, line.reason, line.at,
            )  # fmt: skip
    return shipped


def _changes(log: SqliteLog, rule: str, *, before: int) -> Iterator[RuleChanged]:
    """When a loop's settings were changed, the newest first."""
    traces = store.traces_before(log.reader(), rule, offset=before, limit=ENTRIES_MAX)
    for first_offset in traces:
        for line in _lines_at(log, first_offset):
            if isinstance(line, RuleChanged) and line.rule == rule:
                yield line


def _lines_at(log: SqliteLog, first_offset: int) -> list[Line]:
    entry = log.entry_of(first_offset)
    if entry is None or entry.body is None or entry.header.stream != STEP:
        return []
    return decode_lines(entry.body)
