"""The schemes pack: its zone, its cases, and everybody's standing kept current."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import haihe.packs.schemes
from haihe.decide.grants.effect import effect_of
from haihe.decide.grants.enterprise import Purpose
from haihe.decide.grants.identity import check_code
from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import Standing, brought, stand
from haihe.decide.grants.telling import groups, later, offers, reaches
from haihe.decide.scheme import Verdict, check_library, encode_hits, read_library
from haihe.decide.workday import day_of
from haihe.model import MINUTE, Rows
from haihe.model.line import Action, Verb
from haihe.model.time import parse_instant
from haihe.pack.cases import load_cases
from haihe.packs.schemes import pack
from haihe.packs.schemes.books import BOOKS
from haihe.packs.schemes.papers import paper_of
from haihe.packs.schemes.twin import DEMO, ZoneTwin
from haihe.packs.schemes.zone import enterprises, make_code
from haihe.run.check.cases import mismatches, run_case
from haihe.run.check.memory import MemoryZone

FOLDER = Path(haihe.packs.schemes.__file__).parent
T0 = parse_instant("2026-03-02T09:00:00+08:00")
COUNT = 250


def test_the_examples_come_out_as_they_say() -> None:
    for case in load_cases(FOLDER / "cases.yaml", pack):
        assert mismatches(run_case(case, pack), pack) == [], case.name


def test_the_demonstrations_books_have_nothing_but_warnings() -> None:
    assert [str(one) for one in check_library(read_library(BOOKS)) if not one.warning] == []


def test_what_the_demonstrations_clauses_cite_stands_in_their_policies() -> None:
    papers = {name: paper_of(name) for name in BOOKS}
    library = read_library({name: paper.text for name, paper in papers.items()})
    assert [str(one) for one in check_library(library) if not one.warning] == []
    seen = 0
    for scheme in library.schemes:
        policies = papers[scheme.file].documents
        for condition in scheme.versions[-1].conditions:
            assert condition.source is not None
            policy = policies[condition.source.document]
            cited = policy[condition.source.start : condition.source.end]
            assert cited == condition.title.zh
            seen += 1
    assert seen == 28
    text, other = papers["innovation"].text, BOOKS["innovation"]
    assert len(text.split("\n")) == len(other.split("\n"))  # Its lines stay where they are.


def test_the_zone_is_the_same_for_the_same_seed_and_its_codes_are_right() -> None:
    one, again = list(enterprises(3, count=300)), list(enterprises(3, count=300))
    assert one == again
    assert len({check_code(each.code) for each in one}) == 300
    sizes = [each.facts["registry"]["size"] for each in one]
    assert 0.8 < np.mean([size in ("small", "micro") for size in sizes]) < 0.98
    told = sum("revenue" in each.facts.get("statistics", {}) for each in one)
    assert 0.7 < told / 300 < 0.95  # Figures are missing as they are in life.


class Office:
    """The pack's engine with a small zone, told and fed."""

    def __init__(self) -> None:
        small = dataclasses.replace(pack, twin=lambda seed: ZoneTwin(seed, count=COUNT))
        twin = ZoneTwin(20, count=COUNT)
        self.zone = MemoryZone(small, entities=twin.entities(), start_at=T0, pace=None)
        self.at = T0
        for turn in range(1, 4):
            self.receive(twin.advance(T0 + turn * MINUTE))

    def receive(self, many: Sequence[Rows]) -> None:
        for rows in many:
            self.at = max(self.at, int(rows.observed_at.max()))
            stamped = np.full(len(rows), self.at, dtype=np.int64)
            self.zone.receive([dataclasses.replace(rows, received_at=stamped)])

    def file(self, code: str, facts: str, *, source: str = "registry") -> None:
        self.at += MINUTE
        texts = {"source": source, "as_of": "2026-03-02", "facts": facts, "document": None}
        rows = Rows(
            "schemes.file",
            (f"enterprise/{code}",),
            np.zeros(1, np.int32),
            np.array([self.at]),
            {},
            {name: np.array([text], dtype=object) for name, text in texts.items()},
        )
        self.receive([rows])

    def tell(self, what: str, by: str, *, second: str = "", **settings: str) -> None:
        self.at += MINUTE
        action = Action(
            at=self.at, verb=Verb.TELL, subject=f"schemes {what}", by=by, second=second,
            reason="so", settings=settings,
        )  # fmt: skip
        self.zone._tell(action)

    @property
    def grants(self) -> Grants:
        found: Grants = self.zone.engine.track.casework.ledgers.memory("schemes")
        return found

    @property
    def day(self) -> int:
        return day_of(self.at)


@pytest.fixture(scope="module")
def office() -> Office:
    return Office()


def same(one: Standing, other: Standing) -> bool:
    return encode_hits(one.book, one.present.hits) == encode_hits(other.book, other.present.hits)


def test_one_fact_of_one_enterprise_is_all_that_is_looked_at_again(office: Office) -> None:
    before = stand(office.grants, day=office.day)
    office.file(make_code(30), '{"size":"large"}')
    now = brought(before, office.grants, day=office.day)
    assert now.redone == 1
    assert same(now, stand(office.grants, day=office.day))
    assert brought(now, office.grants, day=office.day) is now


def test_one_scheme_told_anew_is_all_that_is_matched_again(office: Office) -> None:
    before = stand(office.grants, day=office.day)
    text = paper_of("innovation").text.replace("amount: 20万元", "amount: 25万元")
    for move, by, second in (("draft", "a", ""), ("final", "b", ""), ("shadow", "b", "")):
        office.tell("book/innovation", by, second=second, move=move, text=text)
    office.tell("book/innovation", "b", second="c", move="live")
    now = brought(before, office.grants, day=office.day)
    assert now.redone == 1
    assert same(now, stand(office.grants, day=office.day))


def test_a_snapshot_brings_the_same_standing_back(office: Office) -> None:
    assert pack.ledger is not None
    again: Grants = pack.ledger.load(pack.ledger.dump(office.grants))
    assert same(stand(again, day=office.day), stand(office.grants, day=office.day))
    assert again.kept == office.grants.kept


def test_an_enterprise_is_told_what_now_what_nearly_and_what_is_missing(office: Office) -> None:
    standing = stand(office.grants, day=office.day)
    told = {one.scheme.name: one for one in offers(standing, make_code(DEMO), applications=())}
    assert told["research-grant"].why.verdict is Verdict.ELIGIBLE
    assert told["research-grant"].why.amount_fen == 38_000_000  # A tenth of 3.8 million yuan.
    assert [one.name for one in told["research-grant"].bring] == ["audit-report", "research-ledger"]
    assert told["high-tech-reward"].is_ready  # 免申即享: whole, automatic, and it agreed.
    assert told["specialised-reward"].why.verdict is Verdict.NOT
    assert told["equipment-renewal"].why.conditions[-1].missing == ("equipment_spend",)
    # On 2027-01-01 the cap of the voucher falls, and on 2027-07-01 the renewal scheme has ended.
    assert {one.scheme for one in later(standing, make_code(DEMO))} <= {
        "compute-voucher", "equipment-renewal",
    }  # fmt: skip


def test_what_a_digest_leaves_out_is_out_of_reach_for_everybody(office: Office) -> None:
    standing = stand(office.grants, day=office.day)
    for code in standing.codes:
        whole = offers(standing, code, applications=())
        some = offers(standing, code, applications=(), hopeless=False)
        kept = {one.scheme.name for one in some}
        assert some == tuple(one for one in whole if one.scheme.name in kept)
        for one in whole:
            if one.scheme.name not in kept:
                assert one.why.verdict is Verdict.NOT
                assert one.near is None


def test_an_unknown_enterprise_has_no_standing(office: Office) -> None:
    with pytest.raises(LookupError, match="no enterprise"):
        offers(stand(office.grants, day=office.day), make_code(2_000), applications=())


def test_the_reach_of_a_scheme_adds_up_and_says_who_is_missed(office: Office) -> None:
    standing = stand(office.grants, day=office.day)
    found = {one.scheme.name: one for one in reaches(standing, ())}
    by_size = groups(standing, "research-grant", by="size", applications=())
    assert sum(one.eligible for one in by_size) == found["research-grant"].eligible > 0
    assert sum(one.all for one in by_size) == COUNT
    assert sum(one.missed for one in by_size) == found["research-grant"].missed
    with pytest.raises(ValueError, match="no category"):
        groups(standing, "research-grant", by="revenue", applications=())


def test_a_change_of_one_cap_shows_its_cost_before_it_is_signed(office: Office) -> None:
    standing = stand(office.grants, day=office.day)
    before = {one.scheme.name: one.cost_fen for one in reaches(standing, ())}
    draft = office.grants.texts["innovation"].replace("is: 200万元", "is: 20万元")
    found = effect_of(standing, office.grants.texts, book="innovation", draft=draft)
    (scheme,) = found.schemes
    assert scheme.cost_before_fen == before["research-grant"]
    assert found.cost_fen == scheme.cost_after_fen - scheme.cost_before_fen < 0
    assert found.gains == 0 < found.loses
    assert all((one.after_fen or 0) == 20_000_000 for one in found.losers)
    assert [one.clause for one in found.changes] == ["parameter cap"]
    assert found.loses == sum(
        amount > 20_000_000
        for amount in standing.present.hits[standing.book.place("research-grant")].amounts.tolist()
    )


def test_a_draft_that_cannot_be_read_says_where(office: Office) -> None:
    standing = stand(office.grants, day=office.day)
    found = effect_of(standing, office.grants.texts, book="innovation", draft="schemes: [{id: x}]")
    assert "versions" in found.problems[0].words
    assert found.schemes == ()


def test_what_was_not_metered_is_nothing_and_not_unknown(office: Office) -> None:
    standing = stand(office.grants, day=office.day)
    (voucher,) = [
        one
        for one in offers(standing, make_code(200), applications=())
        if one.scheme.name == "compute-voucher"
    ]
    assert voucher.why.verdict is Verdict.NOT
    assert voucher.why.conditions[-1].short == 1_000_000  # Fen that are missing to 10,000 yuan.


def test_consent_is_kept_and_can_be_taken_back(office: Office) -> None:
    code = make_code(120)
    office.tell(f"consent/{code}", code, purpose="digest", agreed="yes")
    assert office.grants.kept.files[code].agreed(Purpose.DIGEST)
    office.tell(f"consent/{code}", code, purpose="digest", agreed="no")
    assert not office.grants.kept.files[code].agreed(Purpose.DIGEST)


def test_what_cannot_be_used_is_kept_with_its_reason(office: Office) -> None:
    office.file("91120116MA0H000024", '{"size":"small"}')
    assert "check character" in office.grants.kept.refused[-1]
    office.file(make_code(30), "nonsense")
    assert make_code(30) in office.grants.kept.refused[-1]
    office.file(make_code(30), '{"size":"gigantic"}')
    standing = stand(office.grants, day=office.day)
    assert "gigantic" in standing.wrong[make_code(30)]["size"]
