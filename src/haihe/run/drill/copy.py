"""The copy a drill is held on: its own log, node and clock, and one sink that reaches nobody."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from haihe.log import store
from haihe.log.sqlite import SqliteLog
from haihe.model.decision import WorkOrder
from haihe.model.time import DAY
from haihe.pack.contract import Pack
from haihe.run.drill.pace import Pace
from haihe.run.drill.player import Phase, Player
from haihe.run.drill.sheet import Held, Sheet, course_of, sheet_of
from haihe.run.drill.span import (
    check_room,
    copy_items,
    extent_of,
    items_before,
    items_within,
)
from haihe.run.node import Node
from haihe.run.outbox import Carrier, Route
from haihe.run.span import Span
from haihe.run.zone import HISTORY_FOLDER
from haihe.state.history import History

ZONE_FOLDER: Final = "zone"  # The copy's log.
SPAN_FOLDER: Final = "span"  # What is played into it.
SINK: Final = "drill"


class Wanted(msgspec.Struct, frozen=True):
    """What a drill shall be.

    speed: how many seconds of the past go by in one.
    by: who holds it.
    """

    span: Span
    speed: float
    by: str


class Stand(msgspec.Struct, frozen=True):
    """Where a drill stands.

    now: the log's time in it; ns.
    prepared: how much of its records is copied, 0 to 1.
    trouble: why it failed; "" if it did not.
    """

    phase: Phase
    span: Span
    now: int
    speed: float
    by: str
    prepared: float
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class NowhereSink:
    """Takes every order and hands it to nobody: in a drill nothing leaves."""

    name: str = SINK

    def send(self, order: WorkOrder) -> None:
        """Do nothing; never fails."""


class Copy:
    """A drill's own platform, from the records of another's data folder, which it only reads."""

    def __init__(
        self,
        source: Path,
        folder: Path,
        *,
        packs: Sequence[Pack],
        wanted: Wanted,
        progress: Callable[[float], None],
    ) -> None:
        """Copy the records and build the state before the span; the source is then let go of.

        source: data folder of the platform whose past it is.
        folder: of the copy, its own; it is filled and belongs to nobody else.
        progress: called with how much is copied, 0 to 1.
        Raises ValueError if there is no such span; LogUnavailable, LogDamaged.
        """
        self.wanted = wanted
        self.speeds = [wanted.speed]
        live = SqliteLog(source, read_only=True)
        history = History(live, source / HISTORY_FOLDER)
        try:
            self.extent = extent_of(live, wanted.span)
            folder.mkdir(parents=True, exist_ok=True)
            check_room(shutil.disk_usage(folder).free, self.extent)
            self._log = SqliteLog(folder / ZONE_FOLDER, is_passing=True)
            self._span_log = SqliteLog(folder / SPAN_FOLDER, is_passing=True)
            self._copy(live, history, progress=progress)
            self._then = course_of(live, wanted.span, after=DAY)
        finally:
            history.close()
            live.close()
        self.pace = Pace(wanted.span.from_at, speed=wanted.speed)
        self.node = Node(self._log, packs, clock=self.pace)
        with self._log.transaction() as transaction:
            store.settle_letters(transaction.db)  # Of before the span: they arrived long ago.
        self.history = History(self._log, folder / HISTORY_FOLDER)
        self.player = Player(self.node, self._span_log, span=wanted.span, pace=self.pace)
        self._carrier = Carrier(self.node, (Route("*", NowhereSink()),))

    def _copy(
        self, live: SqliteLog, history: History, *, progress: Callable[[float], None]
    ) -> None:
        """What was before the span into the copy's log, and the span into one to play from."""
        span, copied = self.wanted.span, 0

        def count(records: int) -> None:
            nonlocal copied
            copied += records
            progress(min(copied / max(self.extent.total, 1), 1.0))

        before = items_before(live, span, extent=self.extent, history=history)
        copy_items(before, self._log, source=live.directory, progress=count)
        within = items_within(live, span, history=history)
        copy_items(within, self._span_log, source=live.directory, progress=count)

    @property
    def stand(self) -> Stand:
        """Where the drill stands."""
        return Stand(
            phase=self.player.phase,
            span=self.wanted.span,
            now=self.pace.now(),
            speed=self.pace.speed,
            by=self.wanted.by,
            prepared=1.0,
            trouble=self.player.trouble,
        )

    def start(self) -> None:
        """Let the past go by."""
        self.node.start()
        self._carrier.start()
        self.player.start()

    def go(self, *, speed: float | None = None, paused: bool | None = None) -> None:
        """Another speed, or stand, or go on."""
        self.pace.go(speed=speed, paused=paused)
        if self.pace.speed != self.speeds[-1]:
            self.speeds.append(self.pace.speed)

    def sheet(self) -> Sheet:
        """What came of the drill so far."""
        now = self.pace.now()
        done = course_of(self._log, self.wanted.span, after=DAY)
        held = Held(
            span=self.wanted.span,
            reached_at=now,
            built_from_at=self.extent.built_from_at,
            by=self.wanted.by,
            speeds=tuple(self.speeds),
        )
        return sheet_of(done, self._then, held=held)

    def stop(self) -> None:
        """End everything; the folder is the caller's to remove."""
        self.player.stop()
        self._carrier.stop()
        self.history.close()
        self.node.stop()
        self._span_log.close()
