"""The interlock: whatever is wished, second by second, the heads stay lawful."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from haihe.model.time import SECOND
from haihe.packs.traffic.interlock import Heads, Interlock, Refusal, Rule
from haihe.packs.traffic.limits import LAWFUL, Limits
from haihe.packs.traffic.network.model import Stage
from haihe.packs.traffic.tables import tables_of
from haihe.packs.traffic.watch import faults_of
from tests.packs.crossing import crossing

SECONDS = 250


def lock(limits: Limits = LAWFUL) -> Interlock:
    return Interlock(tables_of([crossing()], limits))


def shown(
    wishes: list[int], *, limits: Limits = LAWFUL, interlock: Interlock | None = None
) -> tuple[list[str], list[Refusal]]:
    """Heads of each second, and refusals, for one wish a second; the plan stays at stage 0."""
    one = interlock or lock(limits)
    heads = one.start(np.array([0]), at=0)
    lines: list[str] = []
    refused: list[Refusal] = []
    for second, wish in enumerate(wishes):
        now = second * SECOND
        heads, found = one.step(heads, np.array([wish]), local=np.array([0]), now=now)
        refused += found
        lines += one.shown(heads, now=now)
    return lines, refused


def wild(seed: int) -> list[int]:
    return [int(one) for one in np.random.default_rng(seed).integers(-2, 7, SECONDS)]


def kept(wishes: list[int], seconds: int) -> list[int]:
    """Each wish held for some seconds, as a controller on a clock does."""
    return [wish for wish in wishes for _ in range(seconds)][:SECONDS]


@given(some.integers(0, 10_000), some.integers(1, 40))
@settings(max_examples=8, deadline=None)
def test_no_wish_whatever_breaks_a_limit_on_the_street(seed: int, hold: int) -> None:
    lines, _ = shown(kept(wild(seed), hold))
    assert faults_of(crossing(), lines, limits=LAWFUL) == ()


@given(some.integers(0, 10_000), some.integers(1, 40), some.integers(0, 4))
@settings(max_examples=8, deadline=None)
def test_other_limits_are_kept_as_well(seed: int, hold: int, all_red_s: int) -> None:
    limits = Limits(least_green_s=10, most_red_s=0, yellow_s=4, all_red_s=all_red_s, walk=False)
    lines, _ = shown(kept(wild(seed), hold), limits=limits)
    assert faults_of(crossing(), lines, limits=limits) == ()


def without_interlock(wishes: list[int]) -> list[str]:
    """What the street would show if wishes went straight to the heads."""
    signals = lock().tables.signals[0]
    return ["".join("rgG"[one] for one in signals[wish % len(signals)]) for wish in wishes]


def test_without_the_interlock_the_same_wishes_break_limits() -> None:
    faults = faults_of(crossing(), without_interlock(wild(1)), limits=LAWFUL)
    assert {fault.rule for fault in faults} >= {Rule.LEAST_GREEN, Rule.CHANGING}


def test_a_conflicting_stage_is_refused_and_the_plan_taken() -> None:
    bad = crossing()
    both = tuple(
        max(a, b) for a, b in zip(bad.stages[0].signals, bad.stages[2].signals, strict=True)
    )
    bad = replace(bad, stages=(*bad.stages, Stage(both)))
    lines, refused = shown([4] * 20, interlock=Interlock(tables_of([bad], LAWFUL)))
    assert {one.rule for one in refused} == {Rule.CONFLICT}
    assert lines[-1] == "GrrrGrrr"


def test_a_refusal_says_what_was_wished_and_what_came_instead() -> None:
    _, refused = shown([9])
    assert refused[0].rule is Rule.KNOWN
    assert "stage 9" in refused[0].why.en
    assert "stage 0 instead" in refused[0].why.en
    assert "阶段 9" in refused[0].why.zh


def test_a_green_is_never_cut_before_its_least() -> None:
    lines, refused = shown([2] * 30, limits=Limits(least_green_s=12, walk=False, most_red_s=0))
    assert lines[:12] == ["GrrrGrrr"] * 12
    assert lines[12] == "yrrryrrr"
    assert {one.rule for one in refused} == {Rule.LEAST_GREEN}


def test_yellow_then_red_then_the_next_green() -> None:
    lines, _ = shown([2] * 40, limits=Limits(walk=False, clearance=False, most_red_s=0))
    assert lines[6:13] == ["GrrrGrrr"] + ["yrrryrrr"] * 3 + ["rrrrrrrr"] * 2 + ["rrGrrrGr"]


def test_people_on_foot_lengthen_the_least_green() -> None:
    assert lock().tables.least_s[0, 0] > lock(replace(LAWFUL, walk=False)).tables.least_s[0, 0]


def test_nobody_is_red_for_longer_than_the_limit_under_a_stubborn_controller() -> None:
    lines, refused = shown([0] * SECONDS)
    assert any(one.rule is Rule.MOST_RED for one in refused)
    for group in range(8):
        reds = "".join(line[group] for line in lines).replace("y", "G").split("G")
        assert max(map(len, reds)) <= LAWFUL.most_red_s


def test_the_given_order_of_stages_is_kept() -> None:
    ring = crossing()
    after = tuple(replace(one, after=((at - 1) % 4,)) for at, one in enumerate(ring.stages))
    one = Interlock(tables_of([replace(ring, stages=after)], replace(LAWFUL, most_red_s=0)))
    _, refused = shown([2] * 60, interlock=one)
    assert {found.rule for found in refused} == {Rule.LEAST_GREEN, Rule.ORDER}


def test_a_wish_that_changes_its_mind_in_a_change_is_refused() -> None:
    free = Limits(walk=False, most_red_s=0)
    _, refused = shown([0] * 10 + [2, 3, 3], limits=free)
    assert [one.rule for one in refused] == [Rule.CHANGING, Rule.CHANGING]


def test_limits_that_no_signal_can_keep_are_refused() -> None:
    with pytest.raises(ValueError, match="least_green_s is 120"):
        Limits(least_green_s=120)
    with pytest.raises(ValueError, match="negative"):
        Limits(all_red_s=-1)


def test_choices_are_what_would_be_accepted() -> None:
    one = lock(Limits(walk=False))
    heads: Heads = one.start(np.array([0]), at=0)
    assert one.choices(heads, now=SECOND).tolist() == [[True, False, False, False]]
    assert one.choices(heads, now=20 * SECOND).all()
