"""智慧交通: networks, signal plans, a lawful interlock, signals and reversible lanes at work."""

from haihe.model import Text
from haihe.pack import Pack
from haihe.packs.traffic.backtest.study import backtest
from haihe.packs.traffic.charts.studies import STUDIES
from haihe.packs.traffic.room.room import TrafficRoom
from haihe.packs.traffic.signals.demo import demo_faults
from haihe.packs.traffic.signals.loop import signal_loop
from haihe.packs.traffic.signals.playbooks import PLAYBOOKS
from haihe.packs.traffic.signals.zone import ZONE_SITE, ZONE_TIDE
from haihe.packs.traffic.street import StreetTwin
from haihe.packs.traffic.tidal.control import tidal_loop
from haihe.packs.traffic.tidal.whatif import what_if
from haihe.packs.traffic.titles import FIELD_TITLES

__all__ = ["pack"]

pack = Pack(
    name="traffic",
    title=Text(zh="智慧交通", en="Traffic"),
    playbooks=PLAYBOOKS,
    loops=(signal_loop(ZONE_SITE), tidal_loop(ZONE_TIDE)),
    twin=StreetTwin,
    demo=demo_faults,
    signals=STUDIES,
    studies=(what_if(ZONE_TIDE), backtest(ZONE_SITE, ZONE_TIDE)),
    room=TrafficRoom(ZONE_SITE.network),
    field_titles=FIELD_TITLES,
)
