"""The DMN compatibility kit: how many of its cases come out as it says, by feature.

Its cases are read from ``.haihe/outside/tck`` and never kept here; see ``outside.py``.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from haihe.decide.feel import Refused, Value
from haihe.decide.feel.moments import (
    Date,
    DateTime,
    Span,
    Time,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)
from haihe.decide.feel.values import equal
from haihe.decide.table.dmn import Model, read_model
from haihe.decide.table.markup import Element, read_markup

LEVELS: Final = ("compliance-level-2", "compliance-level-3")
DIGITS: Final = 8  # The kit's own runners round results to as many decimals.


@dataclass(frozen=True, slots=True)
class Told:
    """One expectation of a case.

    level, feature: folders it stands in.
    case: its id and the decision.
    right: whether it came out so.
    words: what came out instead.
    """

    level: str
    feature: str
    case: str
    right: bool
    words: str = ""


def run_kit(folder: Path) -> Iterator[Told]:
    """Every expectation of levels 2 and 3."""
    for level in LEVELS:
        for inner in sorted((folder / "TestCases" / level).iterdir()):
            if inner.is_dir():
                yield from _feature(inner, level)


def _feature(folder: Path, level: str) -> Iterator[Told]:
    files = sorted(folder.glob("*.dmn"))
    texts: dict[str, str | bytes] = {one.name: one.read_bytes() for one in files}
    for file in sorted(folder.glob("*.xml")):
        root = read_markup(file.read_bytes())
        if root.name != "testCases":
            continue
        named = root.told("modelName")
        name = named if named in texts else next(iter(texts))
        model = read_model(texts, name)
        for case in root.all("testCase"):
            yield from _case(case, model, level=level, feature=folder.name)


def _case(case: Element, model: Model, *, level: str, feature: str) -> Iterator[Told]:
    given = {one.attributes["name"]: _value(one) for one in case.all("inputNode")}
    for wanted in case.all("resultNode"):
        name = case.attributes.get("invocableName") or wanted.attributes["name"]
        label = f"{case.attributes.get('id')} {wanted.attributes['name']}"
        expected = wanted.first("expected")
        right = _value(expected) if expected is not None else None
        several = len(list(case.all("resultNode"))) > 1
        try:
            found = model.decide(name, given, today=Date(2026, 1, 1), now=NOW).value
            if several and isinstance(found, dict) and "invocableName" in case.attributes:
                found = found.get(wanted.attributes["name"])
        except Refused as error:
            found = None
            if wanted.attributes.get("errorResult") != "true":
                yield Told(level, feature, label, right=False, words=f"refused: {error}")
                continue
        except ValueError as error:
            yield Told(level, feature, label, right=False, words=str(error))
            continue
        yield Told(level, feature, label, same(found, right), f"{found!r}, not {right!r}")


NOW: Final = DateTime(Date(2026, 1, 1), Time(0, 0))


def _value(element: Element) -> Value:
    """What ``expected`` or ``inputNode`` holds."""
    for child in element.children:
        if child.name == "component":
            parts = element.all("component")
            return {one.attributes.get("name", ""): _value(one) for one in parts}
        if child.name == "list":
            return tuple(_value(one) for one in child.all("item"))
        if child.name == "value":
            return _plain(child)
    return None


def _plain(element: Element) -> Value:
    if element.attributes.get("nil") == "true":
        return None
    kind = element.attributes.get("type", "xsd:string").rpartition(":")[2]
    text = element.text if kind == "string" else element.text.strip()
    match kind:
        case "boolean":
            return text == "true"
        case "decimal" | "double" | "integer" | "float" | "int" | "long":
            try:
                return Decimal(text)
            except InvalidOperation:
                return None
        case "date":
            return parse_date(text)
        case "time":
            return parse_time(text)
        case "dateTime":
            return parse_date_time(text)
        case "duration":
            return parse_duration(text)
    return text


def same(found: Value, right: Value) -> bool:
    """Whether two values are the same to the decimals that the kit compares."""
    if isinstance(found, Decimal) and isinstance(right, Decimal):
        return abs(found - right) <= Decimal(1).scaleb(-DIGITS) * max(Decimal(1), abs(right))
    if isinstance(found, tuple) and isinstance(right, tuple):
        return len(found) == len(right) and all(map(same, found, right))
    if isinstance(found, Mapping) and isinstance(right, Mapping):
        return found.keys() == right.keys() and all(same(found[k], right[k]) for k in found)
    if isinstance(found, Time | DateTime | Span):
        return found == right or equal(found, right) is True
    return found == right and isinstance(found, bool) == isinstance(right, bool)


def shares(told: list[Told]) -> dict[tuple[str, str], tuple[int, int]]:
    """(level, feature) to right ones and all."""
    right = Counter((one.level, one.feature) for one in told if one.right)
    every = Counter((one.level, one.feature) for one in told)
    return {key: (right[key], every[key]) for key in every}
