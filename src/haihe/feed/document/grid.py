"""Tables of a PDF page by their ruling lines: rows with tabs, as DOCX and HTML give them.

Only where lines make a whole frame with columns in it; text that merely looks aligned stays text.
A cell that spans others has its words in its first row and column, and the others are empty.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from haihe.model.arrays import BoolArray, FloatArray

LINES_MAX: Final = 3_000  # Ours: ruling lines of a page; a full page of small cells has 2,000.
SEGMENTS_MAX: Final = 20_000  # Ours: of all drawings of a page; with more it is a map or a plan.
COLUMNS_MAX: Final = 40  # As the grammar reads; more is squared paper.
WIDTH_MIN: Final = 12.0  # Ours: points, as wide as a letter; narrower columns cut words.
CELLS_MAX: Final = 4_000  # Ours: of one table; a full page of single letters has 2,500.
ROUNDS_MAX: Final = 20  # Ours: all lines of a table meet by way of a few; a maze is no table.
CHARACTERS_MAX: Final = 60_000  # Ours: of a page with tables; a full page has 2,500.
NEAR: Final = 2.5  # Ours: points within which two lines are one; the widest border we have met.
SHORT: Final = 6.0  # Ours: points; a shorter line is part of a picture or of a letter.
COLUMNS_MIN, ROWS_MIN = 2, 2  # Ours: fewer are a frame around text.
LINE_TO: Final = 0  # FPDF_SEGMENT_LINETO of PDFium.
MOVE_TO: Final = 2  # FPDF_SEGMENT_MOVETO
PATH: Final = 2  # FPDF_PAGEOBJ_PATH


class Words(Protocol):
    """The text of a page, character by character."""

    def count_chars(self) -> int:
        """How many there are."""
        ...

    def get_charbox(self, index: int) -> tuple[float, float, float, float]:
        """Left, bottom, right and top, in points."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruling line.

    upright: whether it is; else it is level.
    at: where it stands: x of an upright one, y of a level one; points.
    low, high: its ends along the other axis.
    """

    upright: bool
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A frame with columns.

    xs: the edges of columns, rising. ys: the edges of rows, rising; the first row is the highest.
    lefts: bool (column edge, row), whether a line stands there. tops: bool (row edge, column).
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    lefts: BoolArray
    tops: BoolArray

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies within the frame."""
        return self.xs[0] < x < self.xs[-1] and self.ys[0] < y < self.ys[-1]

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Row from the top and column of a point: of the first of the cells that are merged."""
        column = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
        up = min(max(bisect_right(self.ys, y) - 1, 0), len(self.ys) - 2)
        while column and not self.lefts[column, up]:
            column -= 1
        while up < len(self.ys) - 2 and not self.tops[up + 1, column]:
            up += 1
        return len(self.ys) - 2 - up, column


def rows(page: Any, words: Words, *, raw: Any) -> str | None:
    """The text of a page with its tables as rows; None if it has no tables that are certain.

    page: of pypdfium2, which ships no types. raw: its functions.
    """
    found = grids(_rules(page, raw=raw))
    count = words.count_chars()
    if not found or count > CHARACTERS_MAX:
        return None
    letters = [chr(raw.FPDFText_GetUnicode(words, at) or 0x20) for at in range(count)]
    spots = list(_spots(words, letters, found=found))
    cells: dict[tuple[int, int, int], list[str]] = {}
    for letter, spot in zip(letters, spots, strict=True):
        if spot is not None:
            cells.setdefault(spot, []).append(letter)
    told: list[str] = []
    shown: set[int] = set()
    for letter, spot in zip(letters, spots, strict=True):
        if spot is None:
            told.append(letter)
        elif spot[0] not in shown:
            shown.add(spot[0])
            told.append(f"\n{_table(found[spot[0]], cells, number=spot[0])}\n")
    return "".join(told)


def _spots(
    words: Words, letters: Sequence[str], *, found: Sequence[Grid]
) -> Iterator[tuple[int, int, int] | None]:
    """Of each character its table, row and column; a blank is where the one before it is."""
    last: tuple[int, int, int] | None = None
    for at, letter in enumerate(letters):
        if not letter.isspace():
            left, bottom, right, top = words.get_charbox(at)
            x, y = (left + right) / 2, (bottom + top) / 2
            number = next((at for at, one in enumerate(found) if one.holds(x, y)), None)
            last = None if number is None else (number, *found[number].cell(x, y))
        yield last


def _table(grid: Grid, cells: dict[tuple[int, int, int], list[str]], *, number: int) -> str:
    lines = []
    for row in range(len(grid.ys) - 1):
        told = [_joined(cells.get((number, row, column), [])) for column in range(len(grid.xs) - 1)]
        if any(told):
            lines.append("\t".join(told))
    return "\n".join(lines)


def _joined(letters: Sequence[str]) -> str:
    """The words of a cell in one line: Latin words keep a blank where a line ended."""
    parts = "".join(letters).split()
    told = ""
    for part in parts:
        apart = told[-1:].isascii() and part[:1].isascii() and bool(told)
        told += f" {part}" if apart else part
    return told


def _rules(page: Any, *, raw: Any) -> list[Rule]:
    """The ruling lines of a page; none if it draws too much to be a page of text."""
    found: list[Rule] = []
    seen = 0
    for one in page.get_objects(filter=[PATH], max_depth=1):
        matrix = one.get_matrix()
        last: tuple[float, float] | None = None
        count = raw.FPDFPath_CountSegments(one)
        seen += count
        if seen > SEGMENTS_MAX:
            return []
        for at in range(count):
            x, y, kind = _point(one, at, raw=raw)
            point = matrix.on_point(x, y)
            if kind == LINE_TO and last is not None:
                found += _rule(last, point)
            last = point if kind in (LINE_TO, MOVE_TO) else None
        if len(found) > LINES_MAX:
            return []
    return found


def _point(path: Any, at: int, *, raw: Any) -> tuple[float, float, int]:
    segment = raw.FPDFPath_GetPathSegment(path, at)
    x, y = raw.c_float(), raw.c_float()
    raw.FPDFPathSegment_GetPoint(segment, x, y)
    return x.value, y.value, raw.FPDFPathSegment_GetType(segment)


def _rule(first: tuple[float, float], second: tuple[float, float]) -> list[Rule]:
    (left, bottom), (right, top) = first, second
    if abs(left - right) <= 1 and abs(bottom - top) >= SHORT:
        return [
            Rule(upright=True, at=(left + right) / 2, low=min(bottom, top), high=max(bottom, top))
        ]
    if abs(bottom - top) <= 1 and abs(left - right) >= SHORT:
        return [
            Rule(upright=False, at=(bottom + top) / 2, low=min(left, right), high=max(left, right))
        ]
    return []


def grids(rules: Sequence[Rule]) -> list[Grid]:
    """The frames that ruling lines make; only those that are closed all around."""
    upright, level = _array(rules, upright=True), _array(rules, upright=False)
    if not len(upright) or not len(level):
        return []
    # (upright, level): whether two lines cross or touch.
    across = (level[:, 1] - NEAR <= upright[:, :1]) & (upright[:, :1] <= level[:, 2] + NEAR)
    along = (upright[:, 1:2] - NEAR <= level[:, 0]) & (level[:, 0] <= upright[:, 2:] + NEAR)
    found = [
        _grid(upright[stands], level[lies])
        for stands, lies in _together(np.asarray(across & along))
    ]
    return [one for one in found if one is not None]


def _array(rules: Sequence[Rule], *, upright: bool) -> FloatArray:
    """float64 (line, 3): where each stands, and its ends."""
    told = [(one.at, one.low, one.high) for one in rules if one.upright is upright]
    return np.array(told, dtype=np.float64).reshape(-1, 3)


def _together(
    meets: BoolArray,
) -> Iterator[tuple[BoolArray, BoolArray]]:
    """The upright and the level lines of each frame, as masks.

    meets: bool (upright, level).
    """
    left = np.ones(len(meets), dtype=np.bool_)
    while left.any():
        stands = np.zeros_like(left)
        stands[int(np.argmax(left))] = True
        for _ in range(ROUNDS_MAX):
            count = int(stands.sum())
            lies: BoolArray = np.asarray(meets[stands].any(axis=0))
            stands |= meets[:, lies].any(axis=1)
            if int(stands.sum()) == count:
                break
        left &= ~stands
        if lies.any():
            yield stands, lies


def _grid(upright: FloatArray, level: FloatArray) -> Grid | None:
    xs, ys = _edges(upright), _edges(level)
    if len(xs) <= COLUMNS_MIN or len(ys) <= ROWS_MIN:
        return None
    widths = np.diff(np.array(xs))
    if len(widths) > COLUMNS_MAX or len(widths) * (len(ys) - 1) > CELLS_MAX:
        return None
    if widths.min() < WIDTH_MIN:
        return None
    lefts, tops = _covered(upright, xs, along=ys), _covered(level, ys, along=xs)
    closed = lefts[0].all() and lefts[-1].all() and tops[0].all() and tops[-1].all()
    return Grid(xs, ys, lefts, tops) if closed else None


def _covered(rules: FloatArray, edges: Sequence[float], *, along: Sequence[float]) -> BoolArray:
    """bool (edge, stretch): whether a line stands on an edge beside each stretch."""
    middles = (np.array(along[:-1]) + np.array(along[1:])) / 2
    near = np.abs(rules[:, 0] - np.array(edges)[:, None]) <= NEAR
    beside = (rules[:, 1] <= middles[:, None]) & (middles[:, None] <= rules[:, 2])
    told: BoolArray = near.astype(np.float32) @ beside.T.astype(np.float32) > 0
    return told


def _edges(rules: FloatArray) -> tuple[float, ...]:
    """Where lines stand, those that are near each other as one."""
    edges: list[float] = []
    for at in sorted(rules[:, 0].tolist()):
        if not edges or at - edges[-1] > NEAR:
            edges.append(at)
    return tuple(edges)
