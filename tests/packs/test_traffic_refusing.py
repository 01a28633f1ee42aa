"""Controllers that take no orders: tried again after growing pauses, on the plan in force."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from haihe.model import SECOND
from haihe.model.line import CaseOpened, OrderMoved
from haihe.packs.traffic.signals.control import SignalControl
from haihe.packs.traffic.signals.shown import states_of
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.signals.state import Steering
from haihe.packs.traffic.signals.zone import ZONE_SITE
from tests.packs.test_traffic_signals import ONE, TWO, faults, memory_of
from tests.packs.town import PLAN, T0, Town, orders, said


def test_a_controller_that_refuses_is_tried_again_with_growing_pauses_then_people_go() -> None:
    town = Town(TWO)
    town.refusing = {1}
    town.run(400)
    tried = [one.at for one in orders(town.steps) if one.order.entity == "junction/J001"]
    pauses = [(after - before) // SECOND for before, after in pairwise(tried)]
    assert pauses[0] >= 30
    assert pauses[1] >= 60
    assert pauses[2] >= 120
    assert len(tried) <= 5
    words = [one for one in said(town.steps) if "refused an order" in one]
    assert "J001 refused an order (its door is open), the 2. in a row" in words[1]
    opened = [step for step in town.steps if isinstance(step, CaseOpened)]
    assert [(one.rule, one.entity) for one in opened] == [
        ("traffic.controller-refuses", "junction/J001")
    ]
    owed = town.engine.track.casework.desk.orders_of("traffic.signals")
    assert len([one for one in owed if one.order.entity == "junction/J001"]) <= 1
    state = states_of(SignalControl(TWO), memory_of(town), now=town.now)[1]
    assert state.steering is Steering.PLAN
    assert state.why is not None
    assert "refused an order" in state.why.en
    assert {one.order.entity for one in orders(town.steps)} == set(TWO.entities)
    town.refusing = set()
    town.run(500)
    standing = {rule for rule, _ in town.engine.track.casework.desk.standing}
    assert "traffic.controller-refuses" not in standing
    assert memory_of(town).refusing.times.tolist() == [0, 0]
    assert faults(town) == set()


def test_a_wish_that_nobody_takes_expires_and_the_next_one_is_of_then() -> None:
    town = Town(ONE)
    town.run(60)
    town.away = {0}
    town.run(75)
    over = [step for step in town.steps if isinstance(step, OrderMoved)]
    assert "nobody took it within" in over[-1].reason
    assert "took no order in" in said(town.steps)[-1]
    town.away = set()
    town.run(120)
    assert states_of(SignalControl(ONE), memory_of(town), now=town.now)[0].steering is Steering.LOOP
    assert faults(town) == set()


def test_what_is_fallen_back_to_is_the_plan_in_force_that_the_controller_told() -> None:
    tide = tuple(replace(plan, offset_s=plan.offset_s + 20) for plan in TWO.plans)
    of = Site(TWO.network, TWO.origin, numbered={2: tide})
    now = T0 + 7 * SECOND
    told = of.local_stages(np.array([1, 2]), now=now).tolist()
    assert told == [TWO.plans[0].at(now), tide[1].at(now)]
    assert of.local_stages(np.array([0, 99]), now=now).tolist() == [one.at(now) for one in of.plans]
    assert repr(of) != repr(TWO)
    town = Town(TWO)
    town.run(60)
    shown = memory_of(town).shown
    assert set(shown.pattern.tolist()) == {TWO.by_centre}
    assert set(shown.local.tolist()) == {PLAN}  # While the centre steers it, too.


def test_the_zones_avenue_falls_back_to_its_tide_plan_while_the_lane_is_open() -> None:
    row = ZONE_SITE.rows["junction/J0101"]
    told = np.full(len(ZONE_SITE.junctions), 1)
    seconds = range(0, 120, 3)
    usual = [ZONE_SITE.local_stages(told, now=T0 + s * SECOND)[row] for s in seconds]
    told[row] = 2
    tide = [ZONE_SITE.local_stages(told, now=T0 + s * SECOND)[row] for s in seconds]
    assert tide != usual
    assert tide.count(2) > usual.count(2)  # The arterial's stage is longer.
