"""What an application brings: papers of its enterprise's file, cited when they are brought."""

from collections.abc import Iterable

from msgspec.structs import replace

from haihe.decide.grants.application import TAKES_PAPERS, Application
from haihe.decide.grants.assess import version_of
from haihe.decide.grants.enterprise import EnterpriseFile
from haihe.decide.grants.folding import SUBMIT, SUPPLEMENT
from haihe.decide.grants.identity import check_code
from haihe.decide.grants.kept import FILES_MAX, Grants, Kept, with_kept
from haihe.decide.grants.paper import KEPT_MAX, Cited, cited_after, papers_after
from haihe.decide.scheme.clause import Paper
from haihe.errors import MoveIllegal
from haihe.model.line import Action
from haihe.model.record import Observation


def with_paper(grants: Grants, name: str, *, action: Action) -> Kept:
    """After an enterprise filed or withdrew a paper; open applications that lacked it bring it.

    name: the enterprise's code.
    Raises MoveIllegal if it cannot be.
    """
    try:
        code = check_code(name)
    except ValueError as error:
        raise MoveIllegal(str(error)) from error
    kept = grants.kept
    file = kept.files.get(code)
    if file is None and len(kept.files) >= FILES_MAX:
        raise MoveIllegal(f"there are {FILES_MAX} files already; this one cannot be begun.")
    file = file or EnterpriseFile(code)
    changed = replace(file, papers=papers_after(file.papers, action))
    kept = replace(kept, files={**kept.files, code: changed})
    kept = _handed_in(kept, changed, action=action)
    mine = [one for one in kept.applications.values() if one.enterprise == code]
    return _brought(with_kept(grants, kept), mine, at=action.at, anew=False)


def _handed_in(kept: Kept, file: EnterpriseFile, *, action: Action) -> Kept:
    """With the newest paper cited by the application it was filed for, if it was for one.

    Raises MoveIllegal if that one takes no papers.
    """
    entity = action.settings.get("application", "")
    if not entity or action.file is None:
        return kept
    one = kept.applications.get(entity)
    if one is None or one.enterprise != file.code or one.stage not in TAKES_PAPERS:
        raise MoveIllegal(f"'{entity}' takes no papers of {file.code} now.")
    new = file.papers[-1]
    cited = (*one.papers, Cited(new.name, new.file, new.day, new.valid_to, new.filed_at))
    if len(cited) > KEPT_MAX:
        raise MoveIllegal(f"'{entity}' has {KEPT_MAX} papers already; put them into one PDF.")
    changed = replace(one, papers=cited)
    return replace(kept, applications={**kept.applications, entity: changed})


def with_brought(grants: Grants, seen: Observation, *, now: int) -> Kept:
    """After an application came or was supplemented: it cites what its file has; ``now`` in ns."""
    application = grants.kept.applications.get(seen.entity)
    move = seen.texts.get("move") or SUBMIT
    if application is None or move not in (SUBMIT, SUPPLEMENT):
        return grants.kept
    return _brought(grants, [application], at=now, anew=True)


def lacking(
    wanted: Iterable[Paper], application: Application, *, file: EnterpriseFile | None, day: int
) -> tuple[str, ...]:
    """The papers an application has yet to bring, on a day since 1970.

    wanted: by its scheme. file: of its enterprise.
    """
    cited = {one.name for one in application.papers}
    return tuple(
        one.name
        for one in wanted
        if one.name not in cited and (file is None or not file.has_paper(one.name, day=day))
    )


def _brought(grants: Grants, some: Iterable[Application], *, at: int, anew: bool) -> Kept:
    kept = grants.kept
    changed: dict[str, Application] = {}
    for one in some:
        file = kept.files.get(one.enterprise)
        if file is None or not file.papers or one.stage not in TAKES_PAPERS:
            continue
        version = version_of(grants, one.scheme, day=one.asked_day)
        wanted = () if version is None else version.papers
        cited = cited_after(one.papers, wanted, papers=file.papers, at=at, anew=anew)
        if cited != one.papers:
            changed[one.id] = replace(one, papers=cited)
    return replace(kept, applications={**kept.applications, **changed}) if changed else kept
