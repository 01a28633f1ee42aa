"""``drill``: a past span once more, for people to practise on, on a server of its own."""

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import socket
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import uvicorn

from haihe.cli.common import (
    add_folder,
    instant,
    make_folder,
    open_log,
    progress,
    show_json,
    shown,
    zone_of,
)
from haihe.errors import LogUnavailable
from haihe.model.text import Text
from haihe.model.time import DAY
from haihe.pack.load import load_packs
from haihe.run.config import read_config
from haihe.run.documents import Draft, file_document
from haihe.run.drill.copy import ZONE_FOLDER, Copy, Wanted
from haihe.run.drill.pace import SPEED_LEAST, SPEED_MOST
from haihe.run.drill.sheet import Sheet
from haihe.run.span import Span
from haihe.run.zone import Zone
from haihe.serve.app import App
from haihe.serve.drill.keeper import FOLDER, KIND, sweep
from haihe.serve.drill.program import Inside
from haihe.serve.platform import platform_of
from haihe.serve.settings import Services, Settings

PORT: Final = 8430  # Ours: beside the zone's own 8420.
SPEED: Final = 10.0  # Ours: as on the page.
ROWS_SHOWN: Final = 40  # Ours: what fits on a screen; --json has all.


def add_to(commands: Any) -> None:
    """The command and its options."""
    held = commands.add_parser(
        "drill", help="practise on a past span: a copy that reaches nobody, on a port of its own"
    )
    held.add_argument("--from", dest="from_at", type=instant, required=True, metavar="INSTANT")
    held.add_argument(
        "--to", dest="to_at", type=instant, default=None, metavar="INSTANT",
        help="default: a day after --from",
    )  # fmt: skip
    held.add_argument("--speed", type=_speed, default=SPEED, help="1 to 100 (default %(default)s)")
    held.add_argument("--by", required=True, metavar="WHO", help="who holds it")
    held.add_argument("--port", type=int, default=PORT, help="default %(default)s; 0: any")
    held.add_argument("--json", action="store_true", help="the sheet as JSON on standard output")
    add_folder(held)
    held.set_defaults(run=run_drill)


def run_drill(options: argparse.Namespace) -> int:
    """Hold a drill until interrupted; then print its sheet and tell the log of it."""
    open_log(options.data).close()  # Says what to do where there is none.
    to_at = options.to_at if options.to_at is not None else options.from_at + DAY
    wanted = Wanted(Span(options.from_at, to_at), options.speed, options.by)
    sweep(options.data / FOLDER)
    folder = make_folder(options.data / FOLDER / secrets.token_hex(8))
    try:
        with progress("copying records", 100) as bar:
            task = bar.task_ids[0]
            copy = Copy(
                options.data,
                folder,
                packs=load_packs(read_config(options.data).packs).packs,
                wanted=wanted,
                progress=lambda share: bar.update(task, completed=100 * share),
            )
        sheet = _held(copy, folder, options=options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        show_json(sheet)
    else:
        _print_sheet(sheet)
    _record(options.data, sheet)
    return 0


def _held(copy: Copy, folder: Path, *, options: argparse.Namespace) -> Sheet:
    """Serve the copy until interrupted; its sheet."""
    inside = Inside(copy.wanted)
    settings = Settings(
        title=Text(zh="演练", en="Drill"),
        services=Services(history=copy.history, drills=inside),
        is_drill=True,
    )
    app = App(platform_of(copy.node, settings))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=1,
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", options.port))
        except OSError as error:
            raise LogUnavailable(
                f"cannot listen on port {options.port} ({error}); give another with --port."
            ) from error
        copy.start()
        inside.hold(copy)
        port = listening.getsockname()[1]
        print(f"演练 DRILL: http://127.0.0.1:{port}/  ({folder / ZONE_FOLDER}; ends with Ctrl-C)")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        os.nice(1)
        with contextlib.suppress(KeyboardInterrupt):  # How it is told to end.
            _Server(config, app=app).run(sockets=[listening])
    sheet = copy.sheet()
    copy.stop()
    return sheet


class _Server(uvicorn.Server):
    """A server that lets its listeners go when it stops."""

    def __init__(self, config: uvicorn.Config, *, app: App) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the listeners go first: they would never end by themselves."""
        self._app.stop_pushing()
        await super().shutdown(sockets)


def _record(folder: Path, sheet: Sheet) -> None:
    """Tell the log that the drill was held, unless a server has the log."""
    try:
        with zone_of(folder) as zone:
            document = _filed(zone, sheet)
    except LogUnavailable as error:
        print(f"not recorded: {error} Drills begun on the page of a running server are.")
    else:
        print(f"recorded as {document}")


def _filed(zone: Zone, sheet: Sheet) -> str:
    zone.start(())
    people = tuple(dict.fromkeys((sheet.by, *sheet.people)))
    draft = Draft(KIND, msgspec.json.encode(sheet), sheet.by, people)
    now = max(zone.node.clock.now(), zone.node.log.received_at)
    kept = zone.node.change(partial(file_document, draft=draft, at=now)).result()
    return kept if isinstance(kept, str) else kept.facts[0].id


def _print_sheet(sheet: Sheet) -> None:
    print(f"drill    {shown(sheet.span.from_at)} to {shown(sheet.reached_at)}, held by {sheet.by}")
    print(f"missed   {sheet.missed} deadlines; that day {sheet.missed_then}")
    print("event                                     accepted        closed          that day")
    for row in sheet.rows[:ROWS_SHOWN]:
        done, then = row.drill, row.then
        told = [
            _after(done.accepted_s if done else None),
            _after(done.closed_s if done else None),
            _after(then.accepted_s if then else None),
            _after(then.closed_s if then else None),
        ]
        print(
            f"{row.rule + ' ' + row.entity:40.40}  {told[0]:14}  {told[1]:14}  {told[2]} {told[3]}"
        )
    for mistake in sheet.mistakes:
        print(f"mistake  {shown(mistake.at)}  {mistake.by}  {mistake.subject}: {mistake.what.en}")


def _after(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds / 60:.1f} min"


def _speed(text: str) -> float:
    """A speed from the command line.

    Raises argparse.ArgumentTypeError if it is none that people can follow.
    """
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not SPEED_LEAST <= found <= SPEED_MOST:
        raise argparse.ArgumentTypeError(f"'{text}' is no speed from 1 to 100.")
    return found
