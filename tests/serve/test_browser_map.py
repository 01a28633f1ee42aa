"""The map in a real browser: the operator's base map beneath, what moves and alarms above."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from haihe.serve.basemap import cut, extract
from haihe.serve.basemap.bring import base_map
from tests.serve.browsing import a_screen, drawn, needs_browser, serving
from tests.serve.mapping import town
from tests.serve.world import a_world

WATER, HIGHWAY, HOUSE = 0x16324A, 0x465A70, 0x1F2733  # What the console paints them.
MANY = 200  # Pixels: more than edges that happen to have a colour.

pytestmark = [
    *needs_browser,
    pytest.mark.skipif(
        not (extract.INSTALLED and cut.INSTALLED), reason="needs pip install 'haihe[osm]'"
    ),
]


def test_roads_water_and_houses_of_the_operators_map_are_drawn_with_its_credit(
    browser: Browser, tmp_path: Path
) -> None:
    base = base_map(town(tmp_path / "town.osm"), tmp_path)
    with (
        a_world(tmp_path / "data", base_map=base) as world,
        serving(world) as address,
        a_screen(browser, address, path="/") as screen,
    ):
        page = screen.page
        shown = page.locator(".map")
        expect(shown.locator(".credit")).to_have_text("© OpenStreetMap contributors")
        drawn(page, shown, least={WATER: MANY, HIGHWAY: MANY})
        assert screen.faults == []  # No error, and no request to any other host.
