"""People's words on what a loop steers: each under their own name, and no other's."""

from haihe.run.node import Node
from haihe.serve.access import Caller
from haihe.serve.problem import forbidden


def check_not_by_hand(node: Node, caller: Caller, *, stream: str) -> None:
    """Refuse a person who writes records of people's words: there a name is only a text.

    A machine whose token is nobody's may: a desk of another maker tells so what its people did.
    Raises Problem.
    """
    if caller.account and stream in hand_streams(node):
        raise forbidden(
            f"'{stream}' holds what people did, each under their own name; {caller.name} does it "
            "where the name is told by the sign-in.",
            what_to_do="POST /api/v1/traffic/room/{lanes,junctions}/{entity}/hand.",
        )


def hand_streams(node: Node) -> frozenset[str]:
    """The streams of people's words."""
    rooms = (pack.room for pack in node.engine.packs if pack.room is not None)
    return frozenset(
        stream.name for room in rooms for stream in (room.junction_hand, room.lane_hand)
    )
