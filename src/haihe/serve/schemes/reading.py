"""What schemes are in force, and whom they reach."""

import asyncio

from haihe.decide.grants.application import Application
from haihe.decide.grants.identity import entity_of
from haihe.decide.grants.money import state_of
from haihe.decide.grants.standing import Standing
from haihe.decide.grants.telling import (
    NEAR_WITHIN,
    Reach,
    groups,
    reaches,
)
from haihe.decide.scheme.amounts import NO_AMOUNT
from haihe.decide.scheme.clause import Scheme, Span, Version
from haihe.decide.scheme.facts import FactKind
from haihe.decide.scheme.reasons import near_misses
from haihe.decide.scheme.words import Speech, values_on
from haihe.decide.workday import is_announced, year_of
from haihe.model.text import Text
from haihe.serve.calling import Asked
from haihe.serve.owning import note_read
from haihe.serve.problem import unknown
from haihe.serve.schemes.asking import DayQuery, HitsQuery
from haihe.serve.schemes.current import (
    Now,
    shown_day,
    standing_of,
    then_of,
)
from haihe.serve.schemes.shown import (
    ClauseShown,
    GroupShown,
    HitsShown,
    PersonalHit,
    ReachShown,
    SchemeShown,
    SchemesShown,
    SpanShown,
)
from haihe.state.graph import Graph

NOBODY_KNOWS = Text(zh="", en="")


async def list_schemes(asked: Asked[DayQuery, None]) -> SchemesShown:
    """Every scheme in force, and whom it reaches."""
    now = await then_of(asked)
    standing = await standing_of(asked, now)
    applications = tuple(now.grants.kept.applications.values())
    found = await asyncio.to_thread(reaches, standing, applications)
    return SchemesShown(
        day=shown_day(standing.day),
        facts_day=shown_day(now.day),
        enterprises=len(standing.codes),
        redone=standing.redone,
        calendar_known=is_announced(year_of(standing.day)),
        schemes=tuple(_reach(one, standing, applications=applications) for one in found),
    )


async def show_scheme(asked: Asked[DayQuery, None]) -> SchemeShown:
    """One scheme: its clauses in words, its reach, who is missed by size and sector."""
    now = await then_of(asked)
    standing = await standing_of(asked, now)
    scheme, version = _in_force(standing, asked.path["scheme"])
    schema = standing.book.schema
    speech = Speech(schema, values_on(version, standing.day))
    applications = tuple(now.grants.kept.applications.values())
    categories = [fact.name for fact in schema.facts if fact.kind is FactKind.CATEGORY]

    def look() -> tuple[Reach, dict[str, tuple[GroupShown, ...]]]:
        (reach,) = [one for one in reaches(standing, applications) if one.scheme is scheme]
        by = {
            name: tuple(
                GroupShown(
                    one.word, schema[name].say_word(one.word), one.all, one.eligible, one.unknown,
                    one.near, one.asked, one.paid, one.missed,
                )
                for one in groups(standing, scheme.name, by=name, applications=applications)
            )
            for name in categories
        }  # fmt: skip
        return reach, by

    reach, by = await asyncio.to_thread(look)
    return SchemeShown(
        day=shown_day(standing.day),
        facts_day=shown_day(now.day),
        reach=_reach(reach, standing, applications=applications),
        clauses=tuple(
            ClauseShown(
                one.name,
                one.title,
                speech.need(one.require),
                span_of(one.source),
            )
            for one in version.conditions
        ),
        benefit=speech.benefit(version.benefit),
        papers=tuple(one.title for one in version.papers),
        # Who else is reached, group by group, and what is left are the office's to know.
        by={} if asked.caller.owner else by,
        pools=tuple(
            state_of(pool, applications)
            for pool in now.grants.kept.pools.values()
            if pool.scheme == scheme.name and not asked.caller.owner
        ),
        facts={name: schema[name].title for name in by},
    )


async def list_hits(asked: Asked[HitsQuery, None]) -> HitsShown:
    """A scheme's enterprises: who may have it, who nearly, of whom a fact is missing."""
    now, query = await then_of(asked), asked.query
    standing = await standing_of(asked, now)
    _in_force(standing, asked.path["scheme"])
    at = standing.book.place(asked.path["scheme"])
    found: list[PersonalHit] = []
    hits = standing.present.hits[at]
    if query.kind == "eligible":
        total = len(hits.eligible)
        for place, fen in zip(hits.eligible.tolist(), hits.amounts.tolist(), strict=True):
            amount = None if fen == NO_AMOUNT else fen
            found.append(_hit(now.graph, standing.codes[place], verdict="eligible", amount=amount))
    elif query.kind == "unknown":
        total = len(hits.unknown)
        found += [
            _hit(now.graph, standing.codes[place], verdict="unknown")
            for place in hits.unknown.tolist()
        ]
    else:
        near = near_misses(standing.book, standing.present.facts, within=NEAR_WITHIN)[at]
        total = len(near.enterprises)
        rule = standing.book.rules[at]
        assert rule is not None  # It is in force.
        for place, condition, short in zip(
            near.enterprises.tolist(), near.condition.tolist(), near.short.tolist(), strict=True
        ):
            name = rule.version.conditions[condition].name
            hit = _hit(now.graph, standing.codes[place], verdict="not", near=(name, short))
            found.append(hit)
    page = found[query.skip : query.skip + query.limit]
    entities = {entity_of(one.code) for one in page}
    await note_read(asked, subject=f"who of {asked.path['scheme']}{now.words}", entities=entities)
    return HitsShown(shown_day(standing.day), shown_day(now.day), total, tuple(page))


def scheme_titles(now: Now) -> dict[str, Text]:
    """Scheme to its title, as the books in force say."""
    return {one.name: one.title for one in now.grants.library.schemes}


def span_of(source: Span | None) -> SpanShown | None:
    """Where a clause stands; None if nobody has said."""
    return None if source is None else SpanShown(source.document, source.start, source.end)


def title_of(graph: Graph, code: str) -> Text:
    """What people call an enterprise."""
    known = graph.entity(entity_of(code))
    return known.title if known is not None else Text(zh=code, en=code)


def _in_force(standing: Standing, name: str) -> tuple[Scheme, Version]:
    """The scheme and its version in force.

    Raises Problem if there is none.
    """
    for scheme in standing.book.schemes:
        version = scheme.version_on(standing.day)
        if scheme.name == name and version is not None:
            return scheme, version
    raise unknown(f"no scheme '{name}' is in force on {shown_day(standing.day)}.")


def _reach(
    reach: Reach, standing: Standing, *, applications: tuple[Application, ...]
) -> ReachShown:
    scheme = reach.scheme
    mine = [one for one in applications if one.scheme == scheme.name]
    version = scheme.version_on(standing.day)
    assert version is not None  # Only what is in force is reached.
    return ReachShown(
        scheme=scheme.name,
        title=scheme.title,
        issuer=scheme.issuer,
        book=scheme.file,
        valid_from=shown_day(version.valid_from),
        valid_to=shown_day(version.valid_to),
        automatic=version.automatic,
        eligible=reach.eligible,
        unknown=reach.unknown,
        near=reach.near,
        cost_fen=reach.cost_fen,
        uncounted=reach.uncounted,
        asked=reach.asked,
        paid=reach.paid,
        missed=reach.missed,
        paid_fen=sum(one.paid_fen for one in mine),
        clawed_back=sum(one.clawed_back for one in mine),
    )


def _hit(
    graph: Graph,
    code: str,
    *,
    verdict: str,
    amount: int | None = None,
    near: tuple[str, int] | None = None,
) -> PersonalHit:
    condition, short = near if near is not None else ("", None)
    return PersonalHit(code, title_of(graph, code), verdict, amount, condition, short)
