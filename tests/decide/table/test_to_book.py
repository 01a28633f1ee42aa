"""Tables told as clauses give what the tables give, rule by rule and with the cell that failed."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from haihe.decide.feel import Value
from haihe.decide.scheme import (
    explain,
    gather,
    match,
    read_library,
    write_book,
)
from haihe.decide.scheme.check import check_library
from haihe.decide.scheme.facts import Given
from haihe.decide.scheme.quantity import parse_day
from haihe.decide.table.dmn import read_model
from haihe.decide.table.to_book import Import, book_of_graph, book_of_model
from tests.decide.table.models import decision, given, model, table
from tests.decide.table.test_jdm import LINE, graph
from tests.decide.table.test_jdm import table as node_table

DAY = "2026-01-01"
INPUTS = (given("cost"), given("staff"), given("sector", "string"), given("sme", "boolean"))
NEEDS = ("i-cost", "i-staff", "i-sector", "i-sme")
COLUMNS = ["cost", "staff", "sector", "sme"]
RULES = (
    ["> 1000", "[1..50]", '"chips", "software"', "true", "min(0.2 * cost, 500)"],
    ["-", "> 50", 'not("retail")', "-", "300.5"],
    [">= 10", "-", "-", "false", "cost * 0.125"],
)


def imported(policy: str) -> tuple[Import, str]:
    text = model(*INPUTS, decision("Grant", table(policy, COLUMNS, ["fee"], *RULES), *NEEDS))
    made = book_of_model(read_model({"g.dmn": text}, "g.dmn").tables, "g.dmn", begins=DAY)
    return made, text


def drawn(count: int) -> list[dict[str, Value]]:
    draw = np.random.default_rng(7)
    return [
        {
            "cost": Decimal(int(draw.choice([0, 9, 10, 11, 1000, 1001, 2400, 9999]))),
            "staff": Decimal(int(draw.choice([0, 1, 20, 50, 51, 300]))),
            "sector": str(draw.choice(["chips", "software", "retail", "tea"])),
            "sme": bool(draw.random() < 0.5),
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize("policy", ["F", "C+", "C>"])
def test_a_book_of_a_table_awards_what_the_table_gives(policy: str) -> None:
    made, text = imported(policy)
    library = read_library({"b": made.text})
    assert [one for one in check_library(library) if not one.warning] == []
    asked, day = drawn(120), parse_day(DAY)
    book = write_book(library.schemes, library.schema, day=day, drafts=True)
    source = read_model({"g.dmn": text}, "g.dmn")
    rows = [{**one, "cost": f"{one['cost']}元"} for one in asked]
    hits = match(book, gather(library.schema, rows))  # type: ignore[arg-type]  # Plain values.
    for at, one in enumerate(asked):
        met = [told for told in hits if at in told.eligible]
        fen = [int(told.amounts[told.eligible.tolist().index(at)]) for told in met]
        mine = max(fen, default=0) if policy == "C>" else sum(fen)
        right = source.decide("Grant", one).value or Decimal(0)
        exact = Decimal(str(right)) * 100
        assert mine == int(exact.to_integral_value(ROUND_HALF_UP)), one


def test_the_reason_names_the_cell_that_failed() -> None:
    library = read_library({"b": imported("C+")[0].text})
    book = write_book(library.schemes, library.schema, day=parse_day(DAY), drafts=True)
    row: dict[str, Given] = {"cost": "5000元", "staff": 80, "sector": "chips", "sme": True}
    told = explain(book, gather(library.schema, [row]), scheme="grant-1")
    (failed,) = [one for one in told.conditions if one.verdict == "not"]
    assert failed.name == "staff-2"
    version = library.schemes[0].versions[0]
    assert version.conditions[1].source is not None
    assert version.conditions[1].source.document == "g.dmn: Grant, rule 1 (r1), staff"


def test_a_missing_input_is_unknown_where_the_table_would_pass_on_to_the_next_rule() -> None:
    library = read_library({"b": imported("F")[0].text})
    book = write_book(library.schemes, library.schema, day=parse_day(DAY), drafts=True)
    facts = gather(library.schema, [{"cost": "5000元", "sector": "chips", "sme": True}])
    assert explain(book, facts, scheme="grant-1").verdict == "unknown"


@pytest.mark.parametrize(
    ("policy", "columns", "rule", "why"),
    [
        ("P", ["x"], ["1", "2"], "hit policy PRIORITY orders"),
        ("C#", ["x"], ["1", "2"], "collects what clauses cannot"),
        ("U", ["x + 1"], ["1", "2"], "'x + 1' is no plain input"),
        ("U", ["x"], ["? * 2 > 3", "2"], "computes something"),
        ("U", ["x"], ["1", '"yes"'], "which is no amount"),
        ("U", ["x"], ["1", "-5"], "which is no award"),
        ("U", ["x"], ["0.12345678", "2"], "has 8 decimals"),
    ],
)
def test_what_clauses_have_no_words_for_stays_a_table(
    policy: str, columns: list[str], rule: list[str], why: str
) -> None:
    text = model(given("x"), decision("T", table(policy, columns, ["y"], rule), "i-x"))
    made = book_of_model(read_model({"m": text}, "m").tables, "m", begins=DAY)
    assert (made.text, made.made) == ("", ())
    assert made.left[0][0] == "T"
    assert why in made.left[0][1]


def test_a_table_of_gorules_becomes_a_book_too() -> None:
    rules = [{"a": "[10..20) or 99", "b": "x * 0.5"}, {"a": "> 20", "b": "min([x * 0.5, 12])"}]
    made = book_of_graph(graph(node_table(rules), edges=LINE), "g.json", begins=DAY)
    library = read_library({"b": made.text})
    book = write_book(library.schemes, library.schema, day=parse_day(DAY), drafts=True)
    hits = match(book, gather(library.schema, [{"x": f"{x}元"} for x in (9, 10, 20, 40, 99)]))
    assert [one.eligible.tolist() for one in hits] == [[1, 4], [3]]
    assert [one.amounts.tolist() for one in hits] == [[500, 4950], [1200]]
