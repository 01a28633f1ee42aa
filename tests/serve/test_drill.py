"""A drill held by a server: in a process of its own, for who may, and nothing of it gets out."""

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from haihe.errors import LogUnavailable
from haihe.log.sqlite import SqliteLog
from haihe.model import MINUTE
from haihe.model.line import Action, Dispatched, Filed, OrderMoved, decode_lines
from haihe.model.time import format_instant
from haihe.run.config import Config, SinkSetting
from haihe.run.drill.copy import Stand, Wanted
from haihe.run.drill.player import Phase
from haihe.run.span import Span
from haihe.serve.drill import keeper
from haihe.serve.drill.contract import Answer, Call, Running
from haihe.serve.drill.keeper import FOLDER, Keeper, listening_in, sweep
from tests.serve.people import SECRET
from tests.serve.world import BASE
from tests.serve.zone import ADMIN, HANDLER, VIEWER, Gallery, a_gallery

WITHIN = "/drilling/api/v1"
PATIENCE = 400  # Looks of 50 ms: far more than a process needs to begin on two busy cores.
BEGINS_S = 60.0  # For one answer: a drill's begin has taken 9 s under load.


class Receiver(HTTPServer):
    """A webhook of the zone: counts what it gets."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/orders"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        self.server.orders.append(str(self.headers["Idempotency-Key"]))
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the same.
        """Say nothing."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Gallery]:
    config = Config(sink=(SinkSetting("*", webhook=receiver.url),))
    with a_gallery(tmp_path_factory.mktemp("gallery"), config=config) as made:
        yield made


@pytest.fixture
def call(gallery: Gallery) -> Iterator[Callable[..., httpx.Response]]:
    """A call under somebody's name; whatever drill is on in the end is ended."""

    def called(who: str, method: str, path: str, body: object = None) -> httpx.Response:
        client = gallery.world.client
        client.forget()
        heads = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
        known = {"name": who, "password": SECRET}
        assert client.post(f"{BASE}/session", json=known, headers=heads).status_code == 201
        more = {"json": body} if body is not None else {}
        return client.request(method, path, headers=heads, **more)

    yield called
    called(ADMIN, "POST", f"{BASE}/drill/actions", {"verb": "end"})


def wanted(gallery: Gallery, *, minutes: int = 4, speed: float = 100) -> dict[str, Any]:
    end = gallery.world.node.log.received_at
    begin = format_instant(end - minutes * MINUTE)
    return {"from": begin, "to": format_instant(end + 1), "speed": speed}


def stand_of(call: Callable[..., httpx.Response]) -> dict[str, Any]:
    shown = call(VIEWER, "GET", f"{BASE}/drill").json()
    return dict(shown["stand"] or {"phase": "none"})


def wait_for(call: Callable[..., httpx.Response], *phases: str) -> dict[str, Any]:
    for _ in range(PATIENCE):
        stand = stand_of(call)
        if stand["phase"] in phases:
            return stand
        assert stand["phase"] != "failed", stand
        threading.Event().wait(0.05)
    raise AssertionError(stand)


def lines_of(gallery: Gallery, kind: type) -> list[Any]:
    entries = gallery.world.node.log.read(0, streams=("fact", "step"))
    every = (line for entry in entries for line in decode_lines(entry.body or b""))
    return [line for line in every if isinstance(line, kind)]


def test_a_drill_is_practised_on_and_only_its_result_reaches_the_log(
    gallery: Gallery, receiver: Receiver, call: Callable[..., httpx.Response]
) -> None:
    begun = call(HANDLER, "POST", f"{BASE}/drill", wanted(gallery))
    assert begun.status_code == 200, begun.text
    assert call(ADMIN, "POST", f"{BASE}/drill", wanted(gallery)).status_code == 409
    wait_for(call, "over")
    assert call(HANDLER, "GET", f"{WITHIN}/session").json()["is_drill"] is True
    listed = call(HANDLER, "GET", f"{WITHIN}/cases?state=open").json()["cases"]
    case = next(one["id"] for one in listed if one["entity"] == "zone/7")
    given = call(HANDLER, "GET", f"{WITHIN}/orders?limit=500").json()["orders"]
    order = next(
        one["id"] for one in given
        if one["case"] == case and one["order"]["settled"] == "verification"
    )  # fmt: skip
    done = call(HANDLER, "POST", f"{WITHIN}/orders/{order}/actions", {"verb": "accept"})
    assert (done.status_code, done.json()["handler"]) == (200, HANDLER)
    ended = call(HANDLER, "POST", f"{BASE}/drill/actions", {"verb": "end"})
    assert ended.json() == {"stand": None, "is_inside": False}
    assert receiver.orders, "the zone's own orders are sent"
    assert len(set(receiver.orders)) == len(receiver.orders), "each once: none of the drill's"
    assert set(receiver.orders) <= {line.id for line in lines_of(gallery, Dispatched)}
    assert HANDLER not in {line.by for line in lines_of(gallery, Action)}
    assert HANDLER not in {line.by for line in lines_of(gallery, OrderMoved)}
    filed = lines_of(gallery, Filed)
    assert [(one.kind, one.by, one.people) for one in filed] == [("drill", HANDLER, (HANDLER,))]
    held = call(VIEWER, "GET", f"{BASE}/drills").json()
    row = next(row for row in held[0]["sheet"]["rows"] if row["entity"] == "zone/7")
    assert row["drill"]["accepted_s"] > 0
    assert row["then"]["accepted_s"] is None
    assert list((gallery.world.folder / FOLDER).iterdir()) == []


def test_a_drill_is_held_by_its_roles_and_closed_to_others(
    gallery: Gallery, call: Callable[..., httpx.Response]
) -> None:
    assert call(VIEWER, "POST", f"{BASE}/drill", wanted(gallery)).status_code == 403
    assert call(VIEWER, "GET", f"{WITHIN}/cases").status_code == 409
    call(ADMIN, "POST", f"{BASE}/drill", wanted(gallery, speed=1))
    wait_for(call, "running")
    calls: list[tuple[str, str, object, int]] = [
        ("GET", "/cases", None, 200),
        ("GET", "/accounts", None, 403),
        ("GET", "/session/provider", None, 403),
        ("POST", "/streams/gallery.air", [], 403),
        ("PUT", "/entities/zone/1", {}, 403),
        ("POST", "/cases/gallery-1/actions", {"verb": "note", "reason": "x"}, 403),
        ("GET", "/cases/none", None, 400),
        ("GET", "/events?after=x", None, 400),
    ]
    for method, path, body, status in calls:
        answer = call(VIEWER, method, WITHIN + path, body)
        assert answer.status_code == status, (path, answer.text)
    assert call(VIEWER, "POST", f"{BASE}/drill/actions", {"verb": "pause"}).status_code == 403
    assert call(ADMIN, "POST", f"{WITHIN}/drill/actions", {"verb": "pause"}).status_code == 200
    assert wait_for(call, "paused")["speed"] == 1
    faster = call(ADMIN, "POST", f"{BASE}/drill/actions", {"verb": "speed", "speed": 50})
    assert faster.json()["stand"]["speed"] == 50
    wild = call(ADMIN, "POST", f"{BASE}/drill/actions", {"verb": "speed", "speed": 5_000})
    assert wild.status_code == 422


def test_a_span_that_is_none_is_refused_with_words(
    gallery: Gallery, call: Callable[..., httpx.Response]
) -> None:
    bodies: list[tuple[dict[str, Any], int]] = [
        ({"from": "2001-01-01T00:00:00Z"}, 422),
        ({"from": "yesterday"}, 400),
        ({**wanted(gallery), "speed": 0.5}, 422),
        ({"from": wanted(gallery)["to"], "to": wanted(gallery)["from"]}, 422),
    ]
    for body, status in bodies:
        answer = call(ADMIN, "POST", f"{BASE}/drill", body)
        assert answer.status_code == status, answer.text
    assert stand_of(call)["phase"] == "none"
    nothing = call(ADMIN, "POST", f"{BASE}/drill/actions", {"verb": "pause"})
    assert nothing.status_code == 409


def test_the_process_has_no_network_and_is_cleared_away_when_it_dies(
    gallery: Gallery, call: Callable[..., httpx.Response]
) -> None:
    call(ADMIN, "POST", f"{BASE}/drill", wanted(gallery, speed=1))
    drills = gallery.world.app.platform.settings.services.drills
    assert isinstance(drills, Keeper)
    running = drills.running
    assert running is not None
    if running.is_cut_off:  # Where the machine lets a program be started without a network.
        wait_for(call, "running")
        devices = Path(f"/proc/{running.process.pid}/net/dev").read_text(encoding="ascii")
        assert [line.split(":")[0].strip() for line in devices.splitlines()[2:]] == ["lo"]
    running.process.kill()
    running.process.wait(10)
    stand = stand_of(call)
    assert (stand["phase"], "ended" in stand["trouble"]) == ("failed", True)
    assert call(ADMIN, "GET", f"{WITHIN}/cases").status_code == 503
    filed = len(lines_of(gallery, Filed))
    call(ADMIN, "POST", f"{BASE}/drill/actions", {"verb": "end"})
    assert stand_of(call)["phase"] == "none"
    assert len(lines_of(gallery, Filed)) == filed, "what has no sheet is not recorded"
    assert list((gallery.world.folder / FOLDER).iterdir()) == []


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demonstration in a process of its own, which is ended whatever becomes of the test."""
    options = ["up", "--demo", "--port", "0", "--speed", "200", "--data", str(tmp_path)]
    command = [sys.executable, "-m", "haihe.cli.main", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as made:
        try:
            yield made
        finally:
            made.kill()


def test_a_killed_server_takes_its_drill_along(
    tmp_path: Path, server: subprocess.Popen[str]
) -> None:
    assert server.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
    assert found is not None
    with httpx.Client(base_url=found.group(), timeout=BEGINS_S) as client:
        end = client.get(f"{BASE}/health").json()["now"]
        for _ in range(PATIENCE):  # Until its clock has gone on by a minute, in no time.
            begun = client.post(f"{BASE}/drill", json={"from": end, "speed": 1, "by": "Ann"})
            if begun.status_code == 200:
                break
            threading.Event().wait(0.05)
        assert begun.status_code == 200, begun.text
        (folder,) = (tmp_path / "demo" / FOLDER).iterdir()
    server.kill()
    server.wait(BEGINS_S)
    for _ in range(PATIENCE):
        if not folder.exists():
            break
        threading.Event().wait(0.05)
    assert not folder.exists()


def test_an_answer_that_came_too_late_is_not_taken_for_that_of_a_later_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What made a test see the speed of before: each answer was then taken one call too late."""
    span = Span(0, 1)
    answers = [
        Answer(number, stand=Stand(Phase.RUNNING, span, 0, speed, "Ann", 1.0))
        for number, speed in ((1, 1.0), (2, 50.0))
    ]
    program = "import sys; sys.stdin.readline(); sys.stdin.readline(); print(sys.argv[1])"
    told = "\n".join(msgspec.json.encode(answer).decode() for answer in answers)
    command = [sys.executable, "-c", program, told]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        running = Running(process, Path(), "", Wanted(span, 1.0, "Ann"), is_cut_off=False)
        monkeypatch.setattr(keeper, "ANSWER_WAIT_S", 0.0)
        with pytest.raises(LogUnavailable, match="does not answer"):
            keeper.asked(running, Call("stand"))
        monkeypatch.setattr(keeper, "ANSWER_WAIT_S", BEGINS_S)
        stand = keeper.asked(running, Call("go", speed=50.0)).stand
        assert stand is not None
        assert stand.speed == 50.0


def test_what_a_killed_drill_left_is_swept_at_the_next_start(tmp_path: Path) -> None:
    left, living = tmp_path / FOLDER / "a", tmp_path / FOLDER / "b"
    for folder in (left, living):
        SqliteLog(folder / "zone").close()
    held = SqliteLog(living / "zone")
    sweep(tmp_path / FOLDER)
    assert not left.exists()
    assert living.exists()
    held.close()


def test_a_socket_is_reached_however_long_its_path_is(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 200)
    folder.mkdir()
    with listening_in(folder) as door:
        assert door.family is socket.AF_UNIX
        assert (folder / "door").exists()
    assert sys.platform == "linux"
