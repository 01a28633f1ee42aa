"""Reasons as words: which conditions hold, fail or are open, by how much, and what it comes to."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from haihe.decide.scheme.amounts import NO_AMOUNT, portions
from haihe.decide.scheme.book import Book
from haihe.decide.scheme.circuit import (
    HIGHEST,
    LOWEST,
    TRUE,
    UNKNOWN,
    Gate,
    Interval,
    Negation,
    Over,
    Usable,
    Word,
)
from haihe.decide.scheme.clause import Condition, Span
from haihe.decide.scheme.facts import MISSING, Fact, FactKind, Facts, say_words
from haihe.decide.scheme.present import Answers, answer, signal_values
from haihe.decide.scheme.reasons import margin
from haihe.model.text import Text


class Verdict(StrEnum):
    """Whether an enterprise is eligible."""

    NOT = "not"
    UNKNOWN = "unknown"
    ELIGIBLE = "eligible"


VERDICTS: Final = (Verdict.NOT, Verdict.UNKNOWN, Verdict.ELIGIBLE)


@dataclass(frozen=True, slots=True)
class Told:
    """One condition, for one enterprise.

    name, title, source: of the condition; the amount's name is "amount".
    verdict: ELIGIBLE where it holds.
    missing: facts that are not known and leave it open.
    words: what was found against what is asked, and what is missing to it.
    short: how far it is, in the fact's whole units, fen or days; None if it is not one number.
    facts: those it looks at.
    """

    name: str
    title: Text
    source: Span | None
    verdict: Verdict
    missing: tuple[str, ...]
    words: Text
    short: int | None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one enterprise is or is not eligible for one scheme, and for how much.

    scheme: its name.
    in_force: whether any version is in force on the day.
    verdict: of all conditions together.
    conditions: in their order, then the amount where it is open.
    amount_fen: None where not eligible or nothing is computed.
    up_to_fen: 最高, where only that is said.
    discretionary: True for 一事一议.
    stages, purses: fen of each, in their order; empty where there are none.
    """

    scheme: str
    in_force: bool
    verdict: Verdict
    conditions: tuple[Told, ...]
    amount_fen: int | None
    up_to_fen: int | None
    discretionary: bool
    stages: tuple[int, ...]
    purses: tuple[int, ...]


AMOUNT_TITLE: Final = Text(zh="金额可以计算", en="the amount can be computed")


def explain(book: Book, alone: Facts, *, scheme: str, whole: Answers | None = None) -> Explanation:
    """The reasons of one pair.

    alone: facts of one enterprise, as ``Facts.one`` gives them.
    whole: what ``answer`` gave of them, where it was asked already; None to ask.
    Raises ValueError if there is no such scheme.
    """
    place = book.place(scheme)
    rule = book.rules[place]
    if rule is None:
        return not_in_force(scheme)
    values = signal_values(book, alone)
    whole = answer(book, alone) if whole is None else whole
    conditions: list[Told] = []
    titled = [
        *rule.version.conditions,
        *[None] * (len(rule.signals) > len(rule.version.conditions)),
    ]
    for condition, signal in zip(titled, rule.signals, strict=True):
        if condition is not None or values[signal] != TRUE:
            conditions.append(_told(book, alone, values=values, signal=signal, of=condition))
    benefit, amount = rule.version.benefit, int(whole.amounts[place])
    up_to = None
    if benefit.amount is None and benefit.up_to is not None:
        up_to = rule.made.most
    paid = amount != NO_AMOUNT
    return Explanation(
        scheme=scheme,
        in_force=True,
        verdict=VERDICTS[int(whole.verdicts[place])],
        conditions=tuple(conditions),
        amount_fen=amount if paid else None,
        up_to_fen=up_to,
        discretionary=benefit.discretionary,
        stages=_cut(amount, tuple(one.share for one in benefit.stages)) if paid else (),
        purses=_cut(amount, tuple(one.share for one in benefit.purses)) if paid else (),
    )


def not_in_force(scheme: str) -> Explanation:
    """What there is to say of a scheme of which no version holds on the day."""
    return Explanation(
        scheme=scheme,
        in_force=False,
        verdict=Verdict.NOT,
        conditions=(),
        amount_fen=None,
        up_to_fen=None,
        discretionary=False,
        stages=(),
        purses=(),
    )


def _cut(amount: int, shares: tuple[int, ...]) -> tuple[int, ...]:
    return portions(amount, shares) if shares else ()


def _told(
    book: Book, alone: Facts, *, values: list[int], signal: int, of: Condition | None
) -> Told:
    missing = tuple(dict.fromkeys(_open_facts(book, alone, values=values, signal=signal)))
    words, short = _words(book, alone, signal=signal, missing=missing)
    if values[signal] == TRUE:
        words, short = (words if not missing else HOLDS), 0 if short is not None else None
    return Told(
        name="amount" if of is None else of.name,
        title=AMOUNT_TITLE if of is None else of.title,
        source=None if of is None else of.source,
        verdict=VERDICTS[values[signal]],
        missing=missing if values[signal] == UNKNOWN else (),
        words=words,
        short=short,
        facts=tuple(dict.fromkeys(_facts_of(book, signal))),
    )


HOLDS: Final = Text(zh="符合", en="holds")


def _open_facts(book: Book, alone: Facts, *, values: list[int], signal: int) -> list[str]:
    """Facts whose absence leaves the signal open."""
    if values[signal] != UNKNOWN:
        return []
    match book.wiring.signals[signal]:
        case Interval(fact) | Word(fact) | Usable(fact):
            return [fact]
        case Over(upper, lower):
            absent = [name for name in (upper, lower) if alone.numbers[name][0] == MISSING]
            return absent or [lower]
        case Negation(of):
            return _open_facts(book, alone, values=values, signal=of)
        case Gate(_, inputs):
            return [
                name
                for one in inputs
                for name in _open_facts(book, alone, values=values, signal=one)
            ]


def _words(
    book: Book, alone: Facts, *, signal: int, missing: tuple[str, ...]
) -> tuple[Text, int | None]:
    if missing:
        return _absent(book, alone, missing=missing), None
    asked = book.wiring.signals[signal]
    if isinstance(asked, Interval) and alone.numbers[asked.fact][0] != MISSING:
        return _range_words(book.schema[asked.fact], asked, alone=alone)
    told = [_found(book.schema[name], alone) for name in dict.fromkeys(_facts_of(book, signal))]
    return Text(zh="，".join(one.zh for one in told), en=", ".join(one.en for one in told)), None


def _absent(book: Book, alone: Facts, *, missing: tuple[str, ...]) -> Text:
    words = []
    for name in missing:
        fact, column = book.schema[name], alone.numbers.get(name)
        if column is None or column[0] == MISSING:
            words.append(Text(zh=f"缺少“{fact.title.zh}”", en=f"{fact.title.en} is missing"))
        else:
            found = fact.say(int(column[0]))
            words.append(
                Text(
                    zh=f"“{fact.title.zh}”为{found.zh}，无法计算",
                    en=f"{fact.title.en} is {found.en}, which nothing can be computed from",
                )
            )
    return Text(zh="；".join(one.zh for one in words), en="; ".join(one.en for one in words))


def _range_words(fact: Fact, asked: Interval, *, alone: Facts) -> tuple[Text, int]:
    column = alone.numbers[fact.name]
    into = np.empty(1, np.int64)
    margin(asked, column, into=into)
    short, found = max(int(into[0]), 0), fact.say(int(column[0]))
    zh, en = f"{fact.title.zh}：{found.zh}", f"{fact.title.en}: {found.en}"
    if fact.kind is FactKind.YES_NO:
        return Text(zh=zh, en=en), short
    ends = _ends(fact, asked)
    zh += "，要求" + "、".join(one.zh for one in ends) if ends else ""
    en += ", asked " + " and ".join(one.en for one in ends) if ends else ""
    if short:
        days = Text(zh=f"{short}天", en=f"{short} days")
        gap = days if fact.kind is FactKind.DATE else fact.say(short)
        is_low = int(column[0]) < asked.low
        zh += f"，{'还差' if is_low else '超出'}{gap.zh}"
        en += f", {gap.en} {'short' if is_low else 'too much'}"
    return Text(zh=zh, en=en), short


def _ends(fact: Fact, asked: Interval) -> list[Text]:
    """What is asked of a number: its lower end, its upper end, or both."""
    low, high = fact.say(asked.low), fact.say(asked.high)
    if fact.kind is FactKind.DATE:
        lower = Text(zh=f"{low.zh}或以后", en=f"{low.en} or later")
        upper = Text(zh=f"{high.zh}或以前", en=f"{high.en} or earlier")
    else:
        lower = Text(zh=f"{low.zh}以上", en=f"at least {low.en}")
        upper = Text(zh=f"{high.zh}以下", en=f"at most {high.en}")
    return [lower] * (asked.low > LOWEST) + [upper] * (asked.high < HIGHEST)


def _facts_of(book: Book, signal: int) -> list[str]:
    match book.wiring.signals[signal]:
        case Interval(fact) | Word(fact) | Usable(fact):
            return [fact]
        case Over(upper, lower):
            return [upper, lower]
        case Negation(of):
            return _facts_of(book, of)
        case Gate(_, inputs):
            return [name for one in inputs for name in _facts_of(book, one)]


def _found(fact: Fact, alone: Facts) -> Text:
    """What is known of a fact, in words."""
    name = fact.name
    if name in alone.numbers:
        number = int(alone.numbers[name][0])
        found = None if number == MISSING else fact.say(number)
    elif name in alone.codes:
        code = int(alone.codes[name][0])
        found = fact.say_word(alone.words[name][code - 1]) if code else None
    else:
        bits = alone.tags[name][:, 0].tolist()
        held = [word for word, bit in zip(alone.words[name], bits, strict=False) if bit]
        found = say_words(fact, held) if bits[-1] else None
    if found is None:
        return Text(zh=f"缺少“{fact.title.zh}”", en=f"{fact.title.en} is missing")
    return Text(zh=f"{fact.title.zh}：{found.zh}", en=f"{fact.title.en}: {found.en}")
