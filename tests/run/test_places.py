"""One event, one case: signs under their cause, merged cases, and episodes that come back."""

import dataclasses
from collections.abc import Sequence

import msgspec
import pytest

from haihe.detect.absence import Silence
from haihe.detect.limit import Limit
from haihe.model import HOUR, MINUTE, Case, Decision, Entity, Severity
from haihe.model.line import (
    Action,
    AlarmRaised,
    CaseClosed,
    CaseMerged,
    CaseOpened,
    Clock,
    EntityTold,
    OrderMoved,
    Step,
    Verb,
)
from haihe.pack import Closure, Pack, Playbook, RollUp, View
from haihe.run import snapshot
from haihe.run.engine import Engine
from tests.run.histories import Seeded, begun, of
from tests.run.packs import NAME, VALUE, Decide, Zone, is_low, kinds, minute, no_order, order
from tests.run.zone import PACKS

GATE = Closure(window=2 * MINUTE, at_least=2, holds=is_low, gap=2 * MINUTE)
HIGH = Limit("value", high=10.0)


def playbook(name: str, **parts: object) -> Playbook:
    whole: dict[str, object] = {
        "name": name, "title": NAME, "stream": VALUE, "detect": HIGH, "decide": no_order,
        "close": GATE, "roll_up": RollUp(relations=("gate",), window=5 * MINUTE),
    }  # fmt: skip
    return Playbook(**{**whole, **parts})  # type: ignore[arg-type]  # Named by the caller.


def zone_of(*, decide: Decide = no_order, severity: Severity = Severity.MODERATE) -> Zone:
    """Sensors behind a gate: silent below it is a sign of the gate's own rule, "down" from 50."""
    down = playbook("down", detect=Limit("value", high=50.0))
    lost = playbook("lost", detect=dataclasses.replace(HIGH, severity=severity), decide=decide,
                    under=("down",))  # fmt: skip
    zone = Zone(Pack(name="t", title=NAME, playbooks=(down, lost)))
    for number in (1, 2, 3):
        behind: dict[str, tuple[str, ...]] = {"gate": ("thing/9",)} if number < 3 else {}
        zone.tell(
            EntityTold(at=minute(0), entity=Entity(f"thing/{number}", NAME, relations=behind))
        )
    return zone


def opened(steps: Sequence[Step]) -> list[str]:
    return [f"{step.rule} {step.entity}" for step in steps if isinstance(step, CaseOpened)]


def cases(zone: Zone) -> dict[str, Case]:
    return zone.engine.track.casework.desk.cases


def test_a_sign_of_an_open_case_joins_it_and_is_shown_with_its_value_and_limit() -> None:
    zone = zone_of()
    zone.hear((0, 60), entity="thing/9")  # The gate is down; so it is lost as well, by its value.
    steps = zone.hear((1, 12), entity="thing/1")
    assert kinds(steps) == ["AlarmRaised"]
    raised = steps[0]
    assert isinstance(raised, AlarmRaised)
    assert (raised.case, raised.because) == ("t-1", "under t.down of thing/9")
    (case,) = cases(zone).values()
    assert case.entities == ("thing/9",)
    assert [(one.entity, one.value, one.limit) for one in case.also] == [
        ("thing/9", 60.0, 10.0), ("thing/1", 12.0, 10.0),
    ]  # fmt: skip
    assert [one.rule for one in case.alarms] == ["t.down"]


def test_what_is_not_behind_the_gate_opens_a_case_of_its_own() -> None:
    zone = zone_of()
    zone.hear((0, 60), entity="thing/9")
    assert opened(zone.hear((1, 12), entity="thing/3")) == ["t.lost thing/3"]


def test_a_sign_that_still_stands_when_its_case_closes_opens_its_own() -> None:
    zone = zone_of()
    zone.hear((0, 60), entity="thing/9")
    zone.hear((1, 12), entity="thing/1")
    # The evidence is full at minute 4, but for five minutes the cause answers for its signs.
    assert "CaseClosed" not in kinds(zone.hear((2, 1), (3, 1), (4, 1), (5, 1), entity="thing/9"))
    steps = zone.hear((6, 1), entity="thing/9")
    assert kinds(steps) == ["CaseClosed", "CaseOpened", "AlarmRaised", "Decided"]
    assert opened(steps) == ["t.lost thing/1"]
    assert steps[-1].at == minute(6)
    # Its evidence begins then: two minutes of low are wanted once more.
    assert "CaseClosed" in kinds(zone.hear((7, 1), (8, 1), (9, 1), entity="thing/1"))


def test_the_cause_decides_for_each_new_kind_of_sign_and_not_for_every_one() -> None:
    zone = zone_of()
    zone.tell(Action(at=minute(0), verb=Verb.SHELVE, subject="t.lost thing/9", by="ann",
                     reason="so it is", until=minute(60)))  # fmt: skip
    zone.hear((0, 60), entity="thing/9")
    assert kinds(zone.hear((1, 12), entity="thing/1")) == ["AlarmRaised", "Decided"]
    assert kinds(zone.hear((1, 12), entity="thing/2")) == ["AlarmRaised"]


def test_a_sign_that_is_over_when_its_case_closes_opens_nothing() -> None:
    zone = zone_of()
    zone.hear((0, 60), entity="thing/9")
    zone.hear((1, 12), (2, 1), entity="thing/1")
    zone.hear((2, 1), (3, 1), (4, 1), entity="thing/9")
    assert opened(zone.steps) == ["t.down thing/9"]
    assert cases(zone) == {}
    assert opened(zone.hear((9, 12), entity="thing/1")) == ["t.lost thing/1"]


def test_a_case_whose_own_alarm_is_long_over_answers_for_nothing_new() -> None:
    def repair(case: Case, view: View) -> Decision:
        return Decision(orders=(order(),), why=NAME)

    zone = zone_of()
    down = zone.engine.rules["t.down"]
    held = dataclasses.replace(down.playbook, decide=repair)
    zone.engine.rules["t.down"] = dataclasses.replace(down, playbook=held)
    zone.hear((0, 60), (1, 1), entity="thing/9")  # Open until its order is verified.
    assert opened(zone.hear((5, 12), (6, 1), entity="thing/1")) == []
    assert opened(zone.hear((7, 12), entity="thing/1")) == ["t.lost thing/1"]


def test_a_worse_sign_makes_the_case_worse_and_has_it_decided_again() -> None:
    zone = zone_of(severity=Severity.EXTREME)
    zone.hear((0, 60), entity="thing/9")
    assert cases(zone)["t-1"].severity is Severity.EXTREME
    zone = zone_of(severity=Severity.SEVERE)
    zone.tell(Action(at=minute(0), verb=Verb.SHELVE, subject="t.lost thing/9", by="ann",
                     reason="so it is", until=minute(60)))  # fmt: skip
    zone.hear((0, 60), entity="thing/9")
    assert kinds(zone.hear((1, 12), entity="thing/1")) == ["AlarmRaised", "Decided"]
    assert cases(zone)["t-1"].severity is Severity.SEVERE


def test_a_cause_that_comes_later_takes_over_the_cases_nobody_had_touched() -> None:
    zone = zone_of(decide=lambda case, view: Decision(orders=(order(),), why=NAME))
    zone.hear((0, 12), entity="thing/1")
    zone.hear((0, 12), entity="thing/2")
    steps = zone.hear((1, 60), entity="thing/9")
    moved = [step for step in steps if isinstance(step, OrderMoved)]
    assert [(step.id, step.state, step.by) for step in moved] == [
        ("t-1/1", "cancelled", "roll-up"), ("t-2/1", "cancelled", "roll-up"),
    ]  # fmt: skip
    merged = [step for step in steps if isinstance(step, CaseMerged)]
    assert [(step.case, step.into, step.because) for step in merged] == [
        ("t-1", "t-3", "t.lost under t.down"), ("t-2", "t-3", "t.lost under t.down"),
    ]  # fmt: skip
    assert list(cases(zone)) == ["t-3"]
    assert [one.entity for one in cases(zone)["t-3"].also][:2] == ["thing/1", "thing/2"]
    # Nothing is lost: what still stands when the cause is over has its own case again.
    closing = zone.hear((2, 1), (4, 1), (6, 1), (8, 1), entity="thing/9")
    assert opened(closing) == ["t.lost thing/1", "t.lost thing/2"]


@pytest.mark.parametrize("touched", ["by a person", "by a device", "held"])
def test_a_case_that_somebody_works_on_stays_its_own(touched: str) -> None:
    by_receipt = touched == "by a device"
    zone = zone_of(decide=lambda case, view: Decision(orders=(order(by_receipt=by_receipt),),
                                                      why=NAME))  # fmt: skip
    zone.hear((0, 12), entity="thing/1")
    verb, subject = (Verb.HOLD, "t-1") if touched == "held" else (Verb.ACCEPT, "t-1/1")
    if not by_receipt:
        zone.tell(Action(at=minute(0), verb=verb, subject=subject, by="ann", reason="so it is",
                         until=minute(9)))  # fmt: skip
    assert "CaseMerged" not in kinds(zone.hear((1, 60), entity="thing/9"))
    assert list(cases(zone)) == ["t-1", "t-2"]


def test_an_alarm_that_stands_at_a_neighbour_joins_however_long_it_has_stood() -> None:
    rule = playbook("high", roll_up=RollUp(relations=("gate",), window=5 * MINUTE))
    zone = Zone(Pack(name="t", title=NAME, playbooks=(rule,)))
    told = Entity("thing/1", NAME, relations={"gate": ("thing/9",)})
    zone.tell(EntityTold(at=minute(0), entity=told))
    zone.hear((0, 12), entity="thing/9")
    assert opened(zone.hear((60, 12), entity="thing/1")) == []


def test_an_episode_that_comes_back_names_the_case_before_and_must_settle() -> None:
    settle = RollUp(relations=(), settle=10 * MINUTE)
    zone = Zone(Pack(name="t", title=NAME, playbooks=(playbook("high", roll_up=settle),)))
    zone.hear((0, 12), (1, 1), (2, 1), (3, 1))
    first, again = zone.steps[0], zone.hear((5, 12))[0]
    assert isinstance(first, CaseOpened)
    assert isinstance(again, CaseOpened)
    assert (first.again, again.again) == ("", "t-1")
    # Chattering goes on in the second case; it closes ten minutes after the last alarm.
    zone.hear((6, 1), (7, 1), (8, 1), (9, 1), (10, 12), (11, 1), (12, 1), (13, 1), (19, 1))
    zone.hear((18.5, 1), (19.5, 1), (20.5, 1), (21.5, 1), (22.5, 1))
    closed = [step.at for step in zone.steps if isinstance(step, CaseClosed)]
    assert closed[0] == minute(3)
    assert closed[1] == minute(21.5)
    assert len(opened(zone.steps)) == 2


def test_what_comes_back_after_it_had_settled_is_a_new_episode() -> None:
    settle = RollUp(relations=(), settle=10 * MINUTE)
    zone = Zone(Pack(name="t", title=NAME, playbooks=(playbook("high", roll_up=settle),)))
    zone.hear((0, 12), (1, 1), (2, 1), (3, 1))
    (step,) = [step for step in zone.hear((13.1, 12)) if isinstance(step, CaseOpened)]
    assert step.again == ""


@pytest.mark.parametrize(
    ("under", "words"),
    [
        ({"a": ("b",)}, "under 'b'"),
        ({"a": ("a",)}, "in a circle"),
        ({"a": ("b",), "b": ("c",), "c": ("a",), "d": ()}, "playbooks a, b, c"),
    ],
)
def test_playbooks_under_nothing_or_themselves_are_refused(
    under: dict[str, tuple[str, ...]], words: str
) -> None:
    books = tuple(playbook(name, under=parents) for name, parents in under.items())
    with pytest.raises(ValueError, match=words):
        Pack(name="t", title=NAME, playbooks=books)


@pytest.mark.parametrize("settle", [-1, 25 * HOUR])
def test_a_settle_time_that_cannot_be_is_refused(settle: int) -> None:
    with pytest.raises(ValueError, match="a day"):
        RollUp(settle=settle)


def test_a_silence_under_a_silence_is_one_case_whichever_came_first() -> None:
    gate = playbook("gate-silent", detect=Silence(2 * MINUTE))
    sign = playbook("silent", detect=Silence(3 * MINUTE), under=("gate-silent",))
    zone = Zone(Pack(name="t", title=NAME, playbooks=(gate, sign)))
    for number in range(5):
        told = Entity(f"thing/{number}", NAME, relations={"gate": ("thing/9",)})
        zone.tell(EntityTold(at=minute(0), entity=told))
        zone.hear((0, 1), entity=told.id)
    zone.hear((0, 1), entity="thing/9")
    zone.tell(Clock(at=minute(10)))
    # Every sensor is also a source of "gate-silent" here; only the gate's own explains others.
    stands = {step.alarm.entity for step in zone.steps if isinstance(step, AlarmRaised)}
    assert len(stands) == 6
    signs = [step for step in zone.steps if isinstance(step, AlarmRaised)
             and step.alarm.rule == "t.silent"]  # fmt: skip
    assert all(step.because for step in signs)


@pytest.mark.parametrize("seed", range(8))
def test_whenever_an_alarm_stands_there_is_a_case_unless_a_person_said_otherwise(
    seed: int,
) -> None:
    history = of(begun(), Seeded(seed), steps=250)
    engine = Engine(PACKS, history.directory)
    casework, excused = engine.track.casework, set[tuple[str, str]]()
    for item in history.items:
        for step in engine.take([item]).steps:
            if isinstance(step, AlarmRaised):
                place = (step.alarm.rule, step.alarm.entity)
                (excused.discard if step.case else excused.add)(place)
            elif isinstance(step, CaseClosed) and step.by:
                excused |= casework.desk.standing.keys()
        lost = casework.desk.standing.keys() - casework.places.placed.keys() - excused
        assert not lost
        assert set(casework.places.placed.values()) <= casework.desk.cases.keys()


@pytest.mark.parametrize("seed", range(4))
def test_work_kept_in_a_snapshot_goes_on_as_if_it_had_never_stopped(seed: int) -> None:
    history = of(begun(), Seeded(seed), steps=250)
    half = len(history.items) // 2
    one, other = Engine(PACKS, history.directory), Engine(PACKS, history.directory)
    one.take(history.items[:half])
    other.take(history.items[:half])
    kept = msgspec.msgpack.encode(snapshot._track_out(other.track))
    saved = msgspec.msgpack.decode(kept, type=snapshot._Track)
    other.track = other._track(orders_withheld=False)
    snapshot._track_in(other, other.track, saved=saved)
    assert other.track.casework.places == one.track.casework.places
    rest = history.items[half:]
    assert other.take(rest).steps == one.take(rest).steps
