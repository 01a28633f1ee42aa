"""Alarm quality over HTTP: the report, trials on what was recorded, why one did not fire."""

from typing import Any

import numpy as np

from haihe.model import MINUTE, Rows
from haihe.model.line import Verb
from haihe.model.time import format_instant
from haihe.run.appending import Arrival
from tests.serve.world import BASE, World

RULE = "t.methane-high"
CHATTER = (1, 30, 1, 30, 1, 30, 1, 30, 1)  # Four alarms in as many minutes.


def hear(world: World, *values: float, back: int = 60) -> int:
    """Readings of zone/7, one every half minute, the first some minutes ago; its instant."""
    from_at = world.node.clock.now() - back * MINUTE
    at = from_at + np.arange(len(values), dtype=np.int64) * (MINUTE // 2)
    rows = Rows(
        stream="t.air",
        ids=("zone/7",),
        codes=np.zeros(len(values), dtype=np.int32),
        observed_at=at,
        numbers={"methane": np.array(values, dtype=np.float64)},
        texts={"note": np.full(len(values), None, dtype=object)},
    )
    world.node.submit(Arrival(rows)).result(20)
    return from_at


def refused(world: World, method: str, path: str, **more: Any) -> int:
    return world.client.request(method, BASE + path, **more).status_code


def test_the_report_counts_what_was_asked_of_the_operator(world: World) -> None:
    hear(world, *CHATTER)
    shown = world.get("/alarms/report")
    assert shown["is_behind"] is False
    (operator,) = shown["report"]["operators"]
    assert operator["operator"] == "duty-officer"
    assert (operator["alarms"]["total"], operator["cases"]["total"]) == (4, 1)
    (rule,) = shown["report"]["rules"]
    assert (rule["rule"], rule["shown"], rule["fleeting"], rule["repeating"]) == (RULE, 4, 4, 3)
    (source,) = shown["report"]["sources"]
    assert (source["entity"], source["share"]) == ("zone/7", 1.0)
    titles = [check["title"]["zh"] for check in operator["checks"]]
    assert "抖动与瞬时报警数" in titles


def test_what_would_quieten_a_rule_is_tried_on_the_records(world: World) -> None:
    hear(world, *CHATTER)
    found = world.get(f"/rules/{RULE}/quieting")
    settings = [one["settings"] for one in found["tried"]]
    # All came at one instant of the log's time: whatever outlasts nothing is ten seconds.
    assert {"off_delay": str(10 * 10**9)} in settings
    for one in found["tried"]:
        assert one["change"]["before"]["alarms"] == 4
        assert one["cost"]["confirmed"] == 0


def test_other_settings_are_tried_without_touching_the_rule(world: World) -> None:
    hear(world, 1, 15, 1, 30, 1)
    change = world.post(f"/rules/{RULE}/backtest", {"settings": {"high": 10}})
    assert (change["before"]["alarms"], change["after"]["alarms"]) == (1, 2)
    change = world.post(f"/rules/{RULE}/backtest", {"settings": {"high": 50}})
    assert [one["entity"] for one in change["lost"]] == ["zone/7"]
    assert world.get("/rules")[0]["settings"] == {}
    path = f"/rules/{RULE}/backtest"
    assert refused(world, "POST", path, json={"settings": {"hihg": 1}}) == 409
    assert refused(world, "POST", "/rules/t.nothing/backtest", json={"settings": {}}) == 404


def test_why_it_did_not_fire_is_said_with_its_numbers(world: World) -> None:
    hear(world, 1, 19, 1)
    found = world.get(f"/rules/{RULE}/why-not", entity="zone/7")
    assert found["verdict"] == "calm"
    assert found["nearest"]["value"] == 19
    assert "methane came to 19, high limit 20" in found["why"]["en"]
    path = f"/rules/{RULE}/why-not"
    assert refused(world, "GET", path, params={"entity": "zone/7", "at": "yesterday"}) == 400
    late = {"entity": "zone/7", "from": world.now(), "to": format_instant(0)}
    assert refused(world, "GET", path, params=late) == 400


def test_a_shadow_that_saw_nothing_is_not_promoted(world: World) -> None:
    path = f"/rules/{RULE}/actions"
    world.post(path, {"verb": Verb.SHADOW, "settings": {"high": 25}})
    answer = world.client.post(BASE + path, json={"verb": Verb.PROPOSE, "reason": "so it is"})
    assert answer.status_code == 409
    assert "has seen no record of t.air" in answer.json()["error"]["message"]
    hear(world, 1)
    proposed = world.post(path, {"verb": Verb.PROPOSE, "reason": "so it is", "by": "ann"})
    assert proposed["proposal"]["settings"] == {"high": "25"}
    assert proposed["version"] == "1"


def test_one_trial_runs_at_a_time(world: World) -> None:
    async def both() -> list[int]:
        async with world.app.platform.quality.trial():
            answer = await world.client._client.get(f"{BASE}/rules/{RULE}/quieting")
        return [answer.status_code, int(answer.headers["retry-after"])]

    assert world.client.run(both()) == [429, 10]
