"""What is shown of papers: those of a file, those that schemes ask for, those that were brought."""

from collections.abc import Mapping

from haihe.decide.grants.application import Application
from haihe.decide.grants.assess import version_of
from haihe.decide.grants.bringing import lacking
from haihe.decide.grants.enterprise import EnterpriseFile
from haihe.decide.grants.paper import Cited, FiledPaper, ending
from haihe.decide.scheme.clause import Paper
from haihe.decide.workday import workdays_between
from haihe.model.text import Text
from haihe.serve.schemes.current import Now, shown_day
from haihe.serve.schemes.shown_papers import (
    BroughtShown,
    CitedShown,
    PaperAsked,
    PaperShown,
    PapersShown,
)


def papers_shown(now: Now, code: str) -> PapersShown:
    """The papers of an enterprise's file, and what schemes in force ask for."""
    file, known = now.grants.kept.files[code], asked_for(now)
    return PapersShown(
        code,
        tuple(_paper(one, known, day=now.day) for one in reversed(file.papers)),
        tuple(
            PaperAsked(
                name,
                paper.title,
                titles,
                file.has_paper(name, day=now.day),
                name in file.documents and all(one.name != name for one in file.papers),
            )
            for name, (paper, titles) in known.items()
        ),
    )


def brought(now: Now, application: Application) -> tuple[BroughtShown, ...]:
    """What an application has to bring, and what it brought."""
    version = version_of(now.grants, application.scheme, day=application.asked_day)
    wanted = () if version is None else version.papers
    file = now.grants.kept.files.get(application.enterprise)
    open_ones = lacking(wanted, application, file=file, day=now.day)
    asked = {one.name: one.title for one in wanted}
    named = {} if file is None else file.documents
    names = dict.fromkeys((*asked, *(one.name for one in application.papers)))
    return tuple(
        BroughtShown(
            name,
            asked.get(name, Text(zh=name, en=name)),
            tuple(
                CitedShown(one.file, shown_day(one.day), shown_day(one.valid_to), one.at,
                           _state_of(one, file, day=now.day))
                for one in application.papers
                if one.name == name
            ),
            name in named and all(one.name != name for one in application.papers),
            name in open_ones,
        )
        for name in names
    )  # fmt: skip


def asked_for(now: Now) -> Mapping[str, tuple[Paper, tuple[Text, ...]]]:
    """Every paper that schemes in force ask for, by its name, with the schemes' titles."""
    found: dict[str, tuple[Paper, tuple[Text, ...]]] = {}
    for scheme in now.grants.library_on(now.day).schemes:
        version = scheme.version_on(now.day)
        for one in () if version is None else version.papers:
            paper, titles = found.get(one.name, (one, ()))
            found[one.name] = paper, (*titles, scheme.title)
    return found


def _paper(
    one: FiledPaper, known: Mapping[str, tuple[Paper, tuple[Text, ...]]], *, day: int
) -> PaperShown:
    paper, titles = known.get(one.name, (Paper(one.name, Text(zh=one.name, en=one.name)), ()))
    state = _state(one, day=day)
    near = state == "ending" and one.valid_to is not None
    return PaperShown(
        one.name,
        paper.title,
        one.file,
        shown_day(one.day),
        shown_day(one.valid_to),
        one.filed_at,
        one.by,
        state,
        workdays_between(day, one.valid_to) if near and one.valid_to is not None else None,
        titles,
    )


def _state(one: FiledPaper, *, day: int) -> str:
    if not one.stands:
        return "withdrawn" if one.withdrawn_at else "replaced"
    if not one.is_valid(day):
        return "expired"
    return "ending" if ending([one], day=day) else "valid"


def _state_of(cited: Cited, file: EnterpriseFile | None, *, day: int) -> str:
    """What became of a paper since an application brought it; what is forgotten was replaced."""
    for one in reversed(() if file is None else file.papers):
        if one.name == cited.name and one.file.sha256 == cited.file.sha256:
            return _state(one, day=day)
    return "replaced"
