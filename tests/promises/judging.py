"""Promises 5 to 7: silence is not health, nothing dropped quietly, the present is instant."""

import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from haihe.detect.absence import Silence
from haihe.errors import Overloaded
from haihe.feed.door import Reason, RefusedRecord
from haihe.log import SqliteLog, Transaction, decode_batch, schema
from haihe.log.directory import Directory
from haihe.model import DAY, HOUR, MINUTE, Batch, Observation, Rows
from haihe.model.line import CaseClosed, CaseOpened, Clock, RuleFailed, decode_lines
from haihe.run import appending
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.house import QUARANTINE
from haihe.run.intake import Looked, look
from haihe.run.node import Node
from haihe.run.view import AsOf, Moment
from haihe.state.graph import Graph
from haihe.state.live import Live, LiveStream
from tests.promises.promise import Promise, sabotage
from tests.run.packs import T0, VALUE, Odd, Zone, kinds, minute, pack_of


def silence_is_not_health(folder: Path) -> None:
    """No case closes on the absence of records, and a source that falls silent is an alarm."""
    zone = Zone(pack_of())
    zone.hear((0, 12), (1, 1))
    for hours in range(1, 30):
        zone.tell(Clock(at=T0 + hours * HOUR))
    assert "CaseClosed" not in kinds(zone.steps), "time alone closed a case"
    zone.hear((30 * 60, 1))
    assert "CaseClosed" not in kinds(zone.steps), "two records with a day between closed a case"
    zone.hear(*((30 * 60 + more, float("nan")) for more in range(1, 9)))
    assert "CaseClosed" not in kinds(zone.steps), "records that told nothing closed a case"
    zone.hear(*((30 * 60 + 10 + more, 1.0) for more in range(3)))
    closed = [step for step in zone.steps if isinstance(step, CaseClosed)]
    assert len(closed) == 1, "a full window of evidence did not close the case"
    assert closed[0].last_offset - closed[0].first_offset >= 2
    silent = Zone(pack_of(detect=Silence(5 * MINUTE)))
    silent.hear((0, 1))
    opened = [step for step in silent.tell(Clock(at=minute(5))) if isinstance(step, CaseOpened)]
    assert [step.entity for step in opened] == ["thing/1"], "a source fell silent unnoticed"
    assert opened[0].at == minute(5)


def everything_is_somewhere(folder: Path) -> None:
    """What came in is taken, repeated, or in quarantine with its reason; a full queue says so."""
    bad = RefusedRecord("t.value", "thing/9", None, Reason.ABSURD, "99 is too much", '{"value":99}')
    packs = (pack_of("bad", detect=Odd(break_down)), pack_of("good"))
    with closing(SqliteLog(folder)) as log:
        node = Node(log, packs, clock=DataClock(T0))
        first, late = values(1.0, at=100 * DAY), values(3.0, at=0)
        for arrival in (
            Arrival(first, (bad,)),
            Arrival(late),
            Arrival(first),
            Arrival(None, (bad,)),
        ):
            answer = node.submit(arrival)
            node.round()
            receipt = answer.result()
            sent = len(arrival.rows or ()) + len(arrival.refused)
            assert receipt.taken + receipt.repeated + receipt.quarantined == sent
            assert len(receipt.reasons) == receipt.quarantined
        aside = [each for entry in log.read(streams=[QUARANTINE.name]) for each in told(entry)]
        assert sorted(reason for reason, _, _ in aside) == ["absurd", "absurd", "late"]
        assert all(message and raw for _, message, raw in aside), "set aside without its words"
        assert sum(entry.header.rows for entry in log.read(streams=[VALUE.name])) == 1
        failed = [step.rule for step in steps(log) if isinstance(step, RuleFailed)]
        assert failed == ["bad.high"], "a failing pack is not shown"
        node.submit(Arrival(values(12.0, at=101 * DAY)))
        node.round()
        opened = [step.case for step in steps(log) if isinstance(step, CaseOpened)]
        assert opened == ["good-1"], "a failing pack stopped the others"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("haihe.run.node.ROWS_WAITING_MAX", 1)
            node.submit(Arrival(first))
            assert is_pushed_back(node, Arrival(first)), "a full queue took more"
            assert node.waiting_rows == 1, "the lag is not shown"
        node.round()


def is_pushed_back(node: Node, arrival: Arrival) -> bool:
    """Whether the sender is told to wait, and for how long."""
    try:
        node.submit(arrival)
    except Overloaded as error:
        return error.retry_after_s > 0
    return False


def break_down(seen: object) -> Sequence[Any]:
    """A detector of a pack that does not work."""
    raise RuntimeError("no such thing")


def values(*numbers: float, at: int) -> Rows:
    """Readings of one thing, a second apart."""
    count = len(numbers)
    return Rows(
        stream=VALUE.name,
        ids=("thing/1",),
        codes=np.zeros(count, dtype=np.int32),
        observed_at=T0 + at + np.arange(count, dtype=np.int64) * 10**9,
        numbers={"value": np.array(numbers)},
        texts={},
    )


def told(entry: Any) -> list[tuple[str, str, str]]:
    """Reason, message and raw of each record set aside."""
    texts = decode_batch(entry.header, entry.body or b"").texts
    return list(zip(texts["reason"], texts["message"], texts["raw"], strict=True))


def steps(log: SqliteLog) -> list[Any]:
    """Every step of the log."""
    return [
        line for entry in log.read(streams=["step"]) for line in decode_lines(entry.body or b"")
    ]


_append = appending.append_arrivals


def without_the_bad(transaction: Transaction, arrivals: Sequence[Arrival], **more: Any) -> Any:
    """Refused records are forgotten."""
    return _append(transaction, [replace(arrival, refused=()) for arrival in arrivals], **more)


def late_is_gone(*arguments: Any, **more: Any) -> Looked:
    """What comes too late is left out, and no more is said of it."""
    looked = look(*arguments, **more)
    return Looked(looked.keep, np.zeros_like(looked.late))


def unguarded(_: object, function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """A pack is called without isolation."""
    try:
        return function(*arguments, **more)
    except RuntimeError as error:
        raise AssertionError("a pack's error came through") from error


def the_present_is_instant(folder: Path) -> None:
    """Looking costs the same among ten things and among thousands; a long query stops nobody."""
    assert cost_of_a_look(10) == cost_of_a_look(5_000), "the cost grows with the city"
    with closing(SqliteLog(folder)) as log:
        node = Node(log, (pack_of(),), clock=DataClock(T0))
        node.submit(Arrival(values(1.0, at=0)))
        node.round()
        query = sqlite3.connect(log.path, isolation_level=None)
        query.execute("PRAGMA busy_timeout = 50")
        log._db.execute("PRAGMA busy_timeout = 50")
        with closing(query):
            reading = query.execute("SELECT * FROM entry")  # A long query over history, not over.
            reading.fetchone()
            answer = node.submit(Arrival(values(2.0, at=HOUR)))
            node.round()
            assert answer.exception() is None, "a query over history blocked a record"
            seen = node.engine.live[VALUE.name].observation(0)
            assert seen.numbers["value"] == 2.0
            reading.close()


def cost_of_a_look(count: int) -> int:
    """Python calls of a look at one thing among many, as a decision and as a screen make it."""
    directory, live = Directory(), Live()
    live.declare(VALUE)
    ids = tuple(f"thing/{number}" for number in range(count))
    slots, _ = directory.assign(VALUE.name, ids)
    at = np.arange(count, dtype=np.int64)
    batch = Batch(VALUE.name, at, slots, at, at, {"value": at.astype(float)}, {})
    live[VALUE.name].update(batch, directory.ids(VALUE.name))
    view = AsOf(live, Graph(), moment=Moment({}, now=1, end_offset=count), directory=directory)
    calls = 0

    def note(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(note)
    try:
        view.latest(VALUE.name, "thing/7")
        live[VALUE.name].observation(7)
    finally:
        sys.setprofile(None)
    return calls


_observation = LiveStream.observation


def searched(live: LiveStream, slot: int) -> Observation:
    """The present as a search through everybody."""
    found = [
        place for place, name in enumerate(live.ids) if name.startswith("thing") and place == slot
    ]
    return _observation(live, found[0])


_prepare = schema._prepare


def with_rollback_journal(db: sqlite3.Connection) -> None:
    """A file in which readers and the writer wait for one another."""
    _prepare(db)
    db.execute("PRAGMA journal_mode = DELETE")


PROMISES = (
    Promise(
        5,
        "Silence is not health",
        silence_is_not_health,
        (
            sabotage(
                "closes without a window",
                "haihe.run.casework.is_over",
                lambda run, *_, **__: run.count > 0,
            ),
            sabotage(
                "does not mind gaps in the evidence", "haihe.run.closure.gap_of", lambda _: 99 * DAY
            ),
            sabotage(
                "does not hear silence",
                "haihe.detect.absence.Silence.step",
                lambda _, memory, seen: (memory, []),
            ),
        ),
    ),
    Promise(
        6,
        "Nothing is dropped quietly",
        everything_is_somewhere,
        (
            sabotage("drops what was refused", "haihe.run.node.append_arrivals", without_the_bad),
            sabotage("drops what is late", "haihe.run.appending.look", late_is_gone),
            sabotage(
                "lets a pack take the others with it", "haihe.run.guard.Guard.call", unguarded
            ),
            sabotage("never pushes back", "haihe.run.node._rows_in", lambda _: 0),
        ),
    ),
    Promise(
        7,
        "The present is instant",
        the_present_is_instant,
        (
            sabotage(
                "searches for the present", "haihe.state.live.LiveStream.observation", searched
            ),
            sabotage(
                "lets a query block a record", "haihe.log.schema._prepare", with_rollback_journal
            ),
        ),
    ),
)
