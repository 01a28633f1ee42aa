"""A zone with the schemes pack, its books in force and two enterprises: what tests look at."""

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from haihe.decide.scheme.quantity import format_day
from haihe.decide.workday import day_of
from haihe.packs.schemes import pack
from haihe.packs.schemes.books import BOOKS
from haihe.packs.schemes.zone import make_code
from haihe.run.audit import log_key, signed_list
from haihe.run.clock import Clock
from haihe.run.config import Config
from haihe.run.outbox import Route
from haihe.run.sinks import ConsoleSink
from haihe.run.zone import Zone
from haihe.serve.app import make_app
from haihe.serve.schemes import pasts
from haihe.serve.settings import Services, Settings
from tests.serve.world import CHEAP, Client, World

MINE, OTHER = make_code(0), make_code(1)
GOOD: Final = {"size": "small", "registered_here": True, "clean_record": True, "industry": "chips",
        "revenue": 4_200_000_000, "research": 380_000_000, "patents": 9, "staff": 64,
        "status": ["high-tech"]}  # fmt: skip


class HandClock:
    """Goes on when it is told to."""

    trouble = ""

    def __init__(self, at: int) -> None:
        """Stand at an instant; ns."""
        self.at = at

    def now(self) -> int:
        """The log's time; ns."""
        return self.at


def with_patience() -> pytest.MonkeyPatch:
    """Let answers about the past wait for their program on a busy machine; to be undone."""
    patch = pytest.MonkeyPatch()
    patch.setattr(pasts, "WAIT_S", 240.0)
    return patch


def today(*, ahead: int = 0) -> str:
    """The Chinese day, or so many days after it, as it is written."""
    return format_day(day_of(time.time_ns()) + ahead)


def filing(source: str, facts: dict[str, Any], **parts: object) -> dict[str, Any]:
    """A body that tells facts of today."""
    return {"source": source, "as_of": today(), "facts": facts, "by": "ann", **parts}


def put_in_force(world: World, name: str, *, text: str) -> None:
    """A book from its draft to being in force, by the people it takes."""
    path = f"/schemes/books/{name}/moves"
    world.post(path, {"move": "draft", "by": "ann", "text": text})
    world.post(path, {"move": "final", "by": "bo"})
    world.post(path, {"move": "shadow", "by": "bo"})
    shown = world.post(path, {"move": "propose", "by": "bo", "reason": "decided"})
    world.post(path, {"move": "agree", "by": "cy", "sha256": shown["proposal"]["sha256"]})


@contextmanager
def an_office(folder: Path, *, clock: Clock | None = None) -> Iterator[World]:
    """The zone, running; nobody has an account yet."""
    zone = Zone(folder, [dataclasses.replace(pack, twin=None)], config=Config(), clock=clock)
    key = log_key(folder, name=Config().name)
    services = Services(
        sign=lambda size, root, name: signed_list(key, size=size, root=root, name=name)
    )
    app = make_app(zone.node, Settings(services=services, cost=CHEAP))
    zone.start((Route("*", ConsoleSink()),))
    made = World(folder, zone.node, app, Client(app))
    try:
        for name, text in BOOKS.items():
            put_in_force(made, name, text=text)
        for code in (MINE, OTHER):
            made.post(f"/schemes/enterprises/{code}/facts", filing("registry", GOOD))
        yield made
    finally:
        made.client.run(app.platform.schemes.pasts.end())
        made.client.loop.call_soon_threadsafe(app.stop_pushing)
        made.client.close()
        app.platform.access.close()
        zone.stop()
