"""The gallery's playbooks: pure decisions that name value and limit; closure on evidence."""

import copy
import dataclasses

import msgspec
import pytest

from haihe.model import (
    MINUTE,
    Alarm,
    Case,
    CaseState,
    Decision,
    Entity,
    Observation,
    Settled,
    Severity,
)
from haihe.pack import Playbook
from haihe.packs.gallery import GalleryTwin, pack
from haihe.packs.gallery.people import PEOPLE_PLAYBOOKS
from haihe.packs.gallery.streams import STREAMS

NOW = 1_767_225_600_000_000_000  # 2026-01-01T08:00:00+08:00.
CALM = {
    "methane": 0.8, "oxygen": 20.9, "h2s": 0.4, "co": 1.5, "temperature": 18.0, "humidity": 60.0,
}  # fmt: skip
RUNNING = {"current": 8.5, "vibration": 1.8, "flow": 30.0, "running": 1.0, "temperature": 40.0}
PLAYBOOKS = {playbook.name: playbook for playbook in pack.playbooks}
RAISED = {
    "methane-high": ("zone/7", 22.0, 20.0),
    "oxygen-low": ("zone/7", 19.1, 19.5),
    "h2s-high": ("zone/7", 9.3, 7.0),
    "co-high": ("zone/7", 31.0, 25.0),
    "temperature-high": ("zone/7", 43.0, 40.0),
    "flooding": ("zone/7", 1.3, 1.2),
    "pump-failing": ("pump/7-1", 8.8, 7.1),
    "air-silent": ("zone/7", 130.0, 120.0),
    "water-silent": ("zone/7", 310.0, 300.0),
    "methane-stuck": ("zone/7", 0.83, 0.82),
    "pipe-burst": ("main/7", 240.0, 50.0),
    "pipe-leak": ("main/7", 6.1, 2.5),
    "district-leak": ("meter/1", 12.3, 1.5),
    "pump-ailing": ("pump/7-1", 2.41, 2.19),
    "cable-warming": ("cable/7", 1.6, 1.0),
    "cable-hot": ("cable/7", 71.2, 70.0),
    "partial-discharge": ("cable/7", 251.0, 100.0),
    "cover-open": ("cover/7", 1.0, 0.5),
    "cover-shifted": ("cover/7", 12.2, 8.0),
    "intrusion": ("zone/7", 2.0, 1.5),
    "fan-disobeys": ("fan/7", 2.0, 0.0),
    "door-disobeys": ("door/7", 2.0, 0.0),
    "pump-disobeys": ("pump/7-1", 1.0, 0.0),
    "valve-disobeys": ("valve/7", 1.0, 0.0),
    "gateway-silent": ("gateway/2", 90.0, 90.0),
    "camera-silent": ("camera/7", 310.0, 300.0),
}
PEOPLE = frozenset(playbook.name for playbook in PEOPLE_PLAYBOOKS)
OURS = tuple(playbook for playbook in pack.playbooks if playbook.name not in PEOPLE)
# What people are told comes before it, and is tested with the people.
DEVICES = ("gallery-scada", "gallery-broadcast", "gallery-permits")
TO_PEOPLE = ("evacuate", "permit-suspend", "head-count", "all-clear")


class FakeView:
    """A city of one gallery, with the records one asks for."""

    def __init__(self, *seen: Observation, age: int = 0) -> None:
        self._entities = {entity.id: entity for entity in GalleryTwin(1).entities()}
        self._seen = {(one.stream, one.entity): one for one in seen}
        self._age = age

    @property
    def now(self) -> int:
        return NOW + self._age

    def latest(self, stream: str, entity: str) -> Observation | None:
        return self._seen.get((stream, entity))

    def entity(self, entity: str) -> Entity | None:
        return self._entities.get(entity)

    def related(self, entity: str, relation: str) -> tuple[str, ...]:
        known = self._entities.get(entity)
        return known.relations.get(relation, ()) if known else ()

    def neighbours(self, entity: str) -> tuple[str, ...]:
        return self.related(entity, "neighbour")


def air(zone: str, **changed: float) -> Observation:
    return Observation("gallery.air", zone, NOW, {**CALM, **changed}, {})


def pump(entity: str, **changed: float) -> Observation:
    return Observation("gallery.pump", entity, NOW, {**RUNNING, **changed}, {})


def a_case(playbook: Playbook, *, value: float | None = None) -> Case:
    entity, raised_value, limit = RAISED[playbook.name]
    alarm = Alarm(
        rule=pack.rule(playbook),
        entity=entity,
        stream=playbook.stream.name,
        field="",
        severity=Severity.SEVERE,
        value=raised_value if value is None else value,
        limit=limit,
        observed_at=NOW,
        raised_at=NOW,
        offset=5,
    )
    return Case(
        id="gallery-1",
        rule=alarm.rule,
        version="1",
        entity=entity,
        entities=(entity,),
        severity=Severity.SEVERE,
        state=CaseState.OPEN,
        opened_at=NOW,
        due_at=NOW + playbook.due_in,
        alarms=(alarm,),
    )


def decide(name: str, view: FakeView, *, value: float | None = None) -> Decision:
    return PLAYBOOKS[name].decide(a_case(PLAYBOOKS[name], value=value), view)


def keys(decision: Decision) -> list[str]:
    return [order.key for order in decision.orders if order.action not in TO_PEOPLE]


every_playbook = pytest.mark.parametrize("playbook", OURS, ids=lambda one: one.name)


def test_every_playbook_has_a_case_here() -> None:
    assert set(RAISED) == {playbook.name for playbook in OURS}


@every_playbook
def test_the_same_case_and_view_give_the_same_decision(playbook: Playbook) -> None:
    case, view = a_case(playbook), FakeView(air("zone/7"), air("zone/8"), pump("pump/7-1"))
    before = copy.deepcopy(case)
    assert playbook.decide(case, view) == playbook.decide(case, view)
    assert case == before


@every_playbook
def test_every_decision_names_the_value_and_the_limit_in_both_languages(
    playbook: Playbook,
) -> None:
    case = a_case(playbook)
    why = playbook.decide(case, FakeView()).why
    alarm = case.alarms[-1]
    for text in (why.zh, why.en):
        assert any(f"{alarm.value:.{digits}f}" in text for digits in (0, 1, 2)), text
        assert any(f"{alarm.limit:.{digits}f}" in text for digits in (0, 1, 2)), text


@every_playbook
def test_a_tuned_limit_is_the_one_that_is_named(playbook: Playbook) -> None:
    case = a_case(playbook)
    tuned = msgspec.structs.replace(case.alarms[0], limit=3.0)
    changed = msgspec.structs.replace(case, alarms=(tuned,))
    assert "3" in playbook.decide(changed, FakeView()).why.en


@every_playbook
def test_every_decision_works_in_a_city_that_says_nothing(playbook: Playbook) -> None:
    decision = playbook.decide(a_case(playbook), FakeView())
    assert decision.orders
    assert decision.alternatives
    assert len({order.key for order in decision.orders}) == len(decision.orders)
    for order in decision.orders:
        is_device = order.assignee in DEVICES
        assert order.settled is (Settled.BY_RECEIPT if is_device else Settled.BY_VERIFICATION)
        assert order.due_in > 0
        assert order.title.zh
        assert order.title.en
    assert any(order.settled is Settled.BY_VERIFICATION for order in decision.orders)


@every_playbook
def test_a_missing_value_is_no_evidence_that_it_is_over(playbook: Playbook) -> None:
    blank = dict.fromkeys((field.name for field in playbook.stream.numbers), float("nan"))
    seen = Observation(playbook.stream.name, "zone/7", NOW, blank, {})
    assert not playbook.close.holds(seen)
    assert playbook.close.window >= 2 * MINUTE
    assert playbook.close.at_least >= 4


def test_methane_closes_on_ten_minutes_and_ten_readings_at_or_under_five_lel() -> None:
    close = PLAYBOOKS["methane-high"].close
    assert (close.window, close.at_least) == (10 * MINUTE, 10)
    assert close.holds(air("zone/7", methane=5.0))
    assert not close.holds(air("zone/7", methane=5.1))


def test_methane_starts_the_fans_of_the_zone_and_of_those_beside_it() -> None:
    assert keys(decide("methane-high", FakeView(air("zone/7", methane=22.0)))) == [
        "fan-start zone/7", "fan-start zone/6", "fan-start zone/8", "inspect-leak zone/7",
    ]  # fmt: skip


def test_methane_that_has_reached_the_cut_off_meanwhile_cuts_the_gas_off() -> None:
    assert "gas-shut-off zone/7" in keys(
        decide("methane-high", FakeView(air("zone/7", methane=25.0)))
    )


def test_an_old_reading_does_not_count_as_the_present() -> None:
    view = FakeView(air("zone/7", methane=40.0), age=6 * MINUTE)
    assert "gas-shut-off zone/7" not in keys(decide("methane-high", view))


@pytest.mark.parametrize("name", ["co-high", "temperature-high"])
def test_where_it_looks_like_fire_no_fan_is_started(name: str) -> None:
    orders = keys(decide(name, FakeView(air("zone/7", temperature=45.0, co=200.0))))
    assert "fan-stop zone/7" in orders
    assert "check-fire zone/7" in orders
    assert not any(key.startswith("fan-start") for key in orders)


def test_a_flooded_zone_starts_every_pump_but_the_one_that_shakes() -> None:
    orders = keys(decide("flooding", FakeView(pump("pump/7-1", vibration=9.0))))
    assert orders == ["pump-start pump/7-2", "inspect-water zone/7"]


def test_a_failing_pump_is_stopped_only_after_its_standby_has_started() -> None:
    assert keys(decide("pump-failing", FakeView())) == [
        "pump-start pump/7-2", "pump-stop pump/7-1", "repair-pump pump/7-1",
    ]  # fmt: skip


def test_a_failing_pump_without_a_sound_standby_runs_on() -> None:
    view = FakeView(pump("pump/7-2", vibration=9.0))
    assert keys(decide("pump-failing", view)) == ["repair-pump pump/7-1"]


def test_a_silent_zone_beside_gas_is_ventilated_unseen() -> None:
    orders = keys(decide("air-silent", FakeView(air("zone/8", methane=9.0))))
    assert orders == ["fan-start zone/7", "repair-source zone/7"]


def test_fans_stop_only_where_all_the_air_around_is_proven_good() -> None:
    stand_down = PLAYBOOKS["methane-high"].stand_down
    assert stand_down is not None
    case = a_case(PLAYBOOKS["methane-high"])
    good = [air(f"zone/{number}") for number in range(5, 10)]
    assert keys(stand_down(case, FakeView(*good))) == [
        "fan-stop zone/7", "fan-stop zone/6", "fan-stop zone/8",
    ]  # fmt: skip
    smelly = [*good[:-1], air("zone/9", h2s=12.0)]
    assert keys(stand_down(case, FakeView(*smelly))) == ["fan-stop zone/7", "fan-stop zone/6"]
    assert keys(stand_down(case, FakeView(*good, age=6 * MINUTE))) == []


@pytest.mark.parametrize("name", ["flooding", "pump-failing"])
def test_pumps_go_back_to_their_float_switches(name: str) -> None:
    stand_down = PLAYBOOKS[name].stand_down
    assert stand_down is not None
    decision = stand_down(a_case(PLAYBOOKS[name]), FakeView())
    assert sorted(keys(decision)) == ["pump-auto pump/7-1", "pump-auto pump/7-2"]


def test_a_pump_at_rest_proves_nothing() -> None:
    holds = PLAYBOOKS["pump-failing"].close.holds
    assert holds(pump("pump/7-1"))
    assert not holds(pump("pump/7-1", running=0.0, vibration=0.0))


def test_every_stream_has_units_ranges_and_a_source() -> None:
    names = [stream.name for stream in pack.all_streams]
    assert names == sorted(stream.name for stream in STREAMS)
    for stream in pack.all_streams:
        assert stream.source
        for field in stream.numbers:
            assert field.unit
            assert field.low is not None
            assert field.high is not None


@every_playbook
def test_what_a_detector_reads_is_in_its_stream(playbook: Playbook) -> None:
    for field in playbook.detect.fields:
        assert playbook.stream.field(field)
    assert dataclasses.is_dataclass(playbook.detect)
