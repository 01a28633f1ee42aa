"""Water lost in a district, found in its use: how much, with an interval, and since when.

Signature, for packs:

    Leak("flow")                                        # a district meter, m3/h
    Leak(Balance(("inlet_1", "inlet_2"), outflows=("pump",), stores=(Store("level", area_m2=201),)))
    Leak("flow", unit="L/s", least=0.5, severity=Severity.SEVERE)

One entity is one district; a district of several meters is one record with a field for each. A
finding's ``value`` is the leak in the field's unit, ``limit`` what the mean had to exceed, and
``detail`` says litres an hour, the interval and the start: ``LeakSize.read(detail)``.
"""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Final

import numpy as np

from haihe.detect import balance, demand, leak_chart
from haihe.detect.balance import M3_H, Balance, FlowMemory, Hours
from haihe.detect.contract import Finding, Seen
from haihe.detect.demand import DemandMemory
from haihe.detect.leak_chart import Change, Judged, LeakChartMemory
from haihe.detect.leak_size import SURE, LeakSize
from haihe.detect.turns import RowsOnly, check_least, finite, is_told, turns_of, with_room
from haihe.model.alarm import Severity
from haihe.model.time import HOUR

SHIFT: Final = 1.5  # Ours: in sigma of an hour; a shift of two thirds still shows within a day.


@dataclass(frozen=True, slots=True)
class LeakMemory:
    """What a ``Leak`` remembers: open hours, usual use, charts."""

    flow: FlowMemory
    demand: DemandMemory
    chart: LeakChartMemory


@dataclass(frozen=True)
class Leak(RowsOnly):
    """Raised when a district uses more, day and night alike, than its week and season explain.

    Readings become hourly means. Each hour of the week has its usual use; a scale follows the
    season, a level what runs day and night. A chart (CUSUM of the likelihood ratio) finds a sudden
    rise of the level within hours, a test of the level itself one that grows for weeks. The alarm
    stands while the size settles, two days; then it clears and the district's usual contains the
    leak, so that the next one is found too. It clears earlier if use falls back. The first week is
    learnt only.

    flow: the field of what the district uses, or its ``Balance``.
    unit: of the flow fields; a key of ``M3_H``.
    least: the smallest leak worth a word, in that unit; 0 or more.
    zone: the local clock's offset from UTC; ns.
    severity: how bad it is.
    Source: night flow and district balances: Farley and Trow, Losses in Water Distribution
        Networks, 2003; CUSUM: Page, Biometrika 41, 1954; the level and scale by a Kalman filter:
        West and Harrison, Bayesian Forecasting and Dynamic Models, 2nd ed., 1997.

    >>> Leak(Balance(("inlet",), outflows=("pump",))).fields
    ('inlet', 'pump')
    """

    flow: str | Balance
    _: KW_ONLY
    unit: str = "m3/h"
    least: float = 0.0
    zone: int = 8 * HOUR  # China keeps one zone, UTC+8.
    severity: Severity = Severity.MODERATE

    def __post_init__(self) -> None:
        """Refuse a unit that is no flow."""
        if self.unit not in M3_H:
            raise ValueError(f"unit is '{self.unit}'; it must be one of {', '.join(M3_H)}.")
        check_least("Leak.least", self.least, least=0)

    @property
    def balance(self) -> Balance:
        """What makes up the district's use."""
        return self.flow if isinstance(self.flow, Balance) else Balance((self.flow,))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of its balance."""
        return self.balance.fields

    def start(self) -> LeakMemory:
        """Nothing learnt."""
        return LeakMemory(balance.no_flow(), demand.no_demand(), leak_chart.no_chart())

    def step(self, memory: LeakMemory, seen: Seen) -> tuple[LeakMemory, list[Finding]]:
        """Gather readings into hours, and judge each hour that ended."""
        if len(memory.chart.base) < seen.entities:
            memory = LeakMemory(
                with_room(memory.flow, seen.entities, fills=balance.FLOW_FILLS),
                with_room(memory.demand, seen.entities, fills=demand.DEMAND_FILLS),
                with_room(memory.chart, seen.entities, fills=leak_chart.CHART_FILLS),
            )
        flow, kept = self.balance.flow(seen), self.balance.kept(seen)
        found: list[Finding] = []
        for turn in turns_of(seen, M3_H[self.unit] * flow, kept=is_told(flow) & is_told(kept)):
            stores = kept[turn.rows]
            hours = balance.take(memory.flow, turn, kept=stores, zone=self.zone)
            if len(hours.rows):
                found += self._judge(memory, seen, hours=hours)
        return memory, found

    def _judge(self, memory: LeakMemory, seen: Seen, *, hours: Hours) -> list[Finding]:
        known = demand.is_known(memory.demand, hours)
        if not known.all():
            demand.begin(memory.demand, hours.only(~known))
            hours = hours.only(known)
        if not len(hours.rows):
            return []
        was = demand.expect(memory.demand, hours)
        shift = np.maximum(SHIFT * np.sqrt(was.typical * was.excess), M3_H[self.unit] * self.least)
        judged = Judged(hours, was, shift, least=M3_H[self.unit] * self.least)
        leak_chart.chart(memory.chart, judged)
        demand.learn(memory.demand, hours, was=was, held=memory.chart.standing[hours.slots])
        changes = [
            *leak_chart.jump(memory.chart, memory.demand, judged=judged),
            *leak_chart.settle(memory.chart, memory.demand, judged=judged),
            *leak_chart.grow(memory.chart, memory.demand, judged=judged),
        ]
        return [finding for change in changes for finding in self._word(seen, change)]

    def _word(self, seen: Seen, change: Change) -> Iterator[Finding]:
        field, unit = self.fields[0], M3_H[self.unit]
        for i, row in enumerate(change.hours.rows.tolist()):
            size, error = float(change.size[i]), SURE * float(change.error[i])
            since_at = int(change.start[i]) * HOUR - self.zone
            told = LeakSize(size, max(size - error, 0.0), size + error, since_at).told
            yield Finding(
                at=int(seen.received_at[row]), offset=int(seen.offsets[row]),
                slot=int(change.hours.slots[i]), observed_at=int(seen.observed_at[row]),
                raised=change.raised, field=field, value=finite(size / unit),
                limit=finite(float(change.limit[i]) / unit), detail=told,
            )  # fmt: skip
