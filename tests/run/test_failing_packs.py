"""A pack that raises, loops, or gives rubbish: it is shown and isolated, and the others run on."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from haihe.detect.contract import Finding, Seen
from haihe.model import MINUTE, Case, Decision, Observation, Text
from haihe.model.line import (
    Action,
    CaseOpened,
    Decided,
    Dispatched,
    Refused,
    RuleFailed,
    Verb,
    decode_lines,
    encode_lines,
)
from haihe.pack import Closure, Pack, View
from haihe.run import guard
from haihe.run.engine import Engine
from tests.run.packs import NAME, Odd, Zone, is_low, kinds, minute, no_order, order, pack_of

GOOD = pack_of("good")


def raises(case: Case, view: View) -> Decision:
    raise KeyError("fan")


def exits(case: Case, view: View) -> Decision:
    raise SystemExit(3)


def ordering(**changes: Any) -> Callable[[Case, View], Decision]:
    return lambda case, view: Decision(
        orders=(msgspec.structs.replace(order(), **changes),), why=NAME
    )


RUBBISH: dict[str, Callable[..., Any]] = {
    "raises": raises,
    "nothing": lambda case, view: None,
    "a text": lambda case, view: "fans on",
    "the class": lambda case, view: Decision,
    "no such stream": lambda case, view: view.latest("t.other", case.entity),
    "text that is none": lambda case, view: Decision(orders=(), why="why"),  # type: ignore[arg-type]  # On purpose.
    "half a character": lambda case, view: Decision(orders=(), why=Text(zh="\ud800", en="")),
    "an order that is none": lambda case, view: Decision(orders=(1,), why=NAME),  # type: ignore[arg-type]  # On purpose.
    "a number among texts": ordering(parameters={"speed": 3}),
    "a time that is none": ordering(due_in="soon"),
    "due before": ordering(due_in=0),
    "due never": ordering(due_in=2**63 - 1),
    "too many orders": lambda case, view: Decision(
        orders=tuple(order(str(number)) for number in range(2_000)), why=NAME
    ),
}


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH)
def test_a_case_that_a_pack_cannot_decide_goes_to_a_person(rubbish: Callable[..., Any]) -> None:
    zone = Zone(pack_of("bad", decide=rubbish), GOOD)
    steps = zone.hear((0, 12))
    opened = [step.case for step in steps if isinstance(step, CaseOpened)]
    assert opened == ["bad-1", "good-1"]
    decided = next(step for step in steps if isinstance(step, Decided) and step.failed)
    (by_hand,) = [step for step in steps if isinstance(step, Dispatched)]
    assert (by_hand.order.action, by_hand.order.assignee) == ("decide-by-hand", "duty-officer")
    assert decided.failed in decided.why.en
    assert decode_lines(encode_lines(list(steps))) == steps


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH)
def test_a_case_that_a_pack_cannot_stand_down_goes_to_a_person(rubbish: Callable[..., Any]) -> None:
    zone = Zone(pack_of(stand_down=rubbish))
    steps = zone.hear((0, 12), (1, 1), (2, 1), (3, 1))
    assert kinds(steps[-3:]) == ["CaseClosed", "Decided", "Dispatched"]
    (by_hand,) = [step for step in steps if isinstance(step, Dispatched)]
    assert by_hand.order.action == "decide-by-hand"


def test_evidence_that_a_pack_cannot_judge_closes_nothing() -> None:
    def holds(seen: Observation) -> bool:
        if seen.numbers["value"] == 2:
            raise ValueError(2)
        return True

    zone = Zone(pack_of(close=Closure(window=2 * MINUTE, at_least=2, holds=holds, gap=MINUTE)))
    assert "CaseClosed" not in kinds(zone.hear((0, 12), (1, 1), (2, 2), (3, 1), (4, 1)))
    assert kinds(zone.hear((5, 1))) == ["CaseClosed"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "CALL_LIMIT_S", 0.1)
    monkeypatch.setattr(guard, "LOOK_EVERY_S", 0.02)


def loops(case: Case, view: View) -> Decision:
    while True:
        pass


def loops_and_catches_all(case: Case, view: View) -> Decision:
    for _ in range(3):
        try:
            loops(case, view)
        except BaseException:
            continue
    return no_order(case, view)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("looping", [loops, loops_and_catches_all])
def test_a_pack_that_never_ends_is_stopped_and_not_waited_for_again(
    looping: Callable[[Case, View], Decision],
) -> None:
    zone = Zone(pack_of("bad", decide=looping), GOOD)
    steps = zone.hear((0, 12))
    (failed,) = [step.failed for step in steps if isinstance(step, Decided) and step.failed]
    assert "did not end within" in failed
    began = time.monotonic()
    zone.hear((1, 12), entity="thing/2")
    assert time.monotonic() - began < 0.1
    assert sum(isinstance(step, CaseOpened) for step in zone.steps) == 4


@pytest.mark.usefixtures("impatient")
def test_a_detector_that_never_ends_stops_its_rule_alone() -> None:
    def loop(seen: Seen) -> Sequence[Finding]:
        while True:
            pass

    zone = Zone(pack_of("bad", detect=Odd(loop)), GOOD)
    steps = zone.hear((0, 12))
    assert kinds(steps)[0] == "RuleFailed"
    assert [step.case for step in steps if isinstance(step, CaseOpened)] == ["good-1"]


def breaks_on(value: float) -> Odd:
    """A detector that raises an alarm on every 50 and breaks on one value."""

    def does(seen: Seen) -> Sequence[Finding]:
        if (seen.numbers["value"] == value).any():
            raise ZeroDivisionError("division by zero")
        rows = np.flatnonzero(seen.numbers["value"] == 50)
        return [finding(seen, row=int(row)) for row in rows]

    return Odd(does)


def finding(seen: Seen, *, row: int = 0, **changes: Any) -> Finding:
    whole: dict[str, Any] = {
        "at": int(seen.received_at[row]),
        "offset": int(seen.offsets[row]),
        "slot": int(seen.slots[row]),
        "observed_at": int(seen.observed_at[row]),
        "raised": True,
        "field": "value",
        "value": 1.0,
        "limit": 1.0,
    }
    return Finding(**{**whole, **changes})


ODD_FINDINGS: dict[str, dict[str, Any]] = {
    "an entity there is not": {"slot": 9},
    "an entity before the first": {"slot": -1},
    "in the future": {"at": 2**62},
    "no value": {"value": None},
    "not a number": {"value": float("nan")},
    "infinity": {"limit": float("inf")},
}


@pytest.mark.parametrize("changes", ODD_FINDINGS.values(), ids=ODD_FINDINGS)
def test_a_finding_that_cannot_be_stops_its_rule_alone(changes: dict[str, Any]) -> None:
    odd = Odd(lambda seen: [finding(seen, **changes)] if len(seen.slots) else [])
    zone = Zone(pack_of("bad", detect=odd), GOOD)
    steps = zone.hear((0, 12))
    assert [step.rule for step in steps if isinstance(step, RuleFailed)] == ["bad.high"]
    assert [step.case for step in steps if isinstance(step, CaseOpened)] == ["good-1"]
    assert list(zone.engine.failed) == ["bad.high"]
    assert "CaseOpened" in kinds(zone.hear((1, 1), (2, 12), entity="thing/2"))


def test_numbers_of_numpy_in_a_finding_become_plain_ones() -> None:
    odd = Odd(
        lambda seen: (
            [finding(seen, value=np.float64(3), limit=np.int64(2), slot=np.int32(0))]
            if len(seen.slots)
            else []
        )
    )
    steps = Zone(pack_of(detect=odd)).hear((0, 1))
    assert decode_lines(encode_lines(list(steps))) == steps


def lived(packs: tuple[Pack, ...], *, together: bool) -> list[object]:
    """Five entries and what follows, in one piece or one by one."""
    zone = Zone(*packs)
    values = [(12.0, 1.0), (50.0, 1.0), (1.0, 1.0), (7.0, 50.0), (50.0, 12.0)]
    entries = [
        zone.batch((2 * place, first), (2 * place + 1, second), entity=f"thing/{place % 2}")
        for place, (first, second) in enumerate(values)
    ]
    engine: Engine = zone.engine
    if together:
        return list(engine.take(entries).steps)
    return [step for entry in entries for step in engine.take([entry]).steps]


def test_a_rule_fails_at_the_same_entry_however_many_came_at_once() -> None:
    packs = (pack_of("bad", detect=breaks_on(7.0)), GOOD)
    together, apart = (lived(packs, together=how) for how in (True, False))
    assert together == apart
    (failed,) = [step for step in together if isinstance(step, RuleFailed)]
    assert failed.at == minute(7)
    assert [step.case for step in together if isinstance(step, CaseOpened)][:2] == [
        "good-1", "bad-1",
    ]  # fmt: skip


def test_a_rule_that_failed_is_in_force_again_after_a_promotion() -> None:
    zone = Zone(pack_of("bad", detect=breaks_on(7.0)))
    zone.hear((0, 7))
    assert list(zone.engine.failed) == ["bad.high"]
    for verb in (Verb.SHADOW, Verb.PROMOTE):
        zone.tell(Action(at=minute(1), verb=verb, subject="bad.high", by="ann", reason="mended"))
        zone.hear((1, 1))  # A trial must have seen a record.
    assert zone.engine.failed == {}
    assert "CaseOpened" in kinds(zone.hear((2, 50)))


@pytest.mark.parametrize(
    "settings",
    [
        {"high": "not JSON"}, {"high": '"x"'}, {"high": "null"}, {"low": '"x"'}, {"low": "[1]"},
        {"nothing": "1"}, {"severity": "9"}, {"close.window": "0"}, {"close.holds": "1"},
        {"due_in": "0"}, {"due_in": "9223372036854775807"}, {"field": "3"}, {"low": "99"},
    ],
    ids=str,
)  # fmt: skip
def test_a_shadow_with_settings_that_cannot_be_is_refused(settings: dict[str, str]) -> None:
    zone = Zone(pack_of(close=Closure(window=MINUTE, at_least=1, holds=is_low)))
    steps = zone.tell(
        Action(at=minute(0), verb=Verb.SHADOW, subject="t.high", by="ann", settings=settings)
    )
    assert kinds(steps) == ["Refused"]
    assert isinstance(steps[0], Refused)
    assert "t.high" in steps[0].reason
    assert zone.engine.shadows == {}
