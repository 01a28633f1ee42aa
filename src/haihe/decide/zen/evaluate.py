"""What a zen expression comes to. What does not fit its operands is an error, never a guess."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException
from typing import Final, TypeAlias

from haihe.decide.feel.evaluate import CALLS_MAX, STEPS_MAX
from haihe.decide.feel.values import (
    LIST_MAX,
    TEXT_MAX,
    Args,
    Range,
    Refused,
    Value,
    kind_of,
    whole,
    within,
)
from haihe.decide.feel.weights import Weights
from haihe.decide.zen.functions import FUNCTIONS, OF_MOMENTS, Unfit, as_text
from haihe.decide.zen.nodes import (
    Assigned,
    Binary,
    Call,
    Choice,
    Closure,
    Const,
    Entries,
    Ident,
    Interval,
    Listed,
    Member,
    Node,
    Pointer,
    Slice,
    Template,
    Unary,
)

# rust_decimal, which the language is defined by: 96 bits, that is 28 digits.
DIGITS: Final = Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-28, Emax=28)
POINTER: Final = "#"

Scope: TypeAlias = Mapping[str, Value]


class Evaluator:
    """Evaluates within a limit of steps; the limit is of all its evaluations together."""

    def __init__(self, *, now: int | None = None) -> None:
        """Begin with all steps left; ``now`` in seconds since 1970, None where nobody says."""
        self.now = now
        self.weights = Weights()
        self.steps = STEPS_MAX
        self.depth = 0

    def value(self, node: Node, scope: Scope) -> Value:
        """The value of an expression; None for null.

        scope: fields of the input; ``$`` and ``#`` where there are such.
        Raises Unfit if operands do not fit; Refused if it takes too long.
        """
        self.steps -= 1
        self.depth += 1
        if self.steps < 0 or self.depth > CALLS_MAX:
            raise Refused(f"it takes more than {STEPS_MAX} steps, or lies {CALLS_MAX} deep.")
        try:
            found = self._value(node, scope)
            self.weights.check(found)
            return found
        finally:
            self.depth -= 1

    def _value(self, node: Node, scope: Scope) -> Value:
        match node:
            case Const(value):
                return value
            case Ident(name):
                return _named(name, scope)
            case Pointer():
                return scope.get(POINTER)
            case Member(source, key):
                return _member(self.value(source, scope), self.value(key, scope))
            case Binary():
                return self._binary(node, scope)
            case Unary(sign, operand):
                return _signed(sign, self.value(operand, scope))
            case Choice(condition, then, other):
                return self.value(then if _truth(self.value(condition, scope)) else other, scope)
            case Closure():
                return self._closure(node, scope)
        return self._other(node, scope)

    def _other(self, node: Node, scope: Scope) -> Value:
        match node:
            case Call(name, given):
                return self._call(name, tuple(self.value(one, scope) for one in given))
            case Listed(members):
                return tuple(self.value(one, scope) for one in members)
            case Entries(members):
                told = {self.value(k, scope): self.value(v, scope) for k, v in members}
                if not all(isinstance(key, str) for key in told):
                    raise Unfit(f"a name must be text, not {list(told)[:3]}.")
                return told
            case Interval(low, high, low_included, high_included):
                ends = self.value(low, scope), self.value(high, scope)
                if not all(isinstance(end, Decimal) for end in ends):
                    raise Unfit(f"{ends} are no ends of an interval; give numbers.")
                return Range(*ends, low_included, high_included)
            case Slice():
                return self._slice(node, scope)
            case Template(parts):
                text = "".join(as_text(self.value(one, scope)) for one in parts)
                return _limited(text)
            case Assigned():
                return self._assigned(node, scope)
        raise AssertionError(f"no value for {node}")

    def _binary(self, node: Binary, scope: Scope) -> Value:
        left = self.value(node.left, scope)
        match node.sign:
            case "and":
                return _as_truth(self.value(node.right, scope)) if _truth(left) else False
            case "or":
                return True if _truth(left) else _as_truth(self.value(node.right, scope))
            case "??":
                return self.value(node.right, scope) if left is None else left
        return _operate(node.sign, left, other=self.value(node.right, scope))

    def _call(self, name: str, given: Args) -> Value:
        known = FUNCTIONS.get(name)
        if known is None:
            raise Unfit(f"there is no function '{name}' here; there are {', '.join(FUNCTIONS)}.")
        if self.now is not None and given[:1] == ("now",) and name in OF_MOMENTS:
            given = (Decimal(self.now), *given[1:])
        self.steps -= sum(len(one) for one in given if isinstance(one, tuple | str)) // 16
        return known(given)

    def _closure(self, node: Closure, scope: Scope) -> Value:
        members = _members(self.value(node.source, scope))
        told: list[Value] = []
        for one in members:
            inner = {**scope, POINTER: one}
            if node.alias:
                inner[node.alias] = one
            told.append(self.value(node.body, inner))
            if node.name in ("all", "none", "some") and not isinstance(told[-1], bool):
                raise Unfit(f"{told[-1]!r} is neither true nor false.")
        return _gathered(node.name, members, told=told)

    def _slice(self, node: Slice, scope: Scope) -> Value:
        source = self.value(node.source, scope)
        if not isinstance(source, str | tuple):
            raise Unfit(f"{kind_of(source)} has no places.")
        first = 0 if node.first is None else whole(self.value(node.first, scope))
        last = len(source) - 1 if node.last is None else whole(self.value(node.last, scope))
        if first is None or last is None or first < 0 or last < first - 1 or last >= len(source):
            raise Unfit(f"{first}:{last} is no part of {len(source)} places.")
        return source[first : last + 1]

    def _assigned(self, node: Assigned, scope: Scope) -> Value:
        made: dict[str, Value] = {}
        inner = dict(scope)
        for path, expression in node.steps:
            told = self.value(expression, inner)
            made, inner = put(made, path, value=told), put(inner, path, value=told)
        return made if node.result is None else self.value(node.result, inner)


def _named(name: str, scope: Scope) -> Value:
    if name == "$root" or (name == "$" and "$" not in scope):
        return {key: told for key, told in scope.items() if key not in (POINTER, "$", "$nodes")}
    return scope.get(name)


def _member(source: Value, key: Value) -> Value:
    if isinstance(source, dict) and isinstance(key, str):
        return source.get(key)
    if isinstance(source, tuple | str) and isinstance(key, Decimal):
        at = whole(key)
        if at is None or at < 0:
            raise Unfit(f"{key} is no place; they are counted from 0.")
        return source[at] if at < len(source) else None
    return None


def _truth(given: Value) -> bool:
    if not isinstance(given, bool):
        raise Unfit(f"{given!r} is neither true nor false.")
    return given


def _as_truth(given: Value) -> Value:
    return given


def _signed(sign: str, given: Value) -> Value:
    if sign == "not":
        return not _truth(given)
    if not isinstance(given, Decimal):
        raise Unfit(f"{given!r} is no number.")
    return -given if sign == "-" else given


def _operate(sign: str, one: Value, *, other: Value) -> Value:
    if sign in ("==", "!="):
        return _equal(one, other) == (sign == "==")
    if sign in ("in", "not in"):
        return _among(one, other) == (sign == "in")
    if isinstance(one, str) and isinstance(other, str) and sign == "+":
        return _limited(one + other)
    if not isinstance(one, Decimal) or not isinstance(other, Decimal):
        raise Unfit(f"{kind_of(one)} {sign} {kind_of(other)} means nothing; give numbers.")
    if sign in _COMPARE:
        return _COMPARE[sign](one, other)
    if sign in ("/", "%") and not other:
        return None
    try:
        return _CALCULATE[sign](one, other)
    except DecimalException as error:
        raise Unfit(f"{one} {sign} {other} is beyond what 28 digits hold.") from error


_COMPARE: Final = {
    "<": Decimal.__lt__, "<=": Decimal.__le__, ">": Decimal.__gt__, ">=": Decimal.__ge__,
}  # fmt: skip
_CALCULATE: Final = {
    "+": DIGITS.add, "-": DIGITS.subtract, "*": DIGITS.multiply, "/": DIGITS.divide,
    "%": DIGITS.remainder, "^": DIGITS.power,
}  # fmt: skip


def _equal(one: Value, other: Value) -> bool:
    """Plain values only: lists and objects are never equal."""
    if isinstance(one, tuple | dict | Range) or kind_of(one) != kind_of(other):
        return False
    return one == other


def _among(one: Value, other: Value) -> bool:
    if isinstance(other, tuple) and not isinstance(one, tuple | dict):
        return any(_equal(one, member) for member in other)
    if isinstance(one, Decimal) and isinstance(other, Range):
        return within(one, other) is True
    if isinstance(one, str) and isinstance(other, dict):
        return one in other
    raise Unfit(f"{kind_of(one)} in {kind_of(other)} means nothing; give a list or an interval.")


def _members(source: Value) -> Args:
    if isinstance(source, tuple):
        return source
    low = whole(source.low) if isinstance(source, Range) else None
    high = whole(source.high) if isinstance(source, Range) else None
    if not isinstance(source, Range) or low is None or high is None:
        raise Unfit(f"{kind_of(source)} has no members to go through.")
    first, last = low + (not source.low_included), high - (not source.high_included)
    if last - first > LIST_MAX:
        raise Refused(f"an interval of {last - first} members; at most {LIST_MAX}.")
    return tuple(Decimal(at) for at in range(first, last + 1))


def _gathered(name: str, members: Args, *, told: list[Value]) -> Value:
    holding = sum(one is True for one in told)
    match name:
        case "all":
            return holding == len(told)
        case "some":
            return holding > 0
        case "none":
            return holding == 0
        case "one":
            return holding == 1
        case "count":
            return Decimal(holding)
        case "filter":
            return tuple(one for one, yes in zip(members, told, strict=True) if yes is True)
        case "flatMap":
            return tuple(
                part for one in told for part in (one if isinstance(one, tuple) else (one,))
            )
    return tuple(told)


def _limited(text: str) -> str:
    if len(text) > TEXT_MAX:
        raise Refused(f"a text of {len(text)} characters; at most {TEXT_MAX}.")
    return text


def put(source: Mapping[str, Value], path: str, *, value: Value) -> dict[str, Value]:
    """The object with a value at a dotted path."""
    first, _, rest = path.partition(".")
    if not rest:
        return {**source, first: value}
    inner = source.get(first)
    return {**source, first: put(inner if isinstance(inner, dict) else {}, rest, value=value)}
