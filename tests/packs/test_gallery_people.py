"""The gallery's people: out by name, hot work stopped, patrols proven; and their twin."""

import dataclasses
from collections.abc import Iterator
from functools import cache

import pytest

from haihe.model import (
    MINUTE,
    SECOND,
    Alarm,
    Case,
    CaseState,
    Entity,
    Observation,
    Order,
    Settled,
    Severity,
)
from haihe.model.line import AlarmRaised, CaseClosed, Dispatched, Step
from haihe.pack import Playbook
from haihe.packs.gallery import GalleryTwin, pack
from haihe.packs.gallery.people import PEOPLE_PLAYBOOKS
from haihe.packs.gallery.people_out import is_proven_good, roll_of
from haihe.run.check.day import noticed, run_day
from haihe.run.closure import gap_of
from haihe.twin import Fault

START_AT = 1_767_225_600 * SECOND  # 2026-01-01T08:00:00+08:00.
CALM = {"methane": 0.8, "oxygen": 20.9, "h2s": 0.4, "co": 1.5, "temperature": 18.0}
PLAYBOOKS = {playbook.name: playbook for playbook in pack.playbooks}


class FakeView:
    """A gallery of eight zones, with the records one asks for."""

    def __init__(self, *seen: Observation, age: int = 0) -> None:
        self._entities = {entity.id: entity for entity in entities()}
        self._seen = {(one.stream, one.entity): one for one in seen}
        self._age = age

    @property
    def now(self) -> int:
        return START_AT + self._age

    def latest(self, stream: str, entity: str) -> Observation | None:
        return self._seen.get((stream, entity))

    def entity(self, entity: str) -> Entity | None:
        return self._entities.get(entity)

    def related(self, entity: str, relation: str) -> tuple[str, ...]:
        known = self._entities.get(entity)
        return known.relations.get(relation, ()) if known else ()

    def neighbours(self, entity: str) -> tuple[str, ...]:
        return self.related(entity, "neighbour")


@cache
def entities() -> tuple[Entity, ...]:
    return GalleryTwin(1, zones=8).entities()


def board(zone: str, count: float, who: str = "", *, permits: str = "") -> Observation:
    numbers = {"count": count, "unpermitted": 0.0, "evacuating": 1.0, "to_leave": 0.0}
    return Observation("gallery.board", zone, START_AT, numbers, {"who": who, "permits": permits})


def good(zone: str, **changed: float) -> Iterator[Observation]:
    yield Observation("gallery.air", zone, START_AT, {**CALM, **changed}, {})
    yield Observation("gallery.water", zone, START_AT, {"level": 0.6}, {})


def a_case(playbook: Playbook, entity: str) -> Case:
    alarm = Alarm(
        rule=pack.rule(playbook), entity=entity, stream=playbook.stream.name, field="",
        severity=Severity.SEVERE, value=30.0, limit=20.0, observed_at=START_AT,
        raised_at=START_AT, offset=5,
    )  # fmt: skip
    return Case(
        id="gallery-1", rule=alarm.rule, version="1", entity=entity, entities=(entity,),
        severity=alarm.severity, state=CaseState.OPEN, opened_at=START_AT,
        due_at=START_AT + playbook.due_in, alarms=(alarm,),
    )  # fmt: skip


def given(name: str, view: FakeView, *, entity: str = "zone/4") -> dict[str, Order]:
    decision = PLAYBOOKS[name].decide(a_case(PLAYBOOKS[name], entity), view)
    return {order.key: order for order in decision.orders}


# ---- who is inside ----


def test_a_zone_without_a_roll_counts_as_occupied() -> None:
    roll = roll_of("zone/4", FakeView())
    assert roll.count is None
    assert not roll.is_empty


def test_an_old_roll_gives_the_names_but_not_the_number() -> None:
    view = FakeView(board("zone/4", 0.0, "person/1;person/2"), age=6 * MINUTE)
    roll = roll_of("zone/4", view)
    assert (roll.count, roll.who) == (None, ("person/1", "person/2"))


def test_a_tag_on_the_roll_is_called_even_if_the_count_says_nobody() -> None:
    view = FakeView(board("zone/4", 0.0, "person/3"), *map(nobody, ("zone/3", "zone/5")))
    assert "evacuate person/3" in given("methane-high", view)


def nobody(zone: str) -> Observation:
    return board(zone, 0.0)


def test_people_come_before_fans_and_valves() -> None:
    view = FakeView(board("zone/4", 2.0, "person/3;person/4", permits="permit/1"))
    keys = list(given("methane-high", view))
    people = [keys.index(key) for key in ("evacuate zone/4", "permit-suspend permit/1")]
    assert max(people) < keys.index("fan-start zone/4")


def test_loudspeakers_and_the_permit_desk_answer_by_themselves_and_heads_are_counted_by_two() -> (
    None
):
    view = FakeView(board("zone/4", 1.0, "person/3", permits="permit/1"))
    orders = given("oxygen-low", view)
    assert orders["evacuate person/3"].settled is Settled.BY_RECEIPT
    assert orders["permit-suspend permit/1"].assignee == "gallery-permits"
    assert orders["head-count zone/4"].settled is Settled.BY_VERIFICATION
    assert orders["head-count zone/4"].parameters == {"who": "person/3"}


def test_open_permits_of_an_empty_zone_are_suspended_all_the_same() -> None:
    rolls = (board(f"zone/{number}", 0.0, permits=f"permit/{number}") for number in (3, 4, 5))
    keys = given("methane-high", FakeView(*rolls))
    assert "permit-suspend permit/3" in keys
    assert not any(key.startswith(("evacuate", "head-count")) for key in keys)


def test_no_playbook_of_the_pack_ever_resumes_a_permit() -> None:
    view = FakeView(board("zone/4", 1.0, "person/3", permits="permit/1"))
    for name, playbook in PLAYBOOKS.items():
        assert not any(key.startswith("permit-resume") for key in given(name, view))
        if playbook.stand_down is not None:
            stood_down = playbook.stand_down(a_case(playbook, "zone/4"), view)
            assert not any(order.action == "permit-resume" for order in stood_down.orders)


# ---- all clear ----


def test_only_zones_whose_air_and_floor_are_proven_good_are_cleared() -> None:
    stand_down = PLAYBOOKS["methane-high"].stand_down
    assert stand_down is not None
    view = FakeView(*good("zone/3"), *good("zone/4"), *good("zone/5", methane=6.0))
    orders = stand_down(a_case(PLAYBOOKS["methane-high"], "zone/4"), view).orders
    cleared = {order.entity for order in orders if order.action == "all-clear"}
    assert cleared == {"zone/3", "zone/4"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("methane", 6.0), ("oxygen", 19.9), ("h2s", 4.0), ("co", 13.0), ("temperature", 38.0),
     ("oxygen", float("nan"))],
)  # fmt: skip
def test_one_bad_or_missing_value_is_enough_against_the_all_clear(field: str, value: float) -> None:
    assert is_proven_good("zone/4", FakeView(*good("zone/4")))
    assert not is_proven_good("zone/4", FakeView(*good("zone/4", **{field: value})))
    assert not is_proven_good("zone/4", FakeView(*good("zone/4"), age=6 * MINUTE))


# ---- playbooks ----


@pytest.mark.parametrize("playbook", PEOPLE_PLAYBOOKS, ids=lambda one: one.name)
def test_a_record_without_values_closes_nothing_and_no_silence_fills_a_window(
    playbook: Playbook,
) -> None:
    blank = dict.fromkeys((field.name for field in playbook.stream.numbers), float("nan"))
    texts = dict.fromkeys(field.name for field in playbook.stream.texts)
    seen = Observation(playbook.stream.name, "zone/4", START_AT, blank, texts)
    assert not playbook.close.holds(seen)
    assert gap_of(playbook.close) < playbook.close.window
    assert playbook.close.at_least >= 3


@pytest.mark.parametrize("playbook", PEOPLE_PLAYBOOKS, ids=lambda one: one.name)
def test_every_decision_on_people_works_in_a_city_that_says_nothing(playbook: Playbook) -> None:
    decision = playbook.decide(a_case(playbook, "zone/4"), FakeView())
    assert decision.orders
    assert decision.alternatives
    assert len({order.key for order in decision.orders}) == len(decision.orders)


def test_a_rescuer_is_told_never_to_go_in_without_breathing_apparatus() -> None:
    orders = given("still-inside", FakeView(board("zone/4", 1.0, "person/3")))
    assert "never without" in orders["rescue zone/4"].title.en
    assert "严禁盲目施救" in orders["rescue zone/4"].title.zh
    assert orders["rescue zone/4"].settled is Settled.BY_VERIFICATION


def test_the_patrols_words_and_photo_go_with_the_order_to_mend() -> None:
    texts = {"by": "person/1", "finding": "支架松动", "photo": "a17.jpg"}
    scan = Observation(
        "gallery.patrol", "checkpoint/4", START_AT, {"step": 2.0, "defect": 1.0}, texts
    )
    order = given("defect-found", FakeView(scan), entity="checkpoint/4")["mend checkpoint/4"]
    assert order.parameters == texts


# ---- from the first sign to closure ----


@pytest.fixture(scope="module")
def an_hour() -> list[Step]:
    """A gas leak where three are at hot work, one of whom does not come out."""
    leak = Fault("gas-leak", "zone/7", 0, 15 * MINUTE, 300.0)
    stays = Fault("person-stays", "zone/7", 0, 20 * MINUTE)

    def demo(start_at: int) -> tuple[Fault, ...]:
        return tuple(
            dataclasses.replace(
                one, starts_at=start_at + one.starts_at, ends_at=start_at + one.ends_at
            )
            for one in (leak, stays)
        )

    small = dataclasses.replace(pack, twin=lambda seed: GalleryTwin(seed, zones=8), demo=demo)
    day = run_day(small, hours=1)
    assert all(one.by for one in noticed(day, day.steps))
    return list(day.steps)


def test_a_leak_brings_people_out_finds_who_is_missing_and_ends_with_the_all_clear(
    an_hour: list[Step],
) -> None:
    alarms = [step.alarm.rule for step in an_hour if isinstance(step, AlarmRaised)]
    assert alarms == ["gallery.methane-high", "gallery.still-inside"]
    orders = [step.order.key for step in an_hour if isinstance(step, Dispatched)]
    for key in ("evacuate person/3", "permit-suspend permit/1", "head-count zone/7"):
        assert orders.index(key) < orders.index("rescue zone/7")
    assert orders.count("page person/3") == 1
    assert orders.index("rescue zone/7") < orders.index("all-clear zone/7")
    assert sum(isinstance(step, CaseClosed) for step in an_hour) == 2
