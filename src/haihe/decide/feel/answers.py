"""Small questions of the evaluator: arguments in order, members of lists, what a test speaks of."""

from collections.abc import Iterator as Each
from decimal import Decimal
from itertools import islice
from typing import Final

from haihe.decide.feel.moments import Date, date_of
from haihe.decide.feel.nodes import Literal, Name
from haihe.decide.feel.values import Args, Range, Value, equal, whole, within

TESTED: Final = "?"  # The name of what a unary test is about.


def is_single(given: Value) -> bool:
    """Whether it is a list of one."""
    return isinstance(given, tuple) and len(given) == 1


def single(given: Value) -> Value:
    """The only member of a list; anything else as it is."""
    return given[0] if isinstance(given, tuple) and len(given) == 1 else given


def in_order(signature: tuple[str, ...], given: Args, *, names: tuple[str, ...]) -> Args | None:
    """Arguments in the order of a signature; None if they are others.

    A name that ends in "?" may be left out at the end.
    """
    if not names:
        rest = bool(signature) and signature[-1].startswith("*")
        if rest:
            return given if len(given) >= len(signature) - 1 + (len(signature) == 1) else None
        least = sum(not name.endswith("?") or name == TESTED for name in signature)
        return given if least <= len(given) <= len(signature) else None
    told = dict(zip(names, given, strict=True))
    plain = [name.strip("*?") or name for name in signature]
    if len(told) != len(names) or not told.keys() <= set(plain):
        return None
    found = list(islice(plain, max(plain.index(name) for name in told) + 1))
    must = [
        name for name, written in zip(plain, signature, strict=True) if not written.endswith("?")
    ]
    if not set(must) <= told.keys():
        return None
    if signature[-1].startswith("*") and isinstance(told.get(plain[-1]), tuple):
        last = told[plain[-1]]
        assert isinstance(last, tuple)
        return (*(told.get(name) for name in found[:-1]), *last)
    return tuple(told.get(name) for name in found)


def count_from(
    start: Value, end: Value, *, included: tuple[bool, bool] = (True, True)
) -> Each[Value] | None:
    """From one whole number or day to another, up or down; None if there is no way."""
    if isinstance(start, Date) and isinstance(end, Date):
        first, last = start.days, end.days
    else:
        one, other = whole(start), whole(end)
        if one is None or other is None:
            return None
        first, last = one, other
    step = 1 if last >= first else -1
    first += 0 if included[0] else step
    last -= 0 if included[1] else step
    numbers = range(first, last + step, step)
    if isinstance(start, Date):
        return (date_of(number) for number in numbers)
    return (Decimal(number) for number in numbers)


def member_at(listed: Args, place: Value) -> Value:
    """The member at a place, from 1 or from the end by -1; null if there is none."""
    if place is True:
        return listed
    at = whole(place)
    if at is None:
        return () if isinstance(place, bool) or place is None else None
    if not 1 <= abs(at) <= len(listed):
        return None
    return listed[at - 1 if at > 0 else at]


def belongs(given: Value, told: Value) -> bool | None:
    """Whether a value is the one told, or a member of the list or range told."""
    if isinstance(told, Range) and not isinstance(given, Range):
        return within(given, told)
    if isinstance(told, tuple):
        if isinstance(given, tuple) and equal(given, told):
            return True
        return any(belongs(given, one) is True for one in told)
    return equal(given, told)


def as_range(sign: str, end: Value) -> Value:
    """A test such as ``> 5`` as a range."""
    if end is None:
        return None
    if sign in (">", ">="):
        return Range(end, None, low_included=sign == ">=", high_included=False, two_ends=False)
    if sign in ("<", "<="):
        return Range(None, end, low_included=False, high_included=sign == "<=", two_ends=False)
    return Range(end, end) if sign == "=" else None


def speaks_of(node: Value, name: str) -> bool:
    """Whether an expression uses a name."""
    match node:
        case Name(told):
            return told == name
        case tuple():
            return any(speaks_of(one, name) for one in node)
        case Literal() | str() | None | bool():
            return False
    slots: tuple[str, ...] = getattr(node, "__slots__", ())
    return any(speaks_of(getattr(node, one), name) for one in slots)
