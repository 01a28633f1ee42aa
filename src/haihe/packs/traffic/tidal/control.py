"""The loop over reversible lanes: records in, orders to signs and signals out, with their why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from haihe.model import Answered, Decision, FieldKind, Order, Settled, Text
from haihe.model.arrays import BoolArray, FloatArray, IntArray
from haihe.model.record import Batch
from haihe.model.stream import Field, Stream
from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.pack import Loop, Turn
from haihe.packs.traffic.measures.events import Events, joined
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.interlock import REASONS, Rule
from haihe.packs.traffic.tidal.lanes import PLAIN_NAMES, WAY_NAMES, Way
from haihe.packs.traffic.tidal.machine import HOPELESS, Act
from haihe.packs.traffic.tidal.untaken import PEOPLE_AT, Untaken, due, followed, none_untaken

EVERY: Final = 5 * SECOND  # Ours: within ``late_s``, so that what is just told is not late.
FLOW_FRESH: Final = 10 * MINUTE  # Ours: the counting time; what is older says nothing of now.
ORDER_DUE: Final = 10 * SECOND  # Ours: two turns; a sign that needs longer is broken.
ASK_DUE: Final = 5 * MINUTE  # Ours: a look at a camera, and a word.
MEND_DUE: Final = 4 * HOUR  # Ours: before the tide turns back.
LANE_EVENT: Final = Stream(
    name="traffic.lane_event",
    fields=(
        Field("device", unit="1", low=0.0, high=65_535.0),
        Field("code", unit="1", low=0.0, high=65_535.0),
        Field("parameter", unit="1", low=0.0, high=65_535.0),
    ),
    source="Indiana Traffic Signal Hi Resolution Data Logger Enumerations, Purdue and INDOT, 2020",
)
LANE_FLOW: Final = Stream(
    name="traffic.lane_flow",
    fields=(
        Field("inbound", unit="veh/h", low=0.0, high=20_000.0),
        Field("outbound", unit="veh/h", low=0.0, high=20_000.0),
        Field("inbound_waiting", unit="veh", low=0.0, high=20_000.0),
        Field("outbound_waiting", unit="veh", low=0.0, high=20_000.0),
        Field("inside", unit="veh", low=0.0, high=20_000.0),
    ),
    source="Counted by detectors before the corridor's ends over ten minutes, told each minute",
)
LANE_HAND: Final = Stream(
    name="traffic.lane_hand",
    fields=(
        Field("act", kind=FieldKind.TEXT),
        Field("who", kind=FieldKind.TEXT),
        Field("reason", kind=FieldKind.TEXT),
    ),
    source="What a person at the desk wants of a lane: close, in, out, release, confirm-empty",
)
RELEASE: Final = "release"
ACTS: Final = {"close": Act.CLOSE, "in": Act.IN, "out": Act.OUT, RELEASE: Act.RELEASE}
CONFIRM: Final = "confirm-empty"
LOOK: Final = "lane-look"


@dataclass(frozen=True, slots=True)
class Hand:
    """Who holds a lane, at what and why; all empty where nobody does.

    at: since when; ns.
    """

    act: str = ""
    who: str = ""
    reason: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Memory:
    """What the loop remembers.

    flow: float64 (lane, 5), the last words of ``LANE_FLOW``; NaN before the first.
    flow_at: int64 (lane,), when they were received; ns.
    has_begun: whether ``flight`` has been started.
    hands: who holds each lane.
    untaken: orders that signs did not take.
    """

    flight: pilot.Flight
    flow: FloatArray
    flow_at: IntArray
    has_begun: bool
    hands: tuple[Hand, ...]
    untaken: Untaken

    def fresh_flow(self, now: int) -> FloatArray:
        """float64 (lane, 5): of ``flow`` what still says something of now; else NaN."""
        known = (now - self.flow_at <= FLOW_FRESH)[:, None]
        return np.where(known, self.flow, np.nan)


@dataclass(frozen=True, slots=True)
class TidalControl:
    """Turns the lanes of ``settings`` when the tide pays for it, and never on a hope."""

    settings: pilot.Settings

    def numbers(self) -> Mapping[str, float]:
        """What a turn must bring, and how long a lane stays as it is; minutes."""
        return self.settings.numbers

    def with_numbers(self, told: Mapping[str, float]) -> Self:
        """The same with other settings.

        Raises ValueError if one is not there, or out of reason.
        """
        return replace(self, settings=self.settings.with_numbers(told))

    def start(self) -> Memory:
        """Memory that has seen nothing."""
        lanes = len(self.settings.lanes)
        flight = pilot.start(self.settings, at=0)
        return Memory(
            flight,
            np.full((lanes, 5), np.nan),
            np.zeros(lanes, np.int64),
            has_begun=False,
            hands=(Hand(),) * lanes,
            untaken=none_untaken(lanes),
        )

    def turn(self, memory: Memory, turn: Turn) -> tuple[Memory, Sequence[Decision | Answered]]:
        """Orders for lanes that close or open, requests to persons, and what was refused."""
        if not memory.has_begun:
            flight = pilot.start(self.settings, at=turn.now)
            memory = replace(memory, flight=flight, has_begun=True)
        memory = self._measured(memory, turn)
        hands, acts, confirmed, decisions = self._by_hand(memory.hands, turn)
        flow = memory.fresh_flow(turn.now)
        heard = pilot.Heard(
            events=events_of(turn.new.get(LANE_EVENT.name)),
            flow_veh_h=flow[:, :2],
            queue_veh=flow[:, 2:4],
            inside_veh=flow[:, 4],
            acts=acts,
            confirmed=confirmed,
            held=np.array([turn.is_held(lane.name) for lane in self.settings.lanes]),
        )
        flight, told = pilot.turn(self.settings, memory.flight, heard=heard, now=turn.now)
        decisions += self._orders(flight, told, now=turn.now)
        untaken, more = self._again(memory.untaken, flight, told=told, turn=turn)
        memory = replace(memory, flight=flight, hands=hands, untaken=untaken)
        return memory, [*decisions, *more, *self._looks(turn)]

    def _again(
        self, untaken: Untaken, flight: pilot.Flight, *, told: pilot.Told, turn: Turn
    ) -> tuple[Untaken, list[Decision]]:
        """What the signs did not take: that it is so, the newest order again, and who goes there.

        A lane that is held on the platform gets no order, so its newest waits until it is let go.
        """
        names = [lane.name for lane in self.settings.lanes]
        untaken, said = followed(untaken, names, undone=turn.undone, now=turn.now)
        found = [
            not_taken(names[row], by=by, times=int(untaken.times[row])) for row, by in said.items()
        ]
        held = np.array([turn.is_held(name) for name in names], np.bool_)
        untaken, rows = due(untaken, changed=told.changed, held=held, now=turn.now)
        again = Text(
            zh="上一指令未被接收, 再次下达", en="the last order was not taken; it is given again"
        )
        return untaken, [*found, *(self._sign(flight, row, why=again) for row in rows)]

    def _rows(self, turn: Turn, rows: Batch) -> list[int]:
        """The lane of each record; -1 if it is none of ours."""
        place = {lane.name: at for at, lane in enumerate(self.settings.lanes)}
        names = turn.ids[rows.stream]
        return [place.get(names[slot], -1) for slot in rows.slots.tolist()]

    def _measured(self, memory: Memory, turn: Turn) -> Memory:
        rows = turn.new.get(LANE_FLOW.name)
        if rows is None:
            return memory
        flow, flow_at = memory.flow.copy(), memory.flow_at.copy()
        names = [field.name for field in LANE_FLOW.fields]
        for row, lane in enumerate(self._rows(turn, rows)):
            if lane >= 0:
                flow[lane] = [rows.numbers[name][row] for name in names]
                flow_at[lane] = rows.received_at[row]
        return replace(memory, flow=flow, flow_at=flow_at)

    def _by_hand(
        self, hands: tuple[Hand, ...], turn: Turn
    ) -> tuple[tuple[Hand, ...], IntArray, BoolArray, list[Decision]]:
        """Who holds each lane then, what people want, and an answer to each word of theirs.

        Closing is everybody's right; anything else needs a name and a reason.
        """
        lanes = self.settings.lanes
        acts = np.zeros(len(lanes), np.int64)
        confirmed = np.zeros(len(lanes), np.bool_)
        answers: list[Decision] = []
        holds = list(hands)
        rows = turn.new.get(LANE_HAND.name)
        for row, lane in enumerate(self._rows(turn, rows) if rows is not None else ()):
            assert rows is not None
            if lane < 0:
                continue
            act, who, reason = (
                str(rows.texts[n][row] or "").strip() for n in ("act", "who", "reason")
            )
            named = bool(who and reason)
            if act in ACTS and (named or act == "close"):
                acts[lane] = ACTS[act]
                holds[lane] = Hand() if act == RELEASE else Hand(act, who, reason, turn.now)
            elif act == CONFIRM and named:
                confirmed[lane] = True
            else:
                answers.append(_refused_hand(lanes[lane].name, act=act, who=who))
                continue
            answers.append(_heard_hand(lanes[lane].name, act=act, who=who, reason=reason))
        return tuple(holds), acts, confirmed, answers

    def _looks(self, turn: Turn) -> list[Answered]:
        """Those who looked and found a lane empty: with that they have done what was asked."""
        rows = turn.new.get(LANE_HAND.name)
        answers: list[Answered] = []
        for row, lane in enumerate(self._rows(turn, rows) if rows is not None else ()):
            assert rows is not None
            act, who, reason = (
                str(rows.texts[n][row] or "").strip() for n in ("act", "who", "reason")
            )
            if lane >= 0 and act == CONFIRM and who and reason:
                name = self.settings.lanes[lane].name
                answers.append(Answered(action=LOOK, entity=name, by=who, words=reason))
        return answers

    def _orders(self, flight: pilot.Flight, told: pilot.Told, *, now: int) -> list[Decision]:
        whys = dict(told.decided)
        decisions = [self._sign(flight, row, why=whys.get(row)) for row in told.changed]
        waits = [row for row in whys if row not in told.changed]
        decisions += [Decision(orders=(), why=whys[row]) for row in waits]
        decisions += [self._ask(flight, row, now=now) for row in told.asks]
        decisions += [self._mend(flight, row, now=now) for row in told.blocked]
        decisions += [Decision(orders=(), why=one.why) for one in told.refusals]
        return decisions

    def _sign(self, flight: pilot.Flight, row: int, *, why: Text | None) -> Decision:
        """The order to a lane's signs, with the signal plan that goes with it."""
        lane = self.settings.lanes[row]
        way = Way(int(flight.guard.way[row])) if flight.guard.lit[row] else Way.NONE
        name, plan = WAY_NAMES[way], lane.plans[way]
        done = (
            Text(
                zh=f"车道 {lane.name} 已确认清空",
                en=f"lane {lane.name} is proved empty, or was open so last",
            )
            if way
            else Text(zh=f"车道 {lane.name} 先清空", en=f"lane {lane.name} is cleared first")
        )
        told = why or done
        return Decision(
            orders=(
                Order(
                    action="lane-sign", entity=lane.name,
                    assignee="traffic-signs", due_in=ORDER_DUE,
                    title=Text(zh=f"车道信号: {name.zh}", en=f"lane sign: {name.en}"),
                    settled=Settled.BY_RECEIPT,
                    parameters={"way": PLAIN_NAMES[way], "plan": plan},
                ),
            ),
            why=Text(
                zh=f"{told.zh}; 信号方案 {plan}", en=f"{told.en}; signal plan {plan}"
            ),
        )  # fmt: skip

    def _mend(self, flight: pilot.Flight, row: int, *, now: int) -> Decision:
        """The request to mend what keeps an open lane from being proved empty."""
        lane, machine = self.settings.lanes[row], self.settings.machine
        other = np.where(flight.guard.way == Way.IN, Way.OUT, Way.IN)
        lacking = machine.interlock.lacks(flight.guard, other, now=now)[row]
        rules = [REASONS[rule] for rule in HOPELESS if lacking[rule]]
        zh, en = "、".join(one.zh for one in rules), ", ".join(one.en for one in rules)
        order = Order(
            action="lane-mend",
            entity=lane.name,
            assignee="maintenance",
            due_in=MEND_DUE,
            title=Text(zh="检修车道检测器或控制机", en="mend the lane's detectors or controllers"),
        )
        return Decision(
            orders=(order,),
            why=Text(
                zh=f"潮汐需要车道 {lane.name} 换向, 但无法确认清空, 维持现状: {zh}",
                en=f"the tide asks for lane {lane.name} to be turned, but it could not be proved "
                f"empty and stays as it is: {en}",
            ),
        )

    def _ask(self, flight: pilot.Flight, row: int, *, now: int) -> Decision:
        """The request to a person to look, with what is lacking."""
        lane, lock = self.settings.lanes[row], self.settings.machine.interlock
        wish = flight.course.goal
        lacking = lock.lacks(flight.guard, wish, now=now)[row]
        rules = [REASONS[rule] for rule in Rule if lacking[rule] and rule is not Rule.HOLD]
        zh, en = "、".join(one.zh for one in rules), ", ".join(one.en for one in rules)
        return Decision(
            orders=(
                Order(
                    action=LOOK, entity=lane.name, assignee="duty-officer", due_in=ASK_DUE,
                    title=Text(
                        zh="请用摄像头或派巡逻确认车道是否清空, 并在交通值班室登记",
                        en="look by camera or patrol whether the lane is empty, and say so in the "
                        "traffic room",
                    ),
                    settled=Settled.BY_REPORT,  # The interlock judges what they say.
                ),
            ),
            why=Text(
                zh=f"车道 {lane.name} 无法确认清空, 保持关闭: {zh}",
                en=f"lane {lane.name} cannot be proved empty and stays closed: {en}",
            ),
        )  # fmt: skip


def events_of(rows: Batch | None) -> Events:
    """The records of ``LANE_EVENT`` as events; those with a value missing are left out."""
    if rows is None:
        return joined([])
    columns = [rows.numbers[name] for name in ("device", "code", "parameter")]
    whole = np.isfinite(np.stack(columns)).all(axis=0)
    device, code, parameter = (column[whole].astype(np.int64) for column in columns)
    return Events(rows.observed_at[whole], device, code, parameter)


def tidal_loop(settings: pilot.Settings) -> Loop:
    """The loop of these lanes, for a pack."""
    return Loop(
        name="tidal",
        title=Text(zh="潮汐车道", en="reversible lanes"),
        streams=(LANE_EVENT, LANE_FLOW, LANE_HAND),
        every=EVERY,
        control=TidalControl(settings),
    )


def not_taken(lane: str, *, by: str, times: int) -> Decision:
    """That a lane's signs did not take an order; from the third on somebody is sent.

    by: what they said. times: orders in a row.
    """
    order = Order(
        action="lane-mend",
        entity=lane,
        assignee="maintenance",
        due_in=MEND_DUE,
        title=Text(zh="检修不接收指令的车道信号机", en="mend the sign that takes no orders"),
    )
    return Decision(
        orders=(order,) if times == PEOPLE_AT else (),
        why=Text(
            zh=f"车道 {lane} 的信号未接收指令 ({by}), 连续第 {times} 次",
            en=f"the signs of lane {lane} did not take an order ({by}), the {times}. in a row",
        ),
    )


def _heard_hand(lane: str, *, act: str, who: str, reason: str) -> Decision:
    name, words = spoken(who or "有人 / somebody"), spoken(reason or "无理由 / no reason given")
    return Decision(
        orders=(),
        why=Text(
            zh=f"{name.zh} 对车道 {lane} 下达 {act}: {words.zh}",
            en=f"{name.en} wants lane {lane} to {act}: {words.en}",
        ),
    )


def spoken(words: str) -> Text:
    """What a person said, in both languages where they gave both with " / " between.

    >>> spoken("巡逻员赵 / patrol Zhao").en
    'patrol Zhao'
    >>> spoken("patrol Zhao").zh
    'patrol Zhao'
    """
    zh, _, en = words.partition(" / ")
    return Text(zh=zh, en=en or zh)


def _refused_hand(lane: str, *, act: str, who: str) -> Decision:
    known = ", ".join([*ACTS, CONFIRM])
    return Decision(
        orders=(),
        why=Text(
            zh=f"未执行 {who or '无名'} 对车道 {lane} 的指令 {act or '空'}: "
            f"须为 {known} 之一并写明姓名和理由",
            en=f"'{act}' by '{who}' on lane {lane} was not done: it must be one of {known}, with a "
            "name and a reason",
        ),
    )
