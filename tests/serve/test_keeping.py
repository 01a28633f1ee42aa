"""What is kept how long, and where orders leave: shown, changed for a reason, tried out."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from haihe.errors import SinkFailed
from haihe.model.decision import WorkOrder
from haihe.model.line import Action, Verb, decode_lines
from haihe.model.time import DAY
from haihe.run.outbox import Carrier, Route
from haihe.run.retaining import Kept
from haihe.serve.access import Role
from haihe.serve.settings import Services
from tests.serve.world import BASE, World, a_world


@dataclass
class Post:
    """A sink that fails for as long as it is told to."""

    name: str
    error: str = ""
    taken: list[WorkOrder] = field(default_factory=list)

    def send(self, order: WorkOrder) -> None:
        if self.error:
            raise SinkFailed(self.error)
        self.taken.append(order)


def actions(world: World) -> list[Action]:
    found = [
        line
        for entry in world.node.log.read(0, streams=("fact",))
        for line in decode_lines(entry.body or b"")
    ]
    return [line for line in found if isinstance(line, Action)]


def test_retention_is_changed_for_a_reason_and_the_log_says_whose(world: World) -> None:
    shown = world.get("/retention")
    assert (shown["days"], shown["rollups_days"], shown["by"], shown["at"]) == (0, 0, "", None)
    assert shown["log_bytes"] > 0
    body = {"days": 30, "rollups_days": 400, "reason": "规定", "by": "ann"}
    changed = world.put("/retention", body, status=200)
    assert (changed["days"], changed["rollups_days"], changed["by"]) == (30, 400, "ann")
    assert world.node.engine.kept == Kept(30, 400, "ann", "规定", actions(world)[-1].at)
    for bad, status in (
        ({"days": 30, "rollups_days": 0, "reason": " "}, 409),
        ({"days": 30, "rollups_days": 7, "reason": "x"}, 409),
        ({"days": 0, "rollups_days": 7, "reason": "x"}, 409),
        ({"days": -1, "rollups_days": 7, "reason": "x"}, 422),
        ({"days": 30}, 422),
    ):
        assert world.client.put(f"{BASE}/retention", json=bad).status_code == status, bad
    assert world.get("/retention")["days"] == 30


def test_each_sink_shows_how_it_does_and_what_waits(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        fans, rest = Post("webhook fans.example", error="no answer"), Post("console")
        carrier = Carrier(world.node, (Route("gate*", fans), Route("*", rest)))
        services = Services(carrier=carrier)
        object.__setattr__(world.app.platform.settings, "services", services)
        world.leak()
        assert carrier.carry(now=2 * DAY) == 2
        first, second = world.get("/sinks")
        assert (first["name"], first["assignees"]) == ("webhook fans.example", "gate*")
        assert (first["sent"], first["error"], first["waiting"]) == (0, "no answer", 1)
        assert first["failed_at"] is not None
        assert (second["sent"], second["error"], second["waiting"]) == (1, "", 0)
        assert world.post("/sinks/0/test", {"reason": "new firewall"})["error"] == "no answer"
        fans.error = ""
        assert world.post("/sinks/0/test", {"by": "ann"})["error"] == ""
        (test,) = fans.taken
        assert (test.order.action, test.case) == ("test", "test")
        told = [action for action in actions(world) if action.verb is Verb.NOTE]
        assert [action.subject for action in told] == ["sink 0 webhook fans.example"] * 2
        assert told[0].reason == "new firewall test message: no answer"
        assert world.client.post(f"{BASE}/sinks/2/test", json={}).status_code == 404


def test_an_administrator_of_a_part_neither_keeps_nor_sends(world: World) -> None:
    heads = {"authorization": f"Bearer {world.give_token(Role.ADMIN, packs=('t',))}"}
    body = {"days": 1, "rollups_days": 1, "reason": "x"}
    assert world.client.put(f"{BASE}/retention", json=body, headers=heads).status_code == 403
    assert world.client.post(f"{BASE}/sinks/0/test", json={}, headers=heads).status_code == 403
    assert world.node.engine.kept is None


def test_where_nothing_leaves_there_is_no_sink(world: World) -> None:
    assert world.get("/sinks") == []
    assert world.client.post(f"{BASE}/sinks/0/test", json={}).status_code == 404


@pytest.mark.parametrize("days", ["x", "", "1.5", "-1"])
def test_a_word_that_is_no_number_of_days_changes_nothing(world: World, days: str) -> None:
    told = {"days": days, "rollups_days": "0"}
    at = world.app.platform.moments.next()
    action = Action(at=at, verb=Verb.KEEP, subject="retention", by="x", reason="y", settings=told)
    world.node.tell(action).result(10)
    assert world.node.engine.kept is None
