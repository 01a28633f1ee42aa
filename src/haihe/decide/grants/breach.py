"""What needs a case by itself: a promise broken after the money was paid; a pool that runs low."""

from collections.abc import Sequence

from msgspec.structs import replace

from haihe.decide.grants.application import Application, Stage, base_of
from haihe.decide.grants.assess import assess, version_of
from haihe.decide.grants.identity import code_of
from haihe.decide.grants.kept import Grants, with_kept
from haihe.decide.scheme.explain import Verdict
from haihe.decide.workday import day_of
from haihe.model.alarm import Noted
from haihe.model.line import Dispatched, Step

CLAW_BACK, POOL_LOW = "claw-back", "pool-low"
YEAR_DAYS = 365  # Of a common year; a promise of years is counted in these.


def breaches(
    before: Grants, after: Grants, *, entity: str, day: int
) -> tuple[Grants, Sequence[Noted]]:
    """The ledger with promises marked that new facts of an enterprise show broken, and the notes.

    day: today, since 1970.
    """
    code = code_of(entity)
    if not code or after.kept.files.get(code) is before.kept.files.get(code):
        return after, ()
    applications, notes = dict(after.kept.applications), list[Noted]()
    for one in after.kept.applications.values():
        if one.enterprise != code or one.stage is not Stage.PAID or one.clawed_back:
            continue
        broken = _broken(after, one, day=day)
        if broken:
            applications[one.id] = replace(one, clawed_back=True)
            notes.append(
                Noted(CLAW_BACK, one.id, "paid_fen", one.paid_fen, 0.0, detail=", ".join(broken))
            )
    if not notes:
        return after, ()
    return with_kept(after, replace(after.kept, applications=applications)), notes


def _broken(grants: Grants, application: Application, *, day: int) -> list[str]:
    """Conditions that should go on holding and do not: on the text it was granted by."""
    version = version_of(grants, application.scheme, day=application.asked_day)
    paid_at = max((step.at for step in application.steps if step.outcome == "paid"), default=0)
    if version is None or version.keeping is None:
        return []
    if day > day_of(paid_at) + version.keeping.years * YEAR_DAYS:
        return []
    why = assess(
        grants, application.enterprise, scheme=application.scheme, day=application.asked_day
    )
    return [
        told.name
        for told in (why.conditions if why is not None else ())
        if told.name in version.keeping.conditions and told.verdict is Verdict.NOT
    ]


def low_pools(before: Grants, after: Grants, *, step: Step) -> Sequence[Noted]:
    """A pool that an award has just brought to its last fifth, once."""
    if not isinstance(step, Dispatched) or base_of(step.order.action) != "pay":
        return ()
    application = after.kept.applications.get(after.kept.cases.get(step.case, ""))
    if application is None:
        return ()
    was = before.pool(application.scheme, application.year)
    now = after.pool(application.scheme, application.year)
    if now is None or not now.is_low or (was is not None and was.is_low):
        return ()
    entity = f"pool/{application.scheme}-{application.year}"
    return (Noted(POOL_LOW, entity, "left_fen", now.left_fen, now.limit_fen / 5),)
