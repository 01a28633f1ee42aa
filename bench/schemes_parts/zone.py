"""A seeded city of enterprises and a thousand schemes, published so that anyone can measure on it.

Enterprises: size is log-normal; revenue, staff, research and tax follow it, so facts hang together
as they do in life. Of every fact a share is missing. Schemes: five or six conditions each (one or
two industries, a size class or district or status tag, two or three thresholds on a ladder of round
numbers, an age), min(share x base, cap). Selectivities are printed with the result.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.decide.scheme.clause import (
    Age,
    Benefit,
    Bound,
    Condition,
    OneOf,
    Part,
    Requirement,
    Scheme,
    Share,
    Status,
    Version,
    Within,
)
from haihe.decide.scheme.facts import MISSING, Fact, FactKind, Facts, FactSchema, pack_bits
from haihe.decide.scheme.quantity import MILLION, parse_day
from haihe.model.text import Text

DAY: Final = parse_day("2026-06-30")
SEED: Final = 20260630
INDUSTRIES: Final = 40  # About the divisions of GB/T 4754 that a city subsidises.
DISTRICTS: Final = 16  # Tianjin has as many.
TAGS: Final = 24  # 高新技术企业, 专精特新, 小巨人, 规上 and the like.
SIZES: Final = ("micro", "small", "medium", "large")
# Of the size classes of enterprises in a large city (fourth economic census: mostly micro).
SIZE_LIMITS_YUAN: Final = (3e6, 2e7, 4e8)
MISSING_SHARE: Final = 0.03  # Ours: three in a hundred of every fact are not on file.
YUAN: Final = 100
LADDER: Final = (1, 2, 3, 5, 8)  # Policy texts use round numbers: times a power of ten.


def text(words: str) -> Text:
    """Names that nobody translates."""
    return Text(zh=words, en=words)


def make_schema() -> FactSchema:
    """The facts of the bench."""
    industries = tuple(f"i{n:02d}" for n in range(INDUSTRIES))
    districts = tuple(f"d{n:02d}" for n in range(DISTRICTS))
    tags = tuple(f"t{n:02d}" for n in range(TAGS))
    return FactSchema(
        (
            Fact("industry", FactKind.CATEGORY, text("industry"), words=industries),
            Fact("district", FactKind.CATEGORY, text("district"), words=districts),
            Fact("size", FactKind.CATEGORY, text("size"), words=SIZES),
            Fact("status", FactKind.TAGS, text("status"), words=tags),
            Fact("revenue", FactKind.MONEY, text("revenue")),
            Fact("research", FactKind.MONEY, text("research")),
            Fact("investment", FactKind.MONEY, text("investment")),
            Fact("tax", FactKind.MONEY, text("tax")),
            Fact("staff", FactKind.NUMBER, text("staff")),
            Fact("patents", FactKind.NUMBER, text("patents")),
            Fact("founded", FactKind.DATE, text("founded")),
            Fact("listed_clean", FactKind.YES_NO, text("no breach on record")),
        )
    )


def make_facts(count: int, *, seed: int = SEED) -> Facts:
    """A city of enterprises."""
    draw = np.random.default_rng(seed)
    schema = make_schema()
    revenue = np.exp(draw.normal(15.0, 2.2, count)) * YUAN  # Median 3.3 million yuan.
    money = {
        "revenue": revenue,
        "research": revenue * draw.beta(1.2, 18, count) * (draw.random(count) < 0.6),
        "investment": revenue * draw.beta(1.0, 9, count) * (draw.random(count) < 0.5),
        "tax": revenue * draw.beta(3, 60, count),
    }
    numbers = {name: column.clip(0, 1e14).astype(np.int64) for name, column in money.items()}
    numbers["staff"] = (revenue / YUAN / draw.lognormal(13.0, 0.7, count)).astype(np.int64) + 1
    numbers["patents"] = draw.poisson(draw.gamma(0.35, 6.0, count)).astype(np.int64)
    numbers["founded"] = DAY - (draw.gamma(1.7, 4.0, count) * 365).astype(np.int64)
    numbers["listed_clean"] = (draw.random(count) < 0.95).astype(np.int64)
    for column in numbers.values():
        column[draw.random(count) < MISSING_SHARE] = MISSING
    size = np.searchsorted(SIZE_LIMITS_YUAN, revenue / YUAN, side="right")
    weight = 1 / np.arange(1, INDUSTRIES + 1) ** 0.7
    codes = {
        "industry": draw.choice(INDUSTRIES, count, p=weight / weight.sum()),
        "district": draw.integers(0, DISTRICTS, count),
        "size": size,
    }
    kept = {name: (column + 1).astype(np.uint16) for name, column in codes.items()}
    for coded in kept.values():
        coded[draw.random(count) < MISSING_SHARE] = 0
    known = draw.random(count) >= MISSING_SHARE
    shares = 0.25 / np.arange(1, TAGS + 1) ** 0.8
    lines = np.array([(draw.random(count) < share) & known for share in shares] + [known])
    words = {
        fact.name: fact.words
        for fact in schema.facts
        if fact.kind in (FactKind.CATEGORY, FactKind.TAGS)
    }
    return Facts(schema, count, numbers, kept, {"status": pack_bits(lines)}, words)


@dataclass(frozen=True, slots=True)
class Draw:
    """Chance for schemes, with how their thresholds are drawn.

    generator: seeded.
    odd: True gives every threshold a number of its own: no question is asked twice.
    """

    generator: np.random.Generator
    odd: bool

    def ladder(self, low: int, high: int) -> int:
        """A round number of the ladder between two powers of ten."""
        power = int(self.generator.integers(low, high))
        step = LADDER[int(self.generator.integers(len(LADDER)))] * int(10**power)
        return step + int(self.generator.integers(0, step)) if self.odd else step

    def words(self, prefix: str, count: int, *, most: int) -> tuple[str, ...]:
        """One or more of the first ``count`` words."""
        many = int(self.generator.integers(1, most + 1))
        picked = self.generator.choice(count, many, replace=False)
        return tuple(sorted(f"{prefix}{n:02d}" for n in picked))


def make_schemes(count: int, *, seed: int = SEED, odd: bool = False) -> tuple[Scheme, ...]:
    """Schemes of five or six conditions and min(share x base, cap)."""
    draw = Draw(np.random.default_rng(seed + 1), odd)
    return tuple(make_scheme(f"s{n:04d}", draw) for n in range(count))


def make_scheme(name: str, draw: Draw) -> Scheme:
    """One scheme."""
    chance = draw.generator
    needs: list[Requirement] = [OneOf("industry", draw.words("i", INDUSTRIES, most=6))]
    if chance.random() < 0.7:
        needs.append(OneOf("status", draw.words("t", TAGS, most=2)))
    else:
        needs.append(OneOf("district", draw.words("d", DISTRICTS, most=4)))
    needs.append(Within("revenue", low=Bound(draw.ladder(6, 8) * YUAN)))
    needs.append(
        Within("patents", low=Bound(draw.ladder(0, 1)))
        if chance.random() < 0.5
        else Within("staff", low=Bound(draw.ladder(0, 2), included=chance.random() < 0.8))
    )
    years = int(chance.integers(1, 4))
    if chance.random() < 0.5:
        needs.append(Age("founded", low=Bound(years)))
    else:
        needs.append(Within("tax", low=Bound(draw.ladder(4, 6) * YUAN)))
    if chance.random() < 0.5:
        needs.append(Within("listed_clean", low=Bound(1), high=Bound(1)))
    base = str(chance.choice(("research", "investment", "revenue")))
    share = int(chance.integers(1, 31)) * MILLION // 100
    cap = draw.ladder(4, 7) * YUAN
    conditions = tuple(Condition(f"c{at}", text(f"c{at}"), need) for at, need in enumerate(needs))
    benefit = Benefit(amount=Part(Share(share, base), up_to=cap))
    version = Version(DAY - 200, DAY + 200, Status.FINAL, (), conditions, benefit)
    return Scheme(name, text(name), text("bench"), (version,))
