"""What records and steps change in the ledger of the schemes."""

from typing import Final

import msgspec
from msgspec.structs import replace

from haihe.decide.grants.application import (
    KIND,
    Application,
    LifeStep,
    Stage,
    begun,
    given,
    person_key,
    went_on,
)
from haihe.decide.grants.enterprise import EnterpriseFile, Filing, Raw, Source, filed
from haihe.decide.grants.identity import code_of
from haihe.decide.grants.kept import APPLICATIONS_MAX, FILES_MAX, REFUSED_KEPT, Kept, Sum
from haihe.decide.scheme.quantity import parse_day
from haihe.decide.workday import day_of, year_of
from haihe.model.line import CaseClosed, CaseOpened, Dispatched, OrderMoved, Step
from haihe.model.record import Observation

SUBMIT, WITHDRAW, SUPPLEMENT = "submit", "withdraw", "supplement"
TOLD: Final = "told"  # A digest's parameter: what it says, as ``Kept.told`` keeps it.
_facts: Final = msgspec.json.Decoder(dict[str, Raw])


def take_filing(kept: Kept, seen: Observation, *, now: int) -> Kept:
    """After a record of facts: who told what, true of which day; ``now`` in ns."""
    code, texts = code_of(seen.entity), seen.texts
    if not code:
        return _refused(kept, f"{seen.entity} is no enterprise by its code's check character")
    try:
        facts = _facts.decode(texts.get("facts") or "{}")
        source = Source(texts.get("source") or "")
        as_of = parse_day(texts.get("as_of") or "")
    except ValueError as error:
        return _refused(kept, f"{seen.entity}: {error}")
    file = kept.files.get(code)
    if file is None and len(kept.files) >= FILES_MAX:
        return _refused(kept, f"{seen.entity}: there are {FILES_MAX} files already")
    filing = Filing(source, as_of, now, facts, texts.get("document") or "")
    changed = filed(file or EnterpriseFile(code), filing, today=day_of(now))
    return replace(kept, files={**kept.files, code: changed})


def take_metered(kept: Kept, seen: Observation, *, sums: tuple[Sum, ...], now: int) -> Kept:
    """After a metered number: the year's sum is a fact the platform itself tells; ``now`` in ns."""
    code = code_of(seen.entity)
    if not code:
        return _refused(kept, f"{seen.entity} is no enterprise by its code's check character")
    day = day_of(seen.observed_at)
    totals, facts = dict(kept.sums), dict[str, Raw]()
    for one in sums:
        number = seen.numbers.get(one.field, float("nan"))
        if number == number:  # NaN is not itself.
            key = f"{code} {one.fact} {year_of(day)}"
            totals[key] = totals.get(key, 0) + round(number)
            facts[one.fact] = totals[key]
    if not facts:
        return kept
    file = kept.files.get(code) or EnterpriseFile(code)
    changed = filed(file, Filing(Source.METER, day, now, facts), today=day_of(now))
    return replace(kept, files={**kept.files, code: changed}, sums=totals)


def take_application(kept: Kept, seen: Observation, *, now: int) -> Kept:
    """After an application came, or its enterprise made a move; ``now`` in ns."""
    texts = seen.texts
    move, by = texts.get("move") or SUBMIT, texts.get("by") or ""
    known = kept.applications.get(seen.entity)
    if not seen.entity.startswith(KIND):
        return _refused(kept, f"{seen.entity} is no {KIND}...")
    if known is None:
        if move != SUBMIT:
            return _refused(kept, f"{seen.entity}: '{move}' before it was submitted")
        made = begun(
            seen.entity,
            enterprise=(texts.get("enterprise") or "").upper(),
            scheme=texts.get("scheme") or "",
            at=now,
            by=by,
        )
        person = person_key(texts.get("person") or "")
        made = replace(made, channel=texts.get("channel") or "", person=person)
        return replace(kept, applications=_room(kept) | {made.id: made})
    step = LifeStep(now, move, "", "told", by=by, words=texts.get("note") or "")
    changed = known.with_step(step)
    if move == WITHDRAW and known.is_open:
        changed = replace(changed, stage=Stage.WITHDRAWN, amount_fen=0)
    return replace(kept, applications={**kept.applications, known.id: changed})


def followed(kept: Kept, step: Step, *, rule: str) -> Kept:
    """After a step of a case; only those of applications change anything.

    rule: the one that opens a case for an application.
    """
    match step:
        case CaseOpened() if step.rule == rule and step.entity in kept.applications:
            opened = replace(kept.applications[step.entity], case=step.case)
            return replace(
                kept,
                applications={**kept.applications, step.entity: opened},
                cases={**kept.cases, step.case: step.entity},
            )
        case Dispatched() if TOLD in step.order.parameters:
            return _told(kept, step)
        case Dispatched():
            case_id = step.case
        case OrderMoved():
            case_id = step.id.partition("/")[0]
        case CaseClosed():
            case_id = step.case
        case _:
            return kept
    entity = kept.cases.get(case_id)
    application = None if entity is None else kept.applications.get(entity)
    if entity is None or application is None:
        return kept
    cases = kept.cases
    match step:
        case Dispatched():
            application = given(application, step)
        case OrderMoved():
            application = went_on(application, step)
        case _:
            application = replace(application, is_closed=True)
            cases = {one: of for one, of in kept.cases.items() if one != case_id}
    return replace(kept, applications={**kept.applications, entity: application}, cases=cases)


def _told(kept: Kept, step: Dispatched) -> Kept:
    """After a digest went out: what it said is no news any more."""
    code = code_of(step.order.entity)
    said = msgspec.json.decode(step.order.parameters[TOLD], type=dict[str, int])
    return replace(kept, told={**kept.told, code: said})


def _room(kept: Kept) -> dict[str, Application]:
    """The applications, without the oldest closed one if there is no room for one more."""
    found = dict(kept.applications)
    if len(found) >= APPLICATIONS_MAX:
        oldest = next((one.id for one in found.values() if one.is_closed), "")
        found.pop(oldest, None)
    return found


def _refused(kept: Kept, words: str) -> Kept:
    return replace(kept, refused=(*kept.refused, words)[-REFUSED_KEPT:])
