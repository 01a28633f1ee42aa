"""The measures over a recorded afternoon: equal to what is expected, and how fast."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from bench.rows import HIGHER, LOWER, Options, Row
from bench.traffic_parts import record
from bench.traffic_parts.maps import each
from haihe.model.time import MINUTE
from haihe.packs.traffic.measures.events import Events, joined
from haihe.packs.traffic.measures.recorder import BIN, Recorder, measures_of

BENCH: Final = "traffic"
ROUNDS: Final = 5
QUICK_ROUNDS: Final = 2
SIGNALS: Final = 300  # A whole district.
CLOSE_GOAL_S: Final = 2.0
EVENTS_GOAL: Final = 800_000.0
PEER: Final = Path(__file__).parents[2] / ".haihe" / "peers-atspm" / "bin" / "python"
INSTALL: Final = (
    "no environment; python -m venv .haihe/peers-atspm && "
    ".haihe/peers-atspm/bin/pip install atspm 'duckdb<1.5'"
)
PEER_SECONDS_MAX: Final = 300


def measure(options: Options) -> list[Row]:
    """Rows of the measures; none where there is no record."""
    return each(options, "atspm_hires", measure=_measured)


def _measured(options: Options, where: Path) -> list[Row]:
    events, detectors = record.read_events(where), record.read_detectors(where)
    measures = measures_of(detectors)
    options.say(f"traffic: {len(measures)} measures over {len(events):,} events")
    wrong = sum(
        record.differences(where, name, table=measures[name](events, BIN))
        for name, (file, _) in record.EXPECTED.items()
        if (where / "expected" / f"{file}.parquet").is_file()
    )

    def all_of_them() -> None:
        fresh = joined([events])  # What one measure keeps for the next is part of the work.
        for one in measures.values():
            one(fresh, BIN)

    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    rate = len(events) / _cpu(all_of_them, rounds=rounds)
    measures.pop("people")
    close_s = _close_s(Recorder(measures), events, rounds=rounds)
    beside = _peer(options, where, count=len(events))
    return [
        Row(BENCH, "measures", "rows that differ from the expected nine tables", "rows",
            float(wrong), 0.0, LOWER),
        Row(BENCH, "measures", f"all {len(measures) + 1} measures, a CPU second", "events/s",
            rate, EVENTS_GOAL, HIGHER, beside=beside),
        Row(BENCH, "measures", f"a bin of {SIGNALS} signals closed, CPU", "s",
            close_s, CLOSE_GOAL_S, LOWER),
    ]  # fmt: skip


def _cpu(work: Callable[[], object], *, rounds: int) -> float:
    """The least CPU seconds of some rounds: what other jobs add is not ours."""
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def _close_s(recorder: Recorder, events: Events, *, rounds: int) -> float:
    """CPU seconds to close one bin of many signals: the record's busiest, copied to each."""
    first_at = int(events.at[0]) // BIN * BIN
    events = events.where(events.at < first_at + 3 * BIN)
    copies = SIGNALS // len(np.unique(events.device))
    many = joined(
        Events(events.at, events.device + 1_000 * number, events.code, events.parameter)
        for number in range(copies)
    )
    memory = recorder.take(recorder.start(), many.where(many.at < first_at + 2 * BIN))
    memory, _ = recorder.close(memory, first_at + 2 * BIN)
    memory = recorder.take(memory, many.where(many.at >= first_at + 2 * BIN))
    now = first_at + 3 * BIN + MINUTE
    return _cpu(lambda: recorder.close(memory, now), rounds=min(rounds, 2))


def _peer(options: Options, where: Path, *, count: int) -> dict[str, float]:
    """The public package on the same record: events a CPU second of each round."""
    if not options.peers or not PEER.exists():
        options.skip("atspm", INSTALL if options.peers else "not asked for")
        return {}
    options.say("traffic: the atspm package")
    command = (PEER, Path(__file__).with_name("atspm_worker.py"), where)
    told = subprocess.run(
        command, capture_output=True, text=True, timeout=PEER_SECONDS_MAX, check=False
    )
    if told.returncode:
        options.skip("atspm", (told.stderr.strip().splitlines() or ["it failed"])[-1][:200])
        return {}
    return {"atspm package": count / float(told.stdout.split()[-1])}
