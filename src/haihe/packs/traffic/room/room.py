"""The traffic zone's room: its drawing, and its junctions and lanes as they are."""

from dataclasses import dataclass
from functools import cached_property

from haihe.model.stream import Stream
from haihe.pack.room import Drawing, JunctionState, RoomShown, Seen
from haihe.packs.traffic.network.model import Network
from haihe.packs.traffic.room.drawing import drawn, road_entity, roads_into
from haihe.packs.traffic.room.junctions import SIGNALS, junctions_shown
from haihe.packs.traffic.room.lanes import TIDAL, lanes_shown
from haihe.packs.traffic.signals.shown import states_of
from haihe.packs.traffic.streams import ROAD_FLOW, SIGNAL_HAND
from haihe.packs.traffic.tidal.control import LANE_HAND


@dataclass(frozen=True)
class TrafficRoom:
    """What is shown of a network and of the loops that steer it.

    network: what is steered.
    """

    network: Network

    @property
    def junction_hand(self) -> Stream:
        """Where people's words on a junction go."""
        return SIGNAL_HAND

    @property
    def lane_hand(self) -> Stream:
        """Where people's words on a lane go."""
        return LANE_HAND

    @cached_property
    def watches(self) -> tuple[tuple[str, str], ...]:
        """The flow of every road with a stop line."""
        roads = (road for one in self.network.junctions for road in roads_into(one))
        return tuple((ROAD_FLOW.name, road_entity(road)) for road in roads)

    def drawing(self) -> Drawing:
        """The network with its reversible lane."""
        return self._drawing

    def shown(self, seen: Seen) -> RoomShown:
        """Junctions and lanes as they are; lanes only while their loop is at work."""
        tidal = seen.loops.get(TIDAL)
        return RoomShown(
            junctions=self._junctions(seen),
            lanes=lanes_shown(tidal, seen) if tidal is not None else (),
        )

    def _junctions(self, seen: Seen) -> tuple[JunctionState, ...]:
        """As the loop on signals sees them; while it is not at work, as their roads tell."""
        steered = seen.loops.get(SIGNALS)
        if steered is None:
            return junctions_shown(self.network, seen)
        held = steered.held | {""} if steered.all_held else steered.held
        states = states_of(steered.control, steered.memory, now=seen.now, held=held)
        return junctions_shown(self.network, seen, states=states, steered=steered)

    @cached_property
    def _drawing(self) -> Drawing:
        return drawn(self.network)
