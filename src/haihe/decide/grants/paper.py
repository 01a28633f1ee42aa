"""材料: certificates an enterprise filed, each with its day and end; and what applications cite.

A paper is a file beside the log under its hash; here is what the line says that names it. Nothing
is forgotten: a newer one takes an older one's place, a withdrawn one is shown as such, and what an
application brought stays with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from haihe.decide.scheme.clause import Paper
from haihe.decide.scheme.quantity import format_day, parse_day
from haihe.decide.workday import day_of, workday_after
from haihe.errors import MoveIllegal
from haihe.model.line import Action, Attached

NAME_MAX: Final = 100  # Ours: as a document of a record of facts may have.
KEPT_MAX: Final = 200  # Ours: of one enterprise, the replaced and withdrawn included.
A_DAY_MAX: Final = 30  # Ours: of one enterprise; who files more does not file certificates.
# Ours: a month of working days. A digest a week tells it three or four times over before that.
NEAR_WORKDAYS: Final = 20
FILE, WITHDRAW = "file", "withdraw"


class FiledPaper(msgspec.Struct, frozen=True):
    """One paper in an enterprise's file.

    name: what it is, as schemes call it, such as "audit-report".
    file: its bytes' hash, size and kind.
    day, valid_to: of the paper, since 1970; valid_to counts itself, None for no end.
    filed_at: ns; by: who filed it.
    replaced_at, withdrawn_at: when it ceased to stand; ns, 0 if it did not so.
    """

    name: str
    file: Attached
    day: int
    valid_to: int | None
    filed_at: int
    by: str
    replaced_at: int = 0
    withdrawn_at: int = 0

    @property
    def stands(self) -> bool:
        """Whether it is the one that counts: neither replaced nor withdrawn."""
        return not (self.replaced_at or self.withdrawn_at)

    def is_valid(self, day: int) -> bool:
        """Whether it stands, and has not ended before a day since 1970."""
        return self.stands and (self.valid_to is None or day <= self.valid_to)


class Cited(msgspec.Struct, frozen=True):
    """A paper as an application brought it; as ``FiledPaper``, and when it was brought, ns."""

    name: str
    file: Attached
    day: int
    valid_to: int | None
    at: int


def standing_one(papers: Iterable[FiledPaper], name: str) -> FiledPaper | None:
    """The paper of a name that stands; None if none does."""
    return next((one for one in papers if one.name == name and one.stands), None)


def is_had(papers: Sequence[FiledPaper], named: Mapping[str, int], *, name: str, day: int) -> bool:
    """Whether an enterprise need not bring a paper on a day since 1970.

    named: papers that were named and never filed, by the day; they count until one is filed.
    """
    mine = [one for one in papers if one.name == name]
    return any(one.is_valid(day) for one in mine) if mine else name in named


def ending(papers: Iterable[FiledPaper], *, day: int) -> tuple[FiledPaper, ...]:
    """The papers that stand and end within ``NEAR_WORKDAYS``, or have ended; the first first."""
    near = workday_after(day, NEAR_WORKDAYS)
    found = [one for one in papers if one.stands and one.valid_to is not None]
    found = [one for one in found if one.valid_to is not None and one.valid_to <= near]
    return tuple(sorted(found, key=lambda one: (one.valid_to, one.name)))


def check_room(papers: Sequence[FiledPaper], *, name: str, day: int) -> None:
    """Refuse one paper more than an enterprise may file, on a day since 1970.

    Raises MoveIllegal.
    """
    today = sum(day_of(one.filed_at) == day for one in papers)
    if today >= A_DAY_MAX:
        raise MoveIllegal(f"{today} papers were filed today; file the next one tomorrow.")
    others = sum(one.stands and one.name != name for one in papers)
    if others >= KEPT_MAX:
        raise MoveIllegal(f"{others} papers stand in the file; withdraw what is not needed.")


def papers_after(papers: Sequence[FiledPaper], action: Action) -> tuple[FiledPaper, ...]:
    """An enterprise's papers after somebody filed one or withdrew one.

    Raises MoveIllegal if it cannot be.
    """
    name, move = action.settings.get("paper", ""), action.settings.get("move", FILE)
    if move == WITHDRAW:
        return _withdrawn(papers, name, action=action)
    if move != FILE or not 0 < len(name) <= NAME_MAX or action.file is None:
        raise MoveIllegal("a paper is filed with its name and its file, or withdrawn by its name.")
    today = day_of(action.at)
    try:
        day = parse_day(action.settings.get("day", ""))
        end = action.settings.get("valid_to", "")
        valid_to = parse_day(end) if end else None
    except ValueError as error:
        raise MoveIllegal(str(error)) from error
    check_days(day, valid_to, today=today)
    check_room(papers, name=name, day=today)
    old = [
        replace(one, replaced_at=action.at) if one.stands and one.name == name else one
        for one in papers
    ]
    new = FiledPaper(name, action.file, day, valid_to, action.at, action.by)
    return _bounded((*old, new))


def check_days(day: int, valid_to: int | None, *, today: int) -> None:
    """Refuse days that no paper can have; all since 1970.

    Raises MoveIllegal.
    """
    if day > today:
        raise MoveIllegal(f"the paper is of {format_day(day)}, which is still to come.")
    if valid_to is not None and valid_to < max(day, today):
        raise MoveIllegal(f"the paper ended on {format_day(valid_to)}; file the one that is valid.")


def cited_after(
    cited: Sequence[Cited],
    wanted: Iterable[Paper],
    *,
    papers: Sequence[FiledPaper],
    at: int,
    anew: bool,
) -> tuple[Cited, ...]:
    """What an application cites after it brought what is valid now of what it has to bring.

    wanted: by its scheme. papers: of its enterprise. at: ns.
    anew: whether a newer paper is brought beside one of the same name that it cites already.
    """
    found = list(cited)
    for one in wanted:
        paper = standing_one(papers, one.name)
        if paper is None or not paper.is_valid(day_of(at)):
            continue
        same = [old for old in found if old.name == one.name]
        if same and (not anew or same[-1].file.sha256 == paper.file.sha256):
            continue
        found.append(Cited(one.name, paper.file, paper.day, paper.valid_to, at))
    return tuple(found)


def in_one_line(cited: Sequence[Cited]) -> str:
    """What an application cites, for its orders: name, hash, and until when it is valid."""
    return " ".join(
        f"{one.name}={one.file.sha256}"
        + ("" if one.valid_to is None else f"@{format_day(one.valid_to)}")
        for one in cited
    )


def _withdrawn(
    papers: Sequence[FiledPaper], name: str, *, action: Action
) -> tuple[FiledPaper, ...]:
    if standing_one(papers, name) is None:
        raise MoveIllegal(f"no paper '{name:.{NAME_MAX}}' stands in the file.")
    return tuple(
        replace(one, withdrawn_at=action.at) if one.stands and one.name == name else one
        for one in papers
    )


def _bounded(papers: Sequence[FiledPaper]) -> tuple[FiledPaper, ...]:
    """Without the oldest that no longer stand, where there are too many."""
    spare = len(papers) - KEPT_MAX
    found = []
    for one in papers:
        if spare > 0 and not one.stands:
            spare -= 1
        else:
            found.append(one)
    return tuple(found)
