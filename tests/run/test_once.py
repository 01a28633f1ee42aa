"""What is told twice under one key is done once, also after a restart, and answered the same."""

from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haihe.log.sqlite import SqliteLog
from haihe.model.alarm import Severity
from haihe.model.case import Case
from haihe.model.line import Action, CaseMerged, CaseOpened, Verb
from haihe.run import once
from haihe.run.answered import act_at, as_it_was
from haihe.run.appending import append_facts
from haihe.run.audit import why
from haihe.run.engine import Outcome
from haihe.run.keeping import keep_steps
from haihe.run.once import remember
from haihe.state.desk import Desk
from tests.run.world import a_leak, lines, node_on
from tests.run.zone import T0
from tests.serve.world import a_world

ORDER = "t-1/2"
Told: TypeAlias = tuple[str, str, Verb]


def told(key: str, *, verb: Verb = Verb.NOTE, by: str = "Li", at: int = 1) -> Action:
    return Action(at=at, verb=verb, subject=ORDER, by=by, reason="x", key=key)


def test_a_key_counts_for_its_sender_and_the_oldest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(once, "KEYS_MAX", 2)
    keys: dict[tuple[str, str], int] = {}
    for offset, act in enumerate([told("a"), told(""), told("a", by="Bo"), told("a"), told("b")]):
        remember(keys, act, offset=offset)
    assert keys == {("Bo", "a"): 2, ("Li", "b"): 4}


@given(acts=st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["Li", "Bo"])), max_size=9))
def test_the_fold_depends_on_the_log_alone(acts: list[tuple[str, str]]) -> None:
    whole: dict[tuple[str, str], int] = {}
    for offset, (key, by) in enumerate(acts):
        remember(whole, told(key, by=by), offset=offset)
    firsts = {(by, key): at for at, (key, by) in reversed(list(enumerate(acts)))}
    assert whole == firsts


@pytest.mark.parametrize("with_snapshot", [True, False])
def test_the_same_key_gives_the_same_answer_after_a_restart_too(
    tmp_path: Path, *, with_snapshot: bool
) -> None:
    heads = {"idempotency-key": "phone-7"}
    path = f"/api/v1/orders/{ORDER}/actions"
    accept = {"verb": "accept", "by": "Li"}
    with a_world(tmp_path) as world:
        world.leak()
        first = world.client.post(path, json=accept, headers=heads)
        assert first.status_code == 200
        assert world.post(f"/orders/{ORDER}/actions", {"verb": "report", "by": "Li"})
        if with_snapshot:
            assert world.node.save_snapshot()
    with a_world(tmp_path) as world:
        again = world.client.post(path, json=accept, headers=heads)
        assert (again.status_code, again.json()) == (200, first.json())
        assert again.json()["state"] == "accepted"
        assert world.get("/orders", state="reported")["orders"][0]["id"] == ORDER
        lines = [told.line for told in why(world.node.log, "t-1").timeline]
        acts = [line for line in lines if isinstance(line, Action)]
        assert [(act.verb, act.key) for act in acts] == [("accept", "phone-7"), ("report", "")]


ACTS = st.tuples(st.sampled_from("abc"), st.sampled_from(["Li", "Bo"]), st.sampled_from(Verb))
ROUNDS = st.lists(st.lists(ACTS, max_size=4), max_size=4)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=ROUNDS, again=ROUNDS)
def test_however_often_and_in_whatever_rounds_it_is_told_a_key_is_one_line(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[Told]], again: list[list[Told]]
) -> None:
    folder = tmp_path_factory.mktemp("once")
    said: dict[tuple[str, str], int] = {}
    for life in (rounds, again):  # The node dies in between.
        with node_on(folder) as node:
            if not said:
                a_leak(node)
            for at, acts in enumerate(life):
                answers = [
                    node.tell(told(key, verb=verb, by=by, at=T0 + at)) for key, by, verb in acts
                ]
                node.round()
                for (key, by, _), answer in zip(acts, answers, strict=True):
                    assert said.setdefault((by, key), answer.result()) == answer.result()
            logged = [line for line in lines(node, "fact") if isinstance(line, Action)]
            assert [(act.by, act.key) for act in logged] == list(said)
            assert node.engine.keys == said


def test_a_case_is_found_again_as_it_was(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        case_id = world.leak()
        heads = {"idempotency-key": "k"}
        path = f"/api/v1/cases/{case_id}/actions"
        hold = {"verb": "hold", "reason": "works", "until": world.now(back=-(10**12)), "by": "Li"}
        first = world.client.post(path, json=hold, headers=heads).json()
        assert first["state"] == "held"
        world.post(f"/cases/{case_id}/actions", {"verb": "resume"})
        assert world.client.post(path, json=hold, headers=heads).json() == first
        offset = world.node.engine.keys["Li", "k"]
        assert act_at(world.node.log, offset).verb is Verb.HOLD
        assert as_it_was(world.node.log, "t-99", offset=offset) is None
        with pytest.raises(LookupError):
            act_at(world.node.log, 0)


def opened(case_id: str, *, at: int) -> CaseOpened:
    """A case that an alarm of a rule of its own opened."""
    return CaseOpened(
        at=at,
        case=case_id,
        rule=f"t.{case_id}",
        version="1",
        entity="zone/7",
        severity=Severity.SEVERE,
        due_at=at + 9,
    )


def test_a_case_that_went_on_in_another_is_found_as_it_was_too(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path)
    merged = [
        CaseMerged(at=3, case="t-1", into="t-2", because="a sign of it"),
        CaseMerged(at=4, case="t-2", into="t-3", because="a sign of it"),
    ]
    first = [opened(f"t-{number}", at=number) for number in (1, 2, 3)]
    for steps in (first, merged):
        with log.transaction() as transaction:
            keep_steps(transaction, Outcome(list(steps)), desk=Desk())
    note = Action(at=5, verb=Verb.NOTE, subject="t-1", by="Li", reason="x", key="k")
    with log.transaction() as transaction:
        offset = append_facts(transaction, (note,), items=[], known={})
    found = {number: as_it_was(log, f"t-{number}", offset=offset) for number in (1, 2, 3)}
    states = [(case.state.value, case.into) for case in found.values() if isinstance(case, Case)]
    assert states == [("closed", "t-2"), ("closed", "t-3"), ("open", "")]
    log.close()
