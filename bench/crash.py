"""``kill -9`` under load, again and again: what was acknowledged is there once, and all it led to.

A child process runs a node on a real folder. Senders submit batches of known records and report
each receipt through a pipe; somebody carries out orders of cases and of a loop; now and then a
snapshot is written. The parent kills it at a random moment, opens the folder and looks. That tests
the process, not the power: what the disk forgets with it is SQLite's promise (``synchronous``).
"""

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bench.rows import Figure, Options, Row, row
from haihe.detect.absence import Silence
from haihe.detect.limit import Limit
from haihe.errors import LogUnavailable
from haihe.log import BATCH, SqliteLog, decode_batch, store
from haihe.model import (
    MILLISECOND,
    SECOND,
    Case,
    Decision,
    Field,
    Order,
    OrderState,
    Rows,
    Settled,
    Stream,
    Text,
)
from haihe.model.line import Action, CaseOpened, Dispatched, Line, Verb, decode_lines, encode_lines
from haihe.pack import Closure, Loop, Pack, Playbook, RollUp, Turn, View
from haihe.run.appending import Arrival
from haihe.run.audit import verify
from haihe.run.clock import DataClock, WallClock
from haihe.run.engine import Engine
from haihe.run.node import Node
from haihe.run.records import items_of

BENCH: Final = "crash"
TRIALS: Final = 100
TRIALS_QUICK: Final = 25  # Ours: some 20 s.
SENDERS: Final = 4
IN_FLIGHT: Final = 3  # Requests a sender has under way at a time.
LIVES_S: Final = (0.02, 0.45)  # Ours: from the first receipt to the kill; rounds take 1 to 5 ms.
EARLY_EVERY: Final = 8  # Of so many kills one is counted from the start, not the first receipt.
BEGIN_AT: Final = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z.
STEP: Final = 20 * MILLISECOND  # Observed time between two batches of a sender.
NAME: Final = Text(zh="水箱", en="tank")
EVERY: Final = 100 * MILLISECOND  # The shortest there is: most lives see some turns.
TANKS: Final = Stream("crash.tank", (Field("id", "1"), Field("level", "m")))


def _order(action: str, tank: str) -> Order:
    by, due = Settled.BY_RECEIPT, 150 * MILLISECOND
    return Order(action=action, entity=tank, assignee="valve", due_in=due, title=NAME, settled=by)


def _drain(case: Case, view: View) -> Decision:
    order = _order("drain", case.entity)
    seen = view.latest(TANKS.name, case.entity)
    told = "" if seen is None else f"{seen.numbers['level']} at {seen.offset}"
    return Decision(orders=(order,), why=Text(zh=told, en=told))


@dataclass(frozen=True, slots=True)
class _Memory:
    """How many records a loop has heard."""

    heard: int


@dataclass(frozen=True, slots=True)
class _Pump:
    """Orders a level for each tank that was heard of since the last turn, by all it ever heard."""

    def start(self) -> _Memory:
        """Nothing."""
        return _Memory(0)

    def turn(self, memory: _Memory, turn: Turn) -> tuple[_Memory, list[Decision]]:
        """One decision for all of them."""
        if (rows := turn.new.get(TANKS.name)) is None:
            return memory, []
        memory, ids = _Memory(memory.heard + len(rows)), turn.ids[TANKS.name]
        told = f"{memory.heard} records, {rows.numbers['level'].sum()} m"
        tanks = (ids[slot] for slot in np.unique(rows.slots).tolist())
        orders = tuple(_order("pump", tank) for tank in tanks)
        return memory, [Decision(orders=orders, why=Text(zh=told, en=told))]


def crash_pack() -> Pack:
    """Tanks that overflow, close again, miss deadlines and fall silent within half a second."""
    quiet = Closure(
        window=3 * STEP, at_least=2, holds=lambda seen: seen.numbers["level"] < 8, gap=9 * STEP
    )
    alone = RollUp(relations=())
    return Pack(
        name="crash",
        title=NAME,
        playbooks=(
            Playbook(
                name="high",
                title=NAME,
                stream=TANKS,
                detect=Limit("level", high=9.0, deadband=1.0),
                decide=_drain,
                close=quiet,
                due_in=100 * MILLISECOND,
                roll_up=alone,
                stand_down=_drain,
            ),
            Playbook(
                name="silent",
                title=NAME,
                stream=TANKS,
                detect=Silence(60 * MILLISECOND),
                decide=_drain,
                close=quiet,
                roll_up=alone,
            ),
        ),
        loops=(Loop("pump", NAME, streams=(TANKS,), every=EVERY, control=_Pump()),),
    )


class Heard(msgspec.Struct, frozen=True):
    """A receipt, as a sender reports it."""

    sender: int
    number: int
    first_offset: int
    taken: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What one kill left.

    seed: begins the same trial again; only the machine's timing differs.
    acknowledged: records whose receipt the parent had heard of.
    entries, cases, orders: in the log after all.
    owed: steps that the new start had to decide on.
    start_ms: how long the new start took.
    faults: what is not as promised; () if nothing.
    """

    seed: int
    acknowledged: int
    entries: int
    cases: int
    orders: int
    owed: int
    start_ms: float
    faults: tuple[str, ...]


def arrival_of(seed: int, sender: int, *, number: int) -> Arrival:
    """A sender's request of that number, the same whenever it is made again."""
    chance = np.random.default_rng((seed, sender, number))
    count = int(chance.integers(1, 40))
    places = np.arange(count, dtype=np.int64)
    rows = Rows(
        stream=TANKS.name,
        ids=(f"tank/{sender}-{number % 3}",),
        codes=np.zeros(count, dtype=np.int32),
        observed_at=BEGIN_AT + number * STEP + places * (STEP // 64),
        numbers={
            "id": (places + sender * 10**9 + number * 100).astype(np.float64),
            "level": np.full(count, float(chance.integers(0, 11))),
        },
        texts={},
    )
    return Arrival(rows, key=f"{seed}-{sender}-{number}")


def live_and_die(folder: str, seed: int, *, said: Connection) -> None:
    """The child: a node under load until somebody kills it."""
    node = Node(SqliteLog(Path(folder)), (crash_pack(),), clock=WallClock())
    node.start()
    lock = threading.Lock()

    def send(sender: int) -> None:
        waiting = [node.submit(arrival_of(seed, sender, number=n)) for n in range(IN_FLIGHT)]
        number = 0
        while True:
            receipt = waiting.pop(0).result()
            heard = Heard(sender, number, receipt.first_offset, receipt.taken)
            with lock:
                said.send_bytes(msgspec.json.encode(heard))
            number += 1
            ahead = number + IN_FLIGHT - 1
            waiting.append(node.submit(arrival_of(seed, sender, number=ahead)))

    for sender in range(SENDERS):
        threading.Thread(target=send, args=(sender,), daemon=True).start()
    _carry_out(node, seed)


def _carry_out(node: Node, seed: int) -> None:
    """Say of orders that they arrived, fold the log's pages, write snapshots; without an end."""
    chance = np.random.default_rng(seed)
    while True:
        waiting = store.list_orders(node.log.reader(), states=["dispatched"], limit=5)
        now = node.clock.now()
        facts = [Action(at=now, verb=Verb.DELIVERED, subject=one.id, by="valve") for one in waiting]
        if facts:
            node.tell(*facts).result()
        if chance.random() < 0.2:
            node.save_snapshot()
        if chance.random() < 0.2:
            node.log.checkpoint_wal()
        time.sleep(0.005)


def trial(seed: int, folder: Path) -> Trial:
    """One life and death, and a look at what is left."""
    heard = _kill(seed, folder)
    began = time.perf_counter()
    log = SqliteLog(folder)
    before = log.size
    node = Node(log, (crash_pack(),), clock=DataClock(log.received_at))
    start_ms = (time.perf_counter() - began) * 1e3
    try:
        owed = sum(1 for _ in _lines(log, "step", from_entry=before))
        found = _Found(log)
        found.acknowledged_is_there(heard, seed)
        _send_again(node, heard, seed=seed)
        found.look()
        found.everything_once(heard, seed)
        found.follows()
        found.proves()
        cases = sum(isinstance(line, CaseOpened) for line in found.steps)
        orders = sum(isinstance(line, Dispatched) for line in found.steps)
        acknowledged = sum(one.taken for one in heard)
        faults = tuple(found.faults)
        return Trial(seed, acknowledged, log.size, cases, orders, owed, start_ms, faults)
    finally:
        node.stop()


def _kill(seed: int, folder: Path) -> list[Heard]:
    """Let a child live for a random while, kill it, and give what it had reported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    hearing, saying = context.Pipe(duplex=False)
    child = context.Process(target=live_and_die, args=(str(folder), seed), kwargs={"said": saying})
    child.start()
    saying.close()
    heard: list[Heard] = []
    lives_s = float(np.random.default_rng(seed).uniform(*LIVES_S))
    ends = time.monotonic() + lives_s if seed % EARLY_EVERY == 0 else None
    with suppress(EOFError, OSError):
        while ends is None or time.monotonic() < ends:
            if hearing.poll(0.005):
                heard.append(msgspec.json.decode(hearing.recv_bytes(), type=Heard))
                ends = ends or time.monotonic() + lives_s
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        while True:
            heard.append(msgspec.json.decode(hearing.recv_bytes(), type=Heard))
    child.join()
    hearing.close()
    return heard


def _send_again(node: Node, heard: list[Heard], *, seed: int) -> None:
    """Each sender repeats what it never got an answer to, and the last it did."""
    for sender in range(SENDERS):
        count = sum(one.sender == sender for one in heard)
        for number in range(max(count - 1, 0), count + IN_FLIGHT):
            answer = node.submit(arrival_of(seed, sender, number=number))
            node.round()
            answer.result()


@dataclass
class _Found:
    """What the folder holds, and what is wrong with it."""

    log: SqliteLog
    ids: dict[int, float] = field(default_factory=dict)
    steps: list[Line] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Read all of it anew."""
        self.ids = dict(_ids(self.log))
        self.steps = list(_lines(self.log, "step"))

    def acknowledged_is_there(self, heard: list[Heard], seed: int) -> None:
        """Each receipt names the sender's own records."""
        self.look()
        for one in heard:
            rows = arrival_of(seed, one.sender, number=one.number).rows
            assert rows is not None
            own = rows.numbers["id"].tolist()
            there = [self.ids.get(one.first_offset + place) for place in range(one.taken)]
            if there != own:
                self.faults.append(f"{one} is lost: {there[:3]} stands where {own[:3]} was")

    def everything_once(self, heard: list[Heard], seed: int) -> None:
        """After the repetitions every record sent is there, and none twice."""
        sent: list[float] = []
        for sender in range(SENDERS):
            count = sum(one.sender == sender for one in heard)
            for number in range(count + IN_FLIGHT):
                rows = arrival_of(seed, sender, number=number).rows
                assert rows is not None
                sent += rows.numbers["id"].tolist()
        there = Counter(self.ids.values())
        self.faults += [f"record {one} is lost" for one in sent if there[one] == 0][:5]
        self.faults += [f"record {one} stands {n} times" for one, n in there.items() if n > 1][:5]
        self.faults += [f"record {one} was never sent" for one in there.keys() - set(sent)][:5]

    def follows(self) -> None:
        """The steps are those that the records give, and the store holds what they say."""
        engine = Engine((crash_pack(),), self.log.directory)
        again = engine.take(items_of(self.log.read())).steps
        if encode_lines(list(again)) != encode_lines(self.steps):
            count = f"{len(self.steps)} steps stand in the log, {len(again)} follow from it"
            self.faults.append(f"the steps are not those of the records: {count}")
        db = self.log.reader()
        opened = sorted(line.case for line in self.steps if isinstance(line, CaseOpened))
        given = sorted(line.id for line in self.steps if isinstance(line, Dispatched))
        for table, expected in (("cases", opened), ("orders", given), ("outbox", given)):
            kept = [name for (name,) in db.execute(f"SELECT id FROM {table} ORDER BY id")]
            if sorted(kept) != expected:
                self.faults.append(f"{table} holds {len(kept)}, the log tells of {len(expected)}")
        open_now = engine.track.casework.desk.orders
        for order in store.list_orders(db, states=[str(one) for one in OrderState], limit=10**6):
            if order.id in open_now and open_now[order.id] != order:
                self.faults.append(f"the store has {order}, the log gives {open_now[order.id]}")

    def proves(self) -> None:
        """The chain and the tree hold over every entry."""
        self.faults += verify(self.log).faults


def _ids(log: SqliteLog) -> Iterator[tuple[int, float]]:
    for entry in log.read(streams=[TANKS.name]):
        if entry.header.kind == BATCH:
            batch = decode_batch(entry.header, entry.body or b"")
            yield from zip(batch.offsets.tolist(), batch.numbers["id"].tolist(), strict=True)


def _lines(log: SqliteLog, author: str, *, from_entry: int = 0) -> Iterator[Line]:
    for entry in log.read(streams=[author]):
        if entry.header.seq >= from_entry:
            yield from decode_lines(entry.body or b"")


def trials(count: int, *, seed: int) -> Iterator[Trial]:
    """That many lives and deaths, each on a folder of its own."""
    for number in range(seed, seed + count):
        with tempfile.TemporaryDirectory(prefix="haihe-crash-") as folder:
            try:
                yield trial(number, Path(folder))
            except LogUnavailable as error:
                yield Trial(number, 0, 0, 0, 0, 0, 0.0, (f"the folder cannot be opened: {error}",))


def run(options: Options) -> list[Row]:
    """Kills, and what they left."""
    count = TRIALS_QUICK if options.quick else TRIALS
    seed = int(time.time())
    options.say(f"seeds from {seed}")
    done = []
    for one in trials(count, seed=seed):
        done.append(one)
        if one.faults:
            options.say(f"seed {one.seed}: {'; '.join(one.faults)}")
        elif len(done) % 10 == 0:
            options.say(f"{len(done)} of {count} kills")
    case = f"kill -9 x {count}"
    starts_ms = [one.start_ms for one in done]
    figures = (
        Figure(case, "kills that broke a promise", "1", sum(bool(one.faults) for one in done), 0),
        Figure(case, "acknowledged records held", "1", sum(o.acknowledged for o in done)),
        Figure(case, "entries that prove themselves", "1", sum(one.entries for one in done)),
        Figure(case, "cases, each once", "1", sum(one.cases for one in done)),
        Figure(case, "orders, each once", "1", sum(one.orders for one in done)),
        Figure(case, "kills between records and steps", "1", sum(one.owed > 0 for one in done)),
        Figure(case, "start after a kill, p50", "ms", float(np.percentile(starts_ms, 50))),
        Figure(case, "start after a kill, p99", "ms", float(np.percentile(starts_ms, 99))),
    )
    return [row(BENCH, figure) for figure in figures]
