"""A network and its signal programs from SUMO's net.xml and additional files."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from xml.etree import ElementTree

from haihe.model import Text
from haihe.packs.traffic.network.build import build_junction
from haihe.packs.traffic.network.model import Junction, Lane, Movement, Network, Note, Step

TURNS: Final = {"l": "left", "L": "left", "r": "right", "R": "right", "s": "through", "t": "around"}
Shape = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A signal program of a file.

    steps: in order.
    offset_s: its offset.
    """

    steps: tuple[Step, ...]
    offset_s: int


@dataclass(frozen=True, slots=True)
class _Links:
    """What the connections say, gathered."""

    upstream: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    movements: dict[str, list[Movement]] = field(default_factory=lambda: defaultdict(list))
    notes: list[Note] = field(default_factory=list)


def read_sumo(net: bytes, *, programs: Mapping[str, Program] | None = None) -> Network:
    """The network of a net.xml.

    net: the file's bytes, unpacked.
    programs: by junction, taken instead of those in the net; see ``read_programs``.
    Returns it with a note for everything that could not be used.
    Raises ValueError if it is no XML, or no SUMO network.
    """
    root = _parse(net, "net")
    own, doubled = _programs(root.iter("tlLogic"))
    chosen = {**own, **(programs or {})}
    inner, lanes, notes = _lanes(root)
    notes += [_doubled(name) for name in doubled if name not in (programs or {})]
    links = _connections(root, lanes, inner=inner)
    lanes = {
        name: replace(
            lane,
            upstream=tuple(dict.fromkeys(links.upstream.get(name, ()))),
        )
        for name, lane in lanes.items()
    }
    stop = {one.from_lane for some in links.movements.values() for one in some}
    lanes = {name: replace(lane, signalled=name in stop) for name, lane in lanes.items()}
    junctions: list[Junction] = []
    notes += links.notes
    for name in sorted(links.movements):
        program = chosen.get(name, Program((), 0))
        made, found = build_junction(
            name,
            links.movements[name],
            lanes=lanes,
            program=program.steps,
            offset_s=program.offset_s,
        )
        junctions.append(made)
        notes += found
    kept = frozenset(note.where for note in notes if note.uncontrolled)
    return Network(lanes, tuple(junctions), tuple(notes), kept)


def read_programs(additional: bytes) -> dict[str, Program]:
    """The signal programs of an additional file, the last one of each junction.

    Raises ValueError if it is no XML.
    """
    root = _parse(additional, "add")
    return _programs(root.iter("tlLogic"))[0]


def _parse(content: bytes, kind: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise ValueError(f"this is no XML: {error}; give an unpacked SUMO file.") from error
    if kind == "net" and root.tag != "net":
        raise ValueError(f"the file begins with <{root.tag}>; a SUMO network begins with <net>.")
    return root


def _programs(found: Iterable[ElementTree.Element]) -> tuple[dict[str, Program], list[str]]:
    """Programs by junction, the last of each, and junctions with two of the same program id."""
    programs: dict[str, Program] = {}
    ids: set[tuple[str, str]] = set()
    doubled: list[str] = []
    for logic in found:
        name = logic.get("id", "")
        key = (name, logic.get("programID", ""))
        if key in ids:
            doubled.append(name)
        ids.add(key)
        steps = tuple(
            Step(
                seconds=round(float(one.get("duration", "0"))),
                heads=one.get("state", ""),
                least_s=round(float(one.get("minDur", "0"))),
                most_s=round(float(one.get("maxDur", "0"))),
            )
            for one in logic.iter("phase")
        )
        programs[name] = Program(steps, round(float(logic.get("offset", "0"))))
    return programs, doubled


def _doubled(name: str) -> Note:
    return Note(
        name,
        Text(
            zh=f"路口 {name}: 同一编号的方案出现两次; 无法确定哪一个在用, 保持原方案",
            en=f"junction {name}: two programs with one id; which is in force is unknown, so it "
            "stays on its plan",
        ),
        uncontrolled=True,
    )


def _lanes(root: ElementTree.Element) -> tuple[dict[str, Shape], dict[str, Lane], list[Note]]:
    """Shapes of lanes inside junctions, lanes outside, and notes on those named twice."""
    inner: dict[str, Shape] = {}
    lanes: dict[str, Lane] = {}
    notes: list[Note] = []
    for edge in root.iter("edge"):
        for one in edge.iter("lane"):
            name, shape = one.get("id", ""), _shape(one.get("shape", ""))
            if edge.get("function") in ("internal", "crossing", "walkingarea"):
                inner[name] = shape
                continue
            if name in lanes:
                text = Text(
                    zh=f"车道 {name} 出现两次; 用第一条",
                    en=f"lane {name} is there twice; the first is used",
                )
                notes.append(Note(name, text))
                continue
            lanes[name] = Lane(
                id=name,
                length_m=float(one.get("length", "0")),
                speed_m_s=float(one.get("speed", "13.89")),
                shape=shape,
            )
    return inner, lanes, notes


def _shape(text: str) -> Shape:
    points = (point.split(",") for point in text.split())
    return tuple((float(point[0]), float(point[1])) for point in points)


def _connections(
    root: ElementTree.Element, lanes: Mapping[str, Lane], *, inner: Mapping[str, Shape]
) -> _Links:
    links = _Links()
    onward = {
        f"{one.get('from')}_{one.get('fromLane')}": one.get("via", "")
        for one in root.iter("connection")
        if one.get("from", "").startswith(":")
    }
    for one in root.iter("connection"):
        start = f"{one.get('from')}_{one.get('fromLane')}"
        end = f"{one.get('to')}_{one.get('toLane')}"
        signal, on_foot = one.get("tl"), end in inner and end.startswith(":")
        if start.startswith(":") and not on_foot:
            continue
        if not on_foot and (start not in lanes or end not in lanes):
            links.notes.append(_loose(start, end, signal=signal))
            continue
        if not on_foot:
            links.upstream[end].append(start)
        if signal and one.get("linkIndex") is not None:
            inside = () if on_foot else _inside(one.get("via", ""), onward)
            path = (
                inner[end]
                if on_foot
                else _path(lanes[start], lanes[end], inside=inside, inner=inner)
            )
            links.movements[signal].append(
                Movement(
                    from_lane=start,
                    to_lane=end,
                    group=int(one.get("linkIndex", "0")),
                    turn="walk" if on_foot else TURNS.get(one.get("dir", "s"), "through"),
                    speed_m_s=lanes[start].speed_m_s if start in lanes else 0.0,
                    path=path,
                    inside=inside,
                )
            )
    return links


def _loose(start: str, end: str, *, signal: str | None) -> Note:
    return Note(
        signal or start,
        Text(
            zh=f"连接 {start} → {end} 的一端不是路网中的车道; 略去",
            en=f"the connection {start} -> {end} ends in no lane of the network; it is left out",
        ),
    )


def _inside(via: str, onward: Mapping[str, str]) -> tuple[str, ...]:
    """The lanes over the junction, one after another."""
    found: list[str] = []
    while via and via not in found:
        found.append(via)
        via = onward.get(via, "")
    return tuple(found)


def _path(start: Lane, end: Lane, *, inside: Iterable[str], inner: Mapping[str, Shape]) -> Shape:
    """The way over the junction: end of the lane, lanes inside one after another, next lane."""
    between = [point for name in inside for point in inner.get(name, ())]
    return (*start.shape[-1:], *between, *end.shape[:1])
