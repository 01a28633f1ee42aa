"""The engine's state in a file, so that a start reads only what came after it.

A snapshot is a convenience: it is bound to the log's chain and to the packs' settings, and one that
fits neither is left alone and the state is rebuilt from the log.
"""

import dataclasses
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from haihe import __version__
from haihe.errors import LogUnavailable
from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import Alarm
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.case import Case
from haihe.model.decision import WorkOrder
from haihe.model.entity import Entity
from haihe.model.stream import Stream
from haihe.run.casework import Casework
from haihe.run.closure import Evidence
from haihe.run.engine import Engine
from haihe.run.places import Ended, Places
from haihe.run.rule import Rule, tuned
from haihe.run.shadow import Opening, Shadow
from haihe.run.timers import Timer, Timers
from haihe.run.track import Track
from haihe.state.live import LiveStream

FILE_NAME: Final = "snapshot.bin"
FORMAT: Final = 2  # Raised with every change of what is kept; an older one is left alone.


class _Column(msgspec.Struct, frozen=True):
    """An array: its dtype, shape and bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class _Live(msgspec.Struct, frozen=True):
    """One stream's newest state."""

    stream: Stream
    columns: dict[str, _Column]
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
    shelved: dict[str, int]
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


class _Track(msgspec.Struct, frozen=True):
    """Rules at work: their settings, memories by pack and stream, and desk."""

    rules: dict[str, _Setting]
    memories: list[tuple[str, str, Any]]
    work: _Work


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
    failed: dict[str, str]


def encode_snapshot(engine: Engine, log: SqliteLog) -> bytes:
    """The engine's state as bytes; to be made between two rounds."""
    snapshot = _Snapshot(
        format=FORMAT,
        made_of=_made_of(engine),
        entries=log.size,
        chain=log.chain,
        now=engine.now,
        next_offset=engine.next_offset,
        live=[
            _Live(
                each.stream,
                {name: _packed(column[: each.count]) for name, column in _columns(each).items()},
                {name: column[: each.count].tolist() for name, column in each.texts.items()},
            )
            for each in engine.live.streams()
        ],
        entities=list(engine.graph.entities()),
        track=_track_out(engine.track),
        shadows={name: _shadow_out(shadow) for name, shadow in engine.shadows.items()},
        past={name: [_setting(rule) for rule in rules] for name, rules in engine.past.items()},
        failed=engine.failed,
    )
    return msgspec.msgpack.encode(snapshot)


def write_snapshot(folder: Path, data: bytes) -> None:
    """Put a snapshot in place of the last one; a crash leaves one of the two.

    Raises LogUnavailable if the disk does not let it; the last one then stays.
    """
    new = folder / f"{FILE_NAME}.new"
    try:
        with new.open("wb") as file:
            file.write(hashlib.sha256(data).digest() + data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / FILE_NAME)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise LogUnavailable(
            f"no snapshot could be written ({error.strerror}); make room on {folder}."
        ) from error


def restore(engine: Engine, log: SqliteLog, *, folder: Path) -> bool:
    """Bring a fresh engine to its last snapshot; False, and nothing changed, if none fits."""
    snapshot = _read(engine, log, folder=folder)
    if snapshot is None:
        return False
    for saved in snapshot.live:
        engine.live.declare(saved.stream)
        _live_in(engine, saved)
    for entity in snapshot.entities:
        engine.graph.tell(entity)
    _track_in(engine.track, snapshot.track, shipped=engine.shipped)
    for name, shadow in snapshot.shadows.items():
        engine.shadows[name] = _shadow_in(engine, name, saved=shadow)
    for name, settings in snapshot.past.items():
        engine.past[name] = [_rule(engine.shipped[name], setting) for setting in settings]
    engine.failed.update(snapshot.failed)
    engine.now, engine.next_offset = snapshot.now, snapshot.next_offset
    return True


def _read(engine: Engine, log: SqliteLog, *, folder: Path) -> _Snapshot | None:
    """The stored snapshot, if it is whole and bound to this log and these packs."""
    path = folder / FILE_NAME
    try:
        data = path.read_bytes()
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        snapshot = msgspec.msgpack.decode(data[32:], type=_Snapshot)
    except (OSError, msgspec.DecodeError):
        return None
    if snapshot.format != FORMAT or snapshot.made_of != _made_of(engine):
        return None
    chain = log.chain_at(snapshot.entries)
    return snapshot if chain == snapshot.chain else None


def _made_of(engine: Engine) -> str:
    """Hash of what the state depends on beside the log: our version and the packs as shipped."""
    rules = [f"{name} {rule.settings_sha256}" for name, rule in sorted(engine.shipped.items())]
    packs = [f"{pack.name} {pack.version}" for pack in engine.packs]
    return hashlib.sha256("\n".join([__version__, *packs, *rules]).encode()).hexdigest()


def _columns(live: LiveStream) -> dict[str, IntArray | FloatArray]:
    times = {"observed_at": live.observed_at, "received_at": live.received_at}
    return {**times, "offset": live.offset, **{f"f.{n}": c for n, c in live.numbers.items()}}


def _live_in(engine: Engine, saved: _Live) -> None:
    live = engine.live[saved.stream.name]
    columns = {name: _unpacked(column) for name, column in saved.columns.items()}
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
        (pack, stream, _memory_out(watch.memory)) for (pack, stream), watch in track.watches.items()
    ]
    rules = {name: _setting(rule) for name, rule in track.casework.rules.items()}
    return _Track(rules, memories, _work_out(track.casework))


def _track_in(track: Track, saved: _Track, *, shipped: dict[str, Rule]) -> None:
    rules = {name: _rule(shipped[name], setting) for name, setting in saved.rules.items()}
    track.install(rules)
    kept = {(pack, stream) for pack, stream, _ in saved.memories}
    track.watches = {place: watch for place, watch in track.watches.items() if place in kept}
    for pack, stream, memory in saved.memories:
        watch = track.watches[pack, stream]
        watch.memory = _memory_in(watch.operator.start(), memory)
    _work_in(track.casework, saved.work)


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
    rule = _rule(engine.shipped[name], saved.track.rules[name])
    shadow = engine.shadow_of(rule, began_at=saved.began_at)
    _track_in(shadow.track, saved.track, shipped=engine.shipped)
    shadow.records = saved.records
    shadow.live_cases, shadow.shadow_cases = saved.live_cases, saved.shadow_cases
    return shadow


def _setting(rule: Rule) -> _Setting:
    return _Setting(rule.version, dict(rule.settings))


def _rule(shipped: Rule, setting: _Setting) -> Rule:
    return dataclasses.replace(tuned(shipped, setting.settings), version=setting.version)


def _memory_out(value: Any) -> Any:
    """A memory as plain values: dataclasses by field, arrays packed."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _memory_out(getattr(value, name)) for name in names}
    if isinstance(value, np.ndarray):
        return _packed(value)
    return [_memory_out(part) for part in value] if isinstance(value, tuple) else value


def _memory_in(like: Any, saved: Any) -> Any:
    """The memory that was saved, of the same classes as a fresh one."""
    if dataclasses.is_dataclass(like) and not isinstance(like, type):
        parts = {name: _memory_in(getattr(like, name), part) for name, part in saved.items()}
        return dataclasses.replace(like, **parts)
    if isinstance(like, np.ndarray):
        return _unpacked(msgspec.convert(saved, _Column))
    if isinstance(like, tuple):
        fresh: Sequence[Any] = like if len(like) == len(saved) else [like[0]] * len(saved)
        return tuple(_memory_in(one, part) for one, part in zip(fresh, saved, strict=True))
    return saved


def _packed(array: Any) -> _Column:
    return _Column(array.dtype.str, array.shape, np.ascontiguousarray(array).tobytes())


def _unpacked(column: _Column) -> Any:
    return np.frombuffer(column.data, dtype=column.dtype).reshape(column.shape).copy()
