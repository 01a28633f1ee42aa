"""Calls: who does not ask is not served by force, who asks is served in time, doubt is a call."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from haihe.model.arrays import BoolArray
from haihe.model.time import MINUTE, SECOND, parse_instant
from haihe.packs.traffic.control.sight import Detectors, Sight, no_vehicles
from haihe.packs.traffic.interlock import UNCALLED, Interlock, Refusal, Rule
from haihe.packs.traffic.limits import LAWFUL, Limits
from haihe.packs.traffic.measures.events import Code
from haihe.packs.traffic.signals import calls, heads
from haihe.packs.traffic.signals.state import Light
from haihe.packs.traffic.signals.told import Told
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.tables import tables_of
from haihe.packs.traffic.watch import faults_of, waits_of
from haihe.packs.traffic.zone import STOP_LINE, approaches
from haihe.twin import Fault
from tests.packs import town
from tests.packs.crossing import crossing

LEFTS = [1, 3, 5, 7]  # Groups of the crossing; even ones go straight, with people beside them.
MORNING = parse_instant("2026-11-20T10:00:00+08:00")  # A Friday, no tide.
SITE = town.site(1)


def asking(*groups: int, seconds: int) -> BoolArray:
    """bool (second, group): these groups are asked for all the time."""
    found = np.zeros((seconds, 8), dtype=np.bool_)
    found[:, list(groups)] = True
    return found


def shown(
    wishes: list[int], asked: BoolArray, *, limits: Limits = LAWFUL
) -> tuple[list[str], list[str], list[Refusal]]:
    """Heads and calls of each second, and refusals; the plan stays at stage 0."""
    lock = Interlock(tables_of([crossing()], limits))
    memory = lock.start(np.array([0]), at=0)
    lines: list[str] = []
    told: list[str] = []
    refused: list[Refusal] = []
    for second, (wish, asks) in enumerate(zip(wishes, asked, strict=True)):
        now = second * SECOND
        memory = lock.called(memory, asks[None], now=now)
        memory, found = lock.step(memory, np.array([wish]), local=np.array([0]), now=now)
        lines += lock.shown(memory, now=now)
        always = lock.tables.unseen[0]
        told.append("".join("01"[int(one)] for one in asks | always))
        refused += found
    return lines, told, refused


def turns(seconds: int, *, every: int = 40) -> list[int]:
    """Straight on, north and south, then east and west, and so on; nobody turns left."""
    return [(0, 2)[second // every % 2] for second in range(seconds)]


def lit(lines: list[str], group: int) -> list[int]:
    return [second for second, line in enumerate(lines) if line[group] in "Gg"]


def test_left_turns_that_nobody_asks_for_are_skipped_and_nothing_is_refused_for_them() -> None:
    nobody = asking(seconds=420)
    lines, told, refused = shown(turns(420), nobody)
    before = [second for group in LEFTS for second in lit(lines, group) if second < 130]
    assert before  # Nobody had been asked yet: until its first green each counts as called.
    assert not [second for group in LEFTS for second in lit(lines, group) if 130 < second < 300]
    assert waits_of(lines, told, limits=LAWFUL) == ()
    assert not [one for one in refused if 130 * SECOND < one.at < 300 * SECOND]


def test_nobody_is_forgotten_for_ever_though_a_loop_is_silent() -> None:
    limits = replace(LAWFUL, most_uncalled_s=200)
    lines, _, _ = shown(turns(520), asking(seconds=520), limits=limits)
    for group in LEFTS:
        reds = "".join(line[group] for line in lines).replace("y", "G").split("G")
        assert max(map(len, reds)) <= 200
        assert len([red for red in reds if len(red) > 150]) >= 2


def test_a_call_of_one_second_stands_until_its_green_and_is_served_in_time() -> None:
    asked = asking(seconds=420)
    asked[200, 3] = True
    lines, told, _ = shown(turns(420), asked)
    served = [second for second in lit(lines, 3) if second > 200]
    assert 200 < served[0] <= 200 + LAWFUL.most_red_s
    assert waits_of(lines, told, limits=LAWFUL) == ()


@given(some.integers(0, 10_000), some.integers(1, 60), some.integers(2, 300))
@settings(max_examples=5, deadline=None)
def test_whatever_is_wished_and_asked_every_call_is_served_in_time(
    seed: int, hold: int, rare: int
) -> None:
    rng = np.random.default_rng(seed)
    wishes = [int(one) for one in rng.integers(-1, 5, 360) for _ in range(hold)][:360]
    asked = rng.integers(0, rare, (360, 8)) == 0
    lines, told, _ = shown(wishes, asked)
    assert faults_of(crossing(), lines, limits=LAWFUL) == ()
    assert waits_of(lines, told, limits=LAWFUL) == ()


def test_the_record_alone_shows_that_a_call_was_not_served_in_time() -> None:
    lines = ["Grrrrrrr"] * 150
    told = ["00000000"] * 10 + ["00100000"] + ["00000000"] * 139
    late = waits_of(lines, told, limits=LAWFUL)
    assert [(one.second, one.group, one.rule) for one in late] == [(130, 2, Rule.MOST_RED)]
    assert waits_of(lines[:130], told[:130], limits=LAWFUL) == ()
    never = waits_of(["Gr"] * 400, ["00"] * 400, limits=LAWFUL)
    assert [one.second for one in never] == [LAWFUL.most_uncalled_s]
    assert waits_of(lines, told, limits=replace(LAWFUL, most_red_s=0)) == ()


def test_people_on_foot_are_seen_by_no_loop_and_always_ask() -> None:
    tables = tables_of([crossing()], LAWFUL)
    assert np.flatnonzero(tables.unseen[0]).tolist() == [0, 2, 4, 6]
    assert not tables_of([crossing()], replace(LAWFUL, walk=False)).unseen.any()


def test_who_asks_may_not_wait_for_longer_than_who_does_not() -> None:
    with pytest.raises(ValueError, match="most_uncalled_s is 60"):
        Limits(most_uncalled_s=60)


def said(code: int, *groups: int, at: int = town.T0) -> Told:
    """The controller of the one junction says something of groups."""
    many = len(groups)
    whole = np.full(many, at), np.full(many, code), np.array(groups) + 1
    return Told(np.zeros(many, np.int64), *whole, heard_at=np.array([at]))


def looked(*, occupied: int = -1) -> Sight:
    """All loops work; over one lane somebody stands."""
    shape = SITE.layout.approach.shape
    on = np.zeros(shape, dtype=np.bool_)
    on[0, occupied if occupied >= 0 else []] = True
    loops = Detectors(np.ones(shape, np.bool_), np.zeros(shape), on, np.zeros(shape))
    return Sight(town.T0 + MINUTE, 0.2, no_vehicles(), loops, np.ones(1, np.bool_))


def uncalled(known: calls.Calls, sight: Sight, *, doubted: int = -1) -> list[int]:
    """Groups that nobody asks for, after all of them had their green."""
    shape = SITE.tables.unseen.shape
    dark = heads.dark(SITE.tables)
    shown = replace(dark, light=np.full(shape, Light.RED), called_at=np.full(shape, UNCALLED))
    lies = np.zeros(SITE.layout.approach.shape, dtype=np.bool_)
    lies[0, doubted if doubted >= 0 else []] = True
    found = calls.asked(SITE, known, sight=sight, shown=shown, doubted=lies)
    return np.flatnonzero(found.called_at[0] == UNCALLED).tolist()


def test_only_where_its_controller_says_that_nobody_asks_and_nothing_speaks_against_it() -> None:
    nothing = calls.nothing_told(SITE)
    assert uncalled(nothing, looked()) == []  # It says nothing of calls: somebody may wait.
    known = calls.told_of(nothing, told=said(Code.CALL_DROPPED, *range(8)))
    assert uncalled(known, looked()) == LEFTS
    lane = SITE.layout.names[0].index("E-left")
    assert uncalled(known, looked(occupied=lane)) == [1, 5, 7]
    assert uncalled(known, looked(), doubted=lane) == [1, 5, 7]
    asked = calls.told_of(known, told=said(Code.PHASE_CALL, 3, at=town.T0 + SECOND))
    assert uncalled(asked, looked()) == [1, 5, 7]
    assert uncalled(known, replace(looked(), heard=np.zeros(1, np.bool_))) == []


def test_a_call_counts_from_when_the_controller_says_it_came() -> None:
    known = calls.told_of(calls.nothing_told(SITE), told=said(Code.CALL_DROPPED, *range(8)))
    known = calls.told_of(known, told=said(Code.PHASE_CALL, 3, at=town.T0 + 20 * SECOND))
    dark = heads.dark(SITE.tables)
    shown = replace(dark, called_at=np.full_like(dark.called_at, UNCALLED))
    nobody = np.zeros(SITE.layout.approach.shape, dtype=np.bool_)
    found = calls.asked(SITE, known, sight=looked(), shown=shown, doubted=nobody)
    assert found.called_at[0, 3] == town.T0 + 20 * SECOND


def words(*faults: Fault) -> dict[int, list[int]]:
    """What the controller of J0101 says of calls in five minutes: by group, the codes."""
    twin = StreetTwin(3)
    twin.advance(MORNING)
    for fault in faults:
        twin.inject(fault)
    found: dict[int, list[int]] = {}
    for rows in twin.advance(MORNING + 5 * MINUTE):
        if rows.stream == "traffic.signal_event":
            mine = np.array([name == "junction/J0101" for name in rows.ids])[rows.codes]
            code, group = rows.numbers["code"][mine], rows.numbers["parameter"][mine]
            for one, of in zip(code.tolist(), group.tolist(), strict=True):
                if one in (Code.PHASE_CALL, Code.CALL_DROPPED):
                    found.setdefault(int(of) - 1, []).append(int(one))
    return found


def test_the_streets_controllers_tell_their_calls_and_believe_their_loops() -> None:
    told = words()
    assert told[5] == [Code.CALL_DROPPED]  # E-left: nobody after its first green.
    assert 4 not in told  # E-through: people on foot, said once at the begin.
    assert Code.PHASE_CALL in told[3]  # E-right: vehicles come and go.
    end = MORNING + 5 * MINUTE
    junction = StreetTwin(3).layout.network.junction("J0101")
    lane = approaches(junction).index("J0101-from-E_3")
    on = words(Fault("detector-stuck-on", "junction/J0101", MORNING, end, STOP_LINE + lane))
    assert on[5][1] == Code.PHASE_CALL


def test_whatever_is_ordered_the_streets_record_shows_every_call_served_in_time() -> None:
    twin = StreetTwin(4)
    junction = twin.layout.network.junctions[4]
    rng = np.random.default_rng(4)
    asked = np.ones(len(junction.groups), dtype=np.bool_)
    lines, told = [], []
    for second in range(400):
        at = MORNING + second * SECOND
        if rng.random() < 0.05:
            twin.controllers.call(4, stage=int(rng.choice([0, 2])), until=at + 60 * SECOND)
        for rows in twin.advance(at):
            if rows.stream == "traffic.signal_event":
                code, group = rows.numbers["code"], rows.numbers["parameter"].astype(int) - 1
                mine = np.array([one.endswith(junction.id) for one in rows.ids])[rows.codes]
                asked[group[mine & (code == Code.PHASE_CALL)]] = True
                asked[group[mine & (code == Code.CALL_DROPPED)]] = False
        lines.append(twin.lines(at)[4])
        told.append("".join("01"[int(one)] for one in asked))
    assert waits_of(lines, told, limits=LAWFUL) == ()
    assert faults_of(junction, lines, limits=LAWFUL) == ()
    reds = "".join(line[5] for line in lines).replace("y", "G").split("G")
    assert max(map(len, reds)) > LAWFUL.most_red_s  # E-left: nobody comes, nobody is kept for it.
