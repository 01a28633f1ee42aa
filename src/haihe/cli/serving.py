"""``up``, ``doctor`` and ``openapi``: running the platform, looking after it, and its API."""

import argparse
import asyncio
import contextlib
import gc
import os
import shutil
import signal
import socket
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any, Final

import uvicorn

from haihe import __version__
from haihe.cli.common import add_folder, add_json, make_folder, show_json, shown, speed
from haihe.errors import HaiheError, LogUnavailable
from haihe.log.sqlite import FILE_NAME, SqliteLog
from haihe.model.text import Text
from haihe.model.time import MINUTE, SECOND
from haihe.pack.load import Loaded, load_packs
from haihe.run.audit import signed_list
from haihe.run.clock import FastClock
from haihe.run.config import Config, read_config
from haihe.run.demo import Demo, morning_before
from haihe.run.memory import share_heaps
from haihe.run.why_order import prove
from haihe.run.zone import Zone
from haihe.serve.app import make_app
from haihe.serve.basemap.archive import Archive
from haihe.serve.basemap.bring import base_map
from haihe.serve.drill.keeper import Keeper
from haihe.serve.openapi import document
from haihe.serve.rights import rights
from haihe.serve.routes import ROUTES
from haihe.serve.settings import Services, Settings

PORT: Final = 8420  # Ours: free of well-known services.
DEMO_SPEED: Final = 60.0  # Ours: a minute of the zone in a second; a leak's whole life in a minute.
CLOCK_AHEAD: Final = MINUTE  # Ours: clocks that are kept by a time server differ by far less.
ROOM_LOW: Final = 1 << 30  # Ours: bytes free below which ``doctor`` complains.


def add_to(commands: Any) -> None:
    """The commands and their options."""
    up = commands.add_parser("up", help="run: take records, watch, decide, order, show")
    up.add_argument("--demo", action="store_true", help="with twins that report, fail and obey")
    up.add_argument("--speed", type=speed, default=DEMO_SPEED, help="of the demonstration's clock")
    up.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    up.add_argument("--port", type=int, default=PORT, help="default %(default)s; 0: any")
    up.add_argument(
        "--allow-host", action="append", default=[], help="a further name it may be called by"
    )
    up.add_argument(
        "--map", type=Path, metavar="FILE", help="base map: PMTiles, or an OpenStreetMap extract"
    )
    add_folder(up)
    up.set_defaults(run=run_up)

    doctor = commands.add_parser("doctor", help="look for what could go wrong, and say what to do")
    add_folder(doctor)
    add_json(doctor)
    doctor.set_defaults(run=run_doctor)

    described = commands.add_parser("openapi", help="print the document of the HTTP API, OpenAPI")
    described.add_argument(
        "--rights", action="store_true", help="instead: which role may call what, as docs/api.md"
    )
    described.set_defaults(run=run_openapi)


def run_up(options: argparse.Namespace) -> int:
    """Run until interrupted; the address is printed when it answers."""
    began = time.monotonic()
    share_heaps()
    folder = make_folder(options.data / "demo" if options.demo else options.data)
    if options.map:  # An extract is cut into tiles the first time; that takes a while.
        print(f"haihe: looking at the map {options.map}", file=sys.stderr)
    base = base_map(options.map, folder) if options.map else None
    listening = _listen(options.host, options.port)
    config = read_config(folder)
    loaded = load_packs(config.packs)
    for name, why in loaded.failed.items():
        print(f"haihe: pack '{name}' is left out: {why}", file=sys.stderr)
    zone, demo = _open_zone(folder, loaded, config=config, options=options)
    try:
        zone.start(demo.routes if demo else None)
        if demo:
            demo.start()
        server = _Server(zone, base, options=options, began=began)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):  # How a server is told to stop.
            server.run(sockets=[listening])
    finally:
        if demo:
            demo.stop()
        zone.stop()
        listening.close()
        gc.unfreeze()  # What was frozen is let go in order again.
    return 0


def run_doctor(options: argparse.Namespace) -> int:
    """Each thing that was looked at; 1 if one needs a hand."""
    found = [*_machine(options.data), *_log(options.data), *_packs(options.data)]
    if options.json:
        show_json([{"what": what, "ok": ok, "found": words} for what, ok, words in found])
    else:
        for what, ok, words in found:
            print(f"{'ok  ' if ok else 'LOOK'}  {what:12} {words}")
    return 0 if all(ok for _, ok, _ in found) else 1


def run_openapi(options: argparse.Namespace) -> int:
    """Print the document, the same bytes for the same code; needs no server and no data folder."""
    print(rights(ROUTES) if options.rights else document(ROUTES, Settings().title).decode())
    return 0


class _Server(uvicorn.Server):
    """The web server; says its address when it answers."""

    def __init__(
        self, zone: Zone, base: Archive | None, *, options: argparse.Namespace, began: float
    ) -> None:
        title = Text(zh="海河·城市大脑", en="Haihe city brain")
        self._drills = Keeper(zone.node, packs=zone.config.packs, title=title)
        services = Services(
            proof=lambda subject: prove(
                zone.node.log, subject, key=zone.key, loops=zone.node.engine.loops
            ),
            records=lambda stream, offset: zone.history.batches((stream,), from_offset=offset),
            history=zone.history,
            drills=self._drills,
            font=zone.config.paper.font,
            sign=lambda size, root, name: signed_list(zone.key, size=size, root=root, name=name),
            carrier=zone.carrier,
            keeping=zone.config.history,
        )
        access = zone.config.access
        settings = Settings(
            host=options.host,
            title=title,
            demo=options.demo,
            hosts=(*access.hosts, *options.allow_host),
            proxies=access.proxies,
            provider=access.oidc,
            services=services,
            base_map=base,
        )
        self._app = make_app(zone.node, settings)
        config = uvicorn.Config(
            self._app,
            log_level="warning",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=3,
            server_header=False,
            proxy_headers=False,
        )
        super().__init__(config)
        self._began = began
        self._folder = zone.folder

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the listeners go first: they would never end by themselves."""
        self._app.stop_pushing()
        await asyncio.to_thread(self._drills.close)
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then say where."""
        await super().startup(sockets)
        if not self.started or not sockets:
            return
        host, port = sockets[0].getsockname()[:2]
        took = time.monotonic() - self._began
        gc.collect()
        gc.freeze()  # What was made at the start stays; the collector need not look at it again.
        print(f"Haihe {__version__} is up: http://{host}:{port}/  (ready in {took:.1f} s)")
        if code := self._app.platform.access.setup_hint:
            print(f"no account yet: open the address; the wizard asks for this code: {code}")
        print(f"data in {self._folder.resolve()}; stop with Ctrl-C", flush=True)


def _open_zone(
    folder: Path, loaded: Loaded, *, config: Config, options: argparse.Namespace
) -> tuple[Zone, Demo | None]:
    """The zone, and the demonstration in front of it if one was asked for."""
    if not options.demo:
        return Zone(folder, loaded.packs, config=config), None
    after = _last_time(folder)
    began_at = after + SECOND if after else morning_before(time.time_ns())
    clock = FastClock(after, speed=options.speed, began_at=began_at)
    zone = Zone(folder, loaded.packs, config=config, clock=clock)
    return zone, Demo(zone.node, loaded.packs)


def _last_time(folder: Path) -> int:
    """The log's last time; 0 if there is no log yet."""
    if not (folder / FILE_NAME).exists():
        return 0
    log = SqliteLog(folder, read_only=True)
    try:
        return log.received_at
    finally:
        log.close()


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address.

    Raises LogUnavailable if it is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise LogUnavailable(
            f"cannot listen on {host}:{port} ({error}); "
            "another one may be up. Give another port with --port, or 0 for any."
        ) from error
    return listening


def _machine(folder: Path) -> list[tuple[str, bool, str]]:
    """Disk, memory and versions."""
    make_folder(folder)
    free = shutil.disk_usage(folder).free
    version = sqlite3.sqlite_version
    return [
        ("python", sys.version_info >= (3, 11), sys.version.split()[0]),
        ("sqlite", version >= "3.35", version),
        ("disk", free > ROOM_LOW, f"{free / 1e9:.1f} GB free in {folder.resolve()}"),
        ("writable", os.access(folder, os.W_OK), str(folder)),
    ]


def _log(folder: Path) -> list[tuple[str, bool, str]]:
    """The log, its clock, its outbox."""
    if not (folder / FILE_NAME).exists():
        return [("log", True, "none yet; 'haihe up' begins one")]
    try:
        log = SqliteLog(folder, read_only=True)
    except HaiheError as error:
        return [("log", False, str(error))]
    ahead = log.received_at - time.time_ns()
    newest = f"the log's last record is from {shown(log.received_at)}"
    if ahead >= CLOCK_AHEAD:
        newest += (
            ", which is still to come: set this machine's clock, or let the demonstration keep a "
            "folder of its own. Until then every new record counts as of that instant."
        )
    dead = log.reader().execute("SELECT count(*) FROM outbox WHERE state = 'dead'").fetchone()[0]
    log.close()
    return [
        ("log", True, f"{log.size} entries, {log.next_offset} records"),
        ("clock", ahead < CLOCK_AHEAD, newest),
        ("outbox", dead == 0, f"{dead} orders could not be delivered"),
    ]


def _packs(folder: Path) -> list[tuple[str, bool, str]]:
    """Which packs load, and the settings."""
    try:
        loaded = load_packs(read_config(folder).packs)
    except HaiheError as error:
        return [("settings", False, str(error))]
    good = [(f"pack {pack.name}", True, f"version {pack.version}") for pack in loaded.packs]
    bad = [(f"pack {name}", False, why) for name, why in loaded.failed.items()]
    return good + bad
