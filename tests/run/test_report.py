"""The figures of a shift are what the log says of it, and what is signed cannot be changed."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from haihe.errors import MoveIllegal
from haihe.log import store
from haihe.log.offline import check_bundle, load_json
from haihe.model import MINUTE
from haihe.model.line import Action, Verb
from haihe.run.alarms import book_of
from haihe.run.audit import log_key, proof
from haihe.run.documents import find_document, list_documents
from haihe.run.node import Node
from haihe.run.report.figures import Figures, Source, figures_of
from haihe.run.report.report import (
    Report,
    ReportKind,
    body_of,
    check_notes,
    file_report,
    shown,
    sign_report,
)
from haihe.run.span import Span
from tests.run.world import act, air, node_on, sent, told
from tests.run.zone import T0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A leak handled and closed, one that nobody took up, and a shelf."""
    path = tmp_path_factory.mktemp("shift")
    with node_on(path) as made:
        for minute in range(40):
            sent(made, air("zone/1", [minute], [40.0 if minute == 1 else 1.0]))
            sent(made, air("zone/2", [minute], [40.0 if minute >= 20 else 1.0]))
            if minute == 3:
                for order in store.orders_of_case(made.log.reader(), "a-1"):
                    if order.order.assignee == "crew":
                        told(made, act(Verb.REPORT, order.id, "Wang", minute=3.2))
                        told(made, act(Verb.VERIFY, order.id, "Li", minute=3.4))
                    else:
                        told(made, act(Verb.DELIVERED, order.id, "gateway", minute=3.1))
            if minute == 10:
                shelve = Action(
                    at=T0 + 10 * MINUTE, verb=Verb.SHELVE, subject="a.methane-high zone/4",
                    by="Li", reason="works", until=T0 + 90 * MINUTE,
                )  # fmt: skip
                told(made, shelve)
    return path


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[Node]:
    """The shift, to be read."""
    with node_on(folder) as made:
        yield made


@pytest.fixture
def living(node: Node, tmp_path: Path) -> Iterator[Node]:
    """A copy of it with its writer's thread, to be written."""
    copy = tmp_path / "copy"
    shutil.copytree(node.log.path.parent, copy)
    with node_on(copy) as made:
        made.start()
        yield made


def figures(node: Node, begin: int, end: int) -> Figures:
    source = Source(node.log, node.engine.rules, book_of(node.log))
    return figures_of(source, Span(T0 + begin * MINUTE, T0 + end * MINUTE))


def test_the_figures_count_what_happened_in_the_span(node: Node) -> None:
    found = figures(node, 0, 40)
    assert (found.counts.opened, found.counts.closed, found.counts.open) == (2, 1, 1)
    assert [case.id for case in found.opened] == ["a-1", "a-2"]
    assert [(case.id, case.owner) for case in found.closed] == [("a-1", "Wang")]
    assert [case.entity for case in found.open] == ["zone/2"]
    assert [order.assignee for order in found.orders] == ["crew"]
    assert found.orders[0].is_overdue
    assert found.counts.late == 1
    assert found.counts.severities == {"severe": 2}
    assert sum(load.alarms.total for load in found.loads) == 2
    assert [(one.subject, one.by, one.detail) for one in found.shelved] == [
        ("a.methane-high zone/4", "Li", "works")
    ]
    assert found.is_all


def test_the_figures_of_the_past_are_of_the_past(node: Node) -> None:
    """What became of a case after the shift is not on its sheet."""
    found = figures(node, 0, 3)
    assert (found.counts.opened, found.counts.closed, found.counts.open) == (1, 0, 1)
    assert found.open[0].state == "open"
    assert found.shelved == ()
    later = figures(node, 30, 40)
    assert (later.counts.opened, later.counts.closed, later.counts.open) == (0, 0, 1)
    assert "overdue" in {watch.what.en.partition(":")[0] for watch in later.watch}


def test_the_same_span_of_the_same_log_gives_the_same_bytes(node: Node) -> None:
    one = Report(ReportKind.DAILY, figures(node, 0, 40), check_notes(ReportKind.DAILY, {}))
    other = Report(ReportKind.DAILY, figures(node, 0, 40), check_notes(ReportKind.DAILY, {}))
    assert body_of(one) == body_of(other)


@pytest.mark.parametrize(("begin", "end"), [(5, 5), (6, 5), (0, 32 * 24 * 60)])
def test_a_span_that_is_none_has_no_figures(node: Node, begin: int, end: int) -> None:
    with pytest.raises(ValueError, match="'from'"):
        figures(node, begin, end)


def test_a_field_that_the_kind_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no field profit"):
        check_notes(ReportKind.DAILY, {"profit": "9"})
    with pytest.raises(ValueError, match="more than 4000"):
        check_notes(ReportKind.DAILY, {"summary": "x" * 4_001})


def filed(node: Node, kind: ReportKind, text: str = "calm", **old: str) -> str:
    notes = check_notes(kind, {"summary": text})
    return file_report(node, Report(kind, figures(node, 0, 40), notes), by="Wang", **old)


def test_a_handover_is_signed_by_two_people_and_only_as_it_was_read(living: Node) -> None:
    document = filed(living, ReportKind.HANDOVER)
    first = shown(find_document(living.log, document)[0])
    assert (first.by, first.second, first.needs_second) == ("Wang", "", True)
    with pytest.raises(MoveIllegal, match="somebody else"):
        sign_report(living, document, sha256=first.sha256, by="Wang")
    with pytest.raises(MoveIllegal, match="read that first"):
        sign_report(living, document, sha256="0" * 64, by="Li")
    sign_report(living, document, sha256=first.sha256, by="Li")
    with pytest.raises(MoveIllegal, match="signed already"):
        sign_report(living, document, sha256=first.sha256, by="Zhao")
    signed = shown(find_document(living.log, document)[0])
    assert (signed.by, signed.second, signed.needs_second) == ("Wang", "Li", False)


def test_a_change_is_a_new_version_that_names_the_old_by_its_hash(living: Node) -> None:
    document = filed(living, ReportKind.HANDOVER)
    first = find_document(living.log, document)[0].filed
    sign_report(living, document, sha256=first.sha256, by="Li")
    filed(living, ReportKind.HANDOVER, "a pump drips", replaces=document, sha256=first.sha256)
    newest, oldest = find_document(living.log, document)
    assert (newest.filed.version, newest.filed.replaces) == (2, first.sha256)
    assert (newest.is_newest, oldest.is_newest) == (True, False)
    assert shown(newest).needs_second, "what changed is to be signed anew"
    assert shown(oldest).second == "Li"
    assert shown(oldest).report.notes["summary"] == "calm"
    with pytest.raises(MoveIllegal, match="version 2 by Wang now"):
        filed(living, ReportKind.HANDOVER, replaces=document, sha256=first.sha256)
    assert [one.filed.version for one in list_documents(living.log, "handover")] == [2]


def test_a_daily_report_is_signed_by_one(living: Node) -> None:
    document = filed(living, ReportKind.DAILY)
    sha256 = find_document(living.log, document)[0].filed.sha256
    assert not shown(find_document(living.log, document)[0]).needs_second
    with pytest.raises(MoveIllegal, match="signed by one person"):
        sign_report(living, document, sha256=sha256, by="Li")


def test_a_signed_report_is_proved_offline_by_the_hash_of_its_bytes(
    living: Node, tmp_path: Path
) -> None:
    document = filed(living, ReportKind.HANDOVER)
    line = find_document(living.log, document)[0].filed
    assert hashlib.sha256(line.body.encode()).hexdigest() == line.sha256
    key = log_key(tmp_path, name="test.local/zone")
    bundle = load_json(proof(living.log, document, key=key), "the bundle")
    told = check_bundle(bundle, trusted=key.verifier.text)
    assert any(document in line and line.count(document) for line in told), told
