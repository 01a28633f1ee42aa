"""Recorded streets driven again: who came is had back, the twin fits its own record or says no."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from haihe.model import Text
from haihe.model.record import Batch, Rows
from haihe.model.time import HOUR, MINUTE
from haihe.packs.traffic.backtest.demand import counted
from haihe.packs.traffic.backtest.driven import drive
from haihe.packs.traffic.backtest.recorded import Recorded, recorded_of
from haihe.packs.traffic.backtest.scheme import Scheme, hands_of, schemes_of
from haihe.packs.traffic.backtest.study import answered, backtest, fit_of
from haihe.packs.traffic.backtest.told import doubts, sentence
from haihe.packs.traffic.signals.control import SignalControl
from haihe.packs.traffic.signals.zone import ZONE_SITE, ZONE_TIDE
from haihe.packs.traffic.streams import ROAD_FLOW
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.tidal.control import LANE_FLOW, LANE_HAND
from haihe.twin.lane_day import Flip, Spread
from haihe.twin.street_day import StreetFit, StreetQuestion, StreetRun

BEGAN_AT = (20_777 * 24 - 8) * HOUR + 7 * HOUR  # 20 November 2026, a Friday, 07:00 in Beijing.
MINUTES = 9
FROM_AT, TO_AT = BEGAN_AT + 5 * MINUTE, BEGAN_AT + MINUTES * MINUTE
STUDY = backtest(ZONE_SITE, ZONE_TIDE)
PATIENCE = ("signals.patience_s", 90.0)
ENTITIES = STUDY.reads(StreetQuestion(FROM_AT, FROM_AT + HOUR)).entities
ROADS = ENTITIES[:-1]


def batch_of(rows: list[Rows]) -> Batch:
    """As the platform reads them: slots are ordinals of what was asked for."""
    slots = [np.array([ENTITIES.index(name) for name in one.ids])[one.codes] for one in rows]
    at = np.concatenate([one.observed_at for one in rows])
    numbers = {
        name: np.concatenate([one.numbers[name] for one in rows]) for name in rows[0].numbers
    }
    return Batch(
        rows[0].stream, np.arange(len(at)), np.concatenate(slots).astype(np.int32), at, at,
        numbers, {},
    )  # fmt: skip


@cache
def past() -> dict[str, Batch]:
    """Some minutes under the plan in force, as the street tells them."""
    twin = StreetTwin(5)
    twin.advance(BEGAN_AT)
    rows = twin.advance(TO_AT)
    streams = (ROAD_FLOW.name, LANE_FLOW.name)
    return {name: batch_of([one for one in rows if one.stream == name]) for name in streams}


def record_of(flow: Batch | None = None) -> Recorded | Text:
    lane = past()[LANE_FLOW.name]
    return recorded_of(
        ROADS, flow or past()[ROAD_FLOW.name], lane=lane, from_at=FROM_AT, to_at=TO_AT
    )


def whole() -> Recorded:
    record = record_of()
    assert isinstance(record, Recorded)
    return record


def without(batch: Batch, gone: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Batch:
    kept = ~gone
    return replace(
        batch, offsets=batch.offsets[kept], slots=batch.slots[kept],
        observed_at=batch.observed_at[kept], received_at=batch.received_at[kept],
        numbers={name: column[kept] for name, column in batch.numbers.items()},
    )  # fmt: skip


def test_as_many_come_as_were_counted_whatever_the_seed() -> None:
    record = whole()
    assert (record.began_at, record.warm) == (BEGAN_AT, 5)
    totals = []
    for seed in (0, 1):
        demand = counted(record, seed=seed)
        extra = np.zeros(len(demand.flows))
        first = BEGAN_AT // MINUTE
        some = [demand.arrivals(first + at, extra_veh_h=extra) for at in range(MINUTES + 1)]
        totals.append(sum(len(one.flow) for one in some))
        assert all(np.all(np.diff(one.second) >= 0) for one in some)
        again = demand.arrivals(first + 3, extra_veh_h=extra)
        assert again.chance.tolist() == some[3].chance.tolist()
    assert totals == pytest.approx([record.came_veh.sum()] * 2, abs=len(extra))
    twin = StreetTwin(5)
    twin.advance(BEGAN_AT)
    twin.advance(TO_AT)
    moving = 150  # Those who had not reached a stop line yet when the record ended.
    assert record.came_veh.sum() == pytest.approx(twin.entries.arrived, abs=moving)


def test_the_twin_gives_its_own_record_back_and_tells_each_minute() -> None:
    record, minutes = whole(), []
    one = drive(record, Scheme("plan"), seed=0, tell=lambda: minutes.append(1))
    assert len(minutes) == MINUTES
    fit = fit_of("plan", record, drives=[one])
    assert fit.is_good
    assert fit.twin_passed_veh == pytest.approx(fit.passed_veh, rel=0.15)
    assert len(fit.roads) == len(ROADS)
    assert one.stranded == 0
    assert one.lost_veh_h > 0
    far = fit_of("plan", replace(record, waiting_veh=record.waiting_veh + 60.0), drives=[one])
    assert not far.is_good


def test_loops_steer_the_twin_with_what_it_tells() -> None:
    record = whole()
    short = replace(
        record, warm=1, flow_veh_h=record.flow_veh_h[:, :4], waiting_veh=record.waiting_veh[:, :4]
    )
    other = (("signals.sight_m", 30.0), ("plan.J0101.stage0_s", 60.0))
    asked = StreetQuestion(FROM_AT, FROM_AT + 20 * MINUTE, other=other)
    schemes = schemes_of(ZONE_SITE, ZONE_TIDE, asked=asked)
    assert [one.name for one in schemes] == ["loops", "plan", "other", "other-plan"]
    found = [drive(short, one, seed=0, tell=lambda: None) for one in schemes]
    # A changed parameter and a changed plan change what happens.
    assert len({one.lost_veh_h for one in found}) == len(found)
    assert found[0].waiting_by_minute.shape == (3,)


def test_holes_late_begins_and_silence_are_named() -> None:
    flow = past()[ROAD_FLOW.name]
    minute = (flow.observed_at - BEGAN_AT) // MINUTE
    one = int(flow.slots[0])
    gap = record_of(without(flow, (flow.slots == one) & (minute >= 2) & (minute <= 8)))
    assert isinstance(gap, Text)
    assert ROADS[one] in gap.en
    assert "07:01 to 07:08" in gap.en
    late = record_of(without(flow, minute <= 3))
    assert isinstance(late, Text)
    assert "the record begins at 07:03" in late.en
    question = StreetQuestion(FROM_AT, FROM_AT + 20 * MINUTE)
    nothing = {name: without(one, one.slots >= 0) for name, one in past().items()}
    answer = answered(ZONE_SITE, ZONE_TIDE, asked=question, past=nothing, tell=lambda _: None)
    assert answer.refused is not None
    assert "nothing was recorded" in answer.sentence.en
    assert not answer.runs


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (("signals.speed", 3.0), "there is no setting 'signals.speed'"),
        (("signals.slot_s", 3.0), "there is no setting"),
        (("signals.bins", 2.5), "give a whole number"),
        (("signals.platoon", 2.0), "platoon is 2; give 0 to 1"),
        (("tidal.hold_min", -1.0), "hold_min is -1; give 0 to 720"),
        (("tidal.share_least", 1.5), "give 0 to 1"),
        (("plan.J9999.offset_s", 0.0), "there is no junction 'J9999'"),
        (("plan.J0101.offset_s", 4_000.0), "the cycle's seconds"),
        (("plan.J0101.offset_s", 1.5), "give whole seconds"),
        (("plan.J0101.stage9_s", 30.0), "J0101 has no stage9_s; it has offset_s, stage0_s"),
        (("plan.J0101.stage0_s", 1.0), "its least green"),
    ],
)
def test_settings_that_no_loop_has_are_refused(other: tuple[str, float], words: str) -> None:
    question = StreetQuestion(FROM_AT, FROM_AT + 20 * MINUTE, other=(other,))
    with pytest.raises(ValueError, match=words):
        STUDY.answer(question, past(), tell=lambda _: None)


def test_every_setting_that_is_offered_is_known_and_every_stage_of_a_plan_is_offered() -> None:
    """A number out of all reach is refused for its reach, not for its name."""
    for name in STUDY.settings:
        with pytest.raises(ValueError, match=f"{name.rpartition('.')[2]}.* is -1") as refused:
            STUDY.reads(StreetQuestion(FROM_AT, FROM_AT + HOUR, other=((name, -1e12),)))
        assert "there is no" not in str(refused.value)
    offered = [name for name in STUDY.settings if name.startswith("plan.J0101.stage")]
    assert len(offered) == len(set(ZONE_SITE.plans[ZONE_SITE.rows["junction/J0101"]].stage))


def test_questions_out_of_reason_are_refused() -> None:
    with pytest.raises(ValueError, match="10 min to 24 h"):
        StreetQuestion(FROM_AT, FROM_AT + 25 * HOUR)
    with pytest.raises(ValueError, match="2 to 10"):
        StreetQuestion(FROM_AT, FROM_AT + HOUR, seeds=1)
    with pytest.raises(ValueError, match="give each once"):
        StreetQuestion(FROM_AT, FROM_AT + HOUR, other=(PATIENCE, PATIENCE))
    with pytest.raises(ValueError, match="is no number"):
        StreetQuestion(FROM_AT, FROM_AT + HOUR, other=(("signals.full", float("nan")),))
    with pytest.raises(ValueError, match="outside of the stretch"):
        StreetQuestion(FROM_AT, FROM_AT + HOUR, flips=(Flip(FROM_AT - 1, "inbound"),))


def test_a_timetable_asks_the_lanes_loop_which_proves_it_empty_first() -> None:
    flips = (Flip(FROM_AT + 5 * MINUTE, "inbound"), Flip(FROM_AT + 9 * MINUTE, "closed"))
    asked = StreetQuestion(FROM_AT, FROM_AT + 20 * MINUTE, flips=flips, running=(PATIENCE,))
    loops, plan, timed = schemes_of(ZONE_SITE, ZONE_TIDE, asked=asked)
    control = loops.loops[0].control
    assert isinstance(control, SignalControl)
    assert control.site.settings.patience_s == PATIENCE[1]
    assert hands_of(plan, begin_at=BEGAN_AT) == []
    assert [loop.name for loop in timed.loops] == ["tidal"]
    hands = hands_of(timed, begin_at=BEGAN_AT)
    assert [rows.texts["act"][0] for _, rows in hands] == ["close", "in", "close"]
    assert {rows.stream for _, rows in hands} == {LANE_HAND.name}
    assert all(rows.texts["who"][0] and rows.texts["reason"][0] for _, rows in hands)


def test_a_stage_of_the_plan_is_made_longer_with_its_cycle() -> None:
    asked = StreetQuestion(FROM_AT, FROM_AT + HOUR, other=(("plan.J0101.stage0_s", 50.0),))
    (_, _, tried) = schemes_of(ZONE_SITE, ZONE_TIDE, asked=asked)
    at = [one.id for one in ZONE_SITE.junctions].index("J0101")
    was, now = ZONE_SITE.plans[at], tried.plans[at]
    assert (now.stage == 0).sum() == 50
    assert now.cycle_s - was.cycle_s == 50 - int((was.stage == 0).sum())
    assert tried.plans[at - 1] == ZONE_SITE.plans[at - 1]


def test_the_sentence_says_what_is_saved_and_what_may_be_chance() -> None:
    same, none = Spread(10.0, 1.0), Spread(0.0, 0.0)
    plan = StreetRun(
        "plan", Text("固定配时", "the plan"), (), same, 11.0, none, 0.0, same, "road/x", same, 0,
        (), (),
    )  # fmt: skip
    better = replace(plan, name="loops", saved_veh_h=Spread(50.0, 3.0))
    fit = StreetFit("loops", 20.0, 19.0, 1.0, 1.0, 1.0, 0.0, is_good=True, roads=())
    told = sentence((plan, better), (fit,))
    assert "50 ± 3 vehicle hours less lost" in told.en
    assert "少损失 50 ± 3 车时" in told.zh
    unsure = sentence((plan, replace(better, saved_veh_h=Spread(1.0, 3.0))), (fit,))
    assert "no more than chance" in unsure.en
    # A twin that is itself 60 vehicle hours from the record cannot vouch for 50.
    far = sentence((plan, better), (replace(fit, waited_veh_h=400.0, twin_waited_veh_h=340.0),))
    assert "it proves nothing" in far.en
    said = doubts((plan, replace(better, stranded=1)), (fit,), refused_s=3)
    assert [one.en for one in said if "refused the tried plan 3 times" in one.en]
    assert "not to be used" in said[-1].en
