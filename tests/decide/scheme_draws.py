"""Schemes and enterprises drawn at random for tests, small but odd: gaps, edges, extremes."""

from typing import TypeVar

from hypothesis import strategies as st

from haihe.decide.scheme import clause as c
from haihe.decide.scheme.facts import Fact, FactKind, FactSchema
from haihe.decide.scheme.quantity import FACT_MAX, parse_day
from haihe.model.text import Text

T = TypeVar("T")
DAY = parse_day("2024-02-29")
DAYS = [DAY + n for n in (-1461, -1460, -367, -366, -365, -1, 0, 1)]
WORDS = ("a", "b", "c")


def named(name: str) -> Text:
    return Text(zh=name, en=name)


SCHEMA = FactSchema(
    (
        Fact("trade", FactKind.CATEGORY, named("trade")),
        Fact("marks", FactKind.TAGS, named("marks")),
        Fact("sales", FactKind.MONEY, named("sales")),
        Fact("costs", FactKind.MONEY, named("costs")),
        Fact("staff", FactKind.NUMBER, named("staff")),
        Fact("begun", FactKind.DATE, named("begun")),
        Fact("clean", FactKind.YES_NO, named("clean")),
    )
)
money = st.sampled_from([0, 1, 2, 3, 99, 100, 101, 333_333, 10**9 + 7, FACT_MAX]) | st.integers(
    -5, 10**10
)
counts = st.integers(0, 12) | st.sampled_from([FACT_MAX, 10**6])
days = st.sampled_from(DAYS) | st.integers(DAY - 3000, DAY + 10)


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


rows = st.fixed_dictionaries(
    {
        "trade": maybe(st.sampled_from((*WORDS, "z"))),
        "marks": maybe(st.frozensets(st.sampled_from(WORDS))),
        "sales": maybe(money | st.just(-FACT_MAX)),
        "costs": maybe(money),
        "staff": maybe(counts),
        "begun": maybe(days),
        "clean": maybe(st.booleans().map(int)),
    }
)


@st.composite
def ranges(draw: st.DrawFn, limits: st.SearchStrategy[int]) -> tuple[c.Bound | None, ...]:
    bound = st.builds(c.Bound, limits, st.booleans())
    ends = draw(st.sampled_from(("low", "high", "both")))
    low = draw(bound) if ends != "high" else None
    high = draw(bound) if ends != "low" else None
    return low, high


def leaves(earlier: tuple[str, ...]) -> st.SearchStrategy[c.Requirement]:
    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(tuple)
    shares = st.sampled_from([0, 1, 333_333, 500_000, 10**6, 2 * 10**6])
    found: list[st.SearchStrategy[c.Requirement]] = [
        st.builds(c.OneOf, st.sampled_from(("trade", "marks")), words),
        st.tuples(st.sampled_from(("sales", "costs")), ranges(money)).map(
            lambda p: c.Within(p[0], *p[1])
        ),
        ranges(counts).map(lambda ends: c.Within("staff", *ends)),
        ranges(days).map(lambda ends: c.Within("begun", *ends)),
        ranges(st.integers(0, 9)).map(lambda ends: c.Age("begun", *ends)),
        ranges(shares).map(lambda ends: c.Ratio("costs", "sales", *ends)),
        st.just(c.Within("clean", c.Bound(1), c.Bound(1))),
    ]
    if earlier:
        found.append(st.sampled_from(earlier).map(c.Eligible))
    return st.one_of(found)


def needs(earlier: tuple[str, ...]) -> st.SearchStrategy[c.Requirement]:
    def joined(inner: st.SearchStrategy[c.Requirement]) -> st.SearchStrategy[c.Requirement]:
        parts = st.lists(inner, min_size=1, max_size=4).map(tuple)
        least = parts.flatmap(
            lambda some: st.integers(1, len(some)).map(lambda count: c.AtLeast(count, some))
        )
        return st.builds(c.AllOf, parts) | st.builds(c.AnyOf, parts) | least | inner.map(c.Not)

    return st.recursive(leaves(earlier), joined, max_leaves=6)


caps = st.sampled_from([0, 100, 5_000, 10**8])
shares = st.sampled_from([0, 1, 3, 333_333, 500_000, 10**6, 3 * 10**6])


@st.composite
def tiers(draw: st.DrawFn) -> c.Tiers:
    begins = sorted(draw(st.sets(st.integers(0, 10**6), min_size=1, max_size=3)))
    progressive = draw(st.booleans())
    steps = []
    for begin in begins:
        if progressive or draw(st.booleans()):
            steps.append(c.Tier(begin, share=draw(shares)))
        else:
            steps.append(c.Tier(begin, amount=draw(caps)))
    return c.Tiers(draw(st.sampled_from(("sales", "costs"))), tuple(steps), progressive)


def parts(earlier: tuple[str, ...]) -> st.SearchStrategy[c.Part]:
    simple: list[st.SearchStrategy[c.Formula]] = [
        st.builds(c.Fixed, caps),
        st.builds(c.Share, shares, st.sampled_from(("sales", "costs"))),
        st.builds(c.PerUnit, st.sampled_from([1, 7, 20_000]), st.just("staff")),
        tiers(),
    ]
    if earlier:
        simple.append(st.builds(c.AwardShare, shares, st.sampled_from(earlier)))
    one = st.builds(c.Part, st.one_of(simple), st.none() | caps, st.none() | needs(earlier))
    many = st.lists(one, min_size=1, max_size=3).map(tuple)
    return one | st.builds(
        c.Part, st.builds(c.Total, many) | st.builds(c.Highest, many), st.none() | caps
    )


@st.composite
def schemes(draw: st.DrawFn, name: str, earlier: tuple[str, ...]) -> c.Scheme:
    asked = draw(st.lists(needs(earlier), min_size=0, max_size=3))
    conditions = tuple(
        c.Condition(f"c{at}", named(f"c{at}"), need) for at, need in enumerate(asked)
    )
    rounding = draw(st.builds(c.Rounding, st.sampled_from([1, 100]), st.sampled_from(list(c.Way))))
    benefit = c.Benefit(amount=draw(parts(earlier)), rounding=rounding)
    if draw(st.integers(0, 9)) == 0:
        benefit = c.Benefit(discretionary=True)
    status = c.Status.DRAFT if draw(st.integers(0, 9)) == 0 else c.Status.FINAL
    begins = draw(st.sampled_from([DAY - 100, DAY, DAY + 1]))
    version = c.Version(begins, DAY + 400, status, (), conditions, benefit)
    return c.Scheme(name, named(name), named("office"), (version,))


@st.composite
def libraries(draw: st.DrawFn) -> tuple[c.Scheme, ...]:
    names: tuple[str, ...] = ()
    found = []
    for at in range(draw(st.integers(1, 4))):
        found.append(draw(schemes(f"s{at}", names)))
        names = (*names, f"s{at}")
    return tuple(found)
