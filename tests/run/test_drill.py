"""A past span drilled: the same cases while nobody acts, nothing that leaves, an honest sheet."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from haihe.log import store
from haihe.log.sqlite import SqliteLog
from haihe.model import MINUTE
from haihe.model.line import Action, CaseOpened, Verb, decode_lines
from haihe.run.drill.copy import SINK, ZONE_FOLDER, Copy, Wanted
from haihe.run.drill.pace import SPEED_MOST, Pace
from haihe.run.drill.player import Phase
from haihe.run.drill.span import SPAN_MAX, extent_of
from haihe.run.keeping import STEP
from haihe.run.span import Span
from tests.run.world import act, air, node_on, sent, told
from tests.run.zone import PACKS, T0

SPAN = Span(T0 + 3 * MINUTE, T0 + 28 * MINUTE)
AT_ONCE = 50_000.0  # Times life: half an hour in a moment; people are held to less.
LEAKS = {("zone/1", 1), ("zone/2", 6), ("zone/2", 7), ("zone/3", 14)}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case before the span, and two in it; Wang and Li handle the second a while later."""
    folder = tmp_path_factory.mktemp("live")
    with node_on(folder) as node:
        for minute in range(28):
            for zone in ("zone/1", "zone/2", "zone/3"):
                methane = 40.0 if (zone, minute) in LEAKS else 1.0
                sent(node, air(zone, [minute], [methane]))
            if minute == 7:
                for order in store.orders_of_case(node.log.reader(), "a-2"):
                    told(node, act(Verb.DELIVERED, order.id, "gateway", minute=7.5))
            if minute == 9:
                told(node, act(Verb.ACCEPT, crew_order(node.log, "a-2"), "Wang", minute=9.5))
                told(node, act(Verb.REPORT, crew_order(node.log, "a-2"), "Wang", minute=9.7))
                told(node, act(Verb.VERIFY, crew_order(node.log, "a-2"), "Li", minute=9.9))
    return folder


def crew_order(log: SqliteLog, case: str) -> str:
    orders = store.orders_of_case(log.reader(), case)
    return next(one.id for one in orders if one.order.assignee == "crew")


@contextmanager
def drilled(source: Path, folder: Path, *, speed: float = AT_ONCE) -> Iterator[Copy]:
    """A drill of the span that has begun."""
    shares: list[float] = []
    wanted = Wanted(SPAN, speed, "Ann")
    copy = Copy(source, folder, packs=PACKS, wanted=wanted, progress=shares.append)
    assert shares[-1] == 1.0
    copy.start()
    try:
        yield copy
    finally:
        copy.stop()


def wait_for(copy: Copy, phase: Phase) -> None:
    for _ in range(2_000):
        if copy.stand.phase is phase:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"the drill is {copy.stand}")


def openings(log: SqliteLog) -> list[tuple[str, str, int]]:
    lines = [
        line for entry in log.read(0, streams=(STEP,)) for line in decode_lines(entry.body or b"")
    ]
    return [(one.rule, one.entity, one.at) for one in lines if isinstance(one, CaseOpened)]


def test_a_drill_without_anybodys_hand_opens_the_cases_of_that_day(
    source: Path, tmp_path: Path
) -> None:
    with drilled(source, tmp_path) as copy:
        wait_for(copy, Phase.OVER)
        live = SqliteLog(source, read_only=True)
        assert openings(copy.node.log) == openings(live)
        assert len(openings(live)) == 3
        live.close()


def test_the_source_is_read_and_never_written(source: Path, tmp_path: Path) -> None:
    before = (source / "haihe.db").read_bytes()
    with drilled(source, tmp_path) as copy:
        wait_for(copy, Phase.OVER)
    assert (source / "haihe.db").read_bytes() == before
    assert (tmp_path / ZONE_FOLDER / "haihe.db").exists()


def test_every_order_of_a_drill_is_taken_by_a_sink_that_leads_nowhere(
    source: Path, tmp_path: Path
) -> None:
    with drilled(source, tmp_path) as copy:
        wait_for(copy, Phase.OVER)
        receipts = {
            fact.by
            for entry in copy.node.log.read(0, streams=("fact",))
            for fact in decode_lines(entry.body or b"")
            if isinstance(fact, Action) and fact.verb is Verb.DELIVERED
        }
        assert receipts == {SINK}


def test_the_sheet_holds_what_was_done_against_what_was_done_that_day(
    source: Path, tmp_path: Path
) -> None:
    with drilled(source, tmp_path) as copy:
        wait_for(copy, Phase.OVER)
        order = crew_order(copy.node.log, "a-2")
        at = copy.pace.now()
        for verb in (Verb.ACCEPT, Verb.REPORT, Verb.VERIFY):
            copy.node.tell(Action(at=at - 1, verb=verb, subject=order, by="Zhao")).result(10)
        sheet = copy.sheet()
    row = next(row for row in sheet.rows if row.entity == "zone/2")
    assert row.then is not None
    assert row.then.accepted_s == 3.5 * 60
    assert row.then.verified_s == pytest.approx(3.9 * 60)
    assert row.then.people == ("Wang", "Li")
    assert row.drill is not None
    assert row.drill.accepted_s == pytest.approx(22 * 60)
    assert row.drill.verified_s is None, "who handled it cannot judge it"
    assert row.drill.missed > row.then.missed, "nobody came in time"
    assert [(one.by, one.subject) for one in sheet.mistakes] == [("Zhao", order)]
    assert sheet.people == ("Zhao",)
    assert (sheet.by, sheet.reached_at, sheet.speeds) == ("Ann", SPAN.to_at, (AT_ONCE,))


def test_what_was_not_reached_is_not_on_the_sheet(source: Path, tmp_path: Path) -> None:
    with drilled(source, tmp_path, speed=1.0) as copy:
        rows = copy.sheet().rows
        assert [(row.entity, row.is_carried) for row in rows] == [("zone/1", True)]


def test_a_paused_drill_stands_and_goes_on_faster(source: Path, tmp_path: Path) -> None:
    with drilled(source, tmp_path, speed=1.0) as copy:
        copy.go(paused=True)
        stood = copy.pace.now()
        assert copy.stand.phase is Phase.PAUSED
        threading.Event().wait(0.05)
        assert copy.pace.now() == stood
        copy.go(speed=10 * SPEED_MOST, paused=False)
        assert copy.stand.speed == SPEED_MOST
        assert copy.sheet().speeds == (1.0, SPEED_MOST)


def test_time_never_passes_what_was_not_fed() -> None:
    pace = Pace(T0, speed=AT_ONCE)
    pace.go(paused=False)
    threading.Event().wait(0.01)
    assert pace.now() == T0
    pace.allow(T0 + 5)
    assert pace.now() == T0 + 5
    pace.end()
    assert pace.wait(T0 + 10**18) is False


@pytest.mark.parametrize(
    ("span", "why"),
    [
        (Span(T0, T0), "ends before"),
        (Span(T0, T0 + SPAN_MAX + 1), "7 days"),
        (Span(T0 - 90 * MINUTE, T0 - 60 * MINUTE), "no record"),
        (Span(T0 + 90 * MINUTE, T0 + 120 * MINUTE), "no record"),
    ],
)
def test_a_span_that_is_none_is_refused_with_words(source: Path, span: Span, why: str) -> None:
    log = SqliteLog(source, read_only=True)
    with pytest.raises(ValueError, match=why):
        extent_of(log, span)
    log.close()
