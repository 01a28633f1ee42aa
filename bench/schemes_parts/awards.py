"""Awards into the ledger, durable and provable one by one; and the reference zone kept current."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from bench.rows import Figure, Options, Row, row
from bench.schemes_parts import peers
from haihe.decide.grants.effect import effect_of
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import brought, stand
from haihe.decide.workday import day_of
from haihe.log.listing import listing, salt_of
from haihe.log.merkle import leaf_hash, verify_inclusion
from haihe.log.sqlite import SqliteLog
from haihe.model.record import Observation, Rows
from haihe.model.time import MINUTE
from haihe.packs.schemes import pack
from haihe.packs.schemes.books import BOOKS
from haihe.packs.schemes.streams import AWARD
from haihe.packs.schemes.twin import ZoneTwin
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node

AWARDS, QUICK_AWARDS = 100_000, 20_000  # A province's year.
BATCH: Final = 10_000  # Ours: a payment list of a large office.
PROOFS: Final = 2_000  # Ours: the median of so many is stable.
CHANGES: Final = 60  # Ours: facts told anew, one after the other.
SECRET: Final = bytes(32)  # A bench hides nothing.
WORKER: Final = Path(__file__).with_name("pymerkle_worker.py")
T0: Final = 1_772_413_200_000_000_000  # 2026-03-02T09:00:00+08:00.


def run(options: Options, name: str) -> list[Row]:
    """Both tables."""
    return [*awards(options, name), *zone(options, name)]


def awards(options: Options, name: str) -> list[Row]:
    """How fast awards become durable records with a tree over them, and a proof of one."""
    count = QUICK_AWARDS if options.quick else AWARDS
    options.say("schemes: awards into the ledger")
    ids = [f"application/{number:07d}" for number in range(count)]
    lines = [
        b'{"payment":"2026","application":"%s","amount_fen":%d,"salt":"%s"}'
        % (one.encode(), 1_000_000 + at, salt_of(SECRET, one).encode())
        for at, one in enumerate(ids)
    ]
    began = time.perf_counter()
    tree = listing(lines)
    hashed_s = time.perf_counter() - began
    written_s = _written(ids)
    spent = []
    for at in np.linspace(0, count - 1, PROOFS).astype(int).tolist():
        began = time.perf_counter()
        proof = tree.proof(at)
        spent.append(time.perf_counter() - began)
        assert verify_inclusion(
            leaf_hash(lines[at]), proof, index=at, size=count, root=tree.root
        )  # A proof that proves nothing is no figure.
    beside = _pymerkle(options, count)
    case = f"{count:,} awards"
    both = Figure(
        case, "durable and in the tree", "awards/s", count / (hashed_s + written_s), 100_000.0,
        better="higher",
    )  # fmt: skip
    only = Figure(case, "into a tree, in memory", "awards/s", count / hashed_s, better="higher")
    proven = Figure(case, "proof of one, median", "ms", float(np.median(spent)) * 1e3, 1.0)
    return [row(name, both), row(name, only, beside=beside), row(name, proven)]


def _written(ids: list[str]) -> float:
    """Seconds until all awards are records on the disk, list by list."""
    with tempfile.TemporaryDirectory(prefix="haihe-awards-") as inside:
        log = SqliteLog(Path(inside))
        node = Node(log, [pack], clock=DataClock(T0))
        began = time.perf_counter()
        for first in range(0, len(ids), BATCH):
            answer = node.submit(Arrival(_rows(ids[first : first + BATCH], at=T0 + first)))
            node.round()
            assert answer.result().taken == len(ids[first : first + BATCH])
        spent = time.perf_counter() - began
        node.stop()
    return spent


def _rows(ids: list[str], *, at: int) -> Rows:
    texts = {"payment": "2026", "enterprise": "91120116MA0H000023", "scheme": "research-grant"}
    return Rows(
        stream=AWARD.name,
        ids=tuple(ids),
        codes=np.arange(len(ids), dtype=np.int32),
        observed_at=np.full(len(ids), at, dtype=np.int64),
        numbers={"amount_fen": np.arange(len(ids), dtype=np.float64)},
        texts={one: np.full(len(ids), text, dtype=object) for one, text in texts.items()},
    )


def _pymerkle(options: Options, count: int) -> dict[str, float]:
    """The same tree in pymerkle, in memory; nothing if it is not there."""
    if not options.peers or not peers.PYTHON.exists():
        options.skip("pymerkle", peers.INSTALL if options.peers else "not asked for")
        return {}
    told = subprocess.run(
        (peers.PYTHON, WORKER, str(count)), capture_output=True, text=True, timeout=300, check=False
    )
    if told.returncode:
        options.skip("pymerkle", told.stderr.strip().splitlines()[-1][:200])
        return {}
    return {"pymerkle": float(told.stdout.split()[-1])}


def zone(options: Options, name: str) -> list[Row]:
    """The reference zone kept current by deltas, and the effect of a changed cap."""
    options.say("schemes: the reference zone")
    grants, at = _zone()
    day = day_of(at)
    standing = stand(grants, day=day)
    case = f"reference zone, {len(standing.codes):,} x {len(standing.book.schemes)}"
    began = time.perf_counter()
    stand(grants, day=day)
    anew = time.perf_counter() - began
    ledger = pack.ledger
    assert ledger is not None
    spent = []
    for number in range(CHANGES):
        seen = _staff_of(standing.codes[number], number)
        grants, _ = ledger.take(grants, seen, now=at)
        began = time.perf_counter()
        standing = brought(standing, grants, day=day)
        spent.append(time.perf_counter() - began)
    draft = BOOKS["innovation"].replace("is: 200万元", "is: 20万元")
    effects = []
    for _ in range(5):
        began = time.perf_counter()
        found = effect_of(standing, grants.texts, book="innovation", draft=draft)
        effects.append(time.perf_counter() - began)
    assert found.loses
    return [
        row(name, Figure(case, "anew, from the files", "ms", anew * 1e3)),
        row(name, Figure(case, "one enterprise's file changed", "ms",
                         float(np.median(spent)) * 1e3, 5.0)),
        row(name, Figure(case, "effect of a changed cap", "ms",
                         float(np.median(effects)) * 1e3, 1000.0)),
    ]  # fmt: skip


def _zone() -> tuple[Grants, int]:
    """The demonstration's zone, all files told."""
    twin = ZoneTwin(20)
    ledger = pack.ledger
    assert ledger is not None
    grants: Grants = ledger.start()
    for action in twin.told_before(T0):
        grants, _ = ledger.act(grants, action)
    at = T0
    for _ in range(30):
        at += MINUTE
        for rows in twin.advance(at):
            for seen in _seen(rows):
                grants, _ = ledger.take(grants, seen, now=at)
    return grants, at


def _seen(rows: Rows) -> Iterator[Observation]:
    """Rows as the ledger takes them, one by one."""
    for at, code in enumerate(rows.codes.tolist()):
        yield Observation(
            rows.stream,
            rows.ids[code],
            int(rows.observed_at[at]),
            {name: float(column[at]) for name, column in rows.numbers.items()},
            {name: column[at] for name, column in rows.texts.items()},
        )


def _staff_of(code: str, staff: int) -> Observation:
    """A registry's word on how many people an enterprise employs."""
    texts = {"source": "registry", "as_of": "2026-03-02", "facts": f'{{"staff":{staff}}}'}
    return Observation("schemes.file", f"enterprise/{code}", T0, {}, texts)
