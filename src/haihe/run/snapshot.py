"""The engine's state in a file, so that a start reads only what came after it.

A snapshot is a convenience: it is bound to the log's chain and to the packs' settings, and one that
fits neither is left alone and the state is rebuilt from the log.
"""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from haihe import __version__
from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import Alarm
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.case import Case
from haihe.model.decision import WorkOrder
from haihe.model.entity import Entity
from haihe.model.record import Batch, gather
from haihe.model.stream import Stream
from haihe.run.casework import Casework
from haihe.run.closure import Evidence
from haihe.run.consent import Proposal
from haihe.run.engine import Engine
from haihe.run.ledgers import Dumped
from haihe.run.loop_rule import LoopRule, tuned_loop
from haihe.run.looping import Running
from haihe.run.packing import Column, memory_in, memory_out, packed, unpacked
from haihe.run.places import Ended, Places
from haihe.run.retaining import Kept
from haihe.run.rule import Rule, tuned
from haihe.run.shadow import Opening, Shadow
from haihe.run.shelf import Shelved
from haihe.run.snapshot_file import read_snapshot
from haihe.run.spoken import Spoken
from haihe.run.timers import Timer, Timers
from haihe.run.track import Track
from haihe.state.live import LiveStream

_ROW_COLUMNS: Final = ("offsets", "slots", "observed_at", "received_at")
FORMAT: Final = 6  # Raised with every change of what is kept; an older one is left alone.


class _Live(msgspec.Struct, frozen=True):
    """One stream's newest state."""

    stream: Stream
    columns: dict[str, Column]
    texts: dict[str, list[str | None]]


class _Work(msgspec.Struct, frozen=True):
    """A casework: the desk and what moves it."""

    cases: list[Case]
    orders: list[WorkOrder]
    standing: list[Alarm]
    opened: dict[str, int]
    decided: dict[str, int]
    timers: tuple[Timer, ...]
    evidence: dict[str, dict[str, Evidence]]
    shelved: dict[str, Shelved]
    ordered: dict[str, int]
    watching: list[tuple[str, str, list[str]]]
    placed: list[tuple[str, str, str]]
    below: dict[str, list[tuple[str, str]]]
    last_alarm: dict[str, int]
    ended: list[tuple[str, str, Ended]]
    stopped: list[str]


class _Setting(msgspec.Struct, frozen=True):
    """A rule's version and what was changed from the shipped playbook."""

    version: str
    settings: dict[str, str]


class _Rows(msgspec.Struct, frozen=True):
    """Records put by for a loop's next turn."""

    columns: dict[str, Column]
    numbers: dict[str, Column]
    texts: dict[str, list[str | None]]


class _Loop(msgspec.Struct, frozen=True):
    """A loop at work."""

    memory: Any
    number: int
    turned_at: int
    taken: int
    waiting: dict[str, _Rows]
    known: dict[str, int]
    given: dict[str, WorkOrder]


class _Track(msgspec.Struct, frozen=True):
    """Rules at work: their settings, memories by pack and stream, and desk; loops at work.

    running: those of ``loops`` that have not failed.
    """

    rules: dict[str, _Setting]
    memories: list[tuple[str, str, Any]]
    work: _Work
    loops: dict[str, _Setting]
    running: dict[str, _Loop]
    spoken: dict[str, Spoken]
    ledgers: Dumped


class _Shadow(msgspec.Struct, frozen=True):
    """A rule under trial."""

    track: _Track
    began_at: int
    records: int
    live_cases: list[Opening]
    shadow_cases: list[Opening]


class _Snapshot(msgspec.Struct, frozen=True):
    """All of it, and what it is bound to."""

    format: int
    made_of: str
    entries: int
    chain: bytes
    now: int
    next_offset: int
    live: list[_Live]
    entities: list[Entity]
    track: _Track
    shadows: dict[str, _Shadow]
    past: dict[str, list[_Setting]]
    proposals: dict[str, Proposal]
    kept: Kept | None
    failed: dict[str, str]
    keys: list[tuple[str, str, int]]


def encode_snapshot(engine: Engine, log: SqliteLog, *, entries: int = -1) -> bytes:
    """The engine's state as bytes; to be made between two rounds.

    entries: how many of the log it is bound to; all, if not said.
    """
    snapshot = _Snapshot(
        format=FORMAT,
        made_of=_made_of(engine),
        entries=entries if entries >= 0 else log.size,
        chain=log.chain_at(entries) if entries >= 0 else log.chain,
        now=engine.now,
        next_offset=engine.next_offset,
        live=[
            _Live(
                each.stream,
                {name: packed(column[: each.count]) for name, column in _columns(each).items()},
                {name: column[: each.count].tolist() for name, column in each.texts.items()},
            )
            for each in engine.live.streams()
        ],
        entities=list(engine.graph.entities()),
        track=_track_out(engine.track),
        shadows={name: _shadow_out(shadow) for name, shadow in engine.shadows.items()},
        past={name: [_setting(rule) for rule in rules] for name, rules in engine.past.items()},
        proposals=engine.proposals,
        kept=engine.kept,
        failed=engine.failed,
        keys=[(*key, offset) for key, offset in engine.keys.items()],
    )
    return msgspec.msgpack.encode(snapshot)


def restore(engine: Engine, log: SqliteLog, *, folder: Path) -> bool:
    """Bring a fresh engine to its last snapshot; False, and nothing changed, if none fits."""
    return restore_from(engine, log, data=read_snapshot(folder))


def restore_from(engine: Engine, log: SqliteLog, *, data: bytes) -> bool:
    """Bring a fresh engine to a snapshot; False, and nothing changed, if it does not fit."""
    snapshot = _read(engine, log, data=data)
    if snapshot is None:
        return False
    for saved in snapshot.live:
        engine.live.declare(saved.stream)
        _live_in(engine, saved)
    for entity in snapshot.entities:
        engine.graph.tell(entity)
    _track_in(engine, engine.track, saved=snapshot.track)
    for name, shadow in snapshot.shadows.items():
        engine.shadows[name] = _shadow_in(engine, name, saved=shadow)
    for name, settings in snapshot.past.items():
        engine.past[name] = [_in_force(engine, name, setting=each) for each in settings]
    engine.proposals.update(snapshot.proposals)
    engine.kept = snapshot.kept
    engine.failed.update(snapshot.failed)
    engine.keys.update({(by, key): offset for by, key, offset in snapshot.keys})
    engine.now, engine.next_offset = snapshot.now, snapshot.next_offset
    return True


def _read(engine: Engine, log: SqliteLog, *, data: bytes) -> _Snapshot | None:
    """The stored snapshot, if it is whole and bound to this log and these packs."""
    try:
        snapshot = msgspec.msgpack.decode(data, type=_Snapshot)
    except msgspec.DecodeError:
        return None
    if snapshot.format != FORMAT or snapshot.made_of != _made_of(engine):
        return None
    chain = log.chain_at(snapshot.entries)
    return snapshot if chain == snapshot.chain else None


def _made_of(engine: Engine) -> str:
    """Hash of what the state depends on beside the log: our version and the packs as shipped."""
    rules = [f"{name} {rule.settings_sha256}" for name, rule in sorted(engine.shipped.items())]
    rules += [f"{n} {rule.settings_sha256}" for n, rule in sorted(engine.shipped_loops.items())]
    packs = [f"{pack.name} {pack.version}" for pack in engine.packs]
    return hashlib.sha256("\n".join([__version__, *packs, *rules]).encode()).hexdigest()


def _columns(live: LiveStream) -> dict[str, IntArray | FloatArray]:
    times = {"observed_at": live.observed_at, "received_at": live.received_at}
    return {**times, "offset": live.offset, **{f"f.{n}": c for n, c in live.numbers.items()}}


def _live_in(engine: Engine, saved: _Live) -> None:
    live = engine.live[saved.stream.name]
    columns = {name: unpacked(column) for name, column in saved.columns.items()}
    live.count = len(columns["observed_at"])
    live.ids = engine.directory.ids(saved.stream.name)
    live.observed_at = columns.pop("observed_at")
    live.received_at = columns.pop("received_at")
    live.offset = columns.pop("offset")
    live.numbers.update({name.removeprefix("f."): column for name, column in columns.items()})
    live.texts.update({n: np.array(texts, dtype=object) for n, texts in saved.texts.items()})
    if live.grid is not None:
        live.grid.moved(np.arange(live.count, dtype=np.int32))


def _track_out(track: Track) -> _Track:
    memories = [
        (pack, stream, memory_out(watch.memory)) for (pack, stream), watch in track.watches.items()
    ]
    return _Track(
        rules={name: _setting(rule) for name, rule in track.casework.rules.items()},
        memories=memories,
        work=_work_out(track.casework),
        loops={name: _setting(rule) for name, rule in track.loops.rules.items()},
        running={name: _loop_out(loop) for name, loop in track.loops.running.items()},
        spoken=track.loops.spoken,
        ledgers=track.casework.ledgers.dumped(),
    )


def _track_in(engine: Engine, track: Track, *, saved: _Track) -> None:
    track.install(
        {name: _rule(engine.shipped[name], each) for name, each in saved.rules.items()},
        {name: _loop_rule(engine.shipped_loops[name], each) for name, each in saved.loops.items()},
    )
    running = track.loops.running
    track.loops.running = {
        name: _loop_in(running[name], each) for name, each in saved.running.items()
    }
    track.loops.spoken.update(saved.spoken)
    kept = {(pack, stream) for pack, stream, _ in saved.memories}
    track.watches = {place: watch for place, watch in track.watches.items() if place in kept}
    for pack, stream, memory in saved.memories:
        watch = track.watches[pack, stream]
        watch.memory = memory_in(watch.operator.start(), memory)
    _work_in(track.casework, saved.work)
    track.casework.ledgers.restore(saved.ledgers)


def _loop_out(loop: Running) -> _Loop:
    return _Loop(
        memory=memory_out(loop.memory),
        number=loop.number,
        turned_at=loop.turned_at,
        taken=loop.taken,
        waiting={name: _rows_out(gather(rows)[name]) for name, rows in loop.waiting.items()},
        known=loop.known,
        given=loop.given,
    )


def _loop_in(fresh: Running, saved: _Loop) -> Running:
    waiting = {name: [_rows_in(name, rows)] for name, rows in saved.waiting.items()}
    return Running(
        rule=fresh.rule,
        memory=memory_in(fresh.memory, saved.memory),
        number=saved.number,
        turned_at=saved.turned_at,
        taken=saved.taken,
        waiting=waiting,
        known=saved.known,
        given=saved.given,
    )


def _rows_out(rows: Batch) -> _Rows:
    return _Rows(
        {name: packed(getattr(rows, name)) for name in _ROW_COLUMNS},
        {name: packed(column) for name, column in rows.numbers.items()},
        {name: column.tolist() for name, column in rows.texts.items()},
    )


def _rows_in(stream: str, saved: _Rows) -> Batch:
    return Batch(
        stream=stream,
        **{name: unpacked(column) for name, column in saved.columns.items()},
        numbers={name: unpacked(column) for name, column in saved.numbers.items()},
        texts={name: np.array(texts, dtype=object) for name, texts in saved.texts.items()},
    )


def _work_out(casework: Casework) -> _Work:
    desk, places = casework.desk, casework.places
    return _Work(
        cases=list(desk.cases.values()),
        orders=list(desk.orders.values()),
        standing=list(desk.standing.values()),
        opened=desk.opened,
        decided=desk.decided,
        timers=casework.timers.all(),
        evidence=casework.evidence,
        shelved=casework.shelved,
        ordered=casework.ordered,
        watching=[(*place, cases) for place, cases in casework.watching.items()],
        placed=[(*place, case) for place, case in places.placed.items()],
        below=places.below,
        last_alarm=places.last_alarm,
        ended=[(*place, ended) for place, ended in places.ended.items()],
        stopped=sorted(places.stopped),
    )


def _work_in(casework: Casework, saved: _Work) -> None:
    desk = casework.desk
    desk.cases = {case.id: case for case in saved.cases}
    for order in saved.orders:
        desk.keep_order(order)
    desk.changed_orders.clear()
    desk.standing = {(alarm.rule, alarm.entity): alarm for alarm in saved.standing}
    desk.opened, desk.decided = saved.opened, saved.decided
    casework.timers = Timers(saved.timers)
    casework.evidence, casework.shelved = saved.evidence, saved.shelved
    casework.ordered = saved.ordered
    casework.watching = {(stream, entity): cases for stream, entity, cases in saved.watching}
    casework.places = Places(
        placed={(rule, entity): case for rule, entity, case in saved.placed},
        below=saved.below,
        last_alarm=saved.last_alarm,
        ended={(rule, entity): ended for rule, entity, ended in saved.ended},
        stopped=set(saved.stopped),
    )


def _shadow_out(shadow: Shadow) -> _Shadow:
    track = _track_out(shadow.track)
    return _Shadow(track, shadow.began_at, shadow.records, shadow.live_cases, shadow.shadow_cases)


def _shadow_in(engine: Engine, name: str, *, saved: _Shadow) -> Shadow:
    setting = (saved.track.loops if name in engine.shipped_loops else saved.track.rules)[name]
    rule = _in_force(engine, name, setting=setting)
    shadow = engine.shadow_of(rule, began_at=saved.began_at)
    _track_in(engine, shadow.track, saved=saved.track)
    shadow.records = saved.records
    shadow.live_cases, shadow.shadow_cases = saved.live_cases, saved.shadow_cases
    return shadow


def _in_force(engine: Engine, name: str, *, setting: _Setting) -> Rule | LoopRule:
    if name in engine.shipped_loops:
        return _loop_rule(engine.shipped_loops[name], setting)
    return _rule(engine.shipped[name], setting)


def _loop_rule(shipped: LoopRule, setting: _Setting) -> LoopRule:
    return dataclasses.replace(tuned_loop(shipped, setting.settings), version=setting.version)


def _setting(rule: Rule | LoopRule) -> _Setting:
    return _Setting(rule.version, dict(rule.settings))


def _rule(shipped: Rule, setting: _Setting) -> Rule:
    return dataclasses.replace(tuned(shipped, setting.settings), version=setting.version)
