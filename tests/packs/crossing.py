"""A crossing of our own, as small as one can be: four roads, through and left lanes."""

from dataclasses import replace

from haihe.packs.traffic.network.build import build_junction
from haihe.packs.traffic.network.model import Junction, Lane, Movement, Network, Step

SIDES = {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}
TURN_TO = {"N": ("S", "E"), "E": ("W", "S"), "S": ("N", "W"), "W": ("E", "N")}
HALF_M = 10.0
LONG_M = 200.0
PROGRAM = (
    Step(30, "GrrrGrrr", 5, 50),
    Step(3, "yrrryrrr"),
    Step(10, "rGrrrGrr", 5, 50),
    Step(3, "ryrrryrr"),
    Step(30, "rrGrrrGr", 5, 50),
    Step(3, "rryrrryr"),
    Step(10, "rrrGrrrG", 5, 50),
    Step(3, "rrryrrry"),
)


def place(side: str, *, out: bool, far: float) -> tuple[float, float]:
    """A point on a road, right of its middle in the direction of travel."""
    x, y = SIDES[side]
    shift = 3.0 if out else -3.0
    return (x * far + y * shift, y * far - x * shift)


def lanes() -> dict[str, Lane]:
    """Approach lanes ``N_0`` (through) and ``N_1`` (left), exit lanes ``N-out_0``."""
    made = {}
    for side in SIDES:
        inward = (place(side, out=False, far=LONG_M), place(side, out=False, far=HALF_M))
        outward = (place(side, out=True, far=HALF_M), place(side, out=True, far=LONG_M))
        for at in (0, 1):
            name = f"{side}_{at}"
            made[name] = Lane(name, LONG_M, 13.89, signalled=True, shape=inward)
        made[f"{side}-out_0"] = Lane(f"{side}-out_0", LONG_M, 13.89, shape=outward)
    return made


def movements() -> list[Movement]:
    """Groups 0 to 7: through and left of N, E, S, W."""
    made = []
    for at, side in enumerate(SIDES):
        for turn, to in zip(("through", "left"), TURN_TO[side], strict=True):
            group = 2 * at + (turn == "left")
            path = (place(side, out=False, far=HALF_M), place(to, out=True, far=HALF_M))
            lane = f"{side}_{int(turn == 'left')}"
            made.append(Movement(lane, f"{to}-out_0", group, turn, 13.89, path))
    return made


def crossing(name: str = "A", *, program: tuple[Step, ...] = PROGRAM) -> Junction:
    """The junction; groups 0 N-through, 1 N-left, 2 E-through … 7 W-left."""
    made, _ = build_junction(name, movements(), lanes=lanes(), program=program, offset_s=0)
    return made


def network(count: int = 1) -> Network:
    """So many crossings beside each other, not connected."""
    found: dict[str, Lane] = {}
    junctions = []
    for at in range(count):
        name = f"J{at:03d}"
        own = {
            f"{name}/{lane.id}": replace(lane, id=f"{name}/{lane.id}") for lane in lanes().values()
        }
        found |= own
        moves = [
            replace(one, from_lane=f"{name}/{one.from_lane}", to_lane=f"{name}/{one.to_lane}")
            for one in movements()
        ]
        made, _ = build_junction(name, moves, lanes=own, program=PROGRAM, offset_s=0)
        junctions.append(made)
    return Network(found, tuple(junctions))
