"""Tokens of FEEL read one by one: signs, names of several words, names of types."""

from collections.abc import Iterable
from typing import Final

from haihe.decide.feel.nodes import TypeName
from haihe.decide.feel.tokens import Token, cut
from haihe.decide.feel.values import DEPTH_MAX, Refused

KEYWORDS: Final = frozenset(
    {
        "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or",
        "between", "function", "external", "true", "false", "null",
    }
)  # fmt: skip
LONG_NAMES: Final = (
    "date and time", "years and months duration", "days and time duration", "day of year",
    "day of week", "month of year", "week of year", "list contains", "string length",
    "string join", "upper case", "lower case", "substring before", "substring after",
    "starts with", "ends with", "insert before", "index of", "distinct values", "list replace",
    "round up", "round down", "round half up", "round half down", "get value", "get entries",
    "context put", "context merge", "met by", "overlaps before", "overlaps after", "finished by",
    "started by", "time offset",
)  # fmt: skip


class Reader:
    """Tokens and how far they are read."""

    def __init__(self, tokens: list[Token], names: Iterable[str]) -> None:
        """Begin at the first token.

        Raises Refused if a name cannot be one.
        """
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.ranges = 0
        self.tries = 0
        self.names: dict[str, list[tuple[str, ...]]] = {}
        for name in (*LONG_NAMES, *names):
            self.learn(name)

    def learn(self, name: str) -> None:
        """Know a name whose tokens may be several."""
        try:
            told = tuple(token.text for token in cut(name)[:-1])
        except Refused:
            return
        if len(told) > 1 and told not in (known := self.names.setdefault(told[0], [])):
            known.append(told)
            known.sort(key=len, reverse=True)

    @property
    def token(self) -> Token:
        """The next one."""
        return self.tokens[self.at]

    def wrong(self, wanted: str) -> Refused:
        """An error at the next token."""
        met = self.token.text or "the end"
        return Refused(f"'{met}' stands at character {self.token.at}, where {wanted} belongs.")

    def met(self, *texts: str) -> str:
        """Go past one of some signs or keywords if it comes next; "" if none does."""
        token = self.token
        if token.kind in ("sign", "name") and token.text in texts:
            self.at += 1
            return token.text
        return ""

    def must(self, text: str) -> None:
        """Go past it.

        Raises Refused if it does not come next.
        """
        if not self.met(text):
            raise self.wrong(f"'{text}'")

    def end(self) -> None:
        """Refuse what is left.

        Raises Refused if anything is.
        """
        if self.token.kind != "end":
            raise self.wrong("the end")

    def looks(self, *texts: str) -> bool:
        """Whether these come next, one after the other."""
        near = self.tokens[self.at : self.at + len(texts)]
        return tuple(token.text for token in near) == texts and near[0].kind != "text"

    def until(self, *ends: str) -> str:
        """A new name, up to one of some signs; from then on it is known.

        Raises Refused if there is none.
        """
        parts: list[str] = []
        while self.token.kind != "end" and not (
            self.token.kind in ("sign", "name") and self.token.text in ends
        ):
            parts.append(self.token.text)
            self.at += 1
        if not parts or not (
            parts[0][0].isalpha() or parts[0][0] in "_?" or ord(parts[0][0]) > 127
        ):
            raise self.wrong("a name")
        name = self._written(self.at - len(parts), self.at)
        self.learn(name)
        return name

    def _written(self, start: int, end: int) -> str:
        """Tokens as a name: one blank where there was any."""
        text = ""
        for at in range(start, end):
            token = self.tokens[at]
            gap = at > start and self.tokens[at - 1].at + len(self.tokens[at - 1].text) < token.at
            text += (" " if gap else "") + token.text
        return text

    def _name(self) -> str:
        """A name, the longest that is known, or all words that follow each other.

        Raises Refused if there is none.
        """
        if self.token.kind != "name":
            raise self.wrong("a name")
        start, end = self.at, self.at + 1
        while (
            self.tokens[end].kind == "name"
            and self.tokens[end].text not in KEYWORDS
            and (self.tokens[end].text, self.tokens[end + 1].text) != ("instance", "of")
        ):
            end += 1
        for known in self.names.get(self.token.text, ()):
            near = self.tokens[start : start + len(known)]
            fits = tuple(token.text for token in near) == known
            if fits and all(token.kind != "text" for token in near):
                end = max(end, start + len(known))
                break
        self.at = end
        return " ".join(self._written(start, end).split())

    def kind(self) -> TypeName:
        """A type.

        Raises Refused if it is none.
        """
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Refused(f"types lie more than {DEPTH_MAX} deep; say it in fewer.")
        found = self._kind()
        self.depth -= 1
        return found

    def _kind(self) -> TypeName:
        if self.met("function"):
            taken, result = self._signature()
            return TypeName("function", taken, result=result)
        name = self._name()
        while self.met("."):
            name += "." + self._name()
        if not self.looks("<"):
            return TypeName(name)
        self.at += 1
        if name == "context":
            return TypeName(name, fields=self._fields())
        inner = self.kind()
        self.must(">")
        return TypeName(name, (inner,))

    def _fields(self) -> tuple[tuple[str, TypeName], ...]:
        fields = []
        while not self.met(">"):
            name = self.until(":")
            self.must(":")
            fields.append((name, self.kind()))
            if not self.looks(">"):
                self.must(",")
        return tuple(fields)

    def _signature(self) -> tuple[tuple[TypeName, ...], TypeName | None]:
        if not self.met("<"):
            return (), None
        taken = []
        while not self.met(">"):
            taken.append(self.kind())
            if not self.looks(">"):
                self.must(",")
        return tuple(taken), self.kind() if self.met("->") else None
