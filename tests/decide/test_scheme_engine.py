"""The compiled schemes against the slow, obvious reference; incremental against full."""

from typing import TypeAlias

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from haihe.decide.scheme.amounts import NO_AMOUNT
from haihe.decide.scheme.book import Book, write_book
from haihe.decide.scheme.clause import (
    Benefit,
    Bound,
    Condition,
    Scheme,
    Status,
    Version,
    Within,
)
from haihe.decide.scheme.facts import Facts, gather, pack_bits
from haihe.decide.scheme.match import match
from haihe.decide.scheme.planes import set_bits
from haihe.decide.scheme.present import answer, begin, encode_hits
from haihe.decide.scheme.reasons import each_reason, near_misses
from tests.decide.scheme_draws import DAY, SCHEMA, libraries, named, rows, schemes
from tests.decide.scheme_plain import Outcome, Row, World

calm = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
VALUES = {False: 0, None: 1, True: 2}


Outcomes: TypeAlias = list[list[Outcome | None]]


def expected(library: tuple[Scheme, ...], cities: list[Row], day: int) -> Outcomes:
    named = {one.name: one for one in library}
    return [[World(named, row, day).outcome(one.name) for row in cities] for one in library]


def as_lists(book: Book, facts: Facts) -> list[list[tuple[int, int]]]:
    """(verdict, amount) of each scheme and enterprise, from the bulk match."""
    found = []
    for hits in match(book, facts):
        line = [(0, NO_AMOUNT)] * facts.count
        for at, amount in zip(hits.eligible.tolist(), hits.amounts.tolist(), strict=True):
            line[at] = (2, amount)
        for at in hits.unknown.tolist():
            line[at] = (1, NO_AMOUNT)
        found.append(line)
    return found


def shown(told: Outcome | None) -> tuple[int, int]:
    if told is None:
        return (0, NO_AMOUNT)
    return (VALUES[told.verdict], NO_AMOUNT if told.amount_fen is None else told.amount_fen)


@given(libraries(), st.lists(rows, min_size=1, max_size=70))
@calm
def test_bulk_answers_equal_the_reference(library: tuple[Scheme, ...], cities: list[Row]) -> None:
    book = write_book(library, SCHEMA, day=DAY)
    told = expected(library, cities, DAY)
    assert as_lists(book, gather(SCHEMA, cities)) == [[shown(one) for one in line] for line in told]


@given(libraries(), st.lists(rows, min_size=1, max_size=3))
@calm
def test_answers_for_one_enterprise_equal_the_reference_with_reasons(
    library: tuple[Scheme, ...], cities: list[Row]
) -> None:
    book = write_book(library, SCHEMA, day=DAY)
    facts = gather(SCHEMA, cities)
    told = expected(library, cities, DAY)
    for at in range(len(cities)):
        found = answer(book, facts.one(at))
        for place, line in enumerate(told):
            one = line[at]
            assert (found.verdicts[place], found.amounts[place]) == shown(one)
            conditions = () if one is None else one.conditions
            mask = (1 << len(conditions)) - 1
            assert found.fails[place] == sum(
                1 << n for n, value in enumerate(conditions) if value is False
            )
            assert found.unknown[place] & mask == sum(
                1 << n for n, value in enumerate(conditions) if value is None
            )


@given(libraries(), st.lists(rows, min_size=1, max_size=70))
@calm
def test_reasons_of_all_pairs_equal_those_of_one_enterprise(
    library: tuple[Scheme, ...], cities: list[Row]
) -> None:
    book = write_book(library, SCHEMA, day=DAY)
    facts = gather(SCHEMA, cities)
    answers = [answer(book, facts.one(at)) for at in range(facts.count)]
    for reasons in each_reason(book, facts):
        fails = [int(one.fails[reasons.scheme]) for one in answers]
        unknown = [int(one.unknown[reasons.scheme]) for one in answers]
        assert reasons.fails.tolist() == fails
        assert reasons.unknown.tolist() == unknown
        for line, at in enumerate(reasons.numeric):
            lacking = reasons.short[line] > 0
            assert lacking.tolist() == [bool(mask >> at & 1) for mask in fails]


@given(
    libraries(),
    st.lists(rows, min_size=2, max_size=5),
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from([f.name for f in SCHEMA.facts]), rows)),
)
@calm
def test_facts_changed_one_by_one_end_where_a_full_match_does(
    library: tuple[Scheme, ...], cities: list[Row], changes: list[tuple[int, str, Row]]
) -> None:
    now = begin(write_book(library, SCHEMA, day=DAY), gather(SCHEMA, cities))
    known = [dict(row) for row in cities]
    for at, name, row in changes:
        known[at][name] = row[name]
        now = now.fact_changed(at, name=name, given=row[name])
    fresh = match(now.book, gather(SCHEMA, known))
    assert encode_hits(now.book, now.hits) == encode_hits(now.book, fresh)


@given(libraries(), st.lists(rows, min_size=1, max_size=5), st.data())
@calm
def test_schemes_changed_one_by_one_end_where_a_full_match_does(
    library: tuple[Scheme, ...], cities: list[Row], data: st.DataObject
) -> None:
    facts = gather(SCHEMA, cities)
    now = begin(write_book(library, SCHEMA, day=DAY), facts)
    for at in range(len(library)):
        fresh = data.draw(schemes(f"s{at}", tuple(f"s{n}" for n in range(at))))
        now = now.scheme_changed(fresh)
        library = (*library[:at], fresh, *library[at + 1 :])
        book = write_book(library, SCHEMA, day=DAY)
        assert encode_hits(book, now.hits) == encode_hits(book, match(book, facts))


@given(libraries(), st.lists(rows, min_size=1, max_size=3), st.integers(-101, 401))
@calm
def test_a_replay_of_any_day_gives_the_bytes_of_that_day(
    library: tuple[Scheme, ...], cities: list[Row], ahead: int
) -> None:
    facts, day = gather(SCHEMA, cities), DAY + ahead
    book = write_book(library, SCHEMA, day=day)
    told = expected(library, cities, day)
    assert as_lists(book, facts) == [[shown(one) for one in line] for line in told]
    shuffled = tuple(reversed(library))
    again = write_book(shuffled, SCHEMA, day=day)
    bytes_then = [encode_hits(write_book(library, SCHEMA, day=day), match(book, facts))]
    order = [again.place(one.name) for one in library]
    hits = match(again, gather(SCHEMA, cities))
    bytes_then.append(encode_hits(book, tuple(hits[at] for at in order)))
    assert bytes_then[0] == bytes_then[1]


def test_bits_are_found_in_order_wherever_they_lie_in_their_word() -> None:
    draw = np.random.default_rng(5)
    bits = draw.random((3, 200)) < np.array([[0.02], [0.5], [1.0]])
    line, place = set_bits(pack_bits(bits))
    assert [line.tolist(), place.tolist()] == [one.tolist() for one in np.nonzero(bits)]


@given(libraries(), st.lists(rows, min_size=1, max_size=30))
@calm
def test_near_misses_fail_one_number_alone_and_lack_little(
    library: tuple[Scheme, ...], cities: list[Row]
) -> None:
    book = write_book(library, SCHEMA, day=DAY)
    facts = gather(SCHEMA, cities)
    answers = [answer(book, facts.one(at)) for at in range(facts.count)]
    nearby = near_misses(book, facts, within=10**6)
    for reasons in each_reason(book, facts):
        near = nearby[reasons.scheme]
        for at, condition, short in zip(
            near.enterprises.tolist(), near.condition.tolist(), near.short.tolist(), strict=True
        ):
            assert answers[at].fails[reasons.scheme] == 1 << condition
            assert answers[at].unknown[reasons.scheme] == 0
            assert reasons.short[reasons.numeric.index(condition), at] == short > 0


def test_three_more_patents_are_a_near_miss() -> None:
    need = Condition("staff", named("staff"), Within("staff", low=Bound(10)))
    version = Version(DAY, DAY, Status.FINAL, (), (need,), Benefit(discretionary=True))
    book = write_book([Scheme("s", named("s"), named("o"), (version,))], SCHEMA, day=DAY)
    facts = gather(SCHEMA, [{"staff": 7}, {"staff": 10}, {"staff": 2}, {}])
    near = near_misses(book, facts, within=300_000)[0]
    assert (near.enterprises.tolist(), near.short.tolist()) == ([0], [3])
