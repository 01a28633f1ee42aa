"""FEEL text read into nodes: recursive descent, names with blanks found by the longest match."""

from collections.abc import Callable, Iterable
from typing import Final

from haihe.decide.feel.nodes import (
    Among,
    Between,
    Binary,
    Call,
    Entries,
    Filter,
    If,
    Instance,
    Iterator,
    Lambda,
    Listed,
    Literal,
    Loop,
    Name,
    Negative,
    Node,
    Path,
    Test,
    Tests,
    TypeName,
)
from haihe.decide.feel.reader import KEYWORDS, Reader
from haihe.decide.feel.tokens import cut
from haihe.decide.feel.values import DEPTH_MAX, Refused, number

TRIES_MAX: Final = 20  # Ours: times a token is read again where a bracket has two meanings.
SIGNS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})


def parse(text: str, names: Iterable[str] = ()) -> Node:
    """An expression.

    names: all that may be in scope; those with blanks or signs in them must be here.
    Raises Refused if it is no FEEL.
    """
    return _whole(text, names, read=lambda reader: reader.expression())


def parse_tests(text: str, names: Iterable[str] = ()) -> Node:
    """The unary tests of a table's cell: ``-``, ``< 5``, ``[1..3], 7``, ``not("a")``.

    Raises Refused if it is no FEEL.
    """
    return _whole(text, names, read=lambda reader: reader.tests())


def parse_type(text: str, names: Iterable[str] = ()) -> TypeName:
    """The name of a type, such as ``list<number>``.

    Raises Refused if it is none.
    """
    reader = Parser(cut(text), names)
    found = reader.kind()
    reader.end()
    return found


def _whole(text: str, names: Iterable[str], *, read: Callable[["Parser"], Node]) -> Node:
    reader = Parser(cut(text), names)
    found = read(reader)
    reader.end()
    return found


class Parser(Reader):
    """Expressions, over tokens and how far they are read."""

    def expression(self) -> Node:
        """Anything that has a value.

        Raises Refused if it is no FEEL, or too deep.
        """
        self.depth += 1
        self.tries += 1
        if self.tries > TRIES_MAX * len(self.tokens):
            raise Refused("brackets can be read in too many ways; write fewer of them.")
        if self.depth > DEPTH_MAX:
            raise Refused(f"brackets lie more than {DEPTH_MAX} deep; say it in fewer.")
        found = self._spoken() if self.token.kind == "name" else None
        found = found or self._either()
        self.depth -= 1
        return found

    def _spoken(self) -> Node | None:
        if self.looks("if"):
            self.at += 1
            condition = self.expression()
            self.must("then")
            then = self.expression()
            self.must("else")
            return If(condition, then, self.expression())
        if self.looks("for"):
            self.at += 1
            return self._loop("for", end="return")
        if self.token.text in ("some", "every") and self.tokens[self.at + 1].kind == "name":
            return self._loop(self.met("some", "every"), end="satisfies")
        if self.looks("function", "("):
            self.at += 1
            return self._lambda()
        return None

    def _loop(self, kind: str, *, end: str) -> Node:
        iterators = []
        while True:
            name = self.until("in")
            self.must("in")
            low = self._either()
            high = self._either() if self.met("..") else None
            iterators.append(Iterator(name, low, high))
            if not self.met(","):
                break
        self.must(end)
        return Loop(kind, tuple(iterators), self.expression())

    def _lambda(self) -> Node:
        self.must("(")
        names: list[str] = []
        kinds: list[TypeName | None] = []
        while not self.met(")"):
            names.append(self.until(",", ")", ":"))
            kinds.append(self.kind() if self.met(":") else None)
            if not self.looks(")"):
                self.must(",")
        if self.met("external"):
            self.expression()
            return Literal(None)  # A function in Java or a PMML model is never called.
        return Lambda(tuple(names), self.expression(), tuple(kinds))

    def _either(self) -> Node:
        found = self._both()
        while self.met("or"):
            found = Binary("or", found, self._both())
        return found

    def _both(self) -> Node:
        found = self._compared()
        while self.met("and"):
            found = Binary("and", found, self._compared())
        return found

    def _compared(self) -> Node:
        found = self._sum()
        while True:
            if self.token.kind == "sign" and self.token.text in SIGNS:
                sign = self.met(*SIGNS)
                found = Binary(sign, found, self._sum())
            elif self.met("between"):
                low = self._sum()
                self.must("and")
                span = Between(low, self._sum(), low_included=True, high_included=True)
                found = Among(found, (span,))
            elif self.met("in"):
                found = Among(found, self._among())
            elif self.looks("instance", "of"):
                self.at += 2
                found = Instance(found, self.kind())
            else:
                return found

    def _among(self) -> tuple[Node, ...]:
        if self.looks("("):
            start = self.at
            self.at += 1
            try:
                tests = self._listed_tests()
                self.must(")")
            except Refused:
                tests = ()
            if tests and not self.looks("..") and not self._goes_on():
                return tests
            self.at = start
        return (self._test(),)

    def _goes_on(self) -> bool:
        return self.token.text in ("+", "-", "*", "/", "**", ".", "[") and self.token.kind == "sign"

    def tests(self) -> Node:
        """Unary tests.

        Raises Refused if they are none.
        """
        if self.looks("-") and self.tokens[self.at + 1].kind == "end":
            self.at += 1
            return Tests(())
        start = self.at
        if self.looks("not", "("):
            self.at += 2
            try:
                tests = self._listed_tests()
                self.must(")")
            except Refused:
                tests = ()
            if tests and self.token.kind == "end":
                return Tests(tests, negated=True)
            self.at = start
        return Tests(self._listed_tests())

    def _listed_tests(self) -> tuple[Node, ...]:
        found = [self._test()]
        while self.met(","):
            found.append(self._test())
        return tuple(found)

    def _test(self) -> Node:
        if self.token.kind == "sign" and self.token.text in SIGNS:
            sign = self.met(*SIGNS)
            return Test(sign, self._sum())
        return self.expression()

    def _sum(self) -> Node:
        found = self._product()
        while sign := self.met("+", "-"):
            found = Binary(sign, found, self._product())
        return found

    def _product(self) -> Node:
        found = self._power()
        while sign := self.met("*", "/"):
            found = Binary(sign, found, self._power())
        return found

    def _power(self) -> Node:
        found = self._signed()
        while self.met("**"):
            found = Binary("**", found, self._signed())
        return found

    def _signed(self) -> Node:
        if not self.met("-"):
            return self._tail(self._first())
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise Refused(f"signs lie more than {DEPTH_MAX} deep; say it in fewer.")
        inner = self._signed()
        self.depth -= 1
        return Negative(inner)

    def _tail(self, found: Node) -> Node:
        steps = 0
        while steps < DEPTH_MAX:
            steps += 1
            if self.looks("."):
                self.at += 1
                found = Path(found, self._name())
            elif self.looks("["):
                condition = self._condition()
                if condition is None:
                    return found
                found = Filter(found, condition)
            elif self.looks("("):
                found = self._call(found)
            else:
                return found
        raise Refused(f"more than {DEPTH_MAX} steps follow each other; split the expression.")

    def _condition(self) -> Node | None:
        """What stands in a filter; None if the bracket ends a range, as in ``[1..5[``."""
        start, depth = self.at, self.depth
        self.at += 1
        try:
            condition = self.expression()
            self.must("]")
        except Refused:
            if not self.ranges:
                raise
            self.at, self.depth = start, depth
            return None
        return condition

    def _call(self, function: Node) -> Node:
        self.must("(")
        given: list[Node] = []
        names: list[str] = []
        while not self.met(")"):
            if (name := self._label()) is not None:
                names.append(name)
            given.append(self._argument())
            if not self.looks(")"):
                self.must(",")
        if names and len(names) != len(given):
            raise self.wrong("a name before every argument, or before none")
        return Call(function, tuple(given), tuple(names))

    def _argument(self) -> Node:
        """An argument; ``range`` and ``in`` may be given a test such as ``> 5``."""
        return self._test()

    def _label(self) -> str | None:
        """The name before a colon, if an argument has one."""
        end = self.at
        while self.tokens[end].kind == "name" or self.tokens[end].text == "'":
            end += 1
        if end == self.at or self.tokens[end].text != ":" or self.tokens[end].kind != "sign":
            return None
        name = self._written(self.at, end)
        self.at = end + 1
        return name

    def _first(self) -> Node:
        token = self.token
        if token.kind == "number":
            self.at += 1
            return Literal(number(token.text))
        if token.kind == "text":
            self.at += 1
            return Literal(token.text)
        if token.kind == "name":
            if self.met("null"):
                return Literal(None)
            if told := self.met("true", "false"):
                return Literal(told == "true")
            if token.text in KEYWORDS:
                return self._spoken() or self._refuse()
            return Name(self._name())
        return self._bracketed()

    def _refuse(self) -> Node:
        raise self.wrong("a value")

    def _bracketed(self) -> Node:
        if self.met("@"):
            return self._at()
        if self.met("{"):
            return self._entries()
        opened = self.met("(", "[", "]")
        if not opened:
            raise self.wrong("a value")
        if opened == "[" and self.met("]"):
            return Listed(())
        first = self._test()
        if self.met(".."):
            return self._range(first, opened=opened)
        if opened == "(":
            self.must(")")
            return first
        if opened == "]":
            raise self.wrong("'..'")
        members = [first]
        while self.met(","):
            members.append(self._test())
        self.must("]")
        return Listed(tuple(members))

    def _range(self, low: Node, *, opened: str) -> Node:
        self.ranges += 1
        high = self._sum()
        self.ranges -= 1
        closed = self.met(")", "]", "[")
        if not closed:
            raise self.wrong("')' or ']'")
        return Between(low, high, opened == "[", closed == "]")

    def _at(self) -> Node:
        if self.token.kind != "text":
            raise self.wrong("a text")
        self.at += 1
        return Call(Name("@"), (Literal(self.tokens[self.at - 1].text),))

    def _entries(self) -> Node:
        members: list[tuple[str, Node]] = []
        while not self.met("}"):
            if self.token.kind == "text":
                name = self.token.text
                self.at += 1
            else:
                name = self.until(":")
            self.must(":")
            members.append((name, self.expression()))
            if not self.looks("}"):
                self.must(",")
        return Entries(tuple(members))
