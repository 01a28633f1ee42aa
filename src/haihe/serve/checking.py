"""质量标记: ``haihe pack check`` on demand, by a program of its own beside the server."""

import asyncio
import sys
from dataclasses import dataclass, field
from typing import Final

import msgspec

from haihe.run.check import CheckReport, Mark
from haihe.serve.problem import conflict

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
    at: when it was begun; null if none was since the server began.
    level: "trusted", "runs", or "" while it does not even run. marks: each thing a pack owes.
    """

    running: bool
    at: int = 0
    error: str = ""
    level: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass
class Checks:
    """The checks since the server began: one at a time, the last of each pack kept."""

    done: dict[str, ChecksShown] = field(default_factory=dict)
    running: str = ""
    task: asyncio.Task[None] | None = None
    process: asyncio.subprocess.Process | None = None

    def shown(self, pack: str) -> ChecksShown:
        """What is known of a pack."""
        found = self.done.get(pack, ChecksShown(running=False))
        return msgspec.structs.replace(found, running=self.running == pack)

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
        """Let no check outlive the server."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
        if self.task is not None:
            await self.task

    async def _run(self, pack: str, *, now: int) -> None:
        shown = ChecksShown(running=False, at=now)
        try:
            self.process = await asyncio.create_subprocess_exec(
                *command_of(pack),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await self.process.communicate()
            report = msgspec.json.decode(out, type=CheckReport)
            shown = ChecksShown(running=False, at=now, level=report.level, marks=report.marks)
        except OSError as failed:
            shown = ChecksShown(running=False, at=now, error=str(failed))
        except msgspec.DecodeError:
            said = err.decode("utf-8", "replace")[-SAID_MAX:]
            shown = ChecksShown(running=False, at=now, error=said or "it said nothing.")
        finally:
            self.done[pack], self.running = shown, ""


def command_of(pack: str) -> list[str]:
    """The program that checks a pack and prints the report as JSON."""
    return [sys.executable, "-c", RUN, "haihe", "pack", "check", pack, "--json"]
