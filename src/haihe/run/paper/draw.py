"""A case on paper as PDF: the same paper, language and font give the same bytes.

This is the one module that knows reportlab; ``haihe.run.paper.pdf`` loads it when a paper is asked
for, so that nothing else waits for it.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, PolyLine, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from haihe.errors import PackInvalid
from haihe.model.alarm import SEVERITY_TITLE
from haihe.model.decision import WorkOrder
from haihe.model.line import Decided
from haihe.model.text import Text
from haihe.run.paper.gather import Chart, Paper
from haihe.run.words import CASE_STATES, STATES, instant_words, line_words

CID_FONT: Final = "STSong-Light"  # Adobe-GB1: every PDF reader brings a font for it.
MARGIN: Final = 16 * mm  # Ours.
WIDTH: Final = A4[0] - 2 * MARGIN
CHART_HEIGHT: Final = 58 * mm  # Ours.
SAW_MAX: Final = 100  # Ours: two pages; the log has the rest, by number.
LINES_MAX: Final = 600  # Ours: some fifteen pages; the same.
_INK: Final = colors.HexColor(0x1B2A36)
_RULE: Final = colors.HexColor(0xB8C2CC)
_LIMIT: Final = colors.HexColor(0xC2332B)
_WORDS: Final = {
    "title": Text(zh="案卷", en="Case"),
    "rule": Text(zh="规则与版本", en="Rule and version"),
    "state": Text(zh="状态", en="State"),
    "where": Text(zh="对象", en="Where"),
    "level": Text(zh="级别", en="Severity"),
    "opened": Text(zh="立案", en="Opened"),
    "due": Text(zh="期限", en="Due"),
    "closed": Text(zh="结案", en="Closed"),
    "alarms": Text(zh="报警次数", en="Alarms"),
    "why": Text(zh="决策理由", en="Why it was decided so"),
    "other": Text(zh="其他方案", en="Alternative"),
    "chart": Text(zh="证据", en="Evidence"),
    "limit": Text(zh="限值", en="limit"),
    "orders": Text(zh="工单与人员", en="Orders and people"),
    "timeline": Text(zh="经过", en="What happened"),
    "saw": Text(zh="所依据的记录", en="Records it rests on"),
    "proof": Text(zh="核验", en="Proof"),
    "order": Text(zh="工单", en="Order"),
    "what": Text(zh="内容", en="What"),
    "assignee": Text(zh="承办", en="Assignee"),
    "hands": Text(zh="经手", en="Hands"),
    "at": Text(zh="时间", en="When"),
    "line": Text(zh="日志行", en="Log line"),
    "entry": Text(zh="条目", en="Entry"),
    "none": Text(zh="无", en="none"),
    "cut": Text(
        zh="另有 {n} 行未列出，见日志。", en="{n} more lines are in the log and not on this paper."
    ),
    "check": Text(
        zh="本文件由日志生成。各条目的叶哈希可在日志中逐一核对（haihe verify 核验全日志，"
        "haihe proof {case} 给出可离线验证的证明）。哈希链至末条目：{chain}。",
        en="This paper was made from the log. Each entry's leaf hash can be held against the log "
        "(haihe verify checks all of it; haihe proof {case} gives a proof that holds offline). "
        "Hash chain after the last entry: {chain}.",
    ),
    "signed": Text(
        zh="首个覆盖上述条目的签名检查点（{n} 条）：",
        en="The first signed checkpoint that covers them ({n} entries):",
    ),
    "unsigned": Text(
        zh="尚无签名检查点覆盖上述条目；一分钟内会有，请再取一次。",
        en="No signed checkpoint covers them yet; one will within a minute, so ask once more.",
    ),
}


def draw(paper: Paper, *, language: str, font: Path | None) -> bytes:
    """A paper as PDF.

    language: "zh" or "en".
    font: a TrueType font with Chinese, which is embedded; None for the reader's own.
    Raises PackInvalid if the font cannot be used.
    """
    buffer = io.BytesIO()
    case = paper.why.case
    drawn = _Drawn(paper, language=language, font=_font(font))
    document = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
        bottomMargin=MARGIN, title=f"{case.id}", author="Haihe", invariant=1, lang=language,
    )  # fmt: skip
    document.build(list(drawn.parts()), onFirstPage=drawn.foot, onLaterPages=drawn.foot)
    return buffer.getvalue()


class _Drawn:
    """One paper in one language and font."""

    def __init__(self, paper: Paper, *, language: str, font: str) -> None:
        self.paper = paper
        self.language = language
        self.font = font
        self.plain = self._style(9, leading=13)
        self.small = self._style(7.5, leading=10)
        self.head = self._style(12, leading=17, spaceBefore=9, spaceAfter=3, keepWithNext=1)
        self.title = self._style(16, leading=22, spaceAfter=6)

    def parts(self) -> Iterator[Flowable]:
        """The whole document, from top to bottom."""
        yield from self._facts()
        yield from self._reasons()
        yield from self._evidence()
        yield from self._orders()
        yield from self._timeline()
        yield from self._records()
        yield from self._proof()

    def foot(self, canvas: Any, document: Any) -> None:
        """The case and the page, at the foot of every page."""
        canvas.saveState()
        canvas.setFont(self.font, 7.5)
        canvas.drawString(MARGIN, 9 * mm, f"{self.paper.why.case.id} · Haihe")
        canvas.drawRightString(A4[0] - MARGIN, 9 * mm, str(document.page))
        canvas.restoreState()

    def _style(self, size: float, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(
            f"s{size}", fontName=self.font, fontSize=size, textColor=_INK, wordWrap="CJK", **more
        )

    def _said(self, text: Text) -> str:
        return text.zh if self.language == "zh" else text.en

    def _word(self, name: str, **values: object) -> str:
        return self._said(_WORDS[name]).format(**values)

    def _p(self, text: str, style: ParagraphStyle | None = None) -> Paragraph:
        return Paragraph(escape(text), style or self.plain)

    def _table(self, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> Table:
        """Rows of words, the first of them the heads; widths as shares of the page's."""
        cells = [[self._p(cell, self.small) for cell in row] for row in rows]
        total = sum(widths)
        made = Table(cells, colWidths=[WIDTH * width / total for width in widths], repeatRows=1)
        made.setStyle(
            TableStyle(
                [
                    ("LINEBELOW", (0, 0), (-1, -1), 0.3, _RULE),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
                ]
            )
        )
        return made

    def _facts(self) -> Iterator[Flowable]:
        case = self.paper.why.case
        yield self._p(
            f"{self._word('title')} {case.id} · {self._said(self.paper.title)}", self.title
        )
        state = CASE_STATES[case.state.value] if self.language == "zh" else case.state.value
        closed = instant_words(case.closed_at) if case.closed_at else self._word("none")
        rows = [
            (self._word("state"), state),
            (self._word("level"), self._said(SEVERITY_TITLE[case.severity])),
            (self._word("where"), ", ".join(case.entities)),
            (self._word("rule"), f"{case.rule} · {case.version}"),
            (self._word("opened"), instant_words(case.opened_at)),
            (self._word("due"), instant_words(case.due_at)),
            (self._word("closed"), closed),
            (self._word("alarms"), str(case.alarms_total)),
        ]
        yield self._table(rows, (1, 4))

    def _reasons(self) -> Iterator[Flowable]:
        yield self._p(self._word("why"), self.head)
        decisions = [one.line for one in self.paper.why.timeline if isinstance(one.line, Decided)]
        for line in decisions:
            head = f"{line.number}. {instant_words(line.at)} · {line.rule} {line.version}"
            yield self._p(f"{head}：{self._said(line.why)}")
            yield self._p(f"settings SHA-256 {line.settings}", self.small)
            for other in line.alternatives:
                yield self._p(f"{self._word('other')}：{self._said(other)}")
        if not decisions:
            yield self._p(self._word("none"))

    def _evidence(self) -> Iterator[Flowable]:
        chart = self.paper.chart
        if chart is None:
            return
        alarm = chart.alarm
        limit = f"{self._word('limit')} {alarm.limit:g} {chart.unit}"
        ran = f"{self._word('rule')} {self.paper.why.case.rule} {self.paper.why.case.version}"
        about = f"{alarm.entity} · {alarm.field} · {limit} · {ran}"
        yield self._p(f"{self._word('chart')} · {about}", self.head)
        yield _chart(chart, font=self.font)

    def _orders(self) -> Iterator[Flowable]:
        yield self._p(self._word("orders"), self.head)
        names = ("order", "what", "assignee", "state", "hands", "due")
        rows = [tuple(self._word(name) for name in names)]
        rows += [self._order(one) for one in self.paper.why.orders]
        yield self._table(rows, (2, 5, 2, 2, 2, 3))

    def _order(self, one: WorkOrder) -> tuple[str, ...]:
        state = STATES[one.state] if self.language == "zh" else one.state.value
        what = f"{self._said(one.order.title)} · {one.order.entity}"
        return (
            one.id, what, one.order.assignee, state, ", ".join(one.hands), instant_words(one.due_at)
        )  # fmt: skip

    def _timeline(self) -> Iterator[Flowable]:
        lines = self.paper.why.timeline
        yield self._p(self._word("timeline"), self.head)
        rows = [(self._word("at"), self._word("what"), self._word("line"))]
        for told in lines[:LINES_MAX]:
            words = self._said(line_words(told.line))
            rows.append((instant_words(told.line.at), words, f"#{told.offset}"))
        yield self._table(rows, (3, 11, 2))
        if len(lines) > LINES_MAX:
            yield self._p(self._word("cut", n=len(lines) - LINES_MAX), self.small)

    def _records(self) -> Iterator[Flowable]:
        saw = self.paper.why.saw
        yield self._p(self._word("saw"), self.head)
        rows = [
            tuple(self._word(name) for name in ("at", "where", "what", "line")),
        ]
        for seen in saw[:SAW_MAX]:
            numbers = [
                f"{name} {value:g}" for name, value in seen.numbers.items() if value == value
            ]
            texts = [f"{name} {text}" for name, text in seen.texts.items() if text]
            rows.append(
                (
                    instant_words(seen.observed_at), f"{seen.entity} · {seen.stream}",
                    ", ".join((*numbers, *texts)), f"#{seen.offset}",
                )
            )  # fmt: skip
        yield self._table(rows, (3, 4, 7, 2))
        if len(saw) > SAW_MAX:
            yield self._p(self._word("cut", n=len(saw) - SAW_MAX), self.small)

    def _proof(self) -> Iterator[Flowable]:
        seal, case = self.paper.seal, self.paper.why.case
        yield self._p(self._word("proof"), self.head)
        yield self._p(self._word("check", case=case.id, chain=seal.chain))
        rows = [(self._word("entry"), self._word("line"), "SHA-256")]
        rows += [(str(one.number), f"#{one.first_offset}", one.sha256) for one in seal.leaves]
        yield self._table(rows, (1, 1, 6))
        yield Spacer(1, 2 * mm)
        if not seal.note:
            yield self._p(self._word("unsigned"))
            return
        yield self._p(self._word("signed", n=seal.signed_entries))
        for line in seal.note.splitlines():
            yield self._p(line, self.small)


def _chart(chart: Chart, *, font: str) -> Drawing:
    """The values over time, and the limit across them."""
    drawing = Drawing(WIDTH, CHART_HEIGHT)
    left, low, right, high = 14 * mm, 9 * mm, WIDTH - 2 * mm, CHART_HEIGHT - 4 * mm
    limit = chart.alarm.limit
    least = min(float(chart.value.min()), limit)
    most = max(float(chart.value.max()), limit)
    room = (most - least) * 0.08 or 1.0
    least, most = least - room, most + room
    first, last = int(chart.at[0]), int(chart.at[-1])

    def place(at: int, value: float) -> tuple[float, float]:
        x = left + (right - left) * (at - first) / max(last - first, 1)
        return round(x, 2), round(low + (high - low) * (value - least) / (most - least), 2)

    drawing.add(Line(left, low, right, low, strokeColor=_RULE, strokeWidth=0.6))
    drawing.add(Line(left, low, left, high, strokeColor=_RULE, strokeWidth=0.6))
    points = [
        coordinate
        for at, value in zip(chart.at.tolist(), chart.value.tolist(), strict=True)
        for coordinate in place(at, value)
    ]
    drawing.add(PolyLine(points, strokeColor=_INK, strokeWidth=0.9))
    _, y = place(first, limit)
    drawing.add(
        Line(left, y, right, y, strokeColor=_LIMIT, strokeWidth=0.9, strokeDashArray=[4, 2])
    )
    for x, y_at, words, anchor in (
        (left - 2, y - 2, f"{limit:g}", "end"),
        (left - 2, low, f"{least:.3g}", "end"),
        (left - 2, high - 6, f"{most:.3g}", "end"),
        (left, low - 11, instant_words(first), "start"),
        (right, low - 11, instant_words(last), "end"),
        (left + 3, high - 2, f"{chart.alarm.field} {chart.unit}", "start"),
    ):
        drawing.add(String(x, y_at, words, fontName=font, fontSize=7, textAnchor=anchor))
    return drawing


def _font(path: Path | None) -> str:
    """The name of the font to write with.

    Raises PackInvalid if the file is none that can be embedded.
    """
    if path is None:
        pdfmetrics.registerFont(UnicodeCIDFont(CID_FONT))
        return CID_FONT
    name = f"haihe-{path.stem}"
    try:
        pdfmetrics.registerFont(TTFont(name, str(path)))
    except (TTFError, OSError) as error:
        raise PackInvalid(
            f"{path} is no font to write on paper with ({error}); [paper] font wants a TrueType "
            "font with Chinese. OpenType with PostScript outlines (Noto CJK) cannot be embedded."
        ) from error
    return name
