"""The one writer: takes what comes in, makes it durable, lets the engine decide, keeps the steps.

One thread does all of it in rounds: gather what waits, append it in one transaction (one fsync for
all), let the engine work, append its steps with the position read in another, answer. The rounds
are as large as the load makes them; the steps do not depend on where they are cut.
"""

import queue
import threading
import time
from collections import ChainMap
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from haihe.errors import HaiheError, LogUnavailable, Overloaded, RecordRefused
from haihe.log.sqlite import SqliteLog, Transaction
from haihe.model.line import Clock as ClockLine
from haihe.model.line import Fact, StreamDeclared
from haihe.model.time import NEVER, SECOND
from haihe.pack.contract import Pack
from haihe.run.appending import Arrival, append_arrivals, append_facts
from haihe.run.clock import Clock
from haihe.run.engine import Engine, Item, Outcome, Told
from haihe.run.house import HOUSE_STREAMS
from haihe.run.intake import Receipt
from haihe.run.keeping import keep_steps
from haihe.run.once import Key
from haihe.run.recovery import recover
from haihe.run.snapshot import encode_snapshot, restore
from haihe.run.snapshot_file import write_snapshot
from haihe.state.history import History
from haihe.state.seal import KeptFacts

ROWS_WAITING_MAX: Final = 1_000_000  # Ours: some 100 MB; beyond it the sender waits.
JOBS_PER_ROUND: Final = 2_000  # Ours: what single-record senders can have in flight.
ROWS_PER_ROUND: Final = 100_000  # Measured: larger rounds gain nothing and answer later.
IDLE_LOOK_S: Final = 0.5  # How late a deadline may be seen when nothing comes in.
CROWD_JOBS: Final = 6  # From so many senders in a round on, the next round waits for company:
COMPANY_S: Final = 0.002  # measured at 4,000 records a second: 13 % less CPU, a fifth sooner.
CROWD_ROWS: Final = 1_000  # With more rows than these there is company enough.

R = TypeVar("R")
_Facts: TypeAlias = tuple[Fact, ...]
_Answers: TypeAlias = dict[int, Any]  # Place of the job to what its sender gets.


@dataclass(frozen=True, slots=True)
class _Telling:
    """Facts, and what changes in the store together with them."""

    facts: _Facts
    beside: Callable[[Transaction], None] | None


@dataclass(frozen=True, slots=True)
class _Question:
    """Asked between two rounds; changes nothing."""

    ask: Callable[[Engine], Any]


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of the store in the round's transaction."""

    write: Callable[[Transaction], Any]


@dataclass(frozen=True, slots=True)
class _Job:
    """Something for the writer to do, and who waits for it."""

    what: Arrival | _Telling | _Question | _Change
    answer: "Future[Any]"


class Node:
    """A running platform: the log, the engine, and the thread that joins them."""

    def __init__(
        self,
        log: SqliteLog,
        packs: Sequence[Pack],
        *,
        clock: Clock,
        history: History | None = None,
    ) -> None:
        """Recover the state from the log; ``start`` begins to take records.

        history: where sealed records are read from; needed once there are any.
        Raises LogDamaged if the log is; LogUnavailable if it cannot be written.
        """
        self.log = log
        self.clock = clock
        self.engine = Engine(packs, log.directory)
        self.trouble = ""
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting_rows = 0
        self._is_stuck = False  # The log could not be written in the last round.
        self._over = ""  # Why nothing is taken any more; "" while it is.
        self._lock = threading.Lock()
        self._owed: list[Outcome] = []
        self._listeners: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        restore(self.engine, log, folder=log.path.parent)
        self.snapshot_offset = self.engine.next_offset
        self._keep(recover(self.engine, log, history=history))
        self._declare(packs)

    def start(self) -> None:
        """Begin to take records."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, and let go of the log."""
        with self._lock:
            self._over = self._over or "it is stopping"
            self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join()
        self.log.close()

    def submit(self, arrival: Arrival) -> "Future[Receipt]":
        """Records to be taken; the receipt comes when they are on the disk and counted.

        Raises Overloaded if too much waits already; nothing of it was taken.
        """
        with self._lock:
            rows = _rows_in(arrival)
            if self._waiting_rows and self._waiting_rows + rows > ROWS_WAITING_MAX:
                raise Overloaded(
                    f"{self._waiting_rows} records wait to be written and {ROWS_WAITING_MAX} may; "
                    "send this again in a second.",
                    retry_after_s=1,
                )
            answer = self._enqueue(arrival)
            self._waiting_rows += rows
        return answer

    def tell(
        self, *facts: Fact, beside: Callable[[Transaction], None] | None = None
    ) -> "Future[int]":
        """Facts to be taken as one entry; gives the offset of the first when they are durable.

        An act whose key is known is not taken again; it gives the first one's offset.
        beside: what changes in the store in the same transaction; not for acts with a key.
        """
        return self._put(_Telling(facts, beside))

    def ask(self, question: Callable[[Engine], R]) -> "Future[R]":
        """What a question finds in the engine, between two rounds; it must not change anything."""
        return self._put(_Question(question))

    def change(self, write: Callable[[Transaction], R]) -> "Future[R]":
        """A change of the store beside the log, made durable with the round."""
        return self._put(_Change(write))

    def save_snapshot(self) -> bool:
        """Keep the state for a quicker start; False while steps wait to be written.

        Called from another thread than the writer's; only the copying is done by the writer.
        """
        data, next_offset = self.ask(self._snapshot).result()
        if data:
            write_snapshot(self.log.path.parent, data)
            self.snapshot_offset = next_offset
        return bool(data)

    def _snapshot(self, engine: Engine) -> tuple[bytes, int]:
        """The state and how far it has read; nothing while steps wait to be written."""
        if self._owed:
            return b"", 0
        return encode_snapshot(engine, self.log), engine.next_offset

    def on_steps(self, listener: Callable[[], None]) -> None:
        """Call this, from the writer's thread, after every round that gave steps."""
        self._listeners.append(listener)

    @property
    def waiting_rows(self) -> int:
        """How many records wait to be written."""
        return self._waiting_rows

    def round(self) -> bool:
        """One round by hand where no thread runs (replay, tests); False if nothing waited."""
        jobs = self._gather(wait_s=0.0)
        self._work([job for job in jobs if job is not None])
        return bool(jobs)

    def _put(self, what: Arrival | _Telling | _Question | _Change) -> "Future[Any]":
        with self._lock:
            return self._enqueue(what)

    def _enqueue(self, what: Arrival | _Telling | _Question | _Change) -> "Future[Any]":
        """Under the lock, so that nothing is put behind the end of the queue."""
        if self._over:
            raise _stopped(self._over)
        answer: Future[Any] = Future()
        self._jobs.put(_Job(what, answer))
        return answer

    def _run(self) -> None:
        """Rounds until ``stop``; if anything else ends them, nobody is left waiting."""
        jobs: list[_Job | None] = []
        try:
            while None not in jobs:
                if len(jobs) >= CROWD_JOBS and self._waiting_rows < CROWD_ROWS:
                    time.sleep(COMPANY_S)
                jobs = self._gather(wait_s=self._patience())
                self._work([job for job in jobs if job is not None])
        except BaseException as error:
            self._break(f"{type(error).__name__}: {error}", jobs)
            raise

    def _break(self, why: str, jobs: list[_Job | None]) -> None:
        """Take nothing any more, and tell everybody who waits."""
        with self._lock:
            self._over = why
        self.trouble = str(_stopped(why))
        while jobs:
            for job in jobs:
                if job is not None and not job.answer.done():
                    job.answer.set_exception(_stopped(why))
            jobs = self._gather(wait_s=0.0)

    def _gather(self, *, wait_s: float) -> list[_Job | None]:
        """What waits now, up to a round's size."""
        jobs: list[_Job | None] = []
        rows = 0
        try:
            job = self._jobs.get(block=wait_s > 0, timeout=wait_s or None)
            while True:
                jobs.append(job)
                if job is None or len(jobs) >= JOBS_PER_ROUND:
                    return jobs
                rows += _rows_of(job)
                if rows >= ROWS_PER_ROUND:
                    return jobs
                job = self._jobs.get_nowait()
        except queue.Empty:
            return jobs

    def _patience(self) -> float:
        """How long to wait for records before a deadline must be looked at; s."""
        due_at = self.engine.due_at()
        left = IDLE_LOOK_S if due_at == NEVER else (due_at - self.clock.now()) / SECOND
        least = IDLE_LOOK_S if self._is_stuck else 0.001  # A full disk is not asked all the time.
        return min(max(left, least), IDLE_LOOK_S)

    def _work(self, jobs: list[_Job]) -> None:
        """Append what came in, decide, keep the steps, answer."""
        jobs = self._wanted(jobs)
        try:
            self._keep_owed()
            items, answers = self._append(jobs)
        except HaiheError as error:
            self.trouble, self._is_stuck = str(error), True
            self._release(jobs)
            for job in jobs:
                job.answer.set_exception(error)
            return
        self.trouble, self._is_stuck = self.clock.trouble, False
        self._keep(self.engine.take(items))
        self._release(jobs)
        for place, job in enumerate(jobs):
            self._answer(job, answers.get(place))

    def _wanted(self, jobs: list[_Job]) -> list[_Job]:
        """The jobs whose sender did not leave before their turn; from here on none can."""
        left = [job for job in jobs if not job.answer.set_running_or_notify_cancel()]
        self._release(left)
        return [job for job in jobs if not job.answer.cancelled()]

    def _append(self, jobs: list[_Job]) -> tuple[list[Item], _Answers]:
        """All that came in, in one transaction; the engine's next items, and answers by place."""
        items: list[Item] = []
        answers: _Answers = {}
        known = ChainMap[Key, int]({}, self.engine.keys)  # Of this round, and of all before it.
        is_due = self.engine.due_at() <= self.clock.now()
        if not is_due and not any(not isinstance(job.what, _Question) for job in jobs):
            return items, answers
        with self.log.transaction() as transaction:
            now = max(self.clock.now(), transaction.received_at)
            arrivals: dict[int, Arrival] = {}
            for place, job in enumerate(jobs):
                if isinstance(job.what, Arrival):
                    if (undeclared := self._undeclared(job.what)) is not None:
                        answers[place] = undeclared
                    else:
                        arrivals[place] = job.what
                    continue
                items += self._append_arrivals(transaction, arrivals, answers=answers)
                arrivals = {}
                if isinstance(job.what, _Telling):
                    facts = job.what.facts
                    answers[place] = append_facts(transaction, facts, items=items, known=known)
                    if job.what.beside is not None:
                        job.what.beside(transaction)
                elif isinstance(job.what, _Change):
                    answers[place] = kept = job.what.write(transaction)
                    if isinstance(kept, KeptFacts):
                        items.append(Told(kept.first_offset, kept.facts))
            items += self._append_arrivals(transaction, arrivals, answers=answers)
            if is_due and not items:
                append_facts(transaction, (ClockLine(at=now),), items=items, known=known)
        return items, answers

    def _append_arrivals(
        self, transaction: Transaction, arrivals: dict[int, Arrival], *, answers: _Answers
    ) -> list[Item]:
        """Append the arrivals, by place; the engine's items."""
        if not arrivals:
            return []
        now = max(self.clock.now(), transaction.received_at)
        batches, receipts = append_arrivals(
            transaction, tuple(arrivals.values()), live=self.engine.live, now=now
        )
        answers.update(zip(arrivals, receipts, strict=True))
        return list(batches)

    def _undeclared(self, arrival: Arrival) -> RecordRefused | None:
        """Why an arrival cannot be taken at all: nobody declared its stream."""
        if arrival.rows is None or arrival.rows.stream in self.engine.live:
            return None
        stream = arrival.rows.stream
        return RecordRefused(
            f"stream '{stream}' is not declared; declare it, then send this again."
        )

    def _release(self, jobs: list[_Job]) -> None:
        """Their rows wait no longer."""
        with self._lock:
            self._waiting_rows -= sum(_rows_of(job) for job in jobs)

    def _answer(self, job: _Job, answer: Any) -> None:
        """Give the answer; questions are asked now, when the round's records count."""
        if isinstance(answer, RecordRefused):
            job.answer.set_exception(answer)
            return
        if isinstance(job.what, _Question):
            try:
                answer = job.what.ask(self.engine)
            except (ValueError, LookupError, HaiheError) as error:
                job.answer.set_exception(error)
                return
        job.answer.set_result(answer)

    def _keep(self, outcome: Outcome) -> None:
        """Make the steps durable; while the log cannot be written they are owed, not lost."""
        self._owed.append(outcome)
        try:
            self._keep_owed()
        except LogUnavailable as error:
            self.trouble, self._is_stuck = str(error), True

    def _keep_owed(self) -> None:
        desk = self.engine.track.casework.desk
        owed = [outcome for outcome in self._owed if outcome.steps or outcome.shadow_steps]
        if owed:
            with self.log.transaction() as transaction:
                for outcome in owed:
                    keep_steps(transaction, outcome, desk=desk)
            desk.changed_cases.clear()
            desk.changed_orders.clear()
        self._owed.clear()
        for listener in self._listeners if owed else ():
            listener()

    def _declare(self, packs: Sequence[Pack]) -> None:
        """Put streams into the log that are new or changed in this version of the packs."""
        wanted = [*HOUSE_STREAMS, *(stream for pack in packs for stream in pack.all_streams)]
        live = self.engine.live
        now = max(self.clock.now(), self.log.received_at)
        facts = [
            StreamDeclared(at=now, stream=stream, by="pack")
            for stream in wanted
            if stream.name not in live
            or live[stream.name].stream != stream.widened(live[stream.name].stream)
        ]
        if facts:
            items: list[Item] = []
            with self.log.transaction() as transaction:
                append_facts(transaction, tuple(facts), items=items, known={})
            self._keep(self.engine.take(items))


def _rows_of(job: _Job) -> int:
    return _rows_in(job.what) if isinstance(job.what, Arrival) else 0


def _rows_in(arrival: Arrival) -> int:
    """What of the queue an arrival fills: its records, good and bad."""
    return len(arrival.refused) + (len(arrival.rows) if arrival.rows is not None else 0)


def _stopped(why: str) -> LogUnavailable:
    return LogUnavailable(f"nothing is taken any more ({why}); start Haihe again.")
