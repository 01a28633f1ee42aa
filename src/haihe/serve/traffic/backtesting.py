"""回测 of the streets: one at a time, what came of it kept in the data folder."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from haihe.serve.problem import Problem, conflict, unknown
from haihe.serve.traffic.asked_days import AskedDays, Driving
from haihe.twin.street_day import StreetAnswer, StreetQuestion

BACKTESTS: Final = "backtests"  # The folder, beside the log.
KEPT_MOST: Final = 50  # Ours: some months of an engineer's; the oldest goes.
SUFFIX: Final = ".json"


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that was driven again, or is being.

    number: counts up.
    by: who asked. asked_at, done_at: the log's time; ns; done_at 0 while it runs.
    version: of Haihe; offset: how far the log had come.
    done: the part that is done, 0 to 1.
    error: why it came to nothing; "" if it did not.
    answer: null while it runs, and where it came to nothing.
    sha256: of the answer, so that a paper can be held against it; "" without one.
    """

    number: int
    by: str
    reason: str
    asked_at: int
    version: str
    offset: int
    question: StreetQuestion
    done_at: int = 0
    done: float = 0.0
    error: str = ""
    answer: StreetAnswer | None = None
    sha256: str = ""


@dataclass
class Backtests:
    """Those that are kept, and the one that runs.

    folder: where. now: the log's time; ns.
    """

    folder: Path
    running: Backtest | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    now: Callable[[], int] = field(default=lambda: 0, repr=False)

    def numbers(self) -> list[int]:
        """Of those that are over, the newest first."""
        found = (path.stem for path in self.folder.glob(f"*{SUFFIX}"))
        return sorted((int(name) for name in found if name.isdigit()), reverse=True)

    def next_number(self) -> int:
        """Of the next one."""
        kept = self.numbers()
        return (kept[0] if kept else 0) + 1

    def find(self, number: int) -> Backtest:
        """One of them.

        Raises Problem if there is none, or it cannot be read any more.
        """
        if self.running is not None and self.running.number == number:
            return self.running
        try:
            return msgspec.json.decode(self._path(number).read_bytes(), type=Backtest)
        except (OSError, msgspec.MsgspecError) as error:
            raise unknown(
                f"there is no backtest {number}.", what_to_do="GET /traffic/backtests lists them."
            ) from error

    def begin(self, backtest: Backtest, driving: Driving, *, days: AskedDays) -> None:
        """Begin one in the running loop.

        Raises Problem while another day is driven again.
        """
        if self.running is not None:
            raise conflict(
                f"backtest {self.running.number} is running.",
                what_to_do="Wait for its end, or stop it.",
            )
        days.check_free()
        self.running = backtest
        self.task = asyncio.create_task(self._run(driving, days=days))

    async def stop(self, number: int) -> None:
        """Stop the one that runs, or throw one away.

        Raises Problem if there is none.
        """
        if self.running is not None and self.running.number == number:
            await self.end()
            return
        self.find(number)
        self._path(number).unlink(missing_ok=True)

    async def end(self) -> None:
        """Let none outlive the server."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task
        self.running = None

    async def _run(self, driving: Driving, *, days: AskedDays) -> None:
        assert self.running is not None

        def hear(done: float) -> None:
            assert self.running is not None
            self.running = msgspec.structs.replace(self.running, done=done)

        try:
            answer = await days.answer(driving, kind=StreetAnswer, hear=hear)
            kept = msgspec.structs.replace(self.running, answer=answer, sha256=sha256_of(answer))
        except Problem as problem:
            kept = msgspec.structs.replace(self.running, error=str(problem))
        except (OSError, msgspec.DecodeError) as error:
            kept = msgspec.structs.replace(self.running, error=str(error))
        kept = msgspec.structs.replace(kept, done=1.0, done_at=self.now())
        await asyncio.to_thread(self._keep, kept)
        self.running = None

    def _keep(self, backtest: Backtest) -> None:
        self.folder.mkdir(exist_ok=True)
        path = self._path(backtest.number)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(backtest))
        fresh.replace(path)
        for old in self.numbers()[KEPT_MOST:]:
            self._path(old).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number}{SUFFIX}"


def sha256_of(answer: StreetAnswer) -> str:
    """The hash of an answer as JSON, in hex."""
    return hashlib.sha256(msgspec.json.encode(answer)).hexdigest()
