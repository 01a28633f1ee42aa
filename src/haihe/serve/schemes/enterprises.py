"""Enterprises: their files, and what each may have now, nearly, or later."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from haihe.decide.grants.application import Application
from haihe.decide.grants.digest import digest_of
from haihe.decide.grants.ending import Ahead
from haihe.decide.grants.enterprise import SOURCE_TITLE, conflicts, counts
from haihe.decide.grants.identity import entity_of
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.money import is_per_person
from haihe.decide.grants.paper import standing_one
from haihe.decide.grants.standing import Standing
from haihe.decide.grants.telling import Later, Offer, later, offers
from haihe.decide.scheme.amounts import NO_AMOUNT
from haihe.decide.scheme.clause import Fixed
from haihe.decide.scheme.explain import Verdict
from haihe.decide.scheme.facts import Fact, FactKind, Given, as_words, say_words
from haihe.decide.scheme.words import Speech, values_on
from haihe.model.text import Text
from haihe.serve.access import Caller
from haihe.serve.calling import Asked
from haihe.serve.owning import note_read
from haihe.serve.problem import unknown
from haihe.serve.schemes.asking import DayQuery, ListQuery
from haihe.serve.schemes.current import (
    Now,
    code_asked,
    library_told,
    shown_day,
    standing_of,
    then_of,
)
from haihe.serve.schemes.reading import span_of, title_of
from haihe.serve.schemes.shown import (
    EnterpriseShown,
    EnterprisesShown,
    FactAsked,
    LaterShown,
    OfferShown,
    OnFile,
    StandingShown,
    ToldShown,
)
from haihe.serve.schemes.shown_file import FactShown, FileShown


async def list_enterprises(asked: Asked[ListQuery, None]) -> EnterprisesShown:
    """Enterprises and how much waits for each; an enterprise finds itself alone."""
    now, query, caller = await then_of(asked), asked.query, asked.caller
    standing = await standing_of(asked, now)
    own = caller.owner
    wanted = query.find.strip().upper()
    places = [
        at
        for at, code in enumerate(standing.codes)
        if (not own or code == own)
        and (not wanted or wanted in code or wanted in title_of(now.graph, code).zh.upper())
    ]
    page = places[query.skip : query.skip + query.limit]
    shown = await asyncio.to_thread(_lines, standing, now=now, places=page)
    entities = {entity_of(one.code) for one in shown}
    await note_read(asked, subject=f"enterprises{now.words}", entities=entities)
    return EnterprisesShown(shown_day(standing.day), shown_day(now.day), len(places), shown)


async def show_file(asked: Asked[DayQuery, None]) -> FileShown:
    """An enterprise's file: each fact with its source and date, what conflicts, what is missing."""
    return await file_on(asked, await then_of(asked))


async def file_on(asked: Asked[Any, Any], now: Now) -> FileShown:
    """The file of the enterprise in the path, as it is known at a moment.

    Raises Problem if nothing is.
    """
    code = code_asked(asked, asked.path["enterprise"])
    standing = await standing_of(asked, now)
    file = now.grants.kept.files.get(code)
    if file is None:
        raise unknown(f"nothing is known of enterprise {code}.")
    await note_read(asked, subject=f"file of {code}{now.words}", entities=[entity_of(code)])
    schema, wrong = standing.book.schema, standing.wrong.get(code, {})
    facts = []
    for name, all_told in sorted(file.facts.items()):
        fact, used = schema.find(name), counts(file, name)
        for told in all_told:
            facts.append(
                FactShown(
                    fact=name,
                    title=fact.title if fact is not None else Text(zh=name, en=name),
                    given=_given(told.given),
                    words=_words(fact, told.given),
                    source=told.source,
                    source_title=SOURCE_TITLE[told.source],
                    as_of=shown_day(told.as_of),
                    told_at=told.told_at,
                    document=told.document,
                    counts=told is used and name not in wrong,
                    problem=_problem(name, wrong, is_used=told is used, known=fact is not None),
                )
            )
    return FileShown(
        code=code,
        day=shown_day(standing.day),
        facts_day=shown_day(now.day),
        title=title_of(now.graph, code),
        facts=tuple(facts),
        conflicts=conflicts(file),
        missing=tuple(one.name for one in schema.facts if counts(file, one.name) is None),
        consents={purpose.value: said.agreed for purpose, said in file.consents.items()},
        documents={name: shown_day(day) for name, day in file.documents.items()},
        problems=file.problems,
    )


async def show_standing(asked: Asked[DayQuery, None]) -> StandingShown:
    """What one enterprise may have now, nearly, once a fact is known, or later; and why."""
    now = await then_of(asked)
    code = code_asked(asked, asked.path["enterprise"])
    standing = await standing_of(asked, now)
    if code not in standing.files:
        raise unknown(f"nothing is known of enterprise {code}.")
    await note_read(asked, subject=f"standing of {code}{now.words}", entities=[entity_of(code)])
    mine = tuple(one for one in now.grants.kept.applications.values() if one.enterprise == code)

    def look() -> tuple[tuple[OfferShown, ...], tuple[Later, ...], Text | None]:
        told = offers(standing, code, applications=mine)
        shown = _offers(told, standing, grants=now.grants, code=code)
        return shown, later(standing, code), digest_of(standing, now.grants, code=code)

    told, changes, digest = await asyncio.to_thread(look)
    titles = {one.name: one.title for one in standing.book.schemes}
    # The office may tell what books in shadow ask; an enterprise is asked what is in force alone.
    book = standing.book.schema
    schema = book if asked.caller.owner else (await asyncio.to_thread(library_told, now)).schema
    return StandingShown(
        code=code,
        day=shown_day(standing.day),
        facts_day=shown_day(now.day),
        offers=told,
        later=tuple(
            LaterShown(
                one.scheme,
                titles[one.scheme],
                shown_day(one.day),
                one.was.value,
                one.verdict.value,
                one.amount_fen,
            )
            for one in changes
        ),
        digest=digest,
        facts={one.name: one.title for one in (*book.facts, *schema.facts)},
        kinds={
            one.name: FactAsked(
                one.kind.value,
                one.unit,
                one.words,
                {word: one.say_word(word) for word in one.words},
            )
            for one in (*book.facts, *schema.facts)
        },
    )


def _lines(standing: Standing, *, now: Now, places: list[int]) -> tuple[EnterpriseShown, ...]:
    """A line for each of some enterprises."""
    wanted = set(places)
    eligible = dict.fromkeys(places, 0)
    open_facts, amounts = dict(eligible), dict(eligible)
    for hits in standing.present.hits:
        for place, fen in zip(hits.eligible.tolist(), hits.amounts.tolist(), strict=True):
            if place in wanted:
                eligible[place] += 1
                amounts[place] += max(fen, 0) if fen != NO_AMOUNT else 0
        for place in wanted.intersection(hits.unknown.tolist()):
            open_facts[place] += 1
    under_way: dict[str, int] = {}
    for one in now.grants.kept.applications.values():
        under_way[one.enterprise] = under_way.get(one.enterprise, 0) + one.is_open
    return tuple(
        EnterpriseShown(
            code := standing.codes[at],
            title_of(now.graph, code),
            eligible[at],
            open_facts[at],
            amounts[at],
            under_way.get(code, 0),
        )
        for at in places
    )


def _offers(
    told: Sequence[Offer], standing: Standing, *, grants: Grants, code: str
) -> tuple[OfferShown, ...]:
    """Every scheme as it is shown, with the last day of those that may not be had much longer."""
    may_have = [
        one.scheme.name
        for one in told
        if one.why.verdict is Verdict.ELIGIBLE and not (one.is_open or one.is_done)
    ]
    ahead = Ahead(grants, day=standing.day)
    last_days = ahead.last_days(code, may_have)
    return tuple(
        msgspec.structs.replace(
            _offer(one, standing, code=code),
            last_day=shown_day(last := last_days.get(one.scheme.name)),
            workdays_left=None if last is None else ahead.workdays_to(last),
        )
        for one in told
    )


def _on_file(offer: Offer, standing: Standing, *, code: str) -> tuple[OnFile, ...]:
    """The papers that an application would bring by itself."""
    lacks, papers = set(offer.bring), standing.files[code].papers
    found = []
    for one in offer.version.papers:
        if one not in lacks:
            filed = standing_one(papers, one.name)
            sha256, end = ("", None) if filed is None else (filed.file.sha256, filed.valid_to)
            found.append(OnFile(one.name, one.title, sha256, shown_day(end)))
    return tuple(found)


def _offer(offer: Offer, standing: Standing, *, code: str) -> OfferShown:
    why, near = offer.why, offer.near
    kinds = {Verdict.ELIGIBLE: "now", Verdict.UNKNOWN: "unknown", Verdict.NOT: "not"}
    return OfferShown(
        scheme=offer.scheme.name,
        title=offer.scheme.title,
        issuer=offer.scheme.issuer,
        kind="nearly" if near is not None else kinds[why.verdict],
        verdict=why.verdict.value,
        amount_fen=why.amount_fen,
        up_to_fen=_most(offer, standing),
        discretionary=why.discretionary,
        conditions=tuple(
            ToldShown(
                one.name,
                one.title,
                one.verdict.value,
                one.words,
                one.missing,
                one.short,
                one.facts,
                span_of(one.source),
            )
            for one in why.conditions
        ),
        near=near.condition if near is not None else "",
        near_short=near.short if near is not None else None,
        near_on=shown_day(near.on_day) if near is not None else "",
        bring=tuple(one.name for one in offer.bring),
        bring_titles=tuple(one.title for one in offer.bring),
        is_ready=offer.is_ready,
        per_person=is_per_person(standing.library.stacking, offer.scheme.name),
        is_open=offer.is_open,
        is_done=offer.is_done,
        valid_to=shown_day(offer.version.valid_to),
        prefilled=prefilled(standing, code),
        source=span_of(offer.version.source),
        benefit=Speech(standing.book.schema, values_on(offer.version, standing.day)).benefit(
            offer.version.benefit
        ),
        on_file=_on_file(offer, standing, code=code),
    )


def _most(offer: Offer, standing: Standing) -> int | None:
    """What it comes to at most where no amount is computed, fen; None where nothing bounds it."""
    rule = standing.book.rules[standing.book.place(offer.scheme.name)]
    benefit = offer.version.benefit
    limits = (benefit.up_to, benefit.amount.up_to if benefit.amount is not None else None)
    fixed = benefit.amount is not None and isinstance(benefit.amount.formula, Fixed)
    if rule is None or offer.why.amount_fen is not None or not (fixed or any(limits)):
        return offer.why.up_to_fen
    return rule.made.most


def prefilled(standing: Standing, code: str) -> dict[str, str]:
    """An application's fields as far as they are known of an enterprise."""
    found = standing.found[standing.place(code)]
    return {"enterprise": code, **{name: _given(given) for name, given in found.items()}}


def _given(given: Any) -> str:
    """A fact as it was told, as text."""
    if isinstance(given, list | tuple | frozenset):
        return " ".join(sorted(str(one) for one in given))
    return "" if given is None else str(given)


def _words(fact: Fact | None, given: Given | None) -> Text:
    """A fact with its unit, as people say it; as it was told where it cannot be."""
    plain = _given(given)
    if fact is None or given is None:
        return Text(zh=plain, en=plain)
    try:
        if fact.kind in (FactKind.CATEGORY, FactKind.TAGS):
            return say_words(fact, sorted(as_words(fact, given)))
        return fact.say(fact.encode(given))
    except ValueError:
        return Text(zh=plain, en=plain)


def _problem(name: str, wrong: Mapping[str, str], *, is_used: bool, known: bool) -> str:
    if not known:
        return "no scheme in force asks for it"
    return wrong.get(name, "") if is_used else ""


def applications_of(now: Now, caller: Caller) -> list[Application]:
    """The applications a caller may see, the newest first."""
    every = reversed(now.grants.kept.applications.values())
    return [one for one in every if not caller.owner or one.enterprise == caller.owner]
