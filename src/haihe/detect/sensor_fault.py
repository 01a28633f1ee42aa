"""A sensor that cannot be believed, told apart from a real event by its peers and its kin."""

import math
from dataclasses import KW_ONLY, dataclass, replace
from typing import Final

import numpy as np

from haihe.detect.contract import Finding, Seen
from haihe.detect.fault import level, relation, repeats, spikes, swaps, verdict
from haihe.detect.fault.cells import Cells, Grid
from haihe.detect.fault.level import Level
from haihe.detect.fault.peers import agreeing, middle
from haihe.detect.fault.relation import Expected, Pace, Relation
from haihe.detect.fault.repeats import Repeats, Run
from haihe.detect.fault.rooted import rooted, unrooted
from haihe.detect.fault.spikes import Spikes
from haihe.detect.fault.swaps import Swaps
from haihe.detect.fault.verdict import (
    DRIFTING,
    HEALTHY,
    KINDS,
    SPIKING,
    STUCK,
    SWAPPED_KIN,
    SWAPPED_PEER,
    Signs,
    Verdicts,
)
from haihe.detect.turns import RowsOnly, check_least, check_more, finite, with_room
from haihe.model.alarm import Severity
from haihe.model.arrays import BoolArray, FloatArray

KIN_MAX: Final = 8  # Ours: memory grows with its square; a place seldom has more that belong.
MOVED: Final = 1.0  # Ours: in residuals' usual size; less may not show in the last digit.
DENIED: Final = 3.0  # Ours: in residuals' usual size; a rest at the end of the range is no rest.
SUSPECT: Final = 4.0  # Ours: usual deviations; a block so far out is not learnt from ...
DOUBT: Final = verdict.EXPLAINED / 4  # ... nor are blocks that may become a step or ramp.
DOUBTED: Final = 2.0  # Ours: usual deviations; as much of them as makes wider what was too narrow.


@dataclass(frozen=True, slots=True)
class Kin:
    """Another field of the same entity that goes with the watched one.

    field: the number field.
    floor: as in ``SensorFault``.
    swaps: whether the two may be exchanged at the logger.
    slope: by how many of its units the watched field moves with one of this, as physics has it,
        such as -96 %LEL of methane for each %VOL of oxygen that it displaces; None to learn it.
    """

    field: str
    floor: float | None = None
    swaps: bool = False
    slope: float | None = None


@dataclass(frozen=True, slots=True)
class SensorFaultMemory:
    """What a ``SensorFault`` remembers.

    Each part is described in its class.
    """

    cells: Cells
    relation: Relation
    repeats: Repeats
    spikes: Spikes
    swaps: Swaps
    level: Level
    verdicts: Verdicts


@dataclass(frozen=True, slots=True)
class _Block:
    """One block as it was seen.

    readings: float64 (entity, k, cell), in the fields' units.
    expected: beside what was expected.
    run: repeats.
    leapt: float64 (entity, cell), leaps.
    pairs: float64 (n, n), and crossed: float64 (entity, k), how much better exchanges fit.
    deviation: float64 (entity, 2), median residual from peers and after kin.
    signs: what it all comes to.
    """

    readings: FloatArray
    expected: Expected
    run: Run
    leapt: FloatArray
    pairs: FloatArray
    crossed: FloatArray
    deviation: FloatArray
    signs: Signs


@dataclass(frozen=True)
class SensorFault(RowsOnly):
    """Raised when one sensor of many is stuck, drifting, offset, spiking or exchanged.

    A sensor is held against the median of its peers (the same field of all other entities) and
    against its kin (other fields of the same entity). What peers or kin confirm is an event, and
    no fault: only what both deny counts. A verdict is given block by block, when the block is
    over; it is ended by blocks of health, or after ``verdict.ACCEPTED`` blocks, when what stands
    becomes the new normal. ``value`` of a finding is the block's median reading and ``limit`` what
    was expected; ``detail`` names the kind and how sure it is. At least three entities must speak.

    field: the number field.
    every: how often an entity usually reports; ns, more than 0.
    kin: fields of the same entity that go with it; at most KIN_MAX.
    floor: in the field's unit, for a quantity from 0 up whose spread grows with its value: the
        value under which it no longer shrinks. None where the spread is the same everywhere.
    low, high: ends of what the sensor can tell, such as its detection limit; there it may rest
        for long and be right. Infinite where it has none.
    cells: readings in a block, 12 or more.
    ready: blocks learnt from before the first verdict, 3 or more.
    memory: blocks after which what was learnt has faded to a third; ``ready`` or more.
    severity: how bad it is.
    Source: spatial consistency checks of the WMO Guide to Instruments (WMO-No. 8, part V, ch. 1);
        You, Hubbard and Goddard, Int. J. Climatology 28, 2008 (spatial regression test).

    >>> from haihe.model.time import HOUR
    >>> SensorFault("no2", HOUR, floor=10.0, kin=(Kin("o3", floor=10.0),)).fields
    ('no2', 'o3')
    """

    field: str
    every: int
    _: KW_ONLY
    kin: tuple[Kin, ...] = ()
    floor: float | None = None
    low: float = -math.inf
    high: float = math.inf
    cells: int = 24  # Ours: a day of hours.
    ready: int = 30
    memory: int = 60  # Ours: two months of days follow the seasons.
    severity: Severity = Severity.MINOR

    def __post_init__(self) -> None:
        """Refuse what cannot be learnt."""
        check_more("SensorFault.every", self.every, than=0)
        check_least("SensorFault.cells", self.cells, least=12)
        check_least("SensorFault.ready", self.ready, least=3)
        check_least("SensorFault.memory", self.memory, least=self.ready)
        check_more("SensorFault.high", self.high, than=self.low)
        if len(self.kin) > KIN_MAX or len(set(self.fields)) != len(self.kin) + 1:
            raise ValueError(
                f"SensorFault has fields {self.fields}; give at most {KIN_MAX} kin, each once."
            )
        if any(kin.slope is not None and (kin.floor or self.floor) for kin in self.kin):
            raise ValueError("A Kin with a slope needs plain units; leave both floors out.")
        for floor in self._floors():
            check_more("SensorFault.floor", 1.0 if floor is None else floor, than=0)

    @property
    def fields(self) -> tuple[str, ...]:
        """The field and its kin."""
        return (self.field, *(kin.field for kin in self.kin))

    def start(self) -> SensorFaultMemory:
        """Nobody has spoken."""
        count = len(self.fields)
        return SensorFaultMemory(
            self._grid().start(count), relation.start(count), repeats.start(), spikes.start(),
            swaps.start(count), level.start(), verdict.start(),
        )  # fmt: skip

    def step(
        self, memory: SensorFaultMemory, seen: Seen
    ) -> tuple[SensorFaultMemory, list[Finding]]:
        """Put each reading in its cell and judge every block that is over."""
        if not len(seen.slots):
            return memory, []
        grid = self._grid()
        cells, newest_at = grid.opened(memory.cells, seen)
        memory = _roomy(replace(memory, cells=cells), len(cells.table))
        found: list[Finding] = []
        first = 0
        while True:
            last = grid.closing_row(cells, newest_at)
            grid.fill(cells, seen, rows=slice(first, last), fields=self.fields)
            if last == len(newest_at):
                return replace(memory, cells=cells), found
            found += self._judge(memory, cells.table[:, cells.block % 2], seen=seen, row=last)
            cells = grid.after(cells, int(newest_at[last]))
            first = last

    def _grid(self) -> Grid:
        return Grid(self.every, self.cells)

    def _slopes(self) -> tuple[float | None, ...]:
        return tuple(kin.slope for kin in self.kin)

    def _floors(self) -> tuple[float | None, ...]:
        return (self.floor, *(kin.floor for kin in self.kin))

    def _judge(
        self, memory: SensorFaultMemory, readings: FloatArray, *, seen: Seen, row: int
    ) -> list[Finding]:
        block = self._look(memory, readings)
        known = memory.verdicts
        named, was = verdict.name(known, block.signs), known.kind.copy()
        over, accepted = verdict.decide(known, block.signs, named=named)
        level.forget(memory.level, over, scale=accepted)
        changed = np.flatnonzero((was > HEALTHY) != (known.kind > HEALTHY)).tolist()
        found = [self._word(memory, block, seen=seen, row=row, slot=slot) for slot in changed]
        _forget(memory, accepted)
        self._learn(memory, block, well=(named == HEALTHY) & (was == HEALTHY))
        return found

    def _look(self, memory: SensorFaultMemory, readings: FloatArray) -> _Block:
        """Gather the signs; what follows reading by reading is written."""
        values = np.stack(
            [rooted(readings[:, channel], floor) for channel, floor in enumerate(self._floors())],
            axis=1,
        )
        believed = memory.verdicts.kind == HEALTHY
        expected = relation.expect(
            memory.relation, values, slopes=self._slopes(), believed=believed
        )
        run = self._run(memory, readings[:, 0], expected=expected)
        both = np.stack((expected.residual[:, 0], expected.kin_residual), axis=1)
        leapt = spikes.leaps(both[:, 0], both[:, 1])
        spiking = spikes.count(memory.spikes, leapt, noise=memory.relation.noise[:, 0])
        pairs = self._pairs(memory, expected)
        crossed = self._crossed(memory, readings, expected=expected)
        exchanged, near = memory.swaps, slice(0, len(pairs))
        swaps.add(exchanged.by_peer[near, near], pairs, usual=exchanged.usual_peer[near, near])
        swaps.add(exchanged.by_kin, crossed, usual=exchanged.usual_kin)
        least = self.cells // 4
        deviation = middle(both, least=least)
        told = middle(expected.told[:, 0], least=least) + memory.relation.origin[:, 0]
        fit = level.push(memory.level, deviation, expected=told, floor=self.floor)
        newest = memory.level.newest
        signs = Signs(
            run.chance, exchanged.by_kin.max(axis=1), exchanged.by_peer.max(axis=1), spiking,
            memory.spikes.counts[:, -1], np.where(np.isnan(newest), 0.0, newest),
            fit, memory.relation.blocks >= self.ready,
        )  # fmt: skip
        return _Block(readings, expected, run, leapt, pairs, crossed, deviation, signs)

    def _run(self, memory: SensorFaultMemory, values: FloatArray, *, expected: Expected) -> Run:
        """Repeats; at an end of its range a sensor may rest, unless peers and kin deny it."""
        noise = memory.relation.noise[:, 0]
        denied = np.abs(agreeing(expected.residual[:, 0], expected.kin_residual))
        rests = (values <= self.low) | (values >= self.high)
        rests &= ~(denied > DENIED * noise[:, None])
        return repeats.follow(
            memory.repeats, values, told=expected.told[:, 0], moved=MOVED * noise, rests=rests
        )

    def _pairs(self, memory: SensorFaultMemory, expected: Expected) -> FloatArray:
        """How much better each pair of the first entities fits exchanged."""
        near = slice(0, swaps.PEERS_MAX)
        known = memory.relation
        origin = known.origin[near, 0, None]
        values = expected.own[near, 0] + origin
        told = values - expected.kin_residual[near]
        return swaps.among_peers(values, told, noise=known.noise[near, 0])

    def _crossed(
        self, memory: SensorFaultMemory, readings: FloatArray, *, expected: Expected
    ) -> FloatArray:
        """How much better the field fits if exchanged with each kin: float64 (entity, k)."""
        origin = memory.relation.origin
        fits = np.zeros(origin.shape)
        own = expected.residual[:, 0]
        for channel, kin in enumerate(self.kin, start=1):
            if not kin.swaps:
                continue
            beside = expected.residual[:, channel]
            here = rooted(readings[:, channel], self.floor) - origin[:, 0, None]
            there = rooted(readings[:, 0], kin.floor) - origin[:, channel, None]
            here, there = here - expected.told[:, 0], there - expected.told[:, channel]
            both = np.minimum(swaps.better(own, here), swaps.better(beside, there))
            fits[:, channel] = (swaps.better(own - beside, here - there) + both) / 2
        return fits

    def _learn(self, memory: SensorFaultMemory, block: _Block, *, well: BoolArray) -> None:
        """Take the block into what is usual, where nothing speaks against it."""
        explained = np.maximum(block.signs.shape.step, block.signs.shape.ramp)
        suspect = (np.abs(block.signs.newest) > SUSPECT) | (explained > DOUBT)
        fresh = memory.relation.blocks < self.ready
        trusted = well & (fresh | ~suspect)
        rate = np.maximum(1 / (memory.relation.blocks + 1), 1 / self.memory)
        spikes.learn(memory.spikes, block.leapt, trusted=trusted, rate=rate)
        repeats.learn(memory.repeats, block.run, trusted=trusted)
        weight, near = np.where(trusted, rate, 0.0), slice(0, len(block.pairs))
        swaps.learn(memory.swaps.usual_kin, block.crossed, rate=weight[:, None])
        both = np.sqrt(weight[near, None] * weight[None, near])
        swaps.learn(memory.swaps.usual_peer[near, near], block.pairs, rate=both)
        pace = Pace(self.ready, self.memory)
        relation.learn(memory.relation, block.expected, trusted=trusted, pace=pace)
        cap = np.where(trusted, SUSPECT, np.where(well, DOUBTED, 0.0))
        level.learn(
            memory.level, block.deviation, cap=cap, rate=rate,
            most=np.where(rate > 1 / self.memory, memory.relation.noise[:, 0], 0.0),
        )  # fmt: skip

    def _word(
        self, memory: SensorFaultMemory, block: _Block, *, seen: Seen, row: int, slot: int
    ) -> Finding:
        kind = int(memory.verdicts.kind[slot])
        told = block.expected.told[slot, 0] + memory.relation.origin[slot, 0]
        value, limit = middle(block.readings[slot, 0]), middle(unrooted(told, self.floor))
        return Finding(
            at=int(seen.received_at[row]), offset=int(seen.offsets[row]), slot=slot,
            observed_at=int(seen.observed_at[row]), raised=kind > HEALTHY, field=self.field,
            value=_number(value), limit=_number(limit),
            detail=self._detail(memory, block, slot=slot) if kind else "",
        )  # fmt: skip

    def _detail(self, memory: SensorFaultMemory, block: _Block, *, slot: int) -> str:
        """The kind in words, and how sure it is."""
        kind, fit = int(memory.verdicts.kind[slot]), block.signs.shape
        name = KINDS[kind]
        if kind == STUCK:
            return f"{name}: chance {block.run.chance[slot]:.0e} for a sound sensor"
        if kind == SWAPPED_KIN:
            evidence = memory.swaps.by_kin[slot]
            other = self.kin[int(evidence.argmax()) - 1].field
            return f"{name} with {other}: evidence {evidence.max():.2f}, enough {swaps.ENOUGH}"
        if kind == SWAPPED_PEER:
            evidence = memory.swaps.by_peer[slot]
            other = f"entity number {int(evidence.argmax())}"
            return f"{name} with {other}: evidence {evidence.max():.2f}, enough {swaps.ENOUGH}"
        if kind == SPIKING:
            count, usual = memory.spikes.counts[slot].sum(), memory.spikes.rate[slot]
            return f"{name}: {count:.0f} in {spikes.BLOCKS} blocks, usually {usual:.1f} a block"
        left = f"left over: offset {fit.left_step[slot]:.0f}, drift {fit.left_ramp[slot]:.0f}"
        blocks = fit.ramp_blocks[slot] if kind == DRIFTING else fit.step_blocks[slot]
        return (
            f"{name} for {blocks} blocks, {memory.level.newest[slot]:.1f} usual deviations; {left}"
        )


def _number(value: FloatArray) -> float:
    """A number JSON can hold; 0 where nothing was told."""
    number = float(value)
    return finite(number) if number == number else 0.0


def _forget(memory: SensorFaultMemory, slots: BoolArray) -> None:
    """Begin anew with sensors whose fault has become their normal."""
    if not slots.any():
        return
    known = memory.relation
    known.origin[slots, 0] = known.noise[slots, 0] = np.nan
    known.shift[slots, 0] = 0.0
    known.sums[slots, 0] = 0.0
    known.products[slots] = 0.0
    known.blocks[slots] = 0
    memory.swaps.by_kin[slots] = memory.swaps.by_peer[slots] = 0.0


def _roomy(memory: SensorFaultMemory, entities: int) -> SensorFaultMemory:
    """Every part with room for the entities."""
    if len(memory.verdicts.kind) >= entities:
        return memory
    return replace(
        memory,
        relation=with_room(memory.relation, entities, fills=relation.FILLS),
        repeats=with_room(memory.repeats, entities, fills=repeats.FILLS),
        spikes=with_room(memory.spikes, entities, fills=spikes.FILLS),
        swaps=with_room(memory.swaps, entities, fills=swaps.FILLS),
        level=with_room(memory.level, entities, fills=level.FILLS),
        verdicts=with_room(memory.verdicts, entities, fills=verdict.FILLS),
    )
