"""A loop's orders over HTTP: found by what and when, each with its why and its proof."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from haihe.log import offline
from haihe.model.time import SECOND, format_instant, parse_instant
from haihe.pack.room import RoomShown, Seen, Steered
from haihe.packs.traffic.room.room import TrafficRoom
from haihe.run.guard import PackFailed
from haihe.serve.access import Grant, Role
from haihe.serve.access.tokens import make_token
from haihe.serve.traffic.kept import KeptRoom, is_same
from tests.serve.avenue import JUNCTION, LANE, NETWORK, Avenue, an_avenue
from tests.serve.world import BASE

LOOP = "traffic.signals"


@pytest.fixture(scope="module")
def avenue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Avenue]:
    with an_avenue(tmp_path_factory.mktemp("orders")) as made:
        made.heads(stage=0)
        made.open_outbound()
        yield made


def orders_of(avenue: Avenue, entity: str = JUNCTION, **asked: str) -> list[dict[str, object]]:
    loop = "traffic.tidal" if entity == LANE else LOOP
    query = "&".join(f"{name}={value}" for name, value in {"entity": entity, **asked}.items())
    found: list[dict[str, object]] = avenue.admin.get(f"/loops/{loop}/orders?{query}")["orders"]
    return found


@pytest.mark.parametrize("entity", [JUNCTION, LANE])
def test_an_order_is_found_and_says_why_with_a_proof_that_holds(
    avenue: Avenue, entity: str, tmp_path: Path
) -> None:
    (newest, *_) = orders_of(avenue, entity)
    name = newest["id"]
    why = avenue.admin.get(f"/orders/{name}/why")
    assert why["order"]["id"] == name
    assert name in why["decision"]["orders"]
    assert why["decision"]["why"]["en"]
    assert why["in_force"]["version"] == "0.1.0"
    assert {one["seen"]["entity"] for one in why["heard"]} == {entity}
    assert {one["mark"] for one in why["heard"]} <= {"good", "late", "ahead"}
    if entity == JUNCTION:
        assert set(newest["order"]["parameters"]) >= {"told", "doubted", "connected"}  # type: ignore[index]  # JSON.
    answer = avenue.admin.ask("GET", f"/orders/{name}/proof")
    path = tmp_path / "bundle.json"
    path.write_bytes(answer.content)
    assert offline.main([str(path), "--key", json.loads(answer.content)["vkey"]]) == 0


def test_orders_are_those_before_an_instant_and_none_before_the_first(avenue: Avenue) -> None:
    every = orders_of(avenue, LANE)
    first = parse_instant(str(every[-1]["dispatched_at"]))
    before = format_instant(first - SECOND).replace("+", "%2B")
    assert orders_of(avenue, LANE, at=before) == []
    assert len(orders_of(avenue, LANE, limit="1")) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/orders/traffic.signals/999999/why", 404),
        ("/orders/traffic.signals/999999/proof", 404),
        ("/orders/traffic-1/1/why", 404),
        ("/orders/nothing/why", 400),
        ("/loops/traffic.none/orders?entity=junction/J0101", 404),
        ("/loops/traffic.signals/orders", 422),
        ("/loops/traffic.signals/orders?entity=junction/J0101&at=soon", 400),
    ],
)
def test_what_there_is_not_is_refused_with_what_to_do(
    avenue: Avenue, path: str, status: int
) -> None:
    answer = avenue.admin.ask("GET", path)
    assert answer.status_code in (status, 400 if status == 422 else status, 422), answer.text
    assert answer.json()["error"]["message"]


def test_who_has_another_pack_sees_no_order_of_this_one(avenue: Avenue) -> None:
    name = orders_of(avenue)[0]["id"]
    other = make_token(avenue.world.folder, "other", grant=Grant((Role.VIEWER,), ("gallery",)))
    avenue.world.app.platform.access.book.look_again()
    for end in ("why", "proof"):
        answer = avenue.world.client.get(
            f"{BASE}/orders/{name}/{end}", headers={"authorization": f"Bearer {other}"}
        )
        assert answer.status_code == 404, answer.text


def test_a_room_is_worked_out_once_for_what_its_loops_decided(avenue: Avenue) -> None:
    kept = avenue.world.app.platform.room
    avenue.admin.get("/traffic/room")
    made = kept.made
    for _ in range(3):
        avenue.admin.get("/traffic/room")
        avenue.admin.get(f"/traffic/room/junctions/{JUNCTION}")
    assert kept.made == made
    avenue.run(10)
    avenue.admin.get("/traffic/room")
    assert kept.made == made + 1


def test_what_is_shown_is_made_anew_when_anything_it_comes_from_is_another() -> None:
    memory, control = object(), object()
    seen = Seen(10 * SECOND, {"signals": Steered(control, memory, frozenset())})
    assert is_same(seen, replace(seen, now=14 * SECOND))
    others = (
        replace(seen, now=15 * SECOND),
        replace(seen, now=9 * SECOND),
        replace(seen, loops={}),
        replace(seen, loops={"signals": Steered(control, object(), frozenset())}),
        replace(seen, loops={"signals": Steered(object(), memory, frozenset())}),
        replace(seen, loops={"signals": Steered(control, memory, frozenset({"x"}))}),
    )
    assert not any(is_same(seen, other) for other in others)


def test_a_room_that_fails_is_kept_by_nobody() -> None:
    class Broken(TrafficRoom):
        def shown(self, seen: Seen) -> RoomShown:
            raise RuntimeError("no room")

    kept = KeptRoom()
    with pytest.raises(PackFailed):
        kept.shown(Broken(NETWORK), Seen(0))
    assert kept.fresh(Broken(NETWORK), Seen(0)) is None
