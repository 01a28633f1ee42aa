"""The recorded sets: where they lie, what kind each is, their hour, and how they are opened."""

import subprocess
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from msgspec.structs import replace

from bench.rows import Options, Row
from bench.traffic_parts.driving import network_of
from bench.traffic_parts.street import Map, opened

SHARED: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
HOUR_S: Final = 3600
RESCO_BEGIN_S: Final = {"cologne": 25_200, "ingolstadt": 57_600}  # RESCO's own windows.
DEPTH: Final = 2  # Folders in folders: families of sets, and the sets in them.
BROKEN: Final = (
    OSError, EOFError, ValueError, LookupError, StopIteration, SyntaxError, zlib.error,
    subprocess.CalledProcessError,
)  # fmt: skip


def _is_street(folder: Path) -> bool:
    return any(folder.glob("*.net.xml*")) and any(folder.glob("*.rou.xml*"))


KINDS: Final[dict[str, Callable[[Path], bool]]] = {
    "resco": lambda one: _is_street(one) and not any(one.glob("*.add.xml*")),
    "cityflow": lambda one: any(one.glob("roadnet*.json*")),
    "bologna_pasubio": lambda one: _is_street(one) and any(one.glob("*.add.xml*")),
    "atspm_hires": lambda one: any(one.glob("*hires*.parquet")),
    "v2x_cn": lambda one: any(one.glob("messages*.json")),
}


def sets(options: Options, kind: str) -> list[Path]:
    """The folders of that kind, whatever their names; none, with the reason told, if there is none.

    ``options.data`` may be the whole data, its folder traffic, a family of sets, or a set's own.
    """
    given = options.data or SHARED
    root = given / "traffic" if (given / "traffic").is_dir() else given
    found = [one for one in _folders(root, DEPTH) if KINDS[kind](one)]
    if not found:
        options.skip(kind, f"no recorded set of this kind in {root}; name its folder with --data")
    return found


def _folders(root: Path, depth: int) -> list[Path]:
    """The folder and those in it, down to a depth, in order of their names."""
    if not root.is_dir():
        return []
    inside = sorted(one for one in root.iterdir() if one.is_dir()) if depth else []
    return [root, *(deep for one in inside for deep in _folders(one, depth - 1))]


def each(
    options: Options, kind: str, *, measure: Callable[[Options, Path], list[Row]]
) -> list[Row]:
    """The rows of every set of that kind; one that cannot be read is told and left out.

    Where there are several, each case begins with its set's name.
    """
    found, rows = sets(options, kind), list[Row]()
    for folder in found:
        try:
            own = measure(options, folder)
        except BROKEN as error:
            _left_out(options, folder, error=error)
            continue
        many = len(found) > 1
        rows += [replace(one, case=f"{folder.name}, {one.case}") if many else one for one in own]
    return rows


def _left_out(options: Options, folder: Path, *, error: BaseException) -> None:
    why = f"{type(error).__name__}: {error}"
    options.skip(folder.name, f"cannot be read ({why[:200]}); mend it or leave it out")


def readable(
    options: Options, folders: Iterable[Path], *, read: Callable[[Path], list[Map]]
) -> list[Map]:
    """The maps of the folders; one that cannot be read is told and left out."""
    maps: list[Map] = []
    for folder in folders:
        try:
            found = read(folder)
            for of in found:
                network_of(of)
                for routes in of.routes:
                    ElementTree.fromstring(opened(routes))
        except BROKEN as error:
            _left_out(options, folder, error=error)
            continue
        maps += found
    return maps


def resco(folder: Path) -> list[Map]:
    """RESCO's map, or one like it, in a folder of its own; an hour from its begin."""
    net, *_ = sorted(folder.glob("*.net.xml*"))
    routes = tuple(sorted(folder.glob("*.rou.xml*")))
    known = [at for name, at in RESCO_BEGIN_S.items() if folder.name.startswith(name)]
    begin = known[0] if known else begin_s(folder, routes)
    return [Map(folder.name, net, routes, (), begin, begin + HOUR_S)]


def begin_s(folder: Path, routes: Iterable[Path]) -> int:
    """When the run begins: as its configuration says, else with the first departure."""
    begin = configured(folder, "begin")
    if begin:
        return int(float(begin))
    departs = [
        one.get("depart") or one.get("begin") or ""
        for path in routes
        for one in ElementTree.fromstring(opened(path))
    ]
    times = [float(one) for one in departs if one.replace(".", "", 1).isdigit()]
    return int(min(times, default=0.0))


def configured(folder: Path, option: str) -> str:
    """What the folder's configuration gives for an option; "" if it gives nothing."""
    for config in sorted(folder.glob("*.sumocfg*")):
        found = ElementTree.fromstring(opened(config)).find(f".//{option}")
        if found is not None:
            return found.get("value", "")
    return ""
