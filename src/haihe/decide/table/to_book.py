"""Decision tables as a book of clauses, one scheme a rule, one condition a cell, where words allow.

What has no words in clauses stays a table and is run as it is. Imported schemes are drafts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

import yaml

from haihe.decide.feel import nodes as feel
from haihe.decide.feel.values import Value, plain
from haihe.decide.scheme.quantity import AMOUNT_MAX, DECIMALS_MAX, FEN_PER_YUAN
from haihe.decide.table.cells import (
    Amount,
    Cell,
    Ends,
    Other,
    Some,
    Words,
    Yes,
    feel_amount,
    of_feel,
    of_zen,
    zen_amount,
)
from haihe.decide.table.decision_table import Hit, Table
from haihe.decide.table.jdm import Graph
from haihe.decide.table.jdm_nodes import TableWork
from haihe.decide.zen import nodes as zen

Told: TypeAlias = "int | str | list[Told] | dict[str, Told]"
RULES_MAX: Final = 400  # Ours: schemes that one table makes.
FIRST_MAX: Final = 24  # Each refers to all before it; clauses may lie as many deep.


@dataclass(frozen=True, slots=True)
class Line:
    """A rule in words of clauses.

    cells: column and what it must be.
    amount: what it gives, in yuan.
    place: where it stands, for its source.
    """

    cells: tuple[tuple[str, Cell], ...]
    amount: Amount
    place: str


@dataclass(frozen=True, slots=True)
class Import:
    """A book made of tables, and what could not be one.

    text: the book as YAML; "" if no table could be told in clauses.
    made: names of the tables that are in it.
    left: the others, each with why.
    """

    text: str
    made: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


def book_of_model(tables: Sequence[Table], file: str, *, begins: str) -> Import:
    """The tables of a DMN model as a book.

    begins: the first day in force, as 2026-01-31.
    """
    return _book([(one.name, _feel_lines(one), one.hit, one.aggregation) for one in tables],
                 file=file, begins=begins)  # fmt: skip


def book_of_graph(graph: Graph, file: str, *, begins: str) -> Import:
    """The tables of a JDM graph as a book.

    begins: the first day in force, as 2026-01-31.
    """
    told = []
    for node in graph.nodes.values():
        if isinstance(node.work, TableWork):
            hit = Hit.COLLECT if node.work.collects else Hit.FIRST
            told.append((node.name, _zen_lines(node.work), hit, "SUM"))
    return _book(told, file=file, begins=begins)


def _feel_lines(table: Table) -> Iterator[Line]:
    names = []
    for column in table.inputs:
        expression = column.expression
        while isinstance(expression, feel.Fitted):
            expression = expression.operand
        if not isinstance(expression, feel.Name):
            raise Other(f"its column '{column.text}' is no plain input")
        names.append(expression.name)
    if len(table.outputs) != 1:
        raise Other(f"it has {len(table.outputs)} outputs, and a clause gives one amount")
    if table.outputs[0].default is not None:
        raise Other("it has a default output, which no clause has")
    for at, rule in enumerate(table.rules, 1):
        where = f"{table.name}, rule {at}" + (f" ({rule.name})" if rule.name else "")
        told = [(n, of_feel(test)) for n, test in zip(names, rule.tests, strict=True)]
        cells = tuple((name, cell) for name, cell in told if cell is not None)
        yield Line(cells, feel_amount(rule.outputs[0]), where)


def _zen_lines(work: TableWork) -> Iterator[Line]:
    if work.transform.source is not None or work.transform.loops or work.columns:
        raise Other("it works on a part of its input, or in a loop")
    for at, (tests, outputs) in enumerate(work.rules, 1):
        cells = []
        for test in tests:
            if not isinstance(test.field, zen.Ident) or test.made is None:
                raise Other(f"rule {at} has a column that is no plain input")
            cells.append((test.field.name, of_zen(test.made)))
        if len(outputs) != 1 or outputs[0].made is None:
            raise Other(f"rule {at} has {len(outputs)} outputs, and a clause gives one amount")
        yield Line(tuple(cells), zen_amount(outputs[0].made), f"{work.label}, rule {at}")


def _book(
    tables: Sequence[tuple[str, Iterator[Line], Hit, str]], *, file: str, begins: str
) -> Import:
    facts: dict[str, Told] = {}
    schemes: list[Told] = []
    stacking: list[Told] = []
    made, left = [], []
    for name, lines, hit, aggregation in tables:
        try:
            rows = list(lines)
            _refuse(hit, aggregation, rows=rows)
            found = _facts(rows)
            clash = [n for n, told in found.items() if n in facts and facts[n] != told]
            if clash:
                raise Other(f"its column '{clash[0]}' is of another kind in another table")
            told = [
                _scheme(name, rows, at=at, hit=hit, where=(file, begins)) for at in range(len(rows))
            ]
        except Other as error:
            left.append((name, str(error)))
            continue
        facts |= found
        schemes += told
        stacking += _stacking(name, len(rows), hit=hit, aggregation=aggregation)
        made.append(name)
    if not made:
        return Import("", (), tuple(left))
    whole: dict[str, Told] = {"facts": facts, "schemes": schemes}
    if stacking:
        whole["stacking"] = stacking
    text = yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=100)
    return Import(text, tuple(made), tuple(left))


def _refuse(hit: Hit, aggregation: str, *, rows: Sequence[Line]) -> None:
    if hit in (Hit.PRIORITY, Hit.OUTPUT_ORDER, Hit.RULE_ORDER):
        raise Other(f"its hit policy {hit} orders what it gives, and clauses only add or choose")
    if hit is Hit.COLLECT and aggregation not in ("", "SUM", "MAX"):
        raise Other("it collects what clauses cannot: only each, sums and the highest are")
    most = FIRST_MAX if hit is Hit.FIRST else RULES_MAX
    if not 1 <= len(rows) <= most:
        raise Other(f"it has {len(rows)} rules; 1 to {most} of hit policy {hit} make a book")

    for row in rows:
        sums = [one for one in (row.amount.fixed, row.amount.up_to) if one is not None]
        if any(one < 0 or one * FEN_PER_YUAN > AMOUNT_MAX for one in sums):
            raise Other(f"{row.place} gives {sums[0]}, which is no award in yuan")
        if row.amount.share is not None and not 0 <= row.amount.share <= 1000:  # As clauses do.
            raise Other(f"{row.place} gives a share of {row.amount.share}")


def slug(name: str) -> str:
    """A name as clauses write it.

    >>> slug("Annual Turnover (EUR)")
    'annual-turnover-eur'
    """
    return re.sub(r"[^\w]+", "-", name.strip().lower()).strip("-") or "table"


def _facts(rows: Sequence[Line]) -> dict[str, Told]:
    """Each column as a fact: money if a share of it is given, else what its cells are."""
    money = {row.amount.of for row in rows if row.amount.of}
    found: dict[str, Told] = {}
    for name in dict.fromkeys([n for row in rows for n, _ in row.cells] + sorted(money)):
        cells = [cell for row in rows for n, cell in row.cells if n == name]
        values = [one for cell in cells for one in _values(cell)]
        kinds = {_kind(one) for one in values} or {"number"}
        if name in money:
            kinds = {"money"} if kinds == {"number"} else kinds | {"money"}
        if len(kinds) != 1:
            raise Other(f"its column '{name}' is compared as {' and '.join(sorted(kinds))}")
        kind = kinds.pop()
        told: dict[str, Told] = {"kind": kind, "en": name}
        if kind == "number":
            told["decimals"] = _decimals(values)
        found[slug(name)] = told
    return found


def _decimals(values: Sequence[Value]) -> int:
    """Decimals of the finest number; two at least, since inputs may be finer than limits."""
    numbers = (one.normalize() for one in values if isinstance(one, Decimal))
    places = [-int(one.as_tuple().exponent) for one in numbers]
    most = max([2, *places])
    if most > DECIMALS_MAX:
        raise Other(f"a number has {most} decimals; clauses keep {DECIMALS_MAX}")
    return most


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "yes_no"
    return (
        "category" if isinstance(value, str) else "number" if isinstance(value, Decimal) else "date"
    )


def _values(cell: Cell) -> Iterator[Value]:
    match cell:
        case Ends(ends):
            yield from (value for _, value in ends)
        case Words(words):
            yield from words
        case Yes(truth):
            yield truth
        case Some(parts):
            for part in parts:
                yield from _values(part)


def _scheme(table: str, rows: Sequence[Line], *, at: int, hit: Hit, where: tuple[str, str]) -> Told:
    row, (file, begins) = rows[at], where
    money = {one.amount.of for one in rows}
    source: dict[str, Told] = {"document": f"{file}: {row.place}"}
    conditions: list[Told] = []
    for number, (name, cell) in enumerate(row.cells, 1):
        clause = {
            "id": f"{slug(name)}-{number}",
            "en": name,
            "require": _need(name, cell, money=money),
        }
        conditions.append({**clause, "source": {"document": f"{file}: {row.place}, {name}"}})
    if hit is Hit.FIRST:
        for before in range(at):
            other = f"{slug(table)}-{before + 1}"
            need: Told = {"not": {"eligible_for": other}}
            conditions.append({"id": f"not-{before + 1}", "en": f"not {other}", "require": need})
    version: dict[str, Told] = {"from": begins, "status": "draft", "source": source}
    if conditions:
        version["conditions"] = conditions
    version["benefit"] = _benefit(row.amount)
    title = f"{table}, rule {at + 1}"
    return {"id": f"{slug(table)}-{at + 1}", "en": title, "issuer": file, "versions": [version]}


def _benefit(amount: Amount) -> Told:
    if amount.fixed is not None:
        return {"amount": f"{plain(amount.fixed)}元"}
    assert amount.share is not None
    told: dict[str, Told] = {"share": f"{plain(amount.share * 100)}%", "of": slug(amount.of)}
    if amount.up_to is not None:
        told["up_to"] = f"{plain(amount.up_to)}元"
    return told


def _need(name: str, cell: Cell, *, money: set[str]) -> Told:
    fact = slug(name)
    match cell:
        case Words(words):
            return {"fact": fact, "in": list(words)}
        case Yes(truth):
            return {"fact": fact, "is": "yes" if truth else "no"}
        case Ends(ends):
            unit = "元" if name in money else ""
            return {"fact": fact, **{word: _shown(value) + unit for word, value in ends}}
        case Some(parts, negated):
            inner = [_need(name, part, money=money) for part in parts]
            one: Told = inner[0] if len(inner) == 1 else {"any": inner}
            return {"not": one} if negated else one


def _shown(value: Value) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def _stacking(table: str, count: int, *, hit: Hit, aggregation: str) -> list[Told]:
    """Unique and any give one of equals; the highest is a group; sums need none."""
    names: list[Told] = [f"{slug(table)}-{at + 1}" for at in range(count)]
    if count == 1 or hit is Hit.FIRST or (hit is Hit.COLLECT and aggregation != "MAX"):
        return []
    rule: Mapping[str, Told] = {"highest" if hit is Hit.COLLECT else "exclusive": names}
    return [{"id": f"{slug(table)}-one", "en": f"{table}: {hit}", **rule}]
