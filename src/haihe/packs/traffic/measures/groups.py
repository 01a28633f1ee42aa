"""Counting and averaging by keys: the few lines that all binned measures share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from haihe.model.arrays import BoolArray, FloatArray, IndexArray, IntArray

ROOM: Final = 16  # Measured: up to so much scratch a row, counting is faster than sorting.
DENSE: Final = 64  # Measured: with as many rows a number, gaps cost less than finding them.
HALF: Final = 16  # Bits of a key's lower part: an event's source is a device and a parameter.
LOWER: Final = (1 << HALF) - 1
SMALL: Final = 1 << 16  # What a uint16 holds.
Column: TypeAlias = NDArray[Any]  # Numbers or words.
Table: TypeAlias = Mapping[str, Column]  # By name; all of one length.


@dataclass(frozen=True)
class Groups:
    """Rows by equal keys.

    keys: each int64 (group,), in rising order of the first, then the second ...
    of: int64 (row,), the group of each row.
    counts: int64 (group,).
    """

    keys: tuple[IntArray, ...]
    of: IntArray
    counts: IntArray

    def total(self, values: FloatArray | IntArray | BoolArray) -> FloatArray:
        """The sum of the rows' values; float64 (group,)."""
        found = np.bincount(self.of, weights=values, minlength=len(self.counts))
        return found.astype(np.float64)

    def mean(self, values: FloatArray | IntArray | BoolArray) -> FloatArray:
        """The mean of the rows' values; float64 (group,)."""
        return self.total(values) / self.counts


def grouped(*keys: IntArray) -> Groups:
    """Rows with the same keys together.

    keys: each int64 (row,); their ranges multiplied must stay below 2**63.
    """
    if len(keys[0]) == 0:
        nothing = np.empty(0, dtype=np.int64)
        return Groups(tuple(nothing for _ in keys), nothing, nothing)
    packed, size = _packed(keys)
    if size > ROOM * len(packed):
        _, first, of, counts = np.unique(
            packed, return_index=True, return_inverse=True, return_counts=True
        )
        return Groups(tuple(key[first] for key in keys), of, counts)
    count = np.bincount(packed, minlength=size)
    there = np.flatnonzero(count)
    number = np.zeros(size, dtype=np.int64)
    number[there] = np.arange(len(there))
    row = np.zeros(size, dtype=np.int64)
    row[packed] = np.arange(len(packed))
    return Groups(tuple(key[row[there]] for key in keys), number[packed], count[there])


def last_of_each(*keys: IntArray) -> IntArray:
    """The last row of each group, in order; int64 (group,). As ``grouped``."""
    if len(keys[0]) == 0:
        return np.empty(0, dtype=np.int64)
    packed, size = _packed(keys)
    if size > ROOM * len(packed):
        _, first = np.unique(packed[::-1], return_index=True)
        return np.sort(len(packed) - 1 - first)
    rows = np.arange(len(packed))
    last = np.empty(size, dtype=np.int64)  # Only what is written is read again.
    last[packed] = rows  # Of several the last one is kept.
    return np.flatnonzero(last[packed] == rows)


def _packed(keys: tuple[IntArray, ...]) -> tuple[IntArray, int]:
    """The keys of each row as one number, and how large it may be."""
    packed, size = numbered(keys[0])
    for key in keys[1:]:
        number, count = numbered(key)
        if size < len(packed) < size * count:  # Of the pairs so far few are there.
            packed, size = _gapless(packed, size)
        packed, size = packed * count + number, size * count
    return packed, size


def numbered(key: IntArray) -> tuple[IntArray, int]:
    """Numbers from 0 that order as the key does, and how many there may be.

    A key with wide gaps, such as a controller's number, leaves none where counting can find them.
    key: int64 (row,), at least one row.
    """
    low = int(key.min())
    span = int(key.max()) - low + 1
    if span * DENSE <= len(key):
        return key - low, span
    if span <= ROOM * len(key):
        return _gapless(key - low, span)
    wide, lower = (key >> HALF) - (low >> HALF), key & LOWER
    if (span >> HALF) < ROOM * len(key):
        wide, count = _gapless(wide, (span >> HALF) + 2)
        narrow = int(lower.max()) + 1
        if count * narrow <= ROOM * len(key):
            return _gapless(wide * narrow + lower, count * narrow)
    return key - low, span  # So few rows or so wide a key that sorting is the way.


def _gapless(key: IntArray, span: int) -> tuple[IntArray, int]:
    there = np.zeros(span, dtype=np.bool_)
    there[key] = True
    found = np.flatnonzero(there)
    number = np.empty(span, dtype=np.int64)
    number[found] = np.arange(len(found))
    return number[key], len(found)


def by_key(key: IntArray) -> IndexArray:
    """Row numbers in the order of a key, equal ones as they stand; int64 (row,)."""
    if len(key) == 0:
        return np.empty(0, dtype=np.int64)
    low = int(key.min())
    number, count = key - low, int(key.max()) - low + 1
    if count > SMALL:
        number, count = numbered(key)
    # Radix sort is for small numbers: one pass, and no comparison.
    return np.argsort(number.astype(np.uint16) if count <= SMALL else number, kind="stable")


def binned(at: IntArray, length: int, *keys: IntArray) -> Groups:
    """Rows of the same bin and with the same other keys; the first key is when the bin begins.

    at: int64 (row,), ns. length: ns; bins begin at whole multiples of it.
    """
    found = grouped(at // length, *keys)
    return Groups((found.keys[0] * length, *found.keys[1:]), found.of, found.counts)


@dataclass(frozen=True)
class Steps:
    """Instants of several things, to be looked up by subject and time.

    subject, at: int64 (step,), sorted by subject, then time.
    """

    subject: IntArray
    at: IntArray

    def last(self, subject: IntArray, at: IntArray, *, strictly: bool = False) -> IntArray:
        """The row of each subject's newest step by an instant; int64 (asked,), -1 if there is none.

        strictly: a step at that very instant does not count.
        """
        if len(self.at) == 0:
            return np.full(len(at), -1)
        known = self.subject[np.concatenate(([True], self.subject[1:] != self.subject[:-1]))]
        low = int(self.at.min())
        span = int(self.at.max()) - low + 3  # Before the first, and after the last.

        def key(subject: IntArray, at: IntArray) -> IntArray:
            return np.searchsorted(known, subject) * span + np.clip(at - low, -1, span - 2) + 1

        side: Literal["left", "right"] = "left" if strictly else "right"
        row = np.searchsorted(key(self.subject, self.at), key(subject, at), side) - 1
        return np.where((row >= 0) & (self.subject[row] == subject), row, -1)
