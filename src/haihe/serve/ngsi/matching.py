"""Whether a document fulfils a query ``q``.

Source: ETSI GS CIM 009, 4.9: an array fulfils a comparison if one of its values does; values of
two types are never equal; an unequal comparison needs the attribute to be there.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from haihe.model.time import parse_instant
from haihe.serve.ngsi.contexts import Context, Json
from haihe.serve.ngsi.expanding import HOLDS, META, Document, Instance
from haihe.serve.ngsi.query import Both, Either, Path, Range, Test, Text, Tree, Value
from haihe.serve.ngsi.refusal import bad_data

PATTERN_MAX: Final = 1_000  # Ours: characters of a regular expression.
_TIMES: Final = ("createdAt", "modifiedAt", "observedAt")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T.*")


def matcher(tree: Tree, context: Context) -> Callable[[Document], bool]:
    """Whether a document fulfils the tree, as a test made once for many documents.

    Raises Refusal if a regular expression cannot be one.
    """
    if isinstance(tree, Both | Either):
        tests = [matcher(part, context) for part in tree.parts]
        together = all if isinstance(tree, Both) else any
        return lambda document: together(test(document) for test in tests)
    names = [member_name(name, context) for name in tree.path.names]
    path = Path(tuple(names), tree.path.inside)
    if not tree.operator:
        return lambda document: any(True for _ in found_in(document, path))
    compare = _comparison(tree, context)
    return lambda document: compare([*found_in(document, path)])


def found_in(document: Document, path: Path) -> Iterator[tuple[Json, str]]:
    """The values at a path, each with its attribute's type ("" for a time or a unit)."""
    first, *below = path.names
    if first in _TIMES and not below:
        if first in document:
            yield document[first], ""
        return
    instances = document.get(first, ())
    for instance in instances if isinstance(instances, list) else ():
        yield from _in_instance(instance, below, inside=path.inside)


def regex_test(pattern: str) -> Callable[[Sequence[str]], list[bool]]:
    """Which of some texts a regular expression matches anywhere, in time linear in their length.

    pattern: in RE2's syntax, which has no back references.
    Raises Refusal if it cannot be one.
    """
    if len(pattern) > PATTERN_MAX:
        raise bad_data(f"the pattern has more than {PATTERN_MAX} characters.")

    def test(texts: Sequence[str]) -> list[bool]:
        matched = pc.match_substring_regex(pa.array(texts, pa.string()), pattern)
        found: list[bool] = matched.to_pylist()
        return found

    try:
        test([""])
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        raise bad_data(f"the pattern '{pattern[:100]!a}' is no regular expression.") from error
    return test


def member_name(name: str, context: Context) -> str:
    """A name of a path as it stands in documents."""
    return name if name in (*_TIMES, *META) else context.expand(name)


def _in_instance(
    instance: Instance, below: Sequence[str], *, inside: Sequence[str]
) -> Iterator[tuple[Json, str]]:
    if not below:
        value = instance.get(HOLDS[instance["type"]])
        yield from ((one, instance["type"]) for one in _inside(value, inside))
        return
    first, *rest = below
    found = instance.get(first)
    if first in (*_TIMES, *META):
        if found is not None and not rest:
            yield found, ""
    elif isinstance(found, list):
        for one in found:
            yield from _in_instance(one, rest, inside=inside)


def _inside(value: Json, names: Sequence[str]) -> Iterator[Json]:
    """What stands at a path inside a value; ``*`` is every member."""
    if not names:
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _inside(one, names)
    elif isinstance(value, dict):
        first, *rest = names
        if first == "*":
            for one in value.values():
                yield from _inside(one, rest)
        elif first in value:
            yield from _inside(value[first], rest)


def _comparison(test: Test, context: Context) -> Callable[[Sequence[tuple[Json, str]]], bool]:
    """Whether values found at a path fulfil the comparison."""
    operator = test.operator
    if operator in ("~=", "!~="):
        (pattern,) = test.values
        assert isinstance(pattern, Text)  # The parser reads nothing else after ~=.
        matches = regex_test(pattern.text)

        def agree(found: Sequence[tuple[Json, str]]) -> bool:
            texts = [text for value, _ in found for text in _flat(value) if isinstance(text, str)]
            return bool(texts) and any(matches(texts)) == (operator == "~=")

        return agree

    def fulfil(found: Sequence[tuple[Json, str]]) -> bool:
        values = [(_typed(one), kind) for value, kind in found for one in _flat(value)]
        is_met = any(
            _meets(
                one, wanted, operator=operator, words=context if kind == "VocabProperty" else None
            )
            for one, kind in values
            for wanted in test.values
        )
        return bool(values) and not is_met if operator == "!=" else is_met

    return fulfil


def _flat(value: Json) -> Iterator[Json]:
    """A value, or the values of an array."""
    if isinstance(value, list):
        for one in value:
            yield from _flat(one.get("object") if isinstance(one, dict) and len(one) == 1 else one)
    else:
        yield value


def _typed(value: Json) -> Json:
    """A JSON-LD value object's bare value."""
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


def _meets(found: Json, wanted: Value | Range, *, operator: str, words: Context | None) -> bool:
    if isinstance(wanted, Range):
        return _meets(found, wanted.low, operator=">=", words=None) and _meets(
            found, wanted.high, operator="<=", words=None
        )
    if words is not None and isinstance(wanted, str | Text):
        word = wanted.text if isinstance(wanted, Text) else wanted
        return bool(found in (words.expand(word), word))
    left, right = _comparable(found, wanted)
    if left is None:
        return False
    match operator:
        case "==" | "!=":
            return bool(left == right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case _:
            return bool(left >= right)


def _comparable(found: Json, wanted: Value) -> tuple[Json, Json]:
    """Both sides as values of one type; None, None where they are not."""
    if isinstance(wanted, Text):
        return (found, wanted.text) if isinstance(found, str) else (None, None)
    if isinstance(wanted, bool) or isinstance(found, bool):
        return (found, wanted) if type(found) is type(wanted) else (None, None)
    if isinstance(wanted, float):
        return (found, wanted) if isinstance(found, int | float) else (None, None)
    if not isinstance(found, str):
        return None, None
    if _INSTANT.fullmatch(wanted) and _INSTANT.fullmatch(found):
        try:
            return parse_instant(found), parse_instant(wanted)
        except (ValueError, OverflowError):
            return found, wanted
    return found, wanted
