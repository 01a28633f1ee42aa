"""A node with the schemes pack, driven by hand: what tests of the past stand on."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from haihe.decide.workday import day_of
from haihe.log.sqlite import SqliteLog
from haihe.model import Entity, Field, Rows, Stream, Text
from haihe.model.line import Action, EntityTold, Fact, StreamDeclared, Verb
from haihe.packs.schemes import pack
from haihe.packs.schemes.twin import ZoneTwin
from haihe.packs.schemes.zone import make_code
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.node import Node
from haihe.run.recall import Asked, Gone, Recalled
from haihe.run.recalling import recalled_in
from haihe.state.history import History
from haihe.state.retention import Retention, commit_expiry, plan_expiry, remove_files
from haihe.state.seal import commit_seal, plan_seal, write_seal

T0 = 1_772_413_200_000_000_000  # 2026-03-02T09:00:00+08:00.
PACK = dataclasses.replace(pack, twin=None)
HISTORY = "history"
FIRMS = [make_code(number) for number in range(4)]
GOOD = {"size": "small", "registered_here": True, "clean_record": True, "industry": "chips",
        "revenue": 4_200_000_000, "research": 380_000_000, "patents": 9}  # fmt: skip
SOURCES, AGREED = ("registry", "tax", "enterprise"), ("no", "yes")
ELSE = Stream("else.loop", fields=(Field("count", "1", low=0, high=1e9),), source="another pack")


class Office:
    """A node with the schemes pack, on its own clock, restarted when one likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at = T0
        self.open()
        self.tell(*(one for one in ZoneTwin(20).told_before(T0) if "consent" not in one.subject))
        self.tell(StreamDeclared(at=T0, stream=ELSE))

    def open(self) -> None:
        log = SqliteLog(self.folder)
        self.history = History(log, self.folder / HISTORY)
        self.clock = DataClock(self.at)
        self.node = Node(log, [PACK], clock=self.clock, history=self.history)

    def close(self) -> None:
        self.history.close()
        self.node.stop()

    def restart(self) -> None:
        self.close()
        self.open()

    def go(self, by: int) -> None:
        self.at += by
        self.clock.reach(self.at)

    def tell(self, *facts: Fact) -> None:
        for fact in facts:
            self.node.tell(fact)
        self.node.round()

    def send(self, stream: str, *ids: str, **columns: object) -> None:
        declared = self.node.engine.live[stream].stream
        self.node.submit(
            Arrival(
                Rows(
                    stream=stream,
                    ids=tuple(dict.fromkeys(ids)),
                    codes=np.array([list(dict.fromkeys(ids)).index(one) for one in ids], np.int32),
                    observed_at=self.at + np.arange(len(ids), dtype=np.int64),
                    numbers={
                        one.name: np.full(len(ids), columns.get(one.name, np.nan), dtype=float)
                        for one in declared.numbers
                    },
                    texts={
                        one.name: np.full(len(ids), columns.get(one.name), dtype=object)
                        for one in declared.texts
                    },
                )
            )
        )

    def file(self, *firms: str, source: str = "registry", **facts: object) -> None:
        day = str(np.datetime64(day_of(self.at), "D"))
        told = msgspec.json.encode({**GOOD, **facts}).decode()
        ids = [f"enterprise/{one}" for one in firms]
        self.send("schemes.file", *ids, source=source, as_of=day, facts=told)

    def ask(self, number: int, firm: str, *moves: str) -> None:
        for move in moves or ("submit",):
            self.send(
                "schemes.application", f"application/{number}",
                enterprise=firm, scheme="research-grant", move=move, by="portal",
            )  # fmt: skip

    def report(self, place: int) -> None:
        """Somebody ends an open step in one of its ways."""
        desk = self.node.engine.track.casework.desk
        waits = [one for one in desk.orders.values() if not one.is_settled and one.order.outcomes]
        if waits:
            order = waits[place % len(waits)]
            ways = order.order.outcomes
            self.tell(
                Action(at=self.at, verb=Verb.REPORT, subject=order.id, reason="so",
                       by=f"{order.order.action} officer", outcome=ways[place % len(ways)].name)
            )  # fmt: skip

    def say(self, what: str, **told: str) -> None:
        """Somebody tells the ledger something."""
        self.tell(
            Action(at=self.at, verb=Verb.TELL, subject=f"schemes {what}", by="ann", reason="so",
                   settings=told)
        )  # fmt: skip

    def others(self, number: int) -> None:
        """Another pack's records and receipts."""
        self.send(ELSE.name, *[f"loop/{one}" for one in range(number + 1)], count=number)
        self.tell(
            Action(at=self.at, verb=Verb.DELIVERED, subject="else.loop/9", by="device"),
            EntityTold(at=self.at, entity=Entity(id=f"loop/{number}", title=Text("甲", "a"))),
        )

    @property
    def memory(self) -> bytes:
        """What the ledger remembers now, as bytes."""
        return self.node.engine.track.casework.ledgers.dumped().memories["schemes"]

    def seal(self) -> None:
        """All that is decided on into history files."""
        for stream in (one.stream.name for one in self.node.engine.live.streams()):
            if plan := plan_seal(self.node.log, stream, before_offset=self.node.log.next_offset):
                seal = write_seal(self.node.log, self.folder / HISTORY, plan=plan)
                self.node.change(partial(commit_seal, seal=seal))
                self.node.round()

    def expire(self) -> None:
        """Let go of all that was observed on another day than this and the one before."""
        for stream in (one.stream.name for one in self.node.engine.live.streams()):
            files = plan_expiry(
                self.node.log, stream, retention=Retention(1, 9_999), now_at=self.at
            )
            answer = self.node.change(partial(commit_expiry, files=files))
            self.node.round()
            if files and (kept := answer.result()) is not None:
                remove_files(self.folder / HISTORY, kept)

    def recalled(self, before_at: int, *, is_kept: bool = False) -> Recalled | Gone:
        asked = Asked(before_at, is_kept)
        return recalled_in(self.folder, PACK, asked=asked)


@contextmanager
def an_office(folder: Path) -> Iterator[Office]:
    office = Office(folder)
    try:
        yield office
    finally:
        office.close()
