"""The recorded maps: where they lie, their hour, and how they are opened."""

from pathlib import Path
from typing import Final

from bench.rows import Options
from bench.traffic_parts.street import Map

SHARED: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "traffic"
HOUR_S: Final = 3600
RESCO_BEGIN_S: Final = {"cologne": 25_200, "ingolstadt": 57_600}  # RESCO's own windows.


def place(options: Options, part: str) -> Path | None:
    """The folder of one family of maps, such as "resco"; None, with the reason told, if absent."""
    given = options.data or SHARED
    for found in (given / part, given):
        if found.name == part and found.is_dir():
            return found
    options.skip(part, f"no recorded maps in {given}; name their folder with --data")
    return None


def resco(folder: Path) -> list[Map]:
    """Every RESCO map in the folder, whatever its name."""
    found = []
    for own in sorted(one for one in folder.iterdir() if one.is_dir()):
        nets, routes = sorted(own.glob("*.net.xml*")), sorted(own.glob("*.rou.xml*"))
        begin = [at for name, at in RESCO_BEGIN_S.items() if own.name.startswith(name)]
        if nets and routes and begin:
            found.append(Map(own.name, nets[0], tuple(routes), (), begin[0], begin[0] + HOUR_S))
    return found
