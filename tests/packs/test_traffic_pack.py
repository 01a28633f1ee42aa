"""The traffic pack as a whole: its value, its examples, its twin under its loops."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import haihe.packs.traffic as traffic
from haihe.model import MINUTE, SECOND
from haihe.model.line import Decided, Dispatched
from haihe.model.time import parse_instant
from haihe.pack.cases import load_cases
from haihe.packs.traffic import pack
from haihe.packs.traffic.signals.memory import Memory
from haihe.packs.traffic.signals.zone import ZONE_SITE, tide_counts
from haihe.packs.traffic.street import StreetTwin
from haihe.run.check.cases import is_dirty, mismatches, run_case
from haihe.run.check.memory import MemoryZone
from haihe.run.check.words import texts_of, wrong_text

CASES = load_cases(Path(traffic.__file__).parent / "cases.yaml", pack)
SHORT = [case for case in CASES if case.end_at - case.start_at < 10 * MINUTE]


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.name)
def test_an_example_comes_out_as_it_says(case: object) -> None:
    run = run_case(case, pack)  # type: ignore[arg-type]  # Of ``SHORT``.
    assert mismatches(run, pack) == []


def test_every_playbook_has_examples_of_yes_no_and_dirty_data() -> None:
    for playbook in pack.playbooks:
        own = [case for case in CASES if case.rule == playbook.name]
        assert {case.expect.opened > 0 for case in own} == {True, False}, playbook.name
        assert any(is_dirty(case, pack) for case in own), playbook.name


def test_the_pack_steers_signals_and_the_lane_and_names_what_it_watches() -> None:
    assert [loop.name for loop in pack.loops] == ["signals", "tidal"]
    assert {one.name for one in pack.all_streams} == {
        "traffic.lane_event", "traffic.lane_flow", "traffic.lane_hand", "traffic.road_flow",
        "traffic.signal_event", "traffic.signal_hand", "traffic.vehicle",
    }  # fmt: skip
    assert pack.twin is StreetTwin


def test_the_usual_tide_is_that_of_the_zones_flows() -> None:
    counts = tide_counts()
    morning, evening = 8 * 12, 18 * 12
    assert counts[0, morning] > 3 * counts[1, morning]
    assert counts[1, evening] > 3 * counts[0, evening]


def test_every_fault_of_the_demonstration_can_happen_to_the_twin() -> None:
    twin = StreetTwin(1)
    assert pack.demo is not None
    for fault in pack.demo(parse_instant("2026-03-04T06:40:00+08:00")):
        twin.inject(fault)
    assert len(twin.truth) > 3


def test_the_zones_streets_obey_the_loop_and_nothing_else_is_done() -> None:
    begin = parse_instant("2026-03-04T07:20:00+08:00")
    twin = StreetTwin(1)
    zone = MemoryZone(pack, entities=twin.entities(), start_at=begin)
    twin.advance(begin)
    for second in range(10, 190, 10):
        now = begin + second * SECOND
        for rows in twin.advance(now):
            received = np.maximum.accumulate(rows.observed_at)
            zone.receive([replace(rows, received_at=received)])
        zone.reach(now)
        for order in zone.delivered():
            twin.obey(order.order, at=now)
    memory = zone.engine.track.loops.running["traffic.signals"].memory
    assert isinstance(memory, Memory)
    assert not memory.trust.lost.any()
    assert (memory.given.stage >= 0).all()
    orders = [one for one in zone.steps if isinstance(one, Dispatched)]
    assert {one.order.entity for one in orders} >= set(ZONE_SITE.entities)
    assert zone.engine.failed == {}
    assert [wrong for _, text in texts_of(zone.steps) if (wrong := wrong_text(text))] == []
    assert any("pressure" in one.why.en for one in zone.steps if isinstance(one, Decided))
