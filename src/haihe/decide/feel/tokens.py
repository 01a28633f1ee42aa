"""FEEL text cut into tokens."""

import re
from dataclasses import dataclass
from typing import Final

from haihe.decide.feel.values import Refused

EXPRESSION_MAX: Final = 50_000  # Ours, characters of one expression.

# XML Schema and DMN 1.5, 10.3.1.2 rules 27 to 29: letters of any script, "?" and "_".
_TOKEN: Final = re.compile(
    r"(?P<space>(?:[\s\u0085\u180e\u200b\ufeff]|//[^\r\n]*|/\*.*?\*/)+)"
    r'|(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<number>(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*|\?|[\U00010000-\U000effff]+)"
    r"|(?P<sign>\.\.|\*\*|<=|>=|!=|->|[-+*/=<>()\[\]{},.:;@'!|&%$#^~`\\])",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_PLAIN: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of an expression.

    kind: "text", "number", "name", "sign" or "end".
    text: as written; of a text, what it says.
    at: its first character.
    """

    kind: str
    text: str
    at: int


def cut(text: str) -> list[Token]:
    """The tokens, the last one "end".

    Raises Refused at a character that means nothing, or if it is too long.
    """
    if len(text) > EXPRESSION_MAX:
        raise Refused(f"the expression has {len(text)} characters; at most {EXPRESSION_MAX}.")
    found, at = [], 0
    while at < len(text):
        met = _TOKEN.match(text, at)
        if met is None:
            raise Refused(f"'{text[at]}' means nothing at character {at} of '{text[:80]}'.")
        kind, at = str(met.lastgroup), met.end()
        if kind != "space":
            piece = met[0] if kind != "text" else _unescaped(met[0][1:-1])
            found.append(Token(kind, piece, met.start()))
    return [*found, Token("end", "", len(text))]


def _unescaped(text: str) -> str:
    def one(met: re.Match[str]) -> str:
        told = met[1]
        if told[0] in "uU" and len(told) > 1:
            point = int(told[1:], 16)
            return chr(point) if point <= 0x10FFFF else met[0]  # The last of Unicode.
        return _PLAIN.get(told, told if told in '"\\' else met[0])

    # Surrogate pairs of two \u escapes are one character.
    joined = _ESCAPE.sub(one, text)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
