"""An application's life, with all that goes wrong on the way."""

import dataclasses
import json

import numpy as np
import pytest

from haihe.decide.grants.application import Application, Stage
from haihe.decide.grants.kept import Grants
from haihe.model import MINUTE, Rows, WorkOrder
from haihe.model.line import Action, CaseClosed, Clock, Refused, Step, Verb
from haihe.model.time import parse_instant
from haihe.packs.schemes import pack
from haihe.packs.schemes.streams import STREAMS
from haihe.packs.schemes.twin import ZoneTwin
from haihe.packs.schemes.zone import make_code
from haihe.run.check.memory import MemoryZone

T0 = parse_instant("2026-03-02T09:00:00+08:00")
SMALL = dataclasses.replace(pack, twin=lambda seed: ZoneTwin(seed, count=0))
GOOD = {"size": "small", "registered_here": True, "clean_record": True, "industry": "chips",
        "revenue": 4_200_000_000, "research": 380_000_000, "patents": 9, "staff": 64,
        "taxes": 2_000_000_000, "status": ["high-tech"]}  # fmt: skip
VOUCHER, RESEARCH, HEAD = "compute-voucher", "research-grant", "headquarters"


class Life:
    """A zone with some firms, and what they and the offices do."""

    def __init__(self, **facts: object) -> None:
        self.zone = MemoryZone(SMALL, start_at=T0, pace=None)
        self.at = T0
        for number in range(4):
            self.file(number, "2026-03-01", **{**GOOD, **facts})

    def send(self, stream: str, entity: str, **values: object) -> list[Step]:
        self.at += MINUTE
        declared = next(one for one in STREAMS if one.name == stream)
        before = len(self.zone.steps)
        rows = Rows(
            stream,
            (entity,),
            np.zeros(1, np.int32),
            np.array([self.at]),
            {one.name: np.array([float(values.get(one.name, "nan"))]) for one in declared.numbers},  # type: ignore[arg-type]  # Numbers of a test.
            {one.name: np.array([values.get(one.name)], dtype=object) for one in declared.texts},
            received_at=np.array([self.at]),
        )
        self.zone.receive([rows])
        return self.zone.steps[before:]

    def file(self, number: int, as_of: str, **facts: object) -> list[Step]:
        return self.send(
            "schemes.file", f"enterprise/{make_code(number)}", source="registry", as_of=as_of,
            facts=json.dumps(facts),
        )  # fmt: skip

    def use(self, number: int, yuan: int) -> None:
        self.send("schemes.compute", f"enterprise/{make_code(number)}", spend_fen=yuan * 100)

    def ask(self, name: str, scheme: str, number: int = 0) -> list[Step]:
        return self.send(
            "schemes.application", f"application/{name}", enterprise=make_code(number),
            scheme=scheme, move="submit", by="firm",
        )  # fmt: skip

    def move(self, name: str, move: str) -> list[Step]:
        return self.send("schemes.application", f"application/{name}", move=move, by="firm")

    def tell(self, action: Action) -> list[Step]:
        before = len(self.zone.steps)
        self.zone._tell(action)
        self.zone.let_act()
        return self.zone.steps[before:]

    def office(self, what: str, by: str, *, second: str = "", **settings: str) -> list[Step]:
        self.at += MINUTE
        return self.tell(
            Action(
                at=self.at, verb=Verb.TELL, subject=f"schemes {what}", by=by, second=second,
                reason="so", settings=settings,
            )
        )  # fmt: skip

    def now(self, name: str) -> WorkOrder:
        """The open step of an application."""
        desk = self.zone.engine.track.casework.desk
        (order,) = [
            one
            for one in desk.orders.values()
            if one.order.entity == f"application/{name}" and not one.is_settled
        ]
        return order

    def do(self, name: str, outcome: str, by: str, *, words: str = "so") -> list[Step]:
        self.at += MINUTE
        return self.tell(
            Action(
                at=self.at, verb=Verb.REPORT, subject=self.now(name).id, by=by, reason=words,
                outcome=outcome,
            )
        )  # fmt: skip

    def wait(self, name: str) -> None:
        """Until the open step's time has passed."""
        self.at = self.now(name).due_at + 1
        self.zone._tell(Clock(at=self.at))
        self.zone.let_act()

    def to_approval(self, name: str) -> None:
        self.do(name, "accept", "ann")
        self.do(name, "pass", "bo")
        if self.now(name).order.action == "publish":
            self.wait(name)

    @property
    def grants(self) -> Grants:
        found: Grants = self.zone.engine.track.casework.ledgers.memory("schemes")
        return found

    def application(self, name: str) -> Application:
        return self.grants.kept.applications[f"application/{name}"]


def closed(steps: list[Step]) -> bool:
    return any(isinstance(one, CaseClosed) for one in steps)


def test_a_research_grant_goes_from_text_to_payment_through_every_step() -> None:
    life = Life()
    life.ask("r", RESEARCH)
    assert life.now("r").order.parameters["bring"] == "audit-report research-ledger"
    life.do("r", "supplement", "ann", words="the audit report is missing")
    assert life.application("r").stage is Stage.SUPPLEMENT
    life.do("r", "given", "firm")
    assert life.now("r").order.action == "accept-2"
    life.do("r", "accept", "ann")
    life.do("r", "pass", "bo")
    assert life.application("r").stage is Stage.PUBLISHED
    life.wait("r")
    assert life.now("r").order.barred == ("bo",)
    (refused,) = life.do("r", "approve", "bo")
    assert isinstance(refused, Refused)
    life.do("r", "approve", "cy")
    paid = life.application("r")
    assert (paid.stage, paid.amount_fen, paid.paid_fen) == (Stage.APPROVED, 38_000_000, 0)
    assert closed(life.do("r", "paid", "fin"))
    paid = life.application("r")
    assert (paid.stage, paid.paid_fen, paid.is_closed) == (Stage.PAID, 38_000_000, True)
    assert {step.by for step in paid.steps if step.outcome} >= {"ann", "bo", "cy", "fin", "firm"}


def test_a_step_not_done_in_its_working_days_is_escalated() -> None:
    life = Life()
    life.ask("r", RESEARCH)
    due = life.now("r").due_at
    assert due == parse_instant("2026-03-10T00:00:00+08:00")  # Five working days after the Monday.
    life.wait("r")
    assert life.now("r").overdue


def test_who_withdraws_is_let_go_and_may_ask_again() -> None:
    life = Life()
    life.ask("r", RESEARCH)
    assert closed(life.move("r", "withdraw"))
    assert life.application("r").stage is Stage.WITHDRAWN
    life.ask("again", RESEARCH)
    assert life.now("again").order.action == "accept"
    life.move("r", "withdraw")  # Once more: nothing.
    assert life.application("r").stage is Stage.WITHDRAWN


def test_the_same_again_in_one_year_is_refused_with_the_first_ones_name() -> None:
    life = Life()
    life.ask("r", RESEARCH)
    steps = life.ask("twice", RESEARCH)
    assert closed(steps)
    assert life.application("twice").stage is Stage.REFUSED
    assert life.application("r").is_open


def test_a_bank_that_refuses_has_the_account_put_right_and_pays_once() -> None:
    life = Life()
    life.use(0, 100_000)
    life.ask("v", VOUCHER)
    life.to_approval("v")
    life.do("v", "approve", "cy")
    life.do("v", "bank-refused", "fin")
    assert life.now("v").order.action == "account"
    assert life.application("v").amount_fen == 3_000_000  # Still reserved.
    life.move("v", "account")
    assert life.now("v").order.action == "pay-2"
    life.do("v", "paid", "fin")
    pool = life.grants.pool(VOUCHER, 2026)
    assert pool is not None
    assert (pool.spent_fen, pool.reserved_fen) == (3_000_000, 0)


def test_an_objection_is_heard_and_can_be_upheld() -> None:
    life = Life()
    for name, ends in (("a", "upheld"), ("b", "dismissed")):
        life.ask(name, RESEARCH, number="ab".index(name))
        life.do(name, "accept", "ann")
        life.do(name, "pass", "bo")
        life.do(name, "objected", "desk", words="the patents are another's")
        assert life.application(name).stage is Stage.OBJECTED
        life.do(name, ends, "di")
    assert life.application("a").stage is Stage.REFUSED
    assert life.now("b").order.action == "approve"


def test_a_scheme_that_ends_while_an_application_is_open_is_still_its_measure() -> None:
    life = Life()
    life.ask("r", RESEARCH)
    life.office("book/innovation", "lead", move="ended")
    life.at += 30 * 24 * 60 * MINUTE
    life.zone._tell(Clock(at=life.at))
    life.to_approval("r")
    life.do("r", "approve", "cy")
    assert life.now("r").order.parameters["amount_fen"] == "38000000"
    assert closed(life.ask("late", RESEARCH, number=1))  # Who asks now is too late.


def test_a_condition_that_no_longer_holds_at_approval_stops_the_money() -> None:
    life = Life()
    life.ask("r", RESEARCH)
    life.to_approval("r")
    life.file(0, "2026-03-02", patents=1)
    steps = life.do("r", "approve", "cy")
    assert life.application("r").stage is Stage.REFUSED
    assert any("2 short" in str(one) or "还差2" in str(one) for one in steps)


def test_of_two_approved_one_after_the_other_the_second_gets_what_the_pool_has() -> None:
    life = Life()
    life.office(f"pool/{VOUCHER}/2026", "fin", limit_fen="5000000")
    for number in (0, 1):
        life.use(number, 100_000)
        life.ask(str(number), VOUCHER, number=number)
        life.to_approval(str(number))
    life.do("1", "approve", "cy")  # The later application is approved first: it is served first.
    life.do("0", "approve", "cy")
    assert life.application("1").amount_fen == 3_000_000
    assert life.now("0").order.action == "fund"
    life.do("0", "funded", "fin")  # Nobody raised the pool: it is asked for again.
    assert life.now("0").order.action == "fund-2"
    life.office(f"pool/{VOUCHER}/2026", "fin", limit_fen="6000000")
    life.do("0", "funded", "fin")
    assert life.application("0").amount_fen == 3_000_000


def test_a_pool_cannot_be_less_than_what_is_given_away() -> None:
    life = Life()
    life.use(0, 100_000)
    life.ask("v", VOUCHER)
    life.to_approval("v")
    life.do("v", "approve", "cy")
    (refused,) = life.office(f"pool/{VOUCHER}/2026", "fin", limit_fen="1")
    assert isinstance(refused, Refused)
    assert "given away already" in refused.reason


def test_the_yearly_cap_of_a_firm_is_shared_by_its_awards() -> None:
    life = Life(research=3_500_000_000)  # A tenth is above the scheme's own cap of 2 million.
    life.ask("r", RESEARCH)
    life.to_approval("r")
    life.do("r", "approve", "cy")
    assert life.application("r").amount_fen == 200_000_000
    life.file(0, "2026-03-02", equipment_spend=10**10)
    life.ask("e", "equipment-renewal")
    life.to_approval("e")
    life.do("e", "approve", "cy")
    assert life.application("e").amount_fen == 100_000_000  # 3 million a year, less the 2 it has.


@pytest.mark.parametrize("words", ["as agreed", "600万元", "-1元"])
def test_an_amount_that_no_formula_gives_is_set_by_a_person_within_its_limit(words: str) -> None:
    life = Life()
    life.ask("h", HEAD)
    life.to_approval("h")
    life.do("h", "approve", "cy", words=words)
    assert life.now("h").order.action == "approve-2"
    life.do("h", "approve", "cy", words="20万元 as agreed")
    assert life.now("h").order.parameters["amount_fen"] == "20000000"


def test_a_payment_list_holds_each_award_once_and_takes_two_people() -> None:
    life = Life()
    life.use(0, 100_000)
    life.ask("v", VOUCHER)
    life.to_approval("v")
    life.do("v", "approve", "cy")
    awards = json.dumps(["application/v"])
    for settings, words in (
        ({"second": ""}, "two people"),
        ({"total_fen": "1"}, "come to 3000000 fen"),
        ({"awards": '["application/x"]'}, "not approved"),
    ):
        told = {"second": "lu", "awards": awards, "total_fen": "3000000", "root": "00", **settings}
        second = told.pop("second")
        (refused,) = life.office("payments/1", "fin", second=second, **told)
        assert isinstance(refused, Refused)
        assert words in refused.reason
    good = {"awards": awards, "total_fen": "3000000", "root": "00"}
    assert life.office("payments/1", "fin", second="lu", **good) == []
    (refused,) = life.office("payments/2", "fin", second="lu", **good)
    assert isinstance(refused, Refused)
    assert "in a payment list already" in refused.reason
