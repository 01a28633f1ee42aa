"""The traffic zone with its reversible lane and people in it; the test drives clock and street."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from haihe.model import SECOND, Rows, Text
from haihe.pack import Pack
from haihe.packs.traffic.charts.studies import STUDIES
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.room.room import TrafficRoom
from haihe.packs.traffic.signals.loop import signal_loop
from haihe.packs.traffic.signals.zone import ZONE_SITE
from haihe.packs.traffic.streams import ROAD_FLOW, SIGNAL_EVENT
from haihe.packs.traffic.tidal.control import LANE_EVENT, LANE_FLOW, Memory, tidal_loop
from haihe.packs.traffic.tidal.forecast import SLOTS, tide_of
from haihe.packs.traffic.tidal.lanes import Limits, Way
from haihe.packs.traffic.tidal.pilot import Settings as TidalSettings
from haihe.packs.traffic.zone import AVENUE, junction_entity
from haihe.run.appending import Arrival
from haihe.run.config import Config
from haihe.run.engine import Engine
from haihe.run.outbox import Route
from haihe.run.sinks import ConsoleSink
from haihe.run.why_order import prove
from haihe.run.zone import Zone
from haihe.serve.access import Role
from haihe.serve.app import make_app
from haihe.serve.settings import Services, Settings
from tests.serve.people import Person, another, first
from tests.serve.world import CHEAP, Client, World
from tests.serve.zone import StillClock

T0: Final = 1_767_567_600 * SECOND  # Monday, 5 January 2026, 7:00 in Tianjin.
PATTERN: Final = 131  # Indiana enumerations: the plan in force.
EVERY: Final = 5 * SECOND  # As the lane's controllers are polled.
ADMIN, OFFICER, DISPATCHER, ENGINEER, VIEWER = "Ann", "Wang", "Li", "Xu", "Bo"
LANE, JUNCTION = AVENUE.name, "junction/J0101"
QUIET_TIDE: Final = tide_of(np.full((5, 1, 2, SLOTS), 500.0), np.arange(5))
SETTINGS: Final = TidalSettings((AVENUE,), QUIET_TIDE, Limits())
NETWORK: Final = ZONE_SITE.network
PACK: Final = Pack(
    name="traffic",
    title=Text(zh="交通", en="traffic"),
    playbooks=(),
    loops=(
        tidal_loop(SETTINGS),
        signal_loop(ZONE_SITE),
    ),
    room=TrafficRoom(NETWORK),
    signals=STUDIES,
)
LOCK: Final = SETTINGS.machine.interlock


@dataclass
class Avenue:
    """A running zone, and what can be done to it."""

    world: World
    clock: StillClock
    admin: Person

    def tell(
        self, stream: str, entities: Sequence[str], columns: dict[str, list[float]], *, ago: int = 0
    ) -> None:
        """Records of some entities, one row each."""
        ids = tuple(dict.fromkeys(entities))
        count = len(entities)
        at = np.full(count, self.clock.now() - ago, dtype=np.int64) + np.arange(count)
        rows = Rows(
            stream, ids, np.array([ids.index(one) for one in entities], dtype=np.int32), at,
            {name: np.array(values, dtype=np.float64) for name, values in columns.items()}, {},
        )  # fmt: skip
        self.world.node.submit(Arrival(rows)).result(10)

    def run(self, seconds: int, *, car: bool = False) -> None:
        """So long, with the signs polled and, if ``car``, a vehicle that drives through at once."""
        for step in range(0, seconds, 5):
            self.clock.lead += EVERY
            self._poll(car=car and step == 0)
            self.heads()

    def flows(self, *, waiting: float = 3.0, inbound: float = 500.0) -> None:
        """What is counted in a minute."""
        roads = [entity for _, entity in TrafficRoom(NETWORK).watches]
        many = len(roads)
        columns = {"flow": [240.0] * many, "occupied": [12.0] * many, "waiting": [waiting] * many}
        self.tell(ROAD_FLOW.name, roads, columns)
        values = {"inbound": inbound, "outbound": 480.0, "inbound_waiting": 12.0,
                  "outbound_waiting": 2.0, "inside": 0.0}  # fmt: skip
        self.tell(LANE_FLOW.name, [LANE], {name: [value] for name, value in values.items()})

    def heads(self, *, stage: int | None = None) -> None:
        """Every controller says that it lives; or, with a stage, what all its groups show."""
        rows: list[tuple[str, int, int]] = []
        for one in NETWORK.junctions:
            entity = junction_entity(one.id)
            rows.append((entity, PATTERN, 1))
            for group, signal in enumerate(one.stages[stage].signals if stage is not None else ()):
                rows.append((entity, int(Code.GREEN if signal else Code.RED), group + 1))
        columns = {
            "code": [float(code) for _, code, _ in rows],
            "parameter": [float(parameter) for _, _, parameter in rows],
        }
        self.tell(SIGNAL_EVENT.name, [entity for entity, _, _ in rows], columns, ago=SECOND)

    def cycles(self, phase: int, *, many: int) -> None:
        """A phase of ``JUNCTION`` was green 30 s of every minute, so many times, until 17 s ago."""
        for ago in range(60 * many, 0, -60):
            for code, since in ((Code.GREEN, -10), (Code.YELLOW, -40), (Code.RED, -43)):
                columns = {"code": [float(code)], "parameter": [float(phase)]}
                self.tell(SIGNAL_EVENT.name, [JUNCTION], columns, ago=(ago + since) * SECOND)

    def open_outbound(self) -> None:
        """As in the morning: somebody looked, and the lane is open outbound; a vehicle passed."""
        self.run(120)
        self.admin.does("POST", f"/traffic/room/lanes/{LANE}/confirm-empty",
                        {"reason": "seen by camera"}, status=201)  # fmt: skip
        self.run(15)
        assert self.state()["way"] == "outbound", self.state()["lacks"]
        self.run(10, car=True)

    def state(self) -> dict[str, object]:
        """The lane as it is told."""
        state: dict[str, object] = self.admin.get(f"/traffic/room/lanes/{LANE}")["state"]
        return state

    def _poll(self, *, car: bool) -> None:
        rows: list[tuple[int, int, int]] = []
        shown = self.world.node.ask(_shown).result(10)
        for end, side in enumerate((Way.IN, Way.OUT)):
            colour = Code.GREEN if shown == side else Code.RED
            rows.append((AVENUE.devices[end], int(colour), AVENUE.signs[end]))
        if car:
            half = (len(AVENUE.zones) + 1) // 2
            ends = (0, 0, 1, 1), [int(place >= half) for place in range(len(AVENUE.zones))]
            placed = zip((*ends[0], *ends[1]), (*AVENUE.gates, *AVENUE.zones), strict=True)
            for end, number in placed:
                for code in (Code.DETECTOR_ON, Code.DETECTOR_OFF):
                    rows.append((AVENUE.devices[end], int(code), number))
        columns = {
            name: [float(row[place]) for row in rows]
            for place, name in enumerate(("device", "code", "parameter"))
        }
        self.tell(LANE_EVENT.name, [LANE] * len(rows), columns, ago=SECOND)


def _shown(engine: Engine) -> int:
    """The way the lane's signs show, as the loop ordered it."""
    memory = engine.track.loops.running["traffic.tidal"].memory
    assert isinstance(memory, Memory)
    return int(LOCK.shown(memory.flight.guard, now=engine.now)[0])


@contextmanager
def an_avenue(folder: Path, *, has_room: bool = True) -> Iterator[Avenue]:
    """The zone at seven in the morning, with an administrator and four more people."""
    pack = PACK if has_room else replace(PACK, room=None)
    clock = StillClock(T0 + 2 * SECOND)  # Between two turns of the loop.
    zone = Zone(folder, [pack], config=Config(), clock=clock)
    services = Services(
        history=zone.history,
        proof=lambda subject: prove(
            zone.node.log, subject, key=zone.key, loops=zone.node.engine.loops
        ),
    )
    app = make_app(zone.node, Settings(cost=CHEAP, services=services))
    zone.start((Route("*", ConsoleSink()),))
    world = World(folder, zone.node, app, Client(app))
    try:
        admin = first(world, ADMIN)
        roles = {OFFICER: Role.OFFICER, DISPATCHER: Role.DISPATCHER, ENGINEER: Role.ENGINEER,
                 VIEWER: Role.VIEWER}  # fmt: skip
        for name, role in roles.items():
            another(admin, name, role)
        made = Avenue(world, clock, admin)
        made.heads(stage=0)
        made.run(10)
        made.flows()
        yield made
    finally:
        world.client.loop.call_soon_threadsafe(app.stop_pushing)
        world.client.close()
        app.platform.access.close()
        zone.stop()
