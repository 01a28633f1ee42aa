"""Who may read and write entities: the same tokens and roles as everywhere."""

import pytest

from haihe.serve.access import Role
from tests.serve.ngsi.broker import BASE, Broker, number, room
from tests.serve.world import World

ROOM = "urn:ngsi-ld:Room:1"
TITLE = {"zh": "房", "en": "room"}


def bearer(world: World, role: Role, packs: tuple[str, ...] = ()) -> dict[str, str]:
    return {"authorization": f"Bearer {world.give_token(role, packs=packs)}"}


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [
        (Role.VIEWER, 200, 403),
        (Role.OFFICER, 200, 403),
        (Role.ENGINEER, 200, 201),
        (Role.ADMIN, 200, 201),
        (Role.SOURCE, 403, 201),
        (Role.ENTERPRISE, 404, 403),
    ],
)
def test_a_role_reads_or_writes(
    world: World, broker: Broker, role: Role, reads: int, writes: int
) -> None:
    broker.create(room())
    heads = bearer(world, role)
    assert broker.ask("GET", f"/entities/{ROOM}", headers=heads).status_code == reads
    written = broker.ask("POST", "/entities", body=room(2), headers=heads)
    assert written.status_code == writes, written.text
    assert broker.ask("GET", f"/entities/{ROOM}").status_code == 401


def test_an_enterprise_sees_only_itself_and_every_look_at_it_is_noted(
    world: World, broker: Broker
) -> None:
    broker.create(room(1))
    broker.create(room(2))
    world.put(f"/entities/{ROOM}", {"title": TITLE, "owner": "acme"})
    world.post("/streams/t.air", {"entity": "zone/7", "methane": 1}, status=201)
    world.post("/streams/t.air", {"entity": "zone/8", "methane": 1}, status=201)
    world.put("/entities/zone/7", {"title": TITLE, "owner": "acme"})
    before = world.get("/live/haihe.access")["total"]
    heads = bearer(world, Role.ENTERPRISE)
    assert broker.ids(type="Room", headers=heads) == ["1"]
    assert [one["id"] for one in broker.find(type="t.air", headers=heads)] == [
        "urn:ngsi-ld:t.air:zone/7"
    ]
    assert broker.get(ROOM, headers=heads)["id"] == ROOM
    broker.refused("GET", "/entities/urn:ngsi-ld:Room:2", headers=heads, status=404)
    broker.refused("GET", "/entities/urn:ngsi-ld:t.air:zone%2F8", headers=heads, status=404)
    admin = bearer(world, Role.ADMIN)
    noted = world.client.get("/api/v1/live/haihe.access", headers=admin).json()["total"]
    assert noted > before


def test_a_token_for_some_packs_reaches_only_those(world: World, broker: Broker) -> None:
    broker.create(room())
    world.post("/streams/t.air", {"entity": "urn:ngsi-ld:Air:1", "methane": 1}, status=201)
    heads = bearer(world, Role.ENGINEER, packs=("t",))
    assert broker.ids(type="Room", headers=heads) == []
    assert broker.ids(type="t.air", headers=heads) == ["1"]
    assert broker.ask("POST", "/entities", body=room(3), headers=heads).status_code == 403
    assert broker.ask("DELETE", f"/entities/{ROOM}", headers=heads).status_code == 403
    sent = [room(3), {"id": "urn:ngsi-ld:Air:2", "type": "t.air", "methane": number(3)}]
    answer = broker.done("POST", "/entityOperations/upsert", body=sent, headers=heads, status=207)
    assert answer["success"] == ["urn:ngsi-ld:Air:2"]
    assert answer["errors"][0]["error"]["status"] == 403


def test_a_page_of_another_site_changes_nothing(world: World) -> None:
    heads = {"origin": "https://evil.example"}
    answer = world.client.post(f"{BASE}/entities", json=room(), headers=heads)
    assert answer.status_code == 403
    assert answer.json()["status"] == 403
