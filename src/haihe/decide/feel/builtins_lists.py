"""Functions of lists and contexts."""

from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from typing import Final

from haihe.decide.feel.arithmetic import operate
from haihe.decide.feel.values import (
    LIST_MAX,
    NUMBERS,
    Args,
    Refused,
    Value,
    below,
    both,
    either,
    equal,
    whole,
)


def members(given: Args) -> Args:
    """One list, or values one by one, or one value, as a list."""
    if len(given) == 1:
        return given[0] if isinstance(given[0], tuple) else given
    return given


def kept(listed: Args) -> Args:
    """The list.

    Raises Refused if it is too long.
    """
    if len(listed) > LIST_MAX:
        raise Refused(f"a list of {len(listed)} members; at most {LIST_MAX}.")
    return listed


def as_list(given: Value) -> Args | None:
    """A list; a value as a list of itself; None of null."""
    if given is None:
        return None
    return given if isinstance(given, tuple) else (given,)


def _numbers(given: Args) -> tuple[Decimal, ...] | None:
    found = members(given)
    numbers = tuple(one for one in found if isinstance(one, Decimal))
    return numbers if numbers and len(numbers) == len(found) else None


def _of_numbers(work: Callable[[tuple[Decimal, ...]], Value]) -> Callable[[Args], Value]:
    def guarded(given: Args) -> Value:
        numbers = _numbers(given)
        return None if numbers is None else work(numbers)

    return guarded


def _sum(given: Args) -> Value:
    found = members(given)
    if not found or found[0] is None:
        return None
    total = found[0]
    if isinstance(total, str | tuple | bool):
        return None
    for one in found[1:]:
        total = operate("+", total, other=one)
    return total


def _product(numbers: tuple[Decimal, ...]) -> Value:
    total: Value = Decimal(1)
    for one in numbers:
        total = operate("*", total, other=one)
    return total


def _mean(given: Args) -> Value:
    return operate("/", _sum(given), other=Decimal(len(members(given)) or 1))


def _median(numbers: tuple[Decimal, ...]) -> Value:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def _stddev(numbers: tuple[Decimal, ...]) -> Value:
    if len(numbers) <= 1:
        return None
    total = sum(numbers[1:], numbers[0])
    mean = NUMBERS.divide(total, Decimal(len(numbers)))
    squares: Value = Decimal(0)
    for one in numbers:
        off = NUMBERS.subtract(one, mean)
        squares = operate("+", squares, other=NUMBERS.multiply(off, off))
    spread = operate("/", squares, other=Decimal(len(numbers) - 1))
    return NUMBERS.sqrt(spread) if isinstance(spread, Decimal) else None


def _mode(given: Args) -> Value:
    found = members(given)
    if not all(isinstance(one, Decimal) for one in found):
        return None
    counts: dict[Decimal, int] = {}
    for one in found:
        if isinstance(one, Decimal):
            counts[one] = counts.get(one, 0) + 1
    most = max(counts.values(), default=0)
    return tuple(sorted(one for one, count in counts.items() if count == most))


def _extreme(lowest: bool) -> Callable[[Args], Value]:  # noqa: FBT001
    def work(given: Args) -> Value:
        found = members(given)
        if not found:
            return None
        best = found[0]
        for one in found[1:]:
            less = below(one, best) if lowest else below(best, one)
            if less is None:
                return None
            best = one if less else best
        return best

    return work


def _all(given: Args) -> Value:
    told: bool | None = True
    for one in members(given):
        told = both(told, one)
    return None if given[:1] == (None,) and len(given) == 1 else told


def _any(given: Args) -> Value:
    told: bool | None = False
    for one in members(given):
        told = either(told, one)
    return None if given[:1] == (None,) and len(given) == 1 else told


def _has(listed: Args, given: Value) -> bool:
    return any(equal(one, given) is True for one in listed)


def _contains(given: Args) -> Value:
    listed = as_list(given[0])
    return None if listed is None else _has(listed, given[1])


def _count(given: Args) -> Value:
    found = as_list(given[0])
    return None if found is None else Decimal(len(found))


def _sublist(given: Args) -> Value:
    listed, start = as_list(given[0]), whole(given[1])
    if listed is None or not start or abs(start) > len(listed):
        return None
    at = start - 1 if start > 0 else len(listed) + start
    if len(given) < 3 or given[2] is None:  # List, start, length.
        return listed[at:]
    length = whole(given[2])
    if length is None or length < 0 or at + length > len(listed):
        return None
    return listed[at : at + length]


def _append(given: Args) -> Value:
    listed = () if given[0] is None else as_list(given[0])
    return None if listed is None else kept((*listed, *given[1:]))


def _concatenate(given: Args) -> Value:
    lists = [as_list(one) for one in given]
    if any(one is None for one in lists):
        return None
    return kept(tuple(one for listed in lists if listed is not None for one in listed))


def _distinct(given: Args) -> Args:
    found: list[Value] = []
    for one in given:
        if not _has(tuple(found), one):
            found.append(one)
    return tuple(found)


def _union(given: Args) -> Value:
    joined = _concatenate(given)
    return _distinct(joined) if isinstance(joined, tuple) else None


def _distinct_values(given: Args) -> Value:
    listed = as_list(given[0])
    return None if listed is None else _distinct(listed)


def _place(listed: Args, given: Value) -> int | None:
    at = whole(given)
    if not at or abs(at) > len(listed):
        return None
    return at - 1 if at > 0 else len(listed) + at


def _insert(given: Args) -> Value:
    listed = as_list(given[0])
    at = None if listed is None else _place(listed, given[1])
    if listed is None or at is None:
        return None
    return kept((*listed[:at], given[2], *listed[at:]))


def _remove(given: Args) -> Value:
    listed = as_list(given[0])
    at = None if listed is None else _place(listed, given[1])
    return None if listed is None or at is None else (*listed[:at], *listed[at + 1 :])


def _replace(given: Args) -> Value:
    listed = as_list(given[0])
    place = given[1].to_integral_value(ROUND_DOWN) if isinstance(given[1], Decimal) else None
    at = None if listed is None else _place(listed, place)
    if listed is None or at is None:
        return None
    return (*listed[:at], given[2], *listed[at + 1 :])


def _reverse(given: Args) -> Value:
    listed = as_list(given[0])
    return None if listed is None else listed[::-1]


def _index(given: Args) -> Value:
    listed = as_list(given[0])
    if listed is None:
        return None
    found = (at for at, one in enumerate(listed, 1) if equal(one, given[1]) is True)
    return tuple(Decimal(at) for at in found)


def _flatten(given: Args) -> Value:
    listed = as_list(given[0])
    if listed is None:
        return None
    found: list[Value] = []
    for one in listed:
        inner = _flatten((one,)) if isinstance(one, tuple) else (one,)
        found.extend(inner if isinstance(inner, tuple) else ())
    return kept(tuple(found))


def _get(given: Args) -> Value:
    match given:
        case (dict() as context, str(key)):
            return context.get(key)
        case (dict() as context, tuple() as keys):
            found: Value = context
            for one in keys:
                found = _get((found, one)) if isinstance(one, str) else None
            return found if keys else None
    return None


def _entries(given: Args) -> Value:
    if not isinstance(given[0], dict):
        return None
    return tuple({"key": key, "value": told} for key, told in given[0].items())


def _context(given: Args) -> Value:
    entries = as_list(given[0])
    if entries is None:
        return None
    found: dict[str, Value] = {}
    for one in entries:
        match one:
            case {"key": str(key), "value": told} if key not in found:
                found[key] = told
            case _:
                return None
    return found


def _put(given: Args) -> Value:
    match given:
        case (dict() as context, str(key), told):
            return {**context, key: told}
        case (dict() as context, (str(key),), told):
            return {**context, key: told}
        case (dict() as context, (str(key), *rest), told):
            below_it = context.get(key, {})
            inner = _put((below_it, tuple(rest), told))
            return None if inner is None else {**context, key: inner}
    return None


def _merge(given: Args) -> Value:
    found: dict[str, Value] = {}
    for one in as_list(given[0]) or (None,):
        if not isinstance(one, dict):
            return None
        found |= one
    return found


def _same(given: Args) -> Value:
    return given[0]


TABLE: Final[dict[str, tuple[str, Callable[[Args], Value]]]] = {
    "list contains": ("list, element", _contains),
    "count": ("list", _count),
    "min": ("list | *list", _extreme(True)),  # noqa: FBT003
    "max": ("list | *list", _extreme(False)),  # noqa: FBT003
    "sum": ("list | *list", _sum),
    "mean": ("list | *list", _mean),
    "product": ("list | *list", _of_numbers(_product)),
    "median": ("list | *list", _of_numbers(_median)),
    "stddev": ("list | *list", _of_numbers(_stddev)),
    "mode": ("list | *list", _mode),
    "all": ("list | *list", _all),
    "any": ("list | *list", _any),
    "sublist": ("list, start position, length?", _sublist),
    "append": ("list, *item", _append),
    "concatenate": ("*list", _concatenate),
    "union": ("*list", _union),
    "distinct values": ("list", _distinct_values),
    "insert before": ("list, position, newItem", _insert),
    "remove": ("list, position", _remove),
    "list replace": ("list, position, newItem | list, match, newItem", _replace),
    "reverse": ("list", _reverse),
    "index of": ("list, match", _index),
    "flatten": ("list", _flatten),
    "sort": ("list, precedes?", _same),
    "get value": ("m, key | m, keys | context, keys", _get),
    "get entries": ("m", _entries),
    "context": ("entries", _context),
    "context put": ("context, key, value | context, keys, value", _put),
    "context merge": ("contexts", _merge),
}
