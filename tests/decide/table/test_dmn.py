"""DMN models: hit policies by DMN 1.5, chapter 8.2.8, graphs, reasons, hostile files."""

from decimal import Decimal

import pytest

from haihe.decide.feel import Refused, Value, show
from haihe.decide.table.dmn import Model, read_model
from tests.decide.table.models import decision, given, literal, model, table


def read(*parts: str) -> Model:
    return read_model({"m.dmn": model(*parts)}, "m.dmn")


RULES = (["> 0", '"low"'], ["> 10", '"high"'], ["> 100", '"low"'])
ORDER = '"high", "low"'


@pytest.mark.parametrize(
    ("policy", "x", "right"),
    [
        ("U", 5, "low"),
        ("U", 50, "null"),  # Two rules are met, which unique forbids.
        ("A", 5, "low"),
        ("A", 50, "null"),  # They say different things.
        ("P", 50, "high"),
        ("F", 50, "low"),
        ("R", 500, '["low", "high", "low"]'),
        ("O", 500, '["high", "low", "low"]'),
        ("C", 500, '["low", "high", "low"]'),
        ("C#", 500, "3"),
        ("C#", -1, "0"),
        ("F", -1, "null"),
    ],
)
def test_a_hit_policy_says_what_is_made_of_the_rules_that_are_met(
    policy: str, x: int, right: str
) -> None:
    body = table(policy, ["x"], ["size"], *RULES, orders=ORDER)
    told = read(given("x"), decision("size", body, "i-x")).decide("size", {"x": Decimal(x)})
    assert show(told.value) == right


@pytest.mark.parametrize(("policy", "right"), [("C+", 60), ("C<", 10), ("C>", 30)])
def test_what_is_collected_is_added_up_or_compared(policy: str, right: int) -> None:
    rules = (["> 0", "10"], ["> 1", "30"], ["> 2", "x * 2"], ["> 99", "1000"])
    body = table(policy, ["x"], ["fee"], *rules)
    told = read(given("x"), decision("fee", body, "i-x")).decide("fee", {"x": Decimal(10)})
    assert told.value == right


def test_decisions_need_each_other_and_tell_which_rules_were_met() -> None:
    classes = table("U", ["income"], ["class"], ["< 100", '"A"'], [">= 100", '"B"'])
    parts = (
        given("income"),
        given("children"),
        decision("class", classes, "i-income"),
        decision(
            "grant",
            table(
                "F", ["class", "children"], ["fen", "why"],
                ['"A"', "> 2", "500 + 10 * children", '"family"'], ['"A"', "-", "300", '"income"'],
            ),
            "d-class", "i-children",
        ),
        literal("note", 'grant.why + ": " + string(grant.fen)', "d-grant"),
    )  # fmt: skip
    inputs: dict[str, Value] = {"income": Decimal(99), "children": Decimal(3)}
    told = read(*parts).decide("note", inputs)
    assert told.value == "family: 530"
    assert told.notes == (
        "class: income = 99; rules met: 1",
        "grant: class = A, children = 3; rules met: 1",
    )


def test_a_missing_or_wrong_input_is_unknown_and_never_a_no() -> None:
    parts = (given("x"), literal("big", "x > 3", "i-x"))
    assert read(*parts).decide("big", {}).value is None
    assert read(*parts).decide("big", {"x": "seven"}).value is None


def test_what_is_wrong_in_a_model_is_told_with_its_line_and_mend() -> None:
    told = read(
        literal("a", "1 +"),
        literal("b", "c", "d-c"),
        literal("c", "b", "d-b"),
        literal("lost", "1", "d-nowhere"),
        decision("t", table("U", ["x"], ["y"], ["1"])),
    ).mistakes
    words = "\n".join(str(one) for one in told)
    assert "a: 'the end' stands at character 3" in words
    assert "c: it needs itself through 'b'; break the circle" in words
    assert "'urn:m#d-nowhere', which is not there" in words
    assert "rule 1 does not fit the columns" in words


def test_a_circle_is_refused_and_not_run_for_ever() -> None:
    circle = read(literal("b", "c", "d-c"), literal("c", "b", "d-b"))
    with pytest.raises(Refused, match="break the circle"):
        circle.decide("b", {})


def test_a_function_in_java_is_named_and_never_called() -> None:
    body = (
        '<invocation><functionDefinition kind="Java"><context/></functionDefinition></invocation>'
    )
    told = read(decision("j", body))
    assert "kind Java is never called" in str(told.mistakes[0])
    assert told.decide("j", {}).value is None


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<definitions>&b;</definitions>"
)
OUTSIDE = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><definitions>&x;</definitions>'


@pytest.mark.parametrize(
    ("content", "mend"),
    [
        (BOMB, "delete <!DOCTYPE"),
        (OUTSIDE, "delete <!DOCTYPE"),
        ("<a>" * 200, "deep"),
        ("<definitions>", "no XML"),
        ("", "no XML"),
        ("<bpmn/>", "begins with <bpmn>"),
        (b"\xff\xfe<\x00", "no XML"),
    ],
)
def test_a_hostile_or_strange_file_is_refused(content: str | bytes, mend: str) -> None:
    with pytest.raises(Refused, match=mend):
        read_model({"m": content}, "m")
