"""交接班 and 日报 over HTTP: figures of a span, documents that are filed, signed and proved."""

import asyncio
from typing import Annotated, Any, Final

import msgspec
from starlette.responses import Response

from haihe.run.documents import find_document, list_documents
from haihe.run.report.figures import Figures, Source, figures_of
from haihe.run.report.report import (
    Report,
    ReportKind,
    ReportVersion,
    check_notes,
    file_report,
    shown,
    sign_report,
)
from haihe.run.span import Span
from haihe.serve.access import ACTING, READERS
from haihe.serve.access.caller import check_whole
from haihe.serve.acting import person_of
from haihe.serve.calling import HEADERS, JSON, Asked, Operation
from haihe.serve.kinds import Nothing, Person, When
from haihe.serve.owning import note_read
from haihe.serve.problem import conflict, malformed, unknown
from haihe.serve.spans import instant_in, ordered

NOTE_CHARS: Final = 4_000  # As the report itself allows.
LISTED: Final = 50  # Ours: documents of a kind on one page: three weeks of shifts.
Note = Annotated[str, msgspec.Meta(max_length=NOTE_CHARS)]
Notes = Annotated[dict[str, Note], msgspec.Meta(max_length=10)]
Sha256 = Annotated[str, msgspec.Meta(max_length=64, pattern="^([0-9a-f]{64})?$")]


class ReportsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which documents, the newest first; limit: how many at most."""

    kind: ReportKind
    limit: Annotated[int, msgspec.Meta(ge=1, le=LISTED)] = 20


class FiguresQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """Which time; start, to: the log's time, ISO 8601 with an offset."""

    start: When
    to: When


class NewReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """A report to be signed by who sends it. The figures are the server's own.

    notes: field to text.
    replaces, sha256: for a new version: the document, and the version of it that was read.
    by: who signs, from the operator of this machine only.
    """

    kind: ReportKind
    start: When
    to: When
    notes: Notes = {}
    replaces: Annotated[str, msgspec.Meta(max_length=60)] = ""
    sha256: Sha256 = ""
    by: Person = ""


class SignBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second signature.

    sha256: of the version that was read.
    """

    sha256: Sha256
    by: Person = ""


class ReportListed(msgspec.Struct, frozen=True):
    """A document in a list: its newest version, without the figures."""

    id: str
    kind: ReportKind
    version: int
    span: Span
    by: str
    filed_at: int
    second: str
    needs_second: bool


async def list_reports(asked: Asked[ReportsQuery, None]) -> tuple[ReportListed, ...]:
    """Documents of a kind, the newest first."""
    check_whole(asked.caller)
    log, query = asked.platform.node.log, asked.query

    def read() -> tuple[ReportListed, ...]:
        found = list_documents(log, query.kind.value, limit=query.limit)
        return tuple(_listed(shown(one)) for one in found)

    return await asyncio.to_thread(read)


async def show_figures(asked: Asked[FiguresQuery, None]) -> Figures:
    """The figures of a time, as the log has them now."""
    check_whole(asked.caller)
    span = _span(asked, asked.query.start, to=asked.query.to)
    figures = await asyncio.to_thread(_figures, asked, span)
    await _note(asked, figures, subject="figures of a report")
    return figures


async def file_new(asked: Asked[Nothing, NewReport]) -> ReportVersion:
    """Sign a report: from then on it stands in the log."""
    check_whole(asked.caller)
    body, node = asked.body, asked.platform.node
    by = person_of(asked.caller, body.by)
    if not by.strip():
        raise malformed("who signs? say it in 'by'.", status=422)
    span = _span(asked, body.start, to=body.to)

    def write() -> str:
        notes = check_notes(body.kind, body.notes)
        report = Report(body.kind, _figures(asked, span), notes)
        return file_report(node, report, by=by, replaces=body.replaces, sha256=body.sha256)

    try:
        document = await asyncio.to_thread(write)
    except ValueError as error:
        raise malformed(str(error), status=422) from error
    made = (await _versions(asked, document))[0]
    await _note(asked, made.report.figures, subject=f"report {document}")
    return made


async def show_report(asked: Asked[Nothing, None]) -> tuple[ReportVersion, ...]:
    """Every version of a document, the newest first."""
    check_whole(asked.caller)
    document = asked.path["document"]
    found = await _versions(asked, document)
    await _note(asked, found[0].report.figures, subject=f"report {document}")
    return found


async def sign_second(asked: Asked[Nothing, SignBody]) -> ReportVersion:
    """Take over: the second person's signature under a handover sheet."""
    check_whole(asked.caller)
    node, document = asked.platform.node, asked.path["document"]
    by = person_of(asked.caller, asked.body.by)
    await _versions(asked, document)
    await asyncio.to_thread(sign_report, node, document, sha256=asked.body.sha256, by=by)
    return (await _versions(asked, document))[0]


async def prove_report(asked: Asked[Nothing, None]) -> Response:
    """The proof that a document and its signatures stand in the log, to be checked offline."""
    check_whole(asked.caller)
    document = asked.path["document"]
    await _versions(asked, document)
    prove = asked.platform.settings.services.proof
    if prove is None:
        raise conflict("this server has no signing key for the log, so it proves nothing.")
    body = await asyncio.to_thread(prove, document)
    name = f'attachment; filename="{document}.proof.json"'
    return Response(body, 200, {**HEADERS, "content-disposition": name}, media_type=JSON)


def _figures(asked: Asked[Any, Any], span: Span) -> Figures:
    """The figures of a span, of the whole zone.

    Raises Problem if the span is none.
    """
    platform = asked.platform
    book, _ = platform.quality.look(lambda _rule, _entity: True, whole=True)
    source = Source(
        platform.node.log,
        dict(platform.node.engine.rules),
        book,
        platform.settings.services.history,
    )
    try:
        return figures_of(source, span)
    except ValueError as error:
        raise malformed(str(error), status=422) from error


async def _versions(asked: Asked[Any, Any], document: str) -> tuple[ReportVersion, ...]:
    """Every version of a report.

    Raises Problem if there is none.
    """
    log = asked.platform.node.log

    def read() -> tuple[ReportVersion, ...]:
        found = find_document(log, document)
        kinds = {kind.value for kind in ReportKind}
        return tuple(shown(one) for one in found if one.filed.kind in kinds)

    found = await asyncio.to_thread(read)
    if not found:
        raise unknown(f"there is no report '{document}'.")
    return found


async def _note(asked: Asked[Any, Any], figures: Figures, *, subject: str) -> None:
    """What a report tells of an enterprise's things, it hears was read."""
    cases = (*figures.opened, *figures.closed, *figures.open)
    silent = {one.entity for one in figures.silent}
    aside = {one.entity for one in figures.set_aside}
    await note_read(asked, subject=subject, entities={one.entity for one in cases} | silent | aside)


def _span(asked: Asked[Any, Any], start: str, *, to: str) -> Span:
    """The span a request names.

    Raises Problem if it is none, or is not over: nobody signs for what is to come.
    """
    span = Span(*ordered(instant_in(start, 0), instant_in(to, 0)))
    node = asked.platform.node
    if span.to_at > max(node.clock.now(), node.log.received_at):
        raise malformed("'to' lies in the future; a report ends now at the latest.", status=422)
    return span


def _listed(one: ReportVersion) -> ReportListed:
    return ReportListed(
        id=one.id,
        kind=one.report.kind,
        version=one.version,
        span=one.report.figures.span,
        by=one.by,
        filed_at=one.filed_at,
        second=one.second,
        needs_second=one.needs_second,
    )


REPORTS: Final = (
    Operation(
        "GET", "/reports", READERS, "List handover sheets or daily reports",
        list_reports, query=ReportsQuery, answer=tuple[ReportListed, ...],
    ),
    Operation(
        "POST", "/reports", ACTING, "Sign a handover sheet or a daily report, or a new version",
        file_new, body=NewReport, answer=ReportVersion,
    ),
    Operation(
        "GET", "/reports/figures", READERS, "The figures of a shift or a day, from the log",
        show_figures, query=FiguresQuery, answer=Figures,
    ),
    Operation(
        "GET", "/reports/{document}", READERS, "Every version of a report, with its signatures",
        show_report, answer=tuple[ReportVersion, ...],
    ),
    Operation(
        "POST", "/reports/{document}/signatures", ACTING, "Take over: sign a handover sheet",
        sign_second, body=SignBody, answer=ReportVersion,
    ),
    Operation(
        "GET", "/reports/{document}/proof", READERS, "The report's proof, to be checked offline",
        prove_report, answer=dict[str, object],
    ),
)  # fmt: skip
