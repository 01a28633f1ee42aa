"""Networks of our own: grids with wide arterials, drawn from a few numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from haihe.packs.traffic.network.build import build_junction
from haihe.packs.traffic.network.model import Junction, Lane, Movement, Network, Step

HALF_M: Final = 16.0  # Ours: from the middle of a junction to its stop lines.
LANE_M: Final = 3.25  # CJJ 37-2012, 5.3: a lane of a city road.
SIDES: Final = {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}
AHEAD: Final = {"N": "S", "E": "W", "S": "N", "W": "E"}
LEFT: Final = {"N": "E", "E": "S", "S": "W", "W": "N"}
TURNS: Final = ("right", "through", "left")
# Ours: seconds of green of through and left, north-south then east-west; yellow; all-red.
GREENS_S: Final = ((("N", "S"), 25, 12), (("E", "W"), 30, 12))
YELLOW_S: Final = 3  # RiLSA 2015, 2.4: up to 50 km/h.
ALL_RED_S: Final = 2  # Ours: as the lawful limits ask.
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class GridShape:
    """What a grid looks like.

    across, down: junctions from west to east, and from north to south.
    spacing_m: between them, and to the edge of the grid.
    arterials: rows, from the north and from 0, whose roads are wide.
    lanes, arterial_lanes: lanes in each direction; the last one is for turning left.
    speed_m_s: the limit.
    """

    across: int
    down: int
    spacing_m: float = 300.0
    arterials: tuple[int, ...] = ()
    lanes: int = 2
    arterial_lanes: int = 3
    speed_m_s: float = 13.89


def junction_name(column: int, row: int) -> str:
    """The id of a junction, from the north-west, from 0."""
    return f"J{column:02d}{row:02d}"


def grid_network(shape: GridShape) -> Network:
    """The network of a grid, every junction with a plan of four stages.

    Raises ValueError if it has no junction, or roads without a lane for turning left.
    """
    if min(shape.across, shape.down) < 1 or min(shape.lanes, shape.arterial_lanes) < 2:
        raise ValueError(
            f"the grid is {shape.across} x {shape.down} with {shape.lanes} lanes; it needs at "
            "least one junction and two lanes."
        )
    lanes: dict[str, Lane] = {}
    places = [(column, row) for column in range(shape.across) for row in range(shape.down)]
    for place in places:
        for side in SIDES:
            lanes |= _road(shape, place, side=side)
            if _neighbour(shape, place, side=side) is None:
                lanes |= _way_out(shape, place, side=side)
    made = {place: _movements(shape, place) for place in places}
    lanes = _with_upstream(lanes, [move for some in made.values() for move in some])
    junctions = [_junction(place, made[place], lanes=lanes) for place in places]
    return Network(lanes, tuple(sorted(junctions, key=lambda one: one.id)))


def road_into(place: tuple[int, int], side: str) -> str:
    """The id of the road that comes to a junction from a side."""
    return f"{junction_name(*place)}-from-{side}"


def _neighbour(shape: GridShape, place: tuple[int, int], *, side: str) -> tuple[int, int] | None:
    x, y = SIDES[side]
    column, row = place[0] + x, place[1] - y
    inside = 0 <= column < shape.across and 0 <= row < shape.down
    return (column, row) if inside else None


def _width(shape: GridShape, place: tuple[int, int], *, side: str) -> int:
    wide = side in ("E", "W") and place[1] in shape.arterials
    return shape.arterial_lanes if wide else shape.lanes


def _middle(shape: GridShape, place: tuple[int, int]) -> Point:
    return place[0] * shape.spacing_m, -place[1] * shape.spacing_m


def _point(middle: Point, side: str, *, far: float, aside: float) -> Point:
    """A point on a side of the junction; ``aside`` metres right of the way in."""
    x, y = SIDES[side]
    return middle[0] + x * far - y * aside, middle[1] + y * far + x * aside


def _road(shape: GridShape, place: tuple[int, int], *, side: str) -> dict[str, Lane]:
    """The lanes that come to the junction from the side, 0 the one farthest right."""
    width, name = _width(shape, place, side=side), road_into(place, side)
    middle, far = _middle(shape, place), shape.spacing_m - HALF_M
    lanes = {}
    for at in range(width):
        aside = (width - at - 0.5) * LANE_M
        ends = [_point(middle, side, far=away, aside=aside) for away in (far, HALF_M)]
        lanes[f"{name}_{at}"] = Lane(
            f"{name}_{at}", far - HALF_M, shape.speed_m_s, signalled=True, shape=tuple(ends)
        )
    return lanes


def _way_out(shape: GridShape, place: tuple[int, int], *, side: str) -> dict[str, Lane]:
    """The lanes that leave the grid at a side of a junction."""
    width, name = _width(shape, place, side=side), _road_out(shape, place, side=side)
    middle, far = _middle(shape, place), shape.spacing_m - HALF_M
    lanes = {}
    for at in range(width):
        aside = -(width - at - 0.5) * LANE_M
        ends = [_point(middle, side, far=away, aside=aside) for away in (HALF_M, far)]
        lanes[f"{name}_{at}"] = Lane(
            f"{name}_{at}", far - HALF_M, shape.speed_m_s, shape=tuple(ends)
        )
    return lanes


def _road_out(shape: GridShape, place: tuple[int, int], *, side: str) -> str:
    """The road that leaves a junction at a side: the next one's, or out of the grid."""
    following = _neighbour(shape, place, side=side)
    if following is None:
        return f"{junction_name(*place)}-to-{side}"
    return road_into(following, AHEAD[side])


def _movements(shape: GridShape, place: tuple[int, int]) -> list[Movement]:
    """Groups in the order N, E, S, W; right, through, left."""
    moves = []
    for number, side in enumerate(SIDES):
        width = _width(shape, place, side=side)
        ends = {"right": AHEAD[LEFT[side]], "through": AHEAD[side], "left": LEFT[side]}
        for turn, to in ends.items():
            road, room = _road_out(shape, place, side=to), _width(shape, place, side=to)
            own = {"right": [0], "through": list(range(width - 1)), "left": [width - 1]}[turn]
            for lane in own:
                end = {"right": 0, "through": min(lane, room - 1), "left": room - 1}[turn]
                middle = _middle(shape, place)
                path = (
                    _point(middle, side, far=HALF_M, aside=(width - lane - 0.5) * LANE_M),
                    _point(middle, to, far=HALF_M, aside=-(room - end - 0.5) * LANE_M),
                )
                moves.append(
                    Movement(
                        from_lane=f"{road_into(place, side)}_{lane}",
                        to_lane=f"{road}_{end}",
                        group=3 * number + TURNS.index(turn),
                        turn=turn,
                        speed_m_s=shape.speed_m_s,
                        path=path,
                    )
                )
    return moves


def _with_upstream(lanes: Mapping[str, Lane], moves: list[Movement]) -> dict[str, Lane]:
    upstream: dict[str, list[str]] = {}
    for move in moves:
        upstream.setdefault(move.to_lane, []).append(move.from_lane)
    return {
        name: replace(one, upstream=tuple(upstream.get(name, ()))) for name, one in lanes.items()
    }


def _junction(
    place: tuple[int, int], moves: list[Movement], *, lanes: Mapping[str, Lane]
) -> Junction:
    sides = list(SIDES)
    program: list[Step] = []
    for own, through_s, left_s in GREENS_S:
        for turns, green_s in ((("right", "through"), through_s), (("left",), left_s)):
            lit = {3 * sides.index(side) + TURNS.index(turn) for side in own for turn in turns}
            for letter, seconds in (("G", green_s), ("y", YELLOW_S), ("r", ALL_RED_S)):
                heads = "".join(letter if at in lit else "r" for at in range(12))
                program.append(Step(seconds, heads))
    made, _ = build_junction(junction_name(*place), moves, lanes=lanes, program=program, offset_s=0)
    return made
