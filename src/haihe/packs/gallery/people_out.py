"""撤离: who is inside when the alarm comes, out by name; hot work stopped; heads counted.

``bringing_out`` makes of any playbook one whose first orders are for people. The roll of a zone
is its newest ``gallery.board``; where that is missing or old, the zone is taken to be occupied.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from haihe.decide import joined
from haihe.model import Case, Decision, Order, Settled, Text
from haihe.pack import Playbook, View
from haihe.packs.gallery.air import IS_GOOD
from haihe.packs.gallery.orders import CREW_DUE_IN, DEVICE_DUE_IN, STALE_AFTER, around, recent
from haihe.packs.gallery.people_streams import BOARD, SEPARATOR
from haihe.packs.gallery.streams import AIR, ALARM_LEVEL_M, WATER

BROADCAST: Final = "gallery-broadcast"  # 应急广播与人员定位卡: takes orders at once.
PERMITS: Final = "gallery-permits"  # 作业许可系统: takes orders at once.
MUSTER: Final = "gallery-muster"  # 集合点清点员: counts heads, is verified by someone else.
RESCUE: Final = "gallery-rescue"  # 救援队: with breathing apparatus only.

CALL_TITLES: Final = {
    "evacuate": Text(zh="立即撤离", en="Leave at once:"),
    "page": Text(zh="呼叫人员应答", en="Call and ask for an answer:"),
    "warn-off": Text(zh="广播劝离未经许可人员", en="Tell whoever has no leave to go out:"),
    "all-clear": Text(zh="解除撤离，凭许可进入", en="All clear, entry with leave only:"),
    "permit-suspend": Text(zh="暂停作业许可", en="Suspend the permit:"),
}
EMPTY: Final = Text(
    zh="撤离：不选，动态牌显示各分区无人",
    en="calling people out: not chosen, the rolls show nobody inside",
)


@dataclass(frozen=True, slots=True)
class Roll:
    """动态牌: who is in a zone, and what work is allowed there.

    zone: its id.
    count: people inside; None where nobody knows.
    who: ids of the tags inside.
    permits: ids of the open permits.
    """

    zone: str
    count: int | None
    who: tuple[str, ...] = ()
    permits: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it is known that nobody is inside."""
        return self.count == 0 and not self.who


def roll_of(zone: str, view: View) -> Roll:
    """The roll of a zone as of now.

    view: gives its newest board; one older than ``STALE_AFTER`` says who was inside, not how many.
    """
    seen = view.latest(BOARD.name, zone)
    if seen is None:
        return Roll(zone, None)
    count = seen.numbers["count"]
    is_known = not math.isnan(count) and view.now - seen.observed_at <= STALE_AFTER
    who, permits = _ids(seen.texts["who"]), _ids(seen.texts["permits"])
    return Roll(zone, round(count) if is_known else None, who, permits)


def call(action: str, entity: str, *, about: str = "") -> Order:
    """An order that the loudspeakers, tags or the permit desk carry out by themselves.

    action: one of ``CALL_TITLES``.
    entity: the zone, person or permit meant.
    about: ids that the receiver should name; "" for none.

    >>> call("evacuate", "person/3").key
    'evacuate person/3'
    """
    title = CALL_TITLES[action]
    named = f"（{about}）" if about else ""
    also = f" ({about})" if about else ""
    return Order(
        action=action,
        entity=entity,
        assignee=PERMITS if action.startswith("permit-") else BROADCAST,
        due_in=DEVICE_DUE_IN,
        title=Text(zh=f"{title.zh}：{entity}{named}", en=f"{title.en} {entity}{also}"),
        settled=Settled.BY_RECEIPT,
        parameters={"who": about} if about else {},
    )


def rescue(entity: str, *, about: str) -> Order:
    """An order that sends the rescue team, and nobody without breathing apparatus.

    entity: the zone or the person.
    about: where, or who.
    Source: GB 8958-2006: rescuers wear breathing apparatus; nobody goes in without.
    """
    return Order(
        action="rescue",
        entity=entity,
        assignee=RESCUE,
        due_in=CREW_DUE_IN,
        title=Text(
            zh=f"佩戴呼吸器救援，严禁盲目施救：{entity}（{about}）",
            en=f"Rescue with breathing apparatus, never without: {entity} ({about})",
        ),
        parameters={"who": about},
    )


def calls_out(zones: Iterable[str], view: View) -> tuple[Order, ...]:
    """Everybody out of zones, by name where names are known, and their permits suspended.

    A zone known to be empty is not called; its open permits are suspended all the same.
    """
    orders: list[Order] = []
    for roll in (roll_of(zone, view) for zone in zones):
        if not roll.is_empty:
            orders.append(call("evacuate", roll.zone, about=", ".join(roll.who)))
            orders += [call("evacuate", person) for person in roll.who]
        stopped = roll.permits if roll.count is not None else (*roll.permits, roll.zone)
        orders += [call("permit-suspend", permit) for permit in stopped]
    return tuple(orders)


def bringing_out(playbook: Playbook, *, only_with: str = "") -> Playbook:
    """The playbook, but people come first: called out, work suspended, heads counted.

    When the case closes, zones proven good are given the all-clear. Permits stay suspended:
    only people resume work.

    playbook: its cases' entities are zones, or lie in zones.
    only_with: the action of an order without which nobody is called out, such as "check-fire";
        "" calls them out always.
    """

    def decide(case: Case, view: View) -> Decision:
        decision = playbook.decide(case, view)
        if only_with and all(order.action != only_with for order in decision.orders):
            return decision
        return _people_first(decision, case, view=view)

    return replace(playbook, decide=decide, stand_down=_with_all_clear(playbook.stand_down))


def _people_first(decision: Decision, case: Case, *, view: View) -> Decision:
    zones = around(_zones_of(case, view), view)
    rolls = tuple(roll_of(zone, view) for zone in zones)
    orders = calls_out(zones, view)
    if all(roll.is_empty for roll in rolls):
        return replace_decision(decision, orders=orders, alternatives=(EMPTY,))
    inside = ", ".join(dict.fromkeys(person for roll in rolls for person in roll.who)) or "-"
    counted = sum(roll.count or 0 for roll in rolls)
    unseen = sum(roll.count is None for roll in rolls)
    why = Text(
        zh=f"廊内 {counted} 人须撤离（{inside}）"
        + (f"；{unseen} 个分区无人数，按有人处置" if unseen else ""),
        en=f"{counted} people inside must leave ({inside})"
        + (f"; {unseen} zones have no roll and count as occupied" if unseen else ""),
    )
    counts = tuple(_head_count(zone, inside) for zone in _zones_of(case, view))
    return replace_decision(decision, orders=(*orders, *counts), why=why)


def replace_decision(
    decision: Decision,
    *,
    orders: tuple[Order, ...],
    why: Text | None = None,
    alternatives: tuple[Text, ...] = (),
) -> Decision:
    """A decision with orders put before its own, and more said of why and why not."""
    return Decision(
        orders=(*orders, *decision.orders),
        why=decision.why if why is None else joined(decision.why, why),
        alternatives=(*decision.alternatives, *alternatives),
    )


def _head_count(zone: str, inside: str) -> Order:
    return Order(
        action="head-count",
        entity=zone,
        assignee=MUSTER,
        due_in=CREW_DUE_IN,
        title=Text(
            zh=f"在集合点按名单清点人数：{zone} 及相邻分区（{inside}）",
            en=f"Count heads by name at the muster point: {zone} and beside ({inside})",
        ),
        parameters={"who": inside},
    )


def _with_all_clear(
    stand_down: Callable[[Case, View], Decision] | None,
) -> Callable[[Case, View], Decision]:
    def stand_down_people(case: Case, view: View) -> Decision:
        zones = tuple(
            zone
            for zone in around(_zones_of(case, view), view)
            if is_proven_good(zone, view) and _may_be_called_out(zone, view)
        )
        names = ", ".join(zones) or "-"
        why = Text(zh=f"解除撤离：{names}", en=f"all clear for {names}")
        if stand_down is None:
            before = Decision(orders=(), why=Text(zh="险情已消除", en="the danger is over"))
        else:
            before = stand_down(case, view)
        return replace_decision(
            before, orders=tuple(call("all-clear", zone) for zone in zones), why=why
        )

    return stand_down_people


def is_proven_good(zone: str, view: View) -> bool:
    """Whether recent records prove a zone's air good and its floor dry; silence proves nothing."""
    level = recent(view, WATER.name, entity=zone, field="level")
    seen = view.latest(AIR.name, zone)
    if level is None or seen is None or view.now - seen.observed_at > STALE_AFTER:
        return False
    return level < ALARM_LEVEL_M and all(is_good(seen) for is_good in IS_GOOD)


def _may_be_called_out(zone: str, view: View) -> bool:
    return recent(view, BOARD.name, entity=zone, field="evacuating") != 0.0


def _zones_of(case: Case, view: View) -> tuple[str, ...]:
    """The zones of a case: its entities, or where they lie."""
    found = (view.related(entity, "zone") or (entity,) for entity in case.entities)
    return tuple(dict.fromkeys(zone for zones in found for zone in zones))


def _ids(told: str | None) -> tuple[str, ...]:
    return tuple(one for one in (told or "").split(SEPARATOR) if one)
