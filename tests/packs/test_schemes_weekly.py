"""Digests that go out by themselves, what is news in them, and what is soon over."""

import json

import pytest

from haihe.decide.grants.rhythm import Rhythm, next_due
from haihe.decide.scheme.quantity import format_day, parse_day
from haihe.decide.workday import day_of
from haihe.model import MINUTE, NEVER, Order
from haihe.model.line import Action, Attached, CaseOpened, Clock, Dispatched, Refused, Step, Verb
from haihe.model.time import format_instant, parse_instant
from haihe.pack.ledger import Timed
from haihe.packs.schemes import pack
from haihe.packs.schemes.twin import ZoneTwin
from haihe.packs.schemes.zone import make_code
from tests.packs.test_schemes_procedure import Life

NINE = str(9 * 60)
LOANS = """schemes:
  - id: rent-relief
    zh: 房租减免
    en: Rent relief
    issuer: {zh: 局, en: Bureau}
    versions:
      - from: 2026-01-01
        to: 2026-03-20
        status: final
        papers: [{id: lease, zh: 租赁合同, en: the lease}, {id: audit-report, zh: 上年度审计报告}]
        conditions:
          - {id: here, zh: 在本区登记, en: here, require: {fact: registered_here, is: yes}}
        benefit: {amount: 5万元}
"""


class Office(Life):
    """Firms that agreed to be told, and a round every Monday at nine."""

    def __init__(self, *, agreed: int = 2) -> None:
        super().__init__()
        for number in range(agreed, 100):  # The demonstration's have all agreed.
            code = make_code(number)
            self.office(f"consent/{code}", code, purpose="digest", agreed="no")
        self.office("rhythm/digest", "lead Wu", weekday="1", minute=NINE)

    def until(self, text: str) -> list[Step]:
        """Let time pass; what followed from it."""
        self.at = parse_instant(text)
        before = len(self.zone.steps)
        self.zone._tell(Clock(at=self.at))
        self.zone.let_act()
        return self.zone.steps[before:]

    def paper(self, number: int, name: str, **settings: str) -> list[Step]:
        """A firm files a paper of today."""
        self.at += MINUTE
        said = {"move": "file", "paper": name, "day": format_day(day_of(self.at)), **settings}
        file = Attached(
            sha256=f"{len(name):064d}", size=9, media_type="application/pdf", name="a.pdf"
        )
        code = make_code(number)
        return self.tell(
            Action(
                at=self.at, verb=Verb.TELL, subject=f"schemes paper/{code}", by=code,
                settings=said, file=file,
            )
        )  # fmt: skip

    def live(self, name: str, text: str) -> None:
        """A book goes from draft to being in force."""
        self.office(f"book/{name}", "ann", move="draft", text=text)
        self.office(f"book/{name}", "bo", move="final")
        self.office(f"book/{name}", "bo", move="shadow")
        self.office(f"book/{name}", "bo", move="live", second="cy")


def digests(steps: list[Step]) -> list[Order]:
    return [
        one.order for one in steps if isinstance(one, Dispatched) and one.order.action == "digest"
    ]


def rounds(steps: list[Step]) -> list[str]:
    return [one.entity for one in steps if isinstance(one, CaseOpened)]


@pytest.mark.parametrize(
    ("weekday", "after", "due"),
    [
        (1, "2026-03-02T08:59:59+08:00", "2026-03-02T01:00:00Z"),
        (1, "2026-03-02T09:00:00+08:00", "2026-03-09T01:00:00Z"),
        # The Spring Festival of 2026 is 15 to 23 February; its Monday moves to the Tuesday after.
        (1, "2026-02-10T09:00:00+08:00", "2026-02-24T01:00:00Z"),
        # 14 February 2026 is a Saturday that is worked.
        (6, "2026-02-10T09:00:00+08:00", "2026-02-14T01:00:00Z"),
        # Of two weeks in one holiday, both moved behind it, one is left: 1 to 7 October.
        (4, "2026-09-30T09:00:00+08:00", "2026-10-08T01:00:00Z"),
        (4, "2026-10-08T09:00:00+08:00", "2026-10-15T01:00:00Z"),
    ],
)
def test_a_day_off_moves_a_round_to_the_next_working_day(
    weekday: int, after: str, due: str
) -> None:
    rhythm = Rhythm(weekday, 9 * 60, "ann", 0)
    assert format_instant(next_due(rhythm, after=parse_instant(after))) == due


def test_one_digest_a_week_to_each_who_agreed_and_none_where_nothing_is_new() -> None:
    office = Office()
    assert digests(office.until("2026-03-09T08:59:59+08:00")) == []
    steps = office.until("2026-03-09T09:00:00+08:00")
    assert rounds(steps) == ["digest/weekly-2026-03-09-1"]
    first = digests(steps)
    assert [one.entity for one in first] == [f"enterprise/{make_code(at)}" for at in (0, 1)]
    assert "【新】" not in first[0].parameters["zh"]  # All of it is.
    assert digests(office.until("2026-03-16T09:00:00+08:00")) == []
    office.file(1, "2026-03-16", loan_interest=9_000_000)
    (one,) = digests(office.until("2026-03-23T09:00:00+08:00"))
    assert one.entity == f"enterprise/{make_code(1)}"
    assert "【新】可享：小微企业贷款贴息，可得2.7万元" in one.parameters["zh"]
    assert "new - now: Interest subsidy" in one.parameters["en"]


def test_an_amount_is_news_from_a_fifth_on() -> None:
    office = Office(agreed=1)
    office.file(0, "2026-03-02", loan_interest=10_000_000)
    assert len(digests(office.until("2026-03-09T09:00:00+08:00"))) == 1
    office.file(0, "2026-03-09", loan_interest=11_900_000)
    assert digests(office.until("2026-03-16T09:00:00+08:00")) == []
    office.file(0, "2026-03-16", loan_interest=12_100_000)
    assert len(digests(office.until("2026-03-23T09:00:00+08:00"))) == 1


def test_after_a_stop_of_weeks_one_round_goes_out_and_the_next_in_its_week() -> None:
    office = Office()
    steps = office.until("2026-04-01T15:00:00+08:00")
    assert rounds(steps) == ["digest/weekly-2026-04-01-1"]
    assert len(digests(steps)) == 2
    assert rounds(office.until("2026-04-03T15:00:00+08:00")) == []
    # 6 April 2026 is a day off after Tomb Sweeping Day.
    assert rounds(office.until("2026-04-07T09:00:00+08:00")) == ["digest/weekly-2026-04-07-1"]


def test_who_never_said_when_sends_nothing_and_who_says_never_stops_it() -> None:
    ledger = pack.ledger
    assert isinstance(ledger, Timed)
    assert ledger.due_at(ledger.start()) == NEVER
    office = Office()
    office.office("rhythm/digest", "lead Wu", weekday="0")
    assert rounds(office.until("2026-03-16T09:00:00+08:00")) == []


@pytest.mark.parametrize(
    "told", [{"weekday": "8", "minute": "0"}, {"weekday": "1", "minute": "1440"}, {"weekday": "x"}]
)
def test_a_time_that_no_week_has_is_refused(told: dict[str, str]) -> None:
    (refused,) = Office().office("rhythm/digest", "lead Wu", **told)
    assert isinstance(refused, Refused)


def test_what_was_missed_on_a_day_off_waits_for_the_next_workday() -> None:
    office = Office()
    assert rounds(office.until("2026-03-14T12:00:00+08:00")) == []  # A Saturday.
    assert rounds(office.until("2026-03-16T09:00:00+08:00")) == ["digest/weekly-2026-03-16-1"]
    assert rounds(office.until("2026-03-17T09:00:00+08:00")) == []


def test_a_round_by_hand_counts_as_told_too() -> None:
    office = Office(agreed=1)
    assert len(digests(office.send("schemes.round", "digest/p1", period="p1", by="lead"))) == 1
    assert digests(office.until("2026-03-09T09:00:00+08:00")) == []


def test_what_is_soon_over_is_said_first_with_its_last_day() -> None:
    office = Office(agreed=1)
    office.live("relief", LOANS)
    (one,) = digests(office.until("2026-03-09T09:00:00+08:00"))
    head = one.parameters["zh"].split("\n")[0]
    assert head.startswith("抓紧：2026-03-20止（还有9个工作日）——可享：房租减免，可得5万元")
    assert "last day 2026-03-20 (9 working days left)" in one.parameters["en"].split("\n")[0]
    assert digests(office.until("2026-03-16T09:00:00+08:00")) == []  # The same day is no news.


def test_a_book_that_is_ended_and_an_age_that_is_outgrown_are_seen_coming() -> None:
    office = Office(agreed=1)
    young = LOANS.replace("        to: 2026-03-20\n", "").replace(
        "{fact: registered_here, is: yes}", "{age_of: founded, 不满: 3}"
    )
    office.live("young", young)
    office.file(0, "2026-03-02", founded="2023-03-19")
    (one,) = digests(office.until("2026-03-09T09:00:00+08:00"))
    assert one.parameters["zh"].startswith("抓紧：2026-03-18止")
    office.office("book/innovation", "lead", move="ended", day="2026-03-31")
    (one,) = digests(office.until("2026-03-16T09:00:00+08:00"))
    assert (
        "【新】抓紧：2026-03-31止（还有11个工作日）——可享：企业研发投入补助" in one.parameters["zh"]
    )


def test_what_was_bought_this_year_counts_until_its_end() -> None:
    office = Office(agreed=1)
    office.at = parse_instant("2026-12-10T12:00:00+08:00")
    office.use(0, 100_000)
    (one,) = digests(office.until("2026-12-14T09:00:00+08:00"))
    assert one.parameters["zh"].startswith(
        "【新】抓紧：2026-12-31止（还有13个工作日）——可享：算力券"
    )


def test_a_paper_given_once_is_asked_for_again_when_it_has_ended_and_told_before() -> None:
    office = Office(agreed=1)
    office.paper(0, "audit-report", valid_to="2026-04-10")
    office.paper(0, "research-ledger")
    office.ask("one", "research-grant")
    assert office.now("one").order.parameters["bring"] == ""
    (one,) = digests(office.until("2026-03-16T09:00:00+08:00"))
    assert "材料将到期：上年度审计报告，2026-04-10（还有18个工作日）" in one.parameters["zh"]
    office.until("2026-04-13T08:00:00+08:00")
    (one,) = digests(office.until("2026-04-13T09:00:00+08:00"))
    assert "材料已过期：上年度审计报告（2026-04-10）" in one.parameters["zh"]
    assert office.application("one").papers[0].valid_to == parse_day("2026-04-10")


def test_an_application_cites_what_it_brought_whatever_becomes_of_it() -> None:
    office = Office(agreed=1)
    office.ask("one", "research-grant")
    assert office.now("one").order.parameters["bring"] == "audit-report research-ledger"
    assert "papers" not in office.now("one").order.parameters  # As in older logs.
    office.paper(0, "audit-report", valid_to="2026-12-31")
    assert [one.name for one in office.application("one").papers] == ["audit-report"]
    office.do("one", "supplement", "ann")
    office.paper(0, "research-ledger")
    office.move("one", "supplement")
    order = office.now("one").order
    assert order.action == "accept-2"
    assert order.parameters["bring"] == ""
    sha256 = office.application("one").papers[0].file.sha256
    assert order.parameters["papers"].split()[0] == f"audit-report={sha256}@2026-12-31"
    office.paper(0, "audit-report", move="withdraw")
    assert [one.name for one in office.application("one").papers] == [
        "audit-report", "research-ledger",
    ]  # fmt: skip
    other = office.ask("two", "research-grant", 1)
    assert other
    assert office.application("two").papers == ()


def test_papers_that_cannot_be_are_refused() -> None:
    office = Office(agreed=1)
    for settings, words in (
        ({"day": "2027-01-01"}, "still to come"),
        ({"day": "2026-01-01", "valid_to": "2026-02-01"}, "ended on"),
        ({"day": "soon"}, "no day"),
        ({"move": "withdraw"}, "no paper"),
        ({"move": "burn"}, "filed with its name"),
    ):
        (refused,) = office.paper(0, "audit-report", **settings)
        assert isinstance(refused, Refused)
        assert words in refused.reason
    for _ in range(30):
        assert office.paper(0, "audit-report") == []
    (refused,) = office.paper(0, "audit-report")
    assert isinstance(refused, Refused)
    assert "tomorrow" in refused.reason


def test_an_older_log_with_papers_named_alone_still_asks_for_nothing() -> None:
    office = Office(agreed=1)
    entity = f"enterprise/{make_code(0)}"
    for name in ("audit-report", "research-ledger"):
        office.send(
            "schemes.file", entity, source="enterprise", as_of="2026-03-01", facts="{}",
            document=name,
        )  # fmt: skip
    office.ask("one", "research-grant")
    assert office.now("one").order.parameters["bring"] == ""
    assert office.application("one").papers == ()


def test_a_snapshot_keeps_papers_and_what_was_told() -> None:
    office = Office(agreed=1)
    office.paper(0, "audit-report")
    office.until("2026-03-09T09:00:00+08:00")
    ledgers = office.zone.engine.track.casework.ledgers
    dumped = ledgers.dumped()
    due_at = ledgers.due_at()
    ledgers.restore(dumped)
    assert ledgers.due_at() == due_at
    assert office.grants.kept.files[make_code(0)].papers[0].name == "audit-report"
    assert (
        json.loads(next(iter(digests(office.zone.steps))).parameters["told"])
        == (office.grants.kept.told[make_code(0)])
    )


def test_the_demonstration_shows_a_round_in_its_first_minutes() -> None:
    began = parse_instant("2026-11-20T06:40:00+08:00")
    (told,) = [one for one in ZoneTwin(1, count=0).told_before(began) if "rhythm" in one.subject]
    rhythm = Rhythm(int(told.settings["weekday"]), int(told.settings["minute"]), "", began)
    assert next_due(rhythm, after=began) == began + 10 * MINUTE
