"""Every decision answers for itself: its lineage in words, and a proof that holds offline."""

import base64
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import Path
from typing import Final

import msgspec

from haihe.errors import LogDamaged
from haihe.log import store
from haihe.log.checkpoint import (
    Checkpoint,
    SigningKey,
    create_key,
    load_key,
    sign_checkpoint,
)
from haihe.log.codec import decode_batch
from haihe.log.entry import BATCH, LINES, Entry, chain_hash, decode_header
from haihe.log.hashes import StoredHashes
from haihe.log.merkle import Frontier, inclusion_proof, leaf_hash
from haihe.log.sqlite import SqliteLog, checked
from haihe.model.case import Case
from haihe.model.decision import WorkOrder
from haihe.model.line import FACTS, Action, AlarmRaised, CaseClosed, Decided, Line, decode_lines
from haihe.model.record import Observation
from haihe.run.keeping import STEP, head_of, traced

KEY_FILE: Final = "log.key"
PROOF_FORMAT: Final = "haihe-proof-1"
BATCH_BODY_MAX: Final = 4 << 20  # Ours: a larger body is left out of a bundle; its hash stays.


class Told(msgspec.Struct, frozen=True):
    """A line of the log and where it stands."""

    offset: int
    line: Line


class Why(msgspec.Struct, frozen=True):
    """Everything that answers for a case.

    case, orders: as they are now.
    timeline: every line about it, oldest first: what was found, decided, ordered, done.
    saw: the records its decisions saw, as they stand in the log.
    """

    case: Case
    orders: tuple[WorkOrder, ...]
    timeline: tuple[Told, ...]
    saw: tuple[Observation, ...]


def why(log: SqliteLog, case_id: str) -> Why:
    """The lineage of a case: records, rule and version, value and limit, orders, people.

    Raises ValueError if there is no such case.
    """
    db = log.reader()
    case = store.find_case(db, case_id)
    if case is None:
        raise ValueError(f"there is no case '{case_id}'; 'haihe why' lists the newest.")
    told = tuple(timeline(log, case_id))
    offsets = {offset for each in told for offset in _saw(each.line)}
    return Why(
        case=case,
        orders=tuple(store.orders_of_case(db, case_id)),
        timeline=told,
        saw=tuple(observations(log, sorted(offset for offset in offsets if offset >= 0))),
    )


def observations(log: SqliteLog, offsets: Sequence[int]) -> Iterator[Observation]:
    """The records at these offsets; those that moved to history files are left out.

    offsets: rising.
    """
    entry: Entry | None = None
    for offset in offsets:
        if entry is None or offset >= entry.end_offset:
            entry = log.entry_of(offset)
        if entry is None or entry.header.kind != BATCH or entry.body is None:
            continue
        batch = decode_batch(entry.header, entry.body)
        row = offset - entry.header.first_offset
        yield batch.observation(row, log.directory.ids(batch.stream)[batch.slots[row]])


def proof(log: SqliteLog, subject: str, *, key: SigningKey) -> bytes:
    """A bundle that proves a case's lineage, or a document, offline; JSON.

    ``haihe/log/offline.py`` checks it.
    subject: a case's id, or a filed document's.
    key: the log's.
    Raises ValueError if there is neither.
    """
    offsets = store.traces_of(log.reader(), document_trace(subject))
    if offsets:
        return bundle(log, set(offsets), key=key)
    answer = why(log, subject)
    told = {each.offset for each in answer.timeline}
    return bundle(log, told, saw={seen.offset for seen in answer.saw}, key=key)


def document_trace(document: str) -> str:
    """Under what the log's lines about a document are found; no case's id has a space."""
    return f"document {document}"


def bundle(
    log: SqliteLog, told: set[int], *, saw: Set[int] = frozenset(), key: SigningKey
) -> bytes:
    """The entries that hold these lines and records, each with its way up to a signed root."""
    size, note = signed_checkpoint(log, key=key)
    seqs = {log.entry_at(offset) for offset in told | saw}
    entries = [_proven(log, seq, size=size, told=told) for seq in sorted(seqs) if seq < size]
    return msgspec.json.encode(
        {
            "format": PROOF_FORMAT,
            "origin": key.name,
            "vkey": key.verifier.text,
            "checkpoint": note,
            "entries": entries,
        }
    )


def signed_checkpoint(log: SqliteLog, *, key: SigningKey) -> tuple[int, str]:
    """How many entries the log has, and a signed note of the root over them."""
    frontier = log.frontier
    checkpoint = Checkpoint(origin=key.name, size=frontier.size, root=frontier.root)
    return frontier.size, sign_checkpoint(checkpoint, key)


def signed_list(key: SigningKey, *, size: int, root: bytes, name: str) -> str:
    """A signed note of a list's root, beside the log's own; ``name`` says which list."""
    return sign_checkpoint(Checkpoint(key.name, size, root, (name,)), key)


def log_key(folder: Path, *, name: str) -> SigningKey:
    """The log's signing key; made at the first start, readable by its owner alone.

    name: the log's name, such as "haihe.local/zone".
    """
    path = folder / KEY_FILE
    return load_key(path, name=name) if path.exists() else create_key(path, name=name)


class Verdict(msgspec.Struct, frozen=True):
    """What a look through the whole log found.

    entries, records: how many were looked at.
    moved: entries whose records stand in history files.
    root: the Merkle root, in hex.
    faults: what is wrong, in words; () if the log proves itself.
    """

    entries: int
    records: int
    moved: int
    root: str
    faults: tuple[str, ...]


def verify(log: SqliteLog, *, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Hold every entry against its leaf, the chain, the tree and its body.

    progress: called with entries done and entries in all.
    """
    db = log.reader()
    faults: list[str] = []
    chain, frontier = bytes(32), Frontier()
    next_offset = moved = 0
    found = db.execute(
        "SELECT entry.seq, CAST(head AS BLOB), leaf, chain, CAST(bytes AS BLOB), "
        "first_offset, rows, kind, stream, received_at "
        "FROM entry LEFT JOIN body USING (seq) "
        "WHERE entry.seq < ? ORDER BY entry.seq",
        (log.size,),
    )
    for seq, stored_head, leaf, stored_chain, body, *columns in found:
        head = bytes(stored_head, "utf-8") if isinstance(stored_head, str) else stored_head
        header = decode_header(head)
        chain = chain_hash(chain, leaf_hash(head))
        frontier, _ = frontier.append(leaf_hash(head))
        if leaf_hash(head) != leaf or chain != stored_chain:
            faults.append(f"entry {seq}: its header was changed, or an entry before it is missing")
            chain = stored_chain
        if header.seq != seq or header.first_offset != next_offset:
            faults.append(f"entry {seq} begins at {header.first_offset}, not at {next_offset}")
        told = [header.first_offset, header.rows, header.kind, header.stream, header.received_at]
        if told != columns:
            faults.append(f"entry {seq}: the table says {columns}, its header {told}")
        next_offset = header.first_offset + header.rows
        moved += body is None
        try:
            checked(Entry(header, body))
        except LogDamaged as error:
            faults.append(str(error))
        if progress is not None:
            progress(seq + 1, log.size)
    if frontier.root != log.frontier.root:
        faults.append("the tree's stored tiles do not lead to the root of the entries")
    return Verdict(frontier.size, next_offset, moved, frontier.root.hex(), tuple(faults))


def timeline(log: SqliteLog, case_id: str) -> Iterator[Told]:
    """Every line that speaks of a case, or of a loop's order, oldest first."""
    db = log.reader()
    # Older logs have the orders of a loop under the loop's own name.
    for first_offset in store.traces_of(db, case_id) or store.traces_of(db, case_id.split("/")[0]):
        entry = log.entry_of(first_offset)
        if entry is None or entry.body is None:
            continue
        for place, line in enumerate(decode_lines(entry.body)):
            if case_id in _subjects(entry, line):
                yield Told(first_offset + place, line)


def _subjects(entry: Entry, line: Line) -> tuple[str, ...]:
    if isinstance(line, Action):
        return (head_of(line.subject),)
    if entry.header.stream != STEP or isinstance(line, FACTS):
        return ()
    return tuple(traced(line))


def _saw(line: Line) -> tuple[int, ...]:
    """The offsets of the records a line rests on."""
    match line:
        case Decided():
            return line.saw
        case AlarmRaised():
            return (line.alarm.offset,)
        case CaseClosed():
            return tuple(dict.fromkeys((line.first_offset, line.last_offset)))
        case _:
            return ()


def _proven(log: SqliteLog, seq: int, *, size: int, told: set[int]) -> dict[str, object]:
    """One entry of a bundle, with its way up the tree."""
    db = log.reader()
    head, body = db.execute(
        "SELECT head, bytes FROM entry LEFT JOIN body USING (seq) WHERE entry.seq = ?", (seq,)
    ).fetchone()
    header = decode_header(head)
    path = inclusion_proof(seq, size, source=StoredHashes(db))
    rows = range(header.rows)
    proven: dict[str, object] = {
        "index": seq,
        "header": _base64(head),
        "body": _base64(body) if body is not None and len(body) <= BATCH_BODY_MAX else None,
        "proof": [_base64(step) for step in path],
        "says": {"kind": header.kind, "stream": header.stream, "records": header.rows},
    }
    if header.kind == LINES:
        proven["lines"] = [row for row in rows if header.first_offset + row in told]
    return proven


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
