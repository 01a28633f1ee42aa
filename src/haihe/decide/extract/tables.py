"""Tables of a document: each row read by what stands at the head of its columns.

A row is a paragraph with tabs. A column is known by its head: what is given (补助标准（万元）),
who is responsible, what must hold; the first other column names the row.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from haihe.decide.extract.document import Document
from haihe.decide.extract.grammar import Clause, Kind, Op, Part, Role
from haihe.decide.extract.lexer import Quantity
from haihe.decide.extract.lexicon import EACH_OF
from haihe.decide.extract.numbers import parse_number

COLUMNS_MAX: Final = 40  # Ours: more is no table of a policy.
HEAD_MAX: Final = 20  # Ours: letters of the head of a column; longer is a sentence.


class Column(StrEnum):
    """What a column says."""

    AWARD = "award"
    OWNER = "owner"
    CONDITION = "condition"
    NUMBER = "number"  # 序号.
    NAME = "name"


HEADS: Final = (
    (Column.NUMBER, re.compile(r"序号|编号|No")),
    (Column.OWNER, re.compile(r"责任|牵头|主管|负责|实施(?:单位|部门)|受理(?:单位|部门)")),
    (Column.CONDITION, re.compile(r"条件|要求|对象")),
    (
        Column.AWARD,
        re.compile(
            r"标准|金额|额度|上限|限额|最高|政策内容"
            r"|(?:奖励|补助|补贴|资助|支持|奖补)(?!项目|类别|方向|事项|类型|级别|范围)"
        ),
    ),
)
BARE: Final = re.compile(
    r"(?P<cue>最高|不超过|至多)?\s?(?P<number>\d{1,9}(?:[,，]\d{3})*(?:\.\d{1,4})?)"
)
UNIT: Final = re.compile(r"(万|亿|千)?元(?:\s?[/每]\s?(\S{1,6}?)(?=[）)·/]|$))?")
SCALES: Final = {"千": 1000, "万": 10_000, "亿": 100_000_000}
LIMITED: Final = re.compile(r"最高|上限|限额|不超过|封顶")
DIGIT: Final = re.compile(r"\d")
OFFICES: Final = re.compile(r"[^、，；\s]+")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with its place.

    start, end: characters of the document, without blanks at the edges.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table.

    columns: what each says.
    units: yuan that a bare number of the column stands for; 0 where no unit is named.
    per: for each of what its sums are; "" where the head does not say.
    limits: whether its sums are limits.
    """

    columns: tuple[Column, ...]
    units: tuple[int, ...]
    per: tuple[str, ...]
    limits: tuple[bool, ...]


def cells(document: Document, start: int, *, end: int) -> tuple[Cell, ...]:
    """The cells of a paragraph; none if it is no row of a table."""
    text = document.text
    if "\t" not in text[start:end].strip("\t"):
        return ()
    found: list[Cell] = []
    at = start
    for part in text[start:end].split("\t")[:COLUMNS_MAX]:
        low = at + len(part) - len(part.lstrip())
        found.append(Cell(low, max(low, at + len(part.rstrip()))))
        at += len(part) + 1
    return tuple(found)


def head(document: Document, row: Sequence[Cell]) -> Head | None:
    """What the columns of a row of heads say; None if it is no such row."""
    words = [document.folded[one.start : one.end] for one in row]
    found = [next((kind for kind, sign in HEADS if sign.search(one)), Column.NAME) for one in words]
    short = all(len(one) <= HEAD_MAX and DIGIT.search(one) is None for one in words)
    if not short or Column.AWARD not in found or len(found) == 1:
        return None
    return Head(
        tuple(found),
        tuple(_unit(one) for one in words),
        tuple(_per(one) for one in words),
        tuple(LIMITED.search(one) is not None for one in words),
    )


def _unit(words: str) -> int:
    told = UNIT.search(words)
    return 0 if told is None else SCALES.get(told[1] or "", 1)


def _per(words: str) -> str:
    """标准（元/标准箱）: for each of what; 年度上限: of a year."""
    told = UNIT.search(words)
    said = told[2] if told is not None and told[2] else ""
    if said in ("年", "") and ("年度" in words or said == "年"):
        return "year"
    return EACH_OF.get(said, said)


def named(row: Sequence[Cell], *, told: Head) -> tuple[Part, ...]:
    """What a row is about, and what must hold: its name and its conditions, as they stand."""
    columns = list(zip(row, told.columns, strict=False))
    names = [one for one, kind in columns if kind is Column.NAME and one.end > one.start]
    conditions = [one for one, kind in columns if kind is Column.CONDITION and one.end > one.start]
    return tuple(Part(Role.CONDITION, one.start, one.end) for one in (*names[:1], *conditions))


def bare_awards(document: Document, row: Sequence[Cell], *, told: Head) -> Iterator[Part]:
    """The numbers without a unit in columns whose head names one: 60 below 补助标准（万元）."""
    for at, (one, kind) in enumerate(zip(row, told.columns, strict=False)):
        found = BARE.fullmatch(document.folded[one.start : one.end])
        if kind is Column.AWARD and told.units[at] and found is not None:
            quantity = Quantity(parse_number(found["number"]) * Decimal(told.units[at]), "元")
            limited = told.limits[at] or found["cue"] is not None
            role, op = (Role.CAP, Op.LE) if limited else (Role.AMOUNT, Op.EQ)
            yield Part(role, one.start, one.end, quantity, op, told.per[at])


def owners(document: Document, row: Sequence[Cell], *, told: Head) -> Iterator[Clause]:
    """Who is responsible for a row."""
    for one, kind in zip(row, told.columns, strict=False):
        if kind is Column.OWNER and one.end > one.start:
            words = document.folded[one.start : one.end]
            parts = tuple(
                Part(Role.DEPARTMENT, one.start + found.start(), one.start + found.end())
                for found in OFFICES.finditer(words)
            )
            yield Clause(Kind.OWNER, one.start, one.end, 0, parts)


def wordy(row: Sequence[Cell], *, told: Head | None) -> Iterator[Cell]:
    """The cells that are to be read as sentences."""
    for at, one in enumerate(row):
        kind = told.columns[at] if told is not None and at < len(told.columns) else None
        if one.end > one.start and kind in (None, Column.AWARD):
            yield one
