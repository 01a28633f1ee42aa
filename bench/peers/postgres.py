"""PostgreSQL with PostGIS: the same records and places, through its own command-line tools."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.city import Readings, entity_id
from bench.places import NEAREST, Asked, Places
from bench.rows import Options

NAME: Final = "PostGIS"
INSTALL: Final = "apt-get install postgresql-15-postgis-3"
PROGRAMS: Final = Path("/usr/lib/postgresql/15/bin")  # Where Debian keeps them.
SETTINGS: Final = (
    "listen_addresses=''", "synchronous_commit=on", "shared_buffers=512MB", "max_wal_size=4GB",
)  # fmt: skip
COLUMNS_MAX: Final = 6  # As the widest type of the city has.
ASK_S: Final = 3  # Ours: seconds of each question.


@dataclass(frozen=True, slots=True)
class Database:
    """A server of its own on a local socket.

    folder: with its data and socket.
    """

    folder: Path

    def run(self, script: str) -> None:
        """Let psql run a script.

        Raises OSError with its words if it fails.
        """
        done = subprocess.run(
            (PROGRAMS / "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "postgres"),
            input=script.encode(), capture_output=True, env=_environment(), check=False,
        )  # fmt: skip
        if done.returncode:
            raise OSError(f"psql: {done.stderr.decode()[:300]}")

    def ask(self, script: str) -> float:
        """Mean ms of a pgbench script over one connection."""
        file = self.folder / "ask.sql"
        file.write_text(script)
        done = subprocess.run(
            (PROGRAMS / "pgbench", "-n", "-M", "prepared", "-T", str(ASK_S), "-f", file,
             "-h", self.folder, "postgres"),
            capture_output=True, env=_environment(), check=False,
        )  # fmt: skip
        words = done.stdout.decode()
        if done.returncode or "latency average = " not in words:
            raise OSError(f"pgbench: {done.stderr.decode()[:300]}")
        return float(words.partition("latency average = ")[2].split()[0])


def ingest(options: Options, bodies: Sequence[Readings]) -> float | None:
    """Records a second by COPY, a transaction for each body, each synced; None if absent."""
    with _running(options) as database:
        if database is None:
            return None
        columns = ", ".join(f"v{at} float8" for at in range(COLUMNS_MAX))
        database.run(
            "CREATE TABLE record (stream text, entity text, at timestamptz, lon float8, lat float8,"
            f" {columns});"
        )
        parts = []
        for number, body in enumerate(bodies):
            file = database.folder / f"body{number}"
            file.write_text("".join(_lines(body)))
            parts.append(f"\\copy record from '{file}'\n")
        return sum(len(body.codes) for body in bodies) / _seconds(database, "".join(parts))


def live(options: Options, places: Places, *, moved: Places) -> Asked | None:
    """The questions of the live view, asked of a table with a GiST index; None if it is absent."""
    with _running(options) as database:
        if database is None:
            return None
        _write(database.folder / "places", places)
        _write(database.folder / "moved", moved)
        table = "(id int4 PRIMARY KEY, lon float8, lat float8)"
        database.run(
            "CREATE EXTENSION postgis;"
            f"CREATE UNLOGGED TABLE raw {table}; CREATE UNLOGGED TABLE moved {table};\n"
            f"\\copy raw from '{database.folder}/places'\n"
            "CREATE TABLE place AS SELECT id, ST_Point(lon, lat) AS at FROM raw;"
            "ALTER TABLE place ADD PRIMARY KEY (id); CREATE INDEX ON place USING gist (at);"
            "ANALYZE place;"
        )
        spent = _seconds(
            database,
            f"\\copy moved from '{database.folder}/moved'\n"
            "UPDATE place SET at = ST_Point(lon, lat) FROM moved WHERE place.id = moved.id;",
        )
        database.run("VACUUM ANALYZE place;")
        around = (
            f"\\set id random(0, {len(places.lon) - 1})\n"
            "SELECT {} FROM place AS here, LATERAL (SELECT id FROM place {}) AS found"
            " WHERE here.id = :id;\n"
        )
        box = database.ask(
            around.format("count(*)", "WHERE place.at && ST_Expand(here.at, 0.00577, 0.0045)")
        )
        near = database.ask(
            around.format("found.id", f"ORDER BY place.at <-> here.at LIMIT {NEAREST}")
        )
        return Asked(len(moved.lon) / spent, box, near)


def _seconds(database: Database, script: str) -> float:
    began = time.perf_counter()
    database.run(script)
    return time.perf_counter() - began


def _write(file: Path, places: Places) -> None:
    numbered = np.column_stack((np.arange(len(places.lon)), places.lon, places.lat))
    np.savetxt(file, numbered, fmt=("%d", "%.7f", "%.7f"), delimiter="\t")


def _lines(body: Readings) -> Iterator[str]:
    """The records as COPY reads them."""
    times = np.datetime_as_string(body.observed_at.astype("M8[ns]"), unit="ms").tolist()
    columns = [column.tolist() for column in body.numbers.values()]
    lacking = "\t\\N" * (COLUMNS_MAX + 2 - len(columns))
    for code, at, *values in zip(body.codes.tolist(), times, *columns, strict=True):
        told = "\t".join(map(str, values))
        yield f"{body.stream.name}\t{entity_id(body.stream, code)}\t{at}Z\t{told}{lacking}\n"


@contextmanager
def _running(options: Options) -> Iterator[Database | None]:
    """A server of its own; None, and a reason told, where it cannot be."""
    if not options.peers or not (PROGRAMS / "initdb").exists() or not _has_postgis():
        options.skip(NAME, f"not installed ({INSTALL})" if options.peers else "not asked for")
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data"
        if os.geteuid() == 0:  # It refuses to run as root.
            shutil.chown(folder, "postgres")
        _as_postgres(PROGRAMS / "initdb", "-A", "trust", "-U", "postgres", "-D", data)
        wanted = " ".join(
            f"-c {setting}" for setting in (*SETTINGS, f"unix_socket_directories={folder}")
        )
        control = PROGRAMS / "pg_ctl"
        _as_postgres(control, "-w", "-s", "-D", data, "-l", folder / "log", "-o", wanted, "start")
        try:
            yield Database(folder)
        finally:
            _as_postgres(control, "-w", "-s", "-D", data, "-m", "immediate", "stop")


def _as_postgres(*command: object) -> None:
    """Run one of its programs as a user that it accepts."""
    user = "postgres" if os.geteuid() == 0 else None
    words = [str(word) for word in command]
    subprocess.run(words, user=user, stdout=subprocess.DEVNULL, check=True, cwd="/")


def _has_postgis() -> bool:
    return Path("/usr/share/postgresql/15/extension/postgis.control").exists()


def _environment() -> dict[str, str]:
    return {**os.environ, "PGUSER": "postgres"}
