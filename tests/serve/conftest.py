"""A server for each test, and one browser for all that look through it one after the other."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.serve.browsing import a_browser, serving
from tests.serve.world import World, a_world

OPEN: Final[list[Browser]] = []
STAYS: Final = ExitStack()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A node on an empty folder, called by the operator of its machine."""
    with a_world(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    """A port of this machine in front of the one ``world`` of a module."""
    with serving(world) as found:
        yield found


@pytest.fixture
def browser() -> Browser:
    """Chromium, the same for tests that follow each other; a screen is new for each of them."""
    if not OPEN:
        OPEN.append(STAYS.enter_context(a_browser()))
    return OPEN[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Close the browser before a test without one: while it is open, asyncio.run() may not be."""
    try:
        yield
    finally:
        if "browser" not in getattr(nextitem, "fixturenames", ()):
            OPEN.clear()
            STAYS.close()


def pytest_sessionfinish() -> None:
    """Close it after a run that was cut short, too."""
    STAYS.close()
