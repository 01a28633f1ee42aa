"""回看: the schemes' ledger as it was, folded again by a program of its own; the last few kept."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import Standing, stand
from haihe.errors import Overloaded
from haihe.pack.contract import Pack
from haihe.run.recall import Asked, Gone, Recalled, RecalledOrGone, command_of, gone_words
from haihe.serve.problem import Problem, conflict
from haihe.serve.traffic.asked_days import AskedDays, Driving
from haihe.state.graph import Graph

WAIT_S: Final = 20.0  # Ours: the console waits half a minute for an answer.
WORK_S: Final = 3_600.0  # Ours: some million lines of the pack; keepsakes of them stay.
KEPT_MOST: Final = 4  # Ours: each some 50 MB for 2,200 enterprises.
WAITING_MOST: Final = 4  # Ours: instants that wait for their turn.
AGAIN_S: Final = 3  # Ours: what is left is told in hundredths.
SHORTER: Final = "ask about a day shortly after one that was asked about."


@dataclass
class Past:
    """What was known before an instant.

    grants: the ledger then. graph: the enterprises as they were called then.
    at: the last instant that counts; ns.
    standings: everybody's, by the day of the books; since 1970.
    """

    grants: Grants
    graph: Graph
    at: int
    standings: "OrderedDict[int, Standing]" = field(default_factory=OrderedDict, repr=False)

    def standing(self, day: int) -> Standing:
        """Everybody's standing under the books of a day since 1970."""
        found = self.standings.get(day)
        if found is None:
            found = self.standings[day] = stand(self.grants, day=day)
            while len(self.standings) > KEPT_MOST:
                self.standings.popitem(last=False)
        return found


@dataclass
class Pasts:
    """Those that were asked about last, and those being worked out, one after the other."""

    known: "OrderedDict[int, Past | Problem]" = field(default_factory=OrderedDict)
    working: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    program: AskedDays = field(default_factory=AskedDays)
    done: float = 0.0

    async def past(self, folder: Path, pack: Pack, *, before_at: int) -> Past:
        """A pack's ledger as it was before an instant; ns.

        folder: the data folder.
        Raises Problem if it takes longer, or cannot be had; Overloaded if too much is asked.
        """
        if before_at not in self.known:
            task = self.working.get(before_at)
            if task is None:
                if len(self.working) >= WAITING_MOST:
                    raise Overloaded(
                        f"{WAITING_MOST} days of the past are being worked out; wait for them.",
                        retry_after_s=AGAIN_S,
                    )
                work = self._work(folder, pack, before_at=before_at)
                task = self.working[before_at] = asyncio.create_task(work)
            await asyncio.wait({task}, timeout=WAIT_S)
        found = self.known.get(before_at)
        if found is None:
            raise _not_yet(self.done)
        if isinstance(found, Problem):
            del self.known[before_at]  # It may come to something another time.
            raise found
        self.known.move_to_end(before_at)
        return found

    async def end(self) -> None:
        """Let no program outlive the server."""
        process = self.program.process
        self.program.end()
        for task in tuple(self.working.values()):
            task.cancel()
        await asyncio.gather(*self.working.values(), return_exceptions=True)
        if process is not None:
            await process.wait()

    async def _work(self, folder: Path, pack: Pack, *, before_at: int) -> None:
        """Fold, and keep what came of it."""
        try:
            async with self.turn:
                self.done = 0.0
                self.known[before_at] = await self._answer(folder, pack, before_at=before_at)
                while len(self.known) > KEPT_MOST:
                    self.known.popitem(last=False)
        finally:
            del self.working[before_at]

    async def _answer(self, folder: Path, pack: Pack, *, before_at: int) -> Past | Problem:
        command = command_of(folder, pack.name, asked=Asked(before_at))
        driving = Driving(command, WORK_S, SHORTER, "working that day out")

        def hear(done: float) -> None:
            self.done = done

        try:
            found = await self.program.answer(driving, kind=RecalledOrGone, hear=hear)
        except Problem as problem:
            return conflict(str(problem))
        except OSError as error:
            return conflict(f"the past cannot be worked out: {error}.")
        if isinstance(found.answer, Gone):
            return Problem(
                404,
                "expired",
                message=gone_words(found.answer),
                what_to_do="Ask about a later day.",
            )
        return await asyncio.to_thread(_past, pack, found.answer)


def _past(pack: Pack, recalled: Recalled) -> Past:
    assert pack.ledger is not None  # Its memory was asked for.
    graph = Graph()
    for entity in recalled.entities:
        graph.tell(entity)
    return Past(pack.ledger.load(recalled.memory), graph, recalled.before_at - 1)


def _not_yet(done: float) -> Problem:
    return Problem(
        503,
        "working",
        message=f"that day is being worked out from the log: {done:.0%} is done.",
        what_to_do="Ask the same again after the seconds in Retry-After; it goes on meanwhile.",
        headers={"retry-after": str(AGAIN_S)},
    )
