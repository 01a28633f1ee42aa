"""What enterprises and offices tell: facts, consent, applications and what is done with them."""

import asyncio
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from haihe.decide.grants.application import KIND, Application, person_key
from haihe.decide.grants.enterprise import Source
from haihe.decide.grants.identity import entity_of
from haihe.decide.grants.money import is_per_person
from haihe.decide.scheme.facts import FactKind, FactSchema, as_words
from haihe.decide.workday import announced_to
from haihe.log import store
from haihe.model.decision import WorkOrder
from haihe.model.entity import Entity
from haihe.model.line import EntityTold, Verb
from haihe.model.record import Rows
from haihe.model.text import Text
from haihe.run.appending import Arrival
from haihe.serve.acting import Doing, do, person_of
from haihe.serve.calling import Asked, Reply
from haihe.serve.kinds import Nothing
from haihe.serve.owning import note_read
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, conflict, forbidden, unknown
from haihe.serve.schemes.asking import (
    ApplicationBody,
    ApplicationsQuery,
    ConsentBody,
    FactsBody,
    MoveBody,
)
from haihe.serve.schemes.current import Now, code_asked, day_asked, library_told, now_of, shown_day
from haihe.serve.schemes.enterprises import applications_of, file_on
from haihe.serve.schemes.paper_lists import brought
from haihe.serve.schemes.reading import scheme_titles, title_of
from haihe.serve.schemes.shown import (
    ApplicationShown,
    ApplicationsShown,
    StepNow,
)
from haihe.serve.schemes.shown_file import FileShown


async def tell_facts(asked: Asked[Nothing, FactsBody]) -> FileShown:
    """Facts of an enterprise; its file afterwards."""
    body, caller = asked.body, asked.caller
    now = await now_of(asked)
    code = own_code(asked, asked.path["enterprise"])
    if caller.owner and body.source is not Source.ENTERPRISE:
        raise forbidden(f"{caller.name} may tell facts as 'enterprise' alone.")
    day = day_asked(body.as_of)
    if day is None or day > now.day:
        raise Problem(
            422, "future", message=f"as_of is '{body.as_of}'; it must be a day up to today."
        )
    schema = (await asyncio.to_thread(library_told, now)).schema
    for name, given in body.facts.items():
        _check_fact(schema, name, given=given)
    await ensure(asked.platform, code)
    facts = msgspec.json.encode(body.facts).decode()
    texts = {
        "source": body.source.value,
        "as_of": body.as_of,
        "facts": facts,
        "document": body.document or None,
    }
    await record(asked.platform, f"{now.pack}.file", entity=entity_of(code), texts=texts)
    return await file_on(asked, await now_of(asked))


async def tell_consent(asked: Asked[Nothing, ConsentBody]) -> FileShown:
    """What an enterprise agrees to, or takes back; its file afterwards."""
    now, body = await now_of(asked), asked.body
    code = own_code(asked, asked.path["enterprise"])
    await ensure(asked.platform, code)
    doing = Doing(
        Verb.TELL,
        f"{now.pack} consent/{code}",
        reason=body.reason,
        settings=(("purpose", body.purpose.value), ("agreed", "yes" if body.agreed else "no")),
    )
    await do(asked.platform, doing, by=person_of(asked.caller, body.by))
    return await file_on(asked, await now_of(asked))


async def list_applications(asked: Asked[ApplicationsQuery, None]) -> ApplicationsShown:
    """Applications the caller may see, the newest first."""
    now, query = await now_of(asked), asked.query
    mine = applications_of(now, asked.caller)
    titles = {one.enterprise: title_of(now.graph, one.enterprise) for one in mine}
    wanted = query.find.strip().upper()
    found = [
        one
        for one in mine
        if (not query.stage or one.stage.value == query.stage)
        and (not query.turn or one.turn.value == query.turn)
        and (not query.scheme or one.scheme == query.scheme)
        and (not query.enterprise or one.enterprise == query.enterprise)
        and (wanted in one.enterprise or wanted in titles[one.enterprise].zh.upper())
    ]
    if query.sort == "due":
        found.sort(key=_due)
    page = tuple(found[query.skip : query.skip + query.limit])
    await note_read(asked, subject="applications", entities={one.id for one in page})
    return ApplicationsShown(
        len(found),
        Counter(one.stage.value for one in mine),
        page,
        shown_day(announced_to(now.day)),
        Counter(one.turn.value for one in mine),
        {one.enterprise: titles[one.enterprise] for one in page},
    )


def _due(application: Application) -> tuple[int, int]:
    """When its open step is due; what has none comes last, the oldest first."""
    step = application.open_step
    return (step.due_at if step is not None else sys.maxsize), application.asked_at


async def show_application(asked: Asked[Nothing, None]) -> ApplicationShown:
    """One application whole, with its open step."""
    now = await now_of(asked)
    application = find(now, asked, name=asked.path["application"])
    await note_read(asked, subject=application.id, entities=[application.id])
    return await _shown(asked.platform, now, application=application)


async def apply(asked: Asked[Nothing, ApplicationBody]) -> Reply:
    """Ask for a scheme; the application with its first step."""
    body, platform = asked.body, asked.platform
    now = await now_of(asked)
    code = own_code(asked, body.enterprise)
    if all(one.name != body.scheme for one in now.grants.library_on(now.day).schemes):
        raise unknown(f"no scheme '{body.scheme}' is in force; GET /schemes lists them.")
    person = _person_of(now, body)
    for one in now.grants.kept.applications.values():
        same = (one.enterprise, one.scheme, one.person) == (code, body.scheme, person)
        if same and one.is_open:
            raise conflict(f"{one.id} asks for '{body.scheme}' already and is under way.")
    await ensure(platform, code)
    entity = f"{KIND}{body.scheme}-{code[-6:]}-{platform.moments.next() // 1_000_000}"
    title = scheme_titles(now).get(body.scheme, Text(zh=body.scheme, en=body.scheme))
    told = Entity(id=entity, title=title, owner=code)
    await platform.answers.of(
        platform.node.tell(EntityTold(at=platform.moments.next(), entity=told, by="office"))
    )
    texts = {
        "enterprise": code,
        "scheme": body.scheme,
        "move": "submit",
        "by": person_of(asked.caller, body.by),
        "channel": body.channel,
        "note": body.reason or None,
        "person": person or None,
    }
    await record(platform, f"{now.pack}.application", entity=entity, texts=texts)
    now = await now_of(asked)
    return Reply(await _shown(platform, now, application=_known(now, entity)), 201)


async def move_application(asked: Asked[Nothing, MoveBody]) -> ApplicationShown:
    """Withdraw it, hand in what was asked for, or object; the application afterwards."""
    body, platform = asked.body, asked.platform
    now = await now_of(asked)
    application = find(now, asked, name=asked.path["application"])
    wanted = {"supplement": "supplement", "account": "account", "object": "publish"}
    shown = await _shown(platform, now, application=application)
    actions = [one.action.partition("-")[0] for one in shown.now]
    if not application.is_open or application.is_closed:
        raise conflict(f"{application.id} is {application.stage}; nothing more can be done to it.")
    if body.move != "withdraw" and wanted[body.move] not in actions:
        step = ", ".join(actions) or "none"
        raise conflict(f"'{body.move}' fits no open step of {application.id}; open is {step}.")
    if body.document:
        filing = {
            "source": Source.ENTERPRISE.value,
            "as_of": _today(now),
            "facts": "{}",
            "document": body.document,
        }
        entity = entity_of(application.enterprise)
        await record(platform, f"{now.pack}.file", entity=entity, texts=filing)
    texts = {
        "move": body.move,
        "by": person_of(asked.caller, body.by),
        "note": body.note or body.reason or None,
    }
    await record(platform, f"{now.pack}.application", entity=application.id, texts=texts)
    now = await now_of(asked)
    return await _shown(platform, now, application=_known(now, application.id))


def _person_of(now: Now, body: ApplicationBody) -> str:
    """For whom an application is, as caps count people.

    Raises Problem if the scheme caps by person and it names nobody, or the other way round.
    """
    person = person_key(body.person)
    if is_per_person(now.grants.library_on(now.day).stacking, body.scheme):
        if not person:
            raise Problem(
                422,
                "no-person",
                message=f"'{body.scheme}' caps what one person brings; name whom in 'person'.",
                what_to_do="Give the number of the person's certificate; one application each.",
            )
    elif person:
        raise Problem(
            422,
            "no-person-wanted",
            message=f"'{body.scheme}' does not count by person; leave 'person' out.",
        )
    return person


def own_code(asked: Asked[Any, Any], text: str) -> str:
    """The enterprise a body speaks of, if the caller may act for it."""
    caller = asked.caller
    if caller.owner and text.strip().upper() != caller.owner.upper():
        raise unknown(f"there is no enterprise '{text}'.")
    return code_asked(asked, text) if not caller.owner else caller.owner.upper()


def _check_fact(schema: FactSchema, name: str, *, given: object) -> None:
    """Refuse a fact that no book knows, or that cannot be.

    Raises Problem.
    """
    fact = schema.find(name)
    if fact is None:
        raise Problem(
            422, "unknown-fact", message=f"there is no fact '{name}'; there are {schema.names}."
        )
    if given is None:
        return
    try:
        if fact.kind in (FactKind.CATEGORY, FactKind.TAGS):
            as_words(fact, given)  # type: ignore[arg-type]  # It says what is wrong with others.
        else:
            fact.encode(given)  # type: ignore[arg-type]  # The same.
    except ValueError as error:
        raise Problem(422, "wrong-fact", message=str(error)) from error


async def ensure(platform: Platform, code: str) -> None:
    """Tell of an enterprise that nobody has told of, as its own."""
    entity = entity_of(code)
    if platform.node.engine.graph.entity(entity) is None:
        told = Entity(id=entity, title=Text(zh=code, en=code), owner=code)
        fact = EntityTold(at=platform.moments.next(), entity=told, by="office")
        await platform.answers.of(platform.node.tell(fact))


async def record(
    platform: Platform, stream: str, *, entity: str, texts: Mapping[str, str | None]
) -> None:
    """One record of the pack's own streams, durable and decided when it returns."""
    declared = platform.node.engine.live[stream].stream
    rows = Rows(
        stream=stream,
        ids=(entity,),
        codes=np.zeros(1, dtype=np.int32),
        observed_at=np.array([platform.moments.next()], dtype=np.int64),
        numbers={one.name: np.full(1, np.nan) for one in declared.numbers},
        texts={one.name: np.array([texts.get(one.name)], dtype=object) for one in declared.texts},
    )
    await platform.answers.of(platform.node.submit(Arrival(rows)))


def find(now: Now, asked: Asked[Any, Any], *, name: str) -> Application:
    """An application the caller may see.

    Raises Problem.
    """
    entity = name if name.startswith(KIND) else KIND + name
    found = now.grants.kept.applications.get(entity)
    if found is None or (asked.caller.owner and found.enterprise != asked.caller.owner):
        raise unknown(f"there is no application '{name}'.")
    return found


def _known(now: Now, entity: str) -> Application:
    found = now.grants.kept.applications.get(entity)
    if found is None:
        raise unknown(f"application '{entity}' was set aside; look into the quarantine.")
    return found


def _today(now: Now) -> str:
    return str(np.datetime64(now.day, "D"))


async def _shown(platform: Platform, now: Now, *, application: Application) -> ApplicationShown:
    orders: list[WorkOrder] = []
    if application.case:
        orders = await asyncio.to_thread(
            store.orders_of_case, platform.node.log.reader(), application.case
        )
    return ApplicationShown(
        application,
        scheme_titles(now).get(application.scheme, Text(zh=application.scheme, en="")),
        title_of(now.graph, application.enterprise),
        tuple(
            StepNow(
                one.id,
                one.order.action,
                one.order.title,
                one.order.assignee,
                one.due_at,
                one.overdue,
                {way.name: way.title for way in one.order.outcomes},
                one.order.barred,
                tuple(way.name for way in one.order.outcomes if way.asks_reason),
            )
            for one in orders
            if not one.is_settled
        ),
        next((one.id for one in now.grants.kept.payments if application.id in one.awards), ""),
        shown_day(announced_to(now.day)),
        brought(now, application),
    )
