"""Boxed expressions of DMN (literal, table, context, list, call, loop …) read into FEEL nodes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from haihe.decide.feel.nodes import (
    Call,
    Entries,
    Filter,
    Fitted,
    If,
    Iterator,
    Lambda,
    Listed,
    Literal,
    Loop,
    Native,
    Node,
    Path,
    TypeName,
)
from haihe.decide.feel.parse import parse, parse_tests, parse_type
from haihe.decide.feel.values import Refused
from haihe.decide.table.decision_table import AGGREGATIONS, Hit, Input, Output, Rule, Table
from haihe.decide.table.markup import Element

RESULT: Final = "\0result"  # Of a context whose last entry has no name; no FEEL can write it.
BOXED: Final = (
    "literalExpression", "decisionTable", "context", "relation", "list", "invocation",
    "functionDefinition", "conditional", "filter", "for", "some", "every",
)  # fmt: skip
CELLS_MAX: Final = 200_000  # Ours: of one table.
NULL: Final[Node] = Literal(None)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What could not be read; it is null where it is used.

    line: of the file, from 1.
    where: the decision.
    words: what was found and how to mend it.
    """

    line: int
    where: str
    words: str

    def __str__(self) -> str:
        """The mistake in one line."""
        return f"line {self.line}: {self.where}: {self.words}"


@dataclass(frozen=True, slots=True)
class Desk:
    """What reading knows and lays down.

    names: all that may be in scope.
    mistakes: found so far.
    tables: found so far.
    """

    names: tuple[str, ...]
    mistakes: list[Mistake] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def attempt(self, element: Element, where: str, *, read: Callable[[], T], instead: T) -> T:
        """What can be read; something instead, with the mistake noted, if it cannot."""
        try:
            return read()
        except Refused as error:
            self.mistakes.append(Mistake(element.line, where, str(error)))
            return instead

    def expression(self, element: Element | None, where: str) -> Node:
        """A FEEL text; null if there is none."""
        text = "" if element is None else (element.told("text") or element.text.strip())
        if element is None or not text:
            return Literal(None)
        return self.attempt(element, where, read=lambda: parse(text, self.names), instead=NULL)

    def kind(self, text: str) -> TypeName | None:
        """A type by its reference; None if nothing is said."""
        plain = text.rpartition(":")[2] if not text.startswith("{") else text.rpartition("}")[2]
        if not plain or plain == "Any":
            return None
        try:
            return parse_type(plain, self.names)
        except Refused:
            return TypeName(plain)


def read_boxed(element: Element | None, desk: Desk, *, where: str) -> Node | None:
    """The expression of a decision, an entry or a function; None if there is none."""
    if element is None:
        return None
    made = _READERS[element.name](element, desk, where=where)
    kind = desk.kind(element.attributes.get("typeRef", ""))
    return made if kind is None or element.name == "functionDefinition" else Fitted(made, kind)


def inner(element: Element | None, desk: Desk, *, where: str) -> Node:
    """The boxed expression within an element; null if there is none."""
    found = None if element is None else element.first(*BOXED)
    return read_boxed(found, desk, where=where) or Literal(None)


def _literal(element: Element, desk: Desk, *, where: str) -> Node:
    language = element.attributes.get("expressionLanguage", "")
    if language and "FEEL" not in language.upper():
        desk.mistakes.append(Mistake(element.line, where, f"'{language}' is not FEEL; rewrite it."))
        return Literal(None)
    return desk.expression(element, where)


def _context(element: Element, desk: Desk, *, where: str) -> Node:
    members: list[tuple[str, Node]] = []
    for entry in element.all("contextEntry"):
        variable = entry.first("variable")
        name = RESULT if variable is None else variable.attributes.get("name", "")
        made = inner(entry, desk, where=f"{where}, entry {name}")
        kind = None if variable is None else desk.kind(variable.attributes.get("typeRef", ""))
        members.append((name, made if kind is None else Fitted(made, kind)))
    whole = Entries(tuple(members))
    return Path(whole, RESULT) if members and members[-1][0] == RESULT else whole


def _relation(element: Element, desk: Desk, *, where: str) -> Node:
    columns = [one.attributes.get("name", "") for one in element.all("column")]
    rows: list[Node] = []
    for row in element.all("row"):
        cells = [one for one in row.children if one.name in BOXED]
        made = [read_boxed(one, desk, where=where) or Literal(None) for one in cells]
        rows.append(Entries(tuple(zip(columns, made, strict=False))))
    return Listed(tuple(rows))


def _list(element: Element, desk: Desk, *, where: str) -> Node:
    members = [one for one in element.children if one.name in BOXED]
    return Listed(tuple(read_boxed(one, desk, where=where) or Literal(None) for one in members))


def _invocation(element: Element, desk: Desk, *, where: str) -> Node:
    called = [one for one in element.children if one.name in BOXED]
    names, given = [], []
    for binding in element.all("binding"):
        parameter = binding.first("parameter")
        names.append("" if parameter is None else parameter.attributes.get("name", ""))
        given.append(inner(binding, desk, where=where))
    function = read_boxed(called[0], desk, where=where) if called else None
    return Call(function or Literal(None), tuple(given), tuple(names))


def read_function(element: Element, desk: Desk, *, where: str) -> Node:
    """A function definition; null if it is one of Java or PMML."""
    if element.attributes.get("kind", "FEEL") != "FEEL":
        words = (
            f"a function of kind {element.attributes['kind']} is never called; write it in FEEL."
        )
        desk.mistakes.append(Mistake(element.line, where, words))
        return Literal(None)
    parameters = list(element.all("formalParameter"))
    names = tuple(one.attributes.get("name", "") for one in parameters)
    kinds = tuple(desk.kind(one.attributes.get("typeRef", "")) for one in parameters)
    return Lambda(names, inner(element, desk, where=where), kinds)


def _conditional(element: Element, desk: Desk, *, where: str) -> Node:
    parts = [inner(element.first(name), desk, where=where) for name in ("if", "then", "else")]
    return If(parts[0], parts[1], parts[2])


def _filter(element: Element, desk: Desk, *, where: str) -> Node:
    source = inner(element.first("in"), desk, where=where)
    return Filter(source, inner(element.first("match"), desk, where=where))


def _loop(element: Element, desk: Desk, *, where: str) -> Node:
    name = element.attributes.get("iteratorVariable", "")
    body = inner(element.first("return", "satisfies"), desk, where=where)
    source = inner(element.first("in"), desk, where=where)
    return Loop(element.name, (Iterator(name, source),), body)


def _table(element: Element, desk: Desk, *, where: str) -> Node:
    policy = element.attributes.get("hitPolicy", "UNIQUE")
    aggregation = element.attributes.get("aggregation", "")
    if policy not in set(Hit) or aggregation not in AGGREGATIONS:
        words = f"'{policy} {aggregation}' is no hit policy; there are {', '.join(Hit)}."
        desk.mistakes.append(Mistake(element.line, where, words))
        return Literal(None)
    rules = list(element.all("rule"))
    inputs = tuple(_input(one, desk, where=where) for one in element.all("input"))
    columns = list(element.all("output"))
    if len(rules) * (len(inputs) + len(columns)) > CELLS_MAX:
        words = f"a table of {len(rules)} rules; split it at {CELLS_MAX} cells."
        desk.mistakes.append(Mistake(element.line, where, words))
        return Literal(None)
    table = Table(
        where,
        Hit(policy),
        aggregation,
        inputs,
        tuple(_output(one, desk, where=where) for one in columns),
        tuple(
            _rule(one, desk, where=f"{where}, rule {at}", columns=columns)
            for at, one in enumerate(rules, 1)
        ),
    )
    ragged = [
        at for at, rule in enumerate(table.rules, 1)
        if len(rule.tests) != len(inputs) or len(rule.outputs) != len(columns)
    ]  # fmt: skip
    if ragged or not columns:
        words = f"rule {ragged[0] if ragged else 0} does not fit the columns; fill its cells in."
        desk.mistakes.append(Mistake(element.line, where, words))
        return Literal(None)
    desk.tables.append(table)
    return Native(table.decide)


def _input(element: Element, desk: Desk, *, where: str) -> Input:
    asked = element.first("inputExpression")
    text = "" if asked is None else asked.told("text")
    made = desk.expression(asked, where)
    kind = None if asked is None else desk.kind(asked.attributes.get("typeRef", ""))
    if kind is not None:
        made = Fitted(made, kind)
    values = element.first("inputValues")
    allowed = (
        None if values is None or not values.told("text") else _tests(values, desk, where=where)
    )
    return Input(text, made, allowed)


def _tests(element: Element, desk: Desk, *, where: str) -> Node:
    text = element.told("text") or "-"
    return desk.attempt(element, where, read=lambda: parse_tests(text, desk.names), instead=NULL)


def _output(element: Element, desk: Desk, *, where: str) -> Output:
    values, default = element.first("outputValues"), element.first("defaultOutputEntry")
    order: tuple[Node, ...] = ()
    if values is not None and values.told("text"):
        text = f"[{values.told('text')}]"
        read = desk.attempt(values, where, read=lambda: parse(text, desk.names), instead=NULL)
        order = read.members if isinstance(read, Listed) else ()
    otherwise = None if default is None else desk.expression(default, where)
    return Output(element.attributes.get("name", ""), order, otherwise)


def _rule(element: Element, desk: Desk, *, where: str, columns: Iterable[Element]) -> Rule:
    asked = list(element.all("inputEntry"))
    given = list(element.all("outputEntry"))
    outputs = []
    for cell, column in zip(given, columns, strict=False):
        made, kind = desk.expression(cell, where), desk.kind(column.attributes.get("typeRef", ""))
        outputs.append(made if kind is None else Fitted(made, kind))
    return Rule(
        tuple(_tests(one, desk, where=where) for one in asked),
        tuple(outputs) if len(outputs) == len(given) else (),
        tuple(one.told("text") for one in (*asked, *given)),
        element.attributes.get("id", ""),
        element.line,
    )


_READERS: Final[dict[str, Callable[..., Node]]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "relation": _relation,
    "list": _list,
    "invocation": _invocation,
    "functionDefinition": read_function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _loop,
    "some": _loop,
    "every": _loop,
}
