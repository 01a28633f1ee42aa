"""The zen expression language read into nodes: standard expressions, and the tests of a cell."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from haihe.decide.feel.tokens import EXPRESSION_MAX
from haihe.decide.feel.values import DEPTH_MAX, Refused, number
from haihe.decide.zen.nodes import (
    Assigned,
    Binary,
    Call,
    Choice,
    Closure,
    Const,
    Entries,
    Ident,
    Interval,
    Listed,
    Member,
    Node,
    Pointer,
    Slice,
    Template,
    Unary,
)

CLOSURES: Final = frozenset({"all", "none", "some", "one", "filter", "map", "flatMap", "count"})
COMPARES: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in"})
# The language's own order; "^" alone binds to the right.
BINDS: Final = {
    "or": 10, "and": 15, **dict.fromkeys(COMPARES, 20), "+": 30, "-": 30, "*": 60, "/": 60,
    "%": 60, "^": 70, "??": 80,
}  # fmt: skip
NOT_BINDS, SIGN_BINDS = 50, 200  # Of "not", and of a sign before a number.
_TOKEN: Final = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<number>\d[\d_]*(?:\.(?!\.)[\d_]+)?(?:e[+-]?\d+)?)"
    r"|(?P<not_in>not\s+in\b)"
    r"|(?P<name>[A-Za-z_$][\w$]*|#)"
    r"|(?P<sign>\.\.|\?\?|==|!=|<=|>=|[-+*/%^<>=!()\[\]{},.:;?])"
)
_HOLE: Final = re.compile(r"\$\{")


@dataclass(frozen=True, slots=True)
class Token:
    """One piece: "text", "number", "name", "sign", "template" or "end", and where it begins."""

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
        if text[at] == "`":
            end = text.find("`", at + 1)
            end = len(text) if end < 0 else end
            found.append(Token("template", text[at + 1 : end], at))
            at = end + 1
            continue
        met = _TOKEN.match(text, at)
        if met is None:
            raise Refused(f"'{text[at]}' means nothing at character {at} of '{text[:80]}'.")
        kind = str(met.lastgroup)
        if kind == "not_in":
            found.append(Token("sign", "not in", at))
        elif met[0] == "!":
            found.append(Token("sign", "not", at))
        elif kind == "name" and met[0] in ("and", "or", "not", "in"):
            found.append(Token("sign", met[0], at))
        elif kind != "space":
            found.append(Token(kind, met[0][1:-1] if kind == "text" else met[0], at))
        at = met.end()
    return [*found, Token("end", "", len(text))]


def parse(text: str) -> Node:
    """A standard expression.

    Raises Refused if it is none.
    """
    return _whole(text, read=lambda reader: reader.assigned())


def parse_test(text: str) -> Node:
    """The test of a cell as an expression about ``$``: ``> 5``, ``'a', 'b'``, ``[1..3]``.

    Raises Refused if it is none.
    """
    return _whole(text, read=lambda reader: reader.tests())


def _whole(text: str, *, read: Callable[["_Reader"], Node]) -> Node:
    reader = _Reader(cut(text))
    found = read(reader)
    if reader.token.kind != "end":
        raise reader.wrong("the end")
    return found


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.unary = False  # Whether "and" and "or" join tests instead of operands.

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def wrong(self, wanted: str) -> Refused:
        met = self.token.text or "the end"
        return Refused(f"'{met}' stands at character {self.token.at}, where {wanted} belongs.")

    def met(self, *texts: str) -> str:
        token = self.token
        if token.kind == "sign" and token.text in texts:
            self.at += 1
            return token.text
        return ""

    def must(self, text: str) -> None:
        if not self.met(text):
            raise self.wrong(f"'{text}'")

    def looks(self, *texts: str) -> bool:
        return self.token.kind == "sign" and self.token.text in texts

    def assigned(self) -> Node:
        steps: list[tuple[str, Node]] = []
        while (path := self._target()) is not None:
            steps.append((path, self.expression()))
            if not self.met(";"):
                return Assigned(tuple(steps), None)
        if steps and self.token.kind == "end":
            return Assigned(tuple(steps), None)
        found = self.expression()
        self.met(";")
        return Assigned(tuple(steps), found) if steps else found

    def _target(self) -> str | None:
        start, parts = self.at, []
        while self.token.kind == "name":
            parts.append(self.token.text)
            self.at += 1
            if not self.met("."):
                break
        if parts and self.met("="):
            return ".".join(parts)
        self.at = start
        return None

    def tests(self) -> Node:
        self.unary = True
        found = self._test()
        while sign := self.met("and", "or", ","):
            found = Binary("and" if sign == "and" else "or", found, self._test())
        return found

    def _test(self) -> Node:
        sign = self.met(*COMPARES)
        if sign:
            return Binary(sign, Ident("$"), self.expression())
        found = self.expression()
        compared = _compared(found)
        return Call("bool", (found,)) if not compared else Binary(compared, Ident("$"), found)

    def expression(self, least: int = 0) -> Node:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Refused(f"brackets lie more than {DEPTH_MAX} deep; say it in fewer.")
        found = self._operand()
        while self.token.kind == "sign" and self.token.text in BINDS:
            sign = self.token.text
            if BINDS[sign] < least or (self.unary and sign in ("and", "or")):
                break
            self.at += 1
            found = Binary(sign, found, self.expression(BINDS[sign] + (sign != "^")))
        if not least and self.met("?"):
            then = self.expression()
            self.must(":")
            found = Choice(found, then, self.expression())
        self.depth -= 1
        return found

    def _operand(self) -> Node:
        if sign := self.met("not", "-", "+"):
            return Unary(sign, self.expression(NOT_BINDS if sign == "not" else SIGN_BINDS))
        found = self._first()
        for _ in range(DEPTH_MAX):
            if self.met("."):
                if self.token.kind not in ("name", "sign") or not re.match(
                    r"[A-Za-z_$]", self.token.text
                ):
                    raise self.wrong("a name")
                found = Member(found, Const(self.token.text))
                self.at += 1
                if self.looks("("):
                    raise self.wrong(
                        "no method; dates with methods, as d(...).add(...), are not read"
                    )
            elif self.met("["):
                found = self._within(found)
            else:
                return found
        raise Refused(f"more than {DEPTH_MAX} steps follow each other; split the expression.")

    def _within(self, source: Node) -> Node:
        first = None if self.looks(":") else self._inner(self.expression)
        if not self.met(":"):
            self.must("]")
            assert first is not None
            return Member(source, first)
        last = None if self.looks("]") else self._inner(self.expression)
        self.must("]")
        return Slice(source, first, last)

    def _inner(self, read: Callable[[], Node]) -> Node:
        """What stands in brackets of its own, where "and" joins operands again."""
        was, self.unary = self.unary, False
        found = read()
        self.unary = was
        return found

    def _bracketed(self) -> Node:
        """A group, a list or an interval."""
        opened = self.met("[", "(", "]")
        if not opened:
            raise self.wrong("a value")
        if opened == "[" and self.met("]"):
            return Listed(())
        first = self._inner(self.expression)
        if self.met(".."):
            high = self._inner(self.expression)
            closed = self.met("]", ")", "[")
            if not closed:
                raise self.wrong("']' or ')'")
            return Interval(first, high, low_included=opened == "[", high_included=closed == "]")
        if opened == "[":
            if self.met("]"):
                return Listed((first,))
            self.must(",")
            return Listed((first, *self._members("]")))
        self.must(")")
        return first

    def _first(self) -> Node:
        token = self.token
        self.at += 1
        match token.kind:
            case "number":
                return Const(number(token.text.replace("_", "")))
            case "text":
                return Const(token.text)
            case "template":
                return _template(token.text)
            case "name":
                return self._named(token.text)
        if token.text == "{":
            return self._entries()
        self.at -= 1
        return self._bracketed()

    def _members(self, end: str) -> list[Node]:
        found: list[Node] = []
        while not self.met(end):
            found.append(self._inner(self.expression))
            if not self.looks(end):
                self.must(",")
        return found

    def _named(self, name: str) -> Node:
        plain = {"true": True, "false": False, "null": None}
        if name in plain:
            return Const(plain[name])
        if name == "#":
            return Pointer()
        if not self.looks("("):
            return Ident(name)
        self.at += 1
        if name not in CLOSURES:
            return Call(name, tuple(self._members(")")))
        source = self._inner(self.expression)
        alias = ""
        if self.token == Token("name", "as", self.token.at):
            alias = self.tokens[self.at + 1].text
            self.at += 2
        self.must(",")
        body = self._inner(self.expression)
        self.must(")")
        return Closure(name, source, alias, body)

    def _entries(self) -> Node:
        members: list[tuple[Node, Node]] = []
        while not self.met("}"):
            if self.met("["):
                key = self._inner(self.expression)
                self.must("]")
            else:
                key = Const(self.token.text)
                self.at += 1
            self.must(":")
            members.append((key, self._inner(self.expression)))
            if not self.looks("}"):
                self.must(",")
        return Entries(tuple(members))


def _template(text: str) -> Node:
    parts: list[Node] = []
    at = 0
    while (met := _HOLE.search(text, at)) is not None:
        end = text.find("}", met.end())
        if end < 0:
            raise Refused(f"'{text[met.start() :][:40]}' is never closed; write '}}' behind it.")
        parts += [Const(text[at : met.start()]), parse(text[met.end() : end])]
        at = end + 1
    return Template((*parts, Const(text[at:])))


_LISTS: Final = frozenset(
    {
        "map",
        "filter",
        "flatMap",
        "flatten",
        "merge",
        "mergeDeep",
        "extract",
        "split",
        "keys",
        "values",
    }
)
_TRUTHS: Final = frozenset(
    {"contains", "startsWith", "endsWith", "matches", "isNumeric", "all", "some", "none", "one"}
)


def _compared(node: Node) -> str:
    """How a cell compares its value with ``$``: "==", "in", or "" if it is a truth of its own."""
    match node:
        case Listed() | Interval() | Slice():
            return "in"
        case Pointer():
            return ""
        case Unary(_, operand):
            return _compared(operand)
        case Binary(sign, left, right):
            if sign in COMPARES or sign in ("and", "or"):
                return ""
            return _agreed(left, right)
        case Choice(_, then, other):
            return _agreed(then, other)
        case Call(name) | Closure(name):
            return "in" if name in _LISTS else "" if name in _TRUTHS else "=="
    return "=="


def _agreed(one: Node, other: Node) -> str:
    first, second = _compared(one), _compared(other)
    return first if first == second else "=="
