"""Everybody's standing, kept current beside the log, and what each answer begins with."""

import asyncio
from dataclasses import dataclass
from typing import Any

from haihe.decide.grants.identity import check_code, entity_of
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.register import BookState, texts_on
from haihe.decide.grants.standing import Standing, brought, stand
from haihe.decide.scheme.facts import FactSchema
from haihe.decide.scheme.quantity import format_day, parse_day
from haihe.decide.scheme.reading import read_library
from haihe.decide.workday import day_of
from haihe.run.engine import Engine
from haihe.serve.calling import Asked
from haihe.serve.problem import malformed, unknown
from haihe.serve.sight import check_sight


@dataclass(frozen=True, slots=True)
class Now:
    """What is known at one moment.

    pack: whose ledger it is.
    at: the log's time; ns. day: the Chinese day, since 1970.
    """

    pack: str
    grants: Grants
    at: int
    day: int


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
    return Now(pack, grants, at, day_of(max(at, asked.platform.node.clock.now())))


def _look(engine: Engine) -> tuple[str, Grants, int] | None:
    ledgers = engine.track.casework.ledgers
    for pack, memory in ledgers.memories.items():
        if isinstance(memory, Grants) and pack not in ledgers.failed:
            return pack, memory, engine.now
    return None


async def standing_of(asked: Asked[Any, Any], now: Now, *, day: int | None = None) -> Standing:
    """Everybody's standing now, or by the books of another day; ``day`` since 1970."""
    if day is not None and day != now.day:
        return await asyncio.to_thread(stand, now.grants, day=day)
    current = asked.platform.schemes
    async with current.lock:
        fresh = await asyncio.to_thread(brought, current.standing, now.grants, day=now.day)
        current.standing = fresh
    return fresh


def schema_told(now: Now) -> FactSchema:
    """Every fact that may be told: those of the books in force, and of what runs in shadow.

    Who tries a book in shadow needs its facts before it is in force, or nothing can be seen.
    """
    texts = texts_on(now.grants.kept.books, now.day)
    tried = {
        name: version.text
        for name, book in now.grants.kept.books.items()
        if (version := book.in_state(BookState.SHADOW)) is not None
    }
    return (
        read_library({**texts, **tried}).schema if tried else now.grants.library_on(now.day).schema
    )


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
