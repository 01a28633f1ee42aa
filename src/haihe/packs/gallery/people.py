"""People below ground: who stays behind, has no leave, lies still, calls, overstays or is alone."""

from collections.abc import Callable
from typing import Final

from haihe.decide import joined, value_and_limit
from haihe.detect import Limit, Silence
from haihe.model import HOUR, MINUTE, SECOND, Case, Decision, Observation, Order, Severity, Text
from haihe.pack import Closure, Playbook, RollUp, View
from haihe.packs.gallery.orders import visit
from haihe.packs.gallery.patrols import PATROL_PLAYBOOKS
from haihe.packs.gallery.people_out import call, rescue, roll_of
from haihe.packs.gallery.people_streams import (
    ALONE_MIN,
    BOARD,
    HELP,
    OVERSTAY_MIN,
    PERSON,
    SOMEBODY,
    STILL_MIN,
)
from haihe.packs.gallery.permits import PERMIT_PLAYBOOKS
from haihe.packs.gallery.sources import BEHIND

SECURITY: Final = "gallery-security"  # 管廊安保.
OUT_WITHIN: Final = 5 * MINUTE  # Ours: 200 m at 1 m/s are 200 s, and half as long to let go.
WINDOW: Final = 2 * MINUTE  # Ours: five records of a board or a tag; a door is shut by then.
AT_LEAST: Final = 4  # Ours: one of the five may be lost.
ROLL_SILENT_FOR: Final = 20 * MINUTE  # Ours: a roll counts as unknown after five, so none waits.
EACH: Final = RollUp(relations=())
CHECK_ACCESS: Final = Text(
    zh="到出入口核查人员与许可，记录去向",
    en="Check people and their leave at the entrance, note where they went",
)
CHECK_ON: Final = Text(
    zh="联系本人，确认安全并离开，或补办许可",
    en="Reach the person: safe and on the way out, or leave to stay renewed",
)
SEND_PARTNER: Final = Text(
    zh="派同伴到场或令其离开，单人不得留在廊内",
    en="Send a partner or have the person come out; nobody stays inside alone",
)
WATCH_DOOR: Final = Text(
    zh="人数不明，守住出入口并纸质登记，检修门禁网关",
    en="The roll is blind: keep a paper roll at the door, repair the gateway",
)
GO_IN: Final = Text(
    zh="派最近的同伴进入：不选，情况不明，须有呼吸器",
    en="sending the nearest colleague in: not chosen, not without breathing apparatus",
)
WAIT: Final = Text(
    zh="继续等待：不选，走出一个分区不需要这么久",
    en="waiting on: not chosen, nobody needs that long to leave a zone",
)
LOCK: Final = Text(
    zh="锁闭出入口：不选，会困住里面的人",
    en="locking the doors: not chosen, it would trap people inside",
)
LET_STAY: Final = Text(
    zh="只记录：不选，超时或落单的人出事时无人知道",
    en="noting it only: not chosen, nobody would know if something happened to the person",
)
TRUST_ROLL: Final = Text(
    zh="沿用最后的人数：不选，之后进出的人不在其中",
    en="trusting the last roll: not chosen, it misses whoever passed since",
)


def nobody_left(seen: Observation) -> bool:
    """Whether a record shows a zone that nobody has still to leave; a missing value does not.

    >>> nobody_left(Observation("gallery.board", "zone/7", 0, {"to_leave": 0.0}, {}))
    True
    """
    return seen.numbers["to_leave"] == 0.0


def all_permitted(seen: Observation) -> bool:
    """Whether a record shows nobody without leave in the zone."""
    return seen.numbers["unpermitted"] == 0.0


def is_counted(seen: Observation) -> bool:
    """Whether a record tells how many are inside."""
    return seen.numbers["count"] >= 0.0


def moves(seen: Observation) -> bool:
    """Whether a tag has moved within a minute, or is outside."""
    return seen.numbers["still"] < 1.0


def is_calm(seen: Observation) -> bool:
    """Whether a tag's button is not pressed."""
    return seen.numbers["sos"] == 0.0


def is_in_time(seen: Observation) -> bool:
    """Whether a person has leave to be where they are, or is outside."""
    return seen.numbers["over"] == 0.0


def has_company(seen: Observation) -> bool:
    """Whether a person is not alone inside."""
    return seen.numbers["alone"] == 0.0


def send_rescue(case: Case, view: View) -> Decision:
    """Call those still inside once more by name, and send the rescue team.

    case: a ``still-inside`` case; every entity is a zone that was called out.
    view: gives each zone's roll.
    """
    rolls = tuple(roll_of(zone, view) for zone in case.entities)
    calls = tuple(call("page", person) for roll in rolls for person in roll.who)
    teams = tuple(rescue(roll.zone, about=", ".join(roll.who) or "?") for roll in rolls)
    what = Text(zh="撤离后仍在分区内的人数", en="people inside after the call to leave:")
    why = value_and_limit(case, what=what, unit="")
    return Decision(orders=(*calls, *teams), why=why, alternatives=(GO_IN, WAIT))


def turn_out(case: Case, view: View) -> Decision:
    """Tell whoever has no leave to go out, and send security to the entrance.

    case: an ``access-unpermitted`` case; every entity is a zone.
    view: not looked at: whoever has no tag has no name.
    """
    del view
    calls = tuple(call("warn-off", zone) for zone in case.entities)
    guards = tuple(
        visit("check-access", zone, title=CHECK_ACCESS, assignee=SECURITY) for zone in case.entities
    )
    what = Text(zh="未经许可人数", en="people without leave:")
    return Decision(
        orders=(*calls, *guards),
        why=value_and_limit(case, what=what, unit=""),
        alternatives=(LOCK,),
    )


def fetch_fallen(case: Case, view: View) -> Decision:
    """Call a person who lies still, and send the rescue team there.

    case: a ``person-still`` case; the entity is the person.
    view: gives the zone where the tag was last seen.
    """
    return _fetched(case, view, what=Text(zh="静止不动（分钟）", en="minutes without movement:"))


def fetch_caller(case: Case, view: View) -> Decision:
    """Call a person back who pressed the button, and send the rescue team there.

    case: a ``person-calls`` case; the entity is the person.
    view: gives the zone where the tag was last seen.
    """
    return _fetched(case, view, what=Text(zh="按下求救按钮", en="help button pressed:"))


def call_back(case: Case, view: View) -> Decision:
    """Call a person who overstays, and have someone reach them.

    case: a ``person-overstays`` case; the entity is the person.
    view: gives the zone where the tag was last seen.
    """
    what = Text(zh="超过许可停留时间", en="beyond the leave to stay:")
    return _reached(case, view, what=what, send=("check-on", CHECK_ON))


def join_up(case: Case, view: View) -> Decision:
    """Call a person who is alone inside, and have a partner sent.

    case: a ``person-alone`` case; the entity is the person.
    view: gives the zone where the tag was last seen.
    """
    what = Text(zh="单人留在廊内", en="alone inside:")
    return _reached(case, view, what=what, send=("send-partner", SEND_PARTNER))


def watch_door(case: Case, view: View) -> Decision:
    """Keep the roll by hand where the gateway has fallen silent.

    case: a ``roll-silent`` case; every entity is a zone.
    view: gives who was inside when it was last heard.
    """
    minutes = case.alarms[-1].value * SECOND / MINUTE
    limit = case.alarms[-1].limit * SECOND / MINUTE
    who = ", ".join(person for zone in case.entities for person in roll_of(zone, view).who) or "-"
    why = Text(
        zh=f"在廊人员动态中断 {minutes:.1f} 分钟，限值 {limit:.1f} 分钟；最后在内 {who}",
        en=f"no roll for {minutes:.1f} min, limit {limit:.1f} min; last inside {who}",
    )
    orders = tuple(
        visit("watch-door", zone, title=WATCH_DOOR, assignee=SECURITY) for zone in case.entities
    )
    return Decision(orders=orders, why=why, alternatives=(TRUST_ROLL,))


def where_is(person: str, view: View) -> str:
    """The zone in which a tag was last seen, as an id; "?" if nobody knows.

    view: gives the tag's newest record.
    """
    seen = view.latest(PERSON.name, person)
    zone = 0.0 if seen is None else seen.numbers["zone"]
    return f"zone/{zone:.0f}" if zone >= 1.0 else "?"


def _fetched(case: Case, view: View, *, what: Text) -> Decision:
    where = where_is(case.entity, view)
    orders = (call("page", case.entity, about=where), rescue(case.entity, about=where))
    why = joined(value_and_limit(case, what=what, unit=""), _last_seen(where))
    return Decision(orders=orders, why=why, alternatives=(GO_IN,))


def _last_seen(where: str) -> Text:
    return Text(zh=f"最后位置 {where}", en=f"last seen in {where}")


def _reached(case: Case, view: View, *, what: Text, send: tuple[str, Text]) -> Decision:
    person, (action, title) = case.entity, send
    where = where_is(person, view)
    orders: tuple[Order, ...] = (
        call("page", person, about=where),
        visit(action, person, title=title),
    )
    why = joined(value_and_limit(case, what=what, unit=" min"), _last_seen(where))
    return Decision(orders=orders, why=why, alternatives=(LET_STAY,))


def _shown(holds: Callable[[Observation], bool]) -> Closure:
    return Closure(window=WINDOW, at_least=AT_LEAST, holds=holds, gap=70 * SECOND)


ACCESS_PLAYBOOKS: Final = (
    Playbook(
        name="still-inside",
        title=Text(zh="撤离后仍有人", en="Still inside after the call to leave"),
        stream=BOARD,
        detect=Limit("to_leave", high=SOMEBODY, on_delay=OUT_WITHIN, severity=Severity.EXTREME),
        decide=send_rescue,
        close=_shown(nobody_left),
        due_in=30 * MINUTE,  # Ours: a breathing apparatus lasts as long.
    ),
    Playbook(
        name="person-still",
        title=Text(zh="人员静止不动", en="Person without movement"),
        stream=PERSON,
        detect=Limit("still", high=STILL_MIN, severity=Severity.EXTREME),
        decide=fetch_fallen,
        close=_shown(moves),
        due_in=30 * MINUTE,
        roll_up=EACH,
    ),
    Playbook(
        name="person-calls",
        title=Text(zh="人员求救", en="Person calls for help"),
        stream=PERSON,
        detect=Limit("sos", high=HELP, severity=Severity.EXTREME),
        decide=fetch_caller,
        close=_shown(is_calm),
        due_in=30 * MINUTE,
        roll_up=EACH,
    ),
    Playbook(
        name="access-unpermitted",
        title=Text(zh="未经许可进入", en="Entry without leave"),
        stream=BOARD,
        detect=Limit(
            "unpermitted",
            high=SOMEBODY,
            on_delay=1 * MINUTE,  # Ours: a tag held up late is read by then.
            severity=Severity.SEVERE,
        ),
        decide=turn_out,
        close=_shown(all_permitted),
        due_in=1 * HOUR,
    ),
    Playbook(
        name="person-alone",
        title=Text(zh="单人留廊", en="Alone inside"),
        stream=PERSON,
        detect=Limit("alone", high=ALONE_MIN, severity=Severity.MODERATE),
        decide=join_up,
        close=_shown(has_company),
        due_in=1 * HOUR,
        roll_up=EACH,
        under=("person-still", "person-calls"),  # The rescue team is on its way.
    ),
    Playbook(
        name="person-overstays",
        title=Text(zh="超时停留", en="Overstays the leave"),
        stream=PERSON,
        detect=Limit("over", high=OVERSTAY_MIN, severity=Severity.MODERATE),
        decide=call_back,
        close=_shown(is_in_time),
        due_in=1 * HOUR,
        roll_up=EACH,
    ),
    Playbook(
        name="roll-silent",
        title=Text(zh="在廊人员动态中断", en="Roll of people silent"),
        stream=BOARD,
        detect=Silence(ROLL_SILENT_FOR, severity=Severity.MODERATE),
        decide=watch_door,
        close=_shown(is_counted),
        roll_up=BEHIND,
        under=("gateway-silent",),
    ),
)
PEOPLE_PLAYBOOKS: Final = (*ACCESS_PLAYBOOKS, *PERMIT_PLAYBOOKS, *PATROL_PLAYBOOKS)
