"""Who asks, and what they may: roles, and a scope of packs, areas and owner."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Final

import msgspec

from haihe.model.entity import ID_MAX
from haihe.model.line import Verb
from haihe.run.house import ACCESS, PEOPLE
from haihe.serve.access.roles import (
    ANYONE,
    EVERYONE,
    OVERSEERS,
    READERS,
    VERBS,
    Role,
    Roles,
)
from haihe.serve.problem import Problem, forbidden

PARTS_MAX: Final = 32  # Ours: packs and areas of one caller; who has more has all.
_GUARDED: Final = frozenset({ACCESS.name, PEOPLE.name})  # Who looked at what is not for everybody.
_PackName = Annotated[str, msgspec.Meta(max_length=40, pattern="^[a-z][a-z0-9_]*$")]
_Assignee = Annotated[
    str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f\x7f]+$")
]
_Area = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_MAX, pattern=r"^[^\s\x00-\x1f]+$")]


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody may.

    roles: at least one.
    packs: only what belongs to these; () means all.
    areas: only these entities and what lies in them (relation ``area``, ``zone`` or ``in``); one
        that ends in "/" is what all ids in it begin with. () means all.
    owner: for an enterprise: whose entities it sees.
    assignees: for crew: the teams whose orders are theirs, patterns as in file names such as
        "gallery-*"; "*" means every team's.
    """

    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1, max_length=len(Role))]
    packs: Annotated[tuple[_PackName, ...], msgspec.Meta(max_length=PARTS_MAX)] = ()
    areas: Annotated[tuple[_Area, ...], msgspec.Meta(max_length=PARTS_MAX)] = ()
    owner: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\s\x00-\x1f\x7f]*$")] = ""
    assignees: Annotated[tuple[_Assignee, ...], msgspec.Meta(max_length=PARTS_MAX)] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    name: what they do is done under it.
    roles: what they are.
    packs: only what belongs to these; () means all.
    areas: only these and what lies in them; () means all.
    owner: the enterprise they are; "" for everybody else.
    is_local: whether it is the operator of this machine, who may name whoever acts.
    account: the key of their account; "" for a token that is no person's, and the operator.
    session: the id of their session; "" where a token came with the request.
    is_held: whether they must change their password before anything else.
    assignees: the teams whose orders are theirs, as patterns; who is more than crew has all.
    """

    name: str
    roles: Roles
    packs: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    owner: str = ""
    is_local: bool = False
    account: str = ""
    session: str = field(default="", compare=False)
    is_held: bool = False
    assignees: tuple[str, ...] = ()

    @property
    def is_tied(self) -> bool:
        """Whether they see the orders of their own teams alone: crew, and nothing more."""
        return Role.CREW in self.roles and self.roles.isdisjoint(READERS)

    def works_for(self, assignee: str) -> bool:
        """Whether an assignee's orders are for them to see."""
        return not self.is_tied or any(fnmatchcase(assignee, one) for one in self.assignees)

    def may(self, roles: Roles) -> bool:
        """Whether they have one of the roles."""
        return not roles or not self.roles.isdisjoint(roles)

    def sees(self, pack: str) -> bool:
        """Whether something of a pack is within their scope.

        pack: a pack's name, or what begins with it and a dot: a stream's or a rule's.
        """
        if pack in _GUARDED and self.roles.isdisjoint(OVERSEERS):
            return False
        return not self.packs or pack.partition(".")[0] in self.packs


LOCAL: Final = Caller("operator", EVERYONE, is_local=True)
NOBODY: Final = Caller("", ANYONE)


def check_grant(grant: Grant) -> None:
    """Refuse a grant whose parts do not go together.

    Raises ValueError.
    """
    is_enterprise = Role.ENTERPRISE in grant.roles
    if is_enterprise != bool(grant.owner):
        raise ValueError(
            f"roles {_words(grant.roles)} with owner '{grant.owner}': an enterprise needs its "
            "owner name, and nobody else has one."
        )
    if is_enterprise and len(set(grant.roles)) > 1:
        raise ValueError(f"an enterprise has that role alone, not {_words(grant.roles)}.")
    if (Role.CREW in grant.roles) != bool(grant.assignees):
        raise ValueError(
            f"roles {_words(grant.roles)} with assignees {list(grant.assignees)}: crew names the "
            "teams it works for ('*' for every one), and nobody else does."
        )


def caller_of(name: str, grant: Grant, *, account: str = "", session: str = "") -> Caller:
    """Somebody with a grant."""
    return Caller(
        name=name,
        roles=frozenset(grant.roles),
        packs=grant.packs,
        areas=grant.areas,
        owner=grant.owner,
        account=account,
        session=session,
        assignees=grant.assignees,
    )


def within(grant: Grant, whole: Grant) -> Grant | None:
    """What of a grant lies within another; None if nothing does.

    grant: of a token. whole: of the account it belongs to, as it is now.
    """
    is_all = Role.ADMIN in whole.roles
    roles = tuple(role for role in grant.roles if is_all or role in whole.roles)
    packs = tuple(pack for pack in grant.packs or whole.packs if pack in (whole.packs or (pack,)))
    wanted = grant.areas or whole.areas
    areas = tuple(area for area in wanted if not whole.areas or _lies_in(area, whole.areas))
    teams = tuple(
        one
        for one in grant.assignees or whole.assignees
        if is_all or any(fnmatchcase(one, team) for team in whole.assignees)
    )
    lost = (wanted and not areas) or ((grant.packs or whole.packs) and not packs)
    lost = lost or (Role.CREW in roles and not teams)
    if not roles or lost or grant.owner != whole.owner:
        return None
    return Grant(roles, packs, areas, grant.owner, teams if Role.CREW in roles else ())


def check_role(caller: Caller, roles: Roles) -> None:
    """Refuse a caller who has none of the roles, or must change their password first.

    Raises Problem.
    """
    if caller.is_held and roles != EVERYONE:
        raise Problem(
            403,
            "change-password",
            message=f"the password of {caller.name} was given by an administrator.",
            what_to_do="Change it first: PUT /api/v1/session/password.",
        )
    if not caller.may(roles):
        raise forbidden(f"{caller.name} is {_words(caller.roles)}; this needs {_words(roles)}.")


def check_verb(caller: Caller, verb: Verb) -> None:
    """Refuse a verb that the caller's roles do not have, though they may call its route.

    Raises Problem.
    """
    check_role(caller, VERBS.get(verb, ANYONE))


def check_scope(caller: Caller, pack: str) -> None:
    """Refuse a caller whose scope does not hold the pack.

    pack: its name, or a stream's or rule's.
    Raises Problem.
    """
    if not caller.sees(pack):
        have = f"has the packs {', '.join(caller.packs)}" if caller.packs else "is no auditor"
        raise forbidden(f"{caller.name} {have}; not {pack}.")


def check_whole(caller: Caller) -> None:
    """Refuse a caller whose scope is a part: rights are given by who has all of them.

    Raises Problem.
    """
    if caller.packs or caller.areas:
        raise forbidden(
            f"{caller.name} has a part only ({', '.join((*caller.packs, *caller.areas))}); this "
            "is for an administrator of everything.",
        )


def _lies_in(area: str, areas: tuple[str, ...]) -> bool:
    """Whether an area is one of some, or what its id begins with is."""
    return area in areas or any(one.endswith("/") and area.startswith(one) for one in areas)


def _words(roles: Iterable[Role]) -> str:
    return " or ".join(sorted(role.value for role in roles)) or "nobody"
