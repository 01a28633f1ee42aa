"""When awards meet: take the highest, no double funding, and caps that several share.

Rules are applied in this order, each on what the one before has left:

1. groups, in their order in the file: of an enterprise's awards in a group only the highest stays;
   of equals the one whose scheme comes first in the group;
2. caps for each person, then for each legal person, then for a whole pool, and within a kind in
   their order in the file: awards are served in the order of their turn, each gets what is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from haihe.decide.scheme.clause import Step
from haihe.decide.scheme.quantity import AMOUNT_MAX, format_day
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.text import Text

PAID: Final = 0  # In ``Settled.cut_by``: nothing was cut.


class Scope(StrEnum):
    """Who shares a cap."""

    PERSON = "person"
    LEGAL_PERSON = "legal_person"
    POOL = "pool"


SCOPES: Final = (Scope.PERSON, Scope.LEGAL_PERSON, Scope.POOL)


@dataclass(frozen=True, slots=True)
class Group:
    """Schemes of which an enterprise gets one.

    name, title: what it is called.
    schemes: of equal awards the first wins.
    exclusive: False for 就高不重复, where the highest is the law's choice; True for no double
        funding, where the enterprise may choose another: the highest is then a proposal.
    line: of the file; 0 if from none.
    """

    name: str
    title: Text
    schemes: tuple[str, ...]
    exclusive: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit that awards of one year share.

    name, title: what it is called.
    limit_fen: in a year; with ``steps``, the last of them.
    scope: each person, each legal person, or all together.
    schemes: whose awards count.
    partial: whether the award that passes the limit is paid as far as it goes, or not at all.
    line: of the file; 0 if from none.
    steps: what the limit is from a day on, rising; () if it never changes. What was paid before a
        day of the same year counts against the limit of that day.
    """

    name: str
    title: Text
    limit_fen: int
    scope: Scope
    schemes: tuple[str, ...]
    partial: bool = True
    line: int = 0
    steps: tuple[Step, ...] = ()

    def limit_on(self, day: int) -> int:
        """The limit in force on a day, in fen.

        Raises ValueError if it has no value yet.
        """
        if not self.steps:
            return self.limit_fen
        found = [step.amount for step in self.steps if step.begins <= day]
        if not found:
            raise ValueError(
                f"cap '{self.name}' has no value on {format_day(day)}; let its first value begin "
                "then, or before."
            )
        return found[-1]


@dataclass(frozen=True, slots=True)
class Stacking:
    """All rules for awards that meet."""

    groups: tuple[Group, ...] = ()
    caps: tuple[Cap, ...] = ()

    @property
    def rules(self) -> tuple[Group | Cap, ...]:
        """Groups, then caps, in the order in which they are applied."""
        caps = (cap for scope in SCOPES for cap in self.caps if cap.scope is scope)
        return (*self.groups, *caps)


@dataclass(frozen=True, slots=True, eq=False)
class Awards:
    """Awards that were computed, one a row. All arrays are of one length.

    enterprise: int64, the legal person.
    scheme: int64, its place in ``schemes``.
    amount_fen: int64, 0 or more.
    turn: int64, who is served first: such as when the application came; equals by row.
    person: int64, whom it is for; -1 if for none.
    year: int64, of the budget.
    schemes: names.
    day: int64, since 1970, on which it is decided, for caps that change; None: the year's first.
    """

    enterprise: IntArray
    scheme: IntArray
    amount_fen: IntArray
    turn: IntArray
    person: IntArray
    year: IntArray
    schemes: tuple[str, ...]
    day: IntArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What is left of each award, and why.

    paid_fen: int64 (award,).
    cut_by: int64 (award,), 0 if nothing was cut, else 1 + the place of the last rule that cut it in
        ``Stacking.rules``.
    """

    paid_fen: IntArray
    cut_by: IntArray


def settle(
    awards: Awards, stacking: Stacking, *, spent: Mapping[tuple[str, int, int], int] | None = None
) -> Settled:
    """What is paid of awards that meet.

    spent: cap's name, year and key (person, enterprise, or 0 for a pool) to the fen that were paid
        before.
    Raises ValueError if an amount is negative or beyond AMOUNT_MAX, or a cap has no value yet.
    """
    amounts = awards.amount_fen
    if len(amounts) and not (amounts.min() >= 0 and amounts.max() <= AMOUNT_MAX):
        worst = int(amounts.min()) if amounts.min() < 0 else int(amounts.max())
        raise ValueError(f"an award of {worst} fen; it must be 0 to {AMOUNT_MAX}.")
    paid = amounts.copy()
    cut_by = np.full(len(paid), PAID, np.int64)
    for place, rule in enumerate(stacking.rules, start=1):
        inside = np.isin(awards.scheme, _places(rule.schemes, awards.schemes))
        if isinstance(rule, Group):
            left = _highest(awards, paid, rule=rule, inside=inside)
        else:
            left = _capped(awards, paid, cap=rule, inside=inside, spent=spent or {})
        cut_by[left < paid] = place
        paid = left
    return Settled(paid, cut_by)


def _places(names: Sequence[str], schemes: Sequence[str]) -> IntArray:
    known = {name: place for place, name in enumerate(schemes)}
    return np.array([known[name] for name in names if name in known], np.int64)


def _highest(awards: Awards, paid: IntArray, *, rule: Group, inside: BoolArray) -> IntArray:
    rows = np.flatnonzero(inside)
    rank = {name: at for at, name in enumerate(rule.schemes)}
    ranks = np.array([rank.get(name, len(rank)) for name in awards.schemes], np.int64)
    keys = (rows, ranks[awards.scheme[rows]], -paid[rows], awards.year[rows])
    order = rows[np.lexsort((*keys, awards.enterprise[rows]))]
    same = awards.enterprise[order][1:] == awards.enterprise[order][:-1]
    same &= awards.year[order][1:] == awards.year[order][:-1]
    left = paid.copy()
    left[order[1:][same]] = 0
    return left


def _capped(
    awards: Awards,
    paid: IntArray,
    *,
    cap: Cap,
    inside: BoolArray,
    spent: Mapping[tuple[str, int, int], int],
) -> IntArray:
    keys = {Scope.PERSON: awards.person, Scope.LEGAL_PERSON: awards.enterprise}.get(
        cap.scope, np.zeros(len(paid), np.int64)
    )
    if cap.scope is Scope.PERSON:
        inside = inside & (awards.person >= 0)
    rows = np.flatnonzero(inside & (paid > 0))
    order = rows[np.lexsort((rows, awards.turn[rows], awards.year[rows], keys[rows]))]
    left = paid.copy()
    # Whole Python numbers: a sum of many awards may pass what int64 holds.
    now, used = (0, 0), 0
    days = first_days(awards.year) if awards.day is None else awards.day
    for row, key, year in zip(
        order.tolist(), keys[order].tolist(), awards.year[order].tolist(), strict=True
    ):
        if (key, year) != now or row == order[0]:
            now = (key, year)
            used = spent.get((cap.name, year, key), 0)
        asked = int(paid[row])
        room = max(cap.limit_on(int(days[row])) - used, 0)
        given = min(asked, room) if cap.partial or asked <= room else 0
        left[row] = given
        used += given
    return left


def first_days(years: IntArray) -> IntArray:
    """1 January of each year, in days since 1970."""
    return np.asarray(years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
