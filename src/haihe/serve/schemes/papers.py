"""Papers: certificates that an enterprise files once, and applications bring by themselves."""

from typing import Final

from starlette.responses import Response

from haihe.decide.grants.enterprise import EnterpriseFile
from haihe.decide.grants.identity import entity_of
from haihe.decide.grants.paper import FILE, WITHDRAW, check_days, check_room, standing_one
from haihe.errors import MoveIllegal
from haihe.model.line import Verb
from haihe.serve.acting import Doing, do, key_said, person_of
from haihe.serve.calling import Asked, Reply
from haihe.serve.files import bytes_of, keep_body
from haihe.serve.kinds import Nothing
from haihe.serve.owning import note_read
from haihe.serve.problem import Problem, malformed, unknown
from haihe.serve.schemes.applying import ensure, find, own_code
from haihe.serve.schemes.asking import PaperMove, PaperQuery
from haihe.serve.schemes.current import Now, code_asked, day_asked, now_of
from haihe.serve.schemes.paper_lists import asked_for, papers_shown
from haihe.serve.schemes.shown_papers import PapersShown
from haihe.serve.sight import check_sight
from haihe.serve.taken import FILE as BODY

KINDS: Final = ("application/pdf", "image/jpeg", "image/png")
TAKES: Final = dict.fromkeys(("application/octet-stream", *KINDS), BODY)


async def list_papers(asked: Asked[Nothing, None]) -> PapersShown:
    """The papers of an enterprise's file, and what schemes in force ask for."""
    now = await now_of(asked)
    code = code_asked(asked, asked.path["enterprise"])
    if code not in now.grants.kept.files:
        raise unknown(f"nothing is known of enterprise {code}.")
    await note_read(asked, subject=f"papers of {code}", entities=[entity_of(code)])
    return papers_shown(now, code)


async def file_paper(asked: Asked[PaperQuery, None]) -> Reply:
    """Keep a paper: the file first, then the line that names it."""
    query, platform = asked.query, asked.platform
    now = await now_of(asked)
    code = own_code(asked, asked.path["enterprise"])
    entity = ""
    if query.application:
        application = find(now, asked, name=query.application)
        if application.enterprise != code:
            raise unknown(f"{code} has no application '{query.application}'.")
        entity = application.id
    by, key = person_of(asked.caller, query.by), key_said(asked.scope)
    if (by, key) not in platform.node.engine.keys:  # What was told before has its answer.
        _check(now, query, code=code)
    file = await keep_body(asked, name=query.name, kinds=KINDS)
    await ensure(platform, code)
    settings = {"move": FILE, "paper": query.paper, "day": query.day, "valid_to": query.valid_to}
    if entity:
        settings["application"] = entity
    doing = Doing(
        Verb.TELL,
        f"{now.pack} paper/{code}",
        reason=query.reason,
        settings=tuple(settings.items()),
        key=key,
        file=file,
    )
    did = await do(platform, doing, by=by)
    return Reply(papers_shown(await now_of(asked), code), 200 if did.is_repeated else 201)


async def move_paper(asked: Asked[Nothing, PaperMove]) -> PapersShown:
    """Withdraw a paper; what applications cite stays."""
    body = asked.body
    now = await now_of(asked)
    code = own_code(asked, asked.path["enterprise"])
    doing = Doing(
        Verb.TELL,
        f"{now.pack} paper/{code}",
        reason=body.reason,
        settings=(("move", WITHDRAW), ("paper", body.paper)),
    )
    await do(asked.platform, doing, by=person_of(asked.caller, body.by))
    return papers_shown(await now_of(asked), code)


async def show_paper(asked: Asked[Nothing, None]) -> Response:
    """The bytes of a paper of the file; what stands no more is for its enterprise alone."""
    now = await now_of(asked)
    code = code_asked(asked, asked.path["enterprise"])
    file = now.grants.kept.files.get(code, EnterpriseFile(code))
    for one in reversed(file.papers):
        if one.file.sha256 == asked.path["sha256"] and (one.stands or asked.caller.owner):
            subject = f"paper {one.name} of {code}"
            await note_read(asked, subject=subject, entities=[entity_of(code)])
            return await bytes_of(asked.platform, one.file)
    raise unknown(f"no paper {asked.path['sha256']} stands in the file of {code}.")


async def show_cited(asked: Asked[Nothing, None]) -> Response:
    """The bytes of a paper that an application brought, whatever became of it since."""
    now = await now_of(asked)
    application = find(now, asked, name=asked.path["application"])
    entity = entity_of(application.enterprise)
    check_sight(asked.platform.node, asked.caller, entity=entity)
    for one in application.papers:
        if one.file.sha256 == asked.path["sha256"]:
            subject = f"paper {one.name} of {application.id}"
            await note_read(asked, subject=subject, entities=[entity])
            return await bytes_of(asked.platform, one.file)
    raise unknown(f"{application.id} brought no paper {asked.path['sha256']}.")


def _check(now: Now, query: PaperQuery, *, code: str) -> None:
    """Refuse a paper before its bytes are read, where the words alone are wrong.

    Raises Problem.
    """
    known = asked_for(now)
    file = now.grants.kept.files.get(code, EnterpriseFile(code))
    is_known = query.paper in known or standing_one(file.papers, query.paper) is not None
    if not is_known and not query.application:  # A supplement may be anything.
        names = ", ".join(known) or "none"
        raise malformed(
            f"no scheme in force asks for '{query.paper}'; asked for are {names}.", status=422
        )
    day, valid_to = day_asked(query.day), day_asked(query.valid_to)
    if day is None:
        raise malformed("day is missing; give the day of the paper.", status=422)
    try:
        check_days(day, valid_to, today=now.day)
    except MoveIllegal as error:
        raise malformed(str(error), status=422) from error
    try:
        check_room(file.papers, name=query.paper, day=now.day)
    except MoveIllegal as error:
        raise Problem(409, "too-many-papers", message=str(error)) from error
