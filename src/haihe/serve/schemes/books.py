"""The register of books: what is in it, what people do to it, and what a draft would change."""

import asyncio
import time

import msgspec

from haihe.decide.grants.effect import Effect, effect_of
from haihe.decide.grants.register import BookState, BookVersion, SchemeBook, compared, texts_on
from haihe.decide.scheme.check import check_library
from haihe.decide.scheme.facts import FactSchema
from haihe.decide.scheme.reading import read_library
from haihe.decide.scheme.spots import Problem as Wrong
from haihe.model.line import Verb
from haihe.serve.acting import Doing, do, person_of
from haihe.serve.calling import Asked
from haihe.serve.kinds import Nothing
from haihe.serve.problem import unknown
from haihe.serve.schemes.agreeing import check_word, proposal_of
from haihe.serve.schemes.asking import BookDone, BookQuery, DiffQuery, EffectBody
from haihe.serve.schemes.current import Now, now_of, shown_day, standing_of
from haihe.serve.schemes.reading import title_of
from haihe.serve.schemes.shown_books import (
    BookShown,
    BooksShown,
    DiffShown,
    EffectShown,
    ProblemShown,
    ProposalShown,
    VersionShown,
)


async def list_books(asked: Asked[Nothing, None]) -> BooksShown:
    """All books with the states of their versions."""
    now = await now_of(asked)
    found = await asyncio.to_thread(
        lambda: tuple(
            _book(one, proposal=proposal_of(now, f"book/{one.name}"))
            for one in now.grants.kept.books.values()
        )
    )
    return BooksShown(found)


async def show_book(asked: Asked[BookQuery, None]) -> BookShown:
    """One book, with the text of a version."""
    now = await now_of(asked)
    book = _find(now, asked.path["book"])
    version = _version(book, asked.query.version or len(book.versions))
    shown = _book(book, proposal=proposal_of(now, f"book/{book.name}"))
    return msgspec.structs.replace(shown, text=version.text, documents=version.documents)


async def act_on_book(asked: Asked[Nothing, BookDone]) -> BookShown:
    """Write a draft, confirm it, run it in shadow, let two people put it in force, end it."""
    body, platform = asked.body, asked.platform
    now, name = await now_of(asked), asked.path["book"]
    what = f"book/{name}"
    check_word(asked, now, what=what, move=body.move, sha256=body.sha256)
    told = {"move": body.move, "text": body.text, "day": body.day}
    if body.documents:
        told["documents"] = msgspec.json.encode(body.documents).decode()
    doing = Doing(
        Verb.TELL,
        f"{now.pack} {what}",
        reason=body.reason,
        settings=tuple((name, text) for name, text in told.items() if text),
        sha256=body.sha256,
    )
    await do(platform, doing, by=person_of(asked.caller, body.by))
    now = await now_of(asked)
    return _book(_find(now, name), proposal=proposal_of(now, what))


async def show_diff(asked: Asked[DiffQuery, None]) -> DiffShown:
    """The clauses that differ between two versions of a book."""
    now, query = await now_of(asked), asked.query
    book = _find(now, asked.path["book"])
    live = book.on(now.day)
    old = query.old or (live.number if live is not None else 1)
    new = query.new or len(book.versions)
    before, after = _version(book, old).text, _version(book, new).text
    others = texts_on(now.grants.kept.books, now.day)

    def look() -> DiffShown:
        first = read_library({**others, book.name: before})
        second = read_library({**others, book.name: after})
        return DiffShown(old, new, compared(first, second))

    return await asyncio.to_thread(look)


async def show_effect(asked: Asked[Nothing, EffectBody]) -> EffectShown:
    """What a draft would change for everybody: cost, who gains, who loses; nothing is kept."""
    now, body = await now_of(asked), asked.body
    standing = await standing_of(asked, now)
    began = time.perf_counter()

    def look() -> tuple[Effect, tuple[Wrong, ...], FactSchema]:
        texts = texts_on(now.grants.kept.books, now.day)
        found = effect_of(standing, texts, book=body.book, draft=body.text)
        library = read_library({**texts, body.book: body.text})
        wrong = [one for one in check_library(library) if one.file == body.book]
        return found, tuple(dict.fromkeys((*found.problems, *wrong))), library.schema

    found, problems, schema = await asyncio.to_thread(look)
    by = dict(found.by)
    return EffectShown(
        problems=tuple(
            ProblemShown(one.file, one.line, one.clause, one.words, one.warning) for one in problems
        ),
        changes=found.changes,
        schemes=found.schemes,
        cost_fen=found.cost_fen,
        gains=found.gains,
        loses=found.loses,
        gainers=found.gainers,
        losers=found.losers,
        by=by,
        took_ms=(time.perf_counter() - began) * 1000,
        facts={name: schema[name].title for name in by},
        words={
            name: {one.word: schema[name].say_word(one.word) for one in groups}
            for name, groups in by.items()
        },
        titles={one.code: title_of(now.graph, one.code) for one in (*found.gainers, *found.losers)},
    )


def _find(now: Now, name: str) -> SchemeBook:
    """A book.

    Raises Problem if there is none.
    """
    book = now.grants.kept.books.get(name)
    if book is None:
        known = ", ".join(sorted(now.grants.kept.books)) or "none yet"
        raise unknown(f"there is no book '{name}'; there are {known}.")
    return book


def _version(book: SchemeBook, number: int) -> BookVersion:
    try:
        return book.version(number)
    except LookupError as error:
        raise unknown(str(error)) from error


def _book(book: SchemeBook, *, proposal: ProposalShown | None) -> BookShown:
    states = (BookState.DRAFT, BookState.FINAL, BookState.SHADOW, BookState.LIVE)
    return BookShown(
        book.name,
        tuple(
            VersionShown(
                one.number,
                one.state.value,
                one.moves,
                shown_day(one.live_from),
                shown_day(one.live_to),
                tuple(scheme.name for scheme in read_library({book.name: one.text}).schemes)
                if one.state in states
                else (),
            )
            for one in book.versions
        ),
        proposal=proposal,
    )
