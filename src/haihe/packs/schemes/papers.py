"""The policies that the demonstration's books cite: their own clauses' words, by article."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from haihe.decide.scheme.clause import Scheme
from haihe.decide.scheme.reading import Library, read_library
from haihe.decide.scheme.words import Speech, values_on
from haihe.packs.schemes.books import BOOKS, CATALOGUE

NUMBERS: Final = {
    "compute": "示范区数〔2026〕3号（演示）",
    "innovation": "示范区科〔2026〕1号（演示）",
}
SCHEME: Final = re.compile(r"^  - id: (?P<name>[\w-]+)$")
CONDITION: Final = re.compile(r"^ {10}- \{id: [\w-]+, zh: (?P<words>[^,]+),")


@dataclass(frozen=True, slots=True)
class Paper:
    """A book as the demonstration sends it.

    text: YAML whose conditions say where they stand. documents: name to the policy's own text.
    """

    text: str
    documents: dict[str, str]


def paper_of(book: str) -> Paper:
    """A book of the demonstration with its policy; without one where the book has no schemes.

    book: its name in ``BOOKS``.
    """
    text, number = BOOKS[book], NUMBERS.get(book)
    if number is None:
        return Paper(text, {})
    library = read_library({"catalogue": CATALOGUE, book: text})
    articles = {
        one.name: _article(at, one, library=library) for at, one in enumerate(library.schemes, 1)
    }
    measure = "\n".join((number, *articles.values()))
    return Paper("\n".join(_cited(text, number=number, measure=measure, articles=articles)),
                 {number: measure})  # fmt: skip


def _article(at: int, scheme: Scheme, *, library: Library) -> str:
    """One scheme as an article of the policy."""
    version = scheme.versions[-1]
    asked = "；".join(one.title.zh for one in version.conditions)
    given = (
        Speech(library.schema, values_on(version, version.valid_from)).benefit(version.benefit).zh
    )
    return f"第{at}条 {scheme.title.zh}。申请企业应当同时符合：{asked}。支持标准：{given}。"


def _cited(text: str, *, number: str, measure: str, articles: dict[str, str]) -> Iterator[str]:
    """The lines of a book, each condition with its place in the policy."""
    begins = 0
    for line in text.split("\n"):
        scheme, condition = SCHEME.match(line), CONDITION.match(line)
        if scheme is not None:
            begins = measure.index(articles[scheme["name"]])
        if condition is None:
            yield line
            continue
        start = measure.index(condition["words"], begins)
        end = start + len(condition["words"])
        at = condition.end()
        yield f"{line[:at]} source: {{document: {number}, span: [{start}, {end}]}},{line[at:]}"
