"""Node-RED: the same single records over HTTP into a function, a file and an answer."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from bench import load
from bench.parts.request import request
from bench.rows import Options
from bench.server import answers, free_port, stop

NAME: Final = "Node-RED"
HERE: Final = Path(__file__).parent / "node_modules" / ".bin" / "node-red"
INSTALL: Final = "npm install --no-save --prefix bench/peers node-red"
READY_MAX_S: Final = 60.0  # Ours: it takes some seconds.
CHECK: Final = (
    "const r = msg.payload;"
    "if (typeof r.entity !== 'string' || typeof r.methane !== 'number') return null;"
    "global.set(r.entity, r); msg.line = JSON.stringify(r); msg.payload = msg.line;"
    "msg.statusCode = 201; return msg;"
)


def measure(options: Options, *, rate: float, seconds: float) -> load.Answered | None:
    """The same arrivals sent to Node-RED; None if it is not here.

    Its file node appends without a sync: what it has answered may be lost with the power.
    """
    command = HERE if HERE.exists() else shutil.which("node-red")
    if not options.peers or command is None:
        options.skip(NAME, f"not installed ({INSTALL})" if options.peers else "not asked for")
        return None
    options.say(f"the same against {NAME}")
    address = ("127.0.0.1", free_port())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        flow = folder / "flow.json"
        flow.write_bytes(msgspec.json.encode(_flow(folder / "records.ndjson")))
        settings = folder / "settings.js"
        settings.write_text(
            f"module.exports = {{uiPort: {address[1]}, uiHost: '127.0.0.1', httpAdminRoot: false,"
            f" userDir: '{folder}', logging: {{console: {{level: 'error'}}}}}}"
        )
        process = subprocess.Popen(
            (str(command), "--settings", str(settings), str(flow)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            answers(address, request(b"/records", 0), within_s=READY_MAX_S)
            arrivals = load.Arrivals(rate, seconds, make=lambda at: request(b"/records", at))
            return load.send(address, arrivals)
        except OSError as error:
            options.skip(NAME, f"it does not come up ({error})")
            return None
        finally:
            stop(process)


def _flow(file: Path) -> list[dict[str, object]]:
    """HTTP in, a function that checks and keeps the newest, a file, an answer."""
    taking = {"url": "/records", "method": "post"}
    checking = {"func": CHECK, "outputs": 1}
    keeping = {
        "filename": str(file),
        "filenameType": "str",
        "appendNewline": True,
        "overwriteFile": "false",
        "encoding": "none",
    }
    steps: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("http in", taking),
        ("function", checking),
        ("file", keeping),
        ("http response", {}),
    )
    flow: list[dict[str, object]] = [{"id": "tab", "type": "tab", "label": "records"}]
    for at, (kind, settings) in enumerate(steps):
        wires = [[f"step{at + 1}"]] if at + 1 < len(steps) else []
        place = {"id": f"step{at}", "type": kind, "z": "tab", "x": 100 * at, "y": 100}
        flow.append({**place, "wires": wires, **settings})
    return flow
