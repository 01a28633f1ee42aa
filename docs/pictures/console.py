"""Takes the pictures of the console from the running demonstration.

``pip install --editable '.[test]' pillow`` and Chromium, then ``python docs/pictures/console.py``:
it starts ``haihe up --demo`` on a free port, waits for cases, and writes a PNG for each page and
language.
"""

import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

FOLDER: Final = Path(__file__).parent
SPEED: Final = 40  # Of the demonstration's clock: five leaks and breaks in half a minute.
WIDTH, HEIGHT = 1280, 800  # CSS pixels: a usual laptop.
BYTES_MAX: Final = 200_000  # A page of documents shall load at once.
WAIT_MS: Final = 60_000  # Far more than any step needs.
CASES_MIN: Final = 3  # The plan of the demonstration has them in its first minutes.
SETTLE_MS: Final = 1_500  # The map's last frame, and a second of the clock.
LANGUAGES: Final = {"en-GB": "", "zh-CN": ".zh-CN"}
FLAGS: Final = ("--no-sandbox", "--disable-gpu")
COLOURS: Final = 256  # The console has some twenty, and the shades of its letters.
RULE: Final = "gallery.methane-high"


@contextlib.contextmanager
def demonstration() -> Iterator[str]:
    """The address of a demonstration on an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["up", "--demo", "--port", "0", "--speed", str(SPEED), "--data", folder]
        command = [sys.executable, "-m", "haihe.cli.main", *options]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert running.stdout is not None
        try:
            said = re.search(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
            assert said is not None, "the demonstration did not say its address"
            yield said.group()
        finally:
            running.terminate()
            running.wait(20)
            running.stdout.close()


def overview(page: Page, address: str) -> None:
    """All the duty officer sees without a click."""
    page.goto(address)
    expect(page.locator("a.row").nth(CASES_MIN - 1)).to_be_visible()
    expect(page.locator(".map canvas.overlay")).to_be_visible()


def case(page: Page, address: str) -> None:
    """The leak, from why to what it rests on."""
    page.goto(f"{address}/cases")
    page.locator("a.row", has_text=re.compile("甲烷浓度高|ethane")).first.click()
    expect(page.locator(".chart canvas")).to_be_visible()


def whatif(page: Page, address: str) -> None:
    """What a higher limit would have missed."""
    page.goto(f"{address}/whatif?rule={RULE}")
    page.get_by_label(re.compile("^high")).fill("40")
    page.locator("button.first").click()
    expect(page.locator(".both")).to_be_visible()


def traffic(page: Page, address: str) -> None:
    """Twelve junctions and the avenue's reversible lane."""
    page.goto(f"{address}/traffic")
    expect(page.locator("svg a.node").first).to_be_visible()


SCENES: Final[dict[str, Callable[[Page, str], None]]] = {
    "overview": overview,
    "case": case,
    "whatif": whatif,
    "traffic": traffic,
}


def take(browser: Browser, address: str, *, language: str) -> None:
    """One picture for each scene.

    Raises ValueError if one is too large.
    """
    size = {"width": WIDTH, "height": HEIGHT}
    context = browser.new_context(locale=language, viewport=size)  # type: ignore[arg-type]  # A dict.
    context.set_default_timeout(WAIT_MS)
    context.add_init_script("sessionStorage.setItem('haihe.skipped', '1')")  # Past the wizard.
    page = context.new_page()
    for name, show in SCENES.items():
        show(page, address)
        page.wait_for_timeout(SETTLE_MS)
        path = FOLDER / f"console-{name}{LANGUAGES[language]}.png"
        picture = Image.open(BytesIO(page.screenshot()))
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
        if path.stat().st_size > BYTES_MAX:
            raise ValueError(f"{path.name} has {path.stat().st_size} bytes; at most {BYTES_MAX}.")
        sys.stdout.write(f"{path.name} {path.stat().st_size / 1e3:.0f} kB\n")
    context.close()


def main() -> None:
    """Write the pictures beside this file."""
    expect.set_options(timeout=WAIT_MS)
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        for language in LANGUAGES:
            take(browser, address, language=language)
        browser.close()


if __name__ == "__main__":
    main()
