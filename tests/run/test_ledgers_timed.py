"""Ledgers that act on a clock: due once, in the order of the log, however it was cut."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from haihe.model import MINUTE, Noted
from haihe.model.line import CaseOpened, Clock, encode_lines
from haihe.run.engine import Engine
from tests.run.packs import VALUE, Zone, minute
from tests.run.test_procedures import Adding, Sums, pack_with

FIVE = 5 * MINUTE


@dataclass(frozen=True)
class Ticking(Adding):
    """A ledger that notes what it added up, every five minutes; stuck, it stays due."""

    stuck: bool = False

    def due_at(self, memory: Sums) -> int:
        return minute(5) if not memory.words else int(memory.words[-1])

    def due(self, memory: Sums, *, at: int, now: int) -> tuple[Sums, Sequence[Noted]]:
        following = at if self.stuck else max(at, now) // FIVE * FIVE + FIVE
        note = Noted("large", f"round/{at // MINUTE}", "value", memory.total, 0.0)
        return msgspec.structs.replace(memory, words=(*memory.words, str(following))), (note,)


def opened(zone: Zone) -> list[int]:
    """The minutes at which rounds began."""
    return [
        (one.at - minute(0)) // MINUTE
        for one in zone.steps
        if isinstance(one, CaseOpened) and one.rule == "t.large"
    ]


def test_a_ledger_is_due_by_time_alone_and_counts_what_came_before() -> None:
    zone = Zone(pack_with(Ticking()))
    zone.hear((1, 5), (6, 7))
    zone.tell(Clock(at=minute(10)))
    assert opened(zone) == [5, 10]
    assert zone.engine.due_at() == minute(15)
    totals = [one.why.en for one in zone.steps if hasattr(one, "why") and "total" in one.why.en]
    assert [one.rpartition(" ")[2] for one in totals[::2]] == ["5", "12"]


def test_after_a_gap_the_ledger_hears_when_it_was_seen_and_chooses() -> None:
    zone = Zone(pack_with(Ticking()))
    zone.tell(Clock(at=minute(62)))
    assert opened(zone) == [5]
    assert zone.engine.due_at() == minute(65)


def test_the_steps_are_the_same_however_the_log_was_cut() -> None:
    readings = [(1.0, 5.0), (4.0, 2.0), (5.0, 7.0), (9.0, 8.0), (30.0, 1.0), (31.0, 4.0)]
    whole, apart = Zone(pack_with(Ticking())), Zone(pack_with(Ticking()))
    whole.hear(*readings)
    for one in readings:
        apart.hear(one)
    assert encode_lines(list(whole.steps)) == encode_lines(list(apart.steps))
    assert opened(whole) == [5, 10]


def test_a_ledger_that_stays_due_is_stopped_and_the_rules_run_on() -> None:
    zone = Zone(pack_with(Ticking(stuck=True)))
    zone.hear((1, 5), (6, 7))
    assert "again and again" in zone.engine.failed["t ledger"]
    assert zone.engine.track.casework.ledgers.due_at() > minute(10_000)
    assert zone.hear((7, 5), entity="thing/2")


def test_a_snapshot_knows_when_it_is_due() -> None:
    zone, pack = Zone(pack_with(Ticking())), pack_with(Ticking())
    zone.tell(Clock(at=minute(7)))
    again = Engine([pack], zone.directory)
    again.track.casework.ledgers.restore(zone.engine.track.casework.ledgers.dumped())
    assert again.due_at() == zone.engine.due_at() == minute(10)
    assert VALUE.name in again.track.casework.ledgers.streams()
