"""A real browser in front of a real server: what the tests of the page stand on."""

import asyncio
import contextlib
import re
import shutil
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright
from starlette.types import Receive, Scope, Send

from haihe.serve.app import App, make_app
from tests.serve.world import World

CHROMIUM: Final = shutil.which("chromium") or ""
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
DRIVER: Final = files("playwright") / "driver" / "node"
AXE: Final = files("axe_playwright_python") / "axe.min.js"
WIDE: Final = (1440, 900)  # Ours: the desk of a duty officer.
PATIENCE_MS: Final = 25_000  # Ours: far more than any step needs on two busy cores.
GRAVE: Final = ("serious", "critical")  # What axe calls a barrier.
# How many colours a picture has, and the share of the most frequent; drawn on an empty page.
COLOURS: Final = """async (address) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const drawing = canvas.getContext("2d");
  drawing.drawImage(image, 0, 0);
  const pixels = new Uint32Array(drawing.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  return [counts.size, Math.max(...counts.values()) / pixels.length];
}"""


def why_not() -> str:
    """Why no browser can be had here; "" if one can."""
    if not CHROMIUM:
        return "chromium is not installed; on Debian or Ubuntu: apt-get install chromium"
    if not DRIVER.is_file():
        return "playwright came without its driver for this machine"
    return ""


@dataclass
class Screen:
    """A page somebody looks at, and what it did that it should not.

    faults: errors of the console and of scripts, what its rules stopped, and foreign requests.
    """

    page: Page
    origin: str
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note from now on what should not be."""
        self.page.on("console", self._told)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _told(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(self.origin + "/"):
            self.faults.append(f"a request to {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} for {response.url}")

    def barriers(self) -> list[str]:
        """What axe calls serious or critical in what is shown now."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert len(found["passes"]) > 10, "axe looked at nothing"
        return [
            f"{one['id']}: {one['help']}: {one['nodes'][0]['html']}"
            for one in found["violations"]
            if one["impact"] in GRAVE
        ]


@contextlib.contextmanager
def a_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def a_screen(browser: Browser, address: str, *, language: str = "zh-CN") -> Iterator[Screen]:
    """The page at an address, as somebody sees it who was never there before."""
    width, height = WIDE
    context = browser.new_context(locale=language, viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE_MS)
    try:
        screen = Screen(context.new_page(), address.rstrip("/"))
        screen.watch()
        answer = screen.page.goto(address)
        assert answer is not None
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        yield screen
    finally:
        context.close()


def colours(browser: Browser, picture: bytes) -> tuple[int, float]:
    """How many colours a PNG has, and which share of it the most frequent one covers."""
    page = browser.new_page()
    try:
        address = "data:image/png;base64," + b64encode(picture).decode()
        count, share = page.evaluate(COLOURS, address)
    finally:
        page.close()
    return int(count), float(share)


class Muffled:
    """An app that can fall silent while its socket stays open, as behind a pulled cable."""

    def __init__(self, app: App, *, speaks: threading.Event) -> None:
        self.app = app
        self.speaks = speaks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while scope["type"] == "http" and not self.speaks.is_set():
            await asyncio.sleep(0.05)
        await self.app(scope, receive, send)


class _Server(uvicorn.Server):
    """A server that lets its listeners go when it stops, as ``haihe up`` does."""

    def __init__(self, served: Muffled) -> None:
        config = uvicorn.Config(
            served, log_level="error", access_log=False, ws="none", timeout_graceful_shutdown=1
        )
        super().__init__(config)
        self._app = served.app
        self.answers = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.stop_pushing()
        await super().shutdown(sockets)


@contextlib.contextmanager
def serving(world: World, *, port: int = 0, speaks: threading.Event | None = None) -> Iterator[str]:
    """A world's node on a port of this machine; its address.

    The app is another one than the world's: each has the event loop it is called in to itself.

    port: 0 for any that is free.
    speaks: cleared for as long as the server shall answer nothing.
    """
    if speaks is None:
        (speaks := threading.Event()).set()
    app = make_app(world.node, world.app.platform.settings)
    with contextlib.closing(socket.socket()) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        server = _Server(Muffled(app, speaks=speaks))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        assert server.answers.wait(10), "the server did not come up"
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive(), "the server did not stop"


@contextlib.contextmanager
def demonstration(folder: Path, *, speed: float) -> Iterator[str]:
    """``haihe up --demo`` as a program of its own; its address."""
    options = ["up", "--demo", "--port", "0", "--speed", str(speed), "--data", str(folder)]
    command = [sys.executable, "-m", "haihe.cli.main", *options]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
        assert address is not None, "the demonstration did not say its address"
        yield address.group()
    finally:
        running.terminate()
        running.wait(20)
        running.stdout.close()


def texts_of(page: Page) -> dict[str, Any]:
    """What the page says now: to the eye, to a screen reader, and by which names of words.

    seen: the text but for what is marked as being in a language of its own.
    labels: names for screen readers, and the title.
    words: the name of each word in the page to its text.
    """
    found: dict[str, Any] = page.evaluate(
        """() => {
          const said = (one) => [one.dataset.word, one.textContent];
          const copy = document.body.cloneNode(true);
          for (const other of copy.querySelectorAll("[lang], #language, noscript")) other.remove();
          const all = (query) => [...document.querySelectorAll(query)];
          return {
            seen: copy.textContent,
            labels: [...all("[aria-label]").map((one) => one.ariaLabel), document.title],
            words: Object.fromEntries(all("[data-word]").map(said)),
          };
        }"""
    )
    return found
