"""留言: what people said about a case and its orders, with what they attached, oldest first."""

from collections.abc import Iterator
from typing import Final

import msgspec

from haihe.log import store
from haihe.log.blobs import Blobs
from haihe.log.sqlite import SqliteLog
from haihe.model.line import Action, Attached, Line, Refused, Verb, decode_lines
from haihe.run.keeping import STEP, head_of
from haihe.run.records import FACT

RECEIPTS: Final = (Verb.DELIVERED, Verb.UNDELIVERED)  # What sinks say is no message.


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Words of a person, a file, or both.

    offset: of its line in the log.
    at: the log's time; observed_at: when it was done, by the doer's own clock; 0 if they said none.
    subject: the case or the order it is about.
    verb: what was done with it, such as "note", "attach", "report".
    words: "" if there are none.
    file: None if there is none.
    refused: why the act it came with was not let happen; "" if it was.
    """

    offset: int
    at: int
    observed_at: int
    by: str
    subject: str
    verb: Verb
    words: str
    file: Attached | None
    refused: str = ""


def thread_of(log: SqliteLog, case_id: str) -> tuple[Message, ...]:
    """Every message about a case or one of its orders."""
    said: list[Message] = []
    refusals: dict[tuple[int, Verb, str, str], str] = {}
    for offset, line in _lines(log, case_id):
        match line:
            case Action() if line.verb not in RECEIPTS and (line.reason or line.file):
                said.append(_message(line, offset))
            case Refused():
                refusals[line.at, line.verb, line.subject, line.by] = line.reason
    return tuple(msgspec.structs.replace(one, refused=refusals.get(_act(one), "")) for one in said)


def named_files(log: SqliteLog) -> dict[str, Attached]:
    """Every file that a line of the log names, by its hash."""
    found: dict[str, Attached] = {}
    for entry in log.read(0, streams=(FACT,)):
        if entry.body is None or b'"file":{' not in entry.body:
            continue
        for line in decode_lines(entry.body):
            if isinstance(line, Action) and line.file is not None:
                found[line.file.sha256] = line.file
    return found


def verify_attached(log: SqliteLog, blobs: Blobs) -> tuple[str, ...]:
    """What is wrong with the files that lines of the log name; () if nothing is."""
    named = named_files(log).items()
    return tuple(fault for sha256, one in named if (fault := blobs.fault(sha256, size=one.size)))


def _lines(log: SqliteLog, case_id: str) -> Iterator[tuple[int, Line]]:
    """Offset and line of what people told of a case, and of what was refused them."""
    for first_offset in store.traces_of(log.reader(), case_id):
        entry = log.entry_of(first_offset)
        if entry is None or entry.body is None or entry.header.stream not in (FACT, STEP):
            continue
        for place, line in enumerate(decode_lines(entry.body)):
            if isinstance(line, Action | Refused) and head_of(line.subject) == case_id:
                yield first_offset + place, line


def _message(act: Action, offset: int) -> Message:
    return Message(
        offset=offset,
        at=act.at,
        observed_at=act.observed_at,
        by=act.by,
        subject=act.subject,
        verb=act.verb,
        words=act.reason,
        file=act.file,
    )


def _act(said: Message) -> tuple[int, Verb, str, str]:
    return said.at, said.verb, said.subject, said.by
