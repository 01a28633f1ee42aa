"""Alarm quality: what the steps say was asked of people, and what would have been quieter."""

import dataclasses
from collections.abc import Sequence
from typing import Final

import pytest

from haihe.detect.limit import Limit
from haihe.model import SECOND, Alarm, Severity, Text
from haihe.model.decision import OrderState
from haihe.model.line import (
    AlarmCleared,
    AlarmRaised,
    CaseClosed,
    CaseMerged,
    CaseOpened,
    OrderMoved,
    RuleChanged,
    Step,
)
from haihe.model.time import NEVER
from haihe.run import alarms as book_module
from haihe.run.alarm_report import ADVISED, AlarmReport, alarm_report
from haihe.run.alarms import AlarmBook
from haihe.run.backtest import Label
from haihe.run.load import FLOOD, PERIOD, alarm_load, floods
from haihe.run.quieting import Recording, proposals, quieting
from haihe.run.rule import rules_of
from tests.run.packs import T0, Zone, minute, pack_of

RULE: Final = "t.high"


def raised(
    at: float, entity: str = "thing/1", *, case: str = "t-1", because: str = ""
) -> AlarmRaised:
    """An alarm at a minute; in case t-1 if nothing else is said."""
    alarm = Alarm(
        rule=RULE, entity=entity, stream="t.value", field="value", severity=Severity.MODERATE,
        value=12.0, limit=10.0, observed_at=minute(at), raised_at=minute(at), offset=1,
    )  # fmt: skip
    return AlarmRaised(at=minute(at), alarm=alarm, case=case, because=because)


def cleared(at: float, entity: str = "thing/1") -> AlarmCleared:
    return AlarmCleared(
        at=minute(at), rule=RULE, entity=entity, value=1.0, observed_at=minute(at), offset=1
    )


def opened(at: float, case: str = "t-1", again: str = "") -> CaseOpened:
    return CaseOpened(at=minute(at), case=case, rule=RULE, version="1", entity="thing/1",
                      severity=Severity.MODERATE, due_at=NEVER, again=again)  # fmt: skip


def closed(at: float, case: str = "t-1", by: str = "") -> CaseClosed:
    why = Text(zh="因", en="why")
    return CaseClosed(at=minute(at), case=case, why=why, first_offset=1, last_offset=2, by=by)


def report_of(steps: Sequence[Step], *, minutes: float = 60) -> AlarmReport:
    book = AlarmBook()
    book.take(steps)
    return alarm_report(book, operators={RULE: "ann"}, from_at=T0, to_at=minute(minutes))


def test_each_alarm_is_counted_once_with_what_became_of_it() -> None:
    steps: list[Step] = [
        opened(0), raised(0), cleared(0.5), raised(5), cleared(30), closed(31, by="ann"),
        opened(32, "t-2", again="t-1"), raised(32, case="t-2"),
        raised(33, "thing/2", case="t-9", because="under t.down of thing/9"),
        raised(34, "thing/3", case=""),
    ]  # fmt: skip
    (rule,) = report_of(steps).rules
    assert (rule.raised, rule.shown, rule.under, rule.cases, rule.again) == (5, 3, 1, 2, 1)
    assert (rule.by_hand, rule.fleeting, rule.repeating, rule.chattering) == (1, 1, 2, 0)
    assert (rule.standing, rule.stale, rule.share) == (3, 0, 1.0)
    assert rule.median_s == (30 + 1500) / 2
    assert rule.is_noisy


def test_an_alarm_that_comes_out_from_under_another_case_is_shown_then() -> None:
    steps: list[Step] = [
        raised(1, case="t-9", because="under t.down of thing/9"), opened(20), raised(20),
    ]  # fmt: skip
    book = AlarmBook()
    book.take(steps)
    (one,) = book.alarms
    assert (one.raised_at, one.shown_at, one.is_under) == (minute(1), minute(20), False)


def test_three_alarms_of_one_source_in_a_minute_chatter_and_two_do_not() -> None:
    def chattering(*at: float) -> int:
        steps = [step for one in at for step in (raised(one), cleared(one + 0.1))]
        return report_of(steps).rules[0].chattering

    assert chattering(0, 0.5, 1) == 3
    assert chattering(0, 0.5, 1.1) == 0
    assert chattering(0, 0.5, 1, 1.3, 9) == 4


def test_an_alarm_is_stale_after_a_day_and_not_before() -> None:
    assert report_of([raised(0)], minutes=24 * 60).stale == ()
    (stale,) = report_of([raised(0)], minutes=24 * 60 + 1).stale
    assert (stale.entity, stale.raised_at, stale.case) == ("thing/1", T0, "t-1")
    (operator,) = report_of([raised(0)], minutes=24 * 60 + 1).operators
    assert [check.value for check in operator.checks][4] == 1


def test_a_promotion_ends_the_alarms_of_its_rule() -> None:
    change = RuleChanged(
        at=minute(3), rule=RULE, version="2", settings={"high": "12"}, by="a", second="", reason="r"
    )
    book = AlarmBook()
    book.take([raised(0), change])
    assert book.standing == {}
    assert book.settings == {RULE: {"high": "12"}}


def test_what_a_person_verified_is_confirmed_and_what_was_merged_is_marked() -> None:
    moved = OrderMoved(at=minute(2), id="t-1/1", state=OrderState.VERIFIED, by="bo")
    merged = CaseMerged(at=minute(4), case="t-2", into="t-3", because="t.high under t.down")
    (rule,) = report_of([opened(0), moved, closed(3), opened(3, "t-2"), merged]).rules
    assert (rule.confirmed, rule.merged, rule.by_hand) == (1, 1, 0)


def test_the_book_keeps_the_newest_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert AlarmBook().alarms.maxlen == book_module.ALARMS_KEPT
    assert AlarmBook().cases.maxlen == book_module.CASES_KEPT


def test_a_flood_begins_above_ten_and_ends_below_five() -> None:
    def at(*counts: int) -> list[int]:
        return [place * PERIOD for place, count in enumerate(counts) for _ in range(count)]

    (flood,) = floods(at(0, 10, 11, 7, 5, 4, 10), from_at=0, to_at=7 * PERIOD)
    assert (flood.from_at, flood.to_at) == (2 * PERIOD, 5 * PERIOD)
    assert (flood.total, flood.worst) == (23, 11)
    assert floods(at(10, 10), from_at=0, to_at=2 * PERIOD) == ()
    assert len(floods(at(11, 0, 11), from_at=0, to_at=3 * PERIOD)) == 2
    assert alarm_load(at(11), from_at=0, to_at=4 * PERIOD).flood_share == 0.25
    assert FLOOD == 10


def test_the_checks_say_what_is_kept_and_what_is_not() -> None:
    calm = report_of([raised(0), cleared(30)])
    assert all(check.kept for check in calm.operators[0].checks)
    many = [step for n in range(40) for step in (raised(n / 5, f"thing/{n}"), cleared(n / 5 + 0.1))]
    (operator,) = report_of(many).operators
    assert [check.kept for check in operator.checks] == [False, False, False, False, True, False]
    assert operator.alarms.worst == 40
    assert [(flood.from_at, flood.total) for flood in operator.floods] == [(T0, 40)]


def test_what_isa_advises_adds_up() -> None:
    assert sum(ADVISED.values()) == pytest.approx(1.0)


def test_what_nobody_asked_for_is_asked_of_nobody_else() -> None:
    book = AlarmBook()
    book.take([raised(0)])
    report = alarm_report(book, operators={"t.other": "bo"}, from_at=T0, to_at=minute(60))
    assert {one.operator: one.alarms.total for one in report.operators} == {"bo": 0, "unknown": 1}


def recorded(*values: float) -> tuple[Zone, AlarmBook, Recording]:
    """Readings every half minute, and what the rule made of them."""
    zone = Zone(pack_of(roll_up=pack_of().playbooks[0].roll_up))
    readings = [(place / 2, value) for place, value in enumerate(values)]
    batch = zone.batch(*readings)
    steps = zone.engine.take([batch]).steps
    book = AlarmBook()
    book.take(steps)
    end_at = minute(len(values) / 2 + 1)
    return zone, book, Recording([batch], zone.directory, T0, end_at)


def test_a_delay_that_outlasts_the_chatter_is_proposed_and_tried() -> None:
    zone, book, recording = recorded(*(1, 12) * 20, *(1,) * 20)
    found = quieting(zone.engine.packs[0], RULE, book=book, recording=recording)
    by_name = {next(iter(one.settings)): one for one in found.tried if len(one.settings) == 1}
    assert by_name["off_delay"].settings == {"off_delay": str(60 * SECOND)}
    quiet = by_name["off_delay"].change
    assert (quiet.before.alarms, quiet.after.alarms) == (20, 1)
    assert by_name["off_delay"].cost.is_free
    assert found.tried[found.advised].change.after.cases == 1
    assert "off_delay 0 ms -> 1 min" in by_name["off_delay"].title.en


@pytest.mark.parametrize(
    ("what", "kept", "free"),
    [("confirmed", "confirmed", 0), ("", "unknown", 0), ("by", "dismissed", 1)],
)
def test_a_change_is_advised_only_if_what_it_would_miss_is_known_to_be_nothing(
    what: str, kept: str, free: int
) -> None:
    zone, book, recording = recorded(1, 12, 1, *(1,) * 20)
    for case in book.cases:
        case.confirmed, case.by = what == "confirmed", "ann" if what == "by" else ""
    found = quieting(zone.engine.packs[0], RULE, book=book, recording=recording)
    losing = [one for one in found.tried if "on_delay" in one.settings]
    assert losing
    assert all(one.cost.lost == getattr(one.cost, kept) == 1 for one in losing)
    assert (found.advised >= 0) == free


def test_labels_say_what_was_true_where_there_are_any() -> None:
    zone, book, recording = recorded(1, 12, 1, *(1,) * 20)
    true = (Label("thing/1", minute(0), minute(3)),)
    false = (Label("thing/2", minute(0), minute(3)),)
    costs = []
    for labels in (true, false):
        labelled = dataclasses.replace(recording, labels=labels)
        found = quieting(zone.engine.packs[0], RULE, book=book, recording=labelled)
        costs.append(next(one.cost for one in found.tried if "on_delay" in one.settings))
    assert [(cost.missed, cost.is_free) for cost in costs] == [(1, False), (0, True)]


def test_a_calm_rule_is_left_alone() -> None:
    zone, book, recording = recorded(1, *(12,) * 20, *(1,) * 20)
    found = quieting(zone.engine.packs[0], RULE, book=book, recording=recording)
    assert (found.tried, found.advised) == ((), -1)


def test_a_deadband_that_leaves_nothing_is_not_proposed() -> None:
    narrow = pack_of(detect=Limit("value", high=10.0, low=9.0, deadband=0.4))
    rule = rules_of((narrow,))[RULE]
    book = AlarmBook()
    book.take([raised(0), cleared(0.2), raised(1), cleared(1.2)])
    assert all("deadband" not in settings for settings, _ in proposals(rule, list(book.alarms)))
