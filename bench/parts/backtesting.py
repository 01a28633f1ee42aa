"""Backtests on what was recorded: a week of one pack under one rule, a day of 160,000 points."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.apart import apart
from bench.parts.watching import BEGIN_AT, POINTS, STREAM, rows_of, watched_pack
from bench.rows import Figure, Options, Row, row
from haihe.log.sqlite import SqliteLog
from haihe.model.line import StreamDeclared
from haihe.model.record import Rows
from haihe.model.time import DAY, SECOND
from haihe.pack import Pack
from haihe.packs.gallery import pack as gallery
from haihe.run.backtest import Trial, run_trial
from haihe.run.records import items_between
from haihe.state.history import History
from haihe.state.seal import commit_seal, plan_seal, write_seal

GOAL_WEEK_S: Final = 2.0
GOAL_DAY_S: Final = 600.0
ZONES: Final = 24
EVERY: Final = 10 * SECOND
DAYS: Final = 7
READINGS: Final = 290_000_000  # A reading every 48 s of each of 160,000 points.
LEAKS_A_DAY: Final = 10  # Ours: far more than any gallery has.
LEAK_REPORTS: Final = 60  # Ten minutes each.
QUICK_ROUNDS, FULL_ROUNDS = 20, 200


@dataclass(frozen=True, slots=True)
class Past:
    """A recorded past.

    log, history: where it stands.
    """

    log: SqliteLog
    history: History


def measure(options: Options) -> list[Row]:
    """Rows of both; the day is measured in part and the whole reckoned from it."""
    options.say("a backtest of seven days of the gallery under one rule")
    week_s, week_rows = apart(_week)
    rounds = QUICK_ROUNDS if options.quick else FULL_ROUNDS
    options.say(f"a backtest of {rounds * POINTS:,} readings, the day reckoned from it")
    rate = apart(_day_part, rounds, one_core=True)
    week = f"backtest, 7 days of one pack, {week_rows:,} records"
    day = f"backtest, a day of 160,000 points, from {rounds * POINTS / 1e6:.1f} M readings"
    return [
        row("core", Figure(week, "one rule", "s", week_s, GOAL_WEEK_S)),
        row("core", Figure(day, "one rule, whole day", "s", READINGS / rate, GOAL_DAY_S)),
    ]


def _week() -> tuple[float, int]:
    """Seconds a backtest of the week takes, and how many records it holds.

    Six days are sealed as the zone does it; the last one is in the log, an entry for each report.
    """
    with tempfile.TemporaryDirectory() as folder:
        past = _begin(Path(folder), gallery)
        sealed = (DAYS - 1) * DAY // EVERY
        _append(past, [_reports(0, sealed)])
        _seal(past, "gallery.air")
        _append(past, [_reports(at, at + 1) for at in range(sealed, DAYS * DAY // EVERY)])
        trial = Trial(gallery, "gallery.methane-high", settings={}, directory=past.log.directory)
        began = time.perf_counter()
        items = items_between(past.log, "gallery.air", history=past.history)
        result = run_trial(items, trial)
        took = time.perf_counter() - began
        past.history.close()
        past.log.close()
    return took, result.records


def _day_part(rounds: int) -> float:
    """Readings a second of a backtest over some rounds of all points."""
    rng = np.random.default_rng(5)
    pack = watched_pack()
    with tempfile.TemporaryDirectory() as folder:
        past = _begin(Path(folder), pack)
        for number in range(rounds):
            values = 20 + 10 * rng.random(POINTS)
            _append(past, [rows_of(values, at=BEGIN_AT + (number + 1) * 48 * SECOND)])
        trial = Trial(pack, "bench.high", settings={}, directory=past.log.directory)
        began = time.perf_counter()
        result = run_trial(items_between(past.log, STREAM.name), trial)
        took = time.perf_counter() - began
        past.history.close()
        past.log.close()
    return result.records / took


def _begin(folder: Path, pack: Pack) -> Past:
    """An empty past in which the pack's streams are declared."""
    log = SqliteLog(folder)
    facts = [StreamDeclared(at=BEGIN_AT, stream=stream) for stream in pack.all_streams]
    with log.transaction() as transaction:
        transaction.append_lines(facts, author="fact")
    return Past(log, History(log, folder / "history"))


def _append(past: Past, entries: list[Rows]) -> None:
    with past.log.transaction() as transaction:
        for rows in entries:
            transaction.append_rows(rows, received_at=BEGIN_AT)


def _seal(past: Past, stream: str) -> None:
    """Everything recorded so far into history files."""
    bound = past.log.next_offset
    while plan := plan_seal(past.log, stream, before_offset=bound):
        seal = write_seal(past.log, past.history.folder, plan=plan)
        with past.log.transaction() as transaction:
            commit_seal(transaction, seal)


def _reports(start: int, end: int) -> Rows:
    """The zones' air from one report to another, calm but for ten leaks a day, each in one zone."""
    rng = np.random.default_rng(start)
    count = (end - start) * ZONES
    report = np.repeat(np.arange(start, end, dtype=np.int64), ZONES)
    at = BEGIN_AT + report * EVERY
    zone = np.tile(np.arange(ZONES, dtype=np.int32), end - start)
    begun = report // (DAY // EVERY // LEAKS_A_DAY)
    is_leak = (report % (DAY // EVERY // LEAKS_A_DAY) < LEAK_REPORTS) & (zone == begun % ZONES)
    leaks = np.where(is_leak, 30.0, 1.0)
    calm = {"oxygen": 20.9, "h2s": 0.2, "co": 1.0, "temperature": 18.0, "humidity": 60.0}
    noise = rng.random(count)
    return Rows(
        stream="gallery.air",
        ids=tuple(f"zone/{number + 1}" for number in range(ZONES)),
        codes=zone,
        observed_at=at,
        numbers={
            "methane": leaks + noise,
            **{name: value + 0.1 * noise for name, value in calm.items()},
        },
        texts={},
        received_at=at,
    )
