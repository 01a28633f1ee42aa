"""What a stretch of the streets may come to, for tests of the server and the console."""

import sys
from dataclasses import replace

import msgspec

from haihe.model import Text
from haihe.model.time import MINUTE
from haihe.twin.lane_day import Spread
from haihe.twin.street_day import RoadFit, RoadRun, StreetAnswer, StreetFit, StreetRun
from tests.packs.lane_days import FROM_AT

MINUTES = 60
CURVE = tuple(float(at) for at in range(MINUTES))
ROAD = "road/J0101-from-W"
FIT = StreetFit(
    "loops", 40.0, 38.0, 900.0, 880.0, 0.95, 1.5, is_good=True,
    roads=(RoadFit(ROAD, 700.0, 690.0, 12.0, 9.0),),
)  # fmt: skip


def a_run(name: str, title: Text, *, lost: float) -> StreetRun:
    """A way of steering that lost so many vehicle hours."""
    road = RoadRun(ROAD, 700.0, Spread(lost / 4, 0.5), lost)
    return StreetRun(
        name, title, (("signals.patience_s", 90.0),) if name == "other" else (), Spread(lost, 2.0),
        lost + 3, Spread(100 - lost, 2.5), 96 - lost, Spread(lost * 2, 4.0), ROAD,
        Spread(1.4, 0.1), 0, (road,), CURVE,
    )  # fmt: skip


ANSWER = StreetAnswer(
    from_at=FROM_AT,
    to_at=FROM_AT + MINUTES * MINUTE,
    seeds=3,
    refused=None,
    came_veh=900.0,
    every=MINUTE,
    waiting_veh=CURVE,
    fits=(FIT, replace(FIT, run="plan", is_good=False)),
    runs=(
        a_run("plan", Text("固定配时", "the plan in force"), lost=100.0),
        a_run("loops", Text("信号与潮汐回路", "signals and lane by the loops"), lost=46.0),
        a_run("other", Text("回路(试用参数)", "the loops, other settings"), lost=40.0),
    ),
    sentence=Text("回路: 少损失 54 ± 5 车时。", "the loops: 54 ± 5 vehicle hours less lost."),
    doubts=(Text("只含抽样", "draws only"),),
)
WHY = Text("孪生不能复现这一段", "the twin does not give this stretch back")
REFUSED = replace(ANSWER, refused=WHY, sentence=WHY, runs=(), doubts=())


def program(answer: StreetAnswer, *, code: int = 0) -> list[str]:
    """A program that tells half of it is done and answers so."""
    said = msgspec.json.encode(answer).decode()
    told = f"import sys; sys.stderr.write('50\\n'); sys.stderr.flush(); print({said!r}); "
    return [sys.executable, "-c", f"{told}sys.exit({code})"]
