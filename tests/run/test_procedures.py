"""Procedures and ledgers: steps that people settle, and what a pack keeps in mind between them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
import pytest

from haihe.detect import Arrived, ByLedger
from haihe.errors import MoveIllegal
from haihe.model import (
    MINUTE,
    Case,
    Decision,
    Noted,
    Observation,
    Order,
    Outcome,
    Settled,
    Severity,
    Text,
)
from haihe.model.line import (
    Action,
    CaseClosed,
    CaseOpened,
    Clock,
    Dispatched,
    Escalated,
    OrderMoved,
    Refused,
    Step,
    Verb,
    encode_lines,
)
from haihe.pack import Ledger, Pack, Playbook, Procedure, RollUp, View, office_of
from tests.run.packs import NAME, VALUE, Zone, kinds, minute

WAYS = (Outcome("pass", NAME), Outcome("refuse", NAME))
BIG = 100.0


def step(action: str, settled: Settled = Settled.BY_REPORT, **parts: object) -> Order:
    whole = {"outcomes": WAYS if settled is not Settled.BY_RECEIPT else (), **parts}
    return Order(
        action=action,
        entity="thing/1",
        assignee="desk",
        due_in=5 * MINUTE,
        title=NAME,
        settled=settled,
        **whole,  # type: ignore[arg-type]  # Named by the caller.
    )


def proceed(case: Case, view: View) -> Decision:
    """Review, then a time to object, then approval by someone else; a value of 0 withdraws it."""
    orders = office_of(view).orders(case.id)
    seen = view.latest(VALUE.name, case.entity)
    so_far = tuple(one.order for one in orders)
    if seen is not None and seen.numbers["value"] == 0:
        return Decision(orders=(), why=NAME)
    if not orders:
        return Decision(orders=(step("review"),), why=NAME)
    last = orders[-1]
    if not last.is_settled or last.outcome == "refuse":
        return Decision(orders=so_far, why=NAME)
    if last.order.action == "review":
        return Decision(orders=(*so_far, step("publish", Settled.BY_TIME)), why=NAME)
    if last.order.action == "publish":
        return Decision(orders=(*so_far, step("approve", barred=orders[0].hands)), why=NAME)
    return Decision(orders=so_far, why=NAME)


class Sums(msgspec.Struct, frozen=True):
    """What the ledger of these tests remembers."""

    total: float = 0.0
    steps: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Adding:
    """A ledger that adds values up, and notes a large one."""

    streams: tuple[str, ...] = (VALUE.name,)
    breaks_at: float = 1e9

    def start(self) -> Sums:
        return Sums()

    def take(self, memory: Sums, seen: Observation, *, now: int) -> tuple[Sums, Sequence[Noted]]:
        value = seen.numbers["value"]
        if value >= self.breaks_at:
            raise RuntimeError("too much")
        notes = (Noted("large", seen.entity, "value", value, BIG),) if value >= BIG else ()
        return msgspec.structs.replace(memory, total=memory.total + value), notes

    def follow(self, memory: Sums, step: Step) -> tuple[Sums, Sequence[Noted]]:
        told = (*memory.steps, type(step).__name__)
        return msgspec.structs.replace(memory, steps=told), ()

    def act(self, memory: Sums, action: Action) -> tuple[Sums, Sequence[Noted]]:
        if not action.reason:
            raise MoveIllegal("say why.")
        return msgspec.structs.replace(memory, words=(*memory.words, action.reason)), ()

    def dump(self, memory: Sums) -> bytes:
        return msgspec.msgpack.encode(memory)

    def load(self, data: bytes) -> Sums:
        return msgspec.msgpack.decode(data, type=Sums)


def sum_words(case: Case, view: View) -> Decision:
    """What the ledger says, in the reason."""
    total = office_of(view).ledger("t").total
    return Decision(orders=(), why=Text(zh=f"合计{total:g}", en=f"total {total:g}"))


def pack_with(ledger: Ledger[Sums] | None = None) -> Pack:
    whole = {"title": NAME, "stream": VALUE, "close": Procedure(), "roll_up": RollUp(())}
    came = Playbook(name="came", detect=Arrived(), decide=proceed, **whole)  # type: ignore[arg-type]  # As named.
    large = Playbook(name="large", detect=ByLedger(Severity.SEVERE), decide=sum_words, **whole)  # type: ignore[arg-type]  # As named.
    return Pack(name="t", title=NAME, playbooks=(came, large), ledger=ledger)


@dataclass
class Desk:
    """A zone and what people do in it, one minute after the other."""

    zone: Zone
    now: float = field(default=1.0)

    def report(self, order: str, by: str, outcome: str = "pass") -> list[Step]:
        self.now += 0.1
        told = Action(
            at=minute(self.now), verb=Verb.REPORT, subject=order, by=by, reason="so",
            outcome=outcome,
        )  # fmt: skip
        return self.zone.tell(told)

    def until(self, at: float) -> list[Step]:
        self.now = at
        return self.zone.tell(Clock(at=minute(at)))


@pytest.fixture
def desk() -> Desk:
    made = Desk(Zone(pack_with()))
    made.zone.hear((1, 5))
    return made


def orders_of(steps: Sequence[Step]) -> list[str]:
    return [one.order.action for one in steps if isinstance(one, Dispatched)]


def test_a_record_opens_a_case_whose_steps_follow_each_other_to_its_end(desk: Desk) -> None:
    assert orders_of(desk.zone.steps) == ["review"]
    assert orders_of(desk.report("t-1/1", "ann")) == ["publish"]
    assert orders_of(desk.until(7)) == ["approve"]
    ended = desk.report("t-1/3", "bo")
    assert kinds(ended)[-1] == "CaseClosed"
    assert desk.zone.engine.track.casework.desk.cases == {}


def test_a_time_to_object_passes_by_itself_and_is_never_escalated(desk: Desk) -> None:
    desk.report("t-1/1", "ann")
    steps = desk.until(30)
    lapsed = next(one for one in steps if isinstance(one, OrderMoved))
    assert (lapsed.by, lapsed.state.value) == ("clock", "verified")
    assert [one.order for one in steps if isinstance(one, Escalated)] == ["t-1/3"]


def test_who_did_a_step_cannot_do_the_one_that_judges_it(desk: Desk) -> None:
    desk.report("t-1/1", "ann")
    desk.until(7)
    (refused,) = desk.report("t-1/3", "ann")
    assert isinstance(refused, Refused)
    assert "someone else" in refused.reason


@pytest.mark.parametrize("outcome", ["", "perhaps"])
def test_a_report_names_one_of_the_outcomes(desk: Desk, outcome: str) -> None:
    (refused,) = desk.report("t-1/1", "ann", outcome)
    assert isinstance(refused, Refused)
    assert "pass, refuse" in refused.reason


def test_a_procedure_that_asks_for_nothing_more_closes(desk: Desk) -> None:
    assert kinds(desk.report("t-1/1", "ann", "refuse"))[-1] == "CaseClosed"


def test_a_new_record_of_the_entity_is_asked_about_and_needless_orders_are_cancelled(
    desk: Desk,
) -> None:
    steps = desk.zone.hear((2, 0))
    cancelled = next(one for one in steps if isinstance(one, OrderMoved))
    assert (cancelled.id, cancelled.state.value, cancelled.by) == (
        "t-1/1", "cancelled", "procedure",
    )  # fmt: skip
    assert isinstance(steps[-1], CaseClosed)


def test_what_came_once_does_not_come_again_by_being_dealt_with(desk: Desk) -> None:
    desk.zone.hear((2, 0))
    desk.zone.hear((3, 5), (4, 0))
    assert sum(isinstance(one, CaseOpened) for one in desk.zone.steps) == 1


def test_a_ledger_hears_records_steps_and_people_in_the_order_of_the_log() -> None:
    zone = Zone(pack_with(Adding()))
    zone.hear((1, 5), (2, 7))
    zone.tell(Action(at=minute(3), verb=Verb.TELL, subject="t note", by="ann", reason="good"))
    memory = zone.engine.track.casework.ledgers.memory("t")
    assert (memory.total, memory.words) == (12.0, ("good",))
    assert memory.steps[:4] == ("CaseOpened", "AlarmRaised", "Decided", "Dispatched")


def test_a_refusal_of_the_ledger_reaches_who_told_it() -> None:
    zone = Zone(pack_with(Adding()))
    (refused,) = zone.tell(Action(at=minute(1), verb=Verb.TELL, subject="t note", by="ann"))
    assert isinstance(refused, Refused)
    assert refused.reason == "say why."
    (refused,) = zone.tell(Action(at=minute(1), verb=Verb.TELL, subject="x note", by="ann"))
    assert isinstance(refused, Refused)
    assert "no ledger takes" in refused.reason


def test_what_a_ledger_notes_opens_a_case_that_sees_the_ledger_as_of_that_record() -> None:
    zone = Zone(pack_with(Adding()))
    zone.hear((1, 5), (2, BIG), (3, 7))
    (opened,) = [one for one in zone.steps if isinstance(one, CaseOpened) and one.rule == "t.large"]
    assert opened.at == minute(2)
    closed = next(
        one for one in zone.steps if isinstance(one, CaseClosed) and one.case == opened.case
    )
    assert closed.why.en == "all 0 steps are done: total 105"


def test_the_steps_are_the_same_however_the_records_were_cut() -> None:
    readings = [(1.0, 5.0), (2.0, BIG), (3.0, 7.0), (4.0, BIG), (5.0, 0.0)]
    whole, apart = Zone(pack_with(Adding())), Zone(pack_with(Adding()))
    whole.hear(*readings)
    for one in readings:
        apart.hear(one)
    assert encode_lines(list(whole.steps)) == encode_lines(list(apart.steps))
    ledgers = [zone.engine.track.casework.ledgers for zone in (whole, apart)]
    # Steps are told where they happen, so the ledger's own order is the same, too.
    assert ledgers[0].memory("t") == ledgers[1].memory("t")


def test_a_ledger_that_fails_is_stopped_and_shown_and_the_rules_run_on() -> None:
    zone = Zone(pack_with(Adding(breaks_at=50.0)))
    zone.hear((1, 60))
    assert "too much" in zone.engine.failed["t ledger"]
    assert "CaseOpened" in kinds(zone.steps)
    with pytest.raises(LookupError, match="was stopped"):
        zone.engine.track.casework.ledgers.memory("t")


def test_a_decision_without_a_ledger_is_left_to_a_person() -> None:
    zone = Zone(replace(pack_with(Adding()), ledger=None))
    zone.engine.track.casework.rules["t.came"] = replace(
        zone.engine.rules["t.came"],
        playbook=replace(zone.engine.rules["t.came"].playbook, decide=sum_words),
    )
    assert orders_of(zone.hear((1, 5))) == ["decide-by-hand"]


def test_a_made_up_view_shows_no_orders() -> None:
    with pytest.raises(TypeError, match="neither orders nor ledgers"):
        office_of(object())  # type: ignore[arg-type]  # That is the point.
