"""A loop's order answers for itself: why, from which records, proven offline, and once more."""

import json
from pathlib import Path

import pytest

from haihe.cli.main import main
from haihe.log import offline, store
from haihe.log.sqlite import SqliteLog
from haihe.model import MINUTE
from haihe.model.decision import OrderState
from haihe.model.line import Decided, Dispatched, EffectMeasured, OrderMoved, TurnTaken, Verb
from haihe.model.text import Text
from haihe.run.audit import log_key
from haihe.run.keeping import traced
from haihe.run.loop_rule import loops_of
from haihe.run.thread import thread_of
from haihe.run.why_order import again, orders_before, prove, why_order
from tests.run.world import act, air, node_on, sent, told
from tests.run.zone import PACKS, T0

STREAMS = ("a.air", "a.water")


def lived(folder: Path) -> None:
    """Dampers opened in two places for some minutes; the second order of zone/1 was delivered."""
    with node_on(folder) as node:
        for minute in range(8):
            sent(node, air("zone/1", [minute + 0.1], [15.0 + minute]))
            sent(node, air("zone/2", [minute + 0.2], [12.0]))
            if minute == 3:
                told(node, act(Verb.DELIVERED, order_at(node.log, 3), "gateway", minute=3.3))
                told(
                    node, act(Verb.NOTE, order_at(node.log, 3), "ann", minute=3.4, reason="looked")
                )


def order_at(log: SqliteLog, minute: float, entity: str = "zone/1") -> str:
    """The newest order to a thing by a minute."""
    at = T0 + round(minute * MINUTE)
    return orders_before(log, "a.dampers", entity=entity, at=at, limit=1)[0].id


def test_an_order_is_found_by_what_it_was_for_and_when(tmp_path: Path) -> None:
    lived(tmp_path)
    log = SqliteLog(tmp_path, read_only=True)
    found = orders_before(log, "a.dampers", entity="zone/1", at=T0 + 5 * MINUTE, limit=3)
    assert len(found) == 3
    instants = [one.dispatched_at for one in found]
    assert instants == sorted(instants, reverse=True)
    assert instants[0] <= T0 + 5 * MINUTE
    assert {one.order.entity for one in found} == {"zone/1"}
    assert orders_before(log, "a.dampers", entity="zone/9", at=T0 + HOUR_LATER, limit=3) == ()
    assert orders_before(log, "a.dampers", entity="zone/1", at=T0, limit=3) == ()


HOUR_LATER = 60 * MINUTE


def test_an_order_tells_who_why_by_what_and_from_which_records(tmp_path: Path) -> None:
    lived(tmp_path)
    log = SqliteLog(tmp_path, read_only=True)
    name = order_at(log, 3)
    answer = why_order(log, name, streams=STREAMS)
    assert name in answer.decision.orders
    assert "methane=17.0" in answer.decision.why.en
    assert {one.offset for one in answer.saw} == set(answer.decision.saw) != set()
    assert (answer.in_force.pack, answer.in_force.version) == ("a", PACKS[0].version)
    assert answer.in_force.sha256 == loops_of(PACKS)["a.dampers"].settings_sha256
    assert {one.seen.entity for one in answer.heard} == {"zone/1"}
    assert all(answer.from_offset <= one.seen.offset < answer.end_offset for one in answer.heard)
    assert {one.mark for one in answer.heard} == {"good"}
    assert answer.told["a.air"] > answer.heard_total > 0
    kinds = [type(one.line) for one in answer.timeline]
    assert kinds[:3] == [TurnTaken, Decided, Dispatched]
    assert OrderMoved in kinds
    assert answer.effect is None
    effect = EffectMeasured(
        at=T0, order=name, rule="a.dampers", entity="zone/1", value=1.0, expected=1.0,
        is_good=True, why=Text(zh="好", en="good"),
    )  # fmt: skip
    assert list(traced(effect)) == [name]
    assert [one.words for one in thread_of(log, name)] == ["looked"]


def test_what_is_asked_of_one_order_is_no_more_when_there_are_many(tmp_path: Path) -> None:
    lived(tmp_path)
    db = SqliteLog(tmp_path, read_only=True).reader()
    orders = [row[0] for row in db.execute("SELECT id FROM orders WHERE case_id = 'a.dampers'")]
    assert len(orders) > 10
    assert all(1 <= len(store.traces_of(db, one)) <= 5 for one in orders)
    assert len(store.traces_of(db, "a.dampers")) == 0


def test_a_proof_of_an_order_holds_with_nothing_but_the_offline_verifier(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lived(tmp_path)
    log = SqliteLog(tmp_path, read_only=True)
    key, name = log_key(tmp_path, name="test.local/zone"), order_at(log, 3)
    path = tmp_path / "bundle.json"
    path.write_bytes(prove(log, name, key=key, loops=loops_of(PACKS)))
    assert offline.main([str(path), "--key", key.verifier.text]) == 0
    said = capsys.readouterr().out
    assert name in said
    assert "turn-taken" in said
    assert "batch of a.air" in said
    bundle = json.loads(path.read_bytes())
    entry = next(one for one in bundle["entries"] if one["says"]["kind"] == "batch")
    entry["body"] = ("A" if entry["body"][0] != "A" else "B") + entry["body"][1:]
    path.write_text(json.dumps(bundle))
    assert offline.main([str(path), "--key", key.verifier.text]) == 1


def test_the_decision_once_more_gives_the_same_bytes_and_a_changed_one_does_not(
    tmp_path: Path,
) -> None:
    lived(tmp_path)
    log = SqliteLog(tmp_path, read_only=True)
    answer = why_order(log, order_at(log, 5), streams=STREAMS)
    found = again(log, answer, packs=PACKS, history=None)
    assert found.is_same
    assert found.recorded == found.again
    assert f'"{answer.order.id}"' in found.again
    other = again(log, answer, packs=PACKS[1:], history=None)
    assert (other.is_same, other.again) == (False, "")


def test_a_replay_begins_with_a_snapshot_only_if_that_is_older_than_the_order(
    tmp_path: Path,
) -> None:
    with node_on(tmp_path) as node:
        for minute in range(6):
            sent(node, air("zone/1", [minute + 0.1], [15.0 + minute]))
            if minute == 2:
                node.start()
                node.save_snapshot()
    log = SqliteLog(tmp_path, read_only=True)
    for minute in (1, 5):
        answer = why_order(log, order_at(log, minute), streams=STREAMS)
        found = again(log, answer, packs=PACKS, history=None, folder=tmp_path)
        assert found.is_same, minute


def test_an_order_in_an_older_log_is_found_under_its_loop(tmp_path: Path) -> None:
    lived(tmp_path)
    log = SqliteLog(tmp_path)
    name = order_at(log, 3)
    with log.transaction() as transaction:
        offsets = store.traces_of(transaction.db, name)
        transaction.db.execute("DELETE FROM trace WHERE subject = ?", (name,))
        store.put_traces(transaction.db, [("a.dampers", offset) for offset in offsets])
    answer = why_order(log, name, streams=STREAMS)
    assert name in answer.decision.orders
    log.close()


@pytest.mark.parametrize("name", ["a.dampers/99999", "a.dampers", "a-1/1", "nothing", "a.x/y"])
def test_an_order_that_no_loop_gave_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    lived(tmp_path)
    with pytest.raises(ValueError, match="--at"):
        why_order(SqliteLog(tmp_path, read_only=True), name, streams=STREAMS)


def test_the_command_line_lists_a_loops_orders_and_refuses_times_that_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lived(tmp_path)
    found = ["why", "a.dampers", "--entity", "zone/1", "--data", str(tmp_path)]
    assert main([*found, "--at", "23:59"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) > 5
    name = order_at(SqliteLog(tmp_path, read_only=True), 3)
    assert any(name in line for line in listed)
    assert main(["why", name, "--data", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "settings version 1" in said
    assert f"haihe proof {name}" in said
    bundle = tmp_path / "b.json"
    assert main(["proof", name, "--data", str(tmp_path), "--out", str(bundle)]) == 0
    assert offline.main([str(bundle)]) == 0
    assert main([*found, "--at", "soon"]) != 0


def test_an_overtaken_order_says_so(tmp_path: Path) -> None:
    lived(tmp_path)
    log = SqliteLog(tmp_path, read_only=True)
    states = {
        one.id: one for one in orders_before(log, "a.dampers", entity="zone/2", at=2**62, limit=50)
    }
    over = [one for one in states.values() if one.state is OrderState.OVERTAKEN]
    assert over
    assert all("took its place" in one.words for one in over)
