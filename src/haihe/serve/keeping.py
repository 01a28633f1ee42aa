"""存储: what is kept how long, what it takes; and where orders leave, and whether they do."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import msgspec

from haihe.log import manifest, store
from haihe.log.manifest import FileKind
from haihe.model.line import Verb
from haihe.run.outbox import Carrier
from haihe.run.retaining import DAYS_MAX, SUBJECT
from haihe.serve.access import ADMINS, READERS
from haihe.serve.access.caller import check_whole
from haihe.serve.acting import Doing, Who, do, person_of
from haihe.serve.calling import Asked, Operation
from haihe.serve.kinds import Nothing
from haihe.serve.problem import malformed, unknown

Days = Annotated[int, msgspec.Meta(ge=0, le=DAYS_MAX)]
FILES_MAX: Final = 200_000  # Ours: history files looked at; a day of a stream is a few.


class StreamKept(msgspec.Struct, frozen=True):
    """What is kept of one stream in history files.

    records: that moved there. files, bytes: of records and of what their hours came to.
    from_at: when the oldest was observed.
    """

    stream: str
    records: int
    files: int
    bytes: int
    from_at: int


class RetentionShown(msgspec.Struct, frozen=True):
    """How long what is kept, and what it takes on the disk.

    days, rollups_days: for records and for what their hours came to; 0 for ever.
    by, reason, at: whose word that is; "" where the settings file says so.
    seal_after_h: after so many hours records move from the log's file into history files.
    log_bytes: of the log's own file and its journal.
    """

    days: int
    rollups_days: int
    by: str
    reason: str
    at: int
    seal_after_h: int
    log_bytes: int
    streams: tuple[StreamKept, ...]


class RetentionBody(Who, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long to keep from now on; what is older goes within the hour, for good."""

    days: Days
    rollups_days: Days


class SinkShown(msgspec.Struct, frozen=True):
    """Where orders of some assignees leave.

    assignees: a pattern as in file names; the first that fits has the order.
    sent: since the server began. sent_at: when the last was taken; failed_at: when one was not.
    error: why, that last time. waiting, dead: letters for it now. overtaken: loops' orders that
        never left and were not wanted any more.
    """

    number: int
    name: str
    assignees: str
    sent: int
    sent_at: int
    failed_at: int
    error: str
    waiting: int
    dead: int
    overtaken: int


class SinkTried(msgspec.Struct, frozen=True):
    """What came of a test message; ``error`` is "" if it was taken."""

    error: str


async def show_retention(asked: Asked[Nothing, None]) -> RetentionShown:
    """What is kept how long, and its size."""
    platform, services = asked.platform, asked.platform.settings.services
    log, history = platform.node.log, services.history
    kept = await platform.answers.of(platform.node.ask(lambda engine: engine.kept))
    setting = services.keeping

    def measure() -> tuple[int, tuple[StreamKept, ...]]:
        folder = history.folder if history is not None else Path()
        found: dict[str, list[StreamKept]] = {}
        for file in manifest.list_files(log.reader())[:FILES_MAX]:
            path = folder / file.path
            size = path.stat().st_size if path.is_file() else 0  # It may have just gone.
            records = file.rows if file.kind is FileKind.RAW else 0
            one = StreamKept(file.stream, records, 1, size, file.from_at)
            found.setdefault(file.stream, []).append(one)
        around = log.path.parent.glob(f"{log.path.name}*")
        return sum(each.stat().st_size for each in around), tuple(map(_summed, found.values()))

    log_bytes, streams = await asyncio.to_thread(measure)
    seen = tuple(one for one in streams if asked.caller.sees(one.stream))
    return RetentionShown(
        days=kept.days if kept is not None else setting.keep_days,
        rollups_days=kept.rollups_days if kept is not None else setting.keep_rollups_days,
        by=kept.by if kept is not None else "",
        reason=kept.reason if kept is not None else "",
        at=kept.at if kept is not None else 0,
        seal_after_h=setting.seal_after_h,
        log_bytes=log_bytes,
        streams=seen,
    )


def _summed(files: list[StreamKept]) -> StreamKept:
    return StreamKept(
        stream=files[0].stream,
        records=sum(one.records for one in files),
        files=len(files),
        bytes=sum(one.bytes for one in files),
        from_at=min(one.from_at for one in files),
    )


async def put_retention(asked: Asked[Nothing, RetentionBody]) -> RetentionShown:
    """Keep so long from now on; it is in the log, with who and why."""
    check_whole(asked.caller)
    body = asked.body
    days = {"days": str(body.days), "rollups_days": str(body.rollups_days)}
    doing = Doing(Verb.KEEP, SUBJECT, reason=body.reason, settings=tuple(days.items()))
    await do(asked.platform, doing, by=person_of(asked.caller, body.by))
    return await show_retention(asked)  # type: ignore[arg-type]  # It reads no body.


async def list_sinks(asked: Asked[Nothing, None]) -> tuple[SinkShown, ...]:
    """Where orders leave, in the order in which they are tried."""
    carrier = asked.platform.settings.services.carrier
    if carrier is None:
        return ()
    log = asked.platform.node.log
    letters = await asyncio.to_thread(lambda: store.letters_by_assignee(log.reader()))
    counts: dict[tuple[int | None, str], int] = {}
    for assignee, state, many in letters:
        place = carrier.place_of(assignee)
        counts[place, state] = counts.get((place, state), 0) + many
    return tuple(
        SinkShown(
            number=place,
            name=route.sink.name,
            assignees=route.assignees,
            sent=way.sent,
            sent_at=way.sent_at,
            failed_at=way.failed_at,
            error=way.error,
            waiting=counts.get((place, store.WAITING), 0),
            dead=counts.get((place, store.DEAD), 0),
            overtaken=counts.get((place, store.OVERTAKEN), 0),
        )
        for place, (route, way) in enumerate(zip(carrier.routes, carrier.ways, strict=True))
    )


async def try_sink(asked: Asked[Nothing, Who]) -> SinkTried:
    """Send a test message, an order for nobody; what came of it is in the log."""
    check_whole(asked.caller)
    carrier: Carrier | None = asked.platform.settings.services.carrier
    number = int(asked.path["sink"])
    if carrier is None or number >= len(carrier.routes):
        raise unknown(f"there is no sink {number}.", what_to_do="GET /api/v1/sinks lists them.")
    if len(asked.body.reason) > 200:
        raise malformed("a test needs no long reason; 200 characters are enough.", status=422)
    at = asked.platform.moments.next()
    error = await asyncio.to_thread(carrier.try_out, number, at=at)
    told = f"{asked.body.reason} test message: {error or 'taken'}".strip()
    subject = f"sink {number} {carrier.routes[number].sink.name}"
    doing = Doing(Verb.NOTE, subject, reason=told)
    await do(asked.platform, doing, by=person_of(asked.caller, asked.body.by))
    return SinkTried(error)


KEEPING: Final = (
    Operation(
        "GET", "/retention", READERS, "What is kept how long, and what it takes",
        show_retention, answer=RetentionShown,
    ),
    Operation(
        "PUT", "/retention", ADMINS, "Keep it so long from now on, for a reason",
        put_retention, body=RetentionBody, answer=RetentionShown,
    ),
    Operation(
        "GET", "/sinks", READERS, "Where orders leave, and whether they do",
        list_sinks, answer=tuple[SinkShown, ...],
    ),
    Operation(
        "POST", "/sinks/{sink}/test", ADMINS, "Send a test message by a sink",
        try_sink, body=Who, answer=SinkTried,
    ),
)  # fmt: skip
