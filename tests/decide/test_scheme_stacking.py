"""Awards that meet: the highest of a group, and caps that are shared."""

import numpy as np
import pytest

from haihe.decide.scheme.amounts import portions
from haihe.decide.scheme.stacking import Awards, Cap, Group, Scope, Stacking, settle
from haihe.model.text import Text

NAME = Text(zh="规则", en="rule")


def awards(*rows: tuple[int, int, int], persons: tuple[int, ...] = ()) -> Awards:
    """Rows of enterprise, scheme, fen; served in their order."""
    enterprise, scheme, amount = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    count = len(rows)
    return Awards(
        enterprise=enterprise,
        scheme=scheme,
        amount_fen=amount,
        turn=np.arange(count),
        person=np.array(persons or [-1] * count, np.int64),
        year=np.full(count, 2026),
        schemes=("a", "b", "c"),
    )


def cap(limit: int, scope: Scope, *, partial: bool = True) -> Cap:
    return Cap("cap", NAME, limit, scope, ("a", "b"), partial)


def test_of_a_group_only_the_highest_stays_and_of_equals_the_first_named() -> None:
    rules = Stacking(groups=(Group("g", NAME, ("b", "a")),))
    settled = settle(awards((1, 0, 50), (1, 1, 80), (1, 2, 9), (2, 0, 70), (2, 1, 70)), rules)
    assert settled.paid_fen.tolist() == [0, 80, 9, 0, 70]
    assert settled.cut_by.tolist() == [1, 0, 0, 1, 0]


def test_a_legal_person_shares_one_cap_over_schemes() -> None:
    rules = Stacking(caps=(cap(100, Scope.LEGAL_PERSON),))
    settled = settle(awards((1, 0, 60), (1, 1, 60), (2, 0, 60), (1, 2, 60)), rules)
    assert settled.paid_fen.tolist() == [60, 40, 60, 60]


def test_a_pool_is_served_in_turn_and_whole_awards_only_if_it_says_so() -> None:
    rows = awards((1, 0, 60), (2, 1, 60), (3, 0, 30))
    part = settle(rows, Stacking(caps=(cap(100, Scope.POOL),)))
    whole = settle(rows, Stacking(caps=(cap(100, Scope.POOL, partial=False),)))
    assert part.paid_fen.tolist() == [60, 40, 0]
    assert whole.paid_fen.tolist() == [60, 0, 30]


def test_a_person_has_a_cap_wherever_employed_and_what_was_paid_before_counts() -> None:
    rows = awards((1, 0, 60), (2, 0, 60), (2, 1, 5), persons=(7, 7, -1))
    rules = Stacking(caps=(cap(100, Scope.PERSON),))
    assert settle(rows, rules).paid_fen.tolist() == [60, 40, 5]
    spent = {("cap", 2026, 7): 90}
    assert settle(rows, rules, spent=spent).paid_fen.tolist() == [10, 0, 5]


def test_groups_come_before_caps_and_the_last_cut_is_named() -> None:
    rules = Stacking(
        groups=(Group("g", NAME, ("a", "b")),), caps=(cap(50, Scope.POOL), cap(55, Scope.PERSON))
    )
    settled = settle(awards((1, 0, 60), (1, 1, 80), persons=(7, 7)), rules)
    assert settled.paid_fen.tolist() == [0, 50]
    assert settled.cut_by.tolist() == [1, 3]


def test_a_negative_award_is_refused_with_its_amount() -> None:
    with pytest.raises(ValueError, match="an award of -1 fen"):
        settle(awards((1, 0, -1)), Stacking())


def test_a_sum_of_many_large_awards_does_not_overflow() -> None:
    large = 10**17
    rows = awards(*((1, 0, large) for _ in range(200)))
    settled = settle(rows, Stacking(caps=(cap(large + 1, Scope.LEGAL_PERSON),)))
    assert settled.paid_fen.tolist() == [large, 1] + [0] * 198


@pytest.mark.parametrize("amount", [0, 1, 2, 99, 100, 10**17 + 1])
def test_portions_always_add_up_to_the_award(amount: int) -> None:
    assert sum(portions(amount, (333_333, 333_333, 333_334))) == amount
