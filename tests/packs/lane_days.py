"""Days of a reversible lane as the corridor twin records them, for tests."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from haihe.log.sqlite import SqliteLog
from haihe.model import Text
from haihe.model.arrays import FloatArray
from haihe.model.line import Dispatched, StreamDeclared, decode_lines
from haihe.model.record import Batch, Rows
from haihe.model.time import HOUR, MINUTE, SECOND
from haihe.pack import Pack
from haihe.packs.traffic.measures.events import Events, joined
from haihe.packs.traffic.tidal import pilot
from haihe.packs.traffic.tidal.control import LANE_EVENT, LANE_FLOW, LANE_HAND, tidal_loop
from haihe.packs.traffic.tidal.corridor import STEP_S, drive, empty_street
from haihe.packs.traffic.tidal.forecast import SLOTS, tide_of
from haihe.packs.traffic.tidal.lanes import Lane, Limits, Way
from haihe.packs.traffic.tidal.machine import Act
from haihe.packs.traffic.tidal.rehearsal import Came, Cast, heard, moved, opening
from haihe.packs.traffic.tidal.replayed import road_of
from haihe.packs.traffic.tidal.sensors import Sensors, sign_events, twin_lane
from haihe.packs.traffic.tidal.whatif import what_if
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node
from tests.run.world import told

NAME = "lane/avenue-0"
LIKE = Lane(
    name="lane/avenue", devices=(0, 1), gates=(1, 2, 3, 4), zones=(11,), signs=(1, 1),
    length_m=972.0, lanes=(2, 2), capacity_veh_h=605.0,
)  # fmt: skip
LANE = twin_lane(0, zones=4, length_m=14 * STEP_S * 13.9, like=LIKE)
DAY_AT = (20_777 * 24 - 8) * HOUR  # 20 November 2026, a Friday, midnight in Beijing.
FROM_AT = DAY_AT + 6 * HOUR + 30 * MINUTE
MINUTES = 60
TO_AT = FROM_AT + MINUTES * MINUTE


def tide(minutes: FloatArray) -> FloatArray:
    """float64 (way, minute), vehicles an hour: inbound over two lanes' 1,210 from 6:45 to 7:15."""
    part = np.clip((minutes - 8) / 10, 0, 1) * np.clip((48 - minutes) / 5, 0, 1)
    return np.stack([600 + 1_200 * part, np.full_like(part, 450.0)])


def settings_of(usual: float = 450.0, hold: int = 20 * MINUTE) -> pilot.Settings:
    """The loop of the lane, for which each way is as busy on usual days."""
    counts = np.full((5, 1, 2, SLOTS), usual)
    return pilot.Settings(
        (LANE,), tide_of(counts, np.arange(5)), Limits(late_s=8), minimum_hold=hold
    )


@dataclass(frozen=True, slots=True)
class Day:
    """What was recorded, by stream."""

    flow: Batch
    events: Batch

    @property
    def past(self) -> dict[str, Batch]:
        return {LANE_FLOW.name: self.flow, LANE_EVENT.name: self.events}


def recorded_day(
    *, capacity: float = 1.0, seed: int = 3, acts: dict[int, Act] | None = None
) -> Day:
    """The morning with the real loop, or with what people want at these minutes.

    capacity: of the road, over what the lane's settings say.
    """
    begin, minutes = FROM_AT - 15 * MINUTE, MINUTES + 30
    shape = road_of(LANE, factors=np.array([capacity]))
    cast = Cast(settings_of(), shape, np.ones((1, 1, 2)), begin)
    scene = opening(cast, np.array([Way.OUT]))
    rates = tide(np.arange(minutes, dtype=np.float64) - 15)
    draw = np.random.default_rng(seed)
    sides = np.zeros((1, 2, shape.sections))
    events: list[Events] = []
    flows: list[list[float]] = []
    for step in range(minutes * 12):
        minute = step // 12
        wanted = Act.RELEASE if step == 0 and acts is None else Act.NONE
        if acts and step % 12 == 0:
            wanted = acts.get(minute - 15, Act.NONE)
        entry = draw.poisson(rates[:, minute] * STEP_S / 3600)[None].astype(np.float64)
        came = Came(entry, sides, np.array([wanted]))
        at = begin + (step + 1) * STEP_S * SECOND
        amber = ~scene.flight.guard.lit & (at - STEP_S * SECOND < scene.flight.guard.dark_at)
        went = moved(cast, scene, came=came)
        events += [went.events, sign_events(scene.shown, amber=amber, at=at - SECOND)]
        scene, _ = heard(cast, scene, came=came, step=went)
        if (step + 1) % 12 == 0:
            waits = (scene.street.waiting + scene.street.queue.sum(axis=2))[0]
            flow = scene.recent.sum(axis=0)[0] * 6
            flows.append([*flow, *waits, float(scene.street.cells.sum())])
    told = joined(events)
    ats = begin + (np.arange(minutes) + 1) * MINUTE
    columns = dict(zip([f.name for f in LANE_FLOW.fields], np.array(flows).T, strict=True))
    coded = {"device": told.device, "code": told.code, "parameter": told.parameter}
    return Day(
        batch(LANE_FLOW.name, ats, numbers=columns),
        batch(LANE_EVENT.name, told.at, numbers=coded),
    )


def batch(stream: str, at: np.ndarray, *, numbers: dict[str, np.ndarray]) -> Batch:
    """Records of one entity."""
    count = len(at)
    return Batch(
        stream=stream,
        offsets=np.arange(count),
        slots=np.zeros(count, np.int32),
        observed_at=np.asarray(at, np.int64),
        received_at=np.asarray(at, np.int64),
        numbers={name: np.asarray(one, np.float64) for name, one in numbers.items()},
        texts={},
    )


def without(rows: Batch, mask: np.ndarray) -> Batch:
    """The records that a mask leaves."""
    return replace(
        rows,
        offsets=rows.offsets[mask],
        slots=rows.slots[mask],
        observed_at=rows.observed_at[mask],
        received_at=rows.received_at[mask],
        numbers={name: one[mask] for name, one in rows.numbers.items()},
    )


def logged_day(folder: Path, *, minutes: int = 45) -> None:
    """A morning through the whole platform: the corridor tells, the loop orders, signs obey.

    A tide of 1,900 vehicles an hour inbound comes at the 10th minute, 6:40; nobody announced it.
    """
    settings = replace(settings_of(), minimum_hold=1 * MINUTE)
    begin = FROM_AT
    pack = pack_of(settings)
    node = Node(SqliteLog(folder), (pack,), clock=DataClock(begin))
    for stream in pack.all_streams:
        told(node, StreamDeclared(at=begin, stream=stream))
    road = _Road()
    draw = np.random.default_rng(5)
    came: list[FloatArray] = []
    for step in range(minutes * 12):
        at = begin + step * STEP_S * SECOND
        rates = np.array([1_900.0 if step >= 120 else 700.0, 450.0]) * STEP_S / 3600
        came.append(draw.poisson(rates).astype(np.float64))
        rows = [rows_of(LANE_EVENT.name, road.step(came[-1], at))]
        if step == 2:
            rows.append(_hand(at + SECOND))
        if (step + 1) % 12 == 0:
            flow = np.sum(came[-120:], axis=0) * 3600 / (STEP_S * len(came[-120:]))
            rows.append(_flow(at + STEP_S * SECOND - 1, [*flow, *road.waiting, road.inside]))
        for one in rows:
            node.submit(Arrival(one))
        node.round()
        for line in node.log.read(road.read, streams=("step",)):
            road.read = line.header.first_offset + line.header.rows
            for said in decode_lines(line.body or b""):
                if isinstance(said, Dispatched) and said.order.action == "lane-sign":
                    road.order(said.order.parameters["way"], at + STEP_S * SECOND)
    node.stop()


def pack_of(settings: pilot.Settings) -> Pack:
    """A traffic pack with nothing but the lane."""
    title = Text(zh="交通", en="traffic")
    loops, studies = (tidal_loop(settings),), (what_if(settings),)
    return Pack("traffic", title, playbooks=(), loops=loops, studies=studies)


class _Road:
    """The corridor, its detectors, and signs that show amber before they are red."""

    def __init__(self) -> None:
        self.shape = road_of(LANE, factors=np.ones(1))
        self.street = empty_street(self.shape)
        self.sensors = Sensors(4, self.shape.cells)
        self.sensed = self.sensors.start()
        self.way, self.dark_at, self.read = Way.NONE, 0, 0

    @property
    def waiting(self) -> list[float]:
        return list((self.street.waiting + self.street.queue.sum(axis=2))[0])

    @property
    def inside(self) -> float:
        return float(self.street.cells.sum())

    def order(self, way: str, at: int) -> None:
        named = {"inbound": Way.IN, "outbound": Way.OUT, "closed": Way.NONE}[way]
        if named is Way.NONE:
            self.dark_at = at + 20 * SECOND
        else:
            self.way, self.dark_at = named, 2**62

    def step(self, came: FloatArray, at: int) -> Events:
        shown = np.array([self.way if at < self.dark_at else Way.NONE])
        sides = np.zeros((1, 2, self.shape.sections))
        self.street, passed = drive(
            self.street, self.shape, arrivals=came[None], sides=sides, shown=shown
        )
        self.sensed, events = self.sensors.step(
            self.sensed, passed, cells=self.street.cells, way=self.street.way, at=at
        )
        amber = np.array([at < self.dark_at < 2**61])
        return joined([events, sign_events(shown, amber=amber, at=at + 4 * SECOND)])


def rows_of(stream: str, events: Events) -> Rows:
    """Events of the lane on their way in."""
    codes = {"device": events.device, "code": events.code, "parameter": events.parameter}
    return Rows(
        stream=stream,
        ids=(NAME,),
        codes=np.zeros(len(events), np.int32),
        observed_at=events.at,
        numbers={name: one.astype(np.float64) for name, one in codes.items()},
        texts={},
        received_at=np.maximum.accumulate(events.at),
    )


def _flow(at: int, values: list[float]) -> Rows:
    names = [field.name for field in LANE_FLOW.fields]
    numbers = {name: np.array([one]) for name, one in zip(names, values, strict=True)}
    when = np.array([at])
    return Rows(LANE_FLOW.name, (NAME,), np.zeros(1, np.int32), when, numbers, {}, received_at=when)


def _hand(at: int) -> Rows:
    told = {"act": "confirm-empty", "who": "ann", "reason": "seen by camera"}
    texts = {name: np.array([one], dtype=object) for name, one in told.items()}
    when = np.array([at])
    return Rows(LANE_HAND.name, (NAME,), np.zeros(1, np.int32), when, {}, texts, received_at=when)
