"""Readings of all entities side by side: cells of time, closed block by block."""

from dataclasses import dataclass, replace

import numpy as np

from haihe.detect.contract import Seen, grown
from haihe.detect.turns import is_told
from haihe.model.arrays import FloatArray, IntArray
from haihe.model.time import BEFORE_ALL


@dataclass(frozen=True, slots=True)
class Cells:
    """The readings of the open block and of the one after it.

    block: the open block, counted from the epoch; BEFORE_ALL before the first row.
    newest_at: the newest ``observed_at`` of any entity; ns.
    table: float64 (entity, 2, channel, cell), a block in row ``block % 2``; NaN where nobody spoke.
    """

    block: int
    newest_at: int
    table: FloatArray


@dataclass(frozen=True, slots=True)
class Grid:
    """How time is cut: cells of ``every``, blocks of ``cells``.

    A block is closed by the first row observed ``every`` or more after its end, of whatever
    entity: readings that come later than that are left out.

    every: ns, more than 0.
    cells: of a block, 2 or more.

    >>> Grid(10, cells=6).length
    60
    """

    every: int
    cells: int

    @property
    def length(self) -> int:
        """Of a block; ns."""
        return self.every * self.cells

    def start(self, channels: int) -> Cells:
        """Nobody has spoken."""
        return Cells(BEFORE_ALL, BEFORE_ALL, np.empty((0, 2, channels, self.cells)))

    def opened(self, cells: Cells, seen: Seen) -> tuple[Cells, IntArray]:
        """Room for all entities, and the newest ``observed_at`` up to each row; ns.

        seen: at least one row.
        """
        rows_at = np.maximum.accumulate(seen.observed_at)
        newest_at = np.maximum(rows_at, cells.newest_at)
        block = cells.block
        if block == BEFORE_ALL:
            block = int(seen.observed_at[0]) // self.length
        table = grown(cells.table, seen.entities, fill=np.nan)
        return Cells(block, int(newest_at[-1]), table), newest_at

    def closing_row(self, cells: Cells, newest_at: IntArray) -> int:
        """The first row that closes the open block; as many as there are if none does.

        newest_at: int64 (row,), as from ``opened``.
        """
        due_at = (cells.block + 1) * self.length + self.every
        return int(np.searchsorted(newest_at, due_at))

    def fill(self, cells: Cells, seen: Seen, *, rows: slice, fields: tuple[str, ...]) -> None:
        """Write readings into their cells; of two in one cell the later row stays.

        rows: before the row that closes the open block.
        fields: the channels, in order.
        """
        at = seen.observed_at[rows]
        block = at // self.length
        open_rows = (block == cells.block) | (block == cells.block + 1)
        slots, where, cell = seen.indices[rows], block % 2, at // self.every % self.cells
        for channel, field in enumerate(fields):
            values = seen.numbers[field][rows]
            told = open_rows & is_told(values)
            cells.table[slots[told], where[told], channel, cell[told]] = values[told]

    def after(self, cells: Cells, closed_by: int) -> Cells:
        """The next block with the closed one emptied; blocks in which nobody spoke are passed over.

        closed_by: newest ``observed_at`` up to the closing row; ns.
        """
        cells.table[:, cells.block % 2] = np.nan
        block = cells.block + 1
        if np.isnan(cells.table[:, block % 2]).all():
            block = max(block, (closed_by - self.every) // self.length)
        return replace(cells, block=int(block))
