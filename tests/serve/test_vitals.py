"""Vital signs over HTTP: what is shown, of what it is made, and who sees it."""

from typing import Any

import pytest

from haihe.model.time import DAY, HOUR
from haihe.run.usual import DAYS_NEEDED
from haihe.serve.access import Role
from tests.serve.world import BASE, World

USUAL, NOW = (9.0, 10.0, 11.0), 3.0


def days(world: World, count: int) -> None:
    """Hourly readings of so many days of one zone, and lower ones in the last two hours."""
    told = [
        {"entity": "zone/7", "observed_at": world.now(back=back * HOUR), "methane": value}
        for back in range(24 * count + 3, -1, -1)
        for value in [NOW if back < 2 else USUAL[back // 24 % 3]]
    ]
    world.post("/streams/t.air", told, status=201)


def signs(world: World) -> dict[str, Any]:
    """By field."""
    return {sign["field"]: sign for sign in world.get("/vitals")["signs"]}


def test_a_figure_far_from_the_same_hour_of_other_days_is_named_so(world: World) -> None:
    days(world, DAYS_NEEDED + 2)
    sign = signs(world)["methane"]
    assert (sign["value"], sign["median"]) == (NOW, 10.0)
    assert sign["days"] >= DAYS_NEEDED
    assert (sign["standing"], sign["unit"], sign["pack"]) == ("far-lower", "%LEL", "t")
    assert len(sign["recent"]) == len(sign["usual"]) == 24
    assert sign["recent"][-1] == NOW
    assert sign["usual"][-1] == 10.0


def test_too_little_history_is_said_and_not_guessed_over(world: World) -> None:
    days(world, 2)
    sign = signs(world)["methane"]
    assert (sign["standing"], sign["spreads_away"], sign["value"]) == ("unknown", None, NOW)
    assert 0 < sign["days"] < DAYS_NEEDED == world.get("/vitals")["days_needed"]


def test_the_platforms_own_figures_are_there_from_the_first_hour(world: World) -> None:
    found = signs(world)
    assert set(found) == {"alarms", "cases"}
    assert all(sign["standing"] == "unknown" for sign in found.values())


def test_a_caller_with_another_pack_sees_nothing_of_this_one(world: World) -> None:
    days(world, 1)
    token = world.give_token(Role.VIEWER, packs=("other",))
    answer = world.client.get(f"{BASE}/vitals", headers={"Authorization": f"Bearer {token}"})
    assert [sign["field"] for sign in answer.json()["signs"] if sign["pack"]] == []


@pytest.mark.parametrize("role", [Role.SOURCE, Role.ENTERPRISE])
def test_the_citys_figures_are_not_for_devices_or_enterprises(world: World, role: Role) -> None:
    heads = {"Authorization": f"Bearer {world.give_token(role)}"}
    assert world.client.get(f"{BASE}/vitals", headers=heads).status_code == 403


def test_figures_of_more_than_a_day_ago_alone_have_no_value_now(world: World) -> None:
    record = {"entity": "zone/7", "observed_at": world.now(back=3 * DAY), "methane": 4.0}
    world.post("/streams/t.air", record, status=201)
    sign = signs(world)["methane"]
    assert (sign["value"], sign["standing"]) == (None, "unknown")
