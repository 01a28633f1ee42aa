"""The one writer under many senders, a full queue, a full disk, and senders that leave."""

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from haihe.detect.absence import Silence
from haihe.errors import LogUnavailable, Overloaded, RecordRefused
from haihe.feed.door import Reason, RefusedRecord
from haihe.log import SqliteLog, Transaction, decode_batch
from haihe.model import MILLISECOND, Field, FieldKind, Rows, Stream
from haihe.model.line import CaseOpened, Line, StreamDeclared, decode_lines, encode_lines
from haihe.pack import Pack
from haihe.run import node as node_module
from haihe.run.appending import Arrival
from haihe.run.clock import DataClock, WallClock
from haihe.run.house import HOUSE_STREAMS, QUARANTINE
from haihe.run.intake import Receipt
from haihe.run.node import Node
from tests.run.lives import steps_again
from tests.run.packs import T0, VALUE, minute, pack_of

PACK = pack_of()


@contextmanager
def living(folder: Path, *packs: Pack) -> Iterator[Node]:
    """A node with its writer's thread, on the machine's clock."""
    node = Node(SqliteLog(folder), packs or (PACK,), clock=WallClock())
    node.start()
    try:
        yield node
    finally:
        node.stop()


@contextmanager
def still(folder: Path, *packs: Pack) -> Iterator[Node]:
    """A node without a thread: ``round`` makes a round."""
    log = SqliteLog(folder)
    node = Node(log, packs or (PACK,), clock=DataClock(max(log.received_at, T0)))
    try:
        yield node
    finally:
        node.stop()


def rows(*values: float, entity: str = "thing/1", at: float = 0.0) -> Rows:
    """Readings a second apart from a minute after T0 on."""
    count = len(values)
    return Rows(
        stream=VALUE.name,
        ids=(entity,),
        codes=np.zeros(count, dtype=np.int32),
        observed_at=minute(at) + np.arange(count, dtype=np.int64) * 10**9,
        numbers={"value": np.array(values, dtype=np.float64)},
        texts={},
    )


def stored(log: SqliteLog, stream: str = VALUE.name) -> dict[int, tuple[str, float]]:
    """Offset to entity and value of every record of the stream."""
    found = {}
    for entry in log.read(streams=[stream]):
        batch = decode_batch(entry.header, entry.body or b"")
        values = batch.numbers.get("value", np.full(len(batch), np.nan))
        for offset, slot, value in zip(batch.offsets, batch.slots, values, strict=True):
            found[int(offset)] = (log.directory.ids(stream)[slot], float(value))
    return found


def lines(log: SqliteLog) -> list[Line]:
    entries = log.read(streams=["step"])
    return [line for entry in entries for line in decode_lines(entry.body or b"")]


def test_every_receipt_names_the_senders_own_records_among_many_senders(tmp_path: Path) -> None:
    sent: list[tuple[Receipt, list[tuple[str, float]]]] = []

    def send(sender: int) -> None:
        for turn in range(25):
            entity = f"thing/{sender}-{turn % 3}"
            values = [float(sender * 1_000 + turn * 10 + n) for n in range(1 + turn % 4)]
            if turn % 5 == 0 and turn:
                values.append(values[-1])  # With the next second: not a repetition.
            answer = node.submit(Arrival(rows(*values, entity=entity, at=turn)))
            sent.append((answer.result(timeout=30), [(entity, value) for value in values]))

    with living(tmp_path) as node:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(send, range(8)))
        found = stored(node.log)
        of_receipts = sorted(
            offset
            for receipt, _ in sent
            for offset in range(receipt.first_offset, receipt.first_offset + receipt.taken)
        )
        assert of_receipts == sorted(found)  # Each record in exactly one receipt.
        for receipt, own in sent:
            assert [found[receipt.first_offset + n] for n in range(receipt.taken)] == own
        assert steps_again(node)["step"] == encode_lines(lines(node.log))


def test_a_repeated_request_doubles_nothing_within_and_across_rounds(tmp_path: Path) -> None:
    with still(tmp_path) as node:
        twins = [node.submit(Arrival(rows(1, 2), key="k-1")) for _ in range(2)]
        node.round()
        first, twin = (answer.result() for answer in twins)
        assert (first.taken, twin.taken, twin.repeated) == (2, 0, 2)
    with still(tmp_path) as node:
        # Others have spoken since, so only the key can tell.
        node.submit(Arrival(rows(7, at=9)))
        late = node.submit(Arrival(rows(1, 2), key="k-1"))
        node.round()
        assert (late.result().taken, late.result().repeated) == (0, 2)
        assert late.result().first_offset == first.first_offset
        assert [value for _, value in stored(node.log).values()] == [1.0, 2.0, 7.0]


def test_a_key_seen_by_two_threads_at_once_is_taken_once(tmp_path: Path) -> None:
    with living(tmp_path) as node, ThreadPoolExecutor(8) as pool:
        arrivals = [Arrival(rows(float(key), at=key), key=f"k-{key}") for key in range(20)] * 4
        answers = list(pool.map(lambda arrival: node.submit(arrival).result(30), arrivals))
        assert sum(answer.taken for answer in answers) == 20
        assert sum(answer.repeated for answer in answers) == 60
        assert len(stored(node.log)) == 20


def test_records_beyond_the_limit_are_pushed_back_and_nothing_of_them_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_module, "ROWS_WAITING_MAX", 5)
    bad = RefusedRecord("t.value", "thing/1", None, Reason.MALFORMED, "what", "{")
    with still(tmp_path) as node:
        first = node.submit(Arrival(rows(1, 2, 3)))
        with pytest.raises(Overloaded, match="3 records wait") as caught:
            node.submit(Arrival(rows(4, 5, 6)))
        assert caught.value.retry_after_s >= 1
        with pytest.raises(Overloaded):
            node.submit(Arrival(None, (bad,) * 3))  # The bad ones fill the queue as well.
        assert node.waiting_rows == 3
        node.round()
        assert first.result().taken == 3
        assert node.waiting_rows == 0
        node.submit(Arrival(rows(4, 5, 6), (bad,)))
        node.round()
        assert len(stored(node.log)) == 6
        assert len(stored(node.log, QUARANTINE.name)) == 1


def test_one_sender_with_more_than_the_limit_is_taken_when_nothing_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_module, "ROWS_WAITING_MAX", 2)
    with still(tmp_path) as node:
        answer = node.submit(Arrival(rows(1, 2, 3)))
        node.round()
        assert answer.result().taken == 3


def test_an_arrival_for_a_stream_nobody_declared_is_refused_alone(tmp_path: Path) -> None:
    other = Rows("t.other", ("e/1",), np.zeros(1, np.int32), np.ones(1, np.int64), {}, {})
    with still(tmp_path) as node:
        good, bad, more = (node.submit(Arrival(each)) for each in (rows(1), other, rows(2, at=1)))
        node.round()
        with pytest.raises(RecordRefused, match=r"'t\.other' is not declared"):
            bad.result()
        assert (good.result().taken, more.result().taken) == (1, 1)
        assert node.waiting_rows == 0


def test_records_older_than_a_field_and_newer_ones_share_a_round(tmp_path: Path) -> None:
    wide = Stream(
        VALUE.name, (*VALUE.fields, Field("more", "1"), Field("note", kind=FieldKind.TEXT))
    )
    newer = Rows(
        stream=VALUE.name,
        ids=("thing/2",),
        codes=np.zeros(1, dtype=np.int32),
        observed_at=np.array([minute(1)], dtype=np.int64),
        numbers={"value": np.array([1.0]), "more": np.array([5.0])},
        texts={"note": np.array(["ok"], dtype=object)},
        received_at=np.array([minute(2)], dtype=np.int64),  # And some bring a clock, some do not.
    )
    for order in ((rows(1), newer), (newer, rows(1))):
        with still(tmp_path / str(len(order[0].numbers))) as node:
            node.tell(StreamDeclared(at=T0, stream=wide))
            node.round()
            answers = [node.submit(Arrival(each)) for each in order]
            node.round()
            assert [answer.result().taken for answer in answers] == [1, 1]
            live = node.engine.live[VALUE.name]
            seen = {live.ids[slot]: live.observation(slot) for slot in range(2)}
            assert seen["thing/2"].numbers["more"] == 5.0
            assert seen["thing/2"].texts["note"] == "ok"
            assert np.isnan(seen["thing/1"].numbers["more"])


def test_a_sender_that_left_before_its_turn_harms_nobody(tmp_path: Path) -> None:
    with still(tmp_path) as node:
        gone, good = node.submit(Arrival(rows(1))), node.submit(Arrival(rows(2, at=1)))
        assert gone.cancel()
        node.round()
        with pytest.raises(CancelledError):
            gone.result()
        assert good.result().taken == 1
        assert node.waiting_rows == 0
        assert [value for _, value in stored(node.log).values()] == [2.0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_writer_breaks_nobody_waits_and_a_new_start_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, living(tmp_path) as node:
        patch.setattr(node.engine, "take", lambda items: 1 // 0)
        first = node.submit(Arrival(rows(12), key="k"))
        with pytest.raises(LogUnavailable, match="ZeroDivisionError"):
            first.result(timeout=30)
        node._thread.join(timeout=30)
        with pytest.raises(LogUnavailable, match="start Haihe again"):
            node.submit(Arrival(rows(1)))
        assert "ZeroDivisionError" in node.trouble
    with living(tmp_path) as node:
        # The record was durable, so its case is owed; the sender's repetition adds none.
        assert node.submit(Arrival(rows(12), key="k")).result(30).taken == 0
        assert sum(isinstance(line, CaseOpened) for line in lines(node.log)) == 1


def test_what_waits_at_a_stop_is_finished_and_nothing_is_taken_after_it(tmp_path: Path) -> None:
    with living(tmp_path) as node:
        answers = [node.submit(Arrival(rows(1, at=at))) for at in range(50)]
    assert all(answer.result(timeout=0).taken == 1 for answer in answers)
    with pytest.raises(LogUnavailable, match="stopping"):
        node.submit(Arrival(rows(1)))


def test_a_question_that_fails_is_told_to_who_asked(tmp_path: Path) -> None:
    with living(tmp_path) as node:
        with pytest.raises(ValueError, match="not declared"):
            node.ask(lambda engine: engine.live["t.other"]).result(30)
        streams = 1 + len(HOUSE_STREAMS)
        assert node.ask(lambda engine: len(engine.live.streams())).result(30) == streams


def test_a_deadline_is_seen_though_nothing_comes_in(tmp_path: Path) -> None:
    from_silence = threading.Event()
    with living(tmp_path, pack_of(detect=Silence(50 * MILLISECOND))) as node:
        node.on_steps(from_silence.set)
        node.submit(Arrival(rows(1))).result(30)
        assert from_silence.wait(timeout=30)
        assert any(isinstance(line, CaseOpened) for line in lines(node.log))


class Disk:
    """A log whose disk is full at some of the transactions from now on."""

    def __init__(self, node: Node, full_at: frozenset[int]) -> None:
        self.full_at = full_at
        self.count = 0
        self.real = node.log.transaction

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        place, self.count = self.count, self.count + 1
        with self.real() as transaction:
            yield transaction
            if place in self.full_at:
                raise LogUnavailable("the log cannot be written (disk is full)")


FOUR = tuple(enumerate((12.0, 1.0, 12.0, 1.0)))


def send(node: Node, at: int, value: float) -> bool:
    """Whether the record was acknowledged in one round."""
    answer = node.submit(Arrival(rows(value, entity=f"thing/{at}", at=at), key=f"{at}"))
    node.round()
    if answer.exception() is not None:
        assert isinstance(answer.exception(), LogUnavailable)
        assert "disk is full" in node.trouble
    return answer.exception() is None


@pytest.mark.parametrize(
    ("full_at", "refused"),
    [({0}, 1), ({1}, 0), ({1, 2, 3}, 2), ({0, 1, 3, 4}, 3)],
    ids=["records", "steps", "steps for long", "both"],
)
@pytest.mark.parametrize("dies", ["stays", "dies"])
def test_on_a_full_disk_records_are_refused_and_steps_owed_until_there_is_room(
    tmp_path: Path, full_at: set[int], refused: int, dies: str
) -> None:
    with still(tmp_path) as node, pytest.MonkeyPatch.context() as patch:
        patch.setattr(node.log, "transaction", Disk(node, frozenset(full_at)).transaction)
        count = 0
        for at, value in FOUR if dies == "stays" else FOUR[:1]:
            while not send(node, at, value):
                count += 1
        if dies == "stays":
            assert (count, node.trouble) == (refused, "")
    with still(tmp_path) as node:
        for at, value in FOUR:
            assert send(node, at, value)
        assert len(stored(node.log)) == len(FOUR)
        assert steps_again(node)["step"] == encode_lines(lines(node.log))
        opened = [line.entity for line in lines(node.log) if isinstance(line, CaseOpened)]
        assert opened == ["thing/0", "thing/2"]
