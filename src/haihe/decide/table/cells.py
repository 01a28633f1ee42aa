"""Cells of decision tables in words of our clauses: what must be, how much it gives."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from haihe.decide.feel import nodes as feel
from haihe.decide.feel.moments import Date
from haihe.decide.feel.values import Value
from haihe.decide.zen import nodes as zen

SIGNS: Final = {"<": "less_than", "<=": "at_most", ">": "more_than", ">=": "at_least"}
TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Other(ValueError):
    """Something that our clauses have no words for."""


@dataclass(frozen=True, slots=True)
class Ends:
    """A number or day lies between ends: words of our clauses and the ends as values."""

    ends: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """It is one of some words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Yes:
    """It is true, or false."""

    truth: bool


@dataclass(frozen=True, slots=True)
class Some:
    """One of the parts holds, or none of them."""

    parts: tuple["Cell", ...]
    negated: bool = False


Cell: TypeAlias = Ends | Words | Yes | Some


@dataclass(frozen=True, slots=True)
class Amount:
    """What a rule gives.

    fixed: a sum; None if it is a share.
    share: of a column; None if it is a sum.
    of: that column.
    up_to: the limit of a share; None for none.
    """

    fixed: Decimal | None = None
    share: Decimal | None = None
    of: str = ""
    up_to: Decimal | None = None


def joined(parts: Iterable[Cell]) -> Cell:
    """One of several, words put together."""
    told = tuple(parts)
    if all(isinstance(one, Words) for one in told):
        return Words(tuple(w for one in told if isinstance(one, Words) for w in one.words))
    return told[0] if len(told) == 1 else Some(told)


def plain_value(value: Value) -> Cell:
    """A cell that is one value.

    Raises Other if it is none that clauses know.
    """
    if isinstance(value, bool):
        return Yes(value)
    if isinstance(value, str):
        return Words((value,))
    if isinstance(value, Decimal | Date):
        return Ends((("is", value),))
    raise Other(f"{value!r} is no number, word, day or truth")


def bounded(sign: str, value: Value) -> Cell:
    """A cell that compares with one value.

    Raises Other if it cannot be said.
    """
    if sign in ("=", "=="):
        return plain_value(value)
    if sign == "!=":
        return Some((plain_value(value),), negated=True)
    if not isinstance(value, Decimal | Date) or sign not in SIGNS:
        raise Other(f"'{sign} {value!r}' compares no number or day")
    return Ends(((SIGNS[sign], value),))


def of_feel(node: feel.Node) -> Cell | None:
    """The tests of a DMN cell; None if anything passes.

    Raises Other if clauses have no words for it.
    """
    if not isinstance(node, feel.Tests):
        raise Other("the cell could not be read")
    if not node.tests:
        return None
    cell = joined(_feel_test(one) for one in node.tests)
    return Some((cell,), negated=True) if node.negated else cell


def _feel_test(node: feel.Node) -> Cell:
    match node:
        case feel.Test(sign, operand):
            return bounded(sign, feel_value(operand))
        case feel.Between(low, high, low_included, high_included) if low and high:
            first = ("at_least" if low_included else "more_than", feel_value(low))
            last = ("at_most" if high_included else "less_than", feel_value(high))
            return Ends((first, last))
        case feel.Listed(members):
            return joined(_feel_test(one) for one in members)
    return plain_value(feel_value(node))


def feel_value(node: feel.Node) -> Value:
    """A value that is written out, a day among them.

    Raises Other if it is computed.
    """
    match node:
        case feel.Fitted(operand):
            return feel_value(operand)
        case feel.Literal(value) if value is not None:
            return value
        case feel.Negative(feel.Literal(Decimal() as number)):
            return -number
        case feel.Call(feel.Name("date" | "@"), (feel.Literal(str(text)),)):
            year, month, day = (int(part) for part in text.split("-"))
            return Date(year, month, day)
    raise Other("the cell computes something")


def feel_amount(node: feel.Node) -> Amount:
    """What a DMN rule gives: ``500``, ``0.2 * cost``, ``min(0.2 * cost, 500)``.

    Raises Other if it is anything else.
    """
    match node:
        case feel.Fitted(operand):
            return feel_amount(operand)
        case feel.Binary("*", feel.Literal(Decimal() as share), feel.Name(of)):
            return Amount(share=share, of=of)
        case feel.Binary("*", feel.Name(of), feel.Literal(Decimal() as share)):
            return Amount(share=share, of=of)
        case feel.Call(feel.Name("min"), given):
            return _limited([feel_amount(one) for one in given])
    value = feel_value(node)
    if not isinstance(value, Decimal):
        raise Other(f"it gives {value!r}, which is no amount")
    return Amount(fixed=value)


def _limited(parts: list[Amount]) -> Amount:
    shares = [one for one in parts if one.share is not None and one.up_to is None]
    sums = [one.fixed for one in parts if one.fixed is not None]
    if len(shares) != 1 or len(sums) != len(parts) - 1:
        raise Other("it is the least of other things than one share and sums")
    return Amount(share=shares[0].share, of=shares[0].of, up_to=min(sums))


def of_zen(node: zen.Node) -> Cell:
    """The test of a cell in zen's language.

    Raises Other if clauses have no words for it.
    """
    match node:
        case zen.Binary("or", left, right):
            return joined((of_zen(left), of_zen(right)))
        case zen.Binary("and", left, right):
            one, other = of_zen(left), of_zen(right)
            if isinstance(one, Ends) and isinstance(other, Ends):
                return Ends((*one.ends, *other.ends))
        case zen.Binary("in" | "not in" as sign, zen.Ident("$"), operand):
            cell = _zen_members(operand)
            return cell if sign == "in" else Some((cell,), negated=True)
        case zen.Binary(sign, zen.Ident("$"), operand):
            return bounded(sign, zen_value(operand))
    raise Other("the cell computes something")


def _zen_members(node: zen.Node) -> Cell:
    match node:
        case zen.Listed(members) if members:
            return joined(plain_value(zen_value(one)) for one in members)
        case zen.Interval(low, high, low_included, high_included):
            first = ("at_least" if low_included else "more_than", zen_value(low))
            return Ends((first, ("at_most" if high_included else "less_than", zen_value(high))))
    raise Other("the cell computes something")


def zen_value(node: zen.Node) -> Value:
    """A value that is written out.

    Raises Other if it is computed.
    """
    match node:
        case zen.Const(value) if value is not None:
            return value
        case zen.Unary("-", zen.Const(Decimal() as number)):
            return -number
    raise Other("the cell computes something")


def zen_amount(node: zen.Node) -> Amount:
    """What a rule gives in zen's language: ``500``, ``cost * 0.2``, ``min([cost * 0.2, 500])``.

    Raises Other if it is anything else.
    """
    match node:
        case zen.Binary("*", zen.Const(Decimal() as share), zen.Ident(of)):
            return Amount(share=share, of=of)
        case zen.Binary("*", zen.Ident(of), zen.Const(Decimal() as share)):
            return Amount(share=share, of=of)
        case zen.Call("min", (zen.Listed(members),)):
            return _limited([zen_amount(one) for one in members])
    value = zen_value(node)
    if not isinstance(value, Decimal):
        raise Other(f"it gives {value!r}, which is no amount")
    return Amount(fixed=value)
