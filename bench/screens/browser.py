"""Headless Chromium as it comes, and the frames it presented, by its own account."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM: Final = shutil.which("chromium") or ""
# None for drawing. A container's root cannot have Chromium's sandbox; without root it is not given.
FLAGS: Final = ("--no-sandbox",)
DESK: Final = {"width": 1920, "height": 1080}  # CSS pixels: a usual screen of an operations room.
WAIT_MS: Final = 60_000  # Far more than any step needs.
CATEGORIES: Final = ("cc", "benchmark", "viz", "disabled-by-default-devtools.timeline.frame")
# A frame that went out with all that the page wanted in it; partial ones lack the page's own part.
WHOLE: Final = "STATE_PRESENTED_ALL"
RENDERER: Final = """() => {
  const pen = document.createElement("canvas").getContext("webgl2");
  const names = pen && pen.getExtension("WEBGL_debug_renderer_info");
  return names ? pen.getParameter(names.UNMASKED_RENDERER_WEBGL) : "no WebGL 2";
}"""


@dataclass(frozen=True, slots=True)
class Frames:
    """What a stretch of time brought to the screen.

    whole_s: frames a second presented with all of the page's own drawing in them.
    shown_s: frames a second that the display was given, of any kind.
    longest_ms: the longest time between two of these.
    """

    whole_s: float
    shown_s: float
    longest_ms: float


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Chromium with no flag for graphics, so that it draws as it would on a machine without."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def a_page(browser: Browser, address: str) -> Iterator[Page]:
    """A page of somebody who was never here, past the wizard; empty caches."""
    context = browser.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]  # A dict.
    try:
        yield _ready(context, address)
    finally:
        context.close()


def _ready(context: BrowserContext, address: str) -> Page:
    context.set_default_timeout(WAIT_MS)
    context.add_init_script("sessionStorage.setItem('haihe.skipped', '1')")
    page = context.new_page()
    page.goto(address)
    return page


def renderer_of(page: Page) -> str:
    """What draws WebGL."""
    return str(page.evaluate(RENDERER))


def flags_of(browser: Browser) -> str:
    """The version, and all options that speak of drawing, as the browser was started.

    Playwright and Debian's wrapper add some of their own to those above.
    """
    words = ("gpu", "gl", "swiftshader", "headless", "sandbox", "compositing", "frame")
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_text().rstrip("\0").split("\0")
        except OSError:
            continue  # It has ended meanwhile.
        is_main = not any(option.startswith("--type=") for option in command)
        if is_main and "--headless" in command and os.getpid() in _ancestors(int(path.name)):
            kept = [option for option in command if any(word in option for word in words)]
            told = [one for one in kept if one.startswith("--") and "-features" not in one]
            return " ".join((browser.version, *dict.fromkeys(told)))
    return browser.version


def _ancestors(pid: int) -> Iterator[int]:
    """The processes that began a process."""
    while pid > 1:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return  # One of them has ended.
        pid = int(stat.rpartition(")")[2].split()[1])
        yield pid


def frames_of(browser: Browser, page: Page, *, act: Callable[[], float]) -> Frames:
    """The frames presented while something is done.

    act: does it; gives how long it took, s.
    """
    browser.start_tracing(page=page, categories=list(CATEGORIES))
    took_s = act()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    whole = [
        event["ts"]
        for event in events
        if event["name"] == "PipelineReporter"
        and event.get("args", {}).get("frame_reporter", {}).get("state") == WHOLE
    ]
    shown = sorted(event["ts"] for event in events if event["name"] == "Display::FrameDisplayed")
    # The trace begins a little before and ends a little after what is done.
    span_s = max(took_s, *((max(each) - min(each)) / 1e6 for each in (whole, shown) if each))
    gaps_ms = np.diff(shown) / 1e3 if len(shown) > 1 else np.array([took_s * 1e3])
    return Frames(len(whole) / span_s, len(shown) / span_s, float(gaps_ms.max()))
