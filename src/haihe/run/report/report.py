"""A handover sheet or a daily report: figures, what people wrote beside them, and who signed."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import Final

import msgspec

from haihe.errors import MoveIllegal
from haihe.model.line import Filed, Signed
from haihe.run.documents import Document, Draft, file_document, find_document, sign_document
from haihe.run.node import Node
from haihe.run.report.figures import Figures

NOTE_MAX: Final = 4_000  # Ours: characters of one field; a page of a sheet.


class ReportKind(StrEnum):
    """What is signed."""

    HANDOVER = "handover"  # 交接班: by who hands over and by who takes over.
    DAILY = "daily"  # 日报: by one.


NOTES: Final[Mapping[ReportKind, tuple[str, ...]]] = {
    ReportKind.HANDOVER: ("summary", "matters", "equipment", "watch", "remarks"),
    ReportKind.DAILY: ("summary", "events", "measures", "tomorrow", "remarks"),
}


class Report(msgspec.Struct, frozen=True):
    """What is signed: its bytes as canonical JSON are what the signature's hash is of.

    notes: field to what people wrote in it; "" where nothing.
    """

    kind: ReportKind
    figures: Figures
    notes: dict[str, str]


class ReportVersion(msgspec.Struct, frozen=True):
    """One version of a report.

    offset: of its line in the log; sha256: of what was signed.
    by: who handed over, or reported; second: who took over, and when; "" and 0 if nobody did yet.
    needs_second: whether a second person is to sign.
    """

    id: str
    version: int
    replaces: str
    sha256: str
    offset: int
    by: str
    filed_at: int
    second: str
    second_at: int
    needs_second: bool
    is_newest: bool
    report: Report


def check_notes(kind: ReportKind, notes: Mapping[str, str]) -> dict[str, str]:
    """The notes, one for each field of the kind.

    Raises ValueError naming what does not fit.
    """
    if wrong := sorted(notes.keys() - set(NOTES[kind])):
        raise ValueError(f"{kind} has no field {wrong[0]}; it has {', '.join(NOTES[kind])}.")
    long = [name for name, text in notes.items() if len(text) > NOTE_MAX]
    if long:
        raise ValueError(f"'{long[0]}' has more than {NOTE_MAX} characters; say it shorter.")
    return {name: notes.get(name, "") for name in NOTES[kind]}


def body_of(report: Report) -> bytes:
    """A report's bytes; equal reports give equal bytes."""
    return msgspec.json.encode(report, order="deterministic")


def file_report(
    node: Node, report: Report, *, by: str, replaces: str = "", sha256: str = ""
) -> str:
    """Put a report into the log under somebody's name; its id.

    replaces, sha256: the document and the version of it that this one is to follow.
    Raises MoveIllegal with the reason if the log does not take it.
    """
    draft = Draft(report.kind.value, body_of(report), by, replaces=replaces, sha256=sha256)
    kept = node.change(partial(file_document, draft=draft, at=_now(node))).result()
    if isinstance(kept, str):
        raise MoveIllegal(kept)
    return kept.facts[0].id


def sign_report(node: Node, document: str, *, sha256: str, by: str) -> None:
    """Put the second person's signature into the log.

    sha256: of what they read.
    Raises MoveIllegal with the reason if it does not count.
    """
    newest = next(iter(find_document(node.log, document)), None)
    if newest is not None and newest.filed.kind != ReportKind.HANDOVER:
        raise MoveIllegal(f"{document} is signed by one person; {newest.filed.by} did.")
    signed = Signed(at=_now(node), id=document, version=0, sha256=sha256, by=by)
    kept = node.change(partial(sign_document, document=document, signed=signed)).result()
    if isinstance(kept, str):
        raise MoveIllegal(kept)


def shown(document: Document) -> ReportVersion:
    """A version as people read it."""
    filed: Filed = document.filed
    second = document.signed[0] if document.signed else None
    report = msgspec.json.decode(filed.body, type=Report)
    return ReportVersion(
        id=filed.id,
        version=filed.version,
        replaces=filed.replaces,
        sha256=filed.sha256,
        offset=document.offset,
        by=filed.by,
        filed_at=filed.at,
        second=second.by if second is not None else "",
        second_at=second.at if second is not None else 0,
        needs_second=report.kind is ReportKind.HANDOVER and second is None,
        is_newest=document.is_newest,
        report=report,
    )


def _now(node: Node) -> int:
    return max(node.clock.now(), node.log.received_at)
