"""The process of a drill: reads what is wanted from its standard input, and ends when that ends.

Lines of JSON come in and each is answered by one line. The parent's death closes the pipe, however
it dies; then the copy's folder is removed and the process is gone.
"""

import os
import shutil
import socket
import sys
import threading
from pathlib import Path
from typing import IO, Final

import msgspec
import uvicorn

from haihe.errors import HaiheError, MoveIllegal
from haihe.pack.load import load_packs
from haihe.run.audit import log_key
from haihe.run.drill.copy import ZONE_FOLDER, Copy, Stand, Wanted
from haihe.run.drill.player import Phase
from haihe.run.drill.sheet import Sheet
from haihe.run.why_order import prove
from haihe.serve.app import App
from haihe.serve.drill.contract import Answer, Begin, Call, Running
from haihe.serve.drill.vouched import VouchedAccess
from haihe.serve.platform import platform_of
from haihe.serve.settings import Services, Settings

NICE: Final = 10  # Ours: whatever the zone needs comes first; of 0 to 19.
ORIGIN: Final = "drill.invalid/copy"  # RFC 2606: proves nothing of any real log.


class Inside:
    """The drill as its own server sees it; it cannot be ended from within."""

    is_inside: Final = True
    running: Final[Running | None] = None

    def __init__(self, wanted: Wanted) -> None:
        """Nothing is copied yet."""
        self._wanted = wanted
        self._copy: Copy | None = None
        self._prepared = 0.0
        self._trouble = ""

    def hold(self, copy: Copy) -> None:
        """The copy is there."""
        self._copy = copy

    def progress(self, share: float) -> None:
        """How much is copied, 0 to 1."""
        self._prepared = share

    def fail(self, why: str) -> None:
        """There will be no copy."""
        self._trouble = why

    def stand(self) -> Stand:
        """Where it stands."""
        if self._copy is not None:
            return self._copy.stand
        phase = Phase.FAILED if self._trouble else Phase.PREPARING
        wanted = self._wanted
        return Stand(
            phase, wanted.span, wanted.span.from_at, wanted.speed, wanted.by,
            self._prepared, self._trouble,
        )  # fmt: skip

    def begin(self, wanted: Wanted) -> Stand:
        """Never: this is a drill."""
        raise MoveIllegal(f"{wanted.by} is in a drill; begin another when it has ended.")

    def go(self, *, speed: float | None, paused: bool | None) -> Stand:
        """Another speed, or stand, or go on."""
        copy = self._held()
        copy.go(speed=speed, paused=paused)
        return copy.stand

    def sheet(self) -> Sheet:
        """What came of it so far."""
        return self._held().sheet()

    def end(self, by: str) -> Sheet:
        """Never from within."""
        raise MoveIllegal(f"{by} is in the drill; it is ended from the zone's own page.")

    def give_up(self) -> None:
        """Never from within."""
        self.end(self._wanted.by)

    def _held(self) -> Copy:
        if self._copy is None:
            raise MoveIllegal(f"the drill is {self.stand().phase.value}; wait until it runs.")
        return self._copy


def main() -> int:
    """Hold one drill, until the parent has had enough of it or is gone."""
    os.nice(NICE)
    told = sys.stdin.buffer.readline()
    if not told:
        return 0
    begin = msgspec.json.decode(told, type=Begin)
    listening = socket.socket(fileno=int(sys.argv[1]))
    inside = Inside(begin.wanted)
    answering = threading.Thread(target=_answer_all, args=(inside, Path(begin.folder)), daemon=True)
    answering.start()
    copy = _copied(begin, inside)
    if copy is None:
        answering.join()
        return 1
    app = _app_of(copy, inside, begin=begin)
    copy.start()
    inside.hold(copy)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="on", loop="asyncio",
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])
    return 0


def _copied(begin: Begin, inside: Inside) -> Copy | None:
    """The copy; None if there cannot be one, and why is told to who asks."""
    try:
        return Copy(
            Path(begin.source),
            Path(begin.folder),
            packs=load_packs(begin.packs).packs,
            wanted=begin.wanted,
            progress=inside.progress,
        )
    except (HaiheError, ValueError) as error:
        inside.fail(str(error))
        return None


def _app_of(copy: Copy, inside: Inside, *, begin: Begin) -> App:
    """The copy's own server: no door but the zone's, no way out."""
    folder = Path(begin.folder) / ZONE_FOLDER
    key = log_key(folder, name=ORIGIN)
    services = Services(
        proof=lambda subject: prove(copy.node.log, subject, key=key, loops=copy.node.engine.loops),
        history=copy.history,
        drills=inside,
    )
    settings = Settings(title=begin.title, services=services, is_drill=True)
    access = VouchedAccess(settings, folder, secret=begin.secret)
    return App(platform_of(copy.node, settings, access=access))


def _answer_all(inside: Inside, folder: Path) -> None:
    """Answer the parent until it says nothing more; then remove the folder and be gone."""
    replies: IO[bytes] = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    try:
        for line in sys.stdin.buffer:
            replies.write(msgspec.json.encode(_answer(inside, line)) + b"\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)  # Threads under way have nothing left to keep.


def _answer(inside: Inside, line: bytes) -> Answer:
    number = 0
    try:
        call = msgspec.json.decode(line, type=Call)
        number = call.number
        if call.verb == "sheet":
            return Answer(number, sheet=inside.sheet())
        if call.verb == "go":
            return Answer(number, stand=inside.go(speed=call.speed, paused=call.paused))
        return Answer(number, stand=inside.stand())
    except (HaiheError, msgspec.DecodeError) as error:
        return Answer(number, refused=str(error))


if __name__ == "__main__":
    sys.exit(main())
