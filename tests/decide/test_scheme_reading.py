"""Schemes as they are written: what is read, what is refused and with which words."""

from pathlib import Path

import pytest

from haihe.decide.scheme.book import write_book
from haihe.decide.scheme.check import check_library
from haihe.decide.scheme.explain import Verdict, explain
from haihe.decide.scheme.facts import gather
from haihe.decide.scheme.quantity import parse_day
from haihe.decide.scheme.reading import Library, read_library
from haihe.decide.scheme.words import changes

FOLDER = Path(__file__).parent / "schemes"
FACTS = """
facts:
  sales: {kind: money, zh: 营收, en: sales}
  costs: {kind: money, zh: 费用, en: costs}
  staff: {kind: number, unit: 人, zh: 职工, en: staff}
  trade: {kind: category, zh: 行业, en: trade, words: [a, b]}
  marks: {kind: tags, zh: 资质, en: marks, words: [x, y]}
  begun: {kind: date, zh: 成立, en: begun}
"""
HEAD = """
schemes:
  - id: one
    versions:
      - from: 2026-01-01
        to: 2026-12-31
        status: final
        source: {document: d, span: [0, 9]}
"""
PAID = "        benefit: {amount: 1元}\n"


def library_of(body: str, benefit: str = PAID) -> Library:
    return read_library({"facts.yaml": FACTS, "one.yaml": HEAD + body + benefit})


def conditions(*needs: str) -> str:
    lines = [f"          - {{id: c{at}, require: {need}}}" for at, need in enumerate(needs)]
    return "\n".join(["        conditions:", *lines, ""])


def problems(body: str, benefit: str = PAID) -> str:
    return "\n".join(str(one) for one in check_library(library_of(body, benefit)))


def test_the_example_schemes_and_their_cases_come_out() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml")}
    library = read_library(texts)
    found = check_library(library)
    assert [str(one) for one in found if not one.warning] == []
    assert len(library.examples) == 15


@pytest.mark.parametrize(
    ("need", "yes", "no"),
    [
        ("{fact: staff, 以上: 10}", 10, 9),
        ("{fact: staff, 超过: 10}", 11, 10),
        ("{fact: staff, 以下: 10}", 10, 11),
        ("{fact: staff, 不满: 10}", 9, 10),
        ("{fact: staff, between: [3, 5]}", 5, 6),
        ("{fact: staff, 以上: 3, 不满: 5}", 3, 5),
        ("{fact: staff, is: 7人}", 7, 8),
    ],
)
def test_the_laws_words_include_or_exclude_the_number(need: str, yes: int, no: int) -> None:
    library = library_of(conditions(need))
    assert library.problems == ()
    book = write_book(library.schemes, library.schema, day=parse_day("2026-06-01"))
    told = [
        explain(book, gather(library.schema, [{"staff": n}]), scheme="one").verdict
        for n in (yes, no)
    ]
    assert told == [Verdict.ELIGIBLE, Verdict.NOT]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            conditions("{fact: profit, 以上: 1元}"),
            "one.yaml:10: one, condition c0: there is no fact",
        ),
        (conditions("{fact: sales, 以上: 5}"), "write it with its unit, as 500万元"),
        (conditions("{fact: sales, 大约: 5元}"), "'大约' compares nothing"),
        (conditions("{fact: trade, in: [c]}"), "trade is never 'c'; it is one of a, b"),
        (conditions("{fact: trade, 以上: 3}"), "ask 'in: [...]'"),
        (conditions("{at_least: 3, of: [{fact: marks, has: x}]}"), "at least 3 of 1; give 1 to 1"),
        (conditions("{fact: sales, 以上: 1元, 超过: 2元}"), "says the same end again"),
        (conditions("{fact: sales}"), "nothing is asked of it"),
        (conditions("{age_of: sales, 以上: 3}"), "an age needs a date"),
        (conditions("{eligible_for: two}"), "refers to scheme 'two', which is not there"),
        (
            conditions("{fact: sales, 以上: {parameter: p}}"),
            "there is no parameter 'p'; declare it",
        ),
        (conditions("{ratio: [sales, staff], 以上: 1%}"), "take two of money, or two numbers"),
        (conditions("{fact: sales, 以上: 0.001元}"), "no whole number of fen"),
        (conditions("{maybe: 1}"), "'maybe' is no condition; there are all, any"),
    ],
)
def test_a_clause_that_cannot_be_read_is_named_with_its_mend(body: str, words: str) -> None:
    assert words in problems(body)


@pytest.mark.parametrize(
    ("benefit", "words"),
    [
        ("{amount: -1元}", "'-1元' is less than nothing; give 0 or more"),
        ("{share: 20%, of: staff}", "a share is taken of money"),
        ("{each: 20元, of: sales}", "so much for each needs a number"),
        ("{discretionary: yes, amount: 1元}", "never computed; leave the formula out"),
        ("{rounding: {to: 1元}}", "nothing says how much"),
        ("{amount: 1元, stages: [{id: a, share: 50%}]}", "add up to 50%; make it 100%"),
        ("{tiers: {of: sales, steps: [{from: 5元, share: 1%}, {from: 1元, share: 1%}]}}",
         "let them rise"),
        ("{share: 1%, of: sales, up_to: 50.5元, rounding: {to: 1元}}", "no multiple of 100"),
        ("{share: 1%, of_award: one}", "in a circle: one -> one"),
        ("{share: 20, of: sales}", "write it as 20% or 1:0.5"),
    ],
)  # fmt: skip
def test_a_benefit_that_cannot_be_paid_is_named_with_its_mend(benefit: str, words: str) -> None:
    assert words in problems("", f"        benefit: {benefit}\n")


@pytest.mark.parametrize(
    "needs",
    [
        ("{fact: sales, 以上: 10元}", "{fact: sales, 不满: 10元}"),
        ("{fact: trade, in: [a]}", "{not: {fact: trade, in: [a]}}"),
        ("{fact: marks, has: x}", "{not: {any: [{fact: marks, has: x}, {fact: marks, has: y}]}}"),
        ("{age_of: begun, 以上: 5}", "{age_of: begun, 不满: 5}"),
        ("{fact: staff, 超过: 3}", "{any: [{fact: staff, is: 3}, {fact: staff, is: 2}]}"),
    ],
)
def test_clauses_that_contradict_each_other_are_found(needs: tuple[str, str]) -> None:
    assert "condition c1: it can never hold together with c0" in problems(conditions(*needs))


def test_clauses_that_only_just_meet_are_no_contradiction() -> None:
    needs = ("{fact: sales, 以上: 10元}", "{fact: sales, 以下: 10元}")
    assert problems(conditions(*needs)) == ""


def test_two_schemes_that_exclude_each_other_are_told_to_stack() -> None:
    other = HEAD.replace("id: one", "id: two") + conditions("{not: {eligible_for: one}}") + PAID
    texts = {
        "facts.yaml": FACTS,
        "one.yaml": HEAD + conditions("{not: {eligible_for: two}}") + PAID,
        "two.yaml": other,
    }
    words = "\n".join(str(one) for one in check_library(read_library(texts)))
    assert "put 'exclusive: [one, two]' under 'stacking'" in words
    assert "in a circle: one -> two -> one" in words


def test_two_versions_of_one_day_are_told_where_to_end() -> None:
    later = (
        HEAD.split("versions:\n")[1]
        .replace("2026-01-01", "2026-12-31")
        .replace("to: 2026-12-31", "to: 2027-12-31")
    )
    text = HEAD + PAID + later + PAID
    found = check_library(read_library({"facts.yaml": FACTS, "one.yaml": text}))
    assert "two final versions hold on 2026-12-31; end the one of line 5" in str(found[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schemes: [", "this is no YAML"),
        ("schemes: 3", "here belongs a list"),
        ("a: &x 1\nb: *x", "points elsewhere; write it out"),
        ("facts: {a: {kind: colour}}", "'colour' is none of number, money"),
        ("facts: {a: {kind: money}, a: {kind: money}}", "'a' is there twice"),
        ("schemes: [{id: a}]", "'versions' is missing; add it"),
        ("[" * 100, "this is no YAML"),
        ("schemes: [{id: a, versions: [{from: 2026-02-30, benefit: {amount: 1元}}]}]", "is no day"),
    ],
)
def test_a_file_that_is_no_scheme_is_answered_with_its_line(text: str, words: str) -> None:
    found = check_library(read_library({"bad.yaml": text}))
    assert words in "\n".join(str(one) for one in found)
    assert all(one.file == "bad.yaml" and one.line >= 1 for one in found if one.clause != "schemes")


def test_an_empty_file_has_no_schemes_and_no_problems() -> None:
    assert check_library(read_library({"empty.yaml": ""})) == ()


def test_a_case_that_comes_out_otherwise_is_told_why() -> None:
    case = "        cases:\n          - {given: {staff: 3}, then: eligible, amount: 2元}\n"
    words = problems(conditions("{fact: staff, 以上: 10}"), PAID + case)
    assert "it is not, not eligible. c0: staff: 3, asked at least 10, 7 short" in words


def test_a_missing_base_is_unknown_and_never_a_silent_no() -> None:
    library = library_of("", "        benefit: {share: 10%, of: sales}\n")
    book = write_book(library.schemes, library.schema, day=parse_day("2026-06-01"))
    for given, missing in (
        ({}, "sales is missing"),
        ({"sales": "-1元"}, "nothing can be computed"),
    ):
        told = explain(book, gather(library.schema, [given]), scheme="one")
        assert (told.verdict, told.amount_fen) == (Verdict.UNKNOWN, None)
        assert told.conditions[-1].missing == ("sales",)
        assert missing in told.conditions[-1].words.en


def test_what_only_says_up_to_is_shown_so_and_not_computed() -> None:
    library = library_of("", "        benefit: {up_to: 50万元}\n")
    book = write_book(library.schemes, library.schema, day=parse_day("2026-06-01"))
    told = explain(book, gather(library.schema, [{}]), scheme="one")
    assert (told.verdict, told.amount_fen, told.up_to_fen) == (Verdict.ELIGIBLE, None, 50_000_000)


def test_a_draft_is_in_no_book_unless_it_is_asked_for() -> None:
    text = HEAD.replace("status: final", "status: draft") + PAID
    library = read_library({"facts.yaml": FACTS, "one.yaml": text})
    day = parse_day("2026-06-01")
    assert write_book(library.schemes, library.schema, day=day).rules == (None,)
    assert write_book(library.schemes, library.schema, day=day, drafts=True).rules != (None,)


def test_a_diff_names_the_clause_and_both_its_words() -> None:
    old = library_of(conditions("{fact: sales, 以上: 10元}")).schemes[0].versions[0]
    library = library_of(
        conditions("{fact: sales, 超过: 10元}"), "        benefit: {amount: 2元}\n"
    )
    found = changes(old, library.schemes[0].versions[0], schema=library.schema)
    assert [(one.clause, one.before.zh, one.after.zh) for one in found] == [
        ("condition c0", "营收10元以上", "营收超过10元"),
        ("benefit", "1元", "2元"),
    ]
