"""归档: documents that people sign, as lines of the log: each version with the hash of its bytes.

A document is JSON. What was signed never changes; a mend is a new version that names the one
before by its hash. Numbers are given in the writer's transaction, so no two documents share one.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from haihe.log import store
from haihe.log.sqlite import SqliteLog, Transaction
from haihe.model.line import Fact, Filed, Signed, decode_lines
from haihe.run.appending import FACT
from haihe.run.audit import document_trace
from haihe.state.seal import KeptFacts

BODY_MAX: Final = 1 << 20  # Ours: bytes; a sheet of a thousand cases has a third of it.
F = TypeVar("F", Filed, Signed)
LISTED_MAX: Final = 200  # Ours: a year of shifts is looked through by kind and day, not at once.


class Document(msgspec.Struct, frozen=True):
    """One version of a document.

    filed: the line; offset: where it stands in the log.
    signed: by whom else, each a line of the log too.
    is_newest: whether no later version replaced it.
    """

    filed: Filed
    offset: int
    signed: tuple[Signed, ...]
    is_newest: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A document on its way into the log.

    kind: such as "handover"; it begins the id.
    body: JSON.
    by: who signs it; people: who else took part.
    replaces: the id it is a new version of; "" for a new document.
    sha256: of the version it replaces, so that nobody replaces what they have not seen.
    """

    kind: str
    body: bytes
    by: str
    people: tuple[str, ...] = ()
    replaces: str = ""
    sha256: str = ""


def file_document(transaction: Transaction, draft: Draft, *, at: int) -> KeptFacts[Filed] | str:
    """Put a document into the log; or the reason why not, in words.

    at: the log's time; ns.
    """
    if len(draft.body) > BODY_MAX:
        return f"the document has {len(draft.body)} bytes; {BODY_MAX} are the most."
    offsets = store.traces_of(transaction.db, _list_of(draft.kind))
    version, old = 1, ""
    document = draft.replaces or f"{draft.kind}-{len(offsets) + 1}"
    if draft.replaces:
        newest = _newest(transaction, document)
        if newest is None or newest.kind != draft.kind:
            return f"there is no {draft.kind} '{document}' to replace."
        if newest.sha256 != draft.sha256:
            return f"{document} has version {newest.version} by {newest.by} now; read that first."
        version, old = newest.version + 1, newest.sha256
    fact = Filed(
        at=max(at, transaction.received_at),
        id=document,
        kind=draft.kind,
        version=version,
        replaces=old,
        by=draft.by,
        people=draft.people,
        body=draft.body.decode(),
        sha256=hashlib.sha256(draft.body).hexdigest(),
    )
    subjects = [document_trace(document), *([] if draft.replaces else [_list_of(draft.kind)])]
    return _kept(transaction, fact, subjects=subjects)


def sign_document(
    transaction: Transaction, document: str, *, signed: Signed
) -> KeptFacts[Signed] | str:
    """Put a second person's signature into the log; or the reason why not, in words."""
    newest = _newest(transaction, document)
    if newest is None:
        return f"there is no document '{document}'."
    if newest.sha256 != signed.sha256:
        return f"{document} has version {newest.version} by {newest.by} now; read that first."
    if newest.by == signed.by:
        return f"{newest.by} handed over; somebody else takes over."
    if any(isinstance(one, Signed) and one.sha256 == signed.sha256
           for one in _lines_of(transaction, document)):  # fmt: skip
        return f"version {newest.version} of {document} is signed already."
    told = msgspec.structs.replace(
        signed, at=max(signed.at, transaction.received_at), version=newest.version
    )
    return _kept(transaction, told, subjects=[document_trace(document)])


def find_document(log: SqliteLog, document: str) -> tuple[Document, ...]:
    """Every version of a document, the newest first; () if there is none."""
    filed: list[tuple[int, Filed]] = []
    signed: list[Signed] = []
    for offset, line in _told(log, store.traces_of(log.reader(), document_trace(document))):
        if isinstance(line, Filed) and line.id == document:
            filed.append((offset, line))
        elif isinstance(line, Signed) and line.id == document:
            signed.append(line)
    last = len(filed) - 1
    versions = [
        Document(
            line,
            offset,
            tuple(one for one in signed if one.sha256 == line.sha256),
            place == last,
        )
        for place, (offset, line) in enumerate(filed)
    ]
    return tuple(reversed(versions))


def list_documents(log: SqliteLog, kind: str, *, limit: int = LISTED_MAX) -> tuple[Document, ...]:
    """The newest version of each document of a kind, the newest document first.

    limit: documents at most.
    """
    offsets = store.traces_of(log.reader(), _list_of(kind))[-limit:]
    ids = [line.id for _, line in _told(log, offsets) if isinstance(line, Filed)]
    return tuple(find_document(log, one)[0] for one in reversed(ids))


def _kept(transaction: Transaction, fact: F, *, subjects: list[str]) -> KeptFacts[F]:
    offset = transaction.append_lines((fact,), author=FACT)
    store.put_traces(transaction.db, [(subject, offset) for subject in subjects])
    return KeptFacts(offset, (fact,))


def _newest(transaction: Transaction, document: str) -> Filed | None:
    """The newest version, as the writer sees it."""
    filed = [line for line in _lines_of(transaction, document) if isinstance(line, Filed)]
    return filed[-1] if filed else None


def _lines_of(transaction: Transaction, document: str) -> list[Fact]:
    """Every line about a document; the writer reads its own transaction."""
    lines: list[Fact] = []
    for offset in store.traces_of(transaction.db, document_trace(document)):
        found = transaction.db.execute(
            "SELECT CAST(bytes AS BLOB) FROM entry JOIN body USING (seq) WHERE first_offset = ?",
            (offset,),
        ).fetchone()
        lines += [
            line for line in decode_lines(found[0])
            if isinstance(line, Filed | Signed) and line.id == document
        ]  # fmt: skip
    return lines


def _told(log: SqliteLog, offsets: Sequence[int]) -> Iterator[tuple[int, Filed | Signed]]:
    for offset in offsets:
        entry = log.entry_of(offset)
        if entry is not None and entry.body is not None:
            for place, line in enumerate(decode_lines(entry.body)):
                if isinstance(line, Filed | Signed):
                    yield entry.header.first_offset + place, line


def _list_of(kind: str) -> str:
    """The trace of all documents of a kind; no case's or rule's id has a space."""
    return f"documents {kind}"
