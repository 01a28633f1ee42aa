"""Promises 1 to 4: kept, decided once, always the same, and answered for."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.log import SqliteLog, Transaction, decode_batch, offline, schema
from haihe.log.entry import Header
from haihe.model.line import Dispatched, Verb
from haihe.run import recovery, watching
from haihe.run.appending import Arrival
from haihe.run.audit import log_key, observations, proof, verify, why
from haihe.run.engine import Engine, Outcome
from haihe.run.node import Node
from haihe.run.view import AsOf, Moment
from tests.promises.promise import Promise, sabotage
from tests.run.histories import Seeded, begun, of
from tests.run.lives import given, lose_steps, opened, outcome_of
from tests.run.test_engine import assert_same_however_cut
from tests.run.world import a_leak, act, air, lines, node_on, sent, told

SYNCED = 2  # SQLite: PRAGMA synchronous, FULL.


def kept(folder: Path) -> None:
    """Whenever a receipt is out, a copy of the folder as it is then holds the records once."""
    with node_on(folder / "live") as living:
        synchronous = living.log._db.execute("PRAGMA synchronous").fetchone()[0]
        assert synchronous >= SYNCED, "a commit does not wait for the disk"
        count = 0
        for number in range(6):
            arrival = Arrival(air("zone/1", [number, number + 0.5], [1.0, 30.0]), key=f"k-{number}")
            answer = living.submit(arrival)
            living.round()
            count += answer.result().taken
            assert count == 2 * (number + 1)
            dead = folder / f"dead-{number}"
            shutil.copytree(folder / "live", dead)
            with closing(SqliteLog(dead)) as log:
                assert records(log) == count, "an acknowledged record is lost"
            with node_on(dead) as again:
                sent(again, air("zone/1", [number + 2], [1.0]))
                repeated = again.submit(arrival)
                again.round()
                assert repeated.result().taken == 0, "a repeated request was taken again"
                assert records(again.log) == count + 1


def records(log: SqliteLog) -> int:
    """How many readings the log holds."""
    entries = log.read(streams=["a.air"])
    return sum(len(decode_batch(entry.header, entry.body or b"")) for entry in entries)


@contextmanager
def without_commit(log: SqliteLog) -> Iterator[Transaction]:
    """A transaction that answers before it is written."""
    transaction = Transaction(log._db, log)
    if not log._db.in_transaction:
        log._db.execute("BEGIN")
    yield transaction
    log.frontier, log.chain = transaction.frontier, transaction.chain
    log.next_offset, log.received_at = transaction.next_offset, transaction.received_at


_prepare = schema._prepare


def unsynced(db: sqlite3.Connection) -> None:
    """The connection as the house has it, but for waiting for the disk."""
    _prepare(db)
    db.execute("PRAGMA synchronous = OFF")


def decided_once(folder: Path) -> None:
    """With deaths between records and steps, the log and the store hold the same as without."""
    history = of(begun(), Seeded(4), steps=36)
    whole = opened(folder / "whole")
    broken = opened(folder / "broken")
    for place, item in enumerate(history.items):
        given(whole, item, history)
        if place % 4 == 2:
            lose_steps(broken, item, history)
            broken.stop()
            broken = opened(folder / "broken")
        else:
            given(broken, item, history)
    with closing(whole.log), closing(broken.log):
        expected, found = outcome_of(whole), outcome_of(broken)
        for part in expected:
            assert found.get(part) == expected[part], f"{part} differ after deaths"
        orders = sorted(line.id for line in lines(broken) if isinstance(line, Dispatched))
        letters = broken.log.reader().execute("SELECT id FROM outbox").fetchall()
        assert orders, "nothing was ordered: the test is blind"
        assert sorted(name for (name,) in letters) == orders, "an order is not in the outbox once"


def owing_nothing(*arguments: Any, **more: Any) -> Outcome:
    """Recovery that believes every step was written."""
    outcome = recovery.recover(*arguments, **more)
    return Outcome(next_offset=outcome.next_offset)


def always_the_same(folder: Path) -> None:
    """However a history is cut, the steps are the same bytes."""
    for seed in (6, 7, 29):
        assert_same_however_cut(of(begun(), Seeded(seed), steps=150), Seeded(seed + 1))


_sound = watching._sound


def timed(finding: Finding, seen: Seen) -> Finding:
    """A detector that reads the machine's clock."""
    return replace(_sound(finding, seen), detail=str(time.perf_counter_ns()))


def all_of_the_tick(engine: Engine, segment: Any, *, now: int, end_offset: int) -> AsOf:
    """A view that shows what came after the deciding record as well."""
    moment = Moment(segment.batches, now=now, end_offset=2**62)
    return AsOf(engine.live, engine.graph, moment=moment, directory=engine.directory)


def all_newest(slots: Any, observed_at: Any) -> Any:
    """Late rows of a batch count as news."""
    return np.ones(len(slots), dtype=bool)


def answered_for(folder: Path) -> None:
    """A case tells rule, version, value, limit, records and people, and proves it offline."""
    with node_on(folder) as living:
        a_leak(living)
        told(living, act(Verb.DELIVERED, "a-1/1", "gateway", minute=4))
        told(living, act(Verb.DELIVERED, "a-1/2", "gateway", minute=4))
        told(living, act(Verb.DELIVERED, "a-1/3", "gateway", minute=4))
        for number in (1, 2, 3, 4):
            told(living, act(Verb.REPORT, f"a-1/{number}", "ann", minute=4))
            told(living, act(Verb.VERIFY, f"a-1/{number}", "bo", minute=4))
        sent(living, air("zone/1", [5, 6], [1.0, 1.0]))
        asked(living, folder)


def asked(living: Node, folder: Path) -> None:
    """What an auditor asks of case a-1."""
    assert verify(living.log).faults == ()
    answer = why(living.log, "a-1")
    told_lines = [each.line for each in answer.timeline]
    kinds = [type(line).__name__ for line in told_lines]
    assert kinds.count("Decided") >= 1
    for line in told_lines:
        if type(line).__name__ == "Decided":
            decided: Any = line
            assert decided.rule == "a.methane-high"
            assert decided.version == "1"
            assert len(decided.settings) == 64, "the settings are not bound to the decision"
            assert decided.why.en
            assert decided.saw, "a decision does not tell what it saw"
            seen = list(observations(living.log, decided.saw))
            assert [one.offset for one in seen] == sorted(decided.saw)
        if type(line).__name__ == "AlarmRaised":
            raised: Any = line
            assert (raised.alarm.value, raised.alarm.limit) == (30.0, 20.0)
    people = {getattr(line, "by", "") for line in told_lines}
    assert {"ann", "bo"} <= people, "who approved is not told"
    key = log_key(folder, name="test.local/zone")
    bundle = folder / "bundle.json"
    bundle.write_bytes(proof(living.log, "a-1", key=key))
    assert offline.main([str(bundle), "--key", key.verifier.text]) == 0


_put = Transaction._put


def put_and_change(transaction: Transaction, header: Header, body: bytes) -> None:
    """A disk, or somebody, that changes what was written."""
    _put(transaction, header, body)
    if header.stream == "a.air":
        transaction.db.execute(
            "UPDATE body SET bytes = substr(bytes, 1, length(bytes) - 1) || x'07' WHERE seq = ?",
            (header.seq,),
        )


def put_and_rename(transaction: Transaction, header: Header, body: bytes) -> None:
    """Somebody who writes another time of reception beside the sealed one."""
    _put(transaction, header, body)
    transaction.db.execute(
        "UPDATE entry SET received_at = received_at + 1 WHERE seq = ?", (header.seq,)
    )


PROMISES = (
    Promise(
        1,
        "Acknowledged means kept",
        kept,
        (
            sabotage(
                "answers before the commit",
                "haihe.log.sqlite.SqliteLog.transaction",
                without_commit,
            ),
            sabotage(
                "forgets what it answered", "haihe.log.store.keep_answer", lambda *_, **__: None
            ),
            sabotage("does not wait for the disk", "haihe.log.schema._prepare", unsynced),
        ),
    ),
    Promise(
        2,
        "Decided once",
        decided_once,
        (
            sabotage("ignores the position read", "haihe.log.store.position", lambda *_: 0),
            sabotage("forgets the steps it owes", "haihe.run.node.recover", owing_nothing),
            sabotage("skips the outbox", "haihe.log.store.post_letters", lambda *_: None),
        ),
    ),
    Promise(
        3,
        "Same log, same decisions",
        always_the_same,
        (
            sabotage(
                "a view that reads the clock",
                "haihe.run.view.AsOf.now",
                property(lambda _: time.time_ns()),
            ),
            sabotage("a detector that reads the clock", "haihe.run.watching._sound", timed),
            sabotage(
                "a view that sees the whole tick", "haihe.run.engine.Engine.view", all_of_the_tick
            ),
            sabotage(
                "late values that count within a batch",
                "haihe.state.live._newest_so_far",
                all_newest,
            ),
            sabotage(
                "fields that depend on who came along",
                "haihe.state.live.LiveStream.completed",
                lambda _, batch: batch,
            ),
        ),
    ),
    Promise(
        4,
        "Every decision answers for itself",
        answered_for,
        (
            sabotage(
                "a decision forgets what it saw", "haihe.run.view.AsOf.saw_for", lambda *_: ()
            ),
            sabotage(
                "a decision is not bound to its settings", "haihe.run.rule.Rule.settings_sha256", ""
            ),
            sabotage(
                "a stored record is changed", "haihe.log.sqlite.Transaction._put", put_and_change
            ),
            sabotage(
                "a stored time is changed", "haihe.log.sqlite.Transaction._put", put_and_rename
            ),
            sabotage(
                "entries are left out of the chain",
                "haihe.log.sqlite.chain_hash",
                lambda before, _: before,
            ),
        ),
    ),
)
