"""Measures bin by bin while the events come in: each bin soon after its end, then for good."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import numpy as np

from haihe.errors import RecordRefused
from haihe.model.arrays import BoolArray
from haihe.model.time import HOUR, MINUTE
from haihe.packs.traffic.measures import counts, cycles, health, split_failures, timeline, waits
from haihe.packs.traffic.measures.events import Detectors, Events, joined
from haihe.packs.traffic.measures.groups import Table, last_of_each

BIN: Final = 15 * MINUTE  # As traffic engineers count.
Measure: TypeAlias = Callable[[Events, int], Table]


# What needs nothing that comes after its bin: these are for good at once.
SETTLED: Final = frozenset(
    {
        "has-data", "actuations", "terminations", "splits", "communications", "coordination",
        "coordination-state", "pedestrians", "new-presses", "arrivals-on-green",
    }
)  # fmt: skip
# What needs of the bins before its own only how each detector was left.
NEAR: Final = frozenset({"detector-health"})


def measures_of(detectors: Detectors) -> dict[str, Measure]:
    """Every measure by name, for a zone whose detectors are these."""
    return {
        "has-data": counts.has_data,
        "actuations": counts.actuations,
        "terminations": counts.terminations,
        "splits": counts.splits,
        "communications": counts.communications,
        "coordination": counts.coordination,
        "coordination-state": counts.coordination_state,
        "pedestrians": counts.pedestrians,
        "new-presses": waits.new_presses,
        "people": waits.people,
        "walk-wait": waits.walk_wait,
        "phase-wait": waits.phase_wait,
        "arrivals-on-green": partial(cycles.arrivals_on_green, detectors=detectors),
        "yellow-red": partial(cycles.yellow_red, detectors=detectors),
        "split-failures": partial(split_failures.split_failures, detectors=detectors),
        "timeline": timeline.timeline,
        "detector-health": partial(health.health, detectors=detectors),
    }


@dataclass(frozen=True)
class Recorded:
    """What a recorder knows.

    events: those of the last bins, and before them the newest of each device, code and parameter.
    closed_to: the end of the newest bin that was measured; ns; 0 before the first event.
    late: how many events came after their bin was measured for good; they are in no measure.
    """

    events: Events
    closed_to: int = 0
    late: int = 0


@dataclass(frozen=True)
class Bin:
    """A bin's measures.

    bin_at: when it begins; ns. is_final: whether they will not change any more.
    tables: by measure, the rows of this bin.
    """

    bin_at: int
    is_final: bool
    tables: Mapping[str, Table]


@dataclass(frozen=True)
class Recorder:
    """Takes events as they come and gives each bin twice.

    A bin is given when it is over, and once more when the next one is, with those measures for
    good that had to wait: a cycle that began in it has ended by then, and changes that a detector
    had lost are known. What is given for good equals what the measures say of all events at once,
    as far as a cycle lasts less than a bin.

    measures: by name; ``people`` looks an hour ahead and cannot be among them.
    length: of a bin; ns.
    """

    measures: Mapping[str, Measure]
    length: int = BIN

    def __post_init__(self) -> None:
        """Refuse what could not be kept in memory, or not be known in time."""
        if not MINUTE <= self.length <= HOUR or "people" in self.measures:
            raise ValueError(
                f"Recorder(length={self.length}): bins are of a minute to an hour, and 'people' "
                "needs the hour after a bin; measure it from the whole record."
            )

    def start(self) -> Recorded:
        """Nothing known yet."""
        return Recorded(joined([]))

    def take(self, memory: Recorded, events: Events) -> Recorded:
        """Put events by, in whatever order they come."""
        is_late = events.at < memory.closed_to
        together = joined([memory.events, events.where(~is_late)])
        return Recorded(together, memory.closed_to, memory.late + int(is_late.sum()))

    def close(self, memory: Recorded, now: int) -> tuple[Recorded, tuple[Bin, ...]]:
        """The bins that are over by ``now`` (ns), each after the one before it for good.

        Raises RecordRefused if an event lies more than a bin ahead of ``now``: a controller's
        clock is wrong, and its bins would be.
        """
        if len(memory.events) == 0:
            return memory, ()
        if int(memory.events.at[-1]) > now + self.length:
            ahead = memory.events.at > now + self.length
            devices = sorted(set(memory.events.device[ahead].tolist()))
            raise RecordRefused(
                f"controllers {devices[:5]} report events of more than {self.length} ns ahead; "
                "set their clocks."
            )
        found: list[Bin] = []
        first_at = int(memory.events.at[0]) // self.length * self.length
        end_at = (memory.closed_to or first_at) + self.length
        while end_at <= now:
            found += self._bins(memory.events, end_at, is_first=memory.closed_to == 0)
            # A bin measured for good may hold a cycle that began in the bin before it.
            kept = _kept(memory.events, end_at - 2 * self.length)
            memory = Recorded(kept, end_at, memory.late)
            end_at += self.length
        return memory, tuple(found)

    def _bins(self, events: Events, end_at: int, *, is_first: bool) -> Iterator[Bin]:
        """What had to wait of the bin before the one that ends, and that one."""
        begin_at = end_at - self.length
        events = events.until(end_at)
        near = _kept(events, begin_at - self.length)
        waiting = {
            name: measure(near if name in NEAR else events, self.length)
            for name, measure in self.measures.items()
            if name not in SETTLED
        }
        if not is_first:
            before_at = begin_at - self.length
            rows = {name: self._of(table, before_at) for name, table in waiting.items()}
            yield Bin(before_at, is_final=True, tables=rows)
        own = _kept(events, begin_at)
        settled = {
            name: measure(own, self.length)
            for name, measure in self.measures.items()
            if name in SETTLED
        }
        tables = {**settled, **waiting}
        rows = {name: self._of(tables[name], begin_at) for name in self.measures}
        yield Bin(begin_at, is_final=False, tables=rows)

    def _of(self, table: Table, begin_at: int) -> Table:
        """The rows of one bin; an interval belongs to the bin it ends in."""
        at = np.asarray(table["bin_at"] if "bin_at" in table else table["end_at"])
        mask: BoolArray = (at >= begin_at) & (at < begin_at + self.length)
        return {name: column[mask] for name, column in table.items()}


def _kept(events: Events, from_at: int) -> Events:
    """All events from an instant on, and of those before it the newest of each sort."""
    old, recent = events.until(from_at), events.since(from_at)
    return joined([old.take(last_of_each(old.device, old.code, old.parameter)), recent])
