"""质量标记: ``haihe pack check`` on demand, by a program of its own beside the server."""

import asyncio
import contextlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from haihe.run.check import CheckReport, Mark
from haihe.serve.problem import conflict

CHECKS: Final = "checks"  # The folder, beside the log.
SAID_MAX: Final = 500  # Ours: characters of why a check came to nothing.
# It steps back behind everything else first: a check takes a core for a minute or more.
RUN: Final = (
    "import os, runpy, sys; os.nice(15); sys.argv = sys.argv[1:]; "
    "runpy.run_module('haihe.cli.main', run_name='__main__')"
)


class ChecksShown(msgspec.Struct, frozen=True):
    """What is known of a pack's quality.

    running: whether a check is under way. error: why the last one came to nothing; "" if it did
        not.
    at: when it was begun; null if none was.
    level: "trusted", "runs", or "" while it does not even run. marks: each thing a pack owes.
    version: of the pack, then.
    """

    running: bool
    at: int = 0
    error: str = ""
    level: str = ""
    marks: tuple[Mark, ...] = ()
    version: str = ""


@dataclass
class Checks:
    """One check at a time; the last of each pack is kept in the data folder.

    folder: where.
    """

    folder: Path
    done: dict[str, ChecksShown] = field(default_factory=dict)
    running: str = ""
    task: asyncio.Task[None] | None = None

    def shown(self, pack: str) -> ChecksShown:
        """What is known of a pack."""
        if pack not in self.done:
            self.done[pack] = _kept(self._path(pack))
        return msgspec.structs.replace(self.done[pack], running=self.running == pack)

    def begin(self, pack: str, *, now: int) -> None:
        """Begin a check in the running loop; now: ns, when it counts as done.

        Raises Problem while another one runs.
        """
        if self.running:
            raise conflict(
                f"pack '{self.running}' is being checked.", what_to_do="Wait for its end."
            )
        self.running = pack
        self.task = asyncio.create_task(self._run(pack, now=now))

    async def end(self) -> None:
        """Let no check outlive the server; one that is cut off leaves what was known before."""
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    async def _run(self, pack: str, *, now: int) -> None:
        try:
            self.done[pack] = await _checked(pack, now=now)
            with contextlib.suppress(OSError):  # A full disk loses them, at the next start.
                await asyncio.to_thread(self._keep, pack)
        finally:
            self.running = ""

    def _keep(self, pack: str) -> None:
        self.folder.mkdir(exist_ok=True)
        fresh = self._path(pack).with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self.done[pack]))
        fresh.replace(self._path(pack))

    def _path(self, pack: str) -> Path:
        return self.folder / f"{pack}.json"


def _kept(path: Path) -> ChecksShown:
    """What an earlier check left; nothing is known where it cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ChecksShown)
    except (OSError, msgspec.MsgspecError):
        return ChecksShown(running=False)


async def _checked(pack: str, *, now: int) -> ChecksShown:
    """What comes of a check; its program ends with the wait for it."""
    process = None
    try:
        process = await asyncio.create_subprocess_exec(
            *command_of(pack), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        report = msgspec.json.decode(out, type=CheckReport)
    except OSError as failed:
        return ChecksShown(running=False, at=now, error=str(failed))
    except msgspec.DecodeError:
        said = err.decode("utf-8", "replace")[-SAID_MAX:]
        return ChecksShown(running=False, at=now, error=said or "it said nothing.")
    finally:
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
    return ChecksShown(
        running=False, at=now, level=report.level, marks=report.marks, version=report.version
    )


def command_of(pack: str) -> list[str]:
    """The program that checks a pack and prints the report as JSON."""
    return [sys.executable, "-c", RUN, "haihe", "pack", "check", pack, "--json"]
