"""Whether the history files are what the log says they are."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from haihe.errors import LogDamaged
from haihe.log import manifest
from haihe.log.entry import BATCH
from haihe.log.manifest import HistoryFile
from haihe.log.sqlite import SqliteLog
from haihe.model.line import Expired, Sealed, decode_lines
from haihe.state.history_file import HOURLY_SUFFIX, fault_of
from haihe.state.seal import FACT


def verify_files(log: SqliteLog, folder: Path) -> list[str]:
    """What is wrong with the history, in words; nothing if all is well.

    Every file that counts is read whole and held against its hash, its line in the log, and the
    records that left the log for it.
    folder: the history folder.
    """
    files = {file.path: file for file in manifest.list_files(log.reader())}
    findings = []
    sealed: dict[str, Sealed] = {}
    expired: set[str] = set()
    try:
        for line in _facts(log):
            if isinstance(line, Sealed):
                sealed[line.path] = line
            else:
                expired.add(line.path)
    except LogDamaged as error:
        findings.append(f"the facts of the log cannot all be read: {error}")
    for path, file in files.items():
        findings += _about_file(folder, file, line=sealed.get(path))
    findings += [
        f"{path} was sealed at record {line.first_offset} to {line.last_offset} of "
        f"'{line.stream}', has not expired, and is not in the manifest; restore a backup."
        for path, line in sealed.items()
        if path not in files and path not in expired
    ]
    findings += [
        f"{path} is in the manifest, but the log says that it expired; restore a backup."
        for path in files.keys() & expired
    ]
    return findings + list(_about_rows(log, sealed.values()))


def _facts(log: SqliteLog) -> Iterator[Sealed | Expired]:
    for entry in log.read(streams=[FACT]):
        if entry.header.kind == BATCH or entry.body is None:
            continue
        for line in decode_lines(entry.body):
            if isinstance(line, Sealed | Expired):
                yield line


def _about_file(folder: Path, file: HistoryFile, *, line: Sealed | None) -> Iterator[str]:
    if fault := fault_of(folder, file):
        yield (
            f"{file.path} (stream '{file.stream}', day {file.day}, {file.rows} rows) {fault}; "
            "put it back from a backup or another copy."
        )
    if line is None:
        yield f"{file.path} is in the manifest, but no line of the log says that it was sealed."
    elif (line.sha256, line.rows) != (file.sha256, file.rows):
        yield (
            f"{file.path} has {file.rows} rows and the hash {file.sha256[:12]}… in the manifest, "
            f"{line.rows} and {line.sha256[:12]}… in the log; restore a backup."
        )


def _about_rows(log: SqliteLog, sealed: Iterable[Sealed]) -> Iterator[str]:
    """Whether as many records came into files as left the log."""
    in_files: dict[str, int] = {}
    for line in sealed:
        if not line.path.endswith(HOURLY_SUFFIX):
            in_files[line.stream] = in_files.get(line.stream, 0) + line.rows
    db = log.reader()
    gone = db.execute(
        "SELECT stream, sum(rows) FROM entry WHERE kind = ? "
        "AND NOT EXISTS (SELECT 1 FROM body WHERE body.seq = entry.seq) GROUP BY stream",
        (BATCH,),
    ).fetchall()
    left = {str(stream): int(rows) for stream, rows in gone}
    for stream in sorted(in_files.keys() | left.keys()):
        if in_files.get(stream, 0) != left.get(stream, 0):
            yield (
                f"{left.get(stream, 0)} records of '{stream}' left the log, "
                f"{in_files.get(stream, 0)} came into files; restore a backup."
            )
