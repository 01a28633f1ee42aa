"""What an order brought about: vehicles let go against those expected, and the queue after."""

from dataclasses import dataclass
from typing import Final

from haihe.model import OrderState, Text
from haihe.model.decision import WorkOrder
from haihe.model.time import MINUTE, SECOND
from haihe.pack import Effect, View
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.signals.words import STAGE
from haihe.packs.traffic.streams import ROAD_FLOW

# Ours: the newest minute of counts then begins half a minute before the order to half a minute
# after it, so that it holds most of the green.
EFFECT_AFTER: Final = 90 * SECOND
MINUTES_H: Final = 60.0  # Of an hour.
EXPECTED_LEAST: Final = 3.0  # Ours: of fewer vehicles chance decides.
DONE: Final = 0.5  # Ours: half of what was expected; the minute holds only part of the green.


@dataclass(frozen=True)
class StageEffect:
    """Measures orders of ``site`` by the counts of the roads that their stage serves."""

    site: Site

    def __call__(self, order: WorkOrder, view: View) -> Effect | None:
        """What the order brought about; None where nothing can be said.

        So of another action, an order that never left, a stage that nobody was expected at, and
        counts that are missing or older than the order.
        """
        asked = order.order
        at = self.site.rows.get(asked.entity, -1)
        if asked.action != STAGE or at < 0 or order.state is not OrderState.DELIVERED:
            return None
        expected, before = (
            _number(asked.parameters, "expected"),
            _number(asked.parameters, "waiting"),
        )
        if expected < EXPECTED_LEAST:
            return None
        rate = self.site.layout.rate[at, int(_number(asked.parameters, "stage"))]
        roads = {road for road, one in zip(self.site.roads[at], rate, strict=False) if one > 0}
        seen = [view.latest(ROAD_FLOW.name, f"road/{road}") for road in sorted(roads)]
        fresh = [one for one in seen if one and one.observed_at > order.dispatched_at]
        flows = [one.numbers["flow"] for one in fresh]
        waits = [one.numbers["waiting"] for one in fresh]
        if len(fresh) < len(roads) or any(one != one for one in (*flows, *waits)):
            return None
        passed, after = sum(flows) / MINUTES_H, sum(waits)
        return Effect(
            value=passed,
            expected=expected,
            is_good=passed >= DONE * expected,
            why=_words(asked.entity, passed=passed, expected=expected, waits=(before, after)),
        )


def _words(entity: str, *, passed: float, expected: float, waits: tuple[float, float]) -> Text:
    before, after = waits
    return Text(
        zh=f"{entity} 一分钟内放行 {passed:.0f} 辆, 预计 {expected:.0f} 辆; "
        f"排队由 {before:.0f} 辆变为 {after:.0f} 辆",
        en=f"{passed:.0f} vehicles passed at {entity} in a minute, {expected:.0f} were expected; "
        f"{before:.0f} waited before, {after:.0f} on these roads now",
    )


def _number(parameters: dict[str, str], name: str) -> float:
    """A number that an order carries; 0 if it does not."""
    text = parameters.get(name, "")
    return float(text) if text.replace(".", "", 1).isdigit() else 0.0


assert EFFECT_AFTER > MINUTE  # A whole minute of counts lies between.
