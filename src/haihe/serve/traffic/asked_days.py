"""Recorded days driven again, by a program of its own beside the server.

That takes a core for seconds to hours: it never runs in the server itself, and one at a time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from haihe.serve.problem import conflict, malformed

SAID_MAX: Final = 500  # Ours: characters of why it came to nothing.
ANSWERED: Final = (0, 1)  # The program's exit codes with an answer; 1 where it is refused.
PARTS: Final = 100  # As the program tells how much is done.
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Driving:
    """A program to run.

    command: prints its answer as JSON, and on standard error, if told to, how much is done.
    wait_s: for how long at most. shorter: what to ask for instead of what takes longer.
    doing: what it does, in words.
    """

    command: Sequence[str]
    wait_s: float
    shorter: str
    doing: str = "driving that day again"


def ignored(done: float) -> None:
    """Nobody looks how much is done."""
    del done


@dataclass
class AskedDays:
    """The program that drives a day again; one at a time, whatever is asked of it."""

    is_running: bool = False
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    async def answer(
        self, driving: Driving, *, kind: type[Answer], hear: Callable[[float], None] = ignored
    ) -> Answer:
        """What the program answers.

        hear: is called with the part done, 0 to 1.
        Raises Problem while another one runs, if it takes too long, or says why it cannot.
        """
        self.check_free()
        self.is_running = True
        try:
            return await self._run(driving, kind=kind, hear=hear)
        finally:
            self.end()
            self.is_running, self.process = False, None

    def check_free(self) -> None:
        """Refuse a second one.

        Raises Problem.
        """
        if self.is_running:
            raise conflict("another day is being driven again.", what_to_do="Wait for its end.")

    def end(self) -> None:
        """Let it not outlive whoever asked."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    async def _run(
        self, driving: Driving, *, kind: type[Answer], hear: Callable[[float], None]
    ) -> Answer:
        self.process = process = await asyncio.create_subprocess_exec(
            *driving.command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        both = asyncio.gather(process.stdout.read(), _said(process.stderr, hear))
        try:
            out, said = await asyncio.wait_for(both, driving.wait_s)
            await process.wait()
        except TimeoutError as error:
            raise malformed(
                f"{driving.doing} takes more than {driving.wait_s:.0f} s; {driving.shorter}",
                status=422,
            ) from error
        if process.returncode not in ANSWERED:
            raise malformed(said or "the program said nothing.", status=422)
        return msgspec.json.decode(out, type=kind)


async def _said(stream: asyncio.StreamReader, hear: Callable[[float], None]) -> str:
    """The end of what the program has against it; how much is done is heard on the way."""
    said = ""
    while part := await stream.read(SAID_MAX):
        lines = (said + part.decode("utf-8", "replace")).split("\n")
        told = [line for line in lines[:-1] if line.isdigit()]
        if told:
            hear(min(int(told[-1]) / PARTS, 1.0))
        kept = [line for line in lines[:-1] if not line.isdigit()]
        said = "\n".join((*kept, lines[-1]))[-2 * SAID_MAX :]
    return said.strip().removeprefix("haihe: ")[-SAID_MAX:]
