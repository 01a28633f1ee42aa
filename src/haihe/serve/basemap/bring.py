"""The file given with ``--map`` as an archive that can be served; an extract is cut once."""

import hashlib
from pathlib import Path
from typing import Final

from haihe.serve.basemap.archive import MAKE, Archive, open_archive
from haihe.serve.basemap.cut import write_archive
from haihe.serve.basemap.extract import read_extract

FOLDER: Final = "map"  # In the data folder; can be thrown away.
EXTRACTS: Final = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
CUT_AS: Final = "1"  # Raised when tiles are cut another way, so that older ones are not used.


def base_map(path: Path, folder: Path) -> Archive:
    """The base map of a file.

    path: PMTiles, or an OpenStreetMap extract.
    folder: the data folder, where the tiles of an extract are kept until it changes.
    Raises ValueError saying what is wrong with it.
    """
    if not path.is_file():
        raise ValueError(f"there is no map file {path}. {MAKE}")
    if not path.name.lower().endswith(EXTRACTS):
        return open_archive(path)
    kept = folder / FOLDER / f"{_digest(path)}.pmtiles"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        try:
            write_archive(read_extract(path), part)
            part.replace(kept)  # Whole, or not there.
        finally:
            part.unlink(missing_ok=True)
    return open_archive(kept)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256")
    found.update(CUT_AS.encode())
    return found.hexdigest()[:32]
