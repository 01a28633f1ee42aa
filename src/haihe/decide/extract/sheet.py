"""Where a draft is laid down: the document, what is asked of a person, places as YAML."""

import json
from dataclasses import dataclass, field
from typing import Final

from haihe.decide.extract.blanks import without_blanks
from haihe.decide.extract.document import Document
from haihe.decide.extract.known import Known

TITLE_MAX: Final = 60  # Ours: letters of a title; the span has the rest.


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where a draft is laid down."""

    document: Document
    prefix: str
    facts: dict[str, Known] = field(default_factory=dict)

    def words(self, start: int, end: int) -> str:
        """A stretch of the text as a title."""
        return clean(without_blanks(self.document.text[start:end]))

    def question(self, start: int, *, end: int) -> str:
        """A yes/no fact for words that only a person can judge."""
        name = f"{self.prefix}-confirm-{start}"
        self.facts[name] = Known("yes_no", self.words(start, end)[:TITLE_MAX], "to be confirmed")
        return f"{{fact: {name}, is: yes}}"

    def source(self, start: int, end: int) -> str:
        """A place, as YAML."""
        return f"{{document: {quote(clean(self.document.name))}, span: [{start}, {end}]}}"


def clean(text: str) -> str:
    """One line without what YAML and terminals take amiss."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def quote(text: str) -> str:
    """Text as a YAML scalar that can only be text."""
    return json.dumps(text, ensure_ascii=False)
