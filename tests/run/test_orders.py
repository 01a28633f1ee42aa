"""What orders and cases go through in long random histories, held against rules written anew."""

from collections import Counter, defaultdict
from functools import cache

import pytest

from haihe.model.line import (
    Action,
    CaseClosed,
    CaseJoined,
    CaseMerged,
    CaseMoved,
    CaseOpened,
    Decided,
    Dispatched,
    Escalated,
    OrderMoved,
    Step,
    Verb,
)
from haihe.run.engine import Engine, Told
from tests.run.histories import History, Seeded, begun, of
from tests.run.zone import PACKS

SEEDS = range(20, 36)
# 派单, 送达, 签收, 处置, 反馈, 核查: a step may be left out; only a verifier sends one back.
MAY_FOLLOW = {
    "dispatched": "delivered undelivered accepted handled reported cancelled overtaken",
    "undelivered": "delivered accepted handled reported cancelled overtaken",
    "delivered": "accepted handled reported cancelled",
    "accepted": "handled reported cancelled",
    "handled": "reported cancelled",
    "reported": "verified accepted cancelled",
    "verified": "",
    "cancelled": "",
    "overtaken": "",
}


@cache
def lived(seed: int) -> tuple[History, tuple[Step, ...]]:
    history = of(begun(), Seeded(seed), steps=300)
    return history, tuple(Engine(PACKS, history.directory).take(history.items).steps)


def steps_of(seed: int) -> tuple[Step, ...]:
    return lived(seed)[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_order_only_moves_forward_or_back_by_its_verifier(seed: int) -> None:
    state: dict[str, str] = {}
    for step in steps_of(seed):
        if isinstance(step, Dispatched):
            assert step.id not in state
            state[step.id] = "dispatched"
        elif isinstance(step, OrderMoved):
            assert step.state.value in MAY_FOLLOW[state[step.id]].split()
            state[step.id] = step.state.value


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_verifies_or_sends_back_what_they_had_a_hand_in(seed: int) -> None:
    hands: dict[str, set[str]] = defaultdict(set)
    state: dict[str, str] = {}
    for step in steps_of(seed):
        if isinstance(step, OrderMoved):
            is_judged = state.get(step.id) == "reported" and step.state in ("verified", "accepted")
            if is_judged:
                assert step.by
                assert step.by not in hands[step.id]
            elif step.state in ("accepted", "handled", "reported"):
                hands[step.id].add(step.by)
            state[step.id] = step.state


@pytest.mark.parametrize("seed", SEEDS)
def test_cases_and_orders_are_numbered_without_a_gap_and_each_once(seed: int) -> None:
    cases: Counter[str] = Counter()
    orders: Counter[str] = Counter()
    for step in steps_of(seed):
        if isinstance(step, CaseOpened):
            pack, _, number = step.case.partition("-")
            cases[pack] += 1
            assert int(number) == cases[pack]
        elif isinstance(step, Dispatched):
            orders[step.case] += 1
            assert step.id == f"{step.case}/{orders[step.case]}"
        elif isinstance(step, Decided):
            first = orders[step.case] + 1
            assert step.orders == tuple(
                f"{step.case}/{first + place}" for place in range(len(step.orders))
            )


@pytest.mark.parametrize("seed", SEEDS)
def test_every_order_was_decided_on_and_every_decision_counted(seed: int) -> None:
    promised: set[str] = set()
    numbers: Counter[str] = Counter()
    for step in steps_of(seed):
        if isinstance(step, Decided):
            numbers[step.case] += 1
            assert step.number == numbers[step.case]
            promised |= set(step.orders)
        elif isinstance(step, Dispatched):
            assert step.id in promised


@pytest.mark.parametrize("seed", SEEDS)
def test_a_closed_case_is_not_touched_again_but_for_standing_down(seed: int) -> None:
    closed: set[str] = set()
    for step in steps_of(seed):
        if isinstance(step, CaseOpened | CaseJoined | CaseMoved | CaseClosed):
            assert step.case not in closed
        if isinstance(step, Escalated) and not step.order:
            assert step.case not in closed
        if isinstance(step, CaseClosed):
            closed.add(step.case)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_deadline_is_called_once_and_not_before_its_time(seed: int) -> None:
    due: dict[str, int] = {}
    called: set[str] = set()
    for step in steps_of(seed):
        if isinstance(step, CaseOpened):
            due[step.case] = step.due_at
        elif isinstance(step, Dispatched):
            due[step.id] = step.due_at
        elif isinstance(step, Escalated):
            subject = step.order or step.case
            assert subject not in called
            assert step.at >= step.due_at == due[subject]
            called.add(subject)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_deadline_that_passed_while_it_mattered_was_called(seed: int) -> None:
    """Cases that were never held or shelved: theirs is the plain rule."""
    history, steps = lived(seed)
    due: dict[str, int] = {}
    over: dict[str, int] = {}
    held = {step.case for step in steps if isinstance(step, CaseMoved)}
    for step in steps:
        if isinstance(step, CaseOpened):
            due[step.case] = step.due_at
        elif isinstance(step, CaseClosed | CaseMerged):
            over[step.case] = step.at
    called = {step.case for step in steps if isinstance(step, Escalated) and not step.order}
    for case, due_at in due.items():
        if case not in held:
            assert (case in called) == (due_at <= over.get(case, history.now))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_case_a_person_closed_carries_their_name_and_reason(seed: int) -> None:
    history, steps = lived(seed)
    told = [fact for item in history.items if isinstance(item, Told) for fact in item.facts]
    overrides = {
        (fact.subject, fact.by, fact.reason)
        for fact in told
        if isinstance(fact, Action) and fact.verb is Verb.OVERRIDE
    }
    for step in steps:
        if isinstance(step, CaseClosed) and step.by:
            assert any(
                (step.case, step.by) == (case, by) and reason and reason in step.why.en
                for case, by, reason in overrides
            )
