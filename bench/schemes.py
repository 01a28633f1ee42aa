"""Schemes: 100,000 enterprises x 1,000 schemes, reasons, changes, replay; beside OpenFisca, zen."""

import resource
import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import numpy as np

from bench.apart import apart
from bench.rows import Figure, Options, Row, row
from bench.schemes_parts import awards, extraction, outside, past, peers
from bench.schemes_parts.zone import DAY, Draw, make_facts, make_scheme, make_schemes
from haihe.decide.scheme.book import Book, write_book
from haihe.decide.scheme.facts import Facts
from haihe.decide.scheme.match import Hits, match
from haihe.decide.scheme.present import Answers, answer, begin, encode_hits
from haihe.decide.scheme.reasons import each_reason, near_misses

NAME: Final = "schemes"
ENTERPRISES, QUICK_ENTERPRISES = 100_000, 20_000  # A large city; a district.
SCHEMES: Final = 1_000  # Of a province, its cities and zones together.
ROUNDS, QUICK_ROUNDS = 9, 3  # Ours: the median of so many is stable to some percent.
ASKED: Final = 40  # Ours: enterprises or schemes asked one after another.
NEAR_WITHIN: Final = 200_000  # Millionths: a fifth of the limit.
MEGA: Final = 1e6

T = TypeVar("T")


def run(options: Options) -> list[Row]:
    """Every figure, in the order of the table."""
    count = QUICK_ENTERPRISES if options.quick else ENTERPRISES
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    case = f"{count:,} x {SCHEMES:,}"
    facts = make_facts(count)
    book = write_book(make_schemes(SCHEMES), facts.schema, day=DAY)
    odd = write_book(make_schemes(SCHEMES, odd=True), facts.schema, day=DAY)
    options.say("schemes: match, reasons and near misses, in turns")
    spent = in_turns(
        {
            "match": lambda: match(book, facts),
            "odd": lambda: match(odd, facts),
            "reasons": lambda: drain(book, facts),
            "near": lambda: near_misses(book, facts, within=NEAR_WITHIN),
            "compile": lambda: write_book(book.schemes, facts.schema, day=DAY),
        },
        rounds=rounds,
    )
    hits = match(book, facts)
    found = sum(len(one.eligible) for one in hits)
    unknown = sum(len(one.unknown) for one in hits)
    options.say(f"schemes: {found:,} pairs eligible, {unknown:,} unknown, of {count * SCHEMES:,}")
    options.say(f"schemes: conditions hold for {shown(selectivities(book, facts))}")
    megabytes = apart(memory_of_match, count)
    beside, mine = measure_peers(options, facts, book=book)
    figures = [
        Figure(case, "match and amount, best", "CPU-s", min(spent["match"]), 0.075),
        Figure(case, "match and amount, median", "CPU-s", float(np.median(spent["match"])), 0.075),
        *beside_figure(case, mine),
        Figure(case, "the same, no threshold twice", "CPU-s", float(np.median(spent["odd"]))),
        Figure(case, "peak memory of the whole process", "MB", megabytes, 400),
        Figure(case, "reasons and distances, all pairs", "CPU-s",
               float(np.median(spent["reasons"])), 0.7),
        Figure(case, "near misses within a fifth", "CPU-s", float(np.median(spent["near"]))),
        Figure(case, "compiling the schemes", "CPU-s", float(np.median(spent["compile"]))),
    ]  # fmt: skip
    rows = [
        row(NAME, one, beside=beside if one.figure.endswith("with peers") else {})
        for one in figures
    ]
    rows += [row(NAME, one) for one in changing(book, facts, hits=hits, case=case)]
    rows += [row(NAME, one) for one in outside.measure(options)]
    rows += extraction.measure(options)
    return rows + awards.run(options, NAME) + past.run(options, NAME)


def beside_figure(case: str, mine: float | None) -> list[Figure]:
    """Ours as measured between the peers; nothing where none was there."""
    figure = "the same, in turns with peers"
    return [] if mine is None else [Figure(case, figure, "CPU-s", mine, 0.075)]


def measure_peers(
    options: Options, facts: Facts, *, book: Book
) -> tuple[dict[str, float], float | None]:
    """The peers and ours in turns; nothing where it must be quick."""
    if options.quick:
        return {}, None

    def ours() -> float:
        return cpu(lambda: match(book, facts))[0]

    return peers.measure(options, facts, book=book, ours=ours)


def in_turns(works: dict[str, Callable[[], object]], *, rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each work, round by round, so that a busy machine is busy for all."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            spent[name].append(cpu(work)[0])
    return spent


def cpu(work: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of this process for the work, and what it gave."""
    began = time.process_time()
    given = work()
    return time.process_time() - began, given


def drain(book: Book, facts: Facts) -> int:
    """Take the reasons of all pairs as they come; enterprises that fail a first condition."""
    return sum(int(np.count_nonzero(one.fails & 1)) for one in each_reason(book, facts))


def selectivities(book: Book, facts: Facts) -> list[float]:
    """The share of known pairs for which a condition holds, by its place in the scheme."""
    holds: list[list[float]] = []
    for one in each_reason(book, facts):
        rule = book.rules[one.scheme]
        assert rule is not None
        for at in range(len(rule.version.conditions)):
            holds += [[]] if at == len(holds) else []
            bad = ((one.fails | one.unknown) >> at) & 1
            holds[at].append(1 - float(bad.mean()))
    return [float(np.mean(some)) for some in holds]


def shown(shares: list[float]) -> str:
    """Shares in percent, in one line."""
    return ", ".join(f"{share:.1%}" for share in shares)


def memory_of_match(count: int) -> float:
    """MB of a process of its own at its peak: making facts and book, and a match."""
    facts = make_facts(count)
    book = write_book(make_schemes(SCHEMES), facts.schema, day=DAY)
    assert len(match(book, facts)) == SCHEMES
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGA


def changing(book: Book, facts: Facts, *, hits: tuple[Hits, ...], case: str) -> list[Figure]:
    """One enterprise asked, one fact changed, one scheme changed; and that it all stays equal."""
    draw = np.random.default_rng(1)
    now = begin(book, facts)
    picked = draw.integers(0, facts.count, ASKED).tolist()
    asked = [cpu(partial(ask, book, facts, enterprise=at))[0] for at in picked]
    told, changed = [], []
    for at in picked:
        spent, now = cpu(partial(now.fact_changed, at, name="revenue", given=at * 10**6))
        told.append(spent)
    for at in range(0, SCHEMES, SCHEMES // ASKED):
        fresh = make_scheme(f"s{at:04d}", Draw(draw, odd=False))
        spent, now = cpu(partial(now.scheme_changed, fresh))
        changed.append(spent)
    replayed = write_book(now.book.schemes, facts.schema, day=DAY)
    same = encode_hits(replayed, match(replayed, now.facts)) == encode_hits(now.book, now.hits)
    again = encode_hits(book, match(book, facts)) == encode_hits(book, hits)
    return [
        Figure(case, "one enterprise, all reasons, median", "ms", median_ms(asked), 5),
        Figure(case, "one fact changed, median", "ms", median_ms(told), 5),
        Figure(case, "one scheme changed, median", "ms", median_ms(changed), 20),
        Figure(case, "replay and changes byte-equal", "%", 50.0 * (same + again), 100, "higher"),
    ]


def ask(book: Book, facts: Facts, *, enterprise: int) -> Answers:
    """One enterprise against all schemes."""
    return answer(book, facts.one(enterprise))


def median_ms(seconds: list[float]) -> float:
    """The median in milliseconds."""
    return float(np.median(seconds)) * 1e3
