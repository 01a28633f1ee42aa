"""Drives RESCO's maps under whatever SUMO it is started with; prints the runs as one line of JSON.

Started by ``published`` with SUMO 1.9.1; arguments: how many seeds, the folder of each map.
"""

import json
import sys
from pathlib import Path

from bench.traffic_parts.driving import Setup
from bench.traffic_parts.many import columns
from bench.traffic_parts.maps import resco
from bench.traffic_parts.rivals import FIXED
from bench.traffic_parts.street import Trips
from haihe.packs.traffic.control import Settings
from haihe.packs.traffic.limits import RESCO


def main() -> None:
    """All maps, ours and the fixed plan, every seed."""
    seeds, *folders = sys.argv[1:]
    maps = [of for one in folders for of in resco(Path(one))]
    setups = {"ours": Setup(RESCO, Settings()), FIXED: Setup(RESCO, Settings(), rival=FIXED)}
    asked = [(of, setup) for of in maps for setup in setups.values()]
    runs = iter(columns(asked, seeds=int(seeds)))
    told = {of.name: {name: _told(next(runs).runs) for name in setups} for of in maps}
    sys.stdout.write(json.dumps(told) + "\n")


def _told(runs: tuple[Trips, ...]) -> list[dict[str, float]]:
    return [{"delay_s": run.delay_s, "depart_s": run.depart_s} for run in runs]


if __name__ == "__main__":
    main()
