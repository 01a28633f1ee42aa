"""A made-up development zone: enterprises with sizes, sectors, figures, and what nobody told.

No enterprise is a real one. The same seed gives the same zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from haihe.decide.grants.identity import check_character, entity_of
from haihe.decide.scheme.quantity import format_day
from haihe.model import Entity, Text

ZONE_SIZE: Final = 2_200  # The reference zone.
AREA: Final = "120116"  # GB/T 2260: the Binhai new area of Tianjin; the names are made up.
SIZES: Final = ("large", "medium", "small", "micro")
# Ours, after the shape of the Fourth National Economic Census: nearly all are small or micro.
SIZE_SHARES: Final = (0.02, 0.09, 0.34, 0.55)
SECTORS: Final = {
    "software": ("软件", "Software"),
    "chips": ("集成电路", "Chips"),
    "biomedicine": ("生物医药", "Biomedicine"),
    "equipment": ("装备制造", "Equipment"),
    "logistics": ("物流", "Logistics"),
    "services": ("商务服务", "Services"),
    "retail": ("商贸", "Trading"),
}
SECTOR_SHARES: Final = (0.16, 0.05, 0.08, 0.15, 0.12, 0.24, 0.20)  # Ours: a coastal new area.
# Ours, in ten thousand yuan: the median revenue of a size (the bounds are the statistics office's
# of 2017: 300, 2,000 and 40,000 for industry).
REVENUE_MEDIAN: Final = (90_000.0, 8_000.0, 900.0, 120.0)
REVENUE_SPREAD: Final = 0.8  # Ours, of the logarithm: sizes overlap as they do in the census.
RESEARCH_SHARE: Final = (0.09, 0.14, 0.11, 0.04, 0.008, 0.006, 0.002)  # Ours, by sector.
# Ours: how often nobody has told a fact; registers are whole, figures are not.
UNTOLD: Final = {"revenue": 0.18, "research": 0.35, "taxes": 0.2, "staff": 0.1, "patents": 0.22,
                 "graduates": 0.4, "equipment_spend": 0.5, "loan_interest": 0.5}  # fmt: skip
GIVEN_SURNAMES: Final = "津滨海河渤泰安达新华宏远瑞丰启明天成汇智联创"
GB11714_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997: of the organisation code.
GB11714_MODULUS: Final = 11  # The same.
TEN: Final = 10  # The same: a check number of 10 is written X.
LEFT: Final = 0.03  # Ours: so many are registered elsewhere by now.
LISTED: Final = 0.02  # Ours: so many stand in the credit blacklist.
WAN: Final = 1_000_000  # 1万元 in fen.

Fact: TypeAlias = int | str | bool | list[str]


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One made-up enterprise.

    number: in the zone, from 0. code: its unified social credit code.
    facts: by source, and within it by name.
    """

    number: int
    code: str
    entity: Entity
    facts: dict[str, dict[str, Fact]]


def make_code(number: int) -> str:
    """A code with both check characters right, of no real enterprise.

    >>> make_code(0), len(make_code(2199))
    ('91120116MA0H000023', 18)
    """
    body = f"MA0H{number:04d}"
    total = sum(
        ALPHABET_11714.index(one) * weight
        for one, weight in zip(body, GB11714_WEIGHTS, strict=True)
    )
    check = (GB11714_MODULUS - total % GB11714_MODULUS) % GB11714_MODULUS
    head = f"91{AREA}{body}{'X' if check == TEN else check}"
    return head + check_character(head)


ALPHABET_11714: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # GB 11714-1997, table 1.


def enterprises(seed: int, *, count: int = ZONE_SIZE, today: int = 20_600) -> Iterator[Enterprise]:
    """The zone's enterprises, in the order of their numbers.

    seed: 0 or more.
    today: the day their figures are of, since 1970.
    """
    chance = np.random.default_rng(seed)
    sizes = chance.choice(len(SIZES), count, p=SIZE_SHARES)
    sectors = chance.choice(len(SECTORS), count, p=SECTOR_SHARES)
    revenue = np.array(REVENUE_MEDIAN)[sizes] * np.exp(chance.normal(0.0, REVENUE_SPREAD, count))
    research = revenue * np.array(RESEARCH_SHARE)[sectors] * chance.gamma(2.0, 0.5, count)
    founded = today - (365 * chance.gamma(2.0, 4.0, count)).astype(np.int64) - 30
    staff = np.maximum((revenue / 60.0 * np.exp(chance.normal(0.0, 0.5, count))), 1.0)
    patents = chance.poisson(np.minimum(research / 40.0, 60.0))
    rolls = chance.random((count, 8))
    names = chance.integers(0, len(GIVEN_SURNAMES), (count, 2))
    told = chance.random((count, len(UNTOLD)))
    for at in range(count):
        size, sector = SIZES[sizes[at]], tuple(SECTORS)[sectors[at]]
        figures: dict[str, Fact] = {
            "revenue": round(revenue[at] * WAN / 100) * 100,
            "research": round(research[at] * WAN / 100) * 100,
            "taxes": round(revenue[at] * 0.04 * WAN / 100) * 100,
            "staff": int(staff[at]),
            "patents": int(patents[at]),
            "graduates": int(staff[at] * 0.06 * rolls[at, 0] * 2),
            "equipment_spend": round(revenue[at] * 0.05 * rolls[at, 1] * WAN / 100) * 100,
            "loan_interest": round(revenue[at] * 0.01 * rolls[at, 2] * WAN / 100) * 100,
        }
        figures = {
            name: given
            for (name, given), roll, share in zip(
                figures.items(), told[at], UNTOLD.values(), strict=True
            )
            if roll >= share
        }
        sources: dict[str, dict[str, Fact]] = {
            "registry": {
                "industry": sector,
                "size": size,
                "registered_here": bool(rolls[at, 3] > LEFT),
                "founded": format_day(int(founded[at])),
            },
            "department": {
                "status": _status(rolls[at, 4], float(research[at] / revenue[at])),
                "clean_record": bool(rolls[at, 5] > LISTED),
            },
            "statistics": figures,
            "enterprise": _own(at, figures),
        }
        name = "".join(GIVEN_SURNAMES[one] for one in names[at])
        yield _enterprise(at, sources, name=name, sector=sector)


def _status(roll: float, research_share: float) -> list[str]:
    """Tags that go with research; Ours."""
    found = []
    if research_share > 0.05 and roll < 0.6:
        found.append("high-tech")
    if research_share > 0.03 and roll < 0.15:
        found.append("specialised")
    if research_share > 0.02 and roll > 0.5:
        found.append("tech-sme")
    return found


def _own(number: int, figures: dict[str, Fact]) -> dict[str, Fact]:
    """What some say of themselves, which is not what is known; Ours: one in nine."""
    revenue = figures.get("revenue")
    return {"revenue": revenue * 2} if number % 9 == 4 and isinstance(revenue, int) else {}


def _enterprise(
    number: int, sources: dict[str, dict[str, Fact]], *, name: str, sector: str
) -> Enterprise:
    zh, en = SECTORS[sector]
    code = make_code(number)
    entity = Entity(
        id=entity_of(code),
        title=Text(zh=f"{name}{zh}有限公司（演示{number:04d}）", en=f"Demo {en} {number:04d} Ltd"),
        owner=code,
    )
    told = {source: facts for source, facts in sources.items() if facts}
    return Enterprise(number, code, entity, told)
