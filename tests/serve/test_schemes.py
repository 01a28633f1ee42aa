"""Schemes over HTTP: each for who may, an enterprise for itself alone, and every award provable."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from haihe.log.checkpoint import verify_checkpoint
from haihe.log.merkle import leaf_hash, verify_inclusion
from haihe.packs.schemes.books import BOOKS
from haihe.run.audit import log_key
from haihe.run.config import Config
from haihe.serve.access import Role
from tests.serve.office import MINE, OTHER, an_office, filing, put_in_force, today
from tests.serve.world import BASE, World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A zone with the schemes pack, its books live, and what is known of two enterprises."""
    with an_office(tmp_path_factory.mktemp("schemes")) as made:
        yield made


def told(world: World, path: str, body: object, *, code: int = 409) -> str:
    """The message of a refusal."""
    answer = world.client.post(BASE + path, json=body)
    assert answer.status_code == code, answer.text
    return str(answer.json()["error"]["message"])


def do(world: World, application: str, outcome: str, by: str) -> dict[str, Any]:
    """Report the open step of an application."""
    (step,) = world.get(f"/schemes/applications/{application}")["now"]
    found: dict[str, Any] = world.post(
        f"/orders/{step['order']}/actions",
        {"verb": "report", "by": by, "outcome": outcome, "reason": "so"},
    )
    return found


def test_the_list_of_schemes_says_whom_they_reach_and_what_they_cost(world: World) -> None:
    shown = world.get("/schemes")
    found = {one["scheme"]: one for one in shown["schemes"]}
    assert shown["enterprises"] == 2
    other = world.get("/schemes", day="2027-02-01")  # The books of that day, today's facts.
    assert (other["day"], other["facts_day"]) == ("2027-02-01", today())
    assert (found["research-grant"]["eligible"], found["research-grant"]["cost_fen"]) == (
        2, 76_000_000,
    )  # fmt: skip
    one = world.get("/schemes/research-grant")
    assert "2000万元" in next(c for c in one["clauses"] if c["name"] == "revenue")["words"]["zh"]
    assert one["by"]["size"][0]["word"] == "small"
    hits = world.get("/schemes/research-grant/enterprises", kind="eligible", limit=1)
    assert (hits["total"], hits["hits"][0]["amount_fen"]) == (2, 38_000_000)
    assert world.client.get(f"{BASE}/schemes/moon").status_code == 404


def test_a_file_shows_each_fact_with_its_source_and_what_conflicts(world: World) -> None:
    world.post(f"/schemes/enterprises/{OTHER}/facts", filing("enterprise", {"staff": 90}))
    shown = world.get(f"/schemes/enterprises/{OTHER}")
    staff = [one for one in shown["facts"] if one["fact"] == "staff"]
    assert [(one["source"], one["given"], one["counts"]) for one in staff] == [
        ("registry", "64", True), ("enterprise", "90", False),
    ]  # fmt: skip
    assert shown["conflicts"] == ["staff"]
    assert "taxes" in shown["missing"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"facts": {"staf": 1}}, "no fact 'staf'"),
        ({"facts": {"size": "gigantic"}}, "none of large"),
        ({"facts": {"revenue": "much"}}, "no amount of money"),
        ({"as_of": "2099-01-01"}, "up to today"),
        ({"as_of": "soon"}, "no day"),
    ],
)
def test_facts_that_cannot_be_are_refused_with_what_could(
    world: World, parts: dict[str, Any], words: str
) -> None:
    body = {**filing("registry", {"staff": 1}), **parts}
    assert words in told(world, f"/schemes/enterprises/{MINE}/facts", body, code=422)


def test_a_code_with_a_slip_of_the_pen_is_refused(world: World) -> None:
    assert "must be" in told(
        world, f"/schemes/enterprises/{MINE[:-1]}9/facts", filing("registry", {}), code=422
    )


def test_a_standing_names_what_to_bring_and_fills_the_form(world: World) -> None:
    shown = world.get(f"/schemes/enterprises/{MINE}/standing")
    found = {one["scheme"]: one for one in shown["offers"]}
    grant = found["research-grant"]
    assert (grant["kind"], grant["amount_fen"]) == ("now", 38_000_000)
    assert grant["bring"] == ["audit-report", "research-ledger"]
    assert grant["prefilled"]["industry"] == "chips"
    assert found["compute-voucher"]["near"] == ""  # Nothing was bought: all of it is missing.
    assert "可享：高新技术企业奖励" in shown["digest"]["zh"]
    ahead = world.get(f"/schemes/enterprises/{MINE}/standing", day="2029-06-01")
    assert "research-grant" not in {one["scheme"] for one in ahead["offers"]}


def test_a_draft_shows_its_effect_and_keeps_nothing(world: World) -> None:
    text = BOOKS["innovation"].replace("is: 200万元", "is: 20万元")
    shown = world.post("/schemes/effect", {"book": "innovation", "text": text})
    assert (shown["cost_fen"], shown["loses"], shown["gains"]) == (-36_000_000, 2, 0)
    assert world.get("/schemes/books/innovation")["versions"][-1]["state"] == "live"
    broken = world.post("/schemes/effect", {"book": "innovation", "text": "schemes: ["})
    assert broken["problems"]
    assert broken["schemes"] == []


def test_a_draft_is_never_pushed_and_its_difference_is_shown(world: World) -> None:
    path = "/schemes/books/innovation/moves"
    text = BOOKS["innovation"].replace("amount: 20万元", "amount: 90万元")
    world.post(path, {"move": "draft", "by": "ann", "text": text})
    diff = world.get("/schemes/books/innovation/diff")
    assert [(one["scheme"], one["clause"]) for one in diff["changes"]] == [
        ("high-tech-reward", "benefit")
    ]
    assert world.get("/schemes")["schemes"][2]["cost_fen"] == 40_000_000
    assert "someone else" in told(world, path, {"move": "final", "by": "ann"})
    world.post(path, {"move": "withdrawn", "by": "ann"})
    assert world.client.get(f"{BASE}/schemes/books/none").status_code == 404


def agree_to_the_list(world: World, made: dict[str, Any]) -> None:
    """Another person agrees to exactly the list that was proposed; whoever else is refused."""
    moves, sha256 = "/schemes/payments/2026-w1/moves", made["proposal"]["sha256"]
    for agreed, words, code in (
        ({"by": "Fin ", "sha256": sha256}, "another person", 409),
        ({"by": "lu", "sha256": "0" * 64}, "look at it again", 409),
        ({"by": "lu"}, "takes the 'sha256'", 422),
        ({"by": "lu", "sha256": sha256, "move": "decline"}, "takes the 'sha256'", 422),
    ):
        assert words in told(world, moves, {"move": "agree", **agreed}, code=code)
    lists = world.post(moves, {"move": "agree", "by": "lu", "sha256": sha256})
    assert lists["proposed"] == []
    assert (lists["payments"][0]["by"], lists["payments"][0]["second"]) == ("fin", "lu")
    assert "nothing is proposed" in told(
        world, moves, {"move": "agree", "by": "lu", "sha256": sha256}, code=404
    )


def test_from_application_to_a_payment_that_is_proven_alone(world: World) -> None:
    ids = []
    for code in (MINE, OTHER):
        body = {"enterprise": code, "scheme": "high-tech-reward", "by": "firm"}
        made = world.post("/schemes/applications", body, status=201)
        name = made["application"]["id"].removeprefix("application/")
        assert made["now"][0]["action"] == "accept"
        assert "already" in told(world, "/schemes/applications", body)
        for outcome, by in (
            ("accept", "ann"),
            ("pass", "bo"),
            ("objected", "ann"),
            ("dismissed", "bo"),
        ):
            do(world, name, outcome, by)
        do(world, name, "approve", "cy")
        ids.append(name)
    body = {"payment": "2026-w1", "by": "fin", "reason": "weekly"}
    made = world.post("/schemes/payments", body, status=201)
    assert (made["awards"], made["total_fen"]) == (2, 40_000_000)
    assert world.get(f"/schemes/applications/{ids[1]}")["payment"] == ""  # One person's word.
    assert "nothing is approved" in told(world, "/schemes/payments", {**body, "payment": "2"})
    agree_to_the_list(world, made)
    assert world.get(f"/schemes/applications/{ids[1]}")["payment"] == "2026-w1"
    proof = world.get("/schemes/payments/2026-w1/proof", application=ids[1])
    assert proof["award"]["amount_fen"] == 20_000_000
    assert MINE not in json.dumps(proof)  # The other award is not shown.
    checkpoint = verify_checkpoint(
        proof["note"], log_key(world.folder, name=Config().name).verifier
    )
    assert (checkpoint.size, checkpoint.root.hex()) == (2, proof["root"])
    leaf, path = leaf_hash(proof["leaf"].encode()), [bytes.fromhex(one) for one in proof["path"]]
    where = {"index": proof["index"], "size": 2, "root": checkpoint.root}
    assert verify_inclusion(leaf, path, **where)
    assert not verify_inclusion(leaf_hash(b"another"), path, **where)
    assert (
        world.client.get(f"{BASE}/schemes/payments/2026-w1/proof?application=x").status_code == 404
    )


def test_a_withdrawn_application_takes_no_more_moves(world: World) -> None:
    body = {"enterprise": MINE, "scheme": "research-grant", "by": "firm"}
    name = world.post("/schemes/applications", body, status=201)["application"]["id"]
    path = f"/schemes/applications/{name.removeprefix('application/')}/moves"
    assert "no open step" in told(world, path, {"move": "supplement", "by": "firm"})
    assert world.post(path, {"move": "withdraw", "by": "firm"})["now"] == []
    assert "nothing more" in told(world, path, {"move": "withdraw", "by": "firm"})
    assert told(world, "/schemes/applications", {**body, "scheme": "moon"}, code=404)


def test_digests_go_out_once_a_period_to_who_agreed(world: World) -> None:
    path = f"/schemes/enterprises/{OTHER}/consents"
    world.post(path, {"purpose": "digest", "agreed": True, "by": OTHER})
    assert world.post("/schemes/digests", {"period": "2026-W10", "by": "lead"}, status=201)
    assert "already" in told(world, "/schemes/digests", {"period": "2026-W10", "by": "lead"})


def test_pools_are_set_and_watched(world: World) -> None:
    answer = world.client.put(
        f"{BASE}/schemes/pools/loan-interest/2026", json={"limit_fen": 100, "by": "fin"}
    )
    (pool,) = answer.json()["pools"]
    assert (pool["limit_fen"], pool["left_fen"]) == (100, 100)
    bad = world.client.put(f"{BASE}/schemes/pools/loan-interest/1926", json={"limit_fen": 1})
    assert bad.status_code == 400
    nobody = world.client.put(f"{BASE}/schemes/pools/moon/2026", json={"limit_fen": 1, "by": "fin"})
    assert nobody.status_code == 404
    assert "in shadow" in nobody.text


TALENT = """schemes:
  - {id: talent, zh: 人才奖励, en: Reward for talent, issuer: {zh: 局, en: Bureau},
     versions: [{from: 2026-01-01, status: final, publish: 0,
       conditions: [{id: here, zh: 本区, en: here, require: {fact: registered_here, is: yes}}],
       benefit: {amount: 8万元}}]}
stacking:
  - {id: each, zh: 单人最高10万元, en: at most 100000 a person, cap: 10万元, per: person,
     of: [talent]}
"""


def test_what_caps_one_person_names_whom_and_counts_over_all_firms(world: World) -> None:
    put_in_force(world, "talent", text=TALENT)
    (offer,) = [
        one
        for one in world.get(f"/schemes/enterprises/{MINE}/standing")["offers"]
        if one["scheme"] == "talent"
    ]
    assert offer["per_person"]
    body = {"enterprise": MINE, "scheme": "talent", "by": "firm"}
    assert "name whom" in told(world, "/schemes/applications", body, code=422)
    plain = {**body, "scheme": "graduate-hiring", "person": "Z1"}
    assert "does not count by person" in told(world, "/schemes/applications", plain, code=422)
    given = []
    for code, person in ((MINE, "z 1"), (MINE, "Z2"), (OTHER, "Z1")):
        made = world.post(
            "/schemes/applications", {**body, "enterprise": code, "person": person}, status=201
        )
        name = made["application"]["id"].removeprefix("application/")
        assert made["application"]["person"] == person.replace(" ", "").upper()
        for outcome, by in (("accept", "ann"), ("pass", "bo"), ("approve", "cy")):
            do(world, name, outcome, by)
        given.append(world.get(f"/schemes/applications/{name}")["application"]["amount_fen"])
    assert given == [8_000_000, 8_000_000, 2_000_000]  # Z1 had 80,000 of 100,000 elsewhere.
    again = {**body, "person": "Z2"}
    assert "asks for 'talent' already" in told(world, "/schemes/applications", again)


def test_an_application_by_stream_that_names_nobody_is_refused(world: World) -> None:
    record = {"entity": "application/nobody", "enterprise": MINE, "scheme": "talent"}
    world.post("/streams/schemes.application", record, status=201)
    shown = world.get("/schemes/applications/nobody")["application"]
    assert shown["stage"] == "refused"


def test_who_is_refused_is_told_why_and_the_queue_knows_whose_turn_it_is(world: World) -> None:
    body = {"enterprise": OTHER, "scheme": "graduate-hiring", "by": "li"}
    world.post(f"/schemes/enterprises/{OTHER}/facts", filing("registry", {"graduates": 3}))
    asked = world.post("/schemes/applications", body, status=201)["application"]["id"]
    name = asked.removeprefix("application/")
    shown = world.get("/schemes/applications", turn="office", sort="due", find=OTHER[-6:].lower())
    assert asked in [one["id"] for one in shown["applications"]]
    assert {one["enterprise"] for one in shown["applications"]} == {OTHER}
    assert shown["titles"][OTHER]["zh"]
    assert shown["turns"]["office"] >= 1
    (step,) = world.get(f"/schemes/applications/{name}")["now"]
    assert step["asks_reason"] == ["supplement", "refuse"]
    path = f"/orders/{step['order']}/actions"
    refusal = {"verb": "report", "by": "ann", "outcome": "refuse", "reason": "  "}
    assert "says nothing of why" in told(world, path, refusal, code=422)
    world.post(path, {**refusal, "reason": "社保记录与申报人数不符。"})
    life = world.get(f"/schemes/applications/{name}")["application"]
    told_so = [one["words"] for one in life["steps"] if one["action"] == "refused"]
    assert (life["stage"], told_so[0]) == ("refused", "社保记录与申报人数不符")
    for turn in ("office", "over"):
        found = world.get("/schemes/applications", turn=turn, find=OTHER)["applications"]
        assert (asked in [one["id"] for one in found]) == (turn == "over")


def test_an_enterprise_sees_and_does_what_is_its_own(world: World) -> None:
    firm = world.give_token(Role.ENTERPRISE, owner=MINE)
    ask = {"headers": {"authorization": f"Bearer {firm}"}}
    get, post = world.client.get, world.client.post
    assert get(f"{BASE}/schemes/enterprises/{MINE}/standing", **ask).status_code == 200
    assert get(f"{BASE}/schemes/enterprises/{OTHER}", **ask).status_code == 404
    assert get(f"{BASE}/schemes/enterprises", **ask).json()["total"] == 1
    mine = get(f"{BASE}/schemes/applications", **ask).json()["applications"]
    assert {one["enterprise"] for one in mine} == {MINE}
    assert get(f"{BASE}/schemes/books", **ask).status_code == 403
    path = f"{BASE}/schemes/enterprises/{MINE}/facts"
    body = {"source": "registry", "as_of": today(), "facts": {"staff": 1}}
    assert post(path, json=body, **ask).status_code == 403
    assert post(path, json={**body, "source": "enterprise"}, **ask).status_code == 200
    other = {"enterprise": OTHER, "scheme": "loan-interest"}
    assert post(f"{BASE}/schemes/applications", json=other, **ask).status_code == 404
