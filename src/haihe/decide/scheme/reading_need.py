"""Conditions from YAML, with the law's own words for "or more" and "more than"."""

from typing import Final

from haihe.decide.scheme.clause import (
    Age,
    AllOf,
    AnyOf,
    AtLeast,
    Bound,
    Constant,
    Eligible,
    Named,
    Not,
    OneOf,
    Ratio,
    Requirement,
    Within,
)
from haihe.decide.scheme.facts import Fact, FactKind, FactSchema
from haihe.decide.scheme.quantity import parse_share
from haihe.decide.scheme.spots import Spot
from haihe.model.text import Text

# Civil Code of the PRC, article 1259: 以上、以下、以内 include the number, 不满、超过 exclude it.
LOWS: Final = {
    "at_least": True, "以上": True, "不低于": True, "不少于": True,
    "more_than": False, "超过": False, "高于": False, "多于": False,
}  # fmt: skip
HIGHS: Final = {
    "at_most": True, "以下": True, "以内": True, "不超过": True, "less_than": False, "不满": False,
    "低于": False, "少于": False, "不足": False,
}  # fmt: skip
BOUNDS: Final = frozenset(LOWS) | frozenset(HIGHS) | {"between", "is"}
BETWEEN: Final = 2  # Ends of a range.
HOW: Final = (
    "all, any, not, at_least+of, fact+(in | has | is | at_least 以上 | more_than 超过 | "
    "at_most 以下 | less_than 不满 | between), age_of, ratio, eligible_for"
)


def read_need(spot: Spot, schema: FactSchema) -> Requirement:
    """A requirement; a list means all of its members.

    Raises Wrong if it means nothing, or names a fact or word that is not there.
    """
    if spot.is_list:
        return AllOf(tuple(read_need(one, schema) for one in spot.items()))
    parts = spot.pairs()
    keys = set(parts)
    if keys == {"at_least", "of"}:
        return _at_least(parts, schema)
    if len(keys) == 1 and keys & {"all", "any", "not", "eligible_for"}:
        name, inner = next(iter(parts.items()))
        return _joined(name, inner, schema=schema)
    if "fact" in keys:
        return _of_fact(spot, parts, schema=schema)
    if "age_of" in keys:
        return _age(spot, parts, schema=schema)
    if "ratio" in keys:
        return _ratio(spot, parts, schema=schema)
    raise spot.wrong(f"'{', '.join(parts)}' is no condition; there are {HOW}.")


def _joined(name: str, inner: Spot, *, schema: FactSchema) -> Requirement:
    if name == "not":
        return Not(read_need(inner, schema))
    if name == "eligible_for":
        return Eligible(inner.text())
    needs = tuple(read_need(one, schema) for one in inner.items())
    if not needs:
        raise inner.wrong(f"'{name}' of nothing; give at least one member.")
    return AllOf(needs) if name == "all" else AnyOf(needs)


def _age(spot: Spot, parts: dict[str, Spot], *, schema: FactSchema) -> Age:
    fact = _fact(parts["age_of"], schema)
    if fact.kind is not FactKind.DATE:
        raise spot.wrong(f"{fact.name} is a {fact.kind}; an age needs a date.")
    return Age(fact.name, *_bounds(spot, parts, key="age_of", fact=YEARS))


def _ratio(spot: Spot, parts: dict[str, Spot], *, schema: FactSchema) -> Ratio:
    names = parts["ratio"].texts()
    if len(names) != BETWEEN:
        raise parts["ratio"].wrong("a ratio is [what is above, what is below].")
    for name in names:
        _named(name, parts["ratio"], schema=schema)
    return Ratio(names[0], names[1], *_bounds(spot, parts, key="ratio", fact=None))


YEARS: Final = Fact("years", FactKind.NUMBER, Text(zh="年", en="years"))


def _at_least(parts: dict[str, Spot], schema: FactSchema) -> Requirement:
    needs = tuple(read_need(one, schema) for one in parts["of"].items())
    count = parts["at_least"].take(int)
    if not 1 <= count <= len(needs):
        raise parts["at_least"].wrong(f"at least {count} of {len(needs)}; give 1 to {len(needs)}.")
    return AtLeast(count, needs)


def _of_fact(spot: Spot, parts: dict[str, Spot], *, schema: FactSchema) -> Requirement:
    fact = _fact(parts["fact"], schema)
    wordy = fact.kind in (FactKind.CATEGORY, FactKind.TAGS)
    if not wordy:
        return Within(fact.name, *_bounds(spot, parts, key="fact", fact=fact))
    asked = next((name for name in ("in", "has", "is") if name in parts), None)
    if asked is None or len(parts) != BETWEEN:
        raise spot.wrong(f"{fact.name} is a {fact.kind}; ask 'in: [...]' or 'has: ...' of it.")
    words = parts[asked].texts()
    strange = [word for word in words if fact.words and word not in fact.words]
    if strange or not words:
        what = strange[0] if strange else ""
        known = ", ".join(fact.words)
        raise parts[asked].wrong(f"{fact.name} is never '{what}'; it is one of {known}.")
    return OneOf(fact.name, words)


def _bounds(
    spot: Spot, parts: dict[str, Spot], *, key: str, fact: Fact | None
) -> tuple[Bound | None, Bound | None]:
    low: Bound | None = None
    high: Bound | None = None
    for name, one in parts.items():
        if name == key:
            continue
        if name not in BOUNDS:
            raise one.wrong(f"'{name}' compares nothing; there are {HOW}.")
        if name in LOWS and low is None:
            low = Bound(_constant(one, fact), LOWS[name])
        elif name in HIGHS and high is None:
            high = Bound(_constant(one, fact), HIGHS[name])
        elif name == "between" and low is None and high is None:
            ends = one.items()
            if len(ends) != BETWEEN:
                raise one.wrong("'between' needs two ends: [low, high]; both are included.")
            low, high = (Bound(_constant(end, fact)) for end in ends)
        elif name == "is" and low is None and high is None:
            low = high = Bound(_constant(one, fact))
        else:
            raise one.wrong(f"'{name}' says the same end again; keep one.")
    if low is None and high is None:
        raise spot.wrong(f"nothing is asked of it; there are {HOW}.")
    return low, high


def _constant(spot: Spot, fact: Fact | None) -> Constant:
    """A number in the fact's units; a share if there is no fact."""
    if not spot.is_plain:
        return Named(spot.parts("parameter")["parameter"].text())
    if fact is None:
        return spot.take(parse_share)
    if fact.kind is FactKind.NUMBER and fact.unit != "1":
        unit = fact.unit
        return spot.take(lambda text: fact.encode(text.removesuffix(unit)))
    return spot.take(fact.encode)


def _fact(spot: Spot, schema: FactSchema) -> Fact:
    return _named(spot.text(), spot, schema=schema)


def _named(name: str, spot: Spot, *, schema: FactSchema) -> Fact:
    found = schema.find(name)
    if found is None:
        raise spot.wrong(f"there is no fact '{name}'; declare it under 'facts', or correct it.")
    return found
