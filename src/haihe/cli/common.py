"""What the commands share: the data folder, JSON or words, progress on long work."""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from haihe.errors import LogUnavailable
from haihe.log.sqlite import FILE_NAME, SqliteLog
from haihe.model.time import (
    BEIJING,
    DAY,
    HOUR,
    MILLISECOND,
    MINUTE,
    SECOND,
    format_instant,
    parse_instant,
)
from haihe.pack.load import load_packs
from haihe.run.clock import WallClock
from haihe.run.config import read_config
from haihe.run.zone import Zone

DEFAULT_FOLDER: Final = Path(os.environ.get("HAIHE_HOME", "haihe-data"))
SPEED_LEAST, SPEED_MOST = 0.001, 100_000.0  # Ours: slower stands still, faster outruns the disk.
_UNITS: Final = {"ms": MILLISECOND, "s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)")
console: Final = Console(stderr=True)


def add_folder(parser: argparse.ArgumentParser) -> None:
    """``--data DIR``: which data folder is meant."""
    parser.add_argument(
        "--data",
        type=Path,
        default=DEFAULT_FOLDER,
        metavar="DIR",
        help="data folder (default: %(default)s, or HAIHE_HOME)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``: for programs that read the answer."""
    parser.add_argument("--json", action="store_true", help="answer as JSON on standard output")


def write_out(path: Path, text: str) -> None:
    """A text into a file.

    Raises ValueError if it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ValueError(f"cannot write {path} ({error.strerror}); name another.") from error


def show_json(value: object) -> None:
    """The value as indented JSON on standard output."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    sys.stdout.write(text + "\n")


def instant(text: str) -> int:
    """An instant from the command line; ns.

    Raises argparse.ArgumentTypeError if it is none.
    """
    try:
        return parse_instant(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def shown(at: int) -> str:
    """An instant as people in the zone read it."""
    return format_instant(at - at % 1_000_000_000, zone=BEIJING)


def speed(text: str) -> float:
    """How many times as fast as life, from the command line.

    Raises argparse.ArgumentTypeError if it is not a number from 0.001 to 100,000.
    """
    try:
        found = float(text)
    except ValueError:
        found = nan
    if not SPEED_LEAST <= found <= SPEED_MOST:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no speed; give a number from {SPEED_LEAST:g} to {SPEED_MOST:g}."
        )
    return found


def make_folder(folder: Path) -> Path:
    """The data folder, made if it is not there.

    Raises LogUnavailable if it cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogUnavailable(
            f"cannot make the data folder {folder} ({error.strerror}); name another with --data."
        ) from error
    return folder


def settings_of(pairs: list[str]) -> dict[str, str]:
    """``high=15`` or ``on_delay=3min`` from the command line as settings.

    Raises ValueError if one has no "=".
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"'{pair}' is no setting; write it as high=15.")
        found[name] = _in_ns(value)
    return found


def _in_ns(value: str) -> str:
    """A duration in nanoseconds; any other value as it is.

    >>> _in_ns("3 min"), _in_ns("15")
    ('180000000000', '15')
    """
    told = _DURATION.fullmatch(value.strip())
    return str(round(float(told[1]) * _UNITS[told[2]])) if told else value


def open_log(folder: Path) -> SqliteLog:
    """The log of a data folder to look at, also while a server runs on it.

    Raises LogUnavailable if there is none.
    """
    if not (folder / FILE_NAME).exists():
        raise LogUnavailable(
            f"there is no log in {folder}; start one with 'haihe up', or name another with --data."
        )
    return SqliteLog(folder, read_only=True)


@contextmanager
def zone_of(folder: Path) -> Iterator[Zone]:
    """The zone of a data folder, for a command that acts on it while no server does.

    Raises LogUnavailable if a server runs on it, or it cannot be opened.
    """
    config = read_config(folder)
    log_end = 0
    zone = Zone(folder, load_packs(config.packs).packs, config=config, clock=WallClock(log_end))
    try:
        yield zone
    finally:
        zone.stop()


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Progress]:
    """A progress bar on standard error; none where that is not a screen."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bar:
        bar.add_task(what, total=total)
        yield bar
