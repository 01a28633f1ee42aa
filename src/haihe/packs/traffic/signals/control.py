"""The loop over the signals of a network: records in, lawful stages out, each with its why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from haihe.model import Decision, Noted
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.time import SECOND
from haihe.pack import Beside, Turn
from haihe.packs.traffic import interlock
from haihe.packs.traffic.control import controller
from haihe.packs.traffic.control.sight import Sight
from haihe.packs.traffic.signals import beside as besides
from haihe.packs.traffic.signals import blocked, calls, hand, heads, refusing, sensing, told, words
from haihe.packs.traffic.signals import fleet as fleets
from haihe.packs.traffic.signals import given as orders
from haihe.packs.traffic.signals.called import Called
from haihe.packs.traffic.signals.cares import cared, filled, lagged, strayed
from haihe.packs.traffic.signals.decided import UNTIL, decision_of, pressure
from haihe.packs.traffic.signals.delay import rested, timed
from haihe.packs.traffic.signals.foreseen import Foreseen, foreseen, moved, unsure
from haihe.packs.traffic.signals.memory import Memory, nothing_known
from haihe.packs.traffic.signals.site import SLOT_S, Site
from haihe.packs.traffic.signals.trust import Heard, trusted
from haihe.packs.traffic.streams import ROAD_FLOW, SIGNAL_EVENT, SIGNAL_HAND, VEHICLE

EVERY: Final = SLOT_S * SECOND
RENEW: Final = 25 * SECOND  # Ours: before that, so that an order on its way ten seconds is in time.


@dataclass(frozen=True)
class SignalControl:
    """Steers every junction of ``site`` whose data comes, behind the platform's interlock."""

    site: Site

    def start(self) -> Memory:
        """Memory that has seen nothing."""
        return nothing_known(self.site)

    def numbers(self) -> Mapping[str, float]:
        """The controller's settings, but for its clock, which is the loop's own."""
        return self.site.numbers

    def with_numbers(self, told: Mapping[str, float]) -> Self:
        """The same with other settings.

        Raises ValueError if one is not there, or out of reason.
        """
        return replace(self, site=self.site.with_numbers(told))

    def beside(self, memory: Memory) -> tuple[Beside, ...]:
        """In shadow: how its calls and what was shown agree, junction by junction."""
        return besides.told(self.site, memory.beside)

    def turn(self, memory: Memory, turn: Turn) -> tuple[Memory, Sequence[Decision | Noted]]:
        """Orders for stages that change, reasons for what was refused, given back or taken up."""
        memory, decisions, fresh = self._heard(memory, turn)
        now, site = turn.now, self.site
        by_platform = np.array([turn.is_held(name) for name in site.entities], dtype=np.bool_)
        if turn.withheld:  # Nobody obeys what nobody hears of: each turn begins from the street.
            memory = replace(memory, given=orders.nothing_given(len(site.junctions)))
        given = orders.watched(memory.given, memory.shown, by_centre=site.by_centre, now=now)
        before, shown = memory.given, memory.shown
        delays = timed(memory.delays, site, before=before, after=given, shown=shown)
        heard = Heard(now, fresh, _told_flow(memory))
        trust, found = trusted(site, memory.trust, shown=shown, heard=heard)
        delays, given_back = rested(site, delays, now=now)
        kept_off = by_platform | trust.lost | (delays.rests_until > now)
        given = orders.dropped(given, kept_off)
        decisions += [*found, *given_back]
        memory = replace(memory, given=given, trust=trust, delays=delays)
        memory, not_taken = self._not_taken(memory, turn)
        decisions += not_taken
        memory, sight = self._seen(memory)
        then = foreseen(site, shown=memory.shown, given=memory.given, delays=delays, now=now)
        steady = ~then.changing & ~unsure(site, given=memory.given, delays=delays, then=then)
        memory, call, wish, plan = self._called(memory, then, sight=sight, steady=steady)
        free = steady & ~kept_off & ~memory.refusing.pauses(now)
        stage, refusals = self._judged(then, wish, plan=plan, now=now)
        memory, told_refusals = self._refusals(memory, refusals, free=free)
        decisions += told_refusals
        due = free & ((stage != memory.given.stage) | (memory.given.until_at - now <= RENEW))
        if turn.withheld:
            at = besides.At(stage, memory.shown.stage, free)
            counts, due = besides.counted(memory.beside, call, at=at)
            memory = replace(memory, beside=counts)
        memory, decided = self._ordered(memory, call, stage=stage, due=due, free=free)
        memory = self._asked(memory, stage, of=due, then=then)
        memory, notes = self._noted(memory, turn)
        return memory, [*decisions, *decided, *notes]

    def _not_taken(self, memory: Memory, turn: Turn) -> tuple[Memory, list[Decision]]:
        """The orders that controllers did not take since the last turn."""
        states, given, found = refusing.refused(
            self.site, memory.refusing, given=memory.given, undone=turn.undone, now=turn.now
        )
        whys, others = list(memory.called.why), list(memory.called.alternatives)
        for at, decision in found:
            whys[at], others[at] = (decision.why.zh, decision.why.en), ()
        called = replace(memory.called, why=tuple(whys), alternatives=tuple(others))
        memory = replace(memory, refusing=states, given=given, called=called)
        return memory, [decision for _, decision in found]

    def _noted(self, memory: Memory, turn: Turn) -> tuple[Memory, list[Noted]]:
        """What needs people, for the playbooks."""
        rows, ids = turn.new.get(ROAD_FLOW.name), turn.ids.get(ROAD_FLOW.name, ())
        cares, full = filled(self.site, memory.cares, rows=rows, ids=ids, now=turn.now)
        cares, off = strayed(self.site, cares, off=memory.clocks.off, now=turn.now)
        cares, late = lagged(self.site, cares, delays=memory.delays)
        lying = sensing.liars(self.site, memory.sensing, now=turn.now)
        lanes, stands = blocked.told(
            self.site, memory.blocked, now=turn.now, has_begun=cares.has_begun
        )
        cares, notes = cared(self.site, cares, lying=lying, given=memory.given)
        memory = replace(memory, cares=cares, blocked=lanes)
        return memory, [*full, *off, *late, *stands, *notes]

    def _heard(self, memory: Memory, turn: Turn) -> tuple[Memory, list[Decision], IntArray]:
        """What the records say; answers to persons and words on clocks; when each was heard."""
        site, now = self.site, turn.now
        elapsed_s = (now - memory.at) / SECOND if memory.at else float(SLOT_S)
        events = turn.new.get(SIGNAL_EVENT.name)
        clocks, heard = told.told_by(
            site, memory.clocks, rows=events, ids=turn.ids.get(SIGNAL_EVENT.name, ()), now=now
        )
        felt = sensing.sensed(site, memory.sensing, told=heard, now=now)
        works = sensing.detectors_of(site, felt, now=now).works
        fleet = fleets.heard_of(
            site,
            memory.fleet,
            rows=turn.new.get(VEHICLE.name),
            counted=np.where(works, felt.passed, np.nan),
            elapsed_s=elapsed_s,
        )
        hands, decisions = hand.by_hand(
            site,
            memory.hands,
            rows=turn.new.get(SIGNAL_HAND.name),
            ids=turn.ids.get(SIGNAL_HAND.name, ()),
        )
        before, off = memory.clocks.off, clocks.off
        decisions += [
            words.clock(site, at, off_s=float(off[at]) / SECOND)
            for at in np.flatnonzero((before != 0) != (off != 0)).tolist()
        ]
        memory = replace(
            memory,
            at=now,
            clocks=clocks,
            shown=heads.followed(site.tables, memory.shown, told=heard, by_centre=site.by_centre),
            sensing=felt,
            fleet=fleet,
            calls=calls.told_of(memory.calls, told=heard),
            hands=hands,
        )
        return memory, decisions, heard.heard_at

    def _seen(self, memory: Memory) -> tuple[Memory, Sight]:
        """What the sensors show, and who asks for green."""
        site, now = self.site, memory.at
        sight = Sight(
            now=now,
            share=memory.fleet.share,
            vehicles=fleets.vehicles_of(memory.fleet, now=now),
            detectors=sensing.detectors_of(site, memory.sensing, now=now),
            heard=~memory.trust.lost,
        )
        doubted = sensing.doubted(site, memory.sensing)
        shown = calls.asked(site, memory.calls, sight=sight, shown=memory.shown, doubted=doubted)
        return replace(memory, shown=shown), sight

    def _called(
        self, memory: Memory, then: Foreseen, *, sight: Sight, steady: BoolArray
    ) -> tuple[Memory, controller.Call, IntArray, IntArray]:
        """The controller's call, the wish it makes, and what the local plans would show."""
        site, now = self.site, memory.at
        plan = site.local_stages(memory.shown.local, now=now)
        signals = controller.Signals(
            stage=then.heads.stage,
            changing=~steady,
            choices=self._choices(then, now=now),
            local=plan,
            held=memory.hands.stage,
            meanwhile=controller.Meanwhile(
                stage=np.maximum(memory.shown.stage, 0), late_s=then.late_s, green=then.green
            ),
        )
        lanes = self._looked(memory, now=now)
        sight = replace(sight, vehicles=blocked.coming(site, lanes, vehicles=sight.vehicles))
        after, call = site.controller.step(memory.controller, sight, signals=signals)
        wish = self._wish(call, target=then.heads.target, steady=steady)
        return replace(memory, controller=after, blocked=lanes), call, wish, plan

    def _looked(self, memory: Memory, *, now: int) -> blocked.Blocked:
        """What is seen of blocked lanes."""
        shown = memory.shown
        look = blocked.Look(
            now=now,
            stage=shown.stage,
            stage_at=shown.stage_at,
            known=~shown.changing & ~memory.trust.lost,
            fleet=memory.fleet,
            sensing=memory.sensing,
        )
        return blocked.looked(self.site, memory.blocked, look=look)

    def _choices(self, then: Foreseen, *, now: int) -> BoolArray:
        """bool (junction, stage): what is lawful when it arrives, sooner or later; staying only if
        it still will be a turn later, for else the controller would end it by itself.
        """
        lock = self.site.interlock
        early, late = moved(then.heads, then.soonest_s), moved(then.heads, -then.latest_s)
        usual = lock.choices(then.heads, now=now)
        lawful = lock.choices(early, now=now) & lock.choices(late, now=now)
        ends: BoolArray = np.any(lock.broken(late, late.stage, now=now + EVERY), axis=1)
        left = lawful.copy()
        left[np.arange(len(left)), then.heads.stage] &= ~ends
        for found in (lawful, usual):
            left = np.where(left.any(axis=1, keepdims=True), left, found)
        return left

    def _wish(self, call: controller.Call, *, target: IntArray, steady: BoolArray) -> IntArray:
        """What is put to the interlock: the call, and no change of mind during a change."""
        return np.where(steady, call.stage, target)

    def _judged(
        self, then: Foreseen, wish: IntArray, *, plan: IntArray, now: int
    ) -> tuple[IntArray, tuple[interlock.Refusal, ...]]:
        """The stages that may be ordered, and what the interlock refused, as of their arrival."""
        after, refusals = self.site.interlock.step(then.heads, wish, local=plan, now=now)
        return after.target, refusals

    def _refusals(
        self, memory: Memory, refusals: tuple[interlock.Refusal, ...], *, free: BoolArray
    ) -> tuple[Memory, list[Decision]]:
        """Each refusal told once, until another one or none takes its place."""
        names = self.site.tables.names
        stands = np.where(free, 0, memory.refused)
        found: list[Decision] = []
        for one in refusals:
            at = names.index(one.junction)
            if free[at]:
                stands[at] = 1 + (one.wished + 1) * 16 + one.rule
                if stands[at] != memory.refused[at]:
                    found.append(Decision(orders=(), why=one.why))
        return replace(memory, refused=stands), found

    def _ordered(
        self,
        memory: Memory,
        call: controller.Call,
        *,
        stage: IntArray,
        due: BoolArray,
        free: BoolArray,
    ) -> tuple[Memory, list[Decision]]:
        """The orders that are due."""
        decisions: list[Decision] = []
        whys, others = list(memory.called.why), list(memory.called.alternatives)
        for at in np.flatnonzero(due).tolist():
            decision = decision_of(self.site, memory, call=call, at=at, stage=int(stage[at]))
            whys[at] = (decision.why.zh, decision.why.en)
            others[at] = tuple(
                part for text in decision.alternatives for part in (text.zh, text.en)
            )
            decisions.append(decision)
        called = Called(
            at=memory.at,
            stage=np.where(free, stage, memory.called.stage),
            cost=np.where(free[:, None], call.cost, memory.called.cost),
            pressure=pressure(self.site, call),
            waiting=call.demand.waiting,
            waited_s=call.demand.waited_s,
            arriving=memory.controller.past.flow_veh_s,
            room=call.demand.room,
            why=tuple(whys),
            alternatives=tuple(others),
        )
        return replace(memory, called=called), decisions

    def _asked(self, memory: Memory, stage: IntArray, *, of: BoolArray, then: Foreseen) -> Memory:
        """With these orders on their way."""
        now = memory.at
        steered = orders.obeys(memory.shown, by_centre=self.site.by_centre)
        left = np.where(steered, then.heads.stage, orders.NONE)
        given = orders.asked(memory.given, stage, of=of, left=left, now=now)
        until_at = np.where(of, now + UNTIL, given.until_at)
        return replace(memory, given=replace(given, until_at=until_at))


def _told_flow(memory: Memory) -> FloatArray:
    """float64 (junction, lane): vehicles a second that a detector should tell of.

    One that never told is not asked, nor one on which somebody stands: it says nothing until green.
    """
    felt = memory.sensing
    tells = (felt.changed_at > 0) & ~felt.on
    return np.where(tells, memory.controller.past.flow_veh_s, 0.0)
