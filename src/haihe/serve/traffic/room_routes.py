"""The routes of the traffic room: looked at by those who read, steered by those who act."""

from typing import Final

from haihe.serve.access import ACTING, ACTING_ON_PROOF, READERS
from haihe.serve.calling import Operation
from haihe.serve.taken import KEY_HEADER
from haihe.serve.traffic import hand, room, shown

ROOM: Final = (
    Operation(
        "GET", "/traffic/room", READERS, "Junctions, lanes and roads as they are, in short",
        room.show_room, answer=shown.RoomView,
    ),
    Operation(
        "GET", "/traffic/room/map", READERS, "The network as a screen draws it",
        room.show_map, answer=shown.MapView,
    ),
    Operation(
        "GET", "/traffic/room/junctions/{entity:path}", READERS,
        "One junction: what it shows, who decides, who waits, why",
        room.show_junction, answer=shown.JunctionView,
    ),
    Operation(
        "POST", "/traffic/room/junctions/{entity:path}/hand", ACTING,
        "Hold a stage of a junction, or give the junction back",
        hand.act_on_junction, body=hand.JunctionAct, answer=hand.HandTaken, heads=(KEY_HEADER,),
        good=(200, 201),
    ),
    Operation(
        "GET", "/traffic/room/lanes/{entity:path}", READERS,
        "One reversible lane: its step, what it lacks, the tide, why",
        room.show_lane, answer=shown.LaneView,
    ),
    Operation(
        "POST", "/traffic/room/lanes/{entity:path}/hand", ACTING,
        "Close a lane, want it open one way, or give it back",
        hand.act_on_lane, body=hand.LaneAct, answer=hand.HandTaken, heads=(KEY_HEADER,),
        good=(200, 201),
    ),
    Operation(
        "POST", "/traffic/room/lanes/{entity:path}/confirm-empty", ACTING_ON_PROOF,
        "Stand for a lane's being empty where its detectors cannot say it",
        hand.confirm_empty, body=hand.Act, answer=hand.HandTaken, heads=(KEY_HEADER,),
        good=(200, 201),
    ),
)  # fmt: skip
