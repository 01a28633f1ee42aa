"""Recorded files the whole way: through the door into a log, watched, decided, ordered, closed."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from haihe.feed.door import Taken
from haihe.feed.file import Recording, read_file
from haihe.feed.mapping import Mapping
from haihe.feed.merge import merge
from haihe.log.codec import decode_batch
from haihe.log.sqlite import SqliteLog
from haihe.model.arrays import IntArray
from haihe.model.line import StreamDeclared, decode_lines
from haihe.model.stream import Stream
from haihe.model.time import MINUTE
from haihe.pack.contract import Pack
from haihe.run.appending import Arrival
from haihe.run.backtest import Label
from haihe.run.clock import DataClock
from haihe.run.node import Node
from haihe.run.records import FACT
from haihe.run.watch import watch_pack

LABELS_FILE: Final = "labels.json"
STEP_SAMPLE: Final = 200  # Rows looked at to learn how often a recording reports.


class Replayed(msgspec.Struct, frozen=True):
    """What a replay did.

    records: taken into the log.
    quarantined: set aside, with their reasons in the quarantine stream.
    repeated: there already.
    cases: rule to how many cases it opened.
    labels: how many true events the files tell of.
    """

    records: int
    quarantined: int
    repeated: int
    cases: dict[str, int]
    labels: int


@dataclass(frozen=True, slots=True)
class Source:
    """Files read one way.

    files: one recording each.
    mapping: how to read them.
    """

    files: tuple[Path, ...]
    mapping: Mapping


def replay(
    sources: Sequence[Source],
    folder: Path,
    *,
    packs: Sequence[Pack],
    progress: Callable[[int], None] | None = None,
) -> Replayed:
    """Send recordings through a log of their own, on their own clock.

    folder: the log's; begun if it is new, gone on with if it is not.
    packs: whose rules run; streams that none of them watches get a plain watch.
    progress: called with how many records were taken since the last call.
    Raises RecordRefused if a file cannot be read by its mapping.
    """
    recording = merge(
        [read_file(path, source.mapping) for source in sources for path in source.files]
    )
    watched = [stream for pack in packs for stream in pack.all_streams]
    alone = tuple(stream for stream in recording.streams if stream not in watched)
    every = _usual_step(recording)
    everyone = [*packs, *([watch_pack(alone, every=every)] if alone else [])]
    log = SqliteLog(folder)
    node = Node(log, everyone, clock=DataClock(log.received_at))
    try:
        counts = _feed(node, recording, progress=progress)
        _keep_labels(folder, recording)
        return msgspec.structs.replace(
            counts,
            cases=_cases_by_rule(node),
            labels=len(recording.labels),
        )
    finally:
        node.stop()


def labels_of(folder: Path) -> tuple[Label, ...]:
    """The true events that a replay left beside its log; () if it left none."""
    path = folder / LABELS_FILE
    return msgspec.json.decode(path.read_bytes(), type=tuple[Label, ...]) if path.exists() else ()


def packs_of(log: SqliteLog, packs: Sequence[Pack]) -> tuple[Pack, ...]:
    """The packs, and the plain watch that a replay ran under for streams that none of them has.

    log: whose streams are meant.
    """
    own = {stream.name for pack in packs for stream in pack.all_streams}
    alone = tuple(stream for stream in _declared(log) if stream.name not in own and stream.numbers)
    every = usual_step(log, alone[0].name) if alone else 0
    return (*packs, watch_pack(alone, every=every)) if every else tuple(packs)


def _declared(log: SqliteLog) -> list[Stream]:
    """The streams the log knows, as last declared."""
    found: dict[str, Stream] = {}
    for entry in log.read(0, streams=(FACT,)):
        for line in decode_lines(entry.body or b""):
            if isinstance(line, StreamDeclared):
                found[line.stream.name] = line.stream
    return [stream for name, stream in found.items() if not name.startswith("haihe.")]


def _feed(node: Node, recording: Recording, *, progress: Callable[[int], None] | None) -> Replayed:
    taken = quarantined = repeated = 0
    for chunk in recording.chunks:
        answer = node.submit(Arrival(chunk.rows, chunk.refused, _key(chunk)))
        node.round()
        receipt = answer.result()
        taken += receipt.taken
        quarantined += receipt.quarantined
        repeated += receipt.repeated
        if progress is not None:
            progress(receipt.taken)
    return Replayed(taken, quarantined, repeated, {}, 0)


def _key(chunk: Taken) -> str:
    """What makes the same chunk of the same files known when it is replayed again."""
    rows = chunk.rows
    digest = hashlib.sha256(repr(chunk.refused).encode())
    if rows is not None:
        digest.update(repr((rows.stream, rows.ids)).encode())
        digest.update(rows.codes.tobytes())
        digest.update(rows.observed_at.tobytes())
        for column in rows.numbers.values():
            digest.update(column.tobytes())
        digest.update(repr([column.tolist() for column in rows.texts.values()]).encode())
    return f"replay/{digest.hexdigest()}"


def _keep_labels(folder: Path, recording: Recording) -> None:
    """Add the recording's labels to those the folder has; the same one is kept once."""
    told = [Label(each.entity, each.start_at, each.end_at) for each in recording.labels]
    labels = tuple(dict.fromkeys((*labels_of(folder), *told)))
    (folder / LABELS_FILE).write_bytes(msgspec.json.encode(labels))


def _cases_by_rule(node: Node) -> dict[str, int]:
    found = node.log.reader().execute("SELECT rule, count(*) FROM cases GROUP BY rule")
    return dict(found.fetchall())


def usual_step(log: SqliteLog, stream: str) -> int:
    """How often an entity of a logged stream usually reports; ns."""
    for entry in log.read(0, streams=(stream,)):
        batch = decode_batch(entry.header, entry.body or b"")
        step = _step_of(batch.observed_at[batch.slots == batch.slots[0]])
        if step:
            return step
    return MINUTE


def _usual_step(recording: Recording) -> int:
    """How often one entity usually reports: the median over the first rows; ns."""
    for chunk in recording.chunks:
        rows = chunk.rows
        if rows is None or len(rows) < 2:
            continue
        step = _step_of(rows.observed_at[rows.codes == rows.codes[0]])
        if step:
            return step
    return MINUTE


def _step_of(observed_at: IntArray) -> int:
    """The median step of one entity's first records; 0 if there are too few."""
    first = observed_at[:STEP_SAMPLE]
    return max(int(np.median(np.diff(first))), 1) if len(first) > 2 else 0
