"""The zen expression language: what its public guide says of operators, closures and cells."""

from decimal import Decimal

import pytest

from haihe.decide.feel import Refused, Value
from haihe.decide.zen import Evaluator, Unfit, parse, parse_test


def value(text: str, **scope: Value) -> Value:
    return Evaluator().value(parse(text), scope)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("0.1 + 0.2 == 0.3", True),
        ("2 ^ 3 ^ 2", Decimal(512)),
        ("-2 ^ 2", Decimal(4)),
        ("1 / 0", None),
        ("null ?? 1 + 2", Decimal(3)),
        ("5 in (5..7]", False),
        ("not (1 == 2) and !false", True),
        ("true ? 'a' : false ? 'b' : 'c'", "a"),
        ("map([1, 2, 3] as n, n * #)", (Decimal(1), Decimal(4), Decimal(9))),
        ("filter([1..5], # % 2 == 0)", (Decimal(2), Decimal(4))),
        ("some([1, 2], # > 1)", True),
        ("`${1 + 1} of ${'x'}`", "2 of x"),
        ("'abcdef'[1:3]", "bcd"),
        ("{['a' + 'b']: 1}.ab", Decimal(1)),
        ("round(-7.5)", Decimal(-8)),
        ("merge([{a: 1}, {b: 2}])", {"a": Decimal(1), "b": Decimal(2)}),
        ("a.b = 1; c = a.b + 1; c", Decimal(2)),
        ("date('2023-09-18T12:00:00+02:00')", Decimal(1695031200)),
        ("dateString(endOf('2024-02-10', 'M'))", "2024-02-29 23:59:59"),
        ("duration('1d 2h')", Decimal(93600)),
        ("[1] == [1]", False),  # Lists are never equal in this language.
    ],
)
def test_an_expression_comes_to_what_the_language_says(text: str, right: Value) -> None:
    assert value(text) == right


@pytest.mark.parametrize(
    ("cell", "about", "passes"),
    [
        ("> 5 and < 10", 7, True),
        ("> 10, < 5", 7, False),
        ("'GB', 'US'", "US", True),
        ("[1..5)", 5, False),
        ("startsWith($, 'a')", "abc", True),
        ("not in [1, 2]", 3, True),
        ("$ * 2 == 6", 3, True),
        ("null", None, True),
        ("limit", 9, True),  # A field of the input, compared with.
    ],
)
def test_a_cell_is_about_its_column(cell: str, about: object, passes: bool) -> None:  # noqa: FBT001
    told = Decimal(about) if isinstance(about, int) else about
    scope: dict[str, Value] = {"$": told, "limit": Decimal(9)}
    assert (Evaluator().value(parse_test(cell), scope) is True) is passes


@pytest.mark.parametrize(
    "text",
    ["1 + 'a'", "not 1", "'a' > 'b'", "sum(['a'])", "rand(3)", "date('now')", "nope(1)", "x()"],
)
def test_what_does_not_fit_is_an_error_and_never_a_guess(text: str) -> None:
    with pytest.raises(Unfit):
        value(text)


def test_now_is_what_the_caller_says() -> None:
    assert Evaluator(now=86_400).value(parse("dateString('now')"), {}) == "1970-01-02 00:00:00"


@pytest.mark.parametrize(
    "text",
    ["1 +", "(1", "`${1", "a.b.", "d('2024-01-01').add(1, 'd')", "'open", "@", "[1, 2", "(" * 400],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse(text)


@pytest.mark.parametrize(
    "text",
    ["map([1..99999], map([1..99999], 1))", "matches('aaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '(a+)+$')",
     "map([1..9999999], #)",
     "a = [1]; " + "a = merge([a, a]); " * 40 + "len(a)",
     "a = [1]; " + "a = [a, a]; " * 40 + "len(a)"],
)  # fmt: skip
def test_what_would_never_end_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        value(text)
