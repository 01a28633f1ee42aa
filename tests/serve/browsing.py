"""A real browser in front of a real server: what the tests of the console stand on."""

import asyncio
import contextlib
import re
import shutil
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)
from starlette.types import Receive, Scope, Send

from haihe.serve.app import App, make_app
from tests.serve.built import CONSOLE
from tests.serve.people import SECRET
from tests.serve.world import BASE, World

# Chromium without its own windows draws the same pages for little more than half the work.
CHROMIUM: Final = shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
DRIVER: Final = files("playwright") / "driver" / "node"
AXE: Final = files("axe_playwright_python") / "axe.min.js"
WIDE: Final = (1440, 900)  # Ours: the desk of a duty officer.
PHONE: Final = ViewportSize(width=360, height=740)  # CSS pixels of a small phone.
PATIENCE_MS: Final = 25_000  # Ours: far more than any step needs on two busy cores.
LOOK_MS: Final = 100  # Ours: between two looks at what is drawn.
# WCAG 2.2 AA; axe leaves the size of targets (2.5.8) out unless it is asked.
RULES: Final = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},
}
# What Chromium says about speed when a test reads pixels; the console reads none.
NOISE: Final = re.compile(r"GL Driver Message .*Performance|willReadFrequently")
# How often each colour is in a picture, as 0xRRGGBB; drawn on an empty page.
COLOURS: Final = """async (address) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const drawing = canvas.getContext("2d");
  drawing.drawImage(image, 0, 0);
  const { data } = drawing.getImageData(0, 0, image.width, image.height);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const colour = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts];
}"""
# A word of ours by its bare name, as it is shown when it is missing; not an id such as case-1.
BARE: Final = re.compile(
    r"\b(?:app|link|nav|units|levels|states|verbs|overview|packs|ask|sign|roles|admin|whatif|whyNot"
    r"|audit|steps|errors)\.[a-z]\w*|undefined|\bnull\b|NaN|\[object|Invalid Date"
)
CHINESE: Final = re.compile(r"[\u3400-\u9fff]")


def why_not() -> str:
    """Why no browser can be had here; "" if one can."""
    if not CHROMIUM:
        return "chromium is not installed; on Debian: apt-get install chromium-headless-shell"
    if not (CONSOLE / "index.html").is_file():
        return "the console is not built; 'pip install --editable .' builds it"
    if not DRIVER.is_file():
        return "playwright came without its driver for this machine"
    return ""


# Whatever looks through a browser is marked with it.
needs_browser: Final = [
    pytest.mark.peer,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


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
        if message.type in ("error", "warning") and NOISE.search(message.text) is None:
            self.faults.append(f"{message.text} ({message.location['url']})")

    def _asked(self, request: Request) -> None:
        if not request.url.removeprefix("blob:").startswith(self.origin + "/"):
            self.faults.append(f"a request to {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} for {response.url}")

    def barriers(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA in what is shown now."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("(rules) => axe.run(document, rules)", RULES)
        assert len(found["passes"]) > 10, "axe looked at nothing"
        return [
            f"{one['id']}: {one['help']}: {one['nodes'][0]['html']}" for one in found["violations"]
        ]


@contextlib.contextmanager
def a_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def a_screen(
    browser: Browser,
    address: str,
    *,
    language: str = "zh-CN",
    who: str = "",
    path: str = "/cases",
    is_first: bool = False,
) -> Iterator[Screen]:
    """The console at an address, as somebody sees it who was never there before.

    who: signed in under this name; "" for whoever sits at the machine of the server.
    path: the page they begin with.
    is_first: whether they meet the wizard; else they have put it off.
    """
    width, height = WIDE
    context = browser.new_context(locale=language, viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE_MS)
    if not is_first:
        context.add_init_script("sessionStorage.setItem('haihe.skipped', '1')")
    try:
        if who:
            sign_in(context, address, who)
        screen = Screen(context.new_page(), address.rstrip("/"))
        screen.watch()
        answer = screen.page.goto(address + path)
        assert answer is not None
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        yield screen
    finally:
        context.close()


def sign_in(context: BrowserContext, address: str, who: str) -> None:
    """Let a browser in under a name, without its screen."""
    body = {"name": who, "password": SECRET}
    heads = {"origin": address, "sec-fetch-site": "same-origin"}
    answer = context.request.post(f"{address}{BASE}/session", data=body, headers=heads)
    assert answer.status == 201, answer.text()


def colours(page: Page, picture: bytes) -> dict[int, int]:
    """How often each colour, as 0xRRGGBB, is in a PNG."""
    other = page.context.new_page()
    try:
        address = "data:image/png;base64," + b64encode(picture).decode()
        return {int(colour): int(count) for colour, count in other.evaluate(COLOURS, address)}
    finally:
        other.close()


def drawn(page: Page, box: Locator, *, least: Mapping[int, int]) -> dict[int, int]:
    """How often each colour is in a box, once those that are asked for are there so often.

    What is drawn comes a while after its words: a map's ground, the dots of a chart.

    least: colour as 0xRRGGBB to the pixels of it that are enough.
    """
    for _ in range(PATIENCE_MS // LOOK_MS):
        found = colours(page, box.screenshot())
        if all(found.get(colour, 0) >= count for colour, count in least.items()):
            return found
        page.wait_for_timeout(LOOK_MS)
    seen = {f"{colour:06x}": found.get(colour, 0) for colour in least}
    raise AssertionError(f"it was never drawn: {seen} of {len(found)} colours")


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
    """``haihe up --demo`` as a program of its own, with the gallery alone; its address."""
    home = folder / "demo"
    home.mkdir()
    (home / "haihe.toml").write_text('packs = ["gallery"]\n', encoding="utf-8")
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


def texts_of(page: Page) -> str:
    """What the page says now, to the eye and to a screen reader, in the language it says it is in.

    What is marked as being in a language of its own is left out.
    """
    return str(
        page.evaluate(
            """() => {
              const copy = document.body.cloneNode(true);
              for (const other of copy.querySelectorAll("[lang], noscript, script")) other.remove();
              const names = [...copy.querySelectorAll("[aria-label]")].map((one) => one.ariaLabel);
              return [copy.textContent, ...names, document.title].join("\\n");
            }"""
        )
    )


def fits_a_phone(page: Page) -> None:
    """Make the window a small phone's, and wait until nothing of the page is wider than it.

    Charts follow their box a frame later, so a look at the first moment would see the old width.
    Raises a playwright error if the page stays too wide.
    """
    page.set_viewport_size(PHONE)
    page.wait_for_function(
        """(width) => innerWidth === width && document.documentElement.scrollWidth <= width""",
        arg=PHONE["width"],
    )
