"""The traffic zone's room and loops over the API: what is seen, who may act, what is refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from haihe.log.sqlite import SqliteLog
from haihe.model import HOUR
from haihe.model.time import format_instant
from haihe.pack.room import RoomShown, Seen
from haihe.packs.traffic.room.room import TrafficRoom
from haihe.packs.traffic.streams import SIGNAL_HAND
from haihe.packs.traffic.tidal.control import LANE_HAND
from haihe.run.engine import Engine
from haihe.run.snapshot import restore
from haihe.serve.access import Grant, Role
from haihe.serve.access.tokens import make_token
from tests.serve.avenue import (
    DISPATCHER,
    ENGINEER,
    JUNCTION,
    LANE,
    NETWORK,
    OFFICER,
    PACK,
    VIEWER,
    Avenue,
    an_avenue,
)
from tests.serve.people import PAGE, Person, another
from tests.serve.world import BASE, a_world

ON_LANE, ON_JUNCTION = f"/traffic/room/lanes/{LANE}", f"/traffic/room/junctions/{JUNCTION}"
CLOSE = {"act": "close", "reason": "a truck stands in it"}
HOLD = {"act": "hold", "stage": 2, "reason": "a parade"}


@pytest.fixture(scope="module")
def avenue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Avenue]:
    with an_avenue(tmp_path_factory.mktemp("avenue")) as made:
        made.open_outbound()
        yield made


def who(avenue: Avenue, name: str) -> Person:
    person = Person(avenue.world)
    assert person.sign_in(name) == 201
    return person


def keyed(person: Person, path: str, body: object, *, key: str) -> httpx.Response:
    return person.ask("POST", path, body, {**PAGE, "idempotency-key": key})


def words(avenue: Avenue, stream: str) -> list[tuple[str, str, str]]:
    """Every act in the log, with its name and reason."""
    told = avenue.admin.ask("GET", f"/streams/{stream}").text.splitlines()
    records = [json.loads(line) for line in told]
    return [(one["act"], one["who"], one["reason"]) for one in records]


def test_the_room_tells_of_every_junction_and_lane_in_short(avenue: Avenue) -> None:
    room = avenue.admin.get("/traffic/room")
    assert [loop["name"] for loop in room["loops"]] == ["traffic.tidal", "traffic.signals"]
    assert len(room["junctions"]) == 12
    one = next(each for each in room["junctions"] if each["entity"] == JUNCTION)
    assert (one["stage"], one["charge"], one["waiting_veh"]) == (0, "loop", 12.0)
    assert {head["road"]: head["shows"] for head in one["heads"]}["road/J0101-from-N"] == "green"
    (lane,) = room["lanes"]
    assert (lane["way"], lane["step"], lane["charge"]) == ("outbound", "open", "loop")
    drawn = avenue.admin.get("/traffic/room/map")
    assert {road["entity"] for road in room["roads"]} <= {one["entity"] for one in drawn["roads"]}
    assert drawn["corridors"][0]["junctions"][0] == "junction/J0001"
    at = {one["entity"]: (one["lon"], one["lat"]) for one in drawn["junctions"]}
    assert at["junction/J0000"] == (117.68, 39.07)
    assert at["junction/J0301"][0] > at["junction/J0001"][0]


def test_a_junction_says_what_it_shows_who_decides_and_why(avenue: Avenue) -> None:
    view = avenue.admin.get(ON_JUNCTION)
    state = view["state"]
    assert {head["name"]: head["shows"] for head in state["heads"]}["N-through"] == "green"
    assert [stage["number"] for stage in state["stages"]] == [0, 1, 2, 3]
    assert len(state["queues"]) == 12
    assert state["why"]["en"].startswith("junction J0101")
    assert view["decisions"][0]["orders"][0]["entity"] == JUNCTION


def test_an_open_lane_tells_the_sums_of_turning_it_and_what_would_keep_it_closed(
    avenue: Avenue,
) -> None:
    state = avenue.admin.get(ON_LANE)["state"]
    assert state["lacks"] == []
    assert state["sums"]["pays"] is False
    assert [side["carried_veh_h"] for side in state["sides"]] == [3 * 605.0] * 2
    assert len(state["sides"][0]["expected_veh_h"]) == 12
    assert {one["name"] for one in state["never"]} == {"direct", "traverse", "signs", "hold"}
    assert {one["count"] for one in state["detectors"]} == {1}


@pytest.mark.parametrize(
    ("name", "lane", "junction", "proof"),
    [(OFFICER, 201, 201, 201), (DISPATCHER, 201, 201, 403), (ENGINEER, 403, 403, 403),
     (VIEWER, 403, 403, 403)],
)  # fmt: skip
def test_hands_are_for_those_who_act_and_proof_for_fewer(
    avenue: Avenue, name: str, lane: int, junction: int, proof: int
) -> None:
    person = who(avenue, name)
    given = {"act": "release", "reason": "only a test"}
    assert person.ask("POST", f"{ON_LANE}/hand", given).status_code == lane
    assert person.ask("POST", f"{ON_JUNCTION}/hand", given).status_code == junction
    told = {"reason": "seen by camera"}
    assert person.ask("POST", f"{ON_LANE}/confirm-empty", told).status_code == proof
    assert person.ask("GET", ON_LANE).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{ON_LANE}/hand", {"act": "close"}, 422),
        (f"{ON_LANE}/hand", {"act": "close", "reason": "  "}, 422),
        (f"{ON_LANE}/hand", {"act": "confirm-empty", "reason": "x"}, 422),
        (f"{ON_LANE}/hand", {"act": "close", "reason": "x", "by": "Bo"}, 403),
        (f"{ON_LANE}/hand", {"act": "close", "reason": "x" * 501}, 422),
        (f"{ON_JUNCTION}/hand", {"act": "hold", "reason": "x"}, 422),
        (f"{ON_JUNCTION}/hand", {"act": "hold", "stage": 9, "reason": "x"}, 422),
        (f"{ON_JUNCTION}/hand", {"act": "release", "stage": 1, "reason": "x"}, 422),
        ("/traffic/room/junctions/junction/J9999/hand", HOLD, 404),
        (f"/traffic/room/lanes/{JUNCTION}/hand", CLOSE, 404),
        ("/traffic/room/lanes/lane/none/confirm-empty", {"reason": "x"}, 404),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    avenue: Avenue, path: str, body: dict[str, object], status: int
) -> None:
    before = avenue.world.node.log.next_offset
    answer = who(avenue, OFFICER).ask("POST", path, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["what_to_do"]
    written = [entry.header.stream for entry in avenue.world.node.log.read(before)]
    assert not {SIGNAL_HAND.name, LANE_HAND.name} & set(written)


def test_an_act_that_is_told_twice_under_one_key_is_done_once(avenue: Avenue) -> None:
    person, before = who(avenue, DISPATCHER), len(words(avenue, SIGNAL_HAND.name))
    first = keyed(person, f"{ON_JUNCTION}/hand", HOLD, key="k1")
    again = keyed(person, f"{ON_JUNCTION}/hand", HOLD, key="k1")
    other = keyed(person, f"{ON_JUNCTION}/hand", {**HOLD, "stage": 1}, key="k1")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert (first.json()["is_repeated"], again.json()["is_repeated"]) == (False, True)
    assert other.json()["error"]["code"] == "key-reused"
    assert words(avenue, SIGNAL_HAND.name)[before:] == [("hold", DISPATCHER, "a parade")]
    avenue.run(10)
    state = avenue.admin.get(ON_JUNCTION)["state"]
    assert state["charge"] == "hand"
    held = (state["hold"]["act"], state["hold"]["who"], state["hold"]["reason"])
    assert held == ("hold 2", DISPATCHER, "a parade")
    person.does("POST", f"{ON_JUNCTION}/hand", {"act": "release", "reason": "over"}, status=201)
    avenue.run(10)
    assert avenue.admin.get(ON_JUNCTION)["state"]["hold"] is None


def test_nobody_writes_another_persons_word_but_a_machine_may_tell_its_desks(
    avenue: Avenue,
) -> None:
    record = {"entity": LANE, "act": "release", "who": "Li", "reason": "a test"}
    for name in (ENGINEER, "Ann"):
        person = who(avenue, name)
        answer = person.ask("POST", f"/streams/{LANE_HAND.name}", record)
        assert answer.status_code == 403, answer.text
        assert "/hand" in answer.json()["error"]["what_to_do"]
        put = {"id": f"urn:haihe:{LANE_HAND.name}:{LANE}", "type": LANE_HAND.name,
               "act": {"type": "Property", "value": "release"}}  # fmt: skip
        sent = {**PAGE, "cookie": "; ".join(f"{k}={v}" for k, v in person.cookies.items())}
        by_ngsi = avenue.world.client.ask("POST", "/ngsi-ld/v1/entities", json=put, headers=sent)
        avenue.world.client.forget()
        assert by_ngsi.status_code == 403, by_ngsi.text
    folder = avenue.world.folder
    for number, (packs, status) in enumerate(((("traffic",), 201), (("other",), 403))):
        token = make_token(folder, f"desk-{number}", grant=Grant((Role.SOURCE,), packs))
        avenue.world.app.platform.access.book.look_again()
        heads = {"authorization": f"Bearer {token}"}
        path = f"{BASE}/streams/{LANE_HAND.name}"
        assert avenue.world.client.post(path, json=record, headers=heads).status_code == status


def test_a_token_is_no_person_and_does_not_stand_for_a_lanes_being_empty(avenue: Avenue) -> None:
    wang = who(avenue, OFFICER)
    grant = {"roles": ["officer"]}
    own = wang.does("POST", "/tokens", {"name": "own", "grant": grant}, status=201)["token"]
    nobody = make_token(avenue.world.folder, "bot", grant=Grant((Role.OFFICER,)))
    avenue.world.app.platform.access.book.look_again()
    for token, lane in ((own, 201), (nobody, 403)):
        heads = {"authorization": f"Bearer {token}"}
        body = {"act": "release", "reason": "a test"}
        asked = avenue.world.client.post(f"{BASE}{ON_LANE}/hand", json=body, headers=heads)
        assert asked.status_code == lane, asked.text
        proof = avenue.world.client.post(
            f"{BASE}{ON_LANE}/confirm-empty", json={"reason": "x"}, headers=heads
        )
        assert proof.status_code == 403
    assert "sign in" in proof.json()["error"]["message"] + proof.json()["error"]["what_to_do"]


def test_who_has_some_areas_sees_and_steers_those_alone(avenue: Avenue) -> None:
    part = another(avenue.admin, "Half", Role.OFFICER, areas=[JUNCTION])
    room = part.get("/traffic/room")
    assert [one["entity"] for one in room["junctions"]] == [JUNCTION]
    assert room["lanes"] == []
    assert {one["entity"] for one in room["roads"]} == {
        f"road/J0101-from-{side}" for side in "NESW"
    }
    drawn = part.get("/traffic/room/map")
    assert [one["entity"] for one in drawn["junctions"]] == [JUNCTION]
    assert drawn["lanes"] == []
    assert part.ask("GET", ON_LANE).status_code == 404
    assert part.ask("POST", f"{ON_LANE}/hand", CLOSE).status_code == 404
    until = format_instant(avenue.clock.now() + HOUR)
    whole = {"verb": "shelve", "reason": "x", "until": until}
    assert part.ask("POST", "/loops/traffic.signals/actions", whole).status_code == 403
    other = another(avenue.admin, "Other", Role.OFFICER, packs=["gallery"])
    assert other.ask("GET", "/traffic/room").status_code == 404
    assert other.get("/loops") == []


def test_loops_are_listed_shelved_with_name_and_reason_and_tried_in_shadow(avenue: Avenue) -> None:
    loops = {loop["name"]: loop for loop in avenue.admin.get("/loops?recent=40")}
    tidal = loops["traffic.tidal"]
    assert tidal["failed"] == ""
    assert tidal["decisions"] == tidal["recent"][0]["number"]
    assert any("confirm-empty" in said["why"]["en"] for said in tidal["recent"])
    path = "/loops/traffic.tidal/actions"
    wang, until = who(avenue, OFFICER), format_instant(avenue.clock.now() + HOUR)
    shelf = {"verb": "shelve", "entity": LANE, "reason": "works", "until": until}
    (shown,) = wang.does("POST", path, shelf)["shelved"]
    assert (shown["entity"], shown["by"], shown["reason"]) == (LANE, OFFICER, "works")
    view = avenue.admin.get(ON_LANE)
    assert view["state"]["charge"] == "shelf"
    assert (view["shelved"][0]["by"], view["shelved"][0]["reason"]) == (OFFICER, "works")
    assert wang.ask("POST", path, {"verb": "shadow", "reason": "x"}).status_code == 403
    assert wang.does("POST", path, {"verb": "unshelve", "entity": LANE})["shelved"] == []
    xu = who(avenue, ENGINEER)
    wrong = {"verb": "shadow", "reason": "x", "settings": {"every": 5}}
    assert xu.ask("POST", path, wrong).status_code == 409
    shadow = {"verb": "shadow", "reason": "slower", "settings": {"every": 10_000_000_000}}
    assert xu.does("POST", path, shadow)["shadow"] == {"every": "10000000000"}
    avenue.run(15)
    seen = xu.get("/loops/traffic.tidal/agreement")
    assert seen["rule"] == "traffic.tidal"
    proposal = xu.does("POST", path, {"verb": "propose", "reason": "as good"})["proposal"]
    agree = {"verb": "agree", "sha256": proposal["sha256"]}
    assert xu.ask("POST", path, agree).status_code == 409  # Two people's word.
    agreed = avenue.admin.does("POST", path, agree)
    assert (agreed["version"], agreed["every"]) == ("2", 10_000_000_000)
    back = xu.does("POST", path, {"verb": "step-back", "reason": "as it was"})
    assert back["every"] == 5_000_000_000
    assert xu.ask("GET", "/loops/traffic.none").status_code == 404


def test_what_was_said_and_who_holds_survive_a_snapshot(avenue: Avenue) -> None:
    wang = who(avenue, OFFICER)
    wang.does("POST", f"{ON_LANE}/hand", CLOSE, status=201)
    avenue.run(10)
    until = format_instant(avenue.clock.now() + HOUR)
    shelf = {"verb": "shelve", "entity": JUNCTION, "reason": "works", "until": until}
    wang.does("POST", "/loops/traffic.signals/actions", shelf)
    state = avenue.admin.get(ON_LANE)["state"]
    assert (state["charge"], state["hold"]["act"], state["hold"]["who"]) == (
        "hand", "close", OFFICER,
    )  # fmt: skip
    node = avenue.world.node
    assert node.save_snapshot()
    log = SqliteLog(avenue.world.folder, read_only=True)
    again = Engine([PACK], log.directory)
    assert restore(again, log, folder=avenue.world.folder)
    loops = again.track.loops
    assert loops.spoken == node.engine.track.loops.spoken
    assert loops.spoken["traffic.tidal"].about[LANE]
    assert loops.running["traffic.tidal"].memory.hands[0].who == OFFICER
    kept = again.track.casework.shelved[f"traffic.signals {JUNCTION}"]
    assert (kept.by, kept.reason) == (OFFICER, "works")
    log.close()
    end = {"verb": "unshelve", "entity": JUNCTION}
    wang.does("POST", "/loops/traffic.signals/actions", end)
    wang.does("POST", f"{ON_LANE}/hand", {"act": "release", "reason": "gone"}, status=201)
    avenue.run(10)
    assert avenue.admin.get(ON_LANE)["state"]["hold"] is None


class Broken(TrafficRoom):
    """A room whose code fails."""

    def shown(self, seen: Seen) -> RoomShown:
        raise RuntimeError("no lamp")


def test_a_room_that_fails_is_told_and_a_zone_without_one_has_none(tmp_path: Path) -> None:
    with a_world(tmp_path / "none") as world:
        answer = world.client.get(f"{BASE}/traffic/room")
        assert answer.status_code == 404
        assert world.get("/loops") == []
        assert world.get("/packs")[0]["has_room"] is False
    with a_world(tmp_path / "broken", pack=replace(PACK, room=Broken(NETWORK))) as world:
        answer = world.client.get(f"{BASE}/traffic/room")
        assert answer.status_code == 409
        assert "no lamp" in answer.text


def test_a_loop_that_failed_is_told_and_its_lanes_are_gone(tmp_path: Path) -> None:
    with an_avenue(tmp_path) as made:
        made.world.node.ask(_fail).result(10)
        room = made.admin.get("/traffic/room")
        assert room["lanes"] == []
        assert {one["name"]: one["failed"] for one in room["loops"]}["traffic.tidal"] == "broken"
        assert made.admin.ask("GET", ON_LANE).status_code == 404
        assert made.admin.ask("POST", f"{ON_LANE}/hand", CLOSE).status_code == 404


def _fail(engine: Engine) -> None:
    """As when the control raised."""
    del engine.track.loops.running["traffic.tidal"]
    engine.failed["traffic.tidal"] = "broken"
