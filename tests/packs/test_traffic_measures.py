"""Measures of signals: by hand, against the public tables, and bin by bin as all at once."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.traffic_parts import record
from haihe.errors import RecordRefused
from haihe.model.time import MINUTE, SECOND
from haihe.packs.traffic.measures import counts, cycles, health, split_failures, timeline, waits
from haihe.packs.traffic.measures.events import Detectors, Events, Function, joined
from haihe.packs.traffic.measures.groups import Steps, Table, grouped
from haihe.packs.traffic.measures.recorder import BIN, SETTLED, Recorder, measures_of
from tests.data import ABSENT, data_dir

T0 = 1_715_612_400 * SECOND  # A full hour.
DETECTORS = Detectors(
    device=np.array([1, 1, 1, 1, 1]),
    detector=np.array([11, 12, 13, 14, 15]),
    phase=np.array([2, 2, 2, 2, 4]),
    function=(
        Function.ADVANCE, Function.PRESENCE, Function.PRESENCE, Function.YELLOW_RED,
        Function.PRESENCE,
    ),
)  # fmt: skip


def events(*told: tuple[float, int, int], device: int = 1) -> Events:
    """Events of one controller: (second, code, parameter), in any order."""
    at, code, parameter = (np.array(column) for column in zip(*told, strict=True))
    at = T0 + np.round(at * SECOND).astype(np.int64)
    return joined([Events(at, np.full(len(at), device), code, parameter)])


def rows(table: Table) -> list[tuple[Any, ...]]:
    """The table's rows without when their bin begins."""
    columns = [np.asarray(column).tolist() for name, column in table.items() if name != "bin_at"]
    return list(zip(*columns, strict=True))


CYCLE = ((0.0, 1, 2), (20.0, 8, 2), (23.0, 10, 2), (60.0, 1, 2), (90.0, 8, 2), (93.0, 10, 2))


def test_arrivals_count_as_green_from_its_first_instant_to_the_last_before_yellow() -> None:
    ons = ((-1.0, 82, 11), (0.0, 82, 11), (19.9, 82, 11), (20.0, 82, 11), (30.0, 82, 99))
    found = cycles.arrivals_on_green(events(*CYCLE, *ons), BIN, detectors=DETECTORS)
    assert [row for row in rows(found) if row[2] == 3] == [(1, 2, 3, 2 / 3)]
    late = cycles.arrivals_on_green(
        events(*CYCLE, *ons), BIN, detectors=DETECTORS, latency=1 * SECOND
    )
    assert sum(row[2] for row in rows(late)) == 4


def test_yellow_and_red_entries_are_told_to_half_a_second_in_whole_cycles_only() -> None:
    ons = ((22.1, 82, 14), (23.3, 82, 14), (25.9, 82, 14), (95.0, 82, 14))
    told = events(*CYCLE[:3], CYCLE[3], *ons)
    found = cycles.yellow_red(told, BIN, detectors=DETECTORS, latency=0)
    assert rows(found) == [(1, 2, 8, -1.0, 1), (1, 2, 10, 0.5, 1), (1, 2, 10, 3.0, 1)]


def test_a_cycle_fails_when_green_and_the_first_of_red_stay_occupied() -> None:
    full = events((-5.0, 82, 12), *CYCLE, (70.0, 81, 12))
    assert rows(split_failures.split_failures(full, BIN, detectors=DETECTORS)) == [
        (1, 2, 25.0, pytest.approx((1.0 + 1 / 3) / 2), 0.5, 1)
    ]
    either = events((-5.0, 82, 12), (10.0, 81, 12), (5.0, 82, 13), *CYCLE[:3], (99.0, 81, 13))
    assert rows(split_failures.split_failures(either, BIN, detectors=DETECTORS)) == [
        (1, 2, 20.0, 1.0, 1.0, 1)
    ]
    unknown = events(*CYCLE, (70.0, 82, 12))
    assert rows(split_failures.split_failures(unknown, BIN, detectors=DETECTORS)) == []


def test_changes_that_a_detector_lost_are_put_back_where_they_must_have_been() -> None:
    source = np.array([7, 8, 7, 7, 8, 7])
    at = np.array([0, 5, 10, 11, 25, 30]) * SECOND
    change = np.array([1, -1, 1, 1, -1, 1])
    found = split_failures.mended(source, source, at=at, change=change)
    assert np.all(np.diff(found.at) >= 0)
    back = (found.at[found.lost] / SECOND, found.phase[found.lost], found.change[found.lost])
    assert list(zip(*(column.tolist() for column in back), strict=True)) == [
        (4.999, 8, 1), (5.0, 7, -1), (11.0, 7, -1), (15.0, 8, 1), (20.5, 7, -1),
    ]  # fmt: skip
    assert found.change[found.source == 7].tolist() == [1, -1, 1, -1, 1, -1, 1]


def test_a_change_told_twice_does_not_make_a_detector_stuck() -> None:
    told = events((0, 82, 12), (0, 82, 12), (3, 81, 12), (3, 81, 12), *CYCLE, (890, 82, 13))
    found = health.health(told, BIN, detectors=DETECTORS)
    own = np.asarray(found["detector"]) == 12
    assert np.asarray(found["longest_on"])[own].tolist() == [3.0]


def test_counts_of_endings_walks_splits_and_states() -> None:
    told = events(
        (1, 4, 2), (2, 4, 2), (3, 6, 2), (4, 21, 2), (5, 90, 2), (6, 90, 2), (7, 67, 4),
        (8, 300, 10), (9, 300, 14), (10, 400, 90), (11, 131, 5), (12, 132, 100), (13, 132, 110),
    )  # fmt: skip
    assert rows(counts.terminations(told, BIN)) == [(1, 2, "gap-out", 2), (1, 2, "force-off", 1)]
    assert rows(counts.pedestrians(told, BIN)) == [(1, 2, 1, 2), (1, 4, 1, 0)]
    assert rows(counts.splits(told, BIN)) == [(1, 300, 2, 12.0)]
    assert rows(counts.communications(told, BIN)) == [(1, 400, 90.0)]
    assert [row[2:] for row in rows(counts.coordination(told, BIN))] == [
        (131, 5), (132, 100), (132, 110),
    ]  # fmt: skip
    beats = events(*((second, 82, 1) for second in range(0, 900, 60)))
    assert rows(counts.coordination_state(joined([told, beats]), BIN)) == [(1, 5, 110, 0, 0)]
    assert rows(counts.has_data(told, BIN)) == []


def test_waits_skip_preempts_and_count_phases_passed_over() -> None:
    told = events(
        (0, 132, 60), (1, 43, 2), (31, 1, 2), (40, 43, 4), (140, 1, 4),
        (200, 102, 1), (210, 104, 1), (300, 43, 2), (320, 1, 2), (400, 43, 2), (410, 1, 2),
    )  # fmt: skip
    assert rows(waits.phase_wait(told, BIN)) == [(1, 2, 20.0, 0), (1, 4, 100.0, 1)]
    walks = events((0, 90, 2), (5, 90, 2), (30, 21, 2), (37, 22, 2), (50, 90, 2), (80, 21, 2))
    assert rows(waits.walk_wait(walks, BIN)) == [(1, 2, 30.0, 2)]
    assert rows(waits.new_presses(walks, BIN)) == [(1, 2, 1)]
    people = rows(waits.people(walks, BIN))
    assert people == [(1, 2, 2, 3, 1, pytest.approx(0.7167 + 0.0599 + 1.1063 / 4))]


def test_the_timeline_pairs_beginnings_with_their_ends() -> None:
    told = events(
        (0, 1, 2), (10, 7, 2), (20, 1, 2), (25, 1, 2), (26, 7, 2), (30, 87, 9), (90, 83, 9),
        (40, 202, 1), (50, 202, 0), (60, 150, 2), (70, 150, 0), (80, 174, 3), (81, 113, 1),
        (85, 115, 1), (86, 61, 1), (88, 63, 1), (89, 182, 0), (91, 5, 2),
    )  # fmt: skip
    found = timeline.timeline(told)
    shown = sorted(
        (kind, (begin - T0) / SECOND, (end - begin) / SECOND, value, valid)
        for kind, _, begin, end, value, valid in rows(found)
    )
    assert shown == [
        ("auxiliary-switch", 40, 10, 1, True), ("coordination-fault", 80, 60, -1, True),
        ("cycle-fault", 80, 60, -1, True), ("green", 0, 10, 2, True), ("green", 20, 5, 2, False),
        ("green", 25, 1, 2, True), ("overlap-green", 86, 2, 1, True),
        ("power-failure", 89, 60, -1, True), ("priority-adjustment", 81, 4, 1, True),
        ("stuck-on", 30, 60, 9, True), ("transition-longway", 60, 10, -1, True),
    ]  # fmt: skip


def test_the_watchdog_tells_stuck_silent_chattering_and_losing_detectors() -> None:
    busy = [(t, code, 12) for t in range(0, 880, 20) for code in (82, 81)]
    chatter = [(120 + t / 4, (82, 81)[t % 2], 11) for t in range(240)]
    losing = [(float(t), 82, 14) for t in range(0, 800, 40)]
    told = joined([events(*busy, (1.0, 82, 15)), events(*chatter), events(*losing)])
    found = health.health(told, BIN, detectors=DETECTORS)
    verdicts = dict(zip(found["detector"], found["verdict"], strict=True))
    assert verdicts == {
        11: "chattering", 12: "good", 13: "stuck-off", 14: "losing-events", 15: "stuck-on"
    }  # fmt: skip
    assert rows(found)[-1][3] == pytest.approx(899 / 900)


def test_no_events_give_empty_tables_with_all_columns() -> None:
    whole = {n: set(m(events(*CYCLE), BIN)) for n, m in measures_of(DETECTORS).items()}
    for name, measure in measures_of(DETECTORS).items():
        table = measure(joined([]), BIN)
        assert set(table) == whole[name], name
        assert {len(np.asarray(column)) for column in table.values()} == {0}


@given(st.lists(st.tuples(st.integers(-3, 9), st.integers(0, 2**40)), max_size=40))
def test_grouping_is_the_same_by_counting_and_by_sorting(pairs: list[tuple[int, int]]) -> None:
    one = np.array([a for a, _ in pairs], dtype=np.int64)
    for other in (one * 0 + 5, np.array([b for _, b in pairs], dtype=np.int64)):
        found = grouped(one, other)
        told = list(zip(*(key.tolist() for key in found.keys), strict=True))
        wanted = list(zip(one.tolist(), other.tolist(), strict=True))
        assert told == sorted(set(wanted))
        assert [told[group] for group in found.of] == wanted
        assert found.counts.tolist() == [wanted.count(key) for key in told]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), max_size=20),
    st.tuples(st.integers(0, 4), st.integers(-5, 30)),
    st.booleans(),
)
def test_the_last_step_is_found_as_by_looking_at_all(
    told: list[tuple[int, int]],
    asked: tuple[int, int],
    strictly: bool,  # noqa: FBT001  # Hypothesis gives it.
) -> None:
    told.sort()
    thing, at = (np.array([row[n] for row in told], dtype=np.int64) for n in (0, 1))
    found = Steps(thing, at).last(np.array([asked[0]]), np.array([asked[1]]), strictly=strictly)
    fits = [
        place
        for place, (one, when) in enumerate(told)
        if one == asked[0] and (when < asked[1] or (when == asked[1] and not strictly))
    ]
    assert found.tolist() == [max(fits, default=-1)]


def random_events(seed: int, *, minutes: int) -> Events:
    """Two controllers that run cycles of their own, with detectors that lose some changes."""
    chance = np.random.default_rng(seed)
    told: list[tuple[float, int, int]] = []
    for phase in (2, 4):
        at = float(chance.uniform(0, 30))
        while at < minutes * 60:
            told.append((at, 43, phase))
            green, red = chance.uniform(8, 40), chance.uniform(4, 50)
            told += [(at + 3, 1, phase), (at + green, 7, phase), (at + green, 8, phase)]
            told += [(at + green + 3, 10, phase), (at + green + 2, int(chance.integers(4, 7)), 2)]
            told += [(at + 1, 90, phase), (at + 4, 21, phase), (at + 9, 22, phase)]
            at = at + green + 3 + red
    for detector in range(11, 16):
        at = float(chance.uniform(0, 10))
        while at < minutes * 60:
            lasts = chance.exponential(6.0)
            told += [(at, 82, detector)] if chance.random() > 0.05 else []
            told += [(at + lasts, 81, detector)] if chance.random() > 0.05 else []
            at += lasts + chance.exponential(8.0)
    parts = [events(*((round(t, 1), c, p) for t, c, p in told), device=d) for d in (1, 2)]
    return joined(parts)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(7, 400))
def test_bins_given_for_good_are_those_of_all_events_at_once(seed: int, step_s: int) -> None:
    whole, length = random_events(seed, minutes=50), 5 * MINUTE
    measures = measures_of(DETECTORS)
    for ahead in ("people", "detector-health"):  # An "off" put back may lie bins back.
        del measures[ahead]
    recorder = Recorder(measures, length)
    memory = recorder.start()
    final: dict[tuple[str, int], Table] = {}
    for begin in range(0, 61 * 60, step_s):
        here = (whole.at >= T0 + begin * SECOND) & (whole.at < T0 + (begin + step_s) * SECOND)
        memory = recorder.take(memory, whole.where(here))
        memory, bins = recorder.close(memory, T0 + (begin + step_s) * SECOND)
        for each in bins:
            for name, table in each.tables.items():
                if each.is_final or name in SETTLED:
                    final[name, each.bin_at] = table
    assert len(final) >= 9 * len(measures)
    for name, measure in measures.items():
        table = measure(whole, length)
        for (own, begin_at), found in final.items():
            if own == name:
                wanted = recorder._of(table, begin_at)
                assert sorted(map(repr, rows(found))) == sorted(map(repr, rows(wanted)))


def test_a_recorder_refuses_a_clock_that_runs_ahead_and_counts_what_is_late() -> None:
    measures = measures_of(DETECTORS)
    with pytest.raises(ValueError, match="the hour after a bin"):
        Recorder(measures, BIN)
    del measures["people"]
    recorder = Recorder(measures, BIN)
    memory = recorder.take(recorder.start(), events((7_200.0, 1, 2)))
    with pytest.raises(RecordRefused, match=r"controllers \[1\] report events"):
        recorder.close(memory, T0)
    memory, bins = recorder.close(memory, T0 + 7_200 * SECOND + 3 * BIN)
    assert [each.is_final for each in bins] == [False, True, False, True, False]
    assert recorder.take(memory, events((7_300.0, 1, 2))).late == 1
    assert recorder.close(recorder.start(), T0)[1] == ()


def test_the_public_tables_of_a_recorded_afternoon_are_met_row_by_row() -> None:
    folder = (data_dir() or Path()) / "traffic" / "atspm_hires"
    if not (folder / record.EVENTS).is_file():
        pytest.skip(f"{ABSENT} (traffic/atspm_hires)")
    found, detectors = record.read_events(folder), record.read_detectors(folder)
    measures = measures_of(detectors)
    wrong = {
        name: record.differences(folder, name, table=measures[name](found, BIN))
        for name in record.EXPECTED
    }
    assert wrong == dict.fromkeys(record.EXPECTED, 0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_detectors_are_judged_alike_from_what_a_recorder_keeps(seed: int) -> None:
    whole, length = random_events(seed, minutes=40), 5 * MINUTE
    measure = measures_of(DETECTORS)["detector-health"]
    recorder = Recorder({"detector-health": measure}, length)
    memory, given = recorder.start(), 0
    for end_at in range(T0 + length, T0 + 40 * MINUTE, length):
        here = (whole.at >= end_at - length) & (whole.at < end_at)
        memory, bins = recorder.close(recorder.take(memory, whole.where(here)), end_at)
        known = measure(whole.until(end_at), length)
        for each in bins:
            wanted = recorder._of(known, each.bin_at)
            assert rows(each.tables["detector-health"]) == rows(wanted)
            given += each.is_final
    assert given >= 5
