"""Tables of PDFs by their ruling lines, and what is no table."""

from haihe.decide.extract import extract, fields
from haihe.feed.document import read_document
from haihe.feed.document.grid import LINES_MAX, Rule, grids
from tests.feed.papers import drawn, pdf, placed, ruled

XS = (60.0, 240.0, 380.0, 520.0)
YS = (580.0, 620.0, 660.0, 700.0)
HEADS = ("项目类别", "补助标准（万元）", "责任单位")
ROWS = (("国家级绿色工厂", "60", "区工信局"), ("能源管理中心", "80", "区发改委"))


def words(*, rows: tuple[tuple[str, ...], ...] = (HEADS, *ROWS)) -> str:
    return " ".join(
        placed(XS[column] + 5, YS[-2 - row] + 14, text)
        for row, told in enumerate(rows)
        for column, text in enumerate(told)
        if text
    )


def test_a_ruled_table_is_read_by_the_heads_of_its_columns() -> None:
    page = f"{placed(60, 760, '附件：补助标准表')} {ruled(XS, YS)} {words()}"
    told = read_document("a.pdf", drawn([page]))
    assert "国家级绿色工厂\t60\t区工信局" in told.document.text
    said = [fields(told.document, one) for one in extract(told.document).clauses]
    awards = [one for one in said if one["kind"] == "support"]
    assert [(one["condition"], one["amount"]) for one in awards] == [
        (["国家级绿色工厂"], 600_000),
        (["能源管理中心"], 800_000),
    ]


def test_every_character_of_a_page_with_a_table_is_there_once_and_keeps_its_page() -> None:
    around = (
        f"{placed(60, 760, '上文一句。')} {placed(530, 640, '旁注')} {placed(60, 500, '下文。')}"
    )
    told = read_document(
        "a.pdf", drawn([placed(60, 700, "首页。"), f"{around} {ruled(XS, YS)} {words()}"])
    )
    text = told.document.text
    kept = sorted("".join(text.split()))
    assert kept == sorted(
        "首页。上文一句。旁注下文。" + "".join("".join(one) for one in (HEADS, *ROWS))
    )
    assert told.document.place(text.index("区发改委")).page == 2


def test_a_cell_over_two_columns_and_an_empty_one_keep_their_places() -> None:
    merged = ruled(XS, YS[:3]) + f" {XS[0]} {YS[2]} {XS[-1] - XS[0]} {YS[3] - YS[2]} re S"
    told = read_document(
        "a.pdf", drawn([f"{merged} {words(rows=(('总表', '', ''), ('', '60', '甲局'), ROWS[1]))}"])
    )
    assert "总表" in told.document.text.splitlines()[0]
    assert "\t60\t甲局" in told.document.text


def test_text_without_lines_or_within_one_frame_is_no_table() -> None:
    plain = read_document("a.pdf", drawn([words()]))
    framed = read_document("a.pdf", drawn([f"{ruled((50.0, 540.0), (560.0, 720.0))} {words()}"]))
    assert ("\t" in plain.document.text, "\t" in framed.document.text) == (False, False)


def test_squared_paper_is_no_table() -> None:
    squares = ruled([60 + 9.0 * at for at in range(30)], [600 + 9.0 * at for at in range(12)])
    told = read_document("a.pdf", drawn([f"{squares} {placed(62, 640, '第一条 一句话。')}"]))
    assert told.document.text.strip() == "第一条 一句话。"


def test_an_open_frame_is_no_table() -> None:
    closed = [Rule(upright=True, at=x, low=0, high=60) for x in (0.0, 50.0, 100.0)]
    level = [Rule(upright=False, at=y, low=0, high=100) for y in (0.0, 30.0, 60.0)]
    assert len(grids([*closed, *level])) == 1
    assert grids([*closed[:2], Rule(upright=True, at=100.0, low=0, high=29), *level]) == []


def test_a_page_of_very_many_lines_stays_text() -> None:
    lines = " ".join(f"0 {at / 20:.2f} m 500 {at / 20:.2f} l S" for at in range(LINES_MAX + 5))
    told = read_document("a.pdf", drawn([f"{lines} {placed(60, 700, '第一条 一句话。')}"]))
    assert told.document.text.strip() == "第一条 一句话。"
    assert read_document("b.pdf", pdf([["第一条 一句话。"]])).document.text == "第一条 一句话。"
