"""Identity, files, the register, money and working days: each against a rule from outside."""

import pytest
from msgspec.structs import replace

from haihe.decide.grants.application import Application, Stage, begun
from haihe.decide.grants.enterprise import (
    EnterpriseFile,
    Filing,
    Purpose,
    Raw,
    Source,
    conflicts,
    counts,
    filed,
)
from haihe.decide.grants.identity import check_code, code_of
from haihe.decide.grants.money import PoolState, allowed
from haihe.decide.grants.register import Asked, BookState, SchemeBook, moved, texts_on
from haihe.decide.scheme.quantity import parse_day
from haihe.decide.scheme.stacking import Cap, Group, Scope, Stacking
from haihe.decide.workday import (
    announced_to,
    day_of,
    due_after,
    is_announced,
    is_workday,
    workday_after,
    workdays_between,
    year_of,
)
from haihe.errors import MoveIllegal
from haihe.model import DAY, HOUR, Text
from haihe.model.time import parse_instant

CODE = "91120116MA0H000023"
TODAY = parse_day("2026-03-02")
BOOK = """\
facts: {staff: {kind: number, zh: 职工, en: staff}}
schemes:
  - id: grant
    zh: 补助
    en: grant
    versions:
      - from: 2026-01-01
        status: final
        conditions: [{id: staff, zh: 十人以上, require: {fact: staff, 以上: 10}}]
        benefit: {amount: 1万元}
"""


@pytest.mark.parametrize("code", ["9144030071526726XG", "91330100799655058B", "914403001922038216"])
def test_codes_that_were_really_issued_are_taken(code: str) -> None:
    assert check_code(f" {code.lower()} ") == code


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("9144030071526726X1", "must be G"),
        ("91440300715267269G", "must be"),
        ("9144030071526726", "has 16 characters"),
        ("9144030071526726OG", "GB 32100"),
    ],
)
def test_a_slip_of_the_pen_in_a_code_is_found(code: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_code(code)


def test_what_is_no_enterprise_has_no_code() -> None:
    assert code_of("zone/7") == code_of("enterprise/1") == ""


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-02-14", "work"),  # A Saturday worked for the Spring Festival: notice of 2025-11-04.
        ("2026-02-16", "rest"),  # A Monday of the Spring Festival.
        ("2026-10-10", "work"),  # A Saturday worked for the National Day.
        ("2026-03-07", "rest"),  # A plain Saturday.
        ("2099-01-01", "work"),  # A Thursday of a year whose notice is not out.
        ("2099-01-03", "rest"),  # A Saturday of that year.
    ],
)
def test_working_days_are_those_of_the_state_councils_notices(day: str, kind: str) -> None:
    assert is_workday(parse_day(day)) is (kind == "work")
    assert is_announced(int(day[:4])) is (day < "2027")


def test_holidays_are_known_to_the_end_of_the_last_year_that_was_announced() -> None:
    to = announced_to(parse_day("2025-06-01"))
    assert to >= parse_day("2026-12-31")  # Its notice is of 2025-11-04.
    assert [is_announced(year_of(day)) for day in (to, to + 1)] == [True, False]
    assert announced_to(parse_day("2099-03-02")) == parse_day("2099-03-02")


def test_five_working_days_over_the_spring_festival_end_after_it() -> None:
    # 13 and 14 February are worked, 15 to 23 are not: 24, 25 and 26 are the third to the fifth.
    assert workday_after(parse_day("2026-02-12"), 5) == parse_day("2026-02-26")
    assert workdays_between(parse_day("2026-02-12"), parse_day("2026-02-26")) == 5


def test_what_is_due_in_working_days_is_due_at_the_end_of_the_last() -> None:
    at = parse_instant("2026-03-06T15:00:00+08:00")  # A Friday.
    assert at + due_after(at, 1) == parse_instant("2026-03-10T00:00:00+08:00")
    assert day_of(parse_instant("2026-03-06T16:30:00Z")) == parse_day("2026-03-07")
    assert due_after(at, 0) == 9 * HOUR


def told(source: Source, as_of: str, **facts: Raw) -> Filing:
    return Filing(source, parse_day(as_of), TODAY * DAY, dict(facts))


def file_with(*filings: Filing) -> EnterpriseFile:
    file = EnterpriseFile(CODE)
    for one in filings:
        file = filed(file, one, today=TODAY)
    return file


def given(file: EnterpriseFile, name: str) -> Raw:
    found = counts(file, name)
    return None if found is None else found.given


def test_the_newest_of_the_more_trusted_source_counts_and_the_conflict_is_shown() -> None:
    file = file_with(
        told(Source.STATISTICS, "2026-01-01", staff=40),
        told(Source.ENTERPRISE, "2026-02-01", staff=90),
        told(Source.STATISTICS, "2025-06-01", staff=1),  # Older than what it told.
    )
    assert given(file, "staff") == 40
    assert conflicts(file) == ("staff",)


def test_a_fact_that_its_source_took_back_leaves_the_next() -> None:
    file = file_with(
        told(Source.STATISTICS, "2026-01-01", staff=40),
        told(Source.ENTERPRISE, "2026-01-01", staff=90),
        told(Source.STATISTICS, "2026-02-01", staff=None),
    )
    assert given(file, "staff") == 90
    assert conflicts(file) == ()


def test_facts_of_the_future_are_refused_and_named() -> None:
    file = file_with(told(Source.REGISTRY, "2026-03-03", staff=40))
    assert given(file, "staff") is None
    assert "still to come" in file.problems[0]


def test_the_same_facts_again_change_nothing() -> None:
    once = file_with(told(Source.REGISTRY, "2026-03-01", staff=40))
    assert filed(once, told(Source.REGISTRY, "2026-03-01", staff=40), today=TODAY) == once


def test_private_facts_count_only_with_consent() -> None:
    file = file_with(
        told(Source.TAX, "2026-01-01", taxes=5), told(Source.ENTERPRISE, "2026-01-01", taxes=9)
    )
    assert given(file, "taxes") == 9
    assert not file.agreed(Purpose.MATCH)


class Register:
    """A register and who moves it."""

    def __init__(self) -> None:
        self.books: dict[str, SchemeBook] = {}

    def move(self, state: str, by: str, *, today: int = TODAY, **parts: object) -> None:
        whole = {"reason": "so", **parts}
        asked = Asked(BookState(state), today * DAY, today, by, **whole)  # type: ignore[arg-type]  # Named by the caller.
        self.books = moved(self.books, "b", asked=asked)

    def go_live(self, text: str, *, today: int = TODAY) -> None:
        self.move("draft", "ann", text=text, today=today)
        self.move("final", "bo", today=today)
        self.move("shadow", "bo", today=today)
        self.move("live", "bo", second="cy", today=today)


def test_a_book_goes_live_step_by_step_and_by_two_people() -> None:
    register = Register()
    register.move("draft", "ann", text=BOOK)
    assert texts_on(register.books, TODAY) == {}  # A draft is never pushed.
    with pytest.raises(MoveIllegal, match="someone else must confirm"):
        register.move("final", "ann")
    with pytest.raises(MoveIllegal, match="takes one that is shadow"):
        register.move("live", "bo", second="cy")
    register.move("final", "bo")
    register.move("shadow", "bo")
    for second in ("", "bo"):
        with pytest.raises(MoveIllegal, match="two people"):
            register.move("live", "bo", second=second)
    register.move("live", "bo", second="cy")
    assert texts_on(register.books, TODAY) == {"b": BOOK}


def test_each_day_has_the_text_that_was_in_force_on_it() -> None:
    register = Register()
    register.go_live(BOOK)
    newer = BOOK.replace("1万元", "2万元")
    register.go_live(newer, today=TODAY + 10)
    register.move("ended", "bo", today=TODAY + 20, day=TODAY + 30)
    found = [texts_on(register.books, TODAY + day).get("b") for day in (-1, 0, 9, 10, 30, 31)]
    assert found == [None, BOOK, BOOK, newer, newer, None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no text"),
        (BOOK.replace("以上", "以外"), "1 problems|problem"),
        (BOOK.replace("status: final", "status: draft"), "nothing in 'b' is final"),
    ],
)
def test_a_text_that_cannot_be_used_is_not_confirmed(text: str, words: str) -> None:
    register = Register()
    with pytest.raises(MoveIllegal, match=words):
        register.go_live(text)


def test_the_same_draft_twice_is_told_and_a_newer_one_replaces_it() -> None:
    register = Register()
    register.move("draft", "ann", text=BOOK)
    with pytest.raises(MoveIllegal, match="this very draft"):
        register.move("draft", "ann", text=BOOK)
    register.move("draft", "ann", text=BOOK + "# again\n")
    states = [one.state.value for one in register.books["b"].versions]
    assert states == ["withdrawn", "draft"]


def application(name: str, scheme: str, fen: int, *, code: str = CODE) -> Application:
    made = begun(f"application/{name}", enterprise=code, scheme=scheme, at=TODAY * DAY)
    return replace(made, amount_fen=fen, stage=Stage.APPROVED)


NAME = Text(zh="名", en="name")


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (Group("g", NAME, ("a", "b")), 30),  # 就高不重复: 100 is 30 above the 70 it had.
        (Group("g", NAME, ("a", "b"), exclusive=True), 0),
        (Cap("c", NAME, 150, Scope.LEGAL_PERSON, ("a", "b")), 80),
        (Cap("c", NAME, 150, Scope.LEGAL_PERSON, ("a", "b"), partial=False), 0),
        (Cap("c", NAME, 95, Scope.POOL, ("a", "b")), 0),  # The other firm's 25 count, too.
        (Cap("c", NAME, 1000, Scope.POOL, ("a", "b")), 100),
    ],
)
def test_who_was_approved_first_keeps_it_and_the_next_gets_what_is_left(
    rule: Group | Cap, left: int
) -> None:
    is_group = isinstance(rule, Group)
    stacking = Stacking((rule,), ()) if is_group else Stacking((), (rule,))  # type: ignore[arg-type]  # As asked.
    others = [
        application("1", "b", 70),
        application("2", "b", 25, code="91120116MA0H001179"),
    ]
    mine = begun("application/3", enterprise=CODE, scheme="a", at=TODAY * DAY)
    found = allowed(mine, 100, others=others, stacking=stacking, pool=None)
    assert found.fen == left
    assert (found.cut_by is None) == (left == 100)


def test_what_one_person_brought_counts_whichever_firm_asks() -> None:
    stacking = Stacking((), (Cap("c", NAME, 10, Scope.PERSON, ("a",)),))
    held = [
        replace(application("1", "a", 7, code="91120116MA0H001179"), person="Z1"),
        replace(application("2", "a", 10), person="Z2"),
    ]
    for person, left in (("Z1", 3), ("Z2", 0), ("Z3", 10)):
        mine = begun("application/3", enterprise=CODE, scheme="a", at=TODAY * DAY)
        mine = replace(mine, person=person)
        assert allowed(mine, 100, others=held, stacking=stacking, pool=None).fen == left


def test_a_pool_that_does_not_cover_it_says_what_it_lacks() -> None:
    pool = PoolState("a", 2026, 100, 40, 30, 30, is_low=False, applications=2)
    mine = begun("application/3", enterprise=CODE, scheme="a", at=TODAY * DAY)
    found = allowed(mine, 50, others=(), stacking=Stacking(), pool=pool)
    assert (found.fen, found.short_fen) == (50, 20)
