"""资金: pools by scheme and year, and what is left. First approved, first served."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from haihe.decide.grants.application import Application
from haihe.decide.scheme.stacking import Awards, Cap, Group, Scope, Stacking, settle
from haihe.model.text import Text

WARN_SHARE: Final = 5  # Ours: a fifth left is a quarter's spending of most pools.


class Pool(msgspec.Struct, frozen=True):
    """The money of one scheme in one year.

    limit_fen: what was budgeted.
    by, at: who told it, when (ns).
    """

    scheme: str
    year: int
    limit_fen: int
    by: str
    at: int

    @property
    def key(self) -> str:
        """As the register of pools calls it."""
        return pool_key(self.scheme, self.year)


class PoolState(msgspec.Struct, frozen=True):
    """A pool and what became of it.

    reserved_fen: approved and not yet paid. spent_fen: paid. left_fen: what may be approved still.
    is_low: whether a fifth or less is left.
    """

    scheme: str
    year: int
    limit_fen: int
    reserved_fen: int
    spent_fen: int
    left_fen: int
    is_low: bool
    applications: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an application may be paid.

    fen: at most this.
    cut_by: the rule that cut it; None if none did.
    short_fen: what the pool lacks of ``fen``; 0 if it has it.
    """

    fen: int
    cut_by: Text | None = None
    short_fen: int = 0


def pool_key(scheme: str, year: int) -> str:
    """How a pool is called.

    >>> pool_key("research-grant", 2026)
    'research-grant/2026'
    """
    return f"{scheme}/{year}"


def state_of(pool: Pool, applications: Iterable[Application]) -> PoolState:
    """What became of a pool.

    applications: all that hold money of it.
    """
    mine = [one for one in applications if one.scheme == pool.scheme and one.year == pool.year]
    spent = sum(one.paid_fen for one in mine)
    reserved = sum(one.amount_fen for one in mine if not one.paid_fen)
    left = pool.limit_fen - spent - reserved
    return PoolState(
        pool.scheme,
        pool.year,
        pool.limit_fen,
        reserved,
        spent,
        left,
        left * WARN_SHARE <= pool.limit_fen,
        sum(1 for one in mine if one.holds_fen),
    )


def allowed(
    application: Application,
    asked_fen: int,
    *,
    others: Iterable[Application],
    stacking: Stacking,
    pool: PoolState | None,
) -> Allowed:
    """What of an amount is left when caps and earlier awards had their part.

    others: applications that hold money already; they keep it, whoever asked first.
    stacking: rules for awards that meet.
    pool: of the scheme in this year; None where nobody set one, and nothing is limited by it.
    """
    held = [one for one in others if one.holds_fen and one.id != application.id]
    fen, cut_by = asked_fen, None
    for rule in stacking.groups:
        left = _left_of_group(rule, application, fen=fen, held=held)
        fen, cut_by = (left, rule.title) if left < fen else (fen, cut_by)
    for cap in (one for one in stacking.rules if isinstance(one, Cap)):
        left = _left_of_cap(cap, application, fen=fen, held=held)
        fen, cut_by = (left, cap.title) if left < fen else (fen, cut_by)
    short = 0 if pool is None else max(fen - pool.left_fen - _own(application), 0)
    return Allowed(fen, cut_by, short)


def _own(application: Application) -> int:
    """What it holds of the pool itself."""
    return application.amount_fen


def _left_of_group(
    group: Group, application: Application, *, fen: int, held: list[Application]
) -> int:
    """Of awards that may not stand together: what the highest is above what was given already."""
    if application.scheme not in group.schemes:
        return fen
    given = [
        one.holds_fen
        for one in held
        if one.enterprise == application.enterprise
        and one.year == application.year
        and one.scheme in group.schemes
    ]
    if not given:
        return fen
    return 0 if group.exclusive else max(fen - max(given), 0)


def _shares(scope: Scope, one: Application, *, other: Application) -> bool:
    """Whether two awards count against one limit."""
    match scope:
        case Scope.PERSON:
            return one.person == other.person
        case Scope.LEGAL_PERSON:
            return one.enterprise == other.enterprise
    return True


def is_per_person(stacking: Stacking, scheme: str) -> bool:
    """Whether a scheme's awards are capped by person, so that an application must name one."""
    return any(
        isinstance(cap, Cap) and cap.scope is Scope.PERSON and scheme in cap.schemes
        for cap in stacking.rules
    )


def _left_of_cap(cap: Cap, application: Application, *, fen: int, held: list[Application]) -> int:
    if application.scheme not in cap.schemes:
        return fen
    spent = sum(
        one.holds_fen
        for one in held
        if one.scheme in cap.schemes
        and one.year == application.year
        and _shares(cap.scope, one, other=application)
    )
    one = np.zeros(1, np.int64)
    awards = Awards(
        enterprise=one,
        scheme=one,
        amount_fen=np.array([fen], np.int64),
        turn=one,
        person=one,
        year=np.array([application.year], np.int64),
        schemes=(application.scheme,),
    )
    key = (cap.name, application.year, 0)
    return int(settle(awards, Stacking(caps=(cap,)), spent={key: spent}).paid_fen[0])
