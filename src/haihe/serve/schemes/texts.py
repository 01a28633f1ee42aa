"""Policy texts that people bring: a file to plain text, and a text to draft clauses."""

import asyncio
import sys
from typing import Final

import msgspec

from haihe.decide.extract import extract, make_document, write_draft
from haihe.decide.grants.register import texts_on
from haihe.decide.scheme.reading import read_library
from haihe.feed.attachment import NAME_MAX
from haihe.feed.document.apart import Apart
from haihe.feed.document.letters import letters_of
from haihe.serve.calling import Asked
from haihe.serve.kinds import Nothing
from haihe.serve.problem import Problem, malformed
from haihe.serve.schemes.asking import READ_MAX, ReadBody, TextQuery
from haihe.serve.schemes.current import now_of
from haihe.serve.schemes.shown_books import DraftRead, TextRead

FILE_BYTES_MAX: Final = 20 << 20  # Ours: a measure with its annexes; a scan of one has more.
PAGES_MAX: Final = 500  # Ours: a measure has ten; whole codes are read on the command line.
WAIT_S: Final = 60.0  # Ours: beyond the time that the program itself may take.
PROGRAM: Final = ("-m", "haihe.feed.document.apart")
TAKEN: Final = (
    "application/octet-stream",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/html",
    "text/plain",
)
FILE: Final = {"type": "string", "format": "binary", "maxLength": FILE_BYTES_MAX}


async def read_file(asked: Asked[TextQuery, None]) -> TextRead:
    """The text of a PDF, DOCX, OFD, HTML or plain text file; nothing is kept."""
    platform = asked.platform
    await now_of(asked)  # A pack with schemes runs.
    name = clean_name(asked.query.name)
    data = await platform.bodies.read(asked.scope, asked.receive, limit=FILE_BYTES_MAX)
    try:
        if not data:
            raise malformed("the file is empty; choose another.", status=422)
        async with platform.schemes.readings:
            found = await _apart(name, data)
    finally:
        platform.bodies.let_go(len(data))
    if found.refused:
        raise Problem(
            422,
            "unreadable",
            message=found.refused,
            what_to_do="Send another file, or paste the text.",
        )
    return TextRead(name, found.format, found.text, found.notes, found.pages)


def clean_name(sent: str) -> str:
    """What a file is called, on one line and without a path.

    >>> clean_name("../../a policy.pdf"), clean_name("")
    ('a policy.pdf', 'file')
    """
    last = sent.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in last if one.isprintable()).strip()[:NAME_MAX] or "file"


async def _apart(name: str, data: bytes) -> Apart:
    """What a program of its own makes of a file.

    Raises Problem if it came to no end or broke.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *PROGRAM,
        name,
        str(PAGES_MAX),
        str(READ_MAX),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(WAIT_S):
            out, _ = await process.communicate(data)
        return msgspec.json.decode(out, type=Apart)
    except (TimeoutError, msgspec.DecodeError) as error:
        raise Problem(
            422,
            "unreadable",
            message=f"{name} could not be read: it breaks its reader, or takes too long.",
            what_to_do="Save it anew as PDF or plain text, or paste the text.",
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_text(asked: Asked[Nothing, ReadBody]) -> DraftRead:
    """Draft clauses of a policy text by the grammar; nothing is kept."""
    now, body = await now_of(asked), asked.body
    texts = texts_on(now.grants.kept.books, now.day)
    texts.pop(body.book, None)

    def look() -> DraftRead:
        schema = read_library(texts).schema
        document = make_document(body.text, name=body.document, letters=letters_of(body.text))
        told = extract(document)
        draft = write_draft(document, told, prefix=body.prefix, declared=schema)
        return DraftRead(draft, len(told.clauses), len(told.unread))

    return await asyncio.to_thread(look)
