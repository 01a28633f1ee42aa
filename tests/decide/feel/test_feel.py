"""FEEL by the words of DMN 1.5, chapter 10.3: values by hand calculation."""

from decimal import Decimal

import pytest

from haihe.decide.feel import Evaluator, Refused, Value, parse, parse_tests, show
from haihe.decide.feel.kinds import Kinds


def value(text: str, **scope: Value) -> Value:
    return Evaluator(Kinds()).value(parse(text, scope), scope)


def said(text: str, **scope: Value) -> str:
    return show(value(text, **scope))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        ("-2 ** 2", "4"),  # Rule 4: the sign binds closer than the power.
        ("2 + 3 * 4", "14"),
        ("10 / 0", "null"),
        ('"a" + "b"', "ab"),
        ('1 + "b"', "null"),
        ("10 ** 9999999", "null"),
        ("decimal(2.5, 0)", "2"),  # Half to even.
        ("round half up(2.5, 0)", "3"),
        ("modulo(-12, 5)", "3"),  # The sign of the divisor.
        ("if null then 1 else 2", "2"),
        ("for i in 1..3, j in [10, 20] return i * j", "[10, 20, 20, 40, 30, 60]"),
        ("for i in 1..4 return if i = 1 then 1 else i * partial[-1]", "[1, 2, 6, 24]"),
        ("some x in [1, null] satisfies x > 0", "true"),
        ("every x in [1, null] satisfies x > 0", "null"),
        ("[1, 2, 3, 4][item > 2]", "[3, 4]"),
        ("[1, 2, 3, 4][-1]", "4"),
        ("[{a: 1, b: 2}, {a: 3, b: 4}][a = 3].b", "[4]"),
        ("5 in (> 3, < 1)", "true"),
        ("5 in ]5..7]", "false"),
        ("5 between 5 and 7", "true"),
        ("{net price: 10, gross: net price * 1.19}.gross", "11.9"),
        ("sort([3, 1, 2], function(a, b) a > b)", "[3, 2, 1]"),
        (
            "{f: function(n) if n <= 1 then 1 else n * f(n - 1), of: f(20)}.of",
            "2432902008176640000",
        ),
        ('substring("foobar", -3, 2)', "ba"),
        ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
        ('date("2024-02-29") + duration("P1Y")', "2025-02-28"),
        ('date("2024-03-01") - date("2024-02-01")', "P29D"),
        ('@"2024-12-31T23:59:59+08:00" + @"PT1S"', "2025-01-01T00:00:00+08:00"),
        ('@"10:00:00+08:00" = @"02:00:00Z"', "true"),
        ('years and months duration(@"2011-12-22", @"2013-08-24")', "P1Y8M"),
        ('week of year(date("2005-01-01"))', "53"),  # ISO 8601: it belongs to 2004.
        ('day of week(date("1970-01-01"))', "Thursday"),
        ('date("2023-02-29")', "null"),
        ("overlaps([1..5], [5..8])", "true"),
        ("meets([1..5), [5..8])", "false"),
        ("stddev(2, 4, 7, 5)", "2.081665999466132735282297706979931"),
        ("median([6, 1, 2, 3])", "2.5"),
        ('number("1 000,50", " ", ",")', "1000.5"),
        ("[1, 2] instance of list<number>", "true"),
        ("today()", "null"),  # Nothing here has a clock.
        ("index of([1, 2, null, 2], 2)", "[2, 4]"),
        ('context put({x: 1}, ["y", "z"], 2)', "{x: 1, y: {z: 2}}"),
    ],
)
def test_an_expression_comes_to_what_the_standard_says(text: str, right: str) -> None:
    assert said(text) == right


def test_unknown_and_true_follow_kleene() -> None:
    table = {
        (left, right): (value(f"{left} and {right}"), value(f"{left} or {right}"))
        for left in ("true", "false", "null")
        for right in ("true", "false", "null")
    }
    assert table["true", "null"] == (None, True)
    assert table["null", "false"] == (False, None)
    assert table["null", "null"] == (None, None)
    assert table["null", "true"] == (None, True)


@pytest.mark.parametrize(
    ("cell", "passing", "failing"),
    [
        ("-", ["1", "null"], []),
        ("< 5, > 10", ["4", "11"], ["5", "10"]),
        ("not(1, 2)", ["3"], ["1", "2"]),
        ('"a", "b"', ['"a"'], ['"c"']),
        ("[1..5)", ["1", "4.999"], ["5"]),
        ("? * 2 > 5", ["3"], ["2"]),
        ("null", ["null"], ["0"]),
    ],
)
def test_a_cell_passes_what_it_says(cell: str, passing: list[str], failing: list[str]) -> None:
    test = parse_tests(cell)
    told = {
        given: Evaluator(Kinds()).value(test, {"?": value(given)}) is True
        for given in passing + failing
    }
    assert told == dict.fromkeys(passing, True) | dict.fromkeys(failing, False)


def test_a_name_may_have_blanks_and_signs_and_the_longest_is_meant() -> None:
    scope = {"net-price": Decimal(7), "net": Decimal(10), "Person's age": Decimal(30)}
    assert said("net-price + 1", **scope) == "8"
    assert said("Person's age * 2", **scope) == "60"


@pytest.mark.parametrize(
    "text",
    ["1 +", "(1", "[1, 2", "{a 1}", "for in x return 1", '"open', "1 2", "`x`", "if 1 then 2", ")"],
)
def test_what_is_no_expression_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Refused, match=r"character|means nothing"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "{f: function(n) f(n), x: f(1)}.x",
        "for a in 1..9999, b in 1..9999, c in 1..9999 return 1",
        "some a in 1..99999, b in 1..99999 satisfies false",
        "(" * 500 + "1" + ")" * 500,
        "-" * 500 + "1",
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")',
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|aa)+$")',
        'for i in 1..30 return if i = 1 then "xxxxxxxx" else partial[-1] + partial[-1]',
        "1" * 60_000,
        "{" + ", ".join(f"a{n + 1}: [a{n}, a{n}]" for n in range(40)) + ", b: a40 = a40}",
        "{a0: [1], " + ", ".join(f"a{n + 1}: append([], a{n}, a{n})" for n in range(40)) + "}",
        "count(distinct values(for i in 1..9000 return i))",
    ],
)
def test_what_would_never_end_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        value(text)
