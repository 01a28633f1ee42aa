"""Functions of the zen language, those of dates as seconds since 1970 included."""

import re
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from haihe.decide.feel.builtins_moments import MONTH_NAMES, WEEKDAYS, week_of, weekday
from haihe.decide.feel.builtins_numbers import rounded
from haihe.decide.feel.builtins_texts import check_effort
from haihe.decide.feel.moments import (
    DAY_SECONDS,
    NANOS,
    Date,
    date_of,
    month_length,
    parse_date,
    parse_date_time,
)
from haihe.decide.feel.values import Args, Value, kind_of, plain, whole


class Unfit(ValueError):
    """Operands that an operator or a function has no answer for."""


def as_text(given: Value) -> str:
    """A value in a template or as the function ``string`` gives it.

    Raises Unfit of a list or an object.
    """
    if isinstance(given, str):
        return given
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, Decimal):
        return plain(given)
    if given is None:
        return "null"
    raise Unfit(f"{kind_of(given)} is no text.")


def _number(given: Value) -> Decimal:
    if not isinstance(given, Decimal):
        raise Unfit(f"{given!r} is no number.")
    return given


def _text(given: Value) -> str:
    if not isinstance(given, str):
        raise Unfit(f"{given!r} is no text.")
    return given


def _list(given: Value) -> Args:
    if not isinstance(given, tuple):
        raise Unfit(f"{kind_of(given)} is no list.")
    return given


def _numbers(given: Value) -> list[Decimal]:
    numbers = [_number(one) for one in _list(given)]
    if not numbers:
        raise Unfit(f"{given!r} is an empty list; nothing can be said of it.")
    return numbers


def _median(given: Value) -> Decimal:
    ordered = sorted(_numbers(given))
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _mode(given: Value) -> Decimal:
    numbers = _numbers(given)
    return max(sorted(set(numbers)), key=lambda one: (numbers.count(one), one))


def _rounding(way: str) -> Callable[[Args], Value]:
    def work(given: Args) -> Value:
        places = 0 if len(given) == 1 else whole(given[1])
        if places is None or places < 0:
            raise Unfit(f"{given[1]!r} is no number of decimals.")
        return rounded(_number(given[0]), places, way=way)

    return work


def _length(given: Args) -> Value:
    if isinstance(given[0], str):
        return Decimal(len(given[0].encode()))  # The language counts bytes.
    return Decimal(len(_list(given[0])))


def _contains(given: Args) -> Value:
    if isinstance(given[0], str):
        return _text(given[1]) in given[0]
    return any(
        kind_of(one) == kind_of(given[1]) and one == given[1]
        for one in _list(given[0]) if not isinstance(one, tuple | dict)
    )  # fmt: skip


def _pattern(given: Args) -> re.Match[str] | None:
    text, pattern = _text(given[0]), _text(given[1])
    check_effort(pattern, about=text)
    try:
        return re.search(pattern, text)
    except re.error as error:
        raise Unfit(f"'{pattern}' is no pattern: {error}.") from error


def _extract(given: Args) -> Value:
    met = _pattern(given)
    if met is None:
        return ()
    return tuple(one for one in (met[0], *met.groups()) if one is not None)


def _flatten(given: Args) -> Value:
    return tuple(
        part for one in _list(given[0]) for part in (one if isinstance(one, tuple) else (one,))
    )


def _merge(given: Args) -> Value:
    told = [one for one in _list(given[0]) if one is not None]
    if told and all(isinstance(one, tuple) for one in told):
        return tuple(part for one in told if isinstance(one, tuple) for part in one)
    found: dict[str, Value] = {}
    for one in told:
        if not isinstance(one, dict):
            raise Unfit(f"{kind_of(one)} cannot be merged with the others.")
        found |= one
    return found


def _merge_deep(given: Args) -> Value:
    found: Value = {}
    for one in _list(given[0]):
        if one is not None and not isinstance(one, dict):
            raise Unfit(f"{kind_of(one)} is no object to merge.")
        found = found if one is None else _joined(found, one)
    return found


def _joined(one: Value, other: Value) -> Value:
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {k: _joined(one[k], v) if k in one else v for k, v in other.items()}
    if isinstance(one, tuple) and isinstance(other, tuple):
        return one + other
    return other


def _bool(given: Args) -> Value:
    one = given[0]
    if isinstance(one, str):
        return one.strip() == "true" or (one.strip() != "false" and not one)
    return bool(one) if isinstance(one, bool | Decimal) else one is not None


def to_number(given: Value) -> Decimal | None:
    """A number, a text that says one, or true and false as 1 and 0; None if it is none."""
    if isinstance(given, bool):
        return Decimal(int(given))
    if isinstance(given, Decimal):
        return given
    if isinstance(given, str) and re.fullmatch(
        r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?", given.strip()
    ):
        return Decimal(given.strip())
    return None


def _as_number(given: Args) -> Value:
    found = to_number(given[0])
    if found is None:
        raise Unfit(f"{given[0]!r} is no number.")
    return found


def _type(given: Args) -> Value:
    kind = kind_of(given[0])
    names = {"Null": "null", "boolean": "bool", "list": "array", "context": "object"}
    return names.get(kind, kind)


def _keys(given: Args) -> Value:
    if isinstance(given[0], tuple):
        return tuple(Decimal(at) for at in range(len(given[0])))
    return tuple(_object(given[0]))


def _object(given: Value) -> dict[str, Value]:
    if not isinstance(given, dict):
        raise Unfit(f"{kind_of(given)} is no object.")
    return given


def seconds_of(given: Value) -> int:
    """A moment as whole seconds since 1970, in UTC.

    Raises Unfit if it is none; "now" is one only where the caller has said when that is.
    """
    if isinstance(given, Decimal):
        return int(given)
    text = _text(given)
    date = parse_date(text)
    if date is not None:
        return date.days * DAY_SECONDS
    moment = parse_date_time(text.replace(" ", "T", 1))
    zoned = moment is not None and moment.time.offset is not None
    if moment is None or zoned == (" " in text) or (not zoned and "T" in text):
        raise Unfit(f"'{text}' is no date; write 2026-01-31, 2026-01-31 08:00:00 or RFC 3339.")
    return moment.nanos // NANOS


def _clock(given: Args) -> Value:
    one = given[0]
    if isinstance(one, str) and re.fullmatch(r"\d{1,2}(:\d{2}){0,2}", one):
        hours, minutes, seconds = (*(int(part) for part in one.split(":")), 0, 0)[:3]
        if hours < 24 and minutes < 60 and seconds < 60:
            return Decimal((hours * 60 + minutes) * 60 + seconds)
    return Decimal(seconds_of(one) % DAY_SECONDS if isinstance(one, str) else int(_number(one)))


_UNITS: Final = {
    "s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "week": 604800, "weeks": 604800, "M": 2630016, "month": 2630016,
    "months": 2630016, "y": 31557600, "year": 31557600, "years": 31557600,
}  # fmt: skip


def _duration(given: Args) -> Value:
    if isinstance(given[0], Decimal):
        return given[0]
    text = _text(given[0])
    parts = re.findall(r"(\d+)\s*([A-Za-z]+)\s*", text)
    if not parts or "".join(a + b for a, b in parts) != re.sub(r"\s", "", text):
        raise Unfit(f"'{text}' is no duration; write 1h 30m.")
    if any(unit not in _UNITS for _, unit in parts):
        raise Unfit(f"'{text}' has no unit that is known; there are {', '.join(_UNITS)}.")
    return Decimal(sum(int(count) * _UNITS[unit] for count, unit in parts))


def _day(given: Value) -> Date:
    date = date_of(seconds_of(given) // DAY_SECONDS)
    if date is None:
        raise Unfit(f"{given!r} lies beyond all years.")
    return date


def _of_day(work: Callable[[Date], Value]) -> Callable[[Args], Value]:
    return lambda given: work(_day(given[0]))


def _date_string(given: Args) -> Value:
    seconds = seconds_of(given[0]) % DAY_SECONDS
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{_day(given[0])} {clock}"


_LONG_UNITS: Final = {
    "s": 1, "second": 1, "seconds": 1, "m": 60, "minute": 60, "minutes": 60, "h": 3600,
    "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
}  # fmt: skip


def _edge(given: Args, *, end: bool) -> Value:
    """The first or last second of the unit that a moment lies in."""
    at, unit, day = seconds_of(given[0]), _text(given[1]), _day(given[0])
    if unit in _LONG_UNITS:
        length = _LONG_UNITS[unit]
        return Decimal(at // length * length + (length - 1 if end else 0))
    last = month_length(day.year, day.month)
    spans = {
        "w": (day.days - weekday(day) + 1, day.days - weekday(day) + 7),
        "M": (Date(day.year, day.month, 1).days, Date(day.year, day.month, last).days),
        "y": (Date(day.year, 1, 1).days, Date(day.year, 12, 31).days),
    }
    names = {"week": "w", "weeks": "w", "month": "M", "months": "M", "year": "y", "years": "y"}
    span = spans.get(names.get(unit, unit))
    if span is None:
        raise Unfit(f"'{unit}' is no unit; there are s, m, h, d, w, M, y.")
    return Decimal((span[1] + 1) * DAY_SECONDS - 1 if end else span[0] * DAY_SECONDS)


# Functions whose first argument is a moment, and may be "now" where somebody has said when that is.
OF_MOMENTS: Final = frozenset(
    {
        "date", "time", "year", "monthOfYear", "dayOfMonth", "dayOfWeek", "dayOfYear", "weekOfYear",
        "monthString", "weekdayString", "dateString", "startOf", "endOf",
    }
)  # fmt: skip


def _refused(name: str) -> Callable[[Args], Value]:
    def work(given: Args) -> Value:
        raise Unfit(f"'{name}' of {len(given)} arguments is not supported here; see the guide.")

    return work


_PLAIN: Final[dict[str, tuple[int, int, Callable[[Args], Value]]]] = {
    "len": (1, 1, _length),
    "contains": (2, 2, _contains),
    "flatten": (1, 1, _flatten),
    "merge": (1, 1, _merge),
    "mergeDeep": (1, 1, _merge_deep),
    "upper": (1, 1, lambda given: _text(given[0]).upper()),
    "lower": (1, 1, lambda given: _text(given[0]).lower()),
    "trim": (1, 1, lambda given: _text(given[0]).strip()),
    "startsWith": (2, 2, lambda given: _text(given[0]).startswith(_text(given[1]))),
    "endsWith": (2, 2, lambda given: _text(given[0]).endswith(_text(given[1]))),
    "matches": (2, 2, lambda given: _pattern(given) is not None),
    "extract": (2, 2, _extract),
    "split": (2, 2, lambda given: tuple(_text(given[0]).split(_text(given[1])))),
    "abs": (1, 1, lambda given: abs(_number(given[0]))),
    "sum": (1, 1, lambda given: sum((_number(one) for one in _list(given[0])), Decimal(0))),
    "avg": (1, 1, lambda given: sum(_numbers(given[0])) / len(_numbers(given[0]))),
    "min": (1, 1, lambda given: min(_numbers(given[0]))),
    "max": (1, 1, lambda given: max(_numbers(given[0]))),
    "median": (1, 1, lambda given: _median(given[0])),
    "mode": (1, 1, lambda given: _mode(given[0])),
    "floor": (1, 1, lambda given: rounded(_number(given[0]), 0, way=ROUND_FLOOR)),
    "ceil": (1, 1, lambda given: rounded(_number(given[0]), 0, way=ROUND_CEILING)),
    "round": (1, 2, _rounding(ROUND_HALF_UP)),
    "trunc": (1, 2, _rounding(ROUND_DOWN)),
    "isNumeric": (1, 1, lambda g: not isinstance(g[0], bool) and to_number(g[0]) is not None),
    "string": (1, 1, lambda given: as_text(given[0])),
    "number": (1, 1, _as_number),
    "bool": (1, 1, _bool),
    "type": (1, 1, _type),
    "keys": (1, 1, _keys),
    "values": (1, 1, lambda given: tuple(_object(given[0]).values())),
    "date": (1, 1, lambda given: Decimal(seconds_of(given[0]))),
    "time": (1, 1, _clock),
    "duration": (1, 1, _duration),
    "year": (1, 1, _of_day(lambda day: Decimal(day.year))),
    "monthOfYear": (1, 1, _of_day(lambda day: Decimal(day.month))),
    "dayOfMonth": (1, 1, _of_day(lambda day: Decimal(day.day))),
    "dayOfWeek": (1, 1, _of_day(lambda day: Decimal(weekday(day)))),
    "dayOfYear": (1, 1, _of_day(lambda day: Decimal(day.days - Date(day.year, 1, 1).days + 1))),
    "weekOfYear": (1, 1, _of_day(lambda day: Decimal(week_of(day)))),
    "monthString": (1, 1, _of_day(lambda day: MONTH_NAMES[day.month - 1][:3])),
    "weekdayString": (1, 1, _of_day(lambda day: WEEKDAYS[weekday(day) - 1][:3])),
    "dateString": (1, 1, _date_string),
    "startOf": (2, 2, lambda given: _edge(given, end=False)),
    "endOf": (2, 2, lambda given: _edge(given, end=True)),
    "rand": (0, 9, _refused("rand")),
    "fuzzyMatch": (0, 9, _refused("fuzzyMatch")),
    "d": (0, 9, _refused("d")),
}


def _counted(name: str, told: tuple[int, int, Callable[[Args], Value]]) -> Callable[[Args], Value]:
    least, most, work = told

    def guarded(given: Args) -> Value:
        if not least <= len(given) <= most:
            raise Unfit(f"'{name}' takes {least} to {most} arguments, not {len(given)}.")
        return work(given)

    return guarded


FUNCTIONS: Final[dict[str, Callable[[Args], Value]]] = {
    name: _counted(name, told) for name, told in _PLAIN.items()
}
