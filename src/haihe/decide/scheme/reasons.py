"""Why: which conditions fail or are open for each pair, by how much, and who is nearly there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from haihe.decide.scheme.book import Book, Rule
from haihe.decide.scheme.circuit import HIGHEST, LOWEST, Interval
from haihe.decide.scheme.facts import MISSING, WORD_BITS, FactKind, Facts
from haihe.decide.scheme.planes import Board, set_bits
from haihe.decide.scheme.quantity import MILLION
from haihe.model.arrays import IntArray, SlotArray

YEAR_DAYS: Final = 365  # Of a common year; what "within" is measured in for dates.

MaskArray: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32] | IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why each enterprise is or is not eligible for one scheme.

    scheme: its place in the book.
    fails: (enterprise,), bit n is set where condition n does not hold; the smallest unsigned type
        that has a bit for each.
    unknown: as ``fails``, where a missing fact leaves condition n open; the bit behind the last
        condition is the amount.
    numeric: conditions that are one range of one number, by place.
    short: int64 (numeric, enterprise), how far the number is outside the range, in its fact's own
        whole units, fen or days; 0 or less, and then what is to spare, where it holds; 0 where it
        is unknown.
    """

    scheme: int
    fails: MaskArray
    unknown: MaskArray
    numeric: tuple[int, ...]
    short: IntArray


def each_reason(book: Book, facts: Facts) -> Iterator[Reasons]:
    """The reasons of all pairs, scheme by scheme; arrays are used again for the next scheme."""
    board = Board(facts, book.wiring)
    absent = {name: np.flatnonzero(column == MISSING) for name, column in facts.numbers.items()}
    room = np.empty((0, facts.count), np.int64)
    bits = board.words * WORD_BITS
    kept: dict[np.dtype[np.unsignedinteger], MaskArray] = {}
    for place, rule in enumerate(book.rules):
        if rule is None:
            continue
        kind = np.min_scalar_type(2 ** len(rule.signals) - 1)
        if kind not in kept:
            kept[kind] = np.empty((2, bits), kind)
        masks = kept[kind]
        _write_masks(rule, board, masks=masks)
        numeric = tuple(
            at
            for at in range(len(rule.version.conditions))
            if isinstance(book.wiring.signals[rule.signals[at]], Interval)
        )
        if len(numeric) > len(room):
            room = np.empty((len(numeric), facts.count), np.int64)
        for line, at in enumerate(numeric):
            asked = book.wiring.signals[rule.signals[at]]
            assert isinstance(asked, Interval)
            margin(asked, facts.numbers[asked.fact], into=room[line])
            room[line][absent[asked.fact]] = 0
        fails, unknown = masks[:, : facts.count]
        yield Reasons(place, fails, unknown, numeric, room[: len(numeric)])


def _write_masks(rule: Rule, board: Board, *, masks: MaskArray) -> None:
    """Write a bit for each condition.

    masks: (2, enterprise), fails and unknown; with room for all bits of all words.
    """
    masks.fill(0)
    narrow = masks.dtype == np.uint8
    states = np.empty((2, board.words), np.uint64)
    for at, signal in enumerate(rule.signals):
        plane = board.plane(signal)
        np.bitwise_xor(plane[1], board.everybody, out=states[0])
        np.bitwise_xor(plane[0], plane[1], out=states[1])
        bits = np.unpackbits(states.view(np.uint8), bitorder="little").reshape(masks.shape)
        if narrow:  # Eight enterprises a word: bits stay within their byte.
            eight, whole = bits.view(np.uint64), masks.view(np.uint64)
            np.left_shift(eight, np.uint64(at), out=eight)
            np.bitwise_or(whole, eight, out=whole)
        else:
            np.add(masks, bits * masks.dtype.type(1 << at), out=masks)


def margin(asked: Interval, column: IntArray, *, into: IntArray) -> None:
    """Write how far numbers are outside a range, in its own units; 0 or less within it.

    column: int64 (enterprise,). Where it is MISSING, what is written means nothing.
    into: int64 (enterprise,).
    """
    if asked.high >= HIGHEST:
        np.subtract(asked.low, column, out=into)
    else:
        np.subtract(column, asked.high, out=into)
        if asked.low > LOWEST:
            np.maximum(into, asked.low - column, out=into)


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Enterprises that miss one scheme by one number alone.

    enterprises: int32 (miss,), rising.
    condition: int64 (miss,), the place of the condition.
    short: int64 (miss,), what is missing, in the fact's own whole units, fen or days.
    """

    enterprises: SlotArray
    condition: IntArray
    short: IntArray


def near_misses(book: Book, facts: Facts, *, within: int) -> tuple[Near, ...]:
    """Who would be eligible but for one number that is close: "3 more patents and you qualify".

    within: how close, in millionths of the limit (of a year for dates); such as 200,000.
    Returns the near misses of each scheme, in the order of the book.
    """
    board = Board(facts, book.wiring)
    return tuple(
        NOT_NEAR if rule is None else _near(rule, board, book=book, within=within)
        for rule in book.rules
    )


NOT_NEAR: Final = Near(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64))


def _near(rule: Rule, board: Board, *, book: Book, within: int) -> Near:
    once = twice = np.zeros(board.words, np.uint64)
    for signal in rule.signals:
        lacks = board.plane(signal)[0] ^ board.everybody
        once, twice = once | lacks, twice | (once & lacks)
    alone = once & ~twice
    found = []
    for at, signal in enumerate(rule.signals[: len(rule.version.conditions)]):
        asked = book.wiring.signals[signal]
        if isinstance(asked, Interval):
            _, places = set_bits((alone & ~board.plane(signal)[1])[None, :])
            column = board.facts.numbers[asked.fact][places]
            short = np.empty(len(places), np.int64)
            margin(asked, column, into=short)
            close = short <= reach(asked, book.schema[asked.fact].kind, within=within)
            found.append((places[close], np.full(int(close.sum()), at), short[close]))
    if not found:
        return NOT_NEAR
    places, condition, short = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(places, kind="stable")
    return Near(places[order], condition[order].astype(np.int64), short[order])


def reach(asked: Interval, kind: FactKind, *, within: int) -> int:
    """How far from a range is near, in its own units.

    within: millionths of the nearer end, or of a year for dates.
    """
    if kind is FactKind.YES_NO:
        return 0
    if kind is FactKind.DATE:
        return YEAR_DAYS * within // MILLION
    limit = asked.low if asked.low > LOWEST else asked.high
    return max(abs(limit) * within // MILLION, 1)
