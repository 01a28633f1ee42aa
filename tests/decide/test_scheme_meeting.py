"""Where schemes meet: caps that change, circles, exclusions, each told with clause and mend."""

import numpy as np
import pytest

from haihe.decide.scheme.check import check_library
from haihe.decide.scheme.clause import Step
from haihe.decide.scheme.quantity import parse_day
from haihe.decide.scheme.reading import read_library
from haihe.decide.scheme.stacking import Awards, Cap, Scope, Stacking, settle
from haihe.model.text import Text
from tests.decide.test_scheme_reading import FACTS, HEAD, PAID, conditions

OTHER = HEAD.replace("id: one", "id: two").replace("schemes:\n", "")
NAME = Text(zh="上限", en="cap")


def words(text: str) -> str:
    return "\n".join(str(one) for one in check_library(read_library({"f": FACTS, "one": text})))


def dated_awards(*days: str) -> Awards:
    count = len(days)
    return Awards(
        enterprise=np.arange(count),
        scheme=np.zeros(count, np.int64),
        amount_fen=np.full(count, 60),
        turn=np.arange(count),
        person=np.full(count, -1),
        year=np.array([int(day[:4]) for day in days]),
        schemes=("a",),
        day=np.array([parse_day(day) for day in days]),
    )


STEPS = (Step(parse_day("2026-01-01"), 100), Step(parse_day("2026-07-01"), 150))
DATED = Stacking(caps=(Cap("pool", NAME, 150, Scope.POOL, ("a",), steps=STEPS),))


def test_a_cap_that_changes_within_a_year_counts_what_was_paid_before() -> None:
    days = ("2026-02-01", "2026-03-01", "2026-08-01", "2027-01-02")
    assert settle(dated_awards(*days), DATED).paid_fen.tolist() == [60, 40, 50, 60]


def test_a_cap_that_is_lowered_below_what_was_paid_leaves_nothing() -> None:
    lowered = (Step(parse_day("2026-01-01"), 100), Step(parse_day("2026-07-01"), 50))
    rules = Stacking(caps=(Cap("pool", NAME, 50, Scope.POOL, ("a",), steps=lowered),))
    told = settle(dated_awards("2026-02-01", "2026-08-01"), rules)
    assert told.paid_fen.tolist() == [60, 0]


def test_a_cap_without_a_value_on_the_day_is_refused_and_not_taken_as_none() -> None:
    with pytest.raises(ValueError, match="cap 'pool' has no value on 2025-12-31; let its first"):
        settle(dated_awards("2025-12-31"), DATED)


def test_a_dated_cap_is_read_and_must_begin_with_its_schemes() -> None:
    steps = "[{from: 2026-03-01, is: 6元}, {from: 2027-01-01, is: 3元}]"
    text = HEAD + PAID + f"stacking:\n  - {{id: c, cap: {steps}, per: pool, of: [one]}}\n"
    library = read_library({"f": FACTS, "one": text})
    assert [step.amount for step in library.stacking.caps[0].steps] == [600, 300]
    assert "it has no value from 2026-01-01 on, when 'one' begins; let its first value" in words(
        text
    )


@pytest.mark.parametrize(
    ("rule", "mend"),
    [
        ("cap: [{from: 2026-01-01, is: 6元}, {from: 2026-01-01, is: 3元}]", "values overlap"),
        ("cap: [{from: 2026-01-01, is: -6元}]", "a cap of -600 fen"),
        ("cap: []", "here is no value; give at least one"),
    ],
)
def test_a_dated_cap_that_cannot_be_is_told(rule: str, mend: str) -> None:
    text = HEAD + PAID + f"stacking:\n  - {{id: c, {rule}, per: pool, of: [one]}}\n"
    assert mend in words(text)


@pytest.mark.parametrize(
    ("rule", "mend"),
    [
        ("highest: [one, one]", "'one' is there twice; keep one"),
        ("exclusive: [one]", "it names 1 schemes; name 2 or more"),
        ("cap: 5元, per: pool, of: []", "it names 0 schemes; name 1 or more"),
        ("highest: [one, two]", "there is no scheme 'two'; add it"),
    ],
)
def test_a_group_or_cap_in_which_nothing_can_meet_is_told(rule: str, mend: str) -> None:
    assert f"stacking s: {mend}" in words(HEAD + PAID + f"stacking:\n  - {{id: s, {rule}}}\n")


def test_a_scheme_that_needs_what_it_excludes_is_told() -> None:
    text = HEAD + PAID + OTHER + conditions("{eligible_for: one}") + PAID
    told = words(text + "stacking:\n  - {id: s, exclusive: [one, two]}\n")
    assert "'two' needs 'one', yet only one of them is paid" in told


def test_a_circle_is_told_once_at_its_clause() -> None:
    text = HEAD + conditions("{eligible_for: two}") + PAID
    text += OTHER + conditions("{eligible_for: one}") + PAID
    told = words(text)
    assert told.count("in a circle") == 1
    assert "one, condition c0: schemes refer to each other in a circle: one -> two -> one" in told


def test_a_missing_base_and_a_late_parameter_are_told_with_the_mend() -> None:
    bare = HEAD + "        benefit: {share: 20%}\n"
    assert "one, benefit: 'share' of what? Add 'of:'" in words(bare)
    late = (
        HEAD
        + "        parameters: {p: {kind: money, steps: [{from: 2026-06-01, is: 5元}]}}\n"
        + "        benefit: {amount: {parameter: p}}\n"
    )
    assert "let its first step begin on 2026-01-01 or before" in words(late)


def test_an_issuer_may_have_a_name_in_each_language() -> None:
    text = (HEAD + PAID).replace("id: one\n", "id: one\n    issuer: {zh: 科技局, en: Science}\n")
    (scheme,) = read_library({"f": FACTS, "one": text}).schemes
    assert scheme.issuer == Text(zh="科技局", en="Science")
    plain = (HEAD + PAID).replace("id: one\n", "id: one\n    issuer: 科技局\n")
    assert read_library({"f": FACTS, "one": plain}).schemes[0].issuer == Text(
        zh="科技局", en="科技局"
    )
