"""Nearly: one number alone is missing, a fifth of its limit at most, or the last whole unit."""

import pytest

from haihe.decide.grants.enterprise import EnterpriseFile, Filing, Raw, Source, filed
from haihe.decide.grants.kept import Kept
from haihe.decide.grants.standing import Standing, stand_on
from haihe.decide.grants.telling import offers, reaches
from haihe.decide.scheme import read_library
from haihe.decide.scheme.quantity import parse_day
from haihe.model import DAY

CODE = "91120116MA0H000023"
TODAY = parse_day("2026-03-02")
BOOK = """\
facts:
  revenue: {kind: money, zh: 收入, en: revenue}
  patents: {kind: number, zh: 专利, en: patents}
  founded: {kind: date, zh: 成立, en: founded on}
  here: {kind: yes_no, zh: 本区, en: here}
schemes:
  - id: grant
    zh: 补助
    en: grant
    versions:
      - from: 2026-01-01
        status: final
        conditions:
          - {id: here, zh: 本区, require: {fact: here, is: yes}}
          - {id: revenue, zh: 收入, require: {fact: revenue, 以上: 2000万元}}
          - {id: patents, zh: 专利, require: {fact: patents, 以上: 3}}
          - {id: age, zh: 满三年, require: {age_of: founded, 以上: 3}}
        benefit: {amount: 1万元}
"""
GOOD: dict[str, Raw] = {
    "here": True, "revenue": "2000万元", "patents": 3, "founded": "2020-01-01",
}  # fmt: skip


def standing_with(**facts: Raw) -> Standing:
    filing = Filing(Source.REGISTRY, TODAY, TODAY * DAY, {**GOOD, **facts})
    file = filed(EnterpriseFile(CODE), filing, today=TODAY)
    return stand_on(Kept(files={CODE: file}), read_library({"grants": BOOK}), day=TODAY)


@pytest.mark.parametrize(
    ("facts", "condition"),
    [
        ({"revenue": "1600万元"}, "revenue"),  # A fifth is missing.
        ({"revenue": "1599万元"}, ""),
        ({"revenue": "140万元"}, ""),  # 93 % are missing.
        ({"patents": 2}, "patents"),  # One of three: a third, but the last.
        ({"patents": 1}, ""),
        ({"founded": "2023-05-14"}, "age"),  # 73 days, a fifth of a year.
        ({"founded": "2023-05-15"}, ""),
        ({"here": False}, ""),  # No number.
        ({"revenue": "1600万元", "patents": 2}, ""),  # Two are missing.
        ({"patents": None}, ""),  # Not known: that is told as such.
    ],
)
def test_nearly_is_near_for_one_and_for_all(facts: dict[str, Raw], condition: str) -> None:
    standing = standing_with(**facts)
    (offer,) = offers(standing, CODE, applications=())
    assert (offer.near.condition if offer.near else "") == condition
    (reach,) = reaches(standing, ())
    assert reach.near == bool(condition)  # The office counts as the enterprise is told.
