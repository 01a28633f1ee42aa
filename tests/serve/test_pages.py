"""The console's files as they are sent: by whom they may be kept, packed, and what is no page."""

import re

import httpx
import pytest

from haihe.serve.access import Access
from haihe.serve.pages import FOREVER, NOT_BUILT, Pages
from tests.serve.built import CONSOLE, needs_console
from tests.serve.world import BASE, Client, World

FIELD_MAX = 150_000  # Bytes in Brotli: half of what the console may ask for at first.
DEEP = "/cases/gallery-17"  # A page of the console's own; no file has that name.


def asset(ending: str) -> str:
    """The path of the largest file of a kind; it has been packed, too."""
    found = max((CONSOLE / "assets").glob(f"*.{ending}"), key=lambda path: path.stat().st_size)
    return f"/assets/{found.name}"


def ask(world: World, path: str, *, accepts: str = "", method: str = "GET") -> httpx.Response:
    return world.client.request(method, path, headers={"accept-encoding": accepts})


@needs_console
@pytest.mark.parametrize("path", ["/", DEEP, "/icon.svg", "/field"])
def test_the_page_allows_nothing_from_elsewhere_and_no_script_in_its_text(
    world: World, path: str
) -> None:
    answer = ask(world, path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert len(answer.text) > 100
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", answer.text)
    assert not re.search(r"\son\w+=|<style|\sstyle=|javascript:|<script>", answer.text)


@needs_console
def test_the_first_file_has_a_language_and_says_what_to_do_without_scripts(world: World) -> None:
    text = ask(world, "/").text
    assert "<html lang=" in text
    assert "<noscript" in text


@needs_console
def test_a_path_without_a_file_is_one_of_the_consoles_own_pages(world: World) -> None:
    first = ask(world, "/")
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    for path in (DEEP, "/entities/zone/7", "/whatif?rule=gallery.methane-high", "/%E6%B3%B5"):
        assert ask(world, path).content == first.content


@needs_console
def test_the_field_page_is_light_stands_by_itself_and_brings_its_keeper(world: World) -> None:
    page, keeper = ask(world, "/field"), ask(world, "/field-worker.js")
    assert page.content != ask(world, "/").content
    names = re.findall(r"""(?:src|href)="(/assets/[^"]+)\"""", page.text)
    packed = sum(len((CONSOLE / f"{name[1:]}.br").read_bytes()) for name in names
                 if (CONSOLE / f"{name[1:]}.br").is_file())  # fmt: skip
    assert 10_000 < packed < FIELD_MAX, packed
    assert keeper.headers["content-type"] == "text/javascript; charset=utf-8"
    assert keeper.headers["cache-control"] == "no-cache"  # Else it stays for good.
    assert "worker-src 'self'" in page.headers["content-security-policy"]
    assert "import" not in keeper.text, "it has to come in one piece"


@needs_console
@pytest.mark.parametrize("path", ["/assets/gone-1a2b3c.js", "/robots.txt", "/../secret.js"])
def test_a_file_that_is_not_there_is_no_page(world: World, path: str) -> None:
    answer = ask(world, path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown"


@pytest.mark.parametrize(
    "path", ["/api", "/api/", BASE, f"{BASE}/cases/t-1/x/y", "/health", "/ngsi-ld", "/ngsi-ld/v1/x"]
)
def test_below_the_api_nothing_is_a_page(world: World, path: str) -> None:
    answer = ask(world, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(("application/json", "application/problem"))


@needs_console
@pytest.mark.parametrize(("ending", "kind"), [("js", "text/javascript"), ("css", "text/css")])
def test_an_asset_is_kept_for_ever_and_comes_in_brotli_to_whom_takes_it(
    world: World, ending: str, kind: str
) -> None:
    path = asset(ending)
    plain, packed = ask(world, path), ask(world, path, accepts="gzip, br")
    for answer in (plain, packed):
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["cache-control"] == FOREVER
        assert "accept-encoding" in answer.headers["vary"]
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "content-encoding" not in plain.headers
    assert plain.content == (CONSOLE / path.lstrip("/")).read_bytes()
    assert packed.headers["content-encoding"] == "br"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2


@needs_console
@pytest.mark.parametrize("path", ["/", DEEP, "/icon.svg"])
def test_what_has_no_hash_in_its_name_is_asked_for_each_time(world: World, path: str) -> None:
    assert ask(world, path).headers["cache-control"] == "no-cache"


@needs_console
def test_head_tells_the_same_without_the_body(world: World) -> None:
    got, told = ask(world, "/"), ask(world, "/", method="HEAD")
    assert told.status_code == 200
    assert told.content == b""
    assert told.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_reading_is_done_to_a_page(world: World, method: str) -> None:
    answer = ask(world, DEEP, method=method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_a_console_that_is_not_built_says_how_to_build_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haihe.serve.pages._read", lambda *_: {})
    access: Access = world.app.platform.access
    client = Client(Pages(access))
    answer = client.get("/")
    client.close()
    assert answer.text == NOT_BUILT
    assert "pip install --editable ." in answer.text
    assert answer.headers["cache-control"] == "no-store"
