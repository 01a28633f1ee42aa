"""How points and ranges lie to each other, and a range from its text."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias

from haihe.decide.feel.builtins_moments import TABLE as MOMENTS
from haihe.decide.feel.nodes import Between, Call, Literal, Name, Negative, Node
from haihe.decide.feel.parse import parse
from haihe.decide.feel.values import (
    Args,
    Range,
    Refused,
    Value,
    below,
    both,
    compare,
    either,
    equal,
    kind_of,
    within,
)

Work: TypeAlias = Callable[[Range, Range], "bool | None"]


def _point(given: Value) -> Range:
    return given if isinstance(given, Range) else Range(given, given)


def _pair(given: Args) -> tuple[Range, Range] | None:
    """Two ranges, points among them as ranges of themselves; None if one is null."""
    if any(one is None for one in given):
        return None
    return _point(given[0]), _point(given[1])


def _two(work: Work, points: str = "") -> Callable[[Args], Value]:
    """A function of two; ``points`` tells which of them may be a point."""

    def guarded(given: Args) -> Value:
        pair = _pair(given)
        if pair is None:
            return None
        for one, name in zip(given, ("first", "second"), strict=True):
            if not isinstance(one, Range) and name not in points:
                return None
        if kind_of(pair[0].low) != kind_of(pair[1].low) and None not in (pair[0].low, pair[1].low):
            return None
        return work(*pair)

    return guarded


def _before(one: Range, other: Range) -> bool | None:
    if below(one.high, other.low):
        return True
    touch = equal(one.high, other.low)
    open_end = not (one.high_included and other.low_included)
    return (touch and open_end) if below(one.high, other.low) is not None else None


def _starts_first(one: Range, other: Range) -> bool | None:
    """Whether the one begins before the other."""
    same = both(equal(one.low, other.low), one.low_included and not other.low_included)
    return either(below(one.low, other.low), same)


def _ends_first(one: Range, other: Range) -> bool | None:
    same = both(equal(one.high, other.high), not one.high_included and other.high_included)
    return either(below(one.high, other.high), same)


def _meets(one: Range, other: Range) -> bool | None:
    return both(one.high_included and other.low_included, equal(one.high, other.low))


def _overlaps(one: Range, other: Range) -> bool | None:
    apart = either(_before(one, other), _before(other, one))
    return None if apart is None else not apart


def _overlaps_before(one: Range, other: Range) -> bool | None:
    late = _ends_first(other, one)
    ends = None if late is None else not late
    return both(both(_starts_first(one, other), ends), _overlaps(one, other))


def _finishes(one: Range, other: Range) -> bool | None:
    same = both(equal(one.high, other.high), one.high_included == other.high_included)
    early = _starts_first(one, other)
    begins = both(equal(one.low, other.low), one.low_included == other.low_included)
    return both(same, either(None if early is None else not early, begins))


def _starts(one: Range, other: Range) -> bool | None:
    same = both(equal(one.low, other.low), one.low_included == other.low_included)
    late = _ends_first(other, one)
    return both(same, None if late is None else not late)


def _includes(one: Range, other: Range) -> bool | None:
    if equal(other.low, other.high) and other.low_included and other.high_included:
        return within(other.low, one)
    early, late = _starts_first(other, one), _ends_first(one, other)
    return both(None if early is None else not early, None if late is None else not late)


def _coincides(one: Range, other: Range) -> bool | None:
    ends = both(equal(one.low, other.low), equal(one.high, other.high))
    same = (one.low_included, one.high_included) == (other.low_included, other.high_included)
    return both(ends, same)


def _turned(work: Work) -> Work:
    return lambda one, other: work(other, one)


def _range(given: Args) -> Value:
    """A range from its text: ends are literals only."""
    if not isinstance(given[0], str):
        return None
    try:
        node = parse(given[0])
    except Refused:
        return None
    if not isinstance(node, Between) or not all(_plain(end) for end in (node.low, node.high)):
        return None
    low, high = _literal(node.low), _literal(node.high)
    if (low is None and high is None) or (
        None not in (low, high) and compare("<=", (low, high)) is not True
    ):
        return None
    return Range(low, high, node.low_included, node.high_included)


def _plain(node: Node | None) -> bool:
    match node:
        case Literal() | Negative(Literal()) | None:
            return True
        case Call(Name(), (Literal(),)):
            return True
    return False


def _literal(node: Node | None) -> Value:
    match node:
        case Literal(value):
            return value
        case Negative(Literal(value)):
            return -value if isinstance(value, Decimal) else None
        case Call(Name(name), (Literal(value),)):
            told = _MOMENTS.get(name)
            return None if told is None else told((value,))
    return None


_MOMENTS: Final = {
    name: MOMENTS[name][1] for name in ("@", "date", "time", "date and time", "duration")
}

TABLE: Final[dict[str, tuple[str, Callable[[Args], Value]]]] = {
    "before": ("point1, point2 | range, point | point, range | range1, range2",
               _two(_before, "first second")),
    "after": ("point1, point2 | range, point | point, range | range1, range2",
              _two(_turned(_before), "first second")),
    "meets": ("range1, range2", _two(_meets)),
    "met by": ("range1, range2", _two(_turned(_meets))),
    "overlaps": ("range1, range2", _two(_overlaps)),
    "overlaps before": ("range1, range2", _two(_overlaps_before)),
    "overlaps after": ("range1, range2", _two(_turned(_overlaps_before))),
    "finishes": ("point, range | range1, range2", _two(_finishes, "first")),
    "finished by": ("range, point | range1, range2", _two(_turned(_finishes), "second")),
    "includes": ("range, point | range1, range2", _two(_includes, "second")),
    "during": ("point, range | range1, range2", _two(_turned(_includes), "first")),
    "starts": ("point, range | range1, range2", _two(_starts, "first")),
    "started by": ("range, point | range1, range2", _two(_turned(_starts), "second")),
    "coincides": ("point1, point2 | range1, range2", _two(_coincides, "first second")),
    "range": ("from", _range),
}  # fmt: skip
