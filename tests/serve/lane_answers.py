"""What a lane's asked day may come to, for tests of the server and the console."""

import sys

import msgspec

from haihe.model import Text
from haihe.model.time import MINUTE
from haihe.twin.lane_day import Band, Fit, Flip, LaneAnswer, LaneRun, Spread
from tests.packs.lane_days import FROM_AT, NAME

MINUTES = 60
CURVE = tuple(float(at) for at in range(MINUTES))
FIT = Fit(1.0, 0.0, 32.7, 30.5, 5.7, 75.0, 3.0, 0.0, is_good=True)


def a_run(name: str, title: Text, *, turned: int, lost: float) -> LaneRun:
    """A run that turned inbound at a minute and lost so many vehicle hours."""
    at = FROM_AT + turned * MINUTE
    end = FROM_AT + MINUTES * MINUTE
    return LaneRun(
        name=name, title=title, flips=(Flip(at, "inbound"),),
        bands=(
            Band(FROM_AT, at, "outbound"), Band(at, at + 2 * MINUTE, "closed"),
            Band(at + 2 * MINUTE, end, "inbound"),
        ),
        lost_veh_h=Spread(lost, 2.0), saved_veh_h=Spread(50.0 - lost, 3.0),
        worst_queue_veh=Spread(75.0, 7.0), gone_min=Spread(50.0, 4.0), left_veh=0.0,
        clearing_s=Spread(99.0, 4.0), stranded=0, asks=0, queue_veh=(CURVE, CURVE),
    )  # fmt: skip


ANSWER = LaneAnswer(
    lane=NAME,
    from_at=FROM_AT,
    to_at=FROM_AT + MINUTES * MINUTE,
    refused=None,
    fit=FIT,
    demand_veh_h=(CURVE, CURVE),
    queue_veh=(CURVE, CURVE),
    twin_queue_veh=(CURVE, CURVE),
    runs=(
        a_run("recorded", Text("实际执行", "as it was"), turned=32, lost=50.0),
        a_run("asked", Text("所问方案", "as asked"), turned=10, lost=9.0),
    ),
    sentence=Text(
        "若07:10 换向(实际: 07:32 换向), 会少损失 41 ± 3 车时。",
        "turning at 07:10 instead of 07:32 would have saved 41 ± 3 vehicle hours.",
    ),
)
REFUSED = LaneAnswer(
    NAME, FROM_AT, FROM_AT + MINUTES * MINUTE, Text("流量记录有缺口", "the record has holes"), None,
    (), (), (), (), Text("流量记录有缺口", "the record has holes"),
)  # fmt: skip


def program(answer: LaneAnswer, *, code: int = 0) -> list[str]:
    """A program that answers so."""
    said = msgspec.json.encode(answer).decode()
    return [sys.executable, "-c", f"import sys; print({said!r}); sys.exit({code})"]
