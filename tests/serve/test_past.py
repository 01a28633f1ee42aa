"""The past over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from haihe.model.time import MINUTE
from tests.serve.world import BASE, World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as found:
        yield found


def send(world: World, values: list[float]) -> None:
    """One reading a minute, the last one now."""
    for age, value in zip(range(len(values) - 1, -1, -1), values, strict=True):
        record = {
            "entity": "zone/7",
            "observed_at": world.now(back=age * MINUTE),
            "methane": value,
        }
        world.post("/streams/t.air", record, status=201)


def test_an_entitys_records_come_back_in_order_of_time(world: World) -> None:
    send(world, [1.0, 2.0, 3.0])
    found = world.get("/history/t.air", entity="zone/7")["records"]
    assert [record["methane"] for record in found] == [1.0, 2.0, 3.0]
    assert found[0]["observed_at"].endswith("Z")
    since = world.now(back=90 * MINUTE // 60)
    assert len(world.get("/history/t.air", entity="zone/7", **{"from": since})["records"]) == 2
    assert len(world.get("/history/t.air", entity="zone/7", limit=1)["records"]) == 1


def test_buckets_hold_what_a_hand_would_count(world: World) -> None:
    send(world, [1.0, 2.0, 6.0])
    query = {"entity": "zone/7", "field": "methane", "every": 86400}
    (bucket,) = world.get("/history/t.air/series", **query)["buckets"]
    found = {name: bucket[name] for name in ("count", "min", "mean", "max", "last")}
    assert found == {"count": 3, "min": 1.0, "mean": 3.0, "max": 6.0, "last": 6.0}


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/history/no.such?entity=zone/7", 404, "not declared"),
        ("/history/t.air", 400, "entity"),
        ("/history/t.air?entity=zone/7&from=yesterday", 400, "is not an instant"),
        ("/history/t.air?entity=zone/7&from=2099-01-01T00:00:00Z", 400, "must lie before"),
        ("/history/t.air/series?entity=zone/7&field=nope", 400, "has no field 'nope'"),
        ("/history/t.air/series?entity=zone/7&field=methane&every=0", 400, "every"),
    ],
)
def test_a_wrong_question_is_told_what_was_expected(
    world: World, path: str, status: int, words: str
) -> None:
    answer = world.client.get(BASE + path)
    assert answer.status_code == status, answer.text
    assert words in answer.text


def test_an_entity_that_never_spoke_has_no_past(world: World) -> None:
    assert world.get("/history/t.air", entity="zone/99") == {"records": []}
