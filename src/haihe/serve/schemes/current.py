"""Everybody's standing, kept current beside the log, and what each answer begins with."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from haihe.decide.grants.identity import check_code, entity_of
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.knowing import known_before
from haihe.decide.grants.register import BookState, texts_on
from haihe.decide.grants.standing import Standing, brought, stand
from haihe.decide.scheme.quantity import format_day, parse_day
from haihe.decide.scheme.reading import Library, read_library
from haihe.decide.workday import day_of, start_of
from haihe.log.sqlite import SqliteLog
from haihe.model.time import BEIJING, NEVER, format_instant
from haihe.run.engine import Engine
from haihe.serve.calling import Asked
from haihe.serve.problem import malformed, unknown
from haihe.serve.schemes.asking import DayQuery
from haihe.serve.schemes.pasts import Past
from haihe.serve.sight import check_sight
from haihe.state.graph import Graph


@dataclass(frozen=True, slots=True)
class Now:
    """What is known at one moment.

    pack: whose ledger it is.
    at: the log's time; ns. day: the Chinese day, since 1970.
    graph: what things were called.
    past: where it is not the present; None where it is.
    asked_day: whose books are asked for, since 1970.
    """

    pack: str
    grants: Grants
    at: int
    day: int
    graph: Graph
    asked_day: int
    past: Past | None = None

    @property
    def words(self) -> str:
        """What a note of a look says behind its subject."""
        return "" if self.past is None else f" as of {format_instant(self.at, zone=BEIJING)}"


async def now_of(asked: Asked[Any, Any]) -> Now:
    """The ledger as it is.

    Raises Problem if no pack keeps one.
    """
    found = await asked.platform.answers.of(asked.platform.node.ask(_look))
    if found is None:
        raise unknown(
            "no pack with schemes runs here.",
            what_to_do="Add 'schemes' to the packs in haihe.toml; GET /packs lists what runs.",
        )
    pack, grants, at = found
    node = asked.platform.node
    day = day_of(max(at, node.clock.now()))
    return Now(pack, grants, at, day, node.engine.graph, day)


async def then_of(asked: Asked[Any, Any]) -> Now:
    """The ledger as it was when the request's query says; as it is, if it names no past.

    Raises Problem if it names no day or instant, if it is being worked out, or is not kept.
    """
    now = await now_of(asked)
    day, before_at = _asked(asked.query, today=now.day)
    if before_at is None or before_at > max(now.at, start_of(now.day)):
        return replace(now, asked_day=now.day if day is None else day)
    node = asked.platform.node
    began_at = await asyncio.to_thread(_began_at, node.log)
    if before_at <= began_at:
        raise unknown(
            f"nothing was known by {format_instant(before_at - 1, zone=BEIJING)}: the log begins "
            f"{format_instant(began_at, zone=BEIJING)}.",
            what_to_do="Ask about a later day.",
        )
    (pack,) = (one for one in node.engine.packs if one.name == now.pack)
    folder, pasts = node.log.path.parent, asked.platform.schemes.pasts
    past = await pasts.past(folder, pack, before_at=before_at)
    known_on = day_of(past.at)
    return Now(
        now.pack, past.grants, past.at, known_on, past.graph, known_on if day is None else day, past
    )


def _began_at(log: SqliteLog) -> int:
    """When the log's first entry came; ns; NEVER if there is none."""
    found = log.reader().execute("SELECT received_at FROM entry ORDER BY seq LIMIT 1").fetchone()
    return int(found[0]) if found else NEVER


def _asked(query: DayQuery, *, today: int) -> tuple[int | None, int | None]:
    """The day a query asks about, None for none; and before when what was told counts, ns.

    Raises Problem.
    """
    try:
        day = parse_day(query.day) if query.day else None
        return day, known_before(query.known_by, day=day, today=today)
    except ValueError as error:
        raise malformed(str(error)) from error


def _look(engine: Engine) -> tuple[str, Grants, int] | None:
    ledgers = engine.track.casework.ledgers
    for pack, memory in ledgers.memories.items():
        if isinstance(memory, Grants) and pack not in ledgers.failed:
            return pack, memory, engine.now
    return None


async def standing_of(asked: Asked[Any, Any], now: Now) -> Standing:
    """Everybody's standing on what is known, by the books of the day that is asked for."""
    if now.past is not None:
        return await asyncio.to_thread(now.past.standing, now.asked_day)
    if now.asked_day != now.day:
        return await asyncio.to_thread(stand, now.grants, day=now.asked_day)
    current = asked.platform.schemes
    async with current.lock:
        fresh = await asyncio.to_thread(brought, current.standing, now.grants, day=now.day)
        current.standing = fresh
    return fresh


def library_told(now: Now) -> Library:
    """The books in force, and what runs in shadow.

    Who tries a book in shadow needs its facts and pools before it is in force.
    """
    texts = texts_on(now.grants.kept.books, now.day)
    tried = {
        name: version.text
        for name, book in now.grants.kept.books.items()
        if (version := book.in_state(BookState.SHADOW)) is not None
    }
    return read_library({**texts, **tried}) if tried else now.grants.library_on(now.day)


def day_asked(text: str) -> int | None:
    """The day a request names, since 1970; None if it names none.

    Raises Problem if it is no day.
    """
    try:
        return parse_day(text) if text else None
    except ValueError as error:
        raise malformed(f"day: {error}", status=422) from error


def code_asked(asked: Asked[Any, Any], text: str) -> str:
    """The enterprise a request names, if the caller may see it.

    Raises Problem.
    """
    try:
        code = check_code(text)
    except ValueError as error:
        raise malformed(str(error), status=422) from error
    check_sight(asked.platform.node, asked.caller, entity=entity_of(code))
    return code


def shown_day(day: int | None) -> str:
    """A day as it is written; "" for none."""
    return "" if day is None else format_day(day)
