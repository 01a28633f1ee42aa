"""What is known of every enterprise: named facts with kinds, as columns; any may be missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from haihe.decide.scheme.quantity import (
    DECIMALS_MAX,
    FACT_MAX,
    format_day,
    format_money,
    format_scaled,
    parse_day,
    parse_money,
    parse_scaled,
    say_money,
)
from haihe.model.arrays import BoolArray, IntArray
from haihe.model.text import Text

MISSING: Final = -(2**63)  # In int64 columns; no fact comes near it.
WORDS_MAX: Final = 65_534  # Codes are uint16, and 0 is missing.
WORD_BITS: Final = 64  # Of uint64.

WordArray: TypeAlias = NDArray[np.uint64]  # Bits, one an enterprise, the first the lowest.
CodeArray: TypeAlias = NDArray[np.uint16]
Given: TypeAlias = int | float | bool | str | Decimal | Sequence[str] | frozenset[str] | None


class FactKind(StrEnum):
    """How a fact is counted and compared."""

    NUMBER = "number"
    MONEY = "money"
    CATEGORY = "category"
    TAGS = "tags"
    DATE = "date"
    YES_NO = "yes_no"


IN_COLUMNS: Final = frozenset(
    {FactKind.NUMBER, FactKind.MONEY, FactKind.DATE, FactKind.YES_NO}
)  # As int64.


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of an enterprise.

    name: as clauses call it; lower case.
    kind: number, money (whole fen), category (one word), tags (a set), date, yes or no.
    title: what people read.
    unit: of a number.
    decimals: how many a number keeps; 0 to 6.
    words: all that a category or tag can be; empty if any word may come.
    low, high: what is possible, in whole last decimals, fen or days; None for no bound.
    word_titles: what people read for each of ``words``; empty where the words are read as they are.
    """

    name: str
    kind: FactKind
    title: Text
    unit: str = "1"
    decimals: int = 0
    words: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    word_titles: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no number of this kind can be, and titles of no words."""
        if not 0 <= self.decimals <= DECIMALS_MAX:
            raise ValueError(f"{self.name}: {self.decimals} decimals; keep 0 to {DECIMALS_MAX}.")
        if self.word_titles and len(self.word_titles) != len(self.words):
            raise ValueError(f"{self.name}: give each word one title, or none a title.")

    def encode(self, given: Given) -> int:
        """A number, money, date or yes/no as its column keeps it; MISSING if it is not known.

        Raises ValueError if it cannot be one.
        """
        if given is None or (isinstance(given, float) and given != given):  # NaN.
            return MISSING
        try:
            number = _ENCODERS[self.kind](self, given)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{self.name}: {error}") from error
        low = -FACT_MAX if self.low is None else self.low
        high = FACT_MAX if self.high is None else self.high
        if not low <= number <= high:
            raise ValueError(
                f"{self.name} is {self.show(number)}; possible is {self.show(low)} to "
                f"{self.show(high)}. Correct it, or leave it out: it is then unknown."
            )
        return number

    def show(self, number: int) -> str:
        """A kept number as people write it."""
        match self.kind:
            case FactKind.MONEY:
                return format_money(number)
            case FactKind.DATE:
                return format_day(number) if abs(number) < FACT_MAX else str(number)
            case FactKind.YES_NO:
                return "yes" if number else "no"
        unit = "" if self.unit == "1" else f" {self.unit}"
        return format_scaled(number, self.decimals) + unit

    def say(self, number: int) -> Text:
        """A kept number as people read it in each language; a Chinese unit is left out in English.

        >>> Fact("patents", FactKind.NUMBER, Text(zh="专利", en="patents"), unit="件").say(3)
        Text(zh='3件', en='3')
        """
        match self.kind:
            case FactKind.MONEY:
                return say_money(number)
            case FactKind.YES_NO:
                return Text(zh="是", en="yes") if number else Text(zh="否", en="no")
            case FactKind.NUMBER if not self.unit.isascii():
                told = format_scaled(number, self.decimals)
                return Text(zh=told + self.unit, en=told)
        return Text(zh=self.show(number), en=self.show(number))

    def say_word(self, word: str) -> Text:
        """A category's word or a tag as people read it."""
        if word in self.words and self.word_titles:
            return self.word_titles[self.words.index(word)]
        return Text(zh=word, en=word)


def _number(fact: Fact, given: Given) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
        raise ValueError(f"{given!r} is no number.")
    return parse_scaled(str(given), fact.decimals)


def _money(_: Fact, given: Given) -> int:
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise ValueError(f"{given!r} is no money; give whole fen, or text as 500万元.")
    return given if isinstance(given, int) else parse_money(given)


def _date(_: Fact, given: Given) -> int:
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise ValueError(f"{given!r} is no day; write it as 2026-01-31.")
    return given if isinstance(given, int) else parse_day(given)


def _yes_no(_: Fact, given: Given) -> int:
    told = {"true": 1, "yes": 1, "是": 1, "1": 1, "false": 0, "no": 0, "否": 0, "0": 0}
    found = told.get(str(given).lower())
    if found is None:
        raise ValueError(f"{given!r} is neither yes nor no.")
    return found


_ENCODERS: Final = {
    FactKind.NUMBER: _number,
    FactKind.MONEY: _money,
    FactKind.DATE: _date,
    FactKind.YES_NO: _yes_no,
}


@dataclass(frozen=True, slots=True)
class FactSchema:
    """All fields that clauses may name.

    facts: each name once.
    """

    facts: tuple[Fact, ...]

    def __post_init__(self) -> None:
        """Refuse two fields of one name."""
        names = [fact.name for fact in self.facts]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise ValueError(f"{', '.join(double)} is there twice; name every fact once.")

    def find(self, name: str) -> Fact | None:
        """The field of that name; None if there is none."""
        return next((fact for fact in self.facts if fact.name == name), None)

    def __getitem__(self, name: str) -> Fact:
        """The field of that name.

        Raises ValueError if there is none.
        """
        found = self.find(name)
        if found is None:
            raise ValueError(f"there is no fact '{name}'; there are {self.names}.")
        return found

    @property
    def names(self) -> str:
        """All names in one line."""
        return ", ".join(fact.name for fact in self.facts)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """The facts of many enterprises, field by field. Never changed in place.

    schema: the fields.
    count: enterprises; the position in a column is the enterprise.
    numbers: field to int64 (enterprise,), MISSING where unknown; numbers, money, dates, yes/no.
    codes: category field to uint16 (enterprise,): 0 where unknown, else 1 + place in ``words``.
    tags: tag field to uint64 (tag + 1, word): bits of each tag in the order of ``words``; the last
        line tells where the set is known.
    words: category or tag field to the words that occur, in the order of their codes.
    """

    schema: FactSchema
    count: int
    numbers: Mapping[str, IntArray]
    codes: Mapping[str, CodeArray]
    tags: Mapping[str, WordArray]
    words: Mapping[str, tuple[str, ...]]

    def changed(self, enterprise: int, *, name: str, given: Given) -> "Facts":
        """These facts with one fact of one enterprise told anew; the others are shared.

        Raises ValueError if the enterprise or the fact is not there, or the value cannot be.
        """
        fact = self.schema[name]
        if not 0 <= enterprise < self.count:
            raise ValueError(f"there is no enterprise {enterprise}; there are {self.count}.")
        if fact.kind in IN_COLUMNS:
            column = self.numbers[name].copy()
            column[enterprise] = fact.encode(given)
            return replace(self, numbers={**self.numbers, name: column})
        asked = None if given is None else as_words(fact, given)
        known = self.words[name]
        words = known + tuple(sorted((asked or frozenset()) - set(known)))
        if fact.kind is FactKind.CATEGORY:
            codes = self.codes[name].copy()
            codes[enterprise] = 0 if asked is None else 1 + words.index(next(iter(asked)))
            return replace(
                self, codes={**self.codes, name: codes}, words={**self.words, name: words}
            )
        old = self.tags[name]
        lines = np.zeros((len(words) + 1, old.shape[1]), np.uint64)
        lines[: len(known)], lines[-1] = old[:-1], old[-1]
        word, bit = divmod(enterprise, WORD_BITS)
        there = [asked is not None and one in asked for one in words] + [asked is not None]
        mask = np.uint64(1 << bit)
        lines[:, word] &= ~mask
        lines[np.array(there), word] |= mask
        return replace(self, tags={**self.tags, name: lines}, words={**self.words, name: words})

    def one(self, enterprise: int) -> "Facts":
        """The facts of one enterprise alone.

        Raises ValueError if it is not there.
        """
        if not 0 <= enterprise < self.count:
            raise ValueError(f"there is no enterprise {enterprise}; there are {self.count}.")
        word, bit = divmod(enterprise, WORD_BITS)
        alone = slice(enterprise, enterprise + 1)
        shift, last = np.uint64(bit), np.uint64(1)
        return replace(
            self,
            count=1,
            numbers={name: column[alone] for name, column in self.numbers.items()},
            codes={name: column[alone] for name, column in self.codes.items()},
            tags={
                name: (lines[:, word : word + 1] >> shift) & last
                for name, lines in self.tags.items()
            },
        )


def as_words(fact: Fact, given: Given) -> frozenset[str]:
    """A category's word or the tags of a set; a word's title stands for the word.

    Raises ValueError if it is neither, or a word that the field does not have.
    """
    if fact.kind is FactKind.CATEGORY and isinstance(given, str):
        words = frozenset({given})
    elif fact.kind is FactKind.TAGS and isinstance(given, frozenset | list | tuple | set):
        words = frozenset(str(word) for word in given)
    else:
        form = "one word" if fact.kind is FactKind.CATEGORY else "a list of words"
        raise ValueError(f"{fact.name} is {given!r}; give {form}.")
    words = frozenset(_word(fact, one) for one in words)
    strange = sorted(words - set(fact.words)) if fact.words else []
    if strange:
        raise ValueError(f"{fact.name}: '{strange[0]}' is none of {', '.join(fact.words)}.")
    return words


def _word(fact: Fact, told: str) -> str:
    """The word that is told by itself or by a title of it."""
    titled = zip(fact.words, fact.word_titles, strict=False)
    return next((word for word, title in titled if told in (title.zh, title.en)), told)


def say_words(fact: Fact, words: Sequence[str]) -> Text:
    """A category's word or the tags of a set, as people read them; 无 for an empty set."""
    told = [fact.say_word(one) for one in words]
    return Text(
        zh="、".join(one.zh for one in told) or "无", en=", ".join(one.en for one in told) or "none"
    )


def gather(schema: FactSchema, rows: Sequence[Mapping[str, Given]]) -> Facts:
    """The facts of enterprises given one by one.

    rows: for each enterprise what is known, by field; a field left out or None is unknown.
    Raises ValueError if a field is not in the schema or a value cannot be.

    >>> staff = Fact("staff", FactKind.NUMBER, Text(zh="职工人数", en="staff"))
    >>> gather(FactSchema((staff,)), [{"staff": 12}, {}]).numbers["staff"].tolist()[0]
    12
    """
    for at, row in enumerate(rows):
        strange = sorted(name for name in row if schema.find(name) is None)
        if strange:
            raise ValueError(f"enterprise {at}: no fact '{strange[0]}'; there are {schema.names}.")
    numbers, sets = {}, {}
    for fact in schema.facts:
        given = [row.get(fact.name) for row in rows]
        if fact.kind in IN_COLUMNS:
            numbers[fact.name] = np.array([fact.encode(one) for one in given], np.int64)
        else:
            sets[fact.name] = [None if one is None else as_words(fact, one) for one in given]
    codes, tags, words = {}, {}, {}
    for name, column in sets.items():
        met = sorted({word for one in column if one is not None for word in one})
        words[name] = tuple(met)
        if schema[name].kind is FactKind.CATEGORY:
            place = {word: code for code, word in enumerate(met, start=1)}
            codes[name] = np.array(
                [0 if one is None else place[next(iter(one))] for one in column], np.uint16
            )
        else:
            has = [[one is not None and word in one for one in column] for word in met]
            has.append([one is not None for one in column])
            tags[name] = pack_bits(np.array(has, np.bool_).reshape(len(met) + 1, len(rows)))
    return Facts(schema, len(rows), numbers, codes, tags, words)


def pack_bits(lines: BoolArray) -> WordArray:
    """Bits of each line in whole words, those past the end 0.

    lines: bool (line, enterprise).
    Returns uint64 (line, word).
    """
    count = lines.shape[1]
    words = word_count(count)
    packed = np.zeros((lines.shape[0], words * 8), np.uint8)
    packed[:, : -(-count // 8)] = np.packbits(lines, axis=1, bitorder="little")
    return packed.view(np.uint64)


def word_count(count: int) -> int:
    """Words that hold a bit for each of so many enterprises."""
    return -(-count // WORD_BITS)
