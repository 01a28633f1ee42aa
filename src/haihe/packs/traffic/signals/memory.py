"""What the signal loop remembers from turn to turn."""

from dataclasses import dataclass

import numpy as np

from haihe.model.arrays import IntArray
from haihe.packs.traffic.control import controller
from haihe.packs.traffic.signals import beside as besides
from haihe.packs.traffic.signals import blocked, calls, hand, heads, refusing, sensing, told
from haihe.packs.traffic.signals import fleet as fleets
from haihe.packs.traffic.signals import given as orders
from haihe.packs.traffic.signals.called import Called
from haihe.packs.traffic.signals.cares import Cares, no_cares
from haihe.packs.traffic.signals.delay import Delays, no_delays
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.signals.trust import Trust, all_lost


@dataclass(frozen=True, slots=True)
class Memory:
    """What the loop remembers.

    at: of the last turn; ns; 0 before the first.
    refused: int64 (junction,), the refusal last told; 0 if none stands.
    beside: what was counted in shadow.
    """

    at: int
    clocks: told.Clocks
    shown: heads.Shown
    sensing: sensing.Sensing
    fleet: fleets.Fleet
    trust: Trust
    hands: hand.Hands
    given: orders.Given
    refused: IntArray
    controller: controller.Memory
    called: Called
    cares: Cares
    delays: Delays
    calls: calls.Calls
    blocked: blocked.Blocked
    refusing: refusing.Refusing
    beside: besides.Counted


def nothing_known(site: Site) -> Memory:
    """Memory that has seen nothing."""
    count = len(site.junctions)
    shape, lanes = site.tables.valid.shape, np.zeros(site.layout.approach.shape)
    called = Called(
        at=0,
        stage=np.full(count, -1, dtype=np.int64),
        cost=np.full(shape, np.inf),
        pressure=np.zeros(shape),
        waiting=lanes,
        waited_s=lanes.copy(),
        arriving=lanes.copy(),
        room=np.ones(lanes.shape),
        why=((),) * count,
        alternatives=((),) * count,
    )
    return Memory(
        at=0,
        clocks=told.no_clocks(count),
        shown=heads.dark(site.tables),
        sensing=sensing.no_sensing(site),
        fleet=fleets.no_fleet(),
        trust=all_lost(count),
        hands=hand.no_hands(count),
        given=orders.nothing_given(count),
        refused=np.zeros(count, dtype=np.int64),
        controller=site.controller.start(),
        called=called,
        cares=no_cares(site),
        delays=no_delays(count),
        calls=calls.nothing_told(site),
        blocked=blocked.none_blocked(site),
        refusing=refusing.none_refusing(count),
        beside=besides.nothing_counted(count),
    )
