"""A zone node, whole: the node, its letter carrier and its housekeeping, started and stopped."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from haihe.errors import HaiheError
from haihe.log import store
from haihe.log.blobs import Blobs
from haihe.log.checkpoint import SigningKey
from haihe.log.sqlite import SqliteLog, Transaction
from haihe.model.time import DAY, HOUR
from haihe.pack.contract import Pack
from haihe.run.audit import log_key, signed_checkpoint
from haihe.run.clock import Clock, WallClock
from haihe.run.config import Config, routes_of
from haihe.run.ledger_keeper import LedgerKeeper
from haihe.run.memory import give_back
from haihe.run.messaging import Messaging
from haihe.run.node import Node
from haihe.run.outbox import Carrier, Route
from haihe.run.retaining import DAYS_MAX
from haihe.run.thread import named_files
from haihe.state.history import History
from haihe.state.retention import Retention, commit_expiry, plan_expiry, remove_files
from haihe.state.seal import SealPlan, commit_seal, plan_seal, sweep, write_seal

WAL_EVERY_S: Final = 1.0  # Measured: a checkpoint a second keeps the WAL at some MB under load.
SIGN_EVERY_S: Final = 60.0  # Ours: what an auditor can hold against us is at most a minute old.
SNAPSHOT_EVERY_S: Final = 60.0  # Ours: a start reads at most a minute of records again.
GIVE_BACK_EVERY_S: Final = 60.0  # Ours: what a minute's questions left.
SEAL_EVERY_S: Final = 600.0  # Ours: sealing is cheap when there is nothing to seal.
EXPIRE_EVERY_S: Final = 3600.0  # Ours: files go by whole days.
KEEP_EVERY_S: Final = 900.0  # Ours: an office's records come by the thousand a day.
FOR_EVER: Final = 2 * DAYS_MAX  # Days: no log is as old.
HISTORY_FOLDER: Final = "history"
ANSWERS_KEPT: Final = 7 * DAY  # Ours: a sender that was away longer does not repeat requests.
LETTERS_KEPT: Final = 7 * DAY  # Ours: for who looks after a sink; the log has all of it for ever.
LETTERS_AT_ONCE: Final = 5_000  # Measured: some ms of the writer; far more than a minute brings.

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done now and then beside the writer.

    every_s: how often.
    do: what; a HaiheError is told and tried again next time.
    """

    every_s: float
    do: Callable[[], object]


class Housekeeping:
    """Chores in a thread of their own, so that no commit waits for them."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        """Do these, each at its own pace."""
        self._chores = tuple(chores)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the chore in hand."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        due = [time.monotonic() + chore.every_s for chore in self._chores]
        while not self._ended.wait(min(chore.every_s for chore in self._chores)):
            for place, chore in enumerate(self._chores):
                if time.monotonic() < due[place]:
                    continue
                due[place] = time.monotonic() + chore.every_s
                try:
                    chore.do()
                except (HaiheError, OSError) as error:
                    _log.warning("housekeeping waits: %s", error)


class Zone:
    """Everything that runs on one machine for one zone, but for the server in front of it."""

    def __init__(
        self, folder: Path, packs: Sequence[Pack], *, config: Config, clock: Clock | None = None
    ) -> None:
        """Open the data folder and recover.

        folder: made if it is missing.
        clock: the machine's, held steady, unless told otherwise.
        Raises LogUnavailable, LogDamaged.
        """
        log = SqliteLog(folder)
        self.folder = folder
        self.config = config
        self.key: SigningKey = log_key(folder, name=config.name)
        self.history = History(log, folder / HISTORY_FOLDER)
        sweep(log, self.history.folder)
        self.node = Node(
            log, packs, clock=clock or WallClock(log.received_at), history=self.history
        )
        self.carrier: Carrier | None = None
        self.messaging = Messaging(self.node, config.mqtt) if config.mqtt is not None else None
        self.ledgers = LedgerKeeper(folder, log, packs)
        self._keeping = Housekeeping(
            (
                Chore(WAL_EVERY_S, log.checkpoint_wal),
                Chore(SIGN_EVERY_S, self.sign),
                Chore(SIGN_EVERY_S, self._forget),
                Chore(SNAPSHOT_EVERY_S, self._save_snapshot),
                Chore(GIVE_BACK_EVERY_S, give_back),
                Chore(SEAL_EVERY_S, self.seal),
                Chore(EXPIRE_EVERY_S, self.expire),
                Chore(EXPIRE_EVERY_S, self.sweep_files),
                Chore(KEEP_EVERY_S, self.ledgers.keep_up),
            )
        )

    def start(self, routes: Sequence[Route] | None = None) -> None:
        """Begin to take records, to carry orders and to keep house.

        routes: where orders go; None means as the settings say.
        Raises LogUnavailable if MQTT cannot begin; PackInvalid if a sink leads nowhere.
        """
        mqtt = self.messaging.sink if self.messaging is not None else None
        wanted = routes if routes is not None else routes_of(self.config, mqtt=mqtt)
        self.carrier = Carrier(self.node, wanted)
        self.node.start()
        if self.messaging is not None:
            self.messaging.start()
        self.carrier.start()
        self._keeping.start()

    def stop(self) -> None:
        """End everything, in order; what was acknowledged is kept."""
        self._keeping.stop()
        self.ledgers.stop()
        if self.messaging is not None:
            self.messaging.stop()
        if self.carrier is not None:
            self.carrier.stop()
            for last in (self.sign, self._save_snapshot):
                try:
                    last()
                except HaiheError as error:  # A start without either only takes longer.
                    _log.warning("stopping without it: %s", error)
        self.node.stop()
        self.history.close()

    def sign(self) -> None:
        """Keep a signed checkpoint of the log as it is now, if it has grown."""
        size, note = signed_checkpoint(self.node.log, key=self.key)
        at = self.node.log.received_at

        def write(transaction: Transaction) -> None:
            store.keep_checkpoint(transaction.db, size=size, at=at, note=note)

        self.node.change(write).result()

    def seal(self) -> int:
        """Move records that are old enough into history files; how many were moved.

        Whole days once they are ``seal_after_h`` old; before that only what fills a seal, so that
        the unsealed tail stays small. Never what the newest snapshot has not seen: a start reads
        that from the log's own file.
        """
        aged_at = self.node.log.received_at - self.config.history.seal_after_h * HOUR
        before_at = aged_at if self.config.history.seal_after_h == 0 else aged_at // DAY * DAY
        moved = 0
        for live in self.node.engine.live.streams():
            while plan := self._seal_plan(live.stream.name, before_at=before_at):
                seal = write_seal(self.node.log, self.history.folder, plan=plan)
                if self.node.change(partial(commit_seal, seal=seal)).result() is None:
                    break
                moved += plan.rows
        return moved

    def _seal_plan(self, stream: str, *, before_at: int) -> SealPlan | None:
        """What of a stream may be sealed now: what fills a seal, or is old enough."""
        seen = self.node.snapshot_offset
        full = plan_seal(self.node.log, stream, before_offset=seen)
        if full is None or full.is_full:
            return full
        return plan_seal(self.node.log, stream, before_offset=seen, received_before_at=before_at)

    def expire(self) -> int:
        """Delete history files older than they are kept; how many went.

        What a ledger follows from goes once a keepsake of the ledger stands behind it.
        """
        told, setting = self.node.engine.kept, self.config.history
        days = told.days if told is not None else setting.keep_days
        hours = told.rollups_days if told is not None else setting.keep_rollups_days
        if not days:
            return 0
        retention = Retention(days, max(days, hours or FOR_EVER))
        node, gone = self.node, 0
        for live in node.engine.live.streams():
            files = plan_expiry(
                node.log, live.stream.name, retention=retention, now_at=node.log.received_at
            )
            if not files or not self.ledgers.is_ready(files):
                continue
            kept = node.change(partial(commit_expiry, files=files)).result()
            gone += remove_files(self.history.folder, kept) if kept is not None else 0
        self.ledgers.forget(before=node.log.received_at - days * DAY)
        return gone

    def sweep_files(self) -> int:
        """Remove files that a crash left behind before a line named them; how many went."""
        return Blobs(self.folder).sweep(named_files(self.node.log).keys())

    def _save_snapshot(self) -> None:
        self.node.save_snapshot()

    def _forget(self) -> None:
        """Let go of what only the next days could have asked for."""
        now = self.node.log.received_at

        def write(transaction: Transaction) -> None:
            store.forget_answers(transaction.db, before=now - ANSWERS_KEPT)
            store.forget_letters(transaction.db, before=now - LETTERS_KEPT, most=LETTERS_AT_ONCE)

        self.node.change(write).result()
