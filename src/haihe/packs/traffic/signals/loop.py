"""The signal loop of a site, for a pack."""

from haihe.model import Text
from haihe.pack import Loop
from haihe.packs.traffic.signals.control import EVERY, SignalControl
from haihe.packs.traffic.signals.effect import EFFECT_AFTER, StageEffect
from haihe.packs.traffic.signals.site import Site
from haihe.packs.traffic.streams import ROAD_FLOW, SIGNAL_EVENT, SIGNAL_HAND, VEHICLE


def signal_loop(site: Site) -> Loop:
    """The loop over the site's junctions, a turn every 5 s."""
    return Loop(
        name="signals",
        title=Text(zh="信号控制", en="signals"),
        streams=(SIGNAL_EVENT, VEHICLE, ROAD_FLOW, SIGNAL_HAND),
        every=EVERY,
        control=SignalControl(site),
        effect=StageEffect(site),
        effect_after=EFFECT_AFTER,
    )
