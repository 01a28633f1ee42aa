"""A zone's year in the log: everybody's standing as it was on a day, asked of a server at work."""

import dataclasses
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bench.rows import Figure, Options, Row, row
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import stand
from haihe.decide.workday import day_of
from haihe.log.sqlite import SqliteLog
from haihe.model.arrays import FloatArray
from haihe.model.line import Action, Verb
from haihe.model.record import Rows
from haihe.model.time import DAY, HOUR, MINUTE
from haihe.packs.schemes import pack
from haihe.packs.schemes.streams import APPLICATION, COMPUTE, FILE
from haihe.packs.schemes.twin import ZoneTwin
from haihe.packs.schemes.zone import make_code
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.keepsakes import FOLDER
from haihe.run.node import Node
from haihe.run.recall import Asked, Place, Recalled, recall
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History

DAYS, QUICK_DAYS = 365, 10  # A year; what a check of the bench itself can wait for.
FILINGS, METERED, APPLIED = 300, 200, 10  # Ours: of a day of a zone with 2,200 enterprises.
FIRMS: Final = 2_200
OTHERS: Final = 50_000  # Ours: records a day of another pack, in batches as a gateway sends them.
RECEIPTS: Final = 2_000  # Ours: a day's orders of another pack that devices took.
AT_ONCE: Final = 20  # Of them in an entry.
T0: Final = 1_741_568_400_000_000_000  # 2025-03-10T09:00:00+08:00.


def run(options: Options, name: str) -> list[Row]:
    """How long the day in the middle takes: at first, and once the fold has left keepsakes."""
    days = QUICK_DAYS if options.quick else DAYS
    options.say(f"schemes: {days} days of a zone into a log")
    with tempfile.TemporaryDirectory(prefix="haihe-past-") as inside:
        folder = Path(inside)
        lines, live, spent_s = _lived(folder, days)
        log = SqliteLog(folder, read_only=True)
        place = Place(folder, log, History(log, folder / HISTORY_FOLDER))
        first_s, found = _timed(place, before_at=T0 + days * DAY)
        again = []
        same = 0
        for part in (0.31, 0.5, 0.83):
            day = int(days * part)
            spent, then = _timed(place, before_at=T0 + day * DAY)
            again.append(spent)
            same += then.memory == live[day]
        same += found.memory == live[days]
        began = time.perf_counter()
        memory: Grants = pack.ledger.load(found.memory)  # type: ignore[union-attr]  # It has one.
        standing = stand(memory, day=day_of(T0 + days * DAY))
        stood_s = time.perf_counter() - began
        kept = sum(path.stat().st_size for path in (folder / FOLDER).rglob("*.state"))
        place.history.close()
        log.close()
    options.say(f"schemes: {lines:,} lines of the pack took {spent_s:.0f} s when they came")
    case = f"{days} days, {lines:,} lines of the pack, {len(standing.codes):,} enterprises"
    rest = f"{days * OTHERS / 1e6:.1f} M records, {days * RECEIPTS:,} receipts of another"
    return [
        row(name, Figure(f"{case}; {rest}", "as-of, the whole log, once", "s", first_s)),
        row(name, Figure(f"{case}; {rest}", "as-of any day after that, worst of 3", "s",
                         max(again), 5.0)),
        row(name, Figure(case, "everybody's standing of it", "s", stood_s, 1.0)),
        row(name, Figure(case, "as-of byte-equal to what was live", "%", 25.0 * same, 100.0,
                         better="higher")),
        row(name, Figure(case, "keepsakes on the disk", "MB", kept / 1e6)),
    ]  # fmt: skip


def _timed(place: Place, *, before_at: int) -> tuple[float, Recalled]:
    began = time.perf_counter()
    found = recall(place, pack, asked=Asked(before_at))
    assert isinstance(found, Recalled)  # Nothing expires here.
    return time.perf_counter() - began, found


def _lived(folder: Path, days: int) -> tuple[int, dict[int, bytes], float]:
    """Let the days go by: lines of the pack, the ledger at the end of some, and what it took."""
    log = SqliteLog(folder)
    clock = DataClock(T0)
    node = Node(log, [dataclasses.replace(pack, twin=None)], clock=clock)
    draw = np.random.default_rng(3)
    lines, live = 0, dict[int, bytes]()
    marks = {int(days * part) for part in (0.31, 0.5, 0.83, 1.0)}
    began = time.perf_counter()
    for action in ZoneTwin(20).told_before(T0):
        node.tell(action)
        lines += 1
    node.round()
    for day in range(days):
        at = T0 + day * DAY
        for rows in _day(draw, at, day=day):
            clock.reach(int(rows.received_at[0]))  # type: ignore[index]  # All are stamped.
            node.submit(Arrival(rows))
            node.round()
            lines += len(rows)
        lines += _decided(node, at + 7 * HOUR, clock=clock)
        _others(node, draw, at=at + 8 * HOUR)
        clock.reach(at + DAY - 1)
        node.round()
        log.checkpoint_wal()
        if day + 1 in marks:
            live[day + 1] = node.engine.track.casework.ledgers.dumped().memories["schemes"]
    spent = time.perf_counter() - began
    node.stop()
    return lines, live, spent


def _day(draw: np.random.Generator, at: int, *, day: int) -> Iterator[Rows]:
    """What offices, meters and firms send on a day."""
    firms = draw.permutation(FIRMS) if day else np.arange(FIRMS)
    told = [make_code(int(one)) for one in (firms[:FILINGS] if day else firms)]
    facts = [
        {"staff": int(draw.integers(1, 900)), "revenue": int(draw.integers(10**8, 10**11)),
         "research": int(draw.integers(10**6, 10**9)), "patents": int(draw.integers(0, 40)),
         "size": "small", "industry": "chips", "registered_here": True, "clean_record": True}
        for _ in told
    ]  # fmt: skip
    as_of = str(np.datetime64(day_of(at), "D"))
    texts: dict[str, list[str | None]] = {
        "source": ["statistics"] * len(told),
        "as_of": [as_of] * len(told),
        "facts": [msgspec.json.encode(one).decode() for one in facts],
        "document": [None] * len(told),
    }
    yield _rows(FILE.name, [f"enterprise/{one}" for one in told], at=at + HOUR, texts=texts)
    hours = draw.gamma(2.0, 6.0, METERED)
    used = [f"enterprise/{make_code(int(one))}" for one in firms[:METERED]]
    numbers = {"card_h": hours, "spend_fen": np.round(hours * 1_000)}
    yield _rows(COMPUTE.name, used, at=at + 2 * HOUR, numbers=numbers)
    for number in range(APPLIED):
        code = told[number]
        texts = {
            "enterprise": [code], "scheme": ["research-grant"], "move": ["submit"],
            "by": ["portal"], "channel": ["portal"], "note": [None], "person": [None],
        }  # fmt: skip
        entity = f"application/{day}-{number}"
        yield _rows(APPLICATION.name, [entity], at=at + 3 * HOUR + number * MINUTE, texts=texts)


def _rows(
    stream: str,
    ids: list[str],
    *,
    at: int,
    texts: Mapping[str, Sequence[str | None]] | None = None,
    numbers: Mapping[str, FloatArray] | None = None,
) -> Rows:
    stamped = at + np.arange(len(ids), dtype=np.int64) * 1_000_000
    return Rows(
        stream=stream,
        ids=tuple(ids),
        codes=np.arange(len(ids), dtype=np.int32),
        observed_at=stamped,
        numbers=dict(numbers or {}),
        texts={name: np.array(column, dtype=object) for name, column in (texts or {}).items()},
        received_at=stamped,
    )


def _decided(node: Node, at: int, *, clock: DataClock) -> int:
    """People report every open step of the desk, each with its first way to end."""
    clock.reach(at)
    done = 0
    for order in list(node.engine.track.casework.desk.orders.values()):
        if order.is_settled or not order.order.outcomes:
            continue
        outcome = order.order.outcomes[0].name
        by = f"{order.order.action}-officer"
        node.tell(
            Action(at=at, verb=Verb.REPORT, subject=order.id, by=by, outcome=outcome, reason="ok")
        )
        done += 1
    node.round()
    return done


def _others(node: Node, draw: np.random.Generator, *, at: int) -> None:
    """Another pack's records and receipts into the same log."""
    with node.log.transaction() as transaction:
        for start in range(0, OTHERS, 10_000):
            stamped = at + start + np.arange(10_000, dtype=np.int64)
            rows = Rows(
                stream="roads.loop",
                ids=tuple(f"loop/{one}" for one in range(1_000)),
                codes=draw.integers(0, 1_000, 10_000).astype(np.int32),
                observed_at=stamped,
                numbers={"count": draw.integers(0, 60, 10_000).astype(np.float64)},
                texts={},
                received_at=stamped,
            )
            transaction.append_rows(rows, received_at=int(stamped[-1]))
        for start in range(0, RECEIPTS, AT_ONCE):
            told = [
                Action(at=at + OTHERS, verb=Verb.DELIVERED, subject=f"roads.signals/{start + one}",
                       by="gateway", reason="taken")
                for one in range(AT_ONCE)
            ]  # fmt: skip
            transaction.append_lines(told, author="fact")
