"""Documents of each format as offices send them, and as attackers do."""

import re

import pytest

from haihe.errors import RecordRefused
from haihe.feed.document import read, read_document
from haihe.feed.document.archive import ENTRY_BYTES_MAX
from tests.feed.papers import WORD, docx, ofd, paragraph, pdf, zipped

TEXT = "对在本区注册的软件企业，按照研发费用的20%给予补助，每家企业每年最高500万元。"
LONG = (
    "第一条 为推动本区人工智能产业加快集聚，支持企业加大研发投入，结合本区实际，制定本措",
    "施。对在本区注册并从事人工智能研发的企业，按照上年度研发费用的20%给予补助，最高5",
    "00万元。",
    "第二条 对首次认定的企业给予奖励。",
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_the_encoding_of_a_text_is_found(encoding: str) -> None:
    told = read_document("a.txt", TEXT.encode(encoding))
    assert (told.document.text, told.format) == (TEXT, "text")


def test_a_big5_text_is_found_and_its_letters_fold_one_for_one() -> None:
    traditional = "對在本區註冊的軟件企業，按照研發費用的20%給予補助，最高500萬元。"
    document = read_document("a.txt", traditional.encode("big5hkscs")).document
    assert document.text == traditional
    assert document.folded == "对在本区注册的软件企业，按照研发费用的20%给予补助，最高500万元。"


def test_lines_of_a_layout_are_joined_and_each_character_keeps_its_line() -> None:
    document = read_document("a.txt", "\n".join(LONG).encode()).document
    assert document.text.split("\n") == ["".join(LONG[:3]), LONG[3]]
    at = document.text.index("00万元")
    assert (document.place(at).line, document.place(at).paragraph) == (3, 1)
    assert document.place(document.text.index("第二条")).line == 4


def test_a_pdf_gives_its_text_with_pages() -> None:
    told = read_document("a.pdf", pdf([[*LONG[:2]], [LONG[2], "— 2 —", LONG[3]]]))
    assert told.format == "pdf"
    assert told.document.text.split("\n") == ["".join(LONG[:3]), LONG[3]]
    assert told.document.place(told.document.text.index("00万元")).page == 2


def test_a_scan_without_text_says_so() -> None:
    with pytest.raises(RecordRefused, match=r"3 pages and no text: it is a scan.*recognition"):
        read_document("scan.pdf", pdf([[], [], []]))


def test_single_pages_without_text_are_noted() -> None:
    told = read_document("a.pdf", pdf([[TEXT], []]))
    assert told.notes == ("no text on page 2: scans or pictures; what they say is not read",)


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    with pytest.raises(RecordRefused, match="3 pages; at most 2 are read at once"):
        read_document("a.pdf", pdf([[TEXT], [TEXT], [TEXT]]), pages=2)


def test_a_text_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haihe.feed.document.lines.CHARACTERS_MAX", 50)
    with pytest.raises(RecordRefused, match="more than 50 characters; cut it into parts"):
        read_document("a.txt", "\n".join([TEXT] * 9).encode())


def test_a_word_file_keeps_what_was_inserted_and_leaves_out_what_was_deleted() -> None:
    cells = "".join(f"<w:tc>{paragraph(one)}</w:tc>" for one in "甲乙")
    body = (
        paragraph("最高", "500万元。")
        + "<w:p><w:ins><w:r><w:t>新增</w:t></w:r></w:ins>"
        + "<w:del><w:r><w:delText>删去</w:delText></w:r></w:del></w:p>"
        + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    )
    noted = f"<w:footnote>{paragraph('脚注')}</w:footnote>"
    notes = f'<w:footnotes xmlns:w="{WORD}">{noted}</w:footnotes>'
    told = read_document("a.docx", docx(body, more={"word/footnotes.xml": notes}))
    assert told.format == "docx"
    assert told.document.text == "最高500万元。\n新增\n甲\t乙\n脚注"


def test_an_ofd_is_read_from_top_to_bottom_and_left_to_right() -> None:
    told = read_document(
        "a.ofd",
        ofd(
            [[(90, 20.2, "的企业给予奖励。"), (20, 20, "对在本区注册")], [(20, 20, "第二条 略。")]]
        ),
    )
    assert (told.format, told.document.text) == ("ofd", "对在本区注册的企业给予奖励。\n第二条 略。")
    assert told.document.place(told.document.text.index("第二条")).page == 2


def test_an_ofd_without_text_says_it_is_a_scan() -> None:
    with pytest.raises(RecordRefused, match="no text on any page: it is a scan"):
        read_document("a.ofd", ofd([[], []]))


def test_a_web_page_gives_what_people_read() -> None:
    page = (
        "<!DOCTYPE html><html><head><meta charset='gb2312'><title>标题</title></head><body>"
        "<nav>首页</nav><script>x=1</script><p>第一条 <b>最高</b>500万元。</p>"
        "<p style='display: none'>藏</p>"
        "<table><tr><td>甲</td><td>乙</td></tr></table></body></html>"
    )
    told = read_document("a.html", page.encode("gbk"))
    assert (told.format, told.document.text) == ("html", "第一条 最高500万元。\n甲\t乙")


BOMB = b"<w:t>" + b"0" * (ENTRY_BYTES_MAX + 10)
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "a has no text"),
        (b"\xd0\xcf\x11\xe0rest", "save it as DOCX"),
        (b"{\\rtf1 x}", "an RTF file"),
        (b"\x89PNG\r\n", "a picture; run character recognition"),
        (b"%PDF-1.7 and then nothing", "damaged or needs a password"),
        (b"PK\x03\x04 cut off", "a is damaged"),
        (zipped({"x.csv": "1"}), "neither DOCX nor OFD"),
        (zipped({"word/document.xml": b"<w:document"}), "no XML"),
        (zipped({"word/document.xml": BOMB}), "unpacks to more than 64,000,000 bytes"),
        (docx(paragraph("x"), head=LAUGHS), "entities are not read"),
        (ofd([[(1, 1, "x")]]).replace(b"Doc_0/Document.xml", b"Doc_9/Document.xml"), "is damaged"),
        (bytes(range(128, 256)) * 9, "neither UTF-8 nor GB 18030 nor Big5"),
        (b"abc\x00\x01\x02" * 50, "full of control characters"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(content: bytes, told: str) -> None:
    with pytest.raises(RecordRefused, match=re.escape(told)):
        read_document("a", content)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "BYTES_MAX", 10)
    with pytest.raises(RecordRefused, match="at most 10 are read"):
        read_document("a.txt", TEXT.encode())


def test_without_the_extra_each_format_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("haihe.feed.document.pdf.pypdfium2", None)
    monkeypatch.setattr("haihe.feed.document.html.LexborHTMLParser", None)
    monkeypatch.setattr("haihe.feed.document.read.FOLDS", False)
    for name, content in (("a.pdf", pdf([[TEXT]])), ("a.html", b"<p>x</p>")):
        with pytest.raises(RecordRefused, match=r"pip install 'haihe\[documents\]'"):
            read_document(name, content)
    assert "not folded" in read_document("a.txt", TEXT.encode()).notes[0]
