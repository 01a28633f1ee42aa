"""Policy texts over HTTP: every format to its text, hostile ones refused, and drafts of them."""

from collections.abc import Iterator

import pytest

from haihe.decide.scheme import check_library, read_library
from haihe.packs.schemes.books import BOOKS
from haihe.serve.schemes import texts
from tests.feed.papers import docx, paragraph, pdf
from tests.serve.office import an_office
from tests.serve.world import BASE, World

TEXT = "第一条 对上年度营业收入2000万元以上的企业，给予最高20万元补助。"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with an_office(tmp_path_factory.mktemp("texts")) as made:
        yield made


def sent(world: World, data: bytes, *, name: str = "a.pdf") -> tuple[int, dict[str, object]]:
    """The status and the body of an answer to a file."""
    answer = world.client.post(
        f"{BASE}/schemes/texts",
        params={"name": name},
        content=data,
        headers={"content-type": "application/octet-stream"},
    )
    found: dict[str, object] = answer.json()
    return answer.status_code, found


@pytest.mark.parametrize(
    ("name", "data", "kind", "pages"),
    [
        ("../措施.pdf", pdf([[TEXT], []]), "pdf", 1),
        ("措施.docx", docx(paragraph(TEXT)), "docx", 0),
        ("措施.html", f"<html><p>{TEXT}</p></html>".encode("gbk"), "html", 0),
        ("措施.txt", TEXT.encode("gb18030"), "text", 0),
    ],
)
def test_each_format_gives_its_text(
    world: World, name: str, data: bytes, kind: str, pages: int
) -> None:
    status, told = sent(world, data, name=name)
    assert (status, told["text"], told["format"], told["pages"]) == (200, TEXT, kind, pages)
    assert told["name"] == name.removeprefix("../")
    if kind == "pdf":
        assert "no text on page 2" in str(told["notes"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (pdf([[], []]), "it is a scan"),
        (b"%PDF-1.7 and then nothing", "damaged"),
        (b"\x7fELF" + bytes(400), "control characters"),
        (b"PK\x03\x04 cut off", "damaged"),
        (("长" * 200_001).encode(), "at most 200,000 are read here"),
        (pdf([[] for _ in range(texts.PAGES_MAX + 1)]), "at most 500 are read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    world: World, data: bytes, words: str
) -> None:
    status, told = sent(world, data)
    assert status == 422, told
    assert words in str(told)


def test_a_file_that_is_too_large_is_not_even_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "FILE_BYTES_MAX", 1_000)
    status, told = sent(world, bytes(1_001))
    assert (status, "at most 1000" in str(told)) == (413, True)


def test_a_reader_that_breaks_or_hangs_brings_nothing_else_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("import os; os.abort()", "import time; time.sleep(99)"):
        monkeypatch.setattr(texts, "PROGRAM", ("-c", program))
        monkeypatch.setattr(texts, "WAIT_S", 0.3)
        status, told = sent(world, b"x")
        assert (status, "takes too long" in str(told)) == (422, True)
    monkeypatch.undo()
    assert sent(world, TEXT.encode())[0] == 200


def test_a_draft_leaves_out_facts_that_other_books_declare_and_folds_letters(
    world: World,
) -> None:
    body = {"document": "x", "text": TEXT.replace("20万元补助", "20萬元補助")}
    draft = world.post("/schemes/read", body)["text"]
    assert "up_to: 20万元" in draft  # Not 20 yuan.
    assert "other books declare" in draft
    library = read_library({**BOOKS, "x": draft})
    assert [str(one) for one in check_library(library) if not one.warning] == []
    own = world.post("/schemes/read", {**body, "book": "catalogue"})["text"]
    assert "revenue: {kind: money" in own  # A new text of that very book declares it itself.
