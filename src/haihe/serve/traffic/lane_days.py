"""``POST /traffic/lanes/{lane}/what-if``: a recorded day of a reversible lane, asked."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from haihe.errors import PackInvalid
from haihe.pack.contract import Pack
from haihe.run.studying import study_of
from haihe.serve.access import READERS, check_scope
from haihe.serve.calling import Asked, Operation
from haihe.serve.checking import RUN
from haihe.serve.kinds import Nothing
from haihe.serve.owning import note_read
from haihe.serve.problem import unknown
from haihe.serve.sight import check_sight
from haihe.serve.traffic.asked_days import Driving
from haihe.twin.lane_day import FLIPS_MOST, LaneAnswer, LaneQuestion, WayName

STUDY: Final = "traffic.what-if"
WAIT_S: Final = 120.0  # Ours: nobody looks at a turning wheel for longer; a morning takes 10.
SHORTER: Final = "ask for a shorter stretch, fewer seeds, or no search."
SEEDS_MOST: Final = 10  # Ours: of one request; the command line allows more.
STREAMS: Final = ("traffic.lane_event", "traffic.lane_flow")
OPTIONS: Final[dict[WayName, str]] = {"inbound": "--in", "outbound": "--out", "closed": "--close"}
Day = Annotated[
    str, Meta(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", max_length=10)
]
ClockTime = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5)]
Minutes = Annotated[float, Meta(ge=0, le=720)]
Factor = Annotated[float, Meta(ge=0, le=100)]
Gain = Annotated[float, Meta(ge=0, le=1_000)]
Share = Annotated[float, Meta(ge=0, le=1)]


class TurnBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A turn to try: the time of day there, such as 07:10, and the way from then on."""

    time: ClockTime
    way: Literal["inbound", "outbound", "closed"]


class WhatIfBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """What is asked.

    day: there, such as 2026-11-20.
    turns: when to turn it instead; none asks what never turning had meant.
    start, to: the stretch, times of the day; from an hour before the first turn on, or from where
        the record begins, for three hours where left out.
    seeds: draws of the arrivals. search: look for the best of a coarse grid too.
    hold_min, factor, gain_veh_h, share: the loop with other settings beside.
    """

    day: Day
    turns: Annotated[tuple[TurnBody, ...], Meta(max_length=FLIPS_MOST)] = ()
    start: ClockTime | None = None
    to: ClockTime | None = None
    seeds: Annotated[int, Meta(ge=2, le=SEEDS_MOST)] = 5
    search: bool = False
    hold_min: Minutes | None = None
    factor: Factor | None = None
    gain_veh_h: Gain | None = None
    share: Share | None = None


async def ask_day(asked: Asked[Nothing, WhatIfBody]) -> LaneAnswer:
    """The answer; refused in words in it where the record does not carry one."""
    platform, lane = asked.platform, asked.path["entity"]
    check_study(platform.node.engine.packs)
    for stream in STREAMS:
        check_scope(asked.caller, stream)
    check_sight(platform.node, asked.caller, entity=lane)
    await note_read(asked, subject=f"what-if {lane}", entities=[lane])
    folder = platform.node.log.path.parent
    driving = Driving(command_of(folder, lane, body=asked.body), WAIT_S, SHORTER)
    return await platform.asked_days.answer(driving, kind=LaneAnswer)


def check_study(packs: Sequence[Pack]) -> None:
    """Refuse what no pack here can answer, before a program is begun for it.

    Raises Problem.
    """
    try:
        study_of(packs, STUDY, question=LaneQuestion, answer=LaneAnswer)
    except PackInvalid as error:
        raise unknown(str(error), what_to_do="GET /packs lists what runs.") from error


def command_of(folder: Path, lane: str, *, body: WhatIfBody) -> list[str]:
    """The program that answers, and prints JSON."""
    given = [f"--day={body.day}", f"--lane={lane}", f"--seeds={body.seeds}", "--json"]
    given += [f"{OPTIONS[turn.way]}={turn.time}" for turn in body.turns]
    given += [
        f"--{name}={value}" for name, value in (("from", body.start), ("to", body.to)) if value
    ]
    told = {
        "hold": None if body.hold_min is None else f"{body.hold_min}min",
        "factor": body.factor,
        "gain": body.gain_veh_h,
        "share": body.share,
    }
    given += [f"--set={name}={value}" for name, value in told.items() if value is not None]
    given += ["--search"] if body.search else []
    return [sys.executable, "-c", RUN, "haihe", "traffic", "what-if", str(folder), *given]


LANE_DAYS: Final = (
    Operation(
        "POST", "/traffic/lanes/{entity:path}/what-if", READERS,
        "A recorded day of a reversible lane, had it been turned otherwise",
        ask_day, body=WhatIfBody, answer=LaneAnswer,
    ),
)  # fmt: skip
