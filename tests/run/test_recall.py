"""A ledger as it was: byte for byte what it had been, whatever came after, or told to be gone."""

import dataclasses
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import stand
from haihe.decide.scheme.present import encode_hits
from haihe.decide.workday import day_of
from haihe.errors import PackInvalid
from haihe.log.sqlite import SqliteLog
from haihe.model import DAY, HOUR, Entity, Field, Rows, Stream, Text
from haihe.model.line import Action, EntityTold, Fact, Line, StreamDeclared, Verb, decode_lines
from haihe.packs.schemes import pack
from haihe.packs.schemes.books import BOOKS
from haihe.packs.schemes.twin import ZoneTwin
from haihe.packs.schemes.zone import make_code
from haihe.run import keepsakes as keeping
from haihe.run import recall as recalling
from haihe.run import records
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock
from haihe.run.keepsakes import forget, keep, keepsakes
from haihe.run.ledger_keeper import LedgerKeeper
from haihe.run.node import Node
from haihe.run.recall import Asked, Gone, Recalled, command_of
from haihe.run.recalling import recalled_in
from haihe.run.snapshot import encode_snapshot
from haihe.run.snapshot_file import write_snapshot
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


def hits_of(memory: bytes, *, day: int) -> bytes:
    """Everybody's standing as bytes."""
    assert pack.ledger is not None
    grants: Grants = pack.ledger.load(memory)
    standing = stand(grants, day=day)
    return encode_hits(standing.book, standing.present.hits)


COURSE = st.lists(
    st.tuples(
        st.sampled_from(
            ["file", "file", "many", "meter", "ask", "twice", "report", "report", "withdraw",
             "consent", "pool", "book", "other", "restart", "seal", "snapshot", "night"]
        ),
        st.integers(0, 11),
    ),
    min_size=8,
    max_size=24,
)  # fmt: skip


def happens(office: Office, what: str, number: int) -> None:
    """One thing of a course."""
    firm = FIRMS[number % len(FIRMS)]
    things: dict[str, Callable[[], object]] = {
        "file": lambda: office.file(firm, source=SOURCES[number % 3], staff=number),
        "many": lambda: office.file(*FIRMS, staff=number * 7, registered_here=number % 2 == 0),
        "meter": lambda: office.send(
            "schemes.compute", f"enterprise/{firm}", card_h=5.0, spend_fen=1e6 * number
        ),
        "ask": lambda: office.ask(number, firm),
        "twice": lambda: office.ask(number, firm, "submit", "withdraw"),
        "withdraw": lambda: office.ask(number, firm, "withdraw"),
        "report": lambda: office.report(number),
        "consent": lambda: office.say(
            f"consent/{firm}", purpose="match", agreed=AGREED[number % 2]
        ),
        "pool": lambda: office.say("pool/research-grant/2026", limit_fen=str(number * 10**7)),
        "book": lambda: office.say(
            "book/innovation", move="draft",
            text=BOOKS["innovation"].replace("amount: 20万元", f"amount: {20 + number}万元"),
        ),
        "other": lambda: office.others(number),
        "restart": office.restart,
        "seal": office.seal,
        "snapshot": lambda: write_snapshot(
            office.folder, encode_snapshot(office.node.engine, office.node.log)
        ),
        "night": lambda: office.go(DAY),
    }  # fmt: skip
    things[what]()
    office.node.round()


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(course=COURSE, every=st.sampled_from([3, 50]), data=st.data())
def test_at_any_instant_the_ledger_is_what_it_was_live(
    tmp_path_factory: pytest.TempPathFactory, course: list[tuple[str, int]], every: int,
    data: st.DataObject,
) -> None:  # fmt: skip
    live: list[tuple[int, bytes]] = []
    with (
        pytest.MonkeyPatch.context() as patch,
        an_office(tmp_path_factory.mktemp("course")) as office,
    ):
        patch.setattr(recalling, "KEEP_EVERY", every)
        for what, number in course:
            office.go(HOUR)
            happens(office, what, number)
            live.append((office.node.log.received_at + 1, office.memory))
        for before_at, memory in data.draw(st.lists(st.sampled_from(live), min_size=2, max_size=4)):
            found = office.recalled(before_at)
            assert isinstance(found, Recalled)
            assert found.memory == memory
            day = day_of(before_at - 1)
            assert hits_of(found.memory, day=day) == hits_of(memory, day=day)


def test_a_deadline_that_passed_while_nothing_came_has_passed(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        office.file(FIRMS[0])
        office.ask(1, FIRMS[0])
        office.node.round()
        for _ in ("accepted", "reviewed"):
            office.go(HOUR)
            office.report(0)
        published_at, published = office.at, office.memory
        office.go(30 * DAY)
        office.node.round()
        approving = office.memory
        assert approving != published  # The days of publication are over: somebody is to approve.
        for before_at, memory in (
            (published_at + 1, published),
            (published_at + DAY, published),
            (office.at, published),  # The line that told of the time had not come.
            (office.at + 1, approving),
        ):
            found = office.recalled(before_at)
            assert isinstance(found, Recalled)
            assert found.memory == memory


def test_what_a_ledger_waited_for_was_seen_at_anothers_line(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        office.say("rhythm", weekday="2", minute="600")  # Tuesdays at ten.
        office.say(f"consent/{FIRMS[0]}", purpose="digest", agreed="yes")
        office.go(3 * DAY)  # Nothing came until Thursday: the round is made up for.
        office.send(ELSE.name, "loop/1", count=1.0)
        office.node.round()
        thursday, missed = office.at + 1, office.memory
        office.go(DAY)
        office.file(FIRMS[1])
        office.node.round()
        for before_at, memory in ((thursday, missed), (office.at + 1, office.memory)):
            found = office.recalled(before_at)
            assert isinstance(found, Recalled)
            assert found.memory == memory


def test_other_packs_lines_are_passed_over_without_being_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with an_office(tmp_path) as office:
        office.file(FIRMS[0])
        for number in range(5):
            office.go(HOUR)
            office.others(number)
        before_at, memory = office.at + 1, office.memory
        decoded: list[int] = []

        def counted(body: bytes) -> list[Line]:
            decoded.append(1)
            return decode_lines(body)

        monkeypatch.setattr(records, "decode_lines", counted)
        found = office.recalled(before_at)
        assert isinstance(found, Recalled)
        assert found.memory == memory
        whole = sum(1 for _ in office.node.log.read(0, streams=("fact",)))
        assert len(decoded) <= whole - 5  # Each receipt is an entry of its own.


def test_a_keepsake_stands_for_records_that_are_gone_and_without_one_it_is_said(
    tmp_path: Path,
) -> None:
    with an_office(tmp_path) as office:
        office.file(FIRMS[0], staff=1)
        office.node.round()
        early, was = office.at + 1, office.memory
        office.go(DAY)
        office.file(FIRMS[0], staff=2)
        office.node.round()
        middle, then = office.at + 1, office.memory
        office.recalled(middle, is_kept=True)
        office.go(4 * DAY)
        office.file(FIRMS[1], staff=3)
        office.node.round()
        late, now = office.at + 1, office.memory
        assert [office.recalled(at).memory for at in (early, middle, late)] == [was, then, now]  # type: ignore[union-attr]  # All is kept.
        office.seal()
        office.expire()
        gone = office.recalled(early)
        assert isinstance(gone, Gone)
        assert (gone.rows, gone.since_at) == (2, middle - 1)  # And the one in which the day ended.
        assert "not kept any more" in recalling.gone_words(gone)
        for at, memory in ((middle, then), (late, now)):
            found = office.recalled(at)
            assert isinstance(found, Recalled)
            assert found.memory == memory
        (only,) = keepsakes(tmp_path, "schemes")
        (only.folder / only.name).unlink()
        lost = office.recalled(late)
        assert isinstance(lost, Gone)
        assert lost.since_at == 0


@pytest.mark.parametrize("damage", [b"", b"no state", None])
def test_a_damaged_keepsake_is_left_alone_and_the_log_is_read(
    tmp_path: Path, damage: bytes | None
) -> None:
    with an_office(tmp_path) as office:
        office.file(FIRMS[0])
        office.node.round()
        memory = office.memory
        office.recalled(office.at + 1, is_kept=True)
        (one,) = keepsakes(tmp_path, "schemes")
        path = one.folder / one.name
        whole = path.read_bytes()
        path.write_bytes(whole[:-3] if damage is None else damage)
        found = office.recalled(office.at + 1)
        assert isinstance(found, Recalled)
        assert found.memory == memory
        assert found.lines > 0


def test_too_many_keepsakes_are_thinned_evenly_and_the_first_and_last_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FILES_MAX", 4)
    for number in range(9):
        keep(tmp_path, "a", state=b"x" * number, offset=number, at=number * 10)
    found = keepsakes(tmp_path, "a")
    assert (len(found), found[0].offset, found[-1].offset) == (4, 0, 8)
    assert [one.read() for one in found] == [b"x" * one.offset for one in found]
    forget(tmp_path, before=found[2].at + 1)
    assert keepsakes(tmp_path, "a") == found[2:]


def test_a_pack_without_a_ledger_has_no_past(tmp_path: Path) -> None:
    with an_office(tmp_path) as office, pytest.raises(PackInvalid, match="has no ledger"):
        recalled_in(office.folder, dataclasses.replace(PACK, ledger=None), asked=Asked(T0))


def test_the_keeper_makes_a_keepsake_before_what_it_follows_from_may_go(tmp_path: Path) -> None:
    with an_office(tmp_path) as office:
        office.file(FIRMS[0])
        office.go(4 * DAY)
        office.file(FIRMS[1])
        office.node.round()
        office.seal()
        files = plan_expiry(
            office.node.log, "schemes.file", retention=Retention(1, 9_999), now_at=office.at
        )
        keeper = LedgerKeeper(tmp_path, office.node.log, [PACK])
        assert not keeper.is_ready(files)
        assert keeper.running is not None
        assert keeper.running.wait(240) == 0
        assert keeper.is_ready(files)
        (one,) = keepsakes(tmp_path, "schemes")
        assert one.offset > files[0].last_offset
        keeper.keep_up()  # Too little came since to be worth one.
        assert keeper.running.poll() is not None
        unknown = dataclasses.replace(PACK, name="nowhere")
        lost = LedgerKeeper(tmp_path, office.node.log, [unknown])
        assert not lost.is_ready(files)
        assert lost.running is not None
        lost.running.wait(240)
        assert lost.is_ready(files)  # What cannot be kept does not hold what must go.
        lost.stop()


def test_the_program_says_how_much_is_done_and_why_it_cannot(tmp_path: Path) -> None:
    command = command_of(tmp_path, "schemes", asked=Asked(T0))
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert (told.returncode, told.stdout) == (2, "")
    assert "cannot open" in told.stderr
