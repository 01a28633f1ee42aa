import json
import sqlite3
from pathlib import Path

import pytest

from haihe.log import offline
from haihe.log.sqlite import SqliteLog
from haihe.model.line import AlarmRaised, CaseClosed, CaseOpened, Decided, Dispatched, Verb
from haihe.run.audit import log_key, proof, verify, why
from tests.run.world import a_leak, act, air, node_on, sent, told


def closed_case(folder: Path) -> None:
    """One methane case from alarm to closure, its fan delivered and its crew verified."""
    with node_on(folder) as node:
        a_leak(node)
        told(node, act(Verb.DELIVERED, "a-1/1", "gateway", minute=4))
        told(node, act(Verb.REPORT, "a-1/2", "ann", minute=4))
        told(node, act(Verb.VERIFY, "a-1/2", "bo", minute=4))
        sent(node, air("zone/1", [5], [1.0]))


def test_why_tells_the_whole_life_of_a_case_in_order(tmp_path: Path) -> None:
    closed_case(tmp_path)
    answer = why(SqliteLog(tmp_path, read_only=True), "a-1")
    kinds = [type(told.line) for told in answer.timeline]
    order = [
        kinds.index(kind) for kind in (CaseOpened, AlarmRaised, Decided, Dispatched, CaseClosed)
    ]
    assert order == sorted(order)
    assert [told.offset for told in answer.timeline] == sorted(t.offset for t in answer.timeline)
    assert answer.case.state == "closed"
    assert 30.0 in [seen.numbers["methane"] for seen in answer.saw]


def test_why_of_an_unknown_case_says_so(tmp_path: Path) -> None:
    closed_case(tmp_path)
    with pytest.raises(ValueError, match="there is no case 'a-9'"):
        why(SqliteLog(tmp_path, read_only=True), "a-9")


def test_a_proof_holds_with_nothing_but_the_offline_verifier(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed_case(tmp_path)
    log = SqliteLog(tmp_path, read_only=True)
    key = log_key(tmp_path, name="test.local/zone")
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(proof(log, "a-1", key=key))
    assert offline.main([str(bundle), "--key", key.verifier.text]) == 0
    assert "case-closed" in capsys.readouterr().out


def test_a_proof_whose_record_was_changed_does_not_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed_case(tmp_path)
    key = log_key(tmp_path, name="test.local/zone")
    bundle = json.loads(proof(SqliteLog(tmp_path, read_only=True), "a-1", key=key))
    entry = next(each for each in bundle["entries"] if each["says"]["kind"] == "lines")
    body = entry["body"]
    entry["body"] = ("A" if body[0] != "A" else "B") + body[1:]
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle))
    assert offline.main([str(path), "--key", key.verifier.text]) == 1


def test_an_untouched_log_verifies(tmp_path: Path) -> None:
    closed_case(tmp_path)
    verdict = verify(SqliteLog(tmp_path, read_only=True))
    assert verdict.faults == ()
    assert verdict.entries > 5


@pytest.mark.parametrize(
    "sabotage",
    [
        "UPDATE body SET bytes = x'00' WHERE seq = 2",
        "UPDATE entry SET head = replace(head, 'fact', 'fake') WHERE seq = 0",
        "UPDATE entry SET chain = zeroblob(32) WHERE seq = 3",
        "UPDATE entry SET first_offset = first_offset + 1 WHERE seq = 4",
    ],
)
def test_a_log_that_was_touched_does_not_verify(tmp_path: Path, sabotage: str) -> None:
    closed_case(tmp_path)
    with sqlite3.connect(tmp_path / "haihe.db", isolation_level=None) as db:
        db.execute(sabotage)
    db.close()
    assert verify(SqliteLog(tmp_path, read_only=True)).faults
