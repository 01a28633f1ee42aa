"""A small node with a server in front of it, to call."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
from starlette.types import ASGIApp, Message

from haihe.detect.limit import Limit
from haihe.log import SqliteLog
from haihe.model import (
    MINUTE,
    Case,
    Decision,
    Field,
    FieldKind,
    Order,
    Settled,
    Severity,
    Stream,
    Text,
)
from haihe.model.time import format_instant
from haihe.pack import Closure, Pack, Playbook, View
from haihe.run.audit import log_key
from haihe.run.clock import WallClock
from haihe.run.node import Node
from haihe.run.why_order import prove
from haihe.serve.access import Grant, Role
from haihe.serve.access.tokens import make_token
from haihe.serve.app import App, make_app
from haihe.serve.settings import Cost, Services, Settings
from haihe.state.history import History
from tests.serve.documented import check_documented

R = TypeVar("R")
BASE: Final = "/api/v1"
AIR: Final = Stream(
    "t.air", (Field("methane", "%LEL", 0, 100), Field("note", kind=FieldKind.TEXT)), "a test"
)
CHEAP: Final = Cost(passes=1, memory_kib=64, lanes=1)  # A test guesses no passwords.
CAR: Final = Stream("t.car", (Field("lon", "deg", -180, 180), Field("lat", "deg", -90, 90)))


def ventilate(case: Case, view: View) -> Decision:
    """A fan and a crew."""
    seen = view.latest(AIR.name, case.entity)
    value = seen.numbers["methane"] if seen is not None else float("nan")
    fan = Order(
        action="fan-start",
        entity=case.entity,
        assignee="gateway",
        due_in=MINUTE,
        title=Text(zh="启动风机", en="start the fan"),
        settled=Settled.BY_RECEIPT,
    )
    crew = Order(
        action="inspect",
        entity=case.entity,
        assignee="crew",
        due_in=30 * MINUTE,
        title=Text(zh="现场核查", en="inspect"),
    )
    why = Text(zh=f"甲烷 {value}，限值 20", en=f"methane {value}, limit 20")
    return Decision(orders=(fan, crew), why=why)


PACK: Final = Pack(
    name="t",
    title=Text(zh="试验", en="test"),
    playbooks=(
        Playbook(
            name="methane-high",
            title=Text(zh="甲烷高", en="methane high"),
            stream=AIR,
            detect=Limit("methane", high=20.0, deadband=5.0, severity=Severity.SEVERE),
            decide=ventilate,
            close=Closure(
                window=10 * MINUTE, at_least=10, holds=lambda seen: seen.numbers["methane"] <= 5
            ),
        ),
    ),
    streams=(CAR,),
)


class Client:
    """A caller who waits: an event loop in a thread of its own, and a client on it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        address: str = "127.0.0.1",
        fails: bool = True,
        heads: Mapping[str, str] | None = None,
    ) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        transport = httpx.ASGITransport(app, client=(address, 5000), raise_app_exceptions=fails)
        self._client = httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=heads
        )

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """What a coroutine gives on the client's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer to a request; its status is one that the document names."""
        answer = self.ask(method, path, **more)
        check_documented(method, answer.url.path, answer.status_code)
        return answer

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer to a request, whatever its status."""
        return self.run(self._client.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> httpx.Response:
        return self.request("PUT", path, **more)

    def forget(self) -> None:
        """Keep no cookies."""
        self._client.cookies.clear()

    def close(self) -> None:
        """Hang up."""
        self.run(self._client.aclose())
        self.run(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@dataclass
class World:
    """A node, its server, and a caller on the same machine."""

    folder: Path
    node: Node
    app: App
    client: Client
    tokens: dict[Role, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET that must do."""
        answer = self.client.get(BASE + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object, *, status: int = 200) -> Any:
        """The JSON of a POST with the status it must have."""
        answer = self.client.post(BASE + path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def put(self, path: str, body: object, *, status: int = 201) -> Any:
        """The JSON of a PUT with the status it must have."""
        answer = self.client.put(BASE + path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def now(self, *, back: int = 0) -> str:
        """The time, or a while ago, as records carry it."""
        return format_instant(time.time_ns() - back)

    def leak(self, entity: str = "zone/7") -> str:
        """A methane alarm; the id of its case."""
        record = {"entity": entity, "observed_at": self.now(), "methane": 35}
        self.post("/streams/t.air", record, status=201)
        cases: Sequence[Any] = self.get("/cases", state="open")["cases"]
        return str(next(case["id"] for case in cases if case["entity"] == entity))

    def give_token(self, role: Role, *, packs: tuple[str, ...] = (), owner: str = "") -> str:
        """A new token; from then on nobody comes in without one."""
        owner = owner or ("acme" if role is Role.ENTERPRISE else "")
        name = f"{role.value}-{len(self.tokens)}-{'-'.join(packs)}{owner}"
        teams = ("*",) if role is Role.CREW else ()
        grant = Grant((role,), packs, owner=owner, assignees=teams)
        text = make_token(self.folder, name, grant=grant)
        self.app.platform.access.book.look_again()
        self.tokens[role] = text
        return text


@contextmanager
def a_world(folder: Path, *, pack: Pack = PACK, **settings: Any) -> Iterator[World]:
    """A node on an empty folder with a server in front of it."""
    log = SqliteLog(folder)
    node = Node(log, [pack], clock=WallClock(log.received_at))
    key = log_key(folder, name="test.local/zone")
    services = Services(
        history=History(node.log, folder / "history"),
        proof=lambda subject: prove(log, subject, key=key, loops=node.engine.loops),
    )
    app = make_app(node, Settings(**{"services": services, "cost": CHEAP, **settings}))
    node.start()
    client = Client(app)
    try:
        yield World(folder, node, app, client)
    finally:
        client.loop.call_soon_threadsafe(app.stop_pushing)
        client.close()
        app.platform.access.close()
        node.stop()


Receive = Callable[[], Awaitable[Message]]


@dataclass
class Heard:
    """What an app sent, as it came."""

    messages: list[Message] = field(default_factory=list)

    @property
    def status(self) -> int:
        """Of the answer."""
        return int(self.messages[0]["status"])

    @property
    def body(self) -> bytes:
        """All of it so far."""
        return b"".join(message.get("body", b"") for message in self.messages[1:])

    async def send(self, message: Message) -> None:
        """Take a message."""
        self.messages.append(message)
        await asyncio.sleep(0)


def scope_of(method: str, path: str, **heads: str) -> dict[str, Any]:
    """A request's scope as a server makes it; header names with underscores."""
    head, _, query = path.partition("?")
    headers = [(b"host", b"127.0.0.1")]
    headers += [
        (name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in heads.items()
    ]
    return {
        "type": "http",
        "method": method,
        "path": head,
        "raw_path": head.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "root_path": "",
    }
