"""A gallery with people in it, whose clock the test sets: what the browser's tests look at."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from haihe.model import MINUTE, Rows, Text
from haihe.model.line import EntityTold
from haihe.packs.gallery import pack
from haihe.packs.gallery.streams import AIR
from haihe.run.appending import Arrival
from haihe.run.audit import proof
from haihe.run.config import Config
from haihe.run.outbox import Route
from haihe.run.sinks import ConsoleSink
from haihe.run.zone import Zone
from haihe.serve.access import Role
from haihe.serve.app import make_app
from haihe.serve.drill.keeper import Keeper
from haihe.serve.settings import Services, Settings
from tests.serve.people import another, first
from tests.serve.world import CHEAP, Client, World

BEFORE: Final = 40  # Minutes of history.
QUIET, UNDER, FAINT, STRONG = 2.0, 15.0, 24.0, 35.0  # %LEL; GB 50838 puts the alarm at 20.
WATCHED: Final = tuple(f"zone/{number}" for number in range(5, 14))
# Where and when it leaked, minutes after the start: once above the alarm, and once below it.
LEAKS: Final = {
    **{("zone/5", minute): FAINT for minute in (6, 7, 8)},
    **{("zone/13", minute): UNDER for minute in (20, 21, 22)},
}
ADMIN, HANDLER, VERIFIER, VIEWER = "Ann", "Wang", "Li", "Bo"


@dataclass
class SetClock:
    """The machine's clock, moved by hand; ns."""

    lead: int
    trouble: str = field(default="", init=False)

    def now(self) -> int:
        return time.time_ns() + self.lead


@dataclass
class StillClock(SetClock):
    """A clock that stands where it was put: ``lead`` is the time itself, ns."""

    def now(self) -> int:
        return self.lead


@dataclass
class Gallery:
    """A running zone, and what can be done to it."""

    world: World
    clock: SetClock

    def minute(self, methane: Mapping[str, float]) -> None:
        """A minute goes by, and every watched zone says its methane, %LEL."""
        self.clock.lead += MINUTE
        at = np.full(len(WATCHED), self.clock.now(), dtype=np.int64)
        numbers = {one.name: np.full(len(WATCHED), np.nan) for one in AIR.numbers}
        numbers["methane"] = np.array([methane.get(zone, QUIET) for zone in WATCHED])
        codes = np.arange(len(WATCHED), dtype=np.int32)
        rows = Rows(AIR.name, WATCHED, codes, at, numbers, {}, received_at=at)
        self.world.node.submit(Arrival(rows)).result(10)

    def leak(self, zone: str, *, minutes: int = 3) -> None:
        """So much gas that an alarm and a case come of it."""
        for _ in range(minutes):
            self.minute({zone: STRONG})

    def calm(self, *, minutes: int = 13) -> None:
        """As long as the evidence for closing a case takes, and some more."""
        for _ in range(minutes):
            self.minute({})


@contextmanager
def a_gallery(
    folder: Path, *, config: Config | None = None, clock: SetClock | None = None
) -> Iterator[Gallery]:
    """Forty minutes of a gallery, an open case at their end, and four accounts.

    config: None for none, with all orders shown and sent nowhere.
    """
    clock = clock or SetClock(-BEFORE * MINUTE)
    zone = Zone(folder, [pack], config=config or Config(), clock=clock)
    drills = Keeper(zone.node, packs=("gallery",), title=Text(zh="试验区", en="test zone"))
    services = Services(
        history=zone.history,
        drills=drills,
        proof=lambda case: proof(zone.node.log, case, key=zone.key),
    )
    app = make_app(zone.node, Settings(services=services, cost=CHEAP))
    zone.start(None if config is not None else (Route("*", ConsoleSink()),))
    client = Client(app)
    made = Gallery(World(folder, zone.node, app, client), clock)
    try:
        assert pack.twin is not None
        entities = pack.twin(0).entities()
        zone.node.tell(
            *(EntityTold(at=clock.now(), entity=each, by="test") for each in entities)
        ).result(10)
        for minute in range(BEFORE - 3):
            made.minute({place: lel for (place, at), lel in LEAKS.items() if at == minute})
        made.leak("zone/7")
        _people(made)
        yield made
    finally:
        drills.close()
        client.loop.call_soon_threadsafe(app.stop_pushing)
        client.close()
        app.platform.access.close()
        zone.stop()


def _people(made: Gallery) -> None:
    ann = first(made.world, ADMIN)
    for name, role in ((HANDLER, Role.OFFICER), (VERIFIER, Role.OFFICER), (VIEWER, Role.VIEWER)):
        another(ann, name, role)
