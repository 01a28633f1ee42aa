"""Cases, orders, rules: what people do to them, under their names, and what is refused."""

import json
from typing import Any

import pytest

from haihe.log import store
from haihe.log.sqlite import Transaction
from haihe.model.line import Action, Verb
from haihe.model.time import DAY
from haihe.serve.access import Role
from tests.serve.world import BASE, World


def refused(world: World, path: str, body: object) -> str:
    """The reason of a 409."""
    answer = world.client.post(BASE + path, json=body)
    assert answer.status_code == 409, answer.text
    return str(answer.json()["error"]["message"])


def test_a_case_is_shown_whole(world: World) -> None:
    case_id = world.leak()
    whole = world.get(f"/cases/{case_id}")
    assert whole["case"]["severity"] == 3
    assert whole["case"]["opened_at"].endswith("Z")
    assert whole["case"]["closed_at"] is None
    assert whole["case"]["why"] == {"zh": "甲烷 35.0，限值 20", "en": "methane 35.0, limit 20"}
    assert [order["order"]["action"] for order in whole["orders"]] == ["fan-start", "inspect"]
    lines = [told["line"]["line"] for told in whole["timeline"]]
    assert lines[:3] == ["case-opened", "alarm-raised", "decided"]
    assert whole["saw"][0]["numbers"] == {"methane": 35}
    assert world.get(f"/cases/{case_id}/why") == whole


def test_an_order_goes_from_hand_to_hand_and_is_verified_by_another(world: World) -> None:
    case_id = world.leak()
    path = f"/orders/{case_id}/2/actions"
    assert world.post(path, {"verb": "accept", "by": "ann"})["state"] == "accepted"
    assert world.post(path, {"verb": "report", "by": "ann", "reason": "seal mended"})["handler"]
    assert "someone else" in refused(world, path, {"verb": "verify", "by": "ann"})
    assert world.post(path, {"verb": "verify", "by": "bo"})["state"] == "verified"
    assert "cannot become" in refused(world, path, {"verb": "accept", "by": "ann"})
    timeline = world.get(f"/cases/{case_id}")["timeline"]
    moved = [(t["line"]["by"], t["line"]["state"]) for t in timeline if "state" in t["line"]]
    assert moved == [("ann", "accepted"), ("ann", "reported"), ("bo", "verified")]


def test_of_two_who_act_at_once_one_is_told_why_not(world: World) -> None:
    case_id = world.leak()
    path = f"{BASE}/orders/{case_id}/2/actions"

    async def both() -> list[Any]:
        first = world.client._client.post(path, json={"verb": "accept", "by": "ann"})
        second = world.client._client.post(path, json={"verb": "accept", "by": "bo"})
        return [await first, await second]

    codes = [answer.status_code for answer in world.client.run(both())]
    assert codes == [200, 409]
    (order,) = [o for o in world.get("/orders")["orders"] if o["id"] == f"{case_id}/2"]
    assert order["handler"] == "ann"


def test_only_the_operator_of_the_machine_may_name_who_acts(world: World) -> None:
    case_id = world.leak()
    headers = {"authorization": f"Bearer {world.give_token(Role.OFFICER)}"}
    path = f"{BASE}/orders/{case_id}/2/actions"
    asked = world.client.post(path, json={"verb": "accept", "by": "bo"}, headers=headers)
    assert asked.status_code == 403
    asked = world.client.post(path, json={"verb": "accept"}, headers=headers)
    assert asked.json()["handler"] == "officer-0-"


def test_a_case_is_held_resumed_annotated_and_closed_by_hand(world: World) -> None:
    case_id = world.leak()
    path = f"/cases/{case_id}/actions"
    until = world.now(back=-DAY)
    assert "reason" in refused(world, path, {"verb": "hold", "until": until})
    assert "future" in refused(
        world, path, {"verb": "hold", "reason": "works", "until": world.now(back=DAY)}
    )
    held = world.post(path, {"verb": "hold", "reason": "works", "until": until})
    assert held["state"] == "held"
    assert world.post(path, {"verb": "resume"})["state"] == "open"
    world.post(path, {"verb": "note", "reason": "gate 3 is open", "by": "ann"})
    timeline = world.get(f"/cases/{case_id}")["timeline"]
    notes = [told["line"] for told in timeline if told["line"].get("verb") == "note"]
    assert [(note["by"], note["reason"]) for note in notes] == [("ann", "gate 3 is open")]
    assert world.post(path, {"verb": "override", "reason": "drill"})["state"] == "closed"
    assert "no open case" in refused(world, path, {"verb": "resume"})
    assert world.get("/cases")["counts"] == {"closed": 1}
    assert world.get("/cases", state="open")["cases"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/cases/t-99/actions", {"verb": "resume"}, 404),
        ("/cases/T 1/actions", {"verb": "resume"}, 400),
        ("/cases/t-1/actions", {"verb": "close"}, 422),
        ("/cases/t-1/actions", {}, 422),
        ("/cases/t-1/actions", {"verb": "note"}, 422),
        ("/cases/t-1/actions", {"verb": "hold", "reason": "x", "until": "tomorrow"}, 422),
        ("/cases/t-1/actions", {"verb": "resume", "by": "a\u0000b"}, 422),
        ("/orders/t-1/99/actions", {"verb": "accept"}, 404),
        ("/orders/t-1/actions", {"verb": "accept"}, 400),
        ("/orders/t-1/1/actions", {"verb": "delivered"}, 422),
        ("/rules/t.none/actions", {"verb": "unshelve"}, 404),
        ("/rules/t.methane-high/actions", {"verb": "hold"}, 422),
    ],
)
def test_an_action_that_cannot_be_is_refused(
    world: World, path: str, body: object, status: int
) -> None:
    world.leak()
    answer = world.client.post(BASE + path, json=body)
    assert answer.status_code == status, answer.text


def test_orders_are_listed_by_state_and_assignee(world: World) -> None:
    world.leak()
    assert [o["order"]["assignee"] for o in world.get("/orders", assignee="crew")["orders"]] == [
        "crew"
    ]
    assert len(world.get("/orders")["orders"]) == 2
    assert world.get("/orders", state="verified")["orders"] == []
    assert world.client.get(f"{BASE}/orders?state=lost").status_code == 400


def test_a_case_brings_its_proof_to_be_checked_offline(world: World) -> None:
    case_id = world.leak()
    answer = world.client.get(f"{BASE}/cases/{case_id}/proof")
    assert answer.status_code == 200
    assert json.loads(answer.content)["format"] == "haihe-proof-1"
    assert f"{case_id}.proof.json" in answer.headers["content-disposition"]
    assert world.client.get(f"{BASE}/cases/t-99/proof").status_code == 404


def test_alarms_stand_until_they_clear(world: World) -> None:
    world.leak()
    (alarm,) = world.get("/alarms")["alarms"]
    assert (alarm["entity"], alarm["value"], alarm["limit"]) == ("zone/7", 35, 20)
    world.post("/streams/t.air", {"entity": "zone/7", "methane": 1}, status=201)
    assert world.get("/alarms")["alarms"] == []


def test_a_shelved_rule_opens_no_case_until_it_is_unshelved(world: World) -> None:
    path = "/rules/t.methane-high/actions"
    shelf = {"verb": "shelve", "reason": "works", "until": world.now(back=-DAY)}
    shown = world.post(path, {**shelf, "entity": "zone/7"})
    assert [each["entity"] for each in shown["shelved"]] == ["zone/7"]
    world.post("/streams/t.air", {"entity": "zone/7", "methane": 40}, status=201)
    assert world.get("/cases")["cases"] == []
    world.leak("zone/8")
    assert world.post(path, {"verb": "unshelve", "entity": "zone/7"})["shelved"] == []
    assert "reason" in refused(world, path, {**shelf, "reason": " "})


def test_a_setting_is_tried_in_shadow_promoted_and_stepped_back(world: World) -> None:
    path = "/rules/t.methane-high/actions"
    assert world.get("/rules/t.methane-high/agreement") is None
    shown = world.post(path, {"verb": "shadow", "settings": {"high": 50}})
    assert shown["shadow"] == {"high": "50"}
    world.leak()
    report = world.get("/rules/t.methane-high/agreement")
    assert (report["both"], len(report["only_live"])) == (0, 1)
    assert "reason" in refused(world, path, {"verb": "propose"})
    shown = world.post(path, {"verb": "propose", "reason": "later is enough", "by": "ann"})
    yes = {"verb": "agree", "sha256": shown["proposal"]["sha256"]}
    assert "another person" in refused(world, path, {**yes, "by": "ann"})
    promoted = world.post(path, {**yes, "by": "bo"})
    assert promoted["proposal"] is None
    assert (promoted["version"], promoted["settings"]) == ("2", {"high": "50"})
    back = world.post(path, {"verb": "step-back", "reason": "too late"})
    assert (back["version"], back["settings"], back["steps_back"]) == ("3", {}, 0)
    assert "nothing to step back to" in refused(world, path, {"verb": "step-back"})
    assert "no shadow" in refused(world, path, {"verb": "unshadow"})


@pytest.mark.parametrize(
    "settings", [{"none": 1}, {"high": "x"}, {"severity": 99}, {"high": None}, {"due_in": 1e17}]
)
def test_a_setting_the_rule_cannot_run_with_never_reaches_the_log(
    world: World, settings: dict[str, object]
) -> None:
    before = world.get("/health")["next_offset"]
    answer = world.client.post(
        f"{BASE}/rules/t.methane-high/actions", json={"verb": "shadow", "settings": settings}
    )
    assert answer.status_code == 409, answer.text
    assert world.get("/health")["next_offset"] == before


def test_an_officer_shelves_a_rule_but_does_not_change_it(world: World) -> None:
    headers = {"authorization": f"Bearer {world.give_token(Role.OFFICER)}"}
    path = f"{BASE}/rules/t.methane-high/actions"
    shelf = {"verb": "shelve", "reason": "works", "until": world.now(back=-DAY)}
    assert world.client.post(path, json=shelf, headers=headers).status_code == 200
    shadow = world.client.post(path, json={"verb": "shadow"}, headers=headers)
    assert shadow.status_code == 403


def test_a_released_record_is_taken_once_with_who_and_why(world: World) -> None:
    answer = world.client.post(
        f"{BASE}/streams/t.air", json={"entity": "zone/7", "methane": 120, "note": "purge"}
    )
    assert (answer.json()["taken"], answer.json()["quarantined"]) == (1, 1)
    (aside,) = world.get("/quarantine")["records"]
    assert aside["field"] == "methane"
    path = f"/quarantine/{aside['offset']}/release"
    assert "reason" in refused(world, path, {})
    release = {"reason": "calibration gas", "by": "ann"}
    assert world.post(path, release, status=201)["taken"] == 1
    assert world.post(path, release)["repeated"] == 1
    text = world.client.get(f"{BASE}/streams/t.air").text
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row.get("methane") for row in rows] == [None, 120]
    assert [row.get("note") for row in rows] == ["purge", None]
    assert world.client.post(f"{BASE}/quarantine/0/release", json=release).status_code == 404


def test_what_cannot_be_read_cannot_be_released(world: World) -> None:
    world.client.post(f"{BASE}/streams/t.air", json={"entity": "zone/7", "methane": "high"})
    world.client.post(f"{BASE}/streams/t.air", content=b"{")
    wrong, broken = world.get("/quarantine")["records"]
    for aside in (wrong, broken):
        path = f"/quarantine/{aside['offset']}/release"
        assert "cannot be taken" in refused(world, path, {"reason": "x"})
    assert world.get("/quarantine", limit=1) == {"records": [wrong], "next": wrong["offset"] + 1}
    rest = world.get("/quarantine", **{"from": wrong["offset"] + 1})
    assert rest == {"records": [broken], "next": None}


def test_a_late_record_is_released_when_somebody_says_that_it_is_true(world: World) -> None:
    wind = {"fields": [{"name": "speed", "unit": "m/s"}], "late_by": DAY}
    world.put("/streams/weather.wind", wind)
    path = "/streams/weather.wind"
    world.post(path, {"entity": "mast/1", "speed": 1}, status=201)
    old = {"entity": "mast/1", "speed": 2, "observed_at": world.now(back=2 * DAY)}
    assert world.client.post(BASE + path, json=old).status_code == 422
    (aside,) = world.get("/quarantine")["records"]
    release = f"/quarantine/{aside['offset']}/release"
    assert "needs a reason" in refused(world, release, {"reason": ""})
    assert world.get("/quarantine")["records"] == [aside]
    assert world.post(release, {"reason": "the gateway was away"}, status=201)["taken"] == 1
    assert world.post(release, {"reason": "and once more"}, status=200)["taken"] == 0


def bury(transaction: Transaction) -> None:
    store.mark_letter(transaction.db, "t-1/1", state=store.DEAD, error="no answer")


def test_a_dead_letter_is_tried_again_when_somebody_lets_it(world: World) -> None:
    case_id = world.leak()
    waiting = world.get("/outbox", state="waiting")
    assert [letter["order"]["id"] for letter in waiting["letters"]] == [
        f"{case_id}/1",
        f"{case_id}/2",
    ]
    path = f"/outbox/{case_id}/1/release"
    assert "dead" in refused(world, path, {})
    receipt = Action(
        at=world.app.platform.moments.next(),
        verb=Verb.UNDELIVERED,
        subject=f"{case_id}/1",
        by="outbox",
        reason="no answer",
    )
    world.node.tell(receipt, beside=bury).result()
    assert world.get("/outbox")["letters"][0]["state"] == "dead"
    released = world.post(path, {"by": "ann", "reason": "gateway is back"})
    assert released["state"] == "waiting"
    assert world.get("/outbox")["letters"] == []
