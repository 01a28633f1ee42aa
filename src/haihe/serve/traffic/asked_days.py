"""Recorded days driven again, by a program of its own beside the server.

That takes a core for seconds: it never runs in the server itself, and one at a time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from haihe.serve.problem import conflict, malformed
from haihe.twin.lane_day import LaneAnswer

WAIT_S: Final = 120.0  # Ours: nobody looks at a turning wheel for longer; a morning takes 10.
SAID_MAX: Final = 500  # Ours: characters of why it came to nothing.
ANSWERED: Final = (0, 1)  # The program's exit codes with an answer; 1 where it is refused.


@dataclass
class LaneDays:
    """The program that drives a day again; one at a time."""

    is_running: bool = False
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    async def answer(self, command: Sequence[str]) -> LaneAnswer:
        """What the program answers.

        Raises Problem while another one runs, if it takes too long, or says why it cannot.
        """
        if self.is_running:
            raise conflict("another day is being driven again.", what_to_do="Wait for its end.")
        self.is_running = True
        try:
            return await self._run(command)
        finally:
            self.end()
            self.is_running, self.process = False, None

    def end(self) -> None:
        """Let it not outlive whoever asked."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    async def _run(self, command: Sequence[str]) -> LaneAnswer:
        self.process = process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), WAIT_S)
        except TimeoutError as error:
            raise malformed(
                f"driving that day again takes more than {WAIT_S:.0f} s; ask for a shorter "
                "stretch, fewer seeds, or no search.",
                status=422,
            ) from error
        if process.returncode not in ANSWERED:
            said = err.decode("utf-8", "replace").strip().removeprefix("haihe: ")[-SAID_MAX:]
            raise malformed(said or "the twin said nothing.", status=422)
        return msgspec.json.decode(out, type=LaneAnswer)
