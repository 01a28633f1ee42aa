"""Draws the pictures of docs/detectors.md by running each detector on a made signal.

``pip install matplotlib``, then ``python docs/pictures/draw.py`` writes one SVG for each scene.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from haihe.detect import (
    Absurd,
    Anomaly,
    Cusum,
    Detector,
    Ewma,
    Finding,
    Leak,
    LevelShift,
    Limit,
    Multivariate,
    Precedence,
    Rate,
    SeasonalBand,
    Seen,
    Silence,
    Stuck,
)
from haihe.detect import (
    Sequence as After,
)
from haihe.model.arrays import FloatArray
from haihe.model.time import DAY, HOUR, MINUTE

FOLDER: Final = Path(__file__).parent
BEGIN_AT: Final = 1_767_196_800_000_000_000  # 2026-01-01T00:00:00+08:00, ns.
SIZE: Final = (7.2, 2.1)  # Inches.
SEED: Final = 7
POINTS_MOST: Final = 600  # Drawn; more make the file large and no picture better.


@dataclass(frozen=True)
class Scene:
    """What is drawn.

    name: of the file.
    detector: what runs.
    numbers: field to float64 (row,); missing is NaN. Rows come every ``every`` ns.
    shown: the fields that are drawn; the first one's limit is drawn with it.
    silent: rows that never come, as (from, to).
    """

    name: str
    detector: Detector[Any]
    numbers: Mapping[str, FloatArray]
    every: int
    shown: tuple[str, ...]
    silent: tuple[int, int] | None = None


def run(scene: Scene) -> tuple[FloatArray, list[Finding]]:
    """Hours of the rows, and what the detector found, row by row and minute by minute."""
    rows = len(next(iter(scene.numbers.values())))
    memory = scene.detector.start()
    found: list[Finding] = []
    slot = np.zeros(1, np.int32)
    for row in range(rows):
        at = BEGIN_AT + row * scene.every
        is_silent = scene.silent is not None and scene.silent[0] <= row < scene.silent[1]
        count = 0 if is_silent else 1
        seen = Seen(
            entities=1, slots=slot[:count], observed_at=np.array([at][:count]),
            received_at=np.array([at][:count]), offsets=np.array([row][:count]),
            numbers={name: values[row : row + count] for name, values in scene.numbers.items()},
            now=at,
        )  # fmt: skip
        memory, new = scene.detector.step(memory, seen)
        found += new
    return np.arange(rows) * scene.every / HOUR, found


def draw(scene: Scene) -> None:
    """Write the scene's picture."""
    hours, found = run(scene)
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    thin = max(1, len(hours) // POINTS_MOST)
    for name in scene.shown:
        values = scene.numbers[name].copy()
        if scene.silent is not None:
            values[scene.silent[0] : scene.silent[1]] = np.nan
        axes.plot(hours[::thin], values[::thin], linewidth=0.9, label=name)
    for begin, end in spans(found, last=float(hours[-1])):
        axes.axvspan(begin, end, color="#e4572e", alpha=0.22, linewidth=0)
        axes.axvline(begin, color="#e4572e", linewidth=1.2)
    limits = [one.limit for one in found if one.raised and one.field == scene.shown[0]]
    if limits:
        axes.axhline(limits[0], color="#e4572e", linewidth=0.8, linestyle="--")
    axes.set_xlabel("hours")
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(FOLDER / f"{scene.name}.svg", metadata={"Date": None})


def spans(found: Sequence[Finding], *, last: float) -> list[tuple[float, float]]:
    """From when to when an alarm stood; hours."""
    stood: list[tuple[float, float]] = []
    begun: float | None = None
    for one in found:
        hour = (one.at - BEGIN_AT) / HOUR
        if one.raised and begun is None:
            begun = hour
        elif not one.raised and begun is not None:
            stood.append((begun, hour))
            begun = None
    return [*stood, (begun, last)] if begun is not None else stood


def noise(rows: int, *, size: float, seed: int = SEED) -> FloatArray:
    """Gaussian noise; float64 (row,)."""
    return np.random.default_rng(seed).normal(0.0, size, rows)


def limit() -> Scene:
    """A leak: two puffs that are too short, then one that stays."""
    methane = 4 + noise(240, size=0.5)
    methane[60:61] += 20
    methane[130:200] += 22 * np.sin(np.linspace(0, np.pi, 70))
    detector = Limit("methane", high=20.0, deadband=5.0, on_delay=3 * MINUTE)
    return Scene("limit", detector, {"methane": methane}, MINUTE, ("methane",))


def rate() -> Scene:
    """Water that rises slowly, then fast."""
    level = 0.5 + np.cumsum(np.full(240, 0.001)) + noise(240, size=0.002)
    level[150:] += np.cumsum(np.minimum(np.full(90, 0.03), 0.03))
    detector = Rate("level", 10 * MINUTE, rise=0.15)
    return Scene("rate", detector, {"level": level}, MINUTE, ("level",))


def ewma() -> Scene:
    """A slow drift that no single reading shows."""
    flow = 20 + noise(400, size=0.8)
    flow[220:] += np.linspace(0, 2.5, 180)
    return Scene("ewma", Ewma("flow", warm_up=120, width=4.0), {"flow": flow}, MINUTE, ("flow",))


def cusum() -> Scene:
    """A small sudden shift."""
    flow = 20 + noise(400, size=0.8)
    flow[250:] += 1.2
    return Scene("cusum", Cusum("flow", warm_up=120, width=8.0), {"flow": flow}, MINUTE, ("flow",))


def shift() -> Scene:
    """Another level, with wild single readings that mean nothing."""
    pressure = 0.32 + noise(300, size=0.004)
    pressure[[60, 61, 140]] -= 0.12
    pressure[190:] -= 0.06
    detector = LevelShift("pressure", least=0.03, window=20)
    return Scene("shift", detector, {"pressure": pressure}, MINUTE, ("pressure",))


def season() -> Scene:
    """Nine days of use, the last with a night that is not like nights."""
    hours = np.arange(9 * 96) / 4
    power = 50 + 30 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi) + noise(9 * 96, size=2)
    power[8 * 96 + 4 : 8 * 96 + 20] += 32
    detector = SeasonalBand("power", period=DAY, buckets=24)
    return Scene("season", detector, {"power": power}, 15 * MINUTE, ("power",))


def stuck() -> Scene:
    """A sensor that says the same for hours."""
    level = 0.8 + noise(240, size=0.01)
    level[110:200] = level[110]
    return Scene("stuck", Stuck("level", 30 * MINUTE), {"level": level}, MINUTE, ("level",))


def absurd() -> Scene:
    """Values that cannot be: below nothing, and a jump beyond what water can do."""
    level = 1.0 + noise(240, size=0.01)
    level[80:90] = -3.0
    detector = Absurd("level", low=0.0, high=5.0)
    return Scene("absurd", detector, {"level": level}, MINUTE, ("level",))


def silence() -> Scene:
    """A source that stops talking, and begins again."""
    level = 1.0 + noise(240, size=0.01)
    detector = Silence(15 * MINUTE)
    return Scene("silence", detector, {"level": level}, MINUTE, ("level",), silent=(120, 180))


def after() -> Scene:
    """A fan that is ordered (1) and runs (2); the second time it does not."""
    state = np.zeros(120)
    state[20:23], state[23:50], state[70:110] = 1, 2, 1
    detector = After("fan_state", first=1, then=(2,), within=5 * MINUTE)
    return Scene("sequence", detector, {"fan_state": state}, MINUTE, ("fan_state",))


def before() -> Scene:
    """A gate that opens (5) announced by its light (4), then without it."""
    state = np.zeros(120)
    state[20:22], state[22:40], state[80:100] = 4, 5, 5
    detector = Precedence("gate_state", first=4, then=5, within=5 * MINUTE)
    return Scene("precedence", detector, {"gate_state": state}, MINUTE, ("gate_state",))


def multivariate() -> Scene:
    """A pump whose current no longer goes with its flow; each alone stays in its usual range."""
    load = np.repeat(np.random.default_rng(SEED).uniform(0.4, 1.0, 40), 20)
    flow = 30 * load + noise(800, size=0.3)
    current = 12 * load + noise(800, size=0.15, seed=8)
    vibration = 1 + 0.8 * load + noise(800, size=0.05, seed=9)
    current[600:] += 2.2
    numbers = {"current": current, "flow": flow, "vibration": vibration}
    return Scene("multivariate", Multivariate(tuple(numbers)), numbers, MINUTE, ("current", "flow"))


def anomaly() -> Scene:
    """Days of use; a spike, an hour that is not like that hour, and a new level that is learnt."""
    hours = np.arange(14 * 48) / 2
    use = 50 + 20 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi) + noise(14 * 48, size=1.5)
    use[6 * 48 + 20] += 60
    use[9 * 48 + 2 : 9 * 48 + 10] += 30
    use[12 * 48 :] += 45
    return Scene("anomaly", Anomaly("use"), {"use": use}, 30 * MINUTE, ("use",))


def leak() -> Scene:
    """Three weeks of a district's inflow; on the tenth day a leak of an eighth of it begins."""
    hours = np.arange(21 * 24)
    day = (
        0.6
        + 0.5 * np.exp(-(((hours % 24) - 8) ** 2) / 8)
        + 0.4 * np.exp(-(((hours % 24) - 19) ** 2) / 10)
    )
    flow = 90 * day * (1 + noise(21 * 24, size=0.03))
    flow[10 * 24 + 5 :] += 12
    return Scene("leak", Leak("flow"), {"flow": flow}, HOUR, ("flow",))


SCENES: Final[tuple[Callable[[], Scene], ...]] = (
    limit, rate, ewma, cusum, shift, season, stuck, absurd, silence, after, before, multivariate,
    anomaly, leak,
)  # fmt: skip


def main() -> None:
    """Draw them all."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "haihe", "font.size": 9})
    for scene in SCENES:
        draw(scene())


if __name__ == "__main__":
    main()
