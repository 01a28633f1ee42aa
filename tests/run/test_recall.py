"""A ledger as it was: byte for byte what it had been, whatever came after, or told to be gone."""

import dataclasses
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haihe.decide.grants.kept import Grants
from haihe.decide.grants.standing import stand
from haihe.decide.scheme.present import encode_hits
from haihe.decide.workday import day_of
from haihe.errors import PackInvalid
from haihe.model import DAY, HOUR
from haihe.model.line import Line, decode_lines
from haihe.packs.schemes import pack
from haihe.packs.schemes.books import BOOKS
from haihe.run import keepsakes as keeping
from haihe.run import recall as recalling
from haihe.run import records
from haihe.run.keepsakes import forget, keep, keepsakes
from haihe.run.ledger_keeper import LedgerKeeper
from haihe.run.recall import Asked, Gone, Recalled, command_of
from haihe.run.recalling import recalled_in
from haihe.run.snapshot import encode_snapshot
from haihe.run.snapshot_file import write_snapshot
from haihe.state.retention import Retention, plan_expiry
from tests.run.offices import AGREED, ELSE, FIRMS, PACK, SOURCES, T0, Office, an_office


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
