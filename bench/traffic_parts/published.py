"""RESCO's maps in the version of SUMO that its published figures are of, 1.9.1.

``python -m venv .haihe/sumo-1.9.1`` and ``.haihe/sumo-1.9.1/bin/pip install eclipse-sumo==1.9.1``
make the environment; its libsumo is loaded in a program of its own, beside none of another version.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.rows import Figure, Options, Row, row
from bench.traffic_parts.maps import readable, resco, sets
from bench.traffic_parts.resco import GOALS_S, NAME
from bench.traffic_parts.rivals import FIXED

HOME: Final = Path(__file__).parents[2] / ".haihe" / "sumo-1.9.1"
INSTALL: Final = (
    "no SUMO 1.9.1; python -m venv .haihe/sumo-1.9.1 && "
    ".haihe/sumo-1.9.1/bin/pip install eclipse-sumo==1.9.1"
)
SECONDS_MAX: Final = 1_800  # Ours: sixty runs of some seconds each, on a busy machine.


def measure(options: Options, *, seeds: int) -> list[Row]:
    """Average delay of each map beside the fixed plan, in the old version; none without it."""
    maps = readable(options, sets(options, "resco"), read=resco)
    found = sorted(HOME.glob("lib/python*/site-packages/sumo"))
    if not maps:
        return []
    if not found:
        options.skip("SUMO 1.9.1", INSTALL)
        return []
    options.say(f"RESCO's maps in SUMO 1.9.1, {seeds} seeds, ours and the fixed plan")
    folders = [str(of.net.parent) for of in maps]
    told = subprocess.run(
        (sys.executable, "-m", "bench.traffic_parts.published_worker", str(seeds), *folders),
        env=os.environ | _environment(found[0]),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if told.returncode:
        options.skip("SUMO 1.9.1", (told.stderr.strip().splitlines() or ["it failed"])[-1][:200])
        return []
    rows = []
    for name, runs in json.loads(told.stdout.splitlines()[-1]).items():
        ours, fixed = runs["ours"], runs[FIXED]
        case = f"{name}, SUMO 1.9.1"
        beside = {
            FIXED: _mean(fixed, "delay_s"),
            "of ours, waiting to depart": _mean(ours, "depart_s"),
        }
        mean = Figure(case, "average delay, mean of the seeds", "s", _mean(ours, "delay_s"),
                      GOALS_S.get(name))  # fmt: skip
        worst = Figure(case, "average delay, worst seed", "s", max(one["delay_s"] for one in ours))
        rows += [row(NAME, mean, beside=beside), row(NAME, worst)]
    return rows


def _mean(runs: list[dict[str, float]], name: str) -> float:
    return sum(one[name] for one in runs) / len(runs)


def _environment(sumo: Path) -> dict[str, str]:
    """What lets a program load that version's libsumo before any other."""
    libraries = (sumo / "lib64", sumo.parent / "eclipse_sumo.libs")
    return {
        "PYTHONPATH": str(sumo / "tools"),
        "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
        "SUMO_HOME": str(sumo),
    }
