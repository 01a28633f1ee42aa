"""Why it did not fire: each answer from a log that somebody could hand in."""

from pathlib import Path

import numpy as np
import pytest

from haihe.errors import PackInvalid
from haihe.feed.door import Reason, RefusedRecord
from haihe.log.sqlite import SqliteLog
from haihe.model import MINUTE
from haihe.model.line import Action, Clock, Verb
from haihe.run.appending import Arrival
from haihe.run.node import Node
from haihe.run.why_not import Question, Verdict, WhyNot, why_not
from tests.run.world import act, air, node_on, sent, told
from tests.run.zone import PACKS, T0

HIGH, STAYS, SILENT = "a.methane-high", "a.methane-stays", "a.silent"
Asked = tuple[str, str, float, float]  # Rule, entity, and from when to when in minutes.


def at(minute: float) -> int:
    return T0 + int(minute * MINUTE)


def ask(folder: Path, rule: str, entity: str, *, begin: float, end: float) -> WhyNot:
    log = SqliteLog(folder, read_only=True)
    try:
        return why_not(log, PACKS, question=Question(rule, entity, at(begin), at(end)))
    finally:
        log.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half an hour: a leak in zone/1, near misses in zone/2, holes in zone/3."""
    path = tmp_path_factory.mktemp("recorded")
    with node_on(path) as node:
        sent(node, air("zone/1", [0, 1, 2, 3, 4], [1, 30, 30, 30, 30]))
        sent(node, air("zone/2", [4, 5, 6, 7], [1, 18, 19.5, 1]))
        sent(node, air("zone/2", [8, 8.5, 9], [1, 12, 1]))
        sent(node, air("zone/3", [9, 10, 11], [1, np.nan, np.nan]))
        aside(node, "zone/3", minute=11.5)
        shelve(node, minute=12)
        sent(node, air("zone/4", [12, 13], [1, 40]))
        told(node, Clock(at=at(30)))
    return path


def aside(node: Node, entity: str, *, minute: float) -> None:
    refused = RefusedRecord(
        stream="a.air", entity=entity, observed_at=at(minute), reason=Reason.ABSURD,
        field="methane", message="methane is 250; 0 to 100 is possible",
        raw="{}",
    )  # fmt: skip
    node.submit(Arrival(None, (refused,)))
    node.round()


def shelve(node: Node, *, minute: float) -> None:
    told(node, Action(at=at(minute), verb=Verb.SHELVE, subject=f"{HIGH} zone/4", by="ann",
                      reason="work on the sensor", until=at(60)))  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "verdict", "words"),
    [
        ((HIGH, "zone/1", 0, 2), Verdict.FIRED, "raised at 2026-01-01T08:01:00+08:00"),
        ((HIGH, "zone/1", 2, 4), Verdict.STANDING, "see case a-1"),
        ((STAYS, "zone/1", 0, 3), Verdict.UNDER, "case a-1 answers for it"),
        ((HIGH, "zone/2", 4, 8), Verdict.CALM, "methane came to 19.5, high limit 20"),
        ((STAYS, "zone/2", 8, 10), Verdict.TOO_SHORT, "for 0 ms on end, 1 min are needed"),
        ((HIGH, "zone/3", 9.5, 12), Verdict.MISSING, "all 2 records lacked methane; 1 were set"),
        ((HIGH, "zone/2", 20, 25), Verdict.SILENT, "observed at 2026-01-01T08:09:00+08:00"),
        ((HIGH, "zone/0", 0, 25), Verdict.UNHEARD, "never reported"),
        ((HIGH, "zone/4", 12, 15), Verdict.SHELVED, "but it was shelved"),
        ((SILENT, "zone/2", 4, 9), Verdict.CALM, "the longest silence was 1 min, 4 min are needed"),
        ((SILENT, "zone/2", 9, 20), Verdict.FIRED, "raised at 2026-01-01T08:13:00+08:00"),
    ],
)
def test_each_answer_names_what_the_log_says(
    folder: Path, asked: Asked, verdict: Verdict, words: str
) -> None:
    rule, entity, begin, end = asked
    found = ask(folder, rule, entity, begin=begin, end=end)
    assert found.verdict is verdict, found.why.en
    assert words in found.why.en
    assert any("\u4e00" <= sign <= "\u9fff" for sign in found.why.zh)


def test_the_numbers_stand_beside_the_words(folder: Path) -> None:
    found = ask(folder, HIGH, "zone/3", begin=9.5, end=12)
    assert (found.records, found.missing, found.set_aside) == (2, 2, 1)
    assert found.reasons[0].startswith("absurd: methane is 250")
    near = ask(folder, HIGH, "zone/2", begin=4, end=8).nearest
    assert near is not None
    assert (near.field, near.value, near.limit, near.at) == ("methane", 19.5, 20.0, at(6))


def test_what_is_not_a_rule_or_not_a_time_is_refused(folder: Path) -> None:
    with pytest.raises(PackInvalid, match=r"there is no rule 'a\.nothing'"):
        ask(folder, "a.nothing", "zone/1", begin=0, end=1)
    with pytest.raises(ValueError, match="must lie before"):
        ask(folder, HIGH, "zone/1", begin=1, end=1)


def test_the_rule_is_run_as_it_was_in_force(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        sent(node, air("zone/1", [0, 1], [1, 15]))
        told(node, Action(at=at(1), verb=Verb.SHADOW, subject=HIGH, by="ann",
                          settings={"high": "14"}))  # fmt: skip
        sent(node, air("zone/1", [2], [1]))
        told(node, act(Verb.PROMOTE, HIGH, "ann", minute=2, reason="finds more"))
        sent(node, air("zone/1", [3, 4], [1, 15]))
    before, after = (
        ask(tmp_path, HIGH, "zone/1", begin=begin, end=begin + 1.5) for begin in (0, 3)
    )
    assert (before.verdict, before.version, before.settings) == (Verdict.CALM, "1", {})
    assert (after.verdict, after.version, after.settings) == (Verdict.FIRED, "2", {"high": "14"})


def test_a_rule_that_was_not_in_force_is_not_said_to_have_been_calm(tmp_path: Path) -> None:
    with node_on(tmp_path) as node:
        node.engine.track.watches.clear()  # As when the pack came into the house later.
        sent(node, air("zone/1", [0, 1], [1, 30]))
    found = ask(tmp_path, HIGH, "zone/1", begin=0, end=2)
    assert found.verdict is Verdict.NOT_YET
    assert "the log has no such alarm" in found.why.en
