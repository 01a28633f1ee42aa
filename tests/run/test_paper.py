"""A case on paper: both languages, the same bytes for the same state, checked against the log."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from haihe.errors import PackInvalid
from haihe.log import store
from haihe.log.sqlite import Transaction
from haihe.model.line import Verb
from haihe.run.audit import log_key, signed_checkpoint
from haihe.run.node import Node
from haihe.run.paper.gather import Paper, paper_of
from haihe.run.paper.pdf import pdf_of
from tests.run.world import act, air, node_on, sent, told


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A leak whose crew's order somebody reported."""
    with node_on(tmp_path_factory.mktemp("paper")) as made:
        sent(made, air("zone/1", [0, 1, 2, 3], [1.0, 30.0, 42.5, 3.0]))
        crew = next(
            one.id
            for one in store.orders_of_case(made.log.reader(), "a-1")
            if one.order.assignee == "crew"
        )
        told(made, act(Verb.REPORT, crew, "Wang <&> Co", minute=3.5))
        yield made


def paper(node: Node) -> Paper:
    return paper_of(node.log, "a-1", rules=node.engine.rules)


def words(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_a_paper_tells_everything_in_the_language_asked_for(node: Node) -> None:
    english = words(pdf_of(paper(node), language="en"))
    for part in ("Case a-1", "a.methane-high", "Wang <&> Co", "zone/1", "order a-1/", "reported"):
        assert part in english, part
    chinese = words(pdf_of(paper(node), language="zh"))
    for part in ("案卷 a-1", "决策理由", "工单与人员", "已反馈", "核验", "立案"):
        assert part in chinese, part


def test_the_chart_holds_the_records_of_the_case_and_its_limit(node: Node) -> None:
    chart = paper(node).chart
    assert chart is not None
    assert chart.value.tolist() == [1.0, 30.0, 42.5, 3.0]
    assert (chart.alarm.limit, chart.alarm.field, chart.unit) == (20.0, "methane", "%LEL")


def test_the_same_state_gives_the_same_bytes_however_far_the_log_went_on(node: Node) -> None:
    before = [pdf_of(paper(node), language=language) for language in ("zh", "en")]
    sent(node, air("zone/3", [4, 5], [1.0, 1.0]))
    after = [pdf_of(paper(node), language=language) for language in ("zh", "en")]
    assert after == before


def test_every_hash_on_the_paper_is_the_logs_own(node: Node, tmp_path: Path) -> None:
    seal = paper(node).seal
    assert seal.note == ""
    for leaf in seal.leaves:
        found = node.log.reader().execute(
            "SELECT leaf FROM entry WHERE seq = ? AND first_offset = ?",
            (leaf.number, leaf.first_offset),
        )
        assert found.fetchone()[0].hex() == leaf.sha256
    assert seal.chain == node.log.chain_at(seal.leaves[-1].number + 1).hex()
    size, note = signed_checkpoint(node.log, key=log_key(tmp_path, name="test.local/zone"))

    def write(transaction: Transaction) -> None:
        store.keep_checkpoint(transaction.db, size=size, at=1, note=note)

    answer = node.change(write)
    node.round()
    answer.result()
    signed = paper(node)
    assert signed.seal.note == note
    assert "test.local/zone" in words(pdf_of(signed, language="en"))


def test_a_case_without_alarms_of_its_own_has_no_chart(node: Node) -> None:
    without = replace(paper(node), chart=None)
    assert "%LEL" not in words(pdf_of(without, language="en"))


def test_a_font_that_cannot_be_embedded_is_refused_with_what_to_do(
    node: Node, tmp_path: Path
) -> None:
    font = tmp_path / "no.ttf"
    font.write_bytes(b"none")
    with pytest.raises(PackInvalid, match="TrueType"):
        pdf_of(paper(node), language="zh", font=str(font))
    with pytest.raises(ValueError, match="no case 'a-99'"):
        paper_of(node.log, "a-99", rules=node.engine.rules)
