"""Every enterprise against every scheme at once, as bit planes.

A signal is two rows of bits, one bit an enterprise: where it is certainly true, and where it may be
true. "And" of two signals is one AND of words, 64 enterprises a step; a question that many schemes
ask is answered once. Hence 100,000 enterprises x 1,000 schemes need no visit of each pair.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from haihe.decide.scheme.circuit import (
    HIGHEST,
    LOWEST,
    Gate,
    Interval,
    Negation,
    Over,
    Usable,
    Wiring,
    Word,
)
from haihe.decide.scheme.facts import (
    MISSING,
    WORD_BITS,
    Facts,
    WordArray,
    word_count,
)
from haihe.decide.scheme.quantity import MILLION
from haihe.model.arrays import BoolArray, IndexArray, IntArray, SlotArray

FLOAT_SURE: Final = 1e-9  # Relative; far above the 2e-16 of a double's own rounding.


class Board:
    """The planes of the signals of one wiring over the same facts, each worked out when asked.

    A plane is uint64 (2, word): where the signal is true, and where it is true or unknown. Bits
    past the last enterprise are 0.
    """

    def __init__(self, facts: Facts, wiring: Wiring) -> None:
        """Answer about these facts."""
        self.facts = facts
        self._wiring = wiring
        self._planes: dict[int, WordArray] = {}
        self._unknown: dict[str, WordArray] = {}
        self.words = word_count(facts.count)
        self.everybody = self._bits(np.ones(facts.count, np.bool_))

    def plane(self, signal: int) -> WordArray:
        """Where the signal is true, and where it may be."""
        found = self._planes.get(signal)
        if found is None:
            found = self._planes[signal] = self._work_out(signal)
        return found

    def _work_out(self, place: int) -> WordArray:
        signal = self._wiring.signals[place]
        match signal:
            case Interval():
                return self._asked(self._interval(signal), signal.fact)
            case Word(fact, word):
                return self._asked(self._word(fact, word), fact)
            case Over():
                sure, known = over(signal, self.facts)
                return np.stack((self._bits(sure), self._bits(sure | ~known)))
            case Usable(fact, most):
                column = self.facts.numbers[fact]
                sure = (column >= 0) & (column <= most)
                return np.stack((self._bits(sure), self.everybody))
            case Negation(of):
                return ~self.plane(of)[::-1] & self.everybody
            case Gate(count, inputs):
                return self._at_least(count, [self.plane(one) for one in inputs])

    def _asked(self, sure: WordArray, fact: str) -> WordArray:
        unknown = self.unknown(fact)
        plane = np.empty((2, self.words), np.uint64)
        np.bitwise_and(sure, ~unknown, out=plane[0])
        np.bitwise_or(sure, unknown, out=plane[1])
        return plane

    def unknown(self, fact: str) -> WordArray:
        """Where a fact is missing, uint64 (word,)."""
        found = self._unknown.get(fact)
        if found is None:
            facts = self.facts
            if fact in facts.tags:
                found = ~facts.tags[fact][-1] & self.everybody
            elif fact in facts.codes:
                found = self._bits(facts.codes[fact] == 0)
            else:
                found = self._bits(facts.numbers[fact] == MISSING)
            self._unknown[fact] = found
        return found

    def _interval(self, asked: Interval) -> WordArray:
        column = self.facts.numbers[asked.fact]
        if asked.low == asked.high:
            return self._bits(column == asked.low)
        if asked.high >= HIGHEST:
            return self._bits(column >= asked.low)
        if asked.low <= LOWEST:
            return self._bits(column <= asked.high)
        return self._bits((column >= asked.low) & (column <= asked.high))

    def _word(self, fact: str, word: str) -> WordArray:
        words = self.facts.words[fact]
        if word not in words:
            return np.zeros(self.words, np.uint64)
        at = words.index(word)
        if fact in self.facts.tags:
            line: WordArray = self.facts.tags[fact][at]
            return line
        return self._bits(self.facts.codes[fact] == np.uint16(at + 1))

    def _at_least(self, count: int, planes: list[WordArray]) -> WordArray:
        nobody = np.zeros((2, self.words), np.uint64)
        if count <= 0:
            return nobody | self.everybody
        if count > len(planes):
            return nobody
        if count == len(planes):
            return self.all_of(planes, into=nobody)
        # reached[n]: where more than n of the planes so far hold.
        reached = [nobody] + [nobody.copy() for _ in range(count - 1)]
        for plane in planes:
            for n in range(count - 1, 0, -1):
                reached[n] |= reached[n - 1] & plane
            reached[0] |= plane
        return reached[-1]

    def _bits(self, lines: BoolArray) -> WordArray:
        bits = np.zeros(self.words * 8, np.uint8)
        bits[: -(-len(lines) // 8)] = np.packbits(lines, bitorder="little")
        return bits.view(np.uint64)

    def all_of(self, planes: list[WordArray], *, into: WordArray) -> WordArray:
        """Write where all of the planes are and may be true; the array written to."""
        first = planes[0] if planes else self.everybody
        second = planes[1] if len(planes) > 1 else first
        np.bitwise_and(first, second, out=into)
        for plane in planes[2:]:
            np.bitwise_and(into, plane, out=into)
        return into


def over(asked: Over, facts: Facts) -> tuple[BoolArray, BoolArray]:
    """Where one column over another is at least the limit, and where that is known; exactly.

    Returns bool (enterprise,) twice.
    """
    upper, lower = facts.numbers[asked.upper], facts.numbers[asked.lower]
    known = (upper != MISSING) & (lower > 0)
    left = np.where(known, upper, 0).astype(np.float64) * MILLION
    right = np.where(known, lower, 1).astype(np.float64) * asked.limit
    sure = left > right
    # Too close for a double: decide these few with whole numbers.
    close = np.abs(left - right) <= FLOAT_SURE * np.maximum(np.abs(left), np.abs(right))
    for at in np.flatnonzero(close & known):
        exact = int(upper[at]) * MILLION - int(lower[at]) * asked.limit
        sure[at] = exact > 0 or (asked.included and exact == 0)
    return sure & known, known


def set_bits(lines: WordArray) -> tuple[IndexArray, SlotArray]:
    """Where bits are set: the line and the place of each, line by line and rising.

    lines: uint64 (line, word).
    Returns intp (bit,) and int32 (bit,).
    """
    flat = lines.reshape(-1)
    at = np.flatnonzero(flat != 0)
    words = flat[at]
    counts = np.bitwise_count(words)
    ends = np.cumsum(counts, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    found = np.empty(total, np.int64)
    place = ends - counts
    base = at * WORD_BITS
    one = np.uint64(1)
    while len(words):
        lower = words - one
        # Bits below the lowest set one: as many as its place.
        found[place] = base + np.bitwise_count(~words & lower)
        words = words & lower
        left = np.flatnonzero(words)
        words, base, place = words[left], base[left], place[left] + 1
    width = lines.shape[1] * WORD_BITS
    line = found // width
    return line.astype(np.intp), (found - line * width).astype(np.int32)


def bits_at(row: WordArray, places: IntArray | SlotArray) -> BoolArray:
    """The bits of some enterprises.

    row: uint64 (word,).
    places: of the enterprises.
    """
    shift = (places & (WORD_BITS - 1)).astype(np.uint64)
    bits: BoolArray = ((row[places // WORD_BITS] >> shift) & np.uint64(1)).astype(np.bool_)
    return bits


def blocks(count: int, size: int) -> Iterator[tuple[int, int]]:
    """First and behind the last of each piece of a range."""
    for first in range(0, count, size):
        yield first, min(first + size, count)
