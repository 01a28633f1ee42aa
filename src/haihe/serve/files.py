"""附件 and 留言: photos and files of orders and cases, in and out, and what people said."""

import asyncio
from collections.abc import Collection
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from haihe.errors import RecordRefused
from haihe.feed.attachment import FILE_BYTES_MAX, IMAGES, SUFFIXES, file_name, kind_of
from haihe.model.line import Attached, Verb
from haihe.run.thread import Message, thread_of
from haihe.serve.acting import Doing, do, instant_said, key_said, person_of
from haihe.serve.calling import Asked, Reply
from haihe.serve.cases import case_of, order_of
from haihe.serve.kinds import Nothing, Person, Reason, When
from haihe.serve.owning import note_read
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, conflict, unknown
from haihe.serve.reach import subjects_seen

FILES_MAX: Final = 200  # Ours: files of one case; who needs more sends a PDF.
TAKEN_KINDS: Final = tuple(SUFFIXES)
# A file is shown as what it is or handed over, and may do nothing by itself.
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class FileQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a file; the file itself is the body.

    name: what it is called; a path before it is left out.
    reason: words that go with it.
    when: it was taken, by the sender's own clock; "" for now.
    by: a name, from the operator of this machine only.
    """

    name: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    reason: Reason = ""
    when: When = ""
    by: Person = ""


class FileTaken(msgspec.Struct, frozen=True):
    """A file that is kept, and where the log names it."""

    offset: int
    subject: str
    file: Attached


class ThreadShown(msgspec.Struct, frozen=True):
    """What was said about a case, oldest first."""

    messages: tuple[Message, ...]


async def attach_to_case(asked: Asked[FileQuery, None]) -> Reply:
    """Keep a file with a case."""
    case = await case_of(asked, asked.path["case"])
    return await _attach(asked, case.id)


async def attach_to_order(asked: Asked[FileQuery, None]) -> Reply:
    """Keep a file with an order."""
    order = await order_of(asked, asked.path["order"])
    return await _attach(asked, order.id)


async def show_thread(asked: Asked[Nothing, None]) -> ThreadShown:
    """What was said about a case, as far as the caller sees it."""
    case = await case_of(asked, asked.path["case"])
    await note_read(asked, subject=f"messages of case {case.id}", entities=case.shows)
    return ThreadShown(await asyncio.to_thread(_seen_thread, asked, case.id))


async def show_file(asked: Asked[Nothing, None]) -> Response:
    """The bytes of a file that the caller sees in the case: a picture, or something to save."""
    case = await case_of(asked, asked.path["case"])
    sha256 = asked.path["sha256"]
    said = await asyncio.to_thread(_seen_thread, asked, case.id)
    file = next((one.file for one in said if one.file and one.file.sha256 == sha256), None)
    if file is None:
        raise unknown(f"case {case.id} has no file {sha256}.")
    await note_read(asked, subject=f"file {file.name} of case {case.id}", entities=case.shows)
    return await bytes_of(asked.platform, file)


async def bytes_of(platform: Platform, file: Attached) -> Response:
    """A file as an answer that can do nothing by itself: a picture, or something to save.

    Raises Problem if it is lost.
    """
    data = await asyncio.to_thread(platform.blobs.get, file.sha256)
    if data is None:
        raise Problem(
            410,
            "file-lost",
            message=f"the file {file.name} is missing, or is not what was attached.",
            what_to_do="Run 'haihe verify', which lists all; restore files/ from a backup.",
        )
    shown = "inline" if file.media_type in IMAGES else "attachment"
    name = f"{shown}; filename*=UTF-8''{quote(file.name, safe='')}"
    kind = f"{file.media_type}; charset=utf-8" if file.media_type == "text/plain" else (
        file.media_type
    )  # fmt: skip
    return Response(data, 200, {**_HEADERS, "content-disposition": name}, media_type=kind)


async def _attach(asked: Asked[FileQuery, None], subject: str) -> Reply:
    """Keep the body as a file, then name it in the log: never the other way round.

    Raises Problem if it is not taken, and why.
    """
    platform, query = asked.platform, asked.query
    by, key = person_of(asked.caller, query.by), key_said(asked.scope)
    observed_at = instant_said(query.when, "when")
    await _check_room(asked, subject, by=by, key=key)
    file = await keep_body(asked, name=query.name)
    doing = Doing(
        Verb.ATTACH, subject, reason=query.reason, observed_at=observed_at, key=key, file=file
    )
    did = await do(platform, doing, by=by)
    return Reply(FileTaken(did.offset, subject, file), 200 if did.is_repeated else 201)


async def keep_body(
    asked: Asked[Any, Any], *, name: str, kinds: Collection[str] = TAKEN_KINDS
) -> Attached:
    """The body, kept as a file that the log is to name next.

    name: what its sender calls it. kinds: media types that are taken here.
    Raises Problem if it is not taken, and why.
    """
    platform = asked.platform
    data = await platform.bodies.read(asked.scope, asked.receive, limit=FILE_BYTES_MAX)
    try:
        kind = _kind(data, kinds)
        sha256 = await asyncio.to_thread(platform.blobs.put, data)
    finally:
        platform.bodies.let_go(len(data))
    return Attached(sha256=sha256, size=len(data), media_type=kind, name=file_name(name, kind))


def _kind(data: bytes, kinds: Collection[str]) -> str:
    try:
        kind = kind_of(data)
        if kind not in kinds:
            raise RecordRefused(f"this is {kind}; here {', '.join(kinds)} are taken.")
    except RecordRefused as error:
        raise Problem(
            415, "wrong-kind", message=str(error), what_to_do="Send another file."
        ) from error
    return kind


async def _check_room(asked: Asked[Any, Any], subject: str, *, by: str, key: str) -> None:
    """Refuse a file more for a case that has very many; one that was told before is none more.

    Raises Problem.
    """
    node, case_id = asked.platform.node, subject.partition("/")[0]
    said = await asyncio.to_thread(thread_of, node.log, case_id)
    count = sum(one.file is not None for one in said)
    if count >= FILES_MAX and (by, key) not in node.engine.keys:
        raise conflict(
            f"case {case_id} has {count} files already.",
            what_to_do="Say in words what is still missing; a message needs no file.",
        )


def _seen_thread(asked: Asked[Any, Any], case_id: str) -> tuple[Message, ...]:
    node, caller = asked.platform.node, asked.caller
    said = thread_of(node.log, case_id)
    if not caller.is_tied:
        return said
    sees = subjects_seen(node, caller)
    return tuple(one for one in said if sees(one.subject))
