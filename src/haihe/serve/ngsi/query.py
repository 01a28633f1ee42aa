"""The NGSI-LD query language ``q``: read into a tree, with the position of what cannot be read.

Source: ETSI GS CIM 009, 4.9.
"""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from haihe.serve.ngsi.refusal import Kind, Refusal, bad_data

LENGTH_MAX: Final = 8_000  # Ours: characters; a URL is not longer.
DEPTH_MAX: Final = 32  # Ours: parentheses in one another.
TERMS_MAX: Final = 200  # Ours: comparisons in one query.

_OPERATOR: Final = re.compile(r"!~=|~=|==|!=|<=|>=|<|>")
_PATH: Final = re.compile(r"[^\s()\[\];|<>=!~,\"&{}]+")
_BARE: Final = re.compile(r"[^();|,\"]+")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_PATTERN_END: Final = frozenset(";|")


@dataclass(frozen=True, slots=True)
class Text:
    """A value in quotation marks: text whatever it looks like."""

    text: str


Value: TypeAlias = float | bool | str | Text  # A bare str is a date, a URI or a word.


@dataclass(frozen=True, slots=True)
class Range:
    """From the least to the greatest, both included."""

    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class Path:
    """Which value: an attribute, then sub-attributes; then members inside the value."""

    names: tuple[str, ...]
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison; without an operator it asks whether the path is there.

    values: any of them will do (for == and ~=), or none may (for != and !~=).
    """

    path: Path
    operator: str = ""
    values: tuple[Value | Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Both:
    """Every one of them holds."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of them holds."""

    parts: tuple["Tree", ...]


Tree: TypeAlias = Test | Both | Either


def parse_q(text: str) -> Tree:
    """The tree of a query.

    Raises Refusal with the position of what cannot be read.

    >>> parse_q('speed>50;brand=="Fiat"').parts[0].operator
    '>'
    """
    if len(text) > LENGTH_MAX:
        raise bad_data(f"q has {len(text)} characters; at most {LENGTH_MAX} are taken.")
    reader = _Reader(text)
    tree = reader.either(0)
    if reader.at < len(text):
        raise reader.expected("';', '|' or the end")
    return tree


class _Reader:
    """A query, and how far it is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.tests = 0

    def expected(self, what: str) -> Refusal:
        """What to say of the present position."""
        found = repr(self.text[self.at : self.at + 20]) if self.at < len(self.text) else "the end"
        return bad_data(f"q cannot be read at position {self.at}: expected {what}, found {found}.")

    def either(self, depth: int) -> Tree:
        """Parts joined by ``|``, which binds less than ``;``."""
        parts = [self._both(depth)]
        while self._take("|"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, depth: int) -> Tree:
        parts = [self._one(depth)]
        while self._take(";"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self, depth: int) -> Tree:
        if depth > DEPTH_MAX:
            raise Refusal(Kind.TOO_COMPLEX, f"q nests more than {DEPTH_MAX} parentheses.")
        if self._take("("):
            tree = self.either(depth + 1)
            if not self._take(")"):
                raise self.expected("')'")
            return tree
        return self._test()

    def _test(self) -> Test:
        self.tests += 1
        if self.tests > TERMS_MAX:
            raise Refusal(Kind.TOO_COMPLEX, f"q has more than {TERMS_MAX} comparisons.")
        path = self._path()
        operator = self._match(_OPERATOR)
        if not operator:
            return Test(path)
        if operator in ("~=", "!~="):
            return Test(path, operator, (self._pattern(),))
        values = [self._value_or_range(operator)]
        while operator in ("==", "!=") and self._take(","):
            values.append(self._value_or_range(operator))
        return Test(path, operator, tuple(values))

    def _path(self) -> Path:
        start = self.at
        found = self._match(_PATH)
        if not found:
            raise self.expected("the name of an attribute")
        names = (found,) if ":" in found else tuple(found.split("."))
        if not all(names):
            self.at = start
            raise self.expected("names with single dots between them")
        inside: tuple[str, ...] = ()
        if self._take("["):
            end = self.text.find("]", self.at)
            if end <= self.at:
                raise self.expected("a path and ']'")
            inside = tuple(self.text[self.at : end].split("."))
            self.at = end + 1
        return Path(names, inside)

    def _value_or_range(self, operator: str) -> Value | Range:
        """A value; or a range, which only == and != know."""
        start = self.at
        low = self._value()
        if isinstance(low, Range) or self.text.startswith("..", self.at):
            if operator not in ("==", "!="):
                self.at = start
                raise self.expected(f"a single value after {operator}")
            if isinstance(low, Range):
                return low
            self.at += 2
            high = self._value()
            if isinstance(high, Range):
                raise self.expected("one '..'")
            return Range(low, high)
        return low

    def _value(self) -> Value | Range:
        if self._take('"'):
            return self._quoted()
        found = self._match(_BARE).strip()
        if not found:
            raise self.expected("a value")
        low, dots, high = found.partition("..")
        if not dots:
            return _bare(found)
        if not low:
            raise self.expected("a value before '..'")
        if high:
            return Range(_bare(low), _bare(high))
        upper = self._value()
        if isinstance(upper, Range):
            raise self.expected("one '..'")
        return Range(_bare(low), upper)

    def _quoted(self) -> Text:
        """A text up to its closing mark; a backslash keeps the character after it."""
        found: list[str] = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            self.at += 1
            if sign == '"':
                return Text("".join(found))
            if sign == "\\" and self.at < len(self.text):
                sign = self.text[self.at]
                self.at += 1
            found.append(sign)
        raise self.expected("a closing quotation mark")

    def _pattern(self) -> Text:
        """A regular expression: in quotation marks, or up to what ends the comparison."""
        if self._take('"'):
            return self._quoted()
        start, open_ = self.at, 0
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == "\\":
                self.at += 1
            elif sign == "(":
                open_ += 1
            elif sign == ")" and open_:
                open_ -= 1
            elif sign == ")" or (sign in _PATTERN_END and not open_):
                break
            self.at += 1
        self.at = min(self.at, len(self.text))
        if self.at == start:
            raise self.expected("a regular expression")
        return Text(self.text[start : self.at])

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def _take(self, sign: str) -> bool:
        if self.text.startswith(sign, self.at):
            self.at += len(sign)
            return True
        return False


def _bare(text: str) -> Value:
    """A value without quotation marks."""
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    return float(text) if _NUMBER.fullmatch(text) else text
