"""A recorded day of a reversible lane, asked: fitted, refused, turned otherwise, told in words."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.tidal.control import LANE_EVENT, LANE_FLOW
from haihe.packs.traffic.tidal.lanes import Way
from haihe.packs.traffic.tidal.machine import Act
from haihe.packs.traffic.tidal.recorded import Recorded, minutes_of, recorded_of
from haihe.packs.traffic.tidal.replayed import Day as Driven
from haihe.packs.traffic.tidal.whatif import answered, fitted, what_if
from haihe.twin.lane_day import Flip, LaneAnswer, LaneQuestion, LaneRun, OtherLoop
from tests.packs.lane_days import (
    FROM_AT,
    LANE,
    NAME,
    TO_AT,
    Day,
    recorded_day,
    settings_of,
    without,
)

SETTINGS = settings_of()
LATE_TURN = 25  # Minutes: the person turned the lane when the queue was long.


@cache
def day() -> Day:
    """A morning on which somebody turned the lane by hand, late."""
    return recorded_day(acts={LATE_TURN: Act.IN})


def asked(*flips: tuple[int, str], seeds: int = 2, **more: object) -> LaneQuestion:
    turns = tuple(Flip(FROM_AT + minute * MINUTE, way) for minute, way in flips)  # type: ignore[arg-type]  # A way's name.
    return LaneQuestion(NAME, FROM_AT, TO_AT, turns, seeds=seeds, **more)  # type: ignore[arg-type]  # Named by the caller.


def answer_to(question: LaneQuestion, of: Day | None = None) -> LaneAnswer:
    done: list[float] = []
    found = answered(SETTINGS, question, past=(of or day()).past, tell=done.append)
    assert done == sorted(done)
    assert found.refused is not None or done[-1] == 1.0
    return found


def driven(of: Day) -> Driven:
    record = recorded_of(LANE, of.flow, events=of.events, from_at=FROM_AT, to_at=TO_AT)
    assert isinstance(record, Recorded)
    return Driven(SETTINGS, LANE, record)


def turned(run: LaneRun) -> list[tuple[int, str]]:
    return [((flip.at - FROM_AT) // MINUTE, flip.way) for flip in run.flips]


@cache
def told() -> LaneAnswer:
    """The day asked what turning at 6:42 had meant."""
    return answer_to(
        asked((12, "inbound"), seeds=2, other=OtherLoop(minimum_hold_min=5, factor=1.2))
    )


def test_the_twin_gives_the_day_back_with_its_capacity_and_its_signs() -> None:
    found = told()
    fit = found.fit
    assert fit is not None
    assert fit.is_good
    assert fit.capacity_factor == pytest.approx(1.0, abs=0.051)
    assert fit.twin_waited_veh_h == pytest.approx(fit.waited_veh_h, rel=0.15)
    recorded = found.runs[0]
    assert recorded.name == "recorded"
    assert turned(recorded) == [(LATE_TURN, "inbound")]
    assert [band.way for band in recorded.bands] == ["outbound", "closed", "inbound"]
    assert len(found.demand_veh_h[0]) == len(found.queue_veh[1]) == 60


def test_turning_earlier_saves_what_never_turning_loses_and_nobody_is_stranded() -> None:
    found = told()
    runs = {run.name: run for run in found.runs}
    assert list(runs) == ["recorded", "asked", "never", "loop", "other"]
    saved = runs["asked"].saved_veh_h
    assert saved.mean > 3 * saved.deviation > 0
    assert runs["never"].saved_veh_h.mean < -10
    assert runs["asked"].worst_queue_veh.mean < runs["recorded"].worst_queue_veh.mean
    assert all(run.stranded == 0 for run in found.runs)
    assert turned(runs["asked"]) == [(12, "inbound")]
    took = runs["asked"].clearing_s
    assert took is not None
    assert took.mean >= 20 + LANE.length_m / 13.9 + 5
    assert found.sentence.en.startswith("turning at 06:42 instead of 06:55 would have saved")
    assert "若06:42 换向" in found.sentence.zh


def test_a_lane_opens_only_when_it_is_proved_empty_however_soon_it_is_asked_back() -> None:
    found = answer_to(asked((12, "inbound"), (13, "outbound"), (40, "closed")))
    run = next(one for one in found.runs if one.name == "asked")
    # Asked back while it was closing: it went back the way it was, which is no turn.
    assert run.flips == ()
    assert [band.way for band in run.bands][-1] == "closed"
    assert run.stranded == 0


def test_the_best_of_the_grid_is_no_worse_than_what_was_asked_late() -> None:
    short = LaneQuestion(NAME, FROM_AT, FROM_AT + 40 * MINUTE, seeds=2, search=True)
    found = answer_to(short)
    runs = {run.name: run for run in found.runs}
    assert runs["best"].lost_veh_h.mean <= runs["never"].lost_veh_h.mean
    assert runs["best"].saved_veh_h.mean > 0


def test_the_same_question_has_the_same_answer() -> None:
    short = LaneQuestion(NAME, FROM_AT, FROM_AT + 30 * MINUTE, seeds=2)
    assert answer_to(short) == answer_to(short)


def test_a_road_that_carries_less_than_is_set_is_fitted() -> None:
    slow = recorded_day(capacity=0.8, acts={LATE_TURN: Act.IN})
    found, _ = fitted(driven(slow))
    assert found.is_good
    assert found.capacity_factor == pytest.approx(0.8, abs=0.051)


def test_holes_in_the_record_are_named_and_nothing_is_answered() -> None:
    whole = day()
    minute = (whole.flow.observed_at - FROM_AT) // MINUTE
    gap = Day(without(whole.flow, (minute < 20) | (minute > 31)), whole.events)
    found = answer_to(asked((12, "inbound")), gap)
    assert found.refused is not None
    assert not found.runs
    assert found.fit is None
    assert "06:50 to 07:02" in found.refused.en
    small = Day(without(whole.flow, (minute < 20) | (minute > 22)), whole.events)
    assert isinstance(driven(small).record, Recorded)
    nothing = Day(without(whole.flow, minute > 10_000), whole.events)
    refused = answer_to(asked(), nothing).refused
    assert refused is not None
    assert "nothing was recorded" in refused.en


def test_the_stretch_may_begin_where_the_record_does_but_not_after_a_turn() -> None:
    whole = day()
    minute = (whole.flow.observed_at - FROM_AT) // MINUTE
    late = Day(without(whole.flow, minute >= 10), whole.events)
    found = answer_to(asked((12, "inbound"), may_begin_later=True), late)
    assert found.refused is None
    assert 9 <= (found.from_at - FROM_AT) // MINUTE <= 11
    for flips, may in (((12, "inbound"), False), ((5, "inbound"), True)):
        refused = answer_to(asked(flips, may_begin_later=may), late).refused
        assert refused is not None
        assert "holes" in refused.en


def closed_until(minute: int) -> Day:
    """The day, with both signs red up to a minute."""
    whole = day()
    numbers = whole.events.numbers
    early = whole.events.observed_at < FROM_AT + minute * MINUTE
    lit = np.isin(numbers["code"], (Code.GREEN, Code.YELLOW))
    code = np.where(early & lit, float(Code.RED), numbers["code"])
    return Day(whole.flow, replace(whole.events, numbers={**numbers, "code": code}))


def test_a_stretch_that_begins_while_the_lane_is_closed_is_refused_or_begins_when_it_opens() -> (
    None
):
    refused = answer_to(asked((12, "inbound")), closed_until(6)).refused
    assert refused is not None
    assert "closed at 06:30" in refused.en
    assert "open at 06:3" in refused.en
    found = answer_to(asked((12, "inbound"), may_begin_later=True), closed_until(6))
    assert found.refused is None
    assert 5 <= (found.from_at - FROM_AT) // MINUTE <= 7
    late = answer_to(asked((3, "inbound"), may_begin_later=True), closed_until(6)).refused
    assert late is not None
    assert "turn it later" in late.en
    never = answer_to(asked(), closed_until(10_000)).refused
    assert never is not None
    assert "closed all the time" in never.en


def test_silent_or_contradicting_signs_are_refused() -> None:
    whole = day()
    numbers = whole.events.numbers
    is_sign = np.isin(numbers["code"], (Code.GREEN, Code.YELLOW, Code.RED))
    late = whole.events.observed_at > FROM_AT + 20 * MINUTE
    away = is_sign & (numbers["device"] == 1) & late
    refused = answer_to(asked(), Day(whole.flow, without(whole.events, ~away))).refused
    assert refused is not None
    assert "sign at end B says nothing from 06:55" in refused.en
    lying = np.where(is_sign, float(Code.GREEN), numbers["code"])
    both = replace(whole.events, numbers={**numbers, "code": lying})
    refused = answer_to(asked(), Day(whole.flow, both)).refused
    assert refused is not None
    assert "both signs" in refused.en


def test_a_day_that_the_twin_cannot_give_back_is_refused_with_both_figures() -> None:
    whole = day()
    numbers = dict(whole.flow.numbers)
    numbers["outbound_waiting"] = numbers["outbound_waiting"] + 150.0  # A queue from nowhere.
    found = answer_to(asked(), Day(replace(whole.flow, numbers=numbers), whole.events))
    assert found.refused is not None
    assert not found.runs
    assert "does not give this day back" in found.refused.en
    assert found.fit is not None
    assert not found.fit.is_good
    assert found.twin_queue_veh  # What it would have given is shown beside.


def test_missing_and_absurd_values_are_holes_not_numbers() -> None:
    whole = day()
    numbers = {name: one.copy() for name, one in whole.flow.numbers.items()}
    numbers["inbound"][20:40] = np.nan
    record = recorded_of(
        LANE, replace(whole.flow, numbers=numbers), events=whole.events,
        from_at=FROM_AT, to_at=TO_AT,
    )  # fmt: skip
    assert not isinstance(record, Recorded)


def test_minutes_are_had_back_from_counts_of_ten() -> None:
    minute = np.concatenate([np.full(30, 600.0), np.full(30, 1_800.0)])
    counted = np.convolve(minute, np.full(10, 0.1), mode="valid")
    counted[[5, 6, 33]] = np.nan
    assert minutes_of(counted)[:60] == pytest.approx(minute, abs=150)


def test_a_sign_that_was_amber_may_still_be_entered_and_turning_begins_with_it() -> None:
    record = recorded_of(
        LANE, day().flow, events=day().events, from_at=FROM_AT, to_at=TO_AT
    )  # fmt: skip
    assert isinstance(record, Recorded)
    (turn,) = record.turns
    assert (turn.began_at - FROM_AT) // MINUTE == LATE_TURN
    step = (turn.began_at - FROM_AT) // (5 * SECOND)
    assert record.shown[step + 2] == Way.OUT
    assert record.shown[step + 8] == Way.NONE


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"to_at": FROM_AT + 10 * MINUTE}, "30 min to 24 h"),
        ({"to_at": FROM_AT + 25 * HOUR}, "30 min to 24 h"),
        ({"seeds": 1}, "2 to 30"),
        ({"seeds": 31}, "2 to 30"),
        ({"flips": (Flip(FROM_AT - 1, "inbound"),)}, "outside"),
        ({"flips": (Flip(FROM_AT, "inbound"), Flip(FROM_AT, "outbound"))}, "each later"),
        ({"flips": tuple(Flip(FROM_AT + k, "inbound") for k in range(13))}, "at most 12"),
    ],
)
def test_questions_without_an_answer_are_refused(parts: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(asked(), **parts)  # type: ignore[arg-type]  # That is the point.


def test_settings_that_no_loop_has_and_lanes_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        OtherLoop(share_least=1.5)
    with pytest.raises(ValueError, match="0 to 1,000"):
        OtherLoop(factor=-1.0)
    with pytest.raises(ValueError, match=f"no lane 'lane/x'; there is {NAME}"):
        answer_to(replace(asked(), lane="lane/x"))


def test_the_study_reads_what_it_needs_around_the_stretch() -> None:
    reading = what_if(SETTINGS).reads(asked())
    assert reading.entities == (NAME,)
    assert (FROM_AT - reading.from_at, reading.to_at - TO_AT) == (15 * MINUTE, 15 * MINUTE)
    assert [stream.name for stream in what_if(SETTINGS).streams] == [
        LANE_EVENT.name, LANE_FLOW.name
    ]  # fmt: skip
