"""What is told twice under one key is done once, also after a restart, and answered the same."""

from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haihe.model.line import Action, Verb
from haihe.run import once
from haihe.run.answered import act_at, as_it_was
from haihe.run.audit import why
from haihe.run.once import remember
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
