"""The zone that the console's bench looks at: things that move, points that alarm at once."""

from typing import Final

from haihe.detect import Limit
from haihe.model import Case, Decision, Field, Observation, Order, Severity, Stream, Text
from haihe.model.time import HOUR, MINUTE
from haihe.pack import Closure, Pack, Playbook, View

PLACE: Final = (Field("lon", "deg", -180, 180), Field("lat", "deg", -90, 90))
CAR: Final = Stream("bench.car", (*PLACE, Field("speed", "km/h", 0, 200)))
POINT: Final = Stream("bench.point", (*PLACE, Field("value", "1", 0, 100)))
HIGH: Final = 95.0  # Ours: any record above it is a case of its own.


def _inspect(case: Case, view: View) -> Decision:
    del view
    order = Order(
        action="inspect",
        entity=case.entity,
        assignee="crew",
        due_in=HOUR,
        title=Text(zh="现场核查", en="inspect"),
    )
    return Decision(orders=(order,), why=Text(zh="超过限值", en="above the limit"))


def _is_low(seen: Observation) -> bool:
    return seen.numbers["value"] < HIGH - 5


pack: Final = Pack(
    name="bench",
    title=Text(zh="测量", en="bench"),
    playbooks=(
        Playbook(
            name="high",
            title=Text(zh="数值偏高", en="value high"),
            stream=POINT,
            detect=Limit("value", high=HIGH, deadband=5.0, severity=Severity.SEVERE),
            decide=_inspect,
            close=Closure(window=MINUTE, at_least=5, holds=_is_low),
        ),
    ),
    streams=(CAR,),
)
