"""What clauses and facts are called, in the language of whoever reads."""

import pytest

from haihe.decide.grants.register import compared
from haihe.decide.scheme.book import write_book
from haihe.decide.scheme.explain import explain
from haihe.decide.scheme.facts import Given, as_words, gather
from haihe.decide.scheme.quantity import parse_day
from haihe.decide.scheme.reading import Library, read_library
from haihe.decide.scheme.words import Speech, values_on

DAY = parse_day("2026-06-01")
TEXT = """
facts:
  industry: {kind: category, zh: 行业, en: industry,
             words: {chips: {zh: 集成电路}, other: {zh: 其他}}}
  status: {kind: tags, zh: 资质, en: status, words: {high-tech: {zh: 高新技术企业}}}
  here: {kind: yes_no, zh: 在本区登记, en: registered here}
  revenue: {kind: money, zh: 营业收入, en: revenue}
  patents: {kind: number, unit: 件, zh: 专利, en: patents}
schemes:
  - id: one
    zh: 甲
    en: One
    versions:
      - from: 2026-01-01
        status: final
        parameters:
          cap: {kind: money,
                steps: [{from: 2026-01-01, is: 200万元}, {from: 2027-01-01, is: 50万元}]}
        conditions:
          - {id: industry, zh: 芯片, require: {fact: industry, in: [chips]}}
          - {id: here, zh: 本区, require: {fact: here, is: yes}}
          - {id: revenue, zh: 收入, require: {fact: revenue, 以上: 2000万元}}
          - {id: patents, zh: 专利, require: {fact: patents, 以上: 3}}
        benefit: {share: 10%, of: revenue, up_to: {parameter: cap}}
stacking:
  - {id: yearly, cap: 300万元, per: legal_person, of: [one]}
"""


@pytest.fixture
def library() -> Library:
    found = read_library({"one.yaml": TEXT})
    assert found.problems == ()
    return found


def test_an_enterprise_reads_words_money_and_yes_in_its_own_language(library: Library) -> None:
    given: dict[str, Given] = {
        "industry": "other",
        "here": False,
        "revenue": "1999.5万元",
        "patents": 2,
    }
    book = write_book(library.schemes, library.schema, day=DAY)
    told = explain(book, gather(library.schema, [given]), scheme="one").conditions
    assert [one.words.zh for one in told] == [
        "行业：其他",
        "在本区登记：否",
        "营业收入：1999.5万元，要求2000万元以上，还差5,000元",
        "专利：2件，要求3件以上，还差1件",
    ]
    assert [one.words.en for one in told] == [
        "industry: other",
        "registered here: no",
        "revenue: 19,995,000 yuan, asked at least 20,000,000 yuan, 5,000 yuan short",
        "patents: 2, asked at least 3, 1 short",
    ]


def test_a_word_may_be_told_by_its_title(library: Library) -> None:
    assert as_words(library.schema["industry"], "集成电路") == {"chips"}
    assert as_words(library.schema["status"], ["高新技术企业"]) == {"high-tech"}
    with pytest.raises(ValueError, match="'芯片' is none of chips, other"):
        as_words(library.schema["industry"], "芯片")


def test_a_benefit_says_what_its_parameter_is_on_the_day(library: Library) -> None:
    version = library.schemes[0].versions[0]
    for day, limit in (("2026-12-31", "200万元"), ("2027-01-01", "50万元")):
        speech = Speech(library.schema, values_on(version, parse_day(day)))
        assert speech.benefit(version.benefit).zh == f"营业收入的10%，最高{limit}"
    assert Speech(library.schema).benefit(version.benefit).en.endswith("at most [cap]")


@pytest.mark.parametrize(
    ("old", "new", "clause", "words"),
    [
        ("cap: 300万元", "cap: 600万元", "stacking", "每家企业每年最高600万元：one"),
        ("status: final", "status: final\n        publish: 0", "publish", "0个工作日"),
        ("status: final", "status: final\n        automatic: yes", "automatic", "是"),
        ("status: final", "status: final\n        papers: [{id: p, zh: 审计报告}]", "papers",
         "审计报告"),
    ],
)  # fmt: skip
def test_a_diff_also_tells_caps_papers_and_publication(
    library: Library, old: str, new: str, clause: str, words: str
) -> None:
    (change,) = compared(library, read_library({"one.yaml": TEXT.replace(old, new)}))
    assert (change.clause, change.after.zh) == (clause, words)
