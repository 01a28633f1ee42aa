"""The zone's side of a drill: starts its process, asks it, ends it, tells the log of it."""

import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from haihe.errors import HaiheError, LogUnavailable, MoveIllegal
from haihe.log.sqlite import SqliteLog
from haihe.model.text import Text
from haihe.run.documents import Draft, file_document
from haihe.run.drill.copy import ZONE_FOLDER, Stand, Wanted
from haihe.run.drill.player import Phase
from haihe.run.drill.sheet import Sheet
from haihe.run.drill.span import extent_of
from haihe.run.node import Node
from haihe.serve.drill.contract import SOCKET, Answer, Begin, Call, Running

FOLDER: Final = "drill"  # In the data folder; each drill has one of its own in it.
KIND: Final = "drill"  # Of the document that a drill leaves in the log.
ANSWER_WAIT_S: Final = 20.0  # Ours: a sheet of a week is worked out in a few.
READ_BYTES: Final = 1 << 16  # Linux, pipe(7): what a pipe holds.
END_WAIT_S: Final = 5.0  # Ours: far more than removing a folder takes.
SECRET_BYTES: Final = 32  # 256 bits: cannot be guessed.
PROBE_WAIT_S: Final = 5.0  # Ours: the command does nothing.
_CUT_OFF: Final = ("unshare", "--map-root-user", "--net", "--")


class Keeper:
    """Holds at most one drill of a zone."""

    is_inside: Final = False

    def __init__(self, node: Node, *, packs: tuple[str, ...], title: Text) -> None:
        """For a running node; what an earlier server left behind is removed.

        packs: as the zone's settings name them.
        title: what the zone is called.
        """
        self._node = node
        self._source = node.log.path.parent
        self._packs = packs
        self._title = title
        self._lock = threading.Lock()
        self._running: Running | None = None
        sweep(self._source / FOLDER)

    @property
    def running(self) -> Running | None:
        """The drill there is."""
        return self._running

    def stand(self) -> Stand | None:
        """Where it stands; None if there is none."""
        with self._lock:
            running = self._running
            if running is None:
                return None
            try:
                return asked(running, Call("stand")).stand
            except LogUnavailable as error:
                wanted = running.wanted
                return Stand(
                    Phase.FAILED, wanted.span, wanted.span.from_at, wanted.speed, wanted.by,
                    0.0, str(error),
                )  # fmt: skip

    def begin(self, wanted: Wanted) -> Stand:
        """Begin one, in a process of its own.

        Raises ValueError if there is no such span; MoveIllegal if one is on.
        """
        with self._lock:
            if self._running is not None:
                by = self._running.wanted.by
                raise MoveIllegal(f"a drill of {by} is on; end it before another begins.")
            extent_of(self._node.log, wanted.span)
            self._running = self._started(wanted)  # Too busy with its own start to be asked.
            return Stand(
                Phase.PREPARING, wanted.span, wanted.span.from_at, wanted.speed, wanted.by, 0.0
            )

    def go(self, *, speed: float | None, paused: bool | None) -> Stand:
        """Another speed, or stand, or go on."""
        with self._lock:
            stand = asked(self._held(), Call("go", speed=speed, paused=paused)).stand
            assert stand is not None  # Whoever goes on somehow stands somewhere.
            return stand

    def sheet(self) -> Sheet:
        """What came of it so far."""
        with self._lock:
            return self._sheet(self._held())

    def end(self, by: str) -> Sheet:
        """End it and tell the log that it was held, by whom, and what came of it.

        Raises MoveIllegal if there is none; LogUnavailable if the log could not be told: then it
        goes on.
        """
        with self._lock:
            running = self._held()
            sheet = self._sheet(running)
            people = tuple(dict.fromkeys((by, *sheet.people)))
            draft = Draft(KIND, msgspec.json.encode(sheet), running.wanted.by, people)
            now = max(self._node.clock.now(), self._node.log.received_at)
            kept = self._node.change(partial(file_document, draft=draft, at=now)).result()
            if isinstance(kept, str):
                raise MoveIllegal(f"the log did not take the sheet: {kept}")
            self._drop()
            return sheet

    def give_up(self) -> None:
        """End one that failed, which has no sheet."""
        with self._lock:
            self._held()
            self._drop()

    def close(self) -> None:
        """The server stops: the drill ends with it, and is not told of."""
        with self._lock:
            if self._running is not None:
                self._drop()

    def _held(self) -> Running:
        if self._running is None:
            raise MoveIllegal(f"no drill is on in {self._source.name}; begin one.")
        return self._running

    def _sheet(self, running: Running) -> Sheet:
        answer = asked(running, Call("sheet"))
        if answer.sheet is None:
            raise MoveIllegal(answer.refused or f"the drill of {running.wanted.by} has no sheet.")
        return answer.sheet

    def _started(self, wanted: Wanted) -> Running:
        """A process that prepares a drill."""
        folder = self._source / FOLDER / secrets.token_hex(8)
        try:
            folder.mkdir(parents=True, mode=0o700)
            return self._spawned(wanted, folder)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise LogUnavailable(
                f"the drill's process cannot begin ({error}); make room in {folder.parent}."
            ) from error

    def _spawned(self, wanted: Wanted, folder: Path) -> Running:
        secret = secrets.token_hex(SECRET_BYTES)
        alone, program = cut_off(), "haihe.serve.drill.program"
        with listening_in(folder) as door:
            command = [
                *alone, sys.executable, "-m", program, str(door.fileno())
            ]  # fmt: skip
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(door.fileno(),)
            )
        begin = Begin(
            str(self._source.resolve()), str(folder.resolve()), wanted, self._packs, secret,
            self._title,
        )  # fmt: skip
        running = Running(process, folder, secret, wanted, bool(alone))
        _say(process, begin)
        return running

    def _drop(self) -> None:
        """End the process and remove what it had."""
        running, self._running = self._running, None
        assert running is not None  # The callers have looked.
        process = running.process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                close_quietly(pipe.close)
        try:
            process.wait(END_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(running.folder, ignore_errors=True)


def asked(running: Running, call: Call) -> Answer:
    """What the drill's process answers.

    Raises LogUnavailable if it is gone.
    """
    running.calls += 1
    try:
        _say(running.process, msgspec.structs.replace(call, number=running.calls))
        answer = _heard(running)
    except OSError:
        answer = None
    if answer is None:
        raise LogUnavailable(
            "the drill's process ended or does not answer; end the drill and begin another."
        )
    if answer.refused:
        raise MoveIllegal(answer.refused)
    return answer


def sweep(folder: Path) -> None:
    """Remove the drills of servers that were killed; one that still runs is left alone."""
    for one in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            SqliteLog(one / ZONE_FOLDER).close()
        except LogUnavailable:
            if (one / ZONE_FOLDER / "lock").exists():
                continue
        except HaiheError:
            pass  # A copy that broke off half-way.
        shutil.rmtree(one, ignore_errors=True)


def listening_in(folder: Path) -> socket.socket:
    """A socket that listens in a folder, however long its path is."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    at = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        listening.bind(f"/proc/self/fd/{at}/{SOCKET}")
        listening.listen()
    except OSError:
        listening.close()
        raise
    finally:
        os.close(at)
    return listening


def cut_off() -> tuple[str, ...]:
    """The words that start a program without any network; () where the machine has no such way."""
    if shutil.which(_CUT_OFF[0]) is None:
        return ()
    try:
        tried = subprocess.run(
            [*_CUT_OFF, "true"], capture_output=True, check=False, timeout=PROBE_WAIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return _CUT_OFF if tried.returncode == 0 else ()


def close_quietly(close: Callable[[], None]) -> None:
    """Close a pipe whose other end may be gone."""
    try:
        close()
    except OSError:
        return


def _say(process: "subprocess.Popen[bytes]", told: Begin | Call) -> None:
    assert process.stdin is not None  # It was asked for.
    process.stdin.write(msgspec.json.encode(told) + b"\n")
    process.stdin.flush()


def _heard(running: Running) -> Answer | None:
    """The answer to the last call; None if none comes in time."""
    until = time.monotonic() + ANSWER_WAIT_S
    while (line := _line(running, until=until)) is not None:
        answer = msgspec.json.decode(line, type=Answer)
        if answer.number == running.calls:  # Else of a call that nobody waits for any more.
            return answer
    return None


def _line(running: Running, *, until: float) -> bytes | None:
    """The next line; None if none comes before a time of the steady clock, s."""
    assert running.process.stdout is not None  # It was asked for.
    pipe = running.process.stdout.fileno()
    while (end := running.heard.find(b"\n")) < 0:
        ready, _, _ = select.select([pipe], [], [], max(until - time.monotonic(), 0.0))
        more = os.read(pipe, READ_BYTES) if ready else b""
        if not more:
            return None
        running.heard += more
    line = bytes(running.heard[:end])
    del running.heard[: end + 1]
    return line
