"""Entities told many at once. Expected answers: ETSI GS CIM 009, 5.6.7 to 5.6.10, 6.14 to 6.17."""

from typing import Any

import pytest

from tests.serve.ngsi.broker import Broker, number, room

ONE, TWO, THREE = (f"urn:ngsi-ld:Room:{at}" for at in (1, 2, 3))


def batch(broker: Broker, verb: str, sent: Any, *, status: int, **query: Any) -> Any:
    """What a batch operation answers."""
    return broker.done("POST", f"/entityOperations/{verb}", body=sent, status=status, **query)


def test_a_batch_creates_what_is_new_and_names_what_is_not(broker: Broker) -> None:
    assert batch(broker, "create", [room(1), room(2)], status=201) == [ONE, TWO]
    answer = batch(broker, "create", [room(2), room(3), room(3), {"id": "x"}], status=207)
    assert answer["success"] == [THREE]
    failed = {one["entityId"]: one["error"]["type"].rpartition("/")[2] for one in answer["errors"]}
    assert failed == {TWO: "AlreadyExists", THREE: "AlreadyExists", "x": "BadRequestData"}


def test_an_upsert_replaces_or_updates(broker: Broker) -> None:
    first = [room(1, heat=number(1)), room(2, heat=number(1))]
    assert batch(broker, "upsert", first, status=201) == [ONE, TWO]
    batch(broker, "upsert", [room(1, size=number(5))], status=204)
    batch(broker, "upsert", [room(2, size=number(5))], status=204, options="update")
    assert broker.get(ONE) == room(1, size=number(5))
    assert broker.get(TWO) == room(2, heat=number(1), size=number(5))
    assert batch(broker, "upsert", [room(2), room(3)], status=201) == [THREE]
    refused = broker.refused(
        "POST", "/entityOperations/upsert", body=first, status=400, options="both"
    )
    assert refused == "BadRequestData"


def test_the_last_of_one_entity_in_a_batch_holds(broker: Broker) -> None:
    batch(broker, "upsert", [room(1, heat=number(1)), room(1, heat=number(2))], status=201)
    assert broker.get(ONE)["heat"] == number(2)


def test_a_batch_update_changes_only_what_exists(broker: Broker) -> None:
    broker.create(room(1, heat=number(1)))
    sent = [room(1, heat=number(2), size=number(3)), room(2, heat=number(2))]
    answer = batch(broker, "update", sent, status=207)
    assert answer["success"] == [ONE]
    assert [one["entityId"] for one in answer["errors"]] == [TWO]
    batch(broker, "update", sent[:1], status=207, options="noOverwrite")
    assert broker.get(ONE) == room(1, heat=number(2), size=number(3))


def test_a_batch_merge_takes_away_by_null(broker: Broker) -> None:
    broker.create(room(1, heat=number(1), size=number(2)))
    batch(broker, "merge", [{"id": ONE, "heat": "urn:ngsi-ld:null"}], status=204)
    assert broker.get(ONE) == room(1, size=number(2))


def test_a_batch_deletes_by_id(broker: Broker) -> None:
    batch(broker, "create", [room(1), room(2)], status=201)
    batch(broker, "delete", [ONE], status=204)
    answer = batch(broker, "delete", [ONE, TWO, "no uri", 5], status=207)
    assert answer["success"] == [TWO]
    assert [one["entityId"] for one in answer["errors"]] == [ONE, "no uri", ""]


@pytest.mark.parametrize("verb", ["create", "upsert", "update", "merge", "delete"])
@pytest.mark.parametrize("sent", [{}, [], 5, "text", None])
def test_a_body_that_is_no_batch_is_refused(broker: Broker, verb: str, sent: Any) -> None:
    content = b"null" if sent is None else None
    answer = broker.world.client.post(
        f"/ngsi-ld/v1/entityOperations/{verb}",
        **({"content": content} if content else {"json": sent}),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("BadRequestData")


def test_documents_outlive_the_server(broker: Broker) -> None:
    batch(broker, "create", [room(1, heat=number(7)), room(2)], status=201)
    batch(broker, "delete", [TWO], status=204)
    world = broker.world
    before = world.get("/health")["next_offset"]
    world.node.save_snapshot()
    assert broker.get(ONE) == room(1, heat=number(7))
    assert world.get("/health")["next_offset"] == before
    assert [one["id"] for one in broker.find(type="Room")] == [ONE]
