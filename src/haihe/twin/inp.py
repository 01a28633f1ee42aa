"""A water network as EPANET's text file describes it, read into plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from haihe.model.arrays import FloatArray

UNIT: Final = "CMH"  # Only m3/h: what every flow here is in.
LAW: Final = "H-W"  # Hazen and Williams; only that head loss.
UNTOLD: Final = ("RULES", "EMITTERS")  # What would change the hydraulics and is not read.
ONE: Final = np.ones(1)  # The pattern of a demand that has none.


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe between two nodes.

    roughness: Hazen and Williams' C.
    """

    name: str
    start: str
    end: str
    length_m: float
    diameter_mm: float
    roughness: float


@dataclass(frozen=True, slots=True)
class Tank:
    """A tank and the levels between which it works, above its floor."""

    name: str
    floor_m: float
    level_m: float
    low_m: float
    high_m: float
    diameter_m: float


@dataclass(frozen=True, slots=True)
class Pump:
    """A pump; its curve goes through (flow in m3/h, head in m) at three points."""

    name: str
    start: str
    end: str
    curve: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Reducer:
    """A valve that keeps the pressure behind it from rising above ``pressure_m``."""

    name: str
    start: str
    end: str
    diameter_mm: float
    pressure_m: float


@dataclass(frozen=True, slots=True)
class Switch:
    """Opens or closes a link when a tank's level passes ``level_m``, upwards or downwards."""

    link: str
    opens: bool
    tank: str
    above: bool
    level_m: float


@dataclass(frozen=True, slots=True)
class Demand:
    """One share of a junction's use: its mean, times a pattern.

    pattern: float64 (step,), repeated.
    """

    junction: str
    mean_m3_h: float
    pattern: FloatArray


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A network at rest: what it is made of.

    junctions, reservoirs: name to elevation, or head; m.
    """

    junctions: Mapping[str, float]
    reservoirs: Mapping[str, float]
    tanks: tuple[Tank, ...]
    pipes: tuple[Pipe, ...]
    pumps: tuple[Pump, ...]
    reducers: tuple[Reducer, ...]
    switches: tuple[Switch, ...]
    demands: tuple[Demand, ...]

    @property
    def links(self) -> tuple[Pipe | Pump | Reducer, ...]:
        """Pipes, pumps and reducers, in that order."""
        return (*self.pipes, *self.pumps, *self.reducers)

    def use(self, steps: range) -> FloatArray:
        """What each junction uses: float64 (step, junction), m3/h.

        steps: numbers of pattern steps.
        """
        place = {name: i for i, name in enumerate(self.junctions)}
        total = np.zeros((len(steps), len(place)))
        at = np.arange(steps.start, steps.stop, steps.step)
        for demand in self.demands:
            share = demand.pattern[at % len(demand.pattern)]
            total[:, place[demand.junction]] += demand.mean_m3_h * share
        return total


def read_inp(text: str) -> NetworkPlan:
    """The network of a file in EPANET's format.

    text: the file's content; flows in m3/h, head loss after Hazen and Williams, valves that reduce
        pressure, pumps with a head curve, switches by tank levels.
    Raises ValueError if it holds what is not read here.
    Source: EPANET 2.2 User Manual, EPA/600/R-20/133, appendix C.
    """
    told = _sections(text.splitlines())
    options = {words[0].upper(): words[1] for words in told.get("OPTIONS", ()) if len(words) > 1}
    if (options.get("UNITS"), options.get("HEADLOSS")) != (UNIT, LAW):
        raise ValueError(
            f"the network has units {options.get('UNITS')} and head loss {options.get('HEADLOSS')};"
            f" only {UNIT} and {LAW} are read."
        )
    for section in UNTOLD:
        if told.get(section):
            raise ValueError(f"the network has [{section}]; take them out, they are not read.")
    patterns = _joined(told.get("PATTERNS", ()))
    return NetworkPlan(
        junctions={words[0]: float(words[1]) for words in told.get("JUNCTIONS", ())},
        reservoirs={words[0]: float(words[1]) for words in told.get("RESERVOIRS", ())},
        tanks=tuple(Tank(words[0], *_numbers(words[1:6])) for words in told.get("TANKS", ())),
        pipes=tuple(
            Pipe(words[0], words[1], words[2], *_numbers(words[3:6]))
            for words in told.get("PIPES", ())
        ),
        pumps=tuple(_pump(words, told.get("CURVES", ())) for words in told.get("PUMPS", ())),
        reducers=tuple(_reducer(words) for words in told.get("VALVES", ())),
        switches=tuple(_switch(words) for words in told.get("CONTROLS", ())),
        demands=tuple(
            Demand(words[0], float(words[1]), patterns[words[2]] if len(words) > 2 else ONE)
            for words in told.get("DEMANDS", ())
            if float(words[1]) != 0
        ),
    )


def _sections(lines: Iterable[str]) -> dict[str, list[list[str]]]:
    """The words of each line, by section; comments left out."""
    sections: dict[str, list[list[str]]] = {}
    name = ""
    for line in lines:
        words = line.partition(";")[0].split()
        if words and words[0].startswith("["):
            name = words[0].strip("[]").upper()
        elif words:
            sections.setdefault(name, []).append(words)
    return sections


def _numbers(words: list[str]) -> list[float]:
    return [float(word) for word in words]


def _joined(lines: Iterable[list[str]]) -> dict[str, FloatArray]:
    """Patterns whose numbers stand on several lines."""
    parts: dict[str, list[float]] = {}
    for words in lines:
        parts.setdefault(words[0], []).extend(_numbers(words[1:]))
    return {name: np.array(numbers) for name, numbers in parts.items()}


def _pump(words: list[str], curves: Iterable[list[str]]) -> Pump:
    if len(words) != 5 or words[3].upper() != "HEAD":
        raise ValueError(f"pump '{' '.join(words)}' has no head curve; only those are read.")
    points = tuple((float(each[1]), float(each[2])) for each in curves if each[0] == words[4])
    return Pump(words[0], words[1], words[2], points)


def _reducer(words: list[str]) -> Reducer:
    if words[4].upper() != "PRV":
        raise ValueError(f"valve '{words[0]}' is a {words[4]}; only PRV are read.")
    return Reducer(words[0], words[1], words[2], float(words[3]), float(words[5]))


def _switch(words: list[str]) -> Switch:
    if len(words) != 8 or words[3].upper() != "IF":
        raise ValueError(
            f"control '{' '.join(words)}' is not by a tank's level; only those are read."
        )
    opens, above = words[2].upper() == "OPEN", words[6].upper() == "ABOVE"
    return Switch(words[1], opens, words[5], above, float(words[7]))
