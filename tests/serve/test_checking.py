"""A pack's quality marks, found on demand by a program beside the server."""

import sys
from pathlib import Path

import pytest

from haihe.run.check import CheckReport, Mark, encode_report
from haihe.serve import checking
from haihe.serve.checking import CHECKS, Checks, ChecksShown
from tests.serve.world import BASE, World, a_world

REPORT = CheckReport("t", "1", "runs", (Mark("runs", "loads alone", passed=True, found="0.1 s"),))


def plays(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let a check be another program."""
    monkeypatch.setattr(checking, "command_of", lambda _: [sys.executable, "-c", code])


def begun(world: World) -> dict[str, object]:
    """What is known once the check that is begun has ended."""
    shown = world.post("/packs/t/check", None, status=202)
    assert shown["running"]
    task = world.app.platform.checks.task
    assert task is not None

    async def wait() -> None:
        await task

    world.client.run(wait())
    return dict(world.get("/packs/t/check"))


def test_the_marks_are_shown_once_the_check_has_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.get("/packs/t/check") == {
        "running": False, "at": None, "error": "", "level": "", "marks": [], "version": "",
    }  # fmt: skip
    plays(monkeypatch, f"print({encode_report(REPORT).decode()!r})")
    shown = begun(world)
    assert (shown["running"], shown["level"], shown["error"]) == (False, "runs", "")
    assert shown["marks"] == [
        {"group": "runs", "name": "loads alone", "passed": True, "found": "0.1 s", "mend": ""}
    ]
    assert world.client.get(f"{BASE}/packs/none/check").status_code == 404
    kept = Checks(world.folder / CHECKS).shown("t")  # As the next server finds them.
    assert (kept.level, kept.version, len(kept.marks)) == ("runs", "1", 1)
    (world.folder / CHECKS / "t.json").write_text("{", encoding="utf-8")
    assert Checks(world.folder / CHECKS).shown("t") == ChecksShown(running=False)


def test_a_check_that_comes_to_nothing_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(monkeypatch, "import sys; sys.exit('haihe: no such pack')")
    assert begun(world)["error"] == "haihe: no such pack\n"
    monkeypatch.setattr(checking, "command_of", lambda _: ["/nowhere/python"])
    assert "/nowhere/python" in str(begun(world)["error"])
    plays(monkeypatch, "")
    assert begun(world)["error"] == "it said nothing."


def test_one_check_runs_at_a_time_and_none_outlives_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(monkeypatch, "import time; time.sleep(600)")
    with a_world(tmp_path) as world:
        world.post("/packs/t/check", None, status=202)
        assert world.client.post(f"{BASE}/packs/t/check").status_code == 409
        checks = world.app.platform.checks
        world.client.run(checks.end())
        assert not checks.running
        assert checks.shown("t") == ChecksShown(running=False), "it was cut off, and found nothing"


def test_the_program_is_the_one_of_the_command_line() -> None:
    command = checking.command_of("gallery")
    assert command[-4:] == ["pack", "check", "gallery", "--json"]
    assert "haihe.cli.main" in command[2]
