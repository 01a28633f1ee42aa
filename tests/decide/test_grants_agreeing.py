"""What takes two people: one proposes, another agrees to exactly that, or nothing happens."""

import pytest
from msgspec.structs import replace

from haihe.decide.grants.agreeing import STANDS, book_sha256, standing_for
from haihe.decide.grants.kept import Grants, Kept
from haihe.decide.grants.office import Office
from haihe.decide.grants.register import BookState
from haihe.decide.scheme.quantity import parse_day
from haihe.errors import MoveIllegal
from haihe.model import DAY, HOUR
from haihe.model.line import Action, Verb

T0 = parse_day("2026-03-02") * DAY
TEXT = """\
facts: {staff: {kind: number, zh: 职工, en: staff}}
schemes:
  - {id: grant, zh: 补助, en: grant, versions: [{from: 2026-01-01, status: final,
     conditions: [{id: staff, zh: 十人, require: {fact: staff, 以上: 10}}],
     benefit: {amount: 1万元}}]}
"""
OFFICE = Office(pack="schemes", files="f", applications="a", rule="application")


class Room:
    """The ledger, as people tell it things."""

    def __init__(self) -> None:
        self.grants: Grants = OFFICE.start()
        self.at = T0
        for move, by in (("draft", "ann"), ("final", "bo"), ("shadow", "bo")):
            self.tell(move, by, text=TEXT if move == "draft" else "")

    @property
    def kept(self) -> Kept:
        return self.grants.kept

    @property
    def state(self) -> BookState:
        return self.kept.books["grants"].versions[-1].state

    @property
    def sha256(self) -> str:
        return self.kept.proposals["book/grants"].sha256

    def tell(
        self, move: str, by: str, *, sha256: str = "", reason: str = "so", **told: str
    ) -> None:
        self.at += HOUR
        action = Action(
            at=self.at, verb=Verb.TELL, subject="schemes book/grants", by=by, reason=reason,
            sha256=sha256, second=told.pop("second", ""), settings={"move": move, **told},
        )  # fmt: skip
        self.grants, _ = OFFICE.act(self.grants, action)


def test_a_book_is_in_force_when_another_person_agreed_to_what_was_shown() -> None:
    room = Room()
    room.tell("propose", "bo", reason="the board decided")
    assert room.state is BookState.SHADOW
    assert room.sha256 == book_sha256("grants", room.kept.books["grants"].versions[-1])
    room.tell("agree", "cy", sha256=room.sha256)
    last = room.kept.books["grants"].versions[-1].moves[-1]
    assert (last.state, last.by, last.second) == (BookState.LIVE, "bo", "cy")
    assert last.reason == "the board decided"
    assert room.kept.proposals == {}
    assert list(room.grants.texts) == ["grants"]


@pytest.mark.parametrize(
    ("by", "sha256", "words"),
    [("bo", "", "another person"), (" BO", "", "another person"), ("cy", "0" * 64, "look at it")],
)
def test_nobody_agrees_with_themselves_or_to_something_else(
    by: str, sha256: str, words: str
) -> None:
    room = Room()
    room.tell("propose", "bo")
    with pytest.raises(MoveIllegal, match=words):
        room.tell("agree", by, sha256=sha256 or room.sha256)
    assert room.state is BookState.SHADOW


def test_a_proposal_ends_after_three_days_and_can_be_made_again() -> None:
    room = Room()
    room.tell("propose", "bo")
    sha256 = room.sha256
    with pytest.raises(MoveIllegal, match="proposed 'book/grants' already"):
        room.tell("propose", "cy")
    room.at += STANDS
    assert standing_for(room.kept, "book/grants", now=room.at) is None
    with pytest.raises(MoveIllegal, match="ended at 2026-03-05"):
        room.tell("agree", "cy", sha256=sha256)
    room.tell("propose", "cy")
    room.tell("agree", "bo", sha256=room.sha256)
    assert room.state is BookState.LIVE


def test_what_was_declined_or_withdrawn_can_be_agreed_to_no_more() -> None:
    room = Room()
    room.tell("propose", "bo")
    sha256 = room.sha256
    with pytest.raises(MoveIllegal, match="needs a reason"):
        room.tell("decline", "cy", reason=" ")
    room.tell("decline", "cy", reason="the cap is wrong")
    with pytest.raises(MoveIllegal, match="nothing is proposed"):
        room.tell("agree", "cy", sha256=sha256)
    room.tell("propose", "bo")
    room.tell("withdrawn", "bo")
    assert room.kept.proposals == {}


def test_only_what_runs_in_shadow_can_be_proposed_and_with_a_reason() -> None:
    room = Room()
    with pytest.raises(MoveIllegal, match="needs a reason"):
        room.tell("propose", "bo", reason="")
    room.tell("withdrawn", "bo")
    with pytest.raises(MoveIllegal, match="no version of 'grants' can become live"):
        room.tell("propose", "bo")


def test_an_older_log_that_names_the_second_person_replays() -> None:
    room = Room()
    room.tell("live", "bo", second="cy")
    assert room.state is BookState.LIVE
    assert OFFICE.load(OFFICE.dump(room.grants)).kept == room.kept


def test_a_snapshot_keeps_what_is_proposed() -> None:
    room = Room()
    room.tell("propose", "bo")
    again = OFFICE.load(OFFICE.dump(room.grants))
    assert again.kept.proposals == room.kept.proposals
    assert replace(again.kept, proposals={}) == replace(room.kept, proposals={})
