"""Two people make a rule's trial live: what is agreed to, by whom, how long, and what ends it."""

from pathlib import Path

import pytest

from haihe.log.sqlite import SqliteLog
from haihe.model import MINUTE
from haihe.model.line import Action, Refused, RuleChanged, Verb
from haihe.run.consent import PROPOSAL_STANDS, Proposal
from haihe.run.engine import Engine
from haihe.run.node import Node
from haihe.run.snapshot import encode_snapshot, restore
from haihe.run.snapshot_file import write_snapshot
from tests.run.world import act, air, lines, node_on, sent, told
from tests.run.zone import PACKS, T0

RULE = "a.methane-high"


def try_with(node: Node, high: str, *, minute: float = 0) -> None:
    at = T0 + int(minute * MINUTE)
    settings = {"high": high}
    told(node, Action(at=at, verb=Verb.SHADOW, subject=RULE, by="ann", settings=settings))


def proposed(folder: Node) -> Proposal:
    """A trial that saw a record, and that ann wants live."""
    try_with(folder, "10")
    sent(folder, air("zone/0", [1], [1.0]))
    told(folder, act(Verb.PROPOSE, RULE, "ann", minute=2, reason="finds more"))
    return folder.engine.proposals[RULE]


def agree(node: Node, by: str, *, sha256: str, at: int = T0 + 3 * MINUTE) -> None:
    told(node, Action(at=at, verb=Verb.AGREE, subject=RULE, by=by, sha256=sha256))


def why_refused(node: Node) -> str:
    (line,) = [line for line in lines(node) if isinstance(line, Refused)]
    assert node.engine.rules[RULE].version == "1"
    return line.reason


def test_another_person_agrees_and_both_names_stand_in_the_log(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        proposal = proposed(node)
        assert (proposal.by, proposal.settings) == ("ann", {"high": "10"})
        assert node.engine.rules[RULE].version == "1"
        agree(node, "bo", sha256=proposal.sha256)
        (line,) = [line for line in lines(node) if isinstance(line, RuleChanged)]
        assert (line.by, line.second, line.reason) == ("ann", "bo", "finds more")
        assert node.engine.rules[RULE].settings_sha256 == proposal.sha256
        assert (node.engine.proposals, node.engine.shadows) == ({}, {})


@pytest.mark.parametrize("by", ["ann", "ANN", " ann ", ""])
def test_who_proposed_it_does_not_agree_to_it(tmp_path: Path, by: str) -> None:
    with node_on(tmp_path) as node:
        agree(node, by, sha256=proposed(node).sha256)
        assert "another person must agree" in why_refused(node)
        assert RULE in node.engine.proposals


def test_only_what_was_shown_is_agreed_to(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        shown = proposed(node).sha256
        try_with(node, "11", minute=2)
        assert node.engine.proposals == {}
        sent(node, air("zone/0", [2.2], [1.0]))
        told(node, act(Verb.PROPOSE, RULE, "ann", minute=2.5, reason="better"))
        agree(node, "bo", sha256=shown)
        assert "is not what is proposed" in why_refused(node)


def test_a_proposal_ends_and_can_be_made_again(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        proposal = proposed(node)
        assert proposal.until == T0 + 2 * MINUTE + PROPOSAL_STANDS
        agree(node, "bo", sha256=proposal.sha256, at=proposal.until)
        assert "propose it again" in why_refused(node)
        again = Action(at=proposal.until, verb=Verb.PROPOSE, subject=RULE, by="ann", reason="yes")
        told(node, again)
        agree(node, "bo", sha256=proposal.sha256, at=proposal.until + MINUTE)
        assert node.engine.rules[RULE].version == "2"


def test_a_no_needs_a_reason_and_leaves_the_shadow_running(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        sha256 = proposed(node).sha256
        told(node, act(Verb.DECLINE, RULE, "bo", minute=3))
        assert "needs a reason" in why_refused(node)
        told(node, act(Verb.DECLINE, RULE, "bo", minute=3, reason="too few days"))
        assert node.engine.proposals == {}
        assert RULE in node.engine.shadows
        agree(node, "cy", sha256=sha256)
        refused = [line.reason for line in lines(node) if isinstance(line, Refused)]
        assert "nothing is proposed" in refused[-1]


def test_a_proposal_outlives_a_restart(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        proposal = proposed(node)
        write_snapshot(tmp_path, encode_snapshot(node.engine, node.log))
    log = SqliteLog(tmp_path, read_only=True)
    engine = Engine(PACKS, log.directory)
    assert restore(engine, log, folder=tmp_path)
    log.close()
    assert engine.proposals == {RULE: proposal}
    with node_on(tmp_path) as node:
        assert node.engine.proposals == {RULE: proposal}
